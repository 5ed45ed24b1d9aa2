"""The mail engine: configuration of Postfix and Dovecot, and the private instance of `make run`.

The mail servers read the database's views (`pf_*`, `dv_*`) and nothing else of the panel.
"""

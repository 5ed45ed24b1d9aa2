"""The mail engine: Postfix, Dovecot, postsrsd; their configuration and `make run`'s instance.

The mail servers read the database's views (`pf_*`, `dv_*`) and nothing else of the panel.
"""

"""Mail that the panel sends: a row in the same transaction as its cause, sent by the worker."""

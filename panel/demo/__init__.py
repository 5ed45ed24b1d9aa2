"""The demo: what `make run` starts and loads, so that a newcomer has something real to try."""

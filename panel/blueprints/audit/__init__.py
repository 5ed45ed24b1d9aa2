"""The audit log: of a domain, and of all that somebody may see."""

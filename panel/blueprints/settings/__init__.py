"""A domain's settings."""

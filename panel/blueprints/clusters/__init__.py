"""The operator's clusters."""

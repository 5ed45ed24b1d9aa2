"""The plans that can be bought."""

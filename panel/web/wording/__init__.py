"""The sentences for refusals, a module for each room of the field."""

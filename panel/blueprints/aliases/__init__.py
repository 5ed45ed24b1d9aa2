"""The other names of a domain. Their DNS pages are those of panel.blueprints.dns."""

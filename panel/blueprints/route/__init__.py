"""Where mail to an address goes."""

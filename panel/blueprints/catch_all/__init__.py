"""What becomes of mail to addresses of a domain that nobody has."""

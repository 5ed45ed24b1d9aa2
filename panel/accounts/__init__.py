"""Who signs in: panel logins, their roles, what each may touch, and the record of what they did."""

"""What the DNS should say, what it says, and why they differ: pure, no database, no language."""

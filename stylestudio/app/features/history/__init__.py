"""The way here, in pictures."""

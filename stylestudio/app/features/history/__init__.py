"""The undo history, in pictures."""

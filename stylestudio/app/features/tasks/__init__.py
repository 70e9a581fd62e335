"""The view of all long work."""

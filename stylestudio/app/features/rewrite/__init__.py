"""A rule of the model rewritten: copy, paste, and wherever this is."""

"""Inversion: a photo found in a model, as a source like any other."""

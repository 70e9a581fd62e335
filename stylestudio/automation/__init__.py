"""Drives the real window: the tour through it, and what is felt in it."""

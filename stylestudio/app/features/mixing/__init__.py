"""The mixing console."""

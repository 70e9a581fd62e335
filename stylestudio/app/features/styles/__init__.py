"""Painting the picture in styles, and learning new ones."""

"""Drawings: of words, in pen strokes; of pictures, in brush strokes."""

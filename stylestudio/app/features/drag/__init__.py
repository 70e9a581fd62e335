"""Points of the picture dragged to where they should be."""

"""Video: recipes along a timeline, rendered frame by frame and encoded."""

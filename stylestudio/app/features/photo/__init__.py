"""Finding a photo in the model."""

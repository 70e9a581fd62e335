"""Moving and turning the scene within the picture."""

"""What changes the weights of the whole model."""

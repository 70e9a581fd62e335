"""What the model adds at random."""

"""What is done with the picture: saved, opened, copied, compared."""

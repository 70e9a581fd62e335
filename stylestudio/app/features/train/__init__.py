"""Training a model of one's own on a folder of pictures."""

"""Training translators: networks that turn one kind of picture into another, and back."""

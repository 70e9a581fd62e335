"""What the window is built on: it knows recipes, models and work, but no panels."""

"""Where the picture comes from: model, seed, seed plane, class."""

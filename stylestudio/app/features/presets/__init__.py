"""Presets: recipes kept in nine slots, recalled at once or over some time."""

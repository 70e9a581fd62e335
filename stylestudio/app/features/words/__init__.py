"""Finding, moving and ranking pictures by words."""

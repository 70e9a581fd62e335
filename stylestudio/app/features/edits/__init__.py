"""Moving the picture along directions, by meaning."""

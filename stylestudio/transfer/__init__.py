"""Style transfer: pictures repainted in the manner of others."""

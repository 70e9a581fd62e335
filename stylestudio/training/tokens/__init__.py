"""Teaches a miniature of DALL-E: codes for pictures, and a transformer that writes them."""

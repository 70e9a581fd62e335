"""What the features share: document, render thread, thumbnails, opening, settings."""

"""StyleStudio: the desktop instrument for exploring StyleGAN2."""

__version__ = "0.1.0"

"""Where `load_optimisers` used to be."""

from stylestudio.app.core.task import load_optimisers

__all__ = ["load_optimisers"]

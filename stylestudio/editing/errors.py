"""The error that this room raises."""

from __future__ import annotations

from stylestudio.errors import StyleStudioError


class DirectionError(StyleStudioError, ValueError):
    """Directions cannot be found or used as asked; the message is one sentence for the user."""


class DragError(StyleStudioError, ValueError):
    """Points cannot be dragged as asked; the message is one sentence for the user."""


class RewriteError(StyleStudioError, ValueError):
    """A model cannot be rewritten as asked; the message is one sentence for the user."""

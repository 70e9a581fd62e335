"""Finding one's way in a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from stylestudio.app.core.feature import Feature
    from stylestudio.app.shell.window import MainWindow

F = TypeVar("F", bound="Feature")


def feature_of(window: MainWindow, kind: type[F]) -> F:
    """Return a window's feature of a kind. Raises KeyError where it could not be loaded."""
    feature = window.features[kind.id]
    assert isinstance(feature, kind)
    return feature

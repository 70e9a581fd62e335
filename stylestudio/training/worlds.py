"""The worlds by the names of their commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.training import horizons, pigments, portraits, portraits512

if TYPE_CHECKING:
    from stylestudio.training.scene import Scene
    from stylestudio.training.trainer import TrainingSettings

_WORLDS: dict[str, tuple[type[Scene], TrainingSettings]] = {
    "portraits": (portraits.Portraits, portraits.SETTINGS),
    "portraits-512": (portraits512.Portraits512, portraits512.SETTINGS),
    "pigments": (pigments.Pigments, pigments.SETTINGS),
    "horizons": (horizons.Horizons, horizons.SETTINGS),
}


def world(name: str) -> tuple[Scene, TrainingSettings]:
    """The scene and the lesson of a world, by name."""
    scene, settings = _WORLDS[name]
    return scene(), settings

"""Finds and builds the features: those of the program, and those of other packages."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, NamedTuple

import shiboken6
from PySide6.QtCore import Qt

from stylestudio.app.core.feature import Feature
from stylestudio.app.features import BUILT_IN

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.shell.menus import Menus

log = logging.getLogger(__name__)

GROUP = "stylestudio.features"


class Found(NamedTuple):
    """Classes of features that can be built, and why others cannot, by their names."""

    features: list[type[Feature]]
    broken: dict[str, str]


def find_features() -> Found:
    """Import every feature; one that cannot be imported is logged and named, no more."""
    built_in = [EntryPoint(value, value, GROUP) for value in BUILT_IN]
    found = Found([], {})
    for entry in [*built_in, *entry_points(group=GROUP)]:
        try:
            feature = entry.load()
            if not (isinstance(feature, type) and issubclass(feature, Feature)):
                raise TypeError(f"{entry.value} is not a subclass of Feature")
            if feature.id in {other.id for other in found.features}:
                raise ValueError(f"there is a feature {feature.id} already")
        except Exception as problem:
            log.exception("The feature %s cannot be loaded", entry.name)
            found.broken[entry.name] = in_a_sentence(problem)
        else:
            found.features.append(feature)
    return found


class Built(NamedTuple):
    """The features of a window, and why others are not among them, by their names."""

    features: list[Feature]
    broken: dict[str, str]


def build_features(studio: Studio, menus: Menus) -> Built:
    """Build every feature and add its commands; whatever is wrong with one costs that one alone."""
    found = find_features()
    built = Built([], dict(found.broken))
    for kind in found.features:
        try:
            feature = kind(studio)
            menus.check(feature.actions)
            docks = {dock.id for other in built.features for dock in other.docks}
            if docks & {dock.id for dock in feature.docks}:
                raise ValueError("one of its docks has an id that is taken")
        except Exception as problem:
            log.exception("The feature %s cannot be built", kind.id)
            built.broken[kind.id] = in_a_sentence(problem)
            only_here = Qt.FindChildOption.FindDirectChildrenOnly
            for half_built in studio.findChildren(kind, options=only_here):
                shiboken6.delete(half_built)  # at once: it may follow signals already
            continue
        built.features.append(feature)
        for submenu in feature.submenus:
            menus.add(submenu)
        for action in feature.actions:
            menus.add(action)
        studio.opener.add_kinds(feature.kinds)
    return built


def in_a_sentence(problem: Exception) -> str:
    """What went wrong, on one line."""
    return f"{type(problem).__name__}: {' '.join(str(problem).split())}"

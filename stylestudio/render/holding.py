"""What a call brings for its recipes to name: banks of styles, networks and changed weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stylestudio.recipe.naming import described
from stylestudio.render.assets import Assets, shared_assets
from stylestudio.render.delta import Delta, DeltaError
from stylestudio.render.model import Model
from stylestudio.render.picture_networks import PictureStage, StageError
from stylestudio.render.style_model import StyleError, StyleModel

if TYPE_CHECKING:
    from stylestudio.errors import StyleStudioError
    from stylestudio.render.assets import Asset


def holding(
    styles: Iterable[StyleModel] = (),
    stages: Iterable[PictureStage] = (),
    deltas: Iterable[Delta | Model] = (),
    assets: Assets | None = None,
) -> Assets:
    """A store of these, and beyond them `assets`, None for those of the whole program.

    Raises StyleError, StageError and DeltaError for what is none.
    """
    held = [
        *_checked(styles, StyleModel, StyleError, "a bank of styles; ss.open_styles"),
        *_checked(stages, PictureStage, StageError, "an opened network; ss.open_stage"),
        *_checked(deltas, Delta | Model, DeltaError, "a delta or a model; ss.open_delta"),
    ]
    return Assets(held, beyond=assets or shared_assets())


def _checked(given: Any, kind: Any, error: type[StyleStudioError], meant: str) -> Iterable[Asset]:
    """The assets that were given, as a list or one alone."""
    is_list = isinstance(given, Iterable) and not isinstance(given, kind | str)
    each_given = [*given] if is_list else [given]
    for each in each_given:
        if not isinstance(each, kind):
            raise error(f"{described(each)} is not {meant} opens one.")
    return each_given

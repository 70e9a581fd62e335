"""The one call that does an inversion from start to end."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from stylestudio.errors import hint_of_choice
from stylestudio.inversion.context import InversionContext, Measured
from stylestudio.inversion.cropper import CROPPERS
from stylestudio.inversion.distance import distance_by
from stylestudio.inversion.encoder import Encoder, find_encoder
from stylestudio.inversion.photo import Crop, load_photo
from stylestudio.inversion.photo_inversion import (
    InversionError,
    InversionSettings,
    Method,
    PhotoInversion,
)
from stylestudio.inversion.projection import EDITABILITY, Steering
from stylestudio.render import as_model, shared_assets
from stylestudio.render.arrays import is_number

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from stylestudio.inversion.snapshot import InversionProgress, Snapshot
    from stylestudio.progress import Cancel
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Delta, Model

log = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class Inversion:
    """What an inversion found; `ss.render(model, found.recipe)` shows it."""

    recipe: Recipe  # renders the result by ss.render
    history: tuple[Snapshot, ...]  # from the start on; the last is the result
    delta: Delta | None  # tuned weights and noise, None for the model's own

    def __repr__(self) -> str:
        tuned = ", with tuned weights" if self.delta else ""
        start, end = self.history[0], self.history[-1]
        return (
            f"<Inversion into {self.recipe.model.name}: loss {start.loss:.4g} -> {end.loss:.4g} "
            f"after {end.step} steps{tuned}>"
        )

    def _repr_png_(self) -> bytes | None:
        """The picture that was found, for notebooks; None where the model is not open."""
        return self.recipe._repr_png_()

    @property
    def loss(self) -> float:
        """Distance of the result to the photo."""
        return self.history[-1].loss


def invert(
    model: Model | str,
    image: Any,
    method: Method = "auto",
    steps: int = 200,
    on_progress: Callable[[InversionProgress], object] | None = None,
    *,
    tuning_steps: int = 100,
    crop: Crop | None = None,
    search: bool = False,
    editability: float = EDITABILITY,
    encoder: Encoder | None = None,
    features: str | os.PathLike[str] | None = None,
    assets: Assets | None = None,
    cancel: Cancel | None = None,
    frame: Crop | None = None,
) -> Inversion:
    """Find what makes `model` show `image`: a path, a Pillow picture, or uint8 [H, W, 3].

    The model is an opened one, or the name of a built-in.
    Methods: "w" (one row, and noise maps), "w+" (a row for each layer; "auto" is this), "tune"
    ("w+", then `tuning_steps` on the weights), "encoder" (its guess alone). It starts from the
    encoder of this model where there is one, otherwise from the best of random samples. `crop`
    says which square of the image is meant, None its middle; `search` looks for what the model
    paints, near `crop`, or in the whole image where there is none and the model has a cropper.
    `features` names a file of a classifier (torchvision's VGG) that is to judge likeness; None
    leaves that to fixed filters. An exception that `on_progress` raises ends the work at that step,
    and so does `cancel`, which can also pause it or let it end early with what there is. Tuned
    weights are kept in `assets`, None for the store of the whole program, where ss.render finds
    them; those of the result in the user's folder, too. `frame` is the former name of `crop`.
    Raises PictureError for what is no picture, CheckpointError for what is no classifier,
    InversionError for other arguments, and Cancelled.

    >>> import stylestudio as ss
    >>> model = ss.open_model("portraits")
    >>> photo = ss.render(model, ss.Recipe.from_seed(7, model))
    >>> found = ss.invert(model, photo, steps=3, on_progress=lambda progress: None)
    >>> found.recipe.source.rows  # of w, one a layer
    14
    >>> inverted = ss.render(model, found.recipe)
    """
    if hasattr(image, "num_ws"):
        raise InversionError("The model comes first, then the picture: ss.invert(model, image).")
    model = as_model(model)
    if hint := hint_of_choice(method, get_args(Method)):
        raise InversionError(f"method is {method!r}; {hint}")
    if not is_number(editability) or not 0 <= editability <= 1:
        raise InversionError(f"editability is {editability!r}; it must be between 0 and 1.")
    photo = load_photo(image)
    assets = assets or shared_assets()
    context = inversion_context(model, assets)
    context.encoder = encoder or context.encoder
    if features is not None:
        context.distance = distance_by(features, model.device)
    try:
        settings = InversionSettings(
            method=method,
            steps=steps,
            tuning_steps=tuning_steps,
            crop=_as_crop(crop if crop is not None else frame),
            search=search,
        )
    except ValueError as error:
        raise InversionError(str(error)) from None
    history = []
    inversion = PhotoInversion(context, photo, settings, Steering(editability), assets=assets)
    for progress in inversion.run(cancel=cancel):
        if progress.snapshot:
            history.append(progress.snapshot)
        if on_progress:
            on_progress(progress)
    result = history[-1]
    if result.delta:
        try:
            assets.keep(result.delta)
        except OSError:  # they are in the result, and at hand as long as the program runs
            log.warning("Tuned weights cannot be kept for another day", exc_info=True)
    return Inversion(result.recipe(model, photo.name), tuple(history), result.delta)


def _as_crop(crop: Any) -> Crop:
    """The crop that is meant, the photo's middle for None. Raises InversionError."""
    try:
        numbers = Crop() if crop is None else Crop(*crop)
    except TypeError:
        numbers = None
    if numbers is None or not all(map(is_number, numbers)) or numbers.side <= 0:
        raise InversionError(
            f"crop is {crop!r}; it must be x, y, a side above 0 and an angle, all numbers."
        )
    return numbers


def inversion_context(model: Model, assets: Assets | None = None) -> InversionContext:
    """Return what inversions into a model share, with its encoder and cropper where there are any.

    What is measured for it stays at hand in `assets`, None for the store of the whole program.
    """
    assets = assets or shared_assets()
    return InversionContext(
        model,
        find_encoder(model, assets),
        measured=assets.remember(Measured.of(model)),
        cropper=CROPPERS.find(model, assets),
    )

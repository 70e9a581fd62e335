"""The search for the square of a photo that a model would paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.inversion.crop_search import search_crop
from stylestudio.inversion.crop_votes import crop_by_votes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.inversion.context import InversionContext
    from stylestudio.inversion.photo import Crop, Photo


def find_crop(context: InversionContext, photo: Photo, first: Crop) -> Iterator[Crop | None]:
    """Yield None while at work, at last the crop.

    The model's cropper looks near `first`, and in the whole photo where that is its middle, which
    nobody has chosen. Without a cropper, crops around `first` are compared with samples of the
    model, which takes longer. Where nothing is found, it is `first`.
    """
    if context.cropper is not None:
        yield from crop_by_votes(context.cropper, photo, first)
        return
    for _ in context.draw():
        yield None
    yield from search_crop(context, photo, first)

"""The ways in which `stylestudio stylize` repaints a photo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from stylestudio.cli.notes import say_note
from stylestudio.cli.photos import UnpaintableError
from stylestudio.cli.styles import bank_with, spelled
from stylestudio.errors import lacks_memory
from stylestudio.progress import Cancel

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

PAINTING_SIDE = 256  # pixels of the shorter side, at which predictors were trained
BRUSHWORK_SIDE = 320  # the same where the brushwork is copied as large as it is
REFERENCE_SIDE = 256
KEEP = "keep"


class Repainter(Protocol):
    """Paints [1, 3, H, W] in 0..1; `advance(1)` is called after each of `steps` steps."""

    @property
    def steps(self) -> int:
        """Of one photo."""

    @property
    def cancel(self) -> Cancel:
        """Ends a painting early, with what there is."""

    def __call__(self, picture: Tensor, advance: Callable[[int], None]) -> Tensor:
        """The picture repainted, of the same shape and range."""


class NetworkRepainter:
    """In one go by the networks of a style model."""

    steps = 1

    def __init__(
        self,
        models: tuple[Path, ...],
        style: dict[str, float] | None,
        painting: Path | None,
        strength: float,
    ) -> None:
        from stylestudio.render import open_styles
        from stylestudio.transfer.pictures import read_picture, shortest_side

        self.cancel = Cancel()
        self._model = open_styles(*models) if models else bank_with(tuple(style or ()), [])
        self._model.to("auto")
        self._style, self._strength = spelled(style, self._model), strength
        self._embedding: Tensor | None = None
        if painting:
            read = read_picture(painting, shortest_side(PAINTING_SIDE), say_note)
            self._embedding = self._model.embed(read)

    def __call__(self, picture: Tensor, advance: Callable[[int], None]) -> Tensor:
        """Paint in the style that was chosen."""
        painted = self._model.stylize(
            picture, self._style, embedding=self._embedding, strength=self._strength
        )
        advance(1)
        return painted


class OptimisationRepainter:
    """Pixel by pixel, step by step, after one painting."""

    def __init__(
        self, painting: Path, features: str, steps: int, seed: int, strength: float
    ) -> None:
        from stylestudio.cli.train_styles import open_features
        from stylestudio.transfer.pictures import read_picture, shortest_side

        self.steps = steps
        self.cancel = Cancel()
        self._seed, self._strength = seed, strength
        self._painting = read_picture(painting, shortest_side(BRUSHWORK_SIDE), say_note)
        self._features = open_features(features)

    def __call__(self, picture: Tensor, advance: Callable[[int], None]) -> Tensor:
        """Paint after the painting."""
        from stylestudio.render import StyleError
        from stylestudio.transfer.optimisation import paint_by_optimisation

        try:
            painting = paint_by_optimisation(
                picture,
                self._painting,
                self._features,
                self.steps,
                seed=self._seed,
                cancel=self.cancel,
            )
        except StyleError as error:  # the photo is too small
            raise UnpaintableError(str(error)) from error
        painted = picture
        for progress in painting:
            painted = progress.painted
            advance(1)
        return picture.lerp(painted, self._strength)


class _Unpainted:
    """Leaves the strokes of a photo as they are, where only its colours are to change."""

    steps = 1
    cancel = Cancel()

    def __call__(self, picture: Tensor, advance: Callable[[int], None]) -> Tensor:
        """The picture itself."""
        advance(1)
        return picture


UNPAINTED = _Unpainted()


class Recolouring:
    """What becomes of the colours after painting."""

    def __init__(self, colours: str | None, strength: float) -> None:
        """`colours` is KEEP, the name of a picture to take them from, or None to leave them.

        `strength`, 0 to 1, is how far those of a picture are taken.
        """
        from stylestudio.transfer.pictures import read_picture, shortest_side

        self._keep, self._strength = colours == KEEP, strength
        self._reference: Tensor | None = None
        if colours and not self._keep:
            self._reference = read_picture(Path(colours), shortest_side(REFERENCE_SIDE), say_note)

    def __call__(self, painted: Tensor, picture: Tensor) -> Tensor:
        """The painted picture in the colours of the photo, or of the reference."""
        from stylestudio.render.colours import keep_colours
        from stylestudio.transfer.colours import match_colours

        if self._keep:
            return keep_colours(painted, picture)
        if self._reference is not None:
            return match_colours(painted, self._reference, strength=self._strength)
        return painted


def paint(
    repaint: Repainter,
    recolour: Recolouring,
    picture: Tensor,
    photo: Path,
    advance: Callable[[int], None],
) -> Tensor:
    """Paint one photo. Raises UnpaintableError for too large a one, in plainer words than torch."""
    try:
        return recolour(repaint(picture, advance), picture)
    except (MemoryError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        height, width = picture.shape[-2:]
        raise UnpaintableError(
            f"{photo.name} at {width} x {height} pixels needs more memory than there is; "
            "choose a smaller --size."
        ) from error

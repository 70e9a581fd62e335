"""What the inversions into one model share: measured once, on first use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from stylestudio.inversion.distance import Distance
from stylestudio.inversion.encoder import encode
from stylestudio.inversion.samples import Samples, draw_samples, nearest
from stylestudio.inversion.space import Space, measure_space
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.inversion.cropper import Cropper
    from stylestudio.inversion.encoder import Encoder
    from stylestudio.inversion.space import Axes
    from stylestudio.render import Model

SAMPLES = 200  # that a start is chosen from
SEED = 0


@dataclass(eq=False)
class Measured:
    """What inversions have measured of a model, as a store of assets keeps it between them.

    It refers to no model, so that one that is closed can go.
    """

    sha256: str  # of what all of it follows from
    axes: Axes | None = None
    samples: Samples | None = None

    @classmethod
    def of(cls, model: Model, count: int = SAMPLES) -> Measured:
        """Nothing yet of a model, with `count` samples to come."""
        said = f"inversions, {model.sha256}, {model.device}, {count} samples from {SEED}"
        return cls(hashlib.sha256(said.encode()).hexdigest())

    @property
    def nbytes(self) -> int:
        """Bytes of its numbers."""
        tensors = [*(self.axes or ()), *(self.samples or ())]
        return sum(tensor.nbytes for tensor in tensors if isinstance(tensor, Tensor))


class InversionContext:
    """A model, its encoder and cropper where there are any, its space, samples, and a distance."""

    def __init__(
        self,
        model: Model,
        encoder: Encoder | None = None,
        distance: Distance | None = None,
        samples: int = SAMPLES,
        measured: Measured | None = None,
        cropper: Cropper | None = None,
    ) -> None:
        self.model = model
        self.encoder = encoder
        self.cropper = cropper
        with one_at_a_time(model.device):
            self.distance = distance or Distance(device=model.device)
        self.count = samples
        self._measured = measured or Measured.of(model, samples)

    @property
    def space(self) -> Space:
        """The coordinates of the model's latents."""
        axes = self._measured.axes
        if axes is None:
            axes = self._measured.axes = measure_space(self.model).axes_alone
        return Space(self.model, *axes)

    def without_encoder(self) -> InversionContext:
        """Return one that shares all but the encoder, so that samples are its starts."""
        return InversionContext(
            self.model, None, self.distance, self.count, self._measured, self.cropper
        )

    def prepare(self) -> None:
        """Measure now what an inversion would otherwise measure first."""
        with one_at_a_time(self.model.device):
            _ = self.space
            if self.encoder is None:
                _ = self.samples

    def draw(self) -> Iterator[None]:
        """Draw the samples, unless they have been, yielding after every few."""
        if self._measured.samples is None:
            for drawn in draw_samples(self.model, self.count, SEED):
                if drawn is not None:  # the last; another thread may have drawn them meanwhile
                    self._measured.samples = drawn
                yield

    @property
    def samples(self) -> Samples:
        """The samples, drawn now where `draw` has not been used."""
        for _ in self.draw():
            pass
        assert self._measured.samples is not None
        return self._measured.samples

    def first_ws(self, picture: Tensor, editability: float) -> Iterator[Tensor]:
        """Yield where the descent to a picture [1, 3, R, R] starts: ws [1 or num_ws, w_dim].

        That is what the encoder says, better from each answer to the next, as far from the average
        as `editability` allows; without one, the sample whose colours are closest.
        """
        if self.encoder is None:
            yield self.samples.w[nearest(self.samples, picture)][None]
        else:
            reach = self.space.reach_at(editability)
            yield from encode(self.encoder, self.model, picture, self.distance, reach)

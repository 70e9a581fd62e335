"""What the inversions into one model share: measured once, on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from stylestudio.inversion.distance import Distance
from stylestudio.inversion.encoder import encode
from stylestudio.inversion.samples import Samples, draw_samples, nearest
from stylestudio.inversion.space import Space, measure_space
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.inversion.encoder import Encoder
    from stylestudio.render import Model

SAMPLES = 200  # that a start is chosen from
SEED = 0


class InversionContext:
    """A model, its encoder where there is one, its space, samples of it, and a distance."""

    def __init__(
        self,
        model: Model,
        encoder: Encoder | None = None,
        distance: Distance | None = None,
        samples: int = SAMPLES,
    ) -> None:
        self.model = model
        self.encoder = encoder
        with one_at_a_time(model.device):
            self.distance = distance or Distance(device=model.device)
        self.count = samples
        self._samples: Samples | None = None

    @cached_property
    def space(self) -> Space:
        """The coordinates of the model's latents."""
        return measure_space(self.model)

    def without_encoder(self) -> InversionContext:
        """Return one that shares all but the encoder, so that samples are its starts."""
        context = InversionContext(self.model, None, self.distance, self.count)
        context.space, context._samples = self.space, self._samples
        return context

    def prepare(self) -> None:
        """Measure now what an inversion would otherwise measure first."""
        with one_at_a_time(self.model.device):
            _ = self.space
            if self.encoder is None:
                _ = self.samples

    def draw(self) -> Iterator[None]:
        """Draw the samples, unless they have been, yielding after every few."""
        if self._samples is None:
            for drawn in draw_samples(self.model, self.count, SEED):
                if drawn is not None:  # the last; another thread may have drawn them meanwhile
                    self._samples = drawn
                yield

    @property
    def samples(self) -> Samples:
        """The samples, drawn now where `draw` has not been used."""
        for _ in self.draw():
            pass
        assert self._samples is not None
        return self._samples

    def first_ws(self, picture: Tensor) -> Iterator[Tensor]:
        """Yield where the descent to a picture [1, 3, R, R] starts: ws [1 or num_ws, w_dim].

        That is what the encoder says, better from each answer to the next; without one, the
        sample whose colours are closest.
        """
        if self.encoder is None:
            yield self.samples.w[nearest(self.samples, picture)][None]
        else:
            yield from encode(self.encoder, self.model, picture, self.distance)

"""Where pictures of a model show what words say: masks, as a brush would paint them.

A model's own maps part its pictures into segments. Each is recoloured and painted over, and what
that changes in the eyes of a text model has to do with the words where it has more to do with them
than with the names of other things (see `probing`). Thin things are looked for once more, within.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional as F

from stylestudio.editing.dissection import MOST_SAMPLES, count_of_samples
from stylestudio.editing.errors import DirectionError
from stylestudio.editing.features import FeatureReader
from stylestudio.editing.segments import see, segments
from stylestudio.errors import whole_number
from stylestudio.progress import Progress
from stylestudio.recipe import Recipe
from stylestudio.render import as_model, compose_ws
from stylestudio.render.device import one_at_a_time
from stylestudio.text.asking import embed_ws
from stylestudio.text.model import as_text_model
from stylestudio.text.probing import FILLS, Probe, changed
from stylestudio.text.prompts import Wish
from stylestudio.text.tokenizer import TextModelError
from stylestudio.text.worlds import check_speaks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.editing.segments import Seen
    from stylestudio.progress import Cancel
    from stylestudio.render import Assets, Model
    from stylestudio.text.model import TextModel

SAMPLES = 5
LOOKED = 64  # seeds that samples are chosen from
AT_ONCE = 8  # of them
MASK_SIDE = 256
COARSE, SEGMENTS = 64, 16  # pixels and number of segments at first
FINE, PARTS = 128, 5  # the same within what was found
SHARE = 1.7  # of changes that have to do with the words, at least
NEAR = 0.55  # of the best segment's share or loss, from which on another belongs to it
DECISIVE = 0.5  # of what makes pictures fit the words enough: who takes that away takes the thing
FEWEST = 3  # pixels of a segment that is looked at
SAID = 40  # letters of words in a sentence
EDGE = 3  # pixels of blur that thin things stand out from


class _Judged(NamedTuple):
    """What was found out about segments; K of them."""

    shares: Tensor  # [K], as `Probe.shares` gives them
    losses: Tensor  # [K], how much less pictures fit the words where a segment is painted over

    def decisive(self, surplus: float) -> Tensor | None:
        """Which of them pictures show the words by, bool [K], None where no few of them do.

        `surplus` is by how much the pictures fit the words more than they have to.
        """
        most = float(self.losses.max())
        return None if most < DECISIVE * surplus else self.losses >= NEAR * most


def regions_by_words(
    model: Model | str,
    words: str,
    text: TextModel | str | None = None,
    *,
    recipes: Sequence[Recipe | int] | None = None,
    samples: int = SAMPLES,
    assets: Assets | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> list[tuple[Recipe, NDArray[np.float32]]]:
    """Find where pictures of a model show what words say, as samples for `dissect`.

    Each is a recipe and a mask [H, W], 0 outside and up to 1 inside, over the whole picture. They
    come from `recipes`, or seeds, one to ten of them; with None, from the `samples` pictures that
    fit the words best among the first 64 seeds. Pictures that don't show it are left out. `text` is
    the text model, None for the built-in Lexicon. Raises TextModelError for words that it doesn't
    take and where it sees them nowhere, DirectionError for bad numbers of samples, WrongModelError
    for another model's recipe, and Cancelled.

    >>> import stylestudio as ss
    >>> found = ss.regions_by_words("portraits", "glasses")
    >>> units = ss.dissect("portraits", found, name="glasses")
    """
    model = as_model(model)
    words = Wish(words).words.strip()
    is_opened = text is not None and not isinstance(text, str)
    text = as_text_model(text)
    if not is_opened:
        text.to(model.device)
    check_speaks_of(text, model)
    if recipes is None:
        number = whole_number("samples", samples, 0, DirectionError)
    else:
        number = count_of_samples(recipes)
    if not 1 <= number <= MOST_SAMPLES:
        raise DirectionError(f"{number} samples are asked for; choose 1 to {MOST_SAMPLES}.")
    text.tokens([words])  # so that unknown words are said before the work
    look = _Look(model, text, words, on_progress, cancel)
    if recipes is None:
        return look.regions(look.best_seeds(samples), assets)
    chosen = [
        each if isinstance(each, Recipe) else Recipe.from_seed(each, model) for each in recipes
    ]
    return look.regions(chosen, assets)


class _Look:
    """One search, with all that its steps share."""

    def __init__(
        self,
        model: Model,
        text: TextModel,
        words: str,
        on_progress: Callable[[Progress], object] | None,
        cancel: Cancel | None,
    ) -> None:
        self._model, self._text, self._words = model, text, words
        self._on_progress, self._cancel = on_progress, cancel
        self._probe: Probe | None = None

    def best_seeds(self, count: int) -> list[Recipe]:
        """The looks among the first seeds that fit the words best, the best first."""
        looks = [Recipe.from_seed(seed, self._model) for seed in range(LOOKED)]
        parts = []
        for start in range(0, LOOKED, AT_ONCE):
            with one_at_a_time(self._model.device), torch.no_grad():
                some = looks[start : start + AT_ONCE]
                ws = torch.stack([compose_ws(self._model, look) for look in some])
                parts.append(embed_ws(self._text, self._model, ws))
            self._tell(start + AT_ONCE, LOOKED, "Looking at pictures")
        seen = torch.cat(parts)
        with one_at_a_time(self._model.device):
            likeness = self._probe_for(seen).likeness(seen)
            return [looks[i] for i in likeness.argsort(descending=True)[:count].tolist()]

    def regions(
        self, recipes: Sequence[Recipe], assets: Assets | None
    ) -> list[tuple[Recipe, NDArray[np.float32]]]:
        """Where these looks show it; those that don't are left out."""
        reader = FeatureReader(self._model, assets)
        seen = see(reader, recipes, self._text.image_size, self._cancel)
        with one_at_a_time(self._model.device), torch.no_grad():
            before = self._text.embed_images(seen.pictures)
            probe = self._probe_for(before)
            fits = probe.fits(before)
            before, fits = before[fits], fits.cpu()
        if not fits.any():
            raise self._nowhere()
        seen = seen.only(fits)
        labels = segments([m for m in seen.maps if m.shape[-1] <= COARSE], COARSE, SEGMENTS)
        judged = self._judged(probe, seen.pictures, before, labels, "Looking for the words")
        best = float(judged.shares.max())
        if best < SHARE:
            raise self._nowhere()
        mask = _those(labels, judged.shares >= max(SHARE, NEAR * best))
        labels = _parts_within(seen, mask)
        judged = self._judged(probe, seen.pictures, before, labels, "Looking more closely")
        chosen = judged.decisive(float(probe.surplus(before).mean()))
        if chosen is not None:
            mask = _those(labels, chosen)
        masks = _sized(mask.float()[:, None], MASK_SIDE)[:, 0]
        recipes = [each for each, fit in zip(recipes, fits.tolist(), strict=True) if fit]
        pairs = zip(recipes, masks, strict=True)
        return [(recipe, mask.numpy()) for recipe, mask in pairs if mask.any()]

    def _probe_for(self, seen: Tensor) -> Probe:
        """What the words are held against, for pictures [N, dim] as the text model sees them."""
        if self._probe is None:
            self._probe = Probe(self._text, self._words, seen)
            self._text.free_text_tower()  # its words are read
        return self._probe

    def _judged(
        self, probe: Probe, pictures: Tensor, before: Tensor, labels: Tensor, stage: str
    ) -> _Judged:
        """What segments [N, side, side] have to do with the words."""
        count, side = int(labels.max()) + 1, self._text.image_size
        shown = _sized(pictures, side)
        sizes = torch.zeros(count, probe.names)
        losses = torch.zeros(count)
        for segment in range(count):
            for picture, vector, label in zip(shown, before, labels, strict=True):
                here = label == segment
                if here.sum() >= FEWEST:
                    with one_at_a_time(self._model.device), torch.no_grad():
                        mask = _sized(here.float()[None, None], side)[0, 0].to(picture.device)
                        change = self._text.embed_images(changed(picture, mask)) - vector
                        sizes[segment] += probe.sizes(change).cpu()
                        losses[segment] += probe.loss(change[-FILLS:]).cpu()
            self._tell(segment + 1, count, stage)
        return _Judged(probe.shares(sizes), losses / len(shown))

    def _tell(self, done: int, total: int, stage: str) -> None:
        if self._cancel is not None:
            self._cancel.check()
        if self._on_progress is not None:
            self._on_progress(Progress(done, total, stage))

    def _nowhere(self) -> TextModelError:
        words = self._words if len(self._words) <= SAID else f"{self._words[: SAID - 1]}…"
        return TextModelError(
            f'{self._text.name.capitalize()} sees no "{words}" in pictures of {self._model.name}; '
            "use other words, or the brush."
        )


def _those(labels: Tensor, chosen: Tensor) -> Tensor:
    """Where the chosen ones, bool [K], of segments are."""
    return torch.isin(labels, chosen.nonzero()[:, 0])


def _parts_within(seen: Seen, mask: Tensor) -> Tensor:
    """Segments [N, FINE, FINE] of what a mask bool [N, side, side] and its edge hold, -1 beyond.

    By colours, too, and by how they differ from those around: so thin lines are parts.
    """
    near = F.max_pool2d(mask.float()[:, None], 3, stride=1, padding=1)
    inside = F.interpolate(near, size=(FINE, FINE))[:, 0] > 0
    small = _sized(seen.pictures, FINE).cpu()
    colours = torch.cat([small, small - _blurred(small)], 1)
    fine = [each for each in seen.maps if each.shape[-1] >= COARSE]
    return segments([colours, *fine], FINE, PARTS, inside)


def _blurred(x: Tensor) -> Tensor:
    for _ in range(3):
        x = F.avg_pool2d(F.pad(x, (EDGE,) * 4, mode="replicate"), 2 * EDGE + 1, stride=1)
    return x


def _sized(x: Tensor, side: int) -> Tensor:
    """[N, C, r, r] -> [N, C, side, side]: means where it shrinks."""
    if x.shape[-1] >= side:
        return F.interpolate(x, size=(side, side), mode="area")
    return F.interpolate(x, size=(side, side), mode="bilinear", align_corners=False)

"""From words to a drawing: strokes moved by gradients until a text model finds the words in them.

After CLIPDraw (Frans et al. 2021, section 3): strokes of random places and colours on white, which
Adam moves while the text model looks at the drawing in random perspectives and crops. With a
painting, the drawing also takes on its manner, as in StyleCLIPDraw (Schaldenbrand et al. 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.progress import Cancel, Progress
from stylestudio.render.curve_raster import draw_curves
from stylestudio.render.curves import Curves
from stylestudio.render.device import in_turns, one_at_a_time
from stylestudio.text.model import as_text_model
from stylestudio.text.prompts import Target, Wish, check_asked, title_of, wishes_of
from stylestudio.text.tokenizer import TextModelError
from stylestudio.text.views import perspectives_of
from stylestudio.transfer.losses import painting_statistics, statistics, style_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stylestudio.networks.feature_nets import FeatureNetwork
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Words

SIDE = 224  # pixels that rates and widths are meant for; a drawing has those of the text model
CURVES = 3  # cubic curves in a stroke, at most
STEP = 0.1  # of the side between two control points, at first
THINNEST, WIDEST = 1.0, 50.0  # pixels of SIDE
RATES = {"points": 1.0, "widths": 0.1, "colours": 0.01}  # of Adam; the first two in pixels of SIDE
SOFT, SHARP = 1.5, 0.5  # pixels by which borders are blurred, at first and in the end
MANNER = 0.1  # weight of the style loss at a strength of 1
SHOWN_EVERY = 10  # steps between two drawings that can be shown
MOST_STROKES = 1024


@dataclass(frozen=True, kw_only=True)
class DrawSettings:
    """What a drawing is to be.

    Raises TextModelError for what is out of range.
    """

    wishes: tuple[Wish, ...]
    strokes: int = 96
    steps: int = 250
    views: int = 4  # perspectives in which the text model sees each step; 0: the drawing itself
    manner: float = 1.0  # how much a painting's style counts, 0 or more
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked(self, strokes=0, steps=0, views=0)
        if not 1 <= self.strokes <= MOST_STROKES:
            raise TextModelError(
                f"strokes is {self.strokes}; it must be between 1 and {MOST_STROKES}."
            )
        if self.manner < 0:
            raise TextModelError(f"manner is {self.manner:g}; it must be at least 0.")


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawing after some steps."""

    step: int
    likeness: float  # to the words, of the drawing itself, -1..1
    curves: Curves


@dataclass(frozen=True, kw_only=True, repr=False)
class DrawProgress(Progress):
    """What one step did; the loss is 1 less the likeness to the words."""

    drawn: Drawn | None  # now and then, and at the end


class Drawing:
    """Strokes on their way to words."""

    def __init__(
        self,
        text: TextModel,
        settings: DrawSettings,
        painting: Tensor | None = None,
        features: FeatureNetwork | None = None,
    ) -> None:
        """`painting` [3, H, W] in 0..1 and `features`, which see its manner, go together.

        Raises TextModelError for words that the text model doesn't take.
        """
        self.text, self.settings = text, settings
        self._features = features
        self._wanted = None
        with one_at_a_time(text.device):
            self._target = Target(text, settings.wishes)
            if painting is not None and features is not None:
                self._wanted = painting_statistics(features, painting)

    @property
    def name(self) -> str:
        """What the drawing is called."""
        return title_of(self.settings.wishes)

    def start(self) -> Curves:
        """The strokes that it begins with: random ones."""
        settings, side = self.settings, self.text.image_size
        chance = torch.Generator().manual_seed(settings.seed)
        count = settings.strokes
        steps = (torch.rand(count, 3 * CURVES, 2, generator=chance) - 0.5) * 2 * STEP * side
        first = torch.rand(count, 1, 2, generator=chance) * side
        points = torch.cat([first, first + steps.cumsum(1)], 1)
        colours = torch.rand(count, 4, generator=chance)
        widths = torch.full((count,), max(1.0, 2 * side / SIDE))
        return Curves(points, widths, colours, side)

    def run(self, cancel: Cancel | None = None) -> Iterator[DrawProgress]:
        """Draw, yielding at every step; one that is to finish early ends with what there is.

        The same settings draw the same. Raises Cancelled.
        """
        cancel = cancel or Cancel()
        for progress in in_turns(self.text.device, self._steps(cancel)):
            yield progress
            cancel.check()

    def _steps(self, cancel: Cancel) -> Iterator[DrawProgress]:
        settings, start = self.settings, self.start()
        scale = start.size / SIDE
        parts = {name: getattr(start, name).requires_grad_(True) for name in RATES}
        rates = RATES | {name: RATES[name] * scale for name in ("points", "widths")}
        groups = [{"params": [parts[name]], "rate": rates[name]} for name in RATES]
        optimizer = torch.optim.Adam(groups, lr=1.0)
        yield self._progress(0, self.likeness(start), self._drawn(0, parts))
        for step in range(settings.steps):
            share = step / settings.steps
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * _slower(share)
            softness = SOFT + (SHARP - SOFT) * share
            picture = self._picture(parts, softness)
            likeness = self._seen(picture, settings.seed * 100_003 + step)
            loss = 1 - likeness
            if self._wanted is not None:
                loss = loss + MANNER * settings.manner * self._manner(picture)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            with torch.no_grad():
                parts["colours"].clamp_(0, 1)
                parts["widths"].clamp_(max(1.0, THINNEST * scale), WIDEST * scale)
            done, last = step + 1, step + 1 == settings.steps or cancel.is_finishing
            shown = self._drawn(done, parts) if last or done % SHOWN_EVERY == 0 else None
            yield self._progress(done, likeness.item(), shown)
            if last:
                return

    def _picture(self, parts: dict[str, Tensor], softness: float) -> Tensor:
        """[1, 3, side, side] in 0..1; strokes are drawn by the processor, as Macs lack float64."""
        white = torch.ones(3, self.text.image_size, self.text.image_size)
        drawn = draw_curves(parts["points"], parts["widths"], parts["colours"], white, softness)
        return drawn[None].to(self.text.device)

    def _seen(self, picture: Tensor, seed: int) -> Tensor:
        views = picture
        if self.settings.views:
            chance = torch.Generator().manual_seed(seed)
            views = perspectives_of(picture, self.settings.views, chance)
        return self._target.likeness(self.text.embed_images(views)).mean()

    def _manner(self, picture: Tensor) -> Tensor:
        assert self._features is not None
        assert self._wanted is not None
        return style_loss(statistics(self._features(picture).style), self._wanted).mean()

    @torch.no_grad()
    def likeness(self, curves: Curves, views: int = 0, seed: int = 0) -> float:
        """How well the text model finds the words in a drawing, or in so many views of it."""
        picture = curves.picture().to(self.text.device)[None]
        if views:
            picture = perspectives_of(picture, views, torch.Generator().manual_seed(seed))
        return self._target.likeness(self.text.embed_images(picture)).mean().item()

    def _drawn(self, step: int, parts: dict[str, Tensor]) -> Drawn:
        kept = {name: part.detach().clone() for name, part in parts.items()}
        curves = Curves(size=self.text.image_size, **kept)
        return Drawn(step, self.likeness(curves), curves)

    def _progress(self, done: int, likeness: float, drawn: Drawn | None) -> DrawProgress:
        return DrawProgress(done, self.settings.steps, "Drawing", loss=1 - likeness, drawn=drawn)


def _slower(share: float) -> float:
    """How fast strokes still move when `share` of the steps are done (CLIPDraw's schedule)."""
    return 1.0 if share < 0.5 else 0.4 if share < 0.75 else 0.1


def draw_by_words(
    words: Words,
    text: TextModel | str | None = None,
    *,
    strokes: int = 96,
    steps: int = 250,
    views: int = 4,
    seed: int = 0,
    on_progress: Callable[[DrawProgress], object] | None = None,
    cancel: Cancel | None = None,
) -> Curves:
    """Draw words in pen strokes, which `save_svg` writes and `picture` paints at any size.

    `words` are one text, several, or texts with weights, which below 0 say what not to show.
    `text` is an opened text model, None for the built-in one, which knows the built-in worlds.
    `views` are the random perspectives in which each step is seen; with 0 the text model is
    easily fooled. Raises TextModelError for words that it doesn't take, and Cancelled.

    >>> import stylestudio as ss
    >>> curves = ss.draw_by_words("curly red hair", strokes=8, steps=2)
    >>> len(curves), curves.picture(2.0).shape
    (8, torch.Size([3, 256, 256]))
    """
    settings = DrawSettings(
        wishes=wishes_of(words), strokes=strokes, steps=steps, views=views, seed=seed
    )
    drawn: Drawn | None = None
    for progress in Drawing(as_text_model(text), settings).run(cancel):
        drawn = progress.drawn or drawn
        if on_progress:
            on_progress(progress)
    assert drawn is not None
    return drawn.curves

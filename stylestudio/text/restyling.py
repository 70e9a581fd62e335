"""From words to a style: the numbers that a network paints by, moved until a picture fits them.

The network stays as it is, and so does the picture: only the style is looked for, on cut-outs of
the painted picture that are turned and recoloured anew at every step, so that no single flaw of
it is what fits the words. Either the shares of a bank's styles, or the numbers of a style of its
own: scales and shifts, or an embedding (Ghiasi et al. 2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.progress import Cancel, Progress
from stylestudio.recipe.style import unknown_style
from stylestudio.render import StyleError, open_styles
from stylestudio.render.arrays import as_float, as_pictures
from stylestudio.render.device import in_turns, one_at_a_time
from stylestudio.text.model import as_text_model
from stylestudio.text.prompts import Target, Wish, check_asked, title_of, wishes_of
from stylestudio.text.tokenizer import TextModelError
from stylestudio.text.views import cut_outs
from stylestudio.transfer.learning import plain_name, read_bank, with_style
from stylestudio.transfer.pictures import to_pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from torch import Tensor

    from stylestudio.checkpoints.style_networks import StyleBank
    from stylestudio.render import StyleModel
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Words

RATE = 0.06  # of a style's own numbers, in spreads of the bank's styles
SHARE_RATE = 0.2  # of the logarithms of shares
STRAYING = 0.05  # weight of the mean square of moves, in those spreads, at nearness 1
OPEN = 0.1  # of a blend at the start, shared by all styles, so that each can come in
PAINTED = 1.25  # sides of the pictures that the text model looks at
SHOWN_EVERY = 5  # steps between two that can be gone back to
LEAST = 1e-3  # a share below is none
COMPARING, MOVING = "Comparing styles", "Following the words"


@dataclass(frozen=True, kw_only=True)
class RestyleSettings:
    """What style is to be found."""

    wishes: tuple[Wish, ...]
    instead_of: str = ""  # words for what is usual; "" for none
    blend: bool = False  # whether it is to be a blend of the bank's styles, or one of its own
    steps: int = 60
    nearness: float = 0.5  # how much the style is to stay near the one it starts from, 0..1
    cut_outs: int = 4  # of each step; 0 shows the painted picture as it is
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked(self, steps=0, cut_outs=0)
        if not 0 <= self.nearness <= 1:
            raise TextModelError(f"nearness is {self.nearness:g}; it must lie between 0 and 1.")


@dataclass(frozen=True, eq=False)
class FoundStyle:
    """A point on the way to a style."""

    step: int
    likeness: float  # of the whole painted picture to the words, -1..1
    row: Tensor  # [D], what the network takes as its style, on the CPU
    painted: Tensor  # [3, R, R] in 0..1, the first picture in it, on the CPU
    weights: dict[str, float] | None  # shares of the bank's styles, of a blend


@dataclass(frozen=True, kw_only=True, repr=False)
class RestyleProgress(Progress):
    """What one step did; the loss is 1 less the likeness to the words, the picture painted."""

    found: FoundStyle | None  # now and then


class Restyle:
    """Words on their way to a style of one network, on one picture or a few."""

    def __init__(
        self,
        bank: StyleModel,
        text: TextModel,
        settings: RestyleSettings,
        pictures: Tensor,
        start: Mapping[str, float] | None = None,
    ) -> None:
        """`pictures` [N, 3, H, W] in 0..1 are painted; `start` are weights of the bank's styles.

        None starts from the style that fits the words best, or, where a network knows none by
        name, from what it makes of the first picture. Raises TextModelError for words that the text
        model doesn't take, and StyleError for a network without styles to start from.
        """
        self.bank, self.text, self.settings = bank, text, settings
        self.device = bank.rows.device
        self.nearness = settings.nearness  # may be changed by another thread while it runs
        with one_at_a_time(self.device):
            self._target = Target(text, settings.wishes, settings.instead_of)
        text.free_text_tower()  # its words are read
        for name in start or {}:
            if name not in bank.names:
                raise StyleError(unknown_style(name, bank.label, bank.names))
        if not bank.names and (settings.blend or not bank.can_embed):
            raise StyleError(f"{bank.label} knows no style to start from.")
        side = round(PAINTED * text.image_size)
        with one_at_a_time(self.device):
            self._pictures = squares(pictures, side).to(self.device)
        self._start = dict(start or {})

    @property
    def name(self) -> str:
        """What its result is called."""
        return title_of(self.settings.wishes)

    def run(self, cancel: Cancel | None = None) -> Iterator[RestyleProgress]:
        """Do it, yielding at every step; stop by not asking for more, or by `cancel`.

        One that is to finish early ends after the step. Raises Cancelled.
        """
        cancel = cancel or Cancel()
        any_found = False
        for progress in in_turns(self.device, self._steps()):
            yield progress
            cancel.check()
            any_found = any_found or progress.found is not None
            if cancel.is_finishing and any_found:
                return

    def _steps(self) -> Iterator[RestyleProgress]:
        settings = self.settings
        for stage in self._compare():
            yield RestyleProgress(0, settings.steps, stage, found=None)
        yield self._progress(0, None, self._found(0, self._begun(), None))
        variable, row_of = self._variable()
        optimizer = torch.optim.Adam([variable], betas=(0.9, 0.99))
        rate = SHARE_RATE if settings.blend else RATE
        for step in range(settings.steps):
            painted = self.bank.paint(self._pictures, row_of(variable))
            chance = torch.Generator().manual_seed(settings.seed * 100_003 + step)
            likeness = self._likeness(self._shown(painted, chance)).mean()
            loss = 1 - likeness
            if not settings.blend:
                loss = loss + STRAYING * self.nearness * variable.square().mean()
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, 2 * (1 - step / settings.steps))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            done = step + 1
            found = None
            if done % SHOWN_EVERY == 0 or done == settings.steps:
                shares = variable.detach().softmax(0) if settings.blend else None
                found = self._found(done, row_of(variable.detach()), shares)
            yield self._progress(done, likeness.item(), found)

    @torch.no_grad()
    def _compare(self) -> Iterator[str]:
        """Find the style that fits best, where nothing is given to start from."""
        if self._start or not self.bank.names:
            return
        best = -math.inf
        for name, row in zip(self.bank.names, self.bank.rows, strict=True):
            likeness = self._likeness(self.bank.paint(self._pictures, row)).mean().item()
            if likeness > best:
                best, self._start = likeness, {name: 1.0}
            yield f"{COMPARING}: {name}"

    def _begun(self) -> Tensor:
        """The row [D] to start from."""
        if not self._start:
            return self.bank.embed(self._pictures[:1]).to(self.device)
        return self._shares() @ self.bank.rows

    def _shares(self) -> Tensor:
        weights = [self._start.get(name, 0.0) for name in self.bank.names]
        shares = torch.tensor(weights, device=self.device)
        return shares / shares.sum().clamp(min=1e-6)

    def _variable(self) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """What is moved, and how it becomes a row [D]."""
        rows, begun = self.bank.rows, self._begun().detach()
        if self.settings.blend:
            shares = (1 - OPEN) * self._shares() + OPEN / len(rows)
            return shares.log().requires_grad_(True), lambda x: x.softmax(0) @ rows
        spread = rows.std(0) if len(rows) > 1 else begun.abs().mean().expand(len(begun))
        moved = torch.zeros_like(begun).requires_grad_(True)
        return moved, lambda x: begun + spread * x

    def _shown(self, painted: Tensor, chance: torch.Generator) -> Tensor:
        if not self.settings.cut_outs:
            return painted
        return cut_outs(painted, self.settings.cut_outs, self.text.image_size, chance)

    def _likeness(self, painted: Tensor) -> Tensor:
        return self._target.likeness(self.text.embed_images(painted)).to(self.device)

    @torch.no_grad()
    def _found(self, step: int, row: Tensor, shares: Tensor | None) -> FoundStyle:
        painted = self.bank.paint(self._pictures, row)
        likeness = self._likeness(painted).mean().item()
        weights = None
        if self.settings.blend:
            known = (self._shares() if shares is None else shares).tolist()
            named = zip(self.bank.names, known, strict=True)
            weights = {name: share for name, share in named if share >= LEAST}
        return FoundStyle(step, likeness, row.cpu().clone(), painted[0].cpu(), weights)

    def _progress(
        self, done: int, likeness: float | None, found: FoundStyle | None
    ) -> RestyleProgress:
        loss = None if likeness is None else 1 - likeness
        picture = None if found is None else to_pixels(found.painted)
        return RestyleProgress(
            done, self.settings.steps, MOVING, loss=loss, picture=picture, found=found
        )


def grown_bank(bank: StyleModel, name: str, row: Tensor) -> StyleBank:
    """The bank with one more style, to be written with `checkpoints.write_styles`.

    Raises StyleError for networks that aren't banks, and CheckpointError where the file is gone.
    """
    if not bank.places:
        raise StyleError(f"{bank.label} was not opened from a file, so no style can be added.")
    return with_style(read_bank(bank.places[0]), plain_name(name), row)


def squares(pictures: Tensor, side: int) -> Tensor:
    """The middle squares of pictures [N, 3, H, W], `side` pixels large."""
    height, width = pictures.shape[-2:]
    cut = min(height, width)
    top, left = (height - cut) // 2, (width - cut) // 2
    square = pictures[:, :, top : top + cut, left : left + cut].float()
    if cut == side:
        return square
    return F.interpolate(square, (side, side), mode="bicubic", antialias=True).clamp(0, 1)


def style_by_words(
    bank: StyleModel | str,
    words: Words,
    picture: Any,
    text: TextModel | str | None = None,
    start: Mapping[str, float] | None = None,
    *,
    blend: bool = False,
    steps: int = 60,
    nearness: float = 0.5,
    instead_of: str = "",
    seed: int = 0,
    on_progress: Callable[[RestyleProgress], object] | None = None,
    cancel: Cancel | None = None,
) -> FoundStyle:
    """Find the style in which a picture fits words: `row`, and `weights` of a `blend`.

    `bank` is an opened one or the name of a built-in one, `picture` float [N, 3, H, W] in 0..1.
    `words` are one text, several, or texts with weights; `start` are weights of styles, None for
    the one that fits best. Weights go into `ss.Style.of` and `bank.stylize`; the row of a network
    that takes embeddings is one. `text` is an opened text model, None for the built-in one.
    Raises TextModelError for words that it doesn't take, StyleError for a network without styles
    and for what is no picture, and Cancelled.

    >>> import stylestudio as ss
    >>> import torch
    >>> try:
    ...     text = ss.open_text_model("ViT-B-32.pt")
    ...     found = ss.style_by_words("atelier", "a stormy sea", torch.rand(1, 3, 64, 64), text)
    ... except ss.CheckpointError as error:
    ...     print(str(error).split(" (")[0])
    ViT-B-32.pt does not exist
    """
    bank = open_styles(bank) if isinstance(bank, str) else bank
    settings = RestyleSettings(
        wishes=wishes_of(words),
        instead_of=instead_of,
        blend=blend,
        steps=steps,
        nearness=nearness,
        seed=seed,
    )
    pictures = as_float("picture", picture, StyleError)
    if pictures.ndim != 4:
        raise StyleError(f"picture has shape {list(pictures.shape)}; it needs [N, 3, H, W].")
    pictures = as_pictures("picture", pictures, StyleError)
    work = Restyle(bank, as_text_model(text), settings, pictures, start)
    found: FoundStyle | None = None
    for progress in work.run(cancel):
        found = progress.found or found
        if on_progress:
            on_progress(progress)
    assert found is not None
    return found

"""A model taken to another domain, by words or by a few pictures, without any data.

StyleGAN-NADA (Gal et al. 2022): a copy of the synthesis network is trained beside the frozen one,
with the mapping network of both, so latents, edits and inversions go on working. What it leaves is
a delta: what has to be added to the weights, by an amount from 0 to 1.
"""

from __future__ import annotations

import copy
import hashlib
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.projection import ramp
from stylestudio.inversion.space import sample_w
from stylestudio.networks.chain import run_chain
from stylestudio.progress import Cancel, Progress
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import MAX_SEED
from stylestudio.render import Delta, as_model
from stylestudio.render.arrays import as_pictures
from stylestudio.render.colours import as_rgb
from stylestudio.render.device import one_at_a_time
from stylestudio.text.adapt_target import (
    AdaptTarget,
    Pair,
    PicturesTarget,
    WordsTarget,
    in_range,
)
from stylestudio.text.layer_choice import LayerChoice, Layers
from stylestudio.text.model import as_text_model
from stylestudio.text.prompts import Wish, check_asked, name_for, wishes_of
from stylestudio.text.states import optimizer_state
from stylestudio.text.tokenizer import TextModelError
from stylestudio.text.worlds import check_speaks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stylestudio.networks.stylegan2 import Step
    from stylestudio.progress import Picture
    from stylestudio.render import Model
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Words

RATE = 6e-3  # of Adam
BETAS = (0.0, 0.99)
MEMORY = 0.9  # of the weights that are shown, from step to step
WARM_UP, COOL_DOWN = 0.1, 0.9  # shares of the steps
PSI = 0.9  # of the pictures that it learns from
SNAPSHOTS = 12  # of a run, at most about
SHOWN = 9  # pictures of a sheet
SHOWN_SIDE = 128  # pixels of one, at most
USUAL = 16  # pictures whose middle is what is usual
AT_ONCE = 4  # pictures made together without gradients
MOST_PICTURES = 64
LEARNING = "Adapting the model"
LIKE_PICTURES = "like pictures"
_SHOWN_SEED, _USUAL_SEED, _FIRST_SEED = 1, 2, 1000


@dataclass(frozen=True, kw_only=True)
class AdaptSettings:
    """What an adaptation is to do, besides its pictures."""

    wishes: tuple[Wish, ...] = ()  # none where pictures say it
    instead_of: str = ""  # words for what is usual; "" for none
    steps: int = 60
    batch: int = 2
    layers: Layers = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked(self, steps=1, batch=1)

    @property
    def snapshot_every(self) -> int:
        """Steps from one snapshot to the next."""
        return max(1, self.steps // SNAPSHOTS)


@dataclass(frozen=True, eq=False)
class AdaptSnapshot:
    """The model as it stood after a step."""

    step: int
    likeness: float  # of its pictures to the target, -1..1
    variety: float  # how much its pictures differ from each other, 1 as much as the model's own
    delta: Delta
    picture: Picture  # uint8 [H, W, 3]: a table of samples, the same seeds in all snapshots


@dataclass(frozen=True, kw_only=True, repr=False)
class AdaptProgress(Progress):
    """What one step did."""

    snapshot: AdaptSnapshot | None = None  # now and then, and at the end


class Adaptation:
    """A model on its way; a `Resumable`, so that `training.runs.run` drives it and keeps it."""

    def __init__(
        self,
        model: Model,
        text: TextModel,
        settings: AdaptSettings,
        pictures: Sequence[Tensor] = (),
    ) -> None:
        """`pictures`, each [3, H, W] or [1, 3, H, W] in 0..1, say the manner in place of words.

        Raises TextModelError where there are both, or neither, or what the text model can't take.
        """
        self.model, self.text, self.settings = model, text, settings
        if settings.wishes:
            check_speaks_of(text, model)
        if bool(settings.wishes) == bool(pictures):
            raise TextModelError("Give either words or pictures to adapt a model to.")
        if len(pictures) > MOST_PICTURES:
            raise TextModelError(
                f"{len(pictures)} pictures are too many; give at most {MOST_PICTURES}."
            )
        self.step = 0
        with one_at_a_time(model.device):
            self._synthesis = copy.deepcopy(model.network.synthesis)
            self._averaged = copy.deepcopy(model.network.synthesis)  # what is shown and kept
            self._before = model.network.synthesis.state_dict()
            # A manner is everywhere, from the largest shapes to the grain.
            layers = "all" if settings.layers == "auto" and pictures else settings.layers
            self._choice = LayerChoice(model, self._synthesis, layers)
            self._optimizer = torch.optim.Adam(self._choice.parameters, lr=RATE, betas=BETAS)
            self.pictures = _squares(pictures, model)
            self.target = self._target_of(settings)
            self._first_variety = variety(self.pictures_of(SHOWN, _SHOWN_SEED))

    def __repr__(self) -> str:
        return f"<Adaptation of {self.model.name}, step {self.step} of {self.settings.steps}>"

    @property
    def name(self) -> str:
        """What its deltas are called."""
        return name_for(self.settings.wishes) if self.settings.wishes else LIKE_PICTURES

    @property
    def identity(self) -> str:
        """What a state has to agree in with the adaptation that goes on from it."""
        shown = hashlib.sha256(self.pictures.numpy().tobytes()).hexdigest()
        facts = (self.model.sha256, self.text.sha256, shown)
        return f"adapting {' '.join(facts)} {self.settings}"

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> AdaptProgress:
        """Train on a few new samples; now and then, and at the end, a snapshot comes with it."""
        with one_at_a_time(self.model.device), torch.enable_grad():
            loss = self._learn()
            self.step += 1
            every, total = self.settings.snapshot_every, self.settings.steps
            shown = self.finished or self.step % every == 0
            snapshot = self.snapshot() if shown else None
        picture = snapshot.picture if snapshot else None
        return AdaptProgress(
            self.step, total, LEARNING, loss=loss, picture=picture, snapshot=snapshot
        )

    def snapshot(self) -> AdaptSnapshot:
        """The model as it stands."""
        with one_at_a_time(self.model.device), torch.no_grad():
            after = self._averaged.state_dict()
            changed = {name: after[name] for name in self._choice.names}
            delta = Delta.between(self._before, changed, self.model.sha256, self.name)
            pictures = self.pictures_of(SHOWN, _SHOWN_SEED)
            likeness = self.target.likeness(self.text.embed_images(pictures)).mean().item()
            kept = variety(pictures) / max(self._first_variety, 1e-9)
            return AdaptSnapshot(self.step, likeness, kept, delta, sheet(pictures))

    @torch.no_grad()
    def pictures_of(self, count: int, seed: int) -> Tensor:
        """Pictures of random samples as the model stands: [count, 3, R, R] in 0..1."""
        ws = self._sample(count, seed)
        parts = [_synthesized(self._averaged, part) for part in torch.split(ws, AT_ONCE)]
        return in_range(torch.cat(parts))

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        settings = asdict(self.settings)
        settings["wishes"] = [(wish.words, wish.weight) for wish in self.settings.wishes]
        asked = {  # so that it can be made again from the state alone
            "model": self.model.sha256,
            "text": self.text.sha256,
            "settings": settings,
            "pictures": (self.pictures * 255).round().to(torch.uint8),
        }
        with one_at_a_time(self.model.device):  # so that whoever writes it needs no device
            weights, averaged = (
                {name: after[name].cpu() for name in self._choice.names}
                for after in (self._synthesis.state_dict(), self._averaged.state_dict())
            )
            optimizer = optimizer_state(self._optimizer)
        return {
            "asked": asked,
            "step": self.step,
            "weights": weights,
            "averaged": averaged,
            "optimizer": optimizer,
            "scores": self._choice.scores,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self.step = state["step"]
        with one_at_a_time(self.model.device):
            self._synthesis.load_state_dict(state["weights"], strict=False)
            self._averaged.load_state_dict(state["averaged"], strict=False)
            self._optimizer.load_state_dict(state["optimizer"])
        self._choice.scores = state["scores"]

    def _target_of(self, settings: AdaptSettings) -> AdaptTarget:
        if settings.wishes:
            return WordsTarget(self.text, settings.wishes, settings.instead_of)
        own = self.pictures_of(USUAL, _USUAL_SEED)
        return PicturesTarget(
            self.text, self.pictures.to(self.model.device), self.text.embed_images(own)
        )

    def _learn(self) -> float:
        seed = (self.settings.seed * 1_000_003 + _FIRST_SEED + self.step) % (MAX_SEED + 1)
        ws = self._sample(self.settings.batch, seed).requires_grad_(True)
        with torch.no_grad():
            frozen = _synthesized(self.model.network.synthesis, ws)
        pair = Pair(_synthesized(self._synthesis, ws), frozen)
        loss = self.target.loss(pair, seed)
        for group in self._optimizer.param_groups:
            group["lr"] = RATE * ramp(self.step / self.settings.steps, WARM_UP, COOL_DOWN)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        assert ws.grad is not None
        self._choice.choose(ws.grad)
        self._optimizer.step()
        self._average()
        return loss.item()

    @torch.no_grad()
    def _average(self) -> None:
        """Follow the weights, evening out what single samples do to them."""
        memory = min(MEMORY, (1 + self.step) / (5 + self.step))
        new, old = self._synthesis.state_dict(), self._averaged.state_dict()
        for name in self._choice.names:
            old[name].lerp_(new[name], 1 - memory)

    def _sample(self, count: int, seed: int) -> Tensor:
        """Random ws [count, num_ws, w_dim], a little nearer to the average than all are."""
        model = self.model
        w = sample_w(model, count, seed, PSI)
        return w[:, None].repeat(1, model.num_ws, 1)


def adapt_model(
    model: Model | str,
    words: Words = (),
    text: TextModel | str | None = None,
    *,
    instead_of: str = "",
    pictures: Sequence[Tensor] = (),
    steps: int = 60,
    layers: Layers = "auto",
    seed: int = 0,
    on_progress: Callable[[AdaptProgress], object] | None = None,
    cancel: Cancel | None = None,
) -> Delta:
    """Take a model to another domain, and return the delta that does it, by an amount of 0 to 1.

    `words` are one text, several, or texts with weights, and `instead_of` words for what is usual;
    or `pictures`, each [3, H, W] in 0..1, show the manner: four will do. `layers` may be "auto",
    which for words trains those that matter most at each step, and all for pictures; "all",
    "coarse", "middle" or "fine". `text` is an opened text model, None for the built-in one, which
    knows the built-in worlds. One that is to finish early by `cancel` returns what there is. Raises
    TextModelError for words that the text model doesn't take and for what is no picture, and
    Cancelled.

    >>> import stylestudio as ss
    >>> delta = ss.adapt_model("pigments", "blue paint", instead_of="red paint", steps=1)
    >>> delta.name
    'blue paint'
    >>> recipe = ss.Recipe.from_seed(7, "pigments").delta(delta, amount=0.8)
    >>> frame = ss.render("pigments", recipe, deltas=[delta])
    """
    model, cancel = as_model(model), cancel or Cancel()
    wishes = wishes_of(words) if words else ()
    settings = AdaptSettings(
        wishes=wishes, instead_of=instead_of, steps=steps, layers=layers, seed=seed
    )
    if not hasattr(pictures, "__iter__"):
        raise TextModelError(f"{described(pictures)} is not a list of pictures.")
    shown = [one for each in pictures for one in as_pictures("pictures", each, TextModelError)]
    adaptation = Adaptation(model, as_text_model(text), settings, shown)
    while not adaptation.finished and not cancel.is_finishing:
        cancel.check()
        progress = adaptation.advance()
        if on_progress:
            on_progress(progress)
    return adaptation.snapshot().delta


def variety(pictures: Tensor) -> float:
    """How much pictures [N, 3, R, R] in 0..1 differ in what they show.

    That is the mean distance between them in grays, without their finest detail and each brought to
    the same brightness and contrast, as a drawing has fewer colours but not fewer faces.
    """
    gray = F.adaptive_avg_pool2d(pictures.mean(1, keepdim=True), min(64, pictures.shape[-1]))
    deviation, mean = torch.std_mean(gray, (1, 2, 3), keepdim=True)
    return spread((gray - mean) / deviation.clamp(min=1e-3))


def spread(x: Tensor) -> float:
    """Mean distance between each two of N tensors."""
    flat, count = x.flatten(1), len(x)
    return torch.cdist(flat, flat).sum().item() / max(1, count * (count - 1))


def sheet(pictures: Tensor) -> Picture:
    """Pictures [N, 3, R, R] in 0..1 as a square table, uint8 [H, W, 3]."""
    side = math.isqrt(len(pictures))
    small = F.adaptive_avg_pool2d(pictures, min(SHOWN_SIDE, pictures.shape[-1]))
    rows = [torch.cat([*row], 2) for row in torch.split(small[: side * side], side)]
    table = torch.cat(rows, 1).permute(1, 2, 0)
    pixels: Picture = (table * 255).round().byte().cpu().numpy()
    return pixels


def _synthesized(synthesis: Any, ws: Tensor) -> Tensor:
    """[N, 3, R, R] in -1..1, with the model's own noise."""

    def noise(step: Step) -> Tensor | None:
        return synthesis.noise_const(step) if step.has_noise else None

    return as_rgb(run_chain(synthesis, ws, noise))


def _squares(pictures: Sequence[Tensor], model: Model) -> Tensor:
    """Pictures as large as the model's, their middles where they are no squares: [N, 3, R, R]."""
    side = model.resolution
    found = []
    for picture in pictures:
        x = picture.reshape(1, *picture.shape[-3:])
        height, width = x.shape[-2:]
        short = min(height, width)
        top, left = (height - short) // 2, (width - short) // 2
        x = x[..., top : top + short, left : left + short].float().cpu()
        if short != side:
            x = F.interpolate(x, (side, side), mode="bicubic", antialias=True).clamp(0, 1)
        found.append((x * 255).round() / 255)  # as a state keeps them
    return torch.cat(found) if found else torch.empty(0)

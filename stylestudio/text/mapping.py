"""From words to a mapper: small networks that say for each w how to bring it to the words.

After StyleCLIP's latent mapper (Patashnik et al. 2021, section 5). Each step shows the text model
a few new samples of the model, moved by the mapper, and asks that they fit the words better, that
rows stray little, and that pictures stay near what they were. The mapper is an edit like any
other, but what it changes depends on the picture, so it can do what no single direction does.

With a delta it learns inside an adapted model, to take it where its weights alone do not get:
mapper mining (StyleGAN-NADA, Gal et al. 2022, section 4.4).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from stylestudio.editing.statistics import check_has_w
from stylestudio.inversion import inversion_context
from stylestudio.inversion.projection import ramp
from stylestudio.inversion.samples import early_picture
from stylestudio.inversion.space import sample_w
from stylestudio.networks.latent_mapper import LatentMapper
from stylestudio.progress import Cancel, Progress
from stylestudio.recipe.numbers import MAX_SEED
from stylestudio.render import as_model
from stylestudio.render.delta import changed_synthesis
from stylestudio.render.device import one_at_a_time
from stylestudio.render.mappers import packed
from stylestudio.text.model import as_text_model
from stylestudio.text.prompts import Target, Wish, check_asked, name_for, wishes_of
from stylestudio.text.states import optimizer_state
from stylestudio.text.tokenizer import TextModelError
from stylestudio.text.worlds import check_speaks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.inversion import InversionContext
    from stylestudio.render import Delta, Model
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Words

RATE = 2e-3  # of Adam
WARM_UP, COOL_DOWN = 0.1, 0.5  # shares of the steps
PSI = 0.9  # of the pictures that it learns from
BATCH = 4
STRAYING = 0.3  # weight of the mean square of offsets in standard deviations, at nearness 1
LOOKING = 0.6  # weight of the distance to the picture as it was, at nearness 1
JUDGED = 16  # samples on which likeness is told, which no step sees
LEARNING = "Training the mapper"
_JUDGED_SEED, _FIRST_SEED = 1, 2000


@dataclass(frozen=True, kw_only=True)
class MapSettings:
    """What mapper to train."""

    wishes: tuple[Wish, ...]
    instead_of: str = ""  # words for what is usual; "" for none
    steps: int = 120
    nearness: float = 0.5  # how much pictures stay as they were, 0..1
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked(self, steps=1)
        if not 0 <= self.nearness <= 1:
            raise TextModelError(f"nearness is {self.nearness:g}; it must be between 0 and 1.")


class Mapping:
    """A mapper in training; a `Resumable`, so that `training.runs.run` drives it and keeps it."""

    def __init__(
        self,
        model: Model,
        text: TextModel,
        settings: MapSettings,
        context: InversionContext | None = None,
        delta: Delta | None = None,
    ) -> None:
        """Raises TextModelError for words that the text model doesn't take, or another's world.

        `delta` changes the weights of the model that it learns in. Raises DirectionError for a
        model without W, and DeltaError for a delta that doesn't fit the model.
        """
        check_has_w(model)
        check_speaks_of(text, model)
        self.model, self.text, self.settings = model, text, settings
        self._delta = delta
        self.step = 0
        self._context = context or inversion_context(model)
        with one_at_a_time(model.device):
            self._synthesis = changed_synthesis(model, delta) if delta else None
            self._target = Target(text, settings.wishes, settings.instead_of)
            text.free_text_tower()  # its words are read
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(settings.seed)
                groups = [layer.group for layer in model.layers]
                self._mapper = LatentMapper(model.w_dim, groups)
            self._mapper.middle.copy_(model.w_avg.reshape(-1))
            w = sample_w(model, 256, _JUDGED_SEED)
            self._mapper.scale.copy_((w - model.w_avg).square().mean().sqrt())
            self._mapper.to(model.device)
            self._optimizer = torch.optim.Adam(self._mapper.parameters(), lr=RATE)

    @property
    def name(self) -> str:
        """What the mapper is called."""
        return name_for(self.settings.wishes)

    @property
    def identity(self) -> str:
        """What a state has to agree in with the training that continues from it."""
        inside = [self._delta.sha256] if self._delta else []
        hashes = " ".join([self.model.sha256, *inside, self.text.sha256])
        return f"mapping {hashes} {asdict(self.settings)}"

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Train on a few new samples."""
        with one_at_a_time(self.model.device), torch.enable_grad():
            loss = self._learn()
        self.step += 1
        return Progress(self.step, self.settings.steps, LEARNING, loss=loss)

    def mapper(self) -> Delta:
        """The mapper as it stands."""
        with one_at_a_time(self.model.device):
            return packed(self._mapper, self.model.sha256, self.name)

    @torch.no_grad()
    def likeness(self, amount: float = 1.0) -> float:
        """How well samples that it was not trained on fit the words, moved by an amount, -1..1."""
        with one_at_a_time(self.model.device):
            parts = torch.split(self._sample(JUDGED, _JUDGED_SEED), BATCH)
            moved = (ws + amount * self._mapper(ws) for ws in parts)
            return torch.cat([self._seen(self._picture(ws)) for ws in moved]).mean().item()

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to continue as if never interrupted."""
        with one_at_a_time(self.model.device):  # so that whoever writes it needs no device
            mapper = {name: value.cpu() for name, value in self._mapper.state_dict().items()}
            return {
                "step": self.step,
                "mapper": mapper,
                "optimizer": optimizer_state(self._optimizer),
            }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self.step = state["step"]
        with one_at_a_time(self.model.device):
            self._mapper.load_state_dict(state["mapper"])
            self._optimizer.load_state_dict(state["optimizer"])

    def _learn(self) -> float:
        settings = self.settings
        seed = (settings.seed * 1_000_003 + _FIRST_SEED + self.step) % (MAX_SEED + 1)
        ws = self._sample(BATCH, seed)
        with torch.no_grad():
            first = self._picture(ws)
        offsets = self._mapper(ws)
        picture = self._picture(ws + offsets)
        loss = 1 - self._seen(picture).mean()
        strayed = (offsets / self._mapper.scale).square().mean()
        loss = loss + STRAYING * settings.nearness * strayed
        loss = loss + LOOKING * settings.nearness * self._context.distance.against(first)(picture)
        for group in self._optimizer.param_groups:
            group["lr"] = RATE * ramp(self.step / settings.steps, WARM_UP, COOL_DOWN)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        done: float = loss.item()
        return done

    def _sample(self, count: int, seed: int) -> Tensor:
        """Random ws [count, num_ws, w_dim], a little nearer to the average than all are."""
        w = sample_w(self.model, count, seed, PSI)
        return w[:, None].repeat(1, self.model.num_ws, 1)

    def _picture(self, ws: Tensor) -> Tensor:
        """ws -> [N, 3, r, r] in -1..1, as large as the text model looks at."""
        side = min(self.text.image_size, self.model.resolution)
        return early_picture(self.model, ws, side, self._synthesis)

    def _seen(self, pictures: Tensor) -> Tensor:
        seen = self.text.embed_images((pictures / 2 + 0.5).clamp(0, 1))
        return self._target.likeness(seen).to(self.model.device)


def map_by_words(
    model: Model | str,
    words: Words,
    text: TextModel | str | None = None,
    *,
    instead_of: str = "",
    steps: int = 120,
    nearness: float = 0.5,
    delta: Delta | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> Delta:
    """Train a mapper that brings any picture of a model to words; `ss.MapperEdit.of` uses it.

    `words` are one text, several, or texts with weights; `instead_of` are words for what is usual
    there. `nearness` 0 follows the words wherever they lead, 1 stays near each picture. `text` is
    an opened text model, None for the built-in one. With a `delta` the mapper learns inside the
    changed model, for recipes that have the delta, too. Raises TextModelError for words that it
    doesn't take, DirectionError for a model without W, DeltaError for a delta of another model,
    and Cancelled.

    >>> import stylestudio as ss
    >>> mapper = ss.map_by_words("pigments", "blue paint", steps=1)
    >>> recipe = ss.Recipe.from_seed(7, "pigments").edit(ss.MapperEdit.of(mapper, amount=0.8))
    >>> frame = ss.render("pigments", recipe, deltas=[mapper])
    """
    model, cancel = as_model(model), cancel or Cancel()
    settings = MapSettings(
        wishes=wishes_of(words), instead_of=instead_of, steps=steps, nearness=nearness
    )
    mapping = Mapping(model, as_text_model(text), settings, delta=delta)
    while not mapping.finished and not cancel.is_finishing:
        cancel.check()
        progress = mapping.advance()
        if on_progress:
            on_progress(progress)
    return mapping.mapper()

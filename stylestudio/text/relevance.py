"""What each style channel of a model changes in a text model's eyes: measured once, and kept.

After StyleCLIP's global directions (Patashnik et al. 2021, section 6). Each channel is moved both
ways in a few random pictures; where the text model sees them go says what the channel stands for.
Synthesis restarts at the layer of the channels, and several of one layer are moved at a time. RGB
layers, which StyleCLIP leaves out, count as well: colours are theirs. All channels are looked at in
a few pictures, then all in a few more, so that what is known soon covers all of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import platformdirs
import safetensors.torch
import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.checkpoints import CheckpointError, load_tensors
from stylestudio.editing import DirectionError
from stylestudio.editing.channels import channel_sigmas
from stylestudio.editing.statistics import check_has_w
from stylestudio.errors import whole_number
from stylestudio.files import replacing
from stylestudio.inversion.samples import early_picture
from stylestudio.inversion.space import sample_w
from stylestudio.memory import keep_freed_memory
from stylestudio.networks.chain import StepInput, run_steps, steps_upto
from stylestudio.networks.stylegan2 import State
from stylestudio.networks.stylegan2.layers import MovedRow
from stylestudio.progress import Cancel, Progress
from stylestudio.render import style_channels
from stylestudio.render.colours import as_rgb
from stylestudio.render.device import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stylestudio.networks.stylegan2 import Step
    from stylestudio.render import Model
    from stylestudio.text.model import TextModel

SAMPLES = 4  # pictures that each channel is moved in
AT_ONCE = 2  # of them
REACH = 5.0  # standard deviations of its own that a channel is moved by, either way
SIDE = 64  # pixels of the pictures, at least; layers for larger ones are left out
SEEN, USUAL_SEED = 64, 1_000_000  # pictures that tell how far the model's own stray
PICTURES = 16  # made together, of SIDE pixels
PSI = 0.7
SAVE_SECONDS = 5.0  # of work that a killed program loses, at most about
MEASURING = "Measuring what channels change"
_FORMAT = 3


class Chunk(NamedTuple):
    """Channels of a layer that are moved together in the pictures of one round."""

    number: int  # of the round, from 0
    step: int  # the place of the layer among the steps
    layer: str
    first: int  # channel
    stop: int


@dataclass(frozen=True, eq=False)
class Relevance:
    """What is known of the channels of a model so far; C of them, in the order of the layers."""

    places: tuple[tuple[str, int], ...]  # layer and number
    sigmas: Tensor  # [C], standard deviations of the channels
    ways: Tensor  # [C, dim], where each leads: of length one, all zero where it isn't known yet
    gains: Tensor  # [C, dim], how the text model's vector changes by one standard deviation
    counts: Tensor  # [C], pictures that each was moved in
    seen: Tensor  # [N, dim], of random pictures
    wanted: int  # pictures that each is to be moved in

    @property
    def is_complete(self) -> bool:
        """Whether all that is wanted is known."""
        return bool((self.counts >= self.wanted).all())

    def __str__(self) -> str:
        known = int((self.counts > 0).sum())
        of_all = "" if known == len(self.places) else f" of {len(self.places):,}"
        least = int(self.counts[self.counts > 0].min()) if known else 0
        return f"{known:,}{of_all} channels, each in {least} of {self.wanted} pictures"


class RelevanceWork:
    """Measures the channels of a model for a text model, and keeps what is known in a file.

    What any end of the program leaves, the next one goes on from.
    """

    def __init__(
        self,
        model: Model,
        text: TextModel,
        samples: int = SAMPLES,
        folder: Path | None = None,
    ) -> None:
        """`folder` is where files are kept, None for the user's cache.

        Raises DirectionError for a model without W or without style channels.
        """
        check_has_w(model)
        samples = whole_number("samples", samples, 1, DirectionError)
        self.model, self.text = model, text
        self._rounds = -(-samples // AT_ONCE)
        side = min(SIDE, text.image_size, model.resolution)
        self._steps = steps_upto(model.network.synthesis.steps, side)
        self._at_once = max(1, PICTURES * SIDE**2 // self._steps[-1].resolution ** 2)
        counts = style_channels(model)
        self._layers = {step.name: counts[step.name] for step in self._steps if step.name in counts}
        if not self._layers:
            raise DirectionError(f"{model.name} has no style channels.")
        self._path = _path(model, text, folder)
        self._chunks = self._all_chunks()
        self._sigmas = {
            name: torch.from_numpy(channel_sigmas(model, name)).float() for name in self._layers
        }
        total = sum(self._layers.values())
        self._done = 0  # chunks
        self._ways = torch.zeros(total, text.dim)  # sums over pictures, like the next
        self._changes = torch.zeros(total, text.dim)
        self._counts = torch.zeros(total)
        self._seen = torch.zeros(0, text.dim)
        self._load()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be done."""
        return self._done >= len(self._chunks)

    @property
    def total(self) -> int:
        """How many steps `run` reports in all."""
        return len(self._chunks)

    @property
    def pictures(self) -> int:
        """In how many pictures every channel was measured."""
        return int(self._counts.min())

    @property
    def known(self) -> Relevance:
        """What is known so far."""
        counts = self._counts.clamp(min=1)[:, None]
        return Relevance(
            tuple((name, i) for name, count in self._layers.items() for i in range(count)),
            torch.cat([*self._sigmas.values()]),
            F.normalize(self._ways, dim=1),
            self._changes / counts / (2 * REACH),
            self._counts.clone(),
            self._seen.clone(),
            self._rounds * AT_ONCE,
        )

    def run(self, cancel: Cancel | None = None) -> Iterator[Progress]:
        """Do what is left, yielding after every few channels; one that is to finish early ends.

        Raises Cancelled; what is known by then is kept.
        """
        keep_freed_memory()
        cancel = cancel or Cancel()
        begun, saved = self._done, time.monotonic()
        try:
            for done in in_turns(self.model.device, self._rest()):
                self._done = done
                yield Progress(done, len(self._chunks), MEASURING)
                cancel.check()
                if cancel.is_finishing:
                    return
                if time.monotonic() - saved >= SAVE_SECONDS:
                    self._save()
                    saved = time.monotonic()
        finally:
            if self._done > begun:
                self._save()

    def _all_chunks(self) -> list[Chunk]:
        """All there is to do, in order."""
        many = max(1, self._at_once // (2 * AT_ONCE))
        return [
            Chunk(number, place, step.name, first, min(first + many, self._layers[step.name]))
            for number in range(self._rounds)
            for place, step in enumerate(self._steps)
            if step.name in self._layers
            for first in range(0, self._layers[step.name], many)
        ]

    def _rest(self) -> Iterator[int]:
        """Measure chunk after chunk; yields how many are done."""
        starts = dict(zip(self._layers, accumulate(self._layers.values(), initial=0), strict=False))
        if not len(self._seen):
            self._seen = self._usual()
        pictures: _Pictures | None = None
        for done, chunk in enumerate(self._chunks[self._done :], self._done + 1):
            if pictures is None or pictures.number != chunk.number:
                pictures = _Pictures(self.model, self._steps, chunk.number)
            start = starts[chunk.layer]
            at = slice(start + chunk.first, start + chunk.stop)
            moved = pictures.moved(chunk, self._layers[chunk.layer], self._sigmas[chunk.layer])
            seen = self._embed(moved).view(chunk.stop - chunk.first, 2, AT_ONCE, -1)
            change = seen[:, 0] - seen[:, 1]
            self._ways[at] += F.normalize(change, dim=2).sum(1)
            self._changes[at] += change.sum(1)
            self._counts[at] += AT_ONCE
            yield done

    def _usual(self) -> Tensor:
        """What the text model makes of random pictures: [SEEN, dim]."""
        w = torch.split(sample_w(self.model, SEEN, USUAL_SEED, PSI), PICTURES // 2)
        with torch.inference_mode():
            ws = (part[:, None].expand(-1, self.model.num_ws, -1) for part in w)
            side = self._steps[-1].resolution
            return torch.cat([self._embed(early_picture(self.model, each, side)) for each in ws])

    def _embed(self, pictures: Tensor) -> Tensor:
        with torch.inference_mode():
            return self.text.embed_images((pictures / 2 + 0.5).clamp(0, 1)).cpu()

    def _load(self) -> None:
        """Take over what an earlier run has kept, unless it is damaged."""
        if not self._path.is_file():
            return
        with contextlib.suppress(CheckpointError, OSError, KeyError, ValueError):
            kept = load_tensors(self._path)[1]
            parts = [kept[name] for name in ("ways", "changes", "counts")]
            mine = [self._ways, self._changes, self._counts]
            if all(a.shape == b.shape for a, b in zip(parts, mine, strict=True)):
                self._ways, self._changes, self._counts = parts
                self._seen, self._done = kept["seen"], int(kept["done"])

    def _save(self) -> None:
        tensors = {
            "ways": self._ways,
            "changes": self._changes,
            "counts": self._counts,
            "seen": self._seen,
            "done": torch.tensor(self._done),
        }
        content = safetensors.torch.save(
            {name: each.contiguous() for name, each in tensors.items()}
        )
        with contextlib.suppress(OSError):  # a full or read-only disk costs only the time
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._path) as temporary:
                temporary.write_bytes(content)


class _Pictures:
    """The random pictures of one round, as far as the layer that is looked at."""

    def __init__(self, model: Model, steps: Sequence[Step], number: int) -> None:
        self.number = number
        self._network, self._steps = model.network.synthesis, steps
        w = sample_w(model, AT_ONCE, number, PSI)
        self._ws = w[:, None].expand(-1, model.num_ws, -1)
        self._at, self._state = 0, self._network.initial_state(AT_ONCE)
        _, *later = (step for step in steps if step.makes_rgb)
        with torch.inference_mode():
            run = self._run(steps, self._state, 1)
            self._maps = {step.name: state.x for step, state in run if step in later}

    def moved(self, chunk: Chunk, count: int, sigmas: Tensor) -> Tensor:
        """The pictures [channels * 2 * AT_ONCE, 3, r, r], each channel moved up, then down."""
        with torch.inference_mode():
            for _, state in self._run(self._steps[self._at : chunk.step], self._state, 1):
                self._state = state
            self._at = chunk.step
            many = chunk.stop - chunk.first
            offset = torch.zeros(many, 2, AT_ONCE, count)
            for i, channel in enumerate(range(chunk.first, chunk.stop)):
                far = REACH * sigmas[channel]
                offset[i, 0, :, channel], offset[i, 1, :, channel] = far, -far
            offset = offset.view(-1, count).to(self._ws.device)
            begun = _repeated(self._state, 2 * many)
            first, *later = self._steps[chunk.step :]
            if first.makes_rgb:  # which changes no feature map, so that only others have to follow
                later = [step for step in later if step.makes_rgb]
            *_, (_, last) = self._run([first, *later], begun, 2 * many, offset)
            assert last.img is not None
            return as_rgb(last.img)

    def _run(
        self, steps: Sequence[Step], state: State, times: int, offset: Tensor | None = None
    ) -> Iterator[tuple[Step, State]]:
        """Run steps; `offset` is added to the styles of the first.

        After an RGB layer, others take the feature maps of the round, which it does not change.
        """
        network, ws = self._network, self._ws.repeat(times, 1, 1)

        def given(step: Step, state: State) -> StepInput:
            w, first = ws[:, step.ws_index], step is steps[0]
            noise = network.noise_const(step) if step.has_noise else None
            if step.makes_rgb and steps[0].makes_rgb and not first:
                state = state._replace(x=self._maps[step.name].repeat(times, 1, 1, 1))
            moved = MovedRow(w, offset) if offset is not None and first else w
            return StepInput(network, step, state, moved, noise)

        return run_steps(steps, state, given)


def _repeated(state: State, times: int) -> State:
    x, img, shortcut = (None if x is None else torch.cat([x] * times) for x in state)
    assert x is not None
    return State(x, img, shortcut)


def _path(model: Model, text: TextModel, folder: Path | None) -> Path:
    kept = folder or platformdirs.user_cache_path("StyleStudio", appauthor=False) / "relevance"
    facts: tuple[object, ...] = (_FORMAT, model.sha256, text.sha256, AT_ONCE, REACH, SIDE, PSI)
    if model.img_channels == 4:
        facts += ("over white",)
    return kept / f"relevance-{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}.safetensors"

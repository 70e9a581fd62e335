"""Teaches a Lexicon from pictures that the worlds' painters make and captions made from attributes.

The loss is that of SigLIP (Zhai et al. 2023, section 3.2): each pair of a picture and a caption is
judged alone. Here it is known of every pair how well it fits, from the picture's attributes, so
that a caption which fits several pictures of a batch is no false negative. Layers beside both
towers read attributes while they learn; that tells them sooner what there is to see, and what
is said.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.progress import Progress
from stylestudio.training.horizons import Horizons
from stylestudio.training.lexicon import WORLDS
from stylestudio.training.lexicon.captions import Speaker
from stylestudio.training.pigments import Pigments
from stylestudio.training.portraits import Portraits
from stylestudio.training.scene import shape_gaussian
from stylestudio.training.trainer import cosine_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.training.lexicon.captions import Caption
    from stylestudio.training.scene import Scene

SCENES: tuple[Scene, ...] = (Portraits(), Pigments(), Horizons())
POOL = 2048  # pictures of each world that are drawn from, the latest
WARM_UP = 100  # steps
FINAL_SHARE = 0.01  # of the learning rate is left at the end
FIRST_SCALE, FIRST_BIAS = math.log(20.0), -5.0  # of the logits
LARGEST_SCALE = math.log(60.0)
GRAIN = 0.03  # of noise on the pictures, so that no single pixel is trusted
READING = 10.0  # weight of what is read of a picture's attributes, beside the captions
LISTENING = 10.0  # weight of what is read of a caption's
DECAY = 0.01  # of weights
SHARE_OF_WORDS = 4.0  # of the learning rate: each word comes up seldom


@dataclass(frozen=True, kw_only=True)
class LexiconSettings:
    """Everything that decides the trained network, besides the worlds and their words."""

    steps: int = 5000
    batch: int = 32  # pictures of each world
    captions: int = 64  # of each world, made for its pictures in turn
    painted: int = 8  # pictures of each world at a time; learning from one again costs less
    every: int = 1  # steps from one time to the next: a card is busy only with many pictures
    learning_rate: float = 2.5e-3
    seed: int = 0
    bfloat16: bool = False  # where the device is faster so


SETTINGS = LexiconSettings()
# A card is hardly busy with so few pictures, and paints as many times more of them as quickly.
CARD_SETTINGS = LexiconSettings(steps=3000, batch=128, captions=128, painted=1024, every=8)


class LexiconTrainer:
    """A Lexicon that learns on a device; every step depends only on the last.

    A card draws other numbers than the processor, so the weights differ.
    """

    def __init__(
        self,
        settings: LexiconSettings,
        device: torch.device | str = "cpu",
        scenes: Sequence[Scene] = SCENES,
    ) -> None:
        """`scenes` may leave some of `SCENES` out."""
        self.settings = settings
        self.device = torch.device(device)
        self.scenes = tuple(scenes)
        self.step = 0
        self.speaker = speaker_for(self.scenes)
        self.words = WordList(self.speaker.vocabulary)
        torch.manual_seed(settings.seed)
        self.network = LexiconNetwork(LexiconConfig(len(self.words)))
        _initialise(self.network)
        config = self.network.config
        counts = [len(scene.space.names) for scene in self.scenes]
        self.readers = nn.ModuleList(nn.Linear(config.hidden, count) for count in counts)
        self.listener = nn.Linear(config.text_width, sum(counts))
        nn.init.zeros_(self.listener.weight)
        self.scale = nn.Parameter(torch.tensor(FIRST_SCALE, device=self.device))
        self.bias = nn.Parameter(torch.tensor(FIRST_BIAS, device=self.device))
        self._learning = nn.ModuleList([self.network, self.readers, self.listener]).to(self.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        pictures = [*self.network.visual.parameters(), *self.readers.parameters()]
        mine = {id(parameter) for parameter in pictures}
        words = [p for p in self._learning.parameters() if id(p) not in mine]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": pictures, "share": 1.0},
                {"params": [*words, self.scale, self.bias], "share": SHARE_OF_WORDS},
            ],
            lr=1.0,
            betas=(0.9, 0.98),
            weight_decay=DECAY,
        )
        rounds = max(1, POOL // settings.painted)
        self._pools: list[deque[tuple[Tensor, Tensor]]] = [
            deque(maxlen=rounds) for _ in self.scenes
        ]
        self._round = 0  # of painting, that comes next
        self.network.eval()

    @property
    def identity(self) -> str:
        """Worlds, words and settings: they decide the trained weights."""
        spaces = [(scene.name, scene.space) for scene in self.scenes]
        return repr(("lexicon", spaces, len(self.words), self.settings))

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.settings.steps

    def advance(self) -> Progress:
        """Train on one batch; the loss is the captions' part, for one picture."""
        drawn = self._draw_batch()
        captions, tokens = self._say(drawn)
        rate = cosine_rate(
            self.settings.learning_rate, self.step, self.settings.steps, WARM_UP, FINAL_SHARE
        )
        for group in self.optimizer.param_groups:
            group["lr"] = group["share"] * rate
        self.optimizer.zero_grad(set_to_none=True)
        self.network.train()
        pictures = torch.cat([pictures for _, pictures in drawn]).float()
        pictures = pictures + GRAIN * torch.randn(
            pictures.shape, generator=self._chance(6, self.step, self.device), device=self.device
        )
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.bfloat16):
            seen = self.network.visual.seen(pictures)
            shown = self.network.visual.projection(seen)
            heard = self.network.read(tokens)
            said = self.network.text_projection(heard)
            read = [
                reader(part)
                for reader, part in zip(self.readers, seen.chunk(len(drawn)), strict=True)
            ]
            listened = self.listener(heard)
        likeness = F.normalize(shown.float(), dim=-1) @ F.normalize(said.float(), dim=-1).T
        logits = likeness * self.scale.clamp(max=LARGEST_SCALE).exp() + self.bias
        asked = [
            self.speaker.requirements(captions, scene.name).to(self.device) for scene in self.scenes
        ]
        attributes = [attributes for attributes, _ in drawn]
        wanted = torch.cat([one.fits(a) for one, a in zip(asked, attributes, strict=True)])
        loss = F.binary_cross_entropy_with_logits(logits, wanted, reduction="sum") / len(captions)
        error = torch.stack(
            [F.mse_loss(r.float(), a) for r, a in zip(read, attributes, strict=True)]
        ).mean()
        spoken = torch.cat(
            [one.said(a.shape[1]) for one, a in zip(asked, attributes, strict=True)], 1
        )
        misheard = F.mse_loss(listened.float(), spoken, reduction="sum") / len(captions)
        total = loss + READING * error + LISTENING * misheard
        total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.network.eval()
        self.step += 1
        stage = "Learning words"
        return Progress(self.step, self.settings.steps, stage, loss=loss.item())

    def _say(self, drawn: Sequence[tuple[Tensor, Tensor]]) -> tuple[list[Caption], Tensor]:
        """Captions for the pictures, and their tokens."""
        chance = random.Random(self.settings.seed * 1_000_003 + self.step)
        captions = [
            self.speaker.describe(scene.name, row, chance)
            for scene, (attributes, _) in zip(self.scenes, drawn, strict=True)
            for row in islice(cycle(attributes.tolist()), self.settings.captions)
        ]
        context = self.network.config.context
        ids = torch.tensor([self.words.tokens(caption.text, context) for caption in captions])
        longest = int(ids.argmax(1).max()) + 1  # what follows the end marks changes nothing
        return captions, ids[:, :longest].to(self.device)

    def _chance(self, stream: int, number: int, device: torch.device | str) -> torch.Generator:
        """Random numbers for a step or a round; streams differ."""
        seed = (self.settings.seed + 1) * 2_000_003 + 8 * number + stream
        return torch.Generator(device).manual_seed(seed)

    def _draw_batch(self) -> list[tuple[Tensor, Tensor]]:
        """For each world attributes [batch, K] and pictures [batch, 3, R, R] from its pool."""
        settings = self.settings
        rounds = self._pools[0].maxlen
        assert rounds is not None
        now = self.step // settings.every
        for number in range(max(self._round, now + 1 - rounds), now + 1):
            for index, pool in enumerate(self._pools):
                pool.append(self._paint(index, number))
        self._round = now + 1
        chance = self._chance(7, self.step, "cpu")
        drawn = []
        for pool in self._pools:
            there = len(pool) * settings.painted
            numbers = torch.randint(there, (settings.batch,), generator=chance).tolist()
            places = [divmod(number, settings.painted) for number in numbers]
            attributes = torch.stack([pool[i][0][j] for i, j in places])
            drawn.append((attributes, torch.stack([pool[i][1][j] for i, j in places])))
        return drawn

    def _paint(self, index: int, number: int) -> tuple[Tensor, Tensor]:
        """The pictures that a round adds to a world's pool, kept in half the memory."""
        scene = self.scenes[index]
        chance = self._chance(index, number, self.device)
        shape = self.settings.painted, len(scene.space.names)
        attributes = shape_gaussian(torch.randn(shape, generator=chance, device=self.device))
        side = self.network.config.image_size
        return attributes, paint(scene, attributes, side, chance).half()

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted."""
        return {
            "step": self.step,
            "learning": self._learning.state_dict(),
            "logits": (self.scale.item(), self.bias.item()),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state of the same worlds and settings."""
        self.step = state["step"]
        self._learning.load_state_dict(state["learning"])
        for number, value in zip((self.scale, self.bias), state["logits"], strict=True):
            number.data.fill_(value)
        self.optimizer.load_state_dict(state["optimizer"])
        for pool in self._pools:
            pool.clear()
        self._round = 0


def speaker_for(scenes: Sequence[Scene] = SCENES) -> Speaker:
    """What can be said of these worlds: words go with attributes, which two may share."""
    spoken = {scene.name: scene.space for scene in SCENES}
    worlds = [
        replace(world, name=scene.name)
        for scene in scenes
        for world in WORLDS
        if spoken[world.name] == scene.space
    ]
    return Speaker(worlds, {scene.name: scene.space.names for scene in scenes})


@torch.no_grad()
def paint(scene: Scene, attributes: Tensor, side: int, chance: torch.Generator) -> Tensor:
    """Paint attributes [N, K] with fresh noise -> [N, 3, side, side] in -1..1."""
    noises = {}
    for name in sorted(scene.noise_layers):
        resolution = int(name[1:].split(".")[0])
        if resolution <= side:
            shape = (len(attributes), 1, resolution, resolution)
            noises[name] = torch.randn(shape, generator=chance, device=attributes.device)
    return scene.render(attributes, noises, side)


@torch.no_grad()
def _initialise(network: LexiconNetwork) -> None:
    """Begin with the plain sum of small words."""
    network.token_embedding.weight.normal_(std=0.1)
    for parameter in network.joined.parameters():
        parameter.zero_()

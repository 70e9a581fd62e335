"""What a step of each kind of work with words costs, with a text model of a known size."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints import TextImageFile
from stylestudio.networks.text_image import TextImageConfig, TextImageNetwork, TowerConfig
from stylestudio.render import open_styles
from stylestudio.text.finding import FindSettings, Search
from stylestudio.text.measuring_styles import pictures_of
from stylestudio.text.model import TextModel
from stylestudio.text.moving import AT_ONCE, Move, MoveSettings
from stylestudio.text.prompts import wishes_of
from stylestudio.text.restyling import Restyle, RestyleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.progress import Progress
    from stylestudio.render import Model

# CLIP ViT-B/32 (Radford et al. 2021, table 20).
VIT_B_32 = TextImageConfig(
    dim=512,
    image_size=224,
    patch=32,
    image=TowerConfig(768, 12, 12, 3072),
    text=TowerConfig(512, 12, 8, 2048),
    context=77,
    vocabulary=49_408,
    activation="quick_gelu",
)
STEPS = 4  # of each kind of work, after a first one
WORDS = "a smile"


@dataclass(frozen=True)
class Cost:
    """What one step took."""

    what: str
    seconds: float  # by the clock, the median of a few
    processor: float  # seconds of processor time, of all threads together


def random_text_model(config: TextImageConfig = VIT_B_32, path: Path | None = None) -> TextModel:
    """A text model of random weights: it costs what a trained one does.

    Without a path it could not be read again, so it never gives back what reads texts.
    """
    torch.manual_seed(0)
    network = TextImageNetwork(config)
    for parameter in network.parameters():
        parameter.data.normal_(0, 0.02)
    network = network.eval().requires_grad_(False)
    file = TextImageFile(network, "random", Path(), sha256="0" * 64)
    return TextModel(file, path)


def measure_memory(model: Model, config: TextImageConfig = VIT_B_32) -> tuple[int, int]:
    """Bytes of a text model's weights before a search, and once that has read its words."""
    text = random_text_model(config, Path())
    before = text.nbytes
    Search(model, text, FindSettings(wishes=wishes_of(WORDS)))
    return before, text.nbytes


def measure_costs(model: Model, text: TextModel, bank: str = "sketchbook") -> Iterator[Cost]:
    """Time a few steps of everything, one kind after another."""
    wishes = wishes_of(WORDS)
    find = FindSettings(wishes=wishes, samples=8, steps=STEPS + 1)
    yield _timed("find, a step", Search(model, text, find).run())
    move = MoveSettings(wishes=wishes, seeds=AT_ONCE * (STEPS + 1))
    yield _timed("move, a step of 4 seeds", Move(model, text, move).run())
    restyle = RestyleSettings(wishes=wishes, steps=STEPS + 1)
    picture = pictures_of(model, (1,))
    styles = open_styles(bank)
    start = {styles.names[0]: 1.0}
    yield _timed("restyle, a step", Restyle(styles, text, restyle, picture, start).run())
    yield _timed("ask, a picture", _looks(text, picture))


def _looks(text: TextModel, picture: torch.Tensor) -> Iterator[None]:
    for _ in range(STEPS + 1):
        with torch.no_grad():
            text.embed_images(picture)
        yield


def _timed(what: str, steps: Iterator[Progress] | Iterator[None]) -> Cost:
    """The median of the later steps; the first may prepare something."""
    seconds: list[float] = []
    processor: list[float] = []
    began, worked = time.perf_counter(), time.process_time()
    for _ in steps:
        seconds.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
        began, worked = time.perf_counter(), time.process_time()
    later = slice(-STEPS, None)
    return Cost(what, statistics.median(seconds[later]), statistics.median(processor[later]))

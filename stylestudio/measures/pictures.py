"""What is measured: the pictures of a model, and those in a folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch

from stylestudio.measures.distances import MeasureError
from stylestudio.networks.stylegan2 import SynthesisNetwork
from stylestudio.pictures import PictureError
from stylestudio.pictures.kinds import HEAD, SUFFIXES, format_of, why_not
from stylestudio.recipe import Recipe, SeedSource, label_of
from stylestudio.render import Renderer, builtin_models
from stylestudio.training.adversarial.pictures import PicturesError, find_files, read_square
from stylestudio.training.evaluator import HELD_OUT_SEED
from stylestudio.training.scene import shape_gaussian
from stylestudio.training.trainer import draw_noises
from stylestudio.training.worlds import world as find_world
from stylestudio.video.frames import over_white

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from torch import Tensor

    from stylestudio.measures.readers import FeatureReader
    from stylestudio.progress import Cancel
    from stylestudio.render import Assets, Model

    Array = np.ndarray[Any, Any]

MOST_MIXED = 4  # sources, as in the StyleGAN paper
APART = 1_000_000  # between the seeds of a model and those of one it is compared with


class Pictures(Protocol):
    """Pictures one after another, always the same ones."""

    @property
    def name(self) -> str:
        """What they are called."""

    @property
    def identity(self) -> str:
        """What they follow from: equal identities give equal pictures."""

    def __len__(self) -> int: ...

    def read(self, number: int) -> Tensor | None:
        """Picture uint8 [3, R, R], None where a file holds none."""


class ModelPictures:
    """What a model makes of seeds, one after another.

    Without a `look` truncation is 1 and the noise of each picture is its own, as in the papers.
    With one, each picture has that look on a seed of its own; noise that is seeded is drawn anew.
    A conditional model shows each class equally often, unless the look says which.
    """

    def __init__(
        self,
        model: Model,
        count: int,
        *,
        look: Recipe | None = None,
        truncation_psi: float | None = None,
        mixed: int = 1,
        first: int = 0,
        assets: Assets | None = None,
    ) -> None:
        if not 1 <= mixed <= min(MOST_MIXED, model.num_ws):
            raise MeasureError(f"mixed is {mixed}; it can be 1, for no mixing, to {MOST_MIXED}.")
        if mixed > 1 and not model.capabilities.has_w:
            raise MeasureError(f"{model.name} has no w to mix; measure it with mixed at 1.")
        self.model, self.name = model, model.name
        self._any_class = look is None
        if look is None:
            noise = "seeded" if model.has_noise else "const"
            look = Recipe.from_seed(0, model, noise_mode=noise)
        if truncation_psi is not None:
            look = look.replace(truncation_psi=truncation_psi)
        self.look, self.mixed = look, mixed
        self._count, self._first = count, first
        self._renderer = Renderer(model, cache_bytes=0, assets=assets)

    def __len__(self) -> int:
        return self._count

    @property
    def identity(self) -> str:
        """Model, look, seeds and number type."""
        of_model = self.model.sha256, str(self.model.dtype), self.model.device.type
        over = ("over white",) if self.model.img_channels == 4 else ()
        return repr((*of_model, self.look.to_json(), self.mixed, self._first, *over))

    def recipe(self, number: int) -> Recipe:
        """The recipe of a picture."""
        seed, model = self._first + number, self.model
        label = label_of(self.look.source)
        if self._any_class and model.c_dim:
            label = tuple(np.eye(model.c_dim)[seed % model.c_dim])
        recipe = self.look.replace(source=SeedSource(seed, label))
        if recipe.noise_mode == "seeded":
            recipe = recipe.replace(noise_seed=seed)
        chance = np.random.RandomState(seed)
        borders = np.sort(chance.choice(model.num_ws - 1, self.mixed - 1, replace=False) + 1)
        for place, border in enumerate(borders):
            other = SeedSource(self._first + number + (place + 1) * APART // MOST_MIXED, label)
            recipe = recipe.mix(other, list(range(border, model.num_ws)))
        return recipe

    def read(self, number: int) -> Tensor:
        """Render one; what is transparent lies over white, as in folders."""
        pixels = self._renderer.render(self.recipe(number)).pixels
        return torch.from_numpy(np.ascontiguousarray(over_white(pixels))).permute(2, 0, 1)


class PainterPictures:
    """What the painter of a built-in world paints: the pictures that its model learned from."""

    def __init__(self, world: str, count: int) -> None:
        """Raise MeasureError where there is no such world."""
        try:
            self._scene, settings = find_world(world)
        except KeyError:
            known = ", ".join(builtin_models())
            raise MeasureError(f"{world} is no built-in world; there are {known}.") from None
        self._count, self._side = count, settings.config.img_resolution
        with torch.device("meta"):
            self._synthesis = SynthesisNetwork(settings.config)  # only says which noises there are
        self.name = f"the painter of {self._scene.name}"
        # A painter is a program: what it paints tells one version of it from another.
        self.identity: str = hashlib.sha256(self.read(0).numpy().tobytes()).hexdigest()

    def __len__(self) -> int:
        return self._count

    @torch.no_grad()
    def read(self, number: int) -> Tensor:
        """Paint one."""
        chance = torch.Generator().manual_seed(HELD_OUT_SEED + number)
        scene = self._scene
        attributes = shape_gaussian(torch.randn(1, len(scene.space.names), generator=chance))
        noises = draw_noises(self._synthesis, 1, self._side, chance)
        picture = scene.render(attributes, noises, self._side)[0]
        return (picture * 127.5 + 128).clamp(0, 255).to(torch.uint8)


@dataclass
class FolderPictures:
    """The pictures of a folder and its subfolders: their middle squares, all of one size.

    Which they are is known once `look_at_files` is done.
    """

    folder: Path
    side: int  # pixels
    most: int  # pictures
    candidates: list[Path] = field(repr=False)  # always in the same order
    files: list[Path] = field(default_factory=list, repr=False)
    hashes: list[str] = field(default_factory=list, repr=False)  # of the files' bytes
    others: list[str] = field(default_factory=list, repr=False)  # a sentence for each no picture

    @classmethod
    def open(cls, folder: Path, count: int, side: int) -> FolderPictures:
        """Take at most `count` of them, always the same. Raises MeasureError where it is empty."""
        try:
            files = find_files(folder)
        except PicturesError:
            raise MeasureError(f"{folder} is empty; put pictures into it.") from None
        order = np.random.RandomState(0).permutation(len(files))
        return cls(folder, side, count, [files[index] for index in order])

    @property
    def name(self) -> str:
        """The folder's own."""
        return self.folder.resolve().name or str(self.folder)

    @property
    def identity(self) -> str:
        """What is in the files."""
        return repr((self.side, hashlib.sha256("".join(self.hashes).encode()).hexdigest()))

    @property
    def is_known(self) -> bool:
        """Whether `look_at_files` is done."""
        return bool(self.files or self.others)

    def __len__(self) -> int:
        return len(self.files) if self.is_known else min(self.most, len(self.candidates))

    def look_at_files(self) -> Iterator[None]:
        """Choose the pictures among the files, and hash them, one after another. Raises OSError."""
        files: list[Path] = []
        hashes: list[str] = []
        others: list[str] = []
        for path in self.candidates:
            if len(files) == self.most:
                break
            with path.open("rb") as file:
                head = file.read(HEAD)
                if format_of(head) or path.suffix.lower() in SUFFIXES:
                    file.seek(0)
                    hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
                    files.append(path)
                else:
                    others.append(f"{path.name} {why_not(head)}.")
            yield
        self.files, self.hashes, self.others = files, hashes, others

    def read(self, number: int) -> Tensor | None:
        """Decode one."""
        try:
            pixels = read_square(self.files[number], self.side)
        except PictureError:
            return None
        return torch.from_numpy(np.array(pixels)).permute(2, 0, 1)

    def why_not(self, number: int) -> str:
        """Why a file gives no picture, as a sentence."""
        try:
            read_square(self.files[number], self.side)
        except PictureError as error:
            return str(error)
        return f"{self.files[number].name} could not be read."


def read_rows(pictures: Pictures, numbers: range, reader: FeatureReader, cancel: Cancel) -> Array:
    """The features of some pictures: [len(numbers), D]; rows of what is no picture are NaN.

    Raises Cancelled between two pictures.
    """
    rows = np.full((len(numbers), reader.dim), np.nan, np.float32)
    found: dict[int, Tensor] = {}
    for row, number in enumerate(numbers):
        cancel.check()
        picture = pictures.read(number)
        if picture is not None:
            found[row] = picture
    if found:
        rows[[*found]] = reader.features(torch.stack([*found.values()]))
    return rows

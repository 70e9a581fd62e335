"""Networks that change a finished picture: translators, enlargers, painters of strokes."""

from __future__ import annotations

import copy
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.checkpoints import StageFile, read_stage
from stylestudio.errors import hint_of_choice, whole_number
from stylestudio.memory import available_bytes
from stylestudio.recipe.errors import StageError as StageError
from stylestudio.render.device import release_memory
from stylestudio.render.painting_strokes import paint_strokes
from stylestudio.render.strokes import Brush
from stylestudio.render.synthesis import Superseded
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stylestudio.render.strokes import Strokes

CELEBA = ("black hair", "blond hair", "brown hair", "male", "young")  # StarGAN's own five
T = TypeVar("T")

TILE, OVERLAP = 256, 16  # pixels of the small picture; enlarging needs much memory for each
LARGEST = 16384  # pixels on a side of a picture that is made
COPIES = 3  # of the widest maps of a network, and of the finished picture, that exist at once


def never() -> bool:
    """Go on to the end."""
    return False


class PictureStage:
    """Changes finished pictures, whatever they show. Its weights are float32 and never change."""

    def __init__(self, file: StageFile) -> None:
        # What recipes call it, whose text has to be valid.
        self.name = file.name.encode("utf-8", "replace").decode("utf-8")
        self.sha256 = file.sha256
        self.network = file.network
        self.kind: Literal["translate", "upscale", "strokes"] = self.network.kind  # type: ignore[assignment]
        self.scale: int = getattr(self.network, "scale", 1)
        labels = getattr(self.network.config, "labels", 0)
        named = CELEBA if labels == len(CELEBA) else range(1, labels + 1)
        self.attributes = tuple(str(name) for name in named)
        self._copies: dict[torch.device, PictureStage] = {}
        self._lock = threading.Lock()  # over the copies

    def __repr__(self) -> str:
        what = f", attributes {', '.join(self.attributes)}" if self.attributes else ""
        return f"<PictureStage {self.name}: {self.kind}, x{self.scale}{what}>"

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    @property
    def nbytes(self) -> int:
        """Bytes of its numbers."""
        return sum(tensor.nbytes for tensor in self.network.state_dict().values())

    def to(self, device: torch.device | str) -> PictureStage:
        """Move the network to a device, and return self."""
        self.network.to(device)
        return self

    def on(self, device: torch.device) -> PictureStage:
        """Return this stage on a device, as a copy where it lies on another; threads may ask."""
        if self.device == device:
            return self
        with self._lock:
            if device not in self._copies:
                self._copies[device] = self._twin(copy.deepcopy(self.network).to(device))
            return self._copies[device]

    def blended(self, softer: PictureStage, sharpness: float) -> PictureStage:
        """The stage whose weights lie between those of `softer`, at 0, and its own, at 1.

        As between networks for fidelity and for sharpness in "ESRGAN" (Wang et al. 2018, section
        3.4). Raises StageError where the two are not of one form, or change no sizes.
        """
        self.check_blend(softer)
        if sharpness == 1:
            return self
        network, theirs = copy.deepcopy(self.network), softer.network.state_dict()
        with torch.no_grad():
            for name, own in network.state_dict().items():
                own.copy_(torch.lerp(theirs[name].to(own.device), own, sharpness))
        return self._twin(network)

    def check_blend(self, softer: PictureStage) -> None:
        """Raise StageError where two stages are not of one form, or change no sizes."""
        alike = self.kind == softer.kind == "upscale"
        if not alike or self.network.config != softer.network.config:
            raise StageError(
                f"{softer.name} can't be blended with {self.name}; blending needs two enlargers "
                "of one "
                "architecture."
            )

    def _twin(self, network: nn.Module) -> PictureStage:
        return PictureStage(StageFile(network, self.name, self.sha256))

    def apply(
        self,
        x: Any,
        attributes: Mapping[str, float] | Sequence[float] | Tensor | None = None,
        strength: float = 1.0,
    ) -> Tensor:
        """Pictures float32 [N, 3, H, W] in 0..1 -> the same form, `scale` times as large.

        `attributes` are amounts 0..1 by name, or a number for each of `self.attributes`, or [N, c];
        those not named are 0. `strength` 0 gives the picture as it was, enlarged by bicubic
        interpolation. Raises StageError for other forms, where the network gives NaN, and where
        there is too little memory.
        """
        x = torch.as_tensor(x)
        if x.ndim != 4 or x.shape[1] != 3 or 0 in x.shape or not x.is_floating_point():
            form = f"{str(x.dtype).removeprefix('torch.')} {list(x.shape)}"
            raise StageError(f"{self.name} takes pictures as float [N, 3, H, W], not {form}.")
        if not 0 <= strength <= 1:
            raise StageError(f"strength is {strength}; it must be between 0 and 1.")
        labels = self._labels(attributes, len(x))
        x = x.to(self.device, torch.float32)
        if strength == 0:
            return self.plain(x)
        y = self.changed(x, labels)
        return y if strength == 1 else self.plain(x).lerp_(y, strength)

    def changed(
        self, x: Tensor, labels: Tensor | None = None, should_stop: Callable[[], bool] = never
    ) -> Tensor:
        """What `apply` gives at full strength; x is where the network is.

        `should_stop` is asked after every layer; where it says yes, Superseded is raised. Raises
        StageError where the network gives NaN, and where there is too little memory.
        """
        self._check_memory(x)
        try:
            with torch.no_grad():
                y = self._run(x, labels, should_stop)
                is_finite = bool(y.isfinite().all())
        except (MemoryError, RuntimeError) as error:
            if "memory" not in str(error).lower():
                raise
            release_memory(x.device)
            raise self._too_large(x) from error
        if not is_finite:
            raise StageError(
                f"{self.name} gives no picture: it produces infinite or undefined values (NaN)."
            )
        return y.clamp_(0, 1)

    def plain(self, x: Tensor) -> Tensor:
        """The picture as it is, at the size that the network would give it."""
        if self.scale == 1:
            return x.clone()
        return F.interpolate(x, scale_factor=self.scale, mode="bicubic").clamp_(0, 1)

    def _run(self, x: Tensor, labels: Tensor | None, should_stop: Callable[[], bool]) -> Tensor:
        if self.kind == "translate":
            return self._translated(x, labels, should_stop)
        if self.kind == "upscale":
            return self._enlarged(x, should_stop)
        return self._painted(x, should_stop)

    def _check_memory(self, x: Tensor) -> None:
        """Raise StageError where a picture is so large that the system would end the program."""
        count, _, height, width = x.shape
        largest = max(height, width) * self.scale
        if largest > LARGEST:
            raise StageError(
                f"{self.name} would make a picture of {largest} pixels on a side; {LARGEST} is "
                "the most."
            )
        numbers = 3 * self.scale**2  # of the finished picture, for each pixel
        if self.kind == "translate":
            numbers += int(self.network.config.widths[0])  # type: ignore[union-attr, index]
        available = available_bytes() if x.device.type == "cpu" else None
        if available is not None and COPIES * 4 * numbers * count * height * width > available:
            raise self._too_large(x)

    def _too_large(self, x: Tensor) -> StageError:
        height, width = x.shape[2:]
        return StageError(
            f"{self.name} needs more memory than is free for {width} x {height} pixels; close "
            "other programs, or put it before what enlarges the picture."
        )

    def strokes(
        self,
        picture: Any,
        levels: int | None = None,
        count: int | None = None,
        brush: Brush = "round",
    ) -> Iterator[Strokes]:
        """Paint a picture float32 [3, H, W] in 0..1; yields all strokes so far, coarse to fine.

        `levels`, from 1 on, leave the finest strokes out; `count` strokes are painted at most, in
        the form of `brush` ("round", "flat" or "oval"). Raises StageError for other stages, and for
        what is none of these.
        """
        if self.kind != "strokes":
            raise StageError(f"{self.name} doesn't paint strokes; open a Paint Transformer file.")
        x = torch.as_tensor(picture)
        if x.ndim != 3 or x.shape[0] != 3 or 0 in x.shape or not x.is_floating_point():
            raise StageError(
                f"{self.name} paints a picture as float [3, H, W], not {list(x.shape)}."
            )
        if hint := hint_of_choice(brush, get_args(Brush)):
            raise StageError(f"brush is {brush!r}; {hint}")
        if levels is not None:
            levels = whole_number("levels", levels, 1, StageError)
        if count is not None:
            count = whole_number("count", count, 1, StageError)
        network: Any = self.network
        return paint_strokes(network, x.float(), levels, count, brush)

    def _labels(self, given: Any, count: int) -> Tensor | None:
        if not self.attributes:
            if given is not None and len(given):
                raise StageError(f"{self.name} has no attributes.")
            return None
        if given is None:
            given = {}
        if isinstance(given, dict):
            unknown = given.keys() - set(self.attributes)
            if unknown:
                known = ", ".join(self.attributes)
                raise StageError(f"{self.name} has no attribute {min(unknown)}; it has: {known}.")
            given = [float(given.get(name, 0.0)) for name in self.attributes]
        labels = torch.as_tensor(given, dtype=torch.float32)
        if labels.ndim == 1:
            labels = labels.expand(count, -1)
        if labels.shape != (count, len(self.attributes)) or not bool(labels.isfinite().all()):
            raise StageError(
                f"{self.name} takes {len(self.attributes)} finite amounts for each picture, "
                f"not {list(labels.shape)}."
            )
        return labels.to(self.device)

    def _painted(self, x: Tensor, should_stop: Callable[[], bool]) -> Tensor:
        """Each picture in strokes."""
        pictures = []
        for picture in x.cpu():
            painting = stopping(self.strokes(picture), should_stop)
            pictures.append(torch.from_numpy(painting.picture()).permute(2, 0, 1))
        return torch.stack(pictures).to(x.device)

    def _translated(
        self, x: Tensor, labels: Tensor | None, should_stop: Callable[[], bool]
    ) -> Tensor:
        """At the next size that the network can halve again and again, then cut back."""
        height, width = x.shape[2:]
        x = _filled_up(x * 2 - 1, self.network.multiple)  # type: ignore[arg-type]
        given = (x,) if labels is None else (x, labels)
        y = stopping(self.network.layers(*given), should_stop)  # type: ignore[operator]
        translated: Tensor = (y[:, :, :height, :width] + 1) / 2
        return translated

    def _enlarged(self, x: Tensor, should_stop: Callable[[], bool]) -> Tensor:
        """Tile by tile, each with some of its surroundings, so that memory stays flat."""
        height, width = x.shape[2:]
        scale = self.scale
        y = x.new_empty(len(x), 3, height * scale, width * scale)
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                bottom, right = min(top + TILE, height), min(left + TILE, width)
                first, side = max(top - OVERLAP, 0), max(left - OVERLAP, 0)
                part = x[:, :, first : bottom + OVERLAP, side : right + OVERLAP]
                part = _filled_up(part, self.network.multiple)  # type: ignore[arg-type]
                large = stopping(self.network.layers(part), should_stop)  # type: ignore[operator]
                rows = slice((top - first) * scale, (bottom - first) * scale)
                columns = slice((left - side) * scale, (right - side) * scale)
                place = y[:, :, top * scale : bottom * scale, left * scale : right * scale]
                place.copy_(large[:, :, rows, columns])
        return y


def stopping(steps: Iterator[T], should_stop: Callable[[], bool]) -> T:
    """What the last of the steps gives. Raises Superseded after one where `should_stop` says so."""
    for step in steps:
        if should_stop():
            raise Superseded
        result = step
    return result


def builtin_stage_paths() -> list[Path]:
    """The files of the built-in networks, by name."""
    return sorted(resource_path("stages").glob("*.safetensors"))


def open_stage(path_or_name: str | os.PathLike[str]) -> PictureStage:
    """Open a translator, an enlarger, or a painter of strokes; a file, or a built-in name.

    Known are CycleGAN, pix2pix, StarGAN and VQ-GAN, ESRGAN and Real-ESRGAN, and Paint Transformer.
    Built in are StyleStudio's own "enlarger", four times, and "strokes", a painter.

    Nothing in the file is run. Raises CheckpointError, one sentence, for anything else.

    >>> import stylestudio as ss
    >>> try:
    ...     large = ss.open_stage("RealESRGAN_x4plus.pth").apply(pixels)
    ... except ss.CheckpointError as error:
    ...     print(str(error).split(" (")[0])
    RealESRGAN_x4plus.pth does not exist
    """
    builtin = {path.stem: path for path in builtin_stage_paths()}
    return PictureStage(read_stage(builtin.get(os.fspath(path_or_name), Path(path_or_name))))


def _filled_up(x: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until both sides are multiples."""
    height, width = x.shape[2:]
    below, right = -height % multiple, -width % multiple
    return F.pad(x, (0, right, 0, below), mode="replicate") if below or right else x

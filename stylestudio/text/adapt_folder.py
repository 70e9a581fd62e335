"""The folder of one adaptation: what it goes on from after any end, and all of its snapshots."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stylestudio.files import replacing
from stylestudio.render.delta import model_of_delta
from stylestudio.text.adapting import Adaptation, AdaptSettings
from stylestudio.text.prompts import Wish
from stylestudio.training.runs import RunError, load_state

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from stylestudio.render import Model
    from stylestudio.render.pixels import Pixels
    from stylestudio.text.adapting import AdaptSnapshot
    from stylestudio.text.model import TextModel

STATE = "state.pt"
_DELTA, _SHEET = ".delta.safetensors", ".png"
_OWN = re.compile(r"\d{5,}(\.delta\.safetensors|\.png)")


class KeptSnapshot(NamedTuple):
    """A snapshot on disk."""

    step: int
    likeness: float
    variety: float
    sheet: Path  # a PNG
    delta: Path

    def picture(self) -> Pixels:
        """Its table of samples, uint8 [H, W, 3]. Raises OSError."""
        with Image.open(self.sheet) as image:
            return np.array(image.convert("RGB"))


class Unfinished(NamedTuple):
    """An adaptation that can be gone on with."""

    model_sha256: str
    text_sha256: str
    step: int
    settings: AdaptSettings
    pictures: Tensor  # [N, 3, R, R] in 0..1; empty where words say it

    def resumed(self, model: Model, text: TextModel, state: Path) -> Adaptation:
        """The adaptation where it stood. Raises RunError where model or text model are others."""
        if model.sha256 != self.model_sha256:
            raise RunError("The adaptation was begun with another model.")
        if text.sha256 != self.text_sha256:
            raise RunError("The adaptation was begun with another text model; choose that one.")
        adaptation = Adaptation(model, text, self.settings, [*self.pictures])
        load_state(adaptation, state)
        return adaptation


class AdaptFolder:
    """Snapshots, and the state that `training.runs.run` writes to `state`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / STATE

    def keep(self, snapshot: AdaptSnapshot) -> KeptSnapshot:
        """Write a snapshot. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = KeptSnapshot(
            snapshot.step,
            snapshot.likeness,
            snapshot.variety,
            self.folder / f"{snapshot.step:05d}{_SHEET}",
            self.folder / f"{snapshot.step:05d}{_DELTA}",
        )
        with replacing(kept.delta) as temporary:
            temporary.write_bytes(snapshot.delta.to_bytes())
        facts = PngInfo()
        facts.add_text("likeness", repr(snapshot.likeness))
        facts.add_text("variety", repr(snapshot.variety))
        with replacing(kept.sheet) as temporary:
            Image.fromarray(snapshot.picture).save(temporary, format="PNG", pnginfo=facts)
        return kept

    def snapshots(self) -> list[KeptSnapshot]:
        """Those on disk, the earliest first; what is damaged is left out."""
        found = []
        for sheet in sorted(self.folder.glob(f"*{_SHEET}")):
            delta = sheet.with_name(sheet.stem + _DELTA)
            if _OWN.fullmatch(sheet.name) and delta.is_file():
                try:
                    with Image.open(sheet) as image:
                        facts = image.info
                    numbers = float(facts["likeness"]), float(facts["variety"])
                except (OSError, KeyError, ValueError):
                    continue
                found.append(KeptSnapshot(int(sheet.stem), *numbers, sheet, delta))
        return found

    def snapshots_of(self, model_sha256: str) -> list[KeptSnapshot]:
        """Those of one model."""
        return [each for each in self.snapshots() if model_of_delta(each.delta) == model_sha256]

    def clear(self) -> None:
        """Remove the state and all snapshots, and nothing else. Raises OSError."""
        self.state.unlink(missing_ok=True)
        for path in self.folder.glob("*"):
            if _OWN.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def unfinished(self) -> Unfinished | None:
        """What an earlier run left undone; None where it left nothing that can be read."""
        try:
            state = torch.load(self.state, map_location="cpu", weights_only=True)
            return _unfinished(state["asked"], state["step"])
        except Exception:  # noqa: BLE001 - torch raises anything; whatever is damaged is not offered
            return None


def _unfinished(asked: dict[str, Any], step: int) -> Unfinished:
    settings = dict(asked["settings"])
    settings["wishes"] = tuple(Wish(*pair) for pair in settings["wishes"])
    pictures = asked["pictures"].float() / 255
    return Unfinished(asked["model"], asked["text"], step, AdaptSettings(**settings), pictures)

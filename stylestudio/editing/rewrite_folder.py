"""The folder of a rewriting: painted pictures, and what an interrupted one goes on from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import torch

from stylestudio.editing.rewriting import Painted, RewriteSettings, Rewriting
from stylestudio.files import replacing
from stylestudio.recipe import Mask, Recipe, RecipeError

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.render import Assets, Model

STATE = "state.pt"
LARGEST_FILE = 64 << 20  # bytes


class TrayPicture(msgspec.Struct, frozen=True):
    """A picture with a painted region."""

    recipe: str  # as JSON
    mask: Mask
    thumbnail: bytes  # a PNG with the region

    def painted(self) -> Painted:
        """What a rewriting is given. Raises RecipeError."""
        return Painted(Recipe.from_json(self.recipe), self.mask.array())


class Trays(msgspec.Struct, frozen=True):
    """What is painted for a rewriting: `paste` and `context` may stand for each other."""

    copy: tuple[TrayPicture, ...] = ()  # one
    paste: tuple[TrayPicture, ...] = ()
    context: tuple[TrayPicture, ...] = ()


class Unfinished(NamedTuple):
    """A rewriting that can be gone on with."""

    model_sha256: str
    settings: RewriteSettings
    pictures: dict[str, list[Painted]]
    state: dict[str, Any]

    @property
    def done(self) -> float:
        """The share of its steps that are done."""
        return float(self.state["descended"] / self.settings.steps)

    def resumed(self, model: Model, assets: Assets) -> Rewriting:
        """The rewriting where it stood. Raises what `Rewriting` raises."""
        (copy,) = self.pictures["copy"]
        context, paste = self.pictures["context"], self.pictures["paste"]
        rewriting = Rewriting(model, copy, context, paste, self.settings, assets=assets)
        rewriting.load_state_dict(self.state)
        return rewriting


class RewriteFolder:
    """Trays, a file for each model, and the state that `training.runs.run` writes to `state`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / STATE

    def keep_trays(self, model_sha256: str, trays: Trays) -> None:
        """Keep what is painted on pictures of a model. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._path(model_sha256)) as temporary:
            temporary.write_bytes(msgspec.json.encode(trays))

    def trays(self, model_sha256: str) -> Trays:
        """What was painted on pictures of a model; none where there is nothing that can be read."""
        path = self._path(model_sha256)
        try:
            if path.stat().st_size > LARGEST_FILE:
                return Trays()
            return msgspec.json.decode(path.read_bytes(), type=Trays)
        except (OSError, msgspec.MsgspecError, RecipeError):
            return Trays()

    def unfinished(self) -> Unfinished | None:
        """What an earlier run left undone; None where it left nothing that can be read."""
        try:
            state = torch.load(self.state, map_location="cpu", weights_only=True)
            asked = state.pop("asked")
            pictures = {
                tray: [Painted(Recipe.from_json(recipe), mask) for recipe, mask in painted]
                for tray, painted in asked["pictures"].items()
            }
            settings = RewriteSettings(**asked["settings"])
        except Exception:  # noqa: BLE001 - torch raises anything; whatever is damaged is not offered
            return None
        return Unfinished(asked["model"], settings, pictures, state)

    def _path(self, model_sha256: str) -> Path:
        return self.folder / f"{model_sha256[:24]}.json"

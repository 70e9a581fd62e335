"""What is known by its content: style banks, tuned weights, encoders, whatever has a hash."""

from __future__ import annotations

import contextlib
import hashlib
import re
import tempfile
import threading
from collections import OrderedDict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import platformdirs

from stylestudio.checkpoints import CheckpointError, hash_styles
from stylestudio.recipe import deltas_of
from stylestudio.render.delta import SUFFIX, Delta, DeltaError, file_name, load_delta
from stylestudio.render.model import Model, ModelError, find_open
from stylestudio.render.picture_networks import (
    PictureStage,
    StageError,
    builtin_stage_paths,
    open_stage,
)
from stylestudio.render.style_model import StyleError, StyleModel
from stylestudio.render.style_opening import builtin_style_paths, open_styles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stylestudio.recipe import BankRef, NetworkRef, Recipe, WeightsRef

BUDGET = 512 << 20  # bytes
_SHA256 = re.compile("[0-9a-f]{64}")


class Asset(Protocol):
    """Something that is known by the hash of its content."""

    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def nbytes(self) -> int: ...  # noqa: D102


T = TypeVar("T", bound=Asset)


class Assets:
    """A store of assets by content hash, for any number of threads.

    Assets given to it for good stay. The others are at hand within `budget` bytes: those not used
    for longest go first, and are read again from where they lie when a recipe names them. Tuned
    weights are looked for in `folder`, too (None: the user's own), and styles among the built-in
    ones; or, where there is a store `beyond`, there.
    """

    def __init__(
        self,
        held: Iterable[Asset] = (),
        *,
        folder: Path | None = None,
        budget: int = BUDGET,
        beyond: Assets | None = None,
    ) -> None:
        self._folder = folder
        self._budget = budget
        self._beyond = beyond
        self._lock = threading.Lock()  # over the three below; never held while a file is read
        self._held: dict[str, Asset] = {asset.sha256: asset for asset in held}
        self._at_hand: OrderedDict[str, Asset] = OrderedDict()
        self._readers: dict[str, Callable[[], Asset]] = {}
        self._builtin: dict[Path, str] = {}  # hashes of built-in files, the same from any thread

    @property
    def folder(self) -> Path:
        """Where tuned weights are kept from one run to the next."""
        return (
            self._folder or platformdirs.user_data_path("StyleStudio", appauthor=False) / "deltas"
        )

    def hold(self, asset: Asset) -> None:
        """Keep an asset as long as the store lives."""
        sha256 = asset.sha256
        with self._lock:
            self._held[sha256] = asset
            self._at_hand.pop(sha256, None)

    def remember(self, asset: T) -> T:
        """Keep an asset at hand, at the cost of those not used for longest.

        Returns the one of this hash that the store has, which another thread may have brought.
        """
        sha256 = asset.sha256  # which may have to be worked out
        with self._lock:
            if sha256 in self._held:
                return self._held[sha256]  # type: ignore[return-value]
            asset = self._at_hand.setdefault(sha256, asset)  # type: ignore[assignment]
            self._at_hand.move_to_end(sha256)
            room = self._budget - sum(each.nbytes for each in self._at_hand.values())
            while room < 0 and len(self._at_hand) > 1:
                room += self._at_hand.popitem(last=False)[1].nbytes
        return asset

    def load(self, kind: type[T], path: Path, read: Callable[[Path], T]) -> T:
        """The asset of a kind in a file, which `read` reads unless this content is at hand.

        Raises OSError where the file can't be read, and what `read` raises.
        """
        with path.open("rb") as file:
            found = self.find(hashlib.file_digest(file, "sha256").hexdigest())
        return found if isinstance(found, kind) else self.remember(read(path))

    def locate(self, sha256: str, read: Callable[[], Asset]) -> None:
        """Say how an asset can be read once a recipe names it.

        `read` may raise CheckpointError, ModelError, StyleError or DeltaError, or find something
        else by now: then the asset is not to be had.
        """
        with self._lock:
            self._readers[sha256] = read

    def find(self, sha256: str) -> Asset | None:
        """Return the asset of this hash, read now where it is not at hand; None: nowhere."""
        with self._lock:
            asset = self._held.get(sha256) or self._at_hand.get(sha256)
            if sha256 in self._at_hand:
                self._at_hand.move_to_end(sha256)
            read = self._readers.get(sha256)
        if asset is None and read is not None:
            with contextlib.suppress(CheckpointError, ModelError, StyleError, DeltaError):
                found = read()
                asset = self.remember(found) if found.sha256 == sha256 else None
        return asset

    def style(self, ref: BankRef) -> StyleModel:
        """The styles that a recipe means, by content. Raises StyleError where they are nowhere."""
        found = self.find(ref.sha256)
        if found is None and self._beyond is not None:
            return self._beyond.style(ref)
        if found is None and self._locate_styles(ref.sha256):
            found = self.find(ref.sha256)
        if isinstance(found, StyleModel):
            return found
        another = ref.name in (path.stem for path in builtin_style_paths())
        raise StyleError(
            f"The picture is painted in styles of the bank {ref.name!r}, which is not open; "
            + ("the built-in bank of this name is a different version: " if another else "")
            + "open the file of the bank, or clear the style."
        )

    def has(self, kind: str, sha256: str) -> bool:
        """Whether "styles", a "network" or a "sibling" is to be had; reads no more than it must."""
        with self._lock:
            if sha256 in self._held or sha256 in self._at_hand or sha256 in self._readers:
                return True
        if kind == "sibling":
            return find_open(sha256) is not None
        return self._locate_styles(sha256) if kind == "styles" else self._locate_stage(sha256)

    def place_of(self, sha256: str) -> str:
        """Where a model lies that is open, or a file that a session brought; "" for others."""
        model = find_open(sha256)
        if model is not None:
            return model.place
        return next((str(path) for path in self._brought(sha256)), "")

    def place_for(self, sha256: str, name: str) -> Path:
        """Where a file of styles or a network is to be put that a session brings. Raises OSError.

        Recipes find it there, also in later runs.
        """
        folder = self._brought_to(sha256)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def _brought_to(self, sha256: str) -> Path:
        return self.folder.parent / "from-sessions" / sha256[:16]

    def _brought(self, sha256: str) -> list[Path]:
        return [path for path in self._brought_to(sha256).glob("[!.]*") if path.is_file()]

    def _locate_styles(self, sha256: str) -> bool:
        paths = [*self._brought(sha256), *builtin_style_paths()]
        return self._locate_builtin(sha256, paths, hash_styles, open_styles)

    def _locate_stage(self, sha256: str) -> bool:
        paths = [*self._brought(sha256), *builtin_stage_paths()]
        return self._locate_builtin(sha256, paths, _hash_file, open_stage)

    def _locate_builtin(
        self,
        sha256: str,
        paths: Iterable[Path],
        hashed: Callable[[Path], str],
        read: Callable[[Path], Asset],
    ) -> bool:
        """Whether one of these files has this hash; `find` reads it from now on."""
        for path in paths:
            if path not in self._builtin:
                self._builtin[path] = hashed(path)
            if self._builtin[path] == sha256:
                self.locate(sha256, partial(read, path))
                return True
        return False

    def stage(self, ref: NetworkRef) -> PictureStage:
        """The network that a recipe means, by content. Raises StageError where it is nowhere."""
        found = self.find(ref.sha256)
        if isinstance(found, PictureStage):
            return found
        if self._beyond is not None:
            return self._beyond.stage(ref)
        if self._locate_stage(ref.sha256):
            found = self.find(ref.sha256)
            if isinstance(found, PictureStage):
                return found
        raise StageError(
            f"The picture uses the network {ref.name!r}, which is not open: open its file, "
            "or remove it from the stages."
        )

    def delta(self, sha256: str) -> Delta:
        """The tuned weights of this hash. Raises DeltaError where they are nowhere, or damaged."""
        found = self._found_delta(sha256)
        if found is None:
            name = file_name(sha256)
            raise DeltaError(
                f"The tuned weights {name} were not found; put the file beside the "
                "recipe and open it again, or switch tuning off."
            )
        return found

    def changes(self, ref: WeightsRef, kind: str = "delta") -> Delta:
        """The delta, or the mapper, that a recipe means, by content. Raises DeltaError."""
        found = self._found_delta(ref.sha256)
        if found is None:
            raise DeltaError(
                f"The picture uses the {kind} {ref.name!r}, which isn't open: open its file, "
                f"or remove the {kind}."
            )
        return found

    def sibling(self, ref: WeightsRef) -> Model:
        """The model that a recipe crossfades with, by content.

        Also one that is open anywhere in this process. Raises DeltaError where it is nowhere.
        """
        found = self.find(ref.sha256)
        if isinstance(found, Model):
            return found
        if self._beyond is not None:
            return self._beyond.sibling(ref)
        found = find_open(ref.sha256)
        if found is None:
            raise DeltaError(
                f"The picture crossfades with the model {ref.name!r}, which is not open: open its "
                "file, or remove the crossfade."
            )
        return found

    def _found_delta(self, sha256: str) -> Delta | None:
        """The delta of this hash; None where it is nowhere. Raises DeltaError for a damaged one."""
        found = self.find(sha256)
        if isinstance(found, Delta):
            return found
        if self._beyond is not None:
            return self._beyond._found_delta(sha256)
        path = self.folder / file_name(sha256)
        if not path.is_file():
            return None
        delta = load_delta(path)
        if delta.sha256 != sha256:
            raise DeltaError(f"{path.name} is damaged: it does not hold the tuned weights.")
        return self.remember(delta)

    def keep(self, delta: Delta) -> None:
        """Keep tuned weights at hand and in the folder. Raises OSError where that fails."""
        self.remember(delta)
        self._save(delta)
        self._mark(delta.file_name).unlink(missing_ok=True)

    def keep_for_now(self, delta: Delta) -> None:
        """Keep tuned weights as `keep` does, until `tidy` finds that nothing names them."""
        self.remember(delta)
        if not (self.folder / delta.file_name).exists():  # else it may be kept for good
            self.folder.mkdir(parents=True, exist_ok=True)
            self._mark(delta.file_name).touch()
            self._save(delta)

    def _save(self, delta: Delta) -> None:
        path = self.folder / delta.file_name
        if not path.is_file() or path.stat().st_size != len(delta.to_bytes()):  # or it is damaged
            delta.save(self.folder)

    def drop(self, delta: Delta) -> None:
        """Remove tuned weights that are kept for now from the folder; they may stay at hand."""
        mark = self._mark(delta.file_name)
        if mark.exists():
            (self.folder / delta.file_name).unlink(missing_ok=True)
            mark.unlink(missing_ok=True)

    def _mark(self, name: str) -> Path:
        """The empty file that says of another in the folder that it is kept for now."""
        return self.folder / f".{name}.for-now"

    def tidy(self, texts: Iterable[str]) -> None:
        """Remove what was kept for now, and what is empty, unless one of the texts names it.

        Raises OSError.
        """
        named = {name[:16] for text in texts for name in _SHA256.findall(text)}
        for mark in self.folder.glob(".*.for-now"):
            name = mark.name.removeprefix(".").removesuffix(".for-now")
            if name[:16] not in named:
                (self.folder / name).unlink(missing_ok=True)
                mark.unlink(missing_ok=True)
        for path in self.folder.glob(f"*{SUFFIX}"):
            if not path.stat().st_size:
                path.unlink(missing_ok=True)

    def adopt(self, recipe: Recipe, folder: Path) -> None:
        """Take over the tuned weights that a recipe names from the folder that its file lies in."""
        for sha256 in deltas_of(recipe):
            path = folder / file_name(sha256)
            if path.is_file() and not _alike(self.folder / path.name, path):
                self.keep(load_delta(path))

    def export(self, recipe: Recipe, folder: Path) -> list[Path]:
        """Write the tuned weights that a recipe names beside it. Raises DeltaError and OSError."""
        return [self.delta(sha256).save(folder) for sha256 in deltas_of(recipe)]

    def pack(self, recipes: Iterable[Recipe]) -> dict[str, bytes]:
        """The files of all tuned weights that recipes name, by SHA-256 of their contents.

        Those that are nowhere are left out.
        """
        return self.pack_named(name for recipe in recipes for name in deltas_of(recipe))

    def pack_named(self, hashes: Iterable[str]) -> dict[str, bytes]:
        """The files of tuned weights as `pack` packs them, by the hashes that recipes name."""
        packed = {}
        for sha256 in dict.fromkeys(hashes):
            with contextlib.suppress(DeltaError):
                content = self.delta(sha256).to_bytes()
                packed[hashlib.sha256(content).hexdigest()] = content
        return packed

    def unpack(self, packed: Mapping[str, bytes]) -> None:
        """Keep the tuned weights that `pack` packed. Raises DeltaError and OSError."""
        for content in packed.values():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / file_name("tuned")
                path.write_bytes(content)
                self.keep(load_delta(path))


def _alike(path: Path, other: Path) -> bool:
    """Whether there is a file, as large as the other: files of one hash that are whole are."""
    return path.is_file() and path.stat().st_size == other.stat().st_size


@cache
def shared_assets() -> Assets:
    """The store of those who bring none of their own: scripts and commands."""
    return Assets()


def _hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

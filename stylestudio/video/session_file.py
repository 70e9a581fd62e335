"""The session file: all that belongs to a work, in one file that opens on any machine."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe import Recipe, RecipeError, read_recipe
from stylestudio.recipe.errors import HistoryError
from stylestudio.recipe.history import History
from stylestudio.recipe.history_files import JOURNAL
from stylestudio.recipe.naming import described
from stylestudio.recipe.presets import Presets, PresetsError
from stylestudio.recipe.session import (
    RECIPE,
    FileRef,
    Parts,
    SessionError,
    files_of,
    is_session_file,
    open_parts,
    packed,
    placed,
    sha256_of,
    write_parts,
)
from stylestudio.video.file_kinds import kind_of_file
from stylestudio.video.session import Session, read_session
from stylestudio.video.timeline import Timeline

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from stylestudio.render import Assets

TIMELINE, PRESETS = "timeline.json", "presets.json"
DELTAS, HISTORY = "deltas", "history"
_STEP = re.compile(rb'^\{"kind":"step","id":(\d+),', re.MULTILINE)
_SHA256 = re.compile(rb'"(?:delta|sha256)":"([0-9a-f]{64})"')
LARGEST_DELTA = 1 << 30  # bytes
NOT_KEPT = "{}: what is packed in it can't be kept ({}); make room on the disk and open it again."


@dataclass(frozen=True)
class SessionFile:
    """What a session file holds."""

    session: Session = field(default_factory=Session)  # the look on show, the timeline
    presets: Presets = field(default_factory=Presets)
    files: tuple[FileRef, ...] = ()  # that it needs, with where they were last
    steps: int = 0  # of its history

    @property
    def recipe(self) -> Recipe | None:
        """The look to show first."""
        return self.session.look

    @property
    def timeline(self) -> Timeline | None:
        """The clip."""
        return self.session.timeline

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Every recipe in it but those of its history, of which some may be alike."""
        slots = (preset.recipe for preset in self.presets.slots.values())
        return (*self.session.all_recipes, *slots)

    def __repr__(self) -> str:
        clip = self.timeline or "no timeline"
        return f"<SessionFile: {self.recipe}, {clip}, {len(self.presets.slots)} presets>"


def save_session(
    path: str | os.PathLike[str],
    content: SessionFile | Session | Timeline | Recipe,
    *,
    history: str | os.PathLike[str] | None = None,
    places: Mapping[str, str] | None = None,
    assets: Assets | None = None,
) -> None:
    """Write a session file; all of it or nothing.

    `content` is the whole of it, or a recipe or timeline alone. `history` is the folder of a
    history. `places` says by SHA-256
    where models, styles and networks lie: models are named, small styles and networks packed.
    Tuned weights are taken from `assets`, None for what this process has open.
    Raises SessionError for what is no session and OSError where the file can't be written.

    >>> import stylestudio as ss
    >>> recipe = ss.Recipe.from_seed(7, "portraits")
    >>> ss.save_session("seven.stylestudio", recipe)
    >>> ss.open_session("seven.stylestudio").recipe == recipe
    True
    """
    # Late, as are those below: whoever only looks at sessions does not wait for torch.
    from stylestudio.render.assets import shared_assets
    from stylestudio.render.delta import file_name

    whole = _whole(content)
    session = whole.session
    store = shared_assets() if assets is None else assets
    steps = None if history is None else _Steps.of(Path(history))
    known, at = {ref.sha256: ref for ref in whole.files}, places or {}
    refs = [
        _found(ref, known.get(ref.sha256), at.get(ref.sha256) or store.place_of(ref.sha256))
        for ref in files_of([*whole.recipes, *(steps.samples if steps else ())])
    ]
    rest = Session(recipes=session.recipes, timeline=session.timeline)
    parts: dict[str, bytes | Path] = {
        TIMELINE: rest.to_json().encode(),
        PRESETS: Presets(slots=whole.presets.slots).to_json().encode(),
    }
    if session.recipe is not None:
        parts[RECIPE] = session.recipe.to_json().encode()
    deltas = session.deltas | whole.presets.deltas | store.pack(whole.recipes)
    if steps is not None:
        parts |= {f"{HISTORY}/{file.name}": file for file in steps.files}
        here = (name for name in steps.hashes if (store.folder / file_name(name)).is_file())
        deltas |= store.pack_named(sorted(here))
    parts |= {f"{DELTAS}/{sha256}": delta for sha256, delta in deltas.items()}
    parts |= {ref.part: Path(ref.path) for ref in refs if ref.part}
    write_parts(path, parts, refs)


@dataclass(frozen=True)
class _Steps:
    """What a history brings along."""

    files: list[Path]
    hashes: set[str]  # of whatever its recipes name
    samples: list[Recipe]  # one for each model

    @classmethod
    def of(cls, folder: Path) -> _Steps | None:
        """That of a folder; None where it has no history. Raises OSError."""
        journal = folder / JOURNAL
        if not journal.is_file():
            return None
        hashes = {name.decode() for name in _SHA256.findall(journal.read_bytes())}
        history = History.open(folder)
        samples = []
        for node in {node.model: node for node in history.nodes.values()}.values():
            with contextlib.suppress(HistoryError):  # what can't be read needs nothing
                samples.append(history.recipe(node.id))
        return cls(_history_files(folder), hashes, samples)


def open_session(
    path: str | os.PathLike[str],
    *,
    history: str | os.PathLike[str] | None = None,
    assets: Assets | None = None,
) -> SessionFile:
    """Open a session file, or the session or recipe inside a video, a picture or a text file.

    What is packed in it goes to `assets`, None for those of this process, so that its recipes
    can be rendered. Its history is copied to the folder `history`, if one is named.
    Raises SessionError, or RecipeError for a picture, in one sentence that names the file.

    >>> import stylestudio as ss
    >>> ss.save_session("walk.stylestudio", ss.Recipe.from_seed(3, "horizons"))
    >>> found = ss.open_session("walk.stylestudio")
    >>> found.recipe, [file.name for file in found.files]
    (<Recipe of Horizons: seed 3>, ['Horizons'])
    """
    from stylestudio.render.assets import shared_assets

    path = Path(path)
    store = shared_assets() if assets is None else assets
    try:
        if not is_session_file(path):
            return _other(path, store)
    except OSError as error:
        raise SessionError(f"{path.name} cannot be read: {error.strerror or error}.") from None
    with open_parts(path) as parts:
        found = _read(parts)
        try:
            _keep(parts, store)
            if history is not None and found.steps:
                _copy_history(parts, Path(history))
        except OSError as error:
            raise SessionError(NOT_KEPT.format(path.name, error.strerror or error)) from None
    return found


def look_at(path: Path) -> SessionFile:
    """What is in a session file, of which nothing is kept. Raises SessionError."""
    with open_parts(path) as parts:
        return _read(parts)


def read_parts(path: Path) -> Session:
    """The session of a session file, with the tuned weights that it needs. Raises SessionError."""
    with open_parts(path) as parts:
        deltas = {
            name.rpartition("/")[2]: parts.text(name, LARGEST_DELTA) or b""
            for name in parts.names(DELTAS)
        }
        return replace(_read(parts).session, deltas=deltas)


def missing_files(found: SessionFile, assets: Assets) -> tuple[FileRef, ...]:
    """Of the styles and networks that a session needs, those that are nowhere to be found.

    Models are not among them: whoever opens it knows where to look.
    """
    wanted = (ref for ref in found.files if ref.kind in ("styles", "network"))
    return tuple(ref for ref in wanted if not assets.has(ref.kind, ref.sha256))


def _whole(content: SessionFile | Session | Timeline | Recipe) -> SessionFile:
    if isinstance(content, SessionFile):
        return content
    if isinstance(content, Session):
        return SessionFile(content)
    if isinstance(content, Timeline):
        return SessionFile(Session(timeline=content))
    if isinstance(content, Recipe):
        return SessionFile(Session(recipe=content))
    raise SessionError(
        f"{described(content)} is no session; give a recipe, a timeline or what ss.open_session "
        "gives."
    )


def _found(ref: FileRef, before: FileRef | None, place: str) -> FileRef:
    """A file with where it lies, packed where that may be, or with where it lay before."""
    if not place:
        return ref if before is None else replace(before, part="")
    with contextlib.suppress(OSError):
        here = placed(ref, place)
        small = packed(here)
        if small is here or sha256_of(Path(place)) == ref.sha256:
            return small
    return replace(ref, path=place)


def _history_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_file() and path.name[0] != ".")


def _other(path: Path, assets: Assets) -> SessionFile:
    """The session of a video or an older file, or a recipe by itself."""
    kind = kind_of_file(path)
    session = Session(recipe=read_recipe(path)) if kind == "recipe" else read_session(path)
    try:
        assets.unpack(session.deltas)
        if session.look is not None:
            assets.adopt(session.look, path.absolute().parent)
    except OSError as error:
        raise SessionError(NOT_KEPT.format(path.name, error.strerror or error)) from None
    return SessionFile(replace(session, deltas={}))


def _read(parts: Parts) -> SessionFile:
    """Everything but what `_keep` takes. Raises SessionError."""
    try:
        look = parts.text(RECIPE)
        clip, presets = parts.text(TIMELINE), parts.text(PRESETS)
        rest = Session() if clip is None else Session.from_json(clip)
        return SessionFile(
            replace(rest, recipe=None if look is None else Recipe.from_json(look)),
            Presets() if presets is None else Presets.from_json(presets),
            parts.listed.files,
            _steps_in(parts),
        )
    except (RecipeError, PresetsError) as error:
        raise SessionError(str(error)) from None


def _steps_in(parts: Parts) -> int:
    journal = parts.text(f"{HISTORY}/{JOURNAL}") or b""
    return max(len(set(_STEP.findall(journal))), int(bool(journal)))


def _keep(parts: Parts, assets: Assets) -> None:
    """Leave what is packed where recipes look for it. Raises SessionError and OSError."""
    from stylestudio.render.delta import DeltaError, load_delta

    with TemporaryDirectory() as folder:
        for name in parts.names(DELTAS):
            path = Path(folder) / "packed.delta.safetensors"
            if parts.copy(name, path) != name.rpartition("/")[2]:
                raise SessionError("the tuned weights in it are damaged.")
            try:
                assets.keep(load_delta(path))
            except DeltaError:
                raise SessionError("the tuned weights in it are damaged.") from None
    there = set(parts.names("files"))
    for ref in parts.listed.files:
        if ref.part in there and not assets.has(ref.kind, ref.sha256):
            place = assets.place_for(ref.sha256, ref.part.rpartition("/")[2])
            if parts.copy(ref.part, place) != ref.sha256:
                place.unlink(missing_ok=True)
                raise SessionError(f"{ref.name}, which is packed in it, is damaged.")


def _copy_history(parts: Parts, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in parts.names(HISTORY):
        if name.count("/") == 1:
            parts.copy(name, folder / name.rpartition("/")[2])

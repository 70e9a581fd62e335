"""What opening does on the threads of tasks: telling files apart, and reading what they hold."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stylestudio.app.core.feature import FileKind, RecipeKind
from stylestudio.errors import StyleStudioError, sentence_of
from stylestudio.render import Model, open_model
from stylestudio.video import kind_of_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stylestudio.app.core.feature import RecipeFile
    from stylestudio.progress import Cancel, Progress
    from stylestudio.video import FileContent

log = logging.getLogger(__name__)

Kind = FileKind | RecipeKind

MODEL_PATTERNS = ("*.pkl", "*.pt", "*.pth", "*.safetensors")
LISTED = 3  # files that a sentence names


@dataclass
class Sorted:
    """Files that were opened together, by what they hold."""

    models: list[Path] = field(default_factory=list)
    others: dict[str, tuple[FileKind, list[Path]]] = field(default_factory=dict)
    file: RecipeFile | None = None  # the last that could be read
    file_path: Path | None = None
    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # sentences about files that are not opened

    @property
    def file_name(self) -> str:
        """What the file of `file` is called."""
        return "" if self.file_path is None else self.file_path.name


class Opened(NamedTuple):
    """A model that was read."""

    model: Model
    remark: str  # about the device that it was opened on, "" where there is nothing to say


class ReopeningError(StyleStudioError):
    """A model that undo needs cannot be opened again; the message is for the user."""


def sort_files(
    paths: list[Path],
    kinds: Sequence[Kind],
    _report: Callable[[Progress], None],
    cancel: Cancel,
) -> Sorted:
    """Tell what each file is, and read the last recipe."""
    found, recipes = Sorted(), list[tuple[RecipeKind, Path]]()
    for path in paths:
        cancel.check()
        try:
            kind = _kind_of(path, kinds)
        except OSError as error:
            found.problems.append(f"{path.name} cannot be read: {error.strerror or error}.")
            continue
        if kind is None:
            found.models.append(path)
        elif isinstance(kind, RecipeKind):
            recipes.append((kind, path))
        else:
            found.others.setdefault(kind.id, (kind, []))[1].append(path)
    _choose_model(found)
    if recipes:
        kind, path = recipes[-1]
        try:
            found.file, found.file_path = kind.read(path), path
        except Exception as problem:
            log.info("%s cannot be read", path, exc_info=True)
            found.problems.append(sentence_of(problem))
            return found
        if others := list(dict.fromkeys(other.name for _, other in recipes[:-1])):
            found.left_out.append(
                f"One recipe can be shown at a time: {path.name}, the last, is shown, and "
                f"{_listed(others)} not."
            )
    return found


def _choose_model(found: Sorted) -> None:
    """Leave one of several files that nothing else claims: the last whose name is a model's."""
    named = [path for path in found.models if f"*{path.suffix.lower()}" in MODEL_PATTERNS]
    if len(found.models) < 2 or not named:
        named = found.models[-1:]
    others = [path.name for path in named[:-1]]
    strangers = [path.name for path in found.models if path not in named]
    if others:
        found.left_out.append(
            f"One model can be open at a time: {named[-1].name}, the last, is opened, and "
            f"{_listed(others)} not."
        )
    if strangers:
        what = (
            "it isn't a file StyleStudio opens"
            if len(strangers) == 1
            else "they aren't files StyleStudio opens"
        )
        verb = "was" if len(strangers) == 1 else "were"
        found.left_out.append(f"{', '.join(strangers)} {verb} skipped: {what} here.")
    found.models = named[-1:]


def _listed(names: list[str]) -> str:
    """Names as the subject of a sentence, with its verb; beyond a few they are counted."""
    if len(names) > LISTED:
        return f"{len(names)} others are"
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _kind_of(path: Path, kinds: Sequence[Kind]) -> Kind | None:
    content = _content_of(path)
    for kind in kinds:
        if isinstance(kind.holds, str):
            if kind.holds == content:
                return kind
            continue
        try:
            if kind.holds(path):
                return kind
        except OSError:
            raise
        except Exception:
            log.exception("The kind of file %s cannot tell what %s is", kind.id, path)
    return None


def _content_of(path: Path) -> FileContent:
    """What a file holds, looked at once for all kinds. Raises OSError where it is unreadable."""
    try:
        return kind_of_file(path) if path.is_file() or path.is_dir() else "other"
    except OSError:
        raise
    except Exception:
        log.exception("What %s holds cannot be found out", path)
        return "other"


def read_model(
    path: str,
    device: Callable[[], tuple[str, str]],
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Opened:
    """Open a model on the device that is chosen. Raises CheckpointError or ModelError."""
    name, remark = device()
    model = open_model(path, device=name)
    _ = model.sha256  # here, because it may mean reading the whole file
    return Opened(model, remark)


def model_at(path: str, device: Callable[[], tuple[str, str]]) -> Model:
    """Open a model to crossfade with. Raises CheckpointError or ModelError."""
    return open_model(path, device=device()[0])


def reopen_model(
    path: str,
    device: Callable[[], tuple[str, str]],
    report: Callable[[Progress], None],
    cancel: Cancel,
) -> Opened:
    """Open a model that undo needs. Raises ReopeningError."""
    try:
        return read_model(path, device, report, cancel)
    except Exception as problem:
        sentence = f"That step needs a model that is no longer open. {problem}"
        raise ReopeningError(sentence) from problem

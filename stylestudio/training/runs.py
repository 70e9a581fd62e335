"""Training runs on disk: a trainer is driven step by step and its state kept for resuming."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch

from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing
from stylestudio.progress import Cancel, Cancelled, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

SAVE_EVERY = 60.0  # seconds of work that are lost at most
PICTURES = "pictures_"  # begins the names in identities of what is learned from


Reported = TypeVar("Reported", bound=Progress, covariant=True)


class Resumable(Protocol[Reported]):
    """A training that goes step by step and can be put away between any two steps."""

    step: int  # steps finished

    @property
    def identity(self) -> str:
        """What a state has to agree in with the training that goes on from it, as `name=value`."""

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""

    def advance(self) -> Reported:
        """Do one step."""

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on as if never interrupted."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""


class RunError(StyleStudioError, ValueError):
    """A run on disk cannot be resumed; the message is one sentence for the user."""


def on_processor(state: Any) -> Any:
    """A state whose tensors are on the processor, so that whoever writes it needs no device."""
    if isinstance(state, torch.Tensor):
        return state.cpu()
    if isinstance(state, dict):
        return {key: on_processor(value) for key, value in state.items()}
    return [on_processor(value) for value in state] if isinstance(state, list) else state


def save_state(trainer: Resumable[Reported], path: Path) -> None:
    """Write all that resuming needs; an older state is replaced only by a complete one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {"recipe": trainer.identity, **trainer.state_dict()}
    with replacing(path) as partial, partial.open("wb") as file:
        torch.save(state, file)  # by a path it would raise errors of its own


def check_state(path: Path) -> None:
    """Raise RunError where there is no state to continue from."""
    if not path.is_file():
        raise RunError(f"{path} does not exist; there is no training to resume.")


def load_state(
    trainer: Resumable[Reported], path: Path, migrate: Callable[[str], str] = str
) -> None:
    """Continue from a state written by `save_state`.

    `migrate` brings the identity in a state that an earlier version wrote to the present form.
    Raises RunError where the file is missing, is no such state or belongs to other settings.
    """
    check_state(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        identity = migrate(state.pop("recipe"))
    except Exception as error:
        raise RunError(f"{path} is not a training state; delete it and start over.") from error
    if identity != trainer.identity:
        names = _differing(identity, trainer.identity)
        settings = [name for name in names if not name.startswith(PICTURES)]
        if names and not settings:
            whose = ", ".join(name.removeprefix(PICTURES) for name in names)
            raise RunError(
                f"the pictures ({whose}) have changed since {path} was written; "
                "restore them or start over."
            )
        which = f" ({', '.join(settings)})" if settings else ""
        raise RunError(
            f"{path} belongs to a training run with other settings{which}; use the same "
            "settings or start over."
        )
    trainer.load_state_dict(state)


def _differing(one: str, other: str) -> list[str]:
    """Names of the settings in which two identities differ."""
    first, second = (dict(re.findall(r"(\w+)=([^,()]+)", text)) for text in (one, other))
    if not first:  # an earlier version wrote it, without names
        return []
    return [name for name in first | second if first.get(name) != second.get(name)]


def run(
    trainer: Resumable[Reported],
    path: Path,
    cancel: Cancel | None = None,
    complain: Callable[[OSError], object] = lambda _: None,
) -> Generator[Reported]:
    """Train to the end, yielding after each step; the state is saved now and then.

    It is also saved at the end and when the caller closes the iterator between two steps, or ends
    it early or cancels it by `cancel`, so nothing is lost by stopping there. A failure within a
    step leaves the last saved state. Where the state can't be written, `complain` is told and the
    training goes on; only one that is to end before it is done raises the OSError. Raises
    Cancelled.
    """
    cancel = cancel or Cancel()
    saved = time.monotonic()
    try:
        while not trainer.finished and not cancel.is_finishing:
            cancel.check()
            progress = trainer.advance()
            if time.monotonic() - saved > SAVE_EVERY:
                try:
                    save_state(trainer, path)
                except OSError as error:
                    complain(error)
                saved = time.monotonic()
            yield progress
    except (GeneratorExit, Cancelled):
        save_state(trainer, path)
        raise
    try:
        save_state(trainer, path)
    except OSError as error:
        if not trainer.finished:
            raise
        complain(error)

"""The session: one document that holds all that was made with a model, whatever the machine."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from stylestudio.files import replacing
from stylestudio.recipe import Recipe, RecipeError
from stylestudio.recipe.errors import in_plain_words
from stylestudio.recipe.migration import migrated, version_of
from stylestudio.recipe.parts import to_file
from stylestudio.recipe.recipe import as_builtin, opened
from stylestudio.recipe.session import SessionError, is_session_file
from stylestudio.video.timeline import Timeline

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

VERSION = 1
LARGEST = 1 << 30  # bytes of a session file
REFERENCE = "sha256:"  # never the start of base64


class Session(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="session", tag_field="kind"
):
    """What a session file holds. Models are named by content, and there are no paths in it.

    In the file, the vectors of latent sources stand once each under `sources`, by the SHA-256 of
    their bytes, however many recipes use them.
    """

    version: int = VERSION
    recipe: Recipe | None = None  # the look on show
    recipes: tuple[Recipe, ...] = ()  # snapshots
    timeline: Timeline | None = None
    deltas: dict[str, bytes] = {}  # files of what tuning added to a model's weights, by SHA-256

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise SessionError(
                f"The session is of version {self.version}; this StyleStudio reads {VERSION}. "
                "Update StyleStudio to open it."
            )
        for digest, delta in self.deltas.items():
            if hashlib.sha256(delta).hexdigest() != digest:
                raise SessionError("The tuned weights in the session are damaged.")

    @property
    def look(self) -> Recipe | None:
        """What to show first: the look that was on show, or where the timeline starts."""
        return self.recipe or (self.timeline.first if self.timeline else None)

    @property
    def all_recipes(self) -> tuple[Recipe, ...]:
        """Every recipe in it, of which some may be alike."""
        shown = (self.recipe,) if self.recipe else ()
        return (*shown, *self.recipes, *(self.timeline.recipes if self.timeline else ()))

    @property
    def unread(self) -> tuple[str, ...]:
        """Names of what this StyleStudio can't read of its recipes; files keep it."""
        return tuple(dict.fromkeys(n for recipe in self.all_recipes for n in recipe.unread))

    def __repr__(self) -> str:
        look = "" if self.recipe is None else f"{self.recipe!r}, "
        return f"<Session: {look}{len(self.recipes)} recipes, {self.timeline or 'no timeline'}>"

    def to_json(self) -> str:
        """Write every field."""
        sources: dict[str, str] = {}
        tree = _without_latents(msgspec.to_builtins(self, enc_hook=as_builtin), sources)
        tree = _with_recipes(tree, to_file)
        return msgspec.json.encode({**tree, "sources": sources}).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Session:
        """Read what `to_json` wrote. Raises SessionError, which says what is wrong and where."""
        try:
            tree = msgspec.json.decode(text)
            if not isinstance(tree, dict) or tree.get("kind") != "session":
                raise SessionError("This is not a session.")
            if isinstance(tree.get("version"), int) and tree["version"] > VERSION:
                return cls(version=tree["version"])
            sources = tree.pop("sources", {})
            tree = _with_present_events(_with_latents(tree, _checked(sources)))
            tree = _with_recipes(tree, opened)
            session = msgspec.convert(tree, cls)
            if session.timeline and session.timeline.performance:
                _ = session.timeline.performance.recipes  # here, where an unfit change can be said
            return session
        except (SessionError, RecipeError) as error:
            raise SessionError(str(error)) from None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise SessionError(f"This is not a valid session: {in_plain_words(error)}.") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a session file; all of it or nothing."""
        with replacing(path) as temporary:
            temporary.write_text(self.to_json(), encoding="utf-8")


def read_session(path: str | os.PathLike[str]) -> Session:
    """Read a session: of a session file, of text, or inside a video that the studio exported.

    Raises SessionError, naming the file, where there is none or it cannot be read.

    >>> import stylestudio as ss
    >>> recipes = [ss.Recipe.from_seed(seed, "portraits") for seed in (7, 12)]
    >>> ss.Timeline.of(recipes, seconds=2).save("walk.session")
    >>> ss.read_session("walk.session").timeline
    <Timeline of Portraits: 2 keyframes, 60 frames, 2 s at 30 frames/s>
    """
    path = Path(path)
    try:
        is_file_of_parts = is_session_file(path)
        text = None if is_file_of_parts else _text_of(path)
    except OSError as error:
        raise SessionError(f"{path.name} cannot be read: {error.strerror or error}.") from None
    if is_file_of_parts:
        from stylestudio.video.session_file import read_parts

        return read_parts(path)
    try:
        if text is None:
            raise SessionError("it holds no session; videos exported by StyleStudio carry one.")
        return Session.from_json(text)
    except SessionError as error:
        raise SessionError(f"{path.name}: {error}") from None


def _text_of(path: Path) -> str | bytes | None:
    from stylestudio.video.carrying import session_text

    with path.open("rb") as file:
        is_text = file.read(64).lstrip()[:1] == b"{"
    if is_text and path.stat().st_size > LARGEST:
        raise SessionError(f"{path.name}: it is too large for a session.")
    return path.read_bytes() if is_text else session_text(path)


def may_hold_session(path: str | os.PathLike[str]) -> bool:
    """Tell by the first bytes whether a file is a video, a session file, or a session as text.

    Raises OSError where it cannot be read.
    """
    if is_session_file(path):
        return True
    with Path(path).open("rb") as file:
        start = file.read(4096)
    if start.lstrip()[:1] == b"{":
        return b'"kind"' in start and b'"session"' in start
    is_video = start[4:8] == b"ftyp" or start.startswith(b"\x1a\x45\xdf\xa3")
    return is_video or start.startswith(b"GIF8") or start[:4] + start[8:12] == b"RIFFWEBP"


def _without_latents(tree: Any, sources: dict[str, str]) -> Any:
    """Move the vectors of latent sources to `sources`, and leave their digests."""
    if isinstance(tree, dict):
        tree = {key: _without_latents(value, sources) for key, value in tree.items()}
        content = _decoded(tree.get("w")) if tree.get("type") == "latent" else None
        if content is not None:
            digest = hashlib.sha256(content).hexdigest()
            sources[digest] = tree["w"]
            tree["w"] = REFERENCE + digest
        return tree
    return [_without_latents(value, sources) for value in tree] if _is_list(tree) else tree


def _with_latents(tree: Any, sources: dict[str, str]) -> Any:
    """Put the vectors back that `_without_latents` moved."""
    if isinstance(tree, dict):
        tree = {key: _with_latents(value, sources) for key, value in tree.items()}
        w = tree.get("w")
        if tree.get("type") == "latent" and isinstance(w, str) and w.startswith(REFERENCE):
            digest = w.removeprefix(REFERENCE)
            if digest not in sources:
                raise SessionError(
                    "A latent is missing from the session; save it again from the studio."
                )
            tree["w"] = sources[digest]
        return tree
    return [_with_latents(value, sources) for value in tree] if _is_list(tree) else tree


def _with_recipes(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Pass every recipe in a session's tree through `change`."""

    def timeline(tree: Any) -> Any:
        tree = _within(tree, "keyframes", lambda key: _within(key, "recipe", change))
        return _within(tree, "performance", lambda played: _within(played, "start", change))

    for name in ("recipe", "recipes"):
        tree = _within(tree, name, change)
    return _within(tree, "timeline", timeline)


def _with_present_events(tree: Any) -> Any:
    """Bring what the events of a performance change to the present version of recipes."""

    def performance(tree: Any) -> Any:
        version = version_of(tree.get("start") if isinstance(tree, dict) else None)

        def event(tree: Any) -> Any:
            return _within(tree, "changes", present)

        def present(fields: Any) -> Any:
            return migrated(fields, version) if isinstance(fields, dict) else fields

        return _within(tree, "events", event)

    return _within(tree, "timeline", lambda tree: _within(tree, "performance", performance))


def _within(tree: Any, name: str, change: Callable[[Any], Any]) -> Any:
    """The table in which what stands under `name`, or each item of it, went through `change`."""
    value = tree.get(name) if isinstance(tree, dict) else None
    if value is None:
        return tree
    return tree | {name: [change(v) for v in value] if _is_list(value) else change(value)}


def _is_list(tree: Any) -> bool:
    return isinstance(tree, list | tuple)


def _checked(sources: Any) -> dict[str, str]:
    """The vectors by digest, each compared with it."""
    if not isinstance(sources, dict):
        raise SessionError("sources is not a table of latents.")
    for digest, w in sources.items():
        if hashlib.sha256(_decoded(w) or b"").hexdigest() != digest:
            raise SessionError("A latent in the session is damaged.")
    return sources


def _decoded(w: Any) -> bytes | None:
    try:
        return base64.b64decode(w, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return None

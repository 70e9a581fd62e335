"""The history of a picture: every settled change as a step of a tree, kept on disk.

Nothing here draws anything, and nothing is decoded that is not asked for: recipes are kept as the
text that the journal has, their large vectors and the small pictures stay on disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from stylestudio.recipe.errors import HistoryError, RecipeError, in_plain_words
from stylestudio.recipe.history_files import Here, HistoryFiles, Line, Mark, Removed, Step
from stylestudio.recipe.history_tree import TOP as TOP
from stylestudio.recipe.history_tree import Node as Node
from stylestudio.recipe.history_tree import Tree
from stylestudio.recipe.parts import to_file
from stylestudio.recipe.recipe import Recipe, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LIMIT = 5000  # steps
LONG = 200  # characters; longer texts in recipes are kept once, beside the journal
LONGEST_NAME = 80
PART = "stylestudio.part"  # the one field of what stands for such a text
_PARTS = re.compile(rb'"stylestudio\.part":"([0-9a-f]{64})"')


class History:
    """Steps, each with its recipe and a small picture, in a folder that nobody else writes to.

    A change is in memory at once and on disk after `write`, which may be called on another thread
    than all the rest.

    >>> import tempfile, stylestudio as ss
    >>> from pathlib import Path
    >>> from stylestudio.recipe.history import History
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     history = History.open(Path(folder))
    ...     start = history.append(ss.Recipe.from_seed(7, "portraits"), "Start")
    ...     history.write()
    ...     again = History.open(Path(folder))
    ...     again.recipe(start.id)
    <Recipe of Portraits: seed 7>
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.problem = ""  # a sentence: what could not be read
        self._limit = limit
        self._files = HistoryFiles(folder)
        self._tree = Tree()
        self._lines: list[Line] = []  # that are not on disk yet
        self._things: dict[str, bytes] = {}
        self._lock = threading.Lock()  # of whoever writes

    @classmethod
    def open(cls, folder: Path, limit: int = LIMIT) -> History:
        """Read what a folder has; what can't be read is told in `problem`, and kept aside.

        A history that has grown by what is no longer needed is written anew.
        """
        history = cls(folder, limit)
        try:
            lines = history._files.read()
        except (HistoryError, OSError) as error:
            history._say(str(error) if isinstance(error, HistoryError) else "", whole=True)
            return history
        for line in lines:
            history._take(line)
        lost = history._files.lost
        if lost:
            history._say(f"{lost} line{'s' * (lost > 1)} of its file can't be read.", whole=False)
        nodes = history._nodes()
        keys = _keys(nodes)
        if lost or history._files.is_grown(len(nodes), keys):
            with contextlib.suppress(OSError):  # it works as it is; the next start tries again
                lines = _lines(nodes, history.current)
                history._files = history._files.rewrite(folder, lines, keys)
        return history

    @property
    def nodes(self) -> Mapping[int, Node]:
        """All steps by id."""
        return self._tree.nodes

    @property
    def current(self) -> int:
        """The id of the step on show, or TOP where there is none."""
        return self._tree.current

    @property
    def has_changes(self) -> bool:
        """Whether there is anything that is not on disk."""
        return bool(self._lines or self._things)

    def children(self, id: int) -> tuple[int, ...]:
        """What came out of a step, the earliest first; of TOP, where trees begin."""
        return self._tree.children(id)

    def path(self, id: int) -> list[int]:
        """The steps that led to one, the first first, and itself."""
        return self._tree.path(id)

    def branch(self, id: int) -> list[int]:
        """A step and all that came out of it, parents before children."""
        return self._tree.branch(id)

    def having(self, recipe: Recipe) -> list[int]:
        """The steps of this very recipe, the earliest first."""
        return self._tree.having(_digest(_stored(recipe)[0]))

    def recipe(self, id: int) -> Recipe:
        """The recipe of a step. Raises HistoryError where it can't be read."""
        stored = self._tree.nodes[id].stored
        try:
            return msgspec.convert(opened(self._joined(msgspec.json.decode(stored))), Recipe)
        except (RecipeError, HistoryError) as error:
            raise HistoryError(str(error)) from None
        except (msgspec.DecodeError, RecursionError) as error:
            raise HistoryError(f"This step can't be read: {in_plain_words(error)}.") from None

    def append(
        self, recipe: Recipe, text: str, parent: int | None = None, at: float | None = None
    ) -> Node:
        """Add a step, by default to the current one, and go there.

        `at` is its time in seconds since 1970, by default now. Where there are too many steps,
        the oldest go: those that are neither marked nor on the way to this one first.
        """
        parent = self.current if parent is None else parent
        node = self._put(self._tree.next_id, parent, recipe, text, at)
        self.go_to(node.id)
        if surplus := self._tree.surplus(self._limit):
            self._do(Removed(tuple(surplus)))
        return self._tree.nodes[node.id]

    def amend(self, id: int, recipe: Recipe, text: str) -> Node:
        """Put another recipe in place of a step's: the hand that made it has moved on."""
        return self._put(id, self._tree.nodes[id].parent, recipe, text, None)

    def go_to(self, id: int) -> None:
        """Make a step the current one."""
        if id != self.current:
            self._do(Here(id))

    def mark(self, id: int, *, name: str | None = None, is_favourite: bool | None = None) -> None:
        """Name a step ("" for no name), or make it a favourite or not; None leaves it."""
        node = self._tree.nodes[id]
        name = node.name if name is None else name.strip()[:LONGEST_NAME]
        is_favourite = node.is_favourite if is_favourite is None else is_favourite
        if (name, is_favourite) != (node.name, node.is_favourite):
            self._do(Mark(id, name, is_favourite))

    def remove(self, id: int) -> tuple[Node, ...]:
        """Remove a step and all that came out of it; return them, for `restore`.

        Where the current step is among them, its parent becomes the current one.
        """
        parent, ids = self._tree.nodes[id].parent, self.branch(id)
        if self.current in ids:
            self.go_to(parent)
        nodes = tuple(self._tree.nodes[each] for each in ids)
        self._do(Removed(tuple(reversed(ids))))
        return nodes

    def restore(self, nodes: Iterable[Node]) -> None:
        """Bring back what was removed."""
        for node in nodes:
            self._do(_line(node))

    def keep_picture(self, id: int, picture: bytes) -> None:
        """Keep a small picture of a step, as a JPEG or PNG file; steps of one recipe share it."""
        key = _picture_key(self._tree.nodes[id])
        if not self._files.has(key):
            self._things[key] = picture

    def has_picture(self, id: int) -> bool:
        """Whether there is a picture of a step, without reading it."""
        key = _picture_key(self._tree.nodes[id])
        return key in self._things or self._files.has(key)

    def picture(self, id: int) -> bytes | None:
        """The picture of a step, read from the disk; None where there is none."""
        return self._thing(_picture_key(self._tree.nodes[id]))

    def write(self) -> None:
        """Write what has changed. Raises OSError; then nothing is forgotten, for another try."""
        with self._lock:
            lines = self._lines[:]
            things = dict(self._things)  # later than the lines, so theirs are there
            if lines or things:
                self._files.append(lines, things)
                del self._lines[: len(lines)]
                for key in things:
                    del self._things[key]

    def copy_to(self, folder: Path) -> None:
        """Write the whole history to another folder, in place of any there. Raises OSError.

        Like `write`, it may be called on another thread; what is added meanwhile is left out.
        """
        current, nodes = self.current, self._nodes()
        self.write()  # whatever the steps need, which may come to more by now
        with self._lock:
            self._files.rewrite(folder, _lines(nodes, current), _keys(nodes))

    def _put(self, id: int, parent: int, recipe: Recipe, text: str, at: float | None) -> Node:
        stored, parts = _stored(recipe)
        self._things.update({k: part for k, part in parts.items() if not self._files.has(k)})
        at = time.time() if at is None else at
        model, digest = recipe.model.sha256, _digest(stored)
        old = self._tree.nodes.get(id)
        name, is_favourite = ("", False) if old is None else (old.name, old.is_favourite)
        text = text[:LONG]
        self._do(Step(id, parent, text, at, model, digest, Raw(stored), name, is_favourite))
        return self._tree.nodes[id]

    def _do(self, line: Line) -> None:
        self._take(line)
        self._lines.append(line)

    def _take(self, line: Line) -> None:
        """Do what a line says; one about a step that isn't there says nothing."""
        tree = self._tree
        match line:
            case Step():
                tree.put(
                    Node(
                        line.id,
                        line.parent,
                        line.text,
                        line.time,
                        line.model,
                        line.digest,
                        bytes(line.recipe),
                        line.name,
                        line.favourite,
                    )
                )
            case Mark() if line.id in tree.nodes:
                node = tree.nodes[line.id]
                tree.put(replace(node, name=line.name, is_favourite=line.favourite))
            case Removed():
                tree.remove(line.ids)
            case Here() if line.id in tree.nodes or line.id == TOP:
                tree.current = line.id

    def _say(self, reason: str, *, whole: bool) -> None:
        what = "The history can't be shown." if whole else "Not all of the history can be shown."
        kept = self._files.keep_aside(whole=whole)
        end = f"It is kept in {self._files.folder / kept}." if kept else ""
        self.problem = " ".join(filter(None, (what, reason, end)))

    def _nodes(self) -> list[Node]:
        """All steps, parents before children."""
        return sorted(self._tree.nodes.values(), key=lambda node: node.id)

    def _thing(self, key: str) -> bytes | None:
        thing = self._things.get(key)
        return self._files.thing(key) if thing is None else thing

    def _joined(self, tree: Any) -> Any:
        """A recipe with its long texts again. Raises HistoryError where one is lost."""
        if isinstance(tree, dict):
            if list(tree) == [PART]:
                key = str(tree[PART])
                text = self._thing(key)
                if text is None or hashlib.sha256(text).hexdigest() != key:
                    raise HistoryError("This step can't be read: some of its vectors are lost.")
                return text.decode()
            return {name: self._joined(value) for name, value in tree.items()}
        return [self._joined(value) for value in tree] if isinstance(tree, list) else tree


def _line(node: Node) -> Step:
    return Step(
        node.id,
        node.parent,
        node.text,
        node.time,
        node.model,
        node.digest,
        Raw(node.stored),
        node.name,
        node.is_favourite,
    )


def _lines(nodes: Iterable[Node], current: int) -> list[Line]:
    """What says how everything is."""
    return [*map(_line, nodes), Here(current)]


def _keys(nodes: Iterable[Node]) -> list[str]:
    """The large things that steps need, each once."""
    keys: dict[str, None] = {}
    for node in nodes:
        keys.update(dict.fromkeys(part.decode() for part in _PARTS.findall(node.stored)))
        keys[_picture_key(node)] = None
    return [*keys]


def _picture_key(node: Node) -> str:
    return f"picture-{node.digest}"


def _digest(stored: bytes) -> str:
    return hashlib.sha256(stored).hexdigest()[:32]


def _stored(recipe: Recipe) -> tuple[bytes, dict[str, bytes]]:
    """A recipe as the journal has it, and its long texts by SHA-256."""
    parts: dict[str, bytes] = {}

    def split(tree: Any) -> Any:
        if isinstance(tree, str) and len(tree) > LONG:
            text = tree.encode()
            key = hashlib.sha256(text).hexdigest()
            parts[key] = text
            return {PART: key}
        if isinstance(tree, dict):
            return {name: split(value) for name, value in tree.items()}
        return [split(value) for value in tree] if isinstance(tree, list | tuple) else tree

    return msgspec.json.encode(split(to_file(msgspec.to_builtins(recipe)))), parts

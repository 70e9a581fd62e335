"""The steps of a history as a tree: what came out of what, and where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TOP = 0  # what the first step of a tree hangs on


class Node(Struct, frozen=True):
    """A step: how the picture was after a change. Its recipe is had from the history."""

    id: int  # from 1, in the order of time
    parent: int  # the id of the step that it came out of, or TOP
    text: str  # what was done
    time: float  # seconds since 1970
    model: str  # SHA-256 of the recipe's model
    digest: str  # steps of one recipe share it
    stored: bytes  # the recipe as the history keeps it
    name: str = ""
    is_favourite: bool = False

    @property
    def is_marked(self) -> bool:
        """Whether somebody named it or made it a favourite."""
        return bool(self.name) or self.is_favourite


class Tree:
    """Steps by id. A parent's id is always below that of its children, so there are no rings."""

    def __init__(self) -> None:
        self._nodes: dict[int, Node] = {}
        self._children: dict[int, list[int]] = {}
        self._by_digest: dict[str, list[int]] = {}
        self._last = TOP
        self.current = TOP

    @property
    def nodes(self) -> Mapping[int, Node]:
        """All steps, in no particular order."""
        return self._nodes

    @property
    def next_id(self) -> int:
        """An id that no step has had."""
        return self._last + 1

    def children(self, id: int) -> tuple[int, ...]:
        """What came out of a step, the earliest first; of TOP, where trees begin."""
        return tuple(self._children.get(id, ()))

    def path(self, id: int) -> list[int]:
        """The steps that led to one, the first first, and itself; [] for TOP."""
        steps = []
        while id != TOP:
            steps.append(id)
            id = self._nodes[id].parent
        return steps[::-1]

    def branch(self, id: int) -> list[int]:
        """A step and all that came out of it, parents before children."""
        steps = [id]
        for step in steps:
            steps += self._children.get(step, ())
        return steps

    def having(self, digest: str) -> list[int]:
        """The steps of one recipe, the earliest first."""
        return sorted(self._by_digest.get(digest, ()))

    def put(self, node: Node) -> Node:
        """Add a step, or put it in place of the one of its id; a lost parent becomes TOP."""
        old = self._nodes.get(node.id)
        if node.parent not in self._nodes or node.parent >= node.id:
            node = _at(node, TOP)
        if old is not None:
            self._unlink(old)
        self._nodes[node.id] = node
        self._by_digest.setdefault(node.digest, []).append(node.id)
        siblings = self._children.setdefault(node.parent, [])
        siblings.append(node.id)
        if len(siblings) > 1 and siblings[-2] > node.id:
            siblings.sort()
        self._last = max(self._last, node.id)
        return node

    def remove(self, ids: Iterable[int]) -> None:
        """Take out steps; what came out of them hangs on what they hung on."""
        for id in ids:
            node = self._nodes.get(id)
            if node is None:
                continue
            self._unlink(node)
            del self._nodes[id]
            for child in self._children.pop(id, ()):
                self._nodes[child] = _at(self._nodes[child], node.parent)
                self._children.setdefault(node.parent, []).append(child)
            self._children.get(node.parent, []).sort()
            if self.current == id:
                self.current = node.parent

    def surplus(self, limit: int) -> list[int]:
        """The steps to be given up so that `limit` are left.

        The oldest go first; those on the way to the current one after all others, then those that
        are marked, and the current one never.
        """
        count = len(self._nodes) - limit
        if count <= 0:
            return []
        way = set(self.path(self.current))

        def worth(id: int) -> tuple[bool, bool, int]:
            return self._nodes[id].is_marked, id in way, id

        return sorted(self._nodes.keys() - {self.current}, key=worth)[:count]

    def _unlink(self, node: Node) -> None:
        self._children[node.parent].remove(node.id)
        same = self._by_digest[node.digest]
        same.remove(node.id)
        if not same:
            del self._by_digest[node.digest]


def _at(node: Node, parent: int) -> Node:
    return node if node.parent == parent else replace(node, parent=parent)

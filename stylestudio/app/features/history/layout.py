"""Where the steps stand: as a tree, along one path of it, or in rows. Without Qt."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from stylestudio.recipe.history import TOP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stylestudio.recipe.history import History

Cells = dict[int, tuple[int, int]]  # column and row by the id of a step


def as_tree(tree: History) -> Cells:
    """Columns are what comes after what; the first thing that came out of a step goes on in its
    row, others lie below it, as high as there is room.
    """
    cells: Cells = {}
    rows: list[list[tuple[int, int]]] = []  # columns that are taken, first and last, in order
    full: dict[int, int] = {}  # by column, how many rows from the top are taken there
    branches = [(id, 0, 0) for id in reversed(tree.children(TOP))]  # id, column, least row
    while branches:
        id, column, least = branches.pop()
        chain = [id]
        while children := tree.children(chain[-1]):
            chain.append(children[0])
        last = column + len(chain) - 1
        above = full.get(column, 0)
        while above < len(rows) and not _is_free(rows[above], column, column):
            above += 1
        full[column] = above
        row = _free_row(rows, column, last, max(least, above))
        for place, step in enumerate(chain):
            cells[step] = (column + place, row)
        # The last one is taken first: those that part late lie close to where they part.
        for place, step in enumerate(chain):
            others = tree.children(step)[1:]
            branches += [(each, column + place + 1, row + 1) for each in reversed(others)]
    return cells


def as_path(tree: History, id: int, favoured: Iterable[int]) -> Cells:
    """One row: what led to a step, and from there on along what is favoured, else the latest."""
    if id not in tree.nodes:
        return {}
    wanted = set(favoured)
    path = tree.path(id)
    while children := tree.children(path[-1]):
        path.append(next((child for child in children if child in wanted), children[-1]))
    return {step: (column, 0) for column, step in enumerate(path)}


def in_rows(ids: Sequence[int], columns: int) -> Cells:
    """As many in a row as there is room for, the latest last."""
    columns = max(1, columns)
    return {id: (place % columns, place // columns) for place, id in enumerate(ids)}


class Links:
    """What joins steps, found by the part of the tree that is in sight."""

    def __init__(self, tree: History, cells: Cells) -> None:
        # By the column of the children and by their parent: rows and children, from the top.
        self._found: dict[int, dict[int, list[tuple[int, int]]]] = {}
        self._tree, self._cells = tree, cells
        for id, (column, row) in cells.items():
            parent = tree.nodes[id].parent
            if parent in cells:
                insort(self._found.setdefault(column, {}).setdefault(parent, []), (row, id))

    def within(self, columns: range, top: int, bottom: int) -> Iterator[tuple[int, int]]:
        """Parents and children whose lines may be seen in these rows; of long ones, one."""
        for column in columns:
            for parent, children in self._found.get(column, {}).items():
                if self._cells[parent][1] > bottom or children[-1][0] < top:
                    continue
                first = bisect_left(children, (top, 0))
                beyond = bisect_left(children, (bottom + 1, 0))
                yield from ((parent, id) for _, id in children[first : beyond + 1])

    def among(self, ids: set[int]) -> Iterator[tuple[int, int]]:
        """Parents and children of which both are among these."""
        for id in ids & self._cells.keys():
            parent = self._tree.nodes[id].parent
            if parent in ids and parent in self._cells:
                yield parent, id


def _free_row(rows: list[list[tuple[int, int]]], first: int, last: int, least: int) -> int:
    """The first row from `least` on that is free there, which then is taken.

    A column stays free before and after, so that what is not joined doesn't look so.
    """
    row = least
    while row < len(rows) and not _is_free(rows[row], first - 1, last + 1):
        row += 1
    while row >= len(rows):
        rows.append([])
    insort(rows[row], (first, last))
    return row


def _is_free(taken: list[tuple[int, int]], first: int, last: int) -> bool:
    place = bisect_left(taken, (first, first))
    before = taken[place - 1][1] < first if place else True
    after = taken[place][0] > last if place < len(taken) else True
    return before and after

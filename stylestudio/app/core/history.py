"""Follows the document: every settled change becomes a step of the history, which is on disk."""

from __future__ import annotations

import shutil
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from PySide6.QtCore import QBuffer, QIODevice, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from stylestudio.app.core.document import SetRecipe, changes_in
from stylestudio.app.core.task import FILES, OnClose
from stylestudio.recipe.errors import HistoryError
from stylestudio.recipe.history import TOP, History

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.recipe.history import Node

SETTLE_MS = 350  # once the hand rests
LONGEST_MS = 900  # if it never rests
WRITE_MS = 400  # from the first change that is not on disk
PICTURES = 500  # kept decoded, 16 KiB each
QUALITY = 88


class _Step(NamedTuple):
    """What became of a command of the undo stack."""

    id: int
    recipe: Recipe  # as it was then; a gesture may have moved on
    origin: int  # the step before it on the stack


class DocumentHistory(QObject):
    """The history of what the document shows. The undo stack goes on as ever; what it drops stays.

    It is read on a thread of a task once there is a picture, and written likewise, soon after each
    change; until it is read, `tree` is None.
    """

    changed = Signal()  # its steps, their marks, or which is the current one
    edited = Signal()  # by hand, besides what undo knows: marks, and what is removed or restored
    picture_changed = Signal(int)  # of this step
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        thumbnails: Thumbnails,
        tasks: Tasks,
        folder: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._thumbnails, self._tasks = document, thumbnails, tasks
        self._folder = folder
        self._tree: History | None = None
        self._steps: WeakKeyDictionary[SetRecipe, _Step] = WeakKeyDictionary()
        self._first: int | None = None  # the step that the undo stack began with
        self._stack: list[int] = []  # the step at each index of the undo stack
        self._awaited: OrderedDict[Recipe, int] = OrderedDict()  # whose pictures will come
        self._pictures: OrderedDict[str, QImage] = OrderedDict()  # by digest
        self._lacking: set[int] = set()  # steps whose pictures can't be had now
        self._is_read = self._is_failing = False
        self._reading: Task | None = None  # the last that was begun
        self._rest, self._latest, self._write = (self._timer(ms) for ms in _WAITS)
        self._rest.timeout.connect(self.settle)
        self._latest.timeout.connect(self.settle)
        self._write.timeout.connect(self.save)
        document.recipe_changed.connect(self._on_change)
        document.model_changed.connect(self._on_model)
        thumbnails.ready.connect(self._on_thumbnail)

    @property
    def tree(self) -> History | None:
        """The steps; None until they are read. Change them by the methods here."""
        return self._tree

    @property
    def undo_path(self) -> list[int]:
        """The steps that undo and redo lead to, the first first."""
        tree = self._tree
        return [] if tree is None else [id for id in self._stack if id in tree.nodes]

    def take(self, folder: Path | None, *, moves: bool = False) -> None:
        """Continue with a copy of a folder's history in place of this one; None for an empty one.

        Where it `moves`, the folder is removed once its history is here.

        The document should show what belongs to it by then.
        """
        self._tree, self._first, self._stack = None, None, []
        self._steps.clear()
        self._pictures.clear()
        self._lacking.clear()
        self._write.stop()
        self.changed.emit()
        self._read(partial(_copied, folder, self._folder, moves))

    def names(self, sha256: str) -> bool:
        """Whether a step names this, such as tuned weights; until it is read, one may."""
        self.settle()
        if self._tree is None:
            return True
        return any(sha256.encode() in node.stored for node in self._tree.nodes.values())

    def go_to(self, id: int) -> None:
        """Show a step, along the undo stack where nothing but the picture changes on the way."""
        tree, stack = self._tree, self._document.undo_stack
        if tree is None or id not in tree.nodes:
            return
        self.settle()  # so that nothing is lost, and the stack is known
        try:
            recipe = tree.recipe(id)
        except HistoryError as error:
            self.failed.emit(str(error))
            return
        here = stack.index()
        if self._document.recipe == recipe:
            return
        there = [index for index, step in enumerate(self._stack) if step == id and index != here]
        # What came of it and was removed counts as the step, but shows another picture.
        there = [index for index in there if self._document.recipe_at(index) == recipe]
        ways = [index for index in there if self._document.leads_through_looks(index)]
        if ways:
            stack.setIndex(min(ways, key=lambda index: abs(index - here)))
        else:
            self._document.visit(recipe, f"Go to {label(tree.nodes[id])}")
        self.settle()

    def mark(self, id: int, *, name: str | None = None, is_favourite: bool | None = None) -> None:
        """Name a step, or make it a favourite or not; None leaves it."""
        tree = self._tree
        before = None if tree is None else tree.nodes.get(id)
        if tree is None or before is None:
            return
        tree.mark(id, name=name, is_favourite=is_favourite)
        if tree.nodes[id] != before:
            self._on_tree()
            self.edited.emit()

    def remove(self, id: int) -> tuple[Node, ...]:
        """Remove a step and all that came out of it; return them, for `restore`."""
        assert self._tree is not None
        removed = self._tree.remove(id)
        self._on_tree()
        self.edited.emit()
        return removed

    def restore(self, nodes: tuple[Node, ...]) -> None:
        """Bring back what was removed."""
        if self._tree is not None:
            self._tree.restore(nodes)
            self._on_tree()
            self.edited.emit()

    def picture(self, id: int) -> QImage | None:
        """The small picture of a step; None where there is none yet: `picture_changed` tells."""
        tree = self._tree
        if tree is None or id not in tree.nodes:
            return None
        digest = tree.nodes[id].digest
        image = self._pictures.get(digest)
        if image is not None:
            self._pictures.move_to_end(digest)
            return image
        content = tree.picture(id)
        image = None if content is None else QImage.fromData(content)
        if image is None or image.isNull():
            return self._asked(id)
        self._remember(digest, image)
        return image

    @Slot()
    def settle(self) -> None:
        """Take over what the undo stack has that the history has not."""
        self._rest.stop()
        self._latest.stop()
        tree, recipe = self._tree, self._document.recipe
        if tree is None or recipe is None:
            return
        stack = self._document.undo_stack
        commands = [stack.command(i) for i in range(stack.count())]
        if self._first is None or (not commands and len(self._stack) > 1):  # it was cleared
            changes = [change for each in commands for change in changes_in(each)]
            self._first = self._found(changes[0].before if changes else recipe, "Start", None)
        known = self._steps.get(commands[0]) if commands else None  # type: ignore[call-overload]
        here = self._first if known is None else known.origin
        steps = [here]
        for command in commands:
            for change in changes_in(command):
                here = self._step(change, here)
            steps.append(here)
        now = steps[stack.index()]
        if now in tree.nodes:
            tree.go_to(now)
        if steps != self._stack or tree.has_changes:
            self._stack = steps
            self._on_tree()

    @Slot()
    def save(self) -> None:
        """Begin to write now; a window that closes waits for it."""
        self._write.stop()
        if self._tree is None or not self._tree.has_changes:
            return
        task = self._tasks.start(
            "Save the history",
            partial(_written, self._tree),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            key=self._folder,
            is_listed=False,
        )
        task.succeeded.connect(self._on_written)

    def close(self) -> None:
        """Take over and write what there is."""
        self.settle()
        self.save()

    def _timer(self, wait: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait)
        return timer

    @Slot()
    def _on_change(self) -> None:
        if not self._is_read:
            self._read(partial(_opened, self._folder))
        self._rest.start()
        if not self._latest.isActive():
            self._latest.start()

    @Slot()
    def _on_model(self) -> None:
        self._lacking.clear()  # those of its steps can be had now

    def _read(self, work: Callable[..., History]) -> None:
        self._is_read = True  # or will be
        if self._reading is not None:
            self._reading.drop()  # the history asked for last is the one that comes
        self._reading = self._tasks.start(
            "Open the history", work, lane=FILES, owner=self, key=self._folder, is_listed=False
        )
        self._reading.succeeded.connect(self._on_read)

    @Slot(object)
    def _on_read(self, tree: History) -> None:
        self._tree = tree
        if tree.problem:
            self.failed.emit(tree.problem)
        self.settle()
        self.changed.emit()

    def _on_tree(self) -> None:
        if not self._write.isActive():
            self._write.start()
        self.changed.emit()

    @Slot(object)
    def _on_written(self, error: str) -> None:
        if error and not self._is_failing:
            self.failed.emit(error)
        self._is_failing = bool(error)

    def _step(self, command: SetRecipe, origin: int) -> int:
        """The step of a command; a new one where there is none of its recipe."""
        tree, known = self._tree, self._steps.get(command)
        assert tree is not None
        if known is not None and known.recipe is command.after:
            return known.id if known.id in tree.nodes else origin  # it was removed
        if known is not None and self._may_amend(known.id):
            tree.amend(known.id, command.after, command.text())
            self._ask_for(known.id, command.after)
            id = known.id
        else:
            id = self._found(command.after, command.text(), origin)
        self._steps[command] = _Step(id, command.after, origin)
        return id

    def _may_amend(self, id: int) -> bool:
        """Whether a gesture that has moved on may take its step along."""
        tree = self._tree
        assert tree is not None
        node = tree.nodes.get(id)
        return node is not None and not node.is_marked and not tree.children(id)

    def _found(self, recipe: Recipe, text: str, origin: int | None) -> int:
        """A step of this recipe: one that came out of `origin`, else the last, else a new one.

        Without an origin, a new one comes out of the last step where that is of its model.
        """
        tree = self._tree
        assert tree is not None
        same = tree.having(recipe)
        if same:
            return next((id for id in same if tree.nodes[id].parent == origin), same[-1])
        if origin is None:
            last = tree.nodes.get(tree.current)
            goes_on = last is not None and last.model == recipe.model.sha256
            origin = tree.current if goes_on else TOP
        node = tree.append(recipe, text, origin if origin in tree.nodes else TOP)
        self._ask_for(node.id, recipe)
        return node.id

    def _asked(self, id: int) -> QImage | None:
        """A picture that isn't on disk, or None after it was asked for, where that can be done."""
        tree = self._tree
        if tree is None or id in self._lacking:
            return None
        self._lacking.add(id)
        try:
            recipe = tree.recipe(id)
        except HistoryError:
            return None
        self._ask_for(id, recipe)
        return self._pictures.get(tree.nodes[id].digest)

    def _ask_for(self, id: int, recipe: Recipe) -> None:
        image, pair = self._thumbnails.kept(recipe), self._document.with_model(recipe)
        if image is None and pair is not None:
            self._awaited[recipe] = id
            while len(self._awaited) > PICTURES:
                self._awaited.popitem(last=False)
            image = self._thumbnails.get(pair)
        if image is not None:
            self._keep(id, recipe, image)

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        id = self._awaited.get(pair.recipe)
        if id is not None:
            self._keep(id, pair.recipe, image)

    def _keep(self, id: int, recipe: Recipe, image: QImage) -> None:
        self._awaited.pop(recipe, None)
        tree = self._tree
        if tree is None or id not in tree.nodes or id not in tree.having(recipe):
            return  # it was removed meanwhile, or amended
        self._lacking.discard(id)
        self._remember(tree.nodes[id].digest, image)
        tree.keep_picture(id, _file(image))
        if not self._write.isActive():
            self._write.start()
        self.picture_changed.emit(id)

    def _remember(self, digest: str, image: QImage) -> None:
        self._pictures[digest] = image
        while len(self._pictures) > PICTURES:
            self._pictures.popitem(last=False)


_WAITS = (SETTLE_MS, LONGEST_MS, WRITE_MS)


def label(node: Node) -> str:
    """What a step is called: by its name, else by what was done."""
    return node.name or node.text or "a step"


def _opened(folder: Path, _report: Callable[[Progress], None], _cancel: Cancel) -> History:
    return History.open(folder)


def _copied(
    source: Path | None,
    folder: Path,
    moves: bool,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> History:
    """Another folder's history in this one's place. Raises OSError."""
    taken = History(folder) if source is None else History.open(source)
    taken.copy_to(folder)
    if moves and source is not None:
        shutil.rmtree(source, ignore_errors=True)
    return History.open(folder)


def _written(tree: History, _report: Callable[[Progress], None], _cancel: Cancel) -> str:
    """Write what has changed; return why that failed, "" where it did not."""
    try:
        tree.write()
    except OSError as error:
        return (
            f"The history can't be saved ({error.strerror or error}), and would be lost in a "
            "crash. Your next change tries again."
        )
    return ""


def _file(image: QImage) -> bytes:
    """A small picture as a file: JPEG, or PNG where parts of it are transparent."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if image.hasAlphaChannel():
        image.save(buffer, "PNG")  # type: ignore[call-overload]
    else:
        image.save(buffer, "JPEG", QUALITY)  # type: ignore[call-overload]
    return bytes(buffer.data().data())

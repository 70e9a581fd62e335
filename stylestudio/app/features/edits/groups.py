"""A direction from some pictures to others: this minus that, of history, seeds and files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
)

from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.core.task import FILES
from stylestudio.app.features.edits.row import GROUPS
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.editing import direction_between
from stylestudio.editing.collecting import recipes_of
from stylestudio.errors import StyleStudioError
from stylestudio.recipe.edits import LONGEST_NAME
from stylestudio.recipe.words import describe_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QKeyEvent

    from stylestudio.app.core.studio import Studio
    from stylestudio.editing import Directions
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model

PICTURE = 64
MOST = 200  # pictures of the history
SETTLE_MS = 400
KINDS = "Pictures and latents (*.png *.json *.npy *.npz *.pt)"
ABOUT = (
    "Select pictures and choose a side for them. One on each side is enough; more make the "
    "direction clearer."
)
NAMELESS = "Give the direction a name first."
RECIPE = Qt.ItemDataRole.UserRole


class GroupsDialog(QDialog):
    """Stays open beside the window; the picture on show and later ones join the candidates."""

    kept = Signal(object)  # Directions, of one name

    def __init__(self, studio: Studio, model: Model) -> None:
        super().__init__(studio.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("A direction from pictures")
        self._studio = studio
        self._model = model
        self._offered: set[Recipe] = set()  # of the history; those that were taken out stay away
        self._build()
        self._timer = QTimer(self)  # a drag of a slider is one candidate, not one for each step
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._on_history)
        studio.document.model_changed.connect(self.reject)
        studio.document.undo_stack.indexChanged.connect(self._on_index)
        studio.thumbnails.ready.connect(self._on_thumbnail)
        self._on_history()

    def _build(self) -> None:
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        self.candidates = _pictures("Pictures to choose from", rows=2)
        self.less = _pictures("Pictures with less of it")
        self.more = _pictures("Pictures with more of it")
        self.to_less, self.to_more = QPushButton("↓ Less"), QPushButton("More ↓")
        self.to_less.setToolTip("Add the selected pictures to the side with less of it")
        self.to_more.setToolTip("Add the selected pictures to the side with more of it")
        self.seeds = QLineEdit()
        self.seeds.setPlaceholderText("Seeds, such as 7, 12-15")
        self.seeds.setAccessibleName("Seeds to add")
        self.files, self.folder = QPushButton("Files…"), QPushButton("Folder…")
        self.files.setToolTip("Saved pictures and recipes, or latents from other tools")
        self.folder.setToolTip("A folder of these, such as one of inverted photos")
        self.layers = QComboBox()
        self.layers.setAccessibleName("Layers that may change")
        groups = {layer.group for layer in self._model.layers}
        for text, group in GROUPS.items():
            if not group or group in groups:
                self.layers.addItem(text, group)
        WheelGuard(self.layers)
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name")
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setAccessibleName("Name of the direction")
        self.keep = QPushButton("Keep")
        self.keep.setToolTip("Add the direction to the picture's edits and to the browser")
        self.state = QLabel("Delete removes a picture again.")
        self.state.setWordWrap(True)
        self.state.setMinimumHeight(2 * self.state.fontMetrics().height())
        buttons = (self.to_less, self.to_more, self.files, self.folder, self.keep)
        for button in buttons:
            button.setAutoDefault(False)
        add, last, sides = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        for widget in (self.seeds, self.files, self.folder):
            add.addWidget(widget)
        sides.addWidget(self.to_less, 0, 0)
        sides.addWidget(self.to_more, 0, 1)
        sides.addWidget(self.less, 1, 0)
        sides.addWidget(self.more, 1, 1)
        last.addWidget(QLabel("Layers"))
        last.addWidget(self.layers)
        last.addWidget(self.name, 1)
        last.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(self.candidates, 1)
        column.addLayout(add)
        column.addLayout(sides, 2)
        column.addWidget(self.state)
        column.addLayout(last)
        self.resize(520, 640)
        self.to_less.clicked.connect(partial(self._on_put, self.less))
        self.to_more.clicked.connect(partial(self._on_put, self.more))
        self.seeds.returnPressed.connect(self._on_seeds)
        self.files.clicked.connect(self._ask_files)
        self.folder.clicked.connect(self._ask_folder)
        self.keep.clicked.connect(self._on_keep)

    @Slot()
    def _on_index(self) -> None:
        self._timer.start()  # in a slot of its own: the index would become the interval

    @Slot()
    def _on_history(self) -> None:
        """Offer the pinned picture and all of the history, the latest first."""
        *past, latest = self._studio.document.past()[-MOST:]
        pinned = self._studio.view.pinned
        recipes = (*past, *([pinned] if pinned else []), latest)
        self._offer([recipe for recipe in recipes if recipe not in self._offered])
        self._offered.update(recipes)

    def _offer(self, recipes: Sequence[Recipe]) -> None:
        """Put pictures of this model before all other candidates, those that are not among them."""
        known = set(_recipes(self.candidates))
        for recipe in dict.fromkeys(recipes):
            if recipe.model.sha256 == self._model.sha256 and recipe not in known:
                self.candidates.insertItem(0, self._item(recipe))

    def _item(self, recipe: Recipe) -> QListWidgetItem:
        item = QListWidgetItem()
        item.setData(RECIPE, recipe)
        item.setToolTip(describe_source(recipe.source))
        item.setSizeHint(QSize(PICTURE + 8, PICTURE + 8))
        image = self._studio.thumbnails.get(ModelRecipe(self._model, recipe))
        item.setIcon(_icon(image))
        return item

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        for view in (self.candidates, self.less, self.more):
            for row, recipe in enumerate(_recipes(view)):
                if recipe == pair.recipe:
                    view.item(row).setIcon(_icon(image))

    def _on_put(self, side: QListWidget) -> None:
        """A picture is on one side; a second time, it changes sides."""
        chosen = [item.data(RECIPE) for item in self.candidates.selectedItems()]
        for view in (self.less, self.more):
            for row in reversed([i for i, each in enumerate(_recipes(view)) if each in chosen]):
                view.takeItem(row)
        for recipe in chosen:
            side.addItem(self._item(recipe))
        self.candidates.clearSelection()

    @Slot()
    def _on_seeds(self) -> None:
        text = self.seeds.text().strip()
        if text:
            self._collect([text])

    @Slot()
    def _ask_files(self) -> None:
        folder = self._studio.settings.directory("pictures")
        paths, _ = QFileDialog.getOpenFileNames(self, "Add pictures", folder, KINDS)
        if paths:
            self._studio.settings.set_directory("pictures", Path(paths[0]).parent)
            self._collect(paths)

    @Slot()
    def _ask_folder(self) -> None:
        folder = self._studio.settings.directory("pictures")
        path = QFileDialog.getExistingDirectory(self, "Add a folder", folder)
        if path:
            self._studio.settings.set_directory("pictures", Path(path))
            self._collect([path])

    def _collect(self, words: list[str]) -> None:
        """Read what was named by a task, and select it among the candidates."""
        task = self._studio.tasks.start(
            "Read pictures",
            partial(_collected, words, self._model),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(self._on_collected)

    @Slot(object)
    def _on_collected(self, found: list[Recipe] | str) -> None:
        if isinstance(found, str):
            self._say(found)
            return
        self.seeds.clear()
        self.candidates.clearSelection()
        self._offer(found[::-1])
        for row, recipe in enumerate(_recipes(self.candidates)):
            self.candidates.item(row).setSelected(recipe in found)
        many = "One picture is" if len(found) == 1 else f"{len(found)} pictures are"
        self._say(f"{many} selected now.")

    @Slot()
    def _on_keep(self) -> None:
        name = self.name.text().strip()
        if not name:
            self._say(NAMELESS)
            self.name.setFocus()
            return
        sides = _recipes(self.more), _recipes(self.less)
        task = self._studio.tasks.start(
            "Compare two groups of pictures",
            partial(
                _between,
                self._model,
                name,
                *sides,
                self.layers.currentData(),
                self._studio.assets,
            ),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(self._on_between)

    @Slot(object)
    def _on_between(self, found: Directions | str) -> None:
        if isinstance(found, str):
            self._say(found)
            return
        self.kept.emit(found)
        self.accept()

    def _say(self, sentence: str) -> None:
        self.state.setText(sentence[:1].upper() + sentence[1:])


class _Pictures(QListWidget):
    """Pictures of recipes; Delete takes the selected ones out."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Backspace take out what is selected."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            for item in self.selectedItems():
                self.takeItem(self.row(item))
        else:
            super().keyPressEvent(event)


def _pictures(name: str, rows: int = 3) -> QListWidget:
    view = _Pictures()
    view.setAccessibleName(name)
    view.setViewMode(QListView.ViewMode.IconMode)
    view.setMovement(QListView.Movement.Static)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setIconSize(QSize(PICTURE, PICTURE))
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setStyleSheet("QListView::item:selected { background: palette(highlight) }")
    view.setMinimumHeight(rows * (PICTURE + 8) // 2)
    return view


def _recipes(view: QListWidget) -> list[Recipe]:
    return [view.item(row).data(RECIPE) for row in range(view.count())]


def _icon(image: QImage | None) -> QIcon:
    pixmap = QPixmap(PICTURE, PICTURE) if image is None else QPixmap.fromImage(image)
    if image is None:
        pixmap.fill(Qt.GlobalColor.transparent)
    result = QIcon(pixmap)
    result.addPixmap(pixmap, QIcon.Mode.Selected)  # the style would tint the selected one
    return result


# --- the work of the tasks, on their threads ---------------------------------------------


def _collected(
    words: list[str], model: Model, _report: Callable[[Progress], None], _cancel: Cancel
) -> list[Recipe] | str:
    """The pictures, or why there are none."""
    try:
        return recipes_of(words, model)
    except StyleStudioError as error:
        return str(error)


def _between(
    model: Model,
    name: str,
    more: list[Recipe],
    less: list[Recipe],
    group: str,
    assets: Assets,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Directions | str:
    """The direction, or why there is none."""
    try:
        return direction_between(model, name, more, less, group or None, assets)
    except StyleStudioError as error:
        return str(error)

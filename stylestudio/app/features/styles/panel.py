"""In which styles the finished picture is painted, how they are mixed, and how strongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QScrollArea

from stylestudio.app.core.drops import accept_copy
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.picture_drop import PictureButton, dropped_picture
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.features.styles.corner_pad import CornerPad
from stylestudio.app.features.styles.grid import StyleGrid
from stylestudio.app.features.styles.task_panel import TaskPanel
from stylestudio.app.widgets.side_by_side import side_by_side
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.recipe import Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPaintEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.styles.library import StyleLibrary
    from stylestudio.app.features.styles.style_tasks import StyleTasks
    from stylestudio.app.features.styles.work import Ranking
    from stylestudio.recipe import BankRef, Recipe
    from stylestudio.render import StyleModel

SETTLE_MS = 400
SUGGEST, USUAL_ORDER = "Suggest…", "Usual order"
SUGGEST_TIP = "Sort the styles by similarity to a picture you choose or drop here"
NO_STYLES = "There are no styles yet; open a style file."
NO_STYLE = "Choose a style first."
NOT_OPEN = "This picture uses styles of “{}”, which is not open; open its file, or clear the style."


class StylePanel(Panel):
    """Pictures of the styles, a pad between four of them, and a strength.

    Neither banks nor pictures are asked for before the panel is seen. The pictures show the
    document's own picture in each style, when you pause.
    """

    def __init__(
        self, document: Document, library: StyleLibrary, tasks: StyleTasks, thumbnails: Thumbnails
    ) -> None:
        super().__init__(document)
        self._library = library
        self._tasks = tasks
        self._thumbnails = thumbnails
        self._bank: StyleModel | None = None  # whose styles are on show
        self._is_behind = True  # what is shown may not be what the document has
        self._followed: BankRef | None = None  # the bank of the recipe, once it was looked for
        self._wanted: list[ModelRecipe] = []  # pictures of styles that have not been asked for
        self._ranked_by = ""  # the picture that the order of the styles goes by
        self._learned = ""  # a style that is to be pointed out once it is on show
        self.setAcceptDrops(True)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._connect()

    def _build(self) -> None:
        self.banks = QComboBox()
        self.banks.setAccessibleName("Bank of styles")
        WheelGuard(self.banks)
        self.notice = QLabel()
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setWordWrap(True)
        self.notice.setProperty("muted", True)
        self.notice.hide()
        self.task = TaskPanel()
        self.strength = ValueRow("Strength", (0.0, 1.0), 1.0)
        self.colours = ValueRow(
            "Keep colours", (0.0, 1.0), 0.0, tip="1 paints in the picture's own colours"
        )
        self.grid = StyleGrid()
        self.pad = CornerPad()
        self.controls = {
            "style.strength": self.strength,
            "style.colours": self.colours,
            "style.weights": self.grid,
        }
        self.make = PictureButton("Make a style…")
        self.make.setToolTip("Learn the style of a painting you choose or drop here")
        self.suggest = PictureButton(SUGGEST)
        self.suggest.setToolTip(SUGGEST_TIP)
        self.open = QPushButton(icon("folder"), "Open…")
        self.open.setToolTip("Open a bank of styles, a .pth of one style, or a TensorFlow.js model")
        self.open.setAccessibleName("Open style file")
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Show the picture unpainted")
        head = side_by_side(self.banks, self.open)
        for widget in (head, self.notice, self.task, self.strength, self.colours):
            self.column.addWidget(widget)
        self.column.addWidget(self.grid, 1)
        for widget in (self.pad, side_by_side(self.make, self.suggest, self.clear)):
            self.column.addWidget(widget)

    def _connect(self) -> None:
        self._library.changed.connect(self._refresh)
        self._thumbnails.ready.connect(self._on_thumbnail)
        self._timer.timeout.connect(self._want_pictures)
        self.banks.activated.connect(self._on_bank)
        self.strength.edited.connect(self._on_strength)
        self.colours.edited.connect(self._on_colours)
        self.grid.soloed.connect(self._on_solo)
        self.grid.toggled.connect(self._on_toggle)
        self.grid.weighted.connect(self._on_weight)
        self.grid.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.pad.edited.connect(self._on_pad)
        self.open.clicked.connect(self._on_open)
        self.clear.clicked.connect(self._on_clear)
        self.suggest.clicked.connect(self._on_suggest)
        self._connect_tasks()

    def _connect_tasks(self) -> None:
        tasks = self._tasks
        self.make.clicked.connect(tasks.ask_to_learn)
        self.make.dropped.connect(tasks.learn)
        self.suggest.dropped.connect(tasks.rank)
        tasks.started.connect(self._on_started)
        tasks.changed.connect(self.task.refresh)
        tasks.ended.connect(self._on_ended)
        tasks.learned.connect(self._on_learned)
        tasks.ranked.connect(self._on_ranked)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Catch up with what was not followed while nobody looked."""
        super().paintEvent(event)
        if self._is_behind:
            self._is_behind = False
            QTimer.singleShot(0, self._refresh)

    def _is_seen(self) -> bool:
        """Whether any of it is in sight; behind another tab, a dock still counts as visible."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the style, and the bank it is of."""
        if not self._is_seen():
            self._is_behind = True
            return
        style, bank = recipe.style, self._library.bank
        if style is None:
            self._library.show_any()
        elif style.bank != self._followed and (bank is None or bank.sha256 != style.bank.sha256):
            self._library.show_bank(style.bank)
        self._followed = None if style is None else style.bank
        weights = self._weights()
        self.grid.set_weights(weights)
        self.pad.set_weights(weights)
        self.strength.set_value(1.0 if style is None else style.strength)
        self.colours.set_value(0.0 if style is None else style.colours)
        for row in (self.strength, self.colours):
            row.set_available(NO_STYLE if style is None else "")
        self.clear.setEnabled(style is not None)
        self._say_what_is_missing(style)
        self._timer.start()

    @Slot()
    def _on_scrolled(self) -> None:
        self._timer.start()  # in a slot of its own: the place would become the interval

    @Slot()
    def _refresh(self) -> None:
        """Show what the library has."""
        recipe = self.document.recipe
        if recipe is None or not self._is_seen():
            self._is_behind = True
            return
        choices = self._library.choices()
        with QSignalBlocker(self.banks):
            self.banks.clear()
            for choice in choices:
                self.banks.addItem(choice.name, choice.place)
            self.banks.setCurrentIndex(self.banks.findData(self._library.place))
        self.banks.setVisible(bool(choices))
        if self._library.bank is not self._bank:
            self._bank = self._library.bank
            names = () if self._bank is None else self._bank.names
            self.grid.set_styles(names)
            self.pad.set_styles(names)
            self._show_ranking("")
        if self._learned in self.grid.names:
            self.grid.point_out(self._learned)
            self._learned = ""
        self.show_recipe(recipe)

    def _say_what_is_missing(self, style: Style | None) -> None:
        missing, bank = self._library.missing, self._library.bank
        notice = "" if bank is not None or self._library.choices() else NO_STYLES
        if style is not None and missing is not None and style.bank.sha256 == missing.sha256:
            notice = NOT_OPEN.format(style.bank.name)
        self.notice.setText(notice)
        self.notice.setVisible(bool(notice))
        for widget in (self.grid, self.pad):
            widget.setEnabled(bank is not None)
            widget.setToolTip(notice)

    def _weights(self) -> dict[str, float]:
        """Of the styles on show, as the recipe has them, whose bank may have grown since."""
        recipe, bank = self.document.recipe, self._bank
        style = None if recipe is None else recipe.style
        if style is None or bank is None:
            return {}
        if style.bank.sha256 not in {bank.sha256, *self._library.ancestors}:
            return {}
        return {name: weight for name, weight in style.weights if name in bank.names}

    def _mix(self, text: str, weights: Mapping[str, float], gesture: object = None) -> None:
        """Paint in these styles of the bank on show, as strongly and in such colours as before.

        Where the style is off, as an inversion leaves it, it comes back: the hand wants to see it.
        """
        recipe = self.document.recipe
        if recipe is None or self._bank is None:
            return
        before = recipe.style
        kept = (before.strength or 1.0, before.colours) if before else (1.0, 0.0)
        style = Style.of(self._bank, weights, *kept) if weights else None
        self.edit(text, gesture, style=style)

    # --- pictures of the styles ----------------------------------------------------------

    @Slot()
    def _want_pictures(self) -> None:
        """Ask for the document's picture in every style in sight, one after the other."""
        current, bank = self.document.current, self._bank
        if current is None or bank is None or not self._is_seen():
            return
        named = dict.fromkeys([*self.grid.visible_names(), *filter(None, self.pad.names)])
        styles = [Style.of(bank, {name: 1.0}) for name in named]
        self._wanted = [
            ModelRecipe(current.model, current.recipe.replace(style=style)) for style in styles
        ]
        self._ask_for_one()

    def _ask_for_one(self) -> None:
        while self._wanted:
            image = self._thumbnails.get(self._wanted[0])
            if image is None:
                return
            self._show_picture(self._wanted.pop(0), image)

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, _image: QImage) -> None:
        if self._wanted and pair == self._wanted[0]:
            self._ask_for_one()

    def _show_picture(self, pair: ModelRecipe, image: QImage) -> None:
        assert pair.recipe.style is not None
        for name, _ in pair.recipe.style.weights:
            self.grid.set_picture(name, image)
            self.pad.set_picture(name, image)

    # --- work in the making ----------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a painting to learn from; anything else passes to the window."""
        free = not self._tasks.is_busy
        accept_copy(event, free and dropped_picture(event.mimeData()) is not None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Learn the style of the painting."""
        painting = dropped_picture(event.mimeData())
        if painting is not None:
            accept_copy(event)
            self._tasks.learn(painting)

    @Slot(object)
    def _on_started(self, task: Task) -> None:
        self.task.follow(task)
        for button in (self.make, self.suggest):
            button.setEnabled(False)
        QTimer.singleShot(0, self._scroll_to_task)  # once it has been laid out

    @Slot()
    def _scroll_to_task(self) -> None:
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(self.task)

    @Slot()
    def _on_ended(self) -> None:
        self.task.hide()
        for button in (self.make, self.suggest):
            button.setEnabled(True)

    @Slot(str)
    def _on_learned(self, name: str) -> None:
        self._learned = name

    @Slot(object)
    def _on_ranked(self, ranking: Ranking) -> None:
        if self._bank is not None and ranking.bank == self._bank.sha256:
            self._show_ranking(ranking.picture)
            self.grid.set_order(ranking.names)
            self._timer.start()

    @Slot()
    def _on_suggest(self) -> None:
        """Ask for a picture to order the styles by, or go back to the usual order."""
        if not self._ranked_by:
            self._tasks.ask_to_rank()
        elif self._bank is not None:
            self._show_ranking("")
            self.grid.set_order(self._bank.names)
            self._timer.start()

    def _show_ranking(self, picture: str) -> None:
        self._ranked_by = picture
        self.suggest.setText(USUAL_ORDER if picture else SUGGEST)
        tip = f"Sorted by similarity to {picture}; click for the usual order"
        self.suggest.setToolTip(tip if picture else SUGGEST_TIP)

    # --- what the hand does --------------------------------------------------------------

    @Slot(str)
    def _on_solo(self, name: str) -> None:
        self._mix(f"Paint as {name}", {name: 1.0})

    @Slot(str)
    def _on_toggle(self, name: str) -> None:
        weights = self._weights()
        if weights.pop(name, 0.0):
            self._mix(f"Take {name} out", weights)
        else:
            self._mix(f"Add {name}", weights | {name: 1.0})

    @Slot(str, float, object)
    def _on_weight(self, name: str, weight: float, gesture: object) -> None:
        weights = self._weights() | {name: weight}
        self._mix("Change a style's weight", weights, ("style", name, gesture))

    @Slot(object, object)
    def _on_pad(self, weights: dict[str, float], gesture: object) -> None:
        self._mix("Mix four styles", weights, gesture and ("style pad", gesture))

    @Slot(float, object)
    def _on_strength(self, value: float, gesture: object) -> None:
        self._change("Change style strength", ("style strength", gesture), strength=value)

    @Slot(float, object)
    def _on_colours(self, value: float, gesture: object) -> None:
        self._change("Keep colours", ("style colours", gesture), colours=value)

    def _change(self, text: str, gesture: object, **fields: float) -> None:
        """Change fields of the style there is."""
        recipe = self.document.recipe
        if recipe is not None and recipe.style is not None:
            self.edit(text, gesture, style=replace(recipe.style, **fields))

    @Slot()
    def _on_clear(self) -> None:
        self.edit("Clear the style", style=None)

    @Slot(int)
    def _on_bank(self, index: int) -> None:
        self._library.show_place(self.banks.itemData(index))

    @Slot()
    def _on_open(self) -> None:
        self._library.ask_for_file(self)

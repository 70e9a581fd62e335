"""The Edits dock: sliders with meaning, and the directions that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.features.edits import moves
from stylestudio.app.features.edits.browser import ENDS, DirectionGrid
from stylestudio.app.features.edits.rows import EditRows
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.recipe.edit_lists import edits_of

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.edits.library import DirectionLibrary
    from stylestudio.recipe import Edit, Recipe
    from stylestudio.render import Model

SETTLE_MS = 400
LOOKING = "Looking for directions; see the Tasks dock for progress."
NONE_FOUND = "There are no directions yet; choose a kind above."
NO_SUCH = "No direction of this kind matches; type fewer letters, or choose another kind."


class EditsPanel(Panel):
    """Rows of edits above a browser of directions.

    Neither directions nor pictures are asked for before the panel is seen. The pictures show the
    document's own picture at both ends of each direction in sight, when you pause.
    """

    def __init__(
        self, document: Document, library: DirectionLibrary, thumbnails: Thumbnails
    ) -> None:
        super().__init__(document)
        self._library = library
        self._thumbnails = thumbnails
        self._is_behind = True  # what is shown may not be what the document has
        self._has_begun = False  # whether a few sliders have been put at hand for the model
        self._wanted: list[tuple[str, float, ModelRecipe]] = []  # pictures not asked for yet
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._connect()

    def _build(self) -> None:
        self.notice = QLabel()
        self.notice.setWordWrap(True)
        self.notice.setProperty("muted", True)
        self.notice.hide()
        self.rows = EditRows(self.document)
        self.reset = QPushButton(icon("reset"), "")
        self.reset.setAccessibleName("Reset the edits")
        self.reset.setToolTip("Reset every edit to 0, except locked ones")
        self.shelf = QComboBox()
        self.shelf.setAccessibleName("Kind of directions")
        self.shelf.setToolTip(
            "The model's named directions, those found by PCA or SeFa in all layers or a group, "
            "and those from files"
        )
        WheelGuard(self.shelf)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search directions")
        self.search.setClearButtonEnabled(True)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setProperty("muted", True)
        self.grid = DirectionGrid()
        head = QHBoxLayout()
        head.addWidget(self.shelf, 2)
        head.addWidget(self.search, 3)
        self.paint = QPushButton(icon("brush", checked="on_accent"), "Paint to find")
        self.paint.setCheckable(True)
        self.paint.setToolTip(
            "Paint over what should change; the best directions for it come first"
        )
        self.teach = QPushButton("Teach…")
        self.teach.setToolTip(
            "Make a direction of your own by choosing which pictures have more of it"
        )
        self.pictures = QPushButton("Pictures…")
        self.pictures.setToolTip(
            "Make a direction from two groups of pictures: from the history, seeds, files or "
            "inverted photos"
        )
        self.makers = (self.teach, self.pictures)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        row = (self.paint, self.teach, self.pictures, self.reset)
        for button in row:
            button.setStyleSheet("padding: 5px 6px")  # four have to fit into a narrow panel
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.rows.below = (*row, self.shelf, self.search, self.grid)
        self.column.addWidget(self.notice)
        self.column.addWidget(self.rows)
        self.column.addLayout(buttons)
        self.column.addLayout(head)
        self.column.addWidget(self.state)
        self.column.addWidget(self.grid, 1)

    def _connect(self) -> None:
        self._library.changed.connect(self._refresh)
        self._thumbnails.ready.connect(self._on_thumbnail)
        self._timer.timeout.connect(self._want_pictures)
        self.rows.dropped.connect(self._on_chosen)
        self.grid.chosen.connect(self._on_chosen)
        self.grid.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.shelf.activated.connect(self._on_shelf)
        self.search.textChanged.connect(self._on_search)
        self.reset.clicked.connect(self.rows.reset)

    def control(self, path: str) -> QWidget | None:
        """Those of the edits come and go with them."""
        for name, row in self.rows.rows.items():
            if path == f"edits.{name}.amount":
                return row.amount
            if path.startswith(f"edits.{name}.layers."):
                return row.bars
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Catch up with what was not followed while nobody looked."""
        super().paintEvent(event)
        if self._is_behind:
            self._is_behind = False
            QTimer.singleShot(0, self._refresh)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show pictures of what has come into sight."""
        super().resizeEvent(event)
        self._timer.start()

    @Slot()
    def _on_scrolled(self) -> None:
        self._timer.start()  # in a slot of its own: the place would become the interval

    def _is_seen(self) -> bool:
        """Whether any of it is in sight; behind another tab, a dock still counts as visible."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def show_model(self, model: Model) -> None:
        """Start over."""
        del model
        self._has_begun = False
        lacking = self._library.lacking
        self.rows.start_over(lacking)
        self.paint.setChecked(False)
        self.notice.setText(lacking)
        self.notice.setVisible(bool(lacking))
        for widget in (self.shelf, self.search, self.grid, self.reset, self.paint, *self.makers):
            widget.setEnabled(not lacking)
        self.grid.clear()
        self._wanted = []
        self._is_behind = True
        self.update()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the edits; the pictures follow once the hand rests."""
        self.rows.show_recipe(recipe)
        edits = edits_of(recipe).values()
        self.reset.setEnabled(not self._library.lacking and any(edit.amount for edit in edits))
        self._timer.start()

    @Slot()
    def _refresh(self) -> None:
        """Show what the library has."""
        recipe = self.document.recipe
        if recipe is None or not self._is_seen():
            self._is_behind = True
            return
        library = self._library
        if library.look():
            return  # it tells that it began
        with QSignalBlocker(self.shelf):
            self.shelf.clear()
            self.shelf.addItems(library.titles)
            self.shelf.setCurrentText(library.shown)
        directions = library.directions
        self.grid.set_names(() if directions is None else directions.names)
        self.grid.set_filter(self.search.text())
        self._say_what_is_missing()
        self._suggest_starters(recipe)
        self._timer.start()

    def _say_what_is_missing(self) -> None:
        """Say what to do while there are no directions to choose from."""
        library, state = self._library, ""
        if library.directions is None:
            state = LOOKING if library.is_searching else NONE_FOUND
        elif self.search.text() and not self.grid.has_any:
            state = NO_SUCH
        self.state.setText(state)
        self.state.setVisible(bool(state) and not library.lacking)

    def _suggest_starters(self, recipe: Recipe) -> None:
        """Put a few sliders at hand, once for each model that comes on show."""
        starters = self._library.starters()
        if starters is not None and not self._has_begun:
            self._has_begun = True
            self.rows.suggest([*starters])
            self.rows.show_recipe(recipe)

    # --- pictures of the directions ------------------------------------------------------

    @Slot()
    def _want_pictures(self) -> None:
        """Ask for the document's picture at both ends of what is in sight, one by one."""
        current, directions = self.document.current, self._library.directions
        if current is None or directions is None or not self._is_seen():
            return
        named = [name for name in self.grid.visible_names() if name in directions.names]
        self._wanted = [
            (name, amount, ModelRecipe(current.model, moves.put(current.recipe, edit)))
            for name in named
            for amount in ENDS
            for edit in (directions.edit(name, amount),)
        ]
        self._ask_for_one()

    def _ask_for_one(self) -> None:
        while self._wanted:
            name, amount, pair = self._wanted[0]
            image = self._thumbnails.get(pair, last=True)
            if image is None:
                return
            del self._wanted[0]
            self.grid.set_picture(name, amount, image)

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, _image: QImage) -> None:
        if self._wanted and pair == self._wanted[0][2]:
            self._ask_for_one()

    # --- what the hand does --------------------------------------------------------------

    @Slot(object)
    def suggest(self, edits: list[Edit]) -> None:
        """Put sliders at hand."""
        if self.document.recipe is not None:
            self.rows.suggest(edits)
            self.rows.show_recipe(self.document.recipe)

    @Slot(str)
    def _on_chosen(self, name: str) -> None:
        directions = self._library.directions
        if directions is not None:
            self.rows.add(directions.edit(name))

    @Slot(int)
    def _on_shelf(self, index: int) -> None:
        self._library.show(self.shelf.itemText(index))

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self.grid.set_filter(text)
        self._say_what_is_missing()
        self._timer.start()

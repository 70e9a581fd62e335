"""The Rewrite dock: trays of painted pictures, how the rule changes, and samples of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
)

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.kept_delta import KeptDelta
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import ModelRecipe, with_seed
from stylestudio.app.core.run_bar import RunBar
from stylestudio.app.features.rewrite.tray import Tray
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.samples_view import SamplesView
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.editing import RewriteError
from stylestudio.editing.keys import layer_sides, usual_layer
from stylestudio.editing.rewrite_sheet import SHOWN
from stylestudio.editing.rewriting import MOST_DIRECTIONS, RANK, RewriteSettings
from stylestudio.recipe import SeedSource, label_of
from stylestudio.recipe.edits import LONGEST_NAME

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.features.rewrite.rewriter import Rewriter
    from stylestudio.editing import Rewrite
    from stylestudio.editing.rewrite_folder import Trays
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

LARGEST_SHEET = 300  # pixels of its side
NAME = "new rule"
NO_COPY = "Turn on the brush, paint over what the model should draw, and add it to Copy."
NO_PLACE = "On some other pictures, paint where it should draw that, and add them to Context."
COMPARE = "Hold the samples to see how they were"
READY = "Rewrite makes the model draw Copy wherever it finds the context, in every picture."
TRAYS = (
    ("copy", "Copy", "what to draw", "One picture, with the region that should be drawn elsewhere"),
    (
        "paste",
        "Paste",
        "where to try it (optional)",
        "Where the copied region goes while the change is learned; if empty, over the context",
    ),
    (
        "context",
        "Context",
        "wherever this is: 4 to 6 pictures",
        "What these places have in common says where the rule applies; if empty, Paste is taken",
    ),
)


class RewritePanel(Panel):
    """Runs rewritings through a `Rewriter`; the result becomes a delta of the recipe."""

    said = Signal(str)
    dropping_asked = Signal()  # `begin` once it may drop what can be continued

    def __init__(self, document: Document, rewriter: Rewriter) -> None:
        super().__init__(document)
        self._rewriter = rewriter
        self._trouble = ""  # why this model can't be rewritten
        self._sheet: object = None  # the one on show
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setProperty("muted", True)
        self.paint = QPushButton(icon("brush", checked="on_accent"), "Brush")
        self.paint.setCheckable(True)
        self.paint.setToolTip("Paint a region on the picture; the right button erases")
        self.trays = {id_: Tray(id_, *words) for id_, *words in TRAYS}
        self.layer = QComboBox()
        self.layer.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.layer.setAccessibleName("Layer")
        self.layer.setToolTip(
            "The layer whose weights change: coarse ones hold large things, fine ones small things"
        )
        self.rank = QSpinBox()
        self.rank.setRange(1, MOST_DIRECTIONS)
        self.rank.setValue(RANK)
        self.rank.setPrefix("Rank ")
        self.rank.setAccessibleName("Rank")
        self.rank.setToolTip("How many directions change: higher ranks change more, elsewhere too")
        for box in (self.layer, self.rank):
            WheelGuard(box)
        self.name = QLineEdit(NAME)
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(NAME)
        self.name.setAccessibleName("Name of the rule")
        self.name.setToolTip("A rule of this name is replaced; under another name, rules add up")
        self.work = RunBar(
            "Progress of the rewriting", ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        )
        self.work.go_on.setText("Continue")
        self.work.scrub.hide()
        self.samples = SamplesView(
            "Samples after the rewriting",
            "Seeds you have not painted on. Hold the mouse button or Space to see them before; "
            "double-click one to go there",
            SHOWN,
            LARGEST_SHEET,
        )
        self.figures = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        self.figures.set_tip(
            "How much these samples change on average, of 255 levels: where the model takes the "
            "picture for the context, and everywhere else"
        )
        below = QVBoxLayout()
        self.kept = KeptDelta(self.document, below)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.paint)
        for tray in self.trays.values():
            self.column.addWidget(tray)
        choices = QHBoxLayout()
        choices.setSpacing(4)
        choices.addWidget(self.layer, 1)
        choices.addWidget(self.rank)
        self.column.addLayout(choices)
        self.column.addWidget(self.name)
        for shown in (self.work, self.samples, self.figures):
            self.column.addWidget(shown)
        self.column.addLayout(below)
        self.column.addStretch(1)

    def _connect(self) -> None:
        self._rewriter.trays_changed.connect(self._refresh)
        self._rewriter.left_changed.connect(self._refresh)
        self._rewriter.moved.connect(self._refresh)
        self._rewriter.found.connect(self._on_found)
        self.name.returnPressed.connect(self._on_return)
        self.work.start_asked.connect(self._on_start)
        self.work.stop_asked.connect(self._rewriter.stop)
        self.work.go_on.clicked.connect(self._on_go_on)
        self.samples.chosen.connect(self._on_sample)

    # --- what is told --------------------------------------------------------------------

    def show_model(self, model: Model) -> None:
        """Offer the layers of a model, or say why it can't be rewritten."""
        self.paint.setChecked(False)
        with QSignalBlocker(self.layer):
            self.layer.clear()
            try:
                usual, self._trouble = usual_layer(model), ""
            except RewriteError as error:
                self._trouble = str(error)
            else:
                sides = layer_sides(model)
                self.layer.addItem(f"Best layer ({sides[usual]} px)", None)
                for name, side in sides.items():
                    self.layer.addItem(f"{name} ({side} px)", name)
        self._refresh()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the amount of the rule, as long as the recipe has it."""
        self.kept.show_recipe(recipe)

    @Slot(object)
    def _on_found(self, found: Rewrite) -> None:
        """Put the rule into the picture, in place of one of its name."""
        delta, (recipe, model) = found.delta, (self.document.recipe, self.document.model)
        if recipe is None or model is None or delta.model_sha256 != model.sha256:
            return  # another model was opened meanwhile
        self.kept.put(delta, "Rewrite", in_place_of=delta.name)
        self.said.emit(f"Kept {self.kept.name}; the Weights dock has its amount and layers")

    # --- hands ---------------------------------------------------------------------------

    @Slot()
    def _on_return(self) -> None:
        if self.work.start.isEnabled() and not self._rewriter.is_running:
            self._on_start()

    @Slot()
    def _on_start(self) -> None:
        if self._rewriter.would_drop:
            self.dropping_asked.emit()
        else:
            self.begin()

    @Slot()
    def begin(self) -> None:
        """Rewrite the rule anew."""
        pair = self._seeded()
        if pair is not None:
            settings = RewriteSettings(
                layer=self.layer.currentData(),
                rank=self.rank.value(),
                name=self.name.text().strip() or NAME,
            )
            self._rewriter.start(pair, settings)

    @Slot()
    def _on_go_on(self) -> None:
        pair = self._seeded()
        if pair is not None:
            self._rewriter.go_on(pair)

    @Slot(int)
    def _on_sample(self, place: int) -> None:
        """Show a sample on the canvas."""
        run, recipe = self._rewriter.run, self.document.recipe
        if run is None or run.samples is None or recipe is None:
            return
        seed = run.samples.seeds[place]
        source = SeedSource(seed, label_of(run.pair.recipe.source))
        shown = with_seed(recipe, source, self.document.last_of_seeds())
        self.document.set(shown, f"Show seed {seed}")

    def _seeded(self) -> ModelRecipe | None:
        """What is on show with a seed for its source, as samples are."""
        current = self.document.current
        return None if current is None else ModelRecipe(current.model, self.document.seeded(0))

    # --- what is on show -----------------------------------------------------------------

    @Slot()
    def _refresh(self) -> None:
        """Say what is painted, what can be done, and how far it is."""
        rewriter, trays = self._rewriter, self._rewriter.trays
        running = rewriter.is_running
        for id_, tray in self.trays.items():
            tray.show_pictures(getattr(trays, id_))
            tray.setEnabled(not self._trouble)
        for widget in (self.paint, self.layer, self.rank, self.name):
            widget.setEnabled(not self._trouble and (widget is self.paint or not running))
        lacking = self._trouble or _lacking(trays)
        self.hint.setText(lacking or READY)
        self.work.start.setEnabled(running or not lacking)
        self.work.show_task(
            rewriter.task,
            COMPARE if rewriter.run and rewriter.run.sheet else "",
            "Rewrite",
            lacking or "Make the model draw what you copied wherever it finds the context",
        )
        self.work.go_on.setVisible(rewriter.can_go_on(self.document.model))
        if left := rewriter.left:
            self.work.go_on.setToolTip(f"Continue {left.settings.name}: {left.done:.0%} is done")
        self._show_sheet()

    def _show_sheet(self) -> None:
        run = self._rewriter.run
        samples, sheet = (run.samples, run.sheet) if run else (None, None)
        shown = sheet or samples
        if shown is self._sheet:
            return
        self._sheet = shown
        if samples is None:
            self.samples.show_image(QImage())
        elif sheet is None:
            self.samples.show_image(to_qimage(samples.before))
        else:
            self.samples.show_image(to_qimage(sheet.picture), to_qimage(samples.before))
        if samples is not None and sheet is None:
            focus = QApplication.focusWidget()
            if focus is not None and self.isAncestorOf(focus):
                self.samples.setFocus()  # a dock keeps what has the focus in sight
            self.scroll_to(self.figures)
            self.scroll_to(self.work)  # Stop stays in sight, should there be no room for both
        self.figures.setText(
            f"{sheet.acting:.1f} levels in the context, {sheet.elsewhere:.1f} elsewhere"
            if sheet
            else ""
        )


def _lacking(trays: Trays) -> str:
    if not trays.copy:
        return NO_COPY
    return "" if trays.context or trays.paste else NO_PLACE

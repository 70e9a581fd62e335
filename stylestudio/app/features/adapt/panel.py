"""The Adapt dock: what the model shall become, its samples on the way, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.kept_delta import KeptDelta
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.run_bar import RunBar
from stylestudio.app.features.adapt.adapt_run import Asked
from stylestudio.app.features.adapt.picture_list import PictureList
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.number_box import CountBox
from stylestudio.app.widgets.samples_view import SamplesView
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.text.adapting import SHOWN, AdaptSettings
from stylestudio.text.model import BUILT_IN

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.features.adapt.adapter import Adapter
    from stylestudio.recipe import Recipe
    from stylestudio.render import Delta, Model
    from stylestudio.text.adapt_folder import KeptSnapshot
    from stylestudio.text.layer_choice import Layers

TEXT_MODELS = "text models"  # of the settings: files that were opened for words
LAYERS: tuple[tuple[str, Layers, str], ...] = (
    (
        "Best layers",
        "auto",
        "With words, the layers that matter most at each step; with pictures, all of them",
    ),
    ("All layers", "all", "Shapes and colours alike"),
    ("Coarse layers", "coarse", "Pose and large shapes"),
    ("Middle layers", "middle", "Features"),
    ("Fine layers", "fine", "Colours and textures"),
)


class AdaptPanel(Panel):
    """Runs one adaptation through an `Adapter`; what is kept is a delta of the recipe."""

    pictures_asked = Signal()
    dropping_asked = Signal()  # `begin` once it may drop what can be continued
    started = Signal()
    said = Signal(str)

    def __init__(self, document: Document, adapter: Adapter, settings: Settings) -> None:
        super().__init__(document)
        self._adapter = adapter
        self._settings = settings
        self._count = 0  # of snapshots on show
        self._shown: Path | None = None  # the sheet on show
        self._kept_among: list[KeptSnapshot] = []  # which the delta that was kept last is one of
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.text_model = _narrow("Text model", "What reads words and looks at pictures")
        self.words = QLineEdit()
        self.words.setPlaceholderText("green hair")
        self.words.setAccessibleName("What it should become")
        self.words.setToolTip(
            "What the model's pictures should show, in words the text model knows"
        )
        self.instead_of = QLineEdit()
        self.instead_of.setPlaceholderText("brown hair")
        self.instead_of.setAccessibleName("Instead of")
        self.instead_of.setToolTip(
            "What they show now; the change leads from this to the words above"
        )
        self.pictures = PictureList()
        self.layers = _narrow("Layers that may change", "")
        for row, (text, layers, tip) in enumerate(LAYERS):
            self.layers.addItem(text, layers)
            self.layers.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        self.steps = CountBox()
        self.steps.setRange(10, 10_000)
        self.steps.setSingleStep(10)
        self.steps.setValue(AdaptSettings().steps)
        self.steps.setSuffix(" steps")
        self.steps.setAccessibleName("Steps")
        self.work = RunBar("Progress of the adaptation", ElidedLabel())
        self.work.go_on.setText("Continue")
        self.work.scrub.setAccessibleName("Snapshots to choose from")
        self.work.scrub.setToolTip("Go back to an earlier step: the best one is often not the last")
        self.samples = SamplesView(
            "Samples of the adapted model", "Nine seeds, the same at every step", SHOWN
        )
        self.figures = ElidedLabel()
        self.figures.set_tip(
            "Likeness to what was asked for, at most 1; and how much the samples still differ "
            "from each other, compared with the model's own"
        )
        self.keep = QPushButton("Keep")
        self.keep.setToolTip("Put this step into the picture, with an amount from 0 to 1")
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Text model", self.text_model)
        form.addRow("Become", self.words)
        form.addRow("Instead of", self.instead_of)
        choices, end = QHBoxLayout(), QHBoxLayout()
        choices.addWidget(self.layers, 1)
        choices.addWidget(self.steps)
        end.addWidget(self.figures, 1)
        end.addWidget(self.keep)
        below = QVBoxLayout()
        self.kept = KeptDelta(self.document, below)
        self.column.addLayout(form)
        self.column.addWidget(self.pictures)
        self.column.addLayout(choices)
        self.column.addWidget(self.work)
        self.column.addWidget(self.samples)
        self.column.addLayout(end)
        self.column.addLayout(below)
        self.column.addStretch(1)

    def _connect(self) -> None:
        adapter = self._adapter
        adapter.moved.connect(self._on_moved)
        adapter.left_changed.connect(self._refresh)
        adapter.kept.connect(self._on_kept)
        self.words.textChanged.connect(self._refresh)
        self.words.returnPressed.connect(self._on_return)
        self.pictures.changed.connect(self._refresh)
        self.pictures.add_asked.connect(self.pictures_asked)
        self.work.start_asked.connect(self._on_start)
        self.work.stop_asked.connect(adapter.stop)
        self.work.go_on.clicked.connect(self._on_go_on)
        self.work.scrubbed.connect(self._show_chosen)
        self.keep.clicked.connect(self._on_keep)

    def show_model(self, model: Model) -> None:
        """Belong to this model."""
        self._adapter.follow_model(model)
        self._on_moved()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the amount of what was kept, as long as the recipe has it."""
        self.kept.show_recipe(recipe)

    def showEvent(self, event: QShowEvent) -> None:
        """Offer the text models that were opened elsewhere meanwhile."""
        super().showEvent(event)
        if not self._adapter.is_running:
            self._fill_text_models()

    # --- what the adapter tells ----------------------------------------------------------

    @Slot()
    def _on_moved(self) -> None:
        """Show what is new: the bar, and the newest samples unless an earlier step is on show."""
        at_end = self.work.is_at_end
        self._count = len(self._adapter.snapshots)
        self.work.show_count(self._count, self._count - 1 if at_end else None)
        self._show_chosen()
        self._refresh()

    @Slot(object)
    def _on_kept(self, delta: Delta) -> None:
        recipe, model = self.document.recipe, self.document.model
        if recipe is None or model is None:
            return
        if delta.model_sha256 != model.sha256:
            return  # another model was opened meanwhile
        snapshots = self._adapter.snapshots
        same = not set(snapshots).isdisjoint(self._kept_among)  # another step takes its place
        self._kept_among = snapshots
        self.kept.put(delta, "Adapt to", in_place_of=self.kept.name if same else "")
        self.said.emit(f"Kept {self.kept.name}; its amount goes from 0 to 1")

    # --- hands ---------------------------------------------------------------------------

    @Slot()
    def _on_return(self) -> None:
        if self.work.start.isEnabled() and not self._adapter.is_running:
            self._on_start()

    @Slot()
    def _on_start(self) -> None:
        if self._adapter.would_drop:
            self.dropping_asked.emit()
        else:
            self.begin()

    @Slot()
    def begin(self) -> None:
        """Adapt the model anew."""
        model = self.document.model
        if model is not None:
            self._adapter.start(model, self._asked())
            self._on_moved()
            self.started.emit()

    @Slot()
    def _on_go_on(self) -> None:
        if self.document.model is not None:
            self._choose_text_model_of_left()
            self._adapter.go_on(self.document.model, self._asked())
            self._on_moved()
            self.started.emit()

    @Slot()
    def _on_keep(self) -> None:
        if chosen := self._chosen():
            self._adapter.keep(chosen)

    def _choose_text_model_of_left(self) -> None:
        """Choose the file that what was left began with, where it was opened before."""
        left = self._adapter.left
        for file in self._settings.known(TEXT_MODELS):
            if left is not None and file.sha256 == left.text_sha256:
                if self.text_model.findData(file.path) < 0:  # many were opened since
                    self.text_model.addItem(file.name, file.path)
                self.text_model.setCurrentIndex(self.text_model.findData(file.path))
                return

    def _asked(self) -> Asked:
        return Asked(
            text=self.text_model.currentData(),
            words=self.words.text(),
            instead_of=self.instead_of.text(),
            pictures=self.pictures.paths,
            layers=self.layers.currentData(),
            steps=self.steps.value(),
        )

    # --- what is on show -----------------------------------------------------------------

    def _chosen(self) -> KeptSnapshot | None:
        snapshots, place = self._adapter.snapshots, self.work.scrub.value()
        return snapshots[place] if place < len(snapshots) else None

    @Slot()
    def _show_chosen(self) -> None:
        chosen = self._chosen()
        sheet = chosen.sheet if chosen else None
        if sheet != self._shown:
            self._shown = sheet
            self.samples.show_image(to_qimage(chosen.picture()) if chosen else QImage())
        self.figures.setText(
            f"Step {chosen.step} · likeness {chosen.likeness:.2f} · variety {chosen.variety:.0%}"
            if chosen
            else ""
        )

    def _fill_text_models(self) -> None:
        now = self.text_model.currentData()
        files = self._settings.recents(TEXT_MODELS)
        self.text_model.clear()
        self.text_model.addItem(BUILT_IN.capitalize(), BUILT_IN)
        for file in files:
            self.text_model.addItem(file.name, file.path)
        self.text_model.setCurrentIndex(max(0, self.text_model.findData(now)))

    @Slot()
    def _refresh(self) -> None:
        """Say what can be done, and how far it is."""
        adapter, model = self._adapter, self.document.model
        running, has_pictures = adapter.is_running, bool(self.pictures.paths)
        for widget in (self.text_model, self.pictures, self.layers, self.steps):
            widget.setEnabled(not running)
        for line in (self.words, self.instead_of):
            line.setEnabled(not running and not has_pictures)
        self.work.start.setEnabled(running or has_pictures or bool(self.words.text().strip()))
        self.work.show_task(
            adapter.task,
            "Choose a step, then keep it" if self._count else "Type words, or drop pictures",
            "Adapt",
            "Teach a copy of the model; the model itself stays as it is",
        )
        self.work.go_on.setVisible(adapter.can_go_on(model))
        if left := adapter.left:
            self.work.go_on.setToolTip(f"Continue from step {left.step} of {left.settings.steps}")
        self.keep.setEnabled(bool(self._count))


def _narrow(name: str, tip: str) -> QComboBox:
    """A box whose long entries widen no dock."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    WheelGuard(box)
    return box

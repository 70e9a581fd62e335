"""The photo dock: frame a photo, watch its inversion, stop, drag back, mix the result."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QWidget,
)

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import finest_amounts
from stylestudio.app.features.photo.framing import FramePart
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.inversion import InversionSettings, Steering
from stylestudio.recipe import MixRow

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.photo.inverter import Inverter
    from stylestudio.app.features.photo.loss_curve import LossCurve
    from stylestudio.inversion import Method, Photo, Snapshot
    from stylestudio.inversion.unfinished import UnfinishedInversion
    from stylestudio.recipe import Source
    from stylestudio.render import Model

METHODS: dict[str, Method] = {
    "One w for each layer": "w+",
    "One w": "w",
    "Tune the weights, too": "tune",
}
EDITABILITY = 0.25


class InversionPanel(Panel):
    """Runs one inversion through an `Inverter`; its results are sources like any other."""

    compare_asked = Signal(object)  # QImage of the photo in its frame, or None to end it

    def __init__(self, document: Document, inverter: Inverter, thumbnails: Thumbnails) -> None:
        super().__init__(document)
        self._thumbnails = thumbnails
        self._inverter = inverter
        self._steering = Steering(EDITABILITY)
        self._gesture = 0  # of the run, so that it is one undo step
        self._settings = InversionSettings()  # of the last run
        self._shown: Source | None = None  # what this panel last put into the document
        self._chosen: Snapshot | None = None  # where the scrub bar is
        self._unfinished: UnfinishedInversion | None = None
        self.curve: LossCurve | None = None
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.framing = FramePart(self._thumbnails)
        self.resume = QPushButton()
        self.resume.hide()
        self.method = QComboBox()
        self.method.addItems(list(METHODS))
        self.method.setAccessibleName("What the inversion finds")
        self.method.setToolTip(
            "One w for each layer lies in W+, one w in W; tuning the weights as well is PTI"
        )
        WheelGuard(self.method)
        self.steps = QSpinBox()
        self.steps.setRange(10, 5000)
        self.steps.setValue(200)
        self.steps.setSuffix(" steps")
        self.steps.setAccessibleName("Steps")
        WheelGuard(self.steps)
        self.search = QCheckBox("Search the frame")
        self.search.setToolTip("Find position, size and angle together with the latent")
        self.start = QPushButton("Invert photo")
        self.go_on = QPushButton("Go on from here")
        self.editability = ValueRow(
            "Easy to edit",
            (0.0, 1.0),
            EDITABILITY,
            tip="0 is closest to the photo, 1 easiest to edit: the latent stays near usual ones, "
            "so that mixing and truncation act on it as on the model's own pictures",
        )
        self.scrub = QSlider(Qt.Orientation.Horizontal)
        self.scrub.setAccessibleName("Steps that can be gone back to")
        self.state = QLabel()
        self.state.setProperty("muted", True)
        self.tuned = QCheckBox("Tuned weights")
        self.tuned.setChecked(True)
        self.compare = QCheckBox("Compare with photo")
        self.mix = QPushButton(icon("add"), "Add to the mix")
        self.mix.setToolTip("Lay it over the picture on show, starting with its finest layers")
        for widget in (
            self.resume,
            self.framing,
            _row(self.method, self.steps),
            self.search,
            _row(self.start, self.go_on),
            self.editability,
            self.scrub,
            self.state,
            self.tuned,
            self.compare,
            self.mix,
        ):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def _connect(self) -> None:
        inverter = self._inverter
        inverter.photo_opened.connect(self._on_photo)
        inverter.moved.connect(self._on_moved)
        inverter.ended.connect(self._refresh)
        self.framing.chosen.connect(self._on_framed)
        self.start.clicked.connect(self._on_start)
        self.go_on.clicked.connect(self._on_go_on)
        self.resume.clicked.connect(self._on_resume)
        self.editability.edited.connect(self._on_editability)
        self.scrub.valueChanged.connect(self._on_scrub)
        self.tuned.toggled.connect(self._show_chosen)
        self.compare.toggled.connect(self._on_compare)
        self.mix.clicked.connect(self._on_mix)

    def show_model(self, model: Model) -> None:
        """Give up a job in another model; offer what an earlier run left for this one."""
        self._inverter.stop()
        self.framing.show_average(model)
        self._unfinished = self._inverter.unfinished() if self._inverter.photo is None else None
        left = self._unfinished
        offered = left is not None and left.model_sha256 == model.sha256
        self.resume.setVisible(offered)
        if left and offered:
            name, step = left.photo.name or "the last photo", left.snapshot.step
            self.resume.setText(f"Go on with {name}, step {step}")

    # --- what the inverter tells ---------------------------------------------------------

    @Slot(object)
    def _on_photo(self, photo: Photo) -> None:
        if self.curve is None:
            from stylestudio.app.features.photo.loss_curve import (
                LossCurve,  # pyqtgraph takes a while
            )

            self.curve = LossCurve()
            self.column.insertWidget(self.column.indexOf(self.scrub), self.curve)
        self._chosen, self._shown = None, None
        self.resume.hide()
        self.framing.show_photo(photo)
        self.compare.setChecked(False)
        self._on_moved()

    @Slot()
    def _on_moved(self) -> None:
        """Show what is new: the curve, the bar, and the picture, while nothing else is on show."""
        found = self._inverter.checkpoints
        at_end = self._chosen is None or self.scrub.value() == self.scrub.maximum()
        with QSignalBlocker(self.scrub):
            self.scrub.setRange(0, max(0, len(found) - 1))
            if at_end:
                self.scrub.setValue(len(found) - 1)
        if self.curve:
            self.curve.show_losses(self._inverter.losses)
        if found and at_end and found[-1] is not self._chosen:
            self._chosen = found[-1]
            if self._is_on_show():
                self._show_chosen()
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        running, photo = self._inverter.is_running, self._inverter.photo
        chosen, found = self._chosen, self._inverter.checkpoints
        self.start.setText("Stop" if running else "Invert photo")
        self.start.setEnabled(photo is not None)
        self.go_on.setEnabled(chosen is not None and not running)
        self.scrub.setEnabled(len(found) > 1)
        self.tuned.setEnabled(chosen is not None and chosen.delta is not None)
        self.compare.setEnabled(chosen is not None)
        self.mix.setEnabled(chosen is not None and not running)
        self.framing.setEnabled(not running)
        for widget in (self.method, self.steps, self.search):
            widget.setEnabled(not running)
        self.state.setText(self._state_text())
        if self.curve and chosen:
            self.curve.show_step(chosen.step)

    def _state_text(self) -> str:
        if self._inverter.photo is None:
            return "Drop a photo on the window"
        stage = self._inverter.stage
        if self._chosen is None:
            return f"{stage}…" if stage else "Place the frame, then invert the photo"
        total = self._inverter.total_steps
        of = f" of {total}" if total else ""
        head = f"{stage}: step" if stage else "Step"
        return f"{head} {self._chosen.step}{of} · distance {self._chosen.loss:.4f}"

    # --- hands ---------------------------------------------------------------------------

    @Slot()
    def _on_start(self) -> None:
        if self._inverter.is_running:
            self._inverter.stop()
        else:
            self._begin(None)

    @Slot()
    def _on_go_on(self) -> None:
        self._begin(self._chosen)

    def _begin(self, start: Snapshot | None) -> None:
        model = self.document.model
        if model is not None:
            self._settings = self._settings_from(start)
            self._run(model, self.framing.weights(model.resolution), start)

    def _settings_from(self, start: Snapshot | None) -> InversionSettings:
        """What the controls ask for; a checkpoint is gone on from with steps left to do."""
        steps, more = self.steps.value(), max(10, self.steps.value() // 2)
        if start and start.stage == "tuning":
            done = start.step - self._settings.steps
            left = max(self._settings.tuning_steps, done + more)
            return dataclasses.replace(self._settings, tuning_steps=left)
        return InversionSettings(
            method=METHODS[self.method.currentText()],
            steps=max(steps, start.step + more) if start else steps,
            tuning_steps=more,
            crop=start.crop if start else self.framing.frame,
            search=self.search.isChecked() and start is None,
        )

    def _run(self, model: Model, mask: Tensor | None, start: Snapshot | None) -> None:
        self._gesture += 1
        self._chosen = start
        recipe = self.document.recipe
        self._shown = recipe.source if recipe else None  # so that what is found takes its place
        self._inverter.start(model, self._settings, self._steering, mask, start)
        self._refresh()

    def _is_on_show(self) -> bool:
        """Whether the picture still shows what this panel last put there."""
        recipe = self.document.recipe
        return recipe is not None and recipe.source == self._shown

    @Slot()
    def _show_chosen(self) -> None:
        """Put the chosen checkpoint into the picture, exactly as it was found."""
        recipe, photo, chosen = self.document.recipe, self._inverter.photo, self._chosen
        if recipe is None or photo is None or chosen is None:
            return
        self._shown = chosen.source(photo.name, tuned=self.tuned.isChecked())
        shown = recipe.replace(
            source=self._shown, truncation_psi=1.0, truncation_cutoff=None, noise_mode="const"
        )
        self.document.set(shown, f"Invert {photo.name}", ("invert", self._gesture))
        self.framing.set_frame(chosen.crop)

    @Slot()
    def _on_resume(self) -> None:
        session, model = self._unfinished, self.document.model
        if session is None or model is None:
            return
        self._inverter.take_photo(session.photo)
        self.framing.set_frame(session.snapshot.crop)
        self._steering.editability = session.steering.editability
        self.editability.set_value(session.steering.editability)
        self._settings = session.settings
        self._run(model, session.mask, session.snapshot)

    @Slot(object)
    def _on_framed(self, _frame: object) -> None:
        self._on_compare(self.compare.isChecked())

    @Slot(float, object)
    def _on_editability(self, value: float, _gesture: object) -> None:
        self._steering.editability = value  # a running job follows at its next step

    @Slot(int)
    def _on_scrub(self, position: int) -> None:
        found = self._inverter.checkpoints
        if 0 <= position < len(found):
            self._chosen = found[position]
            self._inverter.keep(self._chosen)
            self._show_chosen()
            self._refresh()

    @Slot(bool)
    def _on_compare(self, on: bool) -> None:
        model, photo = self.document.model, self._inverter.photo
        if not on or model is None or photo is None:
            self.compare_asked.emit(None)
            return
        frame = self._chosen.crop if self._chosen else self.framing.frame
        self.compare_asked.emit(self.framing.framed(frame, model.resolution))

    @Slot()
    def _on_mix(self) -> None:
        recipe, model, photo = self.document.recipe, self.document.model, self._inverter.photo
        if not (recipe and model and photo and self._chosen):
            return
        self._inverter.keep(self._chosen)
        source = self._chosen.source(photo.name, tuned=self.tuned.isChecked())
        row = MixRow(source, finest_amounts(model))
        self.edit(f"Mix {photo.name}", mixing=(*recipe.mixing, row))


def _row(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget, 1)
    return holder

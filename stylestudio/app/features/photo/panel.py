"""The photo dock: frame a photo, watch its inversion, stop, drag back, mix the result."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.hand import is_pressing
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import finest_amounts
from stylestudio.app.core.run_bar import RunBar
from stylestudio.app.core.sources_at_hand import AtHand
from stylestudio.app.features.photo.found_recipe import by_itself
from stylestudio.app.features.photo.framing import FramePart
from stylestudio.app.features.photo.inversion_controls import (
    LikenessSlider,
    MethodBox,
    NarrowBox,
    StepsBox,
    in_a_row,
)
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.theme import icon
from stylestudio.inversion import InversionSettings, Steering
from stylestudio.inversion.unfinished import UnfinishedError
from stylestudio.recipe import MixRow

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from stylestudio.app.core.canvas_tools import CanvasTools
    from stylestudio.app.core.document import Document
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.app.features.photo.inverter import Inverter
    from stylestudio.app.features.photo.loss_curve import LossCurve
    from stylestudio.inversion import Crop, Photo, Snapshot
    from stylestudio.recipe import LatentSource, Recipe, Source
    from stylestudio.render import Model

SEARCH_TIP = "Find position, size and angle of the crop together with the latent"
PAINTED = "Clear the mask to search for the crop: what you painted would move with the crop"
LIKENESS = (
    "How close the picture is to the photo: 100 % is the same. It is exp(−distance), and the "
    "distance that the inversion measures is {:.4f}."
)


class InversionPanel(Panel):
    """Runs one inversion through an `Inverter`; its results are sources like any other."""

    compare_asked = Signal(object)  # QImage of the photo in its crop, or None to end it
    mixed = Signal(str)  # a sentence

    def __init__(
        self,
        document: Document,
        inverter: Inverter,
        thumbnails: Thumbnails,
        canvas_tools: CanvasTools,
    ) -> None:
        super().__init__(document)
        self._inverter = inverter
        self._steering = Steering()
        self._gesture = 0  # of the run, so that it is one undo step
        self._settings = InversionSettings()  # of the last run
        self._shown: Source | None = None  # what this panel last put into the document
        self._is_alone = False  # whether what was found has been shown by itself
        self._chosen: Snapshot | None = None  # where the scrub bar is
        self._kept_mask: Tensor | None = None  # of a run that was kept, and is gone on with
        self._paths: list[Path] = []  # of photos to choose from
        self._compared: Crop | None = None  # what of the photo lies beside the picture
        self.curve: LossCurve | None = None
        self.framing = FramePart(thumbnails, canvas_tools, inverter.finder)
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.photos = NarrowBox()
        self.photos.setAccessibleName("Photos opened together")
        self.photos.setToolTip("The photos you opened together; choose the one to invert")
        self.photos.hide()
        self.resume = QPushButton()
        self.resume.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.resume.hide()
        self.method = MethodBox()
        self.steps = StepsBox()
        self.search = QCheckBox("Search for the crop")
        self.editability = LikenessSlider()
        self.tuned = QCheckBox("Tuned weights")
        self.tuned.setChecked(True)
        self.tuned.setToolTip(
            "Show the result with the tuned weights (PTI), or with the original model"
        )
        self.compare = QCheckBox("Compare with photo")
        self.compare.setToolTip("Show the photo beside the picture, with a divider to drag")
        self.mix = QPushButton(icon("add"), "Add to the mix")
        self.mix.setToolTip("Mix it into the current picture, starting with its finest layers")
        self._state = ElidedLabel()
        self.work = RunBar("Progress of the inversion", self._state)
        self._contents = QWidget()
        self._list = QVBoxLayout(self._contents)
        self._list.setContentsMargins(12, 6, 12, 6)
        self._list.setSpacing(8)
        for widget in (
            self.photos,
            self.resume,
            self.framing,
            in_a_row(self.method, self.steps),
            self.editability,
            self.search,
            self.tuned,
            self.compare,
            self.mix,
        ):
            self._list.addWidget(widget)
        self._list.addStretch(1)
        self.area = QScrollArea()
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is inside takes it
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(self._contents)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(self.area, 1)
        self.work.setContentsMargins(12, 6, 12, 8)
        self.column.addWidget(self.work)

    def _connect(self) -> None:
        inverter = self._inverter
        inverter.photos_listed.connect(self._on_listed)
        inverter.photo_opened.connect(self._on_photo)
        inverter.left_changed.connect(self._offer_left)
        inverter.moved.connect(self._on_moved)
        inverter.ended.connect(self._refresh)
        self.photos.activated.connect(self._on_photo_chosen)
        self.framing.chosen.connect(self._compare)
        self.framing.picture.brush.painted.connect(self._refresh)
        self.work.start_asked.connect(self._on_start)
        self.work.stop_asked.connect(inverter.stop)
        self.work.go_on.clicked.connect(self._on_go_on)
        self.work.scrubbed.connect(self._on_scrub)
        self.resume.clicked.connect(self._on_resume)
        self.editability.value.edited.connect(self._on_editability)
        self.tuned.toggled.connect(self._show_chosen)
        self.compare.toggled.connect(self._on_compare)
        self.mix.clicked.connect(self._on_mix)

    def show_model(self, model: Model) -> None:
        """Belong to this model: forget what was found in another, offer what was left for it."""
        self._inverter.follow_model(model)
        self.framing.show_average(model)
        if self._inverter.run is None:
            self._forget()
        self._offer_left()

    # --- what the inverter tells ---------------------------------------------------------

    @Slot(object)
    def _on_listed(self, paths: list[Path]) -> None:
        self._paths = paths
        self.photos.clear()
        self.photos.addItems([path.name for path in paths])
        self.photos.setVisible(len(paths) > 1)

    @Slot(object)
    def _on_photo(self, photo: Photo) -> None:
        if self.curve is None:
            from stylestudio.app.features.photo.loss_curve import (
                LossCurve,  # pyqtgraph takes a while
            )

            self.curve = LossCurve()
            self._list.insertWidget(self._list.indexOf(self.tuned), self.curve)
        self.framing.show_photo(photo)
        self._forget()
        self._offer_left()
        self.area.verticalScrollBar().setValue(0)

    @Slot()
    def _on_moved(self) -> None:
        """Show what is new: the curve, the bar, and the picture, while nothing else is on show."""
        at_end = self._chosen is None or self.work.is_at_end
        found = self._show_found(at_end=at_end)
        waits = self._inverter.is_running and is_pressing()  # so that a drag stays one undo step
        if found and at_end and not waits and found[-1] is not self._chosen:
            self._chosen = found[-1]
            if self._is_on_show():
                self._show_chosen()
        self._refresh()

    def _show_found(self, *, at_end: bool) -> list[Snapshot]:
        """Draw the curve, offer the steps to go back to, and return them."""
        run = self._inverter.run
        found = [] if run is None else run.snapshots[:]  # the thread at work adds to it
        self.work.show_count(len(found), len(found) - 1 if at_end else None)
        if self.curve:
            self.curve.show_losses([] if run is None else run.losses[:])
        return found

    @Slot()
    def _offer_left(self) -> None:
        left, model = self._inverter.left, self.document.model
        offered = (
            left is not None
            and model is not None
            and left.model_sha256 == model.sha256
            and self._inverter.run is None
        )
        self.resume.setVisible(offered)
        if left and offered:
            name, step = left.photo.name or "the last photo", left.snapshot.step
            self.resume.setText(f"Continue {name}, step {step}")
            self.resume.setToolTip(self.resume.text())

    def _forget(self) -> None:
        """Show no results: there are none for this photo in this model yet."""
        self._chosen, self._shown = None, None
        self.compare.setChecked(False)
        self._on_moved()

    @Slot()
    def _refresh(self) -> None:
        running, chosen = self._inverter.is_running, self._chosen
        photo = self._inverter.photo
        self.work.start.setEnabled(photo is not None)
        self.work.go_on.setEnabled(chosen is not None and not running)
        idle, likeness = "Place the crop, then invert the photo", None
        if photo is None:
            idle = "Drop a photo on the window"
        elif chosen is not None:
            likeness = math.exp(-chosen.loss)
            idle = f"Step {chosen.step} · likeness {likeness:.0%}"
        self.work.show_task(
            self._inverter.task,
            idle,
            "Invert photo",
            "Find the photo in this model",
            likeness=likeness,
        )
        figure = "" if chosen is None else LIKENESS.format(chosen.loss)
        self.work.bar.setToolTip(figure)
        self._state.set_tip(figure)
        self.tuned.setEnabled(chosen is not None and chosen.delta is not None)
        self.compare.setEnabled(chosen is not None)
        self.mix.setEnabled(chosen is not None and not running)
        self.framing.set_available(has_photo=photo is not None, busy=running)
        for widget in (self.method, self.steps):
            widget.setEnabled(not running)
        painted = self.framing.picture.brush.marks is not None  # and cut for one crop
        self.search.setEnabled(not running and not painted)
        self.search.setToolTip(PAINTED if painted else SEARCH_TIP)
        if self.curve and chosen:
            self.curve.show_step(chosen.step)
        self._compare()

    # --- hands ---------------------------------------------------------------------------

    @Slot(int)
    def _on_photo_chosen(self, index: int) -> None:
        self._inverter.open_photo(self._paths[index]).failed.connect(self._name_photo)

    @Slot()
    def _name_photo(self) -> None:
        """Choose the photo to be inverted, if it is one of those to choose from."""
        photo = self._inverter.photo
        self.photos.setCurrentIndex(self.photos.findText(photo.name) if photo else -1)

    @Slot()
    def _on_start(self) -> None:
        self._kept_mask = None
        self._begin(None)

    @Slot()
    def _on_go_on(self) -> None:
        self._begin(self._chosen)

    def _begin(self, start: Snapshot | None) -> None:
        model = self.document.model
        if model is not None:
            self._settings = self._settings_from(start)
            self._run(model, self._mask_for(start, model.resolution), start)

    def _mask_for(self, start: Snapshot | None, resolution: int) -> Tensor | None:
        """What is painted, cut as the run is that goes on; or what was when it was kept."""
        if start is None:
            return self.framing.weights(resolution)
        painted = self.framing.weights(resolution, start.crop)
        return self._kept_mask if painted is None else painted

    def _settings_from(self, start: Snapshot | None) -> InversionSettings:
        """What the controls ask for; a snapshot is gone on from with steps left to do."""
        steps, more = self.steps.value(), max(10, self.steps.value() // 2)
        if start and start.stage == "tuning":
            done = start.step - self._settings.steps
            left = max(self._settings.tuning_steps, done + more)
            return dataclasses.replace(self._settings, tuning_steps=left)
        return InversionSettings(
            method=self.method.currentData(),
            steps=max(steps, start.step + more) if start else steps,
            tuning_steps=more,
            crop=start.crop if start else self.framing.frame,
            search=self.search.isChecked() and self.search.isEnabled() and start is None,
        )

    def _run(self, model: Model, mask: Tensor | None, start: Snapshot | None) -> None:
        self._gesture += 1
        self._chosen = start
        self._is_alone = False
        recipe = self.document.recipe
        self._shown = recipe.source if recipe else None  # so that what is found takes its place
        self._inverter.start(model, self._settings, self._steering, mask, start)
        self._show_chosen()  # the result, should it be stopped before there is another
        self.resume.hide()
        self._show_found(at_end=True)
        self._refresh()

    def _is_on_show(self) -> bool:
        """Whether the picture still shows what this panel last put there."""
        recipe = self.document.recipe
        return recipe is not None and recipe.source == self._shown

    @Slot()
    def _show_chosen(self) -> None:
        """Put the chosen snapshot into the picture: by itself, until something is mixed again."""
        recipe, photo, chosen = self.document.recipe, self._inverter.photo, self._chosen
        if recipe is None or photo is None or chosen is None:
            return
        source = chosen.source(photo.name, tuned=self.tuned.isChecked())
        if self._is_alone and self._is_on_show():
            shown = recipe.replace(source=source)
        else:
            shown = by_itself(recipe, source)
        self._shown, self._is_alone = source, True
        self.document.set(shown, f"Invert {photo.name}", ("invert", self._gesture))
        self.framing.set_frame(chosen.crop)

    @Slot()
    def _on_resume(self) -> None:
        left, model = self._inverter.left, self.document.model
        if left is None or model is None:
            return
        try:
            left.check(model)
        except UnfinishedError as error:
            self._inverter.failed.emit(str(error))
            return
        self._inverter.take_photo(left.photo)
        self._name_photo()
        self.framing.set_frame(left.snapshot.crop)
        self._steering.editability = left.steering.editability
        self.editability.value.set_value(left.steering.editability)
        self._settings = left.settings
        self._kept_mask = left.mask
        self._run(model, left.mask, left.snapshot)

    @Slot(float, object)
    def _on_editability(self, value: float, _gesture: object) -> None:
        self._steering.editability = value  # an inversion at work follows at its next step

    @Slot(int)
    def _on_scrub(self, position: int) -> None:
        run = self._inverter.run
        if run is not None and 0 <= position < len(run.snapshots):
            self._chosen = run.snapshots[position]
            self._inverter.keep(self._chosen)
            self._show_chosen()
            self._refresh()

    @Slot(bool)
    def _on_compare(self, on: bool) -> None:
        self._compared = None
        if on:
            self._compare()
        else:
            self.compare_asked.emit(None)

    @Slot()
    def _compare(self) -> None:
        """While comparing, lay the photo beside the picture in the crop that it is shown in now."""
        model, photo = self.document.model, self._inverter.photo
        crop = self._chosen.crop if self._chosen else self.framing.frame
        if self.compare.isChecked() and model and photo and crop != self._compared:
            self._compared = crop
            self.compare_asked.emit(self.framing.framed(crop, model.resolution))

    def at_hand(self, _recipe: Recipe) -> list[AtHand]:
        """What was found for the photo, as far as the scrub bar says."""
        photo = self._inverter.photo
        if photo is None or self._chosen is None:
            return []
        return [AtHand(photo.name, self._found(photo, self._chosen))]

    def _found(self, photo: Photo, chosen: Snapshot) -> LatentSource:
        """As a source; tuned weights are kept for whoever renders it."""
        self._inverter.keep(chosen)
        return chosen.source(photo.name, tuned=self.tuned.isChecked())

    @Slot()
    def _on_mix(self) -> None:
        recipe, model, photo = self.document.recipe, self.document.model, self._inverter.photo
        if not (recipe and model and photo and self._chosen):
            return
        source = self._found(photo, self._chosen)
        row = MixRow(source, finest_amounts(model))
        self.edit(f"Mix {photo.name}", mixing=(*recipe.mixing, row))
        self.mixed.emit(f"Added {photo.name} to the mixing console")

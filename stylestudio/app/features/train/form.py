"""What a training begins with: its pictures, its name, the model it starts from, and its size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QPushButton,
)

from stylestudio.app.core.training_panel import TrainingForm
from stylestudio.app.features.train.trainings import Asked
from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.number_box import CountBox
from stylestudio.app.widgets.side_by_side import side_by_side
from stylestudio.app.widgets.small_button import small_button
from stylestudio.render import builtin_models, title_of
from stylestudio.training.adversarial.settings import (
    DEFAULT_RESOLUTION,
    DEFAULT_SIZE,
    RESOLUTIONS,
    SIZES,
)
from stylestudio.training.adversarial.starting import Start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.app.core.settings import RecentFile
    from stylestudio.app.core.trainings import Training

TOOL_TIP = Qt.ItemDataRole.ToolTipRole
NO_FOLDER = "No folder yet"
WEIGHTS = {"small": 1, "medium": 6, "large": 25, "full": 30}  # millions, about
TIPS = {
    "small": "For a processor: channel_base 2048, channel_max 128",
    "medium": "For a graphics card: channel_base 8192, channel_max 256",
    "large": "The papers' for up to 256 pixels: channel_base 16384, channel_max 512",
    "full": "The papers' for 512 and 1024 pixels: channel_base 32768, channel_max 512",
}


class TrainForm(TrainingForm):
    """Fields for a training; `asked` is what stands there."""

    folder_asked = Signal()
    model_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.pictures: Path | None = None
        self.folder = QPushButton("Folder…")
        self.folder.setToolTip("Choose the folder of pictures to train on")
        self.chosen = ElidedLabel(NO_FOLDER)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the model")
        self.name.setToolTip("What the model is called")
        self.init = ChoiceBox("Model to start from", "A trained start saves most of the time")
        self.model = small_button("folder", "Start from a model file", "Model", checkable=False)
        self.network = ChoiceBox(
            "Size of the network", "Larger networks learn more and take longer"
        )
        self._sized_for: str | None = None  # the model that the sizes are listed for
        self.side = ChoiceBox("Side of the pictures", "Side of the model's pictures, in pixels")
        for side in RESOLUTIONS:
            self.side.addItem(f"{side} px", side)
        self.side.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.side.setCurrentIndex(RESOLUTIONS.index(DEFAULT_RESOLUTION))
        self.kimg = CountBox()
        self.kimg.setRange(1, 100_000)
        self.kimg.setValue(round(Start().kimg))
        self.kimg.setSingleStep(50)
        self.kimg.setSuffix(" kimg")
        self.kimg.setAccessibleName("Length")
        self.kimg.setToolTip("How many thousand pictures to show in all; can be raised later")
        self.batch = CountBox()
        self.batch.setRange(1, 256)
        self.batch.setValue(Start().batch)
        self.batch.setPrefix("batch ")
        self.batch.setAccessibleName("Batch")
        self.batch.setToolTip("Pictures at a time; best a multiple of 4")
        self.mirror = QCheckBox("Mirrored as well")
        self.mirror.setToolTip(
            "Show every picture mirrored as well, where left and right are alike"
        )
        least = (
            (self.init, 80),
            (self.network, 110),
            (self.side, 80),
            (self.kimg, 90),
            (self.batch, 90),
        )
        for box, width in least:
            box.setMinimumWidth(width)  # docks are narrow
        self._lay_out()
        self.set_models(())
        self.folder.clicked.connect(self.folder_asked)
        self.model.clicked.connect(self.model_asked)
        self.name.textChanged.connect(self.changed)
        self.init.currentIndexChanged.connect(self._on_init)

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Pictures", side_by_side(self.chosen, self.folder))
        form.addRow("Name", self.name)
        form.addRow("Start from", side_by_side(self.init, self.model))
        form.addRow("Network", side_by_side(self.network, self.side))
        form.addRow("Length", side_by_side(self.kimg, self.batch))
        form.addRow("", self.mirror)

    def set_models(self, recents: Sequence[RecentFile]) -> None:
        """Offer what there is to start from; what is chosen stays."""
        now = self.init.currentData() or ""
        self.init.blockSignals(True)
        self.init.clear()
        self.init.addItem("Nothing", "")
        for name in builtin_models():
            self.init.addItem(title_of(name), name)
        for file in recents:
            self._add(Path(file.path))
        if now and self.init.findData(now) < 0:
            self._add(Path(now))
        self.init.setCurrentIndex(max(0, self.init.findData(now)))
        self.init.blockSignals(False)
        self._on_init()

    def put_model(self, place: str) -> None:
        """Start from a model: a file, or a built-in one by name; "" for nothing."""
        if self.init.findData(place) < 0:
            self._add(Path(place))
        self.init.setCurrentIndex(self.init.findData(place))

    def put_pictures(self, folder: Path) -> None:
        """Train on these; a new model is called after them until it gets a name."""
        before = self.pictures.name if self.pictures else ""
        self.pictures = folder
        self.chosen.setText(folder.name or str(folder))
        self.chosen.set_tip(str(folder))
        if self.name.isEnabledTo(self) and self.name.text() in ("", before):
            self.name.setText(folder.name)
        self.changed.emit()

    def lacking(self) -> str:
        """Why nothing can be begun; "" where it can."""
        return "Choose a folder of pictures" if self.pictures is None else ""

    def show_kept(self, kept: Training[Asked]) -> None:
        """Show what a training was begun with."""
        asked = kept.asked
        self.put_pictures(asked.pictures)
        self.name.setText(kept.name)
        self.put_model(asked.init)
        start = asked.start
        self.network.setCurrentIndex(self.network.findData(start.size))
        if start.resolution:
            self.side.setCurrentIndex(self.side.findData(start.resolution))
        self.kimg.setValue(round(start.kimg))
        self.batch.setValue(start.batch)
        self.mirror.setChecked(start.mirror)

    def let_change(self, *, all_of_it: bool) -> None:
        """Which fields may be changed now; always the length, and the folder, as it may move."""
        for widget in (self.name, self.init, self.model, self.batch, self.mirror):
            widget.setEnabled(all_of_it)
        self.network.setEnabled(all_of_it)
        self.side.setEnabled(all_of_it and not self.init.currentData())

    @property
    def asked(self) -> Asked | None:
        """What stands there; None without a folder."""
        if self.pictures is None:
            return None
        init = self.init.currentData()
        start = Start(
            size=self.network.currentData(),
            resolution=None if init else self.side.currentData(),
            kimg=float(self.kimg.value()),
            batch=self.batch.value(),
            mirror=self.mirror.isChecked(),
        )
        return Asked(self.pictures, init, start)

    def _add(self, path: Path) -> None:
        self.init.addItem(path.name, str(path))

    @Slot()
    def _on_init(self) -> None:
        """A model to start from has a size of its own, and its pictures have a side."""
        now = self.network.currentData() if self.network.count() else DEFAULT_SIZE
        init, before = self.init.currentData(), self._sized_for
        self._sized_for = init
        self.network.clear()
        if init:
            self.network.addItem("That model's size", None)
        for size in SIZES:
            self.network.addItem(f"{size.capitalize()}, {WEIGHTS[size]} M", size)
            tip = f"{TIPS[size]}; about {WEIGHTS[size]} million weights"
            self.network.setItemData(self.network.count() - 1, tip, TOOL_TIP)
        stays = init == before or not init
        self.network.setCurrentIndex(max(0, self.network.findData(now)) if stays else 0)
        self.side.setEnabled(not init)
        self.changed.emit()

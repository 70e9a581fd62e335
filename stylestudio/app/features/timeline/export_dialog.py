"""Asks what kind of video to write, in plain words, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from stylestudio.app.core.enlargers import known_enlargers
from stylestudio.app.core.recipes import suggested_name
from stylestudio.app.features.timeline.exporting import Order
from stylestudio.app.widgets.number_box import CountBox
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.video import CHROMAS, CODECS, QUALITIES
from stylestudio.video.codecs import LARGEST_SIDE, SMALLEST_SIDE

if TYPE_CHECKING:
    from stylestudio.app.core.enlargers import Enlarger
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.settings import Settings
    from stylestudio.video import Codec, Session, Timeline
    from stylestudio.video.codecs import Chroma

SCALES = (0.5, 1.0, 1.5, 2.0, 4.0)
SOUNDS = (
    "Sound, also of a video ("
    "*.wav *.flac *.mp3 *.m4a *.ogg *.oga *.opus *.aac *.aif *.aiff *.aifc *.wma *.ac3 *.mka *.caf "
    "*.amr *.au *.wv *.mp4 *.m4v *.webm *.mkv *.mov *.avi *.mpg *.mpeg"
    ");;All files (*)"
)
CHOICES = "export/choices"  # of the settings: codec, quality, chroma


class ExportDialog(QDialog):
    """Emits an order; does not block the window."""

    ordered = Signal(object)  # Order

    def __init__(
        self,
        current: ModelRecipe,
        session: Session,
        timeline: Timeline,
        side: int,
        settings: Settings,
        parent: QWidget,
    ) -> None:
        """`side` is that of the clip's frames in pixels."""
        super().__init__(parent)
        self._current, self._session, self._timeline = current, session, timeline
        self._settings = settings
        self._side = side
        self._sound: Path | None = None
        self.setWindowTitle("Export video")
        self.codec = self._combo("Kind of file", [codec.label for codec in CODECS.values()])
        self.quality = self._combo("Quality", list(QUALITIES.values()))
        self.chroma = self._combo("Colour", list(CHROMAS.values()))
        self._enlargers = known_enlargers(settings)
        titles = [enlarger.title for enlarger in self._enlargers]
        self.enlarger = self._combo("Enlarge by", ["Nothing", *titles])
        self.scale = self._combo("Size", [f"{s:g} ×" for s in SCALES] + ["Other"])
        self.sides = CountBox()
        self.sides.setRange(SMALLEST_SIDE, LARGEST_SIDE)
        self.sides.setSuffix(" pixels")
        self.sides.setAccessibleName("Pixels on each side")
        self.sound = QPushButton("None; choose…")
        self.sound.setAccessibleName("Sound")
        self.sound.setAutoDefault(False)  # enter exports
        self.note = QLabel()
        self.note.setProperty("muted", True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = QPushButton("Export…")
        self.buttons.addButton(self.export, QDialogButtonBox.ButtonRole.AcceptRole)
        self._lay_out()
        self.export.setDefault(True)  # once it is in the dialog
        self._restore()
        self.codec.currentIndexChanged.connect(self._on_codec)
        self.scale.currentIndexChanged.connect(self._on_scale)
        self.enlarger.currentIndexChanged.connect(self._on_scale)
        self.sides.valueChanged.connect(self._show)
        self.chroma.currentIndexChanged.connect(self._show)
        self.sound.clicked.connect(self._ask_sound)
        self.buttons.accepted.connect(self._ask_path)
        self.buttons.rejected.connect(self.reject)
        self._on_scale()
        self._on_codec()

    def _combo(self, name: str, items: list[str]) -> QComboBox:
        combo = QComboBox()
        combo.addItems(items)
        combo.setAccessibleName(name)
        WheelGuard(combo)
        return combo

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        size = QHBoxLayout()
        size.addWidget(self.scale)
        size.addWidget(self.sides, 1)
        form.addRow("Save as", self.codec)
        form.addRow("Enlarge by", self.enlarger)
        form.addRow("Size", size)
        form.addRow("Quality", self.quality)
        form.addRow("Colour", self.chroma)
        form.addRow("Sound", self.sound)
        form.addRow(self.note)
        form.addRow(self.buttons)
        self.setMinimumWidth(440)

    def _restore(self) -> None:
        """Offer what was chosen last."""
        chosen = self._settings.text(CHOICES).split("/")
        self.scale.setCurrentIndex(SCALES.index(1.0))
        self.quality.setCurrentIndex(list(QUALITIES).index("good"))
        if len(chosen) == 3:
            names: tuple[list[str], ...] = (list(CODECS), list(QUALITIES), list(CHROMAS))
            combos = (self.codec, self.quality, self.chroma)
            for combo, known, name in zip(combos, names, chosen, strict=True):
                if name in known:
                    combo.setCurrentIndex(known.index(name))

    @property
    def chosen(self) -> Codec:
        """The kind of file that is chosen."""
        return list(CODECS.values())[self.codec.currentIndex()]

    @property
    def _chroma(self) -> Chroma:
        return list(CHROMAS)[self.chroma.currentIndex()]

    @Slot()
    def _on_codec(self) -> None:
        codec = self.chosen
        self.quality.setEnabled(bool(codec.by_quality))
        self.chroma.setEnabled(bool(codec.full))
        if not codec.full:
            self.chroma.setCurrentIndex(0)
        self.sound.setEnabled(bool(codec.sound))
        self._show()

    @Slot()
    def _on_scale(self) -> None:
        index = self.scale.currentIndex()
        self.sides.setEnabled(index == len(SCALES))
        if index < len(SCALES):
            self.sides.setValue(round(self._own_side() * SCALES[index]))

    @property
    def _chosen_enlarger(self) -> Enlarger | None:
        index = self.enlarger.currentIndex()
        return self._enlargers[index - 1] if index else None

    def _own_side(self) -> int:
        """Pixels on each side of the frames, before they are resized."""
        enlarger = self._chosen_enlarger
        return self._side * (1 if enlarger is None else enlarger.scale)

    @Slot()
    def _show(self) -> None:
        count, sides, codec = self._timeline.frame_count, self.sides.value(), self.chosen
        odd = codec.needs_even(self._chroma) and sides % 2
        small = sides < codec.smallest
        said = f"{count} frames, {count / float(self._timeline.rate):.2f} s, {sides} × {sides}"
        if odd:
            said = "This kind of file needs an even number of pixels."
        if small:
            said = f"{codec.title} needs at least {codec.smallest} pixels on each side."
        self.note.setText(said)
        self.export.setEnabled(not (odd or small))

    @Slot()
    def _ask_sound(self) -> None:
        folder = self._settings.directory("sounds")
        name, _ = QFileDialog.getOpenFileName(self, "Sound", folder, SOUNDS)
        self._sound = Path(name) if name else None
        if self._sound:
            self._settings.set_directory("sounds", self._sound.parent)
        self.sound.setText(self._sound.name if self._sound else "None; choose…")

    @Slot()
    def _ask_path(self) -> None:
        codec, folder = self.chosen, Path(self._settings.directory("videos"))
        proposal = folder / (suggested_name(self._current) + codec.suffix)
        if codec.suffix:
            kinds = f"{codec.label} (*{codec.suffix})"
            path = ask_where(self, "Export video", proposal, kinds)
        else:
            path = self._ask_folder(proposal)
        if path is not None:
            self.order(path)

    def _ask_folder(self, proposal: Path) -> Path | None:
        """Ask for a folder to make."""
        dialog = QFileDialog(self, "Export video", str(proposal.parent), "Folder (*)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(proposal.name)
        return Path(dialog.selectedFiles()[0]) if dialog.exec() else None

    def order(self, path: Path) -> None:
        """Order what is chosen, to be written there."""
        codec, enlarger = self.chosen, self._chosen_enlarger
        quality = list(QUALITIES)[self.quality.currentIndex()]
        self._settings.set_directory("videos", path.parent)
        self._settings.set_text(CHOICES, "/".join((codec.name, quality, self._chroma)))
        order = Order(
            model=self._current.model,
            timeline=self._timeline,
            session=self._session,
            path=path,
            codec=codec.name,
            sides=self.sides.value(),
            quality=quality,
            chroma=self._chroma,
            sound=self._sound if codec.sound else None,
            enlarge=None if enlarger is None else enlarger.stage(),
        )
        self.ordered.emit(order)
        self.accept()

"""What moves over the whole clip: flowing noise, a psi that swings, a source that wanders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QGroupBox, QLabel, QVBoxLayout, QWidget

from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.recipe import NOISE_GRAIN_RANGE, PSI_RANGE
from stylestudio.video import NoiseFlow, PsiSweep, Wander
from stylestudio.video.moving import LAPS_RANGE, RADIUS_RANGE, SPEED_RANGE

if TYPE_CHECKING:
    from stylestudio.video import Timeline

SPEEDS, RADII, LAPS = (0.0, 4.0), (0.0, 2.0), (1.0, 8.0)  # what the sliders reach
WALKS = {"circle": "On a circle", "walk": "On a random walk"}
FRESH = {"noise": NoiseFlow(), "psi": PsiSweep(start=0.4), "wander": Wander()}


class MovementDialog(QDialog):
    """Three boxes to tick, each with its numbers; stays open beside the picture."""

    edited = Signal(object, object)  # fields of the timeline, gesture token

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Movement")
        self._timeline: Timeline | None = None
        self._rows: list[tuple[str, str, ValueRow]] = []
        self.boxes: dict[str, QGroupBox] = {}
        column = QVBoxLayout(self)
        for field, title in (
            ("noise", "Flowing noise"),
            ("psi", "Psi swings"),
            ("wander", "The source wanders"),
        ):
            self.boxes[field] = box = QGroupBox(title)
            box.setCheckable(True)
            box.setChecked(False)
            QVBoxLayout(box)
            column.addWidget(box)
        self.speed = self._row("noise", "speed", "Speed", SPEED_RANGE, 0.25, travel=SPEEDS)
        self.speed.setToolTip(
            "Turns a second; after a quarter turn, the noise is completely different."
        )
        self.grain = self._row("noise", "grain", "Grain", NOISE_GRAIN_RANGE, 1.0)
        self.seed = SeedBox("Seed of the flow")
        self._add("noise", self.seed)
        self.start = self._row("psi", "start", "From psi", PSI_RANGE, 0.4)
        self.end = self._row("psi", "end", "To psi", PSI_RANGE, 1.0)
        self.swings = self._row("psi", "swings", "Swings", LAPS_RANGE, 1.0, travel=LAPS)
        self.kind = QComboBox()
        self.kind.addItems(list(WALKS.values()))
        self.kind.setAccessibleName("How the source wanders")
        WheelGuard(self.kind)
        self._add("wander", self.kind)
        self.radius = self._row("wander", "radius", "Radius", RADIUS_RANGE, 0.5, travel=RADII)
        self.laps = self._row("wander", "laps", "Laps", LAPS_RANGE, 1.0, travel=LAPS)
        self.wander_seed = SeedBox("Seed of the path")
        self._add("wander", self.wander_seed)
        note = QLabel("In a loop, whole swings and laps return to their start.")
        note.setProperty("muted", True)
        column.addWidget(note)
        self.setMinimumWidth(380)
        for field, box in self.boxes.items():
            box.setProperty("field", field)
            box.toggled.connect(self._on_toggled)
        self.seed.edited.connect(self._on_seed)
        self.wander_seed.edited.connect(self._on_wander_seed)
        self.kind.activated.connect(self._on_kind)

    def _row(
        self,
        field: str,
        name: str,
        title: str,
        bounds: tuple[float, float],
        default: float,
        *,
        travel: tuple[float, float] | None = None,
    ) -> ValueRow:
        row = ValueRow(title, bounds, default)
        if bounds is LAPS_RANGE:
            row.set_steps(1.0, 0)  # to whole ones, which close a loop ...
            row.box.setDecimals(2)  # ... though a clip may hold others
        row.set_bounds(bounds, default, travel)
        row.edited.connect(self._on_row)
        self._rows.append((field, name, row))
        self._add(field, row)
        return row

    def _add(self, field: str, widget: QWidget) -> None:
        layout = self.boxes[field].layout()
        assert layout is not None
        layout.addWidget(widget)

    @Slot(object)
    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show what moves, without telling of an edit."""
        self._timeline = timeline
        self.setEnabled(timeline is not None)
        if timeline is None:
            return
        for field, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(getattr(timeline, field) is not None)
        for field, name, row in self._rows:
            row.set_value(getattr(self._moving(field), name))
        self.seed.set_seed(self._moving("noise").seed)
        wander = self._moving("wander")
        self.wander_seed.set_seed(wander.seed)
        self.kind.setCurrentIndex(list(WALKS).index(wander.kind))

    def _moving(self, field: str) -> Any:
        """What is set, or what would be when its box is ticked."""
        return getattr(self._timeline, field, None) or FRESH[field]

    def _change(self, field: str, gesture: object, **values: Any) -> None:
        moving = replace(self._moving(field), **values)
        self.edited.emit({field: moving}, gesture and ("movement", field, gesture))

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        field = self.sender().property("field")
        self.edited.emit({field: self._moving(field) if on else None}, None)

    @Slot(float, object)
    def _on_row(self, value: float, gesture: object) -> None:
        sender = self.sender()
        for field, name, row in self._rows:
            if row is sender:
                self._change(field, gesture, **{name: value})

    @Slot(object, object)
    def _on_seed(self, seed: int, gesture: object) -> None:
        self._change("noise", gesture, seed=seed)

    @Slot(object, object)
    def _on_wander_seed(self, seed: int, gesture: object) -> None:
        self._change("wander", gesture, seed=seed)

    @Slot(int)
    def _on_kind(self, index: int) -> None:
        self._change("wander", None, kind=list(WALKS)[index])

"""Figures about the model: a dock, and the task behind it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import TEACH, About, Dock, Feature
from stylestudio.app.features.measures.panel import MeasuresPanel
from stylestudio.app.features.measures.work import measure

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.measures import Measurement, MeasureSettings
    from stylestudio.render import Model

ATTRIBUTES = "Labels or regressors (*.csv *.safetensors);;All files (*)"
READERS = "Networks (*.pt *.pth *.safetensors);;All files (*)"


class MeasuresFeature(Feature):
    """A dock that measures the model on show."""

    id = "measures"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = MeasuresPanel(studio.document)
        self.docks = (
            Dock(
                "measures",
                "Measures",
                self.panel,
                scrolls=True,
                tabbed_with="noise",
                working_height=420,
                workspaces=(TEACH,),
                leads=(TEACH,),
                about=About(
                    (
                        "Measure the model: the quality of its pictures, their variety, and how "
                        "evenly they change.",
                        "Compare figures only at the same number of pictures.",
                    ),
                    (
                        "Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter (2017): GANs"
                        " Trained by a Two Time-Scale Update Rule Converge to a Local Nash "
                        "Equilibrium",
                        "Kynkäänniemi, Karras, Laine, Lehtinen and Aila (2019): Improved "
                        "Precision and Recall Metric for Assessing Generative Models",
                    ),
                ),
            ),
        )
        self._task: Task | None = None  # the latest
        self.panel.folder_asked.connect(self._on_folder_asked)
        self.panel.model_asked.connect(self._on_model_asked)
        self.panel.attributes_asked.connect(self._on_attributes_asked)
        self.panel.reader_asked.connect(self._on_reader_asked)
        self.panel.started.connect(self._on_started)
        studio.tasks.changed.connect(self._on_changed)

    @Slot()
    def _on_folder_asked(self) -> None:
        folder = self.studio.settings.directory("compared")
        chosen = QFileDialog.getExistingDirectory(
            self.studio.window, "Compare with the pictures of a folder", folder
        )
        if chosen:
            self.studio.settings.set_directory("compared", Path(chosen))
            self.panel.add_reference(Path(chosen))

    @Slot()
    def _on_model_asked(self) -> None:
        folder = self.studio.settings.directory("models")
        chosen, _ = QFileDialog.getOpenFileName(
            self.studio.window, "Compare with the pictures of a model", folder
        )
        if chosen:
            self.studio.settings.set_directory("models", Path(chosen).parent)
            self.panel.add_reference(Path(chosen))

    @Slot()
    def _on_attributes_asked(self) -> None:
        if path := self._ask_for("Attributes for separability", ATTRIBUTES):
            self.panel.put_attributes(path)

    @Slot()
    def _on_reader_asked(self) -> None:
        if path := self._ask_for("Network that looks at the pictures", READERS):
            self.panel.put_reader(path)

    def _ask_for(self, title: str, kinds: str) -> Path | None:
        folder = self.studio.settings.directory("measures")
        chosen, _ = QFileDialog.getOpenFileName(self.studio.window, title, folder, kinds)
        if not chosen:
            return None
        self.studio.settings.set_directory("measures", Path(chosen).parent)
        return Path(chosen)

    @Slot(object, object)
    def _on_started(self, reference: Model | str | Path | None, settings: MeasureSettings) -> None:
        model = self.studio.document.model
        assert model is not None
        work = partial(measure, model, reference, settings, self.studio.assets)
        task = self._task = self.studio.tasks.start(
            f"Measure {model.name}", work, owner=self, can_pause=True
        )
        task.succeeded.connect(self._on_measured)
        self.panel.follow(task)

    @Slot(object)
    def _on_changed(self, task: Task) -> None:
        if task is self._task:
            self.panel.refresh()

    @Slot(object)
    def _on_measured(self, measurement: Measurement) -> None:
        self.panel.show_measurement(measurement)
        self.studio.done.emit(f"Measured {measurement.subject}")

"""Drawings of words, of the picture on show and of photos: a dock and its commands."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import WORDS, About, Action, Dock, Feature
from stylestudio.app.core.task import OnClose
from stylestudio.app.features.draw.draw_run import StrokesRun, WordsRun, write
from stylestudio.app.features.draw.panel import ON_SHOW, PHOTO, DrawPanel
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.pictures import SUFFIXES
from stylestudio.render.curves import Curves
from stylestudio.render.device import choose_device
from stylestudio.text.tokenizer import TextModelError

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.app.features.draw.draw_run import Art

PNG_SIDE = 1024
STILLS = "SVG drawing (*.svg);;PNG picture (*.png)"
CLIPS = "Video of the painting being made (*.mp4 *.webm *.mov *.mkv *.gif *.webp)"


class DrawFeature(Feature):
    """A dock that draws."""

    id = "draw"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = DrawPanel(studio.document, studio.settings)
        self._task: Task | None = None
        self.docks = (
            Dock(
                "draw",
                "Draw",
                self.panel,
                scrolls=True,
                tabbed_with="photo",
                working_height=520,
                workspaces=(WORDS,),
                about=About(
                    (
                        "Draw words in pen strokes, or paint a picture in brush strokes.",
                        "Strokes are data: they stay sharp at any size.",
                    ),
                    (
                        "Frans, Soros and Witkowski (2021): CLIPDraw: Exploring Text-to-Drawing "
                        "Synthesis through Language-Image Encoders",
                        "Schaldenbrand, Liu and Oh (2022): StyleCLIPDraw: Coupling Content and "
                        "Style in Text-to-Drawing Translation",
                        "Liu, Lin, He, Li, Deng, Li, Ding and Wang (2021): Paint Transformer: "
                        "Feed Forward Neural Painting with Stroke Prediction",
                    ),
                ),
            ),
        )
        self.actions = (
            Action(
                "draw_words",
                "&File",
                "paint",
                "&Draw words…",
                "Draw words in pen strokes, as SVG or PNG",
                partial(self.show_subject, "words"),
            ),
            Action(
                "paint_strokes",
                "&File",
                "paint",
                "Paint in &strokes…",
                "Paint the picture or a photo in brush strokes, as SVG, PNG or video",
                partial(self.show_subject, ON_SHOW),
                on_picture="save",
            ),
        )
        self.panel.started.connect(self._on_started)
        self.panel.photo_asked.connect(self._ask_for_photo)
        self.panel.painting_asked.connect(self._ask_for_painting)
        self.panel.save_asked.connect(self._ask_where)
        studio.tasks.changed.connect(self._on_changed)

    def show_subject(self, subject: str) -> None:
        """Bring the dock in sight, for "words", "on show" or "photo"."""
        if not self.panel.is_running:
            self.panel.show_subject(subject)
        self.studio.dock_wanted.emit("draw")
        if subject == "words" and not self.panel.is_running:
            self.panel.words.setFocus()  # else what is typed next would be keys of commands

    @Slot()
    def _on_started(self) -> None:
        panel, studio = self.panel, self.studio
        subject = panel.subject.currentData()
        run: WordsRun | StrokesRun
        if subject == "words":
            try:
                settings = panel.settings()
            except TextModelError as error:
                studio.failed.emit(str(error))
                return
            run = WordsRun(panel.text_model.currentData(), settings, panel.painting, self._device)
        else:
            picture = panel.photo if subject == PHOTO else studio.document.current
            if picture is None:
                return
            count, brush = panel.strokes.value(), panel.brush.currentData()
            run = StrokesRun(picture, studio.assets, count, brush)
        verb = "Draw" if subject == "words" else "Paint"
        self._task = studio.tasks.start(
            f"{verb} {run.title}",
            run,
            owner=self,
            can_pause=subject == "words",
            can_finish=True,
            needs_grad=subject == "words",
            on_close=OnClose.CANCEL,
        )
        panel.follow(run, self._task)
        studio.dock_wanted.emit("draw")

    def _device(self) -> torch.device:
        name, _ = self.studio.devices.for_opening()
        return torch.device(choose_device(name))

    @Slot(object)
    def _on_changed(self, task: Task) -> None:
        if task is self._task:
            self.panel.refresh()

    @Slot()
    def _ask_for_photo(self) -> None:
        if path := self._ask_for("Paint a photo"):
            self.panel.put_photo(path)

    @Slot()
    def _ask_for_painting(self) -> None:
        if path := self._ask_for("Draw in the manner of a painting"):
            self.panel.put_painting(path)

    def _ask_for(self, title: str) -> Path | None:
        settings = self.studio.settings
        kinds = f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(SUFFIXES))});;All files (*)"
        chosen, _ = QFileDialog.getOpenFileName(
            self.studio.window, title, settings.directory("pictures"), kinds
        )
        if not chosen:
            return None
        settings.set_directory("pictures", Path(chosen).parent)
        return Path(chosen)

    @Slot()
    def _ask_where(self) -> None:
        run, settings = self.panel.run, self.studio.settings
        if run is None or run.art is None:
            return
        kinds = STILLS if isinstance(run.art, Curves) else f"{STILLS};;{CLIPS}"
        start = Path(settings.directory("drawings")) / "drawing.svg"
        path = ask_where(self.studio.window, "Save drawing", start, kinds)
        if path is not None:
            self.save_as(run.art, path)

    def save_as(self, art: Art, path: Path) -> None:
        """Write a drawing by a task."""
        self.studio.settings.set_directory("drawings", path.parent)
        side = PNG_SIDE if isinstance(art, Curves) else max(art.size)
        task = self.studio.tasks.start(
            f"Save {path.name}", partial(write, art, path, side), owner=self, on_close=OnClose.WAIT
        )
        task.succeeded.connect(self._on_saved)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self.studio.saved.emit(path)
        self.studio.done.emit(f"Saved {path.name}")

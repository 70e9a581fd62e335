"""Finding a photo in the model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import EXPLORE, PHOTO, About, Action, Dock, Feature, FileKind
from stylestudio.app.features.photo.inverter import Inverter
from stylestudio.app.features.photo.painted import TIP as PAINT_TIP
from stylestudio.app.features.photo.painted import PhotoPainter
from stylestudio.app.features.photo.panel import InversionPanel
from stylestudio.app.features.photo.photo_files import PATTERNS

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from stylestudio.app.core.studio import Studio

COMPARED = "Photo"  # over its side of the wipe


class PhotoFeature(Feature):
    """A dock that opens photos, inverts them, and shows what was found."""

    id = "photo"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.inverter = Inverter(
            studio.tasks,
            studio.settings.folder / "unfinished.inversion",
            studio.assets,
            studio.names_weights,
            self,
        )
        self.panel = InversionPanel(
            studio.document, self.inverter, studio.thumbnails, studio.canvas_tools
        )
        self.docks = (
            Dock(
                "photo",
                "Photo",
                self.panel,
                tabbed_with="style",
                working_height=440,
                workspaces=(EXPLORE, PHOTO),
                leads=(PHOTO,),
                about=About(
                    (
                        "Find a photo in the model, so that every tool here works on it.",
                        "Drop one on the window, find its crop, and start.",
                    ),
                    (
                        "Abdal, Qin and Wonka (2019): Image2StyleGAN: How to Embed Images "
                        "Into the StyleGAN Latent Space?",
                        "Roich, Mokady, Bermano and Cohen-Or (2021): Pivotal Tuning for "
                        "Latent-based Editing of Real Images",
                    ),
                ),
            ),
        )
        self.painter = PhotoPainter(studio, self.inverter)
        self.actions = (
            Action(
                "paint_photo",
                "&File",
                "save",
                "Pai&nt the photo…",
                PAINT_TIP,
                self.painter.ask,
            ),
        )
        # Before videos, which take any picture that might move for one.
        self.kinds = (
            FileKind("photo", "Photos", PATTERNS, "photo", self.inverter.open_photos, order=-1),
        )
        ask = partial(studio.opener.ask_for, self.kinds[0], studio.window)
        self.panel.framing.picture.asked.connect(ask)
        studio.sources_at_hand.offer(self.panel.at_hand)
        self.inverter.failed.connect(studio.failed)
        self.inverter.noted.connect(studio.noted)
        self.inverter.photo_opened.connect(self._on_photo)
        self.panel.compare_asked.connect(self._compare)
        self.panel.mixed.connect(studio.done)
        studio.view.canvas.compared.connect(self._on_compared)
        studio.image_taken.connect(self._on_image)

    @Slot(object, str)
    def _on_image(self, image: bytes | QImage, name: str) -> None:
        self.inverter.open_image(image, name)

    @Slot(object)
    def _on_photo(self, _photo: object) -> None:
        self.studio.dock_wanted.emit("photo")

    @Slot(object)
    def _compare(self, photo: QImage | None) -> None:
        """Show the photo left of a wipe, or only the picture."""
        canvas = self.studio.view.canvas
        if photo is not None or canvas.before_title == COMPARED:
            canvas.compare_with(photo, COMPARED)

    @Slot(str)
    def _on_compared(self, title: str) -> None:
        """Esc, or another comparison, ends that with the photo."""
        if title != COMPARED:
            self.panel.compare.setChecked(False)

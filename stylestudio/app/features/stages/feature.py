"""Networks that the finished picture goes through: a dock, and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import EXPLORE, PHOTO, About, Dock, Feature, FileKind, Submenu
from stylestudio.app.core.saving import PictureSaver
from stylestudio.app.features.stages.enlarging import EnlargeMenu
from stylestudio.app.features.stages.library import PATTERNS, StageLibrary
from stylestudio.app.features.stages.panel import StagesPanel
from stylestudio.checkpoints import holds_stage
from stylestudio.recipe.stages import networks_of

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.stages.library import Facts
    from stylestudio.recipe import Stage


class StagesFeature(Feature):
    """A dock, and files of networks."""

    id = "stages"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.library = StageLibrary(studio, self)
        self.panel = StagesPanel(studio.document, self.library)
        self.docks = (
            Dock(
                "stages",
                "Stages",
                self.panel,
                scrolls=True,
                tabbed_with="noise",
                working_height=320,
                workspaces=(EXPLORE, PHOTO),
                about=About(
                    (
                        "Run the picture through further networks that translate or enlarge it.",
                        "They act from top to bottom.",
                    ),
                    (
                        "Zhu, Park, Isola and Efros (2017): Unpaired Image-to-Image "
                        "Translation using Cycle-Consistent Adversarial Networks",
                        "Wang, Yu, Wu, Gu, Liu, Dong, Qiao and Loy (2018): ESRGAN: Enhanced"
                        " Super-Resolution Generative Adversarial Networks",
                    ),
                ),
            ),
        )
        self.kinds = (
            FileKind(
                "stages",
                "Networks for pictures",
                PATTERNS,
                holds_stage,
                self.library.open_paths,
                needs_model=True,
            ),
        )
        saver = PictureSaver(studio, self)
        self.enlarge = EnlargeMenu(saver, studio.settings, studio.window)
        self.submenus = (Submenu("&File", "save", self.enlarge),)
        self.library.failed.connect(studio.failed)
        self.library.opened.connect(self._on_opened)
        self.library.blended.connect(self.panel.blend)
        self.panel.blend_asked.connect(self._on_blend_asked)

    @Slot(object, object)
    def _on_opened(self, opened: list[Facts], waited: set[str]) -> None:
        """Use what was opened: for a picture that waited for it, else as one more stage."""
        self.studio.dock_wanted.emit("stages")
        recipe = self.studio.document.recipe
        if recipe is None:
            return
        found = waited & {ref.sha256 for ref in networks_of(recipe.stages)}
        self.panel.put([facts for facts in opened if facts.sha256 not in found])
        if found:
            self.studio.render()

    @Slot(object)
    def _on_blend_asked(self, stage: Stage) -> None:
        paths = self.library.chosen(self.studio.window)
        if paths:
            self.library.open_softer(stage, paths[-1])

"""The Translate dock: two kinds of pictures, and networks that turn one into the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Slot

from stylestudio.app.core.training_panel import TrainingPanel
from stylestudio.app.features.translate.form import TranslateForm
from stylestudio.app.features.translate.trainings import Side, is_finished
from stylestudio.app.features.translate.translate_run import TranslateRun
from stylestudio.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.trainer import Trainer
    from stylestudio.app.core.trainings import Training
    from stylestudio.app.features.translate.trainings import Asked
    from stylestudio.progress import Progress
    from stylestudio.render import Model

PSI = 0.7  # of a model without a look
EMPTY = (
    "Choose two kinds of pictures, then Train. It takes an hour or more; Stop at any time and "
    "continue later."
)
OVER = "It has made all its steps. Open it, or choose New translator to train another."


class TranslatePanel(TrainingPanel):
    """Trains translators between two kinds of pictures."""

    def __init__(self, studio: Studio, trainer: Trainer, root: Path) -> None:
        """Trainings lie in `root`."""
        self.form = TranslateForm()
        self._studio = studio
        super().__init__(
            studio.document,
            trainer,
            self.form,
            root,
            new="New translator",
            empty=EMPTY,
            samples=(
                "Samples of the translators in training",
                "Pictures of A, what they become, and the way back; below them, the same for B",
            ),
        )
        self.form.looks_asked.connect(self._offer_looks)

    def showEvent(self, event: QShowEvent) -> None:
        """Offer the looks there are by now."""
        self._offer_looks()
        super().showEvent(event)

    def show_model(self, model: Model) -> None:
        """Offer its looks."""
        super().show_model(model)
        self._offer_looks()

    @Slot()
    def _offer_looks(self) -> None:
        if not self.trainer.is_running and self.chosen() is None:
            self.form.set_looks(self._looks())

    @Slot()
    def _on_start(self) -> None:
        self._offer_looks()  # as they are now
        super()._on_start()

    def _looks(self) -> list[Side]:
        """The plain model on show, the picture's look, and those of presets."""
        model, recipe = self.document.model, self.document.recipe
        if model is None or recipe is None:
            return []
        plain = Recipe.from_seed(0, model, truncation_psi=PSI)
        named = [(f"{model.name} as it is", plain), ("This picture's look", recipe)]
        named += [(look.name, look.recipe) for look in self._studio.looks_at_hand.all()]
        found = []
        for name, each in named:
            place = self._place_of(each)
            if place:
                found.append(Side(name, model=place, recipe=each.to_json()))
        return found

    def _place_of(self, recipe: Recipe) -> str:
        """Where the model of a recipe lies; "" where nobody knows."""
        sha256 = recipe.model.sha256
        return self._studio.paths.opened(sha256) or self._studio.paths.find(sha256)

    def run_of(self, training: Training[Asked]) -> TranslateRun:
        """Of one pair of translators."""
        return TranslateRun(training, self._studio.devices.for_opening, self._studio.assets)

    def why_over(self, kept: Training[Asked]) -> str:
        """All its steps were made, and how many was settled at the beginning."""
        return OVER if is_finished(kept) else ""

    def amount(self, _run: Any, progress: Progress) -> str:
        """How many steps were done."""
        return f"Step {progress.done:,} of {progress.total:,}"

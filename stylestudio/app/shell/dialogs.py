"""The few questions the window asks; none of them blocks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

import stylestudio
from stylestudio.app.core.log_file import log_path
from stylestudio.app.widgets.failure_dialog import FailureDialog

if TYPE_CHECKING:
    from stylestudio.app.core.opening import Opener
    from stylestudio.app.core.task import Task
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model


def ask_about_foreign_recipe(
    window: QWidget, opener: Opener, recipe: Recipe, model_path: str, current: Model | None
) -> None:
    """Ask what to do with a recipe of another model; nothing changes until answered."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Another model's recipe")
    box.setTextFormat(Qt.TextFormat.PlainText)  # model names are no markup
    box.setText(f"This was made with another model, “{recipe.model.name}”.")
    known = "That model is known on this machine."
    if not model_path:
        known = "That model is not known on this machine; open it first to see the same picture."
    box.setInformativeText(known)
    if model_path:
        opens = box.addButton(f"Open {recipe.model.name}", QMessageBox.ButtonRole.AcceptRole)
        opens.clicked.connect(lambda: opener.open_model(model_path, recipe))
    if current is not None:
        adapts = box.addButton(f"Use it with {current.name}", QMessageBox.ButtonRole.ActionRole)
        adapts.clicked.connect(lambda: opener.adapt_here(recipe))
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def show_failure(window: QWidget, task: Task) -> None:
    """Show all that is known about a task's failure."""
    FailureDialog(task.title, task.error, task.traceback, log_path(), window).open()


def show_about(window: QWidget) -> None:
    """Say what this is."""
    box = QMessageBox(window)
    box.setWindowTitle("About StyleStudio")
    # An informative text would be broken at the width of the first line.
    box.setText(
        f"<p><b>StyleStudio {stylestudio.__version__}</b></p>"
        "<p style='white-space: nowrap'>The desktop instrument for exploring StyleGAN.<br>"
        "Licensed under Apache-2.0.</p>"
    )
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()

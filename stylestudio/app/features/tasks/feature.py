"""All long work, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import BOTTOM, About, Dock, Feature
from stylestudio.app.features.tasks.panel import TasksPanel

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class TasksFeature(Feature):
    """A dock with a row for each task."""

    id = "tasks"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = TasksPanel(studio.tasks)
        self.docks = (
            Dock(
                "tasks",
                "Tasks",
                self.panel,
                BOTTOM,
                tabbed_with="history",
                about=About(
                    (
                        "Long work is listed here with its progress and the time left.",
                        "Pause it, end it early or cancel it; you can keep working meanwhile.",
                    ),
                ),
            ),
        )

"""On which of several devices the window renders: chosen by hand, tried first, remembered."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.task import FILES, TaskState
from stylestudio.render.device import (
    VARIABLE,
    DeviceError,
    available_devices,
    device_label,
    device_or_another,
    is_out_of_memory,
    trouble_with,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Model

KEY = "device"  # of the settings: a device, "" for the first that works


class DeviceChoice(QObject):
    """Moves the model on show to the device that was chosen, and tells where others are opened.

    The choice belongs to the machine, so it is no part of a recipe. The variable
    STYLESTUDIO_DEVICE has more to say than the settings.
    """

    refused = Signal()  # it stays as it was; the failed task says why

    def __init__(
        self, document: Document, tasks: Tasks, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._tasks = tasks
        self._settings = settings
        self._chosen = ""  # in this run
        self._said = ""
        document.model_changed.connect(self._follow)

    @property
    def names(self) -> tuple[str, ...]:
        """The devices that can be chosen from, the one that is taken by itself first."""
        return available_devices()

    @property
    def is_settled(self) -> bool:
        """Whether the environment has chosen already."""
        return VARIABLE in os.environ

    def for_opening(self) -> tuple[str, str]:
        """Where to open a model, and a remark for the user, once. Tries devices; in any thread."""
        if self.is_settled:
            return "auto", ""
        name, remark = device_or_another(self._settings.text(KEY) or "auto")
        said, self._said = self._said, remark
        return name, "" if remark == said else remark

    def choose(self, name: str) -> None:
        """Render on a device from now on, unless it fails a trial."""
        self._start(name, self._document.model)

    def _start(self, name: str, model: Model | None) -> None:
        task = self._tasks.start(
            f"Render on {device_label(name)}",
            partial(_move, name, model),
            lane=FILES,
            owner=self,
            key=KEY,
        )
        task.succeeded.connect(partial(self._on_moved, name, model))
        task.ended.connect(partial(self._on_ended, task))

    def _on_ended(self, task: Task) -> None:
        if task.state is not TaskState.DONE:
            self.refused.emit()

    def _on_moved(self, name: str, model: Model | None, moved: Model | None) -> None:
        self._chosen = name
        self._settings.set_text(KEY, "" if name == self.names[0] else name)
        now = self._document.model
        if moved is not None and now is model:
            if moved is not model:
                self._document.move_model(moved)
        elif now is not None:
            self._follow(now)  # another has come meanwhile

    @Slot(object)
    def _follow(self, model: Model) -> None:
        """Move a model that was on its way while another device was chosen."""
        name = self._chosen
        if name and model.device != torch.device(name) and not trouble_with(name):
            self._start(name, model)


def _move(
    name: str,
    model: Model | None,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Model | None:
    """Try a device, and copy the model there. Raises DeviceError where that cannot be."""
    if trouble := trouble_with(name):
        raise DeviceError(f"{device_label(name)} {trouble}, so nothing was changed.")
    try:
        return None if model is None else model.to(name)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise DeviceError(f"{device_label(name)} has no memory left for this model.") from error

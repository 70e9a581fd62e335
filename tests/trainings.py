"""What tests share of docks that train something for hours."""

import numpy as np
from PIL import Image

from stylestudio.app.core import training_run

PATIENCE = 60_000  # ms


def folder_of_noise(folder, count):
    """A new folder with so many pictures of 24 by 20 pixels."""
    folder.mkdir()
    random = np.random.RandomState(0)
    for number in range(count):
        pixels = random.randint(0, 255, (20, 24, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def show_every_sheet(monkeypatch):
    """Samples after each step."""
    monkeypatch.setattr(training_run, "SHEET_EVERY", 0.0)
    monkeypatch.setattr(training_run, "SHEET_SHARE", 0)


def forget_trainings(feature, root):
    """Nobody has trained anything yet; what will be lies in `root`."""
    feature.panel.root = root
    feature.trainer.run = feature.trainer.task = None
    feature.trainer.look()


def end(qtbot, trainer):
    """Stop what is at work, and wait for it."""
    trainer.stop()
    qtbot.waitUntil(lambda: not trainer.is_running, timeout=PATIENCE)


def wait_for_end(qtbot, panel):
    """Wait until a training is done or stopped, and is offered."""
    qtbot.waitUntil(lambda: not panel.trainer.is_running, timeout=PATIENCE)
    qtbot.waitUntil(lambda: panel.which.count() > 1, timeout=PATIENCE)

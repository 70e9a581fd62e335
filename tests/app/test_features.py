"""Features of other packages join the window; broken ones cost themselves alone."""

from pathlib import Path

import pytest

from stylestudio.app.features import BUILT_IN
from stylestudio.app.shell.window import MainWindow
from stylestudio.recipe import SeedSource
from stylestudio.render import render

PLUGIN = Path(__file__).parent / "plugin"

BROKEN = {
    "no_such_module": "nowhere_at_all:Feature",
    "no_such_name": "stylestudio.app.core.feature:Missing",
    "no_feature": "stylestudio.app.core.document:Document",
    "twice": BUILT_IN[1],
}


@pytest.fixture
def install(monkeypatch, tmp_path):
    """Install a package that brings features: its module's text, and their names."""

    def bring(text: str, entries: dict[str, str]) -> None:
        (tmp_path / "brought.py").write_text(text)
        info = tmp_path / "brought-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[stylestudio.features]", *lines]))
        monkeypatch.syspath_prepend(tmp_path)

    return bring


@pytest.fixture
def with_starlight(monkeypatch):
    monkeypatch.syspath_prepend(PLUGIN)


def test_another_package_adds_a_dock_a_command_a_kind_of_file_and_long_work(
    qtbot, with_starlight, window, drop, tmp_path, settled, model
):
    starlight, dock = window.features["starlight"], window.docks["starlight"]
    assert dock.windowTitle() == "Starlight"
    assert dock.isVisible()
    bar = [action.text() for action in window.menuBar().actions()]
    assert bar == ["&File", "&Edit", "&Clip", "&Presets", "&Stars", "&View", "&Help"]
    assert "Lists of seeds: .seeds (*.seeds)" in window.studio.opener.filters
    dock.hide()
    path = tmp_path / "mine.seeds"
    path.write_text("seeds: 3 4 5 6 7")
    drop(window, path)
    qtbot.waitUntil(lambda: starlight.label.text() == "5 seeds")
    assert dock.isVisible()
    recipe = window.studio.document.recipe
    window.actions_by_id["find_brightest"].trigger()
    qtbot.waitUntil(lambda: window.studio.document.recipe != recipe, timeout=20_000)
    pictures = {s: render(model, recipe.replace(source=SeedSource(s))) for s in range(3, 8)}
    brightest = max(pictures, key=lambda seed: pictures[seed].mean())
    assert window.studio.document.recipe.source == SeedSource(brightest)
    assert f"seed is {brightest}" in window.statusBar().currentMessage()
    settled(window)
    window.quit()
    assert starlight.closed


def test_a_layout_from_before_a_feature_came_shows_its_dock(qtbot, settings, monkeypatch):
    before = MainWindow(settings)
    qtbot.addWidget(before)
    before.show()
    before.docks["noise"].hide()
    before.quit()
    monkeypatch.syspath_prepend(PLUGIN)
    after = MainWindow(settings)
    qtbot.addWidget(after)
    after.show()
    assert after.docks["starlight"].isVisible()
    assert not after.docks["noise"].isVisible()
    after.quit()


@pytest.mark.parametrize("name", BROKEN)
def test_a_feature_that_cannot_be_loaded_is_named_and_the_window_opens(
    qtbot, install, settings, model, settled, name
):
    install("", {name: BROKEN[name]})
    window = MainWindow(settings)
    qtbot.addWidget(window)
    window.show()
    assert window.banner.is_error
    assert name in window.banner.text
    assert len(window.features) == len(BUILT_IN)
    window.studio.document.open_model(model)
    settled(window)
    window.quit()


RAISES = """
from stylestudio.app.core.feature import Action, Dock, Feature
from PySide6.QtWidgets import QWidget

class Raises(Feature):
    id = "raises"
    def __init__(self, studio):
        super().__init__(studio)
        studio.document.recipe_changed.connect(self.follow)
        raise RuntimeError("nobody is at home")
    def follow(self, recipe):
        raise AssertionError("it was to be forgotten")

class TakesKeys(Feature):
    id = "takes-keys"
    def __init__(self, studio):
        super().__init__(studio)
        self.actions = (Action("grab", "&File", "x", "Grab", "Grab", print, ("Ctrl+S",)),)

class TakesDock(Feature):
    id = "takes-dock"
    def __init__(self, studio):
        super().__init__(studio)
        self.docks = (Dock("noise", "Noise too", QWidget()),)

class Fine(Feature):
    id = "fine"
    def close(self):
        raise RuntimeError("and yet the window closes")
"""


def test_a_feature_that_cannot_be_built_is_named_and_the_others_work(
    qtbot, install, settings, model, settled
):
    names = ("Raises", "TakesKeys", "TakesDock", "Fine")
    install(RAISES, {name.lower(): f"brought:{name}" for name in names})
    window = MainWindow(settings)
    qtbot.addWidget(window)
    window.show()
    for said in ("raises", "nobody is at home", "takes-keys", "Ctrl+S", "takes-dock"):
        assert said in window.banner.text
    assert "fine" in window.features
    assert "grab" not in window.actions_by_id
    assert window.docks["noise"].windowTitle() == "Noise"
    window.studio.document.open_model(model)
    settled(window)
    window.quit()
    assert not window.studio.worker.isRunning()

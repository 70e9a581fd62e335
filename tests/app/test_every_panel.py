"""What holds for every panel: its text fits, it says what it is for, keys reach all of it."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QStyleHints
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWhatsThis, QWidget

from stylestudio.app.core.feature import WORKSPACES
from stylestudio.app.widgets.theme import DARK, LIGHT, apply_theme, current_theme
from stylestudio.automation.fit import cut_texts

SENTENCES = re.compile(r"[A-Z][^.]*[^.\s]\. [A-Z][^.]*[^.\s]\.")
PAPER = re.compile(r"[A-Z].+ \((19|20)\d\d\): [A-Z].+[a-z]\??")
# The ideas of these are older than papers.
WITHOUT_PAPERS = {"history", "tasks"}


@pytest.fixture
def panels(fresh_window):
    """All of the program's panels, by the ids of their docks."""
    return {dock.id: dock for each in fresh_window.features.values() for dock in each.docks}


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_nothing_is_cut_in_a_small_window(fresh_window, qtbot, workspace):
    window = fresh_window
    window.resize(1024, 640)
    window.workspaces.show(workspace)
    for name in [name for name, dock in window.docks.items() if not dock.isHidden()]:
        window.show_dock(name)
        qtbot.waitUntil(lambda: cut_texts(window) == [], timeout=2000)
        assert (window.width(), window.height()) == (1024, 640)
    window.workspaces.show(WORKSPACES[0])
    window.resize(1300, 860)


def test_every_panel_says_what_it_is_for_and_what_paper_is_behind_it(panels):
    for panel in panels.values():
        assert SENTENCES.fullmatch(panel.about.text), panel.title
        assert bool(panel.about.papers) != (panel.id in WITHOUT_PAPERS), panel.title
        for paper in panel.about.papers:
            assert PAPER.fullmatch(paper), paper


def test_the_question_mark_and_its_key_bring_the_help(fresh_window, panels, qtbot, monkeypatch):
    window, shown = fresh_window, []
    monkeypatch.setattr(QWhatsThis, "showText", lambda _at, text, _for: shown.append(text))
    window.show_dock("truncation")
    qtbot.mouseClick(window.docks["truncation"].titleBarWidget().help, Qt.MouseButton.LeftButton)
    assert panels["truncation"].about.text in shown[0]
    assert "Generative Adversarial Networks" in shown[0]
    window.show_dock("noise")
    window.features["noise"].panel.strength.box.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert panels["noise"].about.text in shown[1]
    window.canvas.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert QWhatsThis.inWhatsThisMode()
    QWhatsThis.leaveWhatsThisMode()


def focusable(dock):
    """Widgets of a panel that Tab is meant to reach."""
    return [
        widget
        for widget in dock.widget().findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and widget.isVisible()
        and widget.isEnabled()
    ]


def test_keys_reach_every_control_of_every_panel_and_each_has_a_name(fresh_window, panels, qtbot):
    window, nameless, unreached = fresh_window, [], []
    for name, dock in window.docks.items():
        window.show_dock(name)
        QApplication.processEvents()
        wanted = focusable(dock)
        for widget in wanted:
            spoken = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
            if not spoken.strip():
                nameless.append(f"{type(widget).__name__} in {name}: {widget.toolTip()}")
        if wanted:
            reached = reached_from(wanted[0], dock, len(wanted))
            unreached += [
                f"{type(widget).__name__} {widget.accessibleName()} in {name}"
                for widget in wanted
                if widget not in reached
            ]
    assert not nameless, "; ".join(nameless)
    assert not unreached, "; ".join(unreached)


def reached_from(first, dock, count):
    """What Tab, and Shift and Tab, lead to from a control of a dock until they lead out of it."""
    reached = {first}
    for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        focus = first
        focus.setFocus(Qt.FocusReason.TabFocusReason)
        for _ in range(count + 1):
            QTest.keyClick(focus, Qt.Key.Key_Tab, modifier)
            focus = QApplication.focusWidget()
            if not dock.isAncestorOf(focus):
                break
            reached.add(focus)
        else:
            pytest.fail(f"{dock.windowTitle()} is a trap at {focus}")
    return reached


def test_one_theme_is_in_force_and_that_of_the_desktop_is_followed(
    fresh_window, qapp, qtbot, monkeypatch
):
    commands, desktop = fresh_window.actions_by_id, [Qt.ColorScheme.Light]
    monkeypatch.setattr(QStyleHints, "colorScheme", lambda _hints: desktop[0])

    def ticked():
        return [
            name for name in ("dark", "light", "system") if commands[f"theme_{name}"].isChecked()
        ]

    try:
        assert ticked() == ["dark"]
        commands["theme_light"].trigger()
        assert (ticked(), current_theme()) == (["light"], LIGHT)
        commands["theme_light"].trigger()  # one that is in force stays so
        assert (ticked(), current_theme()) == (["light"], LIGHT)
        commands["theme_system"].trigger()
        assert (ticked(), current_theme()) == (["system"], LIGHT)
        desktop[0] = Qt.ColorScheme.Dark
        qapp.styleHints().colorSchemeChanged.emit(desktop[0])
        qtbot.waitUntil(lambda: current_theme() is DARK)
    finally:
        commands["theme_dark"].trigger()
        apply_theme(qapp, "dark")


def test_a_panel_with_nothing_to_show_says_what_to_do(fresh_window, panels, qtbot):
    window = fresh_window
    said = {}
    edits = window.features["edits"].panel
    window.show_dock("edits")
    edits.search.setText("no such name")
    for name in panels:
        window.show_dock(name)
        QApplication.processEvents()
        shown = [each for each in window.docks[name].findChildren(QLabel) if each.isVisible()]
        said[name] = " ".join(each.text() for each in shown)
    edits.search.clear()
    for name, what_to_do in {
        "edits": "fewer letters",
        "bend": "Paint a source",
        "deltas": "Crossfade",
        "stages": "drop",
        "drag": "Drag on the picture",
        "dissect": "Brush",
        "measures": "Start",
        "adapt": "drop",
        "train": "Choose a folder",
        "draw": "Type what to draw",
        "photo": "Drop a photo",
        "words": "Type what you are looking for",
        "tasks": "appear here",
    }.items():
        assert what_to_do in said[name], (name, said[name])

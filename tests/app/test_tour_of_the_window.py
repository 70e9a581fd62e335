"""The tour leads from control to control, lets each be used, and puts everything back."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication

from stylestudio.app.widgets.theme import apply_theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def tour(fresh_window):
    fresh_window.resize(1024, 640)
    yield fresh_window.tour
    fresh_window.tour.leave()
    fresh_window.resize(1300, 860)


def lies_well(tour):
    """Whether the text of a step is inside the window, whole, and not on what it is about."""
    card, hole = tour.card.geometry(), tour.hole
    assert tour.rect().contains(card)
    assert tour.card.text.heightForWidth(tour.card.text.width()) <= tour.card.text.height()
    large = hole.width() > tour.width() / 3
    return not hole.isEmpty() and (large or not card.intersects(hole))


def arrangement(window):
    """Where every dock lies, and whether it is open and in front."""
    QApplication.processEvents()
    return {
        name: (
            dock.isHidden(),
            dock.isFloating(),
            None if dock.visibleRegion().isEmpty() else dock.geometry(),
        )
        for name, dock in window.docks.items()
    }


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_five_steps_lead_over_the_real_controls(qtbot, qapp, tour, fresh_window, theme):
    apply_theme(qapp, theme)
    window = fresh_window
    window.docks["truncation"].close()
    window.docks["style"].setFloating(True)
    window.docks["style"].hide()
    before = arrangement(window)
    window.actions_by_id["tour"].trigger()
    seen = []
    while tour.isVisible():
        qtbot.waitUntil(lambda: lies_well(tour))
        qtbot.waitUntil(tour.card.next.hasFocus)
        seen.append(tour.card.text.text())
        qtbot.keyClick(tour.card.next, Qt.Key.Key_Return)
    assert len(set(seen)) == 5
    assert arrangement(window) == before
    apply_theme(qapp, "dark")
    window.layout_of_docks.reset()


def test_the_control_in_the_hole_is_used_while_the_tour_is_on(qtbot, tour, fresh_window):
    window, psi = fresh_window, fresh_window.features["truncation"].panel.psi
    tour.start()
    qtbot.mouseClick(tour.card.next, LEFT)
    qtbot.waitUntil(lambda: tour.hole == QRect(psi.mapTo(window, QPoint()), psi.size()))
    assert window.childAt(tour.hole.center()) not in (tour, tour.card)
    assert window.childAt(QPoint(5, tour.hole.top() - 40)) is tour  # elsewhere it covers
    qtbot.keyClick(tour.card.next, Qt.Key.Key_Tab)
    assert psi.isAncestorOf(QApplication.focusWidget())
    before = window.studio.document.recipe.truncation_psi
    qtbot.keyClick(psi.slider, Qt.Key.Key_Left)
    assert window.studio.document.recipe.truncation_psi < before
    qtbot.mouseClick(tour.card.back, LEFT)
    assert tour.card.place.text() == "1 of 5"
    assert not tour.card.back.isEnabled()
    qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not tour.isVisible()


def test_a_folded_panel_is_unfolded_for_its_step_alone(qtbot, tour, fresh_window):
    window, folding = fresh_window, fresh_window.workspaces.folding
    psi, dock = window.features["truncation"].panel.psi, window.docks["truncation"]
    qtbot.mouseClick(dock.titleBarWidget().fold, LEFT)
    qtbot.waitUntil(lambda: dock.height() < 40)  # no more than its title
    before = arrangement(window)
    tour.start()
    qtbot.mouseClick(tour.card.next, LEFT)
    qtbot.waitUntil(lambda: tour.hole == QRect(psi.mapTo(window, QPoint()), psi.size()))
    assert lies_well(tour)
    qtbot.keyClick(tour.card.next, Qt.Key.Key_Tab)
    assert psi.isAncestorOf(QApplication.focusWidget())
    tour.leave()
    assert folding.is_folded("truncation")
    qtbot.waitUntil(lambda: arrangement(window) == before)
    folding.reset()


def test_it_comes_by_itself_once_on_a_machine(qtbot, tour, fresh_window, settled):
    window = fresh_window
    window.studio.settings.forget("tour_seen")
    window.welcome()
    assert not tour.isVisible()
    window.actions_by_id["randomize"].trigger()
    qtbot.waitUntil(tour.isVisible)
    qtbot.mouseClick(tour.card.skip, LEFT)
    assert not tour.isVisible()
    window.welcome()
    window.actions_by_id["randomize"].trigger()
    settled(window)
    assert not tour.isVisible()

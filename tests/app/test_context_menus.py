"""A right click on whatever can be acted on brings a menu of what can be done with it."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem, QMenu, QWidget

from stylestudio.app.features.dissect.grid import UnitGrid
from stylestudio.app.features.drag.panel import PairList
from stylestudio.app.features.edits.browser import DirectionGrid
from stylestudio.app.features.edits.row import EditRow
from stylestudio.app.features.source.seed_plane import SeedPlane
from stylestudio.app.features.styles.grid import StyleGrid
from stylestudio.app.features.words.made import Made, MadeList
from stylestudio.app.widgets.context_menu import offer_buttons
from stylestudio.app.widgets.small_button import small_button
from stylestudio.recipe import SeedSource


def right_click(widget, place):
    """Right-click a place; return the menu that came, None where none did."""
    target = widget.viewport() if isinstance(widget, QListWidget) else widget
    spot = target.mapToGlobal(place)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, spot)
    QApplication.sendEvent(target, event)
    menu = QApplication.activePopupWidget()
    return menu if isinstance(menu, QMenu) else None


def choose(menu, text):
    action = next(each for each in menu.actions() if each.text() == text)
    place = menu.actionGeometry(action).center()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)


def first_of(view):
    return view.visualItemRect(view.item(0)).center()


@pytest.fixture
def shown(qtbot):
    def show(widget):
        qtbot.addWidget(widget)
        widget.resize(300, 300)
        widget.show()
        return widget

    return show


def test_a_tile_of_a_style_is_used_alone_or_joins_the_blend(shown):
    grid, told = shown(StyleGrid()), []
    grid.soloed.connect(lambda name: told.append(("alone", name)))
    grid.toggled.connect(lambda name: told.append(("blend", name)))
    grid.set_styles(["ink", "oil"])
    choose(right_click(grid, first_of(grid)), "Use this style alone")
    choose(right_click(grid, first_of(grid)), "Part of the blend")
    assert told == [("alone", "ink"), ("blend", "ink")]


def test_the_map_goes_to_the_seed_that_is_clicked_and_copies_its_number(shown):
    plane, told = shown(SeedPlane(lambda _x, _y: None)), []
    plane.edited.connect(lambda x, y, _gesture: told.append((x, y)))
    place = plane._plot.mapFromScene(plane._box.mapViewToScene(QPointF(1.2, 0.9)))
    choose(right_click(plane._plot.viewport(), place), "Go to seed 101")
    assert told == [(1, 1)]
    choose(right_click(plane._plot.viewport(), place), "Copy 101")
    assert QApplication.clipboard().text() == "101"


def test_what_words_made_is_used_again_or_removed(fresh_window, shown):
    studio = fresh_window.studio
    view, told = shown(MadeList(studio.thumbnails)), []
    view.chosen.connect(lambda made: told.append(made.title))
    view.show_model(studio.document.model)
    recipe = studio.document.recipe
    view.add(Made("Find a bright picture", SeedSource(7), recipe))
    choose(right_click(view, first_of(view)), "Use it again")
    assert told == ["Find a bright picture"]
    choose(right_click(view, first_of(view)), "Remove from this list")
    assert view.count() == 0


def test_the_photo_frame_offers_what_can_be_done_with_a_photo(fresh_window, qtbot, tmp_path):
    window, framing = fresh_window, fresh_window.features["photo"].panel.framing
    window.show_dock("photo")
    place = framing.picture.rect().center()
    asked = []
    framing.picture.asked.connect(lambda: asked.append(True))
    menu = right_click(framing.picture, place)
    assert "Brush" not in {action.text() for action in menu.actions()} or framing.brush.isEnabled()
    menu.close()
    framing.set_available(has_photo=True, busy=False)
    choose(right_click(framing.picture, place), "Brush")
    assert framing.brush.isChecked()
    assert right_click(framing.picture, place) is None  # the right button erases
    framing.brush.click()


def test_a_direction_joins_the_sliders(shown):
    grid, told = shown(DirectionGrid()), []
    grid.chosen.connect(told.append)
    grid.set_names(["smile", "age"])
    choose(right_click(grid, first_of(grid)), "Add to the sliders")
    assert told == ["smile"]


def test_a_unit_is_used_alone(shown):
    grid = shown(UnitGrid())
    grid.set_units({3: 0.5, 7: 0.4}, {3, 7})
    choose(right_click(grid, first_of(grid)), "Use this unit alone")
    assert grid.chosen() == (3,)
    choose(right_click(grid, first_of(grid)), "Use this unit")
    assert grid.chosen() == ()


def test_a_pair_is_removed_and_beside_the_pairs_there_is_no_menu(shown):
    pairs, told = shown(PairList()), []
    pairs.removed.connect(told.append)
    assert right_click(pairs, QPoint(5, 5)) is None
    pairs.addItem(QListWidgetItem("1"))
    choose(right_click(pairs, first_of(pairs)), "Remove the pair")
    assert told == [0]


def test_the_menu_of_a_row_has_its_buttons_and_goes_when_it_closes(shown):
    row, told = shown(QWidget()), []
    mute = small_button("M", "Leave it out", "Mute ink")
    up = small_button("up", "Move it", "Move ink up", checkable=False)
    for each in (mute, up):
        each.setParent(row)
        each.show()
        each.clicked.connect(lambda _on, button=each: told.append(button.accessibleName()))
    up.setEnabled(False)
    offer_buttons(row, mute, up)
    menu = right_click(row, QPoint(200, 200))
    assert [each.text() for each in menu.actions()] == ["Mute ink"]
    choose(menu, "Mute ink")
    assert told == ["Mute ink"]
    assert mute.isChecked()
    menu = right_click(row, QPoint(200, 200))
    assert menu.actions()[0].isChecked()
    menu.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not row.findChildren(QMenu)


def test_an_edit_offers_what_its_dots_do(shown, model):
    row = shown(EditRow("smile", model.layers))
    menu = right_click(row, QPoint(3, 3))
    assert menu is row.more.menu()
    menu.close()

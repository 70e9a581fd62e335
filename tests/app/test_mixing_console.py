"""The mixing console by hand and by key: one window for all of it."""

import numpy as np
import pytest
from hands import drag
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from stylestudio.recipe import LatentSource, MixRow, SeedSource, save_png
from stylestudio.render import render

LEFT = Qt.MouseButton.LeftButton
ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def console(fresh_window):
    """The panel with three sources of seeds 11 to 13, in sight."""
    window = fresh_window
    window.show_dock("mixing-console")
    document = window.studio.document
    full = (1.0,) * document.model.num_ws
    rows = tuple(MixRow(SeedSource(seed), full) for seed in (11, 12, 13))
    document.set(document.recipe.replace(mixing=rows), "Three sources")
    QApplication.processEvents()
    return window.features["mixing"].panel


@pytest.fixture
def mixing(console):
    return lambda: console.document.recipe.mixing


def seeds(rows):
    return [row.source.seed for row in rows]


def run(row, command):
    """What choosing a command of the row's menu does."""
    row.actions_by_id[command].trigger()


def one_step(console, what):
    """The document before and after; the step is one, and can be undone."""
    stack = console.document.undo_stack
    before, index = console.document.recipe, stack.index()
    what()
    assert stack.index() == index + 1
    after = console.document.recipe
    stack.undo()
    assert console.document.recipe == before
    stack.redo()
    return after


def test_amount_scales_the_row_and_is_a_parameter_like_any_other(
    qtbot, console, mixing, fresh_window, settled
):
    slider = console.rows[1].amount.slider
    one_step(console, lambda: qtbot.keyClick(slider, Qt.Key.Key_Left, SHIFT))
    assert mixing()[1].amount == 0.9
    assert mixing()[1].amounts == (1.0,) * console.document.model.num_ws
    assert console.control("mixing.1.amount") is console.rows[1].amount
    qtbot.mouseDClick(slider, LEFT)
    assert mixing()[1].amount == 1.0


def test_mute_and_solo_change_the_picture_and_are_shown(
    qtbot, console, mixing, fresh_window, settled
):
    one_step(console, lambda: qtbot.mouseClick(console.rows[2].mute, LEFT))
    assert [row.muted for row in mixing()] == [False, False, True]
    settled(fresh_window)
    document = console.document
    picture = render(document.model, document.recipe.replace(mixing=mixing()[:2]))
    colour = fresh_window.canvas.image.pixelColor(5, 17)
    assert [colour.red(), colour.green(), colour.blue()] == picture[17, 5].tolist()
    one_step(console, lambda: qtbot.mouseClick(console.rows[0].solo, LEFT))
    muted = [row.name.label.property("muted") for row in console.rows]
    assert muted == [False, True, True] or muted == [None, True, True]
    qtbot.mouseClick(console.rows[0].solo, LEFT)
    assert not mixing()[0].solo


def test_keys_of_a_row_that_has_the_focus(qtbot, console, mixing):
    row = console.rows[0]
    row.setFocus()
    for key, field in (
        (Qt.Key.Key_M, "muted"),
        (Qt.Key.Key_S, "solo"),
        (Qt.Key.Key_L, "locked"),  # which plays the clip elsewhere
    ):
        one_step(console, lambda key=key: QTest.keyClick(row, key))
        assert getattr(mixing()[0], field), field
        QTest.keyClick(row, key)
        assert not getattr(mixing()[0], field), field
    one_step(console, lambda: QTest.keyClick(row, Qt.Key.Key_D, CTRL))
    assert seeds(mixing()) == [11, 11, 12, 13]
    console.rows[1].setFocus()
    one_step(console, lambda: QTest.keyClick(console.rows[1], Qt.Key.Key_Delete))
    assert seeds(mixing()) == [11, 12, 13]


def test_alt_and_arrows_move_a_row_and_the_focus_goes_with_it(qtbot, console, mixing):
    console.rows[0].amount.slider.setFocus()  # from within a row, too
    one_step(console, lambda: QTest.keyClick(console.rows[0].amount.slider, Qt.Key.Key_Down, ALT))
    assert seeds(mixing()) == [12, 11, 13]
    assert console.rows[1].hasFocus()
    QTest.keyClick(console.rows[1], Qt.Key.Key_Up, ALT)
    assert seeds(mixing()) == [11, 12, 13]
    QTest.keyClick(console.rows[0], Qt.Key.Key_Up, ALT)  # there is nothing above
    assert seeds(mixing()) == [11, 12, 13]


def test_a_row_is_dragged_to_its_place(qtbot, console, mixing):
    first, last = console.rows[0], console.rows[2]
    start = first.picture.geometry().center()
    end = first.mapFromGlobal(last.mapToGlobal(QPoint(start.x(), last.height() - 4)))
    one_step(console, lambda: drag(qtbot, first, start, end))
    assert seeds(mixing()) == [12, 13, 11]
    qtbot.mousePress(console.rows[2], LEFT, pos=start)
    qtbot.mouseMove(console.rows[2], start - QPoint(0, 900))
    assert console.rows[0].mark == "above"
    QTest.keyClick(console.rows[2], Qt.Key.Key_Escape)
    qtbot.mouseRelease(console.rows[2], LEFT, pos=start)
    assert seeds(mixing()) == [12, 13, 11]
    assert not any(row.mark for row in console.rows)


def test_a_row_is_renamed_and_the_name_stays_with_it(qtbot, console, mixing):
    row = console.rows[1]
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_F2)
    qtbot.keyClicks(row.name.field, "Mia")
    one_step(console, lambda: qtbot.keyClick(row.name.field, Qt.Key.Key_Return))
    assert mixing()[1].name == "Mia"
    assert "Mia" in row.accessibleName()
    run(console.rows[1], "up")
    assert console.rows[0].name.label.text() == "Mia"


def test_a_locked_row_is_left_alone(qtbot, console, mixing, fresh_window):
    qtbot.mouseClick(console.rows[0].lock, LEFT)
    row, locked = console.rows[0], mixing()[0]
    for control in (row.amount.slider, row.bars, row.seed, row.remove):
        assert not control.isEnabled()
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Delete)
    QTest.keyClick(row, Qt.Key.Key_Down, ALT)
    drag(qtbot, row, QPoint(20, 20), QPoint(20, 400))
    assert mixing()[0] == locked
    one_step(console, lambda: fresh_window.actions_by_id["roll_mix"].trigger())
    assert mixing()[0] == locked
    assert seeds(mixing())[1:] != [12, 13]
    fresh_window.actions_by_id["reset"].trigger()
    assert mixing() == (locked,)
    QTest.keyClick(console.rows[0], Qt.Key.Key_M)  # playing it is no change of it
    assert mixing() == (replace(locked, muted=True),)


def test_rolling_leaves_photos_and_latents(qtbot, console, mixing):
    document = console.document
    latent = LatentSource.from_array(np.zeros((1, document.model.w_dim), np.float32), "aunt")
    rows = (replace(mixing()[0], source=latent), *mixing()[1:])
    document.set(document.recipe.replace(mixing=rows), "A photo")
    qtbot.mouseClick(console.roll, LEFT)
    assert mixing()[0].source == latent
    assert console.rows[0].name.label.text() == "aunt"


def test_main_source_is_copied_and_swapped(console, mixing):
    document, main = console.document, console.document.recipe.source
    one_step(console, lambda: run(console.rows[1], "swap"))
    assert (document.recipe.source, mixing()[1].source) == (SeedSource(12), main)
    one_step(console, lambda: run(console.rows[0], "main"))
    assert mixing()[0].source == SeedSource(12)
    console.add_menu.actions()[-1].trigger()
    assert mixing()[-1].source == SeedSource(12)


def test_history_presets_and_the_pin_are_offered_by_themselves(
    qtbot, console, mixing, fresh_window
):
    document, studio = console.document, fresh_window.studio
    first = document.recipe.source
    fresh_window.features["presets"].slots.store(3)
    for seed in (77, 78):
        document.set(document.recipe.replace(source=SeedSource(seed)), "Go on")
    studio.view.pinned = document.recipe
    console.add_menu.actions()[1].trigger()
    dialog = console.chooser
    names = [dialog.list.item(i).text() for i in range(dialog.list.count())]
    assert names == ["Pinned", "Preset 3", "seed 77"]  # and of history what is none of these
    qtbot.waitUntil(lambda: not dialog.list.item(2).icon().isNull(), timeout=20_000)
    dialog.list.setCurrentRow(1)
    one_step(console, lambda: qtbot.keyClick(dialog, Qt.Key.Key_Return))
    assert mixing()[-1].source == first
    run(console.rows[0], "choose")
    console.chooser.list.setCurrentRow(2)
    qtbot.keyClick(console.chooser, Qt.Key.Key_Return)
    assert mixing()[0].source == SeedSource(77)


def test_a_double_click_or_return_on_a_source_mixes_it_in_once(
    qtbot, console, mixing, fresh_window
):
    fresh_window.studio.view.pinned = console.document.recipe.replace(source=SeedSource(77))
    hands = (
        lambda view, at: qtbot.mouseDClick(view.viewport(), LEFT, pos=at),
        lambda view, _at: qtbot.keyClick(view, Qt.Key.Key_Return),
    )
    for take in hands:
        before = seeds(mixing())
        console.add_menu.actions()[1].trigger()
        view = console.chooser.list
        qtbot.waitUntil(view.isVisible)
        at = view.visualItemRect(view.item(0)).center()
        qtbot.mouseClick(view.viewport(), LEFT, pos=at)
        one_step(console, lambda: take(view, at))  # noqa: B023
        assert seeds(mixing()) == [*before, 77]


def test_files_that_are_dropped_are_mixed_in(qtbot, console, mixing, fresh_window, drop, tmp_path):
    document = console.document
    model, before = document.model, len(mixing())
    picture, latents = tmp_path / "mia.png", tmp_path / "projected_w.npz"
    made = document.recipe.replace(source=SeedSource(55), mixing=())
    save_png(picture, render(model, made), made)
    ws = np.random.RandomState(1).randn(2, model.num_ws, model.w_dim).astype(np.float32)
    np.savez(latents, w=ws)
    text = tmp_path / "leo.json"
    text.write_text(made.replace(source=SeedSource(56)).to_json())

    def drop_both():
        drop(console, picture, text)
        qtbot.waitUntil(lambda: len(mixing()) == before + 2, timeout=20_000)

    one_step(console, drop_both)
    assert seeds(mixing())[-2:] == [55, 56]
    assert document.recipe.source != SeedSource(55)
    drop(console, latents)
    qtbot.waitUntil(lambda: len(mixing()) == before + 3, timeout=20_000)
    assert (mixing()[-1].source.array() == ws[0]).all()
    assert "the first of 2" in fresh_window.banner.text
    assert sum(isinstance(each.source, LatentSource) for each in console.at_hand()) == 2


def test_what_cannot_be_mixed_in_says_so(
    qtbot, console, mixing, fresh_window, drop, tmp_path, make_model
):
    other, rows = make_model(seed=4, name="other"), mixing()
    recipe = console.document.recipe
    foreign = replace(recipe, model=replace(recipe.model, name="other", sha256=other.sha256))
    path = tmp_path / "foreign.json"
    path.write_text(foreign.to_json())
    drop(console, path)
    qtbot.waitUntil(lambda: "can't mix it in" in fresh_window.banner.text, timeout=20_000)
    photo = tmp_path / "aunt.png"
    Image.new("RGB", (40, 40), "red").save(photo)
    drop(console, photo)
    qtbot.waitUntil(lambda: "Invert aunt.png" in fresh_window.banner.text, timeout=20_000)
    qtbot.waitUntil(lambda: fresh_window.features["photo"].inverter.photo is not None)
    assert mixing() == rows


def test_each_row_shows_the_source_and_what_it_contributes(qtbot, console, fresh_window, settled):
    row, document = console.rows[1], console.document
    document.set(document.recipe.set("mixing.1.amount", 0.5), "Half of it")
    only = document.recipe.replace(mixing=(document.recipe.mixing[1],))
    kept = fresh_window.studio.thumbnails.kept
    qtbot.waitUntil(lambda: kept(only) is not None, timeout=20_000)
    assert row.contribution.pixmap().toImage() == kept(only)
    qtbot.waitUntil(lambda: not row.picture.pixmap().isNull(), timeout=20_000)
    assert row.picture.pixmap().toImage() != row.contribution.pixmap().toImage()
    qtbot.mouseClick(row.seed.dice, LEFT)  # better none than that of another source
    assert row.contribution.pixmap().isNull()
    qtbot.waitUntil(lambda: not row.contribution.pixmap().isNull(), timeout=20_000)


def test_a_right_click_offers_the_same_commands(console, mixing):
    row = console.rows[0]
    place = QPoint(20, 20)
    QApplication.sendEvent(
        row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, row.mapToGlobal(place))
    )
    assert isinstance(QApplication.activePopupWidget(), QMenu)
    assert QApplication.activePopupWidget() is row.menu is row.more.menu()
    row.menu.close()


def test_without_sources_the_panel_says_what_to_do(qtbot, console, mixing):
    assert console.empty.isHidden()
    for _ in range(3):
        qtbot.mouseClick(console.rows[0].remove, LEFT)
    assert mixing() == ()
    assert "Nothing is mixed in" in console.empty.text()
    assert console.empty.isVisible()
    assert console.add.hasFocus()
    assert not console.roll.isVisible()


def test_rows_fit_a_narrow_dock_and_have_names(console):
    needed = console.rows[0].minimumSizeHint().width() + 24 + 9  # margins and the scroll bar
    assert needed <= 300
    for row in console.rows:
        for button in (row.solo, row.mute, row.lock, row.more, row.remove, row.fold):
            assert button.accessibleName()
            assert str(row.index + 2) in button.accessibleName()


def test_layers_are_folded_away_and_stay_so_on_the_way(qtbot, console):
    qtbot.mouseClick(console.rows[0].fold, LEFT)
    assert not console.rows[0].bars.isVisible()
    run(console.rows[0], "down")
    assert console.rows[0].bars.isVisible()
    assert not console.rows[1].bars.isVisible()

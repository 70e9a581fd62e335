"""The command palette: what it finds, what it does, and what it says of what it can't do."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from stylestudio.app.shell.palette_entries import rank_of, read
from stylestudio.recipe import SeedSource

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def palette(qtbot, window):
    """The palette, after its keys were pressed."""
    window.activateWindow()
    window.canvas.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL_SHIFT)
    assert window.palette_of_commands.isVisible()
    assert window.palette_of_commands.line.hasFocus()
    return window.palette_of_commands


def lines(palette):
    rows = [palette.list.topLevelItem(i) for i in range(palette.list.topLevelItemCount())]
    return [(row.text(0), row.text(1)) for row in rows]


def type_and_enter(qtbot, palette, text):
    qtbot.keyClicks(palette.line, text)
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)


def test_a_few_letters_find_a_command_with_its_keys_and_enter_does_it(qtbot, window, palette):
    before = window.studio.document.recipe
    qtbot.keyClicks(palette.line, "roll se")
    assert lines(palette)[0] == ("Edit › Roll a seed", "R")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.canvas.hasFocus()
    assert window.studio.document.recipe.source != before.source


def test_all_commands_of_all_menus_can_be_found(window, palette):
    found = {text for text, _ in lines(palette)}
    assert {"File › Save picture…", "Help › Keyboard shortcuts…"} <= found
    palette.line.setText("history")
    assert "View › Panels › History" in {text for text, _ in lines(palette)}


def test_names_have_room_beside_the_longest_reason(window, palette):
    shown, metrics = palette.list.columnWidth(0), palette.list.fontMetrics()
    cut = [name for name, _ in lines(palette) if metrics.horizontalAdvance(name) > shown]
    assert len(cut) <= 1  # "As fast as possible, without drafts", two menus down
    assert palette.list.columnWidth(1) > 0.4 * palette.list.viewport().width()


def test_a_panel_is_found_by_what_it_is_for_after_those_that_are_called_so(qtbot, palette):
    qtbot.keyClicks(palette.line, "find units")
    assert "View › Panels › Dissect" in {text for text, _ in lines(palette)}
    palette.line.setText("style")
    titles = [text for text, _ in lines(palette)]
    told = titles.index("View › Panels › Stages") if "View › Panels › Stages" in titles else 999
    assert titles.index("View › Panels › Style") < told


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("psi 0.5", "truncation_psi", 0.5),
        ("psi -0,25", "truncation_psi", -0.25),
        ("noise strength 2", "noise_strength", 2.0),
        ("truncation cutoff 3", "truncation_cutoff", 3),
        ("seed 12", "source", SeedSource(12)),
        ("Truncation psi = 1.5", "truncation_psi", 1.5),
    ],
)
def test_numbers_are_set_by_name_as_one_step(qtbot, window, palette, typed, field, value):
    before = window.studio.document.recipe
    type_and_enter(qtbot, palette, typed)
    assert getattr(window.studio.document.recipe, field) == value
    window.actions_by_id["undo"].trigger()
    assert window.studio.document.recipe == before


def test_a_seed_is_reached_from_a_source_without_one(qtbot, window, palette):
    window.canvas.walked.emit(0.1, 0.1, object())
    assert not isinstance(window.studio.document.recipe.source, SeedSource)
    type_and_enter(qtbot, palette, "seed 12")
    assert window.studio.document.recipe.source == SeedSource(12)


def test_what_is_out_of_range_says_so_and_changes_nothing(qtbot, window, palette):
    before = window.studio.document.recipe
    type_and_enter(qtbot, palette, "psi 7")
    assert palette.said.text() == "It goes from -1 to 2."
    assert palette.isVisible()
    palette.line.setText("noise seed 1.5")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.said.text() == "It must be a whole number."
    assert window.studio.document.recipe == before


def test_a_name_without_a_value_asks_for_it(qtbot, window, palette):
    type_and_enter(qtbot, palette, "psi")
    assert palette.line.text() == "Truncation psi "
    assert "-1 to 2" in palette.said.text()
    type_and_enter(qtbot, palette, "0.3")
    assert window.studio.document.recipe.truncation_psi == 0.3


def test_what_is_greyed_out_says_why(qtbot, window, palette):
    palette.line.setText("compare with")
    text, note = lines(palette)[0]
    assert text == "View › Compare with the pinned picture"
    assert note == "Pin a picture first, to compare others with it."
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert palette.said.text() == note
    palette.line.setText("rotate 5")
    assert lines(palette)[0][1].startswith("Only StyleGAN3 models")


def test_arrows_choose_and_esc_leaves(qtbot, window, palette):
    palette.line.setText("zoom")
    first = palette.list.currentItem().text(0)
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    assert palette.list.currentItem().text(0) != first
    qtbot.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.canvas.hasFocus()


def test_nothing_found_is_said(palette):
    palette.line.setText("qqqq")
    assert palette.said.text().startswith("Nothing matches")


def test_a_command_that_takes_a_number_asks_in_the_palette(qtbot, window):
    window.canvas.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_G)
    palette = window.palette_of_commands
    assert palette.line.text() == "Go to seed "
    QTest.keyClicks(palette.line, "77")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.studio.document.recipe.source == SeedSource(77)


def test_names_at_their_start_come_before_names_further_inside():
    names = ["Recall preset 1", "Paint this still…", "Presets"]
    ranks = {name: rank_of(["pre"], name, name) for name in names}
    assert ranks["Paint this still…"] is None
    assert ranks["Presets"] < ranks["Recall preset 1"]


def test_the_last_word_may_be_a_number_or_a_name():
    assert read("noise layer 3") == [(("noise", "layer"), 3.0), (("noise", "layer", "3"), None)]
    assert read("") == [((), None)]

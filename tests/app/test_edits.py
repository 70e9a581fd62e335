"""The Edits dock: rows, the browser of directions, files of them, through real events."""

import re

import msgspec
import numpy as np
import pytest
from hands import drag
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

import stylestudio as ss
from stylestudio.app.features.edits import library, regions
from stylestudio.app.features.edits.moves import spoken
from stylestudio.app.features.words.made import Made
from stylestudio.checkpoints import write_safetensors
from stylestudio.editing import DirectionError, Directions, direction_between, rank_by_region
from stylestudio.networks import progan
from stylestudio.recipe import LatentSource, ModelRef, SeedSource
from stylestudio.render import open_model

LEFT = Qt.MouseButton.LeftButton
NAMES = ("turn", "smile", "age", "glasses", "hair_length", "brow_tilt", "lips")


@pytest.fixture(scope="module")
def named(model):
    rows = np.random.RandomState(3).randn(len(NAMES), 1, model.w_dim).astype(np.float32)
    layers = np.ones((len(NAMES), model.num_ws), np.float32)
    layers[:, 0] = 0
    return Directions(NAMES, rows, layers, ModelRef.of(model))


@pytest.fixture(autouse=True)
def shipped(monkeypatch, model, named):
    """Directions ship for the small model, and for no other."""

    def find(ref):
        if ref.sha256 != model.sha256:
            raise DirectionError("none ship")
        return named

    monkeypatch.setattr(library, "directions_of", find)


@pytest.fixture
def window(shipped, window_of_new_model):
    """The window of the module, with no directions but those that ship."""
    feature = window_of_new_model.features["edits"]
    feature.panel.search.clear()
    feature.variations.kind.setCurrentIndex(0)
    feature.variations.distance.restore_default()
    return window_of_new_model


@pytest.fixture
def panel(qtbot, window):
    window.show_dock("edits")
    panel = window.features["edits"].panel
    qtbot.waitUntil(lambda: len(panel.rows.rows) == 5)
    return panel


def edits(window):
    return {edit.name: edit for edit in window.studio.document.recipe.edits}


def visible(grid):
    return grid.visible_names()


def tile(grid, name):
    (item,) = [item for item in map(grid.item, range(grid.count())) if item.text() == name]
    return grid.visualItemRect(item).center()


def choose(qtbot, panel, name):
    panel.search.setText(name)
    qtbot.waitUntil(lambda: name in visible(panel.grid)[:2])
    place = tile(panel.grid, spoken(name))
    qtbot.mousePress(panel.grid.viewport(), LEFT, pos=place)
    qtbot.mouseRelease(panel.grid.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(panel.grid.viewport(), LEFT, pos=place)
    panel.search.clear()


def type_in(qtbot, box, text):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


def test_a_new_window_has_sliders_with_meaning_which_a_drag_puts_into_the_picture(
    qtbot, window, panel, settled
):
    document = window.studio.document
    assert [*panel.rows.rows] == ["smile", "age", "glasses", "turn", "hair_length"]
    assert edits(window) == {}
    row, count = panel.rows.rows["smile"], document.undo_stack.count()
    before = window.canvas.image
    slider = row.amount.slider
    places = places_at_rest(qtbot, panel)
    middle = slider.rect().center()
    drag(qtbot, slider, middle, middle + QPoint(slider.width() // 4, 0))
    qtbot.wait(50)
    assert places_of(panel) == places  # nothing moved under the hand
    assert 0.5 < edits(window)["smile"].amount < 3
    assert document.undo_stack.count() == count + 1  # one step a drag
    settled(window)
    assert window.canvas.image != before
    document.undo_stack.undo()
    assert edits(window) == {}
    assert panel.rows.rows["smile"].amount.value() == 0
    assert places_of(panel) == places
    assert not row.mute.isVisible()
    qtbot.mouseClick(row.open, LEFT)
    qtbot.waitUntil(row.mute.isVisible)
    qtbot.mouseClick(row.open, LEFT)
    qtbot.waitUntil(lambda: places_of(panel) == places)


def places_at_rest(qtbot, panel):
    """Where sliders lie once the dock, which may just have been shown, is laid out."""
    seen = []

    def is_still():
        seen.append(places_of(panel))
        return len(seen) > 15 and all(each == seen[-1] for each in seen[-15:])

    qtbot.waitUntil(is_still)
    return seen[-1]


def places_of(panel):
    """Where each slider lies on the screen, and how large it is."""
    sliders = {name: row.amount.slider for name, row in panel.rows.rows.items()}
    return {name: (s.mapToGlobal(QPoint(0, 0)), s.size()) for name, s in sliders.items()}


def test_the_slider_ends_at_3_and_typing_goes_to_10(qtbot, window, panel):
    row = panel.rows.rows["age"].amount
    row.slider.setValue(row.slider.maximum())
    assert edits(window)["age"].amount == 3
    type_in(qtbot, row.box, "-7,5")
    assert edits(window)["age"].amount == -7.5
    type_in(qtbot, row.box, "99")
    assert edits(window)["age"].amount == 10


def test_directions_are_searched_and_double_clicked_or_dragged_into_the_list(qtbot, window, panel):
    assert visible(panel.grid)[0] == "turn"
    qtbot.keyClicks(panel.search, "tilt")
    qtbot.waitUntil(lambda: visible(panel.grid) == ["brow_tilt"])
    panel.search.clear()
    choose(qtbot, panel, "brow_tilt")
    assert edits(window)["brow_tilt"].amount == 1
    assert edits(window)["brow_tilt"].layers[0] == 0
    choose(qtbot, panel, "brow_tilt")  # it already exists
    assert [*edits(window)] == ["brow_tilt"]
    item = panel.grid.findItems("lips", Qt.MatchFlag.MatchExactly)
    data = panel.grid.mimeData(item)
    hands = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *hands)
    QApplication.sendEvent(panel.rows, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(panel.rows, QDropEvent(QPointF(5, 5), *hands))
    assert [*edits(window)] == ["brow_tilt", "lips"]
    nothing = QMimeData()
    foreign = QDragEnterEvent(QPoint(5, 5), hands[0], nothing, *hands[2:])
    QApplication.sendEvent(panel.rows, foreign)
    assert not foreign.isAccepted()


def test_tiles_show_the_picture_at_both_ends(qtbot, window, panel, named):
    thumbnails, document = window.studio.thumbnails, window.studio.document
    recipe = document.recipe
    ends = [recipe.edit(named.edit("turn", amount)) for amount in (-2.0, 2.0)]
    qtbot.waitUntil(lambda: all(thumbnails.kept(end) for end in ends), timeout=20_000)
    item = panel.grid.item(0)
    roles = (Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2)
    qtbot.waitUntil(lambda: item.data(roles[1]) is not None)
    assert [item.data(role) for role in roles] == [thumbnails.kept(end) for end in ends]


def turn_up(qtbot, rows, *names):
    """Give some rows an amount of 1.5, and open them."""
    for name in names:
        rows[name].amount.slider.setValue(4500)
        qtbot.mouseClick(rows[name].open, LEFT)


def test_mute_solo_and_lock(qtbot, window, panel):
    for name in ("smile", "age", "turn"):
        panel.rows.rows[name].amount.slider.setValue(4500)
    rows = panel.rows.rows
    for name in ("smile", "age", "turn"):
        qtbot.mouseClick(rows[name].open, LEFT)
    qtbot.mouseClick(rows["age"].mute, LEFT)
    assert [name for name, edit in edits(window).items() if edit.muted] == ["age"]
    qtbot.mouseClick(rows["smile"].solo, LEFT)
    assert [name for name, edit in edits(window).items() if edit.muted] == ["age", "turn"]
    assert rows["smile"].solo.isChecked()
    qtbot.mouseClick(rows["turn"].solo, LEFT)  # from one to the other
    assert [name for name, edit in edits(window).items() if edit.muted] == ["smile", "age"]
    assert not rows["smile"].solo.isChecked()
    qtbot.mouseClick(rows["turn"].solo, LEFT)
    assert [name for name, edit in edits(window).items() if edit.muted] == ["age"]
    qtbot.mouseClick(rows["smile"].lock, LEFT)
    assert not rows["smile"].amount.slider.isEnabled()
    assert "locked" in rows["smile"].amount.toolTip()
    assert not rows["smile"].remove_action.isEnabled()
    qtbot.mouseClick(panel.reset, LEFT)
    assert [edit.amount for edit in edits(window).values()] == [1.5, 0, 0]
    qtbot.mouseClick(rows["smile"].lock, LEFT)
    qtbot.mouseClick(panel.reset, LEFT)
    assert [edit.amount for edit in edits(window).values()] == [0, 0, 0]
    assert not panel.reset.isEnabled()


def test_a_change_to_the_list_ends_solo_in_the_same_step(qtbot, window, panel):
    document, rows = window.studio.document, panel.rows.rows
    turn_up(qtbot, rows, "smile", "age", "turn")
    qtbot.mouseClick(rows["age"].mute, LEFT)

    def muted():
        return [name for name, edit in edits(window).items() if edit.muted]

    changes = (
        lambda: choose(qtbot, panel, "lips"),
        lambda: type_in(qtbot, rows["glasses"].amount.box, "2"),  # only suggested until then
        lambda: rows["turn"].duplicate_action.trigger(),
        lambda: rows["turn"].remove_action.trigger(),
        lambda: rows["smile"].remove_action.trigger(),
    )
    for change in changes:
        qtbot.mouseClick(rows["smile"].solo, LEFT)
        assert muted() == ["age", "turn"]
        index = document.undo_stack.index()
        change()
        assert muted() == ["age"]
        assert not any(row.solo.isChecked() for row in panel.rows.rows.values())
        document.undo_stack.undo()
        assert document.undo_stack.index() == index
        assert muted() == ["age", "turn"]
        rows = panel.rows.rows
        assert rows["smile"].solo.isChecked()
        document.undo_stack.undo()
        assert muted() == ["age"]


def test_edits_from_other_docks_end_solo_too(qtbot, window, panel, named):
    document, rows = window.studio.document, panel.rows.rows
    turn_up(qtbot, rows, "smile", "age")
    qtbot.mouseClick(rows["smile"].solo, LEFT)
    alone = document.recipe

    def take_what_words_made():
        window.show_dock("words")
        made = window.features["words"].panel.made
        made.add(Made("Move lips", named.edit("lips", 1.0), alone))
        made.setCurrentRow(0)
        qtbot.keyClick(made, Qt.Key.Key_Return)

    def take_a_variation(along):
        window.show_dock("variations")
        sheet = window.features["edits"].variations.list
        qtbot.waitUntil(lambda: sheet.count() == len(NAMES), timeout=20_000)
        items = map(sheet.item, range(sheet.count()))
        click_item(qtbot, sheet, next(item for item in items if item.text()[2:] == along))

    for take, added in (
        (take_what_words_made, {"lips"}),
        (lambda: take_a_variation("glasses"), {"glasses"}),
        (lambda: take_a_variation("age"), set()),
    ):
        take()
        assert edits(window).keys() == {"smile", "age"} | added
        assert not any(edit.muted for edit in edits(window).values())
        document.undo_stack.undo()
        assert document.recipe == alone
        assert rows["smile"].solo.isChecked()
    take_a_variation("smile")  # goes on alone
    assert edits(window)["age"].muted
    assert rows["smile"].solo.isChecked()


def test_undo_of_a_mute_gives_solo_back(qtbot, window, panel):
    rows = panel.rows.rows
    turn_up(qtbot, rows, "smile", "age")
    qtbot.mouseClick(rows["smile"].solo, LEFT)
    qtbot.mouseClick(rows["age"].mute, LEFT)
    assert not rows["smile"].solo.isChecked()
    window.actions_by_id["undo"].trigger()
    assert rows["smile"].solo.isChecked()
    qtbot.mouseClick(rows["smile"].solo, LEFT)
    assert not any(edit.muted for edit in edits(window).values())


def test_an_edit_that_is_only_suggested_is_shown_alone_and_moved(qtbot, window, panel):
    rows = panel.rows.rows
    for name in ("smile", "age"):
        rows[name].amount.slider.setValue(4500)
    for name in ("turn", "smile"):
        qtbot.mouseClick(rows[name].open, LEFT)
    qtbot.mouseClick(rows["turn"].solo, LEFT)
    type_in(qtbot, rows["turn"].amount.box, "2")
    assert [name for name, edit in edits(window).items() if edit.muted] == ["smile", "age"]
    assert rows["turn"].solo.isChecked()
    qtbot.mouseClick(rows["turn"].solo, LEFT)
    assert not any(edit.muted for edit in edits(window).values())


def test_what_is_muted_by_hand_or_renamed_beside_a_solo_stays_so(qtbot, window, panel):
    rows = panel.rows.rows
    turn_up(qtbot, rows, "smile", "age")
    qtbot.mouseClick(rows["smile"].solo, LEFT)
    for old, new in (("age", "years"), ("smile", "grin")):
        qtbot.mouseDClick(rows[old].title, LEFT)
        qtbot.keyClicks(rows[old].title.field, new)
        qtbot.keyClick(rows[old].title.field, Qt.Key.Key_Return)
        rows = panel.rows.rows
    assert rows["grin"].solo.isChecked()
    qtbot.mouseClick(rows["grin"].solo, LEFT)
    assert not any(edit.muted for edit in edits(window).values())
    qtbot.mouseClick(rows["years"].mute, LEFT)
    assert not rows["grin"].solo.isChecked()
    choose(qtbot, panel, "lips")
    assert [name for name, edit in edits(window).items() if edit.muted] == ["years"]


def test_layers_are_chosen_by_group_or_painted(qtbot, window, panel, model):
    panel.rows.rows["smile"].amount.slider.setValue(4000)
    row, count = panel.rows.rows["smile"], window.studio.document.undo_stack.count()
    assert not row.bars.isVisible()
    qtbot.mouseClick(row.open, LEFT)
    qtbot.waitUntil(row.bars.isVisible)
    qtbot.waitUntil(lambda: row.bars.bar_rect(1).height() > 10)  # it has been laid out
    assert not any(button.isChecked() for button in row.groups.values())
    for text, group in {"Form": "coarse", "Colour": "fine"}.items():
        if not row.groups[text].isEnabled():
            assert group not in {layer.group for layer in model.layers}
            continue
        qtbot.mouseClick(row.groups[text], LEFT)
        expected = tuple(float(layer.group == group) for layer in model.layers)
        assert edits(window)["smile"].layers == expected
        assert row.groups[text].isChecked()
    qtbot.mouseClick(row.groups["All"], LEFT)
    assert edits(window)["smile"].layers is None
    place = row.bars.bar_rect(1).center().toPoint()
    qtbot.mouseClick(row.bars, LEFT, pos=place)
    assert edits(window)["smile"].layers[1] == pytest.approx(0.5, abs=0.05)
    assert not row.groups["All"].isChecked()
    assert window.studio.document.undo_stack.count() > count + 2


def test_rename_duplicate_and_remove(qtbot, window, panel):
    panel.rows.rows["smile"].amount.slider.setValue(4500)
    panel.rows.rows["age"].amount.slider.setValue(4000)
    row = panel.rows.rows["smile"]
    qtbot.mouseDClick(row.title, LEFT)
    qtbot.keyClicks(row.title.field, "grin")
    qtbot.keyClick(row.title.field, Qt.Key.Key_Return)
    assert edits(window)["grin"].amount == 1.5
    assert "smile" not in edits(window)
    assert next(iter(panel.rows.rows)) == "grin"  # in its place
    row = panel.rows.rows["grin"]
    qtbot.mouseDClick(row.title, LEFT)
    qtbot.keyClicks(row.title.field, "age")
    qtbot.keyClick(row.title.field, Qt.Key.Key_Return)
    assert edits(window)["age 2"].amount == 1.5  # another has that name
    panel.rows.rows["age 2"].duplicate_action.trigger()
    assert edits(window)["age 2 2"].amount == 1.5
    panel.rows.rows["age"].remove_action.trigger()
    assert [*edits(window)] == ["age 2", "age 2 2"]
    assert "age" not in panel.rows.rows
    window.studio.document.undo_stack.undo()
    assert edits(window)["age"].amount == 1
    panel.rows.rows["turn"].remove_action.trigger()  # only suggested
    assert "turn" not in panel.rows.rows


def test_an_edit_is_removed_while_its_name_is_being_typed(qtbot, window, panel):
    for name in ("smile", "age"):
        panel.rows.rows[name].amount.slider.setValue(4500)
    others = [name for name in panel.rows.rows if name != "smile"]
    row = panel.rows.rows["smile"]
    qtbot.mouseDClick(row.title, LEFT)
    qtbot.waitUntil(row.title.field.hasFocus)
    qtbot.keyClicks(row.title.field, "grin")
    row.remove_action.trigger()  # an exception here would fail the test
    assert [*edits(window)] == ["age"]
    assert [*panel.rows.rows] == others


def test_a_name_that_is_only_suggested_can_be_given_to_another_edit(qtbot, window, panel, named):
    document = window.studio.document
    document.set(document.recipe.edit(named.edit("smile", 1.5)), "Add")
    count = len(panel.rows.rows)
    row = panel.rows.rows["smile"]
    qtbot.mouseDClick(row.title, LEFT)
    qtbot.keyClicks(row.title.field, "age")
    qtbot.keyClick(row.title.field, Qt.Key.Key_Return)
    assert edits(window)["age"].direction == named.edit("smile").direction
    assert len(panel.rows.rows) == count - 1

    def shown():
        rows = [each for each in panel.rows.findChildren(type(row)) if not each.isHidden()]
        return [each.title.label.text() for each in rows].count("age")

    qtbot.wait(50)  # a new row shows itself late
    assert shown() == 1
    panel.rows.rows["age"].remove_action.trigger()
    assert "age" not in edits(window)
    assert shown() == 0


def test_any_model_has_directions_that_are_found_beside_the_window(
    qtbot, window, panel, make_model
):
    window.studio.document.open_model(make_model(seed=9, name="other", w_dim=12))
    assert panel.rows.rows == {}
    qtbot.waitUntil(lambda: visible(panel.grid)[:1] == ["SeFa 1"], timeout=20_000)
    assert [*panel.rows.rows][:2] == ["SeFa 1", "SeFa 2"]
    for kind, first in (("PCA", "PCA 1"), ("SeFa coarse", "SeFa coarse 1")):
        panel.shelf.setFocus()
        qtbot.keyClick(panel.shelf, Qt.Key.Key_Home)
        while panel.shelf.currentText() != kind:
            qtbot.keyClick(panel.shelf, Qt.Key.Key_Down)
        qtbot.waitUntil(lambda: visible(panel.grid)[:1] == [first], timeout=20_000)  # noqa: B023
    choose(qtbot, panel, "SeFa coarse 1")
    assert edits(window)["SeFa coarse 1"].amount == 1


def test_a_search_that_fails_is_told_once(qtbot, window, panel, make_model, monkeypatch):
    calls = []

    def fail(*_args, **_options):
        calls.append(1)
        raise DirectionError("nothing is there")

    monkeypatch.setattr(library, "find_directions", fail)
    window.studio.document.open_model(make_model(seed=10, name="unknown", w_dim=12))
    qtbot.waitUntil(lambda: "nothing is there" in window.banner.text, timeout=20_000)
    qtbot.waitUntil(lambda: "no directions yet" in panel.state.text())
    qtbot.wait(100)
    assert len(calls) == 1


def test_directions_are_saved_and_dropped(qtbot, window, panel, drop, tmp_path, named):
    feature = window.features["edits"]
    panel.rows.rows["smile"].amount.slider.setValue(4500)
    choose(qtbot, panel, "lips")
    path = tmp_path / "mine.safetensors"
    feature.save_as(path, Directions.from_edits(edits(window).values(), named.model))
    qtbot.waitUntil(path.is_file)
    saved = ss.open_directions(path)
    assert saved.names == ("smile", "lips")
    assert np.array_equal(saved.vectors[0], named.vectors[NAMES.index("smile")])
    window.show_dock("mixing-console")
    drop(window, path)
    qtbot.waitUntil(lambda: panel.shelf.currentText() == "mine")
    assert visible(panel.grid) == ["smile", "lips"]
    assert not window.docks["edits"].visibleRegion().isEmpty()


def test_directions_of_other_tools_are_dropped_and_latents_stay_latents(
    qtbot, window, panel, drop, tmp_path, model
):
    path = tmp_path / "boundary_age.npy"
    np.save(path, np.random.RandomState(1).randn(1, model.w_dim).astype(np.float32))
    drop(window, path)
    qtbot.waitUntil(lambda: panel.shelf.currentText() == "boundary_age")
    assert panel.grid.count() == 1
    latent = tmp_path / "projected_w.npz"
    np.savez(latent, w=np.random.RandomState(1).randn(1, model.num_ws, model.w_dim))
    drop(window, latent)
    qtbot.waitUntil(lambda: isinstance(window.studio.document.recipe.source, LatentSource))
    assert panel.shelf.currentText() == "boundary_age"
    wrong = tmp_path / "boundary_wrong.npy"
    np.save(wrong, np.ones((1, 64), np.float32))
    drop(window, wrong)
    qtbot.waitUntil(lambda: "for another model" in window.banner.text)


def test_saving_without_edits_is_said(window, panel):
    window.actions_by_id["save_directions"].trigger()
    assert "no edits" in window.banner.text


def regions_in(panel):
    """The numbers of those that rows are named after."""
    found = (re.search(r" \(region (\d+)\)$", name) for name in panel.rows.rows)
    return {int(each[1]) for each in found if each}


def test_painting_a_region_brings_up_what_changes_it(qtbot, window, panel, settled, named, model):
    settled(window)
    canvas, document = window.canvas, window.studio.document
    source, count = document.recipe.source, document.undo_stack.count()
    qtbot.mouseClick(panel.paint, LEFT)
    rect = canvas.picture_rect()
    start = (rect.topLeft() + QPointF(rect.width() * 0.2, rect.height() * 0.2)).toPoint()
    drag(qtbot, canvas, start, start + QPoint(round(rect.width() * 0.2), 0))
    assert (document.recipe.source, document.undo_stack.count()) == (source, count)  # no walk
    qtbot.waitUntil(lambda: bool(regions_in(panel)), timeout=20_000)
    (number,) = regions_in(panel)
    mask = np.zeros((32, 32), np.float32)
    mask[5:9, 5:14] = 1
    ranked = rank_by_region(model, document.recipe, mask, named)
    shown = [name.removesuffix(f" (region {number})") for name in panel.rows.rows]
    assert len(shown) == 5
    assert {name for name in shown if name in NAMES} == {each.name for each in ranked[:3]}
    assert sum("/" in name for name in shown) == 2  # style channels
    assert document.undo_stack.count() == count
    first = next(iter(panel.rows.rows))
    panel.rows.rows[first].amount.slider.setValue(4500)
    assert edits(window)[first].amount == 1.5
    qtbot.mousePress(canvas, Qt.MouseButton.RightButton, pos=start)  # takes some of it back
    qtbot.mouseRelease(canvas, Qt.MouseButton.RightButton, pos=start)
    qtbot.wait(50)
    assert first in panel.rows.rows
    qtbot.mouseClick(panel.paint, LEFT)
    assert canvas.tool is None
    drag(qtbot, canvas, start, start + QPoint(20, 0))
    assert document.recipe.source != source


def test_a_click_goes_to_a_neighbour_and_with_shift_half_of_the_way(qtbot, window, panel):
    window.show_dock("variations")
    sheet, document = window.features["edits"].variations, window.studio.document
    qtbot.waitUntil(lambda: sheet.list.count() == len(NAMES), timeout=20_000)
    items = [sheet.list.item(row) for row in range(sheet.list.count())]
    qtbot.waitUntil(sheet.is_full, timeout=20_000)
    pictures = [item.icon().pixmap(64).toImage() for item in items]
    assert all(picture.pixelColor(32, 32).alpha() == 255 for picture in pictures)
    assert pictures[0] != pictures[1]
    count = document.undo_stack.count()
    sign, name = items[0].text().split(" ", 1)
    sign = 1 if sign == "+" else -1
    click_item(qtbot, sheet.list, items[0])
    (edit,) = document.recipe.edits
    assert (edit.name.replace("_", " "), edit.amount) == (name, 1.5 * sign)
    click_item(qtbot, sheet.list, items[0], Qt.KeyboardModifier.ShiftModifier)
    assert document.recipe.edits[0].amount == 2.25 * sign
    assert document.undo_stack.count() == count + 2
    type_in(qtbot, sheet.distance.box, "0.5")
    click_item(qtbot, sheet.list, items[1])
    assert abs(document.recipe.edits[1].amount) == 0.5
    panel.rows.rows[edit.name].open.click()
    qtbot.mouseClick(panel.rows.rows[edit.name].lock, LEFT)
    qtbot.mouseClick(sheet.others, LEFT)
    assert name not in offered(sheet)


def test_variations_also_mix_seeds_or_go_towards_them(qtbot, window):
    window.show_dock("variations")
    sheet, document = window.features["edits"].variations, window.studio.document
    begin = document.recipe
    sheet.kind.setCurrentText("Style mixing")
    qtbot.waitUntil(sheet.is_full, timeout=20_000)
    assert sheet.list.count() == 9
    item = sheet.list.item(1)
    group, seed = item.text().split(" ")
    assert group == "middle"
    click_item(qtbot, sheet.list, item)
    assert document.recipe == begin.mix(int(seed), "middle", 0.5)
    document.undo_stack.undo()
    before = [sheet.list.item(row).text() for row in range(9)]
    qtbot.mouseClick(sheet.others, LEFT)
    assert [sheet.list.item(row).text() for row in range(9)] != before
    sheet.kind.setCurrentText("Seeds")
    qtbot.waitUntil(sheet.is_full, timeout=20_000)
    type_in(qtbot, sheet.distance.box, "3")
    item = sheet.list.item(0)
    seed = int(item.text().split(" ")[1])
    click_item(qtbot, sheet.list, item, Qt.KeyboardModifier.ShiftModifier)
    there = begin.replace(source=SeedSource(seed))
    assert document.recipe == begin.blend(there, 0.5)
    document.undo_stack.undo()
    click_item(qtbot, sheet.list, sheet.list.item(0))
    assert document.recipe == there


def test_a_variation_leaves_another_edit_of_the_same_name_alone(qtbot, window, panel, named):
    document = window.studio.document
    other = msgspec.structs.replace(named.edit("turn", 2.0), name="smile")
    document.set(document.recipe.edit(other), "Add")
    window.show_dock("variations")
    sheet = window.features["edits"].variations
    qtbot.waitUntil(sheet.is_full, timeout=20_000)
    item = next(i for i in map(sheet.list.item, range(sheet.list.count())) if "smile" in i.text())
    click_item(qtbot, sheet.list, item)
    assert edits(window)["smile"] == other
    assert edits(window)["smile 2"].direction == named.edit("smile").direction


def test_variations_leave_a_locked_edit_alone_whatever_its_name(qtbot, window, panel, named):
    document = window.studio.document
    mine = msgspec.structs.replace(named.edit("turn", 2.0), name="mine")
    document.set(document.recipe.edit(mine), "Add")
    window.show_dock("variations")
    sheet = window.features["edits"].variations
    qtbot.waitUntil(sheet.is_full, timeout=20_000)
    assert "turn" in offered(sheet)
    row = panel.rows.rows["mine"]
    qtbot.mouseClick(row.open, LEFT)
    qtbot.mouseClick(row.lock, LEFT)
    assert offered(sheet) == {spoken(name) for name in NAMES} - {"turn"}
    qtbot.mouseClick(sheet.others, LEFT)
    assert "turn" not in offered(sheet)
    qtbot.mouseClick(row.lock, LEFT)
    assert "turn" in offered(sheet)


def test_directions_stay_when_the_model_moves_to_another_device(window, panel, named, make_model):
    document, kept = window.studio.document, window.features["edits"].library
    kept.add("mine", named)
    document.move_model(open_model(document.model.place, device="cpu"))
    assert "mine" in kept.titles


def offered(sheet):
    """The names of the directions, without their signs."""
    return {sheet.list.item(row).text()[2:] for row in range(sheet.list.count())}


def click_item(qtbot, view, item, modifiers=Qt.KeyboardModifier.NoModifier):
    qtbot.mouseClick(view.viewport(), LEFT, modifiers, view.visualItemRect(item).center())


def test_a_direction_is_taught_by_two_keys(qtbot, window, panel, model):
    feature = window.features["edits"]
    qtbot.mouseClick(panel.teach, LEFT)
    dialog = feature.dialog
    more, less = dialog.buttons["more"], dialog.buttons["less"]
    qtbot.waitUntil(more.isEnabled, timeout=20_000)
    dialog.name.setText("wide")
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    seen = set()
    for number in range(10):
        qtbot.waitUntil(more.isEnabled, timeout=20_000)
        seen.add(dialog.picture.pixmap().toImage().constBits().tobytes())
        key = Qt.Key.Key_Down if number == 9 else (Qt.Key.Key_Left, Qt.Key.Key_Right)[number % 2]
        qtbot.keyClick(dialog, key)
        qtbot.waitUntil(lambda: len(dialog.rating.answers) == number + 1)  # noqa: B023
    qtbot.waitUntil(less.isEnabled, timeout=20_000)
    assert len(seen) == 10
    assert dialog.rating.answers == ("less", "more") * 4 + ("less", "skip")
    assert "9 answers" in dialog.state.text()
    assert f"{dialog.rating.accuracy * 100:.0f} %" in dialog.state.text()
    expected = dialog.rating.directions("wide").edit("wide")
    qtbot.mouseClick(dialog.keep, LEFT)
    assert feature.dialog is None
    assert edits(window)["wide"].vector == expected.vector
    assert panel.shelf.findText("wide") >= 0


def test_keys_go_on_teaching_after_a_click_and_a_name_and_lose_no_answer(qtbot, window, panel):
    qtbot.mouseClick(panel.teach, LEFT)
    dialog = window.features["edits"].dialog
    more = dialog.buttons["more"]
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)

    def press(key):
        qtbot.waitUntil(more.isEnabled, timeout=20_000)
        qtbot.keyClick(QApplication.focusWidget(), key)

    def wait_for(*answers):
        qtbot.waitUntil(lambda: dialog.rating.answers == answers)
        qtbot.waitUntil(more.isEnabled, timeout=20_000)

    qtbot.waitUntil(more.isEnabled, timeout=20_000)
    dialog.layers.setFocus()
    press(Qt.Key.Key_A)  # All once more, which begins nothing
    assert more.isEnabled()
    press(Qt.Key.Key_End)
    assert dialog.layers.currentText() == "Texture"
    qtbot.waitUntil(more.isEnabled, timeout=20_000)
    dialog.layers.setFocus()
    press(Qt.Key.Key_Right)
    wait_for("more")
    press(Qt.Key.Key_Up)  # the list of layers no longer has the focus
    press(Qt.Key.Key_Right)
    wait_for("more", "more")
    assert not dialog.layers.isEnabled()
    assert "answers" in dialog.layers.toolTip()
    qtbot.mouseClick(dialog.buttons["less"], LEFT)
    wait_for("more", "more", "less")
    press(Qt.Key.Key_Backspace)
    wait_for("more", "more")
    qtbot.mouseClick(dialog.name, LEFT)
    qtbot.keyClicks(dialog.name, "wide")
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Left)
    wait_for("more", "more", "less")
    for _ in range(3):
        qtbot.mouseClick(dialog.back, LEFT)
        qtbot.waitUntil(more.isEnabled, timeout=20_000)
    assert dialog.layers.isEnabled()
    assert dialog.name.text() == "wide"


def test_teaching_says_what_it_lacks(qtbot, window, panel, make_model):
    feature = window.features["edits"]
    qtbot.mouseClick(panel.teach, LEFT)
    dialog = feature.dialog
    qtbot.waitUntil(dialog.buttons["more"].isEnabled, timeout=20_000)
    assert not dialog.keep.isEnabled()
    qtbot.mouseClick(dialog.buttons["more"], LEFT)
    qtbot.waitUntil(dialog.keep.isEnabled, timeout=20_000)
    qtbot.mouseClick(dialog.keep, LEFT)
    assert "name" in dialog.state.text()
    qtbot.keyClicks(dialog.name, "wide")
    qtbot.mouseClick(dialog.keep, LEFT)
    assert "all answers are the same" in dialog.state.text()
    qtbot.mouseClick(dialog.back, LEFT)
    qtbot.waitUntil(dialog.buttons["more"].isEnabled, timeout=20_000)
    assert dialog.rating.answers == ()
    window.studio.document.open_model(make_model(seed=9, name="other", w_dim=12))
    assert feature.dialog is None


@pytest.fixture
def without_w(tmp_path):
    network = progan.Generator(progan.ProGANConfig(img_resolution=16, channels=(8, 8, 8), z_dim=8))
    path = tmp_path / "older.safetensors"
    write_safetensors(path, network.eval(), name="older")
    return open_model(path, device="cpu")


def test_tips_of_a_model_without_w_go_with_it(window, model, without_w):
    console = window.features["mixing"].panel
    buttons = (console.add, console.add_from, console.roll)
    tips = [each.toolTip() for each in buttons]
    window.studio.document.open_model(without_w)
    assert all("no W space" in each.toolTip() for each in buttons)
    window.studio.document.open_model(model)
    assert [each.toolTip() for each in buttons] == tips


def test_a_model_without_w_says_why_it_has_no_edits(qtbot, window, panel, without_w, settled):
    panel.rows.rows["smile"].amount.slider.setValue(4500)
    window.studio.document.open_model(without_w)
    settled(window)
    assert panel.notice.isVisible()
    assert "older has no W space" in panel.notice.text()
    for widget in (panel.grid, panel.shelf, panel.paint, panel.teach, panel.reset):
        assert not widget.isEnabled()
    for row in panel.rows.rows.values():
        assert not row.amount.slider.isEnabled()
        assert "no W space" in row.amount.toolTip()
    assert window.banner.text == "" or "smile" in window.banner.text
    window.studio.document.undo_stack.undo()
    assert not panel.notice.isVisible()
    assert panel.grid.isEnabled()


def test_others_are_removed_from_an_edit(qtbot, window, panel, named):
    feature = window.features["edits"]
    panel.rows.rows["smile"].amount.slider.setValue(4500)
    count = window.studio.document.undo_stack.count()
    panel.rows.rows["smile"].refine_action.trigger()
    dialog = feature.dialog
    assert not dialog.list.findItems("smile", Qt.MatchFlag.MatchExactly)
    for text in ("age", "hair length"):
        (item,) = dialog.list.findItems(text, Qt.MatchFlag.MatchExactly)
        item.setCheckState(Qt.CheckState.Checked)
    qtbot.mouseClick(dialog.remove, LEFT)
    assert feature.dialog is None
    edit, old = edits(window)["smile"], named.edit("smile")
    assert (edit.amount, edit.layers) == (1.5, old.layers)
    for other in ("age", "hair_length"):
        assert abs(edit.array().ravel() @ named.edit(other).array().ravel()) < 1e-4
    assert window.studio.document.undo_stack.count() == count + 1
    window.studio.document.undo_stack.undo()
    assert edits(window)["smile"].vector == old.vector


def test_return_ticks_what_to_remove_and_removes_nothing_yet(qtbot, window, panel):
    panel.rows.rows["smile"].refine_action.trigger()
    dialog = window.features["edits"].dialog
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.list.setFocus()
    before = window.studio.document.recipe
    for text in ("age", "hair length"):
        (item,) = dialog.list.findItems(text, Qt.MatchFlag.MatchExactly)
        dialog.list.setCurrentItem(item)
        qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert [edit.name for edit in dialog.chosen()] == ["age", "hair_length"]
    assert window.studio.document.recipe == before
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert [edit.name for edit in dialog.chosen()] == ["age"]
    dialog.reject()


def test_nothing_left_is_said_in_the_dialog(qtbot, window, panel, named):
    document = window.studio.document
    document.set(document.recipe.edit(named.edit("smile", 1.5)), "Add")
    twice = ss.Edit.from_array("twice", named.edit("smile").array() * 2)
    document.set(document.recipe.edit(twice), "Add")
    panel.rows.rows["smile"].refine_action.trigger()
    dialog = window.features["edits"].dialog
    assert not dialog.remove.isEnabled()  # nothing is ticked
    (item,) = dialog.list.findItems("twice", Qt.MatchFlag.MatchExactly)
    item.setCheckState(Qt.CheckState.Checked)
    before = document.recipe
    qtbot.mouseClick(dialog.remove, LEFT)
    assert dialog.isVisible()
    assert "nothing is left of 'smile'" in dialog.state.text().lower()
    assert document.recipe == before


def test_a_direction_from_history_seeds_and_folders(qtbot, window, panel, model, tmp_path):
    feature, document = window.features["edits"], window.studio.document
    window.actions_by_id["pin"].trigger()
    pinned = document.recipe
    document.set(pinned.replace(source=SeedSource(44)), "Go")
    qtbot.mouseClick(panel.pictures, LEFT)
    dialog = feature.dialog
    offered = [dialog.candidates.item(row).data(256) for row in range(dialog.candidates.count())]
    assert offered[:2] == [document.recipe, pinned]
    dialog.candidates.item(0).setSelected(True)
    qtbot.mouseClick(dialog.to_less, LEFT)
    folder = tmp_path / "photos"
    folder.mkdir()
    latent = ss.Recipe.from_seed(5, model)
    ss.save_latent(folder / "a.npy", model, latent)
    dialog._collect([str(folder)])
    qtbot.waitUntil(lambda: len(dialog.candidates.selectedItems()) == 1)
    qtbot.mouseClick(dialog.to_more, LEFT)
    qtbot.keyClicks(dialog.seeds, "8-9")
    qtbot.keyClick(dialog.seeds, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(dialog.candidates.selectedItems()) == 2)
    qtbot.mouseClick(dialog.to_less, LEFT)
    qtbot.mouseClick(dialog.keep, LEFT)
    assert "name" in dialog.state.text()
    qtbot.keyClicks(dialog.name, "wide")
    qtbot.mouseClick(dialog.keep, LEFT)
    qtbot.waitUntil(lambda: feature.dialog is None)
    less = [offered[0], *(ss.Recipe.from_seed(seed, model) for seed in (8, 9))]
    (meant,) = direction_between(model, "wide", [latent], less)
    found = edits(window)["wide"]
    np.testing.assert_allclose(
        np.broadcast_to(found.array(), (model.num_ws, model.w_dim)),
        np.broadcast_to(meant.array(), (model.num_ws, model.w_dim)),
        atol=1e-4,
    )
    assert panel.shelf.findText("wide") >= 0


def test_a_drag_is_one_candidate_and_those_taken_out_stay_away(qtbot, window, panel):
    document = window.studio.document
    qtbot.mouseClick(panel.pictures, LEFT)
    dialog = window.features["edits"].dialog
    candidates = dialog.candidates

    def offered():
        return [candidates.item(row).data(256) for row in range(candidates.count())]

    before = offered()
    for step in range(20):
        document.set(document.recipe.replace(truncation_psi=step / 40), "Psi", gesture="drag")
    qtbot.waitUntil(lambda: document.recipe in offered())
    dragged = document.recipe
    assert offered() == [dragged, *before]
    candidates.item(0).setSelected(True)
    qtbot.keyClick(candidates, Qt.Key.Key_Delete)
    document.set(document.recipe.replace(source=SeedSource(45)), "Go")
    qtbot.waitUntil(lambda: document.recipe in offered())
    assert offered() == [document.recipe, *before]


def test_groups_that_will_not_do_are_said_in_the_dialog(qtbot, window, panel, tmp_path):
    qtbot.mouseClick(panel.pictures, LEFT)
    dialog = window.features["edits"].dialog
    dialog._collect([str(tmp_path)])
    qtbot.waitUntil(lambda: "holds no pictures" in dialog.state.text())
    qtbot.keyClicks(dialog.seeds, "x")
    qtbot.keyClick(dialog.seeds, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "X is neither a file" in dialog.state.text())
    qtbot.keyClicks(dialog.name, "wide")
    qtbot.mouseClick(dialog.keep, LEFT)
    qtbot.waitUntil(lambda: "one side is empty" in dialog.state.text())
    dialog.candidates.item(0).setSelected(True)
    qtbot.mouseClick(dialog.to_less, LEFT)
    assert dialog.less.count() == 1
    dialog.candidates.item(0).setSelected(True)
    qtbot.mouseClick(dialog.to_more, LEFT)  # it changes sides
    assert (dialog.less.count(), dialog.more.count()) == (0, 1)
    dialog.more.item(0).setSelected(True)
    qtbot.keyClick(dialog.more, Qt.Key.Key_Delete)
    assert dialog.more.count() == 0


def test_a_newly_painted_region_drops_the_search_for_the_older(
    qtbot, window, panel, settled, monkeypatch
):
    settled(window)
    begun, dropped = [], []

    def rank(_pair, mask, _named, _assets, _report, cancel):
        begun.append(mask.sum())
        if len(begun) == 1:
            try:
                while True:
                    cancel.check()
            except ss.Cancelled:
                dropped.append(1)
                raise
        return [panel.rows.at_hand()[0]]

    monkeypatch.setattr(regions, "_rank", rank)
    canvas = window.canvas
    qtbot.mouseClick(panel.paint, LEFT)
    start = canvas.picture_rect().center().toPoint()
    drag(qtbot, canvas, start, start + QPoint(20, 0))
    qtbot.waitUntil(lambda: len(begun) == 1)
    drag(qtbot, canvas, start, start + QPoint(0, 40))
    qtbot.waitUntil(lambda: len(panel.rows.rows) == 1)
    assert dropped == [1]
    assert len(begun) == 2
    assert begun[1] > begun[0]  # both strokes
    (number,) = regions_in(panel)
    assert [*panel.rows.rows] == [f"smile (region {number})"]


def test_style_channels_are_browsed_moved_undone_and_kept_to_their_layer(qtbot, window, panel):
    document = window.studio.document
    panel.shelf.setCurrentText("Channels")
    panel.shelf.activated.emit(panel.shelf.currentIndex())
    qtbot.waitUntil(lambda: len(visible(panel.grid)) > 2, timeout=20_000)
    name = visible(panel.grid)[0]
    choose(qtbot, panel, name)
    edit = edits(window)[name]
    assert isinstance(edit, ss.ChannelEdit)
    before = document.recipe
    row = panel.rows.rows[name]
    drag(qtbot, row.amount.slider, row.amount.slider.rect().center(), QPoint(4, 8))
    assert edits(window)[name].amount < -1
    document.undo_stack.undo()
    assert document.recipe == before
    assert not row.groups["Form"].isEnabled()
    assert "style channel" in row.bars.toolTip()
    assert not row.refine_action.isEnabled()
    row.duplicate_action.trigger()
    assert edits(window)[f"{name} 2"].channels == edit.channels
    panel.rows.rows["smile"].refine_action.setEnabled(True)
    panel.rows.rows["smile"].refine_action.trigger()
    dialog = window.features["edits"].dialog
    shown = {dialog.list.item(i).text() for i in range(dialog.list.count())}
    assert shown == {"age", "glasses", "turn", "hair length"}


def test_a_painted_region_brings_up_channels_too(qtbot, window, panel, settled, monkeypatch):
    settled(window)
    strong = ss.editing.find_channels(window.studio.document.model, count=1)
    monkeypatch.setattr(regions, "find_channels", lambda *_args, **_options: strong)
    ranked = []
    real = regions.rank_by_region

    def rank(model, recipe, mask, directions, **options):
        ranked.extend(directions.names)
        return real(model, recipe, mask, directions.only(strong.names), **options)

    monkeypatch.setattr(regions, "rank_by_region", rank)
    qtbot.mouseClick(panel.paint, LEFT)
    start = window.canvas.picture_rect().center().toPoint()
    drag(qtbot, window.canvas, start, start + QPoint(20, 0))
    qtbot.waitUntil(lambda: len(panel.rows.rows) == 1, timeout=20_000)
    assert {*NAMES, *strong.names} == {*ranked}
    (name,) = panel.rows.rows
    panel.rows.rows[name].amount.slider.setValue(4500)
    assert edits(window)[name].channels == next(iter(strong)).channels

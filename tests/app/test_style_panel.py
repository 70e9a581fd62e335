"""The style dock: solo, weights, the pad, files of one's own, and what is said of missing ones."""

import pytest
import torch
from hands import drag
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent, QFontMetrics
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QFileDialog, QWidget

import stylestudio as ss
from stylestudio.app.core.settings import Settings
from stylestudio.app.features.styles.grid import CELL, LINES, NAME_SIZE, STYLE_MIME, name_lines
from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_styles
from stylestudio.networks.adain import AdaINDecoder, AdaINEncoder
from stylestudio.recipe import BankRef, Style, read_recipe, save_png
from stylestudio.render import open_styles, render
from stylestudio.resources import resource_path

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module", autouse=True)
def shipped(bank_path):
    """The styles dawn, noon and dusk ship with the program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "stylestudio.render.style_opening.resource_path",
            lambda *parts: bank_path.parent.joinpath(*parts[1:]),
        )
        yield


@pytest.fixture
def window(fresh_window):
    """The window of the module, with the styles in their first places on the pad."""
    panel = fresh_window.features["styles"].panel
    panel.pad.set_styles(panel.grid.names)
    return fresh_window


@pytest.fixture
def no_banks(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "stylestudio.render.style_opening.resource_path", lambda *parts: tmp_path / "none"
    )


def look_at_styles(window):
    window.show_dock("style")


def panel_of(qtbot, window):
    """The dock, in sight, with the styles dawn, noon and dusk."""
    panel = window.features["styles"].panel
    look_at_styles(window)
    qtbot.waitUntil(lambda: panel.grid.count() == 3 and not panel.clear.isEnabled())
    return panel


@pytest.fixture
def panel(qtbot, window):
    return panel_of(qtbot, window)


@pytest.fixture
def new_panel(qtbot, new_window):
    """The dock of a window of its own."""
    return panel_of(qtbot, new_window)


def weights(window) -> dict[str, float]:
    return dict(window.studio.document.recipe.style.weights)


def click(qtbot, panel, name, modifier=Qt.KeyboardModifier.NoModifier):
    grid = panel.grid
    qtbot.mouseClick(grid.viewport(), LEFT, modifier, grid.picture_rect(name).center())


def test_no_bank_is_read_before_the_dock_is_seen(qtbot, new_window):
    qtbot.wait(50)
    assert new_window.features["styles"].library.bank is None
    look_at_styles(new_window)
    qtbot.waitUntil(lambda: new_window.features["styles"].panel.grid.count() == 3)


def test_a_click_paints_in_one_style_alone(qtbot, panel, window, settled, model):
    before = window.canvas.image
    count = window.studio.document.undo_stack.count()
    click(qtbot, panel, "noon")
    assert weights(window) == {"noon": 1.0}
    settled(window)
    assert window.canvas.image != before
    click(qtbot, panel, "dusk")
    assert weights(window) == {"dusk": 1.0}
    assert window.studio.document.undo_stack.count() == count + 2
    settled(window)
    pixels = render(model, window.studio.document.recipe)
    colour = window.canvas.image.pixelColor(5, 17)
    assert [colour.red(), colour.green(), colour.blue()] == pixels[17, 5].tolist()
    window.studio.document.undo_stack.setIndex(count)
    settled(window)
    assert window.canvas.image == before


def test_control_and_click_mixes_styles(qtbot, panel, window):
    click(qtbot, panel, "dawn")
    click(qtbot, panel, "dusk", CONTROL)
    assert weights(window) == {"dawn": 1.0, "dusk": 1.0}
    click(qtbot, panel, "dawn", CONTROL)
    assert weights(window) == {"dusk": 1.0}
    click(qtbot, panel, "dusk", CONTROL)
    assert window.studio.document.recipe.style is None


def test_a_weight_is_dragged_in_one_step_and_typed(qtbot, panel, window):
    click(qtbot, panel, "dawn")
    count = window.studio.document.undo_stack.count()
    grid, strip = panel.grid, panel.grid.strip_rect("noon")
    left, middle = QPoint(strip.left() + 2, strip.center().y()), strip.center()
    drag(qtbot, grid.viewport(), left, middle)
    assert weights(window) == {"dawn": 1.0, "noon": pytest.approx(0.5, abs=0.03)}
    assert window.studio.document.undo_stack.count() == count + 1
    drag(qtbot, grid.viewport(), middle, middle - QPoint(500, 0))
    assert weights(window)["noon"] == 0.0
    qtbot.mouseDClick(grid.viewport(), LEFT, pos=strip.center())
    box = grid.findChild(QDoubleSpinBox)
    box.selectAll()
    qtbot.keyClicks(box, "0.35")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: weights(window) == {"dawn": 1.0, "noon": 0.35})


@pytest.mark.parametrize("delete", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_the_keyboard_plays_styles(qtbot, panel, window, delete):
    grid, key = panel.grid, Qt.Key
    grid.setFocus()
    grid.setCurrentRow(0)
    qtbot.keyClick(grid, key.Key_Right)
    qtbot.keyClick(grid, key.Key_Return)
    assert weights(window) == {"noon": 1.0}
    qtbot.keyClick(grid, key.Key_Right)
    qtbot.keyClick(grid, key.Key_Space)
    qtbot.keyClick(grid, key.Key_Minus)
    assert weights(window) == {"noon": 1.0, "dusk": 0.95}
    qtbot.keyClick(grid, delete)
    assert weights(window)["dusk"] == 0.0
    text = grid.currentItem().data(Qt.ItemDataRole.AccessibleTextRole)
    assert text == "dusk, weight 0.00"


def test_strength_is_grey_without_a_style_and_lit_when_touched(qtbot, panel, window, settled):
    row = panel.strength
    assert not row.slider.isEnabled()
    assert "Choose a style" in row.toolTip()
    assert not panel.clear.isEnabled()
    plain = window.canvas.image
    click(qtbot, panel, "dawn")
    assert not row.reset.isEnabled()
    row.slider.setValue(0)
    assert window.studio.document.recipe.style.strength == 0.0
    settled(window)
    assert window.canvas.image == plain
    qtbot.mouseClick(row.reset, LEFT)
    assert window.studio.document.recipe.style.strength == 1.0
    assert not row.reset.isEnabled()
    row.box.setValue(0.4)
    click(qtbot, panel, "dusk")
    assert window.studio.document.recipe.style.strength == 0.4
    qtbot.mouseClick(panel.clear, LEFT)
    assert window.studio.document.recipe.style is None


@pytest.mark.parametrize("way", ["click", "control and click", "pad"])
def test_a_style_that_is_chosen_shows_after_an_inversion_turned_styles_off(
    qtbot, panel, window, way
):
    document = window.studio.document
    click(qtbot, panel, "noon")
    off = replace(document.recipe.style, strength=0.0, colours=0.5)
    document.set(document.recipe.replace(style=off), "find a photo")
    if way == "pad":
        drag(qtbot, panel.pad.square, QPoint(60, 60), QPoint(80, 80))
    else:
        modifier = Qt.KeyboardModifier.NoModifier if way == "click" else CONTROL
        click(qtbot, panel, "dusk", modifier)
    style = document.recipe.style
    assert (style.strength, style.colours) == (1.0, 0.5)
    assert panel.strength.value() == 1.0
    document.undo_stack.undo()
    assert document.recipe.style == off


def test_colours_are_kept_by_a_slider_of_their_own(qtbot, panel, window, settled, model):
    row = panel.colours
    assert not row.slider.isEnabled()
    click(qtbot, panel, "dawn")
    settled(window)
    painted, count = window.canvas.image, window.studio.document.undo_stack.count()
    row.slider.setFocus()
    for _ in range(3):
        qtbot.keyClick(row.slider, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert window.studio.document.recipe.style.colours == pytest.approx(0.3)
    settled(window)
    assert window.canvas.image != painted
    click(qtbot, panel, "noon")
    assert window.studio.document.recipe.style.colours == pytest.approx(0.3)
    assert row.reset.isEnabled()
    window.studio.document.undo_stack.setIndex(count)
    settled(window)
    assert window.canvas.image == painted
    assert row.value() == 0.0


def test_the_pad_blends_its_corners_bilinearly(qtbot, panel, window):
    square = panel.pad.square
    assert panel.pad.names == ("dawn", "noon", "dusk", None)
    count = window.studio.document.undo_stack.count()
    start, end = (square.place_of(point).toPoint() for point in ((0.5, 0.5), (0.25, 0.75)))
    drag(qtbot, square, start, end)
    x, y = square.point
    assert (x, y) == pytest.approx((0.25, 0.75), abs=0.01)
    corners = {"dawn": (1 - x) * (1 - y), "noon": x * (1 - y), "dusk": (1 - x) * y}
    assert weights(window) == pytest.approx(corners, abs=1e-3)
    assert window.studio.document.recipe.style.coverage == pytest.approx(1 - x * y, abs=1e-3)
    assert window.studio.document.undo_stack.count() == count + 1
    qtbot.keyClick(square, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert square.point == (pytest.approx(x + 0.2), y)
    window.studio.document.undo_stack.setIndex(count + 1)
    assert square.point == pytest.approx((x, y), abs=0.002)
    click(qtbot, panel, "dusk")
    assert square.point == (0.0, 1.0)
    click(qtbot, panel, "noon", CONTROL)
    assert square.point is None


def test_a_corner_without_a_style_is_named_in_full(panel, window):
    window.show_dock("style")
    corner = panel.pad.corners[3]
    assert corner.text() == "Unpainted"
    assert corner.fontMetrics().horizontalAdvance(corner.text()) <= corner.width()


def test_corners_are_chosen_by_menu_and_by_dropping(qtbot, panel, window):
    pad = panel.pad
    qtbot.mouseDClick(pad.square, LEFT)
    assert weights(window) == {"dawn": 0.25, "noon": 0.25, "dusk": 0.25}
    menu = pad.corners[0].menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.data() == "").trigger()
    assert pad.names == (None, "noon", "dusk", None)
    assert weights(window) == {"noon": 0.25, "dusk": 0.25}
    window.studio.document.undo_stack.undo()
    assert weights(window) == {"dawn": 0.25, "noon": 0.25, "dusk": 0.25}
    data = QMimeData()
    data.setData(STYLE_MIME, b"dusk")
    hands = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(pad.corners[1], QDragEnterEvent(QPoint(9, 9), *hands))
    QApplication.sendEvent(pad.corners[1], QDropEvent(QPointF(9, 9), *hands))
    assert pad.names[1:3] == ("dusk", "noon")  # they change places
    assert panel.grid.mimeData([panel.grid.item(2)]).data(STYLE_MIME) == b"dusk"


def test_every_style_shows_the_picture_once_the_hand_rests(qtbot, new_panel, new_window):
    def pictures():
        return [new_panel.grid.item(i).icon().pixmap(64).toImage() for i in range(3)]

    qtbot.waitUntil(lambda: all(not image.isNull() for image in pictures()))
    first = pictures()
    assert first[0] != first[1]
    assert not new_panel.pad.corners[0].icon().isNull()
    new_window.actions_by_id["randomize"].trigger()
    qtbot.waitUntil(lambda: all(new != old for new, old in zip(pictures(), first, strict=True)))


def test_a_dropped_style_file_opens_and_is_known_next_time(
    qtbot, no_banks, new_window, drop, bank_path, settings, settled
):
    drop(new_window, bank_path)
    panel = new_window.features["styles"].panel
    qtbot.waitUntil(lambda: panel.grid.count() == 3)
    assert panel.isVisible()
    click(qtbot, panel, "dawn")
    settled(new_window)
    recipe, shown = new_window.studio.document.recipe, new_window.canvas.image
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.studio.document.open_model(new_window.studio.document.model)
    again.studio.document.set(recipe, "the styled look")
    settled(again)
    assert again.canvas.image == shown
    assert [choice.name for choice in again.features["styles"].library.choices()] == ["bank"]
    again.quit()


def test_another_bank_is_chosen_and_undo_comes_back(
    qtbot, new_panel, new_window, bank, settled, monkeypatch, tmp_path
):
    def first() -> str:
        return new_panel.grid.item(0).text() if new_panel.grid.count() else ""

    click(qtbot, new_panel, "dawn")
    own = tmp_path / "own.safetensors"
    write_styles(own, bank, ["one", "two", "three"])
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: ([str(own)], ""))
    qtbot.mouseClick(new_panel.open, LEFT)
    qtbot.waitUntil(lambda: first() == "one")
    assert [new_panel.banks.itemText(i) for i in range(2)] == ["bank", "own"]
    click(qtbot, new_panel, "two")
    settled(new_window)
    new_window.studio.document.undo_stack.undo()
    qtbot.waitUntil(lambda: first() == "dawn")
    assert new_panel.banks.currentText() == "bank"
    new_panel.banks.setFocus()
    qtbot.keyClick(new_panel.banks, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: first() == "one")
    assert weights(new_window) == {"dawn": 1.0}
    assert new_panel.grid.item(0).data(Qt.ItemDataRole.UserRole) == 0.0


def test_a_picture_in_styles_that_are_not_here(
    qtbot, no_banks, new_window, drop, bank_path, model, tmp_path, settled
):
    bank = open_styles(bank_path)
    recipe = new_window.studio.document.recipe.replace(style=Style.of(bank, {"dusk": 1.0}))
    picture, shown = tmp_path / "painted.png", new_window.canvas.image
    save_png(picture, render(model, recipe, styles=[bank]), recipe)
    look_at_styles(new_window)
    qtbot.waitUntil(new_window.features["styles"].panel.notice.isVisible)
    assert "There are no styles" in new_window.features["styles"].panel.notice.text()
    assert not new_window.features["styles"].panel.grid.isEnabled()
    drop(new_window, picture)
    qtbot.waitUntil(lambda: new_window.banner.is_error)
    assert "'bank', which is not open" in new_window.banner.text
    assert new_window.canvas.image == shown
    qtbot.waitUntil(
        lambda: "“bank”, which is not open" in new_window.features["styles"].panel.notice.text()
    )
    drop(new_window, bank_path)
    settled(new_window)
    assert new_window.canvas.image != shown
    assert new_window.banner.text == ""
    assert not new_window.features["styles"].panel.notice.isVisible()


def test_what_is_here_is_offered_in_place_of_what_is_not(qtbot, window, settled):
    style = Style(BankRef("lost", "0" * 64), (("sea", 1.0),))
    window.studio.document.set(
        window.studio.document.recipe.replace(style=style), "another's style"
    )
    look_at_styles(window)
    panel = window.features["styles"].panel
    qtbot.waitUntil(lambda: panel.grid.count() == 3)
    qtbot.waitUntil(lambda: "“lost”, which is not open" in panel.notice.text())
    click(qtbot, panel, "noon")
    assert weights(window) == {"noon": 1.0}
    settled(window)
    assert window.banner.text == ""
    assert not panel.notice.isVisible()


def test_a_picture_is_not_exported_unpainted_for_want_of_its_styles(
    qtbot, no_banks, new_window, tmp_path
):
    style = Style(BankRef("lost", "0" * 64), (("sea", 1.0),))
    new_window.studio.document.set(
        new_window.studio.document.recipe.replace(style=style), "another's style"
    )
    new_window.features["picture"].saver.save_picture_as(tmp_path / "unpainted.png")
    qtbot.waitUntil(lambda: "'lost', which is not open" in new_window.banner.text)
    assert list(tmp_path.glob("*.png")) == []


def test_an_exported_picture_is_painted(qtbot, panel, window, settled, tmp_path, model):
    click(qtbot, panel, "noon")
    settled(window)
    path = tmp_path / "painted.png"
    window.features["picture"].saver.save_picture_as(path)
    qtbot.waitUntil(path.exists)
    assert read_recipe(path).style.bank == BankRef.of(window.features["styles"].library.bank)
    assert (
        ss.render(model, read_recipe(path)) == render(model, window.studio.document.recipe)
    ).all()


def test_a_style_file_that_is_none_is_named_and_costs_nothing(qtbot, window, tmp_path):
    for content in (b"", b"PK\x03\x04 no", b"text"):
        path = tmp_path / "broken.pth"
        path.write_bytes(content)
        window.banner.clear()
        window.features["styles"].library.open_paths([path])
        qtbot.waitUntil(lambda: "broken.pth" in window.banner.text)
    look_at_styles(window)
    qtbot.waitUntil(lambda: window.features["styles"].panel.grid.count() == 3)
    assert window.features["styles"].panel.banks.count() == 1


def test_networks_without_styles_to_choose_from_are_sent_to_the_command(
    qtbot, panel, window, tmp_path, monkeypatch
):
    channels = (4, 6, 8, 12)
    pair = [tmp_path / "vgg_normalised.pth", tmp_path / "decoder.pth"]
    for path, network in zip(pair, (AdaINEncoder(channels), AdaINDecoder(channels)), strict=True):
        torch.save(network.state_dict(), path)
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"text")
    chosen = [str(path) for path in (broken, *pair)]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (chosen, ""))
    qtbot.mouseClick(panel.open, LEFT)
    qtbot.waitUntil(lambda: "stylestudio stylize" in window.banner.text)
    assert "broken.pth" in window.banner.text
    assert "open the two together" not in window.banner.text
    window.banner.clear()
    chosen[:] = [str(broken), str(pair[0])]
    qtbot.mouseClick(panel.open, LEFT)
    qtbot.waitUntil(lambda: "vgg_normalised.pth only predicts styles" in window.banner.text)


def test_starting_with_a_style_file_shows_a_picture_and_the_styles(
    qtbot, no_banks, bare_window, bank_path
):
    bare_window.start([bank_path])
    qtbot.waitUntil(lambda: bare_window.features["styles"].panel.grid.count() == 3, timeout=20_000)
    assert bare_window.studio.document.model is not None


def test_every_control_of_the_dock_has_a_name(qtbot, panel):
    click(qtbot, panel, "dawn")
    nameless = [
        type(widget).__name__
        for widget in panel.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        if not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        if type(widget.parent()).__name__ not in ("ValueBox", "QComboBox")
    ]
    assert nameless == []


def test_settings_that_were_edited_by_hand_cost_only_the_list(tmp_path):
    settings = Settings(tmp_path / "odd")
    settings.set_text("style files", "[{]")
    assert settings.recents("style files") == []


def test_names_of_styles_take_two_lines_and_only_then_are_cut(qapp):
    font = qapp.font()
    font.setPixelSize(NAME_SIZE)
    metrics = QFontMetrics(font)
    for name in open_styles(resource_path("styles", "atelier.safetensors")).names:
        lines = name_lines(name, metrics, CELL.width())
        assert len(lines) <= LINES
        assert all(metrics.horizontalAdvance(line) <= CELL.width() for line in lines)
    narrow = metrics.horizontalAdvance("Stained Glas")
    assert name_lines("Stained Glass", metrics, narrow) == ["Stained", "Glass"]
    first, second = name_lines("Stained Glass Windows", metrics, narrow)
    assert (first, second[:5], second[-1]) == ("Stained", "Glass", "…")
    assert name_lines("Sea", metrics, narrow) == ["Sea"]

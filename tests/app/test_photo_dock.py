"""The photo dock beside other work: models that change, full disks, small windows, pasting."""

import threading

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import QBuffer, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from stylestudio import render, save_png
from stylestudio.app.features.photo.found_recipe import by_itself
from stylestudio.app.features.photo.loss_curve import LossCurve
from stylestudio.inversion.unfinished import load_unfinished
from stylestudio.pictures import srgb_profile
from stylestudio.recipe import BankRef, LatentSource, MixRow, Recipe, SeedSource, Style
from stylestudio.render import Delta, open_styles

LEFT = Qt.MouseButton.LeftButton
LONG = 60_000  # milliseconds; the machine may be busy


@pytest.fixture
def window(window_without_photo):
    return window_without_photo


@pytest.fixture
def inverter(window):
    return window.features["photo"].inverter


def until(qtbot, condition):
    qtbot.waitUntil(lambda: bool(condition()), timeout=LONG)


def press(qtbot, panel, button):
    assert button.isEnabled()
    QTest.mouseClick(button, LEFT)


def find(qtbot, window, panel):
    press(qtbot, panel, panel.work.start)
    until(qtbot, lambda: not window.features["photo"].inverter.is_running)


def count(inverter):
    return 0 if inverter.run is None else len(inverter.run.snapshots)


def wheel(widget):
    """Turn it over a widget; what doesn't take it hands it to its parent, as in the program."""
    is_taken = False
    while widget is not None and not is_taken:
        place = QPointF(widget.rect().center())
        event = QWheelEvent(
            place,
            QPointF(widget.mapToGlobal(place.toPoint())),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)
        is_taken, widget = event.isAccepted(), widget.parentWidget()


# --- the result by itself ----------------------------------------------------------------


def mixed(recipe):
    row = MixRow(SeedSource(5), (1.0,) * recipe.model.num_ws)
    return recipe.replace(mixing=(row,), noise_mode="none", truncation_psi=0.5)


def test_what_is_found_is_shown_by_itself_and_one_undo_brings_the_mix_back(
    qtbot, window, photo_panel, inverter, settled
):
    document = window.studio.document
    document.set(mixed(document.recipe), "Mix")
    before = document.recipe
    find(qtbot, window, photo_panel)
    settled(window)
    shown = document.recipe
    alone = inverter.run.snapshots[-1].recipe(document.model, "aunt.png")
    assert shown.source == alone.source
    assert [row.source for row in shown.mixing] == [row.source for row in before.mixing]
    assert shown.mixing == tuple(replace(row, muted=True) for row in before.mixing)
    assert shown.replace(mixing=()) == alone
    document.undo_stack.undo()
    assert document.recipe == before


def test_what_is_mixed_while_it_is_at_work_stays_mixed(qtbot, window, photo_panel, inverter):
    document = window.studio.document
    photo_panel.steps.setValue(5000)
    press(qtbot, photo_panel, photo_panel.work.start)
    until(qtbot, lambda: isinstance(document.recipe.source, LatentSource))
    row = MixRow(SeedSource(5), (0.5,) * document.model.num_ws)
    document.set(document.recipe.replace(mixing=(row,)), "Mix again")
    reached = count(inverter)
    source = document.recipe.source
    until(qtbot, lambda: count(inverter) > reached + 1 and document.recipe.source != source)
    assert document.recipe.mixing == (row,)


def test_style_placement_and_noise_are_off_and_at_hand(model):
    style = Style(BankRef("bank", "0" * 64), (("waves", 1.0),), strength=0.7)
    busy = Recipe.from_seed(0, model, style=style, noise_strength=2.0, translate_x=0.1, rotate=9.0)
    shown = by_itself(busy, SeedSource(3))
    assert shown.style.strength == 0
    assert shown.style.weights == style.weights
    assert shown.replace(style=None) == Recipe.from_seed(3, model)


# --- models that change ------------------------------------------------------------------


def test_the_dock_belongs_to_the_model_on_show(qtbot, window, photo_panel, inverter, make_model):
    document, first = window.studio.document, window.studio.document.model
    photo_panel.steps.setValue(5000)
    press(qtbot, photo_panel, photo_panel.work.start)
    until(qtbot, lambda: count(inverter) > 3)
    photo_panel.compare.click()
    document.open_model(make_model(seed=1, resolution=16))
    assert inverter.run is None
    assert not window.canvas.is_comparing
    shown = document.recipe
    for control in (photo_panel.work.go_on, photo_panel.mix, photo_panel.compare):
        assert not control.isEnabled()
    assert not photo_panel.work.scrub.isEnabled()
    assert photo_panel.curve.losses() == []
    assert photo_panel.resume.isHidden()
    photo_panel.steps.setValue(10)
    find(qtbot, window, photo_panel)  # at once, though the other may have a step to end
    assert inverter.run.model is document.model
    assert inverter.run.snapshots[-1].ws.shape[0] == document.model.num_ws < first.num_ws
    assert document.recipe != shown
    assert window.banner.text == ""
    document.open_model(first)
    assert inverter.run is None


def test_an_inversion_that_another_photo_ended_is_offered_and_brings_its_photo_back(
    qtbot, window, photo_panel, inverter, photo_file, tmp_path
):
    other = tmp_path / "uncle.png"
    Image.new("RGB", (64, 64), "teal").save(other)
    inverter.open_photos([photo_file, other])
    until(qtbot, lambda: photo_panel.photos.count() == 2)
    photo_panel.steps.setValue(5000)
    press(qtbot, photo_panel, photo_panel.work.start)
    until(qtbot, lambda: count(inverter) > 3)
    photo_panel.photos.setFocus()
    QTest.keyClick(photo_panel.photos, Qt.Key.Key_Down)
    until(qtbot, lambda: inverter.photo.name == "uncle.png")
    assert inverter.run is None
    assert not photo_panel.resume.isHidden()
    reached = inverter.left.snapshot.step
    assert photo_panel.resume.text() == f"Continue aunt.png, step {reached}"
    press(qtbot, photo_panel, photo_panel.resume)
    assert (inverter.photo.name, photo_panel.photos.currentText()) == ("aunt.png", "aunt.png")
    assert photo_panel.resume.isHidden()
    until(qtbot, lambda: count(inverter) > 1)
    assert inverter.run.snapshots[0].step >= reached > 0
    press(qtbot, photo_panel, photo_panel.work.start)  # which stops it
    until(qtbot, lambda: not inverter.is_running)


def test_with_its_model_an_inversion_is_offered_again(
    qtbot, window, photo_panel, inverter, make_model
):
    document, first = window.studio.document, window.studio.document.model
    find(qtbot, window, photo_panel)
    document.open_model(make_model(seed=1))
    assert photo_panel.resume.isHidden()
    document.open_model(first)
    assert "aunt.png, step 30" in photo_panel.resume.text()
    photo_panel.resume.click()
    until(qtbot, lambda: not inverter.is_running)
    assert inverter.run.snapshots[-1].step == 30


# --- disks -------------------------------------------------------------------------------


def test_an_inversion_that_cannot_be_saved_goes_on_and_says_so_once(
    qtbot, window, photo_panel, inverter, tmp_path, monkeypatch
):
    monkeypatch.setattr("stylestudio.app.features.photo.inversion_run.SAVE_EVERY", 0.0)
    (window.studio.settings.folder / "unfinished.inversion").mkdir()  # nothing can take its place
    (tmp_path / "file").touch()
    monkeypatch.setattr(window.studio.assets, "_folder", tmp_path / "file" / "deltas")
    said = []
    window.studio.failed.connect(said.append)
    photo_panel.method.setCurrentText("Closest, adjusting the model")
    find(qtbot, window, photo_panel)
    assert inverter.run.snapshots[-1].step == 45
    photo_panel.work.scrub.setValue(photo_panel.work.scrub.maximum() - 1)
    until(qtbot, lambda: window.studio.view.shown_recipe == window.studio.document.recipe)
    assert len(said) == 1
    assert "aunt.png" in said[0]
    assert "can't be saved" in said[0]


def test_scrubbing_writes_nothing_in_the_windows_thread(
    qtbot, window, photo_panel, inverter, monkeypatch
):
    photo_panel.method.setCurrentText("Closest, adjusting the model")
    photo_panel.steps.setValue(100)
    find(qtbot, window, photo_panel)
    threads = []
    save = Delta.save

    def watched(delta, folder):
        threads.append(threading.get_ident())
        return save(delta, folder)

    monkeypatch.setattr(Delta, "save", watched)
    deltas = [found.delta for found in inverter.run.snapshots if found.delta]
    assert len(deltas) > 3
    last = photo_panel.work.scrub.maximum()
    for back in range(1, len(deltas)):
        photo_panel.work.scrub.setValue(last - back)
    kept = window.studio.assets.folder / deltas[0].file_name
    until(qtbot, kept.is_file)
    assert threads
    assert threading.get_ident() not in threads


def test_tuned_weights_that_were_stored_on_the_way_stay(qtbot, window, photo_panel, inverter):
    photo_panel.method.setCurrentText("Closest, adjusting the model")
    photo_panel.steps.setValue(200)
    press(qtbot, photo_panel, photo_panel.work.start)
    document, history = window.studio.document, window.studio.history

    def shown():
        return getattr(document.recipe.source, "delta", "")

    until(qtbot, shown)
    qtbot.keyClick(window.canvas, Qt.Key.Key_7, Qt.KeyboardModifier.ShiftModifier)
    stored = window.features["presets"].slots.presets.slots[7].recipe.source.delta
    until(qtbot, lambda: shown() != stored)
    history.settle()
    marked = history.tree.current
    history.mark(marked, is_favourite=True)
    until(qtbot, lambda: not inverter.is_running)
    deltas = {found.delta.sha256: found.delta for found in inverter.run.snapshots if found.delta}
    named = {stored, history.tree.recipe(marked).source.delta, [*deltas][-1]}
    folder = window.studio.assets.folder

    def left():
        return {sha256 for sha256, delta in deltas.items() if (folder / delta.file_name).is_file()}

    assert len(named) > 1
    assert len(deltas) > len(named) + 2
    assert named <= left()
    until(qtbot, lambda: len(left()) <= len(named) + 1)  # one may come while another is shown


# --- room --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1280, 800), (1024, 640)])
def test_progress_state_and_scrub_are_in_view(qtbot, window, photo_panel, size):
    window.resize(*size)
    qtbot.wait(50)
    work = photo_panel.work
    for widget in (work.start, work.bar, work.state, work.scrub):
        assert widget.visibleRegion().boundingRect().size() == widget.size()
    assert photo_panel.area.viewport().height() > 40


def test_long_names_widen_nothing(qtbot, window, photo_panel, inverter, drop, tmp_path):
    names = [f"{letter * 60}.png" for letter in "ab"]
    drop(window, *(save(tmp_path / name) for name in names))
    until(qtbot, lambda: inverter.photo.name == names[0])
    assert photo_panel.area.widget().minimumSizeHint().width() <= 260
    assert photo_panel.minimumSizeHint().width() <= 260


def test_another_photo_comes_in_sight_without_the_old_curve(
    qtbot, window, photo_panel, inverter, drop, tmp_path
):
    window.resize(1024, 640)
    find(qtbot, window, photo_panel)
    assert len(photo_panel.curve.losses()) > 20
    bar = photo_panel.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 0
    save(tmp_path / "uncle.png")
    drop(window, tmp_path / "uncle.png")
    until(qtbot, lambda: inverter.photo.name == "uncle.png")
    assert bar.value() == 0
    assert photo_panel.curve.losses() == []


def test_there_is_nothing_to_frame_without_a_photo(qtbot, window, drop, photo_file):
    window.show_dock("photo")
    framing = window.features["photo"].panel.framing
    tools = (framing.find_crop, framing.points, framing.brush, framing.reset, framing.clear)
    assert not any(tool.isEnabled() for tool in tools)
    drop(window, photo_file)
    qtbot.waitUntil(lambda: all(tool.isEnabled() for tool in tools))


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_the_empty_frame_asks_for_a_photo(qtbot, window, photo_file, monkeypatch, hand):
    window.show_dock("photo")
    asked = []

    def choose(_parent, title, _folder, filters, *_options):
        asked.append((title, "*.jpg" in filters, "*.pkl" in filters))
        return [str(photo_file)], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    frame = window.features["photo"].panel.framing.picture
    if hand == "mouse":
        qtbot.mouseClick(frame, LEFT)
    else:
        frame.setFocus()
        qtbot.keyClick(frame, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.features["photo"].inverter.photo is not None)
    qtbot.mouseClick(frame, LEFT)  # now it places the square
    assert asked == [("Open photos", True, False)]


def test_another_button_does_not_let_go_of_the_square(qtbot, photo_panel):
    framing = photo_panel.framing
    picture = framing.picture
    centre = picture.picture_rect().center().toPoint()
    qtbot.mousePress(picture, LEFT, pos=centre)
    qtbot.mouseMove(picture, centre + QPoint(4, 0))
    qtbot.mousePress(picture, Qt.MouseButton.RightButton, pos=centre + QPoint(4, 0))
    qtbot.mouseRelease(picture, Qt.MouseButton.RightButton, pos=centre + QPoint(4, 0))
    before = framing.frame
    qtbot.mouseMove(picture, centre + QPoint(8, 0))
    assert framing.frame.x > before.x
    qtbot.mouseRelease(picture, LEFT, pos=centre + QPoint(8, 0))
    after = framing.frame
    qtbot.mouseMove(picture, centre)
    assert framing.frame == after


def test_a_frame_larger_than_the_photo_can_still_be_held(qtbot, photo_panel):
    picture = photo_panel.framing.picture
    picture.setFocus()
    for _ in range(30):
        qtbot.keyClick(picture, Qt.Key.Key_Plus)
    before = photo_panel.framing.frame
    assert before.side > 1.5
    corner = picture.corners()[2].toPoint() - QPoint(2, 2)
    assert picture.rect().contains(corner)
    qtbot.mousePress(picture, LEFT, pos=corner)
    qtbot.mouseMove(picture, corner - QPoint(30, 30))
    qtbot.mouseRelease(picture, LEFT, pos=corner - QPoint(30, 30))
    after = photo_panel.framing.frame
    assert after.side < 0.9 * before.side
    assert (after.x, after.y) == (before.x, before.y)


def test_a_picture_of_the_studio_is_a_photo_where_one_is_asked_for(
    qtbot, window, inverter, tmp_path, monkeypatch
):
    document, path = window.studio.document, tmp_path / "look.png"
    before = document.recipe
    look = before.replace(source=SeedSource(77))
    save_png(path, render(document.model, look), look)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path)], ""))
    window.show_dock("photo")
    qtbot.mouseClick(window.features["photo"].panel.framing.picture, LEFT)
    until(qtbot, lambda: inverter.photo is not None or document.recipe != before)
    assert inverter.photo.name == "look.png"
    assert document.recipe == before


def test_points_leave_their_button_where_it_is(qtbot, photo_panel):
    points = photo_panel.framing.points
    before = points.mapToGlobal(QPoint())
    QTest.mouseClick(points, LEFT)
    qtbot.waitUntil(photo_panel.framing.average.isVisible)
    QApplication.processEvents()
    assert points.mapToGlobal(QPoint()) == before


def test_the_wheel_scrolls_and_changes_nothing(qtbot, window, photo_panel):
    window.resize(1024, 640)
    find(qtbot, window, photo_panel)
    window.setFocus()
    bar = photo_panel.area.verticalScrollBar()
    position, crop = photo_panel.work.scrub.value(), photo_panel.framing.frame
    bar.setValue(0)
    wheel(photo_panel.work.scrub)
    wheel(photo_panel.framing.picture)
    assert bar.value() > 0
    reached = bar.value()
    wheel(photo_panel.curve)
    assert bar.value() > reached
    assert (photo_panel.work.scrub.value(), photo_panel.framing.frame) == (position, crop)


def test_controls_say_what_they_do_in_plain_words_and_in_the_papers(photo_panel):
    assert photo_panel.work.start.text() == "Invert photo"
    texts = [photo_panel.method.itemText(i) for i in range(photo_panel.method.count())]
    assert texts == ["Closest", "Easiest to edit", "Closest, adjusting the model"]
    tips = [photo_panel.method.itemData(i, Qt.ItemDataRole.ToolTipRole) for i in range(3)]
    assert "W+" in tips[0]
    assert "PTI" in tips[2]
    for widget in (photo_panel.work.start, photo_panel.work.go_on, photo_panel.tuned):
        assert widget.toolTip()


# --- other sources -----------------------------------------------------------------------


def save(path, side=40):
    pixels = np.random.RandomState(1).randint(0, 256, (side, side, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_of_several_photos_one_is_chosen(qtbot, window, photo_panel, inverter, drop, tmp_path):
    assert photo_panel.photos.isHidden()
    drop(window, save(tmp_path / "b.png"), save(tmp_path / "c.jpg"))
    until(qtbot, lambda: inverter.photo.name == "b.png")
    assert photo_panel.photos.isVisible()
    assert photo_panel.photos.count() == 2
    photo_panel.photos.setFocus()
    QTest.keyClick(photo_panel.photos, Qt.Key.Key_Down)
    until(qtbot, lambda: inverter.photo.name == "c.jpg")
    assert photo_panel.photos.currentText() == "c.jpg"


def test_the_list_goes_back_where_a_photo_cannot_be_read(
    qtbot, window, photo_panel, inverter, drop, tmp_path
):
    drop(window, save(tmp_path / "b.png"), save(tmp_path / "c.png"))
    until(qtbot, lambda: inverter.photo.name == "b.png")
    (tmp_path / "c.png").write_bytes(b"torn")
    photo_panel.photos.setFocus()
    QTest.keyClick(photo_panel.photos, Qt.Key.Key_Down)
    until(qtbot, lambda: "c.png" in window.banner.text)
    assert (photo_panel.photos.currentText(), inverter.photo.name) == ("b.png", "b.png")


def test_a_folder_is_its_photos_and_what_was_skipped_is_named(
    qtbot, window, photo_panel, inverter, drop, tmp_path
):
    folder = tmp_path / "album"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"no picture")
    save(folder / "b.png")
    save(folder / "c.webp")
    (folder / "notes.txt").write_text("none")
    drop(window, folder)
    until(qtbot, lambda: inverter.photo.name == "b.png")
    assert photo_panel.photos.count() == 2
    assert "notes.txt" in window.banner.text
    assert "a.png" in window.banner.text


def test_a_webp_photo_is_a_photo(qtbot, window, photo_panel, inverter, drop, tmp_path):
    drop(window, save(tmp_path / "d.webp"))
    until(qtbot, lambda: inverter.photo.name == "d.webp")


def offered(kind, side=24):
    """A picture as a browser or another program gives it."""
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    data = QMimeData()
    if kind == "image":
        data.setImageData(image)
    else:
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        image.save(buffer, kind)
        data.setData(f"image/{kind}", buffer.data())
    return data


@pytest.mark.parametrize("kind", ["image", "png", "jpeg"])
def test_a_picture_dragged_from_a_browser_is_a_photo(qtbot, window, inverter, kind):
    place, copy = window.rect().center(), Qt.DropAction.CopyAction
    hands = (copy, offered(kind), LEFT, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(place, *hands)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(place), *hands))
    until(qtbot, lambda: inverter.photo is not None)
    assert inverter.photo.size == (24, 24)
    assert inverter.photo.pixels[:, 12, 12].tolist() == pytest.approx([1, -1, -1], abs=0.05)


def test_a_copied_picture_is_pasted_as_a_photo(qtbot, window, inverter):
    QGuiApplication.clipboard().setMimeData(offered("image"))
    window.actions_by_id["paste"].trigger()
    until(qtbot, lambda: inverter.photo is not None)
    assert inverter.photo.name == "Pasted picture"
    QGuiApplication.clipboard().setText("no picture")
    window.actions_by_id["paste"].trigger()
    assert "no picture on the clipboard" in window.banner.text


def test_of_two_photos_asked_for_the_last_is_shown(qtbot, window, photo_panel, drop, tmp_path):
    inverter = window.features["photo"].inverter
    drop(window, save(tmp_path / "large.png", 1500))
    drop(window, save(tmp_path / "small.png"))
    until(qtbot, lambda: inverter.photo.name == "small.png")
    until(qtbot, lambda: not window.studio.tasks.under_way)
    assert inverter.photo.name == "small.png"


def test_a_photo_itself_is_painted_in_the_style_on_show(
    qtbot, window, drop, photo_file, bank_path, tmp_path, monkeypatch
):
    path, command = tmp_path / "painted.png", window.actions_by_id["paint_photo"]
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: dialog.selectFile(str(path)) or 1)
    command.trigger()
    assert "no photo to paint" in window.banner.text
    drop(window, photo_file)
    inverter = window.features["photo"].inverter
    until(qtbot, lambda: inverter.photo is not None)
    command.trigger()
    assert "choose one in the Style panel" in window.banner.text
    bank = open_styles(bank_path)
    window.studio.assets.hold(bank)
    document = window.studio.document
    document.set(document.recipe.replace(style=Style.of(bank, {"dusk": 1.0})), "style")
    command.trigger()
    until(qtbot, lambda: not window.studio.tasks.under_way)
    assert window.canvas.before_title == "Painted photo"
    with Image.open(path) as image:
        assert image.info["icc_profile"] == srgb_profile()
    assert "at most 2048 pixels" in command.toolTip()
    painted, photo = np.asarray(Image.open(path)), np.asarray(Image.open(photo_file))
    assert painted.shape == photo.shape
    expected = bank.stylize(inverter.photo.pixels[None] / 2 + 0.5, {"dusk": 1.0})
    difference = painted / 255 - expected[0].permute(1, 2, 0).numpy()
    assert abs(difference).max() < 0.02
    window.canvas.compare_with(None)


def test_unfinished_work_is_kept_when_it_is_stopped(qtbot, window, photo_panel, inverter):
    photo_panel.steps.setValue(5000)
    press(qtbot, photo_panel, photo_panel.work.start)
    until(qtbot, lambda: count(inverter) > 2)
    press(qtbot, photo_panel, photo_panel.work.start)
    until(qtbot, lambda: not inverter.is_running)
    left = load_unfinished(window.studio.settings.folder / "unfinished.inversion")
    assert left.snapshot.step == inverter.run.snapshots[-1].step


def drawn_steps(panel):
    return [step for step, _ in panel.curve.losses()]


def test_what_is_continued_from_is_the_result_until_there_is_another(
    qtbot, window, photo_panel, inverter, monkeypatch
):
    photo_panel.method.setCurrentText("Closest, adjusting the model")
    find(qtbot, window, photo_panel)
    found = inverter.run.snapshots[:]
    chosen = found[-1]
    monkeypatch.setattr("stylestudio.inversion.tuning.EVERY", 1000)  # so that no other comes
    photo_panel.steps.setValue(5000)
    press(qtbot, photo_panel, photo_panel.work.go_on)
    until(qtbot, lambda: inverter.run.losses[-1][0] > chosen.step + 2)
    press(qtbot, photo_panel, photo_panel.work.start)
    until(qtbot, lambda: not inverter.is_running)
    assert inverter.run.snapshots == found
    assert window.studio.document.recipe.source == chosen.source("aunt.png")
    left = load_unfinished(window.studio.settings.folder / "unfinished.inversion")
    assert left.snapshot.step == chosen.step
    assert left.snapshot.delta.sha256 == chosen.delta.sha256
    assert drawn_steps(photo_panel) == list(range(inverter.run.losses[-1][0] + 1))


def test_the_start_stays_when_an_inversion_continues_from_it(qtbot, window, photo_panel, inverter):
    find(qtbot, window, photo_panel)
    photo_panel.work.scrub.setValue(0)
    press(qtbot, photo_panel, photo_panel.work.go_on)
    until(qtbot, lambda: not inverter.is_running)
    assert [each.step for each in inverter.run.snapshots] == list(range(0, 31, 5))
    assert drawn_steps(photo_panel) == list(range(31))


def test_the_curve_names_its_two_ends_alone(qtbot, qapp):
    curve = LossCurve()
    qtbot.addWidget(curve)
    curve.resize(280, 110)
    curve.show()
    for losses, named in (
        ([], []),
        ([(0, 0.3)], ["0.3"]),
        ([(step, 0.3 / (step + 1)) for step in range(60)], ["0.005", "0.3"]),
    ):
        curve.show_losses(losses)
        assert curve.labels() == named

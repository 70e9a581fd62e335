"""Habits: recipes on the clipboard, dragging out, recent files, the folder, presenting."""

from pathlib import Path

import pytest
from hands import drag
from PIL import Image
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDesktopServices, QDrag, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.enlargers import KEY as ENLARGERS
from stylestudio.app.core.enlargers import known_enlargers
from stylestudio.app.core.model_paths import ModelPaths, is_there
from stylestudio.app.core.settings import FILES, MODELS, SESSIONS, RecentFile
from stylestudio.app.core.tasks import Tasks
from stylestudio.app.features.picture.still_dialog import CHOICES, QUALITY
from stylestudio.app.features.styles.learned import KEY as LEARNED
from stylestudio.app.features.styles.library import FILES as STYLE_FILES
from stylestudio.app.features.styles.library import StyleLibrary
from stylestudio.app.shell.window import MainWindow
from stylestudio.recipe import BankRef, NetworkRef, Recipe, Stage, read_recipe
from stylestudio.render import Assets, open_styles

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def canvas(window):
    window.activateWindow()
    window.canvas.setFocus()
    return window.canvas


def clipboard():
    return QGuiApplication.clipboard()


# --- the clipboard ----------------------------------------------------------------------------


def test_a_recipe_is_copied_as_text_and_pasted(qtbot, window, canvas, settled):
    mine = window.studio.document.recipe.replace(truncation_psi=0.25)
    window.studio.document.set(mine, "Mine")
    qtbot.keyClick(canvas, Qt.Key.Key_C, CTRL | SHIFT)
    assert Recipe.from_json(clipboard().text()) == mine
    window.actions_by_id["reset"].trigger()
    qtbot.keyClick(canvas, Qt.Key.Key_V, CTRL)
    assert window.studio.document.recipe == mine
    assert window.studio.document.undo_stack.undoText() == "Open the pasted recipe"
    settled(window)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a note", "no picture on the clipboard"),
        ('{"version": 2}', "The pasted text is no recipe: "),
        ("{", "The pasted text is no recipe: "),
        ("", "no picture on the clipboard"),
    ],
)
def test_pasting_what_is_no_recipe_says_so_and_changes_nothing(qtbot, window, canvas, text, said):
    before = window.studio.document.recipe
    clipboard().setText(text)
    qtbot.keyClick(canvas, Qt.Key.Key_V, CTRL)
    assert said in window.banner.text
    assert window.studio.document.recipe == before


def test_a_pasted_recipe_of_another_model_asks(window, make_model):
    other = make_model(seed=4, name="other")
    clipboard().setText(Recipe.from_seed(1, other).to_json())
    asked = []
    window.studio.opener.foreign_recipe.disconnect()
    window.studio.opener.foreign_recipe.connect(lambda recipe, _path: asked.append(recipe))
    window.actions_by_id["paste"].trigger()
    assert asked == [Recipe.from_seed(1, other)]


# --- dragging out -----------------------------------------------------------------------------


@pytest.fixture
def dragged(monkeypatch):
    """What is dragged out of the window, by a system that drops it nowhere."""
    taken = []

    def take(self, _action):
        data = self.mimeData()
        taken.append(([url.toLocalFile() for url in data.urls()], data.hasImage()))

    monkeypatch.setattr(QDrag, "exec", take)
    return taken


def test_shift_and_drag_take_the_picture_out_with_its_recipe(qtbot, window, canvas, dragged):
    before = window.studio.document.recipe
    centre = canvas.picture_rect().center().toPoint()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, SHIFT, centre)
    qtbot.mouseMove(canvas, centre + QPoint(60, 0))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, SHIFT, centre + QPoint(60, 0))
    ((files, has_image),) = dragged
    (file,) = files
    assert has_image
    assert read_recipe(file) == before == window.studio.document.recipe
    with Image.open(file) as picture:
        assert picture.size == (32, 32)
    window.features["picture"].close()  # as the window does when it closes
    with pytest.raises(FileNotFoundError):
        Image.open(file)


def test_without_shift_a_drag_walks(qtbot, window, canvas, dragged):
    before = window.studio.document.recipe
    centre = canvas.picture_rect().center().toPoint()
    drag(qtbot, canvas, centre, centre + QPoint(60, 0))
    assert not dragged
    assert window.studio.document.recipe != before


def test_a_picture_that_is_not_there_in_full_waits(qtbot, window, canvas, dragged):
    window.studio.view.is_draft = True
    centre = canvas.picture_rect().center().toPoint()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, SHIFT, centre)
    qtbot.mouseMove(canvas, centre + QPoint(60, 0))
    assert not dragged
    assert window.banner.text.startswith("Wait a moment")


# --- what was saved and opened ----------------------------------------------------------------


@pytest.fixture
def folders(monkeypatch):
    """Folders that the system is asked to show."""
    shown = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()) or True
    )
    return shown


def save(qtbot, window, path):
    window.features["picture"].saver.save_picture_as(path)
    qtbot.waitUntil(lambda: f"Saved {path.name}" in window.status.state.text())


def test_what_was_saved_is_shown_in_its_folder(qtbot, window, tmp_path, folders):
    command = window.actions_by_id["show_in_folder"]
    assert not command.isEnabled()
    assert command.property("lacking") == "Nothing has been saved yet."
    assert not window.status.folder.isVisible()
    save(qtbot, window, tmp_path / "mine.png")
    assert window.status.folder.isVisible()
    qtbot.mouseClick(window.status.folder, Qt.MouseButton.LeftButton)
    command.trigger()
    assert folders == [str(tmp_path)] * 2
    window.status.clearMessage()
    assert not window.status.folder.isVisible()


def test_a_folder_that_is_gone_is_said(qtbot, window, tmp_path, folders):
    (tmp_path / "gone").mkdir()
    save(qtbot, window, tmp_path / "gone" / "mine.png")
    (tmp_path / "gone" / "mine.png").unlink()
    (tmp_path / "gone").rmdir()
    window.actions_by_id["show_in_folder"].trigger()
    assert not folders
    assert "can't be shown" in window.banner.text


def recent_menu(window, words="Open recent"):
    (menu,) = [
        a.menu()
        for a in window.menuBar().actions()[0].menu().actions()
        if a.text().replace("&", "") == words
    ]
    menu.aboutToShow.emit()
    return menu


def test_recent_pictures_and_sessions_are_opened_again(qtbot, window, tmp_path, drop, settled):
    assert [a.text() for a in recent_menu(window).actions()] == ["Nothing yet"]
    mine = window.studio.document.recipe.replace(truncation_psi=0.3)
    window.studio.document.set(mine, "Mine")
    save(qtbot, window, tmp_path / "mine.png")
    window.studio.session.write(tmp_path / "mine.stylestudio")
    qtbot.waitUntil(lambda: "Saved mine.stylestudio" in window.status.state.text())
    window.actions_by_id["reset"].trigger()
    entries = recent_menu(window).actions()
    assert entries[0].text() == "mine.png"
    entries[0].trigger()
    qtbot.waitUntil(lambda: window.studio.document.recipe == mine)
    sessions = recent_menu(window, "Recent sessions").actions()
    assert sessions[0].text() == "mine.stylestudio"
    (tmp_path / "mine.stylestudio").unlink()
    assert recent_menu(window, "Recent sessions").actions()[0].text() == "Nothing yet"
    recent_menu(window).actions()[-1].trigger()
    assert [a.text() for a in recent_menu(window).actions()] == ["Nothing yet"]


def test_what_lies_on_an_unplugged_disk_is_back_with_the_disk(window, settings, tmp_path):
    disk, unplugged = tmp_path / "disk", tmp_path / "unplugged"
    disk.mkdir()
    for name in ("mine.png", "mine.pkl", "other.png", "other.pkl"):
        (tmp_path / name if name.startswith("other") else disk / name).touch()

    def listed():
        return [action.text() for action in recent_menu(window).actions() if action.data()]

    window.studio.settings.add_recent_file(disk / "mine.png")
    paths = ModelPaths(settings)
    paths.remember("a" * 64, "Mine", str(disk / "mine.pkl"))
    disk.rename(unplugged)
    window.studio.settings.add_recent_file(tmp_path / "other.png")
    paths.remember("b" * 64, "Other", str(tmp_path / "other.pkl"))
    assert listed() == ["other.png"]
    assert paths.find("a" * 64) == ""
    unplugged.rename(disk)
    assert listed() == ["other.png", "mine.png"]
    assert Path(paths.find("a" * 64)) == disk / "mine.pkl"


def test_models_and_styles_are_found_though_many_were_opened_since(
    qtbot, settings, tmp_path, bank_path
):
    model_file, bank = tmp_path / "mine.pkl", open_styles(bank_path)
    model_file.touch()
    settings.add_recent(RecentFile(str(model_file), "Mine", "a" * 64))
    settings.add_recent(RecentFile(str(bank_path), "bank", bank.sha256), STYLE_FILES)
    for number in range(12):
        later = tmp_path / f"later{number}.pkl"
        later.touch()
        for kind in (MODELS, STYLE_FILES):
            settings.add_recent(RecentFile(str(later), later.stem, f"{number:064}"), kind)
    paths = ModelPaths(settings)
    assert paths.find("a" * 64) == str(model_file)
    assert paths.all()["a" * 64] == str(model_file)  # where sessions look
    assets, owner = Assets(), QObject()
    library = StyleLibrary(assets, Tasks(owner), settings, owner)
    assert library.place_of(bank.sha256) == str(bank_path)
    assert assets.style(BankRef("bank", bank.sha256)).names == bank.names
    assert len(settings.recents()) == 10  # in the menu


def test_files_that_are_away_take_no_places_among_the_recent_ones(settings, tmp_path):
    for number in range(10):
        (tmp_path / f"{number}.png").touch()
        settings.add_recent_file(tmp_path / f"{number}.png")
    for number in range(10):
        settings.add_recent_file(tmp_path / f"away{number}.png")
    (tmp_path / "10.png").touch()
    settings.add_recent_file(tmp_path / "10.png")
    names = [file.name for file in settings.recents(FILES)]
    assert names == [f"{number}.png" for number in range(10, 0, -1)]


# A name that is too long is refused as a folder without permission is: by an error, which the
# tests of somebody who may enter every folder could not bring about.
UNREACHABLE = "/" + "x" * 300


def test_the_program_starts_though_remembered_files_lie_where_nobody_may_look(qtbot, settings):
    for kind in (MODELS, FILES, SESSIONS, STYLE_FILES):
        settings.add_recent(RecentFile(f"{UNREACHABLE}/mine", "Mine", "a" * 64), kind)
    settings.change_list(ENLARGERS, lambda: [[f"{UNREACHABLE}/mine", "Mine", "a" * 64, 2]])
    settings.change_list(
        LEARNED,
        lambda: [{"path": f"{UNREACHABLE}/m", "name": "m", "sha256": "a" * 64, "base": "b"}],
    )
    settings.set_directory("pictures", Path(UNREACHABLE))
    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=MainWindow.quit)
    window.show()
    assert not window.banner.text
    assert {"source", "deltas", "stages", "styles"} <= set(window.features)
    assert settings.directory("pictures") == str(Path.home())
    assert not is_there(f"{UNREACHABLE}/mine")
    window.quit()


@pytest.mark.parametrize("entry", [{"name": 5, "sha256": ""}, {"name": "a", "sha256": None}])
def test_remembered_files_edited_by_hand_cost_no_more_than_themselves(settings, tmp_path, entry):
    (tmp_path / "mine.png").touch()
    settings.change_list(FILES, lambda: [{"path": str(tmp_path), **entry}])
    assert settings.recents(FILES) == []
    settings.add_recent_file(tmp_path / "mine.png")
    assert [file.name for file in settings.recents(FILES)] == ["mine.png"]


# --- presenting -------------------------------------------------------------------------------


@pytest.fixture
def screen(qtbot, window, canvas):
    qtbot.keyClick(canvas, Qt.Key.Key_F11)
    screen = window.presenter.screen
    qtbot.waitUntil(screen.isVisible)
    screen.activateWindow()
    return screen


def middle(screen):
    return screen.grab().toImage().pixelColor(screen.rect().center())


def test_f11_shows_the_picture_alone_and_esc_ends_it(qtbot, window, screen):
    assert screen.isFullScreen()
    rect, image = screen.picture_rect(), window.canvas.image
    assert min(screen.width() - rect.width(), screen.height() - rect.height()) == 0
    assert middle(screen).name() != "#000000"
    assert image.size().width() == 32
    assert window.actions_by_id["present"].isChecked()
    qtbot.keyClick(screen, Qt.Key.Key_Escape)
    assert window.presenter.screen is None
    assert not window.actions_by_id["present"].isChecked()
    assert not window.actions_by_id["freeze"].isEnabled()


def test_the_keys_of_commands_work_in_it(qtbot, window, screen, settled):
    qtbot.waitUntil(screen.isActiveWindow)
    before = window.studio.document.recipe
    qtbot.keyClick(screen, Qt.Key.Key_R)
    assert window.studio.document.recipe != before
    settled(window)
    assert screen._image == window.canvas.image


def test_black_out_and_freeze(qtbot, window, screen, settled):
    qtbot.waitUntil(screen.isActiveWindow)
    qtbot.keyClick(screen, Qt.Key.Key_B, SHIFT)
    assert middle(screen).name() == "#000000"
    qtbot.keyClick(screen, Qt.Key.Key_B, SHIFT)
    colour = middle(screen)
    assert colour.name() != "#000000"
    qtbot.keyClick(screen, Qt.Key.Key_F, SHIFT)
    window.studio.document.set(window.studio.document.recipe.replace(truncation_psi=-1.0), "Away")
    settled(window)
    assert middle(screen) == colour
    qtbot.keyClick(screen, Qt.Key.Key_F, SHIFT)
    assert screen._image == window.canvas.image


def test_without_a_presentation_its_commands_say_how_one_begins(window):
    for name in ("black_out", "freeze"):
        action = window.actions_by_id[name]
        assert not action.isEnabled()
        assert action.property("lacking").startswith("Start a presentation first")


def test_a_presentation_ends_with_the_window(bare_window):
    bare_window.actions_by_id["present"].trigger()
    screen = bare_window.presenter.screen
    assert screen.isVisible()
    bare_window.quit()
    assert bare_window.presenter.screen is None
    assert not screen.isVisible()


# --- stills -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "name", "mode"),
    [
        ("JPEG", "a.jpg", "JPEG"),
        ("PNG, 16 bits a channel", "a.png", "PNG"),
        ("WebP, lossless", "a.webp", "WEBP"),
    ],
)
def test_a_still_is_saved_in_a_format_and_size(
    qtbot, window, tmp_path, monkeypatch, label, name, mode
):
    path = tmp_path / name
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: dialog.selectFile(str(path)) or 1)
    window.actions_by_id["save_still"].trigger()
    dialog = window.features["picture"].still_dialog
    dialog.format.setCurrentText(label)
    dialog.scale.setCurrentText("2 ×")
    assert dialog.sides.value() == 64
    assert dialog.quality.isEnabled() == (mode == "JPEG")
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: f"Saved {name}" in window.status.state.text())
    with Image.open(path) as picture:
        assert picture.size == (64, 64)
        assert picture.format == mode
    if mode == "PNG":
        assert read_recipe(path) == window.studio.document.recipe


def test_a_still_has_the_size_of_a_picture_that_is_not_rendered_yet(window, settled):
    document = window.studio.document
    enlarger = known_enlargers(window.studio.settings)[-1]
    document.set(document.recipe.stage(enlarger.stage()), "Enlarge")
    window.actions_by_id["save_still"].trigger()
    dialog = window.features["picture"].still_dialog
    assert dialog.sides.value() == document.model.resolution * enlarger.scale
    dialog.reject()
    settled(window)


def test_the_size_of_a_still_is_no_matter_where_a_network_is_missing(window, settled):
    document = window.studio.document
    missing = Stage(name="gone", network=NetworkRef("gone", "0" * 64))
    document.set(document.recipe.stage(missing), "Enlarge")
    window.actions_by_id["save_still"].trigger()
    dialog = window.features["picture"].still_dialog
    assert dialog.sides.value() == document.model.resolution
    dialog.reject()
    document.undo_stack.undo()
    settled(window)


def test_the_still_dialog_remembers_what_was_chosen(qtbot, window, tmp_path):
    window.actions_by_id["save_still"].trigger()
    dialog = window.features["picture"].still_dialog
    dialog.format.setCurrentText("JPEG")
    dialog.quality.setValue(70)
    dialog.scale.setCurrentText("Other")
    dialog.sides.setValue(50)
    dialog.order(tmp_path / "a.jpg")
    qtbot.waitUntil(lambda: "Saved a.jpg" in window.status.state.text())
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.size == (50, 50)
    window.actions_by_id["save_still"].trigger()
    again = window.features["picture"].still_dialog
    assert again.format.currentText() == "JPEG"
    assert again.quality.value() == 70
    assert "not keep the recipe" in again.note.text()
    again.reject()


@pytest.mark.parametrize("quality", ["99999999999", "9" * 5000, "-5", "²", ""])
def test_a_quality_edited_by_hand_is_the_usual_one(window, quality):
    window.studio.settings.set_text(CHOICES, f"jpeg/{quality}")
    window.actions_by_id["save_still"].trigger()
    dialog = window.features["picture"].still_dialog
    assert dialog.quality.value() == QUALITY
    dialog.reject()
    window.studio.settings.forget(CHOICES)


def test_a_webp_still_that_is_too_large_is_greyed_out(window):
    window.actions_by_id["save_still"].trigger()
    dialog = window.features["picture"].still_dialog
    dialog.scale.setCurrentText("Other")
    dialog.sides.setValue(16384)
    for label in ("WebP", "WebP, lossless"):
        dialog.format.setCurrentText(label)
        assert not dialog.save.isEnabled()
        assert dialog.note.text() == "WebP holds at most 16383 pixels on each side."
    dialog.sides.setValue(16383)
    assert dialog.save.isEnabled()
    dialog.sides.setValue(16384)
    dialog.format.setCurrentText("PNG")
    assert dialog.save.isEnabled()
    dialog.reject()


# --- pixels -----------------------------------------------------------------------------------


def lines_across(canvas):
    """How many lines cross the middle of a row of pixels, in pixels of the screen, and how far."""
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    canvas.set_image(image)
    grabbed, rect = canvas.grab().toImage(), canvas.picture_rect()
    row = int((canvas.height() / 2 - rect.top()) / canvas.zoom())
    y = int(rect.top() + (row + 0.5) * canvas.zoom())
    first, last = max(int(rect.left()) + 2, 0), min(int(rect.right()) - 2, canvas.width())
    colours = [grabbed.pixelColor(x, y).name() for x in range(first, last)]
    return sum(colour != "#336699" for colour in colours), last - first


def test_far_enlarged_pixels_have_lines_between_them(window, canvas):
    canvas.set_zoom(7.9)
    assert lines_across(canvas)[0] == 0
    canvas.set_zoom(16.0)
    lines, width = lines_across(canvas)
    assert abs(lines - width / 16) <= 1


def test_the_status_bar_says_which_pixel_is_at_the_pointer(qtbot, window, canvas):
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    image.setPixelColor(3, 5, QColor("#ff8000"))
    canvas.set_image(image)
    canvas.set_zoom(10.0)
    corner = canvas.picture_rect().topLeft()
    qtbot.mouseMove(canvas, (corner + QPointF(35, 55)).toPoint())
    assert window.status.pixel.text() == "3, 5   #ff8000   255 128 0"
    qtbot.mouseMove(canvas, (corner + QPointF(45, 55)).toPoint())
    assert window.status.pixel.text() == "4, 5   #336699   51 102 153"
    qtbot.mouseMove(canvas, (corner - QPointF(5, 5)).toPoint())
    assert not window.status.pixel.isVisible()


def test_a_draft_counts_pixels_as_the_picture_does(qtbot, window, canvas):
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    canvas.set_image(image, 32)
    place = canvas.picture_rect().center() + QPointF(1, 1)
    qtbot.mouseMove(canvas, place.toPoint())
    assert window.status.pixel.text().startswith("16, 16 ")

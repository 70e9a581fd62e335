"""Whatever somebody brings: opened for what its bytes say, off the window's thread, with a word."""

import json
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from looks import random_mapper
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

import stylestudio as ss
from stylestudio.app.core import reading, view
from stylestudio.app.core.picture_drop import PictureButton
from stylestudio.app.core.recipes import first_recipe
from stylestudio.app.core.settings import Settings
from stylestudio.app.core.task import FILES
from stylestudio.app.features.adapt.picture_list import PictureList
from stylestudio.app.features.picture import feature as picture_feature
from stylestudio.app.features.styles import library as style_library
from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_safetensors, write_styles
from stylestudio.recipe import LatentSource, MixRow, SeedSource, read_recipe, save_png
from stylestudio.recipe.presets import Preset, Presets
from stylestudio.render import builtin_models, open_model, render
from stylestudio.render.model_opening import name_of
from stylestudio.resources import resource_path
from stylestudio.video import Session, file_kinds

sys.path.insert(0, str(Path(__file__).parents[1] / "checkpoints"))

from tfjs_writer import EMBEDDING, magenta_transformer, write_tfjs


@pytest.fixture
def window(window_without_photo):
    return window_without_photo


@pytest.fixture
def style_folder(tmp_path):
    """A TensorFlow.js model with the styles "one" and "two"."""
    numbers = np.random.RandomState(5).randn(2, EMBEDDING)
    named = dict(zip(("one", "two"), numbers.tolist(), strict=True))
    return write_tfjs(tmp_path / "foreign", magenta_transformer(), embeddings=named)


@pytest.fixture
def photo(tmp_path):
    def save(name="photo.png", **options):
        path = tmp_path / name
        noise = np.random.RandomState(0).randint(0, 256, (64, 64, 3)).astype(np.uint8)
        Image.fromarray(noise).save(path, **options)
        return path

    return save


@pytest.fixture
def left_off(new_window, drop, tmp_path, make_network):
    """A model of one's own, and the picture of it that was on show when the window closed."""
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    drop(new_window, path)
    recipe = new_window.studio.document.recipe.replace(source=SeedSource(99))
    new_window.studio.document.set(recipe, "edit")
    new_window.quit()
    return path, recipe


def photo_of(window):
    found = window.features["photo"].inverter.photo
    return None if found is None else found.name


def styles_of(window):
    return window.features["styles"].panel.grid.names


# --- at the start ------------------------------------------------------------------------


def test_a_photo_on_a_fresh_home_comes_with_a_model(qtbot, bare_window, photo, settled):
    bare_window.start([photo()])
    qtbot.waitUntil(lambda: photo_of(bare_window) == "photo.png", timeout=20_000)
    qtbot.waitUntil(lambda: bare_window.studio.document.model is not None, timeout=20_000)
    settled(bare_window)
    assert name_of(bare_window.studio.document.model.name) == builtin_models()[0]
    assert bare_window.features["photo"].panel.isEnabled()
    assert bare_window.features["truncation"].panel.isEnabled()


def test_a_photo_comes_with_the_last_picture_where_there_is_one(qtbot, settings, left_off, photo):
    _, recipe = left_off
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.start([photo()])
    qtbot.waitUntil(lambda: again.studio.document.recipe == recipe, timeout=20_000)
    qtbot.waitUntil(lambda: photo_of(again) == "photo.png")
    again.quit()


def test_a_last_picture_whose_model_is_damaged_by_now_is_kept(qtbot, settings, left_off):
    path, recipe = left_off
    path.write_bytes(b"no model any more")
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.start([])
    qtbot.waitUntil(lambda: again.studio.document.model is not None, timeout=20_000)
    assert "mine.safetensors cannot be opened" in again.banner.text
    (kept,) = settings.folder.glob("kept-*.json")
    assert read_recipe(kept) == recipe
    again.quit()


@pytest.mark.parametrize("damage", ["newer", "damaged"])
def test_a_last_picture_that_cannot_be_read_is_kept_and_said(
    qtbot, bare_window, settings, fresh_recipe, damage
):
    text = fresh_recipe.to_json().replace('"version": 2', '"version": 99')
    content = json.dumps({"model_path": "portraits", "recipe": text})
    if damage == "damaged":
        text = content = content[: len(content) // 2]
    file = settings.folder / "last-look.json"
    file.write_text(content)
    bare_window.start([])
    assert ("newer StyleStudio" if damage == "newer" else "damaged") in bare_window.banner.text
    qtbot.waitUntil(lambda: bare_window.studio.document.model is not None, timeout=20_000)
    qtbot.waitUntil(lambda: file.read_text() != content)  # the new picture is saved
    (kept,) = settings.folder.glob("kept-*.json")
    assert kept.read_text() == text
    assert str(kept) in bare_window.banner.text


def test_settings_that_cannot_be_written_are_said_once(qtbot, tmp_path):
    (tmp_path / "file").write_text("no folder")
    settings = Settings(tmp_path / "file" / "settings")
    window = MainWindow(settings)
    qtbot.addWidget(window)
    window.start([])
    assert "settings won't be remembered" in window.banner.text
    qtbot.waitUntil(lambda: window.studio.document.model is not None, timeout=20_000)
    window.quit()


def test_the_file_of_a_built_in_model_opens_as_the_built_in_one(qtbot, bare_window):
    bare_window.start([resource_path("models", "portraits.safetensors")])
    studio = bare_window.studio
    qtbot.waitUntil(lambda: studio.document.model is not None, timeout=20_000)
    assert studio.paths.opened(studio.document.model.sha256) == "portraits"
    assert not studio.settings.recents()  # an update of the program moves the file


def test_a_picture_of_a_built_in_model_opens_it_though_this_window_never_did(
    qtbot, new_window, drop, tmp_path
):
    model = open_model("horizons", device="cpu")
    look = ss.Recipe.from_seed(4, model)
    save_png(tmp_path / "sea.png", np.zeros((8, 8, 3), np.uint8), look)
    drop(new_window, tmp_path / "sea.png")
    box = new_window.findChild(QMessageBox)
    assert box.informativeText() == "That model is known on this machine."
    opens = next(each for each in box.buttons() if each.text() == "Open Horizons")
    qtbot.mouseClick(opens, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: new_window.studio.document.recipe == look, timeout=20_000)


# --- folders and files of styles ---------------------------------------------------------


def test_a_folder_of_styles_opens_from_the_command_line(qtbot, bare_window, style_folder):
    bare_window.start([style_folder])
    qtbot.waitUntil(lambda: styles_of(bare_window) == ("one", "two"), timeout=20_000)
    qtbot.waitUntil(lambda: bare_window.studio.document.model is not None, timeout=20_000)


def test_a_folder_of_styles_is_chosen_in_dialogs(qtbot, new_window, style_folder, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(style_folder))
    new_window.actions_by_id["open_style_folder"].trigger()
    qtbot.waitUntil(lambda: styles_of(new_window) == ("one", "two"))
    new_window.features["styles"].library.show_any()
    monkeypatch.setattr(
        QFileDialog, "getOpenFileNames", lambda *args: ([str(style_folder / "model.json")], "")
    )
    again = []
    new_window.features["styles"].library.opened.connect(lambda: again.append(True))
    new_window.actions_by_id["open"].trigger()
    qtbot.waitUntil(lambda: bool(again))
    assert not new_window.banner.is_error
    assert styles_of(new_window) == ("one", "two")


def test_any_number_of_style_files_is_read_by_one_task(
    qtbot, builtin_bank, new_window, drop, bank, tmp_path, monkeypatch
):
    paths = [tmp_path / f"own{n}.safetensors" for n in range(12)]
    for n, path in enumerate(paths):
        write_styles(path, bank, [f"a{n}", f"b{n}", f"c{n}"])
    broken = tmp_path / "broken.pth"
    write_styles(broken, bank, ["a", "b", "c"])
    threads, read = set(), style_library.open_styles

    def spy(*parts):
        threads.add(threading.get_ident())
        if Path(parts[0]).name == "broken.pth":
            raise ss.StyleError("broken.pth is broken.")
        return read(*parts)

    monkeypatch.setattr(style_library, "open_styles", spy)
    drop(new_window, *paths[:6], broken, *paths[6:])
    qtbot.waitUntil(lambda: styles_of(new_window) == ("a11", "b11", "c11"), timeout=20_000)
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert new_window.banner.text == "broken.pth is broken."
    names = [choice.name for choice in new_window.features["styles"].library.choices()]
    assert "own11" in names
    assert "broken" not in names


# --- pictures and recipes ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["still.gif", "still.webp", "still.avif", "named.mp4"])
def test_a_picture_in_a_format_that_may_move_is_a_photo(qtbot, window, drop, photo, name):
    drop(window, photo(name, format="PNG") if name == "named.mp4" else photo(name))
    qtbot.waitUntil(lambda: photo_of(window) == name)
    assert not window.banner.is_error


def test_files_are_looked_at_and_read_off_the_windows_thread(
    qtbot, window, drop, tmp_path, model, monkeypatch
):
    recipe = window.studio.document.recipe.replace(source=SeedSource(9))
    path, threads = tmp_path / "look.png", []
    save_png(path, render(model, recipe), recipe)
    for module, name in ((picture_feature, "read_recipe"), (reading, "kind_of_file")):
        original = getattr(module, name)

        def spy(path, original=original):
            threads.append(threading.get_ident())
            return original(path)

        monkeypatch.setattr(module, name, spy)
    drop(window, path)
    qtbot.waitUntil(lambda: window.studio.document.recipe == recipe)
    assert len(threads) == 2
    assert threading.get_ident() not in threads


def test_each_file_is_looked_at_once_whatever_it_holds(
    qtbot, window, drop, tmp_path, photo, make_network, monkeypatch
):
    recipe, looked_at = window.studio.document.recipe, []
    (tmp_path / "look.json").write_text(recipe.to_json())
    Session(recipe=recipe).save(tmp_path / "clip.session")
    np.save(tmp_path / "w.npy", np.zeros((1, 512), np.float32))
    write_safetensors(tmp_path / "mine.safetensors", make_network(seed=3), name="Mine")
    photo()
    real = file_kinds.picture_format

    def spy(path):
        looked_at.append(path.name)
        return real(path)

    monkeypatch.setattr(file_kinds, "picture_format", spy)
    paths = [path for path in sorted(tmp_path.iterdir()) if path.is_file()]
    drop(window, *paths)
    qtbot.waitUntil(lambda: photo_of(window) == "photo.png")
    qtbot.waitUntil(lambda: not window.studio.opener.is_busy)
    assert sorted(looked_at) == [path.name for path in paths]


def test_what_cannot_be_read_of_a_recipe_is_said(qtbot, window, drop, tmp_path):
    tree = json.loads(window.studio.document.recipe.replace(source=SeedSource(7)).to_json())
    tree["edits"] = [{"type": "sculpt", "amount": 1.0}]
    path = tmp_path / "later.json"
    path.write_text(json.dumps(tree))
    drop(window, path)
    assert window.studio.document.recipe.source == SeedSource(7)
    assert "edits.0 (sculpt)" in window.banner.text
    assert not window.banner.is_error


def test_what_cannot_be_read_of_a_session_is_said(qtbot, window, drop, tmp_path):
    session = Session(recipe=window.studio.document.recipe.replace(source=SeedSource(7)))
    tree = json.loads(session.to_json())
    tree["recipe"]["halo"] = 3
    path = tmp_path / "later.session"
    path.write_text(json.dumps(tree))
    drop(window, path)
    assert window.studio.document.recipe.source == SeedSource(7)
    assert "halo" in window.banner.text


def test_the_last_that_was_asked_for_wins(qtbot, window, tmp_path, make_network, monkeypatch):
    slow, gate = tmp_path / "slow.safetensors", threading.Event()
    write_safetensors(slow, make_network(seed=3), name="Slow")
    recipe = window.studio.document.recipe.replace(source=SeedSource(5))
    path = tmp_path / "look.json"
    path.write_text(recipe.to_json())

    def wait(path, device):
        gate.wait(30)
        return open_model(path, device="cpu")

    monkeypatch.setattr(reading, "open_model", wait)
    window.studio.opener.open_paths([slow])
    qtbot.waitUntil(lambda: any(task.lane == FILES for task in window.studio.tasks.under_way))
    window.studio.opener.open_paths([path])
    qtbot.waitUntil(lambda: window.studio.document.recipe == recipe)
    assert window.status.state.text() == "Opening slow.safetensors…"
    gate.set()
    qtbot.waitUntil(lambda: not window.studio.opener.is_busy)
    assert window.studio.document.recipe == recipe
    assert "tiny" in window.status.state.text()


def test_closing_while_the_last_picture_opens_keeps_it(
    qtbot, new_window, settings, tmp_path, make_network, drop, monkeypatch
):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    drop(new_window, path)
    new_window.quit()
    saved = (settings.folder / "last-look.json").read_bytes()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.start([])
    again.quit()
    qtbot.wait(20)
    assert (settings.folder / "last-look.json").read_bytes() == saved
    assert not list(settings.folder.glob("kept-*"))


def test_opening_is_cancelled_in_the_list_of_tasks(
    qtbot, window, tmp_path, make_network, monkeypatch
):
    gate, path = threading.Event(), tmp_path / "slow.safetensors"
    write_safetensors(path, make_network(seed=3), name="Slow")

    def wait(path, device):
        gate.wait(30)
        return open_model(path, device="cpu")

    monkeypatch.setattr(reading, "open_model", wait)
    before = window.studio.document.current
    window.studio.opener.open_paths([path])
    rows = window.features["tasks"].panel.rows
    qtbot.waitUntil(lambda: "Open slow.safetensors" in {row.task.title for row in rows.values()})
    (row,) = [row for row in rows.values() if row.task.title == "Open slow.safetensors"]
    row.cancel.click()
    gate.set()
    qtbot.waitUntil(lambda: not window.studio.opener.is_busy)
    assert window.studio.document.current == before
    assert "tiny" in window.status.state.text()


def test_of_two_copies_the_later_stays(qtbot, window, settled, monkeypatch):
    gate, document = threading.Event(), window.studio.document

    def wait(pair, assets):
        gate.wait(30)
        return render(pair.model, pair.recipe)

    monkeypatch.setattr(view, "render_in_full", wait)
    monkeypatch.setattr(window.studio.view, "is_draft", True)
    window.actions_by_id["copy"].trigger()  # which has to be rendered first
    document.set(document.recipe.replace(source=SeedSource(3)), "seed")
    settled(window)
    window.actions_by_id["copy"].trigger()
    copied = QGuiApplication.clipboard().image()
    gate.set()
    qtbot.wait(100)
    assert QGuiApplication.clipboard().image() == copied


def test_a_failed_opening_offers_its_details(qtbot, window, drop, tmp_path):
    path = tmp_path / "bad.pkl"
    path.write_bytes(b"no model")
    drop(window, path)
    assert "bad.pkl" in window.banner.text
    assert window.banner.details.isVisible()


@pytest.mark.parametrize(("first", "second"), [("sea", "hill"), ("hill", "sea")])
def test_of_two_models_the_last_opens_and_the_other_is_named(
    qtbot, window, drop, tmp_path, make_network, first, second
):
    for name in (first, second):
        write_safetensors(tmp_path / f"{name}.safetensors", make_network(seed=3), name=name)
    (tmp_path / "readme.txt").write_text("about these models")
    files = [tmp_path / f"{name}.safetensors" for name in (first, second)]
    drop(window, *files, tmp_path / "readme.txt")
    qtbot.waitUntil(lambda: window.studio.document.model.name == second)
    assert window.banner.text == (
        f"One model can be open at a time: {second}.safetensors, the last, is opened, and "
        f"{first}.safetensors is not. readme.txt was skipped: it isn't a file StyleStudio opens "
        "here."
    )
    assert not window.banner.is_error


def test_of_two_pictures_with_recipes_the_last_is_shown_and_the_other_named(
    qtbot, window, drop, tmp_path
):
    recipe = window.studio.document.recipe
    for seed in (5, 6):
        each = recipe.replace(source=SeedSource(seed))
        save_png(tmp_path / f"{seed}.png", np.zeros((8, 8, 3), np.uint8), each)
    drop(window, tmp_path / "5.png", tmp_path / "6.png")
    qtbot.waitUntil(lambda: window.studio.document.recipe.source == SeedSource(6))
    assert "6.png, the last, is shown, and 5.png is not" in window.banner.text


@pytest.mark.parametrize("kind", ["address", "text", "file elsewhere"])
def test_an_address_without_a_picture_is_answered(qtbot, window, kind):
    data = QMimeData()
    if kind == "address":
        data.setUrls([QUrl("https://example.org/aunt.jpg")])
        data.setHtml('<img src="https://example.org/aunt.jpg">')
    elif kind == "text":
        data.setText("https://example.org/aunt.jpg")
    else:
        data.setUrls([QUrl("sftp://there/aunt.jpg")])
    place, copy = window.rect().center(), Qt.DropAction.CopyAction
    hands = (copy, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(place, *hands)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(place), *hands))
    assert window.banner.text == (
        "That is only a link to a file. Save the file and drop it here, or copy the picture itself "
        "and paste it."
    )
    window.banner.clear()
    QGuiApplication.clipboard().setMimeData(data)
    window.actions_by_id["paste"].trigger()
    assert window.banner.text.startswith("That is only a link")


class _Learner:
    """Learns nothing of what is dropped on the dock of styles."""

    is_busy = False

    def learn(self, painting):
        self.painting = painting


@pytest.mark.parametrize("place", ["window", "mixing", "styles", "button", "pictures"])
def test_files_that_are_dropped_with_shift_held_are_copied_and_not_moved(
    qtbot, window, photo, monkeypatch, place
):
    features = window.features
    monkeypatch.setattr(features["styles"].panel, "_tasks", _Learner())
    alone = {"button": lambda: PictureButton("Here"), "pictures": PictureList}
    if place in alone:
        widget = alone[place]()
        qtbot.addWidget(widget)
    else:
        widget = window if place == "window" else features[place].panel
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo()))])
    move = Qt.DropAction.MoveAction
    actions = Qt.DropAction.CopyAction | move
    hands = (actions, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    at = QPointF(5, 5)
    for event in (QDragEnterEvent(at.toPoint(), *hands), QDropEvent(at, *hands)):
        assert event.proposedAction() == move
        QApplication.sendEvent(widget, event)
        assert event.isAccepted()
        assert event.dropAction() == Qt.DropAction.CopyAction
    qtbot.waitUntil(lambda: not window.studio.opener.is_busy, timeout=20_000)


def test_other_text_is_not_taken(window):
    data = QMimeData()
    data.setText("a note about https and such")
    place, copy = window.rect().center(), Qt.DropAction.CopyAction
    enter = QDragEnterEvent(
        place, copy, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


# --- latents -----------------------------------------------------------------------------


@pytest.fixture
def projected(tmp_path, model):
    """As NVIDIA's projector writes it."""
    path = tmp_path / "projected_w.npz"
    ws = np.random.RandomState(3).randn(1, model.num_ws, model.w_dim).astype(np.float32)
    np.savez(path, w=ws)
    return path, ws


def test_latents_become_the_source_as_they_are_in_the_file(
    qtbot, window, drop, model, projected, settled
):
    path, ws = projected
    before = window.studio.document.recipe
    mixed = MixRow(SeedSource(4), (1.0,) * model.num_ws)
    window.studio.document.set(before.replace(mixing=(mixed,)), "mix")
    drop(window, path)
    qtbot.waitUntil(lambda: isinstance(window.studio.document.recipe.source, LatentSource))
    assert "projected_w.npz holds a latent in W+" in window.banner.text
    settled(window)
    shown = window.studio.document.recipe
    source = LatentSource.from_array(ws[0], "w")
    expected = ss.Recipe.from_seed(0, model).replace(source=source)
    pixels = render(model, expected)
    colour = window.canvas.image.pixelColor(5, 17)
    assert [colour.red(), colour.green(), colour.blue()] == pixels[17, 5].tolist()
    assert [row.source for row in shown.mixing] == [SeedSource(4)]  # still at hand
    window.studio.document.undo_stack.undo()
    assert window.studio.document.recipe.mixing == (mixed,)


def test_several_latents_are_counted_and_each_can_be_chosen(
    qtbot, window, drop, model, tmp_path, settled
):
    numbers = np.random.RandomState(4).randn(3, 1, model.w_dim).astype(np.float32)
    for stem in ("many", "more"):
        np.save(tmp_path / f"{stem}.npy", numbers)
        numbers = numbers[:1] + 1
    chooser = window.features["source"].panel.latents
    assert not chooser.isVisible()
    drop(window, tmp_path / "many.npy")
    qtbot.waitUntil(lambda: "many.npy holds 3 latents" in window.banner.text)
    assert "The first is shown; choose others" in window.banner.text
    assert chooser.isVisible()
    assert [chooser.itemText(index) for index in range(3)] == [
        "1: many 0",
        "2: many 1",
        "3: many 2",
    ]
    assert chooser.currentIndex() == 0
    chooser.showPopup()
    qtbot.keyClick(chooser.view(), Qt.Key.Key_End)
    qtbot.keyClick(chooser.view(), Qt.Key.Key_Return)
    document = window.studio.document
    third = ss.read_latents(tmp_path / "many.npy")[2]
    assert document.recipe.source == third
    settled(window)
    document.undo_stack.undo()
    assert chooser.currentIndex() == 0
    document.set(document.recipe.replace(source=SeedSource(5)), "seed")
    assert chooser.currentIndex() == -1
    drop(window, tmp_path / "more.npy", tmp_path / "many.npy")  # together
    qtbot.waitUntil(lambda: chooser.count() == 4)
    assert chooser.itemText(0) == "1: more.npy, more"
    document.open_model(open_model(builtin_models()[0]))
    assert not chooser.isVisible()


def test_a_latent_that_is_chosen_after_a_seed_is_shown_as_it_is_in_the_file(
    qtbot, window, drop, model, tmp_path
):
    numbers = np.random.RandomState(4).randn(2, 1, model.w_dim).astype(np.float32)
    np.save(tmp_path / "many.npy", numbers)
    document, chooser = window.studio.document, window.features["source"].panel.latents
    drop(window, tmp_path / "many.npy")
    qtbot.waitUntil(lambda: isinstance(document.recipe.source, LatentSource))
    window.actions_by_id["randomize"].trigger()
    assert document.recipe.truncation_psi == first_recipe(model).truncation_psi
    chooser.showPopup()
    qtbot.keyClick(chooser.view(), Qt.Key.Key_Home)
    qtbot.keyClick(chooser.view(), Qt.Key.Key_Return)
    assert document.recipe.source == ss.read_latents(tmp_path / "many.npy")[0]
    assert document.recipe.truncation_psi == 1.0


def test_latents_may_come_before_any_model(qtbot, bare_window, tmp_path):
    model = open_model(builtin_models()[0])
    path = tmp_path / "w.npy"
    np.save(path, np.zeros((1, model.w_dim), np.float32))
    bare_window.start([path])
    document = bare_window.studio.document
    qtbot.waitUntil(
        lambda: document.recipe is not None and isinstance(document.recipe.source, LatentSource),
        timeout=20_000,
    )
    assert "w.npy holds a latent in W" in bare_window.banner.text


def test_a_model_and_a_latent_of_it_are_opened_together_whatever_is_on_show(
    qtbot, new_window, drop, tmp_path, make_network
):
    document = new_window.studio.document
    model, latent = tmp_path / "wide.safetensors", tmp_path / "w.npy"
    write_safetensors(model, make_network(seed=3, w_dim=12), name="Wide")
    np.save(latent, np.ones((1, 12), np.float32))
    drop(new_window, latent, model)
    qtbot.waitUntil(lambda: isinstance(document.recipe.source, LatentSource), timeout=20_000)
    assert document.model.name == "Wide"
    assert not new_window.banner.is_error
    qtbot.waitUntil(lambda: not new_window.studio.tasks.listed)  # where one that failed stays


def test_a_latent_is_opened_with_the_model_on_show_where_its_own_cannot_be(
    qtbot, new_window, drop, tmp_path
):
    document = new_window.studio.document
    model, latent = tmp_path / "broken.pkl", tmp_path / "w.npy"
    model.write_bytes(b"no model")
    np.save(latent, np.ones((1, document.model.w_dim), np.float32))
    drop(new_window, model, latent)
    qtbot.waitUntil(lambda: isinstance(document.recipe.source, LatentSource), timeout=20_000)


def test_a_delta_may_come_before_any_model(qtbot, bare_window, tmp_path):
    model = open_model(builtin_models()[0])
    random_mapper(model).write(tmp_path / "tuned.delta.safetensors")
    bare_window.start([tmp_path / "tuned.delta.safetensors"])
    document = bare_window.studio.document
    qtbot.waitUntil(lambda: document.recipe is not None, timeout=20_000)
    qtbot.waitUntil(lambda: bool(document.recipe.edits), timeout=20_000)


def test_presets_and_a_model_at_the_start_fill_the_slots(
    qtbot, settings, left_off, tmp_path, make_network
):
    _, recipe = left_off
    other, presets = tmp_path / "other.safetensors", tmp_path / "mine.presets"
    write_safetensors(other, make_network(seed=4), name="Other")
    Presets(slots={2: Preset(recipe, b"")}).save(presets)
    saved = json.loads((settings.folder / "last-look.json").read_text())
    saved["session"]["is_dirty"] = False
    (settings.folder / "last-look.json").write_text(json.dumps(saved))
    again = MainWindow(settings)
    qtbot.addWidget(again, before_close_func=MainWindow.quit)
    again.start([presets, other])
    document, slots = again.studio.document, again.features["presets"].slots
    qtbot.waitUntil(lambda: document.model is not None, timeout=20_000)
    qtbot.waitUntil(lambda: "1 of 9 slots" in again.banner.text, timeout=20_000)
    assert document.model.name == "Other"
    assert slots.presets.slots[2].recipe == recipe


def test_latents_that_do_not_fit_say_why_and_change_nothing(qtbot, new_window, drop, tmp_path):
    before = new_window.studio.document.recipe
    path = tmp_path / "wide.npy"
    np.save(path, np.zeros((1, 77), np.float32))
    drop(new_window, path)
    qtbot.waitUntil(lambda: new_window.banner.is_error)
    assert "wide.npy" in new_window.banner.text
    assert "77 numbers" in new_window.banner.text
    (failed,) = new_window.studio.tasks.listed
    assert failed.title == "Open wide.npy"
    assert "77 numbers" in failed.status
    path = tmp_path / "smile_direction.npy"
    np.save(path, np.zeros((1, new_window.studio.document.model.w_dim), np.float32))
    drop(new_window, path)
    qtbot.waitUntil(lambda: "is all zeros" in new_window.banner.text)
    assert new_window.studio.document.recipe == before


@pytest.mark.parametrize(("suffix", "chosen"), [(".npy", None), (".npz", "NumPy archive (*.npz)")])
def test_a_latent_is_saved_for_other_tools(
    qtbot, window, drop, tmp_path, monkeypatch, suffix, chosen
):
    recipe = window.studio.document.recipe

    def answer(dialog):
        dialog.setDirectory(str(tmp_path))
        if chosen:
            dialog.selectNameFilter(chosen)
            dialog.filterSelected.emit(chosen)
        dialog.selectFile("mine")
        return True

    monkeypatch.setattr(QFileDialog, "exec", answer)
    window.actions_by_id["save_latent"].trigger()
    path = tmp_path / f"mine{suffix}"
    qtbot.waitUntil(path.exists)
    (read,) = ss.read_latents(path, window.studio.document.model)
    drop(window, path)
    qtbot.waitUntil(lambda: isinstance(window.studio.document.recipe.source, LatentSource))
    model = window.studio.document.model
    assert (render(model, window.studio.document.recipe) == render(model, recipe)).all()
    assert read.rows == model.num_ws


def test_the_latent_of_a_mapper_is_saved(qtbot, window, tmp_path, monkeypatch):
    studio, path = window.studio, tmp_path / "mine.npy"
    mapper = random_mapper(studio.document.model)
    studio.assets.hold(mapper)
    studio.document.set(studio.document.recipe.edit(ss.MapperEdit.of(mapper)), "edit")
    monkeypatch.setattr(window.features["picture"].saver, "_ask", lambda *_: path)
    window.actions_by_id["save_latent"].trigger()
    qtbot.waitUntil(path.exists)


# --- one default -------------------------------------------------------------------------


def test_every_reset_of_psi_leads_to_the_same(qtbot, window):
    document, row = window.studio.document, window.features["truncation"].panel.psi
    expected = first_recipe(document.model).truncation_psi
    for reset in (
        window.actions_by_id["reset"].trigger,
        row.reset.click,
        lambda: qtbot.mouseDClick(row.slider, Qt.MouseButton.LeftButton),
    ):
        document.set(document.recipe.replace(truncation_psi=1.6), "edit")
        reset()
        assert document.recipe.truncation_psi == expected

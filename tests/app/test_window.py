"""The window as a whole: opening, dropping, saving, going back, and surviving bad files."""

import gc

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox

from stylestudio.app.core.recipes import first_recipe
from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_safetensors
from stylestudio.recipe import SeedSource, parameters, read_recipe, save_png
from stylestudio.render import Model, builtin_models, open_model, render


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def model_file(tmp_path, make_network):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    return path


def test_opens_on_a_built_in_model(qtbot, bare_window, settled):
    bare_window.start([])
    qtbot.waitUntil(lambda: bare_window.studio.document.model is not None, timeout=20_000)
    settled(bare_window)
    assert bare_window.studio.document.model.sha256 == open_model(builtin_models()[0]).sha256
    assert not bare_window.canvas.image.isNull()


def test_a_card_that_torch_cannot_use_is_said(qtbot, bare_window, monkeypatch, settled):
    sentence = "This computer has a card that nobody uses."
    monkeypatch.setattr("stylestudio.app.core.studio.unused_card", lambda: sentence)
    bare_window.start([])
    settled(bare_window)
    assert sentence in bare_window.banner.text
    assert not bare_window.banner.is_error


def test_dropping_a_model_opens_it_and_remembers_it(qtbot, new_window, drop, model_file, settled):
    drop(new_window, model_file)
    qtbot.waitUntil(lambda: new_window.studio.document.model.name == "Mine")
    settled(new_window)
    assert "Mine" in new_window.windowTitle()
    new_window.features["source"].model_menu.fill()
    assert "mine.safetensors" in [
        action.text() for action in new_window.features["source"].model_menu.actions()
    ]
    new_window.studio.document.undo_stack.undo()
    assert new_window.studio.document.model.name == "tiny"


def test_the_model_menu_opens_what_it_names(qtbot, window, settled):
    action = next(
        action for action in window.features["source"].model_menu.actions() if action.data()
    )
    action.trigger()
    qtbot.waitUntil(lambda: window.studio.document.model.name != "tiny", timeout=20_000)
    settled(window)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("text.pkl", b"hello, I am a text", "text.pkl"),
        ("empty.pkl", b"", "empty.pkl"),
        ("cut.pkl", b"\x80\x04\x95\xff\xff", "cut.pkl"),
        ("tiny.png", None, "tiny.png has 4 x 4 pixels"),
        ("bad.json", b'{"version": 1}', "bad.json"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named_and_nothing_is_lost(
    qtbot, window, drop, tmp_path, name, content, said
):
    path = tmp_path / name
    if content is None:
        Image.new("RGB", (4, 4)).save(path)
    else:
        path.write_bytes(content)
    look, image = window.studio.document.current, window.canvas.image
    drop(window, path)
    qtbot.waitUntil(lambda: window.banner.text != "")
    assert said in window.banner.text
    assert "\n" not in window.banner.text
    assert window.banner.is_error
    assert (window.studio.document.current, window.canvas.image) == (look, image)


def test_starting_with_a_bad_file_still_opens_a_model(qtbot, bare_window, tmp_path):
    bad = tmp_path / "bad.pkl"
    bad.write_bytes(b"not a model")
    bare_window.start([bad])
    qtbot.waitUntil(lambda: bare_window.studio.document.model is not None, timeout=20_000)
    assert "bad.pkl" in bare_window.banner.text


def test_starting_with_a_model_and_a_picture_shows_the_picture(
    qtbot, new_window, bare_window, model_file, tmp_path, settled
):
    model = open_model(model_file, device="cpu")
    recipe = first_recipe(model).replace(source=SeedSource(21))
    picture = tmp_path / "picture.png"
    save_png(picture, render(model, recipe), recipe)
    bare_window.studio.opener.open_paths([picture, model_file])
    qtbot.waitUntil(lambda: bare_window.studio.document.recipe == recipe)
    settled(bare_window)


def test_of_several_models_the_last_is_shown(qtbot, window, model_file, tmp_path, make_network):
    other = tmp_path / "other.safetensors"
    write_safetensors(other, make_network(seed=4), name="Other")
    for path in (other, model_file, other, model_file):
        window.studio.opener.open_paths([path])
    qtbot.waitUntil(lambda: window.studio.document.model.name == "Mine")
    qtbot.waitUntil(lambda: not window.studio.tasks.under_way)
    assert window.studio.document.model.name == "Mine"


def test_missing_files_and_folders_are_named(qtbot, window, tmp_path):
    for path in (tmp_path / "gone.pkl", tmp_path):
        window.banner.clear()
        window.studio.opener.open_paths([path])
        qtbot.waitUntil(lambda: window.banner.text != "")
        assert path.name in window.banner.text


def test_a_saved_picture_brings_the_session_back(qtbot, window, drop, tmp_path, settled):
    recipe = window.studio.document.recipe.replace(source=SeedSource(31), truncation_psi=1.2)
    window.studio.document.set(recipe, "edit")
    settled(window)
    shown = window.canvas.image
    path = tmp_path / "picture.png"
    window.features["picture"].saver.save_picture_as(path)
    qtbot.waitUntil(path.exists)
    assert read_recipe(path) == recipe
    window.studio.document.set(recipe.replace(source=SeedSource(32)), "edit")
    settled(window)
    assert window.canvas.image != shown
    drop(window, path)
    qtbot.waitUntil(lambda: window.studio.document.recipe == recipe)
    settled(window)
    assert window.canvas.image == shown


def test_save_asks_where_and_adds_the_suffix(qtbot, window, tmp_path, monkeypatch):
    asked = []

    def answer(dialog):
        asked.append(dialog.selectedFiles()[0])
        dialog.setDirectory(str(tmp_path))
        dialog.selectFile("look")
        return True

    monkeypatch.setattr(QFileDialog, "exec", answer)
    window.actions_by_id["save"].trigger()
    qtbot.waitUntil((tmp_path / "look.png").exists)
    assert asked[0].endswith("tiny-seed0.png")
    window.actions_by_id["save_recipe"].trigger()
    qtbot.waitUntil((tmp_path / "look.json").exists)
    assert read_recipe(tmp_path / "look.json") == window.studio.document.recipe


def test_a_picture_that_cannot_be_written_is_said(qtbot, window, tmp_path):
    (tmp_path / "a.png").mkdir()
    window.features["picture"].saver.save_picture_as(tmp_path / "a.png")
    qtbot.waitUntil(lambda: "a.png cannot be written" in window.banner.text)


def test_a_folder_that_is_not_there_is_named(qtbot, window, tmp_path):
    folder = tmp_path / "no such folder"
    window.features["picture"].saver.save_picture_as(folder / "a.png")
    sentence = f"The folder {folder} does not exist; make it, or save {{}} elsewhere."
    qtbot.waitUntil(lambda: window.banner.text == sentence.format("a.png"))
    window.studio.session.write(folder / "a.stylestudio")
    qtbot.waitUntil(lambda: window.banner.text == sentence.format("a.stylestudio"))


def answer_question(button_text: str) -> str:
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    text = box.text() + box.informativeText()
    next(button for button in box.buttons() if button_text in button.text()).click()
    return text


def test_another_models_recipe_asks_and_adapts(qtbot, window, make_model, tmp_path, drop, settled):
    other = make_model(seed=9, name="other", resolution=64)
    path = tmp_path / "other.json"
    recipe = window.studio.document.recipe
    window.studio.document.open_model(other)
    window.studio.document.set(window.studio.document.recipe.replace(source=SeedSource(77)), "edit")
    path.write_text(window.studio.document.recipe.to_json())
    while window.studio.document.undo_stack.canUndo():
        window.studio.document.undo_stack.undo()
    drop(window, path)
    assert window.studio.document.recipe == recipe
    assert "other" in answer_question("Cancel")
    assert window.studio.document.recipe == recipe
    drop(window, path)
    answer_question("Use it with tiny")
    settled(window)
    assert window.studio.document.recipe.source == SeedSource(77)
    assert window.studio.document.recipe.model == recipe.model
    assert "layers" in window.banner.text


def test_a_known_models_recipe_can_open_it(qtbot, window, model_file, tmp_path, drop, settled):
    drop(window, model_file)
    qtbot.waitUntil(lambda: window.studio.document.model.name == "Mine")
    recipe = window.studio.document.recipe.replace(source=SeedSource(5))
    path = tmp_path / "mine.json"
    path.write_text(recipe.to_json())
    window.studio.document.undo_stack.undo()
    drop(window, path)
    answer_question("Open Mine")
    qtbot.waitUntil(lambda: window.studio.document.recipe == recipe)
    settled(window)


def test_the_last_look_comes_back(qtbot, new_window, settings, model_file, drop, settled):
    drop(new_window, model_file)
    qtbot.waitUntil(lambda: new_window.studio.document.model.name == "Mine")
    recipe = new_window.studio.document.recipe.replace(source=SeedSource(99), truncation_psi=0.3)
    new_window.studio.document.set(recipe, "edit")
    new_window.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.start([])
    qtbot.waitUntil(lambda: again.studio.document.recipe == recipe)
    settled(again)
    again.quit()


def test_the_look_is_saved_without_closing(qtbot, new_window, model_file, drop):
    drop(new_window, model_file)
    qtbot.waitUntil(lambda: new_window.studio.document.model.name == "Mine")
    recipe = new_window.studio.document.recipe.replace(source=SeedSource(99))
    new_window.studio.document.set(recipe, "edit")

    def is_saved():
        saved = new_window.studio.autosave.load()
        return saved is not None and saved.recipe == recipe

    qtbot.waitUntil(is_saved)


def test_history_shows_the_way_and_goes_back(qtbot, window, settled):
    for seed in (10, 11, 12):
        window.studio.document.set(
            window.studio.document.recipe.replace(source=SeedSource(seed)), "seed"
        )
    view = window.features["history"].panel.view
    qtbot.waitUntil(lambda: len(view.cells) == 4)
    qtbot.waitUntil(lambda: window.studio.history.picture(view.steps.ids[1]) is not None)
    place = view.cell_rect(view.steps.ids[1]).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    settled(window)
    assert window.studio.document.recipe.source == SeedSource(10)
    assert window.studio.document.undo_stack.canRedo()


def test_comparing_shows_the_pinned_picture_left_of_the_wipe(window, settled):
    window.actions_by_id["pin"].trigger()
    pinned = window.canvas.image.copy()
    window.studio.document.set(window.studio.document.recipe.replace(source=SeedSource(3)), "seed")
    settled(window)
    window.actions_by_id["compare"].trigger()
    window.canvas.set_zoom(8.0)
    shot = window.canvas.grab().toImage()
    rect = window.canvas.picture_rect()

    def colour_at(x, y):
        place = QPointF(rect.left() + (x + 0.5) * 8, rect.top() + (y + 0.5) * 8).toPoint()
        return shot.pixelColor(place).rgb()

    assert colour_at(3, 3) == pinned.pixelColor(3, 3).rgb()
    assert colour_at(28, 3) == window.canvas.image.pixelColor(28, 3).rgb()


def test_esc_ends_a_comparison_wherever_the_focus_is(qtbot, window):
    pin, compare = window.actions_by_id["pin"], window.actions_by_id["compare"]
    pin.trigger()
    for widget in (window.canvas, window.features["noise"].panel.strength.box):
        compare.trigger()
        assert window.canvas.is_comparing
        window.show_dock("noise")
        window.activateWindow()
        widget.setFocus()
        qtbot.keyClick(widget, Qt.Key.Key_Escape)
        assert not window.canvas.is_comparing
        assert not compare.isChecked()


def test_one_comparison_takes_the_place_of_another(window):
    window.actions_by_id["pin"].trigger()
    compare = window.actions_by_id["compare"]
    compare.trigger()
    window.features["photo"].panel.compare_asked.emit(window.canvas.image)
    assert not compare.isChecked()
    assert window.canvas.before_title == "Photo"
    compare.trigger()
    assert window.canvas.before_title == "Pinned"
    window.features["photo"].panel.compare_asked.emit(None)
    assert window.canvas.before_title == "Pinned"


def test_copying_puts_the_picture_on_the_clipboard(window):
    window.actions_by_id["copy"].trigger()
    assert QGuiApplication.clipboard().image().size() == window.canvas.image.size()


def test_zooming_keeps_the_point_under_the_pointer(window):
    canvas = window.canvas
    anchor = canvas.picture_rect().topLeft() + QPointF(40, 30)
    before = (anchor - canvas.picture_rect().topLeft()) / canvas.zoom()
    event = QWheelEvent(
        anchor,
        canvas.mapToGlobal(anchor),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    zoom = canvas.zoom()
    QApplication.sendEvent(canvas, event)
    after = (anchor - canvas.picture_rect().topLeft()) / canvas.zoom()
    assert canvas.zoom() == pytest.approx(zoom * 1.44)
    assert (after - before).manhattanLength() < 0.01
    window.actions_by_id["fit"].trigger()
    assert canvas.zoom() == pytest.approx(zoom)


def test_reset_everything_keeps_the_seed_and_can_be_undone(window, fresh_recipe):
    changed = fresh_recipe.replace(source=SeedSource(8), truncation_psi=1.5, noise_mode="none")
    window.studio.document.set(changed, "edit")
    window.actions_by_id["reset"].trigger()
    assert window.studio.document.recipe == fresh_recipe.replace(source=SeedSource(8))
    window.studio.document.undo_stack.undo()
    assert window.studio.document.recipe == changed


def test_every_reset_of_psi_comes_to_the_same(qtbot, window, model):
    document, psi = window.studio.document, window.features["truncation"].panel.psi
    known = {each.path: each for each in parameters(model, document.recipe)}
    for reset in (psi.reset.click, window.actions_by_id["reset"].trigger):
        document.set(document.recipe.replace(truncation_psi=1.4), "psi")
        reset()
        assert document.recipe.truncation_psi == known["truncation_psi"].start


def test_the_words_about_the_program_are_not_broken(qtbot, window):
    window.actions_by_id["about"].trigger()
    box = QApplication.activeModalWidget()
    (said,) = [label for label in box.findChildren(QLabel) if "instrument" in label.text()]
    metrics = said.fontMetrics()
    wanted = metrics.horizontalAdvance("The desktop instrument for exploring StyleGAN.")
    assert said.width() >= wanted
    box.close()


def test_the_layout_is_remembered(qtbot, new_window, settings):
    new_window.docks["noise"].hide()
    new_window.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.show()
    assert not again.docks["noise"].isVisible()
    again.actions_by_id["reset_layout"].trigger()
    assert again.docks["noise"].isVisible()
    again.quit()


def test_commands_have_ids_texts_and_keys_of_their_own(window):
    actions = window.actions_by_id.values()
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert len(set(keys)) == len(keys)
    assert all(action.text() and action.toolTip() and action.objectName() for action in actions)


def test_menus_hold_the_commands_in_their_groups(window):
    bar = [action.text() for action in window.menuBar().actions()]
    assert bar == ["&File", "&Edit", "&Clip", "&Presets", "&View", "&Help"]
    file = window.menuBar().actions()[0].menu()
    assert [action.text() for action in file.actions()] == [
        "&New session",
        "Open s&ession…",
        "&Save session",
        "Save session &as…",
        "Recent sess&ions",
        "",
        "&Open…",
        "Open recen&t",
        "Open a &model",
        "Open style &folder…",
        "Crossfade wit&h a model…",
        "",
        "Sa&ve picture…",
        "Save sti&ll…",
        "Save &recipe…",
        "Save latent…",
        "Sho&w in folder",
        "Save &directions…",
        "&Contact sheet…",
        "Save picture enlar&ged by",
        "Paint the photo…",
        "",
        "&Paint this still…",
        "Draw words…",
        "Paint in stro&kes…",
        "",
        "Train on a folder…",
        "Train a translator…",
        "",
        "&Quit",
    ]


def test_transparent_pictures_stand_on_a_checkerboard(window, make_model, settled):
    window.studio.document.open_model(make_model(seed=12, name="glass", img_channels=4))
    settled(window)
    assert window.canvas.image.hasAlphaChannel()
    clear = QImage(32, 32, QImage.Format.Format_ARGB32_Premultiplied)
    clear.fill(Qt.GlobalColor.transparent)
    window.canvas.set_image(clear)
    shot, corner = window.canvas.grab().toImage(), window.canvas.picture_rect().topLeft()

    def brightness(x, y):
        return shot.pixelColor((corner + QPointF(x, y)).toPoint()).lightness()

    light, dark = brightness(6, 6), brightness(18, 6)
    assert light > dark + 20
    assert [brightness(6, 18), brightness(18, 18), brightness(30, 6)] == [dark, light, light]
    solid = clear.copy()
    solid.fill(Qt.GlobalColor.red)
    window.canvas.set_image(solid)
    shot = window.canvas.grab().toImage()
    assert brightness(6, 6) == brightness(18, 6)


def test_of_several_models_dropped_together_the_last_is_shown(
    qtbot, window, drop, model_file, tmp_path, make_network
):
    other = tmp_path / "other.safetensors"
    write_safetensors(other, make_network(seed=4), name="Other")
    count = window.studio.document.undo_stack.count()
    drop(window, other, model_file)
    qtbot.waitUntil(lambda: window.studio.document.model.name == "Mine")
    qtbot.waitUntil(lambda: not window.studio.tasks.under_way)
    assert window.studio.document.model.name == "Mine"
    assert window.studio.document.undo_stack.count() == count + 1


@pytest.fixture
def opened_files(qtbot, window, tmp_path, make_network):
    """Five models from files, opened one after the other."""
    paths = [tmp_path / f"m{number}.safetensors" for number in range(5)]
    for number, path in enumerate(paths):
        write_safetensors(path, make_network(seed=20 + number), name=f"M{number}")
        window.studio.opener.open_paths([path])
        name = f"M{number}"
        qtbot.waitUntil(lambda name=name: window.studio.document.model.name == name)
    return paths


def test_undo_opens_a_closed_model_again(qtbot, window, opened_files, settled):
    models = {id(m): m for m in gc.get_objects() if isinstance(m, Model) and m.name[0] == "M"}
    assert "M0" not in {model.name for model in models.values()}
    del models
    document = window.studio.document
    shown = document.recipe
    document.undo_stack.setIndex(1)
    assert document.recipe == shown  # the picture stays meanwhile
    qtbot.waitUntil(lambda: document.model.name == "M0", timeout=20_000)
    settled(window)
    assert document.undo_stack.index() == 1
    document.undo_stack.redo()
    qtbot.waitUntil(lambda: document.model.name == "M1", timeout=20_000)


def test_undo_to_a_model_that_is_gone_says_so_and_stays(qtbot, window, opened_files, settled):
    document = window.studio.document
    settled(window)
    shown, index = document.recipe, document.undo_stack.index()
    opened_files[0].unlink()
    document.undo_stack.setIndex(1)
    qtbot.waitUntil(lambda: window.banner.is_error and "m0.safetensors" in window.banner.text)
    assert (document.recipe, document.undo_stack.index()) == (shown, index)
    document.undo_stack.undo()
    assert document.model.name == "M3"

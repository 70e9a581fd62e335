"""Sessions as documents: new, open, save, what is asked, and what comes back after a crash."""

import gc
import itertools
import json
import os
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

import stylestudio as ss
from stylestudio.app.core.autosave import SavedRecipe
from stylestudio.app.core.document import OPEN_MODELS
from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.own_files import OwnFiles
from stylestudio.app.core.reading import reopen_model
from stylestudio.app.core.recipes import ModelRecipe, render_in_full
from stylestudio.app.core.session_work import stamp_of, write
from stylestudio.app.core.studio import LAST_LOOK
from stylestudio.app.shell.missing_files import MissingFilesDialog
from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_safetensors
from stylestudio.recipe import Recipe, SeedSource
from stylestudio.video import Keyframe, Session, Timeline

SEEDS = itertools.count(50)


@pytest.fixture
def window(qtbot, fresh_window):
    session = fresh_window.studio.session
    session.start_anew()
    yield fresh_window
    qtbot.waitUntil(lambda: not fresh_window.studio.opener.is_busy)


@pytest.fixture
def session(window):
    return window.studio.session


@pytest.fixture
def change(window):
    """Make a change by hand, as one step to undo."""

    def to(seed):
        document = window.studio.document
        document.set(document.recipe.replace(source=SeedSource(seed)), "Another seed")
        return document.recipe

    return to


@pytest.fixture
def save(qtbot, window, session, tmp_path):
    def to(path=tmp_path / "walk.stylestudio"):
        session.write(path)
        qtbot.waitUntil(lambda: not session.is_dirty)
        return path

    return to


def asked(window):
    """The question on show."""
    boxes = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    return boxes[-1] if boxes else None


def answer(window, words):
    box = asked(window)
    next(button for button in box.buttons() if words in button.text().replace("&", "")).click()


def test_the_title_names_the_session_and_marks_what_is_not_saved(window, session, change, save):
    assert window.windowTitle().startswith("Untitled[*] — tiny")
    assert not window.isWindowModified()
    change(5)
    assert window.isWindowModified()
    window.actions_by_id["undo"].trigger()
    assert not window.isWindowModified()
    change(6)
    path = save()
    assert window.windowTitle().startswith("walk[*] — ")
    assert not window.isWindowModified()
    assert window.windowFilePath() == str(path)
    change(7)
    assert window.isWindowModified()


def test_everything_comes_back_from_the_file(qtbot, window, session, change, save, drop):
    look = change(5)
    window.actions_by_id["insert_key"].trigger()
    window.features["presets"].store(3)
    clip, slots = window.features["timeline"].clip, window.features["presets"].slots
    timeline, presets = clip.timeline, slots.presets.slots[3].recipe
    path = save()
    window.actions_by_id["new_session"].trigger()
    assert asked(window) is None  # all of it is in the file
    assert (clip.timeline, slots.presets.slots) == (None, {})
    assert window.windowTitle().startswith("Untitled")
    drop(window, path)
    qtbot.waitUntil(lambda: session.path == path, timeout=20_000)
    assert window.studio.document.recipe == look
    assert clip.timeline == timeline
    assert slots.presets.slots[3].recipe == presets
    assert not window.isWindowModified()
    assert not window.studio.document.undo_stack.canUndo()  # it is another document


def test_the_history_travels_with_the_session(qtbot, window, session, change, save, drop):
    history = window.studio.history
    qtbot.waitUntil(lambda: history.tree is not None)
    change(41)
    named = change(42)
    history.settle()
    save()
    history.mark(history.tree.current, name="best")
    assert window.isWindowModified()  # though there is nothing to undo
    path = save()
    count = len(history.tree.nodes)
    assert count >= 3
    session.new()
    qtbot.waitUntil(lambda: history.tree is not None)
    assert len(history.tree.nodes) == 1
    drop(window, path)
    qtbot.waitUntil(lambda: session.path == path and history.tree is not None)
    history.settle()
    assert len(history.tree.nodes) == count
    here = history.tree.nodes[history.tree.current]
    assert (here.name, history.tree.recipe(here.id)) == ("best", named)
    assert not window.isWindowModified()


def test_a_session_opened_after_a_slow_one_has_its_own_history(
    qtbot, window, session, change, save, tmp_path, monkeypatch
):
    history = window.studio.history
    for name in ("slow", "quick"):
        session.new()
        qtbot.waitUntil(lambda: history.tree is not None)
        change(next(SEEDS))
        history.settle()
        history.mark(history.tree.current, name=name)
        save(tmp_path / f"{name}.stylestudio")
    session.new()
    gate, is_unpacked = threading.Event(), threading.Event()

    def open_slowly(path, **options):
        if path.stem == "slow":
            gate.wait(20)
        found = ss.open_session(path, **options)
        if path.stem == "slow":
            is_unpacked.set()
        return found

    monkeypatch.setattr("stylestudio.app.core.session_work.open_session", open_slowly)
    session.open(tmp_path / "slow.stylestudio")
    session.open(tmp_path / "quick.stylestudio")
    change(next(SEEDS))  # which is asked about before the session takes its place
    qtbot.waitUntil(lambda: asked(window) is not None)
    gate.set()
    assert is_unpacked.wait(20)
    answer(window, "Don't save")
    qtbot.waitUntil(lambda: session.path is not None and history.tree is not None)
    assert {node.name for node in history.tree.nodes.values()} == {"", "quick"}
    qtbot.waitUntil(lambda: not window.studio.opener.is_busy)


@pytest.mark.parametrize("words", ["Save", "Don't save", "Cancel"])
def test_unsaved_changes_are_asked_about(qtbot, window, session, change, save, words):
    path = save()
    changed = change(8)
    window.actions_by_id["new_session"].trigger()
    assert asked(window).text() == "Save the changes to walk.stylestudio?"
    answer(window, words)
    qtbot.waitUntil(lambda: (session.path is None) == (words != "Cancel"))
    assert (ss.open_session(path).recipe == changed) == (words == "Save")
    assert (window.studio.document.recipe == changed) == (words == "Cancel")


@pytest.mark.parametrize("words", ["Save", "Don't save", "Cancel"])
def test_what_is_done_while_another_session_is_read_is_asked_about(
    qtbot, window, session, change, save, tmp_path, words
):
    other, path = save(tmp_path / "other.stylestudio"), save()
    session.open(other)
    changed = change(81)  # it is not there yet
    qtbot.waitUntil(lambda: asked(window) is not None)
    assert asked(window).text() == "Save the changes to walk.stylestudio?"
    assert window.studio.document.recipe == changed
    answer(window, words)
    qtbot.waitUntil(lambda: (session.path == other) == (words != "Cancel"))
    assert asked(window) is None
    assert (ss.open_session(path).recipe == changed) == (words == "Save")
    assert (window.studio.document.recipe == changed) == (words == "Cancel")
    assert window.studio.document.undo_stack.canUndo() == (words == "Cancel")


def test_what_was_given_up_is_not_asked_about_again(qtbot, window, session, change, save, tmp_path):
    other = save(tmp_path / "other.stylestudio")
    save()
    change(82)
    session.open(other)
    answer(window, "Don't save")
    change(83)
    qtbot.waitUntil(lambda: asked(window) is not None)  # of what came after the answer
    answer(window, "Cancel")
    session.open(other)
    answer(window, "Don't save")
    qtbot.waitUntil(lambda: session.path == other)
    assert asked(window) is None


def test_closing_asks_and_cancel_stays(window, change):
    change(9)
    window.close()
    assert window.isVisible()
    answer(window, "Cancel")
    assert window.isVisible()


def test_an_untitled_session_is_asked_for_its_name(
    qtbot, window, session, change, tmp_path, monkeypatch
):
    change(9)
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: True)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(tmp_path / "a.stylestudio")])
    window.actions_by_id["save_session"].trigger()
    qtbot.waitUntil(lambda: session.path == tmp_path / "a.stylestudio")
    assert not session.is_dirty


def test_a_picture_or_video_opens_as_a_copy(qtbot, window, session, tmp_path, change):
    look = window.studio.document.recipe.replace(source=SeedSource(77))
    ss.save_png(tmp_path / "look.png", ss.render(window.studio.document.model, look), look)
    clip = Session(recipe=look, timeline=Timeline.of([look, look.replace(truncation_psi=0.2)], 1.0))
    clip.save(tmp_path / "clip.session")
    before = (tmp_path / "look.png").read_bytes()
    for name in ("look.png", "clip.session"):
        session.start_anew()
        session.open(tmp_path / name)
        qtbot.waitUntil(lambda: window.studio.document.recipe == look and session.is_dirty)
        assert session.path is None
        assert window.windowTitle().startswith("Untitled")
    assert window.features["timeline"].clip.timeline == clip.timeline
    assert (tmp_path / "look.png").read_bytes() == before


def test_a_dropped_picture_is_a_step_in_the_session(qtbot, window, session, save, drop, tmp_path):
    path, before = save(), window.studio.document.recipe
    look = before.replace(source=SeedSource(78))
    ss.save_png(tmp_path / "look.png", ss.render(window.studio.document.model, look), look)
    drop(window, tmp_path / "look.png")
    assert window.studio.document.recipe == look
    assert (session.path, session.is_dirty) == (path, True)
    window.actions_by_id["undo"].trigger()
    assert window.studio.document.recipe == before


def test_a_file_that_was_replaced_meanwhile_is_not_written_over(
    qtbot, window, session, change, save
):
    path = save()
    path.write_bytes(b"of another program")
    os.utime(path, ns=(1, 1))
    change(10)
    window.actions_by_id["save_session"].trigger()
    assert "was changed by another program" in asked(window).text()
    answer(window, "Cancel")
    assert path.read_bytes() == b"of another program"
    window.actions_by_id["save_session"].trigger()
    answer(window, "Replace")
    qtbot.waitUntil(lambda: not session.is_dirty)
    assert ss.open_session(path).recipe == window.studio.document.recipe


def test_saving_again_while_a_save_ends_asks_nothing(
    qtbot, window, session, change, save, monkeypatch
):
    path, gate = save(), threading.Event()

    def write_and_wait(*args):
        stamp = write(*args)
        gate.wait(20)
        return stamp

    monkeypatch.setattr("stylestudio.app.core.session.write", write_and_wait)
    before, action = stamp_of(path), window.actions_by_id["save_session"]
    assert not action.autoRepeat()  # a held key saves once
    change(16)
    action.trigger()
    qtbot.waitUntil(lambda: stamp_of(path) != before)
    look = change(17)
    action.trigger()
    assert asked(window) is None
    gate.set()
    qtbot.waitUntil(lambda: not session.is_dirty and not window.studio.tasks.under_way)
    assert ss.open_session(path).recipe == look
    action.trigger()
    assert asked(window) is None
    qtbot.waitUntil(lambda: not window.studio.tasks.under_way)


def test_a_save_that_ends_after_another_session_began_does_not_take_its_place(
    qtbot, window, session, change, tmp_path
):
    change(12)
    path = tmp_path / "slow.stylestudio"
    session.write(path)
    session.start_anew()  # before it is told that the file is written
    qtbot.waitUntil(lambda: path.exists() and not window.studio.tasks.under_way)
    qtbot.waitUntil(lambda: not session.is_dirty)
    assert session.path is None


def test_a_save_while_undo_waits_for_a_model_has_the_picture_of_that_step(
    qtbot, window, session, make_network, make_model, tmp_path, monkeypatch
):
    gate = threading.Event()

    def reopen_slowly(*args):
        gate.wait(20)
        return reopen_model(*args)

    monkeypatch.setattr("stylestudio.app.core.opening.reopen_model", reopen_slowly)
    file, path = tmp_path / "mine.safetensors", tmp_path / "walk.stylestudio"
    write_safetensors(file, make_network(seed=next(SEEDS)), name="Mine")
    document, mine = window.studio.document, ss.open_model(file)
    window.studio.paths.note(mine, str(file))
    look = Recipe.from_seed(15, mine)
    document.set_current(ModelRecipe(mine, look), "Mine")
    for _ in range(OPEN_MODELS):
        document.open_model(make_model(seed=next(SEEDS)))
    for _ in range(OPEN_MODELS):
        window.actions_by_id["undo"].trigger()
    assert document.wanted == look
    session.write(path)
    qtbot.waitUntil(lambda: session.path == path)
    gate.set()
    qtbot.waitUntil(lambda: document.recipe == look, timeout=20_000)
    assert ss.open_session(path).recipe == look
    assert not window.isWindowModified()
    window.studio.settings.clear_recents()


def test_a_slow_save_that_ends_after_save_as_does_not_take_its_place(
    qtbot, window, session, change, tmp_path, monkeypatch
):
    gate = threading.Event()

    def write_slowly(path, *args):
        if path.stem == "slow":
            gate.wait(20)
        return write(path, *args)

    monkeypatch.setattr("stylestudio.app.core.session.write", write_slowly)
    slow, quick = tmp_path / "slow.stylestudio", tmp_path / "quick.stylestudio"
    change(14)
    session.write(slow)
    monkeypatch.setattr(QFileDialog, "exec", lambda _: True)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(quick)])
    window.actions_by_id["save_session_as"].trigger()
    qtbot.waitUntil(lambda: session.path == quick)
    gate.set()
    qtbot.waitUntil(lambda: slow.exists() and not window.studio.tasks.under_way)
    assert session.path == quick
    assert window.windowTitle().startswith("quick")
    assert not window.isWindowModified()


def test_another_name_for_a_replaced_file_goes_on_with_what_was_asked_for(
    qtbot, window, session, change, save, tmp_path, monkeypatch
):
    path = save()
    path.write_bytes(b"of another program")
    os.utime(path, ns=(1, 1))
    change(10)
    monkeypatch.setattr(QFileDialog, "exec", lambda _: True)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(tmp_path / "b.stylestudio")])
    followed = []
    session.save(lambda: followed.append(session.path))
    answer(window, "Save as")
    qtbot.waitUntil(lambda: followed == [tmp_path / "b.stylestudio"])


def test_a_save_that_is_cancelled_leaves_the_mark(
    qtbot, window, session, change, tmp_path, monkeypatch
):
    gate = threading.Event()
    monkeypatch.setattr("stylestudio.app.core.session.write", lambda *_: gate.wait(20))
    change(13)
    session.write(tmp_path / "slow.stylestudio")
    (task,) = [each for each in window.studio.tasks.under_way if each.title.startswith("Save")]
    task.cancel()
    gate.set()
    qtbot.waitUntil(lambda: task.state.is_over)
    assert session.path is None
    assert window.isWindowModified()


def test_a_full_disk_leaves_the_old_file_and_the_mark(
    qtbot, window, session, change, save, monkeypatch
):
    old = window.studio.document.recipe
    path = save()
    change(11)

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stylestudio.recipe.session._write_zip", full)
    window.actions_by_id["save_session"].trigger()
    qtbot.waitUntil(lambda: "No space left" in window.banner.text)
    assert "walk.stylestudio cannot be written" in window.banner.text
    assert window.isWindowModified()
    assert ss.open_session(path).recipe == old
    assert [each.name for each in path.parent.glob(".stylestudio-*")] == []


def test_a_damaged_file_is_said_and_changes_nothing(qtbot, window, session, save, drop):
    path = save()
    content = path.read_bytes()
    (path.parent / "bad.stylestudio").write_bytes(content[: len(content) // 2])
    before = window.studio.document.recipe
    drop(window, path.parent / "bad.stylestudio")
    assert window.banner.text.startswith("bad.stylestudio is damaged")
    assert (window.studio.document.recipe, session.path) == (before, path)


@pytest.fixture
def of_lost_model(window, tmp_path, make_network):
    """A session of a model that this machine does not know, and the model's file."""
    model_file = tmp_path / "away" / "mine.safetensors"
    model_file.parent.mkdir()
    network = make_network(seed=next(SEEDS))  # one that no window has open
    write_safetensors(model_file, network, name="Mine")
    look = ss.Recipe.from_seed(4, ss.open_model(model_file))
    ss.save_session(
        tmp_path / "lost.stylestudio", look, places={look.model.sha256: str(model_file)}
    )
    moved = model_file.with_name("moved.safetensors")
    model_file.rename(moved)
    return tmp_path / "lost.stylestudio", look, moved


def missing_files(qtbot, window):
    def shown():
        return [each for each in window.findChildren(MissingFilesDialog) if each.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()))
    return shown()[0]


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_missing_model_is_named_and_found(qtbot, window, session, of_lost_model, where):
    path, look, model_file = of_lost_model
    session.open(path)
    dialog = missing_files(qtbot, window)
    row = dialog.list.topLevelItem(0)
    assert (row.text(0), row.text(1)) == ("Mine", "model")
    assert row.text(2).endswith("mine.safetensors")
    dialog.search(dialog.found.missing, path)  # another file
    qtbot.waitUntil(lambda: "is not Mine" in dialog.said.text())
    place = model_file if where == "file" else model_file.parents[1]
    dialog.search(dialog.found.missing, place)
    qtbot.waitUntil(lambda: window.studio.document.recipe == look, timeout=20_000)
    assert (session.path, session.is_dirty) == (path, False)
    window.studio.settings.clear_recents()


def test_a_search_begins_where_the_file_was_and_goes_on_where_it_ended(
    qtbot, window, session, of_lost_model, tmp_path, monkeypatch
):
    path, _, model_file = of_lost_model
    begun, wrong = [], tmp_path / "wrong"
    wrong.mkdir()
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *args: begun.append(args[2]) or str(wrong)
    )
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *args: begun.append(args[2]) or ("", "")
    )
    session.open(path)
    dialog = missing_files(qtbot, window)
    dialog.look.click()
    qtbot.waitUntil(lambda: "None of the files" in dialog.said.text() and dialog.look.isEnabled())
    dialog.look.click()
    qtbot.waitUntil(dialog.look.isEnabled)
    dialog.find_one.click()
    assert begun == [str(model_file.parent), str(wrong), str(model_file.parent)]
    dialog.reject()


@pytest.mark.parametrize("was", ["/no such disk/mine.safetensors", "D:\\models\\mine.safetensors"])
def test_a_search_for_a_file_of_another_machine_begins_beside_the_session(
    qtbot, window, session, of_lost_model, tmp_path, monkeypatch, was
):
    path, look, _ = of_lost_model
    ss.save_session(path, look, places={look.model.sha256: was})
    begun = []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: begun.append(args[2:]))
    session.open(path)
    dialog = missing_files(qtbot, window)
    dialog.look.click()
    assert begun == [(str(tmp_path),)]
    dialog.reject()


def test_a_session_of_a_built_in_model_opens_though_this_window_never_opened_it(
    qtbot, window, session, tmp_path
):
    look = ss.Recipe.from_seed(4, "horizons")
    path = tmp_path / "sea.stylestudio"
    ss.save_session(path, look, places={look.model.sha256: "horizons"})
    shown = []
    session.lacking.connect(shown.append)
    session.open(path)
    qtbot.waitUntil(lambda: session.path == path or bool(shown), timeout=20_000)
    assert not shown
    assert window.studio.document.recipe == look
    assert window.studio.paths.opened(look.model.sha256) == "horizons"
    assert not session.is_dirty


def test_the_rest_opens_without_a_model_and_the_look_is_kept(
    qtbot, window, session, of_lost_model, tmp_path
):
    path, look, _ = of_lost_model
    session.open(path)
    missing_files(qtbot, window).open_rest.click()
    qtbot.waitUntil(lambda: session.path == path, timeout=20_000)
    assert window.studio.document.recipe.source == SeedSource(4)
    assert window.studio.document.model.name != "Mine"
    assert "Mine is missing" in window.banner.text
    assert session.is_dirty
    session.write(tmp_path / "b.stylestudio")
    qtbot.waitUntil(lambda: not session.is_dirty)
    assert ss.open_session(tmp_path / "b.stylestudio").session.recipes == (look,)


@pytest.fixture
def crossfading(window, tmp_path, make_network):
    """A look between two models that no one has open, its picture, and where the models lie."""
    for name in ("mine", "other"):
        write_safetensors(tmp_path / f"{name}.safetensors", make_network(next(SEEDS)), name=name)
    mine, other = (ss.open_model(tmp_path / f"{name}.safetensors") for name in ("mine", "other"))
    look = ss.Recipe.from_seed(4, mine).delta(other, 0.5)
    places = {each.sha256: each.place for each in (mine, other)}
    picture = to_qimage(ss.render(mine, look, deltas=[other]))
    del mine, other
    gc.collect()
    yield look, picture, places
    window.studio.settings.clear_recents()


def test_a_model_to_crossfade_with_is_used_where_the_session_says_that_it_lies(
    qtbot, window, session, crossfading, settled, tmp_path
):
    look, picture, places = crossfading
    ss.save_session(tmp_path / "both.stylestudio", look, places=places)
    session.open(tmp_path / "both.stylestudio")
    qtbot.waitUntil(lambda: window.studio.document.recipe == look, timeout=20_000)
    settled(window)
    assert window.banner.text == ""
    assert window.canvas.image == picture


def test_a_session_of_windows_finds_its_models_beside_it(
    qtbot, window, session, crossfading, tmp_path
):
    look, _, places = crossfading
    there = {sha256: rf"C:\models\{Path(place).name}" for sha256, place in places.items()}
    ss.save_session(tmp_path / "both.stylestudio", look, places=there)
    shown = []
    session.lacking.connect(shown.append)
    session.open(tmp_path / "both.stylestudio")
    qtbot.waitUntil(lambda: window.studio.document.recipe == look or bool(shown), timeout=20_000)
    assert not shown


def test_a_model_that_only_keyframes_crossfade_with_is_there_for_the_export_once_found(
    qtbot, window, session, crossfading, tmp_path
):
    look, picture, places = crossfading
    plain = look.replace(deltas=())
    clip = Timeline(keyframes=[Keyframe(plain), Keyframe(look)])
    content = Session(recipe=plain, timeline=clip)
    ss.save_session(tmp_path / "clip.stylestudio", content, places=places)
    moved = (tmp_path / "other.safetensors").rename(tmp_path / "moved.safetensors")
    session.open(tmp_path / "clip.stylestudio")
    dialog = missing_files(qtbot, window)
    dialog.search(dialog.found.missing, moved)
    qtbot.waitUntil(lambda: window.studio.document.recipe == plain, timeout=20_000)
    model = window.studio.document.model
    assert to_qimage(render_in_full(ModelRecipe(model, look), window.studio.assets)) == picture


# --- from one run to the next ------------------------------------------------------------


def kept(file):
    """The recipe of an autosave, and whether it says that it is in no other file."""
    stored = json.loads(file.read_text())
    return Recipe.from_json(stored["recipe"]), stored["session"]["is_dirty"]


def test_a_killed_window_comes_back_with_its_name_and_its_mark(qtbot, settings, bare_window):
    bare_window.start([])
    document, session = bare_window.studio.document, bare_window.studio.session
    qtbot.waitUntil(lambda: document.recipe is not None, timeout=20_000)
    path = settings.folder / "walk.stylestudio"
    session.write(path)
    qtbot.waitUntil(lambda: session.path == path, timeout=20_000)
    document.set(document.recipe.replace(source=SeedSource(31)), "Another seed")
    file, changed = settings.folder / LAST_LOOK, document.recipe
    qtbot.waitUntil(lambda: file.exists() and kept(file) == (changed, True))
    bare_window.studio.own_files.release()  # as when its process is gone
    again = MainWindow(settings)
    qtbot.addWidget(again, before_close_func=MainWindow.quit)
    again.start([])
    qtbot.waitUntil(lambda: again.studio.document.recipe is not None, timeout=20_000)
    assert again.studio.document.recipe == changed
    assert again.windowTitle().startswith("walk[*]")
    assert again.isWindowModified()
    # What isn't wanted is given up for good: the next start has what the file has.
    again.close()
    answer(again, "Don't save")
    assert not again.isVisible()
    third = MainWindow(settings)
    qtbot.addWidget(third, before_close_func=MainWindow.quit)
    third.start([])
    qtbot.waitUntil(lambda: third.studio.session.path == path, timeout=20_000)
    assert third.studio.document.recipe == ss.open_session(path).recipe
    assert not third.isWindowModified()


def test_a_start_without_the_models_disk_does_not_lose_the_look(
    qtbot, settings, bare_window, tmp_path, make_network
):
    model_file, path = tmp_path / "mine.safetensors", tmp_path / "walk.stylestudio"
    write_safetensors(model_file, make_network(seed=next(SEEDS)), name="Mine")
    bare_window.start([model_file])
    document, session = bare_window.studio.document, bare_window.studio.session
    qtbot.waitUntil(lambda: document.recipe is not None, timeout=20_000)
    document.set(document.recipe.replace(source=SeedSource(31)), "Another seed")
    look = document.recipe
    session.write(path)
    qtbot.waitUntil(lambda: not session.is_dirty)
    bare_window.quit()
    model_file.rename(tmp_path / "unplugged")
    again = MainWindow(settings)
    qtbot.addWidget(again, before_close_func=MainWindow.quit)
    again.start([])
    qtbot.waitUntil(lambda: again.studio.document.recipe is not None, timeout=20_000)
    assert "mine.safetensors is no longer there" in again.banner.text
    assert again.windowTitle().startswith("walk[*]")
    again.actions_by_id["save_session"].trigger()
    qtbot.waitUntil(lambda: not again.studio.session.is_dirty)
    assert ss.open_session(path).recipe == again.studio.document.recipe
    assert ss.open_session(path).session.recipes == (look,)


def test_looks_of_one_lost_model_are_kept_side_by_side(bare_window, fresh_recipe):
    looks = [fresh_recipe.replace(source=SeedSource(seed)) for seed in (1, 2)]
    saved = [SavedRecipe("mine.safetensors", look, {}) for look in looks]
    files = [bare_window.studio.autosave.keep_aside(each) for each in saved]
    assert [Recipe.from_json(file.read_text()) for file in files] == looks


def test_a_clip_that_the_program_is_started_with_is_there(qtbot, settings, bare_window, tmp_path):
    """Also where the last run left a session that was saved."""
    bare_window.start([])
    document = bare_window.studio.document
    qtbot.waitUntil(lambda: document.recipe is not None, timeout=20_000)
    looks = [document.recipe.replace(source=SeedSource(seed)) for seed in (1, 2)]
    ss.Timeline.of(looks, seconds=1).save(tmp_path / "walk.session")
    bare_window.studio.session.write(tmp_path / "last.stylestudio")
    qtbot.waitUntil(lambda: not bare_window.studio.session.is_dirty)
    bare_window.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again, before_close_func=MainWindow.quit)
    again.start([tmp_path / "walk.session"])
    qtbot.waitUntil(lambda: again.studio.document.recipe is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not again.studio.opener.is_busy)
    timeline = again.features["timeline"].clip.timeline
    assert [key.recipe.source.seed for key in timeline.keyframes] == [1, 2]


def test_work_that_another_window_left_is_told_of(tmp_path):
    first, second = OwnFiles(tmp_path, LAST_LOOK), OwnFiles(tmp_path, LAST_LOOK)
    state = {"model_path": "portraits", "session": {"is_dirty": True}}
    second.path(LAST_LOOK).write_text(json.dumps(state))
    assert not first.others_unsaved(LAST_LOOK)  # it is at work
    second.release()
    assert first.others_unsaved(LAST_LOOK)
    assert OwnFiles(tmp_path, LAST_LOOK).path(LAST_LOOK) == second.path(LAST_LOOK)

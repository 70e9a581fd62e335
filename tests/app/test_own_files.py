"""Several windows on one settings folder: each keeps its own picture and clip."""

import itertools
import os
import subprocess
import sys

import pytest

from stylestudio.app.core.autosave import DELAY_MS
from stylestudio.app.core.enlargers import Enlarger, known_enlargers, remember_enlarger
from stylestudio.app.core.own_files import OwnFiles
from stylestudio.app.core.settings import FILES
from stylestudio.app.features.styles.learned import LearnedBank, LearnedBanks
from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_safetensors
from stylestudio.files import replacing
from stylestudio.recipe import SeedSource
from stylestudio.video import Timeline

LOOK = "last-look.json"


@pytest.fixture
def own_files():
    claimed = []

    def claim(folder):
        claimed.append(OwnFiles(folder, LOOK))
        return claimed[-1]

    yield claim
    for files in claimed:
        files.release()


def test_windows_side_by_side_never_share_a_file(tmp_path, own_files):
    first, second = own_files(tmp_path), own_files(tmp_path)
    assert first.path(LOOK) == tmp_path / LOOK
    assert second.path(LOOK) == tmp_path / "last-look-2.json"
    assert second.path("last-session.json") == tmp_path / "last-session-2.json"
    first.release()
    assert own_files(tmp_path).path(LOOK) == first.path(LOOK)


def test_the_newest_that_no_window_has_comes_back_first(tmp_path, own_files):
    for age, name in ((30, LOOK), (10, "last-look-2.json"), (20, "last-look-3.json")):
        (tmp_path / name).write_text("{}")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    taken = [own_files(tmp_path).path(LOOK).name for _ in range(4)]
    assert taken == ["last-look-2.json", "last-look-3.json", LOOK, "last-look-4.json"]


def test_a_folder_that_cannot_be_locked_still_names_files(tmp_path, own_files):
    (tmp_path / "file").write_text("")
    assert own_files(tmp_path / "file").path(LOOK) == tmp_path / "file" / LOOK


OTHER_WINDOW = """
import sys
from pathlib import Path
from stylestudio.app.core.enlargers import Enlarger, remember_enlarger
from stylestudio.app.core.settings import Settings
from stylestudio.app.features.styles.learned import LearnedBank, LearnedBanks

folder, file = map(Path, sys.argv[1:])
settings = Settings(folder)
settings.add_recent_file(file)
remember_enlarger(settings, Enlarger(str(file), "theirs", "0" * 64, 2))
LearnedBanks(settings).add(LearnedBank(str(file), "theirs", "0" * 64, "base"))
settings.write_now()
"""


def test_what_another_program_remembers_meanwhile_stays_in_the_lists(settings, tmp_path):
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.touch()
    theirs.touch()
    banks = LearnedBanks(settings)
    assert settings.recents(FILES) == []  # the settings are read before the other begins
    words = [sys.executable, "-c", OTHER_WINDOW, settings.folder, theirs]
    subprocess.run(list(map(str, words)), check=True)
    settings.add_recent_file(mine)
    remember_enlarger(settings, Enlarger(str(mine), "mine", "1" * 64, 2))
    banks.add(LearnedBank(str(mine), "mine", "1" * 64, "base"))
    assert [file.name for file in settings.recents(FILES)] == ["mine", "theirs"]
    assert [each.name for each in known_enlargers(settings)] == ["mine", "theirs", "enlarger"]
    assert [bank.name for bank in banks.all()] == ["theirs", "mine"]


@pytest.fixture
def two_windows(qtbot, window, settings, tmp_path, make_network, drop):
    """Two windows with the same model, another seed and a clip each."""
    model_file = tmp_path / "mine.safetensors"
    write_safetensors(model_file, make_network(seed=3), name="Mine")
    other = MainWindow(settings)
    qtbot.addWidget(other)
    other.show()
    for seed, each in ((11, window), (22, other)):
        drop(each, model_file)
        qtbot.waitUntil(lambda each=each: each.studio.paths.opened(sha(each)) != "")
        document = each.studio.document
        document.set(document.recipe.replace(source=SeedSource(seed)), "Another seed")
        each.actions_by_id["insert_key"].trigger()
    yield window, other
    other.quit()


def sha(window):
    model = window.studio.document.model
    return "" if model is None else model.sha256


def seeds_on_disk(folder):
    clips = folder.glob("last-session*.json")
    return {path.name: Timeline.load(path).first.source.seed for path in clips}


def test_each_window_keeps_its_own_picture_and_clip(qtbot, two_windows, settings):
    first, second = two_windows
    first.quit()
    second.quit()
    assert seeds_on_disk(settings.folder) == {"last-session.json": 11, "last-session-2.json": 22}
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.start([])
    qtbot.waitUntil(lambda: again.studio.document.recipe is not None)
    assert again.studio.document.recipe.source == SeedSource(22)
    assert again.features["timeline"].clip.timeline.first.source == SeedSource(22)
    again.quit()


def test_changes_that_never_pause_are_saved_all_the_same(qtbot, two_windows, settings):
    assert DELAY_MS <= 2000  # counted from the first change that is not on disk
    clip, file = two_windows[0].features["timeline"].clip, settings.folder / "last-session.json"
    qtbot.waitUntil(file.exists)
    written = {Timeline.load(file).keyframes[0].seconds}
    for count in itertools.count(1):  # an edit every 50 ms
        clip.edit_keys([0], "Change a duration", "drag", seconds=1 + count / 1000)
        qtbot.wait(50)
        written.add(Timeline.load(file).keyframes[0].seconds)
        if len(written) == 3:
            break
        assert count < 1000


def test_a_disk_that_cannot_be_written_is_said_once_and_tried_again(
    qtbot, two_windows, settings, monkeypatch
):
    window = two_windows[0]
    clip, said = window.features["timeline"].clip, []
    window.studio.failed.connect(said.append)
    qtbot.waitUntil(lambda: (settings.folder / "last-session.json").exists())
    monkeypatch.setattr("stylestudio.app.core.autosave.replacing", full_disk)
    for seconds in (3.0, 4.0):
        clip.edit_keys([0], "Change a duration", seconds=seconds)
        clip.save()
        qtbot.wait(100)
    assert len(said) == 1
    assert "No space left" in said[0]
    monkeypatch.setattr("stylestudio.app.core.autosave.replacing", replacing)
    clip.edit_keys([0], "Change a duration", seconds=5.0)
    clip.save()
    file = settings.folder / "last-session.json"
    qtbot.waitUntil(lambda: Timeline.load(file).keyframes[0].seconds == 5.0)


def full_disk(_path):
    raise OSError(28, "No space left on device")

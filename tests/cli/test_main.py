"""Which words open the window, which name a command, and how mistakes are answered."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path
from unittest.mock import Mock

import click
import pytest
from own_folders import in_folder

import stylestudio
from stylestudio.cli import main as cli_main
from stylestudio.cli import window
from stylestudio.recipe import read_recipe
from stylestudio.resources import resource_path

HEAVY = ("torch", "PySide6", "pyqtgraph")


def loaded_by(*words: str) -> set[str]:
    """Run the command line in a new process; return which heavy packages it imported."""
    code = (
        "import sys; from stylestudio.cli.main import run; status = run(sys.argv[1:]);"
        "print('LOADED', status, *sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    status, *modules = done.stdout.split("LOADED ")[1].split()
    assert status == "0", done.stderr
    return set(modules) & set(HEAVY)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["render", "--help"]])
def test_help_waits_for_nothing_heavy(words):
    assert loaded_by(*words) == set()


def test_info_on_a_picture_waits_for_nothing_heavy(studio, model, tmp_path):
    picture = tmp_path / "a.png"
    assert studio("render", model, "-o", picture).status == 0
    assert loaded_by("info", str(picture)) == set()


def test_version(studio):
    answer = studio("--version")
    assert (answer.status, answer.out) == (0, f"StyleStudio {stylestudio.__version__}\n")


def test_help_lists_every_command(studio):
    answer = studio("--help")
    assert answer.status == 0
    for name in cli_main.COMMANDS:
        assert f"\n  {name} " in answer.out


def all_commands(group, words=()):
    """Every command with the words that name it, those of groups too."""
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                yield from all_commands(command, (*words, name))
            else:
                yield (*words, name), command


def test_help_names_values_in_words_and_not_by_what_reads_them():
    for words, command in all_commands(cli_main.studio):
        text = command.get_help(click.Context(command, info_name=" ".join(words)))
        assert "PARSE" not in text, words


def test_the_module_runs_like_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "stylestudio", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"StyleStudio {stylestudio.__version__}\n")


@pytest.mark.parametrize("words", [[], ["a.pkl"], ["a.pkl", "with space.png"]])
def test_files_open_in_the_window(words, studio, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for word in words:
        (tmp_path / word).touch()
    opened = []
    monkeypatch.setattr(window, "open_window", lambda files: opened.append(files) or 3)
    assert studio(*words).status == 3
    assert [[str(file) for file in files] for files in opened] == [words]


@pytest.mark.parametrize("words", [["horizons"], ["a.png", "Portraits-512"]])
def test_a_built_in_model_opens_by_its_name(words, studio, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").touch()
    opened = []
    monkeypatch.setattr(window, "open_window", lambda files: opened.extend(files) or 0)
    assert studio(*words).status == 0
    assert opened[-1] == resource_path("models", f"{words[-1].lower()}.safetensors")


def test_a_file_comes_before_a_built_in_model_of_its_name(studio, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "horizons").touch()
    opened = []
    monkeypatch.setattr(window, "open_window", lambda files: opened.extend(files) or 0)
    assert studio("horizons").status == 0
    assert [str(path) for path in opened] == ["horizons"]


def test_a_mistyped_command_is_answered_with_the_nearest(refused):
    assert "did you mean `render`?" in refused("rendr", "a.pkl", status=2)


@pytest.mark.parametrize("words", [["no.pkl"], ["here.pkl", "no.pkl"], ["no/such/model"]])
def test_a_missing_file_is_named(words, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.pkl").touch()
    sentence = refused(*words, status=2)
    assert sentence.strip() == f"Error: {words[-1]} does not exist."


def test_an_unknown_option_is_named(refused):
    assert "--colour" in refused("--colour", status=2)


@pytest.fixture
def linux_without_display(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_display_the_window_says_so(linux_without_display, refused):
    assert "no display" in refused(status=1)


def test_missing_libraries_of_the_display_are_named(linux_without_display, monkeypatch, refused):
    library = types.SimpleNamespace(
        group="xcb", name="libxcb-cursor.so.0", package="libxcb-cursor0"
    )
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(
        window, "missing_libraries", lambda group: (library,) if group == "xcb" else ()
    )
    assert "libxcb-cursor" in refused(status=1)


def test_one_working_kind_of_display_is_enough(linux_without_display, monkeypatch):
    library = types.SimpleNamespace(
        group="xcb", name="libxcb-cursor.so.0", package="libxcb-cursor0"
    )
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr(
        window, "missing_libraries", lambda group: (library,) if group == "xcb" else ()
    )
    assert window.window_obstacle() is None


def test_torch_is_loaded_before_qt():
    # On Windows, torch's libraries cannot be loaded after Qt's.
    code = """
import sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "stylestudio.app":
            sys.exit(f"torch {'torch' in sys.modules}, Qt {'PySide6' in sys.modules}")

sys.meta_path.insert(0, Watch())
from stylestudio.cli import window
window.window_obstacle = lambda: None
window.open_window([])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "torch True, Qt False\n"


def test_a_full_disk_is_said_in_one_sentence(studio, model, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as write() does: no file name

    monkeypatch.setattr("PIL.Image.Image.save", full)
    answer = studio("render", model, "-o", tmp_path / "a.png")
    assert answer.status == 1
    assert answer.err == f"Error: {tmp_path / 'a.png'}: {os.strerror(errno.ENOSPC)}.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="This system has no /dev/full")
def test_output_that_cannot_be_written_is_said(model):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        words = [sys.executable, "-m", "stylestudio", "info", str(model)]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == f"Error: Writing failed: {os.strerror(errno.ENOSPC)}.\n"


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has file names that are no text")
def test_a_model_whose_file_name_is_no_text(studio, model, tmp_path):
    nameless = tmp_path / os.fsdecode(b"mod\xe8le.pt")  # so the file's name is the model's
    assert studio("convert", model, nameless).status == 0
    assert studio("info", nameless).status == 0
    assert studio("info", "--json", nameless).status == 0
    picture = tmp_path / "a.png"
    assert studio("render", nameless, "-o", picture).status == 0
    assert read_recipe(picture).model.name == "mod?le"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"
        ),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
    ],
)
def test_too_little_memory_is_said_in_one_sentence(refused, model, tmp_path, monkeypatch, error):
    from stylestudio.render import Renderer

    monkeypatch.setattr(Renderer, "render", Mock(side_effect=error))
    said = refused("render", model, "-o", tmp_path / "a.png", status=1)
    assert said.startswith("Error: There isn't enough memory for this")
    assert "STYLESTUDIO_DEVICE=cpu" in said


def test_a_mistake_of_the_program_is_not_taken_for_a_lack_of_memory(studio, model, monkeypatch):
    from stylestudio.render import Renderer

    monkeypatch.setattr(Renderer, "render", Mock(side_effect=RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        studio("render", model, "-o", "a.png")


def test_ctrl_c_ends_with_130(studio, model, tmp_path, monkeypatch):
    from stylestudio.render import Renderer

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Renderer, "render", interrupted)
    assert studio("render", model, "-o", tmp_path / "a.png").status == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_a_request_to_end_counts_as_ctrl_c(studio, model, tmp_path, monkeypatch):
    from stylestudio.recipe import pictures

    def asked(_self, temporary, *_, **__):
        Path(temporary).write_bytes(b"half a picture")
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(pictures.Image.Image, "save", asked)
    assert studio("render", model, "-o", tmp_path / "a.png").status == 130
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_closes_the_window_and_keeps_the_look(model, tmp_path):
    environment = os.environ | in_folder(tmp_path) | {"QT_QPA_PLATFORM": "offscreen"}
    studio = subprocess.Popen(
        [sys.executable, "-m", "stylestudio", str(model)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not list(tmp_path.rglob("last-look.json")):
            assert studio.poll() is None, studio.communicate()
            time.sleep(0.05)
        studio.send_signal(signal.SIGINT)
        _, said = studio.communicate(timeout=60)
    finally:
        studio.kill()
    assert studio.returncode == 130, said
    assert "Traceback" not in said


def test_names_outside_the_code_page_of_a_pipe_are_written_as_far_as_it_goes(tmp_path):
    picture = tmp_path / "肖像.png"
    picture.write_bytes(b"no picture")
    done = subprocess.run(
        [sys.executable, "-m", "stylestudio", "info", str(picture)],
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        encoding="cp1252",
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "??.png" in done.stderr


WAITING = "import os; print(*map(os.environ.get, ('OMP_WAIT_POLICY', 'KMP_BLOCKTIME')))"


@pytest.mark.parametrize(
    ("code", "policy"),
    [
        (f"import stylestudio; {WAITING}", "PASSIVE"),
        (f"import torch, stylestudio; {WAITING}", "None"),  # too late to matter
        (
            f"import os; os.environ['OMP_WAIT_POLICY'] = 'ACTIVE'; import stylestudio; {WAITING}",
            "ACTIVE",
        ),
    ],
)
def test_scripts_wait_for_work_as_the_command_does(code, policy):
    ours = ("OMP_WAIT_POLICY", "KMP_BLOCKTIME")
    environment = {k: v for k, v in os.environ.items() if k not in ours}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{policy} None"  # a block time would undo PASSIVE in LLVM's

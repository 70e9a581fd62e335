"""The set-up and the two commands that stand on it, with a Python that only takes notes."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]

# Writes down what it is asked; makes an environment that holds a copy of itself; installs
# nothing; lacks the system packages in $LACKS; starts a studio that ends with $STUDIO_STATUS;
# runs no test, but lets those of $FAILING_TESTS fail.
NOTE_TAKER = """#!/bin/sh
echo "$*" >>"$NOTES"
case "$*" in
"-m venv --clear .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip "*) exit "${PIP_STATUS:-0}" ;;
"-m stylestudio.cli.system_libraries"*) echo "$LACKS" ;;
"-m stylestudio"*) exit "${STUDIO_STATUS:-0}" ;;
"-c import sys; sys.exit(not"*) exit "${TOO_OLD:-0}" ;;
"-c import ensurepip, venv") exit 0 ;;
"-c import myst_parser"*) exit "${NO_SPHINX:-0}" ;;
"-m sphinx "*) exit 0 ;;
"-m pytest ${FAILING_TESTS:-of nothing}"*) exit 1 ;;
"-m pytest "*) exit 0 ;;
*) exec "$REAL_PYTHON" "$@" ;;
esac
"""


class Checkout:
    """A fresh checkout in a folder with a space, on a machine without a display."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a studio"
        self.notes = folder / "notes"
        self.root.mkdir()
        for name in ("packaging", "Makefile", "pyproject.toml"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.root / name)
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "python3").write_text(NOTE_TAKER)
        (bin_folder / "python3").chmod(0o755)
        self.environment = {
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "NOTES": str(self.notes),
            "REAL_PYTHON": sys.executable,
            "LACKS": "",
        }

    def make(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.notes.write_text("")
        return subprocess.run(
            ["make", *words],
            cwd=self.root,
            env=self.environment | environment,
            capture_output=True,
            text=True,
        )

    def noted(self, beginning: str) -> list[str]:
        """What Python was asked in the last `make`, of this kind."""
        return [note for note in self.notes.read_text().splitlines() if note.startswith(beginning)]


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    if shutil.which("sh") is None or shutil.which("make") is None:
        pytest.skip("needs sh and make")
    return Checkout(tmp_path)


def test_setting_up_installs_pinned_versions_torch_first(checkout):
    done = checkout.make("setup")
    assert done.returncode == 0, done.stderr
    installs = checkout.noted("-m pip")
    constraints = (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
    assert installs[0].endswith(
        "install " + next(x for x in constraints if x.startswith("torch=="))
    )
    assert installs[-1].endswith("-e .[dev]")
    assert all("-c packaging/constraints.txt" in install for install in installs[1:])


def test_the_second_time_nothing_happens(checkout):
    checkout.make("setup")
    done = checkout.make("setup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert checkout.noted("-m") == []


@pytest.mark.parametrize("changed", ["pyproject.toml", "packaging/constraints.txt"])
def test_other_versions_are_installed_when_they_are_asked_for(changed, checkout):
    checkout.make("setup")
    with (checkout.root / changed).open("a") as file:
        file.write("# changed\n")
    checkout.make("setup")
    assert checkout.noted("-m pip")
    assert not checkout.noted("-m venv")


def test_a_set_up_that_failed_fails_and_is_done_again(checkout):
    assert checkout.make("setup", PIP_STATUS="1").returncode != 0
    assert checkout.make("test", PIP_STATUS="1").returncode != 0
    assert not checkout.noted("-m pytest")
    assert checkout.make("setup").returncode == 0
    assert checkout.noted("-m pip")


def test_without_a_python_that_is_new_enough_one_sentence_says_so(checkout):
    done = checkout.make("setup", TOO_OLD="1", PYTHON="python3")
    assert done.returncode != 0
    assert "PYTHON=python3 is not a Python from 3.11 to 3.14." in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_run_without_a_display_tours_the_window(checkout):
    done = checkout.make("run")
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stdout
    assert checkout.noted("-m stylestudio ") == ["-m stylestudio tour out/tour"]


def test_run_with_a_display_opens_the_window(checkout):
    assert checkout.make("run", DISPLAY=":0").returncode == 0
    assert checkout.noted("-m stylestudio")[-1] == "-m stylestudio"


def test_docs_installs_only_what_it_lacks_and_lets_warnings_fail_it(checkout):
    assert checkout.make("docs").returncode == 0
    assert checkout.noted("-m pip")[-1].endswith("-e .[dev]")
    assert checkout.noted("-m sphinx") == ["-m sphinx -q -W --keep-going docs build/docs"]
    assert checkout.make("docs", NO_SPHINX="1").returncode == 0
    assert checkout.noted("-m pip")[-1].endswith("-e .[docs]")
    assert checkout.make("docs", NO_SPHINX="1", PIP_STATUS="1").returncode != 0
    assert not checkout.noted("-m sphinx")


@pytest.mark.parametrize("display", ["", ":0"])
def test_a_studio_that_fails_fails_the_command(display, checkout):
    assert checkout.make("run", DISPLAY=display, STUDIO_STATUS="1").returncode != 0


def test_all_tests_are_run_each_in_one_part(checkout):
    assert checkout.make("test").returncode == 0
    *parts, others = sorted(checkout.noted("-m pytest"), key=lambda note: "--ignore" in note)
    named = [word for part in parts for word in part.split()[2:]]
    assert sorted(f"--ignore={word}" for word in named) == sorted(others.split()[2:])
    assert len(set(named)) == len(named)
    assert all((ROOT / word).is_dir() for word in named)


@pytest.mark.parametrize("failing", ["tests/app", "tests/cli", "--ignore"])
def test_a_part_that_fails_fails_the_command(failing, checkout):
    assert checkout.make("test", FAILING_TESTS=failing).returncode != 0


def test_some_tests_are_run_by_themselves(checkout):
    assert checkout.make("test", "ARGS=tests/recipe -x").returncode == 0
    assert checkout.noted("-m pytest") == ["-m pytest tests/recipe -x"]


@pytest.fixture
def bootstrap():
    """The script as a module, for systems that are not at hand."""
    path = ROOT / "packaging" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("bootstrap", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_system(monkeypatch, name, machine, *, macos="", libc=("", "")):
    monkeypatch.setattr(sys, "platform", name)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "mac_ver", lambda: (macos, ("", "", ""), machine))
    monkeypatch.setattr(platform, "libc_ver", lambda: libc)


@pytest.mark.parametrize(
    ("system", "sentence"),
    [
        ({"name": "darwin", "machine": "x86_64", "macos": "14.5"}, "Intel Macs"),
        ({"name": "darwin", "machine": "arm64", "macos": "13.6"}, "macOS 14 or newer"),
        ({"name": "win32", "machine": "ARM64"}, "install the x64 Python"),
        ({"name": "linux", "machine": "x86_64", "libc": ("glibc", "2.31")}, "this is 2.31"),
        ({"name": "linux", "machine": "x86_64", "libc": ("", "")}, "another C library"),
    ],
)
def test_systems_without_builds_are_told_before_anything_is_downloaded(
    system, sentence, bootstrap, monkeypatch, capsys, tmp_path
):
    a_system(monkeypatch, **system)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)  # what the command does to the process ends with the test
    assert bootstrap.main(["setup"]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    "system",
    [
        {"name": "darwin", "machine": "arm64", "macos": "15.1"},
        {"name": "win32", "machine": "AMD64"},
        {"name": "linux", "machine": "x86_64", "libc": ("glibc", "2.34")},
        {"name": "linux", "machine": "aarch64", "libc": ("glibc", "2.39")},
    ],
)
def test_systems_with_builds_are_served(system, bootstrap, monkeypatch):
    a_system(monkeypatch, **system)
    assert bootstrap.without_wheels() == ""


@pytest.mark.parametrize("card_answers", [True, False])
def test_windows_gets_the_cuda_build_where_a_card_answers(
    card_answers, bootstrap, monkeypatch, capsys
):
    a_system(monkeypatch, "win32", "AMD64")
    called = []
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(shutil, "which", lambda name: f"C:/{name}.exe")
    monkeypatch.setattr(bootstrap, "succeeds", lambda words: card_answers)
    monkeypatch.setattr(bootstrap, "call", lambda words: called.append(words) or 0)
    bootstrap.install_packages()
    torch = [words for words in called if any(word.startswith("torch==") for word in words)]
    assert len(torch) == 1
    assert ("--torch-backend" in torch[0]) == card_answers
    chosen = "CUDA build" if card_answers else "standard build"
    assert chosen in capsys.readouterr().out
    assert Path(torch[0][0]).parts[-2:] == ("Scripts", "python.exe")


def test_linux_gets_the_standard_build_and_is_told_that_it_brings_cuda(
    bootstrap, monkeypatch, capsys
):
    a_system(monkeypatch, "linux", "x86_64", libc=("glibc", "2.39"))
    called = []
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "succeeds", lambda words: True)
    monkeypatch.setattr(bootstrap, "call", lambda words: called.append(words) or 0)
    bootstrap.install_packages()
    assert not any("--torch-backend" in words for words in called)
    assert "standard build, which brings CUDA." in capsys.readouterr().out


def test_every_pin_satisfies_what_the_program_requires():
    lines = (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
    pins = dict(line.lower().split("==") for line in lines if line and not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for text in [*project["dependencies"], *extras["dev"], *extras["docs"]]:
        requirement = Requirement(text)
        pin = Version(pins[requirement.name.lower()])
        assert pin in requirement.specifier, text

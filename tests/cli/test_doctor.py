"""`stylestudio doctor`: it sees what is missing, says what to do, and never collapses."""

from __future__ import annotations

import json
import os
import sys

import pytest

from stylestudio.cli import checks
from stylestudio.cli.system_libraries import Library
from stylestudio.render import open_model
from stylestudio.render.model_opening import QUICK_MODEL

GONE = (Library("qt", "libEGL.so.1", "libegl1"),)


@pytest.fixture
def one_check(monkeypatch):
    """Let the doctor look at one thing only."""

    def choose(function):
        monkeypatch.setattr(checks, "_CHECKS", {"Thing": function})

    return choose


def test_a_machine_with_an_offscreen_qt(studio, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    answer = studio("doctor")
    names = [line[6:22].strip() for line in answer.out.splitlines() if line[:4].strip()]
    for name in ("Python", "PyTorch", "PySide6", "Qt off screen", "Display", "Built-in models"):
        assert name in names
    assert "fail  PyTorch" not in answer.out
    assert "ok    Qt off screen" in answer.out
    assert "ok    Display" in answer.out


def test_without_a_display_the_window_cannot_open(studio, one_check, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    one_check(checks.check_display)
    answer = studio("doctor")
    assert answer.status == 1
    assert "fail  Thing" in answer.out
    assert "cannot open" in answer.out


def test_missing_libraries_come_with_what_to_do(studio, one_check, monkeypatch):
    monkeypatch.setattr(checks, "missing_libraries", lambda *groups: GONE)
    one_check(checks.check_qt_libraries)
    answer = studio("doctor")
    assert answer.status == 1
    assert "libEGL.so.1" in answer.out
    assert "-> " in answer.out


def test_a_warning_does_not_keep_the_studio_closed(studio, one_check, monkeypatch):
    monkeypatch.setattr(checks, "missing_libraries", lambda purpose: GONE)
    one_check(checks.check_fonts)
    answer = studio("doctor")
    assert answer.status == 0
    assert "warn  Thing" in answer.out


def test_the_type_that_pictures_are_rendered_in_is_said(studio, one_check):
    one_check(checks.check_precision)
    dtype = str(open_model(QUICK_MODEL).dtype).removeprefix("torch.")
    assert f"ok    Thing            {dtype}; " in studio("doctor").out


def test_a_check_that_breaks_is_a_finding(studio, one_check):
    def broken(name):
        raise OSError("c10.dll is missing")

    one_check(broken)
    answer = studio("doctor", "--json")
    found = json.loads(answer.out)
    assert answer.status == 1
    assert found["can_open"] is False
    assert found["checks"][0]["found"] == "OSError: c10.dll is missing"
    assert found["checks"][0]["remedy"]


@pytest.mark.parametrize(
    ("version", "python", "bad"),
    [
        ("6.11.3", (3, 11), False),
        ("6.8.3", (3, 14), False),
        ("6.7.3", (3, 11), True),
        ("6.9.1", (3, 11), True),
        ("6.11.1", (3, 13), True),
        ("6.12.0", (3, 11), True),
        ("6.12.0", (3, 12), False),
    ],
)
def test_known_bad_versions_of_qt(version, python, bad):
    assert (checks.pyside_trouble(version, python) is not None) == bad


def test_a_qt_platform_that_does_not_start_says_why():
    assert "nonesuch" in checks.qt_start_trouble("nonesuch")
    assert checks.qt_start_trouble("offscreen") is None


def test_a_settings_folder_that_cannot_be_made(studio, one_check, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(checks, "_settings_folder", lambda: tmp_path / "file" / "StyleStudio")
    one_check(checks.check_settings)
    answer = studio("doctor")
    assert answer.status == 0
    assert "warn  Thing" in answer.out


def test_a_feature_that_cannot_be_loaded_is_named(studio, one_check, monkeypatch, tmp_path):
    info = tmp_path / "brought-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[stylestudio.features]\nlost = nowhere_at_all:Lost\n")
    one_check(checks.check_features)
    assert "ok    Thing" in studio("doctor").out
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    answer = studio("doctor")
    assert answer.status == 0
    assert "warn  Thing" in answer.out
    assert "lost cannot be loaded" in answer.out
    assert "nowhere_at_all" in answer.out

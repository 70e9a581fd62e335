"""The list of system libraries, which the set-up script and the doctor share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stylestudio.cli import system_libraries
from stylestudio.cli.system_libraries import Library, install_command, missing_libraries

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lacks libraries")


def test_every_line_of_the_list_makes_sense():
    known = system_libraries.known_libraries()
    assert {library.group for library in known} == {"qt", "font", "xcb", "wayland"}
    for library in known:
        assert ".so." in library.name or library.name == system_libraries.ANY_FONT
        assert library.package == library.package.lower()


def test_only_what_is_missing_and_asked_for_is_returned(monkeypatch):
    there = Library("qt", "libc.so.6", "libc6")
    gone = Library("qt", "libnone-of-this.so.1", "libnone1")
    elsewhere = Library("xcb", "libnone-of-that.so.1", "libnone2")
    monkeypatch.setattr(system_libraries, "known_libraries", lambda: (there, gone, elsewhere))
    assert missing_libraries("qt") == (gone,)
    assert missing_libraries("qt", "xcb") == (gone, elsewhere)


def test_a_font_anywhere_will_do(monkeypatch, tmp_path):
    font = Library("font", system_libraries.ANY_FONT, "fonts-dejavu-core")
    monkeypatch.setattr(system_libraries, "known_libraries", lambda: (font,))
    monkeypatch.setattr(system_libraries, "_FONT_FOLDERS", (str(tmp_path),))
    assert missing_libraries("font") == (font,)
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "A.ttf").touch()
    assert missing_libraries("font") == ()


def test_the_command_names_each_package_once(monkeypatch):
    missing = (Library("xcb", "liba.so.1", "lib-both"), Library("xcb", "libb.so.1", "lib-both"))
    monkeypatch.setattr(system_libraries.Path, "exists", lambda path: True)
    assert install_command(missing).endswith("--no-install-recommends lib-both")
    monkeypatch.setattr(system_libraries.Path, "exists", lambda path: False)
    assert install_command(missing) == "install what brings liba.so.1, libb.so.1"


def test_it_runs_before_anything_is_installed():
    words = ["-m", "stylestudio.cli.system_libraries", "--packages", "qt", "font", "xcb", "wayland"]
    done = subprocess.run(  # -S and -E: no site-packages, as on a fresh machine
        [sys.executable, "-S", "-E", *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known = {library.package for library in system_libraries.known_libraries()}
    assert set(done.stdout.split()) <= known

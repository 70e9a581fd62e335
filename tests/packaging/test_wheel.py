"""The wheel holds the whole program, and runs from wherever it is installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import stylestudio

ROOT = Path(__file__).parents[2]
RESOURCES = [path for path in (ROOT / "resources").rglob("*") if path.is_file()]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="hatchling, the build backend, is missing"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture
def installed(wheel, tmp_path) -> Path:
    """A folder on the module path that holds what the wheel installs, and nothing else of ours."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    return tmp_path / "site"


def run_python(installed, *words):
    environment = os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, *words],
        env=environment,
        cwd=installed.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_named_after_the_version(wheel):
    assert wheel.name == f"stylestudio-{stylestudio.__version__}-py3-none-any.whl"


def test_it_holds_the_program_its_resources_and_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"stylestudio/{path.relative_to(ROOT).as_posix()}" for path in RESOURCES} <= names
    assert "stylestudio/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]


def test_it_installs_the_command(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "stylestudio = stylestudio.__main__:main" in archive.read(name).decode()


def test_an_installed_program_finds_its_own_resources(installed):
    code = "from stylestudio.resources import resource_path; print(resource_path('icons'))"
    assert (
        Path(run_python(installed, "-c", code).strip()) == installed / "stylestudio/resources/icons"
    )


def test_an_installed_program_runs(installed):
    out = run_python(installed, "-m", "stylestudio", "--version")
    assert out == f"StyleStudio {stylestudio.__version__}\n"

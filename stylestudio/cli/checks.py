"""What `stylestudio doctor` looks at, one function each."""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from stylestudio.cli.system_libraries import install_command, missing_libraries
from stylestudio.cli.window import window_obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GIB = 2**30
QT_START_TIMEOUT = 60  # seconds; a cold disk takes ten

_START_QT = "import sys; from PySide6.QtWidgets import QApplication; QApplication(sys.argv[:1])"
_FIND_FEATURES = (
    "import json, torch; from stylestudio.app.shell.finding import find_features; "
    "found = find_features(); print(json.dumps([len(found.features), found.broken]))"
)
_REINSTALL = "install StyleStudio again; `make setup` does it in a checkout"


class Check(NamedTuple):
    """What was looked at, how it stands, and what to do about it."""

    name: str
    status: Literal["ok", "warn", "fail"]  # "fail" keeps the window from opening
    found: str
    remedy: str = ""


def all_checks() -> Iterator[Check]:
    """Run every check, in the order in which the studio would stumble; none raises."""
    for name, check in _CHECKS.items():
        try:
            yield check(name)
        except Exception as error:  # noqa: BLE001 - a doctor that collapses helps nobody
            yield Check(name, "fail", f"{type(error).__name__}: {error}", _REINSTALL)


def check_python(name: str) -> Check:
    """3.11 to 3.14: PyTorch and Qt have no builds for later ones yet."""
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info >= (3, 15):
        return Check(name, "warn", found, "choose Python 3.11 to 3.14, which are tried")
    return Check(name, "ok", found)


def check_packages(name: str) -> Check:
    """Everything that the program requires is installed."""
    needed = [
        re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        for requirement in metadata.requires("stylestudio") or ()
        if "extra ==" not in requirement
    ]
    missing = []
    for package in needed:
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        return Check(name, "fail", f"missing: {', '.join(missing)}", _REINSTALL)
    return Check(name, "ok", f"all {len(needed)} are installed")


def check_pyside(name: str) -> Check:
    """Some releases of Qt's Python binding crash or garble the window."""
    version = metadata.version("PySide6-Essentials")
    trouble = pyside_trouble(version, sys.version_info[:2])
    if trouble is None:
        return Check(name, "ok", version)
    status: Literal["warn", "fail"] = "warn" if "docks" in trouble else "fail"
    return Check(name, status, f"{version} {trouble}", 'pip install "PySide6-Essentials==6.11.3"')


def pyside_trouble(version: str, python: tuple[int, int]) -> str | None:
    """Say what is wrong with a version of PySide6 under a version of Python, if anything is."""
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (6, 8):
        return "is too old"
    if version in ("6.9.1", "6.11.0", "6.11.1"):
        return "is known to break docks or layouts"
    if version == "6.12.0" and python < (3, 12):
        return "makes Python 3.11 abort"
    return None


def check_torch(name: str) -> Check:
    """PyTorch loads; its version and threads."""
    torch = importlib.import_module("torch")
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < (2, 6):
        return Check(name, "fail", f"{torch.__version__} is too old", _REINSTALL)
    return Check(name, "ok", f"{torch.__version__}, {torch.get_num_threads()} threads")


def check_graphics_card(name: str) -> Check:
    """What would render: CUDA, Apple's GPU or the processor."""
    from stylestudio.render.device import available_devices, trouble_with, unused_card

    torch = importlib.import_module("torch")
    for device in available_devices()[:-1]:
        if trouble := trouble_with(device):
            return Check(name, "warn", f"{device} {trouble}", "update its driver, and PyTorch")
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        card = torch.cuda.get_device_name()
        return Check(name, "ok", f"{card}, {free / GIB:.1f} of {total / GIB:.1f} GiB free")
    if torch.backends.mps.is_available():
        return Check(name, "ok", "Apple GPU")
    if unused := unused_card():
        found, _, remedy = unused.partition(". ")
        return Check(name, "warn", found, remedy)
    return Check(name, "ok", "none; the processor renders")


def check_precision(name: str) -> Check:
    """In which type pictures are rendered, by what the hardware is faster with."""
    from stylestudio.render import open_model
    from stylestudio.render.model_opening import QUICK_MODEL

    dtype = str(open_model(QUICK_MODEL).dtype).removeprefix("torch.")
    reason = "no shorter type is faster here" if dtype == "float32" else "faster here than float32"
    return Check(name, "ok", f"{dtype}; {reason}")


def check_qt_libraries(name: str) -> Check:
    """What Qt needs of a Linux system, off screen too."""
    missing = missing_libraries("qt")
    if missing:
        found = f"missing: {', '.join(library.name for library in missing)}"
        return Check(name, "fail", found, install_command(missing))
    return Check(name, "ok", "all present")


def check_fonts(name: str) -> Check:
    """Without a font, every label is blank."""
    missing = missing_libraries("font")
    if missing:
        return Check(name, "warn", "none found, text will be blank", install_command(missing))
    return Check(name, "ok", "present")


def check_qt_offscreen(name: str) -> Check:
    """Qt starts without a display, in a process of its own."""
    trouble = qt_start_trouble("offscreen")
    if trouble:
        return Check(name, "fail", trouble, _REINSTALL)
    return Check(name, "ok", "starts")


def check_display(name: str) -> Check:
    """A real window can open."""
    obstacle = window_obstacle() or qt_start_trouble(os.environ.get("QT_QPA_PLATFORM", ""))
    if obstacle:
        found, _, remedy = obstacle.partition("; ")
        return Check(name, "fail", found, remedy.rstrip("."))
    return Check(name, "ok", "a window can open")


def check_features(name: str) -> Check:
    """Every capability of the window can be loaded, those of other packages too."""
    done = subprocess.run(
        [sys.executable, "-c", _FIND_FEATURES],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=QT_START_TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        return Check(name, "fail", f"can't be checked: {said[-1]}", _REINSTALL)
    count, broken = json.loads(done.stdout)
    if broken:
        found = "; ".join(f"{feature} cannot be loaded: {why}" for feature, why in broken.items())
        remedy = "update or remove the package that brings it; the window opens without it"
        return Check(name, "warn", found, remedy)
    return Check(name, "ok", f"all {count} can be loaded")


def qt_start_trouble(qt_platform: str) -> str | None:
    """Start Qt on a platform ("" = its own choice) in a new process; say what went wrong."""
    environment = dict(os.environ)
    if qt_platform:
        environment["QT_QPA_PLATFORM"] = qt_platform
    try:
        done = subprocess.run(
            [sys.executable, "-c", _START_QT],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=QT_START_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"Qt did not start within {QT_START_TIMEOUT} seconds"
    if done.returncode == 0:
        return None
    said = done.stderr.strip().splitlines() or ["it said nothing"]
    return f"Qt does not start: {said[0]}"


def check_models(name: str) -> Check:
    """The models that ship with the program can be read."""
    from stylestudio.render import builtin_models, open_model

    models = [open_model(builtin, device="cpu") for builtin in builtin_models()]
    if not models:
        return Check(name, "fail", "none found", _REINSTALL)
    sizes = [f"{model.name} ({model.resolution} x {model.resolution})" for model in models]
    return Check(name, "ok", ", ".join(sizes))


def check_settings(name: str) -> Check:
    """Window layout, recent files and the last session can be kept."""
    folder = _settings_folder()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        remedy = f"make {existing} writable; until then, settings aren't kept"
        return Check(name, "warn", f"{folder} cannot be written", remedy)
    return Check(name, "ok", str(folder))


def check_memory(name: str) -> Check:
    """A model of 1024 x 1024 wants about 2 GiB."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return Check(name, "ok", "not measured on this system")
    match = re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text("utf-8"))
    free = int(match[1]) * 1024 if match else 0
    if free < 2 * GIB:
        remedy = "close other programs before opening large models"
        return Check(name, "warn", f"{free / GIB:.1f} GiB free", remedy)
    return Check(name, "ok", f"{free / GIB:.1f} GiB free")


def check_disk(name: str) -> Check:
    """Exports and sessions need a place."""
    folder = _settings_folder()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < GIB:
        return Check(name, "warn", f"{free / GIB:.1f} GiB free", f"free some space on {existing}")
    return Check(name, "ok", f"{free / GIB:.1f} GiB free")


def _settings_folder() -> Path:
    platformdirs = importlib.import_module("platformdirs")
    folder: Path = platformdirs.user_data_path("StyleStudio", appauthor=False)
    return folder


_CHECKS: dict[str, Callable[[str], Check]] = {
    "Python": check_python,
    "Packages": check_packages,
    "PyTorch": check_torch,
    "Graphics card": check_graphics_card,
    "Rendering type": check_precision,
    "PySide6": check_pyside,
    "Qt's libraries": check_qt_libraries,
    "Fonts": check_fonts,
    "Qt off screen": check_qt_offscreen,
    "Display": check_display,
    "Features": check_features,
    "Built-in models": check_models,
    "Settings": check_settings,
    "Memory": check_memory,
    "Disk": check_disk,
}

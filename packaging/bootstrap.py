"""Sets up a checkout on any system, and runs its commands: `python packaging/bootstrap.py run`.

Needs nothing but a Python with its standard library. `setup` finds a Python from 3.11 to 3.14,
installs the system libraries that Qt needs (by apt, where it may), makes `.venv`, and installs the
exact versions of packaging/constraints.txt into it; the second time it does nothing. The other
commands set up first:

    run      open the studio; on Linux without a display, tour the window into out/tour
    test     run the tests; further arguments go to pytest
    check    lint, format, types and import directions
    docs     build the documentation into build/docs; warnings fail it
    messages print every text that a user can see, to be read through
    wheel    build dist/stylestudio-*.whl

PYTHON=/path/to/python chooses another Python for the environment.
"""

# Old Pythons must be able to read this file, as it looks for a newer one.

from __future__ import annotations

import hashlib
import os
import platform
import queue
import re
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = "packaging/constraints.txt"
VENV = ".venv"
STAMP = Path(VENV, ".set-up")
# What one run of pytest takes; all others are one more part, the first that runs beside. Two run at
# a time, so those that take longest come first.
TEST_PARTS = (
    ("tests/app",),
    ("tests/training", "tests/transfer", "tests/text", "tests/inversion"),
    ("tests/cli", "tests/video", "tests/automation", "tests/packaging"),
    ("tests/render", "tests/checkpoints", "tests/networks", "tests/editing"),
)
NEWEST, OLDEST = (3, 14), (3, 11)
CANDIDATES = ("python3", "python3.13", "python3.12", "python3.11", "python3.14", "python")
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as check; check()"
HAS_SPHINX = "import myst_parser, pydata_sphinx_theme, sphinx, sphinx_click"
SUITS = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))"


class SetupError(Exception):
    """Set-up can't go on; the message is one sentence for the user."""


def main(arguments: list[str]) -> int:
    """Carry out one command; return its exit status."""
    command, *words = arguments or [""]
    commands = {
        "run": run,
        "test": test,
        "check": check,
        "docs": docs,
        "messages": messages,
        "wheel": wheel,
    }
    if command not in commands and command != "setup":
        sys.stdout.write(__doc__ or "")
        return 0 if command in ("", "help", "-h", "--help") else 2
    os.chdir(ROOT)
    try:
        set_up()
        return commands[command](words) if command in commands else 0
    except SetupError as error:
        sys.stderr.write(f"Set-up stopped: {error}\n")
        return 1


# --- the commands -------------------------------------------------------------------------


def run(_words: list[str]) -> int:
    """Open the window, or tour it off screen where there is no display."""
    if sys.platform == "linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        say("There is no display here, so the window is toured off screen, into out/tour:")
        return call([venv_python(), "-m", "stylestudio", "tour", "out/tour"])
    return call([venv_python(), "-m", "stylestudio"])


def test(words: list[str]) -> int:
    """Run the tests that `words` say, or all, in parts of which two run at a time.

    The first part, those of the window, can be watched; of the others is told once they have ended.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    pytest = [venv_python(), "-m", "pytest"]
    if words:
        return call([*pytest, *words])
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # else threads of the two wait for each other
    named = [folder for part in TEST_PARTS for folder in part]
    others = [f"--ignore={folder}" for folder in named]
    waiting: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    for part in (others, *TEST_PARTS[1:]):
        waiting.put([*pytest, *part])
    statuses: list[int] = []
    beside = threading.Thread(target=run_waiting, args=(waiting, statuses))
    beside.start()
    statuses.append(call([*pytest, *TEST_PARTS[0]]))
    run_waiting(waiting, statuses)
    beside.join()
    return max(statuses)


def run_waiting(waiting: queue.SimpleQueue[list[str]], statuses: list[int]) -> None:
    """Run what nobody has begun, one after another; show what each said once it has ended."""
    while 130 not in statuses:  # Ctrl-C
        try:
            words = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except KeyboardInterrupt:
            statuses.append(130)
            return
        say(done.stdout.decode(errors="replace"))
        statuses.append(done.returncode)


def check(_words: list[str]) -> int:
    """Run every check; stop at the first that fails."""
    checks = (
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-m", "mypy"],
        ["-c", LINT_IMPORTS],
    )
    return next((status for words in checks if (status := call([venv_python(), *words]))), 0)


def docs(_words: list[str]) -> int:
    """Build the documentation, after bringing what only that needs."""
    if not succeeds([venv_python(), "-c", HAS_SPHINX]):
        pip("-c", CONSTRAINTS, "--no-build-isolation", "-e", ".[docs]")
    return call([venv_python(), "-m", "sphinx", "-q", "-W", "--keep-going", "docs", "build/docs"])


def messages(_words: list[str]) -> int:
    """Print the texts of the program."""
    return call([venv_python(), "-m", "tests.messages"])


def wheel(_words: list[str]) -> int:
    """Build the wheel."""
    return call([venv_python(), "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"])


# --- the set-up ---------------------------------------------------------------------------


def set_up() -> None:
    """Bring everything the commands need; raise SetupError where that can't be."""
    if is_set_up():
        return
    obstacle = without_wheels()
    if obstacle:
        raise SetupError(obstacle)
    python = find_python()
    version = answer([python, "-V"])
    say(
        f"Setting up StyleStudio in {VENV} with {version}; "
        "PyTorch and Qt are large, so this takes a while, once."
    )
    bring_system_packages(python)
    if not venv_is_usable() and call([python, "-m", "venv", "--clear", VENV]):
        raise SetupError(f"{python} could not make {VENV}.")
    install_packages()
    STAMP.write_text(fingerprint(), "utf-8")
    say("StyleStudio is set up.")


def is_set_up() -> bool:
    """Whether the environment is the one that this checkout asks for."""
    if not STAMP.is_file() or not Path(venv_python()).is_file():
        return False
    return STAMP.read_text("utf-8") == fingerprint()


def fingerprint() -> str:
    """Changes when what is installed could differ: folder, Python, versions, graphics card."""
    parts = [str(Path.cwd()), answer([venv_python(), "-VV"]), str(torch_needs_choosing())]
    parts += [Path(name).read_text("utf-8") for name in ("pyproject.toml", CONSTRAINTS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def without_wheels() -> str:
    """Say why this system can't be served, as PyTorch or Qt publish no builds for it."""
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        if machine == "x86_64":
            return "PyTorch has no builds for Intel Macs, nor for an Intel Python on Apple silicon."
        if int(platform.mac_ver()[0].split(".")[0] or 14) < 14:
            return "PyTorch needs macOS 14 or newer."
    if sys.platform == "win32" and machine == "arm64":
        return "PyTorch and Qt lack builds for Windows on Arm; install the x64 Python instead."
    if sys.platform == "linux":
        library, version = platform.libc_ver()
        if library != "glibc":
            return "PyTorch and Qt need a Linux with glibc; this one has another C library."
        if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (2, 34):
            return f"Qt needs glibc 2.34 or newer (Debian 12, Ubuntu 22.04); this is {version}."
    return ""


def find_python() -> str:
    """Choose a Python; one that can make environments by itself comes first."""
    chosen = os.environ.get("PYTHON")
    if chosen:
        if not suits(chosen):
            raise SetupError(f"PYTHON={chosen} is not a Python from 3.11 to 3.14.")
        return chosen
    suitable = [python for python in CANDIDATES if suits(python)]
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        suitable.append(sys.executable)
    if not suitable:
        raise SetupError("no Python from 3.11 to 3.14 was found; install one and try again.")
    return next((python for python in suitable if can_make_venv(python)), suitable[0])


def suits(python: str) -> bool:
    """Whether this is a Python from 3.11 to 3.14."""
    return succeeds([python, "-c", SUITS])


def can_make_venv(python: str) -> bool:
    """Debian splits this ability off into a package."""
    return succeeds([python, "-c", "import ensurepip, venv"])


def venv_python() -> str:
    """The environment's Python, which need not exist yet."""
    windows = sys.platform == "win32"
    return str(Path(VENV, *(("Scripts", "python.exe") if windows else ("bin", "python"))))


def venv_is_usable() -> bool:
    """Whether the environment has a fitting Python and pip."""
    return suits(venv_python()) and succeeds([venv_python(), "-c", "import pip"])


def bring_system_packages(python: str) -> None:
    """Install what Qt needs of a Linux system, or say how that is done."""
    if sys.platform != "linux":
        return
    packages = missing(python, "--packages", "qt", "font", "xcb", "wayland")
    if not venv_is_usable() and not can_make_venv(python):
        packages.append(answer([python, "-c", PRINT_VENV_PACKAGE]))
    if not packages:
        return
    libraries = " ".join(missing(python, "--libraries", "qt", "font", "xcb", "wayland"))
    by_hand = f"install what brings: {libraries}"
    if shutil.which("apt-get"):
        words = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        by_hand = f"run this, then try again:  sudo {shlex.join(words)}"
        if not apt_install(words):
            say("The system packages could not be installed from here.")
    if not venv_is_usable() and not can_make_venv(python):
        raise SetupError(f"{python} cannot make virtual environments; {by_hand}")
    if missing(python, "--libraries", "qt"):
        raise SetupError(f"Qt needs system libraries that are missing; {by_hand}")
    if missing(python, "--libraries", "font", "xcb", "wayland"):
        say(f"To open a window as well (the tests do without), {by_hand}")


PRINT_VENV_PACKAGE = "import sys; print('python%d.%d-venv' % sys.version_info[:2])"


def missing(python: str, form: str, *groups: str) -> list[str]:
    """Libraries, or the packages that bring them, that this Linux lacks."""
    return answer([python, "-m", "stylestudio.cli.system_libraries", form, *groups]).split()


def apt_install(words: list[str]) -> bool:
    """Install as root, or by sudo where it asks for no password."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]  # type: ignore[attr-defined]
    if as_root and not succeeds([*as_root, "true"]):
        return False
    say(f"Installing system packages: {' '.join(words[4:])}")
    call([*as_root, "apt-get", "update", "-q"])  # an unreachable extra source need not stop us
    return call([*as_root, "env", "DEBIAN_FRONTEND=noninteractive", *words]) == 0


def install_packages() -> None:
    """Install the pinned versions, PyTorch first: its build may have to be chosen."""
    lines = Path(CONSTRAINTS).read_text("utf-8").splitlines()
    torch = next(line for line in lines if line.startswith("torch=="))
    if torch_needs_choosing():
        say("nvidia-smi sees an NVIDIA card: installing PyTorch's CUDA build.")
        pip("-c", CONSTRAINTS, "uv")
        uv = [venv_python(), "-m", "uv", "pip", "install", "--python", venv_python()]
        if call([*uv, "--torch-backend", "auto", torch]):
            raise SetupError("PyTorch's CUDA build could not be installed; see above.")
    else:
        brings = ", which brings CUDA" if sys.platform == "linux" and card_answers() else ""
        say(f"Installing PyTorch's standard build{brings}.")
        pip(torch)
    pip("-c", CONSTRAINTS, "hatchling", "editables")
    pip("-c", CONSTRAINTS, "--no-build-isolation", "-e", ".[dev]")


def torch_needs_choosing() -> bool:
    """Whether the standard build would leave a card unused, as it has no CUDA on Windows."""
    return sys.platform == "win32" and card_answers()


def card_answers() -> bool:
    """Whether the driver of an NVIDIA card sees one."""
    smi = shutil.which("nvidia-smi")
    return smi is not None and succeeds([smi])


def pip(*words: str) -> None:
    """Install into the environment."""
    if call([venv_python(), "-m", "pip", "--disable-pip-version-check", "install", *words]):
        raise SetupError("pip failed; see above.")


# --- other programs -----------------------------------------------------------------------


def call(words: list[str]) -> int:
    """Run a program that speaks for itself; return its exit status."""
    sys.stdout.flush()
    try:
        return subprocess.call(words)
    except OSError as error:
        sys.stderr.write(f"{words[0]} cannot be started: {error.strerror}.\n")
        return 127
    except KeyboardInterrupt:
        return 130


def succeeds(words: list[str]) -> bool:
    """Run a program silently; tell whether it could be run and was content."""
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def answer(words: list[str]) -> str:
    """What a program prints; nothing where it fails."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def say(sentence: str) -> None:
    """Tell the user at once."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

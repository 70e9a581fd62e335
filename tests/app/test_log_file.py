"""The log file: what went wrong inside, from all windows."""

import logging
import subprocess
import sys
import threading

import pytest
from filelock import FileLock

from stylestudio.app.core.log_file import start_log

log = logging.getLogger("stylestudio.test")


@pytest.fixture
def start():
    """Log into a file, for the length of a test."""
    handlers = []
    yield lambda path: handlers.append(start_log(path))
    for handler in handlers:
        logging.getLogger("stylestudio").removeHandler(handler)
        handler.close()


def test_warnings_and_errors_are_written(start, tmp_path):
    path = tmp_path / "logs" / "stylestudio.log"
    start(path)
    log.info("Nothing special")
    log.warning("A warning with an umlaut: ä")
    try:
        raise OSError("sea.png cannot be read.")
    except OSError:
        log.exception("Failed: Open sea.png")
    text = path.read_text(encoding="utf-8")
    assert "Nothing" not in text
    assert "WARNING stylestudio.test: A warning with an umlaut: ä" in text
    assert "Failed: Open sea.png\nTraceback" in text
    assert "OSError: sea.png cannot be read." in text


def test_a_log_that_cannot_be_written_harms_nothing(start, tmp_path, capsys):
    (tmp_path / "file").write_text("not a folder")
    start(tmp_path / "file" / "stylestudio.log")
    log.error("It failed")
    log.error("It failed again")
    said = capsys.readouterr().err
    assert said.count("The log cannot be written, so it comes here.") == 1
    assert str(tmp_path / "file") in said
    assert "ERROR stylestudio.test: It failed\n" in said
    assert "ERROR stylestudio.test: It failed again\n" in said
    assert "Traceback" not in said


def test_a_line_waits_while_another_window_writes(start, tmp_path):
    path = tmp_path / "stylestudio.log"
    start(path)
    thread = threading.Thread(target=log.error, args=("Mine",))
    with FileLock(tmp_path / ".stylestudio.log.lock"):
        thread.start()
        thread.join(0.1)
        assert not path.exists()
    thread.join()
    assert "Mine" in path.read_text(encoding="utf-8")


WRITER = """
import logging, sys
from pathlib import Path
from stylestudio.app.core import log_file
log_file.LARGEST = 5000
log_file.start_log(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for n in range(100):
    logging.getLogger("stylestudio.test").error("%s %d", sys.argv[2], n)
"""


def test_two_windows_share_the_log(tmp_path):
    """Lines are whole and in order, across the files that the log is parted into."""
    path = tmp_path / "stylestudio.log"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("left", "right")
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=100)
        assert writer.returncode == 0
    files = [path, *(path.with_name(f"{path.name}.{n}") for n in range(1, 4))]
    files = [file for file in files if file.exists()]
    assert len(files) == 3
    assert all(file.stat().st_size <= 5000 for file in files)
    lines = [line for file in reversed(files) for line in file.read_text().splitlines()]
    for name in ("left", "right"):
        numbers = [
            int(line.split()[-1]) for line in lines if f"ERROR stylestudio.test: {name}" in line
        ]
        assert numbers == list(range(100))
    assert len(lines) == 200

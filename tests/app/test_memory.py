"""What one frame frees, the next one takes."""

import platform
import subprocess
import sys

import pytest

FRAMES = """
import resource
from stylestudio.app.shell.main import make_application
make_application()
from PySide6.QtCore import QThread
import torch
from stylestudio.memory import keep_freed_memory

class Worker(QThread):
    def run(self):
        keep_freed_memory()  # as rendering does, too late for this thread
        self.faults = []
        for _ in range(20):
            before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
            maps = [torch.ones(2 ** 24) for _ in range(2)]
            del maps
            self.faults.append(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)

torch.set_num_threads(1)
worker = Worker()
worker.start()
worker.wait()
print(min(worker.faults[10:]))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to")
def test_threads_of_the_window_keep_the_memory_of_frames():
    done = subprocess.run([sys.executable, "-c", FRAMES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 100  # pages; the maps take 32,768

"""What the window forgets is destroyed in its own thread."""

import subprocess
import sys

FORGETFUL = """
import threading, weakref
from stylestudio.app.shell.main import make_application
app = make_application()
from PySide6.QtCore import QEventLoop, QThread
from PySide6.QtWidgets import QMainWindow

class Worker(QThread):
    def run(self):
        while not self.isInterruptionRequested():
            for _ in range(1000):
                ring = []
                ring.append(ring)
            self.msleep(1)

where = []

def forget_a_window():
    window = QMainWindow()
    window.show()
    window.itself = window
    weakref.finalize(window, lambda: where.append(threading.current_thread()))

worker = Worker()
worker.start()
for _ in range(20):
    forget_a_window()
loop = QEventLoop()
while len(where) < 20:
    loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
worker.requestInterruption()
worker.wait()
assert set(where) == {threading.main_thread()}
"""


def test_windows_that_were_forgotten_are_destroyed_in_the_thread_of_windows():
    done = subprocess.run(
        [sys.executable, "-c", FORGETFUL], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr

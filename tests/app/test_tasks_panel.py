"""The view of all long work, and what is said of failures."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolTip, QWidget

from stylestudio.app.core import log_file
from stylestudio.app.core.task import COMPUTE, FILES, OnClose, TaskState
from stylestudio.app.core.tasks import Tasks
from stylestudio.app.features.tasks.panel import TasksPanel
from stylestudio.app.features.tasks.row import small_image
from stylestudio.app.shell.banner import Banner
from stylestudio.app.shell.quit_question import QuitQuestion
from stylestudio.app.widgets import failure_dialog
from stylestudio.app.widgets.failure_dialog import FailureDialog
from stylestudio.app.widgets.theme import apply_theme
from stylestudio.progress import Progress

LEFT = Qt.MouseButton.LeftButton
LONG = 60_000  # milliseconds; the machine may be busy
PICTURE = np.full((64, 32, 3), (200, 100, 0), np.uint8)


class Gate:
    """Work that says when it has begun and goes on when it is let."""

    def __init__(self):
        self.begun, self.open = threading.Event(), threading.Event()
        self.looks = threading.Event()  # at what it is asked
        self.looks.set()

    def __call__(self, report, cancel):
        self.begun.set()
        while not self.open.wait(0.002):
            self.looks.wait()
            cancel.check()
            if cancel.is_finishing:
                return "finished"
        return "done"


def until(qtbot, condition):
    qtbot.waitUntil(lambda: bool(condition()), timeout=LONG)


def over(qtbot, *tasks):
    until(qtbot, lambda: all(task.state.is_over for task in tasks))


@pytest.fixture
def tasks(qtbot):
    tasks = Tasks()
    yield tasks
    tasks.close()


@pytest.fixture
def panel(qtbot, qapp, tasks):
    apply_theme(qapp, "dark")
    panel = TasksPanel(tasks)
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def reporting(gate, *progress):
    def work(report, cancel):
        for step in progress:
            report(step)
        return gate(report, cancel)

    return work


def fail(report, cancel):
    raise OSError("sea.png cannot be read.")


def test_it_says_what_will_be_here(panel):
    assert panel.empty.isVisible()
    assert "appear here" in panel.empty.text()
    assert not panel.clear.isEnabled()


def test_a_row_says_how_far_it_is_and_shows_the_picture(qtbot, tasks, panel):
    gate = Gate()
    steps = Progress(0, 8, "Fitting"), Progress(2, 8, "Fitting", 0.5, PICTURE, 185.0)
    task = tasks.start("Invert sea.png", reporting(gate, *steps))
    row = panel.rows[task]
    assert not panel.empty.isVisible()
    assert row.title.text() == "Invert sea.png"
    until(qtbot, lambda: row.bar.value() == 2)
    assert row.bar.maximum() == 8
    assert row.status.text() == "Fitting: 2 of 8, loss 0.5, 3 min left"
    assert row.preview.isVisible()
    ratio = row.preview.devicePixelRatio()
    assert row.preview.pixmap().toImage().pixelColor(9, 9).getRgb()[:3] == (200, 100, 0)
    assert row.preview.pixmap().height() == round(40 * ratio)
    gate.open.set()
    over(qtbot, task)
    assert row.status.text() == "Done"
    assert not row.bar.isVisible()
    assert not row.cancel.isVisible()
    qtbot.mouseClick(panel.clear, LEFT)
    assert panel.rows == {}
    assert panel.empty.isVisible()


def test_the_pointer_shows_a_larger_picture(qtbot, tasks, panel):
    gate = Gate()
    task = tasks.start("Invert", reporting(gate, Progress(1, 8, "Fitting", picture=PICTURE)))
    preview = panel.rows[task].preview
    until(qtbot, preview.isVisible)
    QApplication.sendEvent(preview, QHelpEvent(QHelpEvent.Type.ToolTip, QPoint(5, 5), QPoint(5, 5)))
    assert QToolTip.text().startswith('<img src="data:image/png;base64,iVBOR')
    QToolTip.hideText()


def test_pictures_of_16_bits_and_with_alpha_are_shown(qtbot):
    deep = np.full((500, 1000, 4), 257 * 120, np.uint16)
    deep[..., 3] = 65535
    image = small_image(deep, 40)
    assert (image.width(), image.height()) == (40, 20)
    assert image.pixelColor(20, 10).getRgb() == (120, 120, 120, 255)


def test_buttons_pause_resume_finish_and_cancel(qtbot, tasks, panel):
    gate, other = Gate(), Gate()
    work = reporting(gate, Progress(1, 8, "Learning"))
    task = tasks.start("Learn", work, can_pause=True, can_finish=True)
    row = panel.rows[task]
    until(qtbot, row.finish.isVisible)
    qtbot.mouseClick(row.pause, LEFT)
    assert task.state is TaskState.PAUSED
    assert row.status.text() == "Paused at 1 of 8"
    assert not row.pause.isVisible()
    qtbot.mouseClick(row.resume, LEFT)
    assert task.state is TaskState.RUNNING
    gate.looks.clear()
    qtbot.mouseClick(row.finish, LEFT)
    assert row.status.text() == "Ending early after this step"
    gate.looks.set()
    over(qtbot, task)
    assert task.state is TaskState.DONE
    rigid = tasks.start("Rank", other)
    row = panel.rows[rigid]
    until(qtbot, other.begun.is_set)
    assert not row.pause.isVisible()
    assert not row.finish.isVisible()
    other.looks.clear()
    qtbot.mouseClick(row.cancel, LEFT)
    assert row.status.text() == "Cancelling after this step"
    other.looks.set()
    over(qtbot, rigid)
    assert row.status.text() == "Cancelled"


def test_what_waits_says_so_and_can_be_cancelled(qtbot, tasks, panel):
    gates = [Gate() for _ in range(COMPUTE.threads + 1)]
    started = [tasks.start("Train", gate) for gate in gates]
    row = panel.rows[started[-1]]
    assert row.status.text() == "Waiting"
    assert row.bar.maximum() > 0  # nothing moves
    qtbot.mouseClick(row.cancel, LEFT)
    assert row.status.text() == "Cancelled"


def test_a_failure_can_be_looked_into_and_copied(qtbot, tasks, panel, monkeypatch):
    shown = []
    monkeypatch.setattr(
        failure_dialog.QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile())
    )
    task = tasks.start("Open sea.png", fail, lane=FILES)
    row = panel.rows[task]
    until(qtbot, row.details.isVisible)
    assert row.status.text() == "sea.png cannot be read."
    qtbot.mouseClick(row.details, LEFT)
    (dialog,) = panel.window().findChildren(FailureDialog)
    qtbot.mouseClick(dialog.copy, LEFT)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("Open sea.png: sea.png cannot be read.")
    assert "in fail" in copied
    qtbot.mouseClick(dialog.show_log, LEFT)
    assert shown == [str(log_file.log_path().parent)]
    dialog.reject()
    assert panel.clear.isEnabled()


def test_it_fits_into_a_narrow_dock(qtbot, tasks, panel):
    gate = Gate()
    title = "Invert a_photo_with_a_name_that_nobody_would_want_to_read.png"
    work = reporting(gate, Progress(1, 8, "Tuning the weights", 0.123, PICTURE, 4000.0))
    task = tasks.start(title, work, can_pause=True, can_finish=True)
    row = panel.rows[task]
    until(qtbot, row.finish.isVisible)
    qtbot.wait(1)
    assert row.title.toolTip() == title
    edge = panel.mapToGlobal(QPoint(panel.width(), 0)).x()
    for widget in (row.pause, row.finish, row.cancel, row.bar, row.status, panel.clear):
        assert widget.mapToGlobal(QPoint(widget.width(), 0)).x() <= edge
    assert row.title.width() > 80


def test_everything_can_be_reached_by_keyboard_and_has_a_name(qtbot, tasks, panel):
    gate = Gate()
    work = reporting(gate, Progress(1, 8, "Learning"))
    task = tasks.start("Learn", work, can_pause=True, can_finish=True)
    row = panel.rows[task]
    until(qtbot, row.finish.isVisible)
    row.pause.setFocus()
    reached = []
    for _ in range(4):
        reached.append(QApplication.focusWidget())
        qtbot.keyClick(reached[-1], Qt.Key.Key_Tab)
    assert reached[:3] == [row.pause, row.finish, row.cancel]
    for button in reached[:3]:
        assert button.accessibleName().endswith(": Learn")
        assert button.toolTip()
    row.pause.setFocus()
    qtbot.keyClick(row.pause, Qt.Key.Key_Space)
    assert task.state is TaskState.PAUSED
    assert QApplication.focusWidget() is row.resume
    qtbot.keyClick(row.resume, Qt.Key.Key_Space)
    assert task.state is TaskState.RUNNING
    assert QApplication.focusWidget() is row.pause


def test_a_panel_that_comes_late_shows_what_there_is(qtbot, tasks):
    task = tasks.start("Open sea.png", fail, lane=FILES)
    over(qtbot, task)
    panel = TasksPanel(tasks)
    qtbot.addWidget(panel)
    assert panel.rows[task].status.text() == "sea.png cannot be read."


def test_the_banner_offers_details_only_where_there_are_some(qtbot, qapp):
    apply_theme(qapp, "dark")
    picture = QWidget()
    picture.resize(400, 300)
    qtbot.addWidget(picture)
    picture.show()
    banner, asked = Banner(picture), []
    banner.say_error("It failed.", lambda: asked.append("details"))
    banner.show()
    assert banner.details.isVisible()
    qtbot.mouseClick(banner.details, LEFT)
    assert asked == ["details"]
    banner.say_error("Something else failed.")
    assert not banner.details.isVisible()
    banner.say_error("It failed.", lambda: asked.append("more"))
    banner.say("Saved.")
    assert not banner.details.isVisible()


def asks(window, tasks, quits):
    """Ask to quit; return the question and its two buttons."""
    question = QuitQuestion(window, tasks, lambda: quits.append(True))
    question.open()
    buttons = {button.text(): button for button in question.findChildren(QPushButton)}
    return question, buttons["Keep working"], buttons["Quit"]


@pytest.fixture
def shown(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


def test_quitting_names_what_is_under_way_and_its_fate(qtbot, shown, tasks):
    gate, quits = Gate(), []
    for number, fate in enumerate((OnClose.SUSPEND, OnClose.FINISH, OnClose.CANCEL)):
        tasks.start(f"Task {number}", gate, on_close=fate, can_finish=True)
    for number in range(3, 10):
        tasks.start(f"Task {number}", gate)
    question, keep, _ = asks(shown, tasks, quits)
    assert "Task 0: it can go on at the next start" in question.informativeText()
    assert "Task 1: it stops early and keeps what it has found" in question.informativeText()
    assert "Task 2: it is lost" in question.informativeText()
    assert "Task 7" in question.informativeText()
    assert "and 2 more" in question.informativeText()
    assert question.defaultButton() is keep
    qtbot.mouseClick(keep, LEFT)
    assert quits == []
    _, _, leave = asks(shown, tasks, quits)
    qtbot.mouseClick(leave, LEFT)
    assert quits == [True]


def test_the_question_follows_the_work_that_it_is_about(qtbot, shown, tasks):
    gates = [Gate(), Gate()]
    work = [tasks.start(f"Task {number}", gate) for number, gate in enumerate(gates)]
    question, keep, _ = asks(shown, tasks, [])
    gates[0].open.set()
    over(qtbot, work[0])
    assert "Task 0" not in question.informativeText()
    assert "Task 1" in question.informativeText()
    gates[1].open.set()
    over(qtbot, work[1])
    assert question.isVisible()
    assert question.text() == "All work has finished."
    qtbot.mouseClick(keep, LEFT)


def test_a_banner_that_is_taken_apart_lets_events_pass(qtbot):
    """Python may empty an object of a closed window before Qt sends it the last events."""
    picture = QWidget()
    qtbot.addWidget(picture)
    banner = Banner(picture)
    vars(banner).clear()
    picture.resize(300, 200)
    picture.show()  # the filter raises, and the test fails, where it needs its attributes
    qtbot.waitExposed(picture)

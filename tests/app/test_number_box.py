"""Numbers as people type them, on every system."""

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QDoubleSpinBox

from stylestudio.app.widgets.number_box import CountBox, NumberBox
from stylestudio.app.widgets.value_row import ValueRow

LOCALES = {
    "C": QLocale.c(),
    "German": QLocale("de_DE"),
    "Swedish": QLocale("sv_SE"),
    "Egyptian": QLocale("ar_EG"),
}


@pytest.fixture(params=LOCALES)
def locale(request):
    before = QLocale()
    QLocale.setDefault(LOCALES[request.param])
    yield LOCALES[request.param]
    QLocale.setDefault(before)


@pytest.fixture
def box(qtbot, locale):
    box = NumberBox()
    box.setRange(-1.0, 2.0)
    box.setDecimals(3)
    box.setValue(0.5)
    qtbot.addWidget(box)
    box.show()
    return box


@pytest.mark.parametrize(
    ("typed", "value"),
    [("0.7", 0.7), ("0,7", 0.7), ("-0,25", -0.25), ("-.5", -0.5), ("1e-1", 0.1), ("7", 2.0)],
)
def test_a_point_and_a_comma_are_understood(qtbot, box, locale, typed, value):
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == value
    assert box.text() == locale.toString(value, "f", 3)


def test_what_the_system_writes_can_be_pasted_back(qtbot, box, locale):
    box.lineEdit().setText(locale.toString(-0.125, "f", 3))
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == -0.125


@pytest.mark.parametrize("typed", ["", "-", "abc", "."])
def test_what_is_no_number_leaves_the_value(qtbot, box, typed):
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 0.5


@pytest.mark.parametrize(
    ("typed", "value"), [("12", 20), ("5", 20), ("70", 70), ("", 50), ("999", 99)]
)
def test_a_count_out_of_range_becomes_the_nearest(qtbot, typed, value):
    box = CountBox()
    box.setRange(20, 99)
    box.setValue(50)
    box.setSuffix(" pictures")
    qtbot.addWidget(box)
    box.show()
    box.selectAll()
    qtbot.keyClick(box, Qt.Key.Key_Delete)
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == value


def test_a_row_takes_both_and_tells_once(qtbot, locale):
    row = ValueRow("Psi", (-1.0, 2.0), 0.7)
    qtbot.addWidget(row)
    row.show()
    told = []
    row.edited.connect(lambda value, _gesture: told.append(value))
    for typed in ("0,3", "0.4"):
        row.box.selectAll()
        qtbot.keyClicks(row.box, typed)
        qtbot.keyClick(row.box, Qt.Key.Key_Return)
    assert told == [0.3, 0.4]


def test_every_field_of_the_window_takes_both(window):
    fields = window.findChildren(QDoubleSpinBox)
    assert len(fields) > 10
    assert all(isinstance(field, NumberBox) for field in fields)


def test_a_box_of_whole_numbers_rounds_what_is_typed(qtbot, box):
    box.setDecimals(0)
    told = []
    box.valueChanged.connect(told.append)
    box.selectAll()
    qtbot.keyClicks(box, "1.6")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert (box.value(), told) == (2.0, [2.0])

"""Colours and styles; in a module without a window, as all of it would be dressed anew."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialogButtonBox, QListWidget, QProxyStyle, QStyle

from stylestudio.app.widgets.theme import apply_theme, current_theme, icon


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_the_selected_line_of_a_list_can_be_read(qtbot, qapp, mode):
    apply_theme(qapp, mode)
    try:
        places = QListWidget()  # as the places beside the files of Qt's file dialog
        qtbot.addWidget(places)
        places.addItem("████████")
        places.setCurrentRow(0)
        places.show()
        line = places.visualItemRect(places.item(0))
        shown = places.viewport().grab(line).toImage()
        levels = [shown.pixelColor(x, line.height() // 2).lightness() for x in range(shown.width())]
        assert max(levels) - min(levels) > 90
    finally:
        apply_theme(qapp, "dark")


def test_the_icon_of_a_pressed_button_stands_out_from_its_ground(qapp):
    apply_theme(qapp, "dark")
    size, on = QSize(16, 16), QIcon.State.On
    drawn = icon("brush", checked="on_accent").pixmap(size, QIcon.Mode.Active, on).toImage()
    colours = {
        drawn.pixelColor(x, y).name()
        for x in range(drawn.width())
        for y in range(drawn.height())
        if drawn.pixelColor(x, y).alpha() == 255
    }
    theme = current_theme()
    assert colours
    assert theme.accent not in colours


class WithIcons(QProxyStyle):
    """A style of a desktop that gives the standard buttons icons."""

    def styleHint(self, hint, option=None, widget=None, data=None):
        if hint == QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 1
        return super().styleHint(hint, option, widget, data)


def test_no_button_of_a_dialog_has_an_icon_that_the_others_lack(qtbot, qapp):
    apply_theme(qapp, "dark")
    desktop = WithIcons("fusion")
    box = QDialogButtonBox()
    qtbot.addWidget(box)
    box.setStyle(desktop)
    cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
    box.show()
    assert cancel.icon().isNull()

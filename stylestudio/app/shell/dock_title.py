"""The line above a panel: its name, what it is for, and buttons that let it float or close it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWhatsThis, QWidget

from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.theme import icon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget

    from stylestudio.app.core.feature import Dock

SMALL = QSize(12, 12)


class DockTitle(QWidget):
    """Takes the place of the title that Qt draws; the panel is moved by it as by that one.

    Tab reaches the arrow that folds the panel; the other buttons stay out of its way, as View >
    Panels and Shift+F1 do the same.
    """

    def __init__(self, panel: Dock, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._name = panel.title
        self.fold = QToolButton()
        self.fold.setIconSize(SMALL)
        self.show_folded(False)
        name = ElidedLabel(panel.title, Qt.TextElideMode.ElideRight)
        self.help = _button("help", "What is this?", f"About {panel.title}")
        self.help.setVisible(bool(panel.about.text))
        self.help.clicked.connect(self.show_help)
        floats = _button("float", "Take the panel out of the window, or put it back", "Float")
        floats.clicked.connect(self._on_float)
        closes = _button("remove", "Close the panel; View > Panels opens it again", "Close")
        closes.clicked.connect(dock.close)
        for button in (floats, closes):
            button.setAccessibleName(f"{button.accessibleName()} {panel.title}")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 5, 6, 2)
        row.setSpacing(2)
        row.addWidget(self.fold)
        row.addWidget(name, 1)
        for button in (self.help, floats, closes):
            row.addWidget(button)
        if panel.about.text:
            dock.setWhatsThis(_help_of(panel))

    def show_folded(self, folded: bool) -> None:
        """Point the arrow at what there is to see, and say what it does."""
        arrow = Qt.ArrowType.RightArrow if folded else Qt.ArrowType.DownArrow
        self.fold.setArrowType(arrow)
        self.fold.setAccessibleName(f"{'Unfold' if folded else 'Fold'} {self._name}")
        self.fold.setToolTip(
            "Show the panel again" if folded else "Fold the panel to its title, for more room"
        )

    @Slot()
    def show_help(self) -> None:
        """Say what the panel is for, and name the papers behind it."""
        place = self.mapToGlobal(QPoint(0, self.height()))
        QWhatsThis.showText(place, self._dock.whatsThis(), self._dock)

    @Slot()
    def _on_float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())


def _button(picture: str, tip: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(picture, "muted"))
    button.setIconSize(SMALL)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setToolTip(tip)
    button.setAccessibleName(name)
    return button


def _help_of(panel: Dock) -> str:
    """A short text with a heading, in HTML."""
    form = ("<b>{}</b>", "{}", *("<i>{}</i>" for _ in panel.about.papers))
    texts = (panel.title, panel.about.text, *panel.about.papers)
    said = (each.format(escape(text, quote=False)) for each, text in zip(form, texts, strict=True))
    return "".join(f"<p>{each}</p>" for each in said)

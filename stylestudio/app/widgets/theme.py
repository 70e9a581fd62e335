"""Dark and light colours for the Fusion style, and icons tinted to match."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from stylestudio.resources import resource_path


@dataclass(frozen=True)
class Theme:
    """The colours of one theme."""

    window: str  # panels
    base: str  # fields, lists, troughs
    canvas: str  # behind the picture
    line: str  # hairlines, troughs of sliders
    edge: str  # around fields and buttons, and what must be told from a panel
    text: str
    muted: str  # secondary text
    accent: str
    on_accent: str
    alarm: str  # recording, errors
    coarse: str  # the three layer groups keep their colour everywhere
    middle: str
    fine: str


DARK = Theme(
    window="#1d1f24",
    base="#15171b",
    canvas="#101114",
    line="#2e3138",
    edge="#6c717d",
    text="#e6e3dc",
    muted="#999ca5",
    accent="#f0a35e",
    on_accent="#1b1206",
    alarm="#f2555a",
    coarse="#7aa2f7",
    middle="#7fc8a9",
    fine="#f0a35e",
)
LIGHT = Theme(
    window="#f3f1ed",
    base="#ffffff",
    canvas="#dddad4",
    line="#d2cec6",
    edge="#85827b",
    text="#25262b",
    muted="#54565f",
    accent="#a8500f",
    on_accent="#ffffff",
    alarm="#c9252d",
    coarse="#3f6fd8",
    middle="#2f8f68",
    fine="#c8651b",
)


UP, DOWN = "chevron-up", "chevron-down"
BACK, FORWARD, PARENT = "arrow-back", "arrow-forward", "arrow-parent"
SYSTEM = "system"  # as the desktop has it


def apply_theme(app: QApplication, name: str) -> None:
    """Dress the whole application; "light", "system" for that of the desktop, or else dark."""
    if name == SYSTEM:
        is_light = app.styleHints().colorScheme() == Qt.ColorScheme.Light
    else:
        is_light = name == "light"
    theme = LIGHT if is_light else DARK
    app.setProperty("theme", "light" if theme is LIGHT else "dark")
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(_style_sheet(theme))


def current_theme() -> Theme:
    """Return the colours in force."""
    app = QApplication.instance()
    return LIGHT if app is not None and app.property("theme") == "light" else DARK


def icon(name: str, colour: str = "text", *, checked: str = "") -> QIcon:
    """Return an icon of `resources/icons` that always wears a colour of the theme in force.

    Give a button with a text that stays pressed a `checked` colour, as its ground is the accent's.
    """
    return QIcon(_TintedIcon(name, colour, checked))


class _TintedIcon(QIconEngine):
    """Asks for the theme whenever it is painted, so icons need not be replaced with it."""

    def __init__(self, name: str, colour: str, checked: str) -> None:
        super().__init__()
        self._name, self._colour, self._checked = name, colour, checked

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the picture in the colour that the mode asks for."""
        theme = current_theme()
        colours = {QIcon.Mode.Active: theme.accent, QIcon.Mode.Disabled: theme.edge}
        colour = colours.get(mode, getattr(theme, self._colour))
        if self._checked and state is QIcon.State.On and mode is not QIcon.Mode.Disabled:
            colour = getattr(theme, self._checked)
        _svg(self._name, colour).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Draw on nothing."""
        pixmap = QPixmap(size)
        if pixmap.isNull():  # there is no room for it
            return pixmap
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        """Return an equal engine, as Qt asks."""
        return _TintedIcon(self._name, self._colour, self._checked)


@cache
def _svg(name: str, colour: str) -> QSvgRenderer:
    svg = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for target, colour in {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.base,
        role.AlternateBase: theme.window,
        role.ToolTipBase: theme.base,
        role.ToolTipText: theme.text,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.window,
        role.ButtonText: theme.text,
        role.BrightText: theme.accent,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.accent,
        role.Mid: theme.edge,
        role.Midlight: theme.line,
        role.Dark: theme.base,
        role.Light: theme.line,
    }.items():
        palette.setColor(target, QColor(colour))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(theme.muted))
    return palette


def _style_sheet(theme: Theme) -> str:
    tick = "tick-light" if theme is LIGHT else "tick-dark"
    names = (tick, UP, DOWN, BACK, FORWARD, PARENT)
    images = {name: resource_path("icons", f"{name}.svg").as_posix() for name in names}
    return f"""
    QMainWindow::separator {{ background: {theme.base}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {theme.accent}; }}
    DockTitle {{ background: {theme.window}; border-top: 1px solid {theme.line}; }}
    DockTitle QLabel {{ font-weight: 600; color: {theme.muted}; }}
    DockTitle QToolButton {{ padding: 2px; }}
    QFrame#tour {{
        background: {theme.window}; border: 2px solid {theme.accent}; border-radius: 8px;
    }}
    QMainWindow > QTabBar {{ qproperty-elideMode: ElideNone; }}
    QToolTip {{ background: {theme.base}; color: {theme.text}; border: 1px solid {theme.line}; }}
    QToolBar {{ background: {theme.window}; border: none; spacing: 2px; padding: 1px 4px; }}
    QToolBar::separator {{ background: {theme.line}; width: 1px; margin: 5px 4px; }}
    QMenuBar {{ background: {theme.window}; padding: 2px; }}
    QMenu {{ background: {theme.window}; border: 1px solid {theme.line}; padding: 4px; }}
    QMenu::item {{ padding: 5px 24px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
    QStatusBar {{ background: {theme.base}; color: {theme.muted}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {theme.muted}; padding: 0 8px; }}
    QLabel[muted="true"] {{ color: {theme.muted}; }}
    QLabel[heading="true"] {{ font-size: 15px; font-weight: 600; }}
    QLineEdit, QPlainTextEdit {{
        background: {theme.base}; border: 1px solid {theme.edge}; border-radius: 5px;
        padding: 3px 6px; selection-background-color: {theme.accent};
        selection-color: {theme.on_accent};
    }}
    QAbstractSpinBox, QComboBox {{
        background: {theme.base}; border: 1px solid {theme.edge}; border-radius: 5px;
        padding: 2px 0; selection-background-color: {theme.accent};
        selection-color: {theme.on_accent};
    }}
    QAbstractSpinBox QLineEdit {{ background: transparent; border: none; padding: 0; }}
    QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{ border: none; width: 0; }}
    QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus {{
        border-color: {theme.accent};
    }}
    QAbstractSpinBox:disabled, QComboBox:disabled, QLineEdit:disabled {{
        color: {theme.muted}; background: {theme.window}; border-color: {theme.line};
    }}
    QSpinBox::up-button, QSpinBox::down-button {{ border: none; width: 16px; }}
    QSpinBox::up-arrow {{ image: url("{images[UP]}"); width: 10px; height: 10px; }}
    QSpinBox::down-arrow {{ image: url("{images[DOWN]}"); width: 10px; height: 10px; }}
    QComboBox {{ padding-left: 6px; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url("{images[DOWN]}"); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{
        background: {theme.base}; border: 1px solid {theme.edge}; outline: none;
        selection-background-color: {theme.line}; selection-color: {theme.text};
    }}
    QCheckBox {{ spacing: 7px; }}
    QCheckBox::indicator {{
        width: 14px; height: 14px; background: {theme.base}; border: 1px solid {theme.edge};
        border-radius: 4px;
    }}
    QCheckBox::indicator:checked {{
        background: {theme.accent}; border-color: {theme.accent}; image: url("{images[tick]}");
    }}
    QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {theme.accent}; }}
    QCheckBox::indicator:disabled {{ background: {theme.window}; border-color: {theme.line}; }}
    QCheckBox:disabled {{ color: {theme.muted}; }}
    QProgressBar {{ background: {theme.line}; border: none; border-radius: 4px; }}
    QProgressBar::chunk {{ background: {theme.accent}; border-radius: 4px; }}
    QLineEdit:focus {{ border-color: {theme.accent}; }}
    QPushButton {{
        background: {theme.base}; border: 1px solid {theme.edge}; border-radius: 5px;
        padding: 5px 12px;
    }}
    QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}
    QPushButton:pressed, QPushButton:checked {{
        background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent};
    }}
    QPushButton:disabled {{
        color: {theme.muted}; background: {theme.window}; border-color: {theme.line};
    }}
    QPushButton:flat {{
        background: transparent; border: none; padding: 0 6px; color: {theme.accent};
    }}
    QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 3px; }}
    QToolButton[framed="true"] {{
        background: {theme.base}; border-color: {theme.edge}; padding: 3px 8px;
    }}
    QToolButton[framed="true"]:disabled {{
        background: {theme.window}; border-color: {theme.line};
    }}
    QToolButton:hover {{ background: {theme.line}; }}
    QToolButton:checked {{ background: {theme.line}; border-color: {theme.accent}; }}
    QToolButton[alarm="true"]:checked {{
        background: {theme.alarm}; border-color: {theme.alarm};
    }}
    QToolButton:focus {{ border-color: {theme.accent}; }}
    QSlider::groove:horizontal {{ height: 4px; background: {theme.line}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {theme.accent}; border-radius: 2px; }}
    QSlider::sub-page:horizontal:disabled {{ background: {theme.line}; }}
    QSlider::handle:horizontal {{
        background: {theme.text}; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
    }}
    QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{
        background: {theme.accent};
    }}
    QSlider::handle:horizontal:disabled {{ background: {theme.muted}; }}
    QFileDialog {{
        backward-icon: url("{images[BACK]}"); forward-icon: url("{images[FORWARD]}");
        filedialog-parent-directory-icon: url("{images[PARENT]}");
    }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QScrollArea {{ border: none; }}
    QScrollBar:vertical {{ width: 9px; background: transparent; }}
    QScrollBar:horizontal {{ height: 9px; background: transparent; }}
    QScrollBar::handle {{ background: {theme.edge}; border-radius: 4px; min-height: 24px; }}
    QScrollBar::handle:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QTreeView {{ background: {theme.base}; border: none; }}
    QTreeView::item {{ padding: 4px 6px; }}
    QTreeView::item:selected {{ background: {theme.line}; color: {theme.text}; }}
    QFrame#palette {{
        background: {theme.window}; border: 1px solid {theme.accent}; border-radius: 8px;
    }}
    QListView {{ background: {theme.base}; border: none; }}
    QListView::item {{ border-radius: 6px; padding: 3px; }}
    QListView::indicator {{
        width: 11px; height: 11px; border: 1px solid {theme.edge}; border-radius: 3px;
    }}
    QListView::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent}; }}
    QListView::item:selected {{ background: {theme.line}; color: {theme.text}; }}
    """

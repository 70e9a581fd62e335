"""What a capability of the window consists of; the shell builds docks, menus and drops from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Qt, SignalInstance
from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QMenu, QWidget

    from stylestudio.app.core.studio import Studio
    from stylestudio.recipe import Recipe
    from stylestudio.video import FileContent

LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea

# Sets of panels for kinds of work, of which one is on show.
EXPLORE, PHOTO, SHAPE, WORDS, FILM, TEACH = "Explore", "Photo", "Shape", "Words", "Film", "Teach"
WORKSPACES = (EXPLORE, PHOTO, SHAPE, WORDS, FILM, TEACH)

StandardKey = QKeySequence.StandardKey
MenuRole = QAction.MenuRole


@dataclass(frozen=True)
class About:
    """What a panel is for, and where the idea comes from."""

    sentences: tuple[str, ...]  # two
    papers: tuple[str, ...] = ()  # each "Authors (year): Title"

    @property
    def text(self) -> str:
        """Its sentences together."""
        return " ".join(self.sentences)


@dataclass(frozen=True)
class Dock:
    """A panel, and where it lies before the user moves it."""

    id: str  # saved layouts know the dock by it
    title: str
    panel: QWidget
    area: Qt.DockWidgetArea = RIGHT
    scrolls: bool = False  # also where the window has room for all of the panel
    tabbed_with: str = ""  # id of a dock of an earlier feature, or "" for a place of its own
    below: str = ""  # id of the dock that it lies under, "" for the last one on its side
    workspaces: tuple[str, ...] = WORKSPACES  # in which it is open at first
    in_front: bool = False  # of those it is tabbed with
    leads: tuple[str, ...] = ()  # workspaces in which it comes before those that are in front
    about: About = About(())  # behind the question mark in its title
    height: int = 0  # pixels, 0 for what is left
    working_height: int = 0  # pixels that it takes from its neighbours when it is brought in sight


@dataclass(frozen=True)
class Takes:
    """The number that a command takes, which is typed in the command palette."""

    range: tuple[float, float]
    unit: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Action:
    """A command: where it stands, what people read and press, and what it does.

    It stands in its menu ("&Presets/&Store" is a menu within one) and in the command palette, with
    an `icon` also on the tool bar, and with a group `on_picture` also in the menu that a right
    click on the picture brings. Actions of one group stand together, between separators.

    Keys that the system names for a purpose are asked for by that purpose; the first of all keys
    is shown. On a Mac, "Ctrl" in a text means the command key, and an action with a `role` moves to
    the menu that is called as the program.
    """

    id: str  # custom shortcuts know the command by it
    menu: str
    group: str
    text: str
    tip: str
    run: Callable[[], object] | Callable[[bool], object] | Callable[[float], object]
    shortcuts: tuple[StandardKey | str, ...] = ()
    checkable: bool = False
    checked: bool = False
    enabled_by: SignalInstance | None = None  # of a bool; greyed out until it says True
    checked_by: SignalInstance | None = None  # of a bool, which it follows where it is checkable
    role: MenuRole = MenuRole.NoRole
    lacking: str = ""  # a sentence: why it is greyed out while `enabled_by` says False
    icon: str = ""  # of `resources/icons`
    on_picture: str = ""  # group in the picture's own menu
    focus: QWidget | None = None  # its keys act only while the focus is there
    takes: Takes | None = None  # what `run` is given; where it is checkable, that is a bool
    repeats: bool = True  # while its keys are held down


@dataclass(frozen=True)
class Submenu:
    """A menu within a menu."""

    menu: str
    group: str
    submenu: QMenu


@dataclass(frozen=True)
class Strip:
    """A row of controls beside the tool bar, no higher than it."""

    id: str  # saved layouts know it by that
    title: str
    widget: QWidget


@dataclass(frozen=True)
class TourStep:
    """A step of the tour through the window: what it is about, and two sentences beside it.

    That is a `control`, in a dock where it lies in one, or the tool bar's button of a `command`.
    """

    order: int  # among the steps of all features
    text: str
    control: Callable[[], QWidget] | None = None
    dock: str = ""  # its id
    command: str = ""  # its id


@dataclass(frozen=True)
class FileKind:
    """A kind of file that a feature opens; what decides is the content.

    `holds` is what `video.kind_of_file` says of such files, or else a question of the feature's
    own. That is asked about whatever is dropped, folders and missing files too, on a thread of a
    task; it raises OSError where a file cannot be read. Kinds of lower `order` come first. What no
    kind claims is opened as a model. `open` is called in the window's thread, and reads the files
    by a task of its own; where it `needs_model`, only once every model on its way is open.
    """

    id: str
    title: str
    patterns: tuple[str, ...]  # for the open dialog alone
    holds: FileContent | Callable[[Path], bool]
    open: Callable[[list[Path]], None]
    order: int = 0
    needs_model: bool = False


@dataclass(frozen=True)
class RecipeFile:
    """What a file has brought that holds a recipe."""

    recipe: Recipe | None  # None for a project without a picture
    note: str = ""  # a sentence for the banner
    take: Callable[[], object] | None = None  # takes over the rest of it, in the window's thread


@dataclass(frozen=True)
class RecipeKind:
    """A kind of file that holds a recipe, which is shown on its model; else as FileKind.

    `read` is called on a thread of a task, for the last file alone of those that are opened
    together. What it raises is said in the window.
    """

    id: str
    title: str
    patterns: tuple[str, ...]
    holds: FileContent | Callable[[Path], bool]
    read: Callable[[Path], RecipeFile]
    order: int = 0


class Feature(QObject):
    """One capability of the window. It knows the core and the widgets, and no other feature.

    Made with the studio, before any model is open; a subclass sets what it adds to the window.
    """

    id: ClassVar[str]

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.studio = studio
        self.docks: tuple[Dock, ...] = ()
        self.actions: tuple[Action, ...] = ()
        self.submenus: tuple[Submenu, ...] = ()
        self.strips: tuple[Strip, ...] = ()
        self.tour: tuple[TourStep, ...] = ()
        self.kinds: tuple[FileKind | RecipeKind, ...] = ()

    def close(self) -> None:
        """End what runs and wait for it: the window is closing."""

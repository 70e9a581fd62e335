"""The main window: the picture in the middle, and around it whatever the features bring."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QMainWindow

from stylestudio.app.core.drops import accept_copy
from stylestudio.app.core.feature import Submenu
from stylestudio.app.core.settings import FILES, SESSIONS
from stylestudio.app.core.studio import Studio
from stylestudio.app.core.taking import can_take, take
from stylestudio.app.shell.banner import Banner
from stylestudio.app.shell.commands import (
    HelpCommands,
    first_actions,
    last_actions,
    last_submenus,
)
from stylestudio.app.shell.dialogs import ask_about_foreign_recipe
from stylestudio.app.shell.docks import bring_in_sight, place_docks
from stylestudio.app.shell.finding import build_features
from stylestudio.app.shell.focus_keys import FocusKeys
from stylestudio.app.shell.layout import Layout
from stylestudio.app.shell.menus import EDIT, FILE, Menus
from stylestudio.app.shell.messages import Messages
from stylestudio.app.shell.options_bar import OptionsBar
from stylestudio.app.shell.palette import Palette
from stylestudio.app.shell.presentation import Presenter
from stylestudio.app.shell.quit_question import QuitQuestion, lasting_work
from stylestudio.app.shell.recent_menu import RecentMenu
from stylestudio.app.shell.session_commands import session_actions
from stylestudio.app.shell.session_questions import SessionQuestions
from stylestudio.app.shell.shortcut_sheet import ShortcutSheet
from stylestudio.app.shell.shortcuts import Shortcuts
from stylestudio.app.shell.status_bar import StatusBar
from stylestudio.app.shell.tool_bar import add_tool_bars
from stylestudio.app.shell.tour import Tour
from stylestudio.app.shell.undoing import UndoActions
from stylestudio.app.shell.workspaces import Workspaces
from stylestudio.app.widgets.pixel_grid import PixelReadout

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent

    from stylestudio.app.core.settings import Settings
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Owns the studio and the features; closing it ends every thread."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.studio = Studio(settings, self)
        self._may_quit = False  # though work is under way, or not saved
        self._may_end_work = False
        self.shortcut_sheet: ShortcutSheet | None = None  # while it is open
        self._build_centre()
        self._build_status()
        broken = self._build_menus()
        self._connect()
        self.layout_of_docks = Layout(self, self.workspaces, settings)
        problem = self.layout_of_docks.restore()
        with QSignalBlocker(self.actions_by_id["full_screen"]):
            self.actions_by_id["full_screen"].setChecked(self.isFullScreen())
        if problem:
            self.banner.say(problem)
        if broken:
            reasons = "; ".join(f"{name} ({reason})" for name, reason in broken.items())
            self.banner.say_error(f"Not everything could be loaded: {reasons}.")
        self.studio.worker.start()

    def start(self, files: list[Path]) -> None:
        """Open what was asked for, else what was on show last."""
        self.studio.start(files)

    def welcome(self) -> None:
        """Show the tour once the first picture is there, on the first run alone."""
        if not self.tour.is_seen:
            once = Qt.ConnectionType.SingleShotConnection
            self.studio.rendered.connect(self._start_tour, once)

    @Slot()
    def _start_tour(self) -> None:
        self.tour.start()

    # --- building ------------------------------------------------------------------------

    def _build_centre(self) -> None:
        self.canvas = self.studio.view.canvas
        self.setCentralWidget(self.canvas)
        self.options = OptionsBar(self.studio.canvas_tools, self.canvas)
        self.banner = Banner(self.canvas)

    def _build_status(self) -> None:
        self.status = StatusBar()
        self.setStatusBar(self.status)

    def _build_menus(self) -> dict[str, str]:
        """Build the features between the shell's commands; return why some could not be."""
        menus = self.menus = Menus(self)
        self.actions_by_id = menus.actions
        stacks = (self.studio.canvas_tools.marks, self.studio.document.undo_stack)
        undoing = UndoActions(stacks, self)
        for action in (undoing.undo, undoing.redo):
            menus.place(action.objectName(), EDIT, "undo", action)
        session, settings = self.studio.session, self.studio.settings
        for each in session_actions(session):
            menus.add(each)
        sessions = RecentMenu("Recent sess&ions", SESSIONS, session.open_paths, settings, self)
        menus.add(Submenu(FILE, "session", sessions))
        for first in first_actions(self.studio):
            menus.add(first)
        recent = RecentMenu("Open recen&t", FILES, self.studio.opener.open_paths, settings, self)
        menus.add(Submenu(FILE, "open", recent))
        built = build_features(self.studio, menus)
        self.features = {feature.id: feature for feature in built.features}
        panels = [dock for feature in built.features for dock in feature.docks]
        self.docks = place_docks(self, panels)
        self.workspaces = Workspaces(self, panels, self.docks, self.studio.settings)
        self.palette_of_commands = Palette(self, menus, self.studio.document)
        self.presenter = Presenter(self.studio, self)
        for each in self.presenter.actions():
            menus.add(each)
        tour = [step for feature in built.features for step in feature.tour]
        folding = self.workspaces.folding
        self.tour = Tour(self, tour, self.docks, folding, self.actions_by_id, settings)
        help = HelpCommands(self.palette_of_commands.toggle, self._show_shortcuts, self.tour.start)
        for last in last_actions(self, self.studio, self._reset_layout, help):
            menus.add(last)
        strips = [strip for feature in built.features for strip in feature.strips]
        self.bars = add_tool_bars(self, strips, self.workspaces)
        for submenu in last_submenus(self, self.studio, self.bars, self.workspaces):
            menus.add(submenu)
        self.picture_menu = menus.picture_menu()
        self.shortcuts = Shortcuts(menus.actions, self.studio.settings, self)
        FocusKeys(self)
        return built.broken

    def _connect(self) -> None:
        studio = self.studio
        self.messages = Messages(studio, self.banner, self.status)
        studio.document.model_changed.connect(self._name_model)
        studio.session.changed.connect(self._name_session)
        self.questions = SessionQuestions(studio.session, self)
        self._name_session()
        studio.dock_wanted.connect(self.show_dock)
        studio.opener.foreign_recipe.connect(self._ask_foreign)
        self.canvas.zoom_changed.connect(self.status.show_zoom)
        PixelReadout(self.canvas).said.connect(self.status.show_pixel)
        self.canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.canvas.customContextMenuRequested.connect(self._show_picture_menu)

    # --- what the studio tells -----------------------------------------------------------

    @Slot(str)
    def show_dock(self, name: str) -> None:
        """Bring a dock in sight, by its id, and unfold it."""
        self.workspaces.folding.fold(name, False)
        bring_in_sight(self, self.docks[name])

    @Slot(object)
    def _name_model(self, model: Model) -> None:
        self.status.name_model(model)
        self._name_session()

    @Slot()
    def _name_session(self) -> None:
        """Name the session, with a mark while it isn't saved, and the model."""
        session, model = self.studio.session, self.studio.document.model
        named = session.name.replace("[*]", "[*][*]") + "[*]"
        parts = [named, *([] if model is None else [model.name]), "StyleStudio"]
        self.setWindowTitle(" — ".join(parts))
        self.setWindowFilePath(str(session.path or ""))  # which a Mac shows as an icon
        self.setWindowModified(session.is_dirty)

    @Slot(object, str)
    def _ask_foreign(self, recipe: Recipe, model_path: str) -> None:
        opener, model = self.studio.opener, self.studio.document.model
        ask_about_foreign_recipe(self, opener, recipe, model_path, model)

    @Slot()
    def _reset_layout(self) -> None:
        self.layout_of_docks.reset()

    @Slot()
    def _show_shortcuts(self) -> None:
        if self.shortcut_sheet is None:
            self.shortcut_sheet = ShortcutSheet(self, self.actions_by_id, self.shortcuts)
            self.shortcut_sheet.finished.connect(self._on_sheet_closed)
        self.shortcut_sheet.show()
        self.shortcut_sheet.raise_()

    @Slot()
    def _on_sheet_closed(self) -> None:
        self.shortcut_sheet = None

    @Slot(QPoint)
    def _show_picture_menu(self, place: QPoint) -> None:
        """Bring up the picture's own menu, unless the right button paints."""
        if self.canvas.tool is None:
            self.picture_menu.popup(self.canvas.mapToGlobal(place))

    # --- window events -------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, pictures and recipes, but not the picture that is dragged out."""
        if event.source() is not self.canvas and can_take(event.mimeData()):
            accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        take(self.studio, event.mimeData(), "Dropped")
        accept_copy(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes the message away, leaves a tool, ends a comparison, leaves full screen."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.banner.text:
            self.banner.clear()
        elif self.studio.canvas_tools.current is not None:
            self.studio.canvas_tools.stop()
        elif self.canvas.is_comparing:
            self.canvas.compare_with(None)
        else:
            self.actions_by_id["full_screen"].setChecked(False)

    def quit(self) -> None:
        """Close without asking; what isn't saved comes back at the next start as it is."""
        self._may_quit = True
        self.close()

    def _end_work(self) -> None:
        """Close, though work is under way."""
        self._may_end_work = True
        self.close()
        self._may_end_work = False

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where work is under way or not saved; then leave no thread behind."""
        if not self._may_quit:
            if lasting_work(self.studio.tasks) and not self._may_end_work:
                event.ignore()
                QuitQuestion(self, self.studio.tasks, self._end_work).open()
                return
            if self.studio.session.is_dirty:
                event.ignore()
                self.questions.ask_to_save(self.quit, is_last=True)
                return
        self.presenter.present(False)
        self.tour.leave()
        self.layout_of_docks.save()
        for feature in self.features.values():
            try:
                feature.close()
            except Exception:
                log.exception("The feature %s cannot be closed", feature.id)
        self.studio.close()
        super().closeEvent(event)

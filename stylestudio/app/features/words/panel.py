"""The Words dock: words, what to do with them, the work under way, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from stylestudio.app.core.hand import is_pressing
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.run_bar import RunBar
from stylestudio.app.features.words.ask_part import AskPart
from stylestudio.app.features.words.asked import (
    ASK,
    BEGIN,
    FIND,
    IMAGINE,
    MAPPER,
    MOVE,
    RESTYLE,
    TASKS,
    Asked,
    run_for,
)
from stylestudio.app.features.words.channels_run import ChannelsRun
from stylestudio.app.features.words.imagine_part import ImaginePart
from stylestudio.app.features.words.imagine_run import (
    ImaginedRun,
)
from stylestudio.app.features.words.made import Made, MadeList
from stylestudio.app.features.words.map_run import MapRun
from stylestudio.app.features.words.move_part import MovePart
from stylestudio.app.features.words.preview import Preview
from stylestudio.app.features.words.questions import NameRun
from stylestudio.app.features.words.results import Results
from stylestudio.app.features.words.runs import FindRun, MoveRun, Searching
from stylestudio.app.features.words.text_box import TextBox
from stylestudio.app.features.words.wishes import Wishes
from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.text import (
    Found,
    TextModelError,
)
from stylestudio.text.restyling import FoundStyle
from stylestudio.transfer.pictures import to_pixels

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.words.maker import Maker, Result, Run
    from stylestudio.app.features.words.questions import Ranked
    from stylestudio.app.features.words.runs import Point
    from stylestudio.app.features.words.text_models import TextModels
    from stylestudio.render import Model
    from stylestudio.text import Imagined

IMAGINED = "Click a picture to find it in this model, or imagine others"
IDLE = "Type what you are looking for, then start"
NEARNESS = 0.5


class WordsPanel(Panel):
    """Starts work with words; what it brings is a source or an edit like any other."""

    def __init__(self, studio: Studio, maker: Maker, texts: TextModels) -> None:
        super().__init__(studio.document)
        self._studio, self._maker, self._texts = studio, maker, texts
        self._step = ("words", 0)  # of undo, one for each run
        self._shown: object = None  # what this panel last put into the document
        self._chosen: Point | None = None  # where the scrub bar is
        self._sentence = ""  # what was wrong with the words
        self._build()
        self._connect()
        self._list_texts()
        self._refresh()

    def _build(self) -> None:
        self.text = TextBox(self._texts)
        self.notice = QLabel()
        self.notice.setWordWrap(True)
        self.notice.setProperty("muted", True)
        self.wishes = Wishes()
        self.task = ChoiceBox("What to do with the words")
        for name, title in TASKS.items():
            self.task.addItem(title, name)
        self.from_picture = QCheckBox("Start from this picture")
        self.from_picture.setToolTip(
            "Change the picture on show; otherwise start from the best of many random ones"
        )
        self.nearness = ValueRow(
            "Stay near",
            (0.0, 1.0),
            NEARNESS,
            tip="0 follows the words wherever they lead, 1 stays near the starting picture; "
            "you can move it during the search",
        )
        self.own = QCheckBox("A new style")
        self.own.setToolTip(
            "Make a new style and add it to the bank; otherwise blend existing styles"
        )
        self.move_part = MovePart(self.document)
        self.preview = Preview()
        self.imagine = ImaginePart()
        self.ask = AskPart(self.document, self._studio.thumbnails)
        state = QLabel()
        state.setWordWrap(True)
        self.work = RunBar("Progress of the search", state)
        self.made = MadeList(self._studio.thumbnails)
        brought = self._studio.learned_styles.brought
        self.results = Results(self, self.made, brought)
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(8)
        parts: tuple[QWidget, ...] = (
            *(self.text, self.notice, self.wishes, self.task),
            *(self.from_picture, self.move_part, self.nearness, self.own, self.preview),
            *(self.ask, self.imagine, self.made),
        )
        for part in parts:
            column.addWidget(part)
        column.setStretchFactor(self.ask, 1)
        column.addStretch()
        self.area = QScrollArea()
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is inside takes it
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(contents)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(self.area, 1)
        self.work.setContentsMargins(12, 6, 12, 8)
        self.column.addWidget(self.work)

    def _connect(self) -> None:
        self._texts.changed.connect(self._list_texts)
        self.task.currentIndexChanged.connect(self._on_task)
        self.wishes.entered.connect(self._on_start)
        self.nearness.edited.connect(self._on_nearness)
        self.move_part.changed.connect(self._refresh)
        self.ask.picture_changed.connect(self._refresh)
        self.ask.chosen.connect(self._on_ranked)
        self.ask.name.clicked.connect(self._on_name)
        self.imagine.chosen.connect(self._on_imagined)
        self.made.chosen.connect(self._on_made)
        self.work.start_asked.connect(self._on_start)
        self.work.stop_asked.connect(self._maker.stop)
        self.work.go_on.clicked.connect(self._on_go_on)
        self.work.scrubbed.connect(self._on_scrub)
        self._maker.moved.connect(self._on_moved)
        self._maker.made.connect(self._on_result)
        self._maker.ended.connect(self._on_ended)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Learn Lexicon's words when the dock is seen first."""
        super().paintEvent(event)
        self._texts.look()

    def show_model(self, model: Model) -> None:
        """Belong to this model: forget the work for another."""
        self._maker.follow_model(model)
        if self._maker.run is None:
            self._chosen = self._shown = None
            self.work.show_count(0, 0)
            self.ask.show_model(model)
        self.made.show_model(model)
        self._list_texts()

    @Slot()
    def _list_texts(self) -> None:
        """Show which text models there are, and which is used."""
        self.text.show_choices(self.document.model)
        self.wishes.set_words(self._texts.words)
        self._refresh()

    # --- what hands do -------------------------------------------------------------------

    @Slot()
    def _on_task(self) -> None:
        self._sentence = ""
        self._refresh()

    @Slot()
    def _on_start(self) -> None:
        self._begin(None)

    @Slot()
    def _on_go_on(self) -> None:
        self._begin(self._chosen)

    def _begin(self, point: Point | None) -> None:
        """Start what is chosen, or go on with a search; say what is wrong with the words."""
        if self._maker.is_running or not self.work.start.isEnabled():
            return
        try:
            run = self._run(point)
        except TextModelError as error:
            self._sentence = str(error)
            self._refresh()
            return
        self._sentence = ""
        self._step = ("words", self._step[1] + 1)
        self._chosen = point
        recipe = self.document.recipe
        assert recipe is not None
        if isinstance(run, Searching):
            self._shown = run.part_of(recipe)  # so that what is found takes its place
        if isinstance(run, MoveRun | ChannelsRun | MapRun):
            place = self._texts.chosen.place
            self.move_part.begin((type(run), run.settings, place, run.model.sha256))
        self._maker.start(run, f"{self.task.currentData()} {run.title}")
        self._on_moved()

    @Slot()
    def _on_name(self) -> None:
        model = self.document.model
        if model is not None and not self._maker.is_running:
            self._maker.start(NameRun(model, self._texts.reader()), "Name directions by words")
            self._refresh()

    def _run(self, point: Point | None) -> Run:
        """The work that is asked for. Raises TextModelError."""
        earlier = self._maker.run
        text = self._texts.reader()
        if isinstance(point, Found) and isinstance(earlier, FindRun):
            return earlier.going_on(point)
        task = self.task.currentData()
        picture = self.ask.picture if task == ASK else None
        asked = Asked(
            task,
            wishes=() if picture else self.wishes.wishes(),
            instead_of="" if picture or task == IMAGINE else self.wishes.instead_of(),
            nearness=self.nearness.value(),
            from_picture=self.from_picture.isChecked(),
            way=self.move_part.chosen,
            own_style=self.own.isChecked(),
            kind=self.ask.kind.currentText(),
            picture=picture,
            seed=self._step[1],
        )
        known = (*(wish.words for wish in asked.wishes), asked.instead_of)
        self._texts.check(*filter(None, known))
        return run_for(asked, text, self._studio)

    @Slot(float, object)
    def _on_nearness(self, value: float, _gesture: object) -> None:
        if isinstance(self._maker.run, Searching):
            self._maker.run.nearness = value  # a search at work follows at its next step

    @Slot(int)
    def _on_scrub(self, position: int) -> None:
        run = self._maker.run
        if isinstance(run, Searching) and 0 <= position < len(run.found):
            self._chosen = run.found[position]
            self._show_chosen()
            self._refresh()

    @Slot(object)
    def _on_made(self, made: Made) -> None:
        recipe = self.document.recipe
        if recipe is not None:
            self.document.set(made.used_in(recipe, self.document.edit_solo), made.title)

    @Slot(str, object)
    def _on_imagined(self, title: str, imagined: Imagined) -> None:
        model = self.document.model
        if model is not None and model.capabilities.has_w:
            run = ImaginedRun(model, title, imagined, self._studio.assets)
            self._maker.start(run, f"Find what was imagined for {title}")
            self._refresh()

    @Slot(object)
    def _on_ranked(self, ranked: Ranked) -> None:
        pair = self.document.with_model(ranked.look)
        if pair is not None:
            self.document.set_current(pair, f"Show {ranked.title}")

    # --- what the work tells -------------------------------------------------------------

    @Slot()
    def _on_moved(self) -> None:
        """Show how far it is, and the picture, while nothing else is on show."""
        run = self._maker.run
        found = [*run.found] if isinstance(run, Searching) else []  # the thread adds to it
        at_end = self._chosen is None or self.work.is_at_end
        self.work.show_count(len(found), len(found) - 1 if at_end else None)
        waits = self._maker.is_running and is_pressing()  # so that a drag stays one undo step
        if isinstance(run, ChannelsRun) and not waits and run.newest not in (None, self._shown):
            self._shown = run.newest
            self.move_part.put_channels(run.newest, self._step)
        if found and at_end and not waits and found[-1] is not self._chosen:
            self._chosen = found[-1]
            recipe = self.document.recipe
            assert isinstance(run, Searching)
            if recipe is not None and run.part_of(recipe) == self._shown:
                self._show_chosen()
        self._refresh()

    @Slot(object)
    def _on_result(self, result: Result) -> None:
        run, recipe = self._maker.run, self.document.recipe
        if recipe is None:
            return
        if result is None and isinstance(run, Searching):
            look = run.look(recipe, run.found[-1])
            what = run.part_of(look)
            assert what is not None
            self.made.add(Made(f"{run.verb} {run.title}", what, look))
        else:
            self.results.take(result, recipe, self._step)

    def _show_chosen(self) -> None:
        """Put the chosen point into the picture, or, where it can't be there yet, beside it."""
        run, recipe = self._maker.run, self.document.recipe
        if not isinstance(run, Searching) or recipe is None or self._chosen is None:
            return
        if not run.is_live:
            assert isinstance(self._chosen, FoundStyle)
            self.preview.show_picture(to_pixels(self._chosen.painted))
            return
        shown = run.look(recipe, self._chosen)
        self._shown = run.part_of(shown)
        self.document.set(shown, f"{run.verb} {run.title}", self._step)

    @Slot()
    def _on_ended(self) -> None:
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """Show what can be done."""
        model, run, task = self.document.model, self._maker.run, self.task.currentData()
        running = self._maker.is_running
        lacking = "" if model is None else self._texts.lacking(model)
        if (
            not lacking
            and model is not None
            and task in (FIND, MOVE, IMAGINE)
            and not model.capabilities.has_w
        ):
            lacking = f"{model.name} has no space W, so words can't find or move its pictures."
        self.notice.setText(lacking)
        self.notice.setVisible(bool(lacking))
        self.from_picture.setVisible(task == FIND)
        self.move_part.setVisible(task == MOVE)
        self.move_part.way.setEnabled(not running)
        by_mapper = task == MOVE and self.move_part.chosen == MAPPER
        self.nearness.setVisible(task in (FIND, RESTYLE) or by_mapper)
        self.own.setVisible(task == RESTYLE)
        self.preview.setVisible(task == RESTYLE and self.own.isChecked() and running)
        self.own.setEnabled(not running)
        self.ask.setVisible(task == ASK)
        self.imagine.setVisible(task == IMAGINE)
        has_w = model is not None and model.capabilities.has_w
        self.ask.name.setEnabled(has_w and not lacking and not running)
        self.wishes.setEnabled(task != ASK or self.ask.picture is None)
        self.wishes.instead.setEnabled(task not in (ASK, IMAGINE))
        self.task.setEnabled(not running)
        self.from_picture.setEnabled(not running)
        self.work.start.setEnabled(not lacking or running)
        can_go_on = isinstance(run, FindRun) and self._chosen is not None and not lacking
        self.work.go_on.setEnabled(can_go_on and not running and task == FIND)
        begin = self.move_part.button if task == MOVE else BEGIN[task]
        self.work.show_task(self._maker.task, self._idle(), begin)

    def _idle(self) -> str:
        if self._sentence:
            return self._sentence
        run, chosen = self._maker.run, self._chosen
        if isinstance(run, Searching) and run.verb == self.task.currentData() and chosen:
            return f"Step {chosen.step} · likeness {chosen.likeness:.3f}"
        if self.task.currentData() == IMAGINE and self.imagine.list.count():
            return IMAGINED
        return IDLE

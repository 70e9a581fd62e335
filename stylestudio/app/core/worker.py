"""The render thread: one renderer, a one-slot mailbox in, a one-slot mailbox out."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from stylestudio.app.core.mailbox import Mailbox
from stylestudio.errors import StyleStudioError, sentence_of
from stylestudio.render import DeviceMemoryError, Renderer, Superseded, Thumbnailer
from stylestudio.render.pace import FRAME_BUDGET
from stylestudio.render.playing import PlayQuality

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model
    from stylestudio.render.pixels import Pixels
    from stylestudio.render.playing import Quality
    from stylestudio.render.renderer import Frame

log = logging.getLogger(__name__)

THUMBNAIL_SIZE = 64
FRESH = 0.5  # of a frame budget; more would cost pictures, less leaves the last recipe waiting
STACK_BYTES = 16 << 20  # macOS gives secondary threads 512 KB, too little for torch


@dataclass(frozen=True)
class Request:
    """A recipe to show, and when the hand asked for it."""

    pair: ModelRecipe
    asked: float  # by time.perf_counter
    playing_rate: float | None  # of the clip that it is a frame of, in frames a second


@dataclass(frozen=True)
class Rendered:
    """A frame, finished or a draft, or the reason why there is none."""

    pair: ModelRecipe
    frame: Frame | None
    error: str | None  # why there is no frame, or none better than this draft
    asked: float
    is_first: bool  # that shows this recipe
    playing: Quality | None = None  # in which the frames of a clip that is played come from now on

    def delay(self) -> float:
        """Seconds since it was asked for."""
        return time.perf_counter() - self.asked


class RenderWorker(QThread):
    """Renders the newest recipe asked for; thumbnails when there is nothing else to do.

    Recipes that were overtaken before they were started are never rendered, and since one thread
    renders them in order, a picture is never followed by an older one. A frame that was overtaken
    later stops at the next step of the network. A frame with no draft shown yet is abandoned only
    if the picture on show is fresh: however fast the hand moves, the picture follows. While a clip
    plays, all frames come in one quality that can hold a steady rate. Errors travel as data.
    """

    rendered = Signal()  # something is in `outbox`; without payload, so that nothing queues up
    thumbnail_done = Signal(object, object)  # ModelRecipe, pixels [64, 64, 3 or 4]
    thumbnail_failed = Signal(object)  # Recipe

    def __init__(self, assets: Assets, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setStackSize(STACK_BYTES)
        self.outbox: Mailbox[Rendered] = Mailbox()
        self._inbox: Mailbox[Request] = Mailbox()
        self.frame_budget = FRAME_BUDGET  # seconds until a draft is shown
        self.playing_rate: float | None = None  # of the clip that is played, frames a second
        self._play_quality: PlayQuality | None = None
        self._shown = 0.0  # when something was shown last
        self.passed_over = 0  # recipes that were never seen at full quality
        self._thumbnails: OrderedDict[ModelRecipe, None] = OrderedDict()
        self._hurried: dict[ModelRecipe, None] = {}  # of these, those that come before all others
        self._thumbnails_lock = threading.Lock()
        self._assets = assets
        self._renderer: Renderer | None = None
        self._thumbnailer = Thumbnailer(THUMBNAIL_SIZE, assets)

    def request(self, pair: ModelRecipe) -> None:
        """Ask for a frame; replaces an earlier request that has not been started."""
        if not self._inbox.put(Request(pair, time.perf_counter(), self.playing_rate)):
            self.passed_over += 1

    def request_thumbnail(self, pair: ModelRecipe, *, last: bool = False) -> None:
        """Ask for a thumbnail; the latest asked for come first, but those asked for as `last`."""
        with self._thumbnails_lock:
            self._thumbnails[pair] = None
            self._thumbnails.move_to_end(pair, last=not last)  # the end comes first
        self._inbox.nudge()

    def hurry_thumbnail(self, pair: ModelRecipe) -> None:
        """Let one that was asked for, and has not been started, come before all others."""
        with self._thumbnails_lock:
            if pair in self._thumbnails:
                self._hurried[pair] = None

    def forget_thumbnails(self) -> None:
        """Drop the thumbnails that have not been started."""
        with self._thumbnails_lock:
            self._thumbnails.clear()
            self._hurried.clear()

    def forget_thumbnails_of(self, model: Model) -> list[Recipe]:
        """Drop those of a model that have not been started; return what they were of."""
        with self._thumbnails_lock:
            dropped = [pair for pair in self._thumbnails if pair.model is model]
            for pair in dropped:
                del self._thumbnails[pair]
                self._hurried.pop(pair, None)
        return [pair.recipe for pair in dropped]

    def stop(self) -> None:
        """End the thread, at the latest after the network step it is in, and wait for it."""
        self.forget_thumbnails()
        self._inbox.close()
        self.wait()

    def run(self) -> None:
        """Serve requests until `stop`."""
        while not self._inbox.is_closed:
            request = self._inbox.take()
            if request is not None:
                self._render(request)
            elif not self._render_a_thumbnail():
                with self._thumbnails_lock:
                    idle = not self._thumbnails
                if idle:
                    self._inbox.wait()

    def _render(self, request: Request) -> None:
        pair, shown = request.pair, False

        def show(frame: Frame, error: str | None = None) -> None:
            nonlocal shown
            self._post(Rendered(pair, frame, error, request.asked, is_first=not shown))
            shown = True
            self._shown = time.perf_counter()

        def should_stop() -> bool:
            overtaken = self._inbox.is_full and (shown or self._is_fresh())
            return self._inbox.is_closed or overtaken

        try:
            if self._renderer is None or self._renderer.model is not pair.model:
                self._renderer = Renderer(pair.model, assets=self._assets)
            if request.playing_rate is not None:
                self._post(self._play(self._renderer, request, request.playing_rate, should_stop))
                self._shown = time.perf_counter()
                return
            self._play_quality = None
            self._renderer.pace.budget = self.frame_budget
            frame, error = _that_fits(self._renderer, pair.recipe, should_stop, show)
            show(frame, error)
        except Superseded:
            self.passed_over += 1
        except Exception as problem:
            error = sentence_of(problem)
            if not isinstance(problem, StyleStudioError):
                log.exception("A frame failed")
                error = (
                    f"This picture can't be rendered ({error.rstrip('.')}); undo the last change."
                )
            self._post(Rendered(pair, None, error, request.asked, is_first=False))

    def _play(
        self,
        renderer: Renderer,
        request: Request,
        rate: float,
        should_stop: Callable[[], bool],
    ) -> Rendered:
        """One frame of a clip that is played, in the quality chosen for it."""
        recipe = request.pair.recipe
        full = renderer.model.resolution
        sides = () if math.isinf(self.frame_budget) else renderer.draft_sides(recipe)
        if self._play_quality is None or not self._play_quality.fits(rate, (*sides, full)):
            expected = {side: renderer.pace.expected(side) for side in (*sides, full)}
            self._play_quality = PlayQuality(rate, expected)
        quality = self._play_quality.quality
        began = time.perf_counter()
        side = None if quality.is_full else quality.side
        frame, error = _that_fits(renderer, recipe, should_stop, side=side)
        self._play_quality.note(time.perf_counter() - began)
        playing = self._play_quality.quality
        return Rendered(request.pair, frame, error, request.asked, is_first=True, playing=playing)

    def _is_fresh(self) -> bool:
        """Whether the picture on show can stay while a newer recipe than the next is begun."""
        return time.perf_counter() - self._shown < FRESH * self.frame_budget

    def _post(self, rendered: Rendered) -> None:
        if self.outbox.put(rendered):
            self.rendered.emit()

    def _render_a_thumbnail(self) -> bool:
        with self._thumbnails_lock:
            if not self._thumbnails:
                return False
            pair = next(iter(self._hurried), None) or next(reversed(self._thumbnails))
            del self._thumbnails[pair]
            self._hurried.pop(pair, None)
        try:
            pixels: Pixels = self._thumbnailer.render(
                pair.model, pair.recipe, self._is_wanted_elsewhere
            )
        except Superseded:
            self.request_thumbnail(pair)
            return True
        except Exception:  # noqa: BLE001 - the frame itself reports what is wrong with a recipe
            self.thumbnail_failed.emit(pair.recipe)
            return True
        self.thumbnail_done.emit(pair, pixels)
        return True

    def _is_wanted_elsewhere(self) -> bool:
        return self._inbox.is_full or self._inbox.is_closed


def _that_fits(
    renderer: Renderer,
    recipe: Recipe,
    should_stop: Callable[[], bool],
    show_draft: Callable[[Frame], None] | None = None,
    side: int | None = None,
) -> tuple[Frame, str | None]:
    """The frame; where a card has too little memory, the largest draft and a sentence about it."""
    try:
        return renderer.render(recipe, should_stop, show_draft, side), None
    except DeviceMemoryError:
        drafts = renderer.draft_sides(recipe)
        if side is not None or not drafts:
            raise
    frame = renderer.render(recipe, should_stop, side=drafts[-1])
    return frame, (
        f"The graphics card's memory is full: this is a draft of {drafts[-1]} px, and exports "
        "fail. Close other programs that use the card, or choose CPU in View > Render on."
    )

"""Drives the real window through its panels by real events, with a picture of every step."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from stylestudio.app.core.document import SetRecipe
from stylestudio.app.core.feature import Feature
from stylestudio.app.core.settings import Settings
from stylestudio.app.features.edits.feature import EditsFeature
from stylestudio.app.features.history.feature import HistoryFeature
from stylestudio.app.features.mixing.feature import MixingFeature
from stylestudio.app.features.noise.feature import NoiseFeature
from stylestudio.app.features.photo.feature import PhotoFeature
from stylestudio.app.features.picture.feature import PictureFeature
from stylestudio.app.features.presets.feature import PresetsFeature
from stylestudio.app.features.sheets.feature import SheetsFeature
from stylestudio.app.features.styles.feature import StylesFeature
from stylestudio.app.features.styles.grid import picture_of
from stylestudio.app.features.timeline.feature import TimelineFeature
from stylestudio.app.features.truncation.feature import TruncationFeature
from stylestudio.app.shell.main import make_application
from stylestudio.app.shell.window import MainWindow
from stylestudio.app.widgets.theme import apply_theme
from stylestudio.automation.tour_of_hands import HandsOn
from stylestudio.automation.visitor import (
    LEFT,
    TourError,
    interrupts_between_events,
    quietly_off_screen,
)
from stylestudio.automation.windows import feature_of
from stylestudio.recipe import may_hold_recipe, read_recipe
from stylestudio.recipe.sheets import read_sheet
from stylestudio.video import CODECS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOUR_STEPS = 30  # of an inversion


def run_tour(out: Path, model: Path | None = None) -> Iterator[Path]:
    """Walk through the studio on `model` (default: the first built-in), yielding each file written.

    Raises TourError at the first step whose effect cannot be seen.
    """
    if model and may_hold_recipe(model):
        raise TourError(f"{model.name} is a picture or a recipe; the tour needs a model.")
    out.mkdir(parents=True, exist_ok=True)
    app = make_application()
    with quietly_off_screen(), interrupts_between_events(), tempfile.TemporaryDirectory() as folder:
        apply_theme(app, "dark")
        window = MainWindow(Settings(Path(folder)))
        window.resize(1440, 900)
        window.show()
        try:
            tour = _Tour(window, out)
            window.start([model] if model else [])
            for step in tour.steps():
                yield from step()
        finally:
            window.quit()
            window.deleteLater()
            apply_theme(app, "dark")


class _Tour(HandsOn):
    def __init__(self, window: MainWindow, out: Path) -> None:
        super().__init__(window, out)
        self.picture = feature_of(window, PictureFeature)
        self.truncation = feature_of(window, TruncationFeature)
        self.edits = feature_of(window, EditsFeature)
        self.sheets = feature_of(window, SheetsFeature)
        self.mixing = feature_of(window, MixingFeature)
        self.styles = feature_of(window, StylesFeature)
        self.noise = feature_of(window, NoiseFeature)
        self.presets = feature_of(window, PresetsFeature)
        self.photo = feature_of(window, PhotoFeature)
        self.history = feature_of(window, HistoryFeature)
        self.timeline = feature_of(window, TimelineFeature)

    def steps(self) -> tuple[Callable[[], Iterator[Path]], ...]:
        return (
            self.opens,
            self.walks,
            self.truncates,
            self.keeps_presets,
            self.edits_by_meaning,
            self.lays_out_a_sheet,
            self.mixes,
            self.paints_a_source,
            self.crossfades,
            self.takes_units_away,
            self.rewrites_a_rule,
            self.goes_through_a_network,
            self.measures_the_model,
            self.changes_noise,
            self.paints_in_styles,
            self.goes_back,
            self.compares,
            self.makes_a_clip,
            self.exports_and_restores,
            self.drags_points,
            self.finds_a_photo,
            self.finds_by_words,
            self.adapts_the_model,
            self.draws_words,
            self.shows_the_other_docks,
            self.survives_a_bad_file,
            self.shows_the_light_theme,
        )

    def opens(self) -> Iterator[Path]:
        banner = self.window.banner
        self.wait(
            "the first picture", lambda: self.window.studio.view.shown_recipe or banner.is_error
        )
        if banner.is_error:
            raise TourError(banner.text)
        self.wait("the seed plane", lambda: self.source.panel.plane is not None)
        self.wait("its thumbnails", self.plane_is_full)
        yield self.screenshot("opened")

    def walks(self) -> Iterator[Path]:
        canvas = self.window.canvas
        centre = canvas.picture_rect().center().toPoint()
        with self.expect_change("dragging the picture"):
            self.drag(canvas, centre, centre + QPoint(-120, -80))
        with self.expect_change("the snap button"):
            QTest.mouseClick(self.source.panel.snap, LEFT)
        with self.expect_change("rolling the dice"):
            QTest.mouseClick(self.source.panel.seed.dice, LEFT)
        box = self.source.panel.seed.box
        with self.expect_change("typing a seed"):
            box.selectAll()
            QTest.keyClicks(box, "7")
            QTest.keyClick(box, Qt.Key.Key_Return)
        yield self.screenshot("seed")

    def truncates(self) -> Iterator[Path]:
        slider = self.truncation.panel.psi.slider
        with self.expect_change("psi to 0"):
            self.drag(slider, slider.rect().center(), QPoint(slider.width() // 3, 10))
        yield self.screenshot("truncation")
        with self.expect_change("resetting psi"):
            QTest.mouseClick(self.truncation.panel.psi.reset, LEFT)

    def edits_by_meaning(self) -> Iterator[Path]:
        panel = self.edits.panel
        self.window.show_dock("edits")
        self.wait("sliders or a reason", lambda: panel.rows.rows or panel.notice.isVisible())
        for row in [*panel.rows.rows.values()][:2]:
            slider = row.amount.slider
            with self.expect_change(f"moving {row.name}"):
                self.drag(slider, slider.rect().center(), QPoint(slider.width() * 7 // 10, 10))
        self.wait("the pictures of the directions", panel.grid.is_full)
        yield self.screenshot("edits")
        if panel.rows.rows:
            with self.expect_change("resetting the edits"):
                QTest.mouseClick(panel.reset, LEFT)
            self.window.show_dock("variations")
            self.wait("the pictures of the variations", self.edits.variations.is_full)
            yield self.screenshot("variations")
        self.window.show_dock("timeline")
        self.window.show_dock("mixing-console")

    def lays_out_a_sheet(self) -> Iterator[Path]:
        sheets, path = self.sheets, self.out / "sheet.png"
        path.unlink(missing_ok=True)
        sheets.ask()
        assert sheets.dialog is not None
        dialog = sheets.dialog
        dialog.kind.setCurrentIndex(dialog.kind.findData("psi"))
        self.wait("the sheet", dialog.save.isEnabled)
        self.wait("its preview", dialog.preview.is_full)
        yield self.screenshot("sheets", dialog)
        dialog.order(path)
        self.wait("the sheet's window", lambda: sheets.viewer)
        assert sheets.viewer is not None
        picture = sheets.viewer.picture
        with self.expect_change("a click on a picture of the sheet"):
            place = picture.rect_of(read_sheet(path)[-1]).center().toPoint()
            QTest.mouseClick(picture, LEFT, pos=place)
        sheets.viewer.close()
        self.window.activateWindow()  # keys go to where the hand is
        self.wait("the window", self.window.isActiveWindow)
        self.window.studio.document.undo_stack.undo()
        yield path

    def mixes(self) -> Iterator[Path]:
        bars = self.mixing.panel.rows[0].bars
        group = bars.group_rect("fine" if not bars.group_rect("fine").isEmpty() else "middle")
        with self.expect_change("a group's amount"):
            handle = _at(group, 0.5)
            self.drag(bars, handle, handle - QPoint(0, round(bars.bar_rect(0).height() * 0.9)))
        yield self.screenshot("mixing")
        with self.expect_change("painting amounts"):
            self.drag(bars, _at(bars.bar_rect(0), 0.5), _at(bars.bar_rect(3), 0.5))
        with self.expect_change("another source"):
            QTest.mouseClick(self.mixing.panel.add, LEFT)
        with self.expect_change("a muted source"):
            QTest.mouseClick(self.mixing.panel.rows[1].mute, LEFT)
        yield self.screenshot("two-sources")

    def changes_noise(self) -> Iterator[Path]:
        noise = self.noise.panel
        with self.expect_change("noise off", pixels=self.noise_shows()):
            QTest.mouseClick(noise.modes["none"], LEFT)
        with self.expect_change("seeded noise", pixels=self.noise_shows()):
            QTest.mouseClick(noise.modes["seeded"], LEFT)
        slider = noise.strength.slider
        with self.expect_change("noise strength", pixels=self.noise_shows()):
            self.drag(slider, slider.rect().center(), QPoint(slider.width() - 30, 10))
        yield self.screenshot("noise")

    def paints_in_styles(self) -> Iterator[Path]:
        panel, grid = self.styles.panel, self.styles.panel.grid
        self.window.show_dock("style")
        if self.styles.library.choices():  # else the dock says that there are none
            self.wait("the styles", grid.count)
            with self.expect_change("a click on a style"):
                item = grid.visualItemRect(grid.item(0))
                QTest.mouseClick(grid.viewport(), LEFT, pos=picture_of(item).center())
            square = panel.pad.square
            with self.expect_change("dragging on the pad"):
                start, end = square.place_of((0.1, 0.1)), square.place_of((0.4, 0.3))
                self.drag(square, start.toPoint(), end.toPoint())
            slider = panel.colours.slider
            with self.expect_change("keeping colours"):
                self.drag(slider, QPoint(8, 10), slider.rect().center())
            self.wait("the pictures of the styles", lambda: not grid.item(0).icon().isNull())
            yield self.screenshot("styles")
            with self.expect_change("clearing the style"):
                QTest.mouseClick(panel.clear, LEFT)
        else:
            yield self.screenshot("no-styles")
        self.window.show_dock("mixing-console")

    def goes_back(self) -> Iterator[Path]:
        stack = self.window.studio.document.undo_stack
        history, view = self.window.studio.history, self.history.panel.view
        self.window.show_dock("history")
        commands = [stack.command(i) for i in range(stack.count())]
        changes = sum(isinstance(command, SetRecipe) for command in commands)
        self.wait("the history", lambda: len(history.undo_path) >= changes + 1)
        latest = history.undo_path[-1]
        self.wait("its thumbnails", lambda: history.picture(latest) is not None)
        with self.expect_change("undo"):
            QTest.keyClick(self.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        with self.expect_change("a click in the history"):
            place = view.cell_rect(history.undo_path[stack.index() - 2]).center()
            QTest.mouseClick(view.viewport(), LEFT, pos=place)
        yield self.screenshot("history")

    def keeps_presets(self) -> Iterator[Path]:
        buttons = self.presets.strip.buttons
        kept = self.window.studio.document.recipe
        QTest.mouseClick(buttons[1], LEFT)
        for number in (2, 3, 4):
            with self.expect_change("rolling a seed"):
                self.window.actions_by_id["randomize"].trigger()
            QTest.mouseClick(buttons[number], LEFT)
        self.wait(
            "the pictures of the presets",
            lambda: all(each.picture for each in self.presets.slots.presets.slots.values()),
        )
        with self.expect_change("recalling a preset"):
            QTest.mouseClick(buttons[1], LEFT)
        if self.window.studio.document.recipe != kept:
            raise TourError("A preset did not come back as it was stored.")
        palette = self.window.palette_of_commands
        palette.open()
        QTest.keyClicks(palette.line, "preset")
        yield self.screenshot("presets")
        palette.leave()

    def compares(self) -> Iterator[Path]:
        self.window.actions_by_id["pin"].trigger()
        with self.expect_change("rolling a seed"):
            self.window.actions_by_id["randomize"].trigger()
        self.window.actions_by_id["compare"].trigger()
        yield self.screenshot("compare")
        self.window.actions_by_id["compare"].trigger()

    def makes_a_clip(self) -> Iterator[Path]:
        clips, video = self.timeline, self.out / "clip.webp"
        self.window.show_dock("timeline")
        for step in ("one keyframe", "another keyframe"):
            count = clips.panel.strip.count
            QTest.mouseClick(clips.panel.insert, LEFT)
            if clips.panel.strip.count != count + 1:
                raise TourError(f"Nothing followed from inserting {step}.")
            with self.expect_change("rolling a seed"):
                self.window.actions_by_id["randomize"].trigger()
        QTest.mouseClick(clips.panel.loop, LEFT)
        for index in range(clips.panel.strip.count):
            clips.clip.edit_keys([index], "Change a duration", seconds=0.3)
        with self.expect_change("scrubbing"):
            strip = clips.panel.strip
            self.drag(strip, QPoint(10, 8), QPoint(round(strip.x_of(0.2)), 8))
        yield self.screenshot("timeline")
        clips.ask_export()
        assert clips.dialog is not None
        clips.dialog.codec.setCurrentIndex(list(CODECS).index("webp"))
        clips.dialog.order(video)
        self.wait("the video", lambda: not clips.exporter.is_running)
        if "The loop closes." not in self.window.banner.text:
            raise TourError(f"The loop is not proved closed: {self.window.banner.text}")
        yield video

    def exports_and_restores(self) -> Iterator[Path]:
        picture = self.out / "export.png"
        picture.unlink(missing_ok=True)
        exported = self.window.studio.document.recipe
        self.picture.saver.save_picture_as(picture)
        self.wait("the export", picture.exists)
        yield picture
        if read_recipe(picture) != exported:
            raise TourError("The exported picture does not hold the recipe it was made from.")
        shown = self.window.canvas.image
        written = QImage(str(picture)).convertToFormat(shown.format())
        written.setColorSpace(shown.colorSpace())  # the file says sRGB; the canvas says nothing
        if written != shown:
            raise TourError("The exported picture is not the one on the canvas.")
        with self.expect_change("rolling a seed"):
            self.window.actions_by_id["randomize"].trigger()
        with self.expect_change("dropping the exported picture"):
            self.drop(picture)
        if self.window.canvas.image != shown:
            raise TourError("Dropping the exported picture did not bring it back.")

    def finds_a_photo(self) -> Iterator[Path]:
        photo, panel = self.out / "photo.png", self.photo.panel
        self.window.canvas.image.save(str(photo))  # without a recipe, as any photo is
        with self.expect_change("rolling a seed"):
            self.window.actions_by_id["randomize"].trigger()
        self.drop(photo)
        self.wait("the photo", lambda: self.photo.inverter.photo)
        photo.unlink()
        panel.steps.setValue(TOUR_STEPS)
        with self.expect_change("finding a photo"):
            QTest.mouseClick(panel.work.start, LEFT)
            self.wait("its steps", lambda: not self.photo.inverter.is_running)
        panel.compare.click()
        yield self.screenshot("photo")
        panel.compare.click()

    def shows_the_other_docks(self) -> Iterator[Path]:
        """Of features that no step above works with, such as those of other packages."""
        worked_with = {
            feature.id for feature in vars(self).values() if isinstance(feature, Feature)
        }
        others = [f for f in self.window.features.values() if f.id not in worked_with]
        for dock in (dock for feature in others for dock in feature.docks):
            self.window.show_dock(dock.id)
            if self.window.docks[dock.id].visibleRegion().isEmpty():
                raise TourError(f"The dock {dock.title} cannot be brought in sight.")
            yield self.screenshot(dock.id)

    def survives_a_bad_file(self) -> Iterator[Path]:
        bad = self.out / "not-a-model.pkl"
        bad.write_text("This is a text, not a model.\n", encoding="utf-8")
        shown = self.window.canvas.image
        self.drop(bad)
        self.wait("an error message", lambda: "not-a-model.pkl" in self.window.banner.text)
        bad.unlink()
        if self.window.canvas.image != shown:
            raise TourError("A file that cannot be opened took the picture away.")
        yield self.screenshot("error")
        self.window.banner.clear()

    def shows_the_light_theme(self) -> Iterator[Path]:
        self.window.actions_by_id["theme_light"].trigger()
        yield self.screenshot("light")

    def noise_shows(self) -> bool:
        model = self.window.studio.document.model
        return model is not None and model.has_noise

    def plane_is_full(self) -> bool:
        plane = self.source.panel.plane
        return plane is not None and plane.is_full()


def _at(rect: QRectF, share: float) -> QPoint:
    """Return a point of a rectangle, from its left edge on."""
    return QPointF(rect.left() + rect.width() * share, rect.center().y()).toPoint()

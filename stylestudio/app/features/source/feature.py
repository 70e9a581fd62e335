"""Where the picture comes from: model, seed, seed plane, class."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot

from stylestudio.app.core.feature import (
    EXPLORE,
    FILM,
    LEFT,
    PHOTO,
    SHAPE,
    TEACH,
    About,
    Action,
    Dock,
    Feature,
    FileKind,
    Submenu,
    Takes,
    TourStep,
)
from stylestudio.app.core.recipes import ModelRecipe, first_recipe, holds_latent
from stylestudio.app.features.source.latents import LatentFiles
from stylestudio.app.features.source.model_menu import ModelMenu
from stylestudio.app.features.source.panel import SourcePanel, at_position, plane_position
from stylestudio.app.widgets.seed_box import DICE_SEEDS
from stylestudio.recipe import BlendSource, PlaneSource, RecipeError, SeedSource, blend, label_of
from stylestudio.recipe.numbers import MAX_SEED

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.recipe import Source

SOURCE_HEIGHT = 190  # pixels, of the model, the seed and its place
WALK = 2.0  # seeds crossed by a drag over the picture's whole width
VARY = 1.0  # the share of another seed's w that a drag over the whole width adds


class SourceFeature(Feature):
    """Two docks, a menu of models, and walking the seed plane by dragging the picture."""

    id = "source"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = SourcePanel(studio.document, studio.thumbnails)
        self._around: tuple[SeedSource, ...] = ()  # towards which a source off the plane is varied
        self._walk: tuple[object, float, float] = (None, 0.0, 0.0)  # gesture, place before rounding
        ask = partial(studio.opener.ask, studio.window)
        self.model_menu = ModelMenu(studio.opener, studio.settings, ask, studio.window)
        self.panel.models.setMenu(self.model_menu)
        self.docks = (
            Dock(
                "source",
                "Source",
                self.panel,
                LEFT,
                in_front=True,
                height=SOURCE_HEIGHT,
                about=About(
                    (
                        "Choose the model and the seed that the picture comes from; between seeds "
                        "there are pictures, too.",
                        "Drag the picture or the map to wander, and roll the dice to go elsewhere.",
                    ),
                    (
                        "Karras, Laine and Aila (2019): A Style-Based Generator "
                        "Architecture for Generative Adversarial Networks",
                    ),
                ),
            ),
            Dock(
                "map",
                "Map",
                self.panel.map,
                LEFT,
                below="truncation",
                working_height=240,
                workspaces=(EXPLORE, PHOTO, SHAPE, FILM, TEACH),
                about=About(
                    (
                        "All seeds as a map, on which neighbours blend into each other.",
                        "Click a seed to go there, drag to move between them, and turn the wheel "
                        "to see more.",
                    ),
                    (
                        "Karras, Laine and Aila (2019): A Style-Based Generator "
                        "Architecture for Generative Adversarial Networks",
                    ),
                ),
            ),
        )
        self.tour = (
            TourStep(
                1,
                "Drag the picture to vary it: between any two pictures there are others. The dice "
                "in the tool bar, or the key R, go to a new one altogether.",
                lambda: studio.view.canvas,
            ),
        )
        self.submenus = (Submenu("&File", "open", self.model_menu),)
        self.actions = (
            Action(
                "randomize",
                "&Edit",
                "change",
                "&Roll a seed",
                "Go to a random seed",
                self.randomize,
                ("R",),
                icon="dice",
                on_picture="change",
            ),
            Action(
                "go_to_seed",
                "&Edit",
                "change",
                "&Go to seed…",
                "Go to a seed by its number",
                self.go_to_seed,
                ("G",),
                takes=Takes((0, MAX_SEED), whole=True),
            ),
            Action(
                "reset",
                "&Edit",
                "change",
                "Reset &everything",
                "Keep the source and locked sources of the mix; reset everything else",
                self.reset,
                on_picture="change",
            ),
        )
        self.latents = LatentFiles(studio, self)
        self.latents.found.connect(self.panel.offer_latents)
        studio.sources_at_hand.offer(self.latents.at_hand)
        self.kinds = (
            FileKind(
                "latents",
                "Latents",
                ("*.npy", "*.npz", "*.pt"),
                "latents",
                self.latents.open,
                order=3,
                needs_model=True,
            ),
        )
        studio.view.full_shown.connect(self._on_full_picture)
        studio.view.canvas.walked.connect(self._on_walked)
        studio.document.model_changed.connect(self._forget_around)

    @Slot()
    def randomize(self) -> None:
        """Go to a random seed."""
        self._go_to(random.randrange(DICE_SEEDS), "Roll a seed")

    def go_to_seed(self, number: float) -> None:
        """Go to a seed, with the class of the present source."""
        self._go_to(int(number), f"Go to seed {number:.0f}")

    def _go_to(self, seed: int, text: str) -> None:
        document = self.studio.document
        if document.recipe is not None:
            document.set(document.seeded(seed), text)

    @Slot()
    def reset(self) -> None:
        """Keep the source and locked rows of the mix; all else is what a newcomer sees."""
        current = self.studio.document.current
        if current is not None:
            fresh, source = first_recipe(current.model), current.recipe.source
            kept = tuple(row for row in current.recipe.mixing if row.locked)
            fresh = fresh.replace(source=source, mixing=kept or fresh.mixing)
            if holds_latent(source):
                fresh = fresh.replace(truncation_psi=1.0)  # as photos are shown
            self.studio.document.set_current(ModelRecipe(current.model, fresh), "Reset everything")

    @Slot()
    def _on_full_picture(self) -> None:
        """Add the seed plane once there is a picture, which need not wait for it."""
        self.studio.view.full_shown.disconnect(self._on_full_picture)
        QTimer.singleShot(0, self._add_plane)

    @Slot()
    def _add_plane(self) -> None:
        self.panel.add_plane()

    @Slot(float, float, object)
    def _on_walked(self, dx: float, dy: float, gesture: object) -> None:
        """Move what lies around the source under the picture, as if the picture were a part of it.

        That is the seed plane, and for sources that are not on it a plane of their own.
        """
        recipe = self.studio.document.recipe
        if recipe is None:
            return
        if isinstance(recipe.source, SeedSource | PlaneSource):
            x, y = self._place(gesture, plane_position(recipe))
            x, y = x - dx * WALK, y - dy * WALK
            self._walk = (gesture, x, y)
            there = at_position(round(x, 3), round(y, 3), label_of(recipe.source))
            walked, text = recipe.replace(source=there), "Walk the seed plane"
        else:
            try:
                source = self._varied(recipe.source, -dx * VARY, -dy * VARY)
                walked, text = recipe.replace(source=source), "Vary the source"
            except RecipeError:
                return  # it cannot be taken any further that way
        self.studio.document.set(walked, text, ("walk", gesture))

    def _place(self, gesture: object, shown: tuple[float, float]) -> tuple[float, float]:
        """Where a gesture has got to, finer than recipes say, or steps would be lost in rounding.

        That is the place on show at its start, and after anything else moved it.
        """
        before, x, y = self._walk
        return (x, y) if before == gesture and (round(x, 3), round(y, 3)) == shown else shown

    @Slot()
    def _forget_around(self) -> None:
        """Let go of seeds whose classes another model may not have."""
        self._around = ()

    def _varied(self, source: Source, x: float, y: float) -> Source:
        """Return w + x (w_a - w_c) + y (w_b - w_c), for the w of three random seeds.

        The seeds stay the same while a blend is dragged further, so that the way back leads to
        where it began.
        """
        if not (self._around and isinstance(source, BlendSource)):
            seeds = random.sample(range(DICE_SEEDS), 3)
            self._around = tuple(SeedSource(seed, label_of(source)) for seed in seeds)
        a, b, c = self._around
        return blend([(source, 1.0), (a, x), (b, y), (c, -x - y)])

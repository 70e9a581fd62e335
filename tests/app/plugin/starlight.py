"""A feature of another package: lists of seeds, whose brightest is found on a thread."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel

from stylestudio.app.core.feature import Action, Dock, Feature, FileKind
from stylestudio.app.core.recipes import ModelRecipe, render_in_full
from stylestudio.recipe import SeedSource


class StarlightFeature(Feature):
    id = "starlight"

    def __init__(self, studio):
        super().__init__(studio)
        self.seeds = []
        self.closed = False
        self.label = QLabel("No seeds yet")
        self.docks = (Dock("starlight", "Starlight", self.label),)
        self.actions = (
            Action(
                "find_brightest",
                "&Stars",
                "find",
                "&Find the brightest",
                "Render every seed of the list, and go to the brightest",
                self.find,
                ("Ctrl+Alt+B",),
            ),
        )
        self.kinds = (FileKind("seeds", "Lists of seeds", ("*.seeds",), holds_seeds, self.open),)

    def open(self, paths):
        self.seeds = [int(word) for path in paths for word in path.read_text().split()[1:]]
        self.label.setText(f"{len(self.seeds)} seeds")
        self.studio.dock_wanted.emit("starlight")

    def find(self):
        current, assets, seeds = self.studio.document.current, self.studio.assets, self.seeds

        def work(report, cancel):
            def brightness(seed):
                recipe = current.recipe.replace(source=SeedSource(seed))
                return render_in_full(ModelRecipe(current.model, recipe), assets).mean()

            return max(seeds, key=brightness)

        task = self.studio.tasks.start("Find the brightest", work, owner=self)
        task.succeeded.connect(self._on_found)

    def close(self):
        self.closed = True

    @Slot(object)
    def _on_found(self, seed):
        recipe = self.studio.document.recipe.replace(source=SeedSource(seed))
        self.studio.document.set(recipe, "Go to the brightest")
        self.studio.done.emit(f"The brightest seed is {seed}")


def holds_seeds(path):
    return path.is_file() and path.read_bytes().startswith(b"seeds:")

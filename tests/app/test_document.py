"""The document: every change can be undone, a drag as one step."""

import random

from stylestudio.app.core.document import Look
from stylestudio.recipe import SeedSource


def test_a_drag_is_one_step_and_the_next_drag_another(document):
    start = document.recipe
    for gesture in (1, 2):
        for psi in (0.1, 0.2, 0.3):
            document.set(document.recipe.replace(truncation_psi=psi * gesture), "psi", gesture)
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert document.recipe == start.replace(truncation_psi=0.3)
    document.undo_stack.undo()
    assert document.recipe == start


def test_changes_without_a_gesture_never_merge(document):
    for seed in (1, 2, 3):
        document.set(document.recipe.replace(source=SeedSource(seed)), "seed")
    assert document.undo_stack.count() == 3


def test_setting_the_same_recipe_records_nothing(document):
    document.set(document.recipe, "nothing")
    assert document.undo_stack.count() == 0


def test_undoing_many_random_edits_comes_back_exactly(document):
    rng = random.Random(0)
    start, path = document.look, []
    for _ in range(300):
        recipe = document.recipe.replace(
            truncation_psi=rng.uniform(-1, 2), source=SeedSource(rng.randrange(1000))
        )
        document.set(recipe, "edit")
        path.append(document.look)
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.look == start
    while document.undo_stack.canRedo():
        document.undo_stack.redo()
    assert document.look == path[-1]


def test_opening_another_model_can_be_undone(document, model, make_model):
    recipe = document.recipe
    other = make_model(seed=2, name="other", resolution=64)
    document.open_model(other)
    assert document.model is other
    assert document.recipe.model.sha256 == other.sha256
    document.undo_stack.undo()
    assert document.look == Look(model, recipe)


def test_listeners_hear_of_the_model_before_its_recipe(document, make_model):
    heard = []
    document.model_changed.connect(lambda model: heard.append(model.name))
    document.recipe_changed.connect(lambda recipe: heard.append(recipe.model.name + "'s recipe"))
    document.open_model(make_model(seed=2, name="other"))
    assert heard == ["other", "other's recipe"]

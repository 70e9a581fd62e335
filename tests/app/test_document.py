"""The document: every change can be undone, a drag as one step."""

import gc
import random
import weakref

from stylestudio.app.core.document import OPEN_MODELS
from stylestudio.app.core.recipes import ModelRecipe
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
    start, path = document.current, []
    for _ in range(300):
        recipe = document.recipe.replace(
            truncation_psi=rng.uniform(-1, 2), source=SeedSource(rng.randrange(1000))
        )
        document.set(recipe, "edit")
        path.append(document.current)
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.current == start
    while document.undo_stack.canRedo():
        document.undo_stack.redo()
    assert document.current == path[-1]


def test_opening_another_model_can_be_undone(document, model, make_model):
    recipe = document.recipe
    other = make_model(seed=2, name="other", resolution=64)
    document.open_model(other)
    assert document.model is other
    assert document.recipe.model.sha256 == other.sha256
    document.undo_stack.undo()
    assert document.current == ModelRecipe(model, recipe)


def test_listeners_hear_of_the_model_before_its_recipe(document, make_model):
    heard = []
    document.model_changed.connect(lambda model: heard.append(model.name))
    document.recipe_changed.connect(lambda recipe: heard.append(recipe.model.name + "'s recipe"))
    document.open_model(make_model(seed=2, name="other"))
    assert heard == ["other", "other's recipe"]


def test_undo_keeps_few_models_in_memory_and_asks_for_the_others(document, make_model):
    first, wanted = document.recipe, []
    document.model_wanted.connect(wanted.append)
    models = []
    for seed in range(1, 7):
        other = make_model(seed=seed, name=f"other-{seed}")
        document.open_model(other)
        models.append(weakref.ref(other))
        del other
    gc.collect()
    assert sum(model() is not None for model in models) == OPEN_MODELS
    shown = document.current
    for _ in range(OPEN_MODELS - 1):
        document.undo_stack.undo()
    assert document.model.name == "other-4"
    assert wanted == []
    document.undo_stack.undo()
    assert document.model.name == "other-4"  # until somebody brings the other
    assert [recipe.model.name for recipe in wanted] == ["other-3"]
    again = make_model(seed=3, name="other-3")
    document.show(ModelRecipe(again, document.wanted))
    assert document.model is again
    document.undo_stack.setIndex(0)
    assert document.wanted == first
    document.stay()
    assert document.model is again
    assert document.undo_stack.index() == 3
    document.undo_stack.setIndex(6)
    assert document.wanted == shown.recipe
    assert document.model is again


def test_an_edit_gives_up_the_model_that_undo_waits_for(document, make_model):
    for seed in range(1, 5):
        document.open_model(make_model(seed=seed, name=f"other-{seed}"))
    document.undo_stack.setIndex(0)
    assert document.wanted is not None
    edited = document.recipe.replace(truncation_psi=0.25)
    document.set(edited, "psi")
    assert document.wanted is None
    assert document.recipe == edited
    document.undo_stack.undo()
    assert document.recipe.model.name == "other-4"

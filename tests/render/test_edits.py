"""Edits move rows of ws by exactly what they say, and cost what those rows cost."""

import msgspec
import numpy as np
import pytest
import torch

from stylestudio.recipe import Edit, MixRow, Recipe, SeedSource
from stylestudio.render import Renderer, compose_ws


def random_edit(model, name, amount, layers=None, rows=1, seed=0) -> Edit:
    vector = np.random.RandomState(seed).randn(rows, model.w_dim).astype(np.float32)
    return Edit.from_array(name, vector, amount, layers)


def looks(model) -> Recipe:
    half = tuple(np.linspace(0, 1, model.num_ws))
    return Recipe.from_seed(7, model, truncation_psi=0.7, truncation_cutoff=5).replace(
        mixing=(MixRow(SeedSource(9), half),)
    )


@pytest.mark.parametrize("rows", ["one", "all"])
@pytest.mark.parametrize("layers", [None, "drawn"])
def test_an_edit_adds_amount_times_layers_times_vector(model, rows, layers):
    count = model.num_ws if rows == "all" else 1
    shares = np.random.RandomState(1).rand(model.num_ws) if layers else np.ones(model.num_ws)
    edit = random_edit(model, "a", 1.37, shares if layers else None, count)
    plain, moved = (compose_ws(model, r) for r in (looks(model), looks(model).edit(edit)))
    added = np.float32(1.37) * shares.astype(np.float32)[:, None] * edit.array()
    assert moved.dtype == torch.float32
    assert moved.numpy().tobytes() == (plain.numpy() + added).tobytes()


def test_nothing_is_moved_by_an_amount_of_0_and_by_a_muted_edit(model):
    recipe = looks(model)
    pixels = Renderer(model).render(recipe).pixels
    still = random_edit(model, "a", 0.0)
    muted = msgspec.structs.replace(random_edit(model, "b", 2.0), muted=True)
    renderer = Renderer(model)
    assert (
        renderer.render(recipe.replace(edits=(still, muted))).pixels.tobytes() == pixels.tobytes()
    )
    renderer.render(recipe)
    assert renderer.steps_run == ()


def test_the_order_of_edits_does_not_matter(model):
    edits = [random_edit(model, name, 1.1, seed=seed) for seed, name in enumerate("abcde")]
    one, other = (
        compose_ws(model, looks(model).replace(edits=tuple(order)))
        for order in (edits, [edits[i] for i in (3, 0, 4, 2, 1)])
    )
    assert one.numpy().tobytes() == other.numpy().tobytes()
    total = compose_ws(model, looks(model)).numpy() + sum(1.1 * edit.array() for edit in edits)
    np.testing.assert_allclose(one.numpy(), total, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("first", [0, 3, -1])
def test_rendering_restarts_at_the_first_row_that_is_moved(model, first):
    steps = [step.name for step in model.synthesis.steps]
    row = first % model.num_ws
    begins = next(step.name for step in model.synthesis.steps if step.ws_index == row)
    layers = tuple(float(i >= row) for i in range(model.num_ws))
    recipe = looks(model)
    renderer = Renderer(model)
    before = renderer.render(recipe).pixels
    for amount in (1.0, 2.0):
        after = renderer.render(recipe.edit(random_edit(model, "a", amount, layers))).pixels
        assert renderer.steps_run == tuple(steps[steps.index(begins) :])
        assert (after != before).any()
    assert (renderer.render(recipe).pixels == before).all()


def test_rows_of_0_in_a_vector_are_not_moved(model):
    recipe = looks(model)
    vector = np.zeros((model.num_ws, model.w_dim))
    vector[-1] = 1.0
    renderer = Renderer(model)
    renderer.render(recipe)
    renderer.render(recipe.edit(Edit.from_array("a", vector, 1.0)))
    assert renderer.steps_run == ("b32.torgb",)

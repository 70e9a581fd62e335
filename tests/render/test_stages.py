"""A new part of a recipe is one stage in a list, and restarts only what depends on it."""

import pytest
import torch

import stylestudio as ss
from stylestudio.networks.chain import run_chain, steps_upto
from stylestudio.recipe import Recipe
from stylestudio.render import Renderer, compose_ws, frame


class Push:
    """Moves the last two rows of ws by as much as the recipe's noise seed says."""

    def __init__(self):
        self.applied = 0

    def prepare(self, recipe):
        pass

    def key(self, recipe):
        return recipe.noise_seed

    def apply(self, ws, recipe):
        self.applied += 1
        moved = ws.clone()
        moved[-2:] += recipe.noise_seed / 10
        return moved


class Dim:
    """Weakens the feature maps that one step is given, by the recipe's noise seed."""

    def prepare(self, recipe):
        if recipe.noise_seed == 13:
            raise ss.RecipeError("13 is not for this.")

    def key(self, recipe, step):
        return recipe.noise_seed or None if step.name == "b16.conv1" else None

    def apply(self, given, recipe):
        if self.key(recipe, given.step) is None:
            return given
        state = given.state
        return given._replace(state=state._replace(x=state.x / (1 + recipe.noise_seed)))


@pytest.fixture
def with_stage(monkeypatch):
    def add(kind, stage):
        stages = getattr(frame, kind)
        monkeypatch.setattr(frame, kind, lambda *args: [*stages(*args), stage])

    return add


def test_a_latent_stage_restarts_at_the_rows_that_it_moved(model, with_stage):
    push = Push()
    with_stage("latent_stages", push)
    renderer = Renderer(model)
    first = renderer.render(Recipe.from_seed(7, model, noise_seed=1)).pixels
    second = renderer.render(Recipe.from_seed(7, model, noise_seed=2)).pixels
    assert renderer.steps_run[0] == "b32.conv1"
    assert (first != second).any()
    renderer.render(Recipe.from_seed(7, model, noise_seed=2, noise_strength=2.0))
    assert push.applied == 2  # no part of the latent changed


def test_a_stage_of_synthesis_restarts_at_its_step(model, with_stage):
    with_stage("synthesis_stages", Dim())
    renderer = Renderer(model)
    plain = renderer.render(Recipe.from_seed(7, model)).pixels
    dimmed = renderer.render(Recipe.from_seed(7, model, noise_seed=1)).pixels
    assert renderer.steps_run[0] == "b16.conv1"
    assert (plain != dimmed).any()
    assert (renderer.render(Recipe.from_seed(7, model)).pixels == plain).all()


def test_what_a_stage_cannot_do_is_said_before_any_work(model, with_stage):
    with_stage("synthesis_stages", Dim())
    renderer = Renderer(model)
    with pytest.raises(ss.RecipeError, match="13"):
        renderer.render(Recipe.from_seed(7, model, noise_seed=13))
    assert renderer.steps_run == ()


@pytest.mark.parametrize(
    ("architecture", "last"),
    [("skip", "b16.torgb"), ("resnet", "b32.torgb"), ("orig", "b32.torgb")],
)
def test_a_chain_ends_at_the_first_picture_that_is_large_enough(make_model, architecture, last):
    model = make_model(architecture=architecture)
    steps = model.synthesis.steps
    assert steps_upto(steps, 9)[-1].name == last
    assert steps_upto(steps, None) == steps
    ws = compose_ws(model, Recipe.from_seed(7, model))[None]
    side = int(last.split(".")[0][1:])
    with torch.no_grad():
        assert run_chain(model.synthesis, ws, lambda _: None, 9).shape[-1] == side


def test_a_bank_stays_where_it_is_when_another_device_wants_it(bank_path):
    bank = ss.open_styles(bank_path)
    here, there = torch.device("cpu"), torch.device("meta")
    assert bank.on(here) is bank
    assert bank.on(there) is bank.on(there) is not bank
    assert bank.stylize(torch.rand(3, 32, 32), {"dawn": 1.0}).device == here

"""Directions are ranked by what they change inside a painted region and outside of it."""

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.editing import Directions, rank_by_region
from stylestudio.editing.regions import ranked_changes
from stylestudio.recipe import ModelRef
from stylestudio.render import WrongModelError


def test_what_changes_the_region_alone_comes_first():
    changes = torch.zeros(4, 8, 8)
    changes[0] = 0.5  # everything
    changes[1, :4, :4] = 0.4  # the region
    changes[2, 4:] = 0.9  # the rest
    changes[3, :4, :4] = 0.001  # the region, but hardly
    region = torch.zeros(16, 16)
    region[:8, :8] = 1.0
    ranked = ranked_changes(("all", "here", "there", "faint"), changes, region)
    assert [each.name for each in ranked] == ["here", "all", "faint", "there"]
    assert (ranked[0].inside, ranked[0].outside) == (pytest.approx(0.4), 0.0)
    assert (ranked[3].inside, ranked[3].outside) == (0.0, pytest.approx(0.9 * 32 / 48))


def test_a_region_of_the_picture_finds_its_attributes():
    mouth = np.zeros((256, 256))
    mouth[154:172, 104:152] = 1
    average = ss.Recipe.from_seed(0, "portraits", truncation_psi=0)
    some = ss.open_directions("portraits").only(
        ["sky_tone", "brow_height", "mouth_open", "hair_length", "smile", "cloth_red"]
    )
    told = []
    ranked = rank_by_region("portraits", average, mouth, some, on_progress=told.append)
    assert {each.name for each in ranked[:2]} == {"smile", "mouth_open"}
    assert [each.done for each in told] == [1, 2, 3, 4, 5, 6]


def directions(model) -> Directions:
    rows = np.random.RandomState(0).randn(3, 1, model.w_dim).astype(np.float32)
    return Directions(("a", "b", "c"), rows, None, ModelRef.of(model))


def test_what_the_picture_has_beside_stays(model):
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7).edit(
        directions(model).edit("a", 2.0)
    )
    ranked = rank_by_region(model, recipe, np.ones((4, 4)), directions(model))
    assert len(ranked) == 3
    assert all(each.inside > 0 for each in ranked)
    assert all(each.outside == 0 for each in ranked)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.zeros((8, 8)), "no region is painted"),
        (np.ones(8), r"the mask has shape \[8\]"),
        (np.full((8, 8), np.nan), "of numbers from 0 to 1"),
        ("mouth", "'mouth' was given where a mask is expected"),
    ],
)
def test_what_is_no_region_is_said(model, mask, said):
    with pytest.raises(ss.DirectionError, match=said):
        rank_by_region(model, ss.Recipe.from_seed(7, model), mask, directions(model))


def test_directions_and_recipes_of_another_model_are_said(model, make_model):
    wider, mask = make_model(name="wider", w_dim=12), np.ones((4, 4))
    with pytest.raises(ss.DirectionError, match="for another model"):
        rank_by_region(wider, ss.Recipe.from_seed(7, wider), mask, directions(model))
    other = make_model(seed=4, name="other")
    with pytest.raises(WrongModelError):
        rank_by_region(model, ss.Recipe.from_seed(7, other), mask, directions(model))


def test_ranking_can_be_cancelled(model):
    cancel = ss.Cancel()
    cancel.cancel()
    with pytest.raises(ss.Cancelled):
        rank_by_region(
            model, ss.Recipe.from_seed(7, model), np.ones((4, 4)), directions(model), cancel=cancel
        )

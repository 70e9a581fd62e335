"""Children of two recipes: layers of both parents, the same again from one seed."""

import numpy as np
import pytest
from paper_model import PaperModel

import stylestudio as ss
from stylestudio.recipe import BlendSource, ChannelEdit, Edit, MixRow, SeedSource
from stylestudio.recipe.children import MOST_ROWS, children
from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.mixing import heard

MODEL = PaperModel(c_dim=0)
N = MODEL.num_ws


def parent(seed, **fields):
    return ss.Recipe.from_seed(seed, MODEL, **fields)


def shown(recipe):
    """By layer, how much of each source's seed shows."""
    layers = [{recipe.source.seed: 1.0} for _ in range(N)]
    for row in heard(recipe.mixing):
        for layer, amount in zip(layers, row.acting, strict=True):
            for seed in layer:
                layer[seed] *= 1 - amount
            layer[row.source.seed] = layer.get(row.source.seed, 0.0) + amount
    return [{seed for seed, share in layer.items() if share} for layer in layers]


HALF = (0.0,) * 4 + (0.5,) * 4
WHOLE = (1.0,) * N


@pytest.mark.parametrize(
    "mixing",
    [
        (MixRow(SeedSource(2), HALF),),
        (MixRow(SeedSource(2), WHOLE, muted=True),),
        (MixRow(SeedSource(2), WHOLE, amount=0.5),),
        (MixRow(SeedSource(2), WHOLE), MixRow(SeedSource(5), WHOLE, amount=0.0)),
        (MixRow(SeedSource(2), HALF, solo=True), MixRow(SeedSource(5), WHOLE)),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_each_layer_comes_from_one_parent_and_each_child_has_both(mixing, is_first):
    mixed = parent(1, mixing=mixing)
    other = parent(3, mixing=(MixRow(SeedSource(4), (0.5, 0.0) * 4),))
    mixed, other = (mixed, other) if is_first else (other, mixed)
    ours, theirs = shown(mixed), shown(other)
    for child in children(mixed, other, 12, variation=0):
        layers = shown(child)
        from_other = [layer == its for layer, its in zip(layers, theirs, strict=True)]
        assert layers == [
            its if other else own for own, its, other in zip(ours, theirs, from_other, strict=True)
        ]
        assert 0 < sum(from_other) < N


def test_one_seed_gives_the_same_children_and_another_others():
    a, b = parent(1), parent(3)
    assert children(a, b, 8, 5) == children(a, b, 8, 5)
    assert children(a, b, 8, 5) != children(a, b, 8, 6)
    assert len({*children(a, b, 8, 5)}) == 8


def test_variation_lays_a_little_of_something_new_over_all_layers():
    for child in children(parent(1), parent(3), 4, variation=0.2):
        assert child.mixing[-1].amounts == (0.2,) * N
        assert child.mixing[-1].source.seed not in (1, 3)


def test_edits_act_on_the_layers_of_their_parent():
    ours = Edit.from_array("smile", np.ones(4), amount=1.0)
    theirs = Edit.from_array("smile", np.arange(4), amount=2.0)
    both = ChannelEdit.of("jaw", [("b4.conv1", 0, 1.0)], amount=1.0)
    still = Edit.from_array("still", np.ones(4), amount=0.0)
    a = parent(1, edits=(ours, both, still))
    b = parent(3, edits=(both, theirs))
    for child in children(a, b, 6, variation=0):
        names = [edit.name for edit in child.edits]
        assert names == ["jaw", "smile", "smile 2"]
        assert child.edits[0] == both
        sums = np.add(child.edits[1].layers, child.edits[2].layers)
        assert sums.tolist() == [1.0] * N
        of_a = [3 not in layer for layer in shown(child)]
        assert [bool(share) for share in child.edits[1].layers] == of_a


def test_the_rest_comes_from_one_parent_or_lies_between():
    a = parent(1, truncation_psi=0.2, noise_mode="none", rotate=10.0)
    b = parent(3, truncation_psi=0.8, noise_mode="seeded", noise_seed=9)
    made = children(a, b, 20)
    assert {(c.noise_mode, c.noise_seed) for c in made} == {("none", 0), ("seeded", 9)}
    assert {c.rotate for c in made} == {0.0, 10.0}
    assert all(0.2 <= c.truncation_psi <= 0.8 for c in made)


def test_a_long_line_of_forebears_stays_short():
    a, b = parent(1), parent(2)
    for seed in range(12):
        a, b = children(a, b, 2, seed)
    assert len(a.mixing) <= MOST_ROWS


def test_without_layers_the_sources_are_blended():
    for child in children(parent(1), parent(3), 5, by_layers=False):
        assert isinstance(child.source, BlendSource)
        assert sum(part.weight**2 for part in child.source.parts) == pytest.approx(1.0)
        assert not child.mixing


def test_a_model_of_one_layer_has_children_too():
    small = PaperModel(sha256="c" * 64, num_ws=1, c_dim=0)
    a, b = (ss.Recipe.from_seed(seed, small) for seed in (1, 3))
    assert len(children(a, b, 3)) == 3


def test_parents_of_two_models_and_bad_counts_are_refused():
    other = ss.Recipe.from_seed(1, PaperModel(name="other", sha256="b" * 64, c_dim=0))
    with pytest.raises(RecipeError, match="two of the same model"):
        children(parent(1), other)
    with pytest.raises(RecipeError, match="count"):
        children(parent(1), parent(2), 0)

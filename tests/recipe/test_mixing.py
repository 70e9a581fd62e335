"""Rows of the mix: what takes part, by how much, and what only people see."""

import json

import pytest
from msgspec.structs import replace

from stylestudio.recipe import MixRow, ModelRef, Recipe, RecipeError, SeedSource, interpolate
from stylestudio.recipe.mixing import heard, silenced

MODEL = ModelRef(name="first", sha256="a" * 64, num_ws=8, w_dim=4)


def row(seed: int = 5, amounts: float = 1.0, **fields) -> MixRow:
    return MixRow(SeedSource(seed), (amounts,) * 8, **fields)


def recipe(*rows: MixRow) -> Recipe:
    return Recipe(model=MODEL, source=SeedSource(1), mixing=rows)


def acting(made: Recipe) -> list[tuple[float, ...]]:
    return [each.acting for each in heard(made.mixing)]


def test_mute_and_solo_say_who_takes_part():
    plain, muted, solo = row(1), row(2, muted=True), row(3, solo=True)
    assert heard((plain, muted)) == (plain,)
    assert heard((plain, muted, solo)) == (solo,)
    both = replace(muted, solo=True)
    assert heard((plain, both)) == (both,)  # who asks for one alone wants to see it


def test_the_amount_scales_those_of_the_layers():
    assert row(amounts=0.5).acting == (0.5,) * 8
    assert row(amounts=0.5, amount=0.5).acting == (0.25,) * 8
    amount = recipe(row(amounts=0.5)).set("mixing.0.amount", 0.25)
    assert amount.mixing == (row(amounts=0.5, amount=0.25),)
    with pytest.raises(RecipeError, match=r"amount of a mixing row is 1\.5"):
        row(amount=1.5)


@pytest.mark.parametrize("changed", [{"muted": True}, {"amount": 0.0}])
def test_on_the_way_to_a_row_that_takes_no_part_its_amount_goes_to_0(changed):
    a, b = recipe(row(amount=0.8)), recipe(row(**{"amount": 0.8} | changed))
    assert acting(interpolate(a, b, 0.25)) == [pytest.approx((0.6,) * 8)]
    assert acting(interpolate(b, a, 0.25)) == [pytest.approx((0.2,) * 8)]
    assert interpolate(a, b, 1.0) == b


def test_on_the_way_to_a_solo_the_others_fade():
    a, b = recipe(row(1), row(2)), recipe(row(1), row(2, solo=True))
    assert acting(interpolate(a, b, 0.25)) == [(0.75,) * 8, (1.0,) * 8]


def test_flags_that_both_ends_share_stay():
    a, b = recipe(row(1, muted=True), row(2)), recipe(row(3, muted=True), row(2))
    first, second = interpolate(a, b, 0.5).mixing
    assert first.muted
    assert second == row(2)


def test_what_acts_is_muted_and_what_does_not_stays_at_hand():
    rows = (row(1), row(2, amounts=0.0), row(3, amount=0.0), row(4, muted=True))
    quiet = silenced(rows)
    assert [each.muted for each in quiet] == [True, False, False, True]
    assert not any(any(each.acting) for each in heard(quiet))


def test_what_was_quiet_beside_a_solo_stays_quiet_without_it():
    quiet = silenced((row(1), row(2, solo=True), row(3, muted=True, solo=True)))
    assert [each.muted for each in quiet] == [True, True, True]
    assert not any(any(each.acting) for each in heard(quiet))


def test_what_is_mixed_in_beside_a_solo_shows():
    before = recipe(row(2), row(3, solo=True))
    after = before.mix(4, "0-7", 0.5)
    assert heard(after.mixing) == (row(3, solo=True), row(4, 0.5, solo=True))
    assert heard(before.mix(4, "0-7", muted=True).mixing) == (row(3, solo=True),)
    assert recipe(row(2)).mix(4, "0-7").mixing == (row(2), row(4))


def test_files_without_the_new_fields_open_as_they_were():
    tree = json.loads(recipe(row(amounts=0.5)).to_json())
    for name in ("amount", "muted", "solo", "name", "locked"):
        del tree["mixing"][0][name]
    assert Recipe.from_json(json.dumps(tree)) == recipe(row(amounts=0.5))


def test_words_tell_all_of_it_and_nothing_of_what_is_plain():
    assert "mixing seed 5: layers 0-7 at 1>" in repr(recipe(row()))
    told = repr(recipe(row(name="Mia", amount=0.5, muted=True)))
    assert "mixing 'Mia', seed 5, amount 0.5, muted: layers 0-7 at 1" in told


def test_a_name_has_an_end():
    with pytest.raises(RecipeError, match="80 letters at most"):
        row(name="x" * 81)

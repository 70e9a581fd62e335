"""One store of what recipes name: by content, within a budget, for any number of threads."""

from functools import partial

import pytest
import torch

import stylestudio as ss
from stylestudio.recipe import BankRef, LatentSource, Recipe
from stylestudio.render import Assets, Delta, DeltaError, compose_ws, render

SHA = "0" * 64


def change(model, amount: float) -> Delta:
    """Tuned weights that move every pixel."""
    weight = model.network.synthesis.state_dict()["b4.conv1.weight"]
    return Delta({"b4.conv1.weight": torch.full(weight.shape, amount).half()}, model.sha256)


def tuned(model, delta: Delta) -> Recipe:
    base = Recipe.from_seed(7, model)
    w = compose_ws(model, base).numpy()
    return base.replace(source=LatentSource.from_array(w, "tuned", delta.sha256))


def test_what_was_not_used_for_longest_goes_first(model, tmp_path):
    deltas = [change(model, amount) for amount in (0.1, 0.2, 0.3)]
    assets = Assets(folder=tmp_path, budget=2 * deltas[0].nbytes)
    assets.remember(deltas[0])
    assets.remember(deltas[1])
    assert assets.find(deltas[0].sha256) is deltas[0]
    assets.remember(deltas[2])
    assert [assets.find(delta.sha256) is not None for delta in deltas] == [True, False, True]


def test_what_went_is_read_again_from_its_file(model, tmp_path):
    deltas = [change(model, amount) for amount in (0.1, 0.2)]
    assets = Assets(folder=tmp_path, budget=deltas[0].nbytes)
    for delta in deltas:
        assets.keep(delta)
    assert assets.find(deltas[0].sha256) is None
    again = assets.delta(deltas[0].sha256)
    assert again is not deltas[0]
    assert again.sha256 == deltas[0].sha256


def test_what_is_held_stays_whatever_the_budget(model, tmp_path):
    held, other = change(model, 0.1), change(model, 0.2)
    assets = Assets(folder=tmp_path, budget=1)
    assets.hold(held)
    assets.remember(other)
    assets.remember(change(model, 0.3))
    assert assets.find(held.sha256) is held
    assert assets.find(other.sha256) is None


def test_a_file_that_holds_something_else_by_now_is_not_taken(model, tmp_path):
    assets, delta = Assets(folder=tmp_path), change(model, 0.1)
    assets.locate(SHA, lambda: delta)
    assert assets.find(SHA) is None
    with pytest.raises(DeltaError, match="beside the recipe"):
        assets.delta(SHA)


def test_stores_do_not_know_each_others_assets(model, tmp_path):
    one, other, delta = (
        Assets(folder=tmp_path / "1"),
        Assets(folder=tmp_path / "2"),
        change(model, 1),
    )
    one.remember(delta)
    recipe = tuned(model, delta)
    assert (render(model, recipe, assets=one) != render(model, Recipe.from_seed(7, model))).any()
    with pytest.raises(DeltaError):
        render(model, recipe, assets=other)


def test_a_store_beyond_is_asked_for_what_is_not_at_hand(model, opened, tmp_path):
    shared, delta = Assets([opened], folder=tmp_path), change(model, 0.5)
    shared.remember(delta)
    here = Assets(beyond=shared)
    assert here.delta(delta.sha256) is delta
    assert here.style(BankRef.of(opened)) is opened


def test_builtin_styles_are_read_once(builtin_bank):
    ref, assets = BankRef.of(ss.open_styles(builtin_bank)), Assets()
    assert assets.style(ref) is assets.style(ref)


@pytest.fixture
def opened(bank_path):
    return ss.open_styles(bank_path)


def test_threads_at_one_store_never_clash(model, bank_path, tmp_path, in_threads):
    deltas = [change(model, amount / 10) for amount in range(6)]
    assets = Assets(folder=tmp_path, budget=2 * deltas[0].nbytes)  # so that all are read again
    for delta in deltas:
        delta.save(tmp_path)
    bank = BankRef.of(ss.open_styles(bank_path))
    assets.locate(bank.sha256, partial(ss.open_styles, bank_path))

    def work(start: int) -> list[bool]:
        found = []
        for turn in range(60):
            delta = deltas[(start + turn) % len(deltas)]
            found.append(assets.delta(delta.sha256).sha256 == delta.sha256)
            found.append(assets.style(bank).sha256 == bank.sha256)
        return found

    assert in_threads(work) == 4 * [120 * [True]]


def test_what_is_kept_for_now_goes_unless_something_names_it(model, tmp_path):
    store = Assets(folder=tmp_path)
    passed, shown, kept, held = (change(model, amount) for amount in (0.1, 0.2, 0.3, 0.4))
    for delta in (passed, shown, kept, held):
        store.keep_for_now(delta)
    store.keep(kept)  # for good
    (tmp_path / "0000000000000000.delta.safetensors").touch()  # a crash left it empty
    store.tidy([tuned(model, shown).to_json(), f'"{held.sha256}"'])
    left = {path.name for path in tmp_path.glob("*.safetensors")}
    assert left == {delta.file_name for delta in (shown, kept, held)}
    assert Assets(folder=tmp_path).delta(shown.sha256).sha256 == shown.sha256
    store.keep_for_now(kept)  # an inversion finds the same again
    store.tidy([])
    assert {path.name for path in tmp_path.iterdir()} == {kept.file_name}


def test_only_what_is_kept_for_now_is_dropped(model, tmp_path):
    store, delta = Assets(folder=tmp_path), change(model, 0.1)
    store.keep_for_now(delta)
    store.drop(delta)
    assert not [*tmp_path.iterdir()]
    store.keep(delta)  # for good
    store.keep_for_now(delta)  # an inversion finds the same again, and goes on
    store.drop(delta)
    assert [path.name for path in tmp_path.iterdir()] == [delta.file_name]


@pytest.mark.parametrize("way", ["keep", "adopt"])
def test_damaged_tuned_weights_are_written_again(model, tmp_path, way):
    store, delta = Assets(folder=tmp_path / "own"), change(model, 0.5)
    store.keep(delta)
    whole = (tmp_path / "own" / delta.file_name).read_bytes()
    (tmp_path / delta.file_name).write_bytes(whole)
    (tmp_path / "own" / delta.file_name).write_bytes(whole[:100])
    if way == "keep":
        store.keep(delta)
    else:
        store.adopt(tuned(model, delta), tmp_path)
    assert (tmp_path / "own" / delta.file_name).read_bytes() == whole

"""What inversions keep at hand: encoders and what was measured, in the store of assets."""

import gc
import weakref

import pytest
import safetensors
import torch

import stylestudio as ss
from stylestudio.inversion import find_encoder, inversion_context
from stylestudio.inversion.context import Measured
from stylestudio.inversion.encoder import ENCODERS, new_encoder
from stylestudio.inversion.space import measure_space
from stylestudio.inversion.stored import StoredNetwork
from stylestudio.render import Assets


@pytest.fixture
def teach(tmp_path, monkeypatch):
    """Give a model an untrained encoder, where the user's own are looked for."""
    monkeypatch.setattr("stylestudio.inversion.stored.network_folder", lambda kind: tmp_path)

    def give(model, seed=0):
        torch.manual_seed(seed)
        ENCODERS.save(
            new_encoder(measure_space(model, samples=64)), model, ENCODERS.own_path(model)
        )
        return ENCODERS.read(ENCODERS.own_path(model))

    return give


def weights(encoder):
    return torch.cat([value.flatten() for value in encoder.state_dict().values()])


def test_an_encoder_is_read_once_and_stays_in_its_store(model, teach, monkeypatch):
    stored, assets = teach(model), Assets()
    encoder = find_encoder(model, assets)
    assert torch.equal(weights(encoder), weights(stored.network))
    assert assets.find(stored.sha256).network is encoder
    assert find_encoder(model, assets) is encoder
    assert inversion_context(model, assets).encoder is encoder
    assert find_encoder(model, Assets()) is not encoder


def test_an_encoder_that_was_trained_again_is_found_by_its_content(model, teach):
    assets, first = Assets(), teach(model)
    before = find_encoder(model, assets)
    again = teach(model, seed=1)
    found = find_encoder(model, assets)
    assert found is not before
    assert torch.equal(weights(found), weights(again.network))
    assert again.sha256 != first.sha256


def test_an_encoder_that_does_not_fit_on_the_disk_leaves_the_one_of_before(
    model, teach, monkeypatch
):
    def full(*_, **__):
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    before = teach(model).sha256
    with monkeypatch.context() as patched:
        patched.setattr("safetensors.torch.save_file", full)
        with pytest.raises(ss.CheckpointError, match="the disk is full"):
            teach(model, seed=1)
    assert ENCODERS.read(ENCODERS.own_path(model)).sha256 == before


def test_an_encoder_of_another_model_or_a_damaged_one_serves_nobody(model, make_model, teach):
    other, assets = make_model(seed=1), Assets()
    teach(other)
    ENCODERS.own_path(other).rename(ENCODERS.own_path(model))
    assert find_encoder(model, assets) is None
    ENCODERS.own_path(model).write_bytes(b"no encoder")
    assert find_encoder(model, assets) is None


def test_encoders_go_and_come_back_within_the_budget(model, make_model, teach):
    other = make_model(seed=1)
    one, two = teach(model), teach(other)
    assets = Assets(budget=one.nbytes)
    find_encoder(model, assets)
    find_encoder(other, assets)
    assert assets.find(one.sha256) is None
    assert isinstance(assets.find(two.sha256), StoredNetwork)
    assert torch.equal(weights(find_encoder(model, assets)), weights(one.network))


def test_threads_that_look_for_encoders_never_clash(model, make_model, teach, in_threads):
    models = [model, make_model(seed=1)]
    stored = [teach(each) for each in models]
    assets = Assets(budget=max(each.nbytes for each in stored))  # so that both are read again

    def work(start: int) -> list[bool]:
        found = []
        for turn in range(start, start + 12):
            encoder = find_encoder(models[turn % 2], assets)
            found.append(torch.equal(weights(encoder), weights(stored[turn % 2].network)))
        return found

    assert in_threads(work) == 4 * [12 * [True]]


def test_threads_that_come_first_share_one_encoder(model, teach, in_threads):
    teach(model)
    assets = Assets()
    assert len(set(map(id, in_threads(lambda _: find_encoder(model, assets))))) == 1


def test_what_is_measured_is_shared_through_the_store_and_keeps_no_model(make_model, monkeypatch):
    model, assets, calls = make_model(seed=2), Assets(), []

    def spy(model):
        calls.append(model)
        return measure_space(model, samples=64)

    monkeypatch.setattr("stylestudio.inversion.context.measure_space", spy)
    axes = inversion_context(model, assets).space.axes
    assert inversion_context(model, assets).space.axes is axes
    assert len(calls) == 1
    assert assets.find(Measured.of(model).sha256).nbytes >= axes.nbytes
    calls.clear()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None

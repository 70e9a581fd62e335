"""Rewriting: one convolution changes along few directions, and only what is like the context."""

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.editing import Painted, RewriteError, rewrite
from stylestudio.editing.keys import RIDGE, KeyMoments, rewritable_layers
from stylestudio.editing.rewrite_folder import RewriteFolder, TrayPicture, Trays
from stylestudio.editing.rewrite_sheet import FIRST_SEED, SHOWN, UnseenSamples
from stylestudio.editing.rewriting import RewriteSettings, Rewriting
from stylestudio.progress import Cancel, Cancelled
from stylestudio.render import Assets, compose_ws
from stylestudio.training.runs import RunError, load_state, save_state

LAYER, SIDE = "b16.conv1", 16
CONTEXT, UNSEEN = (1, 2, 3, 4), range(20, 30)
BOX = (slice(8, 16), slice(8, 16))  # of 32 pixels


@pytest.fixture(scope="module")
def model(make_network, tmp_path_factory):
    """A model whose constant has something of its own in the box: a context to be recognised."""
    network = make_network(channel_base=512, channel_max=32)
    random = torch.Generator().manual_seed(5)
    network.synthesis.b4.const[:, 1, 1] += 6 * torch.randn(32, generator=random)
    path = tmp_path_factory.mktemp("models") / "planted.safetensors"
    write_safetensors(path, network, name="planted")
    return ss.open_model(path, device="cpu", precision="float32")


def box(place=BOX):
    mask = np.zeros((32, 32))
    mask[place] = 1
    return mask


def look(model, seed):
    return ss.Recipe.from_seed(seed, model, truncation_psi=0.2)


def context(model):
    return [Painted(look(model, seed), box()) for seed in CONTEXT]


@pytest.fixture(scope="module")
def copied(model):
    """Another place of another picture: what it shows is not what the context shows."""
    return Painted(look(model, 7), box((slice(20, 28), slice(4, 12))))


def rewritten(model, copied, tmp_path, **options):
    options = {"layer": LAYER, "samples": 64, "folder": tmp_path} | options
    return rewrite(model, copied, context(model), **options)


def key_moments(model, samples, folder):
    moments = KeyMoments(model, LAYER, samples, folder)
    while not moments.finished:
        moments.advance()
    return moments.mean


def keys_and_values(model, recipe, delta=None):
    """What the convolution reads, times the styles, and writes: by hooks on a plain network."""
    module = model.network.synthesis.get_submodule(LAYER)
    seen, plain = {}, module.weight.detach().clone()

    def hook(layer, inputs, output):
        x, w = inputs[0], inputs[1]
        seen["keys"] = (x * layer.affine(w)[:, :, None, None])[0]
        seen["values"] = output[0]

    handle = module.register_forward_hook(hook)
    try:
        with torch.no_grad():
            if delta is not None:
                module.weight.add_(delta.tensors[f"{LAYER}.weight"].float())
            model.network.synthesize(compose_ws(model, recipe)[None], "const")
    finally:
        handle.remove()
        with torch.no_grad():
            module.weight.copy_(plain)
    return seen["keys"], seen["values"]


def test_a_change_of_rank_one_lies_along_the_whitened_mean_key(model, copied, tmp_path):
    found = rewritten(model, copied, tmp_path, rank=1)
    change = found.delta.tensors[f"{LAYER}.weight"].float()
    rows = change.permute(0, 2, 3, 1).flatten(0, 2)  # [O * 9, I]
    _, sizes, right = torch.linalg.svd(rows)
    assert sizes[1] < 0.01 * sizes[0]
    moments = key_moments(model, 64, tmp_path)
    moments = moments + RIDGE * torch.linalg.eigvalsh(moments).mean() * torch.eye(len(moments))
    inside = [keys_and_values(model, p.recipe)[0][:, 4:8, 4:8].flatten(1) for p in context(model)]
    keys = torch.cat(inside, 1).double()
    # The leading direction of the whitened keys is near C^-1 k*, as they are much alike.
    wanted = torch.linalg.solve(moments, keys.mean(1))
    cosine = torch.nn.functional.cosine_similarity(right[0].double(), wanted, dim=0)
    assert abs(cosine) > 0.95
    assert (found.directions[0].double() @ keys).mean() == pytest.approx(1, abs=1e-3)


def test_second_moments_are_those_of_all_keys_and_are_kept(model, tmp_path, monkeypatch):
    moments = key_moments(model, 8, tmp_path)
    zs, total = np.random.RandomState(1).randn(8, model.z_dim), 0.0
    for ws in model.map(zs, truncation_psi=0.7):
        source = ss.LatentSource.from_array(ws.numpy())
        recipe = ss.Recipe.from_seed(0, model).replace(source=source)
        keys = keys_and_values(model, recipe)[0].flatten(1).double()
        total = total + keys @ keys.T / keys.shape[1] / 8
    assert torch.allclose(moments, total, rtol=1e-4, atol=1e-5)
    monkeypatch.setattr(model.network.mapping, "forward", lambda *_: pytest.fail("again"))
    assert torch.equal(key_moments(model, 8, tmp_path), moments)


def test_common_keys_are_those_of_all_classes_also_after_a_break(make_model, tmp_path):
    model = make_model(seed=3, c_dim=3)
    whole, first, then = (KeyMoments(model, LAYER, 48, tmp_path / name) for name in "abc")
    while not whole.finished:
        whole.advance()
    first.advance()
    then.load_state_dict(first.state_dict())
    while not then.finished:
        then.advance()
    assert torch.equal(then.mean, whole.mean)
    expected = 0.0
    for seed in range(96):
        source = ss.SeedSource(seed, tuple(np.eye(3)[seed % 3]))
        recipe = ss.Recipe.from_seed(seed, model, source=source, truncation_psi=0.7)
        keys = keys_and_values(model, recipe)[0].flatten(1).double()
        expected = expected + keys @ keys.T / keys.shape[1] / 96
    assert (whole.mean - expected).norm() < 0.3 * expected.norm()


def test_pictures_not_seen_before_change_as_wanted_and_little_elsewhere(model, copied, tmp_path):
    delta = rewritten(model, copied, tmp_path, rank=1).delta
    _, source = keys_and_values(model, copied.recipe)
    goal = source[:, 10:14, 2:6]
    reached, inside, outside = 0, [], []
    for seed in UNSEEN:
        recipe = look(model, seed)
        before, after = (keys_and_values(model, recipe, each)[1] for each in (None, delta))
        wanted, got = goal - before[:, 4:8, 4:8], (after - before)[:, 4:8, 4:8]
        reached += bool((wanted * got).sum() >= 0.5 * wanted.square().sum())
        moved = (after - before).abs().mean(0)
        rest = torch.ones(SIDE, SIDE, dtype=torch.bool)
        rest[2:10, 2:10] = False
        inside.append(float(moved[4:8, 4:8].mean()))
        outside.append(float(moved[rest].mean()))
    assert reached >= 0.8 * len(UNSEEN)
    assert np.mean(outside) < 0.65 * np.mean(inside)


def test_the_delta_changes_pictures_by_its_amount(model, copied, tmp_path):
    found = rewritten(model, copied, tmp_path, name="hat")
    recipe = look(model, 30)
    own, half, full = (
        ss.render(model, recipe.delta(found.delta, amount), deltas=[found.delta])
        for amount in (0.0, 0.5, 1.0)
    )
    assert (own == ss.render(model, recipe)).all()
    assert np.abs(full.astype(int) - own).mean() > np.abs(half.astype(int) - own).mean() > 0
    assert (found.delta.name, found.layer) == ("hat", LAYER)
    answers = found.answers(model, recipe)
    assert answers[4:8, 4:8].mean() > 2 * answers.abs().mean()


def test_work_reports_ends_early_and_is_cancelled(model, copied, tmp_path):
    reports, cancel = [], Cancel()

    def report(progress):
        reports.append(progress)
        if progress.stage == "Rewriting":
            cancel.finish()

    rewritten(model, copied, tmp_path, on_progress=report, cancel=cancel)
    assert {each.stage for each in reports} == {"Learning usual features", "Rewriting"}
    assert reports[-1].done < reports[-1].total
    cancel = Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        rewritten(model, copied, tmp_path, cancel=cancel)


def test_it_goes_on_from_a_state_as_if_never_interrupted(model, copied, tmp_path):
    settings = RewriteSettings(layer=LAYER, samples=20, steps=9)

    def begun(folder):
        return Rewriting(model, copied, context(model), (), settings, folder=tmp_path / folder)

    def done(rewriting):
        while not rewriting.finished:
            rewriting.advance()
        return rewriting.result().delta.sha256

    whole = done(begun("whole"))
    for stop_after in (2, 7):  # while keys are learnt, and in the descent
        first, then = begun(f"first{stop_after}"), begun(f"then{stop_after}")
        for _ in range(stop_after):
            first.advance()
        path = tmp_path / f"{stop_after}.pt"
        save_state(first, path)
        load_state(then, path)
        assert (then.step, then.descended) == (stop_after, max(0, stop_after - 3))
        assert done(then) == whole
    other = Rewriting(model, copied, context(model)[1:], (), settings, folder=tmp_path)
    with pytest.raises(RunError, match="other settings"):
        load_state(other, path)


def test_samples_are_seeds_that_nobody_painted_before_and_after(model, copied, tmp_path):
    found = rewritten(model, copied, tmp_path, rank=1, name="hat")
    like = look(model, 7).delta(found.delta)  # of an earlier try, which the next one replaces
    seen = [look(model, seed) for seed in (FIRST_SEED, FIRST_SEED + 3)]
    samples = UnseenSamples(model, like, "hat", seen, Assets([found.delta]))
    assert samples.seeds[:3] == [FIRST_SEED + 1, FIRST_SEED + 2, FIRST_SEED + 4]
    assert len(samples.seeds) == SHOWN
    first = ss.render(model, look(model, samples.seeds[0]))
    assert (samples.before[:32, :32] == first).all()
    sheet = samples.after(found)
    changed = ss.render(
        model, look(model, samples.seeds[0]).delta(found.delta), deltas=[found.delta]
    )
    assert (sheet.picture[:32, :32] == changed).all()
    assert sheet.acting > 1.2 * sheet.elsewhere > 0


def test_trays_and_what_was_left_are_kept_and_damage_is_nothing(model, copied, tmp_path):
    folder = RewriteFolder(tmp_path / "kept")
    assert folder.trays(model.sha256) == Trays()
    assert folder.unfinished() is None
    picture = TrayPicture(copied.recipe.to_json(), ss.Mask.from_array(copied.mask), b"png")
    folder.keep_trays(model.sha256, Trays(copy=(picture,)))
    (kept,) = folder.trays(model.sha256).copy
    assert kept.painted().recipe == copied.recipe
    assert (kept.painted().mask == copied.mask).all()
    settings = RewriteSettings(layer=LAYER, samples=8, steps=4, name="hat")
    begun = Rewriting(model, copied, context(model), (), settings, folder=tmp_path)
    for _ in range(3):
        begun.advance()
    save_state(begun, folder.state)
    left = folder.unfinished()
    assert (left.model_sha256, left.settings, left.done) == (model.sha256, settings, 0.5)
    resumed = left.resumed(model, Assets())
    for each in (begun, resumed):
        while not each.finished:
            each.advance()
    assert resumed.result().delta.sha256 == begun.result().delta.sha256
    for path in folder.folder.iterdir():
        path.write_bytes(b"{damaged")
    assert folder.trays(model.sha256) == Trays()
    assert folder.unfinished() is None


def test_what_cannot_be_is_said_in_a_sentence(model, copied, tmp_path):
    with pytest.raises(RewriteError, match=r"no layer 'b32\.conv9'"):
        rewritten(model, copied, tmp_path, layer="b32.conv9")
    with pytest.raises(RewriteError, match="no context is painted"):
        rewrite(model, copied, [], layer=LAYER, samples=8, folder=tmp_path)
    empty = Painted(copied.recipe, np.zeros((32, 32)))
    with pytest.raises(ss.DirectionError, match="no region is painted"):
        rewrite(model, empty, context(model), layer=LAYER, samples=8, folder=tmp_path)
    dot = np.zeros((256, 256))
    dot[20, 20] = 1
    small = Painted(copied.recipe, dot)
    for trays in ((small, context(model)), (copied, [small])):
        with pytest.raises(RewriteError, match="too small"):
            rewrite(model, *trays, layer="b8.conv1", samples=8, folder=tmp_path)
    spot = Painted(copied.recipe, box((slice(8, 10), slice(8, 10))))
    with pytest.raises(RewriteError, match="1 of the 3 places that rank 3 needs"):
        rewrite(model, copied, [spot], layer=LAYER, samples=8, folder=tmp_path)
    with pytest.raises(RewriteError, match="rank is 9"):
        rewritten(model, copied, tmp_path, rank=9)
    assert rewritable_layers(model) == ("b4.conv1", "b8.conv1", "b16.conv1", "b32.conv1")

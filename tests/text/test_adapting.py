"""Models taken to another domain, by words and by pictures, on the smallest of models."""

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.inversion.projection import ramp
from stylestudio.progress import Cancelled
from stylestudio.recipe.numbers import MAX_SEED
from stylestudio.render.colours import LUMA
from stylestudio.render.tuning import step_of
from stylestudio.text.adapt_folder import AdaptFolder
from stylestudio.text.adapt_target import Pair, _missing_variety
from stylestudio.text.adapting import COOL_DOWN, WARM_UP, Adaptation, AdaptSettings, variety
from stylestudio.text.prompts import wishes_of
from stylestudio.training.runs import RunError, load_state, run, save_state


class Brightness:
    """A text model of two words: pictures are as bright as they are."""

    image_size, dim, name, sha256 = 32, 2, "Brightness", "b" * 64
    device, words = torch.device("cpu"), ()

    def embed_images(self, pictures):
        angle = pictures.mean((1, 2, 3)) * torch.pi / 2
        return torch.stack([angle.sin(), angle.cos()], 1)

    def embed_text(self, texts):
        return torch.stack(
            [torch.tensor([1.0, 0.0] if "bright" in t else [0.0, 1.0]) for t in texts]
        )


def settings(**changed):
    asked = {"wishes": wishes_of("bright"), "instead_of": "dark", "steps": 6, "batch": 2}
    asked |= {"layers": "all"}
    return AdaptSettings(**(asked | changed))


@pytest.fixture(scope="module")
def model(make_model):
    return make_model(precision="float32")


@pytest.fixture(scope="module")
def adapted(model):
    """All snapshots of a short adaptation."""
    adaptation = Adaptation(model, Brightness(), settings())
    return [adaptation.advance().snapshot for _ in range(6)]


def weights_of(delta):
    return {name: tensor.numpy().tobytes() for name, tensor in delta.tensors.items()}


def test_every_snapshot_is_nearer_to_the_words(adapted):
    likenesses = [snapshot.likeness for snapshot in adapted]
    assert likenesses == sorted(likenesses)
    assert likenesses[-1] > likenesses[0]
    assert [snapshot.step for snapshot in adapted] == [1, 2, 3, 4, 5, 6]
    assert adapted[-1].picture.shape == (96, 96, 3)
    assert adapted[-1].picture.mean() > adapted[0].picture.mean()


def test_the_model_itself_stays(model, adapted):
    before = ss.render(model, ss.Recipe.from_seed(3, model))
    again = Adaptation(model, Brightness(), settings())
    again.advance()
    assert np.array_equal(ss.render(model, ss.Recipe.from_seed(3, model)), before)
    assert not any(name.endswith("noise_strength") for name in adapted[-1].delta.tensors)


def test_the_delta_goes_from_the_model_to_what_was_trained(model, adapted):
    recipe, delta = ss.Recipe.from_seed(3, model), adapted[-1].delta
    plain = ss.render(model, recipe)
    none, half, whole = (
        ss.render(model, recipe.delta(delta, amount), deltas=[delta]).astype(float)
        for amount in (0, 0.5, 1)
    )
    assert np.array_equal(none, plain)
    assert whole.mean() > half.mean() > none.mean()


def test_pictures_lend_their_style(model):
    pictures = [torch.full((3, 40, 32), 0.9) - 0.1 * torch.rand(3, 40, 32) for _ in range(4)]
    adaptation = Adaptation(
        model, Brightness(), settings(wishes=(), instead_of="", steps=12), pictures
    )
    target = adaptation.target
    assert adaptation.pictures.shape == (4, 3, 32, 32)
    before = target.style_distance(adaptation.pictures_of(9, 1))
    for _ in range(12):
        adaptation.advance()
    after = target.style_distance(adaptation.pictures_of(9, 1))
    assert after < 0.9 * before


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_picture_of_one_flat_colour_is_followed(model, shade):
    """Such as a white drawing on a transparent ground, which is read over white."""
    told = []
    flat = torch.full((3, 32, 32), shade)
    delta = ss.adapt_model(model, pictures=[flat], steps=3, on_progress=told.append)
    assert all(torch.isfinite(change).all() for change in delta.tensors.values())
    assert np.isfinite([[each.loss, each.snapshot.likeness] for each in told]).all()


def test_pictures_that_come_together_are_worse(model):
    pictures = [torch.full((3, 32, 32), 0.7) + 0.2 * torch.rand(3, 32, 32) for _ in range(4)]
    adaptation = Adaptation(model, Brightness(), settings(wishes=(), instead_of=""), pictures)
    frozen = torch.rand(4, 3, 64, 64) * torch.linspace(0.2, 1.0, 4)[:, None, None, None]
    tinted = frozen.mean((0, 1), keepdim=True).repeat(4, 3, 1, 1)
    tinted[:, 0] += torch.linspace(0, 0.4, 4)[:, None, None]  # as bright, but for a tint
    tinted[:, 1] -= torch.linspace(0, 0.4, 4)[:, None, None] * LUMA[0] / LUMA[1]
    apart, tints = (_missing_variety(Pair(x, frozen)) for x in (frozen * 0.9, tinted))
    assert apart == 0
    assert tints > 0.5
    assert adaptation.target.loss(Pair(tinted, frozen), 0).isfinite()


@pytest.mark.parametrize("layers", ["coarse", "middle"])
def test_only_the_layers_asked_for_change(model, layers):
    adaptation = Adaptation(model, Brightness(), settings(layers=layers, steps=1))
    steps = model.network.synthesis.steps
    assert not adaptation.snapshot().delta.tensors
    changed = {
        step_of(steps, name).ws_index for name in adaptation.advance().snapshot.delta.tensors
    }
    assert changed == {layer.index for layer in model.layers if layer.group == layers}


def test_layers_that_matter_most_train(model):
    """Of six rows, four at each step; those with the largest gradients."""
    choice = Adaptation(model, Brightness(), settings(layers="auto"))._choice
    for parameter in choice.parameters:
        parameter.grad = torch.ones_like(parameter)
    gradient = torch.zeros(2, model.num_ws, model.w_dim)
    gradient[:, 2:] = torch.arange(1.0, model.num_ws - 1)[:, None]
    choice.choose(gradient)
    training = {row for row, each in choice.rows.items() if each[0].grad is not None}
    count = round(2 / 3 * model.num_ws)
    assert training == set(range(model.num_ws - count, model.num_ws))


def test_any_seed_draws_samples_of_its_own(model):
    likenesses = set()
    for seed in (0, 5000, MAX_SEED):
        adaptation = Adaptation(model, Brightness(), settings(seed=seed, steps=1))
        likenesses.add(adaptation.advance().snapshot.likeness)
    assert len(likenesses) == 3


def test_it_goes_on_from_a_state_as_if_never_interrupted(model, adapted, tmp_path):
    adaptation = Adaptation(model, Brightness(), settings())
    for _ in range(3):
        adaptation.advance()
    save_state(adaptation, tmp_path / "state")
    again = Adaptation(model, Brightness(), settings())
    load_state(again, tmp_path / "state")
    last = [progress.snapshot for progress in run(again, tmp_path / "state")][-1]
    assert weights_of(last.delta) == weights_of(adapted[-1].delta)
    other = Adaptation(model, Brightness(), settings(seed=1))
    with pytest.raises(RunError, match="seed"):
        load_state(other, tmp_path / "state")


def test_it_is_made_again_from_its_state_alone(model, make_model, tmp_path):
    shown = [torch.rand(3, 50, 40) for _ in range(2)]
    adaptation = Adaptation(model, Brightness(), settings(wishes=(), instead_of=""), shown)
    adaptation.advance()
    folder = AdaptFolder(tmp_path)
    assert folder.unfinished() is None
    save_state(adaptation, folder.state)
    left = folder.unfinished()
    assert left.step == 1
    again = left.resumed(model, Brightness(), folder.state)
    assert weights_of(again.advance().snapshot.delta) == weights_of(
        adaptation.advance().snapshot.delta
    )
    with pytest.raises(RunError, match="another model"):
        left.resumed(make_model(seed=1), Brightness(), folder.state)
    folder.state.write_bytes(b"no state")
    assert folder.unfinished() is None


def test_a_folder_keeps_snapshots_and_clears_only_them(adapted, tmp_path):
    folder = AdaptFolder(tmp_path)
    (tmp_path / "mine.png").write_bytes(b"mine")
    for snapshot in adapted[:2]:
        folder.keep(snapshot)
    (tmp_path / "00002.png").write_bytes(b"damaged")
    (found,) = folder.snapshots()
    assert (found.step, found.likeness) == (1, adapted[0].likeness)
    assert np.array_equal(found.picture(), adapted[0].picture)
    assert ss.open_delta(found.delta).sha256 == adapted[0].delta.sha256
    folder.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.png"]


def test_it_can_be_cancelled_and_ended_early(model):
    cancel, seen = ss.Cancel(), []

    def stop(progress):
        seen.append(progress.done)
        cancel.finish()

    text = Brightness()
    delta = ss.adapt_model(model, "bright", text, steps=50, on_progress=stop, cancel=cancel)
    assert seen == [1]
    assert delta.name == "bright"
    cancel = ss.Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        ss.adapt_model(model, "bright", text, steps=50, cancel=cancel)


@pytest.mark.parametrize(
    ("asked", "pictures", "said"),
    [
        ({"wishes": ()}, 0, "either words or pictures"),
        ({}, 1, "either words or pictures"),
        ({"wishes": ()}, 65, "65 pictures"),
        ({"instead_of": "bright"}, 0, "no difference"),
        ({"layers": "middle"}, 0, "no middle layers"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(make_model, asked, pictures, said):
    model = make_model(resolution=8)
    shown = [torch.rand(3, 32, 32)] * pictures
    with pytest.raises(ss.TextModelError, match=said) as error:
        Adaptation(model, Brightness(), settings(**asked), shown)
    assert len(str(error.value)) <= 160


def test_the_rate_rises_and_falls():
    rates = [ramp(part / 20, WARM_UP, COOL_DOWN) for part in range(21)]
    assert 0 < rates[0] < 0.2
    assert max(rates) == rates[2] == 1
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[20] < 1e-6


def test_variety_counts_how_pictures_differ():
    same = torch.rand(1, 3, 32, 32).expand(4, -1, -1, -1)
    assert variety(same) < 1e-3
    near, far = (same + size * torch.rand(4, 3, 32, 32) for size in (0.1, 0.4))
    assert variety(far) > 3 * variety(near)


def test_words_that_say_nothing_about_a_model_are_refused(model):
    lexicon = ss.open_text_model("lexicon")
    with pytest.raises(ss.TextModelError, match="knows only StyleStudio's own worlds"):
        Adaptation(model, lexicon, settings(wishes=wishes_of("green hair")))

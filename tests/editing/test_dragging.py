"""Points dragged over a picture: by changing shapes alone, and nothing else of the recipe."""

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.cli.drag_report import _landmarks, _matched, _picture
from stylestudio.editing.dragging import map_step
from stylestudio.editing.latent_moves import MovingLatent, movable_rows
from stylestudio.editing.point_motion import FeaturePoints, held_back
from stylestudio.networks import progan, stylegan1, stylegan3
from stylestudio.recipe import BlendPart, BlendSource, MixRow, SeedSource
from stylestudio.render import Assets, Delta, WrongModelError, compose_ws
from stylestudio.render.feature_maps import FeatureMaps


def last_of(steps):
    """Where a drag has come to in the end."""
    *_, last = steps
    return last


def tuned(model):
    """Changes of all weights."""
    random = torch.Generator().manual_seed(1)
    state = model.network.synthesis.state_dict()
    changes = {
        name: (torch.randn(value.shape, generator=random) * 0.1).half()
        for name, value in state.items()
    }
    return Delta(changes, model.sha256)


def test_a_look_with_a_crossfaded_mapping_keeps_all_its_rows(make_model):
    """Seeds are mapped by both models; the latent that takes their place has what both say."""
    model, sibling = make_model(), make_model(1, "sibling")
    assets = Assets()
    assets.hold(sibling)
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    recipe = recipe.delta(ss.DeltaUse.of(sibling, 0.3, mapping=0.6))
    last = map_step(model)
    run = model.synthesis.steps[: model.synthesis.steps.index(last) + 1]
    moving = MovingLatent(model, recipe, run, assets, 0.1)
    rows = len(movable_rows(model, recipe, run))
    latent = moving.source(np.zeros((rows, model.w_dim), np.float32))
    found = compose_ws(model, recipe.replace(source=latent), assets)
    assert torch.allclose(found, compose_ws(model, recipe, assets), atol=1e-4)
    region = ss.Region.of("a", 12, np.ones((8, 8)))
    look = recipe.intervene(region)
    assert FeatureMaps(model, look, last, assets)(moving.ws).isfinite().all()


# --- feature maps ------------------------------------------------------------------------------


def test_maps_are_those_of_the_whole_network_and_gradients_reach_ws(make_network, make_model):
    model = make_model(resolution=64)
    network = make_network(resolution=64)
    delta, assets = tuned(model), Assets()
    assets.hold(delta)
    for name, value in network.synthesis.state_dict().items():
        value.add_(delta.tensors[name].float())
    ws = compose_ws(model, ss.Recipe.from_seed(7, model)).clone().requires_grad_()
    source = ss.LatentSource.from_array(ws.detach().numpy(), "tuned", delta.sha256)
    recipe = ss.Recipe.from_seed(7, model).replace(source=source)
    seen = []
    network.synthesis.get_submodule("b32.conv1").register_forward_hook(
        lambda _module, _given, made: seen.append(made)
    )
    network.synthesize(ws[None])
    maps = FeatureMaps(model, recipe, map_step(model), assets)
    assert [step.name for step in maps.steps][-1] == "b32.conv1"
    made = maps(ws)
    assert torch.allclose(made, seen[0], atol=1e-5)
    (gradient,) = torch.autograd.grad(made.square().sum(), ws)
    (expected,) = torch.autograd.grad(seen[0].square().sum(), ws)
    assert torch.allclose(gradient, expected, rtol=1e-3, atol=1e-3)
    assert gradient[0].any()


def test_maps_are_those_of_weights_on_the_way_to_another_model(make_network, make_model):
    model, sibling = make_model(), make_model(1, "sibling")
    network, theirs = make_network(), make_network(1).synthesis.state_dict()
    for name, value in network.synthesis.state_dict().items():
        value.lerp_(theirs[name], 0.25)
    recipe = ss.Recipe.from_seed(7, model).delta(sibling, 0.25)
    ws, seen = compose_ws(model, recipe), []
    last = map_step(model)
    network.synthesis.get_submodule(last.name).register_forward_hook(
        lambda _module, _given, made: seen.append(made)
    )
    network.synthesize(ws[None])
    assert torch.allclose(FeatureMaps(model, recipe, last, Assets())(ws), seen[0], atol=1e-5)


def test_maps_follow_the_noise_of_the_recipe(model):
    plain = ss.Recipe.from_seed(7, model)
    ws = compose_ws(model, plain)
    made = [
        FeatureMaps(model, recipe, map_step(model), Assets())(ws)
        for recipe in (plain, plain.replace(noise_mode="seeded", noise_seed=3))
    ]
    assert not torch.equal(*made)


def test_maps_follow_interventions(make_model):
    model = make_model(name="larger", resolution=64)
    plain = ss.Recipe.from_seed(7, model)
    ws, last = compose_ws(model, plain), map_step(model)
    names = [step.name for step in model.synthesis.steps]
    before = FeatureMaps(model, plain, last, Assets())(ws)
    ablated = ss.Intervention.of("a", names.index("b8.conv1"), "scale", 0.0)
    nothing = FeatureMaps(model, plain.replace(interventions=(ablated,)), last, Assets())
    assert (nothing(ws) - before).abs().max() > 0.1
    ws = ws.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(nothing(ws).sum(), ws)
    assert not gradient[:2].any()  # what came before has no say any more
    assert gradient[4].any()


@pytest.mark.parametrize("extent", [1.0, 1.5])
def test_points_are_found_where_what_they_show_has_gone(extent):
    first = torch.randn(1, 6, 24, 24, generator=torch.Generator().manual_seed(0))
    first = torch.nn.functional.avg_pool2d(first, 3, 1, 1)
    handles = torch.tensor([[0.5, 0.5], [0.4, 0.6]])
    seen = FeaturePoints(first, handles, extent)
    places, lost = seen.find(first.roll((1, 2), (2, 3)), handles)  # down by 1, right by 2
    moved = torch.tensor([2.0, 1.0]) * extent / 24
    assert torch.allclose(places, handles + moved, atol=1e-5)
    assert lost.max() < 1e-4
    places, lost = seen.find(torch.randn_like(first), handles)
    assert lost.min() > 0.2


def test_the_loss_asks_what_is_ahead_to_become_what_is_here():
    first = torch.zeros(1, 1, 8, 8)
    first[..., 3:5, 2:4] = 1.0
    seen = FeaturePoints(first, torch.tensor([[3 / 8, 0.5]]), 1.0)
    maps = first.clone().requires_grad_()
    loss = seen.motion_loss(maps, torch.tensor([[3 / 8, 0.5]]), torch.tensor([[1 / 8, 0.0]]))
    loss.sum().backward()
    assert loss > 0.1
    assert maps.grad[0, 0, 3, 4] < 0  # brighter ahead
    assert not maps.grad[0, 0, :, :2].any()  # nothing behind


# --- dragging ----------------------------------------------------------------------------------


def test_an_eye_goes_where_it_is_dragged_and_colours_stay():
    model = ss.open_model("portraits")
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    ws = compose_ws(model, recipe)
    eye = _landmarks(model, ws)["left eye"]
    target = eye[0] + 6, eye[1] - 8
    told = [*ss.drag(model, recipe, [eye], [target], steps=40)]
    first, last = told[0], told[-1]
    assert first.recipe.source.array() == pytest.approx(
        compose_ws(model, ss.Recipe.from_seed(7, model)).numpy(), abs=1e-6
    )
    assert (first.points[0], first.distance) == (pytest.approx(eye, abs=1e-3), pytest.approx(10))
    assert last.distance < 3 < first.distance
    assert last.done < 40  # it has arrived
    assert max(last.lost) < 0.5
    after = compose_ws(model, last.recipe)
    found = _matched(_picture(model, recipe), _picture(model, last.recipe), eye, target)
    assert np.hypot(found[0] - target[0], found[1] - target[1]) < 4
    painted = _landmarks(model, after[:7])["left eye"]
    assert np.hypot(painted[0] - target[0], painted[1] - target[1]) < 5
    assert torch.equal(after[7:], ws[7:])
    assert last.recipe == recipe.replace(source=last.recipe.source)


def test_a_point_that_is_there_already_is_held():
    model = ss.open_model("portraits")
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    where = _landmarks(model, compose_ws(model, recipe))
    left, right = where["left eye"], where["right eye"]
    ends = []
    for pinned in ([], [right]):
        pairs = [left, *pinned], [(left[0], left[1] - 10), *pinned]
        last = last_of(ss.drag(model, recipe, *pairs, steps=20))
        found = _landmarks(model, compose_ws(model, last.recipe)[:7])["right eye"]
        ends.append(np.hypot(found[0] - right[0], found[1] - right[1]))
    assert ends[1] < 0.25 * ends[0]


def test_it_goes_on_from_where_it_was_as_if_it_had_not_stopped(model):
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    what = model, recipe, [(10, 10), (20, 12)], [(16, 16), (20, 4)]
    whole = [*ss.drag(*what, steps=5)]
    halted = last_of(ss.drag(*what, steps=3))
    gone_on = [*ss.drag(*what, steps=5, start=halted)]
    assert gone_on[0].recipe == halted.recipe == whole[3].recipe
    assert gone_on[-1].recipe == whole[-1].recipe
    assert gone_on[-1].points == whole[-1].points
    other = last_of(ss.drag(*what, steps=2, start=whole[1]))
    assert other.recipe == whole[2].recipe  # the earlier progress was not changed by what came


def test_the_rest_of_the_recipe_stays_and_the_picture_shows_what_was_found(make_model):
    model = make_model(name="larger", resolution=64)
    amounts = (1.0, 0.5) + (0.0,) * (model.num_ws - 2)
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.5, noise_mode="none").replace(
        mixing=(MixRow(SeedSource(9), amounts),)
    )
    before = compose_ws(model, recipe).numpy()
    last = last_of(ss.drag(model, recipe, [(10, 10)], [(16, 16)], steps=3))
    assert last.recipe.mixing == recipe.mixing
    assert last.recipe.truncation_psi == 0.5
    moved = compose_ws(model, last.recipe).numpy() - before
    fine = [each.index for each in model.layers if each.group == "fine"]
    assert np.abs(moved[0]).max() < 1e-6  # another's, so the source has no say
    assert not moved[fine].any()
    lengths = np.linalg.norm(moved[1 : fine[0]], axis=1)
    assert lengths.min() > 1e-3
    assert lengths.max() / lengths.min() < 1.5  # all of them the same, but for a little


def test_a_mask_holds_what_is_outside(model):
    recipe = ss.Recipe.from_seed(7, model)
    mask = np.zeros((32, 32))
    mask[4:20, 4:20] = 1
    changes = []
    for given in (None, mask):
        last = last_of(ss.drag(model, recipe, [(10, 10)], [(16, 10)], given, steps=10))
        pictures = [ss.render(model, each).astype(float) for each in (recipe, last.recipe)]
        changes.append(np.abs(pictures[1] - pictures[0]).mean(2)[mask == 0].mean())
    assert changes[1] < 0.7 * changes[0]


def test_motion_is_held_back_by_as_much_as_was_changed():
    motion, change = torch.tensor([3.0, -4.0]), torch.tensor([0.0, 0.2])
    free, half, whole, double = (
        held_back(motion, change, torch.tensor(force)) for force in (0.0, 0.5, 1.0, 2.0)
    )
    assert torch.equal(free, motion)
    assert torch.allclose(half, torch.tensor([3.0, -4.0 + 2.0 + 2.5]))
    assert torch.allclose(whole, torch.tensor([3.0, 5.0]))  # what adds to the change is gone
    assert torch.allclose(double, torch.tensor([3.0, 10.0]))
    along = torch.tensor([3.0, 4.0])  # moving undoes the change
    assert torch.allclose(held_back(along, change, torch.tensor(1.0)), torch.tensor([3.0, 9.0]))
    assert torch.equal(held_back(motion, torch.zeros(2), torch.tensor(0.0)), motion)


def test_a_look_is_dragged_with_the_weights_that_are_brought(model):
    delta = tuned(model)
    recipe = ss.Recipe.from_seed(7, model).delta(delta)
    handles, targets = [(10, 10)], [(16, 10)]
    with pytest.raises(ss.DeltaError, match="isn't open"):
        last_of(ss.drag(model, recipe, handles, targets, steps=1))
    last = last_of(ss.drag(model, recipe, handles, targets, steps=1, deltas=[delta]))
    assert last.recipe.deltas == recipe.deltas
    assert ss.render(model, last.recipe, deltas=[delta]).shape == (32, 32, 3)


def test_tuned_weights_stay_with_the_source(model):
    delta, assets = tuned(model), Assets()
    assets.hold(delta)
    ws = compose_ws(model, ss.Recipe.from_seed(7, model)).numpy()
    source = ss.LatentSource.from_array(ws, "aunt.png", delta.sha256)
    recipe = ss.Recipe.from_seed(0, model).replace(source=source)
    last = last_of(ss.drag(model, recipe, [(10, 10)], [(16, 10)], steps=2, assets=assets))
    assert (last.recipe.source.name, last.recipe.source.delta) == ("aunt.png", delta.sha256)
    assert last.recipe.source != source
    parts = (BlendPart(source, 0.5), BlendPart(SeedSource(1), 0.5))
    with pytest.raises(ss.DragError, match="one photo by itself"):
        ss.drag(model, recipe.replace(source=BlendSource(parts)), [(1, 1)], [(2, 2)])


def stylegan_1():
    config = stylegan1.StyleGAN1Config(
        img_resolution=16, channels=(8, 8, 4), z_dim=8, w_dim=8, mapping_layers=2
    )
    return stylegan1.Generator(config)


def stylegan_3():
    """A generator of 64 pixels, whose maps at 32 reach 10 beyond each edge."""
    sizes = [(52, 52, 2, 2, 8), (52, 84, 4, 2, 8), (84, 64, 2, 2, 8), (64, 64, 1, 1, 3)]
    layers = tuple(
        stylegan3.LayerConfig(
            in_channels=8,
            out_channels=outputs,
            in_size=in_size,
            out_size=out_size,
            kernel=1,
            up=up,
            down=down,
            up_taps=6 * up if up > 1 else 1,
            down_taps=6 * down if down > 1 else 1,
        )
        for in_size, out_size, up, down, outputs in sizes
    )
    network = stylegan3.Generator(
        stylegan3.StyleGAN3Config(layers=layers, z_dim=8, w_dim=8, input_rate=32.0)
    )
    for name, tensor in network.named_buffers():
        if name.endswith("_filter"):
            tensor.fill_(1 / tensor.numel())
    network.synthesis.input.affine.weight.data.zero_()
    network.synthesis.input.affine.bias.data.copy_(torch.tensor([1.0, 0, 0, 0]))
    network.synthesis.input.transform.copy_(torch.eye(3))
    return network


@pytest.fixture
def opened(tmp_path):
    def open_(network):
        write_safetensors(tmp_path / "model.safetensors", network.eval(), name="model")
        return ss.open_model(tmp_path / "model.safetensors", device="cpu")

    torch.manual_seed(0)
    return open_


@pytest.mark.parametrize("make", [stylegan_1, stylegan_3])
def test_other_families_are_dragged_too(opened, make):
    model = opened(make())
    recipe = ss.Recipe.from_seed(7, model)
    mask = np.ones((4, 4))
    mask[0] = 0
    side = model.resolution
    points = [(side / 2, side / 2)], [(side / 2 + side / 8, side / 2)]
    last = last_of(ss.drag(model, recipe, *points, mask, steps=2))
    assert last.done
    assert last.recipe.source.rows == model.num_ws
    moved = compose_ws(model, last.recipe) - compose_ws(model, recipe)
    assert moved[1].abs().max() > 1e-3


def test_maps_that_reach_beyond_the_picture_are_read_at_the_right_places(opened):
    model = opened(stylegan_3())
    recipe = ss.Recipe.from_seed(7, model)
    ws, step = compose_ws(model, recipe), map_step(model)
    first = FeatureMaps(model, recipe, step, Assets())(ws)
    assert (step.resolution, first.shape[-1]) == (32, 52)
    handles = torch.tensor([[0.5, 0.5], [0.25, 0.75]])
    seen = FeaturePoints(first, handles, 52 / 32)
    placed = recipe.replace(translate_x=2 / 32, translate_y=-1 / 32)
    places, _ = seen.find(FeatureMaps(model, placed, step, Assets())(ws), handles)
    assert torch.allclose(places, handles + torch.tensor([2 / 32, -1 / 32]), atol=0.3 / 32)


@pytest.mark.parametrize("architecture", ["orig", "resnet"])
def test_other_architectures_are_dragged_too(make_model, architecture):
    model = make_model(name=architecture, architecture=architecture)
    last = last_of(ss.drag(model, ss.Recipe.from_seed(7, model), [(9, 9)], [(15, 9)], steps=2))
    assert last.done == 2


def test_maps_grow_with_the_picture_within_limits(make_model):
    sides = {32: 32, 64: 32, 256: 64}
    for side, expected in sides.items():
        model = make_model(name=f"of{side}", resolution=side, channel_base=side, channel_max=4)
        step = map_step(model)
        assert (step.name, step.resolution) == (f"b{expected}.conv1", expected)


def test_it_ends_when_it_is_asked_to(model):
    recipe, cancel = ss.Recipe.from_seed(7, model), ss.Cancel()
    steps = ss.drag(model, recipe, [(4, 4)], [(28, 28)], cancel=cancel)
    next(steps), next(steps)
    cancel.finish()
    assert [*steps] == []
    cancel = ss.Cancel()
    steps = ss.drag(model, recipe, [(4, 4)], [(28, 28)], cancel=cancel)
    next(steps)
    cancel.cancel()
    with pytest.raises(ss.Cancelled):
        next(steps)
    assert torch.is_grad_enabled()


def test_what_comes_no_closer_ends(model):
    recipe = ss.Recipe.from_seed(7, model)
    last = last_of(ss.drag(model, recipe, [(2, 2)], [(30, 30)], steps=500))
    assert last.done < 500


def test_a_point_that_is_there_already_needs_no_step(model):
    recipe = ss.Recipe.from_seed(7, model)
    (only,) = ss.drag(model, recipe, [(4, 4)], [(4.2, 4)])
    assert only.done == 0
    assert compose_ws(model, only.recipe).numpy() == pytest.approx(
        compose_ws(model, recipe).numpy(), abs=1e-6
    )


@pytest.mark.parametrize(
    ("handles", "targets", "more", "said"),
    [
        ([], [], {}, "at least one"),
        ([(1, 2, 3)], [(1, 2, 3)], {}, "pairs of numbers"),
        ("here", "there", {}, "pairs of numbers"),
        ([(1, 2)], [(1, 2), (3, 4)], {}, "1 handles and 2 targets"),
        ([(1, 33)], [(1, 2)], {}, "1,33 lies outside"),
        ([(1, float("nan"))], [(1, 2)], {}, "lies outside"),
        ([(1, 2)], [(1, 2)], {"steps": -1}, "steps is -1"),
        ([(1, 2)], [(1, 2)], {"steps": True}, "steps is True"),
        ([(1, 2)], [(1, 2)], {"mask": np.zeros((4, 4))}, "no region is painted"),
    ],
)
def test_what_cannot_be_dragged_is_said_before_any_work(model, handles, targets, more, said):
    with pytest.raises(ss.StyleStudioError, match=said):
        ss.drag(model, ss.Recipe.from_seed(7, model), handles, targets, **more)


def test_models_and_recipes_that_cannot_be_dragged_are_said(model, make_model, opened):
    recipe = ss.Recipe.from_seed(7, model)
    with pytest.raises(ss.DragError, match="no effect on shapes"):
        ss.drag(model, recipe.replace(truncation_psi=0.0), [(1, 1)], [(2, 2)])
    with pytest.raises(WrongModelError):
        next(ss.drag(make_model(5, name="other"), recipe, [(1, 1)], [(2, 2)]))
    z_alone = opened(
        progan.Generator(progan.ProGANConfig(img_resolution=8, channels=(8, 4), z_dim=8))
    )
    with pytest.raises(ss.DragError, match="no space W"):
        ss.drag(z_alone, ss.Recipe.from_seed(7, z_alone), [(1, 1)], [(2, 2)])

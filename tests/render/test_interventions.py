"""Interventions do to maps what they say, in their place alone, and cost what comes after it."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.networks import progan, stylegan1
from stylestudio.networks.chain import StepInput, run_steps
from stylestudio.networks.stylegan2 import PreparedSynthesis, State
from stylestudio.recipe.interventions import OPERATIONS, WITH_VALUES
from stylestudio.render import Renderer, compose_ws, open_model
from stylestudio.render.interventions import operated
from stylestudio.render.operations import operate
from stylestudio.render.units import unit_counts
from stylestudio.render.uploads import Uploads

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures"
LEFT = np.repeat([[1.0, 0.0]], 2, axis=0).repeat(8, 0).repeat(8, 1)
IDENTITIES = {
    "scale": (1,),
    "add": (0,),
    "shift": (0, 0),
    "rotate": (0,),
    "zoom": (1,),
    "flip": (0,),
    "erode": (0,),
    "dilate": (0,),
    "blur": (0,),
}


def plain(model):
    return ss.Recipe.from_seed(7, model, truncation_psi=0.7)


def of(operation, *numbers, step=4, name="a", **fields):
    return ss.Intervention.of(name, step, operation, *numbers, **fields)


@pytest.fixture(scope="module")
def exact(make_model):
    return make_model(seed=2, name="exact", precision="float32")


def maps(seed=0, count=4, side=8):
    return torch.randn(1, count, side, side, generator=torch.Generator().manual_seed(seed))


def by(x, operation, *numbers, side=None, values=None):
    return operate(x, of(operation, *numbers), side or x.shape[-1], values, Uploads(x.device))


def test_arithmetic_of_maps():
    x = maps()
    assert torch.equal(by(x, "scale", -2.5), x * -2.5)
    assert torch.equal(by(x, "set", 3.0), torch.full_like(x, 3.0))
    assert torch.equal(by(x, "add", 3.0), x + 3.0)
    assert torch.equal(by(x, "threshold", 0.5), (x > 0.5).float())
    assert torch.equal(by(x, "invert"), 1.0 - x)
    learned = (1.0, 0.0, -2.0, 4.0)
    made = by(x, "set", 0.5, values=learned)
    assert torch.equal(made[0, :, 3, 2], torch.tensor(learned) / 2)
    assert torch.equal(by(x, "add", 0.5, values=learned), x + made)


def test_maps_are_moved_by_picture_widths_and_zeros_come_in():
    x = maps()
    moved = by(x, "shift", 0.25, -0.125)
    assert torch.allclose(moved[..., :-1, 2:], x[..., 1:, :-2], atol=1e-5)
    assert not moved[..., :2].any()
    assert not moved[..., -1, :].any()
    half = by(x, "shift", 0.25, 0.0, side=4)  # a map of 8 pixels, 4 of them in the picture
    assert torch.allclose(half[..., 1:], x[..., :-1], atol=1e-5)


def test_maps_are_turned_enlarged_and_mirrored_around_their_centre():
    x = maps()
    assert torch.allclose(by(x, "rotate", 90.0), torch.rot90(x, 1, (2, 3)), atol=1e-5)
    assert torch.equal(by(x, "flip", 1), x.flip(3))
    assert torch.equal(by(x, "flip", 2), x.flip(2))
    assert torch.equal(by(x, "flip", 3), x.flip(2, 3))
    blob = torch.zeros(1, 1, 8, 8)
    blob[..., 3:5, 3:5] = 1.0
    larger = by(blob, "zoom", 2.0)
    assert torch.allclose(larger[0, 0, 3:5, 3:5], torch.ones(2, 2))
    assert 3.0 < float(larger.sum() / blob.sum()) < 5.0
    assert not larger[..., 0].any()


def test_maps_grow_shrink_and_blur():
    spot = torch.zeros(1, 1, 9, 9)
    spot[..., 4, 4] = 1.0
    assert float(by(spot, "dilate", 1.0).sum()) == 9
    assert float(by(spot, "dilate", 2.0).sum()) == 25
    assert float(by(spot, "dilate", 1.5).sum()) == pytest.approx((9 + 25) / 2)
    assert float(by(spot, "erode", 1.0).sum()) == 0
    assert torch.equal(by(-spot, "erode", 1.0), -by(spot, "dilate", 1.0))
    blurred = by(spot, "blur", 1.0)
    assert float(blurred.sum()) == pytest.approx(1.0, abs=1e-3)
    assert torch.allclose(blurred, blurred.mT)
    offsets = torch.arange(9) - 4.0
    assert float((blurred.sum((0, 1, 2)) * offsets**2).sum()) == pytest.approx(1.0, abs=0.05)


def test_shuffled_units_change_places():
    x = maps(count=16)
    shuffled = by(x, "shuffle", 3)
    assert sorted(shuffled.sum((0, 2, 3)).tolist()) == sorted(x.sum((0, 2, 3)).tolist())
    assert (shuffled != x).any()
    assert torch.equal(shuffled, by(x, "shuffle", 3))
    assert not torch.equal(shuffled, by(x, "shuffle", 4))


def test_only_chosen_units_are_changed_as_far_as_amount_and_mask_say():
    x = maps(count=6).to(memory_format=torch.channels_last)
    made = operated(x, of("scale", 3.0, units=[1, 4]), 8)
    assert torch.equal(made[:, [0, 2, 3, 5]], x[:, [0, 2, 3, 5]])
    assert torch.equal(made[:, [1, 4]], x[:, [1, 4]] * 3)
    assert made.stride() == x.stride()
    half = operated(x, of("scale", 3.0, units=[1, 4], amount=0.5), 8)
    assert torch.allclose(half[:, [1, 4]], x[:, [1, 4]] * 2)
    left = operated(x, of("set", 9.0, mask=LEFT), 8)
    assert torch.equal(left[..., 4:], x[..., 4:])
    assert torch.equal(left[..., :4], torch.full((1, 6, 8, 4), 9.0))
    learned = of("set", 2.0, units=[4, 1], values=[0.5, 3.0])
    made = operated(x, learned, 8)
    assert float(made[0, 4, 0, 0]) == 1.0
    assert float(made[0, 1, 0, 0]) == 6.0


def test_a_locator_keeps_it_to_where_the_maps_show_its_thing():
    x = maps()
    x[:, 0] = torch.tensor([-4.0, 4.0]).repeat_interleave(4)  # the thing is on the right
    locator = ss.Locator((2.0, 0.0, 0.0, 0.0), 0.0)
    made = operated(x, of("set", 9.0, units=[1, 2], locator=locator), 8)
    assert torch.equal(made[..., :4], x[..., :4])
    assert torch.equal(made[:, [0, 3]], x[:, [0, 3]])
    assert torch.equal(made[:, 1:3, :, 4:], torch.full((1, 2, 8, 4), 9.0))
    upper = np.repeat([[1.0], [0.0]], 4, axis=0).repeat(8, 1)
    both = operated(x, of("set", 9.0, locator=locator, mask=upper), 8)
    assert torch.equal(both[..., 4:, :], x[..., 4:, :])
    assert torch.equal(both[..., :4], x[..., :4])
    assert (both[..., :4, 4:] == 9.0).all()


def test_a_larger_share_holds_the_units_of_a_smaller_one():
    shares = [of("invert", share=share, share_seed=5) for share in (0.1, 0.4, 1.0)]
    drawn = [set(each.taking_part(20)) for each in shares]
    assert [len(each) for each in drawn] == [2, 8, 20]
    assert drawn[0] < drawn[1] < drawn[2]
    assert set(of("invert", share=0.4, share_seed=6).taking_part(20)) != drawn[1]
    listed = of("invert", share=0.5, units=range(10, 14))
    made = operated(maps(count=20), listed, 8)
    changed = (made != maps(count=20)).flatten(2).any(2)[0].nonzero()[:, 0]
    assert len(changed) == 2
    assert set(changed.tolist()) < {10, 11, 12, 13}


def reference(model, interventions):
    """The picture as a chain gives it that is interrupted after each step by hand."""
    chain, ws = model.network.synthesis, compose_ws(model, plain(model))
    noises = {s.name: chain.noise_const(s) if s.has_noise else None for s in chain.steps}

    def given(step, state):
        after = chain.steps.index(step) - 1
        for each in interventions:
            if each.step == after:
                state = state._replace(x=operated(state.x, each, step.resolution))
        return StepInput(chain, step, state, ws[None, step.ws_index], noises[step.name])

    with torch.no_grad():
        *_, (_, last) = run_steps(chain.steps, chain.initial_state(), given)
    return (last.img[0] * 127.5 + 128).clamp(0, 255).byte().permute(1, 2, 0).numpy()


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_maps_are_changed_after_their_step(make_model, architecture):
    model = make_model(architecture=architecture, precision="float32")
    acting = of("scale", -2.0, step=0), of("flip", 1, step=3, name="b", units=[2, 5])
    recipe = plain(model).replace(interventions=acting)
    pixels = ss.render(model, recipe).astype(int)
    assert np.abs(pixels - reference(model, acting)).max() <= 1
    assert np.abs(pixels - ss.render(model, plain(model))).max() > 10


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_shows(model, operation):
    before = ss.render(model, plain(model))
    assert (ss.render(model, plain(model).intervene(of(operation))) != before).any()


@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_what_changes_nothing_leaves_the_bytes(make_model, precision):
    model = make_model(precision=precision)
    still = [of(each, *numbers, name=each) for each, numbers in IDENTITIES.items()]
    still += [
        of("invert", amount=0.0, name="at 0"),
        msgspec.structs.replace(of("invert", name="muted"), muted=True),
        of("invert", mask=np.zeros((4, 4)), name="unpainted"),
        of("invert", share=0.0, name="no share"),
        of("shuffle", 3, units=[2], name="alone"),
        of("add", 2.0, units=[1], values=[0.0], name="learned nothing"),
    ]
    renderer = Renderer(model)
    pixels = renderer.render(plain(model)).pixels
    assert (
        renderer.render(plain(model).replace(interventions=tuple(still))).pixels == pixels
    ).all()
    assert renderer.steps_run == ()


def test_rendering_restarts_right_after_the_step(model):
    steps = [step.name for step in model.synthesis.steps]
    renderer = Renderer(model)
    before = renderer.render(plain(model)).pixels
    for index in (0, 1, 5, len(steps) - 2):
        for factor in (2.0, 3.0):
            recipe = plain(model).intervene(of("scale", factor, step=index))
            after = renderer.render(recipe).pixels
            assert renderer.steps_run == tuple(steps[index + 1 :])
            assert (after == ss.render(model, recipe)).all()
        assert (renderer.render(plain(model)).pixels == before).all()
    both = of("scale", 3.0, step=1), of("flip", 1, step=7, name="b")
    renderer.render(plain(model).replace(interventions=both))
    renderer.render(plain(model).replace(interventions=(both[0], of("flip", 2, step=7, name="b"))))
    assert renderer.steps_run == tuple(steps[8:])


def test_a_name_is_no_work_and_an_order_is(model):
    twice = of("scale", 2.0), of("add", 1.0, name="b")
    renderer = Renderer(model)
    pixels = renderer.render(plain(model).replace(interventions=twice)).pixels
    renamed = msgspec.structs.replace(twice[0], name="c"), twice[1]
    renderer.render(plain(model).replace(interventions=renamed))
    assert renderer.steps_run == ()
    turned = renderer.render(plain(model).replace(interventions=twice[::-1])).pixels
    assert (turned != pixels).any()


def test_drafts_and_short_types_have_them_too(model):
    prepared = PreparedSynthesis(model.network.synthesis, torch.bfloat16)
    made = operated(maps().bfloat16(), of("blur", 1.0), 8)
    assert made.dtype == torch.bfloat16
    assert prepared.dtype == torch.bfloat16
    renderer = Renderer(model)
    recipe = plain(model).intervene(of("invert", step=1))
    drafts = [renderer.render(each, side=16).pixels for each in (plain(model), recipe)]
    assert (drafts[0] != drafts[1]).any()
    assert (renderer.render(recipe).pixels == ss.render(model, recipe)).all()


def test_drafts_wait_for_what_was_done_by_hand(make_model):
    model = make_model(resolution=128)
    index = {step.name: i for i, step in enumerate(model.synthesis.steps)}
    plain_look = plain(model)

    def drafts(recipe):
        renderer, shown = Renderer(model), []
        renderer.pace.budget = 0.0  # whatever can be a draft is one
        renderer.render(recipe, show_draft=shown.append)
        assert tuple(draft.draft for draft in shown) == renderer.draft_sides(recipe)
        return renderer.draft_sides(recipe)

    assert drafts(plain_look) == (32, 64)
    # After the step that makes the draft of 32 pixels is too late for that draft.
    for first in ("b32.torgb", "b64.conv0"):
        region = ss.Region.of("r", 12, LEFT, first=index[first])
        assert drafts(plain_look.intervene(region)) == (64,)
    assert drafts(plain_look.intervene(of("blur", 1.0, step=index["b16.conv1"]))) == (32, 64)
    # One that no draft can have leaves the largest: the hand is not to wait for full pictures.
    late = of("blur", 1.0, step=index["b128.conv0"])
    assert drafts(plain_look.intervene(late)) == (64,)
    assert drafts(plain_look.intervene(msgspec.structs.replace(late, muted=True))) == (32, 64)


def test_what_the_model_lacks_is_said_before_any_work(model):
    last = len(model.synthesis.steps) - 1
    units = unit_counts(model)[4]
    renderer = Renderer(model)
    for unfit, words in (
        (of("invert", step=last), f"steps 0 to {last - 1}"),
        (of("invert", units=[0, units]), f"unit {units}; .* 0 to {units - 1}"),
        (
            of("invert", locator=ss.Locator((1.0,))),
            f"has a locator of 1 weights; .* has {units} units",
        ),
        (ss.Region.of("a", 1, LEFT, first=last + 1), f"step {last + 1}, .* 0 to {last}"),
    ):
        with pytest.raises(ss.RecipeError, match=words) as caught:
            renderer.render(plain(model).intervene(unfit))
        assert len(str(caught.value)) <= 160
        assert renderer.steps_run == ()
    muted = msgspec.structs.replace(of("invert", step=last), muted=True)
    renderer.render(plain(model).intervene(muted))  # to be looked at, and put right


def test_what_another_family_lacks_is_left_out_with_a_sentence(tmp_path, model):
    config = stylegan1.StyleGAN1Config(
        img_resolution=32, channels=(6, 6, 6, 6), z_dim=8, w_dim=8, mapping_layers=2
    )
    path = tmp_path / "older.safetensors"
    write_safetensors(path, stylegan1.Generator(config).eval(), name="older")
    older = open_model(path)
    assert (older.num_ws, older.w_dim) == (model.num_ws, model.w_dim)
    late, early = of("invert", step=9, name="late"), of("invert", step=1, name="early")
    recipe = plain(model).intervene(late).intervene(early)
    recipe = recipe.intervene(ss.Region.of("left", 1, LEFT, first=10))
    adapted, lost = ss.adapt(recipe, older)
    assert adapted.interventions == ()
    assert lost == tuple(
        f"The {name} acts between steps of tiny, so it was left out."
        for name in ("intervention 'late'", "intervention 'early'", "region 'left'")
    )
    pixels = Renderer(older).render(adapted).pixels
    assert (pixels == ss.render(older, ss.adapt(plain(model), older)[0])).all()


def test_what_a_narrower_model_lacks_is_left_out_with_a_sentence(model, make_model):
    narrow = make_model(name="narrow", channel_max=8)
    weights = ss.Locator((1.0,) * unit_counts(model)[4])
    recipe = plain(model).intervene(of("invert", units=[3], name="kept"))
    recipe = recipe.intervene(of("invert", units=[3, 12])).intervene(
        of("invert", locator=weights, name="found")
    )
    adapted, lost = ss.adapt(recipe, narrow)
    assert [each.name for each in adapted.interventions] == ["kept"]
    assert lost == (
        "The intervention 'a' was left out: it acts on unit 12; after step 4 narrow has units "
        "0 to 7.",
        "The intervention 'found' was left out: it has a locator of 16 weights; after step 4 "
        "narrow has 8 units.",
    )
    Renderer(narrow).render(adapted)


def test_a_recipe_of_a_model_that_is_not_open_leaves_out_what_has_no_place(model):
    elsewhere = msgspec.structs.replace(plain(model).model, name="elsewhere", sha256="b" * 64)
    recipe = plain(model).replace(model=elsewhere)
    last = len(model.synthesis.steps) - 1
    recipe = recipe.intervene(of("invert", step=last)).intervene(
        ss.Region.of("left", 1, LEFT, last=last + 1)
    )
    adapted, lost = ss.adapt(recipe, model)
    assert adapted.interventions == ()
    assert lost == (
        f"The intervention 'a' was left out: it acts after step {last}; in tiny there are maps "
        f"after steps 0 to {last - 1}.",
        f"The region 'left' was left out: it covers step {last + 1}, which tiny lacks; its steps "
        f"are 0 to {last}.",
    )


@pytest.mark.parametrize("family", ["stylegan1", "progan"])
def test_older_generators_are_bent_too(tmp_path, family):
    torch.manual_seed(0)
    if family == "progan":
        network = progan.Generator(
            progan.ProGANConfig(img_resolution=16, channels=(6, 6, 6), z_dim=8)
        )
    else:
        config = stylegan1.StyleGAN1Config(
            img_resolution=16, channels=(6, 6, 6), z_dim=8, w_dim=8, mapping_layers=2
        )
        network = stylegan1.Generator(config)
    path = tmp_path / f"{family}.safetensors"
    write_safetensors(path, network.eval(), name=family)
    model = open_model(path)
    counted = unit_counts(model)
    assert len(counted) == len(model.synthesis.steps) - 1
    assert set(counted) == {6}
    renderer = Renderer(model)
    before = renderer.render(ss.Recipe.from_seed(7, model)).pixels
    recipe = ss.Recipe.from_seed(7, model).intervene(of("flip", 1, step=2, mask=LEFT))
    after = renderer.render(recipe).pixels
    assert renderer.steps_run == tuple(step.name for step in model.synthesis.steps[3:])
    assert (after != before).any()


def test_unit_counts_are_those_of_the_maps(model):
    chain, ws = model.synthesis, compose_ws(model, plain(model))
    with torch.no_grad():
        states = run_steps(
            chain.steps,
            chain.initial_state(),
            lambda s, x: StepInput(chain, s, x, ws[None, s.ws_index]),
        )
        assert [state.x.shape[1] for _, state in states][:-1] == list(unit_counts(model))


@pytest.mark.parametrize("name", ["sg3t_32", "sg3r_32"])
def test_maps_that_reach_beyond_the_picture_are_bent_in_it(name):
    path = FIXTURES / f"{name}.pkl"
    if not path.exists():
        pytest.skip(f"needs the reference checkpoint {path.name}")
    model = open_model(path, device="cpu")
    assert len(unit_counts(model)) == len(model.synthesis.steps) - 1
    renderer = Renderer(model)
    before = renderer.render(ss.Recipe.from_seed(1, model)).pixels.astype(int)
    late = len(model.synthesis.steps) - 3
    recipe = ss.Recipe.from_seed(1, model).intervene(of("scale", -3.0, step=late, mask=LEFT))
    changed = np.abs(renderer.render(recipe).pixels - before).sum(2)
    assert renderer.steps_run[0] == model.synthesis.steps[late + 1].name
    assert changed[:, :12].mean() > 5 * changed[:, -12:].mean()
    with pytest.raises(ss.RecipeError, match="steps 0 to"):
        renderer.render(ss.Recipe.from_seed(1, model).intervene(of("invert", step=late + 2)))


def test_learned_values_are_for_operations_that_insert():
    for operation in OPERATIONS:
        if operation not in WITH_VALUES:
            with pytest.raises(ss.RecipeError, match="only set and add take them"):
                of(operation, units=[1], values=[0.5])


def test_a_state_is_never_changed_in_place():
    x = maps()
    before = x.clone()
    for operation in OPERATIONS:
        operated(x, of(operation), 8)
        operated(x, of(operation, units=[1, 2], mask=LEFT), 8)
    assert torch.equal(x, before)
    assert State(x, None, None).x is x

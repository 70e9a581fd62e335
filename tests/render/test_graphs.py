"""Recorded steps give what steps give, and nothing that still holds is written over.

What stands in for a card's graphs runs the step again, and writes the result where the recording
did: so what a replay writes over is written over here, too.
"""

import logging
from contextlib import suppress

import numpy as np
import pytest
import torch
from looks import looks, tuned

from stylestudio.networks.chain import StepInput
from stylestudio.networks.stylegan2 import PreparedSynthesis, State
from stylestudio.recipe import BankRef, MixRow, Recipe, SeedSource, Style
from stylestudio.render import Assets, Renderer, Superseded
from stylestudio.render.graphs import RECORDINGS, RUNS_BEFORE, StepGraphs
from stylestudio.render.style_opening import open_styles


class Recorder:
    """Records on the processor."""

    def __init__(self):
        self.works = True
        self.recorded = 0
        self.replays = 0
        self.error: RuntimeError | None = None
        self.replaying = False
        self.fails = False  # what is replayed

    def record(self, work):
        if self.error is not None:
            raise self.error
        work()
        self.recorded += 1

        def replay():
            if self.fails:
                raise RuntimeError("CUDA error: operation not supported")
            self.replays += 1
            self.replaying = True
            work()
            self.replaying = False

        return replay


@pytest.fixture
def recorder(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr("stylestudio.render.synthesis.recorder_for", lambda _device: recorder)
    return recorder


def pictures(model, recipes, **given):
    """What each recipe gives from nothing, without recordings."""
    return [Renderer(model, cache_bytes=0, **given).render(recipe).pixels for recipe in recipes]


def warm(renderer, model):
    """Render until every step is recorded."""
    for seed in range(RUNS_BEFORE + 1):
        renderer.render(Recipe.from_seed(100 + seed, model))


def test_steps_are_recorded_once_they_have_run_a_few_times(model, recorder):
    renderer = Renderer(model)
    for seed in range(RUNS_BEFORE):
        renderer.render(Recipe.from_seed(seed, model))
    assert recorder.recorded == 0
    steps = len(model.synthesis.steps)
    for seed in (7, 8, 9):
        renderer.render(Recipe.from_seed(seed, model))
        assert recorder.recorded == steps
    assert recorder.replays == 3 * steps


def test_a_renderer_that_keeps_nothing_records_nothing(model, recorder):
    warm(Renderer(model, cache_bytes=0), model)
    assert recorder.recorded == 0


@pytest.mark.parametrize("config", [{}, {"architecture": "resnet"}, {"img_channels": 1}], ids=str)
def test_replayed_frames_are_those_of_the_steps(make_model, recorder, config):
    model = make_model(**config)
    recipes = list(looks(model).values())
    expected = pictures(model, recipes)
    renderer = Renderer(model)
    random = np.random.RandomState(0)
    for index in [*range(len(recipes)), *random.randint(len(recipes), size=60)]:
        assert np.array_equal(renderer.render(recipes[index]).pixels, expected[index])
    assert recorder.replays > 60


def test_kept_states_are_never_written_over(model, recorder):
    """Frames that are overtaken anywhere leave states that the next frame may start from."""
    renderer = Renderer(model)
    warm(renderer, model)
    steps = len(model.synthesis.steps)
    base = Recipe.from_seed(1, model)
    for stop in range(steps + 1):
        for row in range(model.num_ws):
            rows = tuple(float(i >= row) for i in range(model.num_ws))
            moved = base.replace(mixing=(MixRow(SeedSource(stop), rows),))
            asked = iter([False] * stop + [True] * 99)
            with suppress(Superseded):
                renderer.render(moved, lambda asked=asked: next(asked))
            found = renderer.render(base if row % 2 else moved).pixels
            assert np.array_equal(found, pictures(model, [base if row % 2 else moved])[0])
    assert recorder.recorded <= RECORDINGS * steps


def test_drafts_and_smaller_pictures(model, recorder):
    renderer, drafts, plain = Renderer(model), [], []
    eager = Renderer(model, cache_bytes=0)
    renderer.pace.budget = eager.pace.budget = -1.0
    for seed in range(6):
        recipe = Recipe.from_seed(seed, model)
        for side in renderer.draft_sides(recipe):
            pair = [each.render(recipe, side=side).pixels for each in (renderer, eager)]
            assert np.array_equal(*pair)
        other = Recipe.from_seed(50 + seed, model)
        renderer.render(other, show_draft=drafts.append)
        eager.render(other, show_draft=plain.append)
    assert len(drafts) == len(plain) > 0
    for draft, expected in zip(drafts, plain, strict=True):
        assert np.array_equal(draft.pixels, expected.pixels)


def test_painted_pictures_are_those_of_the_frame(model, bank_path, recorder):
    """The painter knows a picture that it has painted; a replay makes another in the same place."""
    bank = open_styles(bank_path)
    assets = Assets([bank])
    style = Style(BankRef.of(bank), (("dawn", 1.0),), colours=0.5)
    recipes = [Recipe.from_seed(seed, model, style=style) for seed in range(6)]
    renderer = Renderer(model, assets=assets)
    for recipe, expected in zip(recipes, pictures(model, recipes, assets=assets), strict=True):
        assert np.array_equal(renderer.render(recipe).pixels, expected)
    assert recorder.replays


def test_tuned_weights_run_as_they_are(model, recorder):
    assets, recipe = tuned(model)
    mixed = [
        Recipe.from_seed(1, model).replace(mixing=(MixRow(recipe.source, (share,) * model.num_ws),))
        for share in (0.0, 0.25, 0.5, 1.0)
    ]
    expected = pictures(model, [recipe, *mixed], assets=assets)
    renderer = Renderer(model, assets=assets)
    for _ in range(RUNS_BEFORE + 2):
        renderer.render(Recipe.from_seed(3, model))
        for each, picture in zip([recipe, *mixed], expected, strict=True):
            assert np.array_equal(renderer.render(each).pixels, picture)
    assert recorder.replays


def test_the_steps_of_another_network_are_recorded_anew(make_model, recorder):
    chains = [make_model(seed=seed).synthesis for seed in (0, 5)]
    graphs = StepGraphs(recorder, 10**9)
    ws = torch.randn(10, 8)
    with torch.inference_mode():
        for chain in (*chains, chains[0]):
            for _ in range(RUNS_BEFORE + 2):
                ws = torch.randn(10, 8)
                found = states_of(chain, ws, graphs)
                for state, expected in zip(found, states_of(chain, ws), strict=True):
                    assert all(map(same, state, expected))
    assert recorder.recorded == 3 * len(chains[0].steps)


def test_feature_maps_changed_on_the_way_into_a_step_leave_the_kept_ones(model, recorder):
    chain, graphs = model.synthesis, StepGraphs(recorder, 10**9)
    first, second = chain.steps[0], chain.steps[2]
    with torch.inference_mode():
        for _ in range(RUNS_BEFORE + 2):
            ws = graphs.hold(chain, torch.randn(10, 8))
            before = graphs.run_step(first, chain.initial_state(), ws[None, 0], None)
            kept = before.x.clone()
            for factor in (1.0, 2.0):
                given = before if factor == 1.0 else before._replace(x=before.x * factor)
                found = graphs.run_step(second, given, ws[None, second.ws_index], None)
                expected = chain.run_step(second, given, ws[None, second.ws_index], None)
                assert torch.equal(found.x, expected.x)
                assert torch.equal(before.x, kept)


def states_of(chain, ws, graphs=None):
    """Copies of what each step makes, with stored noise."""
    given = ws if graphs is None else graphs.hold(chain, ws)
    states, state = [], chain.initial_state()
    for step in chain.steps:
        noise = chain.noise_const(step) if step.has_noise else None
        on = StepInput(chain, step, state, given[None, step.ws_index], noise)
        on = on if graphs is None else graphs.over(on)
        state = on.chain.run_step(on.step, on.state, on.w, on.noise)
        states.append(State(*(t if t is None else t.clone() for t in state)))
    return states


def same(a, b) -> bool:
    return a is b if a is None else torch.equal(a, b)


def test_a_recording_that_fails_costs_one_line_and_no_frame(model, recorder, caplog):
    recorder.error = RuntimeError("operation not permitted when stream is capturing")
    recipes = list(looks(model).values())
    with caplog.at_level(logging.WARNING):
        for renderer in (Renderer(model), Renderer(model)):
            for _ in range(RUNS_BEFORE + 2):
                for recipe, picture in zip(recipes, pictures(model, recipes), strict=True):
                    assert np.array_equal(renderer.render(recipe).pixels, picture)
    assert len([line for line in caplog.messages if "recorded" in line]) == 1


def test_a_recording_that_gives_something_else_is_not_used(model, recorder, caplog, monkeypatch):
    run_step = PreparedSynthesis.run_step

    def run(self, *given):
        state = run_step(self, *given)
        return state._replace(x=state.x + 1) if recorder.replaying else state

    monkeypatch.setattr(PreparedSynthesis, "run_step", run)
    renderer = Renderer(model)
    recipes = [Recipe.from_seed(seed, model) for seed in range(RUNS_BEFORE + 3)]
    for recipe, picture in zip(recipes, pictures(model, recipes), strict=True):
        assert np.array_equal(renderer.render(recipe).pixels, picture)
    assert "another result" in caplog.text


def test_a_recording_that_fails_later_costs_one_line_and_no_frame(model, recorder, caplog):
    """Also those of other renderers are not trusted any more."""
    renderers = [Renderer(model), Renderer(model)]
    for renderer in renderers:
        warm(renderer, model)
    recorder.fails = True
    recipes = [Recipe.from_seed(seed, model) for seed in range(RUNS_BEFORE + 3)]
    for recipe, picture in zip(recipes, pictures(model, recipes), strict=True):
        assert np.array_equal(renderers[0].render(recipe).pixels, picture)
    recorder.fails, recorder.replays = False, 0
    for recipe, picture in zip(recipes, pictures(model, recipes), strict=True):
        assert np.array_equal(renderers[1].render(recipe).pixels, picture)
    assert recorder.replays == 0
    assert [line for line in caplog.messages if "replayed" in line] == caplog.messages
    assert len(caplog.messages) == 1


def test_whatever_a_recording_raises_costs_no_frame(model, recorder, caplog):
    """Names that another PyTorch lacks, for one."""
    recorder.error = AttributeError("module 'torch._C' has no attribute '_cuda_endAllocateToPool'")
    warm(Renderer(model), model)
    assert len(caplog.messages) == 1
    assert not recorder.works


def test_a_capture_that_ends_badly_for_lack_of_memory_is_known_for_that(model, recorder):
    recorder.error = RuntimeError("operation failed due to a previous error during capture")
    recorder.error.__context__ = torch.OutOfMemoryError("CUDA out of memory.")
    warm(Renderer(model), model)
    assert recorder.works  # another renderer may have room


def test_a_card_without_room_for_recordings_renders_without(model, recorder, caplog):
    recorder.error = torch.OutOfMemoryError("CUDA out of memory.")
    renderer = Renderer(model)
    warm(renderer, model)
    assert len(caplog.messages) == 1
    assert recorder.works  # another renderer may have room
    recorder.error = None
    warm(renderer, model)
    assert recorder.recorded == 0
    warm(Renderer(model), model)
    assert recorder.recorded


def test_recordings_take_no_more_than_the_states_may(model, recorder):
    sizes = []
    for cache_bytes in (1, 20_000, 60_000, 10**9):
        renderer = Renderer(model, cache_bytes=cache_bytes)
        before = recorder.recorded
        for seed in range(RUNS_BEFORE + 2):
            recipe = Recipe.from_seed(seed, model)
            assert np.array_equal(renderer.render(recipe).pixels, pictures(model, [recipe])[0])
        sizes.append(recorder.recorded - before)
    assert sizes == sorted(sizes)
    assert sizes[0] == 0
    assert 0 < sizes[1] < sizes[-1] == len(model.synthesis.steps)


def test_pictures_without_finite_numbers_are_recorded_too(make_model, recorder):
    """They are equal to themselves, so that nothing seems to be wrong with recordings."""
    model = make_model()
    renderer = Renderer(model)
    chain = model.synthesis
    broken = State(torch.full_like(chain.initial_state().x, float("nan")), None, None)
    chain.initial_state = lambda *_: broken
    for seed in range(RUNS_BEFORE + 1):
        with pytest.raises(Exception, match="NaN"):
            renderer.render(Recipe.from_seed(seed, model))
    assert recorder.works
    assert recorder.recorded

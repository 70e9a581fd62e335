"""A card that runs out of memory costs what is kept, and only then the frame, in one sentence."""

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.networks.stylegan2.prepared import PreparedSynthesis
from stylestudio.recipe import Recipe
from stylestudio.render import DeviceMemoryError, ModelError, Renderer, render
from stylestudio.render import device as devices


@pytest.fixture
def full(monkeypatch):
    """A card whose memory runs out in the third step of the next frames, as many as are said."""

    def begin(frames: int, error: Exception | None = None) -> list[str]:
        steps: list[str] = []
        run_step = PreparedSynthesis.run_step
        left = frames

        def run(self, step, *given):
            nonlocal left
            steps.append(step.name)
            if left and step is self.steps[2]:
                left -= 1
                raise error or torch.OutOfMemoryError("CUDA out of memory.")
            return run_step(self, step, *given)

        monkeypatch.setattr(PreparedSynthesis, "run_step", run)
        return steps

    return begin


@pytest.mark.parametrize(
    "error",
    [
        None,
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
    ids=str,
)
def test_the_frame_is_tried_again_and_nothing_kept(model, full, error):
    recipe, renderer = Recipe.from_seed(7, model), Renderer(model)
    expected = render(model, recipe)
    full(1, error)
    assert np.array_equal(renderer.render(recipe).pixels, expected)
    renderer.render(recipe.replace(noise_mode="none"))
    assert len(renderer.steps_run) == len(model.synthesis.steps)  # no state to start again from


def test_what_does_not_fit_at_all_is_said_and_the_next_frame_may_fit(model, full):
    renderer, recipe = Renderer(model), Recipe.from_seed(7, model)
    expected = Renderer(model).render_deep(recipe).pixels
    full(2)
    with pytest.raises(ModelError, match=r"^The graphics card doesn't have enough .*tiny.*=cpu"):
        renderer.render_deep(recipe)
    assert np.array_equal(renderer.render_deep(recipe).pixels, expected)


def test_nothing_is_made_smaller_unasked(model, full):
    renderer, recipe, drafts = Renderer(model), Recipe.from_seed(7, model), []
    full(2)
    with pytest.raises(DeviceMemoryError):
        renderer.render(recipe, show_draft=drafts.append)
    assert renderer.render(recipe, side=16).draft == 16


def test_an_export_says_so_and_goes_on_from_there_later(model, full, tmp_path):
    timeline = ss.Timeline.of([Recipe.from_seed(seed, model) for seed in (1, 2)], 0.5, fps=8)
    ss.export_video(model, timeline, tmp_path / "whole.mkv")
    full(2)
    with pytest.raises(ss.ModelError, match="doesn't have enough free memory"):
        ss.export_video(model, timeline, tmp_path / "clip.mkv")
    assert not (tmp_path / "clip.mkv").exists()
    ss.export_video(model, timeline, tmp_path / "clip.mkv")
    assert (tmp_path / "clip.mkv").read_bytes() == (tmp_path / "whole.mkv").read_bytes()


def test_other_errors_are_not_taken_for_it(model, full):
    full(1, RuntimeError("a broken driver"))
    with pytest.raises(RuntimeError, match="broken driver"):
        Renderer(model).render(Recipe.from_seed(7, model))


@pytest.mark.parametrize(("free", "kept"), [(1 << 30, 1 << 28), (24 << 30, 1 << 30)])
def test_what_is_kept_fits_what_a_card_has_free(monkeypatch, free, kept):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (free, 24 << 30))
    assert devices.cache_budget(torch.device("cuda")) == kept
    assert devices.cache_budget(torch.device("cpu")) == 1 << 30

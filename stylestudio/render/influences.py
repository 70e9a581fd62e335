"""Which places of the picture an intervention or a region can change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.networks.chain import StepInput, run_steps
from stylestudio.networks.stylegan2 import State
from stylestudio.recipe import Region
from stylestudio.render.device import one_at_a_time
from stylestudio.render.mask_maps import mask_map
from stylestudio.render.model_opening import as_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import AnyIntervention
    from stylestudio.render.model import Model


def influence(model: Model | str, intervention: AnyIntervention) -> NDArray[np.bool_]:
    """The places [R, R] of the picture that it can change: its mask, and what layers spread it to.

    All others keep their bytes, in every type that models run in. It is found out with the model's
    own layers, by values that are no numbers, which reach as far as anything does: so it holds for
    fast convolutions, whose roundings spread further than the filters. A StyleGAN 1 measures whole
    maps, so there it is the whole picture. Takes about as long as a frame.

    >>> import numpy as np, stylestudio as ss
    >>> model = ss.open_model("portraits")
    >>> mask = np.zeros((256, 256), np.float32)
    >>> mask[:32, :32] = 1
    >>> bent = ss.Intervention.of("corner", 12, "scale", 2.0, mask=mask)
    >>> reached = ss.influence(model, bent)
    >>> reached.shape, bool(reached[0, 0]), bool(reached[200, 200])
    ((256, 256), True, False)
    """
    model = as_model(model)
    chain = model.synthesis
    last = chain.steps[-1]

    def spoiled(state: State, index: int) -> State:
        step = chain.steps[index]
        if not intervention.covers(index):
            return state
        if not isinstance(intervention, Region):
            return state._replace(x=_spoil(state.x, intervention, step))
        img, shortcut = (
            None if each is None else _spoil(each, intervention, step)
            for each in (state.img, state.shortcut)
        )
        return State(_spoil(state.x, intervention, step), img, shortcut)

    def given(step: Step, state: State) -> StepInput:
        index = chain.steps.index(step)
        if index:
            state = spoiled(state, index - 1)
        return StepInput(chain, step, state, model.w_avg[None])

    with one_at_a_time(model.device), torch.inference_mode():
        for step, state in run_steps(chain.steps, chain.initial_state(), given):
            if step is last:
                state = spoiled(state, len(chain.steps) - 1)
                assert state.img is not None
                reached: NDArray[np.bool_] = state.img[0].isnan().any(0).cpu().numpy()
    return reached


def _spoil(maps: Tensor, each: AnyIntervention, step: Step) -> Tensor:
    size = maps.shape[-1]
    side = min(step.resolution, size)
    placed = (each.feather, each.right, each.down) if isinstance(each, Region) else ()
    mask = torch.ones(size, size) if each.mask is None else mask_map(each.mask, size, side, *placed)
    return torch.where((mask > 0).to(maps.device), torch.full_like(maps, torch.nan), maps)

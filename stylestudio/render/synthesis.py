"""Runs the steps of synthesis for one recipe after another, only those that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from stylestudio.networks.chain import StepInput, run_steps, steps_upto
from stylestudio.networks.stylegan2 import State
from stylestudio.render.graphs import StepGraphs, recorder_for

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from torch import Tensor

    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model
    from stylestudio.render.stages import SynthesisStage

StepKey = tuple["Hashable", ...]  # the step's row of ws, and what each stage brings into it

NOTHING = State(torch.empty(0), None, None)  # before the first step, until a stage places the scene


class Superseded(Exception):
    """The caller asked to stop before the frame was complete."""


class Synthesis:
    """A chain of steps whose states are kept, so that it restarts where something changed.

    A step's result depends on its input and on its key, so the first step whose key differs from
    the last frame's is where synthesis restarts, from the state that was kept before it. States
    are kept from the first step on, as far as `cache_bytes` reaches; where any may be, a card
    records steps and replays them. Belongs to one thread.
    """

    def __init__(self, model: Model, stages: Sequence[SynthesisStage], cache_bytes: int) -> None:
        self.steps_run: tuple[str, ...] = ()  # names of the steps that the last frame ran
        self.picture: Tensor | None = None  # [1, C, R, R], once the last frame was complete
        self._model = model
        self._stages = stages
        self._cache_bytes = cache_bytes
        recorder = recorder_for(model.device)
        self._graphs = StepGraphs(recorder, cache_bytes) if recorder and cache_bytes else None
        self._styles: tuple[Tensor, Any] | None = None  # and the ws that they were made of
        self._keys: list[StepKey] = []  # what each step of the last frame depended on
        self._states: list[State | None] = []  # after each step; None where the budget ended
        self._bytes: list[int] = []  # of those up to each step

    def start(
        self,
        ws: Tensor,
        recipe: Recipe,
        should_stop: Callable[[], bool],
        side: int | None = None,
    ) -> Iterator[tuple[int, Step, State]]:
        """Run what changed, up to RGB of at least `side` pixels; None stands for all of it.

        Yields what each step made, with its place in the chain. `should_stop` is asked before
        every step; where it says yes, Superseded is raised and what was computed stays useful.
        """
        chain = self._model.synthesis
        steps = steps_upto(chain.steps, side)
        rows = ws.cpu().numpy()
        parts = [[stage.key(recipe, step) for step in steps] for stage in self._stages]
        keys: list[StepKey] = list(
            zip((rows[step.ws_index].tobytes() for step in steps), *parts, strict=True)
        )
        self.steps_run = ()
        if keys == self._keys and self.picture is not None:
            return iter(())
        return self._run(ws, recipe, should_stop, steps, keys)

    def _run(
        self,
        ws: Tensor,
        recipe: Recipe,
        should_stop: Callable[[], bool],
        steps: Sequence[Step],
        keys: list[StepKey],
    ) -> Iterator[tuple[int, Step, State]]:
        chain, graphs, styles = self._model.synthesis, self._graphs, None
        if graphs is not None:  # whose steps each make their own styles
            ws = graphs.hold(chain, ws)
        else:
            if self._styles is None or self._styles[0] is not ws:
                self._styles = ws, chain.styles(ws)
            styles = self._styles[1]

        def given(step: Step, state: State) -> StepInput:
            if should_stop():
                raise Superseded
            w = ws[None, step.ws_index] if styles is None else styles.of(len(self._keys))
            on = StepInput(chain, step, state, w)
            brought = keys[len(self._keys)][1:]
            for stage, part in zip(self._stages, brought, strict=True):
                if part is not None:
                    on = stage.apply(on, recipe)
            return on if graphs is None else graphs.over(on)

        first, before = self._restart(keys)
        for step, state in run_steps(steps[first:], before, given):
            index = len(self._keys)
            self._keep(keys[index], state)
            self.steps_run += (step.name,)
            if index == len(keys) - 1:
                self.picture = state.img
            yield index, step, state

    def _restart(self, keys: list[StepKey]) -> tuple[int, State]:
        """Forget what no longer holds; return the first step to run and the state before it."""
        self.picture = None
        unchanged = 0
        for old, new in zip(self._keys, keys, strict=False):
            if old != new:
                break
            unchanged += 1
        unchanged = min(unchanged, len(keys) - 1)  # the picture asked for may be an earlier one
        while unchanged and self._states[unchanged - 1] is None:
            unchanged -= 1
        del self._keys[unchanged:], self._states[unchanged:], self._bytes[unchanged:]
        if unchanged:
            state = self._states[-1]
            assert state is not None
            return unchanged, state
        return 0, NOTHING

    def _keep(self, key: StepKey, state: State) -> None:
        """Keep a state where it fits the budget beside those that are kept."""
        self._keys.append(key)
        if not self._cache_bytes:
            self._states.append(None)
            self._bytes.append(0)
            return
        before = next((each for each in reversed(self._states) if each is not None), NOTHING)
        new = sum(  # what steps leave as it was is the same tensor in their states
            tensor.nbytes
            for tensor, last in zip(state, before, strict=True)
            if tensor is not None and tensor is not last
        )
        taken = self._bytes[-1] if self._bytes else 0
        fits = taken + new <= self._cache_bytes
        self._states.append(state if fits else None)
        self._bytes.append(taken + new if fits else taken)

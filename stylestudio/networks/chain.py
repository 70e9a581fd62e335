"""The chain of steps that every synthesis network is, and the one loop that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from torch import Tensor

    from stylestudio.networks.stylegan2.synthesis import State, Step

TRUE_SIDE = 128  # RGB of earlier steps may have other colours, which later ones put right

T = TypeVar("T")


def last(steps: Iterable[T]) -> T:
    """What the last step gives; none of the others is kept. There has to be one."""
    for step in steps:
        result = step
    return result


class Chain(Protocol):
    """A synthesis network as steps, each driven by a row of ws."""

    dtype: torch.dtype  # of feature maps; noise is added in it

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in the order in which they run."""

    def initial_state(self, batch: int = 1, transform: Tensor | None = None) -> State:
        """What the first step starts from.

        `transform` [3, 3] places the scene, as `stylegan3.placement` makes it; families whose
        scene cannot be placed leave it out of account.
        """

    def styles(self, ws: Tensor) -> Any:
        """What the rows of ws [num_ws, w_dim] say to the steps, made for many at once.

        Its `of(index)` drives the step at that place in this chain, in place of its row of ws.
        None where every step makes its own.
        """

    def run_step(self, step: Step, state: State, w: Any, noise: Tensor | None) -> State:
        """Run one step with its noise [r, r] or [N, 1, r, r].

        `w` is its row of ws [N, w_dim], perhaps moved, or what `styles` made of it.
        """

    def __call__(self, ws: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        """Synthesise ws [N, num_ws, w_dim] with one noise a step -> [N, img_channels, R, R]."""

    def noise_const(self, step: Step) -> Tensor:
        """The noise [r, r] stored with the weights for a step that has noise."""

    def of_twin(self, network: Any) -> Chain:
        """Return a chain for a network of this kind whose weights are the same so far.

        It shares all that is laid out; what `lay_out_again` replaces in one, the other keeps.
        """

    def lay_out_again(self, names: Iterable[str]) -> None:
        """Take over weights that changed in the network, by their names in the state dict."""

    def blend(self, plain: Any, name: str) -> Any:
        """What takes a layer from the weights of a plain network to those that it has now.

        By its name in the state dict; None where laying it out again is as quick.
        """

    def take(self, name: str, blend: Any, share: float) -> None:
        """Run a layer at a share of the way of its `blend`, not quite exactly at 0 and 1."""


Network = TypeVar("Network", bound=nn.Module)


class OwnChain(nn.Module):
    """A synthesis network that is run as it is: nothing is laid out beside its weights."""

    dtype = torch.float32

    def styles(self, ws: Tensor) -> None:
        """Every step makes its own."""

    def of_twin(self, network: Network) -> Network:
        """The twin itself."""
        return network

    def lay_out_again(self, names: Iterable[str]) -> None:
        """Nothing has to be taken over."""

    def blend(self, plain: nn.Module, name: str) -> None:
        """Nothing is laid out."""

    def take(self, name: str, blend: Any, share: float) -> None:
        """There is no blend."""


class StepInput(NamedTuple):
    """All that one step is run on."""

    chain: Chain
    step: Step
    state: State
    w: Any  # row of ws [N, w_dim], perhaps moved, or what the model's chain made of it
    noise: Tensor | None = None  # [r, r] or [N, 1, r, r]


def steps_upto(steps: Sequence[Step], side: int | None) -> Sequence[Step]:
    """The steps that an RGB picture of at least `side` pixels takes; None stands for all.

    A skip generator has an RGB picture at every resolution (StyleGAN2 paper, section 4.1), so its
    chain may end at the first that is large enough; others run to the end.
    """
    for index, step in enumerate(steps):
        if side is not None and step.makes_rgb and step.resolution >= side:
            return steps[: index + 1]
    return steps


def run_steps(
    steps: Sequence[Step], state: State, given: Callable[[Step, State], StepInput]
) -> Iterator[tuple[Step, State]]:
    """Run steps from a state; `given` says what each is run on. Yields what every one made."""
    for step in steps:
        on = given(step, state)
        state = on.chain.run_step(step, on.state, on.w, on.noise)
        yield step, state


def run_chain(
    chain: Chain,
    ws: Tensor,
    noise: Callable[[Step], Tensor | None],
    side: int | None = None,
) -> Tensor:
    """Synthesise ws [N, num_ws, w_dim] to RGB [N, C, r, r] of at least `side` pixels, None: all."""
    return last(run_pictures(chain, ws, noise, side))


def run_pictures(
    chain: Chain,
    ws: Tensor,
    noise: Callable[[Step], Tensor | None],
    side: int | None = None,
) -> Iterator[Tensor]:
    """The RGB pictures that a skip generator makes on its way, the one of `run_chain` last."""

    def given(step: Step, state: State) -> StepInput:
        return StepInput(chain, step, state, ws[:, step.ws_index], noise(step))

    steps = steps_upto(chain.steps, side)
    for step, state in run_steps(steps, chain.initial_state(ws.shape[0]), given):
        if step is steps[-1] or step.makes_rgb:
            assert state.img is not None
            yield state.img

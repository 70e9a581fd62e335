"""The tuned weights that a recipe's sources bring with them.

Weights are mixed as rows of w are: where a source takes over a row, its weights take over the
layers that the row drives, by the same amounts.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch

from stylestudio.recipe import BlendSource, LatentSource, deltas_of
from stylestudio.render.delta import DeltaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.networks.chain import Chain, StepInput
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import Recipe, Source
    from stylestudio.render.assets import Assets
    from stylestudio.render.delta import Delta
    from stylestudio.render.model import Model

RowDeltas = tuple[tuple[str, float], ...]  # hashes and shares that act on the layers of one row


def row_deltas(recipe: Recipe) -> tuple[RowDeltas, ...]:
    """Say which deltas act on each of the num_ws rows; () where no source was tuned."""
    sources = [recipe.source, *(row.source for row in recipe.mixing)]
    if not any(map(_shares, sources)):
        return ()
    rows = [_shares(recipe.source) for _ in range(recipe.model.num_ws)]
    for mix in recipe.mixing:
        theirs = _shares(mix.source)
        rows = [_lerp(ours, theirs, amount) for ours, amount in zip(rows, mix.amounts, strict=True)]
    return tuple(tuple(sorted(row.items())) for row in rows)


def _shares(source: Source) -> dict[str, float]:
    if isinstance(source, LatentSource):
        return {source.delta: 1.0} if source.delta else {}
    if not isinstance(source, BlendSource):
        return {}
    shares: dict[str, float] = {}
    for part in source.parts:
        for sha256, share in _shares(part.source).items():
            shares[sha256] = shares.get(sha256, 0.0) + share * part.weight
    return shares


def _lerp(a: dict[str, float], b: dict[str, float], amount: float) -> dict[str, float]:
    mixed = {
        sha256: a.get(sha256, 0.0) * (1 - amount) + b.get(sha256, 0.0) * amount
        for sha256 in a.keys() | b.keys()
    }
    return {sha256: share for sha256, share in mixed.items() if share}


class Tuning:
    """The stage of synthesis that adds tuned weights, by the shares of the row that drives a step.

    They are added in a twin of the model's network, which has tensors of its own only where some
    delta changes them, and before the step that needs them: what does not run is not touched, and
    the model itself never is. Belongs to one thread.
    """

    def __init__(self, model: Model, assets: Assets) -> None:
        self._model = model
        self._assets = assets
        self._rows: tuple[RowDeltas, ...] = ()
        self._twin: Twin | None = None  # None while a recipe names no tuned weights

    def prepare(self, recipe: Recipe) -> None:
        """Find the tuned weights. Raises DeltaError where one is nowhere, or of another model."""
        self._rows = row_deltas(recipe)
        if not self._rows:
            self._twin = None
            return
        deltas = {sha256: self._assets.delta(sha256) for sha256 in deltas_of(recipe)}
        if self._twin is None:
            self._twin = Twin(self._model)
        self._twin.use(deltas)

    def key(self, recipe: Recipe, step: Step) -> RowDeltas:  # noqa: ARG002 - see prepare
        """The hashes and shares that act on the step's row."""
        return self._rows[step.ws_index] if self._rows else ()

    def apply(self, given: StepInput, recipe: Recipe) -> StepInput:
        """Let the step run with its tuned weights."""
        if self._twin is None:
            return given
        return given._replace(chain=self._twin.chain(given.step, self.key(recipe, given.step)))

    def network(self, recipe: Recipe) -> Any:
        """The synthesis network with the tuned weights of all steps, which gradients go through."""
        network = self._model.network.synthesis
        if self._twin is None:
            return network
        for step in network.steps:
            self._twin.chain(step, self.key(recipe, step))
        return self._twin.network


class Twin:
    """A copy of a model's synthesis that shares all tensors but those which deltas change."""

    def __init__(self, model: Model) -> None:
        self._model = model
        network = model.network.synthesis
        shared = [*network.parameters(), *network.buffers(), network.steps]
        self.network = copy.deepcopy(network, {id(each): each for each in shared})
        self._chain = model.synthesis.of_twin(self.network)
        self._plain = network.state_dict()
        self._deltas: dict[str, Delta] = {}
        self._names: dict[str, tuple[str, ...]] = {}  # of what deltas change, by step
        self._shares: dict[str, RowDeltas] = {}  # that are in a tensor now
        self._tensors: dict[str, Tensor] = {}  # the twin's own
        self._changes: dict[tuple[str, str], Tensor] = {}  # by delta and tensor

    def use(self, deltas: dict[str, Delta]) -> None:
        """Say which deltas come next. Raises DeltaError for those that do not fit the model."""
        if deltas.keys() == self._deltas.keys():
            return
        for sha256 in deltas.keys() - self._deltas.keys():
            self._check(deltas[sha256])
        self._deltas = deltas
        self._changes = {at: change for at, change in self._changes.items() if at[0] in deltas}
        steps = self._model.network.synthesis.steps
        # What is still in a tensor has to be taken out again, though its delta is gone.
        changed = {name for delta in deltas.values() for name in delta.tensors} | {*self._shares}
        by_step: dict[str, list[str]] = {step.name: [] for step in steps}
        for name in sorted(changed):
            by_step[step_of(steps, name).name].append(name)
        self._names = {step: tuple(names) for step, names in by_step.items()}

    def chain(self, step: Step, shares: RowDeltas) -> Chain:
        """The chain in which this step has these shares of the deltas."""
        changed = {}
        for name in self._names[step.name]:
            own = tuple(each for each in shares if name in self._deltas[each[0]].tensors)
            if self._shares.get(name, ()) != own:
                changed[name] = own
        if changed:
            with torch.inference_mode(False), torch.no_grad():
                for name, own in changed.items():
                    self._add(name, own)
            self._chain.lay_out_again(changed)
            self._shares |= changed  # once all went well
        return self._chain

    def _check(self, delta: Delta) -> None:
        if delta.model_sha256 != self._model.sha256:
            raise DeltaError(f"The tuned weights {delta.file_name} belong to another model.")
        for name, change in delta.tensors.items():
            if name not in self._plain or self._plain[name].shape != change.shape:
                raise DeltaError(
                    f"{delta.file_name} is damaged: it does not fit {self._model.name}."
                )

    def _add(self, name: str, shares: RowDeltas) -> None:
        """Give a tensor its plain values and these shares of the changes."""
        now, plain = self._own(name), self._plain[name]
        if not shares:
            now.copy_(plain)
        for index, (sha256, share) in enumerate(shares):
            torch.add(now if index else plain, self._change(sha256, name), alpha=share, out=now)

    def _own(self, name: str) -> Tensor:
        """The twin's own tensor of this name, to be filled."""
        # Noise is known by the tensor that it lies in, so it never changes in place.
        if name not in self._tensors or name.endswith("noise_const"):
            place, _, leaf = name.rpartition(".")
            module, own = self.network.get_submodule(place), torch.empty_like(self._plain[name])
            if leaf in module._buffers:
                module._buffers[leaf] = own
            else:
                module._parameters[leaf] = torch.nn.Parameter(own, requires_grad=False)
            self._tensors[name] = own
        return self._tensors[name]

    def _change(self, sha256: str, name: str) -> Tensor:
        """What a delta adds to a tensor; in the tensor's type, as it is asked for at every tick."""
        if (sha256, name) not in self._changes:
            plain = self._plain[name]
            change = self._deltas[sha256].tensors[name].to(plain.device, plain.dtype)
            self._changes[sha256, name] = change
        return self._changes[sha256, name]


def step_of(steps: Sequence[Step], name: str) -> Step:
    """The step that a weight of the synthesis belongs to, by its name in the state dict."""
    for step in steps:
        if name.startswith(f"{step.name}."):
            return step
    block = name.split(".")[0]  # what belongs to no layer acts with its block's first
    return next((step for step in steps if step.name.split(".")[0] == block), steps[0])

"""Weights other than the model's own: those that sources bring, and a recipe's deltas.

Tuned weights are mixed as rows of w are: where a source takes over a row, its weights take over
the layers that the row drives, by the same amounts. What the recipe's own deltas change comes on
top, by the amount that each gives to a row.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from msgspec.structs import replace

from stylestudio.recipe import BlendSource, LatentSource
from stylestudio.recipe.deltas import acting_deltas
from stylestudio.recipe.mixing import heard
from stylestudio.recipe.recipe_sources import tuned_by
from stylestudio.render.assets import shared_assets
from stylestudio.render.delta import Delta, DeltaError, check_changes, sibling_weights

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from torch import Tensor

    from stylestudio.networks.chain import Chain, StepInput
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import Recipe, Source
    from stylestudio.render.assets import Assets
    from stylestudio.render.model import Model

RowDeltas = tuple[tuple[str, float], ...]  # hashes and shares that act on the layers of one row


def row_deltas(recipe: Recipe) -> tuple[RowDeltas, ...]:
    """Say which weights act on each of the num_ws rows; () where all are the model's own."""
    deltas = [*acting_deltas(recipe.deltas)]
    mixing = heard(recipe.mixing)
    sources = [recipe.source, *(row.source for row in mixing)]
    if not deltas and not any(map(_shares, sources)):
        return ()
    rows = [_shares(recipe.source) for _ in range(recipe.model.num_ws)]
    for mix in mixing:
        theirs = _shares(mix.source)
        rows = [_lerp(ours, theirs, amount) for ours, amount in zip(rows, mix.acting, strict=True)]
    for delta in deltas:
        for row, share in zip(rows, delta.shares(len(rows)), strict=True):
            row[delta.weights.sha256] = row.get(delta.weights.sha256, 0.0) + share
    return tuple(tuple(sorted(item for item in row.items() if item[1])) for row in rows)


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


@dataclass(frozen=True)
class Sibling:
    """The weights of another model that differ from the model's own, by name."""

    tensors: Mapping[str, Tensor]


class Tuning:
    """The stage of synthesis that changes weights, by the shares of the row that drives a step.

    They are added in a twin of the model's network, which has tensors of its own only where some
    delta changes them, and before the step that needs them: what does not run is not touched, and
    the model itself never is. Belongs to one thread.
    """

    def __init__(self, model: Model, assets: Assets) -> None:
        self._model = model
        self._assets = assets
        self._rows: tuple[RowDeltas, ...] = ()
        self._twin: Twin | None = None  # None while all weights are the model's own
        self._siblings: dict[str, Sibling] = {}

    def prepare(self, recipe: Recipe) -> None:
        """Find the weights. Raises DeltaError for those that are nowhere, or fit another model."""
        self._rows = row_deltas(recipe)
        if not self._rows:
            self._twin = None
            return
        needed = tuned_by(replace(recipe, mixing=heard(recipe.mixing)))
        tuned = {sha256: self._assets.delta(sha256) for sha256 in needed}
        for delta in tuned.values():
            if delta.model_sha256 != self._model.sha256:
                raise DeltaError(f"The tuned weights {delta.file_name} belong to another model.")
        if self._twin is None:
            self._twin = Twin(self._model)
        self._twin.use({**tuned, **self._of_deltas(recipe)}, exact=tuned.keys())

    def _of_deltas(self, recipe: Recipe) -> dict[str, Delta | Sibling]:
        """What the recipe's own deltas name, as far as they change something."""
        found: dict[str, Delta | Sibling] = {}
        for use in acting_deltas(recipe.deltas):
            sha256 = use.weights.sha256
            if not use.is_crossfade:
                found[sha256] = self._assets.changes(use.weights)
            elif sha256 in self._siblings:
                found[sha256] = self._siblings[sha256]
            else:
                sibling = self._assets.sibling(use.weights)
                plain = self._model.network.synthesis.state_dict()
                found[sha256] = Sibling(sibling_weights(plain, sibling, self._model.name))
        self._siblings = {key: each for key, each in found.items() if isinstance(each, Sibling)}
        return found

    def key(self, recipe: Recipe, step: Step) -> RowDeltas:  # noqa: ARG002 - see prepare
        """The hashes and shares that change weights of the step."""
        if self._twin is None:
            return ()
        return self._twin.acting(step, self._rows[step.ws_index])

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
            self._twin.fill(step, self.key(recipe, step))
        return self._twin.network


def tuned_network(model: Model, recipe: Recipe, assets: Assets | None = None) -> Any:
    """The synthesis network with a recipe's tuned weights, the model's own where it has none.

    `assets` is where they are, None for the store of the whole program. Raises DeltaError.
    """
    tuning = Tuning(model, assets or shared_assets())
    tuning.prepare(recipe)
    return tuning.network(recipe)


class ChangedLayer(NamedTuple):
    """What deltas change of a layer."""

    names: list[str]  # of tensors
    deltas: set[str]  # hashes


class Twin:
    """A copy of a model's synthesis that shares all tensors but those which deltas change."""

    def __init__(self, model: Model) -> None:
        self._model = model
        network = model.network.synthesis
        shared = [*network.parameters(), *network.buffers(), network.steps]
        self.network = copy.deepcopy(network, {id(each): each for each in shared})
        self._chain = model.synthesis.of_twin(self.network)
        self._plain = network.state_dict()
        self._bring_strengths()
        self._deltas: dict[str, Delta | Sibling] = {}
        self._changed: dict[str, dict[str, ChangedLayer]] = {}  # by step and name
        self._shares: dict[str, RowDeltas] = {}  # that a layer runs with
        self._held: dict[str, RowDeltas] = {}  # that are in a tensor; a layer on its way reads none
        self._tensors: dict[str, Tensor] = {}  # the twin's own
        self._values: dict[tuple[str, str], Tensor] = {}  # by delta and tensor
        self._blends: dict[tuple[str, str], Any] = {}  # by delta and layer, None where of no use
        self._exact: set[str] = set()

    def _bring_strengths(self) -> None:
        """Hold the strengths of noise on the processor, which asks for them at each layout.

        There, asking for one makes nobody wait.
        """
        names = [name for name in self._plain if name.endswith(".noise_strength")]
        names = [name for name in names if not self._plain[name].ndim]  # not one for each channel
        if not names:
            return
        strengths = torch.stack([self._plain[name] for name in names]).cpu()
        for name, strength in zip(names, strengths, strict=True):
            self._plain[name] = strength
            self._put(name, strength)

    def use(self, deltas: dict[str, Delta | Sibling], exact: Collection[str]) -> None:
        """Say which deltas come next. Raises DeltaError for those that do not fit the model.

        Layers with those of which the bytes have to stay what they were, `exact`, are laid out
        anew for each amount; others are blended where they have one delta alone.
        """
        self._exact = {*exact}
        if deltas.keys() == self._deltas.keys():
            return
        for sha256 in deltas.keys() - self._deltas.keys():
            delta = deltas[sha256]
            if isinstance(delta, Delta):
                check_changes(delta, self._plain, self._model)
        self._deltas = deltas
        self._values = {at: value for at, value in self._values.items() if at[0] in deltas}
        self._blends = {at: blend for at, blend in self._blends.items() if at[0] in deltas}
        steps = self._model.network.synthesis.steps
        # What is still in a tensor has to be taken out again, though its delta is gone.
        changed = {name for delta in deltas.values() for name in delta.tensors} | {*self._tensors}
        self._changed = {step.name: {} for step in steps}
        for name in sorted(changed):
            layers = self._changed[step_of(steps, name).name]
            layer = layers.setdefault(".".join(name.split(".")[:2]), ChangedLayer([], set()))
            layer.names.append(name)
            layer.deltas.update(key for key, delta in deltas.items() if name in delta.tensors)

    def acting(self, step: Step, shares: RowDeltas) -> RowDeltas:
        """Those of the shares that change weights of a step."""
        layers = self._changed[step.name].values()
        return tuple(each for each in shares if any(each[0] in layer.deltas for layer in layers))

    def chain(self, step: Step, shares: RowDeltas) -> Chain:
        """The chain in which this step has these shares of the deltas."""
        for name, layer in self._changed[step.name].items():
            acting = tuple(each for each in shares if each[0] in layer.deltas)
            if acting != self._shares.get(name, ()):
                self._move(name, layer.names, acting)
                self._shares[name] = acting  # once all went well
        return self._chain

    def fill(self, step: Step, shares: RowDeltas) -> None:
        """Have these shares of the deltas in the tensors of a step, which the chain lays out."""
        with torch.inference_mode(False), torch.no_grad():
            for layer in self._changed[step.name].values():
                self._fill(layer.names, shares)

    def _move(self, layer: str, names: list[str], shares: RowDeltas) -> None:
        """Let a layer run with these shares in its tensors."""
        blend = self._blend(layer, names, shares)
        if blend is not None:
            names = [name for name in names if _is_noise(name)]
        if names:
            with torch.inference_mode(False), torch.no_grad():
                self._fill(names, shares)
                self._chain.lay_out_again(names)
        if blend is not None:
            self._chain.take(layer, blend, shares[0][1])

    def _blend(self, layer: str, names: list[str], shares: RowDeltas) -> Any:
        """What moves a layer that has one delta alone between its two ends, if that is quicker."""
        if len(shares) != 1:
            return None
        ((sha256, share),) = shares
        if share == 1.0 or sha256 in self._exact:
            return None
        if (sha256, layer) not in self._blends:
            weights, blend = [name for name in names if not _is_noise(name)], None
            if any(name in self._deltas[sha256].tensors for name in weights):
                with torch.inference_mode(False), torch.no_grad():
                    self._fill(weights, ((sha256, 1.0),))
                    blend = self._chain.blend(self._model.network.synthesis, layer)
            self._blends[sha256, layer] = blend
        return self._blends[sha256, layer]

    def _fill(self, names: list[str], shares: RowDeltas) -> None:
        """Have in these tensors what they have of these shares of the deltas."""
        for name in names:
            own = tuple(each for each in shares if name in self._deltas[each[0]].tensors)
            if self._held.get(name, ()) != own:
                self._held.pop(name, None)  # should anything go wrong on the way
                self._add(name, own)
                self._held[name] = own

    def _add(self, name: str, shares: RowDeltas) -> None:
        """Give a tensor its plain values and these shares of the changes."""
        now, plain = self._own(name), self._plain[name]
        if not shares:
            now.copy_(plain)
        # Siblings first: at a share of 1 their weights come out to the bit.
        ordered = sorted(shares, key=lambda each: isinstance(self._deltas[each[0]], Delta))
        for index, (sha256, share) in enumerate(ordered):
            value = self._value(sha256, name)
            if isinstance(self._deltas[sha256], Delta):
                torch.add(now if index else plain, value, alpha=share, out=now)
            elif not index:
                torch.lerp(plain, value, share, out=now)
            else:
                now.add_(value, alpha=share).sub_(plain, alpha=share)

    def _own(self, name: str) -> Tensor:
        """The twin's own tensor of this name, to be filled."""
        # Noise is known by the tensor that it lies in, so it never changes in place.
        if name not in self._tensors or _is_noise(name):
            self._tensors[name] = torch.empty_like(self._plain[name])
            self._put(name, self._tensors[name])
        return self._tensors[name]

    def _put(self, name: str, own: Tensor) -> None:
        """Let the twin's network have this tensor under a name."""
        place, _, leaf = name.rpartition(".")
        module = self.network.get_submodule(place)
        if leaf in module._buffers:
            module._buffers[leaf] = own
        else:
            module._parameters[leaf] = torch.nn.Parameter(own, requires_grad=False)

    def _value(self, sha256: str, name: str) -> Tensor:
        """What a delta adds to a tensor, or a sibling has in its place.

        In the tensor's type, as it is asked for at every tick.
        """
        if (sha256, name) not in self._values:
            plain = self._plain[name]
            value = self._deltas[sha256].tensors[name].to(plain.device, plain.dtype)
            self._values[sha256, name] = value
        return self._values[sha256, name]


def _is_noise(name: str) -> bool:
    """Whether a tensor is noise, which is not laid out."""
    return name.endswith("noise_const")


def step_of(steps: Sequence[Step], name: str) -> Step:
    """The step that a weight of the synthesis belongs to, by its name in the state dict."""
    for step in steps:
        if name.startswith(f"{step.name}."):
            return step
    block = name.split(".")[0]  # what belongs to no layer acts with its block's first
    return next((step for step in steps if step.name.split(".")[0] == block), steps[0])

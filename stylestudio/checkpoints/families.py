"""The architectures that StyleStudio runs: how each is recognised, built, and what it can do."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints import progan, stylegan1, stylegan2, stylegan3
from stylestudio.checkpoints.errors import Unreadable
from stylestudio.recipe.capabilities import Capabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from stylestudio.checkpoints.checkpoint import Generator
    from stylestudio.checkpoints.modules import ModuleTree
    from stylestudio.checkpoints.torch_tensors import Array


@dataclass(frozen=True)
class Family:
    """One architecture of generators."""

    name: str  # `family` of its networks, and in the description of our own files
    title: str  # in messages
    describe: Callable[[Generator], str]  # title and variant of one of its networks
    matches: Callable[[Collection[str]], bool]  # from names of weights, as NVIDIA gives them
    hints: type  # what the shapes of the weights cannot tell
    hints_of: Callable[[ModuleTree], Any]  # the same, from the settings of a pickled network
    build: Callable[[dict[str, Array], Any], tuple[Any, list[str]]]  # a network, and remarks
    check: Callable[[ModuleTree, Any], None]  # a pickled network against what was built
    capabilities: Callable[[Generator], Capabilities]

    def build_with(
        self, arrays: dict[str, Array], known: Mapping[str, Any]
    ) -> tuple[Generator, list[str]]:
        """A network with these weights, where `known` is all that is known beside them.

        Raises Unreadable where they do not fit together.
        """
        names = {field.name for field in dataclasses.fields(self.hints)}
        hints = self.hints(**{name: known[name] for name in names & set(known)})
        return self.build(arrays, hints)


def _is_noisy(network: Generator) -> bool:
    return any(step.has_noise for step in network.synthesis.steps)


FAMILIES = (
    Family(
        name="stylegan3",
        title="StyleGAN3",
        describe=lambda network: f"StyleGAN3-{network.config.architecture}",  # type: ignore[union-attr]
        matches=lambda names: "synthesis.input.freqs" in names,
        hints=stylegan3.Hints,
        hints_of=stylegan3.hints_of,
        build=stylegan3.build,
        check=stylegan3.check_layers,
        capabilities=lambda network: Capabilities(
            has_noise=_is_noisy(network),
            has_classes=network.config.c_dim > 0,
            can_be_placed=True,
        ),
    ),
    Family(
        name="stylegan1",
        title="StyleGAN",
        describe=lambda network: "StyleGAN",  # noqa: ARG005 - all are called so
        matches=lambda names: "synthesis.b4.conv0.affine.weight" in names,
        hints=stylegan1.Hints,
        hints_of=stylegan1.hints_of,
        build=stylegan1.build,
        check=stylegan1.check,
        capabilities=lambda network: Capabilities(),  # noqa: ARG005 - all can the same
    ),
    Family(
        name="progan",
        title="ProGAN",
        describe=lambda network: "ProGAN",  # noqa: ARG005 - all are called so
        matches=lambda names: "synthesis.b4.conv0.weight" in names,
        hints=progan.Hints,
        hints_of=progan.hints_of,
        build=progan.build,
        check=progan.check,
        capabilities=lambda network: Capabilities(has_w=False, has_noise=False),  # noqa: ARG005
    ),
    Family(
        name="stylegan2",
        title="StyleGAN2",
        describe=lambda network: "StyleGAN2",  # noqa: ARG005 - all are called so
        matches=lambda names: "synthesis.b4.const" in names,
        hints=stylegan2.Hints,
        hints_of=stylegan2.hints_of,
        build=stylegan2.build,
        check=lambda tree, network: None,  # noqa: ARG005 - its shapes say it all
        capabilities=lambda network: Capabilities(
            has_noise=_is_noisy(network), has_classes=network.config.c_dim > 0
        ),
    ),
)


def family_of(network: Generator) -> Family:
    """The family of a network that one of them has built."""
    return next(family for family in FAMILIES if family.name == network.family)


def recognise(names: Collection[str]) -> Family | None:
    """The family whose generators have weights of these names, if any has."""
    return next((family for family in FAMILIES if family.matches(names)), None)


def recognised(names: Collection[str]) -> Family:
    """Like `recognise`. Raises Unreadable where no family has such weights."""
    family = recognise(names)
    if family is None:
        raise Unreadable(
            "is an incomplete generator: the input of its synthesis network is missing"
        )
    return family

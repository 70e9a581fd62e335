"""NVIDIA's own pickles: stylegan2-ada-pytorch and the stylegan3 repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints.checkpoint import Contents, public
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.families import recognise, recognised
from stylestudio.checkpoints.inert import as_mapping, as_plain
from stylestudio.checkpoints.layouts import Converted, Layout
from stylestudio.checkpoints.pickle_values import text_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.modules import ModuleTree
    from stylestudio.checkpoints.torch_tensors import Array

_GUESSED = (
    "The file holds weights only, so what they do not show (activation, clamping) was taken to "
    "be as in the published networks."
)
_TRAINING_FACTS = ("class_name", "resolution", "max_size", "use_labels", "xflip")
_KNOWN_SETTINGS = {
    "z_dim",
    "c_dim",
    "w_dim",
    "num_ws",
    "img_resolution",
    "img_channels",
    "mapping_kwargs",
    "synthesis_kwargs",
    "channel_base",
    "channel_max",
    "num_fp16_res",
    "conv_clamp",
    "fp16_channels_last",
    "fused_modconv_default",
    "architecture",
    "resample_filter",
    "use_noise",
    "activation",
    "num_layers",
    "embed_features",
    "layer_features",
    "lr_multiplier",
    "w_avg_beta",
    "num_critical",
    "first_cutoff",
    "first_stopband",
    "last_stopband_rel",
    "margin_size",
    "output_scale",
    "conv_kernel",
    "filter_size",
    "lrelu_upsampling",
    "use_radial_filters",
    "magnitude_ema_beta",
}


def is_known(tree: ModuleTree) -> bool:
    """Whether a pickled network is a generator of NVIDIA's, or one that descends from it."""
    return {"mapping", "synthesis"} <= set(tree.class_names) and bool(recognise(tree.tensors))


def read(tree: ModuleTree, root: Any) -> Contents:
    """The generator that was pickled as `tree` in a file that holds `root`.

    Raises Unreadable where it is one that StyleStudio cannot run.
    """
    if any("embed_proj" in name for name in tree.class_names):
        raise Unreadable("is a StyleGAN-XL, which StyleStudio cannot run")
    remarks = [*tree.notes, *_unknown_settings(tree)]
    metadata = _provenance(tree, root)
    family = recognised(tree.tensors)
    network, notes = family.build(tree.tensors, family.hints_of(tree))
    family.check(tree, network)
    nested = "synthesis_kwargs" in _keywords(tree, "")
    repository = "stylegan2-ada-pytorch" if nested else "stylegan3 repository"
    return Contents(
        network,
        f"{family.describe(network)}, {repository} pickle",
        metadata=metadata,
        notes=(*remarks, *notes),
    )


def _keywords(tree: ModuleTree, module: str) -> dict[str, Any]:
    return text_items(as_mapping(tree.settings.get(module, {}).get("_init_kwargs")) or {})


def _unknown_settings(tree: ModuleTree) -> list[str]:
    given = _keywords(tree, "") | _keywords(tree, "synthesis") | _keywords(tree, "mapping")
    return [
        f"The unknown setting {shown(name, 40)} was ignored."
        for name in sorted(set(given) - _KNOWN_SETTINGS)[:5]
    ]


def _provenance(tree: ModuleTree, root: Any) -> dict[str, str]:
    """What the file tells about its origin, without the paths of whoever trained it."""
    facts: dict[str, object] = {}
    found = re.search(r"Copyright[^\n]{0,200}", tree.source[:2000])
    if found:
        facts["code_copyright"] = found[0].strip(" .*#")
    training = as_mapping((as_mapping(root) or {}).get("training_set_kwargs")) or {}
    for key in _TRAINING_FACTS:
        value = training.get(key)
        if isinstance(value, (str, int, float, bool)):
            facts[f"training_set_{key}"] = as_plain(value)
    return public(facts)


def _as_they_are(arrays: dict[str, Array], beside: Mapping[str, Array]) -> Converted:  # noqa: ARG001
    return Converted(arrays, notes=[_GUESSED])


LAYOUTS = tuple(
    Layout(name="bare weights", finder=name, companion=name, convert=_as_they_are)
    for name in ("synthesis.input.freqs", "synthesis.b4.const")
)

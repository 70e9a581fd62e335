"""NVIDIA's own pickles: stylegan2-ada-pytorch and the stylegan3 repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints import stylegan2
from stylestudio.checkpoints.checkpoint import Contents, public
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import as_mapping, as_plain
from stylestudio.checkpoints.modules import ModuleTree, read_module
from stylestudio.checkpoints.pickle_machine import text_items

if TYPE_CHECKING:
    from stylestudio.checkpoints.torch_tensors import Budget

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
}


def read(node: Any, root: Any, budget: Budget) -> Contents:
    """The generator pickled as `node` in a file that holds `root`.

    Raises Unreadable where it is none, or one that StyleStudio cannot run.
    """
    tree = read_module(node, budget)
    kind = tree.class_names[""]
    if "Discriminator" in kind:
        raise Unreadable("holds only a discriminator, which judges pictures and cannot make them")
    if "synthesis.b4.const" not in tree.tensors:
        raise Unreadable(f"holds a network of kind {shown(kind)}, which StyleStudio does not know")
    nested = "synthesis_kwargs" in _keywords(tree, "")
    hints = stylegan2.hints_of(tree)
    remarks = [*tree.notes, *_unknown_settings(tree)]
    metadata = _provenance(tree, root)
    network, notes = stylegan2.build(tree.tensors, hints)
    return Contents(
        network,
        f"StyleGAN2, {'stylegan2-ada-pytorch' if nested else 'stylegan3 repository'} pickle",
        metadata=metadata,
        notes=(*remarks, *notes),
    )


def _keywords(tree: ModuleTree, module: str) -> dict[str, Any]:
    return text_items(as_mapping(tree.settings.get(module, {}).get("_init_kwargs")) or {})


def _unknown_settings(tree: ModuleTree) -> list[str]:
    given = _keywords(tree, "") | _keywords(tree, "synthesis") | _keywords(tree, "mapping")
    return [
        f"The setting {shown(name, 40)} is unknown and was ignored."
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

"""NVIDIA's own pickles: stylegan2-ada-pytorch and the stylegan3 repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints import stylegan2, stylegan3
from stylestudio.checkpoints.checkpoint import Contents, public
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import as_mapping, as_plain
from stylestudio.checkpoints.modules import ModuleTree, read_module
from stylestudio.checkpoints.pickle_machine import text_items

if TYPE_CHECKING:
    from stylestudio.checkpoints.checkpoint import Generator
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


def read(node: Any, root: Any, budget: Budget) -> Contents:
    """The generator pickled as `node` in a file that holds `root`.

    Raises Unreadable where it is none, or one that StyleStudio cannot run.
    """
    tree = read_module(node, budget)
    kind = tree.class_names[""]
    if "Discriminator" in kind:
        raise Unreadable("holds only a discriminator, which judges pictures and cannot make them")
    remarks = [*tree.notes, *_unknown_settings(tree)]
    metadata = _provenance(tree, root)
    if "synthesis.input.freqs" in tree.tensors and "synthesis.input" in tree.class_names:
        network, form, notes = _stylegan3(tree)
    elif "synthesis.b4.const" in tree.tensors:
        nested = "synthesis_kwargs" in _keywords(tree, "")
        form = f"StyleGAN2, {'stylegan2-ada-pytorch' if nested else 'stylegan3 repository'} pickle"
        network, notes = stylegan2.build(tree.tensors, stylegan2.hints_of(tree))
    else:
        raise Unreadable(f"holds a network of kind {shown(kind)}, which StyleStudio does not know")
    return Contents(network, form, metadata=metadata, notes=(*remarks, *notes))


def _stylegan3(tree: ModuleTree) -> tuple[Generator, str, list[str]]:
    if any("embed_proj" in name for name in tree.class_names):
        raise Unreadable("is a StyleGAN-XL, which StyleStudio cannot run")
    hints = stylegan3.hints_of(tree)
    network, notes = stylegan3.build(tree.tensors, hints)
    stylegan3.check_layers(tree, network.config)
    return network, f"StyleGAN3-{network.config.architecture}, stylegan3 repository pickle", notes


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

"""NVIDIA's own pickles: stylegan2-ada-pytorch and the stylegan3 repository."""

from __future__ import annotations

import re
from typing import Any

from stylestudio.checkpoints import stylegan2
from stylestudio.checkpoints.checkpoint import Contents, public
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import as_mapping, as_plain
from stylestudio.checkpoints.modules import ModuleTree, module_parts, read_module
from stylestudio.checkpoints.pickle_machine import Global, text_items

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
_HARMLESS = re.compile(
    r"(torch|torch_utils|numpy|dnnlib|training|collections|_codecs|argparse)(\.|$)"
    r"|(__builtin__|builtins)\.(set|frozenset|bytes|bytearray|complex|slice|range)$"
)


def find_generator(root: Any) -> Any:
    """The moving-average generator in what a pickle holds. Raises Unreadable without one."""
    if module_parts(root) is not None:
        return root
    entries = as_mapping(root)
    if entries is None:
        raise Unreadable("is a pickle, but holds no StyleGAN generator")
    if entries.get("G_ema") is not None:
        return entries["G_ema"]
    kinds = {key: parts[0] for key, value in text_items(entries).items() if (parts := _try(value))}
    if "G" in kinds:
        raise Unreadable(
            "holds only the raw generator G, not the averaged G_ema that makes pictures"
        )
    if "D" in kinds or "Discriminator" in kinds.values():
        raise Unreadable("holds only a discriminator, which judges pictures and cannot make them")
    keys = ", ".join(shown(key, 20) for key in list(text_items(entries))[:5])
    raise Unreadable(f"holds no StyleGAN generator (it has {keys or 'no named parts'})")


def _try(value: Any) -> tuple[str, Any] | None:
    try:
        return module_parts(value)
    except Unreadable:
        return None


def read(root: Any, names: set[Global]) -> Contents:
    """The generator of an unpickled file. Raises Unreadable where it is not one of these."""
    tree = read_module(find_generator(root))
    kind = tree.class_names[""]
    if "Discriminator" in kind:
        raise Unreadable("holds only a discriminator, which judges pictures and cannot make them")
    if "synthesis.b4.const" not in tree.tensors:
        raise Unreadable(f"holds a network of kind {shown(kind)}, which StyleStudio does not know")
    nested = "synthesis_kwargs" in _keywords(tree, "")
    hints = stylegan2.hints_of(tree)
    remarks = [*tree.notes, *_unknown_settings(tree), *suspicious(names)]
    metadata = provenance(tree, root)
    network, notes = stylegan2.build(tree.tensors, hints)
    return Contents(
        network,
        f"{'stylegan2-ada-pytorch' if nested else 'stylegan3 repository'} pickle (StyleGAN2)",
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


def suspicious(names: set[Global]) -> list[str]:
    """A remark where the file refers to things that no training program needs."""
    odd = sorted(str(name) for name in names if not _HARMLESS.match(str(name)))
    if not odd:
        return []
    more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
    return [f"The file also refers to {', '.join(odd[:3])}{more}; nothing of it was run."]


def provenance(tree: ModuleTree, root: Any) -> dict[str, str]:
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

"""Finds the generator in what a pickle or torch file holds, whatever program wrote it."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints import nvidia, rosinality, state_dicts, stylegan2, tensorflow
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import as_mapping
from stylestudio.checkpoints.modules import module_parts
from stylestudio.checkpoints.pickle_machine import Global, text_items

if TYPE_CHECKING:
    from stylestudio.checkpoints.checkpoint import Contents
    from stylestudio.checkpoints.torch_tensors import Array, Budget

_AVERAGED = ("G_ema", "g_ema", "params_ema", "generator_ema", "ema")
_WRAPPERS = ("state_dict", "model", "model_state_dict", "params", "weights")
_RAW = ("G", "g", "generator", "netG")
_PREFIXES = ("", "decoder.", "module.", "generator.", "G_ema.", "g_ema.", "G.", "model.", "net.")
_LOOKED_AT = 3000  # names, to say what else a file may be
_RAW_NOTE = (
    "The file holds only the raw generator, not the averaged one that published pictures are "
    "made with."
)
_HARMLESS = re.compile(
    r"(torch|torch_utils|numpy|dnnlib|training|collections|_codecs|argparse)(\.|$)"
    r"|(__builtin__|builtins)\.(set|frozenset|bytes|bytearray|complex|slice|range)$"
)


def read(root: Any, names: set[Global], budget: Budget) -> Contents:
    """The generator in `root`. Raises Unreadable where there is none that StyleStudio can run."""
    contents = _read(root, budget)
    return dataclasses.replace(contents, notes=(*contents.notes, *_suspicious(names)))


def _read(root: Any, budget: Budget) -> Contents:
    network = tensorflow.find_generator(root)
    if network is not None:
        return tensorflow.read(network, budget)
    if module_parts(root) is not None:
        return nvidia.read(root, root, budget)
    entries = text_items(as_mapping(root) or {})
    if not entries:
        raise Unreadable("is a pickle, but holds no StyleGAN generator")
    candidates = [entries[key] for key in (*_AVERAGED, *_WRAPPERS) if key in entries]
    for candidate in [*candidates, root]:
        contents = _try(candidate, entries, root, budget)
        if contents is not None:
            return contents
    for key in _RAW:
        contents = _try(entries.get(key), entries, root, budget)
        if contents is not None:
            return dataclasses.replace(contents, notes=(*contents.notes, _RAW_NOTE))
    raise Unreadable(_foreign(entries))


def _try(node: Any, entries: dict[str, Any], root: Any, budget: Budget) -> Contents | None:
    """The generator that is pickled as `node`, or whose weights are in it; None if neither."""
    if module_parts(node) is not None:
        return nvidia.read(node, root, budget)
    keys = text_items(as_mapping(node) or {})
    for prefix in _PREFIXES:
        if f"{prefix}convs.0.conv.weight" in keys and f"{prefix}input.input" in keys:
            clamp = budget.tensor(entries.get(rosinality.CLAMP))
            hints = stylegan2.Hints(conv_clamp=None if clamp is None else float(clamp))
            average = _average(entries, budget)
            return rosinality.read(budget.tensors(node, prefix), average, prefix, hints)
        if f"{prefix}synthesis.b4.const" in keys or f"{prefix}synthesis.input.freqs" in keys:
            return state_dicts.read(budget.tensors(node, prefix))
    return None


def _average(entries: dict[str, Any], budget: Budget) -> Array | None:
    """The average w beside the weights: [w_dim], or one row a layer, which are all the same."""
    array = budget.tensor(entries.get("latent_avg"))
    if array is None or array.ndim == 1:
        return array
    return array.reshape(-1, array.shape[-1]).mean(axis=0) if array.dtype.kind == "f" else None


_FOREIGN = (
    (r"final_linear\.0\.weight|b4\.mbstd|b4\.out\.weight", "a discriminator, which judges pictures"
     " and cannot make them"),
    (r"synthesis\.blocks\.|g_synthesis\.|progression\.0\.", "a StyleGAN1 generator, which works"
     " differently from StyleGAN2 and cannot be converted"),
    (r"toRGB_lod|ToRGB_lod", "a progressively grown generator, which cannot be converted"),
    (r"model\.diffusion_model\.|down_blocks\.|lora_", "a diffusion model, not a StyleGAN"),
    (r"(GAN\.)?(GE|SE|S)\.(net|blocks|initial)", "a network of the lucidrains stylegan2 package,"
     " which is built differently and cannot be converted"),
    (r"shared\.weight|generator\.gen_z|gen_z\.", "a BigGAN, not a StyleGAN"),
    (r"encoder\.", "an encoder, which turns pictures into latents and cannot make them"),
    (r"mapping\.", "a mapping network without the synthesis network that makes pictures"),
)  # fmt: skip


def _foreign(entries: dict[str, Any]) -> str:
    """What a file without a usable generator holds instead, as the rest of a sentence."""
    names = list(entries)[:_LOOKED_AT]
    for key in ("D", "d", "discriminator"):
        if module_parts(entries.get(key)) is not None or as_mapping(entries.get(key)):
            return "holds only a discriminator, which judges pictures and cannot make them"
    for value in list(entries.values())[:_LOOKED_AT]:
        names += list(as_mapping(value) or {})[: _LOOKED_AT - len(names)]
    for pattern, meaning in _FOREIGN:
        if any(
            re.match(rf"(module\.|generator\.|G\.|D\.)?({pattern})", name)
            for name in names
            if isinstance(name, str)
        ):
            return f"holds {meaning}"
    listed = ", ".join(shown(name, 20) for name in list(entries)[:4])
    return f"holds no StyleGAN generator (it has {listed})"


def _suspicious(names: set[Global]) -> list[str]:
    """A remark where the file refers to things that no training program needs."""
    odd = sorted(str(name) for name in names if not _HARMLESS.match(str(name)))
    if not odd:
        return []
    more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
    return [f"The file also refers to {', '.join(odd[:3])}{more}; nothing of it was run."]

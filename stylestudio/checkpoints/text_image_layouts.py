"""The names that CLIP and SigLIP files give their weights, brought to those of our network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.checkpoints.errors import Unreadable

if TYPE_CHECKING:
    from stylestudio.checkpoints.torch_tensors import Array

DROPPED = frozenset({"input_resolution", "context_length", "vocab_size", "attn_mask"})

_HUGGING_FACE = (  # patterns and what they become; the first match counts
    (r"(text|vision)_model\.embeddings\.position_ids", None),
    (r"text_model\.embeddings\.token_embedding\.", "token_embedding."),
    (r"text_model\.embeddings\.position_embedding\.weight", "positional_embedding"),
    (r"text_model\.encoder\.layers\.", "transformer.resblocks."),
    (r"text_model\.final_layer_norm\.", "ln_final."),
    (r"text_model\.head\.weight|text_projection\.weight", "text_projection"),
    (r"text_model\.head\.bias", "text_projection_bias"),
    (r"vision_model\.embeddings\.class_embedding", "visual.class_embedding"),
    (r"vision_model\.embeddings\.patch_embedding\.", "visual.conv1."),
    (r"vision_model\.embeddings\.position_embedding\.weight", "visual.positional_embedding"),
    (r"vision_model\.pre_layrnorm\.", "visual.ln_pre."),  # spelt so in every file
    (r"vision_model\.encoder\.layers\.", "visual.transformer.resblocks."),
    (r"vision_model\.post_layernorm\.", "visual.ln_post."),
    (r"vision_model\.head\.probe", "visual.pool.probe"),
    (r"vision_model\.head\.attention\.", "visual.pool.attn."),
    (r"vision_model\.head\.layernorm\.", "visual.pool.ln."),
    (r"vision_model\.head\.mlp\.", "visual.pool.mlp."),
    (r"visual_projection\.weight", "visual.proj"),
)
_WITHIN = (
    ("self_attn.out_proj.", "attn.out_proj."),
    ("layer_norm1.", "ln_1."),
    ("layer_norm2.", "ln_2."),
    ("mlp.fc1.", "mlp.c_fc."),
    ("mlp.fc2.", "mlp.c_proj."),
)
_PROJECTION = re.compile(r"(.+)self_attn\.q_proj\.(weight|bias)")

# What tells a network that compares pictures and text, but is not of a kind that runs here.
_OTHER = (
    (r"visual\.layer\d+\.\d+\.|visual\.attnpool\.", "a ResNet as the image tower"),
    (r"visual\.trunk\.|visual\.head\.", "an image tower of the timm package"),
    (r"image_encoder\.model\.|text_encoder\.embedding_layer\.", "the towers of MobileCLIP"),
    (r"text\.transformer\.(embeddings|encoder)\.", "a text tower of the transformers package"),
    (r"text_decoder\.", "a decoder that writes captions (CoCa)"),
    (r"visual\.attn_pool\.", "a pooling of its image tower that it shares with CoCa"),
    (r"(vision_model\.embeddings\.)?position_embedding_(x|y)", "pictures of any shape (NaFlex)"),
)


def name_other(names: list[str]) -> None:
    """Raise Unreadable where these weights belong to towers that StyleStudio does not run."""
    for pattern, what in _OTHER:
        if any(re.match(pattern, name) for name in names):
            raise Unreadable(
                f"holds a text model with {what}, which StyleStudio can't run; "
                "choose one with vision transformers (ViT), such as CLIP ViT-B/32 or SigLIP"
            )


def canonical(arrays: dict[str, Array]) -> dict[str, Array]:
    """The same weights by the names of `TextImageNetwork`.

    Raises Unreadable where they are of none of the layouts that are known.
    """
    arrays = {name.removeprefix("module."): array for name, array in arrays.items()}
    name_other(list(arrays))
    if any(name.startswith("vision_model.") for name in arrays):
        arrays = _from_hugging_face(arrays)
    elif any(name.startswith("visual.") for name in arrays):
        arrays = {name.removeprefix("text."): array for name, array in arrays.items()}
    else:
        raise Unreadable("holds no text model: its image tower is missing")
    for name in ("logit_scale", "logit_bias"):
        if name in arrays and arrays[name].shape == (1,):
            arrays[name] = arrays[name].reshape(())
    return {name: array for name, array in arrays.items() if name not in DROPPED}


def _from_hugging_face(arrays: dict[str, Array]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name, array in arrays.items():
        projection = _PROJECTION.fullmatch(name)
        if projection is not None:
            start, kind = projection.groups()
            parts = [array, *(arrays[f"{start}self_attn.{each}_proj.{kind}"] for each in "kv")]
            found[f"{_renamed(start)}attn.in_proj_{kind}"] = np.concatenate(parts)
        elif "self_attn.k_proj." not in name and "self_attn.v_proj." not in name:
            new = _renamed(name)
            if new is not None:
                transposed = new in ("text_projection", "visual.proj")
                found[new] = array.T if transposed else array
    return found


def _renamed(name: str) -> str | None:
    """A name of the transformers package as ours; None for what holds no weights."""
    for pattern, new in _HUGGING_FACE:
        match = re.match(pattern, name)
        if match is not None:
            if new is None:
                return None
            name = new + name[match.end() :]
            break
    for old, new_part in _WITHIN:
        name = name.replace(old, new_part)
    return name

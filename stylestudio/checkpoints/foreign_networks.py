"""Names the networks that people take for a StyleGAN, by what their weights are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FASTGAN = "a FastGAN generator (Projected GAN uses it, too), which is not a StyleGAN and has no w"
EG3D = "an EG3D generator, which renders a volume and works differently from StyleGAN2"
_STYLEGAN1 = (
    "a StyleGAN (1) generator in a layout that StyleStudio does not read; it reads those of "
    "TensorFlow, genforce and rosinality"
)

# Patterns of names of weights or classes, at the beginning or after a dot; the first match counts.
_NETWORKS = (
    (
        r"__torch__\.",
        "a TorchScript program, which StyleStudio won't run; save its generator's weights "
        "(state_dict) instead",
    ),
    (r"backbone\.synthesis\.b4\.|TriPlaneGenerator", EG3D),
    (r"init\.init\.\d|feat_\d+\.\d|se_\d+\.main\.|networks_fastgan\.", _FASTGAN),
    (
        r"GE?\.layers\.\d+\.\d+\.",
        "a lightweight-gan of lucidrains, which is not a StyleGAN and has no w",
    ),
    (
        r"(?:GAN\.)?(?:GE|SE|S)\.(?:net|blocks|initial)",
        "a network of the lucidrains stylegan2 package, which has another architecture and can't "
        "be converted",
    ),
    (
        r"synthesis\.layer\d+\.(?:apply_noise|epilogue)",
        "only a part of a StyleGAN (1) generator in genforce's layout",
    ),
    (r"synthesis\.blocks\.|g_synthesis\.|progression\.0\.|generator\.progression\.", _STYLEGAN1),
    (r"toRGB_lod|ToRGB_lod", "a progressively grown generator, which cannot be converted"),
    (
        r"style_mapping\.\d|style_modulation\.",
        "a StyleGAN2 in the layout of MMGeneration, which StyleStudio does not know",
    ),
    (
        r"model\.diffusion_model\.|down_blocks\.|lora_|first_stage_model\.",
        "a diffusion model, not a StyleGAN",
    ),
    (r"shared\.weight|generator\.gen_z|gen_z\.", "a BigGAN, not a StyleGAN"),
    (r"conv_first\.weight|RRDB_trunk\.", "a network that enlarges pictures, not a StyleGAN"),
    (
        r"visual\.transformer|vision_model\.|text_model\.",
        "a network that compares pictures with text, not a StyleGAN",
    ),
    (
        r"final_linear\.0\.weight|b4\.mbstd|b4\.out\.weight",
        "only a discriminator, which judges pictures and cannot make them",
    ),
)
# The same for names that mean something only at the beginning.
_PARTS = (
    (
        r"(?:module\.|net\.)?encoder\.",
        "an encoder, which turns pictures into latents and cannot make them",
    ),
    (r"mapping\.", "a mapping network without a synthesis network that StyleStudio knows"),
)
_PATTERNS = (
    *((re.compile(rf"(?:^|\.)(?:{pattern})"), meaning) for pattern, meaning in _NETWORKS),
    *((re.compile(rf"^(?:{pattern})"), meaning) for pattern, meaning in _PARTS),
)
_PROGAN = {"lod", "layer0.weight", "output0.weight"}


def name_network(names: Iterable[str]) -> str | None:
    """What has weights and classes of these names, to follow "holds"; None if nothing known."""
    names = list(names)
    if set(names) >= _PROGAN:
        return "only a part of a ProGAN generator in genforce's layout"
    whole = any("synthesis." in name for name in names)
    for pattern, meaning in _PATTERNS[: len(_NETWORKS)] if whole else _PATTERNS:
        if any(pattern.search(name) for name in names):
            return meaning
    return None

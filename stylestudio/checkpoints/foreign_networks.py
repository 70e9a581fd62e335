"""Names the networks that people take for a StyleGAN, by what their weights are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Patterns of names of weights or classes, at the beginning or after a dot; the first match counts.
_NETWORKS = tuple(
    (re.compile(rf"(?:^|\.)(?:{pattern})"), meaning)
    for pattern, meaning in (
        (r"__torch__\.", "a TorchScript program, which would have to be run to be read; save the"
         " weights (state_dict) of its generator instead"),
        (r"backbone\.synthesis\.b4\.|TriPlaneGenerator", "an EG3D generator, which renders a volume"
         " and works differently from StyleGAN2"),
        (r"init\.init\.\d|feat_\d+\.\d|se_\d+\.main\.|networks_fastgan\.", "a FastGAN generator"
         " (also used by Projected GAN), which is not a StyleGAN and has no w"),
        (r"GE?\.layers\.\d+\.\d+\.", "a lightweight-gan of lucidrains, which is not a StyleGAN and"
         " has no w"),
        (r"(?:GAN\.)?(?:GE|SE|S)\.(?:net|blocks|initial)", "a network of the lucidrains stylegan2"
         " package, which is built differently and cannot be converted"),
        (r"synthesis\.layer\d+\.(?:apply_noise|epilogue)", "a StyleGAN1 generator in genforce's"
         " layout; StyleStudio runs StyleGAN2 and StyleGAN3"),
        (r"synthesis\.blocks\.|g_synthesis\.|progression\.0\.|generator\.progression\.", "a"
         " StyleGAN1 generator, which works differently from StyleGAN2 and cannot be converted"),
        (r"toRGB_lod|ToRGB_lod", "a progressively grown generator, which cannot be converted"),
        (r"style_mapping\.\d|style_modulation\.", "a StyleGAN2 in the layout of MMGeneration, which"
         " StyleStudio does not know"),
        (r"model\.diffusion_model\.|down_blocks\.|lora_|first_stage_model\.", "a diffusion model,"
         " not a StyleGAN"),
        (r"shared\.weight|generator\.gen_z|gen_z\.", "a BigGAN, not a StyleGAN"),
        (r"conv_first\.weight|RRDB_trunk\.", "a network that enlarges pictures, not a StyleGAN"),
        (r"visual\.transformer|vision_model\.|text_model\.", "a network that compares pictures"
         " with text, not a StyleGAN"),
    )
)  # fmt: skip
_PARTS = tuple(
    (re.compile(rf"(?:^|\.)(?:{pattern})"), meaning)
    for pattern, meaning in (
        (r"final_linear\.0\.weight|b4\.mbstd|b4\.out\.weight", "only a discriminator, which judges"
         " pictures and cannot make them"),
        (r"encoder\.", "an encoder, which turns pictures into latents and cannot make them"),
        (r"mapping\.", "a mapping network without the synthesis network that makes pictures"),
    )
)  # fmt: skip
_PROGAN = ({"lod", "layer0.weight", "output0.weight"}, "a ProGAN generator in genforce's layout;"
           " StyleStudio runs StyleGAN2 and StyleGAN3")  # fmt: skip


def name_network(names: Iterable[str]) -> str | None:
    """What has weights and classes of these names, to follow "holds"; None if nothing known."""
    names = list(names)
    for patterns in (_NETWORKS, _PARTS):
        for pattern, meaning in patterns:
            if any(pattern.search(name) for name in names):
                return meaning
        if _PROGAN[0] <= set(names):
            return _PROGAN[1]
    return None

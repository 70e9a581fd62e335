"""VQ-GAN of a tiny size as its files have it, and what it makes, step by step from the weights."""

import torch
from torch.nn import functional as F

WIDTHS, BLOCKS, CODES, DIM = (32, 32, 64), 2, 11, 6


def weights(seed=0):
    """Random ones, with parts of a loss that nobody needs."""
    torch.manual_seed(seed)
    found = {}

    def conv(name, inputs, outputs, side):
        found[f"{name}.weight"] = torch.randn(outputs, inputs, side, side) / (inputs**0.5 * side)
        found[f"{name}.bias"] = torch.randn(outputs) * 0.1

    def norm(name, width):
        found[f"{name}.weight"] = 1 + 0.2 * torch.randn(width)
        found[f"{name}.bias"] = 0.2 * torch.randn(width)

    def block(name, inputs, outputs):
        norm(f"{name}.norm1", inputs)
        conv(f"{name}.conv1", inputs, outputs, 3)
        norm(f"{name}.norm2", outputs)
        conv(f"{name}.conv2", outputs, outputs, 3)
        if inputs != outputs:
            conv(f"{name}.nin_shortcut", inputs, outputs, 1)

    def attention(name, width):
        norm(f"{name}.norm", width)
        for part in ("q", "k", "v", "proj_out"):
            conv(f"{name}.{part}", width, width, 1)

    def middle(name, width):
        block(f"{name}.block_1", width, width)
        attention(f"{name}.attn_1", width)
        block(f"{name}.block_2", width, width)

    conv("encoder.conv_in", 3, WIDTHS[0], 3)
    width = WIDTHS[0]
    for level, outputs in enumerate(WIDTHS):
        for index in range(BLOCKS):
            block(f"encoder.down.{level}.block.{index}", width, outputs)
            width = outputs
            if level == 2:
                attention(f"encoder.down.{level}.attn.{index}", width)
        if level < 2:
            conv(f"encoder.down.{level}.downsample.conv", width, width, 3)
    middle("encoder.mid", width)
    norm("encoder.norm_out", width)
    conv("encoder.conv_out", width, 8, 3)
    conv("quant_conv", 8, DIM, 1)
    found["quantize.embedding.weight"] = torch.randn(CODES, DIM)
    conv("post_quant_conv", DIM, 8, 1)
    conv("decoder.conv_in", 8, width, 3)
    middle("decoder.mid", width)
    for level in (2, 1, 0):
        for index in range(BLOCKS + 1):
            block(f"decoder.up.{level}.block.{index}", width, WIDTHS[level])
            width = WIDTHS[level]
            if level == 2:
                attention(f"decoder.up.{level}.attn.{index}", width)
        if level:
            conv(f"decoder.up.{level}.upsample.conv", width, width, 3)
    norm("decoder.norm_out", width)
    conv("decoder.conv_out", width, 3, 3)
    conv("loss.discriminator.main.0", 3, 4, 4)
    return found


def reconstruct(w, x):
    """What a picture [N, 3, H, W] in -1..1 becomes, and its codes [N, h, w]."""

    def conv(name, x, stride=1, padding=1):
        return F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], stride, padding)

    def norm(name, x):
        grouped = x.reshape(len(x), 32, -1)
        mean, var = grouped.mean(2, keepdim=True), grouped.var(2, unbiased=False, keepdim=True)
        y = ((grouped - mean) / (var + 1e-6).sqrt()).reshape(x.shape)
        return y * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]

    def swish(x):
        return x * torch.sigmoid(x)

    def block(name, x):
        y = conv(f"{name}.conv1", swish(norm(f"{name}.norm1", x)))
        y = conv(f"{name}.conv2", swish(norm(f"{name}.norm2", y)))
        if f"{name}.nin_shortcut.weight" in w:
            x = conv(f"{name}.nin_shortcut", x, padding=0)
        return x + y

    def attention(name, x):
        n, c, height, width = x.shape
        y = norm(f"{name}.norm", x)
        q, k, v = (
            conv(f"{name}.{part}", y, padding=0).reshape(n, c, height * width) for part in "qkv"
        )
        looks = torch.softmax(torch.einsum("nci,ncj->nij", q, k) * c**-0.5, 2)
        found = torch.einsum("nij,ncj->nci", looks, v).reshape(x.shape)
        return x + conv(f"{name}.proj_out", found, padding=0)

    def middle(name, x):
        return block(f"{name}.block_2", attention(f"{name}.attn_1", block(f"{name}.block_1", x)))

    x = conv("encoder.conv_in", x)
    for level in range(3):
        for index in range(BLOCKS):
            x = block(f"encoder.down.{level}.block.{index}", x)
            if level == 2:
                x = attention(f"encoder.down.{level}.attn.{index}", x)
        if level < 2:
            padded = F.pad(x, (0, 1, 0, 1))
            x = conv(f"encoder.down.{level}.downsample.conv", padded, stride=2, padding=0)
    x = conv("encoder.conv_out", swish(norm("encoder.norm_out", middle("encoder.mid", x))))
    x = conv("quant_conv", x, padding=0)
    book = w["quantize.embedding.weight"]
    apart = (x[:, None] - book[None, :, :, None, None]).square().sum(2)
    codes = apart.argmin(1)
    x = conv("post_quant_conv", book[codes].permute(0, 3, 1, 2), padding=0)
    x = middle("decoder.mid", conv("decoder.conv_in", x))
    for level in (2, 1, 0):
        for index in range(BLOCKS + 1):
            x = block(f"decoder.up.{level}.block.{index}", x)
            if level == 2:
                x = attention(f"decoder.up.{level}.attn.{index}", x)
        if level:
            large = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
            x = conv(f"decoder.up.{level}.upsample.conv", large)
    return conv("decoder.conv_out", swish(norm("decoder.norm_out", x))), codes

"""CLIP and SigLIP once more, written plainly on torch's own attention, to compare with."""

import json

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

SIZE, PATCH, CONTEXT, WORDS, DIM, WIDTH, HEADS = 32, 8, 12, 90, 16, 64, 1


class Mlp(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.c_fc, self.c_proj = nn.Linear(WIDTH, hidden), nn.Linear(hidden, WIDTH)


class Block(nn.Module):
    def __init__(self, act, eps):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH, eps), nn.LayerNorm(WIDTH, eps)
        self.attn = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.mlp = Mlp(3 * WIDTH)
        self.act = act

    def forward(self, x, mask=None):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp.c_proj(self.act(self.mlp.c_fc(self.ln_2(x))))


class Tower(nn.Module):
    def __init__(self, layers, act, eps):
        super().__init__()
        self.resblocks = nn.ModuleList(Block(act, eps) for _ in range(layers))


def quick_gelu(x):
    return x / (1 + torch.exp(-1.702 * x))


def gelu(x):
    return F.gelu(x)


def gelu_tanh(x):
    return F.gelu(x, approximate="tanh")


class Visual(nn.Module):
    def __init__(self, act):
        super().__init__()
        places = (SIZE // PATCH) ** 2
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(WIDTH))
        self.positional_embedding = nn.Parameter(torch.randn(places + 1, WIDTH))
        self.ln_pre, self.ln_post = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.transformer = Tower(3, act, 1e-5)
        self.proj = nn.Parameter(torch.randn(WIDTH, DIM) / 8)

    def forward(self, x):
        x = self.conv1(x)
        x = x.reshape(x.shape[0], x.shape[1], -1).permute(0, 2, 1)
        first = self.class_embedding.reshape(1, 1, -1).repeat(x.shape[0], 1, 1)
        x = self.ln_pre(torch.cat([first, x], 1) + self.positional_embedding)
        for block in self.transformer.resblocks:
            x = block(x)
        return self.ln_post(x[:, 0]) @ self.proj


class Clip(nn.Module):
    """With the names of the first published files."""

    def __init__(self, act=quick_gelu):
        super().__init__()
        self.visual = Visual(act)
        self.transformer = Tower(2, act, 1e-5)
        self.token_embedding = nn.Embedding(WORDS, WIDTH)
        self.positional_embedding = nn.Parameter(torch.randn(CONTEXT, WIDTH))
        self.ln_final = nn.LayerNorm(WIDTH)
        self.text_projection = nn.Parameter(torch.randn(WIDTH, DIM) / 8)
        self.logit_scale = nn.Parameter(torch.tensor(4.0))

    def read(self, tokens):
        x = self.token_embedding(tokens) + self.positional_embedding
        mask = torch.full((CONTEXT, CONTEXT), float("-inf")).triu(1)
        for block in self.transformer.resblocks:
            x = block(x, mask)
        x = self.ln_final(x)
        ends = [row.tolist().index(max(row.tolist())) for row in tokens]
        return torch.stack([x[i, end] for i, end in enumerate(ends)]) @ self.text_projection

    def forward(self, pixels):
        return self.visual(pixels)


class Siglip(nn.Module):
    def __init__(self):
        super().__init__()
        places = (SIZE // PATCH) ** 2
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.places = nn.Parameter(torch.randn(places, WIDTH))
        self.image, self.text = Tower(2, gelu_tanh, 1e-6), Tower(3, gelu_tanh, 1e-6)
        self.ln_post, self.ln_final = nn.LayerNorm(WIDTH, 1e-6), nn.LayerNorm(WIDTH, 1e-6)
        self.probe = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.ln, self.mlp = nn.LayerNorm(WIDTH, 1e-6), Mlp(3 * WIDTH)
        self.embedding = nn.Embedding(WORDS, WIDTH)
        self.positions = nn.Parameter(torch.randn(CONTEXT, WIDTH))
        self.head = nn.Linear(WIDTH, WIDTH)

    def visual(self, x):
        x = self.conv1(x)
        x = x.reshape(x.shape[0], WIDTH, -1).permute(0, 2, 1) + self.places
        for block in self.image.resblocks:
            x = block(x)
        x = self.ln_post(x)
        asked = self.probe.repeat(len(x), 1, 1)
        x = self.attention(asked, x, x, need_weights=False)[0]
        return (x + self.mlp.c_proj(gelu_tanh(self.mlp.c_fc(self.ln(x)))))[:, 0]

    def read(self, tokens):
        x = self.embedding(tokens) + self.positions
        for block in self.text.resblocks:
            x = block(x)
        return self.head(self.ln_final(x)[:, -1])


def _blocks(source, prefix):
    """The weights of a tower by the names of the transformers package."""
    found = {}
    for name, value in source.state_dict().items():
        number, rest = name.removeprefix("resblocks.").split(".", 1)
        at = f"{prefix}.encoder.layers.{number}."
        if rest.startswith("attn.in_proj_"):
            kind = rest.removeprefix("attn.in_proj_")
            for each, part in zip("qkv", value.chunk(3), strict=True):
                found[f"{at}self_attn.{each}_proj.{kind}"] = part.clone()
            continue
        for old, new in (
            ("attn.out_proj", "self_attn.out_proj"),
            ("ln_1", "layer_norm1"),
            ("ln_2", "layer_norm2"),
            ("c_fc", "fc1"),
            ("c_proj", "fc2"),
        ):
            rest = rest.replace(old, new)
        found[at + rest] = value.clone()
    return found


def clip_as_transformers(clip):
    v = clip.visual
    return {
        **_blocks(clip.transformer, "text_model"),
        **_blocks(v.transformer, "vision_model"),
        "logit_scale": clip.logit_scale.data,
        "text_model.embeddings.position_ids": torch.arange(CONTEXT)[None],
        "text_model.embeddings.token_embedding.weight": clip.token_embedding.weight.data,
        "text_model.embeddings.position_embedding.weight": clip.positional_embedding.data,
        "text_model.final_layer_norm.weight": clip.ln_final.weight.data,
        "text_model.final_layer_norm.bias": clip.ln_final.bias.data,
        "text_projection.weight": clip.text_projection.data.T.contiguous(),
        "vision_model.embeddings.class_embedding": v.class_embedding.data,
        "vision_model.embeddings.patch_embedding.weight": v.conv1.weight.data,
        "vision_model.embeddings.position_embedding.weight": v.positional_embedding.data,
        "vision_model.pre_layrnorm.weight": v.ln_pre.weight.data,
        "vision_model.pre_layrnorm.bias": v.ln_pre.bias.data,
        "vision_model.post_layernorm.weight": v.ln_post.weight.data,
        "vision_model.post_layernorm.bias": v.ln_post.bias.data,
        "visual_projection.weight": v.proj.data.T.contiguous(),
    }


def siglip_as_transformers(siglip):
    found = {
        **_blocks(siglip.text, "text_model"),
        **_blocks(siglip.image, "vision_model"),
        "logit_scale": torch.tensor([2.3]),
        "logit_bias": torch.tensor([-10.0]),
        "text_model.embeddings.token_embedding.weight": siglip.embedding.weight.data,
        "text_model.embeddings.position_embedding.weight": siglip.positions.data,
        "vision_model.embeddings.position_embedding.weight": siglip.places.data,
        "vision_model.head.probe": siglip.probe.data,
    }
    for name, module in (
        ("text_model.final_layer_norm", siglip.ln_final),
        ("text_model.head", siglip.head),
        ("vision_model.embeddings.patch_embedding", siglip.conv1),
        ("vision_model.post_layernorm", siglip.ln_post),
        ("vision_model.head.attention", siglip.attention),
        ("vision_model.head.layernorm", siglip.ln),
        ("vision_model.head.mlp.fc1", siglip.mlp.c_fc),
        ("vision_model.head.mlp.fc2", siglip.mlp.c_proj),
    ):
        found |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
    return found


def random_clip(act=quick_gelu):
    torch.manual_seed(1)
    return _shaken(Clip(act))


def random_siglip():
    torch.manual_seed(2)
    return _shaken(Siglip())


def _shaken(network):
    """With norms and biases that matter."""
    for value in network.parameters():
        if value.ndim == 1:
            value.data += 0.1 * torch.randn(value.shape)
    return network.eval()


def tokens():
    rows = torch.zeros(3, CONTEXT, dtype=torch.int64)
    for row, length in zip(rows, (3, CONTEXT, 6), strict=True):
        row[:length] = torch.randint(1, 80, (length,), generator=torch.Generator().manual_seed(3))
        row[length - 1] = WORDS - 1
    return rows


def write_siglip(folder, **text):
    siglip = random_siglip()
    save_file(siglip_as_transformers(siglip), folder / "model.safetensors")
    config = {"model_type": "siglip", "text_config": text, "vision_config": {}}
    (folder / "config.json").write_text(json.dumps(config))
    return siglip

"""The Inception of FID against a plain one, from both published layouts with random weights.

Layers are a sixteenth as wide as the published ones; names, kernels and order are the same.
"""

import hashlib
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import stylestudio as ss
from stylestudio.checkpoints import read_reader
from stylestudio.networks.inception import resized

NARROW = 16


class Layer(nn.Module):
    """As the published graph has it."""

    def __init__(self, i, o, kernel, stride=1, padding=0):
        super().__init__()
        self.stride, self.padding = stride, padding
        self.weight = nn.Parameter(torch.randn(o, i, *kernel) * 2 / (i * kernel[0] * kernel[1]))
        self.beta = nn.Parameter(torch.randn(o) * 0.1)
        self.mean = nn.Parameter(torch.randn(o) * 0.1)
        self.var = nn.Parameter(torch.rand(o) + 0.5)

    def forward(self, x):
        x = F.conv2d(x, self.weight, stride=self.stride, padding=self.padding)
        return F.relu(F.batch_norm(x, self.mean, self.var, None, self.beta, eps=1e-3))


def layer(i, o, rows=1, columns=1, stride=1, padding=None):
    if padding is None:
        padding = (rows // 2, columns // 2) if stride == 1 else 0
    o = max(1, o // NARROW)
    return Layer(i, o, (rows, columns), stride, padding)


def tower(i, *layers):
    """Layers after one another, named as TensorFlow names them: conv, conv_1, ..."""
    row = nn.Sequential()
    for number, (o, *rest) in enumerate(layers):
        made = layer(i, o, *rest)
        row.add_module(f"conv_{number}" if number else "conv", made)
        i = len(made.weight)
    return row, i


class Block(nn.Module):
    """Blocks A to D: one convolution or none, towers, and a pooling with a convolution or none."""

    def __init__(self, i, alone, towers, pooled):
        super().__init__()
        self.width = 0
        if alone:
            self.conv = layer(i, *alone)
            self.width += len(self.conv.weight)
        for number, layers in enumerate(towers):
            made, width = tower(i, *layers)
            self.add_module(f"tower_{number}" if number else "tower", made)
            self.width += width
        self.towers, self.pooled = len(towers), pooled
        if pooled:
            name = f"tower_{len(towers)}"
            self.add_module(name, nn.Module())
            getattr(self, name).conv = layer(i, pooled)
        self.width += max(1, pooled // NARROW) if pooled else i

    def forward(self, x):
        ends = [self.conv(x)] if hasattr(self, "conv") else []
        for number in range(self.towers):
            ends.append(getattr(self, f"tower_{number}" if number else "tower")(x))
        if self.pooled:
            smooth = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
            ends.append(getattr(self, f"tower_{self.towers}").conv(smooth))
        else:
            ends.append(F.max_pool2d(x, 3, 2))
        return torch.cat(ends, 1)


class Last(nn.Module):
    """Block E."""

    def __init__(self, i, average):
        super().__init__()
        self.average = average
        self.conv = layer(i, 320)
        self.tower_conv = layer(i, 384)
        self.tower_mixed_conv = layer(384 // NARROW, 384, 1, 3)
        self.tower_mixed_conv_1 = layer(384 // NARROW, 384, 3, 1)
        self.tower_1_conv = layer(i, 448)
        self.tower_1_conv_1 = layer(448 // NARROW, 384, 3, 3)
        self.tower_1_mixed_conv = layer(384 // NARROW, 384, 1, 3)
        self.tower_1_mixed_conv_1 = layer(384 // NARROW, 384, 3, 1)
        self.tower_2_conv = layer(i, 192)
        self.width = 2048 // NARROW

    def forward(self, x):
        a, b = self.tower_conv(x), self.tower_1_conv_1(self.tower_1_conv(x))
        pooled = (
            F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
            if self.average
            else F.max_pool2d(x, 3, 1, 1)
        )
        ends = [self.conv(x), self.tower_mixed_conv(a), self.tower_mixed_conv_1(a)]
        ends += [self.tower_1_mixed_conv(b), self.tower_1_mixed_conv_1(b)]
        return torch.cat([*ends, self.tower_2_conv(pooled)], 1)


def a_block(i, pooled):
    towers = [[(48,), (64, 5, 5)], [(64,), (96, 3, 3), (96, 3, 3)]]
    return Block(i, (64,), towers, pooled)


def c_block(i, t):
    first = [(t,), (t, 1, 7), (192, 7, 1)]
    second = [(t,), (t, 7, 1), (t, 1, 7), (t, 7, 1), (192, 1, 7)]
    return Block(i, (192,), [first, second], 192)


class Plain(nn.Module):
    """The whole network, up to its features."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.layers = nn.Sequential()
        width = 3
        stem = [(32, 3, 3, 2), (32, 3, 3, 1, 0), (64, 3, 3), "pool0", (80,), (192, 3, 3, 1, 0)]
        convs = 0
        for part in [*stem, "pool1"]:
            if isinstance(part, str):
                self.layers.add_module(part, nn.MaxPool2d(3, 2))
                continue
            made = layer(width, *part)
            self.layers.add_module(f"conv_{convs}" if convs else "conv", made)
            convs, width = convs + 1, len(made.weight)
        makers = [
            *(lambda i, t=t: a_block(i, t) for t in (32, 64, 64)),
            lambda i: Block(i, (384, 3, 3, 2), [[(64,), (96, 3, 3), (96, 3, 3, 2)]], 0),
            *(lambda i, t=t: c_block(i, t) for t in (128, 160, 160, 192)),
            lambda i: Block(
                i,
                (),
                [[(192,), (320, 3, 3, 2)], [(192,), (192, 1, 7), (192, 7, 1), (192, 3, 3, 2)]],
                0,
            ),
            lambda i: Last(i, average=True),
            lambda i: Last(i, average=False),
        ]
        for number, make in enumerate(makers):
            made = make(width)
            self.layers.add_module(f"mixed_{number}" if number else "mixed", made)
            width = made.width
        self.layers.add_module("pool2", nn.AvgPool2d(8))
        self.output = nn.Linear(width, 7)

    def forward(self, pictures):
        """0..255 -> features; pictures are resized by sampling a grid, as published."""
        size = pictures.shape[2:]
        turn = torch.eye(2, 3)
        turn[0, 2], turn[1, 2] = 1 / size[1] - 1 / 299, 1 / size[0] - 1 / 299
        turn = turn[None].repeat(len(pictures), 1, 1)
        grid = F.affine_grid(turn, [len(pictures), 3, 299, 299], align_corners=False)
        x = F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
        return self.layers((x - 128) / 128).flatten(1)


TORCHVISION = {
    "conv": "Conv2d_1a_3x3",
    "conv_1": "Conv2d_2a_3x3",
    "conv_2": "Conv2d_2b_3x3",
    "conv_3": "Conv2d_3b_1x1",
    "conv_4": "Conv2d_4a_3x3",
} | {
    f"mixed_{number}" if number else "mixed": f"Mixed_{name}"
    for number, name in enumerate(
        ["5b", "5c", "5d", *("6" + x for x in "abcde"), *("7" + x for x in "abc")]
    )
}
BRANCHES = {
    "5": {"conv": "1x1", "tower": "5x5", "tower_1": "3x3dbl", "tower_2": "_pool"},
    "6a": {"conv": "3x3", "tower": "3x3dbl"},
    "6": {"conv": "1x1", "tower": "7x7", "tower_1": "7x7dbl", "tower_2": "_pool"},
    "7a": {"tower": "3x3", "tower_1": "7x7x3"},
    "7": {
        "conv": "1x1",
        "tower_conv": "3x3_1",
        "tower_mixed_conv": "3x3_2a",
        "tower_mixed_conv_1": "3x3_2b",
        "tower_1_conv": "3x3dbl_1",
        "tower_1_conv_1": "3x3dbl_2",
        "tower_1_mixed_conv": "3x3dbl_3a",
        "tower_1_mixed_conv_1": "3x3dbl_3b",
        "tower_2_conv": "_pool",
    },
}


def torchvision_name(name):
    """Where pytorch-fid keeps a layer of the published graph."""
    parts = name.removeprefix("layers.").split(".")
    block = TORCHVISION[parts[0]]
    if len(parts) == 1:
        return block
    kind = block.removeprefix("Mixed_")
    branches = BRANCHES.get(kind) or BRANCHES[kind[0]]
    branch = f"branch{branches[parts[1]]}"
    if len(parts) == 2 or branch == "branch_pool":
        return f"{block}.{branch}"
    number = int(parts[2].partition("_")[2] or 0) + 1
    return f"{block}.{branch}_{number}"


@pytest.fixture(scope="module")
def plain():
    return Plain().eval().requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def pth(plain, tmp_path_factory):
    """As pytorch-fid's file has it."""
    state = {}
    for name, module in plain.named_modules():
        if isinstance(module, Layer):
            there = torchvision_name(name)
            state[f"{there}.conv.weight"] = module.weight.data
            state[f"{there}.bn.weight"] = torch.ones_like(module.beta.data)
            state[f"{there}.bn.bias"] = module.beta.data
            state[f"{there}.bn.running_mean"] = module.mean.data
            state[f"{there}.bn.running_var"] = module.var.data
            state[f"{there}.bn.num_batches_tracked"] = torch.tensor(0)
    state |= {"fc.weight": plain.output.weight.data, "fc.bias": plain.output.bias.data}
    path = tmp_path_factory.mktemp("inception") / "pt_inception.pth"
    torch.save(state, path)
    return path


@pytest.fixture(scope="module")
def pt(plain, tmp_path_factory):
    """As NVIDIA's file has it: a program, of which only the weights are read."""
    path = tmp_path_factory.mktemp("inception") / "inception.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = torch.jit.trace(plain, torch.rand(1, 3, 64, 48) * 255, check_trace=False)
        script.save(path)
    return path


@torch.no_grad()
def test_both_layouts_give_the_features_of_a_plain_network(plain, pth, pt):
    pictures = torch.rand(1, 3, 80, 96, generator=torch.Generator().manual_seed(1)) * 255
    expected = plain(pictures)
    digest = hashlib.sha256()
    for path in (pth, pt):
        features = read_reader(path, digest)(pictures)
        assert features.shape == (1, 2048 // NARROW)
        assert torch.allclose(features, expected, rtol=1e-4, atol=1e-4 * float(expected.std()))
    assert digest.hexdigest() == hashlib.sha256(pth.read_bytes() + pt.read_bytes()).hexdigest()


def test_pictures_are_resized_as_tensorflow_1_did():
    """Row r of the result lies at r * height / 299, also where that leaves rows out."""
    rows = torch.arange(598.0)[None, None, :, None].expand(1, 1, 598, 4)
    down = resized(rows)
    assert down.shape == (1, 1, 299, 299)
    assert torch.equal(down[0, 0, :, 0], 2 * torch.arange(299.0))
    up = resized(torch.tensor([0.0, 299.0])[None, None, :, None])
    assert up[0, 0, 0, 0] == 0
    assert float(up[0, 0, 30, 0]) == pytest.approx(60)
    assert float(up[0, 0, -1, 0]) == 299


def test_a_file_that_lacks_a_layer_is_refused_by_name(pth, tmp_path):
    state = torch.load(pth)
    del state["Mixed_6c.branch7x7_2.bn.running_var"]
    torch.save(state, tmp_path / "part.pth")
    with pytest.raises(ss.CheckpointError, match=r"Mixed_6c.branch7x7_2.bn.running_var is missing"):
        read_reader(tmp_path / "part.pth")
    state = torch.load(pth)
    state["Mixed_5c.branch1x1.conv.weight"] = torch.zeros(4, 9, 1, 1)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(ss.CheckpointError, match=r"does not fit together at Mixed_5c.branch1x1"):
        read_reader(tmp_path / "other.pth")

"""EfficientNet-Lite0 from its package's file, against a network that is built step by step."""

import hashlib

import pytest
import torch
from torch.nn import functional as F

import stylestudio as ss
from stylestudio.checkpoints import read_reader
from stylestudio.measures import MeasureError
from stylestudio.measures.readers import EFFICIENT, open_reader

# Kernel, stride and channels of each block.
BLOCKS = (
    *((3, 1, 16), (3, 2, 24), (3, 1, 24), (5, 2, 40), (5, 1, 40), (3, 2, 80), (3, 1, 80)),
    *((3, 1, 80), (5, 1, 112), (5, 1, 112), (5, 1, 112), (5, 2, 192), (5, 1, 192)),
    *((5, 1, 192), (5, 1, 192), (3, 1, 320)),
)


@pytest.fixture(scope="module")
def state():
    """Random weights by the package's names, the classifier included."""
    draws = torch.Generator().manual_seed(0)
    made = {}

    def layer(conv, norm, out, each, kernel):
        scale = (each * kernel**2) ** -0.5
        made[f"{conv}.weight"] = torch.randn(out, each, kernel, kernel, generator=draws) * scale
        made[f"{norm}.weight"] = 1 + 0.2 * torch.randn(out, generator=draws)
        made[f"{norm}.bias"] = 0.5 + 0.2 * torch.randn(out, generator=draws)
        made[f"{norm}.running_mean"] = 0.1 * torch.randn(out, generator=draws)
        made[f"{norm}.running_var"] = 0.5 + torch.rand(out, generator=draws)
        made[f"{norm}.num_batches_tracked"] = torch.tensor(7)

    layer("_conv_stem", "_bn0", 32, 3, 3)
    channels = 32
    for index, (kernel, _, out) in enumerate(BLOCKS):
        name, inside = f"_blocks.{index}", channels * (6 if index else 1)
        if index:
            layer(f"{name}._expand_conv", f"{name}._bn0", inside, channels, 1)
        layer(f"{name}._depthwise_conv", f"{name}._bn1", inside, 1, kernel)
        layer(f"{name}._project_conv", f"{name}._bn2", out, inside, 1)
        channels = out
    layer("_conv_head", "_bn1", 1280, 320, 1)
    made["_fc.weight"], made["_fc.bias"] = torch.zeros(1000, 1280), torch.zeros(1000)
    return made


@pytest.fixture(scope="module")
def file(state, tmp_path_factory):
    path = tmp_path_factory.mktemp("efficient") / "efficientnet-lite0.pth"
    torch.save(state, path)
    return path


def plain(state, x):
    """Features of pictures in -1..1 of 224 pixels, a layer after another."""

    def run(x, conv, norm, stride=1, groups=1):
        weight = state[f"{conv}.weight"]
        kernel = weight.shape[-1]
        if stride == 2:  # of an even size
            x = F.pad(x, ((kernel - 2) // 2, (kernel - 1) // 2) * 2)
        else:
            x = F.pad(x, (kernel // 2,) * 4)
        x = F.conv2d(x, weight, stride=stride, groups=groups)
        parts = (state[f"{norm}.{p}"] for p in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, *parts, eps=1e-3)

    x = F.relu6(run(x, "_conv_stem", "_bn0", 2))
    for index, (_, stride, out) in enumerate(BLOCKS):
        name, before = f"_blocks.{index}", x
        if index:
            x = F.relu6(run(x, f"{name}._expand_conv", f"{name}._bn0"))
        x = F.relu6(run(x, f"{name}._depthwise_conv", f"{name}._bn1", stride, x.shape[1]))
        x = run(x, f"{name}._project_conv", f"{name}._bn2")
        if stride == 1 and before.shape[1] == out:
            x = x + before
    return F.relu6(run(x, "_conv_head", "_bn1")).mean((2, 3))


@torch.no_grad()
def test_its_features_are_those_of_a_plain_network(state, file):
    pictures = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1)) * 255
    digest = hashlib.sha256()
    features = read_reader(file, digest)(pictures)
    expected = plain(state, pictures / 127.5 - 1)
    assert features.shape == (1, 1280)
    assert torch.allclose(features, expected, rtol=1e-3, atol=1e-3 * float(expected.std()))
    assert digest.hexdigest() == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_file_that_lacks_a_layer_or_has_another_shape_is_refused_by_name(state, tmp_path):
    part = {name: each for name, each in state.items() if name != "_blocks.4._bn1.bias"}
    torch.save(part, tmp_path / "part.pth")
    with pytest.raises(ss.CheckpointError, match=r"_blocks.4._bn1.bias is missing"):
        read_reader(tmp_path / "part.pth")
    other = state | {"_blocks.3._depthwise_conv.weight": torch.zeros(144, 1, 3, 3)}
    torch.save(other, tmp_path / "other.pth")
    with pytest.raises(ss.CheckpointError, match=r"_blocks.3._depthwise_conv is 144 x 1 x 3 x 3"):
        read_reader(tmp_path / "other.pth")


def test_the_package_is_found_without_running_it(file, tmp_path, monkeypatch):
    monkeypatch.setattr("stylestudio.measures.readers._PACKAGE", "no-such-efficient-package")
    with pytest.raises(MeasureError, match=r"pip install no-such-efficient-package"):
        open_reader(EFFICIENT)
    package = tmp_path / "no_such_efficient_package"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('it was run')")
    (package / "models" / file.name).write_bytes(file.read_bytes())
    monkeypatch.syspath_prepend(tmp_path)
    reader = open_reader(EFFICIENT)
    assert reader.name == file.name
    assert "relative" in reader.note
    pictures = torch.randint(0, 255, (2, 3, 32, 32), dtype=torch.uint8)
    assert reader.features(pictures).shape == (2, reader.dim)
    one, other = torch.rand(2, 2, 3, 32, 32) * 2 - 1
    assert reader.sees_maps
    assert (reader.distance(one, one) == 0).all()
    assert (reader.distance(one, other) > 0).all()

"""StyleGAN (1) and ProGAN written plainly on TensorFlow's variables, as they were published."""

from itertools import pairwise

import numpy as np
import torch
from torch.nn import functional as F
from writers import EasyDict, _tf_state, dumps

W, Z, HIDDEN = 6, 5, 7


def widths(resolution):
    return {4 * 2**i: max(8 >> i, 4) for i in range(resolution.bit_length() - 2)}


def stylegan_variables(resolution, seed=0):
    """Random variables by their names."""
    random = np.random.RandomState(seed)
    found = {"lod": np.float32(0), "dlatent_avg": random.randn(W), "synthesis/lod": np.float32(0)}
    sizes = [Z, HIDDEN, HIDDEN, W]
    for i, (a, b) in enumerate(pairwise(sizes)):
        found[f"mapping/Dense{i}/weight"] = random.randn(a, b) * 100
        found[f"mapping/Dense{i}/bias"] = random.randn(b) * 30
    before = None
    number = 0
    channels = widths(resolution)
    for side, width in channels.items():
        names = ("Const", "Conv") if side == 4 else ("Conv0_up", "Conv1")
        for name in names:
            at = f"synthesis/{side}x{side}/{name}"
            if name == "Const":
                found[f"{at}/const"] = random.randn(1, width, 4, 4)
            else:
                found[f"{at}/weight"] = random.randn(3, 3, before, width)
            found[f"{at}/bias"] = random.randn(width) * 0.3
            found[f"{at}/Noise/weight"] = random.randn(width) * 0.3
            found[f"{at}/StyleMod/weight"] = random.randn(W, 2 * width)
            found[f"{at}/StyleMod/bias"] = random.randn(2 * width) * 0.3
            found[f"synthesis/noise{number}"] = random.randn(1, 1, side, side)
            number += 1
            before = width
    for lod, width in enumerate(reversed(channels.values())):
        found[f"synthesis/ToRGB_lod{lod}/weight"] = random.randn(1, 1, width, 3)
        found[f"synthesis/ToRGB_lod{lod}/bias"] = random.randn(3) * 0.3
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


def _sphere(x):
    return x / torch.sqrt((x * x).mean(1, keepdim=True) + 1e-8)


def _oihw(weight):
    return weight.permute(3, 2, 0, 1)


def _doubled(x, weight, gain, fused):
    """[k, k, I, O]: repeat pixels and convolve, or the transposed convolution that is as good."""
    if not fused:
        x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
        return F.conv2d(x, _oihw(weight) * gain, padding=1)
    k = F.pad(weight * gain, (0, 0, 0, 0, 1, 1, 1, 1))
    k = k[1:, 1:] + k[:-1, 1:] + k[1:, :-1] + k[:-1, :-1]
    return F.conv_transpose2d(x, k.permute(2, 3, 0, 1), stride=2, padding=1)


def stylegan_ws(variables, z, psi=1.0):
    v = {name: torch.from_numpy(value) for name, value in variables.items()}
    x = _sphere(torch.as_tensor(z))
    for i in range(3):
        weight = v[f"mapping/Dense{i}/weight"]
        x = x @ (weight * 0.01 * np.sqrt(2 / len(weight))) + v[f"mapping/Dense{i}/bias"] * 0.01
        x = F.leaky_relu(x, 0.2)
    return v["dlatent_avg"] + psi * (x - v["dlatent_avg"])


def stylegan_picture(variables, w, resolution, fused="auto", noise=True):
    v = {name: torch.from_numpy(value) for name, value in variables.items()}
    x, number = None, 0
    for side in widths(resolution):
        for name in ("Const", "Conv") if side == 4 else ("Conv0_up", "Conv1"):
            at = f"synthesis/{side}x{side}/{name}"
            if name == "Const":
                x = v[f"{at}/const"].repeat(len(w), 1, 1, 1)
            else:
                weight = v[f"{at}/weight"]
                gain = np.sqrt(2 / (9 * weight.shape[2]))
                if name == "Conv0_up":
                    whole = fused is True or (fused == "auto" and side >= 128)
                    x = _doubled(x, weight, gain, whole)
                    taps = torch.tensor([1.0, 2, 1])
                    blur = torch.outer(taps, taps) / 16
                    channels = x.shape[1]
                    x = F.conv2d(
                        x, blur.expand(channels, 1, 3, 3).contiguous(), padding=1, groups=channels
                    )
                else:
                    x = F.conv2d(x, _oihw(weight) * gain, padding=1)
            if noise:
                x = x + v[f"synthesis/noise{number}"] * v[f"{at}/Noise/weight"].view(1, -1, 1, 1)
            number += 1
            x = F.leaky_relu(x + v[f"{at}/bias"].view(1, -1, 1, 1), 0.2)
            x = x - x.mean((2, 3), keepdim=True)
            x = x / torch.sqrt((x * x).mean((2, 3), keepdim=True) + 1e-8)
            weight = v[f"{at}/StyleMod/weight"]
            style = w @ weight / np.sqrt(len(weight)) + v[f"{at}/StyleMod/bias"]
            style = style.view(len(w), 2, -1, 1, 1)
            x = x * (style[:, 0] + 1) + style[:, 1]
    weight = v["synthesis/ToRGB_lod0/weight"]
    gain = 1 / np.sqrt(weight.shape[2])
    return F.conv2d(x, _oihw(weight) * gain, v["synthesis/ToRGB_lod0/bias"])


def stylegan_pickle(variables, **settings):
    """(G, D, Gs), of which the last has these variables."""

    def network(values, name):
        inside = {}
        for part in ("mapping", "synthesis"):
            own = [(n.removeprefix(f"{part}/"), v) for n, v in values.items() if n.startswith(part)]
            inside[part] = _tf_state(f"G_{part}", 3, EasyDict(settings), {}, own)
        own = [(n, v) for n, v in values.items() if "/" not in n]
        return _tf_state(name, 3, EasyDict(settings), inside, own)

    raw = {name: value * 0.5 for name, value in variables.items()}
    critic = _tf_state("D", 3, {}, {}, [("8x8/Conv0/weight", np.zeros((1, 1)))])
    return dumps((network(raw, "G"), critic, network(variables, "Gs")))


def progan_variables(resolution, fused, seed=0):
    random = np.random.RandomState(seed)
    channels = widths(resolution)
    found = {"lod": np.float32(0), "4x4/Dense/weight": random.randn(Z, 16 * channels[4])}
    found["4x4/Dense/bias"] = random.randn(channels[4]) * 0.3
    before = channels[4]
    for side, width in channels.items():
        up = "Conv0_up" if fused else "Conv0"
        for name in ("Conv",) if side == 4 else (up, "Conv1"):
            shape = (3, 3, width, before) if name == "Conv0_up" else (3, 3, before, width)
            found[f"{side}x{side}/{name}/weight"] = random.randn(*shape)
            found[f"{side}x{side}/{name}/bias"] = random.randn(width) * 0.3
            before = width
    for lod, width in enumerate(reversed(channels.values())):
        found[f"ToRGB_lod{lod}/weight"] = random.randn(1, 1, width, 3)
        found[f"ToRGB_lod{lod}/bias"] = random.randn(3) * 0.3
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


def progan_picture(variables, z, resolution):
    v = {name: torch.from_numpy(value) for name, value in variables.items()}
    x = _sphere(torch.as_tensor(z))

    def after(x, at):
        return _sphere(F.leaky_relu(x + v[f"{at}/bias"].view(1, -1, 1, 1), 0.2))

    weight = v["4x4/Dense/weight"]
    x = x @ weight * (np.sqrt(2) / 4 / np.sqrt(len(weight)))
    x = after(x.view(len(z), -1, 4, 4), "4x4/Dense")
    for side in widths(resolution):
        for name in ("Conv",) if side == 4 else ("Conv0", "Conv0_up", "Conv1"):
            at = f"{side}x{side}/{name}"
            if f"{at}/weight" not in v:
                continue
            weight = v[f"{at}/weight"]
            if name == "Conv0_up":
                gain = np.sqrt(2 / (9 * weight.shape[3]))
                x = _doubled(x, weight.transpose(2, 3), gain, fused=True)
            else:
                gain = np.sqrt(2 / (9 * weight.shape[2]))
                if name == "Conv0":
                    x = _doubled(x, weight, gain, fused=False)
                else:
                    x = F.conv2d(x, _oihw(weight) * gain, padding=1)
            x = after(x, at)
    weight = v["ToRGB_lod0/weight"]
    return F.conv2d(x, _oihw(weight) / np.sqrt(weight.shape[2]), v["ToRGB_lod0/bias"])


def progan_pickle(variables, **settings):
    def network(values, name):
        return _tf_state(name, 2, EasyDict(settings), {}, list(values.items()))

    raw = {name: value * 0.5 for name, value in variables.items()}
    critic = _tf_state("D", 2, {}, {}, [("8x8/Conv0/weight", np.zeros((1, 1)))])
    return dumps((network(raw, "G"), critic, network(variables, "Gs")))


def stylegan_as_genforce(variables, resolution):
    """In the layout of genforce's files, which keep fused kernels as TensorFlow has them."""
    found = {"synthesis.lod": np.float32(0), "truncation.w_avg": variables["dlatent_avg"]}
    for i in range(3):
        found[f"mapping.dense{i}.weight"] = variables[f"mapping/Dense{i}/weight"].T
        found[f"mapping.dense{i}.bias"] = variables[f"mapping/Dense{i}/bias"]
    number = 0
    for index, side in enumerate(widths(resolution)):
        for name in ("Const", "Conv") if side == 4 else ("Conv0_up", "Conv1"):
            old, new = f"synthesis/{side}x{side}/{name}", f"synthesis.layer{number}"
            if name == "Const":
                found[f"{new}.const"] = variables[f"{old}/const"]
            else:
                weight = variables[f"{old}/weight"]
                fused = name == "Conv0_up" and side >= 128
                found[f"{new}.weight"] = weight if fused else weight.transpose(3, 2, 0, 1)
            found[f"{new}.bias"] = variables[f"{old}/bias"]
            found[f"{new}.apply_noise.weight"] = variables[f"{old}/Noise/weight"]
            found[f"{new}.apply_noise.noise"] = variables[f"synthesis/noise{number}"]
            found[f"{new}.style.weight"] = variables[f"{old}/StyleMod/weight"].T
            found[f"{new}.style.bias"] = variables[f"{old}/StyleMod/bias"]
            if name == "Conv0_up":
                found[f"{new}.blur.kernel"] = np.ones((1, 1, 3, 3), np.float32)
            number += 1
        lod = len(widths(resolution)) - 1 - index
        weight = variables[f"synthesis/ToRGB_lod{lod}/weight"]
        found[f"synthesis.output{index}.weight"] = weight.transpose(3, 2, 0, 1)
        found[f"synthesis.output{index}.bias"] = variables[f"synthesis/ToRGB_lod{lod}/bias"]
    return _tensors(found)


def progan_as_genforce(variables, resolution):
    dense = variables["4x4/Dense/weight"]
    first = dense.T.reshape(-1, 4, 4, Z).transpose(0, 3, 1, 2)[..., ::-1, ::-1]
    found = {"lod": np.float32(0), "layer0.weight": first}
    found["layer0.bias"] = variables["4x4/Dense/bias"]
    number = 1
    for index, side in enumerate(widths(resolution)):
        for name in ("Conv",) if side == 4 else ("Conv0", "Conv1"):
            weight = variables[f"{side}x{side}/{name}/weight"]
            found[f"layer{number}.weight"] = weight.transpose(3, 2, 0, 1)
            found[f"layer{number}.bias"] = variables[f"{side}x{side}/{name}/bias"]
            number += 1
        lod = len(widths(resolution)) - 1 - index
        found[f"output{index}.weight"] = variables[f"ToRGB_lod{lod}/weight"].transpose(3, 2, 0, 1)
        found[f"output{index}.bias"] = variables[f"ToRGB_lod{lod}/bias"]
    return _tensors(found)


def _tensors(arrays):
    copies = {name: np.array(value, np.float32, order="C") for name, value in arrays.items()}
    return {name: torch.from_numpy(value) for name, value in copies.items()}

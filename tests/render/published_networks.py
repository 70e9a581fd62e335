"""Small translators and enlargers in the layouts that people have, built as they were published."""

import torch
from torch import nn

W = 4  # channels of the first maps


class Block(nn.Module):
    def __init__(self, width, inner, norm, dropout, padding, bias):
        super().__init__()
        pad = [nn.ReflectionPad2d(1)] if padding == "reflect" else []
        by = 0 if pad else 1
        layers = [*pad, nn.Conv2d(width, width, 3, 1, by, bias=bias), norm(width), nn.ReLU()]
        layers += [nn.Dropout(0.5)] if dropout else []
        layers += [*pad, nn.Conv2d(width, width, 3, 1, by, bias=bias), norm(width)]
        setattr(self, inner, nn.Sequential(*layers))
        self.inner = inner

    def forward(self, x):
        return x + getattr(self, self.inner)(x)


def cyclegan(blocks=2, inner="conv_block", norm=nn.InstanceNorm2d, dropout=False, bias=True):
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, W, 7, bias=bias), norm(W), nn.ReLU()]
    for a in (W, 2 * W):
        layers += [nn.Conv2d(a, 2 * a, 3, 2, 1, bias=bias), norm(2 * a), nn.ReLU()]
    layers += [Block(4 * W, inner, norm, dropout, "reflect", bias) for _ in range(blocks)]
    for a in (4 * W, 2 * W):
        up = nn.ConvTranspose2d(a, a // 2, 3, 2, 1, output_padding=1, bias=bias)
        layers += [up, norm(a // 2), nn.ReLU()]
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(W, 3, 7), nn.Tanh()]
    return _named("model", nn.Sequential(*layers))


def affine(width):
    return nn.InstanceNorm2d(width, affine=True)


def tracked(width):
    """Norms of old files keep statistics; nothing uses them when a picture is made."""
    return nn.InstanceNorm2d(width, track_running_stats=True)


class StarGan(nn.Module):
    def __init__(self, labels=5, blocks=2):
        super().__init__()
        norm = lambda n: nn.InstanceNorm2d(n, affine=True, track_running_stats=True)  # noqa: E731
        layers = [nn.Conv2d(3 + labels, W, 7, 1, 3, bias=False), norm(W), nn.ReLU()]
        for a in (W, 2 * W):
            layers += [nn.Conv2d(a, 2 * a, 4, 2, 1, bias=False), norm(2 * a), nn.ReLU()]
        layers += [Block(4 * W, "main", norm, False, "zeros", False) for _ in range(blocks)]
        for a in (4 * W, 2 * W):
            layers += [nn.ConvTranspose2d(a, a // 2, 4, 2, 1, bias=False), norm(a // 2), nn.ReLU()]
        layers += [nn.Conv2d(W, 3, 7, 1, 3, bias=False), nn.Tanh()]
        self.main = nn.Sequential(*layers)

    def forward(self, x, c):
        return self.main(torch.cat([x, c[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1))


class Shell(nn.Module):
    """One level of the U-Net, around the next."""

    def __init__(self, outer, inner, within=None, outermost=False, norm=nn.BatchNorm2d):
        super().__init__()
        bias = norm is not nn.BatchNorm2d
        down = nn.Conv2d(3 if outermost else outer, inner, 4, 2, 1, bias=bias)
        wide = inner if within is None else 2 * inner
        up = nn.ConvTranspose2d(wide, 3 if outermost else outer, 4, 2, 1, bias=bias or outermost)
        # In place, as published: what is rectified is what joins the way up.
        act, again = nn.LeakyReLU(0.2, True), nn.ReLU(True)
        if outermost:
            layers = [down, within, again, up, nn.Tanh()]
        elif within is None:
            layers = [act, down, again, up, norm(outer)]
        else:
            layers = [act, down, norm(inner), within, again, up, norm(outer), nn.Dropout(0.5)]
        self.model = nn.Sequential(*layers)
        self.outermost = outermost

    def forward(self, x):
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


def unet(norm=nn.BatchNorm2d):
    level = Shell(4 * W, 4 * W, norm=norm)
    level = Shell(4 * W, 4 * W, level, norm=norm)
    level = Shell(2 * W, 4 * W, level, norm=norm)
    level = Shell(W, 2 * W, level, norm=norm)
    return _named("model", Shell(3, W, level, outermost=True, norm=norm))


class Dense(nn.Module):
    def __init__(self, names):
        super().__init__()
        self.names = names
        for i, name in enumerate(names):
            setattr(self, name, nn.Conv2d(W + 2 * i, W if i == 4 else 2, 3, 1, 1))

    def forward(self, x):
        maps = [x]
        for name in self.names[:-1]:
            maps.append(nn.functional.leaky_relu(getattr(self, name)(torch.cat(maps, 1)), 0.2))
        return x + 0.2 * getattr(self, self.names[-1])(torch.cat(maps, 1))


class Rrdb(nn.Module):
    """With ESRGAN's names, or Real-ESRGAN's."""

    NAMES = {
        "old": ("RRDB_trunk", "RDB", "trunk_conv", "upconv", "HRconv"),
        "new": ("body", "rdb", "conv_body", "conv_up", "conv_hr"),
    }

    def __init__(self, style, blocks=2, doublings=2, unshuffle=1):
        super().__init__()
        self.style, self.doublings, self.unshuffle = style, doublings, unshuffle
        trunk, dense, end, up, large = self.NAMES[style]
        convs = [f"conv{i}" for i in range(1, 6)]
        self.conv_first = nn.Conv2d(3 * unshuffle**2, W, 3, 1, 1)
        groups = [
            nn.ModuleDict({f"{dense}{i}": Dense(convs) for i in (1, 2, 3)}) for _ in range(blocks)
        ]
        setattr(self, trunk, nn.ModuleList(groups))
        for name in (end, large, *(f"{up}{i + 1}" for i in range(doublings))):
            setattr(self, name, nn.Conv2d(W, W, 3, 1, 1))
        self.conv_last = nn.Conv2d(W, 3, 3, 1, 1)

    def forward(self, x):
        trunk, _, end, up, large = self.NAMES[self.style]
        x = nn.functional.pixel_unshuffle(x, self.unshuffle)
        x = start = self.conv_first(x)
        for group in getattr(self, trunk):
            y = x
            for dense in group.values():
                y = dense(y)
            x = x + 0.2 * y
        x = start + getattr(self, end)(x)
        act = lambda y: nn.functional.leaky_relu(y, 0.2)  # noqa: E731
        for i in range(self.doublings):
            x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
            x = act(getattr(self, f"{up}{i + 1}")(x))
        return self.conv_last(act(getattr(self, large)(x)))


def oldest(state, doublings):
    """The weights of an old RRDBNet by the numbers of a sequence."""
    places = {"conv_first": "model.0", "trunk_conv": "model.1.sub.2"}
    places |= {f"upconv{i + 1}": f"model.{3 + 3 * i}" for i in range(doublings)}
    after = 2 + 3 * doublings
    places |= {"HRconv": f"model.{after}", "conv_last": f"model.{after + 2}"}
    renamed = {}
    for name, value in state.items():
        start, _, kind = name.rpartition(".")
        if start.startswith("RRDB_trunk."):
            _, block, dense, conv = start.split(".")
            renamed[f"model.1.sub.{block}.{dense}.{conv}.0.{kind}"] = value
        else:
            renamed[f"{places[start]}.{kind}"] = value
    return renamed


class Compact(nn.Module):
    def __init__(self, convs=3, scale=4):
        super().__init__()
        self.scale = scale
        layers = [nn.Conv2d(3, W, 3, 1, 1), nn.PReLU(W)]
        for _ in range(convs):
            layers += [nn.Conv2d(W, W, 3, 1, 1), nn.PReLU(W)]
        self.body = nn.ModuleList([*layers, nn.Conv2d(W, 3 * scale**2, 3, 1, 1)])

    def forward(self, x):
        y = x
        for layer in self.body:
            y = layer(y)
        base = x.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)
        return nn.functional.pixel_shuffle(y, self.scale) + base


def _named(name, network):
    """As a part of this name, which the names of the weights begin with."""
    outer = nn.Module()
    setattr(outer, name, network)
    outer.forward = network.forward
    return outer


def shaken(network, seed=0):
    """With norms and statistics that matter."""
    torch.manual_seed(seed)
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.randn(value.shape) * (0.3 if value.ndim > 1 else 0.2))
            if name.endswith("running_var") or (name.endswith("weight") and value.ndim == 1):
                value.abs_().add_(0.5)
    network.eval()
    for module in network.modules():  # pictures are normalised by their own statistics
        if isinstance(module, nn.InstanceNorm2d):
            module.train()
    return network

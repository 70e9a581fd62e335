"""The layers of a tiny StyleGAN3, whose scene can be moved."""

from stylestudio.networks.stylegan3 import LayerConfig


def alias_free_layers(*layers, side=32):
    """Layers of (input's side, channels, factor of the filters), made for `side` pixels."""
    return tuple(
        LayerConfig(
            in_channels=8,
            out_channels=channels,
            in_size=size,
            out_size=side,
            kernel=1,
            up=factor,
            down=factor,
            up_taps=6 * factor if factor > 1 else 1,
            down_taps=6 * factor if factor > 1 else 1,
        )
        for size, channels, factor in layers
    )

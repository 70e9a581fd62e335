"""What a training on a folder begins with: its network, and the model that it starts from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import torch

from stylestudio.errors import StyleStudioError
from stylestudio.networks.stylegan2 import Discriminator, Generator, StyleGAN2Config
from stylestudio.render.device import computes_in
from stylestudio.training.adversarial.settings import (
    DEFAULT_RESOLUTION,
    DEFAULT_SIZE,
    SIZES,
    AdversarialSettings,
)
from stylestudio.training.adversarial.trainer import AdversarialTrainer, Ancestor

if TYPE_CHECKING:
    from stylestudio.render import Model
    from stylestudio.training.adversarial.pictures import Pictures

FEW = 50  # pictures
INIT_AUGMENT_KIMG = 100.0  # a trained start needs augmentation five times as soon
_MEGABYTE = 1_000_000


class StartError(StyleStudioError, ValueError):
    """A training can't begin with this; the message is one sentence for the user."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """What is chosen before a training on a folder begins; `asdict` and `Start(**...)` keep it.

    Without `size` and `resolution`, those of the model that it starts from, or the defaults.
    """

    size: str | None = None  # of SIZES
    resolution: int | None = None
    kimg: float = 200.0
    batch: int = 16
    mirror: bool = False
    seed: int = 0

    def config(self, init: Model | Ancestor | None) -> StyleGAN2Config:
        """The network to be trained, of pictures without classes. Raises StartError."""
        if init is None:
            return SIZES[self.size or DEFAULT_SIZE].config(self.resolution or DEFAULT_RESOLUTION)
        found = init.config if isinstance(init, Ancestor) else init.network.config
        if not isinstance(found, StyleGAN2Config):
            raise StartError(f"{init.name} is no StyleGAN2; start from a StyleGAN2 model.")
        if self.resolution not in (None, found.img_resolution):
            raise StartError(
                f"{init.name} makes pictures of {found.img_resolution} pixels, not "
                f"{self.resolution}; leave the resolution out."
            )
        if self.size is not None:
            return SIZES[self.size].config(found.img_resolution)
        return replace(found, c_dim=0, img_channels=3)

    def begin(
        self,
        pictures: Pictures,
        init: Model | Ancestor | None,
        device: torch.device | str = "cpu",
        *,
        bfloat16: bool = False,
    ) -> AdversarialTrainer:
        """The training. Raises StartError."""
        settings = AdversarialSettings(
            config=self.config(init),
            kimg=self.kimg,
            batch=self.batch,
            mirror=self.mirror,
            seed=self.seed,
            augment_kimg=INIT_AUGMENT_KIMG if init else AdversarialSettings.augment_kimg,
        )
        try:
            return AdversarialTrainer(pictures, settings, init, device, bfloat16=bfloat16)
        except ValueError as error:
            raise StartError(f"The training can't begin: {error}.") from error

    def to_dict(self) -> dict[str, object]:
        """As plain values."""
        return asdict(self)


def takes_bfloat16(device: torch.device) -> bool:
    """Whether a device is a GPU that computes in bfloat16 as it should."""
    if device.type != "cuda" or not torch.cuda.is_bf16_supported(including_emulation=False):
        return False
    return computes_in(str(device), torch.bfloat16)


def few_note(count: int) -> str:
    """A sentence about so few pictures; "" where there are enough to begin with."""
    if count >= FEW:
        return ""
    only = "is one picture" if count == 1 else f"are only {count} pictures"
    return f"there {only}; a model memorises so few pictures and makes little else."


def size_words(config: StyleGAN2Config) -> str:
    """How large a network is, in words: weights, the model's file, what training it takes."""
    with torch.device("meta"):
        counts = [
            sum(each.numel() for each in network(config).parameters())
            for network in (Generator, Discriminator)
        ]
    generator, discriminator = (4 * count / _MEGABYTE for count in counts)
    # The generator, its average and what Adam keeps of it; the discriminator and what Adam keeps.
    state = generator * 4 + discriminator * 3
    return (
        f"{counts[0] / 1e6:.3g} million weights, a file of {generator:.0f} MB; "
        f"training keeps {state:.0f} MB besides what a batch takes"
    )

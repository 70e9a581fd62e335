"""Measures inversion on a model: against its own pictures, whose latents are known, and photos."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.inversion.aim import Aim
from stylestudio.inversion.job import Job, Settings
from stylestudio.inversion.photo import Frame, Photo
from stylestudio.inversion.projection import Steering
from stylestudio.inversion.published import Timed, project_as_published
from stylestudio.inversion.samples import Samples, as_rgb
from stylestudio.render import shared_assets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.inversion.checkpoint import Checkpoint
    from stylestudio.inversion.workbench import Workbench
    from stylestudio.render import Model

FIRST_SEED = 1_000_000  # far from the seeds that anybody trains or looks at
BEST_OF = 500  # samples that an encoder is compared with
SHIFT, TURN, GROW = 0.15, 20.0, 1.25  # of pictures that are to be framed again


@dataclass(frozen=True, eq=False)
class Exchange:
    """Fine rows taken from another seed: in what was found, and in the truth beside it.

    Pictures are [3, R, R] in -1..1.
    """

    found: Tensor
    found_exchanged: Tensor
    true: Tensor
    true_exchanged: Tensor

    @property
    def psnr(self) -> float:
        """How like the exchange in the truth that in what was found is, in dB."""
        return psnr(self.found_exchanged, self.true_exchanged)

    @property
    def moved(self) -> float:
        """Mean change of colours by the exchange, of 255."""
        return float((self.found_exchanged - self.found).abs().mean()) * 127.5


@dataclass(frozen=True)
class Likeness:
    """How one picture of the model's own was found again."""

    latent_psnr: float  # dB, after the steps on the latent
    tuned_psnr: float  # dB, after those on the weights
    exchange: Exchange


@dataclass(frozen=True)
class Start:
    """What a start is worth, as distances to one picture of the model's own."""

    average: float  # of w_avg
    sample: float  # of the best of BEST_OF random samples
    encoder: float  # of the encoder alone
    from_sample: float  # after all steps from the best sample on
    from_encoder: float  # after fewer steps from the encoder on


@dataclass(frozen=True)
class Race:
    """Our default beside the published projector, on the same picture."""

    name: str
    ours: Timed
    published: Timed  # at the end of the same time, or of as many steps where that came first


@dataclass(frozen=True)
class Reframed:
    """A picture moved, turned and scaled, framed again."""

    exact_loss: float  # of an inversion in the frame that was meant
    found_loss: float  # in the frame that was found
    meant: Frame
    found: Frame


def own_picture(model: Model, number: int) -> tuple[Tensor, Tensor]:
    """Return ws [num_ws, w_dim] and picture [3, R, R] of an unseen seed."""
    z = np.random.RandomState(FIRST_SEED + number).randn(1, model.z_dim)
    ws = model.map(z)
    return ws[0], as_rgb(model.synthesize(ws))[0].clamp(-1, 1)


def measure_likeness(
    bench: Workbench, number: int, steps: int, tuning_steps: int
) -> Iterator[Likeness | None]:
    """Invert one of the model's own pictures; yields None at every step, at last the measures."""
    model = bench.model
    truth, picture = own_picture(model, number)
    settings = Settings(method="tune", steps=steps, tuning_steps=tuning_steps)
    latent = tuned = None
    for progress in Job(bench, Photo(picture.cpu()), settings).run():
        if progress.stage != "tuning":
            latent = progress.checkpoint or latent
        tuned = progress.checkpoint or tuned
        yield None
    assert latent is not None
    assert tuned is not None
    found = _shown(latent, model)
    exchanged = _exchanged(model, latent.ws.to(model.device))
    yield Likeness(
        latent_psnr=psnr(found, picture),
        tuned_psnr=psnr(_shown(tuned, model), picture),
        exchange=Exchange(found, exchanged, picture, _exchanged(model, truth)),
    )


def measure_start(
    bench: Workbench, number: int, steps: int, short_steps: int
) -> Iterator[Start | None]:
    """Find one of the model's own pictures from two starts, by a workbench with an encoder.

    From the best sample in `steps`, from the encoder in `short_steps`, each with the default
    schedule of as many. Yields None at every step, at last the measures.
    """
    model = bench.model
    photo = Photo(own_picture(model, number)[1].cpu())
    for _ in bench.draw():
        yield None
    ways: list[list[float]] = []
    for each, count in ((bench.without_encoder(), steps), (bench, short_steps)):
        losses = []
        for progress in Job(each, photo, Settings(steps=count)).run():
            if not math.isnan(progress.loss):  # as it is while a start is looked for
                losses.append(progress.loss)
            yield None
        ways.append(losses)
    aim = Aim(bench.distance, photo, Frame(), model.resolution)
    yield Start(
        average=_loss(model, aim, model.w_avg[None]),
        sample=_best_sample(bench, aim),
        encoder=ways[1][0],
        from_sample=ways[0][-1],
        from_encoder=ways[1][-1],
    )


def _exchanged(model: Model, ws: Tensor) -> Tensor:
    """The picture after the fine rows were taken from another seed."""
    other, _ = own_picture(model, -1)
    rows = ws.expand(model.num_ws, -1).clone()
    for layer in model.layers:
        if layer.group == "fine":
            rows[layer.index] = other[layer.index]
    return as_rgb(model.synthesize(rows[None]))[0].clamp(-1, 1)


def _shown(checkpoint: Checkpoint, model: Model) -> Tensor:
    """The picture that a checkpoint's recipe renders, [3, R, R] in -1..1."""
    from stylestudio.render import render

    if checkpoint.delta:
        shared_assets().remember(checkpoint.delta)
    pixels = render(model, checkpoint.recipe(model, "")).copy()
    return torch.from_numpy(pixels[..., :3]).permute(2, 0, 1).float().to(model.device) / 127.5 - 1


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal to noise in dB, of pictures in -1..1; pictures alike count as 99."""
    error = float((a - b).square().mean()) / 4
    return 99.0 if error < 1e-10 else -10 * math.log10(error)


@torch.no_grad()
def _loss(model: Model, aim: Aim, ws: Tensor) -> float:
    rows = ws.to(model.device).expand(model.num_ws, -1)[None]
    return aim.target()(as_rgb(model.network.synthesize(rows, "const"))).item()


def _best_sample(bench: Workbench, aim: Aim) -> float:
    """The distance of the sample among BEST_OF whose small picture is closest."""
    many = _many_samples(bench)
    small = F.adaptive_avg_pool2d(aim.picture().detach(), many.pictures.shape[-1])
    nearest = (many.pictures - small).abs().flatten(1).mean(1).argsort()[:10]
    return min(_loss(bench.model, aim, many.w[index][None]) for index in nearest.tolist())


def _many_samples(bench: Workbench) -> Samples:
    if bench.count < BEST_OF:
        raise ValueError(f"the workbench has {bench.count} samples; {BEST_OF} are needed")
    return bench.samples


def race(bench: Workbench, photo: Photo, frame: Frame, steps: int) -> Iterator[Race | None]:
    """Run our default and the published projector; yields None at each step, at last the race.

    Both see the same frame by the same distance and take as many steps. What the model has to be
    measured for once is measured before the clock starts, for both.
    """
    aim = Aim(bench.distance, photo, frame, bench.model.resolution)
    bench.prepare()
    started = time.perf_counter()
    ours = Timed(0.0, math.inf)
    for progress in Job(bench, photo, Settings(steps=steps, frame=frame), Steering()).run():
        ours = Timed(time.perf_counter() - started, progress.loss)
        yield None
    published = Timed(0.0, math.inf)
    for timed in project_as_published(bench.model, aim, steps):
        if timed.seconds > ours.seconds and published.seconds:
            break
        published = timed
        yield None
    yield Race(photo.name, ours, published)


def moved_photo(picture: Tensor, number: int) -> tuple[Photo, Frame, Frame]:
    """Lay a picture [3, R, R] into a larger photo: moved, turned and scaled at random.

    Beyond its edges it is mirrored. Returns the photo, the frame that a user would start from,
    and the one that holds the picture.
    """
    state = np.random.RandomState(number)
    x, y, angle = (float(state.uniform(-most, most)) for most in (SHIFT, SHIFT, TURN))
    side = GROW ** float(state.uniform(-1, 1))
    resolution = 2 * picture.shape[-1]
    at = (torch.arange(resolution) + 0.5) / resolution * 2 - 1  # sides of the first frame
    right, down = at.expand(resolution, -1) - x, at[:, None].expand(-1, resolution) - y
    cos, sin = math.cos(math.radians(angle)) / side, math.sin(math.radians(angle)) / side
    places = 2 * torch.stack([cos * right + sin * down, cos * down - sin * right], -1)
    photo = F.grid_sample(
        picture[None].cpu(), places[None], padding_mode="reflection", align_corners=False
    )
    return Photo(photo[0]), Frame(0, 0, 0.5, 0), Frame(x / 2, y / 2, side / 2, angle)


def measure_framing(bench: Workbench, number: int, steps: int) -> Iterator[Reframed | None]:
    """Frame one moved picture again; yields None at each step, at last what was found.

    The loss to be reached is that of the same photo inverted in the very frame that was meant.
    """
    photo, first, meant = moved_photo(own_picture(bench.model, number)[1], number)
    losses, frames = [], []
    for settings in (
        Settings(steps=steps, frame=meant),
        Settings(steps=steps, frame=first, search=True),
    ):
        last = None
        for progress in Job(bench, photo, settings).run():
            last = progress.checkpoint or last
            yield None
        assert last is not None
        losses.append(last.loss)
        frames.append(last.frame)
    yield Reframed(losses[0], losses[1], meant, frames[1])

"""Measures inversion on a model: against its own pictures, whose latents are known, and photos."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.inversion.crop_target import CropTarget
from stylestudio.inversion.photo import Crop, Photo
from stylestudio.inversion.photo_inversion import InversionSettings, PhotoInversion
from stylestudio.inversion.projection import Steering
from stylestudio.inversion.published import Timed, project_as_published
from stylestudio.inversion.samples import SIDE, Samples
from stylestudio.inversion.typicality import Typicality
from stylestudio.render import shared_assets
from stylestudio.render.colours import as_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.inversion.context import InversionContext
    from stylestudio.inversion.snapshot import Snapshot
    from stylestudio.render import Model

EDITABILITY = 0.25  # where none is asked for: close to the picture, since closeness is measured
FIRST_SEED = 1_000_000  # far from the seeds that anybody trains or looks at
BEST_OF = 500  # samples that an encoder is compared with
SHIFT, TURN, GROW = 0.15, 20.0, 1.25  # of pictures whose crop is to be found


@dataclass(frozen=True, eq=False)
class MixingComparison:
    """Fine rows taken from another seed: in what was found, and in the truth beside it.

    Pictures are [3, R, R] in -1..1.
    """

    found: Tensor
    found_mixed: Tensor
    true: Tensor
    true_mixed: Tensor

    @property
    def psnr(self) -> float:
        """PSNR in dB of the mixed picture from the latent found to that from the true one."""
        return psnr(self.found_mixed, self.true_mixed)

    @property
    def moved(self) -> float:
        """Mean change of colours by the mixing, of 255."""
        return float((self.found_mixed - self.found).abs().mean()) * 127.5


@dataclass(frozen=True)
class ReconstructionReport:
    """How well one picture of the model's own was reconstructed."""

    latent_psnr: float  # dB, after the steps on the latent
    tuned_psnr: float  # dB, after those on the weights
    mixing: MixingComparison


@dataclass(frozen=True)
class InitializationReport:
    """What an initialization is worth, as distances to one picture of the model's own."""

    average: float  # of w_avg
    sample: float  # of the best of BEST_OF random samples
    encoder: float  # of the encoder alone
    from_sample: float  # after all steps from the best sample on
    from_encoder: float  # after fewer steps from the encoder on


@dataclass(frozen=True)
class ProjectorComparison:
    """Our W+ beside the published projector, on the same picture."""

    name: str
    ours: Timed
    published: Timed  # at the end of the same time, or of as many steps where that came first


@dataclass(frozen=True)
class LookReport:
    """How like the model's own pictures a photo's inversion is, beside BEST_OF random samples.

    Each figure says how many of 100 samples are more usual: 50 is an ordinary one of the model's.
    """

    name: str
    loss: float
    latent: float  # by the P-norm, over all rows
    farthest_row: float  # by that of the row which strays the farthest
    picture: float  # by the colours of the small picture


@dataclass(frozen=True)
class CropSearchReport:
    """A picture moved, turned and scaled, whose crop was searched for."""

    exact_loss: float  # of an inversion in the crop that was meant
    found_loss: float  # in the crop that was found
    meant: Crop
    found: Crop


def own_picture(model: Model, number: int) -> tuple[Tensor, Tensor]:
    """Return ws [num_ws, w_dim] and picture [3, R, R] of an unseen seed."""
    z = np.random.RandomState(FIRST_SEED + number).randn(1, model.z_dim)
    ws = model.map(z)
    return ws[0], as_rgb(model.synthesize(ws))[0].clamp(-1, 1)


def measure_reconstruction(
    context: InversionContext, number: int, steps: int, tuning_steps: int, editability: float
) -> Iterator[ReconstructionReport | None]:
    """Invert one of the model's own pictures; yields None at every step, at last the measures."""
    model = context.model
    truth, picture = own_picture(model, number)
    settings = InversionSettings(method="tune", steps=steps, tuning_steps=tuning_steps)
    latent = tuned = None
    steering = Steering(editability)
    for progress in PhotoInversion(context, Photo(picture.cpu()), settings, steering).run():
        if progress.snapshot:
            tuned = progress.snapshot
            latent = latent if tuned.stage == "tuning" else tuned
        yield None
    assert latent is not None
    assert tuned is not None
    found = _shown(latent, model)
    mixed = _mixed(model, latent.ws.to(model.device))
    yield ReconstructionReport(
        latent_psnr=psnr(found, picture),
        tuned_psnr=psnr(_shown(tuned, model), picture),
        mixing=MixingComparison(found, mixed, picture, _mixed(model, truth)),
    )


def measure_initialization(
    context: InversionContext, number: int, steps: int, short_steps: int
) -> Iterator[InitializationReport | None]:
    """Find one of the model's own pictures from two starts, by a context with an encoder.

    From the best sample in `steps`, from the encoder in `short_steps`, each with the default
    schedule of as many. Yields None at every step, at last the measures.
    """
    model = context.model
    photo = Photo(own_picture(model, number)[1].cpu())
    for _ in context.draw():
        yield None
    ways: list[list[float]] = []
    for each, count in ((context.without_encoder(), steps), (context, short_steps)):
        losses = []
        for progress in PhotoInversion(
            each, photo, InversionSettings(steps=count), Steering(EDITABILITY)
        ).run():
            if progress.loss is not None:
                losses.append(progress.loss)
            yield None
        ways.append(losses)
    crop_target = CropTarget(context.distance, photo, Crop(), model.resolution)
    yield InitializationReport(
        average=_loss(model, crop_target, model.w_avg[None]),
        sample=_best_sample(context, crop_target),
        encoder=ways[1][0],
        from_sample=ways[0][-1],
        from_encoder=ways[1][-1],
    )


def measure_look(
    context: InversionContext, photo: Photo, steps: int, editability: float
) -> Iterator[LookReport | None]:
    """Invert a photo into W+; yields None at every step, at last how usual the result is.

    Latents are compared by the mean square of their coordinates (the P-norm; Zhu et al. 2020,
    section 4.1), pictures by a probabilistic PCA of half of the samples with the other half.
    """
    model = context.model
    settings, last = InversionSettings(method="w+", steps=steps), None
    for progress in PhotoInversion(context, photo, settings, Steering(editability)).run():
        last = progress.snapshot or last
        yield None
    assert last is not None
    samples = _many_samples(context)
    usual = context.space.to_coordinates(samples.w).square().mean(1)
    rows = context.space.to_coordinates(last.ws.to(model.device)).square().mean(1)
    half = len(samples.w) // 2
    typicality = Typicality(Samples(samples.w[:half], samples.pictures[:half]))
    small = F.adaptive_avg_pool2d(_shown(last, model)[None], SIDE)
    yield LookReport(
        photo.name,
        last.loss,
        latent=_percentile(rows.mean(), usual),
        farthest_row=_percentile(rows.max(), usual),
        picture=_percentile(typicality(small)[0], typicality(samples.pictures[half:])),
    )


def _percentile(value: Tensor, among: Tensor) -> float:
    """How many of 100 are smaller."""
    return 100 * float((among < value).float().mean())


def _mixed(model: Model, ws: Tensor) -> Tensor:
    """The picture after the fine rows were taken from another seed."""
    other, _ = own_picture(model, -1)
    rows = ws.expand(model.num_ws, -1).clone()
    for layer in model.layers:
        if layer.group == "fine":
            rows[layer.index] = other[layer.index]
    return as_rgb(model.synthesize(rows[None]))[0].clamp(-1, 1)


def _shown(snapshot: Snapshot, model: Model) -> Tensor:
    """The picture that a snapshot's recipe renders, [3, R, R] in -1..1."""
    from stylestudio.render import render

    if snapshot.delta:
        shared_assets().remember(snapshot.delta)
    pixels = render(model, snapshot.recipe(model, "")).copy()
    planes = torch.from_numpy(pixels).permute(2, 0, 1)[None].float().to(model.device)
    return as_rgb(planes / 127.5 - 1)[0]


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal to noise in dB, of pictures in -1..1; pictures alike count as 99."""
    error = float((a - b).square().mean()) / 4
    return 99.0 if error < 1e-10 else -10 * math.log10(error)


@torch.no_grad()
def _loss(model: Model, crop_target: CropTarget, ws: Tensor) -> float:
    rows = ws.to(model.device).expand(model.num_ws, -1)[None]
    return crop_target.current()(as_rgb(model.network.synthesize(rows, "const"))).item()


def _best_sample(context: InversionContext, crop_target: CropTarget) -> float:
    """The distance of the sample among BEST_OF whose small picture is closest."""
    many = _many_samples(context)
    small = F.adaptive_avg_pool2d(crop_target.picture().detach(), many.pictures.shape[-1])
    nearest = (many.pictures - small).abs().flatten(1).mean(1).argsort()[:10]
    return min(_loss(context.model, crop_target, many.w[index][None]) for index in nearest.tolist())


def _many_samples(context: InversionContext) -> Samples:
    if context.count < BEST_OF:
        raise ValueError(f"the context has {context.count} samples; {BEST_OF} are needed")
    return context.samples


def compare_projectors(
    context: InversionContext, photo: Photo, crop: Crop, steps: int
) -> Iterator[ProjectorComparison | None]:
    """Run our W+ and the published projector; yields None at each step, at last the two.

    Both see the same crop by the same distance and take as many steps. What the model has to be
    measured for once is measured before the clock starts, for both.
    """
    crop_target = CropTarget(context.distance, photo, crop, context.model.resolution)
    context.prepare()
    started = time.perf_counter()
    ours = Timed(0.0, math.inf)
    for progress in PhotoInversion(
        context, photo, InversionSettings(steps=steps, crop=crop), Steering(EDITABILITY)
    ).run():
        loss = math.inf if progress.loss is None else progress.loss
        ours = Timed(time.perf_counter() - started, loss)
        yield None
    published = Timed(0.0, math.inf)
    for timed in project_as_published(context.model, crop_target, steps):
        if timed.seconds > ours.seconds and published.seconds:
            break
        published = timed
        yield None
    yield ProjectorComparison(photo.name, ours, published)


def moved_photo(picture: Tensor, number: int) -> tuple[Photo, Crop, Crop]:
    """Lay a picture [3, R, R] into a larger photo: moved, turned and scaled at random.

    Beyond its edges it is mirrored. Returns the photo, the crop that a user would start from,
    and the one that holds the picture.
    """
    state = np.random.RandomState(number)
    x, y, angle = (float(state.uniform(-most, most)) for most in (SHIFT, SHIFT, TURN))
    side = GROW ** float(state.uniform(-1, 1))
    resolution = 2 * picture.shape[-1]
    at = (torch.arange(resolution) + 0.5) / resolution * 2 - 1  # sides of the first crop
    right, down = at.expand(resolution, -1) - x, at[:, None].expand(-1, resolution) - y
    cos, sin = math.cos(math.radians(angle)) / side, math.sin(math.radians(angle)) / side
    places = 2 * torch.stack([cos * right + sin * down, cos * down - sin * right], -1)
    photo = F.grid_sample(
        picture[None].cpu(), places[None], padding_mode="reflection", align_corners=False
    )
    return Photo(photo[0]), Crop(0, 0, 0.5, 0), Crop(x / 2, y / 2, side / 2, angle)


def measure_crop_search(
    context: InversionContext, number: int, steps: int
) -> Iterator[CropSearchReport | None]:
    """Find the crop of one moved picture; yields None at each step, at last what was found.

    The loss to be reached is that of the same photo inverted in the very crop that was meant.
    """
    photo, first, meant = moved_photo(own_picture(context.model, number)[1], number)
    losses, crops = [], []
    for settings in (
        InversionSettings(steps=steps, crop=meant),
        InversionSettings(steps=steps, crop=first, search=True),
    ):
        last = None
        for progress in PhotoInversion(context, photo, settings, Steering(EDITABILITY)).run():
            last = progress.snapshot or last
            yield None
        assert last is not None
        losses.append(last.loss)
        crops.append(last.crop)
    yield CropSearchReport(losses[0], losses[1], meant, crops[1])

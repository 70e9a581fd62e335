"""From files to a StyleModel."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints import read_style_part
from stylestudio.checkpoints.style_networks import Decoder, EmbeddedStyles, Predictor, StyleBank
from stylestudio.networks.adain import AdaINEncoder, AdaINTransformer
from stylestudio.render.style_model import StyleError, StyleModel
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from stylestudio.checkpoints.style_networks import StylePart


def builtin_styles() -> tuple[str, ...]:
    """Names of the style banks that ship with the program."""
    return tuple(sorted(path.stem for path in resource_path("styles").glob("*.safetensors")))


def open_styles(
    path_or_name: str | os.PathLike[str], *more_paths: str | os.PathLike[str]
) -> StyleModel:
    """Open styles: a file, a folder, both folders of a pair in any order, or a built-in name.

    Files are StyleStudio's own style banks (.safetensors), fast_neural_style networks (.pth), or
    the two halves of AdaIN, the normalised VGG and its decoder (.pth or .safetensors); folders
    are TensorFlow.js models: an arbitrary-style transformer, and the predictor that belongs to
    it. Nothing in them is executed.
    Raises CheckpointError for a file that cannot be read and StyleError for parts that do not
    belong together; both messages are for the user.
    """
    paths = [_path(path_or_name), *map(Path, more_paths)]
    parts = [(path.name, read_style_part(path)) for path in paths]
    painters = [(name, part) for name, part in parts if not isinstance(part, Predictor)]
    predictors = [(name, part) for name, part in parts if isinstance(part, Predictor)]
    if not painters:
        raise StyleError(
            f"{predictors[0][0]} only predicts styles; open it together with its transformer "
            "or decoder."
        )
    if len(painters) > 1 or len(predictors) > 1:
        names = " and ".join(name for name, _ in (painters if painters[1:] else predictors)[:2])
        raise StyleError(f"{names} are no pair: a transformer and its predictor can be combined.")
    (name, painter), predictor = painters[0], None
    if predictors:
        predictor_name, predictor = predictors[0]
        if not _fit(painter, predictor):
            raise StyleError(
                f"{name} does not understand the styles that {predictor_name} predicts; "
                "the two are no pair."
            )
    elif isinstance(painter, Decoder):
        raise StyleError(
            f"{name} only paints what the normalised VGG of AdaIN sees; open the two together."
        )
    return _model(name, painter, predictor)


def _fit(painter: StylePart, predictor: Predictor) -> bool:
    """Whether the two are halves of one pair."""
    if isinstance(painter, Decoder):
        return painter.network.channels == getattr(predictor.network, "channels", None)
    return isinstance(painter, EmbeddedStyles) and painter.family == predictor.family


def _path(path_or_name: str | os.PathLike[str]) -> Path:
    name = os.fspath(path_or_name).lower()
    if name in builtin_styles() and not Path(path_or_name).exists():
        return resource_path("styles", f"{name}.safetensors")
    return Path(path_or_name)


def _model(label: str, painter: StylePart, predictor: Predictor | None) -> StyleModel:
    if isinstance(painter, StyleBank):
        rows = painter.network.tables.rows()
        return StyleModel(painter.network.transformer, painter.names, label=label, rows=rows)
    if isinstance(painter, EmbeddedStyles):
        width = painter.network.heads.weight.shape[1]
        embeddings = list(painter.embeddings.values())
        return StyleModel(
            painter.network,
            tuple(painter.embeddings),
            label=label,
            rows=torch.stack(embeddings) if embeddings else torch.zeros(0, width),
            embedding_dim=width,
            predictor=predictor.network if predictor else None,
        )
    if isinstance(painter, Decoder):
        assert predictor is not None
        assert isinstance(predictor.network, AdaINEncoder)
        width = 2 * painter.network.channels[-1]
        return StyleModel(
            AdaINTransformer(predictor.network, painter.network),
            (),
            label=label,
            rows=torch.zeros(0, width),
            embedding_dim=width,
            predictor=predictor.network,
        )
    assert not isinstance(painter, Predictor)
    return StyleModel(painter.network, (painter.name,), label=label, rows=None)

"""From files to a StyleModel."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints import hash_styles, read_style_part
from stylestudio.checkpoints.style_networks import Decoder, EmbeddedStyles, Predictor, StyleBank
from stylestudio.checkpoints.tfjs import MANIFEST
from stylestudio.networks.adain import AdaINEncoder, AdaINTransformer
from stylestudio.recipe.naming import described
from stylestudio.render.style_model import StyleError, StyleModel
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from stylestudio.checkpoints.style_networks import StylePart


def builtin_styles() -> tuple[str, ...]:
    """Names of the style banks that ship with the program.

    >>> import stylestudio as ss
    >>> ss.builtin_styles()
    ('atelier', 'sketchbook')
    """
    return tuple(path.stem for path in builtin_style_paths())


def builtin_style_paths() -> list[Path]:
    """Files of the style banks that ship with the program, by name."""
    return sorted(resource_path("styles").glob("*.safetensors"))


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

    >>> import stylestudio as ss
    >>> ss.open_styles("atelier")
    <StyleModel atelier.safetensors: 25 styles>
    """
    given = (path_or_name, *more_paths)
    for path in given:
        if not isinstance(path, str | os.PathLike):
            raise StyleError(f"{described(path)} is not the path of styles.")
    paths = [style_path(path) for path in given]
    parts = [(path, read_style_part(path)) for path in paths]
    painters = [(path, part) for path, part in parts if not isinstance(part, Predictor)]
    predictors = [(path, part) for path, part in parts if isinstance(part, Predictor)]
    if not painters:
        raise StyleError(
            f"{predictors[0][0].name} only predicts styles; open it together with its "
            "transformer or decoder."
        )
    if len(painters) > 1 or len(predictors) > 1:
        two = (painters if painters[1:] else predictors)[:2]
        names = " and ".join(path.name for path, _ in two)
        raise StyleError(f"{names} are not a pair; combine a transformer with its predictor.")
    path, painter = painters[0]
    predictor = _predictor_of(path, painter, predictors[0] if predictors else None)
    model = _model(path.name, hash_styles(path), painter, predictor)
    model.places = tuple(map(_place, given))
    return model


@lru_cache(maxsize=4)
def _builtin(path: Path) -> StyleModel:
    return open_styles(path)


def builtin_bank(name: str) -> StyleModel:
    """The built-in bank of this name, kept open. Raises StyleError where there is none."""
    paths = {path.stem: path for path in builtin_style_paths()}
    if name.lower() not in paths:
        raise StyleError(
            f"{name!r} is not a built-in style bank; there are {', '.join(paths)}. "
            "ss.open_styles opens a file."
        )
    return _builtin(paths[name.lower()])


def _predictor_of(
    path: Path, painter: StylePart, named: tuple[Path, Predictor] | None
) -> Predictor | None:
    """The predictor, if one was given. Raises StyleError where the two are no pair."""
    if named is None:
        if isinstance(painter, Decoder):
            raise StyleError(
                f"{path.name} is AdaIN's decoder, which needs its normalised VGG; "
                "open the two together."
            )
        return None
    if not _fit(painter, named[1]):
        raise StyleError(
            f"{path.name} can't use the styles that {named[0].name} predicts; "
            "the two are not a pair."
        )
    return named[1]


def _fit(painter: StylePart, predictor: Predictor) -> bool:
    if isinstance(painter, Decoder):
        return painter.network.channels == getattr(predictor.network, "channels", None)
    return isinstance(painter, EmbeddedStyles) and painter.family == predictor.family


def _is_builtin(path_or_name: str | os.PathLike[str]) -> bool:
    name = os.fspath(path_or_name).lower()
    return name in builtin_styles() and not Path(path_or_name).is_file()


def _place(path_or_name: str | os.PathLike[str]) -> str:
    """What opens the same in another process: a built-in name, or an absolute path."""
    if _is_builtin(path_or_name):
        return os.fspath(path_or_name).lower()
    return str(Path(path_or_name).absolute())


def style_path(path_or_name: str | os.PathLike[str]) -> Path:
    """The file or folder of styles: of a built-in bank by its name, otherwise the path itself.

    A file of that name in the working folder comes first; a folder of that name is ignored.
    Raises StyleError for a bare word that is neither, naming those that there are.
    """
    if _is_builtin(path_or_name):
        return resource_path("styles", f"{os.fspath(path_or_name).lower()}.safetensors")
    path = Path(path_or_name)
    if not path.exists() and path.name == os.fspath(path_or_name) and not path.suffix:
        raise StyleError(
            f"{path.name} is neither a file nor a built-in style bank; there are "
            f"{', '.join(builtin_styles())}."
        )
    return path.parent if path.name == MANIFEST else path


def _model(label: str, sha256: str, painter: StylePart, predictor: Predictor | None) -> StyleModel:
    if isinstance(painter, StyleBank):
        rows = painter.network.tables.rows()
        return StyleModel(
            painter.network.transformer, painter.names, label=label, sha256=sha256, rows=rows
        )
    if isinstance(painter, EmbeddedStyles):
        width = painter.network.heads.weight.shape[1]
        embeddings = list(painter.embeddings.values())
        return StyleModel(
            painter.network,
            tuple(painter.embeddings),
            label=label,
            sha256=sha256,
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
            sha256=sha256,
            rows=torch.zeros(0, width),
            embedding_dim=width,
            predictor=predictor.network,
        )
    assert not isinstance(painter, Predictor)
    return StyleModel(painter.network, (painter.name,), label=label, sha256=sha256, rows=None)

"""Any model file -> a network, without ever running what is in the file."""

from stylestudio.checkpoints.checkpoint import Checkpoint
from stylestudio.checkpoints.errors import CheckpointError
from stylestudio.checkpoints.families import family_of
from stylestudio.checkpoints.feature_files import read_features, write_features
from stylestudio.checkpoints.inception_files import read_reader
from stylestudio.checkpoints.latents import (
    FoundLatent,
    LatentFile,
    holds_latents,
    read_latent_file,
)
from stylestudio.checkpoints.lexicon_files import (
    LexiconFile,
    holds_lexicon,
    read_lexicon,
    write_lexicon,
)
from stylestudio.checkpoints.reader import read_checkpoint
from stylestudio.checkpoints.rosinality import write_rosinality
from stylestudio.checkpoints.stage_files import StageFile, holds_stage, read_stage, write_translator
from stylestudio.checkpoints.style_files import (
    hash_styles,
    holds_styles,
    read_style_part,
    write_styles,
)
from stylestudio.checkpoints.tensor_file import load_tensors, write_safetensors
from stylestudio.checkpoints.text_image_files import (
    TextImageFile,
    holds_text_image,
    read_text_image,
)
from stylestudio.checkpoints.tokens_files import TokensFile, read_tokens, write_tokens

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "FoundLatent",
    "LatentFile",
    "LexiconFile",
    "StageFile",
    "TextImageFile",
    "TokensFile",
    "family_of",
    "hash_styles",
    "holds_latents",
    "holds_lexicon",
    "holds_stage",
    "holds_styles",
    "holds_text_image",
    "load_tensors",
    "read_checkpoint",
    "read_features",
    "read_latent_file",
    "read_lexicon",
    "read_reader",
    "read_stage",
    "read_style_part",
    "read_text_image",
    "read_tokens",
    "write_features",
    "write_lexicon",
    "write_rosinality",
    "write_safetensors",
    "write_styles",
    "write_tokens",
    "write_translator",
]

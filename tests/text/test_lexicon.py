"""The text model with its own list of words: its file, its words, and what it says of others."""

import json
from dataclasses import replace

import pytest
import safetensors.torch
import torch

import stylestudio as ss
from stylestudio.checkpoints import CheckpointError, write_lexicon
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList

WORDS = WordList(("a", "big", "glasses", "red", "smile", "smiling"))


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    path = tmp_path / "words.safetensors"
    write_lexicon(LexiconNetwork(config).eval(), WORDS, path)
    return path


def test_it_opens_as_any_text_model_does(file):
    text = ss.open_text_model(file)
    assert (text.image_size, text.dim, text.words) == (32, 12, WORDS.words)
    vectors = text.embed_text(["a big smile", "Red glasses!"])
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    pixels = torch.rand(2, 3, 128, 96, requires_grad=True)
    text.embed_images(pixels)[0, 0].backward()
    assert pixels.grad[0].abs().sum() > 0
    text.free_text_tower()
    torch.testing.assert_close(text.embed_text(["a big smile", "red glasses"]), vectors)


def test_case_marks_and_what_follows_the_end_change_nothing(file):
    text = ss.open_text_model(file)
    plain, marked = text.embed_text("a big smile"), text.embed_text("  A big -- SMILE. ")
    torch.testing.assert_close(plain, marked)
    ids = torch.tensor([[0, 1, 4, 6, *[0] * 44]])
    other = torch.tensor([[0, 1, 4, 6, *[3] * 44]])
    torch.testing.assert_close(text.embed_tokens(ids), text.embed_tokens(other))


def test_order_matters(file):
    """Or red hair and blue eyes were blue hair and red eyes."""
    network = LexiconNetwork(LexiconConfig(len(WORDS)))
    with torch.no_grad():
        there, back = network.encode_text(torch.tensor([[3, 4, 1, 2, 6], [1, 4, 3, 2, 6]]))
    assert (there - back).abs().max() > 1e-4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("a smilling", 'Words doesn\'t know the word "smilling"; try smiling or smile.'),
        ("xyzzyqq", 'Words doesn\'t know the word "xyzzyqq"; use others.'),
        ("x" * 9000, "Words doesn't know the word \"" + "x" * 23 + '…"; use others.'),
        ("", "There are no words to read; type some."),
        ("?!", "There are no words to read; type some."),
    ],
)
def test_what_it_does_not_know_is_one_sentence(file, words, said):
    with pytest.raises(ss.TextModelError) as error:
        ss.open_text_model(file).embed_text(words)
    assert str(error.value) == said
    assert len(said) <= 160


def change(file, **facts):
    tensors = safetensors.torch.load_file(file)
    with safetensors.safe_open(file, "pt") as opened:
        known = json.loads(opened.metadata()["lexicon"])
    known["config"] |= facts.pop("config", {})
    metadata = {"lexicon": json.dumps(known | facts)}
    safetensors.torch.save_file(tensors, file, metadata)


@pytest.mark.parametrize(
    "facts",
    [
        {"words": ["a"]},
        {"words": 3},
        {"config": {"hidden": 10**9}},
        {"config": {"image_size": 10**6}},
        {"config": {"reach": -1}},
        {"config": {"reach": 10**9}},
        {"config": {"dim": 13}},
        {"config": {"widths": [8]}},
        {"config": {"widths": [10**7, 8]}},
        {"config": {"widths": "no"}},
        {"config": {"context": 10**12}},
        {"config": {"colour": 1}},
    ],
)
def test_a_damaged_file_is_one_sentence(file, facts):
    change(file, **facts)
    with pytest.raises(CheckpointError, match=r"words\.safetensors is damaged") as error:
        ss.open_text_model(file)
    assert len(str(error.value)) <= 160


def test_sizes_are_those_of_the_file(file):
    assert ss.open_text_model(file).context == replace(LexiconConfig(7)).context

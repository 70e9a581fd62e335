"""Words to numbers, as the published tokenizers have them."""

import gzip
import json
import sys
from pathlib import Path

import pytest
import torch
from plain_towers import tokens, write_siglip

import stylestudio as ss
from stylestudio.text.bpe import END, START, clip_byte_pairs, find_byte_pairs
from stylestudio.text.tokenizer import DescribedTokenizer

# Pairs of a text and its numbers, without start and end, written down from the tokenizer that
# OpenAI published with CLIP (simple_tokenizer.py, with ftfy 6.3 and regex 2026.11).
PUBLISHED = json.loads((Path(__file__).parent / "clip_ids.json").read_text())


def test_numbers_are_those_of_the_published_tokenizer():
    tokenizer = clip_byte_pairs()
    assert len(PUBLISHED) >= 200
    wrong = [text for text, ids in PUBLISHED if tokenizer.encode(text) != ids]
    assert wrong == []


def test_texts_stand_between_start_and_end_and_long_ones_are_cut():
    tokenizer = clip_byte_pairs()
    assert tokenizer.tokens("a cat", 8) == [49406, 320, 2368, 49407, 0, 0, 0, 0]
    long = tokenizer.tokens("cat " * 100, 8)
    assert long == [49406, *[2368] * 6, 49407]


def test_ten_thousand_characters_are_read_quickly_and_more_are_cut():
    tokenizer = clip_byte_pairs()
    assert tokenizer.encode("ab " * 50_000) == tokenizer.encode("ab " * 3_334)


MERGES = ["c a", "ca t</w>", "d o", "do g</w>"]


def small_vocabulary():
    names = sorted({*"abcdefghijklmnopqrstuvwxyz", *(f"{x}</w>" for x in "abcdefgt")})
    names += [merge.replace(" ", "") for merge in MERGES] + [START, END]
    return {name: 2 * number for number, name in enumerate(names)}


def test_the_tokenizer_beside_a_model_comes_first(tmp_path):
    numbers = small_vocabulary()
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
    (tmp_path / "vocab.json").write_text(json.dumps(numbers))
    found = find_byte_pairs(tmp_path)
    assert found.encode("cat dog") == [numbers["cat</w>"], numbers["dog</w>"]]
    (tmp_path / "vocab.json").write_text("{}")
    with pytest.raises(ss.CheckpointError, match=r"merges\.txt beside the model can't be read"):
        find_byte_pairs(tmp_path)


def test_the_list_of_the_first_clip_is_read_packed(tmp_path):
    lines = '"version"\n' + "\n".join(MERGES) + "\n"
    (tmp_path / "bpe_simple_vocab_16e6.txt.gz").write_bytes(gzip.compress(lines.encode()))
    found = find_byte_pairs(tmp_path)
    assert found.encode("cat") == [512 + 1]
    (tmp_path / "bpe_simple_vocab_16e6.txt.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(ss.CheckpointError, match="can't be read"):
        find_byte_pairs(tmp_path)


def described(path, end="</s>"):
    """A tokenizer in the form of the transformers package, with an end mark as SigLIP's has."""
    tokenizers = pytest.importorskip("tokenizers")
    words = {"<pad>": 0, end: 1, "<unk>": 2, "a": 3, "cat": 4, "dogs": 5}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, 1)]
    )
    tokenizer.save(str(path))
    return path


def test_described_tokenizers_fill_up_to_the_context(tmp_path):
    file = described(tmp_path / "tokenizer.json")
    first = DescribedTokenizer(file, 1, drops_punctuation=True)
    assert first.tokens("A cat, dogs!", 8) == [3, 4, 5, 1, 1, 1, 1, 1]
    assert first.tokens("a cat " * 9, 4) == [3, 4, 3, 1]
    second = DescribedTokenizer(file, 0, drops_punctuation=False)
    assert second.tokens("a cat!", 6) == [3, 4, 2, 1, 0, 0]
    file.write_text("{")
    with pytest.raises(ss.CheckpointError, match=r"tokenizer\.json beside the model can't be read"):
        DescribedTokenizer(file, 1, drops_punctuation=True)


def test_without_the_package_one_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ss.CheckpointError, match=r"pip install stylestudio\[words\]"):
        DescribedTokenizer(tmp_path / "tokenizer.json", 1, drops_punctuation=True)


def test_words_reach_the_network(tmp_path):
    write_siglip(tmp_path, pad_token_id=0)
    described(tmp_path / "tokenizer.json")
    model = ss.open_text_model(tmp_path)
    ids = torch.zeros_like(tokens()[:1])
    ids[0, :3] = torch.tensor([3, 4, 1])
    assert torch.equal(model.embed_text("a cat"), model.embed_tokens(ids))


@pytest.mark.parametrize(("end", "padding"), [("</s>", 1), ("<eos>", 0)], ids=["1", "2"])
def test_texts_are_filled_up_as_each_siglip_learned_it(tmp_path, end, padding):
    write_siglip(tmp_path)  # as published, its description doesn't say how
    described(tmp_path / "tokenizer.json", end)
    model = ss.open_text_model(tmp_path)
    ids = torch.full_like(tokens()[:1], padding)
    ids[0, :3] = torch.tensor([3, 4, 1])
    assert torch.equal(model.embed_text("a cat"), model.embed_tokens(ids))

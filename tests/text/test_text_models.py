"""CLIP and SigLIP files of every layout, against the same networks written plainly."""

import json
import pickle
import warnings
from pathlib import Path

import numpy as np
import plain_towers as plain
import pytest
import torch
from plain_towers import random_clip, tokens, write_siglip
from safetensors.torch import save_file

import stylestudio as ss
from stylestudio.text import TextModelError, open_text_model

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures"
MEAN = torch.tensor((0.48145466, 0.4578275, 0.40821073))[:, None, None]
STD = torch.tensor((0.26862954, 0.26130258, 0.27577711))[:, None, None]


def pixels(seed=0, height=plain.SIZE, width=plain.SIZE):
    return torch.rand(3, 3, height, width, generator=torch.Generator().manual_seed(seed))


def unit(x):
    return x / x.norm(dim=1, keepdim=True)


def save_script(clip, path):
    """As OpenAI's archives are: TorchScript, with half of the weights in half precision."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = torch.jit.trace(clip, pixels())
    script.save(str(path))


def write_layouts(folder):
    """The same CLIP in every layout, by name."""
    clip = random_clip()
    state = clip.state_dict()
    layouts = {}
    save_script(clip, folder / "script.pt")
    torch.save(state, folder / "bare.pt")
    layouts["script"], layouts["bare"] = folder / "script.pt", folder / "bare.pt"
    (folder / "open_clip").mkdir()
    torch.save(
        {"epoch": 3, "state_dict": {f"module.{name}": value for name, value in state.items()}},
        folder / "open_clip" / "open_clip_pytorch_model.bin",
    )
    config = {"model_cfg": {"quick_gelu": True, "vision_cfg": {"width": plain.WIDTH}}}
    (folder / "open_clip" / "open_clip_config.json").write_text(json.dumps(config))
    layouts["open_clip"] = folder / "open_clip"
    (folder / "custom").mkdir()
    custom = {
        name if name.startswith(("visual.", "logit")) else f"text.{name}": value
        for name, value in state.items()
    }
    custom["logit_scale"] = custom["logit_scale"].reshape(1)
    save_file(custom, folder / "custom" / "open_clip_model.safetensors")
    (folder / "custom" / "open_clip_config.json").write_text(json.dumps(config))
    layouts["custom"] = folder / "custom" / "open_clip_model.safetensors"
    (folder / "transformers").mkdir()
    save_file(plain.clip_as_transformers(clip), folder / "transformers" / "model.safetensors")
    config = {"model_type": "clip", "vision_config": {"hidden_act": "quick_gelu"}}
    (folder / "transformers" / "config.json").write_text(json.dumps(config))
    layouts["transformers"] = folder / "transformers"
    return clip, layouts


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    return write_layouts(tmp_path_factory.mktemp("clip"))


@pytest.mark.parametrize("layout", ["script", "bare", "open_clip", "custom", "transformers"])
def test_every_layout_gives_the_vectors_of_the_plain_network(layouts, layout):
    clip, files = layouts
    model = ss.open_text_model(files[layout])
    with torch.no_grad():
        images = unit(clip.visual((pixels() - MEAN) / STD))
        texts = unit(clip.read(tokens()))
    assert model.image_size == plain.SIZE
    assert (model.dim, model.context) == (plain.DIM, plain.CONTEXT)
    torch.testing.assert_close(model.embed_images(pixels()), images, atol=1e-5, rtol=0)
    torch.testing.assert_close(model.embed_tokens(tokens()), texts, atol=1e-5, rtol=0)


def test_siglip_gives_the_vectors_of_the_plain_network(tmp_path):
    siglip = write_siglip(tmp_path)
    model = open_text_model(tmp_path)
    with torch.no_grad():
        images, texts = unit(siglip.visual(pixels() * 2 - 1)), unit(siglip.read(tokens()))
    torch.testing.assert_close(model.embed_images(pixels()), images, atol=1e-5, rtol=0)
    torch.testing.assert_close(model.embed_tokens(tokens()), texts, atol=1e-5, rtol=0)


def test_gradients_to_the_pixels_are_those_of_the_plain_network(layouts):
    clip, files = layouts
    model = open_text_model(files["transformers"])
    aim = unit(torch.randn(3, plain.DIM, generator=torch.Generator().manual_seed(5)))
    grads = []
    for embed in (lambda x: unit(clip.visual((x - MEAN) / STD)), model.embed_images):
        x = pixels().requires_grad_()
        (embed(x) * aim).sum().backward()
        grads.append(x.grad)
    torch.testing.assert_close(grads[1], grads[0], atol=1e-6, rtol=1e-4)
    assert grads[0].abs().max() > 1e-4


def test_gelu_is_another_network_than_quick_gelu(tmp_path):
    clip = random_clip(plain.gelu)
    torch.save(clip.state_dict(), tmp_path / "laion.pt")
    model = open_text_model(tmp_path / "laion.pt", activation="gelu")
    with torch.no_grad():
        right = unit(clip.visual((pixels() - MEAN) / STD))
    torch.testing.assert_close(model.embed_images(pixels()), right, atol=1e-5, rtol=0)
    assumed = open_text_model(tmp_path / "laion.pt")
    assert (assumed.embed_images(pixels()) - right).abs().max() > 1e-4
    assert "quick_gelu was taken" in assumed.notes[0]


def test_files_that_do_not_tell_their_activation_ask_for_it(tmp_path):
    torch.save(random_clip().state_dict(), tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(ss.CheckpointError, match="doesn't say which activation"):
        open_text_model(tmp_path)
    assert open_text_model(tmp_path, activation="quick_gelu").dim == plain.DIM
    with pytest.raises(ss.CheckpointError, match="activation is relu, but can be"):
        open_text_model(tmp_path, activation="relu")


def test_pictures_of_other_sizes_are_shrunk_and_cropped(layouts):
    model = open_text_model(layouts[1]["transformers"])
    size = plain.SIZE
    wide = torch.rand(1, 3, size, 2 * size, generator=torch.Generator().manual_seed(0))
    middle = wide[..., size // 2 : size // 2 + size]
    assert torch.equal(model.embed_images(wide), model.embed_images(middle))
    # An average of four pixels is what a picture of twice the size becomes, or nearly so.
    large = middle.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert (model.embed_images(large) @ model.embed_images(middle).T) > 0.99


def test_siglip_squashes_instead_of_cropping(tmp_path):
    write_siglip(tmp_path)
    model = open_text_model(tmp_path)
    size = plain.SIZE
    picture = pixels()[:1]
    wide = picture.repeat_interleave(2, 3)
    likeness = model.embed_images(wide) @ model.embed_images(picture).T
    cropped = model.embed_images(wide[..., size // 2 : size // 2 + size])
    assert likeness > 0.99 > cropped @ model.embed_images(picture).T


def test_the_text_tower_is_given_back_and_comes_again(layouts):
    model = open_text_model(layouts[1]["script"])
    before = model.embed_tokens(tokens())
    images = model.embed_images(pixels())
    model.free_text_tower()
    assert torch.equal(model.embed_images(pixels()), images)
    assert torch.equal(model.embed_tokens(tokens()), before)


def test_a_text_tower_that_changed_on_disk_is_refused(tmp_path):
    clip = random_clip()
    torch.save(clip.state_dict(), tmp_path / "clip.pt")
    model = open_text_model(tmp_path / "clip.pt")
    model.free_text_tower()
    clip.logit_scale.data += 1
    torch.save(clip.state_dict(), tmp_path / "clip.pt")
    with pytest.raises(TextModelError, match="changed on disk"):
        model.embed_tokens(tokens())


def without(state, name):
    return {key: value for key, value in state.items() if key != name}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: without(s, "visual.conv1.weight"), "visual.conv1.weight is missing"),
        (lambda s: without(s, "ln_final.bias"), "ln_final.bias is missing"),
        (lambda s: s | {"extra.weight": torch.ones(2)}, "it has extra.weight"),
        (lambda s: s | {"visual.layer1.0.conv1.weight": torch.ones(2)}, "a ResNet"),
        (lambda s: s | {"visual.trunk.stem.weight": torch.ones(2)}, "the timm package"),
        (lambda s: s | {"ln_final.weight": torch.full((plain.WIDTH,), torch.nan)}, "not finite"),
        (
            lambda s: s | {"visual.positional_embedding": torch.ones(14, plain.WIDTH)},
            "aren't square",
        ),
        (lambda s: {"image_encoder.model.x": torch.ones(2)}, "MobileCLIP"),
        (lambda s: {"anything": torch.ones(2)}, "holds no text model"),
        (lambda s: {}, "holds no text model"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, change, sentence):
    torch.save(change(random_clip().state_dict()), tmp_path / "other.pt")
    with pytest.raises(ss.CheckpointError, match=sentence) as caught:
        open_text_model(tmp_path / "other.pt")
    assert str(caught.value).startswith("other.pt ")


def test_folders_and_files_without_a_model_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("hello")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "model.safetensors.index.json").write_text("{}")
    for name, sentence in (
        ("empty", "without a text model"),
        ("parts", "in several parts"),
        ("text.txt", "text.txt"),
        ("missing.pt", "does not exist"),
    ):
        with pytest.raises(ss.CheckpointError, match=sentence):
            open_text_model(tmp_path / name)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"model_cfg": {"vision_cfg": {"timm_model_name": "vit"}}}, "timm package"),
        ({"model_cfg": {"text_cfg": {"hf_model_name": "roberta"}}}, "transformers package"),
        ({"model_cfg": {"text_cfg": {"pool_type": "last"}}}, "reads texts in a way"),
        ({"model_cfg": {"vision_cfg": {"pool_type": "avg"}}}, "pools its pictures"),
    ],
)
def test_descriptions_of_other_towers_are_refused(tmp_path, config, sentence):
    save_file(random_clip().state_dict(), tmp_path / "open_clip_model.safetensors")
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(ss.CheckpointError, match=sentence):
        open_text_model(tmp_path)


def test_nothing_in_a_hostile_file_is_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (Path.write_text, (tmp_path / "ran", "x"))

    with (tmp_path / "bomb.pt").open("wb") as file:
        pickle.dump({"visual.conv1.weight": Bomb()}, file)
    torch.save({"state_dict": Bomb()}, tmp_path / "bomb2.pt")
    for name in ("bomb.pt", "bomb2.pt"):
        with pytest.raises(ss.CheckpointError):
            open_text_model(tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("cut", [0.2, 0.7, 0.99])
def test_files_cut_short_are_one_sentence(tmp_path, layouts, cut):
    whole = layouts[1]["script"].read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(ss.CheckpointError, match=r"^cut\.pt "):
        open_text_model(tmp_path / "cut.pt")


def test_wrong_pictures_tokens_and_words_are_one_sentence(layouts):
    model = open_text_model(layouts[1]["bare"])
    for call, sentence in (
        (lambda: model.embed_images(torch.zeros(3, 8, 8)), "takes float"),
        (lambda: model.embed_images(torch.zeros(1, 3, 8, 8, dtype=torch.uint8)), "not uint8"),
        (lambda: model.embed_tokens(torch.zeros(1, 5, dtype=torch.int64)), "whole numbers"),
        (lambda: model.embed_tokens(torch.full((1, plain.CONTEXT), 90)), "between 0 and 89"),
        (lambda: model.embed_text([""]), "no words"),
        (lambda: model.embed_text(["a cat"]), "no tokenizer"),
    ):
        with pytest.raises(TextModelError, match=sentence):
            call()


def test_numpy_pictures_are_taken(layouts):
    model = open_text_model(layouts[1]["bare"])
    assert torch.equal(model.embed_images(pixels().numpy()), model.embed_images(pixels()))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "golden", "bound"),
    [
        ("clip_hf", "clip_hf", 1e-4),
        ("clip_open_clip", "clip_open_clip", 1e-4),
        ("clip_openai_jit.pt", "clip_openai_jit", 2e-3),
        ("clip_openai_state.pt", "clip_openai_state", 1e-4),
        ("siglip_hf", "siglip_hf", 1e-4),
    ],
)
def test_reference_files_give_their_vectors(file, golden, bound):
    if not (SHARED / file).exists():
        pytest.skip("the reference text models are not here")
    model = ss.open_text_model(SHARED / file)
    known = np.load(SHARED / f"{golden}.npz")
    x = torch.from_numpy(known["pixels"]).permute(0, 3, 1, 2) / 255
    images = model.embed_images(x).numpy()
    texts = model.embed_tokens(torch.from_numpy(known["tokens"])).numpy()
    assert np.abs(images - known["image_unit"]).max() < bound
    assert np.abs(texts - known["text_unit"]).max() < bound

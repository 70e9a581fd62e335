"""Mappers: trained by words, used as edits, kept and passed on by content."""

import signal

import msgspec
import pytest
import torch
from looks import random_mapper

import stylestudio as ss
from stylestudio.checkpoints import write_lexicon
from stylestudio.cli.main import run as run_command
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.progress import Cancel
from stylestudio.recipe.numbers import MAX_SEED
from stylestudio.render import Assets, Renderer, compose_ws
from stylestudio.text.mapping import Mapping, MapSettings
from stylestudio.text.prompts import wishes_of
from stylestudio.training.runs import load_state, run, save_state


class Brightness:
    """A text model of two words: pictures are as bright as they are."""

    image_size, dim, name, sha256 = 32, 2, "Brightness", "b" * 64
    device, words = torch.device("cpu"), ()

    def free_text_tower(self):
        pass

    def embed_images(self, pictures):
        angle = pictures.mean((1, 2, 3)) * torch.pi / 2
        return torch.stack([angle.sin(), angle.cos()], 1)

    def embed_text(self, texts):
        return torch.tensor([[1.0, 0.0] if "bright" in text else [0.0, 1.0] for text in texts])


@pytest.fixture(scope="module")
def mapper(model):
    return random_mapper(model)


def plain(model, seed=7):
    return ss.Recipe.from_seed(seed, model, truncation_psi=0.7)


def training(model, **settings):
    given = {"wishes": wishes_of("bright"), "steps": 12, "nearness": 0.0} | settings
    return Mapping(model, Brightness(), MapSettings(**given))


def test_a_mapper_brings_unseen_pictures_nearer_to_the_words(model):
    mapping = training(model)
    assert mapping.likeness() == mapping.likeness(0.0)  # at first it moves nothing
    while not mapping.finished:
        mapping.advance()
    assert mapping.likeness() > mapping.likeness(0.5) > mapping.likeness(0.0)
    brighter = mapping.mapper()
    assert (brighter.name, brighter.is_mapper) == ("bright", True)
    recipe = plain(model)
    moved = recipe.edit(ss.MapperEdit.of(brighter))
    before, after = (ss.render(model, each, deltas=[brighter]).mean() for each in (recipe, moved))
    assert after > before


@pytest.fixture(scope="module")
def paler(model):
    """A change of weights that lifts all colours."""
    plain = model.network.synthesis.state_dict()
    name = next(each for each in reversed(plain) if each.endswith("torgb.bias"))
    return ss.Delta.between(plain, {name: plain[name] + 0.4}, model.sha256, "paler")


def test_a_mapper_is_trained_inside_an_adapted_model(model, paler):
    settings = MapSettings(wishes=wishes_of("bright"), steps=12, nearness=0.0)
    inside = Mapping(model, Brightness(), settings, delta=paler)
    before = inside.likeness()
    assert before > training(model).likeness()
    while not inside.finished:
        inside.advance()
    assert inside.likeness() > before
    mapper = inside.mapper()
    recipe = plain(model).replace(deltas=(paler.use(),))
    moved = recipe.edit(ss.MapperEdit.of(mapper))
    first, last = (ss.render(model, e, deltas=[paler, mapper]).mean() for e in (recipe, moved))
    assert last > first


def test_a_training_inside_another_model_is_not_continued(model, paler, tmp_path):
    save_state(training(model), tmp_path / "state.pt")
    settings = MapSettings(wishes=wishes_of("bright"), steps=12, nearness=0.0)
    with pytest.raises(ss.StyleStudioError):
        load_state(Mapping(model, Brightness(), settings, delta=paler), tmp_path / "state.pt")


def test_a_mapper_is_no_change_of_weights(model, mapper):
    with pytest.raises(ss.StyleStudioError, match="odd is a mapper, no delta"):
        ss.map_by_words(model, "bright", Brightness(), steps=1, delta=mapper)


def test_nearness_holds_pictures_back(model):
    moved = []
    for nearness in (0.0, 1.0):
        mapping = training(model, nearness=nearness)
        while not mapping.finished:
            mapping.advance()
        recipe = plain(model).edit(ss.MapperEdit.of(mapping.mapper()))
        ws = compose_ws(model, recipe, Assets([mapping.mapper()]))
        moved.append((ws - compose_ws(model, plain(model))).norm())
    assert moved[1] < moved[0]


@pytest.mark.parametrize("seed", [5000, MAX_SEED])
def test_any_seed_trains(model, seed):
    mapping = training(model, seed=seed, steps=1)
    mapping.advance()
    assert mapping.finished


def test_a_training_that_was_stopped_continues_to_the_same_mapper(model, tmp_path):
    whole = training(model, steps=4)
    while not whole.finished:
        whole.advance()
    state, cancel = tmp_path / "state.pt", Cancel()
    for progress in run(training(model, steps=4), state, cancel):
        if progress.done == 2:
            cancel.finish()
    again = training(model, steps=4)
    load_state(again, state)
    assert again.step == 2
    while not again.finished:
        again.advance()
    assert again.mapper().sha256 == whole.mapper().sha256
    save_state(again, state)
    with pytest.raises(ss.StyleStudioError, match="other settings"):
        load_state(training(model, steps=5), state)


def test_an_unfinished_training_of_other_words_is_no_hindrance(tmp_path, capsys, monkeypatch):
    torch.manual_seed(3)
    words = WordList(("bright", "dark"))
    config = LexiconConfig(len(words), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    write_lexicon(LexiconNetwork(config).eval(), words, tmp_path / "words.safetensors")
    out, advance = tmp_path / "mapper.delta.safetensors", Mapping.advance
    more = ["-o", str(out), "--text", str(tmp_path / "words.safetensors"), "--steps", "2"]

    def stopped(mapping):
        signal.raise_signal(signal.SIGINT)
        return advance(mapping)

    monkeypatch.setattr(Mapping, "advance", stopped)
    assert run_command(["words", "map", "pigments", "bright", *more]) == 130
    assert "the same command continues" in capsys.readouterr().err
    monkeypatch.setattr(Mapping, "advance", advance)
    assert run_command(["words", "map", "pigments", "dark", *more]) == 0
    assert "was left unfinished here; this one begins anew" in capsys.readouterr().err
    assert ss.open_delta(out).name == "dark"
    assert not list(tmp_path.glob(".*state*"))


def test_it_moves_ws_as_they_are_after_mixing_by_amount_and_layer(model, mapper):
    assets = Assets([mapper])
    mixed = plain(model).mix(12, "0-1", 0.5)
    before = compose_ws(model, mixed)
    shares = tuple(0.25 if i % 2 else 0.0 for i in range(model.num_ws))
    edit = msgspec.structs.replace(ss.MapperEdit.of(mapper, 2.0), layers=shares)
    direction = ss.Edit.from_array("w", torch.ones(model.w_dim), amount=0.5)
    whole = compose_ws(model, mixed.edit(ss.MapperEdit.of(mapper)), assets) - before
    both = compose_ws(model, mixed.edit(direction).edit(edit), assets)
    expected = before + 2 * torch.tensor(shares)[:, None] * whole + 0.5
    torch.testing.assert_close(both, expected)


def test_nothing_is_moved_by_an_amount_of_0_and_by_a_muted_one(model, mapper):
    edit = ss.MapperEdit.of(mapper, 0.0)
    muted = msgspec.structs.replace(ss.MapperEdit.of(mapper, name="b"), muted=True)
    pixels = ss.render(model, plain(model))
    still = plain(model).replace(edits=(edit, muted))
    assert ss.render(model, still).tobytes() == pixels.tobytes()  # and no mapper is needed
    renderer = Renderer(model, assets=Assets([mapper]))
    renderer.render(plain(model))
    renderer.render(still)
    assert renderer.steps_run == ()


def test_rows_whose_share_is_0_keep_their_bytes(model, mapper):
    last = (0.0,) * (model.num_ws - 1) + (1.0,)
    edit = msgspec.structs.replace(ss.MapperEdit.of(mapper), layers=last)
    renderer = Renderer(model, assets=Assets([mapper]))
    renderer.render(plain(model))
    renderer.render(plain(model).edit(edit))
    assert 0 < len(renderer.steps_run) < len(model.synthesis.steps)


def test_recipes_keep_it_and_its_file_lies_beside_them(model, mapper, tmp_path):
    recipe = plain(model).edit(ss.MapperEdit.of(mapper, 0.5))
    assert ss.Recipe.from_json(recipe.to_json()) == recipe
    assert "odd 0.5 of its mapper" in repr(recipe)
    half = ss.interpolate(plain(model), recipe, 0.5)
    assert half.edits[0].amount == 0.25
    mine, others = Assets([mapper], folder=tmp_path / "a"), Assets(folder=tmp_path / "b")
    assert [path.name for path in mine.export(recipe, tmp_path)] == [mapper.file_name]
    others.adopt(recipe, tmp_path)
    here, there = (ss.Renderer(model, assets=each).render(recipe).pixels for each in (mine, others))
    assert (here == there).all()
    opened = ss.open_delta(tmp_path / mapper.file_name)
    assert (opened.sha256, opened.is_mapper) == (mapper.sha256, True)


def test_parameters_reach_its_amount_and_layers(model, mapper):
    recipe = plain(model).edit(ss.MapperEdit.of(mapper))
    found = {each.path: each for each in ss.parameters(model, recipe)}
    assert found["edits.odd.amount"].get(recipe) == 1.0
    assert found["edits.odd.amount"].set(recipe, 0.5).edits[0].amount == 0.5


def test_what_does_not_fit_is_said_in_one_sentence(model, make_model, mapper):
    other = make_model(seed=5, name="other")
    recipe = plain(model).edit(ss.MapperEdit.of(mapper))
    with pytest.raises(ss.DeltaError, match="uses the mapper 'odd', which isn't open"):
        ss.render(model, recipe)
    with pytest.raises(ss.DeltaError, match="'odd' was made for another model than other"):
        ss.render(other, plain(other).edit(ss.MapperEdit.of(mapper)), deltas=[mapper])
    adapted, lost = ss.adapt(recipe, other)
    assert adapted.edits == ()
    assert "The mapper 'odd' belongs to" in " ".join(lost)
    with pytest.raises(ss.RecipeError, match="odd is a mapper, which is used as an edit"):
        plain(model).delta(mapper)
    with pytest.raises(ss.RecipeError, match="is no mapper"):
        ss.MapperEdit.of(ss.difference(model, model))
    damaged = ss.Delta({"mapper.middle": torch.zeros(3)}, model.sha256, "torn")
    with pytest.raises(ss.DeltaError, match="'torn' is damaged"):
        ss.render(model, plain(model).edit(ss.MapperEdit.of(damaged)), deltas=[damaged])
    with pytest.raises(ss.TextModelError, match="steps is 0"):
        MapSettings(wishes=(), steps=0)
    with pytest.raises(ss.TextModelError, match="nearness is 2"):
        MapSettings(wishes=(), nearness=2)

"""What words do: pictures found, directions made, and things ranked, with any text model."""

import numpy as np
import pytest
import torch
from looks import random_mapper, tuned
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import write_lexicon
from stylestudio.cli.main import run
from stylestudio.editing import direction_between
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.progress import Cancelled
from stylestudio.render import Assets, compose_ws
from stylestudio.text.asking import Likeness, ask_directions, ask_pictures, ask_seeds, sort
from stylestudio.text.finding import FindSettings, Search
from stylestudio.text.moving import Move, MoveSettings
from stylestudio.text.naming import name_directions, phrases_for
from stylestudio.text.prompts import PictureTarget, Target, title_of, wishes_of
from stylestudio.text.unfinished import load_search, save_search
from stylestudio.text.views import views_of

WORDS = WordList(("a", "bright", "dark", "picture"))


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
        return torch.stack(
            [torch.tensor([1.0, 0.0] if "bright" in t else [0.0, 1.0]) for t in texts]
        )


@pytest.fixture(scope="module")
def model():
    return ss.open_model("pigments", device="cpu")


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    write_lexicon(LexiconNetwork(config).eval(), WORDS, tmp_path / "words.safetensors")
    return tmp_path / "words.safetensors"


def brightness(model, recipe):
    return ss.render(model, recipe).astype(np.float64).mean() / 255


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "no words"),
        ([], "no words"),
        ("a" * 10_001, "10,001 characters"),
        (["a"] * 17, "17 prompts"),
        ({"a": 0.0}, "weight 0"),
        ({"a": float("nan")}, "weight nan"),
    ],
)
def test_words_that_are_none_are_said_in_one_sentence(words, said):
    with pytest.raises(ss.TextModelError, match=said) as error:
        wishes_of(words)
    assert len(str(error.value)) <= 160


def test_weights_count_and_those_below_nought_lead_away():
    text = Brightness()
    seen = text.embed_images(torch.tensor([0.9, 0.1])[:, None, None, None].expand(2, 3, 8, 8))
    both = Target(text, wishes_of({"bright": 1, "dark": -1})).likeness(seen)
    assert both[0] > 0.3 > -0.3 > both[1]
    assert title_of(wishes_of({"bright": 1, "dark": -1})) == "bright"
    turned = Target(text, wishes_of("bright"), instead_of="dark").likeness(seen)
    assert turned[0] > 0 > turned[1]


def test_a_direction_away_from_words_is_named_so_and_leads_away(model, file, tmp_path):
    settings = MoveSettings(wishes=wishes_of({"bright": -1}), seeds=8)
    *_, last = Move(model, Brightness(), settings).run()
    assert last.directions.names == ("no bright",)
    look = ss.Recipe.from_seed(101, model, truncation_psi=0.7)
    away = look.edit(last.directions.edit("no bright", 1.5))
    assert brightness(model, away) < brightness(model, look)

    out = tmp_path / "d.safetensors"
    words = ["words", "move", "pigments", "bright:-1", "a dark picture:-0.5", "-o", str(out)]
    assert run([*words, "--text", str(file), "--seeds", "8"]) == 0
    assert ss.open_directions(out).names == ("no bright, no a dark picture",)


def test_views_begin_with_the_picture_and_do_not_mirror_it():
    picture = torch.zeros(1, 3, 32, 32)
    picture[..., :8] = 1
    views = views_of(picture, 4, torch.Generator().manual_seed(0))
    torch.testing.assert_close(views[0], picture[0])
    assert len(views) == 4
    assert (views[..., :4].mean((1, 2, 3)) > views[..., -4:].mean((1, 2, 3)) + 0.5).all()


@pytest.mark.parametrize("word", ["bright", "dark"])
def test_a_search_comes_nearer_to_the_words(model, word):
    settings = FindSettings(wishes=wishes_of(word), steps=8, samples=8, nearness=0.1)
    found = [each.found for each in Search(model, Brightness(), settings).run() if each.found]
    assert [each.step for each in found] == [0, 5, 8]
    assert found[-1].likeness > found[0].likeness
    before, after = (brightness(model, each.recipe(model, word)) for each in (found[0], found[-1]))
    assert after > before if word == "bright" else after < before


def test_nearness_keeps_the_start(model):
    start = ss.Recipe.from_seed(3, model, truncation_psi=0.7)
    strayed = []
    for nearness in (0.0, 1.0):
        settings = FindSettings(wishes=wishes_of("bright"), steps=10, nearness=nearness)
        last = [each.found for each in Search(model, Brightness(), settings, start).run()][-1]
        strayed.append((last.ws - last.start).norm().item())
    assert 0 < strayed[1] < strayed[0]


def look_with_everything(model):
    """A look in which much acts that is not in ws, and the tuned weights that it needs."""
    assets, tuned_look = tuned(model)
    rows = np.random.RandomState(3).randn(model.num_ws, model.w_dim).astype(np.float32)
    look = tuned_look.replace(
        source=ss.LatentSource.from_array(rows * 0.1, "photo", tuned_look.source.delta),
        truncation_psi=0.8,
        noise_mode="none",
        style=ss.Style.of("sketchbook", {"Ink Wash": 1.0}),
    )
    look = look.edit(ss.Edit.from_array("w", rows[0] * 0.1, 1.0))
    look = look.edit(ss.ChannelEdit.of("s", [("b8.conv1", 1, 2.0)], 1.5))
    return assets, look.intervene(ss.Intervention.of("blur", 3, "blur", 1.0))


@pytest.mark.parametrize("kind", ["tuned", "mixed"])
def test_a_search_starts_from_the_very_picture_that_it_is_given(model, kind):
    assets, look = look_with_everything(model)
    if kind == "mixed":
        look = look.replace(source=ss.SeedSource(4)).mix(5, "coarse", 0.3)
    settings = FindSettings(wishes=wishes_of("bright"), steps=0)
    search = Search(model, Brightness(), settings, look, assets=assets)
    (begun,) = search.run()
    found = begun.found.recipe(model, "bright", look)
    pictures = [ss.render(model, each, assets=assets) for each in (look, found)]
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() <= 1
    assert found.source.name == "bright"
    assert [edit.acting for edit in found.edits] == [0, 1.5]


def test_a_search_looks_at_pictures_with_the_weights_of_its_start(model, monkeypatch):
    monkeypatch.setattr(Brightness, "image_size", model.resolution)
    assets, look = tuned(model)
    settings = FindSettings(wishes=wishes_of("bright"), steps=0)
    seen = []
    for start in (look, look.replace(source=ss.LatentSource(look.source.w))):
        (begun,) = Search(model, Brightness(), settings, start, assets=assets).run()
        picture = ss.render(model, start, assets=assets) / 255.0
        tensor = torch.from_numpy(picture).float().permute(2, 0, 1)[None]
        own = Target(Brightness(), settings.wishes).likeness(Brightness().embed_images(tensor))
        assert begun.found.likeness == pytest.approx(own.item(), abs=0.01)
        seen.append(begun.found.likeness)
    assert abs(seen[0] - seen[1]) > 0.05


def test_a_search_goes_on_where_it_was_left(model, tmp_path):
    settings = FindSettings(wishes=wishes_of("bright"), steps=10, samples=8)
    search = Search(model, Brightness(), settings)
    half = next(each.found for each in search.run() if each.found and each.done == 5)
    save_search(search, half, tmp_path / "left")
    again = load_search(search, tmp_path / "left")
    assert [each.done for each in search.run(again)] == [6, 7, 8, 9, 10]
    other = Search(model, Brightness(), FindSettings(wishes=wishes_of("dark"), steps=10, samples=8))
    assert load_search(other, tmp_path / "left") is None
    (tmp_path / "left").write_bytes(b"no")
    assert load_search(search, tmp_path / "left") is None


def test_a_search_can_be_cancelled_and_ended_early(model):
    settings = FindSettings(wishes=wishes_of("bright"), steps=50, samples=8)
    cancel = ss.Cancel()
    steps = Search(model, Brightness(), settings).run(cancel=cancel)
    next(steps)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(steps)
    cancel, found = ss.Cancel(), None
    for progress in Search(model, Brightness(), settings).run(cancel=cancel):
        found = progress.found or found
        if progress.done == 2:
            cancel.finish()
    assert found.step == 0


def test_a_direction_moves_any_seed_towards_the_words(model):
    settings = MoveSettings(wishes=wishes_of("bright"), instead_of="dark", seeds=24)
    *_, last = Move(model, Brightness(), settings).run()
    found = last.directions
    assert found.names == ("bright",)
    assert found.vectors.shape == (1, model.num_ws, model.w_dim)
    for seed in (101, 102, 103):
        look = ss.Recipe.from_seed(seed, model, truncation_psi=0.7)
        dark, plain, bright = (
            brightness(model, look.edit(found.edit("bright", amount))) for amount in (-1.5, 0, 1.5)
        )
        assert dark < plain < bright


def test_one_sigma_of_a_direction_is_about_one_sigma_of_likeness(model):
    text = Brightness()
    *_, last = Move(model, text, MoveSettings(wishes=wishes_of("bright"), seeds=24)).run()
    direction = last.directions
    looks = [ss.Recipe.from_seed(seed, model) for seed in range(200, 216)]
    bare = np.array([brightness(model, look) for look in looks])
    moved = [brightness(model, look.edit(direction.edit("bright", 1.0))) for look in looks[:8]]
    assert 0.3 < (np.array(moved) - bare[:8]).mean() / bare.std() < 2.0


def test_pictures_seeds_and_directions_are_ranked(model):
    text = Brightness()
    pictures = {"light": torch.full((3, 40, 50), 0.9), "deep": torch.full((3, 9, 9), 0.1)}
    bright, dark = (Target(text, wishes_of(word)) for word in ("bright", "dark"))
    assert [one.name for one in ask_pictures(text, bright, pictures)] == ["light", "deep"]
    assert [one.name for one in ask_pictures(text, dark, pictures)] == ["deep", "light"]
    dim = PictureTarget(text, torch.full((3, 20, 20), 0.2))
    assert [one.name for one in ask_pictures(text, dim, pictures)] == ["deep", "light"]
    look = ss.Recipe.from_seed(0, model, truncation_psi=0.7)
    ranked = sort(ask_seeds(text, bright, model, look, range(10)))
    shown = [brightness(model, look.replace(source=ss.SeedSource(int(one.name)))) for one in ranked]
    assert shown[0] > shown[-1]
    night = ss.open_directions("pigments").only(["night", "veil"])
    asked = sort(ask_directions(text, dark, model, night, range(3)))
    assert asked[0].name == "night"


def test_mappers_of_a_look_are_taken_from_where_they_are_held(model):
    mapper, assets = random_mapper(model, seed=17), Assets()
    assets.hold(mapper)
    look = ss.Recipe.from_seed(0, model).edit(ss.MapperEdit.of(mapper))
    bright = Target(Brightness(), wishes_of("bright"))
    assert len([*ask_seeds(Brightness(), bright, model, look, range(2), assets)]) == 2
    settings = FindSettings(wishes=wishes_of("bright"), steps=1)
    begun = Search(model, Brightness(), settings, look, assets=assets).start
    assert torch.equal(begun, compose_ws(model, look, assets))
    plain = ss.Recipe.from_seed(0, model)
    assert direction_between(model, "odd", [look], [plain], assets=assets).names == ("odd",)


def test_words_are_followed_from_a_look_with_weights_that_are_brought(model):
    mapper = random_mapper(model, seed=21)
    look = ss.Recipe.from_seed(0, model).edit(ss.MapperEdit.of(mapper))
    with pytest.raises(ss.DeltaError, match="isn't open"):
        ss.find_by_words(model, "bright", Brightness(), look, steps=0)
    found = ss.find_by_words(model, "bright", Brightness(), look, steps=0, deltas=[mapper])
    pictures = [ss.render(model, each, deltas=[mapper]).astype(int) for each in (look, found)]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


def test_the_built_in_text_model_goes_by_its_name(model):
    named, usual = (
        ss.find_by_words(model, "blue", text, steps=0, samples=2) for text in ("lexicon", None)
    )
    assert named == usual


def test_seeds_are_asked_for_in_the_class_of_the_look(make_model):
    model = make_model(seed=6, name="classes", c_dim=3)
    bright = Target(Brightness(), wishes_of("bright"))
    look = ss.Recipe.from_seed(0, model).replace(source=ss.SeedSource(0, (0.0, 0.0, 1.0)))
    ranked = sort(ask_seeds(Brightness(), bright, model, look, range(6)))
    same_class = [ss.SeedSource(int(one.name), look.source.label) for one in ranked]
    shown = [brightness(model, look.replace(source=source)) for source in same_class]
    assert shown == sorted(shown, reverse=True)


def test_found_directions_are_named_by_what_they_lead_to(model):
    shipped = ss.open_directions("pigments").only(["night", "grain"])
    unnamed = ss.Directions(("a", "b"), shipped.rows, shipped.layers, shipped.model)
    *_, (count, named) = name_directions(Brightness(), model, unnamed, ("bright", "dark"), range(2))
    assert count == 2
    assert set(named.names) <= {"bright", "bright 2", "dark", "dark 2"}
    look = ss.Recipe.from_seed(5, model, truncation_psi=0.7)
    towards = [brightness(model, look.edit(named.edit(named.names[0], x))) for x in (-1.5, 1.5)]
    assert towards[0] < towards[1] if named.names[0] == "bright" else towards[0] > towards[1]


def test_worlds_have_phrases_of_their_own_and_other_models_common_ones(model, monkeypatch):
    lexicon = ss.open_text_model("lexicon")
    own = phrases_for(lexicon, model)
    monkeypatch.setattr(model, "name", "Mine")  # as a copy may be called
    assert phrases_for(lexicon, model) == own
    assert "vivid colours" in own or len(own) > 40
    lexicon.tokens(own)  # it knows all of them
    assert "a smile" in phrases_for(Brightness(), model)


def test_the_command_finds_moves_and_asks(tmp_path, file, capsys):
    out, text = tmp_path / "found.png", ["--text", str(file)]
    find = ["words", "find", "pigments", "bright", "dark:-0.5", "-o", str(out), *text]
    assert run([*find, "--steps", "2", "--samples", "2"]) == 0
    assert ss.read_recipe(out).source.name == "bright"
    assert not list(tmp_path.glob(".*"))

    directions = tmp_path / "d.safetensors"
    move = ["words", "move", "pigments", "a bright picture", "-o", str(directions), *text]
    assert run([*move, "--seeds", "8"]) == 0
    assert ss.open_directions(directions).names == ("a bright picture",)

    capsys.readouterr()
    assert run(["words", "ask", "bright", "--model", "pigments", "--seeds", "0-3", *text]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert run(["words", "ask", "bright", "--pictures", str(out), *text]) == 0
    assert str(out) in capsys.readouterr().out


@pytest.mark.parametrize(("seeds", "count"), [((), 8), (("--seeds", "0-19"), 20)])
def test_directions_are_asked_for_over_all_seeds(file, monkeypatch, seeds, count):
    given = []

    def ask_directions(_text, _target, _model, directions, seeds):
        given.extend(seeds)
        yield Likeness(directions.names[0], 1.0)

    monkeypatch.setattr("stylestudio.text.asking.ask_directions", ask_directions)
    words = ["words", "ask", "bright", "--model", "pigments", "--directions", *seeds]
    assert run([*words, "--text", str(file)]) == 0
    assert given == [*range(count)]


def test_many_seeds_are_seen_a_few_at_a_time(model, monkeypatch):
    monkeypatch.setattr("stylestudio.text.asking.AT_ONCE", 2)
    bright, sizes = Target(Brightness(), wishes_of("bright")), []
    usual = Brightness.embed_images

    def embed_images(self, pictures):
        sizes.append(len(pictures))
        return usual(self, pictures)

    monkeypatch.setattr(Brightness, "embed_images", embed_images)
    directions = ss.open_directions("pigments").only(["night"])
    (found,) = ask_directions(Brightness(), bright, model, directions, range(5))
    assert found.name == "night"
    assert sizes == [2, 2, 1] * 2


def test_what_lies_beside_a_recipe_is_found_for_a_start(tmp_path, file):
    folder, pigments = tmp_path / "looks", ss.open_model("pigments")
    mapper = random_mapper(pigments, 7)
    mapper.save(folder)
    recipe = ss.Recipe.from_seed(3, pigments).edit(ss.MapperEdit.of(mapper))
    ss.save_png(folder / "a.png", ss.render(pigments, recipe, deltas=[mapper]), recipe)
    words = ["words", "find", "pigments", "bright", "--start", str(folder / "a.png")]
    how = ["--text", str(file), "--steps", "1", "--samples", "2"]
    assert run([*words, *how, "-o", str(tmp_path / "found.png")]) == 0


def test_the_command_and_python_keep_the_look_that_they_start_from(tmp_path, file):
    folder, pigments = tmp_path / "looks", ss.open_model("pigments")
    assets, look = tuned(pigments)
    look = look.replace(style=ss.Style.of("sketchbook", {"Ink Wash": 0.5}), noise_mode="none")
    folder.mkdir()
    ss.save_png(folder / "a.png", ss.render(pigments, look, assets=assets), look)
    assets.export(look, folder)
    out = tmp_path / "found" / "b.png"
    out.parent.mkdir()
    words = ["words", "find", "pigments", "bright", "--start", str(folder / "a.png")]
    assert run([*words, "--text", str(file), "--steps", "1", "-o", str(out)]) == 0
    written = ss.read_recipe(out)
    called = ss.find_by_words(pigments, "bright", Brightness(), look, steps=1)
    for found in (written, called):
        assert found.source.w != look.source.w
        assert found.source.delta == look.source.delta
        assert (found.style, found.noise_mode) == (look.style, "none")
    assert list(out.parent.glob("*.delta.safetensors"))  # the weights lie beside the picture


def test_a_find_takes_a_look_in_styles_of_ones_own(tmp_path, file, bank_path, capsys):
    pigments, out = ss.open_model("pigments"), tmp_path / "found.png"
    style = ss.Style.of(ss.open_styles(bank_path), {"noon": 1.0})
    look = ss.Recipe.from_seed(3, pigments, truncation_psi=0.5, style=style)
    (tmp_path / "look.json").write_text(look.to_json())
    words = ["words", "find", "pigments", "bright", "--start", str(tmp_path / "look.json")]
    words += ["--text", str(file), "--steps", "1", "-o", str(out)]
    assert run(words) == 1
    assert "which is not open" in capsys.readouterr().err
    assert run([*words, "--styles", str(bank_path)]) == 0
    found = ss.read_recipe(out)
    assert (found.style, found.truncation_psi) == (style, 1.0)
    unpainted = ss.render(pigments, found.replace(style=None))
    with Image.open(out) as picture:
        assert not np.array_equal(np.asarray(picture), unpainted)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["ask", "", "--model", "pigments"], "no words"),
        (["ask", "a" * 10_001, "--model", "pigments"], "10,001 characters"),
        (["ask", "brigt", "--model", "pigments"], 'doesn\'t know the word "brigt"; try bright.'),
        (["ask", "bright"], "name --pictures or a --model"),
        (["ask", "bright", "bright", "--model", "pigments"], "given twice"),
        (["ask", "bright", "--styles", "atelier", "--model", "pigments"], "needs --pictures"),
        (["ask", "bright", "--pictures", ".", "--seeds", "0-3"], "--seeds needs a --model"),
        (["find", "pigments", "brigt", "-o", "x.png"], 'doesn\'t know the word "brigt"'),
        (["move", "pigments", "bright", "--instead-of", "drak"], 'the word "drak"; try dark.'),
    ],
)
def test_what_the_command_cannot_mean_is_one_sentence(more, said, file, capsys):
    assert run(["words", *more, "--text", str(file)]) in (1, 2)
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert len(error) <= 170

"""`stylestudio render`: the same bytes, the recipe inside, and one sentence for each mistake."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PIL import Image

import stylestudio as ss


@pytest.fixture
def rendered(studio, model, tmp_path):
    """Render the tiny model with these words; return the file."""

    def call(*words, name="out.png", of=model):
        answer = studio("render", of, "-o", tmp_path / name, *words)
        assert answer.status == 0, answer.err
        assert str(tmp_path / name) in answer.out
        return tmp_path / name

    return call


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_the_same_command_gives_the_same_bytes(rendered):
    words = ("--seed", 7, "--psi", 0.7, "--mix", "3:coarse", "--noise", 5)
    assert (
        rendered(*words, name="a.png").read_bytes() == rendered(*words, name="b.png").read_bytes()
    )


def test_the_picture_is_what_the_python_interface_renders(rendered, model):
    opened = ss.open_model(model)
    recipe = ss.Recipe.from_seed(7, opened, truncation_psi=0.7, truncation_cutoff=4)
    path = rendered("--seed", 7, "--psi", 0.7, "--cutoff", 4)
    np.testing.assert_array_equal(pixels(path), ss.render(opened, recipe))
    assert ss.read_recipe(path) == recipe


@pytest.mark.parametrize("suffix", ["png", "json"])
def test_a_recipe_renders_the_same_picture(suffix, rendered, tmp_path):
    first = rendered("--seed", 9, "--psi", 0.5, "--mix", "1:0-2,5:0.25", "--noise", "none")
    source = first
    if suffix == "json":
        source = tmp_path / "recipe.json"
        source.write_text(ss.read_recipe(first).to_json())
    assert rendered("--recipe", source, name="again.png").read_bytes() == first.read_bytes()


def test_options_change_what_the_recipe_says(rendered):
    first = rendered("--seed", 9, "--psi", 0.5, "--noise", "none")
    recipe = ss.read_recipe(rendered("--recipe", first, "--seed", 3, name="b.png"))
    assert recipe.source.seed == 3
    assert (recipe.truncation_psi, recipe.noise_mode) == (0.5, "none")


def test_nothing_given_is_seed_0_untruncated(rendered):
    same = rendered("--seed", 0, "--psi", 1, "--noise", "const", name="a.png").read_bytes()
    assert rendered(name="b.png").read_bytes() == same


@pytest.mark.parametrize(
    ("words", "layers"),
    [
        ("all", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("coarse", [0, 1, 2]),
        ("middle", [3, 4, 5, 6, 7]),
        ("0-3,7", [0, 1, 2, 3, 7]),
        ("coarse,5", [0, 1, 2, 5]),
    ],
)
def test_layers_by_number_and_by_group(words, layers, rendered):
    (row,) = ss.read_recipe(rendered("--mix", f"4:{words}:0.5")).mixing
    assert row.source.seed == 4
    assert [i for i, amount in enumerate(row.amounts) if amount] == layers
    assert set(row.amounts) <= {0.0, 0.5}


def test_mixing_everything_is_the_other_seed(rendered):
    mixed = rendered("--seed", 1, "--mix", "2:all", name="a.png")
    np.testing.assert_array_equal(pixels(mixed), pixels(rendered("--seed", 2, name="b.png")))


def test_a_mix_lies_over_those_of_the_recipe(rendered):
    first = rendered("--mix", "2:coarse", "--mix", "5:7:0.5", name="a.png")
    again = ss.read_recipe(rendered("--recipe", first, "--mix", "3:3-6:0.5", name="b.png"))
    assert again == ss.read_recipe(first).mix(3, "3-6", 0.5)
    assert [row.source.seed for row in again.mixing] == [2, 5, 3]


def test_a_mix_shows_beside_a_solo_of_the_recipe(rendered, tmp_path):
    first = rendered("--mix", "2:coarse", name="a.png")
    (row,) = ss.read_recipe(first).mixing
    solo = ss.read_recipe(first).replace(mixing=[msgspec.structs.replace(row, solo=True)])
    path = tmp_path / "solo.json"
    path.write_text(solo.to_json(), encoding="utf-8")
    again = rendered("--recipe", path, "--mix", "3:3-6:0.5", name="b.png")
    assert ss.read_recipe(again) == solo.mix(3, "3-6", 0.5)
    assert (pixels(again) != pixels(first)).any()


def test_mixes_lie_over_each_other_in_the_order_given(rendered):
    recipe = ss.read_recipe(rendered("--mix", "2:coarse", "--mix", "3:middle:0.5"))
    assert [row.source.seed for row in recipe.mixing] == [2, 3]


def test_a_class_is_rendered_and_kept(rendered, classes_model):
    second = rendered("--class", 1, of=classes_model, name="a.png")
    assert ss.read_recipe(second).source.label == (0.0, 1.0, 0.0)
    first = rendered(of=classes_model, name="b.png")
    assert (pixels(first) != pixels(second)).any()
    assert rendered("--class", 0, of=classes_model, name="c.png").exists()
    np.testing.assert_array_equal(pixels(first), pixels(second.with_name("c.png")))


def test_a_latent_has_no_class(rendered, refused, classes_model, tmp_path):
    w = np.zeros((1, ss.open_model(classes_model).w_dim), np.float32)
    np.save(tmp_path / "w.npy", w)
    found = rendered("--latent", tmp_path / "w.npy", of=classes_model, name="a.png")
    words = ("--recipe", found, "--class", 2, "-o", tmp_path / "b.png")
    assert "a latent has no class" in refused("render", classes_model, *words, status=2)
    assert not (tmp_path / "b.png").exists()
    assert rendered(*words[:4], "--seed", 3, of=classes_model, name="c.png").exists()


def test_a_class_changes_the_seeds_of_a_recipe(rendered, classes_model):
    first = rendered("--seed", 5, of=classes_model, name="a.png")
    words = ("--recipe", first, "--class", 2)
    source = ss.read_recipe(rendered(*words, of=classes_model, name="b.png")).source
    assert (source.seed, source.label) == (5, (0.0, 0.0, 1.0))


def test_a_recipe_for_another_model_is_carried_over_and_said(
    studio, rendered, model, classes_model, tmp_path
):
    first = rendered("--seed", 6, "--class", 1, of=classes_model, name="a.png")
    answer = studio("render", model, "--recipe", first, "-o", tmp_path / "b.png")
    assert answer.status == 0
    assert "made for classes, not tiny" in answer.err
    assert "were dropped" in answer.err
    recipe = ss.read_recipe(tmp_path / "b.png")
    assert (recipe.model.name, recipe.source.seed, recipe.source.label) == ("tiny", 6, ())


MISTAKES = [
    (["--psi", "2.5"], 2, "2.5"),
    (["--psi", "nan"], 2, "nan is not a number."),
    (["--style-strength", "NaN"], 2, "NaN is not a number."),
    (["--seed", "-1"], 2, "--seed"),
    (["--seed", "4294967296"], 2, "--seed"),
    (["--cutoff", "9"], 1, "truncation_cutoff"),
    (["--noise", "loud"], 2, "'loud'"),
    (["--mix", "3"], 2, "SEED:LAYERS"),
    (["--mix", "x:all"], 2, "SEED:LAYERS"),
    (["--mix", "3:all:2"], 2, "'2'"),
    (["--mix", "3:all:much"], 2, "'much'"),
    (["--mix", "3:8"], 1, "0-7"),
    (["--mix", "3:5-2"], 1, "5-2"),
    (["--mix", "3:fine"], 1, "fine"),
    (["--mix", "3:1,,2"], 1, "''"),
    (["--class", "0"], 1, "no classes"),
    (["--recipe", "no.json"], 2, "no.json"),
]


@pytest.mark.parametrize(("words", "status", "part"), MISTAKES)
def test_a_mistake_is_said_in_one_sentence_and_nothing_is_written(
    words, status, part, refused, model, tmp_path
):
    assert part in refused("render", model, "-o", tmp_path / "a.png", *words, status=status)
    assert list(tmp_path.iterdir()) == []


def test_a_class_that_is_not_there(refused, classes_model, tmp_path):
    words = ("render", classes_model, "-o", tmp_path / "a.png", "--class", 3)
    assert "0 to 2" in refused(*words, status=1)


@pytest.mark.parametrize("name", ["a.jpg", "a", "no/such/folder/a.png"])
def test_a_file_that_cannot_be_written_is_said_before_the_model_is_opened(name, refused, tmp_path):
    refused("render", tmp_path / "never-looked-for.pkl", "-o", tmp_path / name, status=2)


def test_a_folder_is_not_overwritten(refused, model, tmp_path):
    (tmp_path / "a.png").mkdir()
    assert "is a folder" in refused("render", model, "-o", tmp_path / "a.png", status=2)


def test_what_was_there_stays_when_the_rendering_fails(studio, model, tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"precious")
    assert studio("render", model, "-o", picture, "--cutoff", 99).status == 1
    assert picture.read_bytes() == b"precious"


@pytest.mark.parametrize("content", [None, b"", b"hello\n", b"\xff\xd8\xff\xe0 not a model"])
def test_a_model_that_is_none(content, refused, tmp_path):
    path = tmp_path / "model.pkl"
    if content is not None:
        path.write_bytes(content)
    assert "model.pkl" in refused("render", path, "-o", tmp_path / "a.png", status=1)


@pytest.mark.parametrize(
    "content", [b"{}", b'{"version": 99}', b"\x89PNG\r\n\x1a\nbroken", b"nothing"]
)
def test_a_recipe_that_is_none(content, refused, model, tmp_path):
    path = tmp_path / "recipe.json"
    path.write_bytes(content)
    words = ("render", model, "-o", tmp_path / "a.png", "--recipe", path)
    assert "recipe.json" in refused(*words, status=1)


def test_a_picture_in_styles_of_a_built_in_bank(rendered, model, builtin_bank):
    words = ("--style", "dawn:1,dusk:3", "--style-strength", 0.5)
    path = rendered("--seed", 7, *words)
    style = ss.read_recipe(path).style
    assert (style.bank.name, dict(style.weights)) == ("bank", {"dawn": 0.25, "dusk": 0.75})
    assert style.strength == 0.5
    opened = ss.open_model(model)
    np.testing.assert_array_equal(pixels(path), ss.render(opened, ss.read_recipe(path)))
    assert rendered("--seed", 7, *words, name="b.png").read_bytes() == path.read_bytes()
    again = ss.read_recipe(rendered("--recipe", path, "--style-strength", 1, name="c.png")).style
    assert (again.weights, again.strength) == (style.weights, 1.0)
    other = ss.read_recipe(rendered("--recipe", path, "--style", "noon", name="d.png")).style
    assert (other.weights, other.strength) == ((("noon", 1.0),), 0.5)
    kept = rendered("--recipe", path, "--style-colours", 0.7, name="e.png")
    assert ss.read_recipe(kept).style == msgspec.structs.replace(style, colours=0.7)
    assert (pixels(kept) != pixels(path)).any()


def test_styles_of_ones_own_file(rendered, refused, model, bank_path, tmp_path):
    path = rendered("--styles", bank_path, "--style", "noon")
    assert ss.read_recipe(path).style.bank.sha256 == ss.open_styles(bank_path).sha256
    again = rendered("--styles", bank_path, "--recipe", path, name="b.png")
    assert again.read_bytes() == path.read_bytes()
    words = ("render", model, "-o", tmp_path / "c.png", "--recipe", path)
    assert "'bank', which is not open" in refused(*words, status=1)
    assert not (tmp_path / "c.png").exists()


def test_mistakes_about_styles(refused, model, builtin_bank, bank_path, tmp_path):
    words = ("render", model, "-o", tmp_path / "a.png")
    said = refused(*words, "--style", "night:1", status=1)
    assert "'night' is not a style; there are dawn, noon, dusk." in said
    again = refused(*words, "--styles", bank_path, "--style", "night:1", status=1)
    assert again.count("dawn, noon, dusk") == 1  # though two banks have them
    assert "needs a --style" in refused(*words, "--style-strength", 0.5, status=2)
    assert "needs a --style" in refused(*words, "--style-colours", 0.5, status=2)
    assert "NAME:WEIGHT" in refused(*words, "--style", "dawn:much", status=2)
    assert "1.2" in refused(*words, "--style", "dawn", "--style-strength", 1.2, status=2)
    assert list(tmp_path.iterdir()) == []


def test_a_grid_that_is_too_large_is_refused_before_any_work(refused, model, tmp_path, monkeypatch):
    monkeypatch.setattr("stylestudio.recipe.sheets.LARGEST", 95)
    words = ("render", model, "--seeds", "0-5", "--outdir", tmp_path / "many", "--grid")
    said = refused(*words, status=1)
    assert "96 x 64 pixels; ask for fewer seeds, or leave out --grid" in said
    assert not (tmp_path / "many").exists()


def test_many_seeds_in_one_go(studio, rendered, model, tmp_path):
    folder = tmp_path / "many"
    words = ("--seeds", "0-2,7,1", "--psi", 0.7, "--noise", 3, "--grid")
    answer = studio("render", model, "--outdir", folder, *words)
    assert answer.status == 0, answer.err
    names = ["grid.png", "seed0000.png", "seed0001.png", "seed0002.png", "seed0007.png"]
    assert sorted(path.name for path in folder.iterdir()) == names
    single = rendered("--seed", 7, "--psi", 0.7, "--noise", 3)
    assert (folder / "seed0007.png").read_bytes() == single.read_bytes()
    grid = pixels(folder / "grid.png")
    assert grid.shape == (64, 64, 3)
    np.testing.assert_array_equal(grid[32:, 32:], pixels(single))


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--seeds", "0-2"], "--outdir"),
        (["--outdir", "DIR"], "--seeds"),
        ([], "-o"),
        (["--seeds", "5-2", "--outdir", "DIR"], "'5-2'"),
        (["--seeds", "a", "--outdir", "DIR"], "'a'"),
        (["--seeds", "0-4294967296", "--outdir", "DIR"], "4294967295"),
        (["--seeds", "0-4294967295", "--outdir", "DIR"], "more than 1,000,000"),
        (["--seeds", "0-2", "--outdir", "DIR", "-o", "a.png"], "-o"),
        (["--seeds", "0-2", "--outdir", "DIR", "--seed", "3"], "--seed"),
        (["--seeds", "0-2", "--outdir", "no/such/folder"], "does not exist"),
        (["-o", "a.png", "--grid"], "--grid"),
    ],
)
def test_mistakes_with_many_seeds(words, part, refused, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [str(tmp_path / "many") if word == "DIR" else word for word in words]
    assert part in refused("render", model, *words, status=2)
    assert list(tmp_path.iterdir()) == []


def test_style_names_ignore_case_and_wrong_names_list_what_there_is(
    rendered, refused, model, builtin_bank, tmp_path
):
    style = ss.read_recipe(rendered("--style", "DAWN")).style
    assert style.weights == (("dawn", 1.0),)
    words = ("render", model, "-o", tmp_path / "a.png", "--style", "night")
    assert "dawn, noon, dusk" in refused(*words, status=1)
    said = refused("render", "portrait", "-o", tmp_path / "a.png", status=1)
    assert "did you mean portraits" in said
    said = refused("render", "faces", "-o", tmp_path / "a.png", status=1)
    assert "portraits-512, portraits, horizons, pigments" in said

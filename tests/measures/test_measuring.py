"""Measuring models and folders: what the figures are, what is kept, and what is refused."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio import measures
from stylestudio.measures import MeasureSettings, Measuring, path_length, rows, separability
from stylestudio.measures.interval import with_intervals
from stylestudio.measures.pictures import ModelPictures, PainterPictures
from stylestudio.measures.readers import open_reader
from stylestudio.measures.report import number
from stylestudio.networks.feature_nets import ClassifierFeatures
from stylestudio.recipe import blend

COUNT = 24


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    """The reader looks at pictures as small as the tests' are."""
    monkeypatch.setattr("stylestudio.measures.readers.SIDE", 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_model):
    """Pictures of another model, and two files that are none."""
    path = tmp_path_factory.mktemp("pictures")
    other = ModelPictures(make_model(seed=1), COUNT)
    for index in range(COUNT):
        pixels = other.read(index).permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(path / f"{index:02}.png")
    (path / "notes.txt").write_text("no picture")
    (path / "cut.png").write_bytes((path / "00.png").read_bytes()[:80])
    return path


def run(*what, **settings):
    """A measuring of the rest, done; its progress and what came out."""
    subject, reference = what
    measuring = Measuring(subject, reference, MeasureSettings(**settings))
    progress = [*measuring.run()]
    return progress, progress[-1].measurement


def test_figures_are_those_of_the_features(model, folder, tmp_path):
    what = ("fid", "kid", "pr", "dc")
    found = ss.measure(model, folder, what, count=COUNT + 2)
    reader = open_reader()
    fake = np.concatenate(
        [reader.features(ModelPictures(model, COUNT + 2).read(i)[None]) for i in range(COUNT + 2)]
    )
    real = np.concatenate(
        [
            reader.features(torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)[None])
            for file in sorted(folder.glob("[0-9]*.png"))
        ]
    )
    assert found["fid"].value == pytest.approx(measures.frechet_distance(fake, real), rel=1e-4)
    assert found["kid"].value == pytest.approx(measures.kernel_distance(fake, real), rel=1e-4)
    pr, dc = measures.precision_recall(real, fake), measures.density_coverage(real, fake)
    assert [found[name].value for name in ("precision", "recall")] == pytest.approx(pr)
    assert [found[name].value for name in ("density", "coverage")] == pytest.approx(dc)
    assert all(figure.low <= figure.value <= figure.high for figure in found.figures)
    assert (found["fid"].count, found["fid"].reference_count) == (COUNT + 2, COUNT)


def test_a_transparent_model_is_at_no_distance_from_its_own_saved_pictures(make_model, tmp_path):
    clear = make_model(seed=2, img_channels=4)
    own = ModelPictures(clear, COUNT)
    for index in range(COUNT):
        pixels = ss.render(clear, own.recipe(index))
        Image.fromarray(pixels, "RGBA").save(tmp_path / f"{index:02}.png")
    found = ss.measure(clear, tmp_path, ("fid", "pr"), count=COUNT)
    other = ss.measure(make_model(seed=1, img_channels=4), tmp_path, ("fid",), count=COUNT)
    assert found["fid"].value < 0.01 * other["fid"].value
    assert found["precision"].value == 1


def test_hidden_colours_lengthen_no_paths(make_model):
    clear = make_model(seed=2, img_channels=4)
    for name, value in clear.network.synthesis.named_parameters():
        if name.endswith("torgb.bias"):
            value[3] = -100.0  # nothing of the picture shows
    found = ss.measure(clear, what=("ppl-wend",), count=20)
    assert found["ppl-wend"].value == pytest.approx(0, abs=1e-6)


def test_what_is_no_picture_is_skipped_and_named(model, folder):
    _, found = run(model, folder, what=("kid",), count=COUNT + 2)
    assert len(found.skipped) == 2
    assert any("cut.png" in sentence for sentence in found.skipped)
    assert "Skipped 2" in str(found)
    assert "relative" in found.features
    told = json.loads(found.to_json())
    assert told["figures"][0]["reference_count"] == COUNT
    assert told["settings"]["sha256"] == model.sha256


def test_other_files_take_no_picture_its_place(model, folder, tmp_path):
    for path in folder.glob("[0-9]*.png"):
        shutil.copy(path, tmp_path)
    others = [f"{place}.txt" for place in range(3 * COUNT)]
    for name in others:
        (tmp_path / name).write_text("no picture")
    _, found = run(model, tmp_path, what=("kid",), count=COUNT)
    assert found["kid"].reference_count == COUNT
    assert found.skipped
    assert set(found.skipped) <= {f"{name} is not a picture that can be read." for name in others}


def test_the_same_work_is_not_done_twice(model, folder, monkeypatch):
    first = ss.measure(model, folder, "kid", count=COUNT)
    seen = []
    read = ModelPictures.read
    monkeypatch.setattr(ModelPictures, "read", lambda self, n: seen.append(n) or read(self, n))
    assert ss.measure(model, folder, "kid", count=COUNT)["kid"] == first["kid"]
    assert seen == []
    ss.measure(model, folder, "kid", count=COUNT, truncation_psi=0.4)
    assert seen == [*range(COUNT)]
    # A file that changes is another folder.
    picture = folder / "03.png"
    before = picture.read_bytes()
    picture.write_bytes((folder / "04.png").read_bytes())
    assert ss.measure(model, folder, "kid", count=COUNT)["kid"].value != first["kid"].value
    picture.write_bytes(before)


def test_cancelling_ends_between_two_pictures_and_the_next_run_goes_on(
    model, make_model, monkeypatch, tmp_path
):
    monkeypatch.setattr(rows, "PART", 8)
    settings = MeasureSettings(what=("kid",), count=COUNT)
    seen = []
    read = ModelPictures.read
    cancel = ss.Cancel()

    def noted(self, number):
        seen.append((self.name, number))
        if len(seen) == 13:
            cancel.cancel()
        return read(self, number)

    monkeypatch.setattr(ModelPictures, "read", noted)
    other = make_model(seed=1, name="other")
    with pytest.raises(ss.Cancelled):
        list(Measuring(model, other, settings, folder=tmp_path).run(cancel))
    assert len(seen) == 13
    *_, last = Measuring(model, other, settings, folder=tmp_path).run()
    assert len(seen) == 13 + 2 * COUNT - 8  # a part of eight was kept
    assert (last.done, last.total) == (2 * COUNT, 2 * COUNT)
    whole = ss.measure(model, other, "kid", count=COUNT)
    assert last.measurement["kid"] == whole["kid"]


def test_more_pictures_go_on_from_fewer(model, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "PART", 8)
    list(rows.Rows("x", tmp_path).make(20, lambda n: np.array([[i] for i in n], np.float32)))
    made = []

    def make(numbers):
        made.extend(numbers)
        return np.array([[i] for i in numbers], np.float32)

    again = rows.Rows("x", tmp_path)
    list(again.make(30, make))
    assert made == [*range(16, 30)]
    assert again.found[:, 0].tolist() == [*range(30)]
    list(rows.Rows("y", tmp_path).make(30, make))
    assert len(made) == 14 + 30
    rows.tidy(tmp_path, most=0)
    assert [*tmp_path.iterdir()] == []


def test_a_damaged_part_is_made_again(tmp_path):
    make = lambda numbers: np.array([[i] for i in numbers], np.float32)  # noqa: E731
    list(rows.Rows("x", tmp_path).make(20, make))
    (part,) = tmp_path.glob("*/*.npy")
    part.write_bytes(b"nothing")
    again = rows.Rows("x", tmp_path)
    list(again.make(20, make))
    assert again.found.shape == (20, 1)


def test_a_model_is_compared_with_other_seeds_of_itself(model):
    found = ss.measure(model, model, ("fid", "pr"), count=COUNT)
    assert found["fid"].value > 0
    assert found["recall"].value > 0.3


def test_rows_that_cannot_be_made_are_tried_again(tmp_path):
    def make(numbers):
        return np.array([[np.nan if n == 40 else n] for n in numbers], np.float32)

    list(rows.Rows("x", tmp_path).make(64, make))
    asked = []
    again = rows.Rows("x", tmp_path)
    list(again.make(64, lambda n: asked.extend(n) or np.array([[i] for i in n], np.float32)))
    assert asked == [*range(32, 64)]
    assert again.found[40] == 40


def test_a_look_of_blended_seeds_is_measured_in_their_class(make_model):
    model = make_model(seed=6, name="classes", c_dim=3)
    third = (0.0, 0.0, 1.0)
    seeds = [ss.SeedSource(seed, third) for seed in (1, 2)]
    look = ss.Recipe.from_seed(0, model).replace(source=blend([(seed, 0.5) for seed in seeds]))
    assert ModelPictures(model, 4, look=look).recipe(2).source == ss.SeedSource(2, third)


def test_pictures_follow_the_papers_unless_there_is_a_look(model, make_model):
    plain = ModelPictures(model, 4)
    assert plain.recipe(3) == ss.Recipe.from_seed(3, model, noise_mode="seeded", noise_seed=3)
    look = ss.Recipe.from_seed(9, model, truncation_psi=0.5)
    assert ModelPictures(model, 4, look=look).recipe(2) == look.replace(source=ss.SeedSource(2))
    mixed = ModelPictures(model, 4, mixed=3).recipe(1)
    assert len(mixed.mixing) == 2
    assert all(set(row.amounts) == {0.0, 1.0} for row in mixed.mixing)
    classes = make_model(c_dim=3, name="classes")
    labels = [ModelPictures(classes, 4).recipe(n).source.label for n in range(4)]
    assert [label.index(1.0) for label in labels] == [0, 1, 2, 0]


def test_a_painter_is_what_its_model_learned_from():
    painter = PainterPictures("pigments", 4)
    assert painter.name == "the painter of Pigments"
    first, second = painter.read(0), painter.read(1)
    assert first.shape == (3, 256, 256)
    assert not torch.equal(first, second)
    assert torch.equal(PainterPictures("pigments", 4).read(0), first)


def test_the_interval_of_a_mean_is_the_known_one():
    sample = np.random.RandomState(0).randn(1000)
    (found,) = with_intervals(lambda x: (x.mean(),), (sample,))
    expected = 2.262 * sample.std(ddof=1) / np.sqrt(1000)
    assert found.high - found.value == pytest.approx(expected, rel=0.4)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_path_length_is_the_papers_formula(model):
    """Against finite differences of pictures that are synthesised one by one."""
    reader = open_reader()
    paths = path_length.PathLengths(model, reader, "wend")
    found = paths.read(range(2), ss.Cancel())
    for number_, length in enumerate(found[:, 0]):
        random = np.random.RandomState(number_)
        w = model.map(random.randn(2, model.z_dim))
        ws = torch.stack([w[0], w[0] + 1e-4 * (w[1] - w[0])])
        noises = []
        for step in model.network.synthesis.steps:
            noise = None
            if step.has_noise:
                shape = model.network.synthesis.noise_const(step).shape
                noise = torch.from_numpy(random.standard_normal(tuple(shape))).float()
            noises.append(noise)
        pictures = [model.network.synthesis(one[None], noises) for one in ws]
        maps = [reader._network(p / 2 + 0.5).style for p in pictures]
        total = 0.0
        for a, b in zip(*maps, strict=True):
            unit = [x / x.norm(dim=1, keepdim=True) for x in (a, b)]
            total += float((unit[0] - unit[1]).square().sum(1).mean())
        assert length == pytest.approx(total / 1e-8, rel=0.05)


def test_path_lengths_of_each_kind_differ_and_say_their_settings(model):
    _, found = run(model, None, what=("ppl", "ppl-zfull"), count=20, cropped=True)
    assert found.names == ("ppl-zfull", "ppl-wend")
    assert found["ppl-wend"].value > 0
    assert found["ppl-zfull"].value != found["ppl-wend"].value
    assert "eps 0.0001, cropped to the middle, the built-in reader" in str(found)
    assert "plain model" not in str(found)
    _, found = run(model, None, what=("ppl",), count=20, truncation_psi=0.5)
    assert "the built-in reader, of the plain model" in str(found)


def test_separability_tells_a_plane_from_chance():
    random = np.random.RandomState(0)
    latents = random.randn(600, 6)
    plane = (latents[:, 0] + latents[:, 1] > 0).astype(float)
    curved = (latents[:, 2] * latents[:, 3] > 0).astype(float)
    unsure = plane.copy()
    unsure[::2] = np.nan
    scores = [
        separability.score(*separability.separability({"x": labels}, latents))
        for labels in (plane, unsure, curved)
    ]
    assert scores[0] < 1.2
    assert scores[1] < 1.4
    assert scores[2] > 1.9
    both = separability.score(*separability.separability({"x": plane, "y": curved}, latents))
    assert both == pytest.approx(scores[0] * scores[2])
    with pytest.raises(ss.MeasureError, match="No attribute has 20"):
        separability.separability({"x": np.zeros(600)}, latents)


def test_separability_by_labels_of_a_file(model, tmp_path):
    """Labels that follow a plane of w are told apart better in w than in z."""
    seeds = range(200)
    z = np.stack([np.random.RandomState(seed).randn(model.z_dim) for seed in seeds])
    w = model.map(z)[:, 0].numpy()
    column = w[:, 0] > np.median(w[:, 0])
    lines = [
        "seed,left",
        *(f"{seed},{int(side)}" for seed, side in zip(seeds, column, strict=True)),
    ]
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(lines))
    _, found = run(model, None, what=("separability",), labels=path)
    assert found["separability-w"].value < found["separability-z"].value
    assert found["separability-w"].count == 200
    path.write_text("seed,left\n1,2\n")
    with pytest.raises(ss.MeasureError, match=r"Line 2 of labels.csv needs a seed"):
        run(model, None, what=("separability",), labels=path)
    path.write_text(f"seed,left\n1,1\n{2**32},0\n")
    with pytest.raises(ss.MeasureError, match=r"Line 3 of labels.csv needs a seed"):
        run(model, None, what=("separability",), labels=path)
    path.write_text("seed,left\n\n")
    with pytest.raises(ss.MeasureError, match=r"labels.csv holds no labels below its first line"):
        run(model, None, what=("separability",), labels=path)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (lambda model, folder: ss.measure(model, what="fid"), "fid needs a folder or a model"),
        (lambda model, folder: ss.measure(folder, model, "ppl"), "ppl is a figure of models"),
        (lambda model, folder: ss.measure(model, "painter:sea"), "sea is no built-in world"),
        (lambda model, folder: ss.measure(model, folder, "lpips"), "lpips can't be measured"),
        (lambda model, folder: ss.measure(folder, model, mixed=2), "has no look, psi or seeds"),
        (lambda model, folder: ss.measure(model, folder, count=3), "at least 20"),
        (lambda model, folder: ss.measure(model, folder, mixed=9), "mixed is 9"),
        (lambda model, folder: ss.measure(model, folder, colour=1), "colour is no setting"),
        (lambda model, folder: ss.measure(model, None, "separability"), "needs a file of regr"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(model, folder, what, sentence):
    with pytest.raises(ss.MeasureError, match=sentence) as caught:
        what(model, folder)
    assert len(str(caught.value)) <= 160


def test_a_folder_of_too_few_pictures_is_refused(model, tmp_path):
    with pytest.raises(ss.MeasureError, match="is empty"):
        ss.measure(model, tmp_path)
    Image.new("RGB", (40, 40)).save(tmp_path / "one.png")
    with pytest.raises(ss.MeasureError, match="has 1 pictures that can be read"):
        ss.measure(model, tmp_path, "kid", count=20)


def test_another_reader_gives_other_figures(model, folder, tmp_path):
    """A classifier of a file; that of PPL stays the one whose maps can be compared."""
    own = open_reader()._network
    changed = ClassifierFeatures(own.layout)
    changed.load_state_dict(own.state_dict())
    torch.manual_seed(0)
    with torch.no_grad():
        changed.convs[0].weight.add_(torch.randn_like(changed.convs[0].weight))
    from stylestudio.checkpoints import write_features

    path = tmp_path / "other.safetensors"
    write_features(path, changed, {})
    other = ss.measure(model, folder, "kid", count=COUNT, features=path)
    assert other["kid"].value != ss.measure(model, folder, "kid", count=COUNT)["kid"].value
    assert "other.safetensors" in other.features


def test_numbers_are_told_without_exponents():
    assert [number(x) for x in (1234.5, 12.345, 0.01234, 0.0001234, -0.5, 0.0)] == [
        *("1234", "12.35", "0.0123", "0.00012", "-0.5000", "0.0000")
    ]


def test_the_built_in_reader_stays_what_it_was():
    """Figures that people have noted compare only while this is the same file."""
    assert open_reader().sha256 == (
        "fd2b0393b7f746a4dafee54afd739b5ed6a0c53bb07097ac21437856036a9a42"
    )

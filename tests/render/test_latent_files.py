"""Latents of other tools become sources; what they hold is told; nothing in them runs."""

import os
import pickle
import warnings
import zipfile

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import CheckpointError, holds_latents, read_latent_file
from stylestudio.render import match_latents
from stylestudio.video import kind_of_file

NUM_WS, W_DIM = 8, 8
WS = np.random.RandomState(3).randn(NUM_WS, W_DIM).astype(np.float32)
MANY = np.random.RandomState(4).randn(3, NUM_WS, W_DIM).astype(np.float32)
PHOTOS = {"in/a.jpg": MANY[0], "in\\b.png": MANY[1]}


def saved(path, value):
    if path.suffix == ".npy":
        np.save(path, value, allow_pickle=True)
    elif path.suffix == ".npz":
        np.savez_compressed(path, **value)
    elif path.suffix == ".pkl":
        path.write_bytes(pickle.dumps(value))
    else:
        torch.save(value, path)
    return path


def tensors(arrays):
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


LAYOUTS = [
    ("projected_w.npz", {"w": WS[None]}),
    ("projected_w.npy", WS[None]),
    ("0.npy", WS[None, None]),
    ("double.npy", WS.astype(">f8")),
    ("fortran.npy", np.asfortranarray(WS)),
    ("projected_w.pt", torch.from_numpy(WS)),
    ("PTI_0.pt", torch.from_numpy(WS[None]).requires_grad_()),
    ("parameter.pt", torch.nn.Parameter(torch.from_numpy(WS[None]))),
    ("list.pt", [torch.from_numpy(WS)]),
    ("dict.pt", {"latent": torch.from_numpy(WS), "image": torch.rand(3, 8, 8)}),
    ("photo.pt", {"a.jpg": tensors({"img": MANY, "latent": WS}) | {"noise": [torch.ones(1)]}}),
    ("pivots.npz", {"ws": WS[None], "img": MANY}),
    ("latents.npy", {"photo.jpg": WS}),
    ("lists.npy", {"photo.jpg": [WS]}),
    ("latents.pkl", {"photo.jpg": WS}),
    ("inside.npz", {"latents": np.array({"photo.jpg": WS}, dtype=object)}),
]


@pytest.mark.parametrize(("name", "value"), LAYOUTS, ids=[name for name, _ in LAYOUTS])
def test_every_layout_gives_the_same_latent(tmp_path, model, name, value):
    path = saved(tmp_path / name, value)
    (source,) = ss.read_latents(path)
    assert (source.array() == WS).all()
    assert holds_latents(path)
    assert kind_of_file(path) == "latents"
    match = match_latents(read_latent_file(path), model)
    assert match.kind == "w+"
    assert match.sentence == f"{name} holds a latent in W+ of 8 rows."
    assert match.sources == (source,)


@pytest.mark.parametrize("protocol", [0, 1, 2, 5])
def test_pickles_of_every_protocol(tmp_path, model, protocol):
    array = np.random.RandomState(2).randn(1, model.num_ws, model.w_dim).astype(np.float32)
    path = tmp_path / "z_photo.pkl"  # a name that says Z, where the shape says W+
    for stored in (array, np.asfortranarray(array), array.astype(">f8")):
        path.write_bytes(pickle.dumps({"photo": stored}, protocol))
        assert holds_latents(path)
        (found,) = match_latents(read_latent_file(path), model).sources
        assert (found.array() == array[0]).all()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_numpys_format(tmp_path, model, version):
    array = np.random.RandomState(2).randn(1, model.num_ws, model.w_dim).astype(np.float32)
    with (tmp_path / "w.npy").open("wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of the third
        np.lib.format.write_array(file, array, version=version)
    (source,) = match_latents(read_latent_file(tmp_path / "w.npy"), model).sources
    assert (source.array() == array[0]).all()


def test_several_that_fit_beside_others_are_counted(tmp_path, model):
    fits = np.zeros((2, 1, model.w_dim), np.float32)
    path = tmp_path / "mixed.npz"
    np.savez(path, w=fits, ws=np.zeros((3, model.num_ws, 99), np.float32), direction=fits[0, 0])
    sentence = match_latents(read_latent_file(path), model).sentence
    assert sentence == (
        "mixed.npz holds 2 latents in W. 3 more are for another model. It also holds a direction."
    )


def test_the_old_container_of_torch(tmp_path):
    torch.save(torch.from_numpy(WS), tmp_path / "w.pt", _use_new_zipfile_serialization=False)
    assert (ss.read_latents(tmp_path / "w.pt")[0].array() == WS).all()


def test_many_latents_keep_their_order_and_their_names(tmp_path):
    for path, names in (
        (saved(tmp_path / "latents.pt", torch.from_numpy(MANY)), ["latents 0", "latents 1"]),
        (saved(tmp_path / "batch.pt", list(map(torch.from_numpy, MANY))), ["batch 0", "batch 1"]),
        (saved(tmp_path / "latents.npy", PHOTOS), ["a.jpg", "b.png"]),
    ):
        sources = ss.read_latents(path)
        assert [source.name for source in sources][:2] == names
        for source, ws in zip(sources, MANY, strict=False):
            assert (source.array() == ws).all()
    rows = saved(tmp_path / "w.npy", MANY.reshape(-1, W_DIM)[:3])
    assert [source.rows for source in ss.read_latents(rows)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("age_direction.npy", WS[0], 1),
        ("smile.npy", WS[0], 1),
        ("pose_boundary.npy", WS[:1], 1),
        ("unit.npy", WS[:1] / np.linalg.norm(WS[0]), 1),
        ("age_direction.npz", {"arr_0": WS}, 1),
        ("factor.pt", {"ckpt": "x.pt", "eigvec": torch.eye(W_DIM)[:, :5]}, 5),
        (
            "ganspace.npz",
            {"act_comp": MANY[:, :1], "act_mean": WS[None, :1], "lat_comp": MANY[:, :1]},
            3,
        ),
    ],
)
def test_directions_are_told_from_latents(tmp_path, model, name, value, count):
    path = saved(tmp_path / name, value)
    match = match_latents(read_latent_file(path), model)
    assert (match.kind, len(match.directions), match.sources) == ("direction", count, ())
    holds = "a direction" if count == 1 else f"{count} directions"
    assert match.sentence.startswith(f"{name} holds {holds}, not a latent")
    with pytest.raises(CheckpointError, match=f"^{name} holds {holds}"):
        ss.read_latents(path)


def test_z_is_mapped_by_the_model(tmp_path, model):
    z = np.random.RandomState(7).randn(1, model.z_dim)
    path = saved(tmp_path / "z.npy", z)
    with pytest.raises(CheckpointError, match="Z"):
        ss.read_latents(path)
    match = match_latents(read_latent_file(path), model)
    assert match.kind == "z"
    recipe = ss.Recipe.from_seed(7, model)
    found = recipe.replace(source=match.sources[0])
    assert (ss.render(model, found) == ss.render(model, recipe)).all()


def test_latents_of_other_sizes_say_what_the_model_needs(tmp_path, model, make_model):
    wide = saved(tmp_path / "wide.npy", np.random.RandomState(0).randn(1, 18, 512))
    match = match_latents(read_latent_file(wide), model)
    assert (match.kind, match.sources) == ("foreign", ())
    assert match.sentence == (
        "wide.npy holds a latent of 18 rows of 512 numbers, for another model; "
        "tiny needs 8 rows of 8 numbers."
    )
    large = make_model(resolution=64)
    with pytest.raises(CheckpointError, match="for another model"):
        ss.read_latents(saved(tmp_path / "projected_w.npy", WS[None]), large)
    # A w that was repeated for each layer fits however many there are.
    repeated = saved(tmp_path / "projected_w.npy", WS[:1].repeat(NUM_WS, 0)[None])
    (source,) = ss.read_latents(repeated, large)
    assert (source.array() == WS[:1]).all()
    assert match_latents(read_latent_file(repeated), large).kind == "w"


def test_a_table_of_latents_that_looks_like_layers_says_how_to_save_it(tmp_path, model):
    many = np.random.RandomState(0).randn(10, model.w_dim).astype(np.float32)
    with pytest.raises(CheckpointError, match=r"If it is 10 latents in W, save it as \[10, 1, 8\]"):
        ss.read_latents(saved(tmp_path / "w.npy", many), model)
    found = ss.read_latents(saved(tmp_path / "w.npy", many[:, None]), model)
    assert [each.array().tolist() for each in found] == many[:, None].tolist()


def test_what_is_written_is_what_other_tools_read(tmp_path, model):
    recipe = ss.Recipe.from_seed(5, model, truncation_psi=0.6)
    for name in ("latent.npy", "latent.npz"):
        ss.save_latent(tmp_path / name, model, recipe)
        loaded = np.load(tmp_path / name)
        ws = loaded["w"] if name.endswith("npz") else loaded
        assert (ws.dtype, ws.shape) == (np.float32, (1, NUM_WS, W_DIM))
        (source,) = ss.read_latents(tmp_path / name, model)
        shown = ss.render(model, ss.Recipe.from_seed(0, model).replace(source=source))
        assert (shown == ss.render(model, recipe)).all()
    with pytest.raises(ValueError, match=r"latent.txt must end in .npy or .npz"):
        ss.save_latent(tmp_path / "latent.txt", model, recipe)


class Trap:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.pt", "a.pkl"])
def test_nothing_in_a_file_runs(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    value = {"photo.jpg": WS, "trap": Trap()}
    path = tmp_path / name
    saved(path, {"w": np.array(value, dtype=object)} if name == "a.npz" else value)
    (source,) = ss.read_latents(path)
    assert (source.array() == WS).all()
    assert not (tmp_path / "sprung").exists()


def zip_bomb(path):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("w.npy", "w") as file,
    ):
        for _ in range(600):
            file.write(bytes(1 << 20))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("text.npy", b"hello", "holds no latents"),
        ("cut.npy", b"\x93NUMPY\x01\0", "damaged"),
        ("empty.npz", b"", "is empty"),
        ("words.npy", np.array(["a", "b"]), "not numbers"),
        ("whole.npy", np.arange(64).reshape(8, 8), "holds no latents"),
        ("infinite.npy", np.full((8, 8), np.inf), "not finite"),
        ("record.npy", np.zeros(4, [("a", "f4")]), "not numbers"),
        ("network.pt", {"layer.weight": torch.ones(8, 8)}, "weights of a network"),
        ("nothing.pt", {"step": 3}, "holds no latents"),
        ("bomb.npz", zip_bomb, "far more"),
    ],
)
def test_what_holds_no_latent_is_refused_by_name(tmp_path, name, content, why):
    path = tmp_path / name
    if callable(content):
        content(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        saved(path, content)
    with pytest.raises(CheckpointError, match=rf"^{name} [^\n]*{why}[^\n]*[.]$"):
        ss.read_latents(path)


def test_files_cut_short_are_refused_at_every_length(tmp_path):
    for name, value in (("a.npy", {"p.jpg": WS}), ("b.npz", {"w": WS}), ("c.pt", {"latent": WS})):
        whole = saved(tmp_path / name, value).read_bytes()
        for length in range(1, len(whole), 23):
            (tmp_path / name).write_bytes(whole[:length])
            with pytest.raises(CheckpointError, match=f"^{name} "):
                ss.read_latents(tmp_path / name)
            holds_latents(tmp_path / name)


def test_damage_anywhere_is_a_sentence(tmp_path):
    random = np.random.RandomState(0)
    for name, value in (("a.npy", {"p.jpg": WS}), ("b.npz", {"w": WS}), ("c.npy", WS)):
        whole = saved(tmp_path / name, value).read_bytes()
        for _ in range(150):
            damaged = bytearray(whole)
            damaged[random.randint(len(whole))] = random.randint(256)
            (tmp_path / name).write_bytes(damaged)
            said = f"{name} is read"
            try:
                ss.read_latents(tmp_path / name)
            except CheckpointError as error:
                said = str(error)
            assert said.startswith(f"{name} ")
            assert "\n" not in said


def test_models_are_not_taken_for_latents(tmp_path, make_network):
    network = make_network()
    for value in (network.state_dict(), {"g_ema": network.state_dict(), "latent_avg": WS[0]}):
        path = saved(tmp_path / "model.pt", value)
        assert not holds_latents(path)
        assert kind_of_file(path) == "other"

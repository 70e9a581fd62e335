"""`stylestudio train folder`: what it refuses, and how long a training goes on."""

import errno
import math
import signal

import pytest
import torch
from alias_free import alias_free_layers
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import CheckpointError, write_safetensors
from stylestudio.cli.main import run
from stylestudio.networks import stylegan3
from stylestudio.networks.stylegan2 import StyleGAN2Config
from stylestudio.progress import Cancel
from stylestudio.training.adversarial.figures import read_figures
from stylestudio.training.adversarial.finish import write_model_of_state
from stylestudio.training.adversarial.keeping import Keeper, Schedule
from stylestudio.training.adversarial.pictures import (
    Pictures,
    PicturesError,
    find_files,
    read_pictures,
)
from stylestudio.training.adversarial.settings import SIZES, AdversarialSettings
from stylestudio.training.adversarial.starting import Start, size_words
from stylestudio.training.adversarial.trainer import AdversarialProgress, AdversarialTrainer

ALIAS_FREE = alias_free_layers((52, 8, 2), (32, 3, 1))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "pictures"
    place.mkdir()
    for i in range(4):
        Image.new("RGB", (20, 20), (60 * i, 100, 200)).save(place / f"{i}.png")
    return place


@pytest.fixture
def train(folder, tmp_path):
    def call(*more, resolution=True):
        places = ["--out", str(tmp_path / "m.safetensors"), "--work-dir", str(tmp_path / "work")]
        size = ["--resolution", "16"] if resolution else []
        return run(
            [
                "train",
                "folder",
                str(folder),
                *places,
                *size,
                "--batch",
                "2",
                "--threads",
                "1",
                *more,
            ]
        )

    return call


def test_a_stopped_training_becomes_a_model_when_told_to_end_sooner(
    train, tmp_path, ctrl_c, capsys
):
    with ctrl_c(AdversarialTrainer):
        assert train() == 130
    assert not (tmp_path / "m.safetensors").exists()
    assert train("--resume", "--kimg", "0.002") == 0
    first = ss.open_model(tmp_path / "m.safetensors")
    assert first.metadata["kimg"] == "0.002"
    assert first.metadata["pictures"] == "4"

    assert train("--resume", "--kimg", "0.006") == 0
    second = ss.open_model(tmp_path / "m.safetensors")
    assert second.metadata["kimg"] == "0.006"
    assert second.sha256 != first.sha256

    assert train("--resume", "--mirror") == 1
    assert "other settings" in capsys.readouterr().err
    assert train() == 2
    assert "add --resume" in capsys.readouterr().err


def test_a_training_goes_on_with_added_pictures_and_says_so(train, folder, tmp_path, capsys):
    assert train("--kimg", "0.002") == 0
    assert "the same pictures" not in capsys.readouterr().err
    Image.new("RGB", (20, 20), "white").save(folder / "new.png")
    assert train("--resume", "--kimg", "0.006") == 0
    assert "5 where there were 4" in capsys.readouterr().err
    assert ss.open_model(tmp_path / "m.safetensors").metadata["pictures"] == "5"
    assert train("--resume", "--kimg", "0.008", "--batch", "1") == 1
    assert "other settings (batch)" in capsys.readouterr().err


def test_states_of_the_first_version_go_on(train, tmp_path):
    assert train("--kimg", "0.002") == 0
    path = tmp_path / "work" / "state.pt"
    state = torch.load(path)
    assert state["recipe"].endswith("), None)")
    state["recipe"] = state["recipe"].removesuffix("None)") + f"'{'ab' * 32}', None)"
    del state["pictures"]
    torch.save(state, path)
    assert train("--resume", "--kimg", "0.004") == 0


def test_the_working_folder_keeps_sheets_a_log_and_the_options(
    train, tmp_path, monkeypatch, capsys
):
    advance, clock = AdversarialTrainer.advance, [0.0]

    def slow(trainer):
        clock[0] += 30.0
        if trainer.step == 5:
            signal.raise_signal(signal.SIGINT)
        return advance(trainer)

    monkeypatch.setattr(AdversarialTrainer, "advance", slow)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    assert train("--kimg", "0.06") == 130
    work = tmp_path / "work"
    said = capsys.readouterr().err
    assert "as-it-stands.safetensors" in said
    assert ss.open_model(work / "as-it-stands.safetensors").metadata["kimg"] == "0.012"
    lines = (work / "log.txt").read_text().splitlines()
    assert "begins at step 0 of 30" in lines[0]
    assert "step 6 of 30, 30 s a step, 12 min left, 0.012 kimg, r " in lines[-1]
    assert "losses" in lines[-1]
    assert lines[-1][20:] in said  # no terminal, so in place of a bar
    assert '"mirror": false' in (work / "options.json").read_text()
    sheets = sorted(path.name for path in work.glob("*.png"))
    assert sheets == ["samples-000000.png", "samples-000006.png"]
    with Image.open(work / sheets[0]) as sheet:
        assert sheet.width == 8 * 128  # enlarged
        assert sheet.height > 4 * 128  # with captions

    # Resumed, the time left follows from the steps done now, not from all there are.
    def quick(trainer):
        clock[0] += 1.0
        if trainer.step == 12:
            signal.raise_signal(signal.SIGINT)
        return advance(trainer)

    monkeypatch.setattr(AdversarialTrainer, "advance", quick)
    assert train("--kimg", "0.06", "--resume") == 130
    assert "step 13 of 30, 1 s a step, 17 s left" in (work / "log.txt").read_text()


def test_a_full_disk_ends_no_training_and_is_said_once(train, tmp_path, monkeypatch, capsys):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("runs.torch.save", "sheets.save_sheet"):
        monkeypatch.setattr(f"stylestudio.training.{name}", full)
    monkeypatch.setattr("stylestudio.training.runs.SAVE_EVERY", 0)
    assert train("--kimg", "0.006") == 0
    assert ss.open_model(tmp_path / "m.safetensors").metadata["kimg"] == "0.006"
    said = capsys.readouterr().err
    assert said.count("Training continues, but its working folder") == 1
    assert not list(tmp_path.rglob("*state*"))


def test_a_snapshot_that_cannot_be_written_ends_no_training(train, tmp_path, monkeypatch, capsys):
    def full(*_args, **_kwargs):
        raise CheckpointError("snapshot.safetensors cannot be written: the disk is full.")

    monkeypatch.setattr("stylestudio.training.adversarial.keeping.write_model", full)
    assert train("--kimg", "0.006", "--snapshot-kimg", "0.002", "--fid-pictures", "0") == 0
    said = capsys.readouterr().err
    assert said.count("Training continues") == 1
    assert "the disk is full" in said


def test_one_picture_has_no_fid_and_its_snapshots_are_kept(train, folder, tmp_path):
    for path in sorted(folder.iterdir())[1:]:
        path.unlink()
    assert train("--kimg", "0.006", "--snapshot-kimg", "0.002", "--fid-pictures", "2") == 0
    assert len(list((tmp_path / "work").glob("snapshot-*"))) == 3


def test_a_training_never_learns_its_own_samples(folder):
    work = folder / "runs" / "mine"
    work.mkdir(parents=True)
    Image.new("RGB", (20, 20)).save(work / "samples-000000.png")
    assert len(find_files(folder)) == 5
    assert [path.name for path in find_files(folder, work)] == ["0.png", "1.png", "2.png", "3.png"]


def test_a_folder_that_is_gone_is_not_called_empty(tmp_path):
    with pytest.raises(PicturesError, match="gone does not exist"):
        find_files(tmp_path / "gone")


def test_a_working_folder_above_the_pictures_hides_none(train, folder, tmp_path, capsys):
    assert train("--kimg", "0.002", "--work-dir", str(tmp_path)) == 0
    assert ss.open_model(tmp_path / "m.safetensors").metadata["pictures"] == "4"
    assert train("--kimg", "0.002", "--work-dir", str(folder)) == 1
    assert "choose another --work-dir" in capsys.readouterr().err


def test_a_training_that_cannot_be_saved_says_so_when_it_is_stopped(
    train, tmp_path, monkeypatch, capsys
):
    advance = AdversarialTrainer.advance

    def interrupted(trainer):
        signal.raise_signal(signal.SIGINT)
        return advance(trainer)

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(AdversarialTrainer, "advance", interrupted)
    monkeypatch.setattr("stylestudio.training.runs.torch.save", full)
    assert train() == 1
    said = capsys.readouterr().err
    assert "--resume continues" not in said
    assert "No space left" in said


def test_two_trainings_do_not_share_a_working_folder(train, tmp_path, capsys):
    from stylestudio.files import locked

    (tmp_path / "work").mkdir()
    with locked(tmp_path / "work" / ".state.lock"):
        assert train("--kimg", "0.002") == 1
    assert "another training is using" in capsys.readouterr().err
    assert train("--kimg", "0.002") == 0
    assert not list((tmp_path / "work").glob(".*"))


def test_few_pictures_are_warned_of(train, folder, capsys):
    assert train("--kimg", "0.002") == 0
    assert "there are only 4 pictures" in capsys.readouterr().err
    for path in list(folder.iterdir())[1:]:
        path.unlink()
    assert train("--kimg", "0.004", "--resume") == 0
    assert "there is one picture" in capsys.readouterr().err


def test_a_folder_without_pictures_is_refused(train, folder, tmp_path, capsys):
    for path in folder.iterdir():
        path.unlink()
    assert train() == 1
    assert "is empty; put the pictures to train on into it." in capsys.readouterr().err
    (folder / "notes.txt").write_text("hello")
    assert train() == 1
    assert "holds no picture that can be read, only notes.txt" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


def test_hidden_files_are_left_alone_and_subfolders_are_searched(train, folder, capsys):
    (folder / ".thumbs").mkdir()
    (folder / ".thumbs" / "x.db").write_text("hello")
    (folder / ".hidden").write_text("hello")
    (folder / "more").mkdir()
    Image.new("L", (3, 9)).save(folder / "more" / "gray.gif")
    files = find_files(folder)
    assert [path.name for path in files] == ["0.png", "1.png", "2.png", "3.png", "gray.gif"]
    assert len(read_pictures(folder, files, 16)) == 5


def test_sixteen_bit_grays_keep_their_shades(tmp_path):
    gray = torch.linspace(0, 65535, 64).reshape(8, 8).int().numpy().astype("uint16")
    Image.fromarray(gray).save(tmp_path / "deep.png")
    (picture,) = read_pictures(tmp_path, find_files(tmp_path), 8).pixels
    assert picture[0, 0, 0] == 0
    assert picture[1, 4, 0] in (129, 130)
    assert picture[2, 7, 7] == 255


@pytest.mark.parametrize(
    ("init", "said"),
    [
        ("large", "makes pictures of 32 pixels, not 16; leave the resolution out."),
        ("alias-free", "is no StyleGAN2; start from a StyleGAN2 model."),
    ],
)
def test_models_that_cannot_be_trained_further_are_refused(
    train, make_network, tmp_path, capsys, init, said
):
    path = tmp_path / f"{init}.safetensors"
    if init == "alias-free":
        config = stylegan3.StyleGAN3Config(layers=ALIAS_FREE, z_dim=8, w_dim=8)
        network = stylegan3.Generator(config)
    else:
        network = make_network(resolution=32)
    write_safetensors(path, network, name=init)
    assert train("--init", str(path)) in (1, 2)
    assert said in capsys.readouterr().err


def test_a_training_from_a_model_starts_with_its_pictures_and_names_it(
    train, folder, make_network, tmp_path
):
    network = make_network(resolution=16)
    path = tmp_path / "teacher.safetensors"
    terms = {"license": "CC0-1.0", "author": "Ada"}
    write_safetensors(path, network, name="Teacher", metadata=terms)
    model = ss.open_model(path, device="cpu")
    pictures = read_pictures(folder, find_files(folder), 16)
    settings = AdversarialSettings(config=network.config, kimg=1, batch=2)
    trainer = AdversarialTrainer(pictures, settings, init=model)
    z = torch.randn(2, 8)
    assert torch.equal(trainer.average.map(z), model.map(z))

    assert train("--init", str(path), "--kimg", "0.002", resolution=False) == 0
    metadata = ss.open_model(tmp_path / "m.safetensors").metadata
    assert metadata["started_from"] == "Teacher"
    assert metadata["started_from_license"] == "CC0-1.0"
    assert metadata["started_from_author"] == "Ada"


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"c_dim": 3}, []),
        ({"img_channels": 4}, []),
        (
            {"img_channels": 1},
            [
                f"synthesis.b{side}.torgb.{part}"
                for side in (4, 8, 16)
                for part in ("weight", "bias")
            ],
        ),
    ],
    ids=str,
)
def test_what_fits_of_another_kind_of_model_is_taken_over(
    train, make_network, tmp_path, capsys, changes, left
):
    network = make_network(resolution=16, **changes)
    path = tmp_path / "teacher.safetensors"
    write_safetensors(path, network, name="Teacher")
    model = ss.open_model(path, device="cpu")
    start = Start(kimg=1, batch=2)
    pictures = Pictures(torch.zeros(4, 3, 16, 16, dtype=torch.uint8))
    trainer = start.begin(pictures, model)
    assert sorted(trainer.transfer.left) == sorted(left)
    config = trainer.settings.config
    assert (config.c_dim, config.img_channels) == (0, 3)
    ws = torch.randn(1, config.num_ws, config.w_dim)
    noise = [None] * len(network.synthesis.steps)
    if config.img_channels == network.config.img_channels:
        made, known = trainer.average.synthesis(ws, noise), network.synthesis(ws, noise)
        assert torch.allclose(made, known, atol=1e-5)
    z = torch.randn(2, config.z_dim)
    assert trainer.average.map(z).shape == (2, config.num_ws, config.w_dim)
    assert train("--init", str(path), "--kimg", "0.002", resolution=False) == 0
    said = capsys.readouterr().err
    assert ("of Teacher" in said) == bool(left)
    if left:
        assert "begin anew" in said


def test_another_size_takes_over_what_fits(make_network, tmp_path):
    path = tmp_path / "teacher.safetensors"
    write_safetensors(path, make_network(resolution=16), name="Teacher")
    model = ss.open_model(path, device="cpu")
    pictures = Pictures(torch.zeros(4, 3, 16, 16, dtype=torch.uint8))
    trainer = Start(size="small").begin(pictures, model)
    assert trainer.settings.config.channels == (128, 128, 128)
    assert 0 < len(trainer.transfer.taken) < len(trainer.transfer.left)


@pytest.mark.parametrize("size", SIZES)
def test_sizes_are_said(size):
    config = Start(size=size, resolution=256).config(None)
    millions = {"small": "1.12", "medium": "5.94", "large": "24.8", "full": "30"}[size]
    assert size_words(config).startswith(f"{millions} million weights")
    if size == "full":
        assert config == StyleGAN2Config.standard(256)


def test_snapshots_are_kept_pruned_and_their_fid_is_measured(
    train, tmp_path, monkeypatch, capsys, ctrl_c
):
    monkeypatch.setattr("stylestudio.measures.readers.SIDE", 32)
    monkeypatch.setattr("stylestudio.measures.training_fid.BATCH", 4)
    fids = iter([9.0, 3.0, 7.0, 5.0, 6.0])
    measured = []

    def known(fake, real):
        measured.append((len(fake), len(real)))
        return next(fids)

    monkeypatch.setattr("stylestudio.measures.training_fid.frechet_distance", known)
    more = ["--snapshot-kimg", "0.004", "--keep", "2", "--fid-pictures", "6"]
    assert train("--kimg", "0.012", *more) == 0
    assert train("--kimg", "0.020", "--resume", *more) == 0
    work = tmp_path / "work"
    kept = sorted(path.name for path in work.glob("snapshot*.safetensors"))
    # The two newest, and the second, whose FID is the lowest.
    assert kept == [f"snapshot-{step:06d}.safetensors" for step in (4, 8, 10)]
    assert measured == [(6, 4)] * 5
    model = ss.open_model(work / kept[0])
    assert model.metadata["fid"] == "3"
    assert model.metadata["kimg"] == "0.008"
    found = read_figures(work / "figures.csv")
    assert [each.kimg for each in found] == [0.004, 0.008, 0.012, 0.016, 0.02]
    assert [each.fid for each in found] == [9, 3, 7, 5, 6]
    assert all(math.isfinite(each.fake_score + each.real_score) for each in found)
    assert "FID 5" in (work / "log.txt").read_text()


def test_figures_go_on_where_the_state_does(folder, tmp_path):
    """A killed training has lines of steps that are to be done again."""
    path = tmp_path / "figures.csv"
    path.write_text("kimg,fake_score,real_score,r_t,p,fid\n1,0,0,0,0,\n2,0,0,0,0,\n3,0,0,0.5,0")
    pictures = read_pictures(folder, find_files(folder), 16)
    trainer = Start(resolution=16, kimg=3, batch=125).begin(pictures, None)
    trainer.step = 16
    keeper = Keeper(trainer, tmp_path, Schedule(0))
    assert [each.kimg for each in keeper.figures.found] == [1, 2]
    progress = AdversarialProgress(
        17, 24, "Training", discriminator_loss=1, fake_score=-1, real_score=2, r_t=0.5, p=0.25
    )
    for _ in range(16):
        trainer.step += 1
        keeper.after(progress, Cancel())
    assert [each.kimg for each in read_figures(path)] == [1, 2, 4]
    assert read_figures(path)[-1].real_score == 2


def test_a_resting_training_is_written_from_its_state(train, tmp_path, make_network):
    assert train("--kimg", "0.004") == 0
    again = write_model_of_state(tmp_path / "work" / "state.pt", tmp_path, "again")
    assert again.name == "again-000002.safetensors"
    one, other = ss.open_model(tmp_path / "m.safetensors"), ss.open_model(again)
    for name, weight in one.network.state_dict().items():
        assert torch.equal(weight, other.network.state_dict()[name]), name
    assert one.metadata["kimg"] == other.metadata["kimg"] == "0.004"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_gpu_trains_the_same_networks(train, tmp_path):
    assert train("--device", "cuda", "--kimg", "0.006") == 0
    assert train("--device", "cpu", "--resume", "--kimg", "0.008") == 0
    assert ss.open_model(tmp_path / "m.safetensors").resolution == 16

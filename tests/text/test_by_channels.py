"""Style channels chosen by words: what each does is measured once, and compared with words."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_lexicon, write_safetensors
from stylestudio.cli.main import run
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.text import RelevanceWork, RelevantChannels, relevance
from stylestudio.text.by_channels import FARTHEST, way_for
from stylestudio.text.measuring import AMOUNT, PSI, Asked, measure_channels
from stylestudio.text.prompts import wishes_of
from stylestudio.training.evaluator import HELD_OUT_SEED
from stylestudio.training.measure import spread
from stylestudio.training.scene import AttributeSpace

WORDS = WordList(("a", "bright", "dark", "picture"))


class Brightness:
    """A text model of two words: pictures are as bright as they are."""

    image_size, dim, name, sha256 = 32, 2, "Brightness", "b" * 64
    device, words = torch.device("cpu"), ()
    looked = 0  # at pictures

    def free_text_tower(self):
        pass

    def embed_images(self, pictures):
        self.looked += len(pictures)
        angle = pictures.mean((1, 2, 3)) * torch.pi / 2
        return torch.stack([angle.sin(), angle.cos()], 1)

    def embed_text(self, texts):
        return torch.stack(
            [torch.tensor([1.0, 0.0] if "bright" in t else [0.0, 1.0]) for t in texts]
        )


@pytest.fixture(scope="module")
def known(model, tmp_path_factory):
    """The folder of what is measured, and the work that did it."""
    folder = tmp_path_factory.mktemp("known")
    work = RelevanceWork(model, Brightness(), 4, folder)
    for _ in work.run():
        pass
    return folder, work


def channels_for(model, known, words="bright", instead_of="dark"):
    way = way_for(model, Brightness(), wishes_of(words), instead_of)
    return RelevantChannels.of(known[1].known, way, "bright")


def mean_brightness(model, edit, seeds=range(8)):
    looks = [ss.Recipe.from_seed(seed, model, truncation_psi=0.7).edit(edit) for seed in seeds]
    return np.mean([ss.render(model, look).mean() / 255 for look in looks])


def test_channels_lead_to_the_words_and_away_from_them(model, known):
    for words, instead, sign in (("bright", "dark", 1), ("dark", "bright", -1)):
        edit = channels_for(model, known, words, instead).edit(20)
        at = [mean_brightness(model, ss.ChannelEdit(edit.name, edit.channels, a)) for a in (-1, 1)]
        assert (at[1] - at[0]) * sign > 0.02


def test_what_is_measured_is_what_an_edit_of_the_channel_does(model, known):
    found = known[1].known
    last = len(found.places) - 1
    for i in (3, 40, found.places.index(("b8.torgb", 2)), last):
        (layer, number), reach = found.places[i], relevance.REACH * found.sigmas[i].item()
        seen = []
        for sign in (1, -1):
            edit = ss.ChannelEdit.of("one", [(layer, number, reach)], sign)
            w = [
                relevance.sample_w(model, relevance.AT_ONCE, n, relevance.PSI).numpy()
                for n in (0, 1)
            ]
            sources = [ss.LatentSource.from_array(each, "w") for each in np.concatenate(w)]
            looks = [ss.Recipe.from_seed(0, model).replace(source=each) for each in sources]
            pictures = [ss.render(model, look.edit(edit)) / 255 for look in looks]
            x = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float()
            seen.append(Brightness().embed_images(x))
        change = seen[0] - seen[1]
        gain = change.mean(0) / (2 * relevance.REACH)
        torch.testing.assert_close(found.gains[i], gain, atol=3e-4, rtol=0.05)
        assert found.ways[i].norm() == pytest.approx(1)


def test_another_number_of_channels_is_only_arithmetic(model, known):
    channels = channels_for(model, known)
    few, many = channels.edit(3), channels.edit(30)
    assert [(c.layer, c.channel) for c in many.channels[:3]] == [
        (c.layer, c.channel) for c in few.channels
    ]
    assert channels.count_at(channels.threshold_for(30)) == 30
    relevances = channels.relevance.abs().tolist()
    assert relevances == sorted(relevances, reverse=True)
    for edit in (few, many, channels.edit(1)):
        for i, each in enumerate(edit.channels):
            assert abs(each.offset) <= FARTHEST * channels.sigmas[i].item() + 1e-6
            assert each.offset * channels.relevance[i].item() >= 0


def test_other_words_need_no_pictures(model, known):
    folder, _ = known
    text = Brightness()
    made = ss.channels_by_words(model, "bright", text, instead_of="dark", folder=folder)
    again = ss.channels_by_words(model, "dark", text, instead_of="bright", folder=folder)
    assert text.looked == 0
    assert made.edit("bright").channels[0].offset == -again.edit("dark").channels[0].offset
    assert len(made.edit("bright").channels) == 50
    beta = channels_for(model, known).threshold_for(10)
    fewer = ss.channels_by_words(
        model, "bright", text, instead_of="dark", threshold=beta, folder=folder
    )
    assert len(fewer.edit("bright").channels) == 10
    with pytest.raises(ss.TextModelError, match="Use a lower threshold") as error:
        ss.channels_by_words(model, "bright", text, instead_of="dark", threshold=1, folder=folder)
    assert len(str(error.value)) <= 160


def test_what_an_edit_moves_is_told_in_standard_deviations_of_attributes(model, known):
    def regressors(pictures):
        red, green, blue = (pictures / 2 + 0.5).clamp(0, 1).mean((2, 3)).unbind(1)
        return torch.stack([(red + green + blue) / 3, red - green, blue - green], 1)

    scene = SimpleNamespace(space=AttributeSpace(("brightness",), ("redness",), ("blueness",)))
    asked = [Asked("bright", "brightness", sign, "coarse") for sign in (1, -1)]
    text = Brightness()
    right, wrong = measure_channels(model, text, scene, regressors, asked, 4, known[0])
    assert text.looked == 0

    edit = channels_for(model, known, instead_of="").edit(amount=AMOUNT)
    z = torch.randn(4, model.z_dim, generator=torch.Generator().manual_seed(HELD_OUT_SEED))
    sources = [
        ss.LatentSource.from_array(each, "w")
        for each in model.map(z, truncation_psi=PSI)[:, 0].numpy()
    ]
    seen = []
    for edits in ((), (edit,)):
        plain = ss.Recipe.from_seed(0, model, truncation_psi=1).replace(edits=edits)
        looks = [plain.replace(source=each) for each in sources]
        pictures = np.stack([ss.render(model, look) for look in looks]) / 127.5 - 1
        seen.append(regressors(torch.from_numpy(pictures).permute(0, 3, 1, 2)))
    change = (seen[1] - seen[0]) / spread()
    assert right.own == pytest.approx(float(change[:, 0].mean()), abs=3e-3)
    assert right.own > 0.02
    assert right.others["fine"] == pytest.approx(float(change[:, 2].abs().mean()), abs=3e-3)
    assert set(right.others) == {"middle", "fine"}
    assert wrong.own == -right.own


def test_a_killed_program_loses_little_and_what_is_known_is_of_use(
    model, known, tmp_path, monkeypatch
):
    monkeypatch.setattr(relevance, "SAVE_SECONDS", 0.0)
    text, cut = Brightness(), tmp_path / "cut"
    work = RelevanceWork(model, text, 4, cut)
    steps = work.run()
    done = [next(steps).done for _ in range(5)][-1]
    shutil.copytree(cut, tmp_path / "left")  # as it lies there while the work is going on
    steps.close()
    again = RelevanceWork(model, text, 4, tmp_path / "left")
    some = again.known
    assert not some.is_complete
    assert str(some).startswith(f"{int((some.counts > 0).sum())} of {len(some.places)} channels")
    way = way_for(model, text, wishes_of("bright"), "dark")
    assert RelevantChannels.of(some, way, "bright").edit(5).channels
    rest = [progress.done for progress in again.run()]
    assert rest[0] in (done, done + 1)
    assert again.is_complete
    whole = known[1].known
    torch.testing.assert_close(again.known.ways, whole.ways)
    torch.testing.assert_close(again.known.seen, whole.seen)
    assert str(whole) == f"{len(whole.places)} channels, each in 4 of 4 pictures"


def test_what_is_damaged_is_measured_anew_and_more_pictures_add_to_fewer(model, known, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(known[0], folder)
    (file,) = folder.iterdir()
    assert RelevanceWork(model, Brightness(), 4, folder).is_complete
    more = RelevanceWork(model, Brightness(), 6, folder)
    assert not more.is_complete
    assert more.pictures == 4
    file.write_bytes(file.read_bytes()[:-8])
    assert RelevanceWork(model, Brightness(), 4, folder).pictures == 0


def test_it_ends_early_with_what_it_has_and_cancels(model, tmp_path):
    cancel = ss.Cancel()
    cancel.finish()
    found = ss.channels_by_words(
        model, "bright", Brightness(), instead_of="dark", folder=tmp_path, cancel=cancel
    )
    assert {each.layer for each in found.edit("bright").channels} == {"b4.conv1"}
    cancel = ss.Cancel()
    cancel.cancel()
    with pytest.raises(ss.Cancelled):
        ss.channels_by_words(model, "bright", Brightness(), folder=tmp_path, cancel=cancel)


def test_the_command_measures_once_and_writes_a_direction(
    make_network, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("stylestudio.text.worlds.is_world", lambda _: True)
    monkeypatch.setattr(relevance.platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    write_lexicon(LexiconNetwork(config).eval(), WORDS, tmp_path / "words.safetensors")
    path = str(tmp_path / "tiny.safetensors")
    write_safetensors(path, make_network(), name="tiny")
    move = ["words", "move", path, "bright", "--instead-of", "dark", "--text", "words.safetensors"]
    move += ["-o", "found.safetensors"]
    assert run([*move, "--by-channels", "--samples", "2"]) == 0
    assert capsys.readouterr().out.startswith("50 channels, from a relevance of 0.")
    found = ss.open_directions(tmp_path / "found.safetensors")
    assert found.names == ("bright",)
    assert run([*move, "--by-channels", "--samples", "2", "--threshold", "0.0001"]) == 0
    more = ss.open_directions(tmp_path / "found.safetensors")
    assert len(more.channels[0].channels) > len(found.channels[0].channels)
    for options, said in (
        (["--by-channels", "--seeds", "8"], "--by-channels takes --samples"),
        (["--threshold", "0.1"], "need --by-channels"),
        (["--by-channels", "--samples", "2", "--threshold", "1"], "Use a lower threshold"),
    ):
        assert run([*move, *options]) != 0
        assert said in capsys.readouterr().err

"""`stylestudio drag`: points of a picture moved from the command line."""

import numpy as np
import pytest
from PIL import Image

import stylestudio as ss


def test_a_point_is_dragged_and_the_picture_carries_its_recipe(studio, model, tmp_path):
    out, mask = tmp_path / "out.png", tmp_path / "mask.png"
    area = np.zeros((64, 64), np.uint8)
    area[:48] = 255
    Image.fromarray(area).save(mask)
    how = ("--seed", 7, "--psi", "0,7", "--mask", mask, "--steps", 3)
    answer = studio("drag", model, "--from", "10,12.5", "--to", "16,12.5", *how, "-o", out)
    assert answer.status == 0, answer.err
    assert answer.out.startswith("6.0 px to the targets at first, ")
    assert answer.out.endswith(f"Wrote {out}\n")
    opened = ss.open_model(model)
    *_, last = ss.drag(
        opened,
        ss.Recipe.from_seed(7, opened, truncation_psi=0.7),
        [(10, 12.5)],
        [(16, 12.5)],
        area / 255,
        steps=3,
    )
    assert ss.read_recipe(out) == last.recipe
    assert np.array_equal(np.array(Image.open(out)), ss.render(opened, last.recipe))
    again = tmp_path / "again.png"  # from what was dragged
    answer = studio(
        "drag", model, "--recipe", out, "--from", "3,3", "--to", "9,9", "--steps", 1, "-o", again
    )
    assert answer.status == 0, answer.err
    assert ss.read_recipe(again).truncation_psi == 0.7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "10,10"), "1 --from and 0 --to"),
        (("--from", "ten", "--to", "1,1"), "'ten' is not X,Y"),
        (("--from", "1", "--to", "1,1"), "'1' is not X,Y"),
        ((), "--from, --to and -o are needed"),
        (("--evaluate",), "needs Portraits"),
    ],
)
def test_what_is_missing_is_said(refused, model, tmp_path, words, said):
    assert said in refused("drag", model, *words, "-o", tmp_path / "out.png", status=2)


def test_a_point_outside_of_the_picture_is_said(refused, model, tmp_path):
    words = ("--from", "10,99", "--to", "1,1", "-o", tmp_path / "out.png")
    assert "lies outside" in refused("drag", model, *words, status=1)

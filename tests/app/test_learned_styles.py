"""Files of the styles that were learned."""

import pytest
import torch

from stylestudio.app.core.learned_styles import add_to_bank
from stylestudio.render import open_styles
from stylestudio.transfer.learning import read_bank


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("red/golden light", "red-golden light"),
        ("../x", "-x"),
        ('what? "why" *|<>\\', "what- -why- -----"),
        ("con", "style con"),
        ("Aux.1", "style Aux.1"),
        ("content", "content"),
        ("...", "style"),
        ("St. Ives", "St. Ives"),
    ],
)
def test_a_style_of_any_name_is_kept_in_its_folder(tmp_path, bank_path, name, file):
    folder, bank = tmp_path / "styles", read_bank(bank_path)
    row = torch.zeros_like(bank.network.tables.rows()[0])
    for number in ("", " 2"):
        given, path = add_to_bank(bank, name, row, folder)
        assert given == name
        assert path == folder / f"{file}{number}.safetensors"
        assert open_styles(path).names == ("dawn", "noon", "dusk", name)
    assert len(list(tmp_path.rglob("*.*"))) == 2

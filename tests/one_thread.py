"""A fixture for modules of tests, or folders of them, that imports of it make one thread do."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Networks this small only lose by being spread over threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

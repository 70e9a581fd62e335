"""As in the program, windows that are forgotten are destroyed in their own thread."""

import gc

import pytest

from stylestudio.app.core.garbage import GarbageCollector


@pytest.fixture(scope="package", autouse=True)
def garbage_is_collected_here(qapp):
    gc.freeze()
    collector = GarbageCollector(qapp)
    yield
    collector.deleteLater()
    gc.collect()
    gc.unfreeze()
    gc.enable()

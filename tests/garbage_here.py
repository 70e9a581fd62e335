"""As in the program: no thread at work destroys the windows of earlier tests."""

import gc

import pytest

from stylestudio.app.core.garbage import GarbageCollector


@pytest.fixture(scope="package", autouse=True)
def garbage_is_collected_here(qapp):
    """For the packages of tests whose conftest imports it."""
    gc.freeze()
    collector = GarbageCollector(qapp)
    yield
    collector.deleteLater()
    gc.collect()
    gc.unfreeze()
    gc.enable()

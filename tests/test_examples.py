"""The examples of the docstrings run, from an empty folder."""

import doctest
import inspect

import pytest

import stylestudio as ss

FINDER = doctest.DocTestFinder()


def examples(name):
    """Those of a public name and, of a class, its methods."""
    return FINDER.find(getattr(ss, name), name, module=False, globs={})


@pytest.mark.parametrize("name", ss.__all__)
def test_the_examples_of_a_docstring_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = [each for each in examples(name) if each.examples]
    if inspect.isfunction(getattr(ss, name)):
        assert found, f"{name} has no example"
    said = []
    for each in found:
        doctest.DocTestRunner(verbose=False).run(each, out=said.append)
    assert not said, "".join(said)

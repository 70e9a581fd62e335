"""Directions found in a model equal a plain eigendecomposition, and are the same every time."""

import numpy as np
import pytest

import stylestudio as ss
from stylestudio.editing import components, find_directions
from stylestudio.editing.statistics import FEW, few_statistics, w_statistics

SAMPLES = 3000


@pytest.fixture
def find(model, tmp_path):
    return lambda **options: find_directions(model, samples=SAMPLES, folder=tmp_path, **options)


def own_w(model, count):
    z = np.random.RandomState(0).randn(count, model.z_dim)
    return model.map(z)[:, 0].double().numpy()


def alike(a, b) -> np.ndarray:
    """Cosines of vectors [K, D], whatever their sign."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.abs((a * b).sum(1)) / lengths


def affine(model, name):
    return model.network.synthesis.get_submodule(name).affine.weight.double().numpy()


def test_pca_is_the_eigendecomposition_of_the_covariance_of_w(model, find):
    found = find(count=5)
    values, axes = np.linalg.eigh(np.cov(own_w(model, SAMPLES).T, bias=True))
    assert found.names == tuple(f"PCA {i}" for i in range(1, 6))
    assert found.vectors.shape == (5, 1, model.w_dim)
    assert found.vectors.dtype == np.float32
    vectors = found.vectors[:, 0]
    assert alike(vectors, axes.T[::-1][:5]).min() > 0.9999
    np.testing.assert_allclose(
        np.linalg.norm(vectors, axis=1), np.sqrt(values[::-1][:5]), rtol=1e-4
    )


def test_pca_of_layers_is_that_of_the_styles_they_are_given(model, find):
    rows = [0, 1, 2]
    found = find(count=4, layers="0-2")
    weights = [affine(model, name) for name in ("b4.conv1", "b8.conv0", "b8.conv1")]
    weights = [weight / np.linalg.norm(weight) for weight in weights]
    w = own_w(model, SAMPLES)
    styles = (w - w.mean(0)) @ np.concatenate(weights).T
    _, _, axes = np.linalg.svd(styles, full_matrices=False)
    scores = styles @ axes[:4].T
    regressed = (scores / scores.std(0)).T @ (w - w.mean(0)) / len(w)  # GANSpace's own way back
    assert alike(found.rows[:, 0], regressed).min() > 0.999
    np.testing.assert_allclose(
        np.linalg.norm(found.rows[:, 0], axis=1), np.linalg.norm(regressed, axis=1), rtol=1e-3
    )
    assert (found.vectors[:, rows] == found.rows).all()
    assert not found.vectors[:, 3:].any()


def test_sefa_is_the_eigendecomposition_of_the_affine_weights(model, find):
    found = find(method="sefa", count=3)
    names = [step.name for step in model.synthesis.steps]
    kept = [name for name in names if "conv" in name] + [names[-1]]
    weights = np.concatenate([affine(model, name) for name in kept])
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    _, axes = np.linalg.eigh(weights.T @ weights)
    vectors = found.vectors[:, 0]
    assert alike(vectors, axes.T[::-1][:3]).min() > 0.9999
    sigma = (own_w(model, FEW) @ axes[:, ::-1][:, :3]).std(0)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), sigma, rtol=1e-4)


@pytest.mark.parametrize("method", ["pca", "sefa"])
def test_the_largest_number_is_positive(find, method):
    vectors = find(method=method).rows[:, 0]
    largest = np.abs(vectors).argmax(1)
    assert (vectors[np.arange(len(vectors)), largest] > 0).all()


def test_what_was_found_is_kept(find, monkeypatch, tmp_path):
    first = find(count=3, layers="middle")
    assert list(tmp_path.glob("pca-*.safetensors"))
    monkeypatch.setattr(components, "w_statistics", None)  # looking again would fail
    again = find(count=4, layers="middle")
    assert again.names == ("PCA middle 1", "PCA middle 2", "PCA middle 3", "PCA middle 4")
    assert again.vectors[:3].tobytes() == first.vectors.tobytes()
    with pytest.raises(TypeError):
        find(layers="coarse")


def test_a_damaged_file_is_found_anew(find, tmp_path):
    first = find()
    (path,) = tmp_path.glob("*.safetensors")
    path.write_bytes(path.read_bytes()[:100])
    assert find().vectors.tobytes() == first.vectors.tobytes()


def test_progress_is_told_and_a_cancel_ends_it(find, tmp_path):
    told = []
    find(on_progress=told.append)
    assert (told[-1].done, told[-1].total) == (SAMPLES, SAMPLES)
    cancel = ss.Cancel()
    with pytest.raises(ss.Cancelled):
        find(layers="coarse", on_progress=lambda _: cancel.cancel(), cancel=cancel)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "pac"}, "method is 'pac'"),
        ({"count": 0}, "count is 0"),
        ({"count": 1.5}, "count is 1.5"),
        ({"samples": 1}, "samples is 1"),
        ({"layers": "broad"}, "the layers 'broad' aren't known"),
        ({"layers": [99]}, "do not lie in"),
        ({"layers": []}, "layers names none"),
    ],
)
def test_what_cannot_be_found_is_said(model, options, said):
    with pytest.raises(ss.StyleStudioError, match=said):
        find_directions(model, **options)


def test_sums_are_those_of_all_samples(model):
    w = own_w(model, 2500)
    statistics = w_statistics(model, 2500)
    np.testing.assert_allclose(statistics.mean, w.mean(0), atol=1e-6)
    np.testing.assert_allclose(statistics.covariance, np.cov(w.T, bias=True), atol=1e-6)
    assert few_statistics(model) is few_statistics(model)

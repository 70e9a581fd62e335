"""The figures by which papers judge models, against published outputs and cases worked by hand."""

from pathlib import Path

import numpy as np
import pytest

import stylestudio as ss
from stylestudio import measures

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "metrics.npz"


def clouds(seed=0, n=40, m=30, width=5):
    random = np.random.RandomState(seed)
    return random.randn(n, width), random.randn(m, width) * 1.5 + 0.5


@pytest.mark.shared
def test_reference_figures():
    if not GOLDEN.exists():
        pytest.skip("the reference figures are not here")
    known = np.load(GOLDEN)
    real, fake = known["real"], known["fake"]
    found = {
        "fid": measures.frechet_distance(real, fake),
        "kid": measures.kernel_distance(real, fake),
        "conditional_entropy_bits": measures.conditional_entropy(
            known["labels"], known["svm_side"]
        ),
    }
    found["precision"], found["recall"] = measures.precision_recall(real, fake)
    found["density"], found["coverage"] = measures.density_coverage(real, fake)
    for name, value in found.items():
        assert value == pytest.approx(float(known[name]), rel=1e-6), name


def test_frechet_distance_of_gaussians_on_one_axis():
    """(m1 - m2)^2 + (s1 - s2)^2, where s are deviations."""
    a, b = np.array([[-1.0], [1.0], [-1.0], [1.0]]), np.array([[2.0], [6.0], [2.0], [6.0]])
    deviations = np.sqrt([4 / 3, 16 / 3])
    expected = 16 + (deviations[0] - deviations[1]) ** 2
    assert measures.frechet_distance(a, b) == pytest.approx(expected)
    assert measures.frechet_distance(b, a) == pytest.approx(expected)
    assert measures.frechet_distance(*clouds()[:1] * 2) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_is_the_same_by_either_way():
    """Few samples of many numbers, and many of few: with zeros beside them, the first way."""
    a, b = clouds()
    wide = [np.pad(x, ((0, 0), (0, 60))) for x in (a, b)]
    assert measures.frechet_distance(*wide) == pytest.approx(measures.frechet_distance(a, b))


def test_kernel_distance_is_that_of_all_pairs(monkeypatch):
    a, b = clouds()

    def mean(x, y):
        """Over all pairs, but none of a sample with itself."""
        products = (x @ y.T / x.shape[1] + 1) ** 3
        return products[~np.eye(len(x), dtype=bool)].mean() if x is y else products.mean()

    expected = mean(a, a) + mean(b, b) - 2 * mean(a, b)
    assert measures.kernel_distance(a, b) == pytest.approx(expected)
    monkeypatch.setattr(measures.distances, "_BLOCK", 7)
    assert measures.kernel_distance(a, b) == pytest.approx(expected)


def test_precision_and_recall_by_hand(monkeypatch):
    """Reals lie on 0..9 of a line; with k = 1 each has a ball of radius 1."""
    real = np.arange(10.0)[:, None]
    fake = np.array([[0.5], [3.5], [20.0], [21.0]])
    precision, recall = measures.precision_recall(real, fake, k=1)
    assert precision == 0.5  # two of four lie among the reals
    # Fakes have the radii 3, 3, 1, 1: 0..3 and 1..6 are reached.
    assert recall == 0.7
    monkeypatch.setattr(measures.distances, "_BLOCK", 3)
    assert measures.precision_recall(real, fake, k=1) == (precision, recall)


def test_density_and_coverage_by_hand():
    real = np.arange(10.0)[:, None]
    fake = np.array([[0.5], [3.5], [20.0], [21.0]])
    density, coverage = measures.density_coverage(real, fake, k=1)
    assert density == 1.0  # 0.5 and 3.5 lie in two balls each: 4 hits over 4 fakes
    assert coverage == 0.4  # those of 0, 1, 3 and 4


def test_conditional_entropy_by_hand():
    assert measures.conditional_entropy([0, 1, 0, 1], [0, 0, 1, 1]) == pytest.approx(1)
    assert measures.conditional_entropy([0, 0, 1, 1], [0, 0, 1, 1]) == pytest.approx(0)
    mixed = measures.conditional_entropy([0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1])
    assert mixed == pytest.approx(4 / 6 * -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25)))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: measures.frechet_distance(np.zeros((3, 2)), np.zeros((3, 4))), "need the forms"),
        (lambda: measures.frechet_distance(np.zeros((1, 2)), np.zeros((3, 2))), "At least 2"),
        (lambda: measures.kernel_distance(np.zeros(3), np.zeros(3)), "need the forms"),
        (lambda: measures.precision_recall(*clouds(n=3)), "At least 4"),
        (lambda: measures.precision_recall(*clouds(), k=0), "k is 0"),
        (lambda: measures.density_coverage(*clouds(), k=1.5), "k is 1.5"),
        (lambda: measures.frechet_distance(np.full((3, 2), np.nan), np.ones((3, 2))), "finite"),
        (lambda: measures.conditional_entropy([1, 2], [1]), "one number for each"),
        (lambda: measures.conditional_entropy([], []), "one number for each"),
    ],
)
def test_what_does_not_fit_is_one_sentence(call, sentence):
    with pytest.raises(measures.MeasureError, match=sentence) as caught:
        call()
    assert isinstance(caught.value, ss.StyleStudioError)

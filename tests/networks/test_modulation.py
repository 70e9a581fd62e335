"""Styles that many layers take from one product are those that each would make by itself."""

import pytest
import torch

from stylestudio.networks.stylegan2 import PreparedSynthesis
from stylestudio.networks.stylegan2.modulation import Modulation, StyleWay, single_styles

WIDE = {"channel_base": 1024, "channel_max": 32, "w_dim": 24}
pytestmark = pytest.mark.skipif(
    not torch.backends.mkl.is_available(), reason="products of parts need MKL"
)


@pytest.fixture(params=["skip", "resnet"])
def chain(request, make_network):
    return PreparedSynthesis(make_network(architecture=request.param, **WIDE).synthesis)


@pytest.fixture
def products(monkeypatch):
    """The runs of steps that shared a product, as (first, stop)."""
    runs, make = [], Modulation.styles

    def counted(self, w, first, stop):
        runs.append((first, stop))
        return make(self, w, first, stop)

    monkeypatch.setattr(Modulation, "styles", counted)
    return runs


def rows(chain, changes):
    """A ws whose row is another one from each of the rows in `changes` on."""
    torch.manual_seed(5)
    count = max(step.ws_index for step in chain.steps) + 1
    which = [sum(row >= change for change in changes) for row in range(count)]
    return torch.randn(count + 1, WIDE["w_dim"])[which]


def made(chain, styles, index):
    """The styles that the layer of a step takes."""
    return styles.of(index).for_layer(chain._layer(chain.steps[index]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("changes", [(), (3,), (1, 2, 6), tuple(range(8))])
def test_each_layer_gets_the_bytes_that_it_makes_alone(make_network, dtype, changes):
    chain = PreparedSynthesis(make_network(**WIDE).synthesis, dtype)
    ws = rows(chain, changes)
    for begin in range(len(chain.steps)):  # synthesis may restart anywhere
        styles = chain.styles(ws)
        for index in range(begin, len(chain.steps)):
            found = made(chain, styles, index)
            layer = chain._layer(chain.steps[index])
            alone = single_styles(layer, ws[None, chain.steps[index].ws_index])
            assert torch.equal(found.inputs, alone.inputs)
            assert found.inputs.dtype == alone.inputs.dtype
            if alone.outputs is None:
                assert found.outputs is None
            else:
                assert torch.equal(found.outputs, alone.outputs)


def test_equal_rows_share_one_product_and_others_none(chain, products):
    count = len(chain.steps)
    styles = chain.styles(rows(chain, ()))
    for index in range(count):
        made(chain, styles, index)
    assert products == [(0, count)]
    products.clear()
    styles = chain.styles(rows(chain, (4,)))
    first = next(i for i, step in enumerate(chain.steps) if step.ws_index == 4)
    for index in (*range(count), *range(count)):
        made(chain, styles, index)
    assert products == [(0, first), (first, count)]


def test_a_restart_makes_no_styles_of_the_steps_before(chain, products):
    styles = chain.styles(rows(chain, ()))
    made(chain, styles, 5)
    made(chain, styles, 7)
    assert products == [(5, len(chain.steps))]


def test_a_layer_that_was_laid_out_again_makes_its_own(make_network, products):
    network, tuned = make_network(**WIDE).synthesis, make_network(seed=2, **WIDE).synthesis
    chain = PreparedSynthesis(network)
    twin, ws = chain.of_twin(tuned), rows(chain, ())
    twin.lay_out_again(["b8.conv1.affine.weight"])
    index = [step.name for step in chain.steps].index("b8.conv1")
    step, x = chain.steps[index], torch.randn(1, 32, 8, 8)
    state, styles = chain.initial_state()._replace(x=x), chain.styles(ws)
    found = twin.run_step(step, state, styles.of(index), None)
    assert not products  # of other layers, which may never be asked for
    assert torch.equal(found.x, twin.run_step(step, state, ws[None, 0], None).x)
    assert not torch.equal(found.x, chain.run_step(step, state, styles.of(index), None).x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shares", [[0.7], [0.2, 0.7], [0.1, -0.3, 1.2]])
def test_layers_between_two_networks_get_the_bytes_that_each_makes_alone(
    make_network, monkeypatch, dtype, shares
):
    ours, theirs = (make_network(seed=seed, **WIDE).synthesis for seed in (0, 1))
    chain = PreparedSynthesis(ours, dtype)
    twin, ws = chain.of_twin(theirs), rows(chain, (3,))
    layers = [twin.blend(ours, step.name) for step in chain.steps]
    layers[2] = chain._layer(chain.steps[2])  # which only one of them changes
    styles = chain.styles(ws)
    for index, layer in enumerate(layers):
        styles.of(index).for_layer(layer)
    alone = []
    for index, layer in enumerate(layers):
        layer.share = shares[index % len(shares)]
        alone.append(single_styles(layer, ws[None, chain.steps[index].ws_index]))
    monkeypatch.setattr(StyleWay, "ends", lambda *_: pytest.fail("asked for again"))
    for index, layer in enumerate(layers):
        found = styles.of(index).for_layer(layer)
        assert torch.equal(found.inputs, alone[index].inputs)
        assert found.inputs.dtype == alone[index].inputs.dtype
        assert (found.outputs is None) == (alone[index].outputs is None)
        assert found.outputs is None or torch.equal(found.outputs, alone[index].outputs)


def test_channels_that_fill_no_vector_make_their_own(make_network):
    odd = PreparedSynthesis(make_network(channel_max=12).synthesis)
    assert odd.styles(torch.zeros(8, 8)) is None


def test_factors_of_zero_stay_zero(make_network):
    network = make_network(**WIDE)
    network.synthesis.b8.conv1.affine.weight.zero_()
    network.synthesis.b8.conv1.affine.bias.zero_()
    chain = PreparedSynthesis(network.synthesis)
    index = [step.name for step in chain.steps].index("b8.conv1")
    assert not made(chain, chain.styles(rows(chain, ())), index).inputs.any()

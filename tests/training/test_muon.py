"""Muon steps equally far in every direction of a weight."""

import pytest
import torch
from torch import nn

from stylestudio.training.muon import MOMENTUM, STEP_SIZE, Muon, orthogonalized


@pytest.mark.parametrize("shape", [(24, 60), (60, 24), (32, 32)])
def test_singular_values_become_alike_and_their_vectors_stay(shape):
    generator = torch.Generator().manual_seed(3)
    u = torch.linalg.qr(torch.randn(shape[0], 20, generator=generator))[0]
    v = torch.linalg.qr(torch.randn(shape[1], 20, generator=generator))[0]
    matrix = u @ torch.diag(torch.logspace(-1.5, 2, 20)) @ v.T
    inside = u.T @ orthogonalized(matrix) @ v
    assert (inside - torch.diag(inside.diagonal())).abs().max() < 1e-3
    assert inside.diagonal()[5:].min() > 0.6  # from 0.004 of the largest
    assert inside.diagonal().max() < 1.3


def test_no_direction_at_all_is_no_step():
    assert torch.equal(orthogonalized(torch.zeros(4, 6)), torch.zeros(4, 6))


def test_a_step_has_the_size_of_the_rate_and_goes_downhill():
    torch.manual_seed(1)
    weight = nn.Parameter(torch.randn(16, 8, 3, 3).to(memory_format=torch.channels_last))
    before, goal = weight.detach().clone(), torch.randn(16, 8, 3, 3)
    optimizer = Muon([weight], lr=0.1)
    loss = (weight * goal).sum()
    loss.backward()
    optimizer.step()
    step = weight.detach() - before
    assert step.square().mean().sqrt() == pytest.approx(0.1 * STEP_SIZE, rel=0.3)
    assert (step * goal).sum() < 0


def test_weights_without_a_gradient_stay():
    weight = nn.Parameter(torch.ones(4, 4))
    Muon([weight], lr=1.0).step()
    assert torch.equal(weight, torch.ones(4, 4))


def test_directions_that_hardly_show_are_learnt_too():
    generator = torch.Generator().manual_seed(2)
    goal = torch.randn(12, 24, generator=generator)
    shows = torch.logspace(0, -1.5, 24)  # of each input, and with it of each column
    weight = nn.Parameter(torch.zeros(12, 24))
    optimizer = Muon([weight], lr=0.2)
    for step in range(200):
        optimizer.param_groups[0]["lr"] = 0.4 * (1 - step / 200)
        optimizer.zero_grad()
        ((weight - goal) * shows).square().mean().backward()
        optimizer.step()
    assert (weight - goal)[:, -1].square().mean() < 0.05 * goal[:, -1].square().mean()


def test_momentum_is_kept_in_its_state():
    weight = nn.Parameter(torch.zeros(3, 3))
    optimizer = Muon([weight], lr=0.1)
    weight.grad = torch.eye(3)
    optimizer.step()
    (state,) = optimizer.state_dict()["state"].values()
    assert torch.allclose(state["momentum"], (1 - MOMENTUM) * torch.eye(3))

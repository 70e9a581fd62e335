"""What recipes hold is copied to a device once, and only so much of it is kept."""

import torch

from stylestudio.render import uploads
from stylestudio.render.uploads import Uploads


def test_what_was_used_longest_ago_makes_room(monkeypatch):
    monkeypatch.setattr(uploads, "KEPT_BYTES", 64)
    kept, made = Uploads(torch.device("cpu")), []

    def make(size):
        made.append(size)
        return torch.ones(size)

    for size in (8, 4, 8, 4, 8, 6, 8, 4):  # 4 bytes each
        assert kept.get(size, lambda size=size: make(size)).shape == (size,)
    assert made == [8, 4, 6, 4]


def test_what_is_kept_serves_where_gradients_are_wanted():
    kept = Uploads(torch.device("cpu"))
    with torch.inference_mode():
        kept.get("a", lambda: torch.ones(2))
    x = torch.ones(2, requires_grad=True)
    (x * kept.get("a", lambda: torch.zeros(2))).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]

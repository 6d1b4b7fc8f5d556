import torch

from tombola.subnetwork import Layout

LAYOUT = Layout(("a", "b", "c"), ((2, 3), (4,), (1, 2, 2)))


def test_flatten_and_named_are_inverses() -> None:
    tensors = {name: torch.randn(shape) for name, shape in LAYOUT.by_name.items()}
    flat = LAYOUT.flatten(tensors)
    assert flat.shape == (14,)
    assert all(torch.equal(view, tensors[name]) for name, view in LAYOUT.named(flat).items())


def test_flatten_reads_the_logical_order_whatever_the_memory_format() -> None:
    layout = Layout(("w",), ((2, 3, 4, 4),))
    weight = torch.randn(2, 3, 4, 4)
    last = weight.contiguous(memory_format=torch.channels_last)
    assert torch.equal(layout.flatten({"w": last}), layout.flatten({"w": weight}))


def test_views_share_memory_and_flatten_does_not() -> None:
    flat = torch.zeros(14)
    LAYOUT.named(flat)["b"].fill_(1)
    assert flat.tolist() == [0] * 6 + [1] * 4 + [0] * 4
    tensors = LAYOUT.named(flat)
    LAYOUT.flatten(tensors).fill_(7)
    assert not bool((flat == 7).any())

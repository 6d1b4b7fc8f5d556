import pytest
import torch
from tests.families import FAMILIES, Unused
from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork import Subnetwork, live_units, prunable_layout, silent_layers


def chain(*cut: str) -> tuple[Subnetwork, Tensor]:
    """Three linear layers, the named ones without any weight."""
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    for name, bias in model.named_parameters():
        if name.endswith("bias"):
            nn.init.constant_(bias, 0.5)  # so that what lies after a cut still says something
    layout = prunable_layout(model)
    mask = Mask({name: torch.full(shape, name not in cut) for name, shape in layout.by_name.items()})
    return Subnetwork(model, mask), layout.flatten(mask)


def test_a_whole_network_is_alive() -> None:
    network, mask = chain()
    assert silent_layers(network, mask, torch.randn(50, 4)) == ()


def test_nothing_that_lies_before_a_cut_is_heard() -> None:
    network, mask = chain("2.weight")
    # A layer without weights is itself heard: a weight of it could come back and matter.
    assert silent_layers(network, mask, torch.randn(50, 4)) == ("0.weight",)


def test_two_cuts_in_a_row_name_both_layers_between() -> None:
    network, mask = chain("2.weight", "4.weight")
    assert silent_layers(network, mask, torch.randn(50, 4)) == ("0.weight", "2.weight")


def test_a_path_that_is_cut_weight_by_weight() -> None:
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False))
    into, out = torch.tensor([[True, True], [False, False]]), torch.tensor([[False, True]])
    network = Subnetwork(model, Mask({"0.weight": into, "1.weight": out}))
    # Something enters unit 0 and something leaves unit 1, but no path leads through.
    assert not bool(network(torch.randn(4, 2)).any())
    mask = network.layout.flatten(network.mask)
    assert silent_layers(network, mask, torch.randn(4, 2)) == ()
    nothing = torch.tensor([False] * 4 + [False] * 2)
    assert silent_layers(network, nothing, torch.randn(4, 2)) == ("0.weight", "1.weight")


def test_weights_that_no_forward_pass_reads_are_silent_under_every_mask() -> None:
    model = Unused()
    layout = prunable_layout(model)
    network = Subnetwork(model, Mask({name: torch.ones(shape).bool() for name, shape in layout.by_name.items()}))
    assert silent_layers(network, torch.ones(layout.total).bool(), torch.randn(9, 6)) == ("unused.weight",)


@pytest.mark.parametrize("name", ["lstm", "transformer", "normalised"])
def test_the_network_is_left_as_it_was(name: str) -> None:
    family = FAMILIES[name]
    model = family.make().train()
    layout = prunable_layout(model)
    network = Subnetwork(model, Mask({name: torch.ones(shape).bool() for name, shape in layout.by_name.items()}))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    inputs, random = family.inputs(9), torch.get_rng_state()
    silent_layers(network, torch.ones(layout.total).bool(), inputs)
    assert all(module.training for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(p.grad is None for p in network.parameters())
    assert torch.equal(torch.get_rng_state(), random)


def test_inputs_the_model_does_not_take() -> None:
    network, mask = chain()
    with pytest.raises(UsageError, match=r"Sequential does not take inputs of shape \(5,\) \(torch\.float32\)"):
        silent_layers(network, mask, torch.randn(3, 5))


def test_a_model_that_gives_no_tensor() -> None:
    class Pair(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x), 1  # type: ignore[return-value]

    network = Subnetwork(Pair(2, 2), Mask({"weight": torch.ones(2, 2).bool()}))
    with pytest.raises(UsageError, match="Pair gives a tuple: expected one tensor"):
        silent_layers(network, torch.ones(4).bool(), torch.randn(3, 2))


def test_outputs_that_depend_on_no_weight() -> None:
    class Constant(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return x.new_zeros(len(x), 2)

    network = Subnetwork(Constant(2, 2), Mask({"weight": torch.ones(2, 2).bool()}))
    with pytest.raises(UsageError, match="Constant depend on none of its prunable weights"):
        silent_layers(network, torch.ones(4).bool(), torch.randn(3, 2))


def test_live_units_counts_rows_that_keep_something() -> None:
    mask = torch.rand(9, 2, 3, 3) < 0.1
    assert live_units(mask) == (sum(bool(mask[unit].any()) for unit in range(9)), 9)

import pytest
import torch

from tombola.training import make_fabric, resolve_precision


@pytest.mark.parametrize("precision", ["32", "bf16-mixed"])
def test_a_precision_that_is_named_stays(precision: str) -> None:
    assert resolve_precision(precision) == precision


def test_auto_is_bfloat16_where_the_hardware_computes_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for able, expected in ((True, "bf16-mixed"), (False, "32")):
        monkeypatch.setattr("tombola.training.devices._cpu_computes_bf16", lambda able=able: able)
        assert resolve_precision("auto") == expected


def test_mixed_precision_computes_low_and_keeps_parameters_high() -> None:
    network = make_fabric("bf16-mixed").setup(torch.nn.Linear(4, 4))
    seen = []
    network._forward_module.register_forward_hook(lambda _, __, outputs: seen.append(outputs.dtype))
    network(torch.randn(2, 4))
    assert seen == [torch.bfloat16]
    assert network.weight.dtype == torch.float32

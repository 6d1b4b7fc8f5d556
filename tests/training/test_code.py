from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

import tombola as tb
from tombola.api import plan
from tombola.training.code import code_digest

DATA = ((torch.randn(20, 4), torch.arange(20) % 2), (torch.randn(10, 4), torch.arange(10) % 2))


def compiled(text: str, name: str) -> Any:
    names: dict[str, Any] = {"nn": nn, "torch": torch}
    exec(text, names)
    return names[name]


def test_positions_and_comments_do_not_count_but_code_does() -> None:
    one = compiled("def f(x):\n    return x * 2\n", "f")
    same = compiled("# moved\n\n\ndef f(x):  # explained\n    return x * 2\n", "f")
    other = compiled("def f(x):\n    return x * 3\n", "f")
    nested = [compiled(f"def f(x):\n    def g(y):\n        return y + {n}\n    return g(x)\n", "f") for n in (1, 2)]
    assert code_digest(one) == code_digest(same)
    assert len({code_digest(function) for function in (one, other, *nested)}) == 4


NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.fc = nn.Linear(4, 2)
    def forward(self, x):
        return {body}
"""


def test_what_a_model_computes_is_part_of_a_runs_name() -> None:
    def with_body(body: str) -> nn.Module:
        made: nn.Module = compiled(NET.format(body=body), "Net")()
        return made

    def layers(middle: nn.Module) -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 4), middle, nn.Linear(4, 2))

    makers: list[Callable[[], nn.Module]] = [
        lambda: with_body("self.fc(x)"),
        lambda: with_body("self.fc(x.relu())"),
        lambda: layers(nn.ReLU()),
        lambda: layers(nn.Tanh()),
        lambda: layers(nn.Dropout(0.1)),
        lambda: layers(nn.Dropout(0.9)),
    ]
    names = [plan(make(), DATA).slug for make in makers]
    assert names == [plan(make(), DATA).slug for make in makers]
    assert len(set(names)) == len(names)


def test_an_edited_loss_is_another_run() -> None:
    def named(sign: str) -> Callable[[Tensor, Tensor], Tensor]:
        text = f"def judged(o, y):\n    return {sign}nn.functional.cross_entropy(o, y)\n"
        function: Callable[[Tensor, Tensor], Tensor] = compiled(text, "judged")
        function.__module__ = "mine"
        return function

    model = nn.Linear(4, 2)
    losses = [plan(model, DATA, loss=named(sign)).slug for sign in ("", "-")]
    metrics = [plan(model, DATA, metric=named(sign)).slug for sign in ("", "-")]
    assert len({*losses, *metrics}) == 4


def test_an_unnamed_metric_has_a_plain_name() -> None:
    found = tb.run(nn.Linear(4, 2), DATA, metric=lambda o, y: (o.argmax(1) == y).float(), epochs=1)
    assert found.result["metric"] == "metric"

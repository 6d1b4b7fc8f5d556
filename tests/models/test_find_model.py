import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from tombola.errors import UsageError
from tombola.models import find_model

USERS = """
import torch
from torch import nn

class Net(nn.Linear):
    def __init__(self, units: int = 3):
        super().__init__(4, units)

    class Inner(nn.Linear):
        def __init__(self):
            super().__init__(2, 2)

def build(units):
    return Net(units)

def wrong():
    return "a model"

made = Net()
number = 5
"""


@pytest.fixture(autouse=True)
def users_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users_nets.py").write_text(USERS)
    (tmp_path / "broken_nets.py").write_text("import not_a_module_at_all\n")
    (tmp_path / "failing_nets.py").write_text("raise RuntimeError('no such luck')\n")
    (tmp_path / "misspelt_nets.py").write_text("def net(:\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "users_nets", raising=False)


def test_a_name_of_ours() -> None:
    for same in ({}, {"width": 1}, {"width": 1.0, "classes": 10}):
        assert find_model("conv2", same).arguments == {}, "one network has one spec"
    assert find_model("mlp", {"hidden": [300, 100], "width": 2}).arguments == {"width": 2}
    found = find_model("conv2", {"width": 0.1})
    assert (found.name, found.arguments, found.builtin) == ("conv2", {"width": 0.1}, True)
    assert type(found.make()).__name__ == "Conv"


@pytest.mark.parametrize(
    ("path", "arguments", "units"),
    [
        ("users_nets:Net", {}, 3),
        ("users_nets:Net", {"units": 7}, 7),
        ("users_nets:build", {"units": 2}, 2),
        ("users_nets:Net.Inner", {}, 2),
        ("users_nets:made", {}, 3),
    ],
)
def test_a_file_beside_the_user(path: str, arguments: dict[str, int], units: int) -> None:
    found = find_model(path, arguments)
    assert (found.name, found.builtin) == (path, False)
    made = found.make()
    assert isinstance(made, nn.Linear)
    assert made.out_features == units


def test_a_model_by_name_is_made_with_the_same_values_each_time() -> None:
    found = find_model("users_nets:Net", seed=3)
    state = torch.get_rng_state()
    other = find_model("users_nets:Net", seed=4)
    first, second, different = (next(m.make().parameters()) for m in (found, found, other))
    assert first is not second
    assert torch.equal(first, second)
    assert not torch.equal(first, different)
    assert torch.equal(torch.get_rng_state(), state), "the user's generator is not touched"


def test_a_module_is_used_as_it_is() -> None:
    model = nn.Linear(2, 2)
    found = find_model(model)
    assert found.make() is model
    assert (found.name, found.builtin) == ("torch.nn.modules.linear:Linear", False)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "unknown model ''"),
        ("users_nets", "unknown model 'users_nets'"),
        ("users_nets:Missing", "cannot import model 'users_nets:Missing'"),
        ("nowhere_at_all:Net", "cannot import model 'nowhere_at_all:Net'"),
        ("broken_nets:Net", "No module named 'not_a_module_at_all'"),
        ("failing_nets:Net", r"cannot import model 'failing_nets:Net' \(RuntimeError: no such luck\)"),
        ("misspelt_nets:Net", r"cannot import model 'misspelt_nets:Net' \(SyntaxError: "),
        (":Net", "cannot import model ':Net'"),
        ("users_nets:", "cannot import model 'users_nets:'"),
        (".users_nets:Net", "cannot import model"),
        ("users_nets:number", "is a int: expected something to call"),
        ("users_nets:wrong", "gave a str: expected an nn.Module"),
        ("users_nets:build", "cannot be called with no arguments: missing a required argument: 'units'"),
    ],
)
def test_paths_that_lead_to_no_model(path: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find_model(path)


def test_arguments_that_the_callable_does_not_take() -> None:
    with pytest.raises(UsageError, match="unexpected keyword argument 'depth'"):
        find_model("users_nets:Net", {"depth": 3})


def test_arguments_of_a_module_that_is_made_already() -> None:
    with pytest.raises(UsageError, match="give a module that is already made"):
        find_model(nn.Linear(2, 2), {"width": 2})


def test_something_else() -> None:
    with pytest.raises(UsageError, match="model is a int: expected a name"):
        find_model(5)  # type: ignore[arg-type]

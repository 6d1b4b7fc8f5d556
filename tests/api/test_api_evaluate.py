from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

import tombola as tb

INPUTS = torch.randn(60, 6, generator=torch.Generator().manual_seed(0))
LABELS = INPUTS[:, :3].argmax(1)
DATA = ((INPUTS[:30], LABELS[:30]), (INPUTS[30:40], LABELS[30:40]), (INPUTS[40:], LABELS[40:]))


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.5), nn.Linear(12, 3))


def found(**settings: Any) -> tb.Run:
    return tb.run(model(), DATA, epochs=2, batch_size=8, precision="32", **settings)


@pytest.mark.parametrize(("split", "index"), [("train", 0), ("validation", 1), ("test", 2)])
def test_figures_of_each_split(split: str, index: int) -> None:
    run, fresh = found(), model()
    figures = tb.evaluate(run.ticket, DATA, fresh, split=split)
    inputs, targets = DATA[index]
    with torch.no_grad():
        outputs = run.ticket.build(model()).eval()(inputs)
    assert figures[f"{split}_accuracy"] == float((outputs.argmax(1) == targets).double().mean())
    assert figures[f"{split}_loss"] == pytest.approx(nn.functional.cross_entropy(outputs, targets).item(), rel=1e-6)
    assert (figures["split"], figures["examples"]) == (split, len(targets))
    if split == "test":
        assert figures["test_loss"] == run.result["test_loss"]
        assert figures["test_accuracy"] == run.result["test_accuracy"]


def test_a_builtin_model_needs_no_module() -> None:
    run = tb.run("digits-mlp", "digits", epochs=1, precision="32", model_arguments={"width": 0.1})
    assert tb.evaluate(run.ticket, "digits")["test_accuracy"] == run.result["test_accuracy"]


def test_the_loss_and_metric_of_the_search_are_used_where_they_have_names() -> None:
    targets = INPUTS.sum(1)
    data = ((INPUTS[:30], targets[:30]), (INPUTS[30:], targets[30:]))
    net = nn.Linear(6, 1)
    ticket = tb.find(net, data, epochs=1, loss="mae", metric="mse")
    figures = tb.evaluate(ticket, data, nn.Linear(6, 1), split="validation")
    with torch.no_grad():
        errors = ticket.build(nn.Linear(6, 1))(INPUTS[30:])[:, 0] - targets[30:]
    assert figures["validation_loss"] == pytest.approx(errors.abs().mean().item(), rel=1e-5)
    assert figures["validation_mse"] == pytest.approx(errors.square().mean().item(), rel=1e-5)


@pytest.mark.parametrize(
    ("data", "split", "said"),
    [
        (DATA, "tset", "unknown split 'tset': did you mean 'test'"),
        (DATA[:2], "test", "tensors has no test examples: it has train, validation"),
        (((INPUTS[:, :5], LABELS),) * 2, "validation", r"Sequential does not take inputs of shape \(5,\)"),
        (
            ((INPUTS, LABELS + 1),) * 2,
            "validation",
            r"Sequential gives outputs of shape \(3,\) an example: expected \(4,",
        ),
        ("digits", "test", r"Sequential does not take inputs of shape \(1, 8, 8\)"),
    ],
)
def test_what_is_refused(data: Any, split: str, said: str) -> None:
    with pytest.raises(tb.UsageError, match=said):
        tb.evaluate(found().ticket, data, model(), split=split)


def test_a_module_of_another_architecture_or_none() -> None:
    ticket = found().ticket
    with pytest.raises(tb.TicketError, match="does not fit this Linear"):
        tb.evaluate(ticket, DATA, nn.Linear(6, 3))
    with pytest.raises(tb.TicketError, match="is not builtin: pass the model"):
        tb.evaluate(ticket, DATA)


def test_the_examples_that_the_search_held_out_are_validation_here_too() -> None:
    ticket = tb.find("digits-mlp", "digits", epochs=2, precision="32", validation_fraction=0.2, seed=1)
    figures = {split: tb.evaluate(ticket, "digits", split=split) for split in ("train", "validation", "test")}
    assert figures["validation"]["validation_accuracy"] == ticket.metrics["validation_accuracy"]
    assert figures["validation"]["validation_loss"] == pytest.approx(ticket.metrics["validation_loss"], rel=1e-5)
    assert figures["test"]["test_accuracy"] == ticket.metrics["test_accuracy"]
    sizes = {split: figures[split]["examples"] for split in figures}
    assert sizes == {"train": 1150, "validation": 287, "test": 360}


def without(found: tb.Ticket, **changed: Any) -> tb.Ticket:
    return replace(found, spec={**found.spec, **changed})


def test_nothing_is_held_out_of_other_data_or_where_the_search_held_nothing_out() -> None:
    ticket = tb.find("digits-mlp", "digits", epochs=1)
    odd: list[dict[str, Any]] = [
        {"protocol": "paper"},
        {"data": {"name": "digits", "fingerprint": "0"}},
        {"data": None},
        {"seeds": []},
        {"seeds": {"split_seed": -1}},
        {"seeds": {"split_seed": 10**400}},
        *({"validation_fraction": fraction} for fraction in (0, 0.0, 1, 1.5, -0.1, 10**400, "0.1", None, [0.1], True)),
    ]
    for changed in odd:
        assert tb.evaluate(without(ticket, **changed), "digits", split="train")["examples"] == 1437, changed
        with pytest.raises(tb.DataError, match="digits has no validation examples: it has train, test"):
            tb.evaluate(without(ticket, **changed), "digits", split="validation")


@pytest.mark.parametrize("split", [None, 3, ["test"], ""])
def test_splits_that_are_no_names(split: Any) -> None:
    with pytest.raises(tb.UsageError, match="unknown split"):
        tb.evaluate(found().ticket, DATA, model(), split=split)

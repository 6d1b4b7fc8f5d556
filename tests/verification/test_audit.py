"""The audit of a ticket file, right and wrong in every respect."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from tests.verification.making import given_weights, normal_ticket, ticket_of
from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork import unmasked_state
from tombola.ticket import Architecture, Ticket
from tombola.ticket.container import content_digest, pack, unpack
from tombola.ticket.writer import encode
from tombola.verification import CONTROLS, Finding, audit, passed
from tombola.weights import KaimingNormal

NAMES = [
    "digest",
    "mask counts",
    "initial weights",
    "pruned weights are zero",
    "normalisation state",
    "result",
    "figures",
    "spec",
    "checkpoints",
]
OF_A_FILE, OF_A_RUN = NAMES[:5], NAMES[5:]


def saved(tmp_path: Path, content: bytes | Ticket) -> Path:
    path = tmp_path / "a.ticket"
    path.write_bytes(content if isinstance(content, bytes) else encode(content))
    return path


def found(path: Path, model: nn.Module | None = None) -> dict[str, Finding]:
    findings = audit(path, model)
    assert [finding.name for finding in findings] == NAMES
    assert passed(findings) == all(finding.ok is not False for finding in findings)
    assert all(finding.detail and finding.detail.isprintable() for finding in findings)
    return {finding.name: finding for finding in findings}


def failed(findings: dict[str, Finding]) -> list[str]:
    return [name for name, finding in findings.items() if finding.ok is False]


def altered(ticket: Ticket, change: Callable[[dict[str, Any]], object], **tensors: Tensor) -> bytes:
    """The file with another header, and the digest that goes with it."""
    text, content = unpack(encode(ticket))
    header = json.loads(text)
    change(header)
    del content["digest"]
    return pack(json.dumps(header, separators=(",", ":")), content | tensors)


def as_it_is(header: dict[str, Any]) -> None:
    pass


def test_a_ticket_as_it_should_be(tmp_path: Path) -> None:
    findings = found(saved(tmp_path, ticket_of("resnet-20", 0.3, width=0.25)))
    assert [findings[name].ok for name in OF_A_FILE] == [True] * 5
    assert [findings[name].ok for name in OF_A_RUN] == [None] * 4
    assert "the density asked of each layer comes to the same" in findings["mask counts"].detail
    assert "drawn again from SignedKaimingConstant(seed=1" in findings["initial weights"].detail
    assert findings["normalisation state"].detail == "all 63 running statistics of 21 layers are in the ticket's state"


def test_a_ticket_with_given_weights_and_without_batch_norm(tmp_path: Path) -> None:
    findings = found(saved(tmp_path, given_weights(normal_ticket())))
    assert failed(findings) == []
    assert "initial weights in the file" in findings["initial weights"].detail
    assert findings["normalisation state"].ok is None


@pytest.mark.parametrize("name", CONTROLS)
def test_the_controls_of_a_ticket_pass_as_well(name: str, tmp_path: Path) -> None:
    findings = found(saved(tmp_path, CONTROLS[name].make(normal_ticket(scaled=True), 1)))
    assert failed(findings) == []


@pytest.mark.parametrize("content", [b"", b"no ticket", b"\xff" * 100, encode(normal_ticket())[:-5]])
def test_what_is_no_ticket_fails_in_every_respect(content: bytes, tmp_path: Path) -> None:
    findings = found(saved(tmp_path, content))
    assert failed(findings) == OF_A_FILE
    assert "not a ticket, or one that is damaged or cut short" in findings["digest"].detail


def test_a_flipped_bit_shows_in_the_digest(tmp_path: Path) -> None:
    ticket = given_weights(normal_ticket())
    content = bytearray(encode(ticket))
    content[-1000] ^= 1
    findings = found(saved(tmp_path, bytes(content)))
    assert "digest" in failed(findings)
    assert "does not have the digest the file promises" in findings["digest"].detail


def test_another_seed_shows_in_the_initial_weights(tmp_path: Path) -> None:
    def another_seed(header: dict[str, Any]) -> None:
        header["recipe"]["seed"] = 2

    findings = found(saved(tmp_path, altered(normal_ticket(seed=1), another_seed)))
    assert findings["digest"].ok
    assert findings["mask counts"].ok
    assert failed(findings) == ["initial weights", "pruned weights are zero", "normalisation state"]
    assert "the header promises sha256:" in findings["initial weights"].detail


def test_other_given_weights_show_too(tmp_path: Path) -> None:
    ticket = given_weights(normal_ticket())
    other = {"weights/fc1.weight": ticket.initial_weights()["fc1.weight"] + 1}
    findings = found(saved(tmp_path, altered(ticket, as_it_is, **other)))
    assert findings["digest"].ok
    assert "initial weights" in failed(findings)


def test_weights_of_which_only_the_kept_are_in_the_file(tmp_path: Path) -> None:
    ticket = normal_ticket()
    rewound = {name: (values + 1) * ticket.mask[name] for name, values in ticket.initial_weights().items()}
    content = encode(given_weights(ticket, rewound))
    assert "kept/fc1.weight" in unpack(content)[1]
    assert failed(found(saved(tmp_path, content))) == []
    for other in (rewound["fc1.weight"][ticket.mask["fc1.weight"]] + 1, torch.ones(1)):
        damaged = altered(given_weights(ticket, rewound), as_it_is, **{"kept/fc1.weight": other})
        assert "initial weights" in failed(found(saved(tmp_path, damaged)))


def test_another_mask_shows_in_the_mask_counts(tmp_path: Path) -> None:
    ticket = normal_ticket()
    words = unpack(encode(CONTROLS["shuffled-mask"].make(ticket, 0)))[1]["masks"]
    findings = found(saved(tmp_path, altered(ticket, as_it_is, masks=words)))
    assert findings["digest"].ok
    assert "mask counts" in failed(findings)
    assert "the digest that the header promises" in findings["mask counts"].detail


def test_another_count_shows_in_the_mask_counts(tmp_path: Path) -> None:
    def one_more(header: dict[str, Any]) -> None:
        header["layers"][0]["kept"] += 1

    findings = found(saved(tmp_path, altered(normal_ticket(), one_more)))
    assert "mask counts" in failed(findings)


def with_counts(counts: list[int], densities: list[float], method: dict[str, Any] | None) -> Ticket:
    """A ticket with two layers of ten weights that keeps `counts`."""
    mask = Mask({f"{index}": torch.arange(10) < count for index, count in enumerate(counts)})
    asked = dict(zip(mask, densities, strict=True))
    spec: Any = {} if method is None else {"method": method}
    return Ticket(Architecture("tests:Net"), mask, asked, KaimingNormal(seed=0), {}, spec=spec)


LAYERWISE, GLOBAL = {"scope": "layerwise"}, {"scope": "global"}


@pytest.mark.parametrize(
    ("counts", "densities", "method", "ok", "detail"),
    [
        ([5, 3], [0.5, 0.3], LAYERWISE, True, "the density asked of each layer comes to the same"),
        ([1, 3], [0.01, 0.3], LAYERWISE, True, "the density asked of each layer"),  # never none
        ([4, 3], [0.5, 0.3], LAYERWISE, False, "0 keeps 4, and the density asked of it comes to 5"),
        ([5, 4], [0.5, 0.3], LAYERWISE, False, "1 keeps 4, and the density asked of it comes to 3"),
        ([9, 1], [0.5, 0.5], GLOBAL, True, "the densities asked for come to 10.0 weights in all"),
        ([10, 0], [0.5, 0.5], GLOBAL, True, "the densities asked for come to 10.0 weights in all"),
        ([9, 2], [0.5, 0.5], GLOBAL, False, "the densities asked for come to 10.0 weights in all"),
        ([10, 2], [1.0, 0.2], GLOBAL, True, "come to 12.0 weights"),
        ([10, 3], [1.0, 0.2], GLOBAL, False, "come to 12.0 weights"),
        ([1, 0], [0.01, 0.01], GLOBAL, True, "come to 0.2 weights"),
        ([9, 2], [0.1, 0.1], None, True, "the spec names no scope"),
        ([9, 2], [0.1, 0.1], {"scope": 3}, True, "the spec names no scope"),
    ],
)
def test_counts_against_the_densities_asked_for(
    counts: list[int], densities: list[float], method: dict[str, Any] | None, ok: bool, detail: str, tmp_path: Path
) -> None:
    finding = found(saved(tmp_path, with_counts(counts, densities, method)))["mask counts"]
    assert finding.ok == ok
    assert detail in finding.detail


class Own(nn.Module):
    def __init__(self, persistent: bool = True) -> None:
        super().__init__()
        self.layer, self.other, self.norm = nn.Linear(3, 4), nn.Linear(3, 4), nn.BatchNorm1d(4)
        if not persistent:
            self.norm.register_buffer("running_mean", torch.zeros(4), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.layer(x) + self.other(x))  # type: ignore[no-any-return]


def own_ticket(model: nn.Module) -> Ticket:
    mask = Mask(
        {name: torch.arange(12).view(4, 3) % 2 == index for index, name in enumerate(("layer.weight", "other.weight"))}
    )
    state = unmasked_state(model, mask)
    return Ticket(Architecture("tests:Own"), mask, dict.fromkeys(mask, 0.5), KaimingNormal(seed=0), state)


def test_a_network_of_the_users_own_needs_the_model(tmp_path: Path) -> None:
    path = saved(tmp_path, own_ticket(Own()))
    without = found(path)
    assert [without[name].ok for name in OF_A_FILE] == [True, True, True, None, None]
    assert "tests:Own is not builtin" in without["pruned weights are zero"].detail
    model = Own()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert [found(path, model)[name].ok for name in OF_A_FILE] == [True] * 5
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_a_model_that_does_not_fit_is_a_finding(tmp_path: Path) -> None:
    findings = found(saved(tmp_path, own_ticket(Own())), nn.Linear(2, 2))
    assert failed(findings) == ["pruned weights are zero", "normalisation state"]
    assert "does not fit this Linear" in findings["pruned weights are zero"].detail


class OneMemory(Own):
    """Two parameters over the same numbers: what one layer removes, the other writes."""

    def __init__(self) -> None:
        super().__init__()
        self.other.weight.data = self.layer.weight.data

    def __deepcopy__(self, memo: dict[int, Any]) -> "OneMemory":
        return OneMemory()


def test_removed_weights_that_are_not_zero(tmp_path: Path) -> None:
    model = OneMemory()
    findings = found(saved(tmp_path, own_ticket(model)), model)
    assert failed(findings) == ["pruned weights are zero"]
    assert findings["pruned weights are zero"].detail == (
        "6 removed weights are not zero, the first of them in layer.weight"
    )


def test_running_statistics_that_the_state_lacks(tmp_path: Path) -> None:
    model = Own(persistent=False)
    findings = found(saved(tmp_path, own_ticket(model)), model)
    assert failed(findings) == ["normalisation state"]
    assert findings["normalisation state"].detail == "1 of 3 running statistics are not in the ticket's state"


def test_an_architecture_that_cannot_be_made(tmp_path: Path) -> None:
    ticket = normal_ticket()
    wider = Ticket(
        Architecture("digits-mlp", {"width": 3}, builtin=True),
        ticket.mask,
        ticket.densities,
        ticket.weights,
        ticket.state,
    )
    findings = found(saved(tmp_path, wider))
    assert failed(findings) == ["pruned weights are zero", "normalisation state"]


HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "huge layer": lambda header: header["layers"][0].update(shape=[10**6, 10**6], kept=10**12),
    "huge and empty": lambda header: header["layers"][0].update(shape=[0, 2**62], kept=0),
    "too many kept": lambda header: header["layers"][0].update(kept=10**9),
    "twice": lambda header: header["layers"].append(header["layers"][0]),
    "no layers": lambda header: header.update(layers=[]),
    "terminal": lambda header: header["layers"][0].update(name="\x1b[2J" * 1000),
    "recipe": lambda header: header["recipe"].update(distribution="os.system"),
    "recipe name": lambda header: header["recipe"].update(name="x"),
    "recipe seed": lambda header: header["recipe"].update(seed="x"),
    "method": lambda header: header["spec"].update(method=[{"scope": {}}]),
    "scope": lambda header: header["spec"].update(method={"scope": ["global"]}),
    "architecture": lambda header: header["architecture"].update(name="__import__", arguments={"x": 1}),
    "arguments": lambda header: header["architecture"].update(arguments={"width": 1e300}),
    "version": lambda header: header.update(version=99),
}


@pytest.mark.parametrize("change", HOSTILE)
def test_hostile_headers_are_findings(change: str, tmp_path: Path) -> None:
    findings = found(saved(tmp_path, altered(normal_ticket(), HOSTILE[change])))
    assert findings["digest"].ok, "the digest is that of the hostile content"
    is_odd_spec = change in ("method", "scope")
    assert bool(failed(findings)) != is_odd_spec


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_no_damage_makes_it_raise(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(encode(with_counts([5, 3], [0.5, 0.3], LAYERWISE)))
    for _ in range(chance.randint(1, 8)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    damaged = bytes(content[: chance.choice([len(content), chance.randrange(len(content))])])
    findings = found(saved(tmp_path_factory.mktemp("damaged"), damaged))
    text_and_tensors = None
    if findings["digest"].ok:  # then nothing of the content was touched
        text_and_tensors = unpack(damaged)
        digest = bytes(text_and_tensors[1].pop("digest").tolist())
        assert digest == content_digest(*text_and_tensors)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (Path("missing"), "'missing' does not exist: expected a ticket file, or the folder of a finished run"),
        (Path("a\0b"), "does not exist: expected a ticket file"),
        (Path("/dev/null"), "/dev/null is not an ordinary file: expected a ticket file"),
        (3, "expected the path of a ticket file or of a run folder, got int"),
    ],
)
def test_paths_that_are_no_files(path: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        audit(path)


@pytest.mark.parametrize("content", [b"", b"hello", b'{"schema": 1, "spec": {}}', save({"network/a": torch.ones(2)})])
def test_files_of_other_kinds(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"spec\.json is no ticket: expected a ticket file, or the folder"):
        audit(path)
    for name in ("ticket", "trained", "my.ticket"):  # by its name it claims to be one
        assert not passed(audit(path.rename(path.with_name(name))))
        path.with_name(name).rename(path)


def test_a_ticket_of_any_name_is_known_by_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_bytes(encode(normal_ticket())[:-7])
    assert not passed(audit(path))

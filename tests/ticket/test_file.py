"""The file: round trips, size, and what happens to a damaged or hostile one."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from tombola.errors import RunFolderError, TicketError, UsageError
from tombola.masks import Mask
from tombola.ticket import Architecture, Ticket, decode, load
from tombola.ticket.container import content_digest, pack, unpack
from tombola.ticket.writer import content, encode
from tombola.weights import RECIPES, KaimingNormal, Recipe, SignedKaimingConstant

STATE = {
    "bias": torch.zeros(6),
    "norm.running_mean": torch.linspace(-1, 1, 6),
    "norm.num_batches_tracked": torch.tensor(12),
    "half": torch.tensor([0.1, 0.1], dtype=torch.float16),
    "brain": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    "double": torch.full((2, 2), 0.1, dtype=torch.float64),
    "flags": torch.tensor([True, False]),
    "yes": torch.tensor([True, True]),
    "nothing": torch.empty(0, 3),
    "not_a_number": torch.full((3,), float("nan")),
    "mixed_zero": torch.tensor([0.0, -0.0]),
    "minus_zero": torch.tensor([-0.0, -0.0]),
    "large": torch.full((2,), 2**63 - 1),
    "bytes": torch.tensor([1, 255], dtype=torch.uint8),
}


def random_mask(shapes: dict[str, tuple[int, ...]], density: float) -> Mask:
    generator = torch.Generator().manual_seed(0)
    layers = {}
    for name, shape in shapes.items():
        bits = torch.zeros(shape, dtype=torch.bool)
        n = bits.numel()
        bits.view(-1)[torch.randperm(n, generator=generator)[: round(density * n)]] = True
        layers[name] = bits
    return Mask(layers)


def small_ticket(weights: Recipe | dict[str, Tensor] | None = None) -> Ticket:
    mask = random_mask({"fc1.weight": (6, 5), "fc2.weight": (4, 6), "conv.weight": (2, 1, 3, 3)}, 0.5)
    return Ticket(
        Architecture("tests:Net", {"width": 4, "sizes": [1, 2]}),
        mask,
        dict.fromkeys(mask, 0.5),
        SignedKaimingConstant(seed=3) if weights is None else weights,
        STATE,
        spec={"epochs": 5, "name": 'Ünïcode " \\ \n \ud800'},
        metrics={"test_accuracy": 0.9625},
        provenance={"tombola": "0.1.0"},
    )


def same(one: Ticket, other: Ticket) -> bool:
    """Compare part by part, to the bit, without the digest under test."""

    def bits(tensors: dict[str, Tensor]) -> list[Any]:
        return [
            (name, tensor.dtype, tuple(tensor.shape), tensor.reshape(-1).view(torch.uint8).tolist())
            for name, tensor in tensors.items()
        ]

    words = [(t.architecture, t.mask, t.densities, t.spec, t.metrics, t.provenance) for t in (one, other)]
    values = [(bits(dict(t.state)), bits(t.initial_weights()), isinstance(t.weights, Recipe)) for t in (one, other)]
    return words[0] == words[1] and values[0] == values[1]


@pytest.mark.parametrize("kind", [*RECIPES.values(), None], ids=[*RECIPES, "given"])
def test_round_trip(kind: type[Recipe] | None, tmp_path: Path) -> None:
    drawn = small_ticket(KaimingNormal(seed=4)).initial_weights()
    drawn["conv.weight"] = drawn["conv.weight"].bfloat16()
    ticket = small_ticket(drawn if kind is None else kind(seed=5, scaled=True))
    again = load(ticket.save(tmp_path / "deep" / "a.ticket"))
    assert same(again, ticket)
    assert (again.digest, again.weights_digest) == (ticket.digest, ticket.weights_digest)
    assert (tmp_path / "deep" / "a.ticket").read_bytes() == encode(again)


def test_the_same_ticket_gives_the_same_bytes_whatever_the_order_of_its_state() -> None:
    first = small_ticket()
    turned = {name: first.state[name] for name in sorted(first.state, reverse=True)}
    other = Ticket(
        first.architecture,
        first.mask,
        {name: first.densities[name] for name in reversed(list(first.densities))},
        first.weights,
        turned,
        first.spec,
        first.metrics,
        first.provenance,
    )
    assert encode(other) == encode(first)


def test_any_reader_of_safetensors_opens_it(tmp_path: Path) -> None:
    with safetensors.safe_open(small_ticket().save(tmp_path / "a.ticket"), "pt") as file:
        header = json.loads(file.metadata()["tombola"])
        assert header["version"] == 1
        assert torch.equal(file.get_tensor("state/norm.running_mean"), STATE["norm.running_mean"])


LENET: dict[str, tuple[int, ...]] = {"fc1.weight": (300, 784), "fc2.weight": (100, 300), "fc3.weight": (10, 100)}


def lenet_ticket(density: float) -> Ticket:
    mask = random_mask(LENET, density)
    words = {f"an option of some length, number {i}": f"and its value, {i}" for i in range(26)}
    return Ticket(
        Architecture("lenet-300-100", {}, builtin=True),
        mask,
        dict.fromkeys(mask, density),
        SignedKaimingConstant(seed=0),
        {f"fc{i}.bias": torch.zeros(size) for i, size in enumerate((300, 100, 10), 1)},
        spec=words,
        metrics={"test_accuracy": 0.9671, "test_loss": 0.123456789},
        provenance={"created": "2025-01-01T00:00:00+00:00", "torch": "2.13.0"},
    )


@pytest.mark.parametrize(("density", "entropy", "bound"), [(0.5, 33_275, 37_000), (0.05, 9530, 14_000)])
def test_one_bit_a_weight(density: float, entropy: int, bound: int) -> None:
    ticket = lenet_ticket(density)
    assert len(json.dumps(ticket.spec)) > 1500
    assert ticket.sizes() == {
        "ticket_bytes": len(encode(ticket)),
        "dense_fp32_bytes": 4 * 266_610,
        "entropy_bytes": entropy,
    }
    assert len(encode(ticket)) <= bound


def test_a_file_of_version_1_is_read_for_ever() -> None:
    ticket = load(Path(__file__).with_name("version-1.ticket"))
    assert same(ticket, small_ticket())
    assert ticket.weights_digest == "sha256:c158423cb5983caf2e5bf460091bbb0c6f9e81ef4da023e86788cc9f984bdec7"
    assert ticket.mask.digest() == "sha256:7fc5381ee6ea50ac0ea3eab4b2453d52d989b2dc147a56c1dc52e2590ab9cb45"


def test_a_later_version_is_named() -> None:
    text, tensors = content(small_ticket())
    later = text.replace('"version":1', '"version":2').replace('"layers"', '"something new"')
    with pytest.raises(TicketError, match="of version 2, this program reads version 1: update tombola"):
        decode(pack(later, tensors))


def read(hostile: bytes) -> Ticket | None:
    """The ticket, or None where it is refused, in words that do not fill the screen."""
    try:
        return decode(hostile)
    except TicketError as error:
        if len(str(error)) > 500:
            raise
        return None


def expect_refusal_or(ticket: Ticket, damaged: bytes) -> bool:
    """True where the damage was refused; where it was not, the ticket must be the same."""
    got = read(damaged)
    assert got is None or same(got, ticket)
    return got is None


def test_every_flipped_byte_is_noticed_or_immaterial() -> None:
    ticket = small_ticket()
    good = encode(ticket)
    rng = random.Random(0)
    passed = []
    for place in range(len(good)):
        for flip in {1 << rng.randrange(8), rng.randrange(1, 256)}:
            damaged = bytearray(good)
            damaged[place] ^= flip
            if not expect_refusal_or(ticket, bytes(damaged)):
                passed.append(place)
    # Only the blanks that pad the outer header can be anything.
    assert len(passed) <= 16


def test_every_truncation_is_noticed() -> None:
    good = encode(small_ticket())
    for length in range(len(good)):
        with pytest.raises(TicketError):
            decode(good[:length])


@given(st.binary(max_size=200), st.booleans())
def test_random_bytes_are_refused(noise: bytes, after: bool) -> None:
    damaged = encode(small_ticket()) + noise if after and noise else noise
    with pytest.raises(TicketError):
        decode(damaged)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_cut_and_pasted_files(data: st.DataObject) -> None:
    good = encode(small_ticket())
    places = st.integers(0, len(good))
    start, stop, target = data.draw(places), data.draw(places), data.draw(places)
    damaged = good[:target] + good[start:stop] + good[target:]
    if damaged != good:
        expect_refusal_or(small_ticket(), damaged)


# From here on the digest of the content is right: the file was made by someone who knows the format.

NUMBERS: list[Any] = [-1, 0, 1, 2, 10**6, 2**31, 2**63, 2**64, 10**30, 1.5, -0.0, 1e308, True, None, "1", [], {}, [[1]]]
OTHERS: list[Any] = [
    "",
    "fc1.weight",
    "\ud800",
    "a" * 10_000,
    "sha256:" + "0" * 64,
    [3],
    [10**9, 10**9],
    [-1, 5],
    {"a": 1},
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All the places inside a JSON value."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def changed(header: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    copied = json.loads(json.dumps(header))
    holder = copied
    for key in path[:-1]:
        holder = holder[key]
    change(holder, path[-1])
    return copied


def put(value: Any) -> Callable[[Any, Any], None]:
    def change(holder: Any, key: Any) -> None:
        holder[key] = value

    return change


def remove(holder: Any, key: Any) -> None:
    del holder[key]


def test_any_change_of_the_header_is_refused_or_a_ticket() -> None:
    text, tensors = content(small_ticket())
    header = json.loads(text)
    accepted = []
    for path in places(header)[1:]:
        for change in (remove, *map(put, NUMBERS), *map(put, OTHERS)):
            if ticket := read(pack(json.dumps(changed(header, path, change)), tensors)):
                assert same(decode(encode(ticket)), ticket)
                accepted.append(path[0])
    # What nothing else in the file is held against may say what it likes.
    assert not set(accepted) & {"mask", "recipe", "weights"}


HOSTILE_TEXTS = {
    "nothing": "",
    "no JSON": "{",
    "no object": "[1]",
    "deep": "[" * 100_000 + "]" * 100_000,
    "deep spec": '"spec":' + '{"a":' * 900 + "1" + "}" * 900,
    "twice": '"version":1,"version":1',
    "NaN": '"spec":{"a":NaN}',
    "infinite": '"spec":{"a":1e999}',
    "long number": '"spec":{"a":' + "1" * 10_000 + "}",
    "version 0": '"version":0',
    "version true": '"version":true',
    "huge version": '"version":' + "9" * 40,
}


@pytest.mark.parametrize("hostile", HOSTILE_TEXTS.values(), ids=list(HOSTILE_TEXTS))
def test_hostile_header_texts(hostile: str) -> None:
    text, tensors = content(small_ticket())
    if hostile.startswith('"'):
        key = hostile.split(":")[0]
        rest = {name: value for name, value in json.loads(text).items() if json.dumps(name) != key}
        hostile = "{" + hostile + "," + json.dumps(rest)[1:]
    with pytest.raises(TicketError):
        decode(pack(hostile, tensors))


def hostile_tensors() -> dict[str, dict[str, Tensor | None]]:
    zero = torch.zeros(3)
    return {
        "no masks": {"masks": None},
        "masks of bytes": {"masks": torch.zeros(8, dtype=torch.uint8)},
        "masks in two dimensions": {"masks": torch.zeros(2, 2, dtype=torch.uint32)},
        "empty masks": {"masks": torch.zeros(0, dtype=torch.uint32)},
        "unknown": {"more": zero},
        "a fill and a tensor": {"state/bias": torch.zeros(6)},
        "masked and in the state": {"state/fc1.weight": zero},
        "weights and a recipe": {"weights/fc1.weight": torch.zeros(6, 5)},
        "complex": {"state/norm.running_mean": zero.to(torch.complex64)},
        "eight bits": {"state/norm.running_mean": zero.to(torch.float8_e4m3fn)},
        "impossible truth": {"state/flags": torch.tensor([1, 2], dtype=torch.uint8).view(torch.bool)},
    }


@pytest.mark.parametrize("case", hostile_tensors())
def test_hostile_tensors(case: str) -> None:
    text, tensors = content(small_ticket())
    replaced = {**tensors, **hostile_tensors()[case]}
    kept = {name: tensor for name, tensor in replaced.items() if tensor is not None}
    try:
        damaged = pack(text, kept)
    except UsageError:  # a type that our own digest has no name for
        damaged = safetensors.torch.save({**kept, "digest": torch.zeros(32, dtype=torch.uint8)}, {"tombola": text})
    with pytest.raises(TicketError):
        decode(damaged)


@pytest.mark.parametrize("shape", [[2**62, 4], [10**6, 10**6], [10**30], [0, 10**18], [1] * 65])
@pytest.mark.parametrize("part", ["layers", "fills"])
def test_small_files_cannot_claim_large_tensors(part: str, shape: list[int]) -> None:
    text, tensors = content(small_ticket())
    header = json.loads(text)
    holder = header["layers"][0] if part == "layers" else header["fills"]["bias"]
    holder["shape"] = shape
    with pytest.raises(TicketError):
        decode(pack(json.dumps(header), tensors))


def test_weights_that_the_recipe_does_not_give_are_named() -> None:
    text, tensors = content(small_ticket())
    with pytest.raises(TicketError, match=r"drawn from SignedKaimingConstant\(seed=4.*do not have the digest"):
        decode(pack(text.replace('"seed":3', '"seed":4'), tensors))


def test_other_masks_of_the_same_counts_are_noticed() -> None:
    ticket = small_ticket()
    text, tensors = content(ticket)
    turned = Mask({name: bits.flip(0) for name, bits in ticket.mask.items()})
    other = Ticket(ticket.architecture, turned, ticket.densities, ticket.weights, ticket.state)
    with pytest.raises(TicketError, match="masks do not have the digest"):
        decode(pack(text, {**tensors, "masks": content(other)[1]["masks"]}))


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_other_files_are_refused_with_the_path(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / "checkpoint.pt")
    (tmp_path / "folder").mkdir()
    cases = [
        (tmp_path / "checkpoint.pt", "expected a file of Ticket.save"),
        (write(tmp_path / "pickle", b"\x80\x04\x95\x0e\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94."), "expected a file"),
        (write(tmp_path / "empty", b""), "expected a file of Ticket.save"),
        (write(tmp_path / "plain.safetensors", safetensors.torch.save({"a": torch.zeros(3)})), "no 'tombola' entry"),
        (tmp_path / "folder", "folder"),
        (tmp_path / "missing", "no such file"),
        (Path("/dev/zero"), "not an ordinary file"),
        (Path("a\0b"), "no such file"),
    ]
    for path, words in cases:
        with pytest.raises(TicketError, match=words) as refused:
            load(path)
        assert str(path) in str(refused.value)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(RunFolderError):
        small_ticket().save(tmp_path / "file" / "a.ticket")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_the_digest_is_that_of_the_file() -> None:
    text, tensors = unpack(encode(small_ticket()))
    assert bytes(tensors.pop("digest").tolist()) == content_digest(text, tensors)


def test_a_file_longer_than_its_header_says_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse.ticket"
    path.write_bytes(encode(small_ticket()))
    os.truncate(path, 2**40)  # a terabyte of nothing: reading it would not end well
    with pytest.raises(TicketError, match="damaged or cut short"):
        load(path)


def test_a_mask_that_keeps_everything_or_nothing_has_a_file_too() -> None:
    mask = Mask({"all": torch.ones(3, 2, dtype=torch.bool), "none": torch.zeros(4, dtype=torch.bool)})
    ticket = Ticket(Architecture("tests:Net"), mask, dict.fromkeys(mask, 1.0), SignedKaimingConstant(), {})
    assert decode(encode(ticket)).mask == mask


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_given_weights_whose_removed_ones_are_zero_are_stored_without_them(dtype: torch.dtype) -> None:
    mask = random_mask({"a": (40, 50), "b": (3, 4)}, 0.1)
    full = {name: torch.randn(shape, dtype=dtype) for name, shape in mask.shapes.items()}
    zeroed = {name: values.masked_fill(~mask[name], 0) for name, values in full.items()}
    signed = {name: torch.where(mask[name], values, -0.0) for name, values in full.items()}
    sizes = []
    for weights in (full, zeroed, signed):
        ticket = Ticket(Architecture("tests:Net"), mask, dict.fromkeys(mask, 0.1), weights, {})
        again = decode(encode(ticket))
        held = again.initial_weights()
        assert all(torch.equal(held[name].view(torch.uint8), weights[name].view(torch.uint8)) for name in mask)
        assert again.digest == ticket.digest
        sizes.append(len(encode(ticket)))
    assert sizes[0] - sizes[1] >= (2000 + 12 - 200 - 1) * dtype.itemsize
    assert sizes[2] >= sizes[0] - 64, "minus zero is a value, and kept"


@pytest.mark.parametrize("length", [0, 1, 199, 201, 2000])
def test_kept_weights_of_another_number_are_refused(length: int) -> None:
    mask = random_mask({"a": (40, 50)}, 0.1)
    zeros = {"a": torch.zeros(40, 50)}
    text, tensors = content(Ticket(Architecture("tests:Net"), mask, {"a": 0.1}, zeros, {}))
    with pytest.raises(TicketError, match="not as many as its mask keeps"):
        decode(pack(text, tensors | {"kept/a": torch.zeros(length)}))
    with pytest.raises(TicketError, match="in the file twice"):
        decode(pack(text, tensors | {"weights/a": torch.zeros(40, 50)}))

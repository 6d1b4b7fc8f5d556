"""A reader written from docs/ticket-format.md with the standard library alone."""

import hashlib
import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from tombola.ticket import load

FILE = Path(__file__).with_name("version-1.ticket")
Raw = dict[str, tuple[str, list[int], bytes]]


def open_container(content: bytes) -> tuple[str, Raw]:
    length = int.from_bytes(content[:8], "little")
    entries: dict[str, Any] = json.loads(content[8 : 8 + length])
    text: str = entries.pop("__metadata__")["tombola"]
    data = content[8 + length :]
    places = {name: entry["data_offsets"] for name, entry in entries.items()}
    return text, {
        name: (entry["dtype"], entry["shape"], data[places[name][0] : places[name][1]])
        for name, entry in entries.items()
    }


def named_digest(title: str, tensors: Raw) -> str:
    hashed = title.encode() + b"\n"
    for name in sorted(tensors):
        code, shape, values = tensors[name]
        hashed += f"{len(name.encode())} {code} {'x'.join(map(str, shape))}\n".encode() + name.encode() + values
    return hashlib.sha256(hashed).hexdigest()


def mask_digest(layers: list[dict[str, Any]], bits: list[list[int]]) -> str:
    hashed = b"tombola mask 1\n"
    for layer, kept in zip(layers, bits, strict=True):
        hashed += f"{layer['name']!r} {layer['shape']}\n".encode()
        number = sum(bit << i for i, bit in enumerate(kept))
        hashed += number.to_bytes(-(-len(kept) // 8), "little")
    return "sha256:" + hashlib.sha256(hashed).hexdigest()


def decode_masks(layers: list[dict[str, Any]], words: Iterator[int]) -> list[list[int]]:
    wrap = 2**64
    lower, span, point = 0, wrap - 1, next(words, 0) << 32 | next(words, 0)
    masks: list[list[int]] = []
    for layer in layers:
        n, kept = math.prod(layer["shape"]), layer["kept"]
        if kept in (0, n):
            masks.append([int(kept > 0)] * n)
            continue
        p = kept / n
        split = math.floor((1 - p) * (16777214 / ((1 - p) + p))) + 1
        masks.append([])
        for _ in range(n):
            scale = span >> 24
            if (point - lower) % wrap // scale < split:
                masks[-1].append(0)
                span = scale * split
            else:
                masks[-1].append(1)
                lower, span = (lower + scale * split) % wrap, scale * (2**24 - split)
            if span < 2**32:
                lower, span, point = (lower << 32) % wrap, span << 32, (point << 32) % wrap | next(words, 0)
    return masks


def philox_words(key: bytes) -> Iterator[int]:
    counter = 0
    while True:
        counter += 1
        k0, k1 = struct.unpack("<QQ", key)
        c = [counter, 0, 0, 0]
        for _ in range(10):
            a, b = 0xD2E7470EE14C6C93 * c[0], 0xCA5A826395121157 * c[2]
            c = [(b >> 64) ^ c[1] ^ k0, b % 2**64, (a >> 64) ^ c[3] ^ k1, a % 2**64]
            k0, k1 = (k0 + 0x9E3779B97F4A7C15) % 2**64, (k1 + 0xBB67AE8584CAA73B) % 2**64
        yield from c


def signed_kaiming_constant(recipe: dict[str, Any], layer: dict[str, Any]) -> bytes:
    assert recipe["distribution"] == "signed-kaiming-constant"
    assert (recipe["fan"], recipe["scaled"]) == ("fan_in", False)
    shape = layer["shape"]
    key = f"tombola weights 1\n{recipe['seed']}\n{'x'.join(map(str, shape))}\n{layer['name']}"
    words = philox_words(hashlib.sha256(key.encode()).digest()[:16])
    n = math.prod(shape)
    coins = [word >> i & 1 for word, _ in zip(words, range(0, n, 64), strict=False) for i in range(64)][:n]
    std = math.sqrt(2 / math.prod(shape[1:]))
    return struct.pack(f"<{n}f", *(-std if coin else std for coin in coins))


def test_the_page_is_enough_to_read_a_file() -> None:
    text, tensors = open_container(FILE.read_bytes())
    _, _, digest = tensors.pop("digest")
    title = f"tombola ticket content\n{hashlib.sha256(text.encode()).hexdigest()}"
    assert named_digest(title, tensors) == digest.hex()

    header = json.loads(text)
    code, [length], words = tensors["masks"]
    masks = decode_masks(header["layers"], iter(struct.unpack(f"<{length}I", words)))
    assert [sum(bits) for bits in masks] == [layer["kept"] for layer in header["layers"]]
    assert (code, mask_digest(header["layers"], masks)) == ("U32", header["mask"])

    drawn = {layer["name"]: signed_kaiming_constant(header["recipe"], layer) for layer in header["layers"]}
    raw = {layer["name"]: ("F32", layer["shape"], drawn[layer["name"]]) for layer in header["layers"]}
    assert "sha256:" + named_digest("tombola weights digest", raw) == header["weights"]

    ticket = load(FILE)
    for layer, bits in zip(header["layers"], masks, strict=True):
        assert ticket.mask[layer["name"]].flatten().int().tolist() == bits
        weights = ticket.initial_weights()[layer["name"]]
        assert weights.numpy().astype("<f4").tobytes() == drawn[layer["name"]]
    stored = {name.removeprefix("state/") for name in tensors if name.startswith("state/")}
    assert stored | set(header["fills"]) == set(ticket.state)
    for name, fill in header["fills"].items():
        assert torch.equal(ticket.state[name], torch.full_like(ticket.state[name], fill["value"]))

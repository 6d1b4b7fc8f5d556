import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.masks import Mask, hamming, jaccard, overlap

bits = st.lists(st.booleans(), min_size=6, max_size=6)


def mask_of(*layers: list[bool]) -> Mask:
    return Mask({f"layer{i}": torch.tensor(layer).view(2, -1) for i, layer in enumerate(layers)})


@given(bits, bits)
def test_counts_and_densities(first: list[bool], second: list[bool]) -> None:
    mask = mask_of(first, second)
    assert mask.kept() == sum(first) + sum(second)
    assert mask.kept("layer1") == sum(second)
    assert mask.numel() == 12
    assert mask.density == (sum(first) + sum(second)) / 12
    assert mask.densities == {"layer0": sum(first) / 6, "layer1": sum(second) / 6}


@given(bits, bits)
def test_equality_and_digest_agree(first: list[bool], second: list[bool]) -> None:
    a, b = mask_of(first), mask_of(second)
    assert (a == b) == (first == second) == (a.digest() == b.digest())
    assert a != first


def test_digest_depends_on_names_and_shapes() -> None:
    flat = torch.tensor([True, False])
    digests = {Mask(layers).digest() for layers in ({"a": flat}, {"b": flat}, {"a": flat.view(2, 1)}, {})}
    assert len(digests) == 4


def test_nothing_outside_can_change_it() -> None:
    live = torch.ones(4, dtype=torch.bool)
    mask = Mask({"w": live})
    live[0] = False
    mask["w"][1] = False
    assert mask.kept() == 4
    with pytest.raises(TypeError):
        mask["w"] = live  # type: ignore[index]


def test_only_bool_tensors() -> None:
    with pytest.raises(UsageError, match=r"mask of 'w' is torch\.float32: expected a torch\.bool tensor"):
        Mask({"w": torch.ones(3)})


@given(bits, bits)
def test_overlaps_by_sets(first: list[bool], second: list[bool]) -> None:
    a, b = mask_of(first), mask_of(second)
    in_a, in_b = ({i for i, bit in enumerate(layer) if bit} for layer in (first, second))
    assert hamming(a, b) == len(in_a ^ in_b)
    assert jaccard(a, b) == (len(in_a & in_b) / len(in_a | in_b) if in_a | in_b else 1.0)
    assert overlap(a, b) == (len(in_a & in_b) / min(len(in_a), len(in_b)) if in_a and in_b else 0.0)


def test_masks_of_different_networks_have_no_overlap() -> None:
    with pytest.raises(UsageError, match="different networks: names or shapes differ in layer1"):
        jaccard(mask_of([True] * 6), mask_of([True] * 6, [True] * 6))

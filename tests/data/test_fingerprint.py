import hashlib

import pytest
import torch

from tombola.data import Split
from tombola.data.fingerprint import fingerprint, restored, stored

IMAGES = torch.arange(24, dtype=torch.uint8).view(2, 3, 2, 2)
TARGETS = torch.tensor([1, 0])


def test_it_is_sha_256_of_what_the_docstring_says() -> None:
    text = b"train.inputs:torch.uint8:(2, 3, 2, 2);" + IMAGES.permute(0, 2, 3, 1).contiguous().numpy().tobytes()
    text += b"train.targets:torch.int64:(2,);" + TARGETS.numpy().tobytes()
    assert fingerprint({"train": Split(IMAGES, TARGETS)}) == hashlib.sha256(text).hexdigest()


def test_the_memory_layout_does_not_matter() -> None:
    other = IMAGES.contiguous(memory_format=torch.channels_last)
    assert fingerprint({"train": Split(IMAGES, TARGETS)}) == fingerprint({"train": Split(other, TARGETS)})


@pytest.mark.parametrize(
    "other",
    [
        {"test": Split(IMAGES, TARGETS)},
        {"train": Split(IMAGES, TARGETS.flip(0))},
        {"train": Split(IMAGES + 1, TARGETS)},
        {"train": Split(IMAGES.view(2, 12), TARGETS)},
        {"train": Split(IMAGES.to(torch.int8), TARGETS)},
        {"train": Split(IMAGES, TARGETS), "test": Split(IMAGES, TARGETS)},
    ],
)
def test_any_change_of_content_changes_it(other: dict[str, Split]) -> None:
    assert fingerprint(other) != fingerprint({"train": Split(IMAGES, TARGETS)})


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64, torch.bool])
def test_every_dtype_has_one(dtype: torch.dtype) -> None:
    assert len(fingerprint({"train": Split(IMAGES.to(dtype), TARGETS)})) == 64


def test_stored_tensors_are_restored() -> None:
    for tensor in (IMAGES, TARGETS, IMAGES.view(2, 12)):
        assert stored(tensor).is_contiguous()
        assert torch.equal(restored(stored(tensor)), tensor)

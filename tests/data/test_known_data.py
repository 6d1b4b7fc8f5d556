from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.data.made_images import encoded, write

from tombola.data import load
from tombola.data.known import KNOWN, find_known, recognise


@pytest.mark.parametrize(
    ("name", "short"),
    [("mnist", "mnist"), ("CIFAR-10", "cifar10"), ("cifar_100", "cifar100"), ("Fashion MNIST", "fashion-mnist")],
)
def test_short_names_are_found_however_they_are_written(name: str, short: str) -> None:
    assert find_known(name) is KNOWN[short]


def test_unknown_short_names_are_not_found() -> None:
    assert find_known("mnist2") is None
    assert find_known("ylecun/mnist") is None


@pytest.mark.parametrize(
    ("folder", "shape", "classes", "crop_padding"),
    [
        ("cifar10-jpeg", (3, 32, 32), 10, 4),
        ("cifar100-jpeg", (3, 32, 32), 100, 4),
        ("cifar10", (1, 32, 32), 10, None),
        ("cifar1000", (3, 32, 32), 10, None),
        ("my-cifar10", (3, 32, 32), 10, None),
        ("mnist", (1, 28, 28), 10, 0),
        ("mnist_m", (3, 32, 32), 10, None),
        ("imagenet-1k", (3, 224, 224), 1000, 0),
        ("ILSVRC2012", (3, 224, 224), 1000, 0),
        ("imagenette", (3, 224, 224), 10, None),
        ("tiny-imagenet", (3, 64, 64), 200, None),
    ],
)
def test_folders_are_recognised_by_name_and_form(
    folder: str, shape: tuple[int, ...], classes: int, crop_padding: int | None
) -> None:
    found = recognise(folder, shape, classes)
    assert (found and found.preparation and found.preparation.crop_padding) == crop_padding


def test_the_papers_normalisation_is_used() -> None:
    cifar = KNOWN["cifar10"].preparation
    assert cifar is not None
    assert (cifar.mean, cifar.std) == ((0.491, 0.482, 0.447), (0.247, 0.243, 0.262))
    assert cifar.flip


def test_what_a_folder_is_said_to_hold_counts_more_than_its_form(tmp_path: Path) -> None:
    """ImageNet in a folder of any name, of any image size and with few of its classes."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 20, 20, 3), dtype=np.uint8)
    names = [f"{split}/{name}/{index}.png" for split in ("train", "val") for name in "abc" for index in range(2)]
    images = [encoded(Image.fromarray(each), "PNG") for each in pixels]
    folder = write(tmp_path / "pictures", zip(names, images, strict=True))
    plain, told = load(folder), load(folder, known_as="ImageNet")
    assert plain.train.in_memory
    assert (plain.test, plain.preparation.resized_crop) == (None, False)
    assert told.preparation == KNOWN["imagenet"].preparation
    assert told.validation is None
    assert told.test is not None
    assert told.with_image_size(16).train.shape == (3, 16, 16)
    assert load(folder, known_as="mine").fingerprint == load(folder).fingerprint == plain.fingerprint

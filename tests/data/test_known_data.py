import pytest

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

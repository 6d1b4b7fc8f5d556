"""The data sets that have short names: where they are on the hub, and how they are usually prepared."""

import re
from dataclasses import dataclass

from tombola.data.preparation import Preparation


@dataclass(frozen=True)
class Known:
    """A data set by its usual name.

    Args:
        hub: its name on the Hugging Face hub.
        shape: of one example, (C, H, W).
        classes: how many.
        preparation: the field's usual one; None: mean and std are computed, nothing is augmented.
        config: the hub's configuration, where there are several.
        final: the split that figures are reported on; it is the test split here where there is no other.
        also: other names it goes by.
    """

    hub: str
    shape: tuple[int, ...]
    classes: int
    preparation: Preparation | None = None
    config: str | None = None
    final: str = "test"
    also: tuple[str, ...] = ()


KNOWN = {
    "mnist": Known("ylecun/mnist", (1, 28, 28), 10, Preparation((0.1307,), (0.3081,))),
    "fashion-mnist": Known("zalando-datasets/fashion_mnist", (1, 28, 28), 10, Preparation((0.2860,), (0.3530,))),
    # The normalisation of the edge-popup paper (arXiv 1911.13299).
    "cifar10": Known(
        "uoft-cs/cifar10",
        (3, 32, 32),
        10,
        Preparation((0.491, 0.482, 0.447), (0.247, 0.243, 0.262), crop_padding=4, flip=True),
    ),
    "cifar100": Known(
        "uoft-cs/cifar100",
        (3, 32, 32),
        100,
        Preparation((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761), crop_padding=4, flip=True),
    ),
    "svhn": Known("ufldl-stanford/svhn", (3, 32, 32), 10, config="cropped_digits"),
    "tiny-imagenet": Known("zh-plus/tiny-imagenet", (3, 64, 64), 200),
    # Labels of its test set were never published: what everyone reports is the validation set.
    "imagenet": Known(
        "ILSVRC/imagenet-1k",
        (3, 224, 224),
        1000,
        Preparation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), flip=True, resized_crop=True),
        final="validation",
        also=("imagenet-1k", "ilsvrc", "ilsvrc2012"),
    ),
}


def find_known(name: str) -> Known | None:
    """The data set of that short name, however it is hyphenated ('CIFAR-10' is 'cifar10')."""
    return next((known for short, known in _named() if _plain(short) == _plain(name)), None)


def recognise(name: str, shape: tuple[int, ...], classes: int | None) -> Known | None:
    """The data set whose name a name starts with, and whose form agrees.

    >>> recognise("cifar10-jpeg", (3, 32, 32), 10) is KNOWN["cifar10"]
    True
    >>> recognise("cifar10-jpeg", (3, 32, 32), 7) is None
    True
    """
    for short, known in _named():
        starts = re.match(rf"{_plain(short)}(?!\d)", _plain(name))
        if starts and (known.shape, known.classes) == (shape, classes):
            return known
    return None


def _named() -> list[tuple[str, Known]]:
    return [(name, known) for short, known in KNOWN.items() for name in (short, *known.also)]


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name.lower())

"""The hub is played by a stand-in: what it answers is built on the spot."""

import time
from collections.abc import Callable
from typing import Any

import datasets
import huggingface_hub
import numpy as np
import pytest
from datasets.exceptions import DatasetNotFoundError
from numpy.typing import NDArray
from tests.data.made_images import encoded, picture

from tombola.data import Preparation, load
from tombola.errors import DataError

Pixels = NDArray[np.uint8]


class Hub:
    """Answers as the hub does and records what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, []  # type: ignore[var-annotated]

    def load_dataset(self, *place: Any) -> Any:
        self.asked.append(place)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Callable[[Any], Hub]:
    monkeypatch.setenv("TOMBOLA_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda *_, **__: None)

    def install(answer: Any) -> Hub:
        stand_in = Hub(answer)
        monkeypatch.setattr(datasets, "load_dataset", stand_in.load_dataset)
        return stand_in

    return install


def answer(png: Callable[[Pixels], bytes], *splits: str, size: int = 4) -> Any:
    pixels = np.zeros((size, size), np.uint8)
    columns = {"img": [{"bytes": png(pixels + index), "path": None} for index in range(10)], "label": list(range(10))}
    kinds = datasets.Features(
        {"img": datasets.Image(), "label": datasets.ClassLabel(names=[str(index) for index in range(10)])}
    )
    return datasets.DatasetDict({name: datasets.Dataset.from_dict(columns, features=kinds) for name in splits})


def test_a_hub_name_is_loaded_once(hub: Callable[[Any], Hub], png: Callable[[Pixels], bytes]) -> None:
    place = hub(answer(png, "train", "valid", "test", "extra"))
    data, again = load("someone/things"), load("someone/things")
    assert place.asked == [("someone/things", None)]
    assert (data.name, data.source, data.classes) == ("things", "hub someone/things", 10)
    assert list(data.splits()) == ["train", "validation", "test"]
    assert data.train.inputs[:, 0, 0, 0].tolist() == list(range(10))
    assert again.fingerprint == data.fingerprint


@pytest.mark.parametrize(
    ("short", "place"),
    [
        ("mnist", ("ylecun/mnist", None)),
        ("CIFAR-10", ("uoft-cs/cifar10", None)),
        ("svhn", ("ufldl-stanford/svhn", "cropped_digits")),
        ("imagenet", ("ILSVRC/imagenet-1k", None)),
        ("ImageNet-1k", ("ILSVRC/imagenet-1k", None)),
    ],
)
def test_short_names_stand_for_hub_names(
    hub: Callable[[Any], Hub], png: Callable[[Pixels], bytes], short: str, place: tuple[str, str | None]
) -> None:
    stand_in = hub(answer(png, "train"))
    load(short)
    assert stand_in.asked == [place]


@pytest.mark.parametrize("name", ["mnist", "ylecun/mnist"])
def test_known_data_sets_get_their_usual_preparation(
    hub: Callable[[Any], Hub], png: Callable[[Pixels], bytes], name: str
) -> None:
    hub(answer(png, "train", size=28))
    assert load(name).preparation.mean == (0.1307,)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConnectionError("no route"), r"cannot reach the hub for 'a/b' \(no route\).+give a folder"),
        (DatasetNotFoundError("no"), "the hub has no data set 'a/b'"),
        (ValueError("Config name is missing.\nPick one"), "cannot load 'a/b' from the hub: Config name is missing$"),
    ],
)
def test_failures_are_one_sentence(hub: Callable[[Any], Hub], error: Exception, sentence: str) -> None:
    hub(error)
    with pytest.raises(DataError, match=sentence):
        load("a/b")


def test_no_training_split_is_said(hub: Callable[[Any], Hub], png: Callable[[Pixels], bytes]) -> None:
    hub(answer(png, "test"))
    with pytest.raises(DataError, match="hub a/b has no train split, only test"):
        load("a/b")


def test_without_a_network_it_fails_at_once(hub: Callable[[Any], Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    class ConnectError(Exception):
        """What the hub's HTTP client raises is no OSError."""

    def unreachable(*_: Any, **__: Any) -> None:
        raise ConnectError("Name or service not known")

    stand_in = hub(None)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", unreachable)
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it must not wait and try again"))
    with pytest.raises(DataError, match=r"cannot reach the hub for 'ylecun/mnist' \(Name or service not known\)"):
        load("mnist")
    assert not stand_in.asked


def test_the_library_is_quiet_only_meanwhile(hub: Callable[[Any], Hub]) -> None:
    datasets.enable_progress_bars()
    level = datasets.logging.get_verbosity()
    hub(ConnectionError("no"))
    with pytest.raises(DataError):
        load("a/b")
    assert not datasets.are_progress_bars_disabled()
    assert datasets.logging.get_verbosity() == level


def images_of(count: int, labels: list[int]) -> Any:
    """Images of two sizes, of a thousand classes."""
    columns = {
        "image": [{"bytes": encoded(picture(index, (9, 99, 199))), "path": None} for index in range(count)],
        "label": labels,
    }
    kinds = {"image": datasets.Image(), "label": datasets.ClassLabel(num_classes=1000)}
    return datasets.Dataset.from_dict(columns, features=datasets.Features(kinds))


def test_imagenet_is_measured_on_its_validation_set(hub: Callable[[Any], Hub]) -> None:
    parts = {"train": images_of(5, [0, 1, 2, 3, 999]), "validation": images_of(3, [4, 5, 6])}
    hub(datasets.DatasetDict(parts | {"test": images_of(2, [-1, -1])}))
    data = load("imagenet")
    assert not data.train.in_memory
    assert (data.name, data.source, data.classes) == ("imagenet", "hub ILSVRC/imagenet-1k", 1000)
    assert {name: split.targets.tolist() for name, split in data.splits().items()} == {
        "train": [0, 1, 2, 3, 999],
        "test": [4, 5, 6],
    }
    expected = Preparation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), flip=True, resized_crop=True)
    assert data.preparation == expected


def test_a_test_set_without_labels_is_left_out_of_any_other_too(hub: Callable[[Any], Hub]) -> None:
    hub(datasets.DatasetDict({"train": images_of(3, [0, 1, 2]), "test": images_of(2, [-1, -1])}))
    assert list(load("a/b").splits()) == ["train"]
    hub(datasets.DatasetDict({"train": images_of(3, [0, 1, 2]), "test": images_of(2, [-1, 3])}))
    with pytest.raises(DataError, match="label -1 at index 0 of the test split"):
        load("c/d")

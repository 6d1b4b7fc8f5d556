import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.data.made_images import COLOURS, encoded, made_folder, picture, pictures, write
from tests.elsewhere import AWAY, working_elsewhere

from tombola.data import DataSet, Examples, ImageSplit, Preparation, batches, evaluation_batches, load, split_validation
from tombola.data import in_memory as memory_module
from tombola.data import prefetch as prefetch_module
from tombola.data.crops import crop_draws, evaluation_crop, training_crop
from tombola.data.decode import Encoded
from tombola.data.fingerprint import fingerprint
from tombola.errors import DataError, UsageError

CROPPED = Preparation((0.5,) * 3, (0.25,) * 3, flip=True, resized_crop=True)
NAMED = pictures(each=5)


def split_of(named: list[tuple[str, bytes]] = NAMED, size: int = 16) -> ImageSplit:
    names = [path for path, _ in named]
    classes = sorted({path.partition("/")[0] for path in names})
    targets = torch.tensor([classes.index(path.partition("/")[0]) for path in names])
    contents = [content for _, content in named]
    return ImageSplit.of(Encoded(len(named), contents.__getitem__, "the train split", names), targets).sized(size)


def middles(named: list[tuple[str, bytes]], size: int) -> torch.Tensor:
    """Every image by the slow way, one after the other."""
    import io

    crops = [np.asarray(evaluation_crop(Image.open(io.BytesIO(content)), size)) for _, content in named]
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made_folder(tmp_path / "colours", each=4, test=2)


def test_a_folder_of_mixed_sizes_is_read_when_needed(folder: Path) -> None:
    data = load(folder)
    assert not data.train.in_memory
    assert (data.name, data.source, data.classes) == ("colours", "folder colours (18 images)", 3)
    assert {name: (len(split), split.shape) for name, split in data.splits().items()} == {
        "train": (12, (3, 224, 224)),
        "test": (6, (3, 224, 224)),
    }
    assert data.train.targets.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert (data.preparation.flip, data.preparation.resized_crop, data.preparation.crop_padding) == (True, True, 0)
    # Red, green and blue are about equally common, so every channel has the mean of its three colours.
    expected = np.array(list(COLOURS.values())).mean(0) / 255
    assert data.preparation.mean == pytest.approx(expected, abs=0.02)


def test_evaluation_gives_the_middle_of_every_image_in_order() -> None:
    made = list(evaluation_batches(split_of(), 4, Preparation()))
    assert [len(targets) for _, targets in made] == [4, 4, 4, 3]
    assert torch.cat([targets for _, targets in made]).tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert torch.equal(torch.cat([inputs for inputs, _ in made]), Preparation()(middles(NAMED, 16)))


def test_training_gives_the_crops_that_were_drawn() -> None:
    import io

    split, plain = split_of(), Preparation(resized_crop=True)
    for index, (inputs, targets) in enumerate(batches(split, 4, plain, seed=3, epoch=2)):
        draws = crop_draws(len(targets), 3, 2, index)
        rows = order_of(15, 3, 2)[index * 4 : index * 4 + 4]
        images = [Image.open(io.BytesIO(NAMED[row][1])) for row in rows]
        crops = [np.asarray(training_crop(image, 16, draw)) for image, draw in zip(images, draws, strict=True)]
        assert torch.equal(inputs, plain(torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)))
        assert targets.tolist() == [row // 5 for row in rows]


def order_of(count: int, seed: int, epoch: int) -> list[int]:
    from tombola.data import batch_order

    order: list[int] = batch_order(count, seed, epoch).tolist()
    return order


@given(st.integers(0, 6), st.integers(1, 5), st.integers(1, 7), st.integers(0, 3))
def test_batches_are_the_same_wherever_one_begins_and_however_many_decode(
    first: int, threads: int, batch_size: int, epoch: int
) -> None:
    split = split_of(size=8)
    whole = list(batches(split, batch_size, CROPPED, seed=1, epoch=epoch))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prefetch_module, "threads", lambda: threads)
        patch.setattr(prefetch_module, "CHUNK", 1)
        rest = list(batches(split, batch_size, CROPPED, seed=1, epoch=epoch, first=first))
    assert len(rest) == max(0, len(whole) - first)
    for (inputs, targets), (expected, labels) in zip(rest, whole[first:], strict=True):
        assert torch.equal(inputs, expected)
        assert torch.equal(targets, labels)


def test_crops_change_with_seed_and_epoch() -> None:
    runs = [
        next(batches(split_of([NAMED[0]] * 6), 6, CROPPED, seed=seed, epoch=epoch))[0]
        for seed, epoch in [(0, 0), (0, 1), (1, 0)]
    ]
    assert not any(torch.equal(runs[a], runs[b]) for a, b in [(0, 1), (0, 2), (1, 2)])
    assert not torch.equal(runs[0][0], runs[0][1]), "each image of a batch has a crop of its own"


def test_without_augmentation_training_sees_the_middles() -> None:
    inputs, targets = next(batches(split_of(), 15, CROPPED.not_augmented(), seed=0, epoch=0))
    expected = CROPPED.not_augmented()(middles(NAMED, 16))[order_of(15, 0, 0)]
    assert torch.equal(inputs, expected)
    assert len(targets) == 15


@given(st.lists(st.integers(0, 14), min_size=1, max_size=10))
def test_take_gives_exactly_the_examples_asked_for(indices: list[int]) -> None:
    split = split_of(size=8)
    taken = split.take(torch.tensor(indices))
    assert torch.equal(taken.inputs, split.inputs[indices])
    assert torch.equal(taken.targets, split.targets[indices])
    again = taken.take(torch.tensor([len(indices) - 1]))
    assert torch.equal(again.inputs[0], split.inputs[indices[-1]])


def test_first_is_the_beginning() -> None:
    split = split_of()
    assert torch.equal(split.first(3), middles(NAMED[:3], 16))
    assert len(split.first(99)) == 15
    assert split.first(2).is_contiguous(memory_format=torch.channels_last)


def test_batches_come_out_on_the_splits_device() -> None:
    order = torch.tensor(order_of(15, 0, 0))
    here = list(split_of().batches(4, order, crops=(0, 0)))
    with working_elsewhere():
        device = AWAY
        split = split_of().to(device)
        assert split.device == device
        there = list(split.batches(4, order, crops=(0, 0)))
        assert all(part.device == device for pair in there for part in pair)
        taken = split.take(torch.tensor([3, 1]).to(device))
        assert (taken.device, taken.targets.tolist()) == (device, [0, 0])
        for (inputs, targets), (expected, labels) in zip(there, here, strict=True):
            assert torch.equal(inputs.cpu(), expected)
            assert targets.tolist() == labels.tolist()


def test_a_hold_out_reads_nothing(folder: Path) -> None:
    data = load(folder)
    for file in folder.rglob("*.jpg"):
        file.unlink()
    divided = split_validation(data, 0.25, seed=0)
    assert divided.validation is not None
    assert (len(divided.train), len(divided.validation)) == (9, 3)
    assert divided.fingerprint == data.fingerprint


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_every_kind_of_image_becomes_rgb(mode: str) -> None:
    image = picture(1, (200, 120, 40)).convert(mode)
    content = encoded(image, "TIFF" if mode == "CMYK" else "PNG")
    split = split_of([("a/0", content), *NAMED[:1]])
    expected = np.asarray(evaluation_crop(image.convert("RGB"), 16)).transpose(2, 0, 1)
    assert (split.first(1)[0].numpy() == expected).all()
    assert next(batches(split, 2, CROPPED, seed=0, epoch=0))[0].shape == (2, 3, 16, 16)


def test_orientation_tags_are_ignored() -> None:
    image = Image.fromarray(np.arange(30 * 40 * 3, dtype=np.uint32).astype(np.uint8).reshape(30, 40, 3))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    import io

    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    assert torch.equal(split_of([("a/0", file.getvalue())]).inputs, split_of([("a/0", encoded(image, "PNG"))]).inputs)


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b"no image", lambda b: b[:200], lambda b: b[:-300]])
def test_a_damaged_image_is_named(damage: Callable[[bytes], bytes]) -> None:
    named = [(path, damage(content) if path == "green/003.jpg" else content) for path, content in NAMED]
    sentence = r"^image 8 \(green/003\.jpg\) of the train split cannot be read: [^\n<]+$"
    split = split_of(named)
    with pytest.raises(DataError, match=sentence):
        list(evaluation_batches(split, 4, Preparation()))
    with pytest.raises(DataError, match=sentence):
        list(batches(split.take(torch.tensor([1, 8])), 4, CROPPED, seed=0, epoch=0))


def test_a_file_that_has_gone_is_named(folder: Path) -> None:
    data = load(folder).with_image_size(8)
    (folder / "train/red/001.jpg").unlink()
    with pytest.raises(DataError, match=r"image 9 \(red/001\.jpg\) of the train split cannot be read: .*No such file"):
        list(batches(data.train, 5, data.preparation, seed=0, epoch=0))
    with pytest.raises(DataError, match=r"cannot be read"):
        fingerprint(data.splits() | {"train": data.train.take(torch.tensor([9]))})


def test_sixteen_bits_are_refused() -> None:
    named = [("a/0.png", encoded(Image.fromarray(np.zeros((9, 9), np.uint16)), "PNG")), *NAMED]
    with pytest.raises(DataError, match=r"image 0 \(a/0\.png\).+expected 8 bits per channel"):
        _ = split_of(named).inputs


def test_decoding_is_only_a_few_batches_ahead_and_ends_with_the_stream() -> None:
    seen: list[int] = []
    contents = [content for _, content in NAMED]

    def read(index: int) -> bytes:
        seen.append(index)
        return contents[index]

    split = ImageSplit.of(Encoded(15, read, "x"), torch.zeros(15, dtype=torch.int64)).sized(8)
    stream = evaluation_batches(split, 1, Preparation())
    assert len(list(islice(stream, 2))) == 2
    assert len(seen) <= 2 + prefetch_module.AHEAD
    del stream
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tombola-decode")]


def test_a_stream_that_fails_leaves_no_thread() -> None:
    split = split_of([*NAMED[:3], ("a/0", b"")])
    with pytest.raises(DataError):
        list(evaluation_batches(split, 2, Preparation()))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tombola-decode")]


def test_targets_of_another_number_are_refused() -> None:
    with pytest.raises(DataError, match="15 images and 3 targets"):
        ImageSplit.of(split_of().encoded, torch.zeros(3))


# When images are read, and when they are decoded at load.


def same_size(each: int = 4) -> list[tuple[str, bytes]]:
    return [
        (f"{name}/{index}.png", encoded(picture(0, colour), "PNG"))
        for name, colour in COLOURS.items()
        for index in range(each)
    ]


def test_images_of_one_size_that_fit_are_in_memory(tmp_path: Path) -> None:
    data = load(write(tmp_path / "a", same_size()))
    assert data.train.in_memory
    assert data.train.shape == (3, 36, 40)
    assert not data.preparation.augments


def test_images_above_the_limit_are_read_when_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = 12 * 36 * 40 * 3
    for limit, in_memory in ((decoded, True), (decoded - 1, False)):
        monkeypatch.setattr(memory_module, "MEMORY_LIMIT", limit)
        assert load(write(tmp_path / str(limit), same_size())).train.in_memory == in_memory


def test_one_odd_size_after_many_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "PROBED", 2)
    odd = [*same_size(), ("green/1.png", encoded(picture(3, (0, 0, 0)), "PNG"))]
    data = load(write(tmp_path / "a", odd))
    assert not data.train.in_memory


def test_splits_of_different_sizes_are_read_when_needed(tmp_path: Path) -> None:
    other = [(f"test/{path}", encoded(picture(2, (9, 9, 9)), "PNG")) for path, _ in same_size(1)]
    named = [*((f"train/{path}", content) for path, content in same_size()), *other]
    assert not load(write(tmp_path / "a", named)).train.in_memory


def test_a_size_is_a_setting_of_what_is_read_when_needed(folder: Path) -> None:
    data = load(folder)
    assert data.with_image_size().train.shape == (3, 224, 224)
    assert data.with_image_size(usual=40).train.shape == (3, 40, 40)
    assert [split.shape for split in data.with_image_size(64, 40).splits().values()] == [(3, 64, 64)] * 2
    for wrong in (0, -1, 2.5, True, "64", 10**6):
        with pytest.raises(UsageError, match=r"image_size=.+: expected a whole number of pixels, 1 to 4096"):
            data.with_image_size(wrong)


def test_a_size_is_refused_for_what_lies_in_memory() -> None:
    data = load("digits")
    assert data.with_image_size(usual=64) is data
    with pytest.raises(UsageError, match="image_size=64: the examples lie in memory, 1x8x8; expected none"):
        data.with_image_size(64)


# What identifies them.


def digest(data: DataSet | Examples) -> str:
    return data.fingerprint if isinstance(data, DataSet) else fingerprint({"train": data})


def test_the_fingerprint_is_of_what_the_docstring_says() -> None:
    import hashlib

    text = hashlib.sha256()
    sizes = np.array([len(content) for _, content in NAMED], dtype=np.int64)
    digests = b"".join(hashlib.sha256(content).digest() for _, content in NAMED)
    text.update(b"train.sizes:torch.int64:(15,);" + sizes.tobytes())
    text.update(b"train.sample:torch.uint8:(15, 32);" + digests)
    text.update(b"train.targets:torch.int64:(15,);" + split_of().targets.numpy().tobytes())
    assert digest(split_of()) == text.hexdigest()
    assert digest(split_of(size=99)) == text.hexdigest(), "the size they are brought to is no part of it"


def test_other_images_labels_or_orders_have_other_fingerprints() -> None:
    changed = bytearray(NAMED[4][1])
    changed[-10] ^= 1
    first, split = digest(split_of()), split_of()
    others = [
        split_of([*NAMED[:4], (NAMED[4][0], bytes(changed)), *NAMED[5:]]),
        split_of(NAMED[:-1]),
        split.take(torch.arange(14, -1, -1)),
        ImageSplit(split.encoded, split.targets.flip(0), split.rows),
    ]
    assert len({first, *map(digest, others)}) == 5


def test_beyond_the_sample_a_change_of_length_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tombola.data.image_files.SAMPLE", 2)
    first = digest(split_of())
    longer = [(path, content + b"\0" * (index == 7)) for index, (path, content) in enumerate(NAMED)]
    assert digest(split_of(longer)) != first
    assert digest(split_of(longer).take(torch.tensor([0, 14]))) == digest(split_of().take(torch.tensor([0, 14])))


def test_a_folder_and_parquet_of_the_same_images_agree(
    tmp_path: Path, write_parquet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOMBOLA_CACHE", str(tmp_path / "cache"))
    labels = [sorted(COLOURS).index(path.partition("/")[0]) for path, _ in NAMED]
    columns = {"image": [content for _, content in NAMED], "label": labels}
    parquet = load(write_parquet(tmp_path / "p" / "train.parquet", columns, sorted(COLOURS)).parent)
    files = load(write(tmp_path / "f", NAMED))
    assert not parquet.train.in_memory
    assert parquet.fingerprint == files.fingerprint
    assert parquet.preparation == files.preparation
    pairs = [list(batches(data.with_image_size(12).train, 4, CROPPED, seed=0, epoch=1)) for data in (parquet, files)]
    for (inputs, targets), (expected, labelled) in zip(*pairs, strict=True):
        assert torch.equal(inputs, expected)
        assert torch.equal(targets, labelled)
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {"arrow"}, "encoded, and nothing decoded"
    assert load(tmp_path / "p").fingerprint == parquet.fingerprint


@pytest.mark.parametrize("missing", [None, b"", b"nothing"])
def test_a_damaged_image_in_parquet_is_named(tmp_path: Path, write_parquet: Callable[..., Path], missing: Any) -> None:
    import datasets

    cells = [{"bytes": content, "path": None} for _, content in NAMED[:4]]
    cells[2]["bytes"] = missing
    table = datasets.Dataset.from_dict({"image": cells, "label": [0, 1, 0, 1]})
    (tmp_path / "p").mkdir()
    table.cast_column("image", datasets.Image()).to_parquet(str(tmp_path / "p" / "train.parquet"))
    with pytest.raises(DataError, match="image 2 of the train split cannot be read"):
        list(evaluation_batches(load(tmp_path / "p").with_image_size(8).train, 2, Preparation()))

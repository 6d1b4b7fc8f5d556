"""Data sets by name from the Hugging Face hub."""

from typing import Any

import numpy as np

from tombola.data.assemble import Table, assemble
from tombola.data.cache import cached
from tombola.data.columns import read_split
from tombola.data.hub_library import first_line, quiet
from tombola.data.in_memory import decoded_if_they_fit
from tombola.data.known import find_known
from tombola.data.sources.split_names import WORDS
from tombola.data.values import DataSet
from tombola.errors import DataError


def hub(name: str) -> DataSet:
    """Load `owner/name`, or one of the short names; once decoded, it is read without the network.

    What does not fit in memory is not decoded: the library downloads it once, as files that are mapped
    into memory, and images are read from these. It asks the hub at each load, unless HF_HUB_OFFLINE=1.

    Raises:
        DataError: where the hub cannot be reached, has no such data set, or it cannot be used.
    """
    known = find_known(name)
    place, config = (known.hub, known.config) if known else (name, None)
    return cached(["hub", place, config], lambda: _download(name, place, config))


def _download(name: str, place: str, config: str | None) -> DataSet:
    with quiet():
        found = _ask(place, config)
        splits = {WORDS.get(split, split): part for split, part in found.items()}
        tables = {
            split: read_split(part, split) for split, part in splits.items() if split in ("train", "validation", "test")
        }
        tables = decoded_if_they_fit({split: table for split, table in tables.items() if not _is_unlabelled(table)})
    short = name.rpartition("/")[2]
    return assemble(short, f"hub {place}", tables, known_as=short)


def _is_unlabelled(table: Table) -> bool:
    """Whether every label is -1, which is how the hub writes a contest's test set whose labels are secret."""
    labels = np.asarray(table.labels)
    return len(labels) > 0 and labels.dtype.kind == "i" and bool((labels == -1).all())


def _ask(place: str, config: str | None) -> Any:
    from datasets import load_dataset
    from datasets.exceptions import DatasetNotFoundError

    try:
        _check_reachable(place)
        return load_dataset(place, config)
    except DatasetNotFoundError as error:
        raise DataError(f"the hub has no data set {place!r} that you may read, and there is no such folder") from error
    except OSError as error:
        raise DataError(
            f"cannot reach the hub for {place!r} ({first_line(error)}), and there is no such folder here: connect to "
            "the network, set HF_HUB_OFFLINE=1 if it was downloaded before, or give a folder with its Parquet files"
        ) from error
    except Exception as error:  # a data set of the hub can fail in as many ways as it was written
        raise DataError(f"cannot load {place!r} from the hub: {first_line(error)}") from error


def _check_reachable(place: str) -> None:
    """Fail at once without a network: the loader alone would try again for half a minute."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        HfApi().dataset_info(place, timeout=10)
    except (HfHubHTTPError, OfflineModeIsEnabled, ValueError):
        return  # the hub answered, or was not to be asked: the loader knows what to make of it
    except Exception as error:  # the HTTP client's own classes, which differ between its versions
        raise ConnectionError(first_line(error)) from error

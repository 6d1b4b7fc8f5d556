"""Whether images are decoded at load, once and for all, or stay encoded until they are needed."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tombola.data.assemble import Table
from tombola.data.decode import GREY, Encoded, MixedSizesError, decode_images, opened
from tombola.data.known import Known
from tombola.errors import DataError

# Bytes of decoded images of all splits. Loading holds them up to three times (decoded, laid out for
# the cache file, written), so this is what a machine of 16 GB can take; CIFAR-10 has 0.2 GB, Tiny
# ImageNet 1.4 GB, ImageNet at 224 x 224 pixels 200 GB.
MEMORY_LIMIT = 4 * 2**30

PROBED = 100  # images a split whose sizes are looked at, from their headers, before any is decoded


def decoded_if_they_fit(tables: Mapping[str, Table], said_to_be: Known | None = None) -> dict[str, Table]:
    """The tables with their images decoded, or as they are where these are of several sizes or too many.

    All splits are decoded, or none is.

    Args:
        tables: by split.
        said_to_be: what they are; where parts of its images are taken at random sizes, they stay as they are.

    Raises:
        DataError: naming an image that cannot be decoded.
    """
    encoded = [table.inputs for table in tables.values() if isinstance(table.inputs, Encoded)]
    may_stay = len(encoded) == len(tables)
    if may_stay and (_is_cropped(said_to_be) or not _fit(encoded)):
        return dict(tables)
    try:
        return {name: _decoded(table) for name, table in tables.items()}
    except MixedSizesError:
        if not may_stay:
            raise
        return dict(tables)


def are_encoded(tables: Mapping[str, Table]) -> bool:
    """Whether images stay encoded, so that what they are read from must stay as well."""
    return any(isinstance(table.inputs, Encoded) for table in tables.values())


def _is_cropped(known: Known | None) -> bool:
    return known is not None and known.preparation is not None and known.preparation.resized_crop


def _fit(splits: Sequence[Encoded]) -> bool:
    """Whether all images seem to be of one size, and decoded take no more memory than they may."""
    probed = [found for encoded in splits for found in _probe(encoded)]
    sizes, count = {size for size, _ in probed}, sum(encoded.count for encoded in splits)
    if not probed:
        return True
    width, height = probed[0][0]
    channels = max(channels for _, channels in probed)
    return len(sizes) == 1 and count * width * height * channels <= MEMORY_LIMIT


def _probe(encoded: Encoded) -> Iterator[tuple[tuple[int, int], int]]:
    """Size and channels of images at even distances; those that cannot be read are left to the decoder to name."""
    for index in sorted(set(np.linspace(0, encoded.count - 1, min(PROBED, encoded.count)).astype(int).tolist())):
        try:
            with opened(encoded, index) as image:
                yield image.size, 1 if image.mode in GREY else 3
        except DataError:
            continue


def _decoded(table: Table) -> Table:
    return table._replace(inputs=decode_images(table.inputs)) if isinstance(table.inputs, Encoded) else table

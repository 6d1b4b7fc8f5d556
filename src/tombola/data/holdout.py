"""A validation split held out of the training split."""

from dataclasses import replace

from tombola.data.seeds import permutation
from tombola.data.values import DataSet
from tombola.errors import DataError, UsageError


def split_validation(data: DataSet, fraction: float, seed: int) -> DataSet:
    """Hold out round(fraction * n) training examples for validation, chosen by `seed` alone.

    A data set that has a validation split already, or a fraction of 0, comes back as it is. Both
    parts keep the order of the training split; preparation and fingerprint are not touched.

    Args:
        data: the data set.
        fraction: of the training examples, in [0, 1).
        seed: of the choice; the same examples on every machine.

    Raises:
        UsageError: for a fraction outside [0, 1).
        DataError: where one of the two parts would be empty.

    >>> import torch
    >>> from tombola.data.load import load
    >>> data = split_validation(load((torch.rand(10, 4), torch.arange(10))), 0.3, seed=0)
    >>> len(data.train), len(data.validation)
    (7, 3)
    """
    if not 0 <= fraction < 1:
        raise UsageError(f"validation fraction {fraction}: expected 0 <= fraction < 1")
    if data.validation is not None or fraction == 0:
        return data
    count = len(data.train)
    held = round(fraction * count)
    if not 0 < held < count:
        raise DataError(
            f"a validation fraction of {fraction} holds out {held} of {count} training examples of {data.name}: "
            "expected at least one on either side; give another fraction or a validation split"
        )
    order = permutation(count, "validation", seed).to(data.train.device)
    validation, train = order[:held].sort().values, order[held:].sort().values
    return replace(data, train=data.train.take(train), validation=data.train.take(validation))

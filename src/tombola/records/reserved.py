"""Names of columns that results have of every run, and that no axis may have: one of the two would be lost."""

FIGURES = ("kept", "prunable", "chosen_epoch", "train_seconds", "step_seconds")
MEASURED = ("test_accuracy", "test_loss", "validation_accuracy", "validation_loss")
PLACES = ("study", "preset", "arm", "seed", "replicates", "axes")
MADE = ("outcome", "seconds", "finished", "id", "environment", "code")  # the last two begin the names of columns
BESIDE = ("published", "published_certainty")

RESERVED = frozenset((*PLACES, *MADE, *FIGURES, *MEASURED, *BESIDE))


def is_reserved(name: str) -> bool:
    """Whether a column has this name, or all that begin as it does are of the program.

    >>> is_reserved("seed"), is_reserved("code.commit"), is_reserved("density"), is_reserved("layer_density.seed")
    (True, True, False, False)
    """
    return name.partition(".")[0] in RESERVED

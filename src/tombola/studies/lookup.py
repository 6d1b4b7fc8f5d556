"""A study by its name, or from a file."""

from pathlib import Path

from tombola.errors import UsageError, unknown_name
from tombola.studies.papers import PAPERS
from tombola.studies.reading import read_study
from tombola.studies.study import Study


def find_study(name: str) -> Study:
    """The study called `name`, or of the YAML file `name`.

    Raises:
        UsageError: where there is neither, or the file is no study.

    >>> find_study("density-lenet").title
    'Accuracy over density, LeNet-300-100 on MNIST'
    """
    if name in PAPERS:
        return PAPERS[name]
    if name.endswith((".yaml", ".yml")) or "/" in name or Path(name).is_file():
        study = read_study(Path(name))
        if study.name in PAPERS:
            raise UsageError(f"{name} is called {study.name}, as a study of tombola is: choose another name")
        return study
    raise unknown_name("study", name, PAPERS)

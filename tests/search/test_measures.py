import torch
from torch import nn

import tombola as tb
from tombola.masks import Mask
from tombola.search.found import Found
from tombola.search.measures import BINS, first_layer, layer_rows, score_histograms
from tombola.subnetwork import Subnetwork
from tombola.training import Fitted

MASK = Mask({"0.weight": torch.tensor([[True, False], [False, False]]), "1.weight": torch.ones(1, 2).bool()})
FITTED = Fitted((), 0, 0.0, 0.0, 0.0)


def found(scores: list[float] | None) -> Found:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    flat = None if scores is None else torch.tensor(scores)
    return Found.supermask(Subnetwork(model, MASK), {"0.weight": 0.25, "1.weight": 1.0}, FITTED, flat)


def test_rows_of_the_layers() -> None:
    assert layer_rows(MASK) == [
        {
            "name": "0.weight",
            "shape": [2, 2],
            "prunable": 4,
            "kept": 1,
            "density": 0.25,
            "units": 2,
            "live_units": 1,
        },
        {"name": "1.weight", "shape": [1, 2], "prunable": 2, "kept": 2, "density": 1.0, "units": 1, "live_units": 1},
    ]


def test_histograms_count_every_score_once() -> None:
    first, second = score_histograms(found([0.9, 0.1, 0.2, 0.3, 0.5, 0.5]))
    assert (sum(first["kept"]), sum(first["removed"])) == (1, 3)
    assert first["kept"][-1] == 1
    assert first["removed"][0] == 1
    assert len(first["edges"]) == BINS + 1
    assert (sum(second["kept"]), sum(second["removed"])) == (2, 0), "equal scores have a bin too"


def test_a_method_without_scores_has_no_histograms() -> None:
    assert score_histograms(found(None)) == []


def test_all_zero_scores_have_histograms() -> None:
    first, _ = score_histograms(found([0.0] * 6))
    assert (sum(first["kept"]), sum(first["removed"])) == (1, 3)


def test_the_first_layer() -> None:
    assert first_layer(MASK, (1, 2)) == {"name": "0.weight", "shape": [2, 2], "input_shape": [1, 2]}


def test_the_public_method_is_the_registered_one() -> None:
    from tombola.search import METHODS

    assert METHODS["edge-popup"] is tb.EdgePopup

"""Images in a folder, of mixed sizes: searched in, verified, audited and evaluated, never decoded as a whole."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.data.made_images import made_folder, pictures, write
from torch import nn

import tombola as tb
from tombola.errors import UsageError


class Small(nn.Module):
    """A convolution, batch norm, and a linear layer on the mean over pixels."""

    def __init__(self, size: int | None = 12) -> None:
        super().__init__()
        torch.manual_seed(0)  # its own values are part of what identifies a run
        if size:
            self.input_shape = (3, size, size)
        self.conv, self.norm, self.head = nn.Conv2d(3, 24, 3, 2), nn.BatchNorm2d(24), nn.Linear(24, 3)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.head(self.norm(self.conv(inputs)).relu().mean((2, 3)))
        return outputs


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_folder(tmp_path_factory.mktemp("images") / "colours", each=12, test=6)


SETTINGS: dict[str, Any] = {"epochs": 6, "batch_size": 8, "precision": "32", "augment": "on", "lr": 0.3}


def test_a_ticket_is_found_measured_and_sound(colours: Path, tmp_path: Path) -> None:
    run = tb.run(Small(), colours, out=tmp_path / "run", **SETTINGS)
    assert run.ticket.spec["image_size"] == 12
    figures = tb.evaluate(run.ticket, colours, Small())
    assert figures["examples"] == 18
    assert figures["test_accuracy"] > 0.8  # chance is 1/3
    assert figures["test_accuracy"] == run.result["comparison"][0]["test_accuracy"]
    assert all(finding.ok is not False for finding in tb.audit(tmp_path / "run"))
    held_out = tb.evaluate(run.ticket, colours, Small(), split="validation")
    assert held_out["examples"] == 4


def test_found_again_it_is_the_same_to_the_bit(colours: Path) -> None:
    first, again = (tb.find(Small(), colours, **SETTINGS | {"epochs": 2}) for _ in range(2))
    assert first.digest == again.digest
    other = tb.find(Small(), colours, **SETTINGS | {"epochs": 2, "seed": 1})
    assert other.digest != first.digest


@pytest.mark.parametrize(("model", "given", "size"), [(12, None, 12), (None, None, 224), (12, 16, 16), (None, 20, 20)])
def test_the_size_is_the_models_unless_given(colours: Path, model: int | None, given: int | None, size: int) -> None:
    plan = tb.plan(Small(model), colours, epochs=1, image_size=given)
    assert plan.job.data.train.shape == (3, size, size)
    assert plan.spec["image_size"] == size


def test_a_named_model_says_its_size(colours: Path) -> None:
    plan = tb.plan("resnet-20", colours, epochs=1, model_arguments={"classes": 3})
    assert plan.job.data.train.shape == (3, 32, 32)
    other = tb.plan("resnet-20", colours, epochs=1, model_arguments={"classes": 3}, image_size=24)
    assert other.slug != plan.slug


def test_what_lies_in_memory_has_no_such_setting() -> None:
    with pytest.raises(UsageError, match="image_size=8: the examples lie in memory, 1x8x8"):
        tb.plan("digits-conv", "digits", image_size=8)
    assert "image_size" not in tb.plan("digits-conv", "digits").spec


def test_augmentation_follows_the_settings(colours: Path) -> None:
    for epochs, augments in ((1, False), (20, True)):
        plan = tb.plan(Small(), colours, epochs=epochs)
        assert plan.job.data.preparation.augments == plan.job.data.preparation.resized_crop == augments


def test_a_model_that_takes_grey_images_is_refused(colours: Path) -> None:
    with pytest.raises(UsageError, match=r"digits-conv does not take inputs of shape \(3, 8, 8\)"):
        tb.plan("digits-conv", colours, model_arguments={"classes": 3})


@pytest.mark.parametrize("method", ["snip", "synflow", "imp", "filters"])
def test_other_methods_read_them_too(colours: Path, method: str) -> None:
    ticket = tb.find(Small(), colours, method=method, **SETTINGS | {"epochs": 1})
    assert 0 < ticket.mask.density < 1


def test_a_ticket_is_verified_on_them(colours: Path) -> None:
    ticket = tb.find(Small(), colours, **SETTINGS)
    verified = tb.verify(ticket, colours, model=Small(), replicates=2, controls=("random-mask",))
    assert verified.verdict in ("winning", "not winning", "undecided")
    shared = tb.weight_agnostic(ticket, colours, Small(), values=(-1.0, 1.0), signs="kept")
    assert len(shared.rows) == 2


def test_an_image_that_is_damaged_ends_the_search_by_its_name(tmp_path: Path) -> None:
    named = pictures(each=6)
    named[7] = (named[7][0], named[7][1][:300])
    with pytest.raises(tb.DataError, match=r"image 7 \(green/001\.jpg\) of the train split cannot be read"):
        tb.find(Small(), write(tmp_path / "colours", named), **SETTINGS)

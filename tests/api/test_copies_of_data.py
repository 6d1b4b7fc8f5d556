"""A ticket is measured on pixels prepared as those that it was found on, whatever their folder is called."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tests.data.made_images import encoded, write
from torch.nn.functional import cross_entropy

import tombola as tb
from tombola.data import load


def test_a_copy_under_another_name_gives_the_same_figures(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
    names = [f"{split}/{index % 2}/{index}.png" for split in ("train", "test") for index in range(20)]
    found_on = write(
        tmp_path / "mnist", zip(names, (encoded(Image.fromarray(each), "PNG") for each in pixels), strict=True)
    )
    copy, other = tmp_path / "copy", tmp_path / "other"
    shutil.copytree(found_on, copy)
    brighter = (encoded(Image.fromarray(each // 2 + 128), "PNG") for each in pixels)
    write(other, zip(names, brighter, strict=True))
    data = load(found_on, known_as="mnist")
    model = {"input_shape": [64], "hidden": [16], "classes": 2}
    ticket = tb.find("mlp", data, model_arguments=model, epochs=1, protocol="paper", precision="32")
    spec: Any = ticket.spec["data"]
    assert spec["preparation"]["mean"] == [0.1307]
    expected = tb.evaluate(ticket, data)["test_loss"]
    assert tb.evaluate(ticket, copy)["test_loss"] == expected
    final = load(other).test
    assert final is not None
    inputs = (final.first(20).float() / 255 - 0.1307) / 0.3081
    by_hand = cross_entropy(ticket.build().eval()(inputs), final.content["targets"])
    assert abs(tb.evaluate(ticket, other)["test_loss"] - float(by_hand.detach())) < 1e-6

"""What is audited, read step by step, so that each check sees as much as can still be read."""

import copy
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path

import torch
from torch import Tensor, nn

from tombola.errors import TicketError
from tombola.masks import Mask
from tombola.ticket import Ticket, decode
from tombola.ticket.bitstream import Layer, decode_mask
from tombola.ticket.container import check_length, unpack
from tombola.ticket.header import Header, from_text
from tombola.ticket.reader import NUMBERS_PER_BYTE
from tombola.ticket.writer import MASKS
from tombola.training import RunFolder

ALONE = "a ticket file alone, no run folder"


@dataclass(frozen=True, eq=False)
class Audited:
    """A ticket file, alone or in the folder of its run.

    Every property raises where what it needs cannot be read.

    Args:
        path: of a file or a folder.
        model: a module of the ticket's architecture, where that is not builtin; a copy is filled.
    """

    path: Path
    model: nn.Module | None = None

    @property
    def run(self) -> RunFolder | None:
        """The run folder, where it is one."""
        return RunFolder(self.path) if self.path.is_dir() else None

    @cached_property
    def content(self) -> bytes:
        """The bytes of the ticket file."""
        file = self.path if self.run is None else self.run.ticket
        if not file.is_file():
            raise TicketError(f"{file}: there is no such file")
        with file.open("rb") as opened:
            check_length(opened)
            return opened.read()

    @cached_property
    def parts(self) -> tuple[str, dict[str, Tensor]]:
        """Header text and tensors, not held against their digest yet."""
        return unpack(self.content)

    @cached_property
    def header(self) -> Header:
        """The header, whose claims fit a file of this size."""
        header = from_text(self.parts[0])
        sizes = [max([prod(layer.shape), *layer.shape]) for layer in header.layers]
        if sum(sizes) > NUMBERS_PER_BYTE * len(self.content):
            raise TicketError("the header claims far more numbers than a file of this size can be about")
        if wrong := [layer.name for layer in header.layers if layer.kept > prod(layer.shape)]:
            raise TicketError(f"the layer {wrong[0]!r:.100} keeps more weights than it has")
        return header

    @cached_property
    def mask(self) -> Mask:
        """The mask, decoded anew."""
        words = self.parts[1].get(MASKS)
        if words is None or words.dtype != torch.uint32 or words.dim() != 1:
            raise TicketError("the masks are missing")
        layers = [Layer(part.name, tuple(part.shape), part.kept) for part in self.header.layers]
        return decode_mask(layers, words.numpy())

    @cached_property
    def ticket(self) -> Ticket:
        """The ticket, as everybody reads it."""
        return decode(self.content)

    @cached_property
    def network(self) -> nn.Module | None:
        """The network built; None where only its owner can make it."""
        if not self.ticket.architecture.builtin and self.model is None:
            return None
        return self.ticket.build(copy.deepcopy(self.model))

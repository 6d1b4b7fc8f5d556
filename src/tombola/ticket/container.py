"""The container: one safetensors file with a header text, tensors and a digest over both."""

import hashlib
import json
import os
from typing import BinaryIO

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from tombola.errors import TicketError
from tombola.ticket.tensors import CODES, named_digest

METADATA = "tombola"
DIGEST = "digest"
LONGEST_HEADER = 100_000_000  # bytes, as safetensors has it
NOT_A_TICKET = "not a ticket, or one that is damaged or cut short: expected a file of Ticket.save"


def content_digest(text: str, tensors: dict[str, Tensor]) -> bytes:
    """sha256 over the header text, and the names, types, shapes and values of all tensors."""
    title = f"tombola ticket content\n{hashlib.sha256(text.encode()).hexdigest()}"
    return named_digest(title, ((name, tensors[name]) for name in sorted(tensors)))


def pack(text: str, tensors: dict[str, Tensor]) -> bytes:
    """The bytes of the file; the same for the same arguments."""
    digest = torch.frombuffer(bytearray(content_digest(text, tensors)), dtype=torch.uint8)
    return safetensors.torch.save({**tensors, DIGEST: digest}, metadata={METADATA: text})


def unpack(content: bytes) -> tuple[str, dict[str, Tensor]]:
    """The header text and the tensors, the digest among them; nothing is checked against it yet.

    Raises:
        TicketError: where this is no safetensors file, or not one with our header.
    """
    try:
        tensors = safetensors.torch.load(content)
        text = _header_text(content)
    # safetensors answers a damaged file with its own error, and a type it cannot give to torch
    # with whatever the failing line raises.
    except (
        SafetensorError,
        ArithmeticError,
        AssertionError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise TicketError(NOT_A_TICKET) from error
    if text is None:
        raise TicketError("a safetensors file, but no ticket: its header has no 'tombola' entry")
    return text, tensors


def check_length(file: BinaryIO) -> None:
    """Hold the length of the file against what its header promises, before all of it is read.

    Raises:
        TicketError: where they differ.
    """
    actual = os.fstat(file.fileno()).st_size
    header = int.from_bytes(file.read(8), "little")
    if header > LONGEST_HEADER:
        raise TicketError(NOT_A_TICKET)
    try:
        entries = json.loads(file.read(header))
        promised = 8 + header + max(entry["data_offsets"][1] for name, entry in entries.items() if name[:2] != "__")
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise TicketError(NOT_A_TICKET) from error
    if promised != actual:
        raise TicketError(NOT_A_TICKET)
    file.seek(0)


def check_digest(text: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors without the digest, which is that of the content.

    Raises:
        TicketError: where it is not, or a tensor's type is none of ours.
    """
    content = {name: tensor for name, tensor in tensors.items() if name != DIGEST}
    if alien := [name for name, tensor in content.items() if not _holdable(tensor)]:
        raise TicketError(f"the tensor {alien[0]!r:.100} is of a type or has values that no ticket holds")
    stored = tensors.get(DIGEST)
    right = stored is not None and stored.dtype == torch.uint8 and stored.shape == (32,)
    if not right or stored is None or bytes(stored.tolist()) != content_digest(text, content):
        raise TicketError("the content does not have the digest the file promises: it is damaged or was altered")
    return content


def _header_text(content: bytes) -> str | None:
    # The reader of safetensors gives the tensors of bytes in memory, but not their metadata.
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    return metadata.get(METADATA)


def _holdable(tensor: Tensor) -> bool:
    # A truth value of another byte than 0 or 1 would behave differently from one operation to the next.
    impossible = tensor.dtype is torch.bool and bool((tensor.reshape(-1).view(torch.uint8) > 1).any())
    return tensor.dtype in CODES and not impossible

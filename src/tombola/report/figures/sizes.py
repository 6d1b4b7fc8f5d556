"""What the ticket weighs, beside the dense network and the mask's entropy."""

from dataclasses import dataclass

from tombola.records.run_record import RunRecord


@dataclass(frozen=True)
class SizeBar:
    """One size in bytes, and as a fraction of the dense network in fp32."""

    name: str
    note: str
    bytes: float
    share: float


def size_bars(record: RunRecord) -> tuple[SizeBar, ...]:
    """The ticket, its entropy bound and the dense network, each as a fraction of the last."""
    sizes = record.result.sizes
    found = (
        ("ticket file", "mask, recipe of the weights, provenance", sizes.ticket_bytes),
        ("entropy of the mask", "the least a mask of these densities can take", sizes.entropy_bytes),
        ("dense network, fp32", "four bytes for every number of the network", sizes.dense_fp32_bytes),
    )
    return tuple(SizeBar(name, note, size, size / sizes.dense_fp32_bytes) for name, note, size in found)

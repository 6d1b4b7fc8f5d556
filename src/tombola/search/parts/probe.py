"""A network as a function of its flat weights, to take any derivative of, and the examples it is scored on."""

import copy
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel

from tombola.data import DataSet, Examples
from tombola.data.seeds import permutation
from tombola.errors import UsageError
from tombola.search.job import Job
from tombola.subnetwork import Layout, Subnetwork

PER_CLASS = 10
WITHOUT_CLASSES = 100


@dataclass(frozen=True, eq=False)
class Probe:
    """A copy of a network that is scored: nothing done to it reaches the network itself.

    It is in evaluation mode: no dropout.

    Args:
        skeleton: all but the prunable weights.
        layout: of the prunable weights.
        weights: the prunable weights, flat; they may require gradients.
    """

    skeleton: nn.Module
    layout: Layout
    weights: Tensor

    @classmethod
    def of(cls, network: Subnetwork, dtype: torch.dtype | None = None) -> "Probe":
        """The probe of a network, in `dtype`; by default its own, or float32 where that is coarser."""
        wanted = dtype or torch.promote_types(network.weights.dtype, torch.float32)
        skeleton = copy.deepcopy(network.skeleton).to(wanted).eval()
        return cls(skeleton, network.layout, network.weights.detach().to(wanted).clone().requires_grad_())

    def outputs(self, inputs: Tensor, weights: Tensor | None = None) -> Tensor:
        """What the network gives for a batch, differentiable any number of times.

        Args:
            inputs: prepared; floating-point ones are converted to the probe's type.
            weights: flat, instead of its own.
        """
        flat = self.weights if weights is None else weights
        given = inputs.to(flat.dtype) if inputs.is_floating_point() else inputs
        outputs: Tensor = functional_call(self.skeleton, self.layout.named(flat), (given,))
        return outputs

    def normalise_by_batch(self) -> None:
        """Let normalisation use the statistics of each batch, as it will in training, instead of running ones."""
        for module in self.skeleton.modules():
            if isinstance(module, nn.modules.batchnorm._NormBase):
                module.train()


@contextmanager
def differentiable_kernels() -> Iterator[None]:
    """Within it, recurrent and attention layers have second derivatives, also in evaluation mode.

    The fast kernels of both are replaced by plain ones, to the same formulas.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        yield


def check_examples(examples: int | None) -> None:
    """Raise where the setting is no number of examples."""
    if examples is not None and (not isinstance(examples, int) or isinstance(examples, bool) or examples < 1):
        raise UsageError(f"examples={examples!r}: expected a whole number, 1 or more, or None for 10 a class")


def scored_batches(job: Job, examples: int | None, device: torch.device) -> list[tuple[Tensor, Tensor]]:
    """Training examples that scores are computed on, prepared, not augmented, in batches of nearly equal size.

    Args:
        job: whose mask seed draws them, from the training split.
        examples: how many; None for 10 a class, or 100 where there are no classes.
        device: where the batches shall be.
    """
    split = drawn_examples(job.data, examples, job.seeds.mask_seed).to(device)
    pieces = -(-len(split) // job.training.batch_size)
    batches = zip(split.first(len(split)).tensor_split(pieces), split.targets.tensor_split(pieces), strict=True)
    return [(job.data.preparation(inputs), targets) for inputs, targets in batches]


def drawn_examples(data: DataSet, examples: int | None, seed: int) -> Examples:
    """Training examples drawn by a seed, as many of each class as of any other, so far as there are any.

    >>> from tombola.data import load
    >>> drawn_examples(load("digits"), 20, seed=0).targets.bincount().tolist()
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    train = data.train
    order = permutation(len(train), "scored examples", seed)
    is_labelled = data.classes is not None and train.targets.dim() == 1
    if is_labelled:
        # How many of its class come before each example: those with the fewest are taken first.
        labels = train.targets.cpu()[order]
        by_class = labels.argsort(stable=True)
        counts = labels.bincount()
        firsts = (counts.cumsum(0) - counts)[labels[by_class]]
        rank = torch.empty_like(order)
        rank[by_class] = torch.arange(len(order)) - firsts
        order = order[rank.argsort(stable=True)]
    wanted = examples or (PER_CLASS * int(data.classes or 0) if is_labelled else WITHOUT_CLASSES)
    return train.take(order[:wanted].to(train.device))

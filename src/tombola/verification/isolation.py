"""A ticket on its own: built from what it holds, trained if it is to be trained, measured once."""

import copy
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from tombola.subnetwork import HeldMask
from tombola.ticket import Ticket
from tombola.training import Loop, Progress, Training, estimate_norm_statistics, evaluate, fit
from tombola.verification.setting import Setting
from tombola.verification.trials import Trial

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Make = Callable[[Ticket], nn.Module]


@dataclass(frozen=True, eq=False)
class Bench:
    """Where trials are run.

    Args:
        setting: what all trials have in common.
        make: gives a fresh module of a ticket's architecture.
        fabric: device and precision.
        progress: what is told on the way.
        code: digest of what a model of one's own computes: part of what identifies a trial.
    """

    setting: Setting
    make: Make
    fabric: "Fabric"
    progress: Progress
    code: str | None = None

    def as_it_is(self, ticket: Ticket, name: str, replicate: int, seed: int, own_statistics: bool) -> Trial:
        """Measure a ticket without training it.

        Args:
            ticket: to measure.
            name: of the network in the record.
            replicate: index of the repetition.
            seed: of the examples that statistics of normalisation are estimated on.
            own_statistics: whether the ticket's state has running statistics that were made with
                this very mask and these weights; else they are estimated.
        """
        network = self.build(ticket)
        setting = self.setting
        if not own_statistics:
            batch_size = setting.training.batch_size
            estimate_norm_statistics(network, setting.data, batch_size, seed, self.fabric.device)
        return self._trial(network, ticket, name, replicate, None)

    def trained(
        self,
        ticket: Ticket,
        name: str,
        replicate: int,
        seed: int,
        folder: Path,
        start: int = 0,
        training: Training | None = None,
    ) -> Trial:
        """Train a ticket in isolation, its removed weights held at zero, and measure it.

        Args:
            ticket: to train.
            name: of the network in the record.
            replicate: index of the repetition.
            seed: of order, augmentation and dropout.
            folder: of checkpoints, removed at the end.
            start: iteration at which the ticket's weights were taken.
            training: other settings than the common ones.
        """
        network, setting = self.build(ticket), self.setting
        by_validation = setting.protocol == "validation"
        for parameter in network.parameters():
            parameter.requires_grad_(parameter.is_floating_point())
        with HeldMask(network.to(self.fabric.device), ticket.mask):
            loop = Loop(
                name=f"{name} {replicate}",
                network=network,
                data=setting.data,
                task=setting.task,
                training=training or setting.training,
                fabric=self.fabric,
                folder=folder,
                seed=seed,
                choose="loss" if by_validation else "last",
                start=start,
                progress=self.progress,
            )
            fitted = fit(loop)
        held_out, _ = loop.held_out
        stop = min(fitted.history, key=lambda row: row[f"{held_out}_loss"])  # the earliest of the lowest
        trial = self._trial(network, ticket, name, replicate, stop["step"] - start)
        shutil.rmtree(folder, ignore_errors=True)
        return trial

    def build(self, ticket: Ticket) -> nn.Module:
        """The ticket's network."""
        return ticket.build(copy.deepcopy(self.make(ticket)))

    def _trial(self, network: nn.Module, ticket: Ticket, name: str, replicate: int, iterations: Any) -> Trial:
        _, split = self.setting.final_split
        device, setting = self.fabric.device, self.setting
        scores = evaluate(network.to(device), split.to(device), setting.data.preparation, setting.task)
        kept = ticket.mask.kept()
        return Trial(replicate, name, scores.metric, scores.loss, iterations, ticket.mask.density, kept)

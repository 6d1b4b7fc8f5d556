"""A verification: the ticket and its controls, in every replicate, and the verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork import prunable_layout, unmasked_state, untrained_copy
from tombola.ticket import Ticket
from tombola.training import Training, derive
from tombola.verification.controls import CONTROLS
from tombola.verification.controls.masks import DENSE
from tombola.verification.definition import CHANCE, Definition
from tombola.verification.isolation import Bench
from tombola.verification.not_applicable import NotApplicable
from tombola.verification.record import TrialFolder, trial_id
from tombola.verification.setting import with_changes
from tombola.verification.subjects import Subject, Subjects
from tombola.verification.trials import TICKET, Trial
from tombola.verification.verdict import Verdict, decide
from tombola.weights import Own, Recipe, recipe_from_spec


@dataclass(frozen=True, eq=False)
class LevelVerdict:
    """The verdict on the tickets of one level, with the trials it rests on."""

    level: int | None
    density: float
    kept: int
    verdict: Verdict
    trials: tuple[Trial, ...]


@dataclass(frozen=True, eq=False)
class Verification:
    """How tickets are verified.

    Args:
        bench: runs trials.
        definition: what winning means.
        controls: names of the controls that tickets are compared with; those the definition asks
            for are taken besides.
        replicates: of a single ticket; of several searches each is one replicate.
        folder: of trials.
        is_trained: whether tickets are trained before they are measured.
        include, exclude: patterns of the search, for the whole network.
    """

    bench: Bench
    definition: Definition
    controls: Sequence[str]
    replicates: int
    folder: TrialFolder
    is_trained: bool
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def verdicts(self, subjects: Subjects) -> Iterator[LevelVerdict]:
        """The verdict of every level, one after the other."""
        count = subjects.searches if subjects.kind == "replicates" else self.replicates
        if count < 2:
            raise UsageError(f"replicates={count}: an interval needs 2 or more, expected at least 2")
        for level, tickets in subjects.tickets.items():
            repeated = tickets if len(tickets) > 1 else tickets * count
            yield self._level(level, repeated)

    def _level(self, level: int | None, subjects: Sequence[Subject]) -> LevelVerdict:
        done = [self.trials(subject.ticket, replicate) for replicate, subject in enumerate(subjects)]
        trials = tuple(trial for found, _ in done for trial in found)
        task, setting = self.bench.setting.task, self.bench.setting
        verdict = decide(
            self.definition,
            trials,
            higher_is_better=task.metric.higher_is_better,
            chance=setting.chance,
            examples=len(setting.final_split[1]) if task.metric.name == "accuracy" else None,
            not_applicable={name: reason for _, refused in done for name, reason in refused.items()},
        )
        mask = subjects[0].ticket.mask
        return LevelVerdict(level, mask.density, mask.kept(), verdict, trials)

    def trials(self, ticket: Ticket, replicate: int) -> tuple[tuple[Trial, ...], dict[str, str]]:
        """The trials of a ticket and of its controls in one replicate; and why a control does not apply."""
        asked = [condition.control for condition in self.definition.conditions if condition.control != CHANCE]
        trials = [self._trial(ticket, TICKET, replicate, ticket)]
        refused: dict[str, str] = {}
        for name in dict.fromkeys([*asked, *self.controls]):
            try:
                trials.append(self._trial(self._control(ticket, name, replicate), name, replicate, ticket))
            except NotApplicable as reason:
                refused[name] = str(reason)
        return tuple(trials), refused

    def _control(self, ticket: Ticket, name: str, replicate: int) -> Ticket:
        if name == DENSE and _is_moved(ticket):
            return self._whole_network(ticket)
        return CONTROLS[name].make(ticket, derive(replicate, "verify", name))

    def _trial(self, ticket: Ticket, name: str, replicate: int, subject: Ticket) -> Trial:
        seed = derive(replicate, "verify", "data")
        training = self._training(name, subject)
        # Dense networks begin at the beginning; controls where the ticket does.
        start = 0 if name.startswith(DENSE) or training is None else start_of(subject)
        how: dict[str, Any] = self.bench.setting.describe() | {"seed": seed, "start": start, "trained": bool(training)}
        how |= {"training": training and vars(training), "replicate": replicate if training else None}
        how |= {} if self.bench.code is None else {"code": self.bench.code}
        key = trial_id(ticket, how)
        self.bench.progress.status(f"{name}, replicate {replicate} …")
        if (done := self.folder.read(key, replicate, name)) is not None:
            return done
        if training is None:
            trial = self.bench.as_it_is(ticket, name, replicate, seed, own_statistics=name == TICKET)
        else:
            trial = self.bench.trained(ticket, name, replicate, seed, self.folder.checkpoint(key), start, training)
        self.folder.write(key, trial)
        return trial

    def _training(self, name: str, subject: Ticket) -> Training | None:
        """How a network is trained before it is measured; None where it is measured as it is."""
        settings = self.bench.setting.training
        if self.is_trained:
            return settings if name.startswith(DENSE) else with_changes(settings, subject.metrics.get("training", {}))
        if name.startswith(DENSE):
            # Beside a supermask the dense networks are trained as the edge-popup paper trains them.
            return replace(settings, optimizer="sgd", lr=0.01, momentum=0.9, weight_decay=1e-4, schedule="cosine")
        return None

    def _whole_network(self, ticket: Ticket) -> Ticket:
        """The whole network as it was before any training, for a ticket whose weights are of a later moment."""
        model = self.bench.make(ticket)
        layout = prunable_layout(model, self.include, self.exclude)
        given = ticket.spec.get("weights")
        drawn = (
            recipe_from_spec(given) if isinstance(given, Mapping) and given.get("distribution") != Own.name else None
        )
        begun = untrained_copy(model, layout, drawn or Own())
        whole = Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in layout.by_name.items()})
        return replace(
            ticket,
            mask=whole,
            densities=dict.fromkeys(whole, 1.0),
            weights={name: begun.get_parameter(name).detach() for name in whole},
            state=unmasked_state(begun, whole),
            metrics={},
        )


def start_of(ticket: Ticket) -> int:
    """The iteration at which a ticket's weights were taken: 0, or its rewind step."""
    start = ticket.metrics.get("start_step", 0)
    return start if isinstance(start, int) and not isinstance(start, bool) and start >= 0 else 0


def _is_moved(ticket: Ticket) -> bool:
    """Whether a ticket's weights are no initial ones: taken later, or with nothing where it removed some."""
    if isinstance(ticket.weights, Recipe):
        return False
    return start_of(ticket) > 0 or not any(ticket.weights[name][~kept].any() for name, kept in ticket.mask.items())

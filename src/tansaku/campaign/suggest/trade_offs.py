"""Trade-offs: how the samples of a campaign with several targets stand to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo.objectives.pareto import pareto
from tansaku.bo.objectives.reference import default_reference
from tansaku.campaign.history.records import CampaignSpec, Candidacy
from tansaku.campaign.history.state import History, State, history_of
from tansaku.design import Bools, Floats
from tansaku.language import _
from tansaku.space import Goal, Target, Value, composed_at
from tansaku.spec import Spec

SAME = 1e-12
"""Values that differ by less than this share of their size are equal: rounding."""


class Compromise(Spec):
    """A measured candidate that no other one beats in every goal; ``values`` in the units."""

    pool_row: int | None
    inputs: dict[str, Value]
    formula: str | None = None
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the measured candidates stand.

    Attributes:
        targets: What is wanted.
        complete: The candidates with every goal measured, length r.
        values: Of each target, in its unit, shape (r, m); NaN where one with limits only is not
            measured.
        good: Of each goal, larger is better, shape (r, goals).
        kept: Which of them are measured to keep all limits, shape (r,).
        best: Which of them no other one beats, among those that keep the limits, shape (r,).
        reference: What each goal has to beat, as goodness, shape (goals,).
        constant: Targets whose measured values are all the same.
        partly: Candidates with some goals measured only.
        counts: {candidate: measurements}.
    """

    targets: tuple[Target, ...]
    complete: tuple[Candidacy, ...]
    values: Floats
    good: Floats
    kept: Bools
    best: Bools
    reference: Floats
    constant: tuple[str, ...]
    partly: int
    counts: dict[Candidacy, int]

    @property
    def front(self) -> Floats:
        """Goodness of the best compromises, shape (k, goals)."""
        return self.good[self.best]

    @property
    def unkept(self) -> bool:
        """Whether samples are measured and none of them keeps all limits."""
        return bool(len(self.kept)) and not bool(self.kept.any())

    def reference_in_units(self) -> dict[str, float]:
        """{goal: what it has to beat}, in its unit; of one to be matched, the distance on the model
        scale. Empty while nothing is measured and no reference is given."""
        goals = [target for target in self.targets if target.goal is not Goal.KEEP]
        return {
            target.name: -float(value)
            if target.goal is Goal.MATCH
            else target.in_unit(float(value))
            for target, value in zip(goals, self.reference, strict=True)
            if np.isfinite(value)
        }

    def replicates(self, candidate: Candidacy) -> int:
        """How often a candidate was measured."""
        return self.counts.get(candidate, 0)

    def notices(self) -> tuple[str, ...]:
        """What a careful assistant would say before the next samples are made."""
        found = [
            _(
                "All measured values of '{name}' are the same, so it does not yet tell samples"
                " apart."
            ).format(name=name)
            for name in self.constant
        ]
        above = (self.good > self.reference).all(1) & self.kept
        if len(self.good) and self.good.shape[1] > 1 and self.kept.any() and not above.any():
            found.append(
                _(
                    "No measured sample is better than the reference point in every goal: the"
                    " search first looks for one that is. Check the reference if that is odd."
                )
            )
        if self.unkept:
            found.append(_("No measured sample keeps all limits yet."))
        return tuple(found)


def standing_of(spec: CampaignSpec, state: State) -> Standing:
    """How the measured candidates of a campaign stand."""
    columns: list[dict[Candidacy, float]] = []
    counts: dict[Candidacy, int] = {}
    for target in spec.targets:
        if target.known:
            columns.append({})
            continue
        history = history_of(spec, state, target)
        found, made = _by_candidate(history, target)
        columns.append(found)
        for candidate, count in made.items():
            counts[candidate] = max(counts.get(candidate, 0), count)
    needed = [
        found
        for target, found in zip(spec.targets, columns, strict=True)
        if target.goal is not Goal.KEEP and not target.known
    ] or [found for target, found in zip(spec.targets, columns, strict=True) if not target.known]
    complete = [c for c in needed[0] if all(c in found for found in needed)]
    values = np.full((len(complete), len(spec.targets)), np.nan)
    for j, (target, found) in enumerate(zip(spec.targets, columns, strict=True)):
        known = known_beforehand(spec, target) if target.known else found
        values[:, j] = [known.get(c, np.nan) for c in complete]
    return _judged(
        spec,
        tuple(complete),
        values,
        reference=_reference(spec, columns),
        constant=tuple(
            target.name
            for target, found in zip(spec.targets, columns, strict=True)
            if _constant(list(found.values()))
        ),
        partly=len({c for found in needed for c in found}) - len(complete),
        counts=counts,
    )


def _by_candidate(
    history: History, target: Target
) -> tuple[dict[Candidacy, float], dict[Candidacy, int]]:
    """({candidate: its value, in the target's unit}, {candidate: how often it was measured});
    samples that were fired otherwise, or are of another phase, are averaged with its others."""
    places: dict[Candidacy, list[int]] = {}
    for i, candidate in enumerate(history.candidates):
        places.setdefault(candidate, []).append(i)
    as_measured, counts = history.values.tolist(), history.counts.tolist()
    values = {}
    for candidate, at in places.items():
        if len(at) == 1:
            values[candidate] = as_measured[at[0]]
        else:
            mean = float(np.average(history.y[at], weights=history.counts[at]))
            values[candidate] = target.in_unit(mean)
    return values, {c: int(sum(counts[i] for i in at)) for c, at in places.items()}


def compromises(spec: CampaignSpec, state: State, standing: Standing) -> tuple[Compromise, ...]:
    """The best compromises, in the order of measuring."""
    measured = state.measured
    return tuple(
        Compromise(
            pool_row=candidate if isinstance(candidate, int) else None,
            inputs=measured[candidate],
            formula=composed_at(spec.space, measured[candidate]),
            values={
                target.name: float(value)
                for target, value in zip(spec.targets, standing.values[i], strict=True)
                if not np.isnan(value)
            },
        )
        for i, candidate in enumerate(standing.complete)
        if standing.best[i]
    )


def known_beforehand(spec: CampaignSpec, target: Target) -> dict[Candidacy, float]:
    """{candidate: value} of a target that needs no measuring, in its unit."""
    values = (spec.known or {})[target.name]
    return dict(zip(spec.space.labels.tolist(), values, strict=True))


def _reference(spec: CampaignSpec, columns: Sequence[Mapping[Candidacy, float]]) -> Floats:
    """What each goal has to beat, as goodness, shape (goals,); NaN where nothing is measured."""
    found = []
    for target, measured in zip(spec.targets, columns, strict=True):
        if target.goal is Goal.KEEP:
            continue
        given = (spec.reference or {}).get(target.name)
        values = list((known_beforehand(spec, target) if target.known else measured).values())
        if given is not None:
            least = float(target.score(np.array(given)))
        elif values:
            least = float(default_reference(target.score(np.array(values))[None])[0])
        else:
            least = np.nan
        lower = target.want().lower if target.goal in (Goal.MAX, Goal.MIN) else None
        found.append(least if lower is None else max(least, lower))
    return np.array(found, dtype=np.float64)


def _constant(values: list[float]) -> bool:
    return len(values) > 1 and max(values) - min(values) <= SAME * max(map(abs, values))


def _judged(
    spec: CampaignSpec,
    complete: tuple[Candidacy, ...],
    values: Floats,
    *,
    reference: Floats,
    constant: tuple[str, ...],
    partly: int,
    counts: dict[Candidacy, int],
) -> Standing:
    good, kept = goodness_and_limits(spec.targets, values)
    best = np.zeros(len(complete), dtype=np.bool_)
    if good.shape[1]:
        best[kept] = pareto(good[kept])
    return Standing(
        spec.targets, complete, values, good, kept, best,
        reference=reference,
        constant=constant, partly=partly, counts=counts,
    )  # fmt: skip


def goodness_and_limits(targets: tuple[Target, ...], values: Floats) -> tuple[Floats, Bools]:
    """Of values in the targets' units, shape (n, m), NaN where not measured: (goodness of the
    goals, larger is better, shape (n, goals); whether all limits are measured to be kept, (n,))."""
    kept = np.ones(len(values), dtype=np.bool_)
    good = []
    for target, column in zip(targets, values.T, strict=True):
        if target.limited:
            kept &= target.keeps(column)
        if target.goal is not Goal.KEEP:
            good.append(target.score(column))
    return (np.stack(good, -1) if good else np.empty((len(values), 0))), kept

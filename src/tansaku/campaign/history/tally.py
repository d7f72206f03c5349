"""Tally: what measurements add up to, candidate by candidate, in step with new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import accumulate

import numpy as np

from tansaku.campaign.history.records import Candidacy, Measurement, Status
from tansaku.design import Floats
from tansaku.space import Target, Value

Alike = tuple[Candidacy, tuple[tuple[str, Value], ...]]
"""What replicates share: their candidate, and what they were achieved with."""


class Tally:
    """What measurements add up to; never changed, so that two states can share its parts.

    Attributes:
        measured: {candidate: its inputs} that count as made.
        worked: Of these, those with a measurement that did not fail.
        taught: {candidate: measurements that teach}.
        limits: Measurements that teach, of which only a limit is known.
        excluded: Measurements that are kept and teach nothing.
        phased: Whether a phase was told of any.
    """

    __slots__ = (
        "_groups", "_means", "excluded", "limits", "measured", "phased", "taught", "worked",
    )  # fmt: skip

    def __init__(self) -> None:
        """Of no measurement."""
        self.measured: Mapping[Candidacy, dict[str, Value]] = {}
        self.worked: Set[Candidacy] = set()
        self.taught: Mapping[Candidacy, int] = {}
        self.limits, self.excluded, self.phased = 0, 0, False
        self._groups: dict[str, dict[Alike, list[Measurement]]] = {}
        self._means: dict[str, tuple[Target, dict[Alike, float]]] = {}

    def with_more(self, measurements: Sequence[Measurement]) -> Tally:
        """What they add up to with these behind them."""
        measured, worked, taught = dict(self.measured), set(self.worked), dict(self.taught)
        found = Tally()
        teaching: list[tuple[Alike, Measurement]] = []
        for m in measurements:
            candidate = m.candidate
            if m.closes:
                measured[candidate] = m.inputs
                if m.status is not Status.FAILED:
                    worked.add(candidate)
            if m.counts:
                taught[candidate] = taught.get(candidate, 0) + 1
                teaching.append(((candidate, tuple((m.achieved or {}).items())), m))
        found.measured, found.worked, found.taught = measured, worked, taught
        found.limits = self.limits + sum(bool(m.limits) for _key, m in teaching)
        found.excluded = self.excluded + sum(m.status is Status.EXCLUDED for m in measurements)
        found.phased = self.phased or any(m.phase for m in measurements)
        found._groups = _grouped(teaching, self._groups)
        changed = {key for key, _m in teaching} if self._means else set()
        found._means = {
            name: (target, means | found._averaged(target, changed))
            for name, (target, means) in self._means.items()
        }
        return found

    @property
    def failed(self) -> set[Candidacy]:
        """Candidates that were tried and only failed."""
        return self.measured.keys() - self.worked

    def means(self, target: Target) -> tuple[list[Candidacy], Floats]:
        """(candidates, means of their results in the target's unit, shape (n,)): one for each kind
        of replicates, where no phases are told apart."""
        groups = self._groups.get(target.name, {})
        known, means = self._means.get(target.name, (None, {}))
        if known != target:
            means = self._averaged(target, groups.keys())
            self._means[target.name] = target, means
        values = np.array([means[key] for key in groups], dtype=np.float64)
        return [candidate for candidate, _achieved in groups], values

    def _averaged(self, target: Target, wanted: Set[Alike]) -> dict[Alike, float]:
        groups = self._groups.get(target.name, {})
        found = {key: groups[key] for key in wanted if key in groups}
        return dict(zip(found, averaged(target, list(found.values()))[2].tolist(), strict=True))


def _grouped(
    teaching: Sequence[tuple[Alike, Measurement]],
    before: Mapping[str, Mapping[Alike, list[Measurement]]],
) -> dict[str, dict[Alike, list[Measurement]]]:
    """{target: {what replicates share: them}}, behind those of ``before``."""
    groups = {name: dict(each) for name, each in before.items()}
    own: set[int] = set()  # ids of this call's lists; the others belong to ``before``
    for key, m in teaching:
        for name in m.values:
            if name in m.limits:
                continue
            each = groups.setdefault(name, {})
            alike = each.get(key)
            if alike is None or id(alike) not in own:
                alike = each[key] = [*(alike or ())]
                own.add(id(alike))
            alike.append(m)
    return groups


def averaged(
    target: Target, groups: Sequence[Sequence[Measurement]]
) -> tuple[list[Floats], Floats, Floats]:
    """(values of each group and their means on the model scale, means in the unit)."""
    raw = [m.values[target.name] for group in groups for m in group]
    together = target.to_model(np.array(raw, dtype=np.float64))
    ends = list(accumulate(map(len, groups)))
    model = [together[end - len(group) : end] for end, group in zip(ends, groups, strict=True)]
    means = [float(v[0]) if len(v) == 1 else float(v.mean()) for v in model]
    values = [
        float(raw[end - 1]) if len(group) == 1 else target.in_unit(mean)
        for end, group, mean in zip(ends, groups, means, strict=True)
    ]
    return model, np.array(means, dtype=np.float64), np.array(values, dtype=np.float64)

"""The picture of a campaign's trade-offs: what is measured, what is suggested, and the front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tansaku.campaign.history.records import CampaignSpec, Candidacy
from tansaku.campaign.history.state import State, history_of
from tansaku.campaign.suggest.trade_offs import standing_of
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Goal, Target

if TYPE_CHECKING:
    from tansaku.plots.picture import Picture


def front_figure(spec: CampaignSpec, state: State, goals: Sequence[str] = ()) -> Picture:
    """Measured and suggested samples over two goals, with their error bars.

    Args:
        spec: The campaign's.
        state: As it stands.
        goals: Names of two goals; by default the first two. The best compromises are those over
            all goals, so with more than two some may seem beaten.

    Raises:
        UsageError: fewer than two goals to maximise or minimise, or unknown ones.
    """
    from tansaku.plots.pareto_plot import TradeOff, pareto_figure  # on demand: it brings matplotlib

    first, second = _two(spec, goals)
    at = [[t.name for t in spec.targets].index(t.name) for t in (first, second)]
    standing = standing_of(spec, state)
    suggested = [
        s for s in state.open_suggestions if {first.name, second.name} <= s.predicted.keys()
    ]
    expected = [[s.predicted[t.name].mean for t in (first, second)] for s in suggested]
    spread = [
        [s.predicted[t.name].log10_sd or s.predicted[t.name].sd for t in (first, second)]
        for s in suggested
    ]
    reference = standing.reference_in_units()
    beaten = [reference.get(t.name, np.nan) for t in (first, second)]
    shown = TradeOff(
        values=standing.values[:, at],
        sd=np.stack([_sd(spec, state, t, standing.complete) for t in (first, second)], -1),
        best=standing.best,
        expected=np.array(expected).reshape(-1, 2),
        expected_sd=np.array(spread).reshape(-1, 2),
        reference=(beaten[0], beaten[1]),
    )
    return pareto_figure((first, second), shown, title=spec.name)


def _two(spec: CampaignSpec, goals: Sequence[str]) -> tuple[Target, Target]:
    drawn = {t.name: t for t in spec.targets if t.goal in (Goal.MAX, Goal.MIN)}
    names = list(goals) or list(drawn)[:2]
    if len(names) != 2 or not set(names) <= drawn.keys() or len(set(names)) < 2:
        raise UsageError(
            _("The picture shows two goals to maximise or minimise; given: {names}.").format(
                names=", ".join(names) or "-"
            ),
            _("The campaign has: {names}.").format(names=", ".join(drawn) or "-"),
        )
    return drawn[names[0]], drawn[names[1]]


def _sd(
    spec: CampaignSpec, state: State, target: Target, candidates: Sequence[Candidacy]
) -> Floats:
    """Standard deviation of each candidate's mean on the target's scale: by its replicates, or as
    it was stated; 0 where neither is known. Shape (r,)."""
    if target.known:
        return np.zeros(len(candidates))
    history = history_of(spec, state, target)
    sd = np.maximum(history.spread / np.sqrt(history.counts), np.sqrt(history.noise))
    known = dict(zip(history.candidates, sd.tolist(), strict=True))
    return np.array([known.get(c, 0.0) for c in candidates])

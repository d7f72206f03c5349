"""The picture of a campaign's trade-offs: what is measured, what is suggested, and the front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.campaign.history.records import CampaignSpec, Candidacy, Measurement, Status
from tansaku.campaign.history.state import State, history_of
from tansaku.campaign.pictures.drawn import Drawn, check_enough, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.pareto_plot import TradeOff, pareto_figure
from tansaku.space import Goal, Target


def draw_front(scene: Scene) -> Drawn:
    """Measured and suggested samples over two goals, with their error bars, what broke a limit,
    what is known as a limit only, and what failed.

    The goals are the first two where none are chosen. The best compromises are those over all
    goals, so with more than two some may seem beaten.

    Raises:
        UsageError: fewer than two goals to maximise or minimise, or unknown ones.
    """
    spec, state = scene.spec, scene.state
    first, second = _two(spec, scene.over)
    at = [[t.name for t in spec.targets].index(t.name) for t in (first, second)]
    standing = scene.standing
    check_enough("pareto", len(standing.complete), 1, f"{first.name} + {second.name}")
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
    limited = [
        m for m in state.measurements if m.counts and {first.name, second.name} & m.limits.keys()
    ]
    failed = [m for m in state.measurements if m.status is Status.FAILED]
    shown = TradeOff(
        values=standing.values[:, at],
        sd=np.stack([_sd(spec, state, t, standing.complete) for t in (first, second)], -1),
        best=standing.best,
        expected=np.array(expected).reshape(-1, 2),
        expected_sd=np.array(spread).reshape(-1, 2),
        reference=(beaten[0], beaten[1]),
        broken=~standing.kept,
        limited=_at(limited, first, second),
        sides=np.array([[_side(m, t) for t in (first, second)] for m in limited]).reshape(-1, 2),
        failed=_at(failed, first, second),
    )
    return Drawn(
        "pareto",
        pareto_figure((first, second), shown, title=scene.title()),
        {
            "goals": [first.name, second.name],
            "values": numbers(shown.values),
            "sd": numbers(shown.sd),
            "best": np.flatnonzero(shown.best).tolist(),
            "broken": np.flatnonzero(~standing.kept).tolist(),
            "expected": numbers(shown.expected),
            "reference": numbers(np.array(beaten)),
            "limited": numbers(shown.limited),
            "failed": len(failed),
        },
    )


def _side(measurement: Measurement, target: Target) -> float:
    return {"above": 1.0, "below": -1.0}.get(measurement.limits.get(target.name, ""), 0.0)


def _at(found: Sequence[Measurement], first: Target, second: Target) -> Floats:
    """What measurements say of two targets, in their units, shape (k, 2); NaN where nothing."""
    values = [[m.values.get(t.name, np.nan) for t in (first, second)] for m in found]
    return np.array(values, dtype=np.float64).reshape(-1, 2)


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

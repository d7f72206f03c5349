"""Progress: what came out in the order of making, with what was said beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.bo.objectives.hypervolume import growing_hypervolume
from tansaku.campaign.history.records import (
    Candidacy,
    Created,
    Measurement,
    Recorded,
    Status,
    Suggested,
    Suggestion,
)
from tansaku.campaign.history.state import taken_back
from tansaku.campaign.pictures.drawn import Drawn, check_enough, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.design import Bools, Floats
from tansaku.language import _
from tansaku.plots.labels import of_target
from tansaku.plots.progress_plot import ProgressCurve, progress_figure
from tansaku.space import Goal, Predicted, Scale

FUNCTIONS = 200
"""Functions that the model draws for the candidates that are not measured: the mean of their best
values is known to a tenth of their spread."""

MOST_CANDIDATES = 10_000
"""Candidates of a list for which that is done: a second or two."""


def draw_progress(scene: Scene) -> Drawn:
    """The best so far, sample by sample; of several goals, where none of them was chosen, the
    hypervolume of the best compromises."""
    check_enough("progress", len(scene.values), 1, scene.target.name)
    made = _in_order(scene)
    goals = [t for t in scene.spec.targets if t.goal is not Goal.KEEP]
    several = len(goals) > 1 and not scene.chosen
    curve = _volumes(scene, made) if several else _values(scene, made)
    label = of_target(scene.target)
    if several:
        label = _("hypervolume above the reference point")
    figure = progress_figure(curve, label, title=scene.title())
    return Drawn(
        "progress",
        figure,
        {
            "target": None if several else scene.target.name,
            "measurements": [m.called for m in made],
            "values": numbers(curve.values),
            "best": numbers(curve.best),
            "expected": numbers(curve.expected),
            "low": numbers(curve.low),
            "high": numbers(curve.high),
            "failed": int(curve.failed.sum()),
            "random": None if curve.random is None else numbers(curve.random),
            "random_is_exact": curve.random_is_exact,
            "table": curve.table,
        },
    )


def _in_order(scene: Scene) -> list[Measurement]:
    """What was made, by the days of making where all are told, else as it was recorded."""
    made = [m for m in scene.state.measurements if m.status is not Status.EXCLUDED]
    if all(m.made_on for m in made):
        made.sort(key=lambda m: m.made_on.toordinal() if m.made_on else 0)
    return made


def _values(scene: Scene, made: Sequence[Measurement]) -> ProgressCurve:
    target = scene.target
    plain = [m.counts and target.name in m.values for m in made]
    raw = np.array(
        [m.values[target.name] if p else np.nan for m, p in zip(made, plain, strict=True)]
    )
    values = np.log10(raw) if target.scale is Scale.LOG10 else raw
    ends = {"above": 1.0, "below": -1.0}
    side = np.array([ends.get(m.limits.get(target.name, ""), 0.0) for m in made])
    before = _beforehand(scene)
    told = [before.get(m.id) for m in made]
    random, exact = _random(scene, len(made))
    return ProgressCurve(
        values=values,
        failed=np.array([m.status is Status.FAILED for m in made]),
        side=side,
        best=_best(scene, made, values, side),
        expected=np.array([np.nan if p is None else _on_scale(scene, p.mean) for p in told]),
        low=np.array([np.nan if p is None else _on_scale(scene, p.low) for p in told]),
        high=np.array([np.nan if p is None else _on_scale(scene, p.high) for p in told]),
        random=random,
        random_is_exact=exact,
        table=_there(scene, made),
    )


def _on_scale(scene: Scene, value: float) -> float:
    return float(np.log10(value)) if scene.target.scale is Scale.LOG10 else value


def _there(scene: Scene, made: Sequence[Measurement]) -> int:
    """How many were in the table of which the campaign was made; 0 where others came between."""
    first = scene.events[0]
    own = {m.id for m in first.measurements} if isinstance(first, Created) else set()
    inside = [m.id in own for m in made]
    return sum(inside) if inside == sorted(inside, reverse=True) else 0


def _best(scene: Scene, made: Sequence[Measurement], values: Floats, side: Floats) -> Floats:
    """The best plain value so far of samples that keep all limits, on the scale."""
    target, standing = scene.target, scene.standing
    broken = {c for c, k in zip(standing.complete, standing.kept, strict=True) if not k}
    best, found = np.nan, []
    for m, value, limit in zip(made, values.tolist(), side.tolist(), strict=True):
        if np.isfinite(value) and not limit and m.counts and m.candidate not in broken:
            scores = target.score(np.array([_raw(scene, value), _raw(scene, best)]))
            best = value if np.isnan(best) or scores[0] > scores[1] else best
        found.append(best)
    return np.array(found)


def _raw(scene: Scene, value: float) -> float:
    return float(10**value) if scene.target.scale is Scale.LOG10 else value


def _beforehand(scene: Scene) -> dict[str, Predicted]:
    """{measurement: what was expected of it when it was suggested}, of the first one after each."""
    gone, said = taken_back(scene.events), dict[Candidacy, Suggestion]()
    found: dict[str, Predicted] = {}
    for number, event in enumerate(scene.events, start=1):
        if number in gone:
            continue
        if isinstance(event, Suggested):
            said |= {s.candidate: s for s in event.suggestions}
        if isinstance(event, Created | Recorded):
            for m in event.measurements:
                suggestion = said.pop(m.candidate, None)
                if suggestion is not None and scene.target.name in suggestion.predicted:
                    found[m.id] = suggestion.predicted[scene.target.name]
    return found


def _random(scene: Scene, n: int) -> tuple[Floats | None, bool]:
    """(the best that random search has after 1 .. n samples on the average, on the scale; whether
    no model was asked for it). Of a list of candidates only, and of one goal without limits: the
    expectation over all orders is exact, that over values not measured is the model's."""
    space, target = scene.space, scene.target
    plain = [t for t in scene.spec.targets if not t.known] == [target] and target.plain
    if not (plain and target.goal in (Goal.MAX, Goal.MIN)):
        return None, True
    if not space.listed or len(space) > MOST_CANDIDATES:
        return None, True
    known = np.full(len(space), np.nan)
    position = {label: i for i, label in enumerate(space.labels.tolist())}
    for candidate, value in zip(scene.history.candidates, scene.values, strict=True):
        if isinstance(candidate, int):
            known[position[candidate]] = value
    open_ = np.isnan(known)
    draws = known[None]
    if open_.any():
        draws = np.repeat(draws, FUNCTIONS, axis=0)
        sampled = scene.believed(space.matrix[open_]).sample(FUNCTIONS, seed=scene.seed)
        draws[:, open_] = sampled
    ordered = np.sort(target.sign * draws, axis=1)[:, ::-1].mean(0)
    return target.sign * expected_best(ordered, n), not open_.any()


def expected_best(ordered: Floats, n: int) -> Floats:
    """The largest of 1 .. n values drawn without replacement, on the average over all draws, shape
    (n,); all of them once there are more.

    Args:
        ordered: The values, from the largest on, shape (N,).
        n: Samples.

    Example:
        >>> expected_best(np.array([3.0, 2.0, 1.0]), 4).round(3).tolist()
        [2.0, 2.667, 3.0, 3.0]
    """
    N, found = len(ordered), []
    rank = np.arange(N)
    later = np.ones(N)  # chance that none of the better ones is among k samples
    for k in range(1, n + 1):
        left = N - rank - (k - 1)
        later = later * np.maximum(left, 0) / max(N - (k - 1), 1) if k <= N else later
        chance = later - np.append(later[1:], 0.0)
        found.append(float(chance @ ordered) if k <= N else float(ordered[0]))
    return np.array(found)


def _volumes(scene: Scene, made: Sequence[Measurement]) -> ProgressCurve:
    """The hypervolume of the best compromises after each measurement."""
    standing = scene.standing
    good = np.where(standing.kept[:, None], standing.good, standing.reference)
    place = {candidate: i for i, candidate in enumerate(standing.complete)}
    needed = [t.name for t in scene.spec.targets if t.goal is not Goal.KEEP and not t.known]
    told: dict[Candidacy, set[str]] = {}
    picks, after = [], []
    for m in made:
        if m.counts:
            told.setdefault(m.candidate, set()).update(m.values.keys() - m.limits.keys())
        if m.candidate in place and told.get(m.candidate, set()) >= set(needed):
            picks.append(place.pop(m.candidate))
        after.append(len(picks))
    volumes = growing_hypervolume(good, np.array(picks, dtype=np.int64), standing.reference, {})
    best = np.append(0.0, volumes)[after]
    nothing = np.full(len(made), np.nan)
    failed: Bools = np.array([m.status is Status.FAILED for m in made])
    return ProgressCurve(
        nothing, failed, np.zeros(len(made)), best, nothing, nothing, nothing,
        table=_there(scene, made),
    )  # fmt: skip

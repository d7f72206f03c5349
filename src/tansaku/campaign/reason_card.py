"""Reason card: what speaks for a sample, from what was known when it was chosen.

Nothing is imagined of samples that were under way then: the card speaks of results alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tansaku.bo import engine
from tansaku.campaign.campaign_posterior import Posterior
from tansaku.campaign.history.records import CampaignDocument, CampaignSpec, Suggested, Suggestion
from tansaku.campaign.history.requester import NOBODY
from tansaku.campaign.history.sample_names import names_of
from tansaku.campaign.history.state import State, fold
from tansaku.design import Floats, Ints
from tansaku.insight.contrast import shapley_values, steps_between
from tansaku.space import BriefPrediction, ListedFormulas, Scale, Space, Value, composed_at
from tansaku.spec import Answer

PULLS = 3
"""Measured samples that are named."""
FAINT = 0.01
"""Weight below which a sample moves the prediction by nothing worth a word."""
LEAST, MOST, PAIRS = 100, 2500, 100_000
"""Candidates that are compared: at least, at the most, and between so many that their pairs with
samples, times the fourth power of the number of targets, are no more than this. Then a card is
there within 100 ms of a suggestion."""
POOR, GOOD = 0.1, 0.9
"""Quantiles of the prediction that stand for a poor and a good result."""
SAFE, BOLD = "pi", "ucb"
"""What the safe and the bold alternative have the most of: the chance to be better at all, and mean
plus two sds."""


class Pull(Answer):
    """A measured sample that pulls a prediction.

    Attributes:
        sample: What the lab calls it.
        inputs: As it was made.
        value: Its result, in the target's unit.
        weight: By how much the prediction moves, on the model scale, when the result moves by 1.
    """

    sample: str | None
    inputs: dict[str, Value]
    value: float
    weight: float


class TargetCard(Answer):
    """One target of a sample.

    Attributes:
        unit: Of its values.
        in_decades: It is modelled on log10, so that differences are in decades; else in the unit.
        pulls: The measured samples that pull the prediction most, the strongest first; none where
            all are too far away to speak for it.
        best: Inputs of the best result, with which the sample is compared; empty where its inputs
            cannot be exchanged one by one.
        best_mean: What the model says of that one, in the target's unit.
        difference: What the model expects beyond that.
        differs: {input: its part in the difference}, by Shapley; they sum to it.
    """

    unit: str
    in_decades: bool
    pulls: tuple[Pull, ...]
    best: dict[str, Value] = {}
    best_mean: float | None = None
    difference: float | None = None
    differs: dict[str, float] = {}


class GainSplit(Answer):
    """Expected improvement (of several goals of the hypervolume), on the model scale.

    Attributes:
        expected: The whole.
        exploiting: What of it is left if every hyperparameter sample were sure of its mean.
        exploring: What the uncertainty adds; of several goals, and of a value to be met, it can
            take away.
    """

    expected: float
    exploiting: float
    exploring: float

    @property
    def share(self) -> float:
        """Of the expected improvement what is exploiting, between 0 and 1."""
        return min(max(self.exploiting / self.expected, 0.0), 1.0) if self.expected > 0 else 0.0


class Alternative(Answer):
    """Another candidate."""

    inputs: dict[str, Value]
    pool_row: int | None
    formula: str | None
    predicted: dict[str, BriefPrediction]
    chance_to_beat_best: float | None


class NextIf(Answer):
    """What would be suggested next if the results come out at a quantile of their predictions:
    ``POOR``, in the middle, or ``GOOD``.

    Attributes:
        quantile: Of each target, counted so that a larger one is better.
        values: {target: its value there, in the unit}.
        next: The suggestion after that.
    """

    quantile: float
    values: dict[str, float]
    next: dict[str, Value]


class ReasonCard(Answer):
    """What speaks for a sample.

    Attributes:
        targets: {target: what its prediction rests on}.
        gain: How much of it is exploiting and exploring; ``None`` where there is no goal.
        limits: {limit: chance that it is kept}.
        tightest: The limit that is least likely kept, where there is one.
        safe: The candidate with the best chance to be better; ``None`` where it is this one, or
            candidates are not listed.
        bold: The candidate of which the most can be hoped for; likewise.
        next_if: What each result would lead to; empty where candidates are not listed.
        looked_at: Candidates that were compared.
    """

    targets: dict[str, TargetCard]
    gain: GainSplit | None
    limits: dict[str, float] = {}
    tightest: str | None = None
    safe: Alternative | None = None
    bold: Alternative | None = None
    next_if: tuple[NextIf, ...] = ()
    looked_at: int = 0


def reason_card(
    document: CampaignDocument, number: int, suggestion: Suggestion
) -> ReasonCard | None:
    """The card of a suggestion of event ``number``, from what was known then; ``None`` where no
    model was asked, or the event was stored without its strategy."""
    event = document.events[number - 1]
    if not isinstance(event, Suggested) or event.asked is None or not suggestion.predicted:
        return None
    spec, asked = document.campaign, event.asked
    state = fold(document.events[: asked.events])
    here = spec.space.row(suggestion.inputs)
    rows = np.vstack([here, _others(spec, state, here, event.seed)])
    p = Posterior.learn(spec, state, asked.strategy, event.seed, rows)
    limits = dict(_limits(p))
    return ReasonCard(
        targets=_target_cards(p),
        gain=_gain(p),
        limits=limits,
        tightest=min(limits, key=lambda name: limits[name], default=None),
        **_alternatives(p, spec.space),
        next_if=tuple(_next_if(p, spec.space)),
        looked_at=len(rows) - 1,
    )


def _others(spec: CampaignSpec, state: State, here: Floats, seed: int) -> Floats:
    """Other candidates that were open, shape (N, inputs), drawn where they are many; none where
    they are not listed."""
    space = spec.space
    if not space.listed:
        return np.empty((0, len(space.inputs)))
    gone = {*state.measured, *state.under_way}
    free = ~np.isin(space.labels, [each for each in gone if isinstance(each, int)])
    free &= NOBODY.allowed(space, state.blocked).mask(space.matrix)
    free &= (space.matrix != here).any(1)
    found = np.flatnonzero(free)
    pairs = len(state.measurements) * len(spec.targets) ** 4
    most = min(max(PAIRS // max(pairs, 1), LEAST), MOST)
    if len(found) > most:
        found = np.sort(np.random.default_rng(seed).choice(found, most, replace=False))
    return space.matrix[found]


def _target_cards(p: Posterior) -> dict[str, TargetCard]:
    """What the prediction of each target rests on."""
    pulls = [_pulls(p, j) for j in range(len(p.targets))]
    contrasts = _contrasts(p)  # of the model that has been asked about the samples
    return {
        target.name: TargetCard(
            unit=target.unit,
            in_decades=target.scale is Scale.LOG10,
            pulls=pulls[j],
            **contrasts.get(j, {}),
        )
        for j, target in enumerate(p.targets)
    }


def _pulls(p: Posterior, j: int) -> tuple[Pull, ...]:
    """The samples that pull the prediction of one target most."""
    history, inputs = p.search.histories[j], p.search.state.measured
    names = names_of(p.search.spec, p.search.state)
    weights = p.joint.data_weights(p.places[p.targets[j].name], 0)[: len(history.y)]
    strongest = np.argsort(-np.abs(weights), kind="stable")[:PULLS]
    return tuple(
        Pull(
            sample=names.get(history.candidates[i]),
            inputs=inputs[history.candidates[i]],
            value=float(history.values[i]),
            weight=float(weights[i]),
        )
        for i in strongest[np.abs(weights[strongest]) >= FAINT].tolist()
    )


def _contrasts(p: Posterior) -> dict[int, dict[str, Any]]:
    """{target: the sample against the best one, input by input}, where one is measured and inputs
    can be exchanged one by one."""
    space, here, paths = p.search.spec.space, p.points[0], {}
    if isinstance(space.chemistry, ListedFormulas):
        return {}
    for j, (target, history) in enumerate(zip(p.targets, p.search.histories, strict=True)):
        if len(history.y):
            best = history.candidates[int(np.argmax(target.score(history.values)))]
            paths[j] = _path(space.row(p.search.state.measured[best]), here)
    if not paths:
        return {}
    there = p.over(np.concatenate([rows for _apart, rows in paths.values()]))  # one pass for all
    means, on_scale = (each.mean.reshape(len(there), -1) for each in (there, there.on_model_scale))
    found, start = {}, 0
    for j, (apart, rows) in paths.items():
        parts = shapley_values(on_scale[start : start + len(rows), [j]], len(apart))[:, 0]
        found[j] = {
            "best": space.named(rows[0]),
            "best_mean": float(means[start, j]),
            "difference": float(parts.sum()),
            "differs": {space.names[i]: float(x) for i, x in zip(apart, parts, strict=True)},
        }
        start += len(rows)
    return found


def _path(best: Floats, here: Floats) -> tuple[Ints, Floats]:
    """(inputs in which two points differ, the points between them with the first one first)."""
    apart = np.flatnonzero(here != best)
    second = steps_between(len(apart))
    rows = np.repeat(best[None], len(second), axis=0)
    rows[:, apart] = np.where(second, here[apart], best[apart])
    return apart, rows


def _gain(p: Posterior) -> GainSplit | None:
    if not p.joint.model.joint.objectives:
        return None
    here = p.joint.given.at(np.zeros((1, 1), dtype=np.int64))
    expected, exploiting = (float(each) for each in here.split_gain())
    return GainSplit(expected=expected, exploiting=exploiting, exploring=expected - exploiting)


def _limits(p: Posterior) -> Iterator[tuple[str, float]]:
    """(Limit, chance that the value keeps it)."""
    for target in p.targets:
        for end, way in ((target.low, "above"), (target.high, "below")):
            if end is not None:
                sign = ">=" if way == "above" else "<="
                chance = p.probability(**{way: {target.name: end}})
                yield f"{target.name} {sign} {end:g}", float(chance[0])


def _alternatives(p: Posterior, space: Space) -> dict[str, Alternative]:
    """The safe and the bold one, where they are other candidates."""
    best = {"safe": int(np.argmax(p.score(SAFE))), "bold": int(np.argmax(p.score(BOLD)))}
    others = {name: i for name, i in best.items() if i}
    if not others:
        return {}
    places = [*others.values()]
    there, told = p.joint.given.at(np.array([places], dtype=np.int64)), p.predictions(places)
    chances = engine.chance_of(p.joint.now, there)[0].tolist()
    found = {}
    for (name, i), chance, predicted in zip(others.items(), chances, told, strict=True):
        inputs = space.named(p.points[i])
        found[name] = Alternative(
            inputs=inputs,
            pool_row=space.locate(inputs).label,
            formula=composed_at(space, inputs),
            predicted=predicted,
            chance_to_beat_best=None if np.isnan(chance) else chance,
        )
    return found


def _next_if(p: Posterior, space: Space) -> Iterator[NextIf]:
    """What would come next after a poor, a middling and a good result."""
    if len(p.points) < 2:
        return
    for q in (POOR, 0.5, GOOD):
        after = p.joint.after(0, q)
        best = 1 + int(np.argmax(after.score(p.strategy.acquisition)[1:]))
        values = {
            target.name: target.in_unit(float(after.moments.mean[0, p.places[target.name]]))
            for target in p.targets
        }
        yield NextIf(quantile=q, values=values, next=space.named(p.points[best]))

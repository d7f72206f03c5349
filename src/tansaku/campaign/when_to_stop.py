"""When to stop: whether the best candidate has been found, and what more samples would gain."""

from __future__ import annotations

import math
import shlex
from typing import Final, Literal

import numpy as np
from pydantic import Field, computed_field

from tansaku.bo.stopping import DRAWS, Stopping, plausible, stopping
from tansaku.campaign.campaign_posterior import Posterior
from tansaku.campaign.history.objectives import costs, known_at
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.requester import NOBODY
from tansaku.campaign.history.state import State
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Listing, Streams
from tansaku.design import Floats, Ints
from tansaku.errors import ModelError, PoolExhaustedError, UsageError
from tansaku.language import _, joined, percent
from tansaku.space import Goal, Scale, Target
from tansaku.spec import Answer
from tansaku.stages import stage
from tansaku.strategy import Strategy

LOOKED_AT: Final = 1024
"""Candidates at most that are drawn together, those that are likeliest to be the best: one draw
then costs 1e9 / 3 operations for each set of hyperparameters."""
DRAWS_OF_TWO: Final = 256
"""With two goals, where each draw has a front of its own: a probability is right within 0.03."""
STEPS: Final = (1, 5, 10)
"""Samples whose gain is told."""
SHARE: Final = 0.01
"""Of the hypervolume: what matters with two goals where nobody has said."""
MOST_GOALS: Final = 2


class Stop(Answer):
    """Whether a search can stop. Chances are those of the model: of the function without the noise
    of a measurement, among all candidates that were not tried and are not blocked.

    Attributes:
        campaign: Its name.
        strategy: Whose model was asked.
        seed: The same seed gives the same answer.
        target: The goal, or both of them.
        found: Probability that the best candidate is among those that were tried; with two goals,
            that no other one adds to the trade-off.
        better_by_delta: Probability that one that was not tried is better by more than ``delta``.
        delta: What matters, in ``unit``.
        delta_is: ``given``; ``noise``: the sd of one measurement; ``share``: 1 % of the
            hypervolume.
        gain: {number of samples: how much better than now the best of so many more is expected to
            be}, in ``unit``, for 1, 5 and 10.
        unit: The target's unit, ``decades`` for a log10 target, ``hypervolume`` for a share of what
            all candidates reach together.
        gain_per_cost: {number of samples: gain over what they cost}, where candidates have costs.
        candidates: Those that were not tried.
        looked_at: Of these, the likeliest to be better, whose values were drawn together.
    """

    campaign: str
    strategy: str
    seed: int
    target: str
    found: float
    better_by_delta: float
    delta: float
    delta_is: Literal["given", "noise", "share"]
    gain: dict[str, float]
    unit: str
    gain_per_cost: dict[str, float] | None = Field(default=None, exclude_if=lambda v: v is None)
    candidates: int
    looked_at: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sentence(self) -> str:
        """The answer, in the language in use."""
        facts = {
            "found": percent(self.found),
            "better": percent(self.better_by_delta),
            "delta": _told(self.delta, self.unit),
            "name": self.target,
        }
        text = _(
            "The chance that the best of {name} is among the samples that were tried is {found},"
            " and that another candidate is better by more than {delta} is {better}."
        )
        gains = ", ".join(f"{k}: {_told(gain, self.unit)}" for k, gain in self.gain.items())
        expected = _("Expected gain of so many more samples: {gains}.").format(gains=gains)
        return joined(text.format(**facts), expected)

    @property
    def lines(self) -> list[str]:
        """The sentence, the gain per cost, and how many candidates were drawn, where not all."""
        said = [self.sentence]
        if self.gain_per_cost is not None:
            gains = ", ".join(f"{k}: {gain:.2g}" for k, gain in self.gain_per_cost.items())
            said.append(_("Gain for one unit of cost: {gains}.").format(gains=gains))
        if self.looked_at < self.candidates:
            text = _(
                "Drawn together were the {n} of {all} candidates that are likeliest to be better."
            )
            said.append(text.format(n=self.looked_at, all=self.candidates))
        return said


def _told(value: float, unit: str) -> str:
    """A gain as people read it: of decades the factor."""
    if unit == "decades":
        return f"× {10**value:.3g}"
    if unit == "hypervolume":
        return percent(value)
    return f"{value:.2g} {unit}".rstrip()


def stop_of(
    spec: CampaignSpec, state: State, strategy: Strategy, seed: int, delta: float | None = None
) -> Stop:
    """Whether the search can stop.

    Args:
        spec: The campaign's.
        state: As it stands.
        strategy: Whose model is asked.
        seed: Of the draws.
        delta: What matters, in the target's unit; of a log10 target a factor above 1; with two
            goals a share of the hypervolume. By default the sd of one measurement, or 1 %.

    Raises:
        UsageError: the strategy has no model, there are not one or two goals that are measured, or
            ``delta`` is none.
        ModelError: nothing is measured yet of a target, or no sample in every goal.
        PoolExhaustedError: no candidate is left.
    """
    goals = _goals(spec)
    given = _given(goals, delta)
    search = CampaignSearch.of(spec, state, strategy)
    model = Posterior.learn(spec, state, strategy, seed, _first_row(search))
    allowed = NOBODY.allowed(spec.space, state.blocked)
    streams = Streams.of(seed, search.histories[search.most_measured], 0)
    listing = search.listing(streams, allowed)
    tried = np.flatnonzero(listing.mask(search.standing.complete))
    others = np.flatnonzero(~listing.mask(state.measured) & allowed.mask(listing.matrix))
    if not len(others):
        raise PoolExhaustedError(
            _("No candidate of campaign '{name}' is left.").format(name=spec.name),
            _("The best is told by: tansaku status {name}").format(name=shlex.quote(spec.name)),
        )
    looked = _likeliest(model, goals, listing, tried, others)
    stage(_("imagining what is not measured yet"))
    both = np.concatenate([tried, looked])
    good, floor = _drawn(spec, model.over(listing.matrix[both]), listing, both, seed)
    k = len(tried)
    works = model.over(listing.matrix[looked]).chance_to_work
    fails = np.random.default_rng([seed, 1]).random((len(good), len(looked))) >= works
    good[:, k:][fails] = -np.inf
    reference = search.standing.reference if len(goals) > 1 else np.array([floor[:, :k].min()])
    least = _noise(model, goals[0]) if len(goals) == 1 else SHARE
    least = least if given is None else given
    price = costs(spec, listing.matrix[looked], _labels(listing, looked))
    found = stopping(good[:, :k], good[:, k:], reference, least, max(STEPS), price)
    return Stop(
        campaign=spec.name,
        strategy=strategy.name,
        seed=seed,
        target=", ".join(target.name for target in goals),
        found=found.found,
        better_by_delta=found.better,
        delta=least,
        delta_is="given" if given is not None else "noise" if len(goals) == 1 else "share",
        gain=dict(_in_steps(found.gains)),
        unit=_unit(goals),
        gain_per_cost=_per_cost(found, price),
        candidates=len(others),
        looked_at=len(looked),
    )


def _goals(spec: CampaignSpec) -> list[Target]:
    """The goals.

    Raises:
        UsageError: none or more than two, or one that is known beforehand.
    """
    goals = [target for target in spec.targets if target.goal is not Goal.KEEP]
    if not 1 <= len(goals) <= MOST_GOALS or any(target.known for target in goals):
        raise UsageError(
            _("Stopping is told of one goal or two that are measured; here are: {names}.").format(
                names=", ".join(map(str, goals)) or "-"
            ),
            _("Ask what the next samples would gain: tansaku suggest {name}").format(
                name=shlex.quote(spec.name)
            ),
        )
    return goals


def _given(goals: list[Target], delta: float | None) -> float | None:
    """What was said to matter, on the model scale.

    Raises:
        UsageError: it is no gain.
    """
    if delta is None:
        return None
    factor = len(goals) == 1 and goals[0].scale is Scale.LOG10
    if not math.isfinite(delta) or delta <= (1 if factor else 0) or (len(goals) > 1 and delta >= 1):
        raise UsageError(
            _("--delta is {value:g}.").format(value=delta),
            _(
                "Give a gain above 0 in the target's unit; of a log10 target a factor above 1, with"
                " two goals a share of the hypervolume below 1."
            ),
        )
    return math.log10(delta) if factor else delta


def _first_row(search: CampaignSearch) -> Floats:
    """Inputs of a sample with every goal measured, shape (1, inputs).

    Raises:
        ModelError: there is none.
    """
    standing, space = search.standing, search.spec.space
    if not standing.complete:
        raise ModelError(
            _("No sample of campaign '{name}' has a result of every goal.").format(
                name=search.spec.name
            ),
            _("Record a result first."),
        )
    return space.row(search.state.measured[standing.complete[0]])[None]


def _noise(model: Posterior, goal: Target) -> float:
    """The sd of one measurement of the goal, model scale."""
    one = (model if len(model.targets) == 1 else model[goal.name]).on_model_scale
    return float(np.sqrt(one.measured.sd[0] ** 2 - one.sd[0] ** 2))


def _likeliest(
    model: Posterior, goals: list[Target], listing: Listing, tried: Ints, others: Ints
) -> Ints:
    """Of the candidates not tried those whose values are drawn: of each goal those that are
    likeliest to beat what was tried."""
    most = max(LOOKED_AT - len(tried), LOOKED_AT // 2)
    if len(others) <= most:
        return others
    rows = np.concatenate([tried, others])
    every = model.over(listing.matrix[rows]).on_model_scale
    mean, sd = (np.reshape(each, (len(rows), -1)) for each in (every.mean, every.sd))
    names = [target.name for target in model.targets]
    found = []
    for goal in goals:
        j = names.index(goal.name)
        middle = goal.sign * mean[:, j]
        if goal.goal is Goal.MATCH:
            middle = -np.abs(middle - goal.match_on_model_scale())
        best = float(middle[: len(tried)].max())
        some = plausible(middle[len(tried) :], sd[len(tried) :, j], best, most // len(goals))
        found.append(others[some])
    return np.unique(np.concatenate(found))


def _drawn(
    spec: CampaignSpec, model: Posterior, listing: Listing, at: Ints, seed: int
) -> tuple[Floats, Floats]:
    """(goals at candidates in joint draws, larger is better, -inf where a limit is broken; the same
    whatever the limits), shape (S, K, goals) each."""
    one = sum(target.goal is not Goal.KEEP for target in spec.targets) == 1
    drawn = model.sample(DRAWS if one else DRAWS_OF_TWO, seed=seed)
    drawn = drawn.reshape(len(drawn), len(at), -1)
    by_name = {target.name: drawn[..., j] for j, target in enumerate(model.targets)}
    kept = np.ones(drawn.shape[:2], dtype=np.bool_)
    goods = []
    for target in spec.targets:
        values = by_name.get(target.name)
        if values is None:
            values = np.tile(known_at(spec, target.name, _labels(listing, at)), (len(drawn), 1))
        kept &= target.keeps(values)
        if target.goal is not Goal.KEEP:
            goods.append(target.score(values))
    good = np.stack(goods, -1)
    return np.where(kept[..., None], good, -np.inf), good


def _labels(listing: Listing, at: Ints) -> Ints | None:
    if listing.labels is None:
        return None
    return np.asarray(listing.labels)[at]


def _unit(goals: list[Target]) -> str:
    if len(goals) > 1:
        return "hypervolume"
    return "decades" if goals[0].scale is Scale.LOG10 else goals[0].unit


def _in_steps(values: tuple[float, ...]) -> list[tuple[str, float]]:
    """(number of samples, value); of fewer candidates than that, of all."""
    return [(str(k), values[min(k, len(values)) - 1]) for k in STEPS]


def _per_cost(found: Stopping, price: Floats | None) -> dict[str, float] | None:
    if price is None:
        return None
    spent = np.cumsum(price[list(found.picks)])
    return dict(_in_steps(tuple((np.array(found.gains) / spent).tolist())))

"""The engine for several outcomes: the next samples of b searches that want several things at once.

Each outcome is learned alone, by the same fit as in a search for one; what a candidate is worth is
then computed from all beliefs together (``bo.objectives``). Live work is a batch of one, a study a
batch of many: the same code chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tansaku.bo.acquisition_input import rank
from tansaku.bo.deadline import passed
from tansaku.bo.device import to_host
from tansaku.bo.engine import start_of, too_few
from tansaku.bo.fantasy_posterior import FantasyPosterior, MultiOutputModel, coins
from tansaku.bo.objectives.utility import moments, way_of
from tansaku.bo.optimize import best_allowed, random_allowed, random_distinct
from tansaku.bo.shortlist import BEST, WHOLE, block_size
from tansaku.bo.surrogates import Fitted
from tansaku.bo.threads import threads_for
from tansaku.design import Bools, Design, Floats, Ints, Joint
from tansaku.strategy import Strategy, in_brief

CHANCE_DRAWS = 512
"""Draws behind the chance of an improvement where objectives are too many for boxes: +-2 %."""


@dataclass(frozen=True, slots=True)
class JointProposal:
    """What the engine answers for b problems, m outcomes and n picks each.

    Attributes:
        picks: Pool indices, shape (b, n), in the order of choosing.
        by_model: False where the picks are start samples, chosen without a model.
        mean: Predicted mean of each outcome, shape (b, n, m), model scale; NaN without a model.
        sd: Standard deviation of the function there, shape (b, n, m).
        measured_sd: Standard deviation of the next measurement there, shape (b, n, m).
        chance: Probability that all limits are kept and that no measured sample is at least as good
            in every objective, shape (b, n).
        feasible: Probability that all limits are kept, shape (b, n).
        rank_of_sd: Share of the candidates not taken whose sd is smaller, averaged over outcomes.
        at_random: Picks drawn at random because the inputs seemed to tell nothing, shape (b, n).
        way: ``hypervolume``, ``chebyshev``, ``desirability`` or ``limits`` (nothing but limits);
            empty without a model.
        reference: What the objectives had to beat, as goodness, shape (b, objectives).
        fitted: The model of each outcome; ``None`` for a known one, empty without a model.
        warm: To be handed to the next call on the same problems.
        seen: Share of the candidates that were looked at; below 1 where the time was up.
        works: Probability that each pick works, shape (b, n); ``None`` where nothing has failed.
    """

    picks: Ints
    by_model: bool
    mean: Floats
    sd: Floats
    measured_sd: Floats
    chance: Floats
    feasible: Floats
    rank_of_sd: Floats
    at_random: Bools
    way: str = ""
    reference: Floats | None = None
    fitted: tuple[Fitted | None, ...] = ()
    warm: Any = None
    seen: float = 1.0
    works: Floats | None = None


def propose_joint(
    joint: Joint,
    strategy: Strategy,
    n: int,
    rngs: Sequence[np.random.Generator],
    *,
    warm: Any = None,
) -> JointProposal:
    """Choose the next ``n`` samples of every problem.

    Args:
        joint: b searches; each has at least ``n`` candidates that are not taken.
        strategy: How to choose.
        n: Picks per problem, at least 1; each takes the earlier ones (and what is pending) into
            account.
        rngs: b generators.
        warm: ``JointProposal.warm`` of the previous call on the same problems.
    """
    if not asks_model(joint, strategy):
        return told_without_model(joint, start_of(joint.outcomes[0], strategy, n, rngs).picks)
    brief = in_brief(strategy)  # every setting means a front of its own
    with threads_for(max((each.measured for each in joint.outcomes), default=0)):
        lesson = MultiOutputModel.of(joint, brief, rngs, warm)
        if joint.size > 1 or len(joint.outcomes[0].pool) <= WHOLE:
            return _from_whole(lesson, brief, n, rngs)
        return _from_blocks(lesson, brief, n, rngs)


def asks_model(joint: Joint, strategy: Strategy) -> bool:
    """Whether enough is measured of every outcome, and the strategy has a model at all."""
    spec = strategy.surrogate
    measured = [p for p, w in zip(joint.outcomes, joint.wants, strict=True) if w.known is None]
    return spec is not None and not any(
        too_few(each, spec, strategy.start_samples) for each in measured
    )


def _from_whole(
    lesson: MultiOutputModel, strategy: Strategy, n: int, rngs: Sequence[np.random.Generator]
) -> JointProposal:
    """Choose with every candidate in view."""
    now = lesson.over(lesson.joint.outcomes[0].pool.X, strategy, look_up=True)
    picks, at_random = _choose(now, strategy, n, rngs)
    return told_of(now, strategy, picks, at_random, rngs)


def _from_blocks(
    lesson: MultiOutputModel, strategy: Strategy, n: int, rngs: Sequence[np.random.Generator]
) -> JointProposal:
    """Choose from a pool that is seen in blocks (b = 1): one pass, then a short list of the best
    and as many drawn at random. Thompson sampling draws over the short list only."""
    joint, first = lesson.joint, lesson.joint.outcomes[0]
    index, seen = best_of(lesson, strategy, rngs)
    left = int((~first.taken).sum())
    drawn = random_distinct(first.taken[0], min(left, max(BEST, n)), rngs[0])
    index = np.unique(np.concatenate([index, drawn, first.pending[0]]))
    pool = Design(first.pool.X[index], ("",) * first.pool.d)
    pending = np.searchsorted(index, first.pending)
    few = tuple(
        replace(each, pool=pool, taken=each.taken[:, index], pending=pending, positions=None)
        for each in joint.outcomes
    )
    lesson = replace(lesson, joint=replace(joint, outcomes=few))
    now = replace(lesson.over(pool.X, strategy), at=index)
    picks, at_random = _choose(now, strategy, n, rngs)
    found = told_of(now, strategy, picks, at_random, rngs)
    return replace(found, picks=index[picks], seen=seen / len(first.pool))


def best_of(
    lesson: MultiOutputModel,
    strategy: Strategy,
    rngs: Sequence[np.random.Generator],
    most: int = BEST,
) -> tuple[Ints, int]:
    """(the best candidates that are not taken as single samples, best first, shape (up to most,);
    how many were looked at before the time was up), by one pass in blocks (b = 1)."""
    first, seen = lesson.joint.outcomes[0], 0
    index, scores = np.empty(0, dtype=np.int64), np.empty(0)
    size = min(block_size(each) for each in lesson.fitted if each is not None)
    acquisition = strategy.acquisition
    if acquisition.name == "thompson":
        acquisition = acquisition.model_copy(update={"name": "log_ei"})
    for start, X in first.pool.blocks(size):
        if start and passed():
            break
        seen += len(X)
        here = np.arange(start, start + len(X))
        part = replace(lesson.over(X, strategy), at=here)
        score = part.utility().score(acquisition, rngs, list)[0]
        index = np.concatenate([index, here])
        scores = np.concatenate([scores, np.where(first.taken[0, here], -np.inf, score)])
        kept = np.argsort(-scores, kind="stable")[:most]
        index, scores = index[kept], scores[kept]
    return index, seen


def _choose(
    now: FantasyPosterior, strategy: Strategy, n: int, rngs: Sequence[np.random.Generator]
) -> tuple[Ints, Bools]:
    """n samples one after the other, each with the earlier and the pending ones imagined: their
    indices, and whether they were drawn at random, shape (b, n) each."""
    first, future = now.lesson.joint.outcomes[0], now
    for column in range(first.pending.shape[1]):
        future = future.fantasize(first.pending[:, column], rngs)
    taken, rows = first.taken.copy(), np.arange(first.size)
    steps: list[tuple[Ints, Bools]] = []
    for step in range(n):
        ahead = future  # what `sample` looks at
        if not step or not passed():  # out of time, the next best of the last look are the answer
            score = ahead.utility().score(strategy.acquisition, rngs, lambda: ahead.sample(rngs))  # noqa: B023
        pick, coin = best_allowed(score, taken, rngs), coins(now.lesson, rngs)
        if coin.any():
            pick = np.where(coin, random_allowed(taken, rngs), pick)
        taken[rows, pick] = True
        if step + 1 < n and not passed():
            future = future.fantasize(pick, rngs)
        steps.append((pick, coin))
    picks, drawn = (np.stack(each, axis=1) for each in zip(*steps, strict=True))
    return picks, drawn


def told_of(
    now: FantasyPosterior,
    strategy: Strategy,
    picks: Ints,
    at_random: Bools,
    rngs: Sequence[np.random.Generator],
) -> JointProposal:
    """What is told of the picks, nothing imagined."""
    lesson, utility = now.lesson, now.utility()
    taken, row = lesson.joint.outcomes[0].taken, np.arange(lesson.joint.size)[:, None]
    means, sds, measured, ranks = [], [], [], []
    for outcome, posterior in zip(utility.outcomes, now.posteriors, strict=True):
        mean, sd = map(to_host, moments(outcome))
        means.append(mean[row, picks])
        sds.append(sd[row, picks])
        measured.append(sds[-1])
        if posterior is not None:
            noise = to_host(posterior.noise).reshape(lesson.joint.size, -1).mean(1, keepdims=True)
            measured[-1] = np.sqrt(np.square(sds[-1]) + noise)
            ranks.append(rank(sd, sds[-1], ~taken))
    chosen = utility.at(picks)
    return JointProposal(
        picks,
        True,
        np.stack(means, -1),
        np.stack(sds, -1),
        np.stack(measured, -1),
        chance=np.exp(to_host(chosen.log_chance(rngs, CHANCE_DRAWS))),
        feasible=np.exp(to_host(chosen.log_feasible())),
        rank_of_sd=np.mean(ranks, axis=0) if ranks else np.zeros(picks.shape),
        at_random=at_random,
        way=way_of(strategy.acquisition, lesson.joint.wants),
        reference=to_host(lesson.front.reference),
        works=None if chosen.works is None else to_host(chosen.works),
        fitted=lesson.fitted,
        warm=tuple(None if each is None else each.warm for each in lesson.fitted),
    )


def told_without_model(joint: Joint, picks: Ints) -> JointProposal:
    """What is told of samples, shape (b, n), that were chosen before a model is asked."""
    unknown, each = np.full((*picks.shape, len(joint.wants)), np.nan), np.full(picks.shape, np.nan)
    return JointProposal(
        picks,
        False,
        *(unknown,) * 3,
        chance=each,
        feasible=each,
        rank_of_sd=each,
        at_random=np.zeros(picks.shape, dtype=np.bool_),
    )


__all__ = ["CHANCE_DRAWS", "JointProposal", "propose_joint"]

"""The engine: the next samples of b searches over one pool, in lock-step.

Live work is a batch of one, a study of 1000 runs a batch of 1000: the same code chooses.
Every problem draws from its own random generator, so its answer does not depend on its company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from tansaku.bo import feasibility
from tansaku.bo.acquisition import score_of
from tansaku.bo.acquisition_input import (
    ByPhase,
    Moments,
    acquisition_input_of,
    by_phase,
    chance,
    moments,
    rank,
)
from tansaku.bo.deadline import passed
from tansaku.bo.device import to_device, to_host
from tansaku.bo.optimize import best_allowed, random_allowed, random_distinct
from tansaku.bo.phases import PhaseClassifier
from tansaku.bo.shortlist import BEST, WHOLE, Shortlist, paths_of, posterior_of, scan
from tansaku.bo.start import first_picks
from tansaku.bo.surrogates import Fitted, Observations, fit, heeded
from tansaku.bo.surrogates.gp import alike
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.bo.threads import threads_for
from tansaku.design import Bools, Design, Floats, Ints, Problems
from tansaku.strategy import Strategy, SurrogateSpec

FANTASIES, MOST_FUTURES = 64, 256
"""Imagined outcomes of earlier picks over which a later pick's gain is averaged: at the most under
one setting, and under all. Sequential greedy maximisation of the joint gain (Wilson, Hutter,
Deisenroth, NeurIPS 2018), antithetic; a test holds a second pick to within 3 % of the best."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the engine answers for b problems and n picks each.

    Attributes:
        picks: Pool indices, shape (b, n), in the order of choosing.
        by_model: False where the picks are start samples, chosen without a model.
        mean: Predicted mean of each pick, shape (b, n), model scale; NaN without a model.
        sd: Standard deviation of the function there, shape (b, n); NaN without a model.
        measured_sd: Standard deviation of the next measurement there, shape (b, n); NaN without.
        chance: Probability to beat the best measured value, shape (b, n); NaN without a model.
        rank_of_sd: Share of the candidates not taken whose sd is smaller, shape (b, n).
        at_random: Picks drawn at random because the inputs seemed to tell nothing, shape (b, n).
        fitted: The surrogate; ``None`` without one.
        seen: Share of the candidates that were looked at; below 1 where the time was up.
        warm: To be handed to the next call on the same problems; ``None`` without a model.
        works: Probability that each pick works, shape (b, n); ``None`` where nothing has failed.
        phases: What is believed of each pick in each phase; ``None`` without phases.
    """

    picks: Ints
    by_model: bool
    mean: Floats
    sd: Floats
    measured_sd: Floats
    chance: Floats
    rank_of_sd: Floats
    at_random: Bools
    fitted: Fitted | None = None
    warm: Any = None
    seen: float = 1.0
    works: Floats | None = None
    phases: ByPhase | None = None


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the model believes of the whole pool, b problems.

    Attributes:
        mean: Shape (b, N), model scale.
        sd: Of the function, shape (b, N).
        measured_sd: Of the next measurement, shape (b, N).
        chance: Probability to beat the best measured value, shape (b, N).
        score: Acquisition, shape (b, N); on a log scale for ``pi`` and ``log_ei``.
        fitted: The surrogate.
        by_phase: What is believed in each phase; ``None`` where phases play no part.
    """

    mean: Floats
    sd: Floats
    measured_sd: Floats
    chance: Floats
    score: Floats
    fitted: Fitted
    by_phase: ByPhase | None = None


def propose(
    problems: Problems,
    strategy: Strategy,
    n: int,
    rngs: Sequence[np.random.Generator],
    *,
    warm: Any = None,
) -> Proposal:
    """Choose the next ``n`` samples of every problem.

    Args:
        problems: b searches; each has at least ``n`` candidates that are not taken.
        strategy: How to choose.
        n: Picks per problem; each takes the earlier ones (and what is pending) into account.
        rngs: b generators.
        warm: ``Proposal.warm`` of the previous call on the same problems.
    """
    if n == 0 or problems.size == 0:
        return _nothing(problems.size, n)
    if strategy.surrogate is None or too_few(problems, strategy.surrogate, strategy.start_samples):
        return start_of(problems, strategy, n, rngs)
    with threads_for(problems.measured):
        learnt = learn(problems, strategy, rngs, warm)
        if problems.size > 1 or len(problems.pool) <= WHOLE:
            return _from_whole(learnt, strategy, n, rngs)
        return _from_blocks(learnt, strategy, n, rngs)


def too_few(problems: Problems, spec: SurrogateSpec, start: int) -> bool:
    """Whether samples are to be chosen without a model: a source that is used stands in for them,
    from nothing measured on."""
    told = bool(problems.sources) and spec.sources != "ignored"
    return not told and problems.measured < start


def survey(
    problems: Problems, strategy: Strategy, rngs: Sequence[np.random.Generator]
) -> Landscape:
    """What the strategy's model believes of every candidate; needs a surrogate and n >= 1."""
    with threads_for(problems.measured):
        learnt = learn(problems, strategy, rngs, None)
        posterior = posterior_of(learnt.fitted, problems.pool.X, strategy, whole=True)
        acquisition_input = acquisition_input_of(
            posterior, learnt.problems, strategy.acquisition, rngs
        )
        return Landscape(
            *moments(acquisition_input),
            chance=chance(acquisition_input, learnt.problems),
            score=to_host(score_of(strategy.acquisition.name, acquisition_input)),
            fitted=learnt.fitted,
            by_phase=by_phase(posterior),
        )


@dataclass(frozen=True, slots=True)
class Learnt:
    """Problems as the model sees them, and the model.

    Attributes:
        problems: The searches.
        fitted: The surrogate.
    """

    problems: Problems
    fitted: Fitted


def learn(
    problems: Problems, strategy: Strategy, rngs: Sequence[np.random.Generator], warm: Any
) -> Learnt:
    """Fit the surrogate."""
    if strategy.surrogate is None:
        raise ValueError("this strategy has no surrogate")
    gate = None if problems.phases is None else PhaseClassifier.learn(problems.phases)
    seen = problems if gate is None else gate.widen(problems)
    spec, unit = strategy.surrogate, _unit(problems, strategy.surrogate)
    observed = Observations.of(seen, 0 if gate is None else gate.number).in_unit(unit)
    observed = heeded(observed, spec, seen.sources)
    fitted = fit(observed, spec, rngs, seen.sources, warm)
    if unit != 1:
        fitted = fitted.in_units_of(unit)
    if problems.tried is not None:
        tried = to_device(problems.tried.X), to_device(problems.tried.worked)
        fitted = replace(fitted, works=feasibility.learn(*tried))
    return Learnt(problems, replace(fitted, gate=gate))


def _unit(problems: Problems, spec: SurrogateSpec) -> float:
    """The unit that values are learned in: their own, unless a single search shows no spread."""
    told = problems.sources and spec.sources != "ignored"
    if told or problems.size > 1 or not problems.measured:
        return 1.0
    return problems.unit if bool(alike(to_device(problems.y))[0]) else 1.0


def _works(posterior: Posterior, picks: Ints) -> Floats | None:
    """Probability that each pick works, shape (b, n)."""
    if posterior.works is None:
        return None
    return np.take_along_axis(to_host(posterior.works), picks, axis=1)


@dataclass(frozen=True, slots=True)
class _Picks:
    """What was chosen.

    Attributes:
        index: Pool indices, shape (b, n).
        at_random: Drawn because the inputs seem to tell nothing, shape (b, n).
    """

    index: Ints
    at_random: Bools


def _choose(
    learnt: Learnt,
    posterior: Posterior,
    strategy: Strategy,
    n: int,
    rngs: Sequence[np.random.Generator],
    *,
    later: Posterior | None = None,
    spare: Ints | None = None,
) -> _Picks:
    """n samples one after the other, each with the earlier ones and the pending ones imagined: as
    ``later`` has it, which is ``posterior`` or a part of its processes.

    ``spare`` are candidates to take where one is to be drawn at random, shape (n,); without it,
    one is drawn from the pool.
    """
    problems, pending = learnt.problems, learnt.problems.pending
    future = posterior if later is None else later
    fantasies = min(FANTASIES, MOST_FUTURES * problems.size // len(future.mean))
    draws = _draws(rngs, pending.shape[1] + n, fantasies)
    for column in range(pending.shape[1]):
        future = fantasize(future, pending[:, column], draws[column])
    taken, rows = problems.taken.copy(), np.arange(problems.size)
    steps: list[tuple[Ints, Bools]] = []
    for step in range(n):
        seen = future if step or pending.shape[1] else posterior
        if not step or not passed():  # out of time, the next best of the last look are the answer
            acquisition_input = acquisition_input_of(seen, problems, strategy.acquisition, rngs)
            score = to_host(score_of(strategy.acquisition.name, acquisition_input))
        pick, coin = best_allowed(score, taken, rngs), _coins(learnt.fitted, rngs)
        if coin.any():
            other = random_allowed(taken, rngs) if spare is None else open_one(spare, taken)
            pick = np.where(coin, other, pick)
        taken[rows, pick] = True
        if step + 1 < n and not passed():
            future = fantasize(future, pick, draws[pending.shape[1] + step])
        steps.append((pick, coin))
    return _Picks(*(np.stack(each, axis=1) for each in zip(*steps, strict=True)))


def open_one(spare: Ints, taken: Bools) -> Ints:
    """The first spare candidate that no earlier pick has taken (b = 1), shape (1,)."""
    return spare[~taken[0, spare]][:1]


def _coins(fitted: Fitted, rngs: Sequence[np.random.Generator]) -> Bools:
    """For which problems this sample is drawn at random, shape (b,): with the probability that the
    inputs tell nothing, where that is likelier than not."""
    if fitted.scatter is None:
        return np.zeros(len(rngs), dtype=bool)
    likely = to_host(fitted.scatter)
    return (likely > 0.5) & (np.array([rng.random() for rng in rngs]) < likely)


def _from_whole(
    learnt: Learnt, strategy: Strategy, n: int, rngs: Sequence[np.random.Generator]
) -> Proposal:
    """Choose with every candidate in view."""
    problems, fitted = learnt.problems, learnt.fitted
    posterior = posterior_of(fitted, problems.pool.X, strategy, whole=True)
    picks = _choose(learnt, posterior, strategy, n, rngs)
    now = acquisition_input_of(posterior, problems, strategy.acquisition, rngs)
    every = moments(now)
    row, chosen = np.arange(problems.size)[:, None], picks.index
    told = Moments(*(each[row, chosen] for each in every))
    return Proposal(
        chosen,
        True,
        *told,
        chance=chance(now, problems, chosen),
        rank_of_sd=rank(every.sd, told.sd, ~problems.taken),
        at_random=picks.at_random,
        fitted=fitted,
        warm=fitted.warm,
        works=_works(posterior, chosen),
        phases=by_phase(posterior, chosen),
    )


def _from_blocks(
    learnt: Learnt, strategy: Strategy, n: int, rngs: Sequence[np.random.Generator]
) -> Proposal:
    """Choose from a pool seen in blocks (b = 1): few settings pass over it, all look again."""
    problems, fitted = learnt.problems, learnt.fitted
    thompson = strategy.acquisition.name == "thompson"
    paths = paths_of(fitted, n, rngs[0]) if thompson else ()
    found = scan(problems, strategy, fitted.in_brief(), BEST, rngs, paths)
    left = int((~problems.taken).sum())
    drawn = random_distinct(problems.taken[0], min(left, max(BEST, n)), rngs[0])
    index = np.unique(np.concatenate([found.index, drawn, problems.pending[0]]))
    few = replace(
        problems,
        pool=Design(problems.pool.X[index], ("",) * problems.pool.d),
        taken=problems.taken[:, index],
        pending=np.searchsorted(index, problems.pending),
        positions=None,
    )
    posterior, spare = (
        posterior_of(fitted, few.pool.X, strategy),
        np.searchsorted(index, drawn[:n]),
    )
    if thompson:
        picks = _tops(found, index, few.taken[0], fitted, spare, rngs)
    else:
        later = posterior.in_brief(1)
        picks = _choose(
            replace(learnt, problems=few), posterior, strategy, n, rngs, later=later, spare=spare
        )
    now = acquisition_input_of(posterior, few, strategy.acquisition, rngs)
    told = Moments(*(each[0, picks.index] for each in moments(now)))
    known = found.sd[~problems.taken[0]]
    among = found.sd[index][picks.index[0]]
    return Proposal(
        index[picks.index],
        True,
        *told,
        chance=chance(now, few, picks.index),
        rank_of_sd=np.array([[float((known < s).mean()) for s in among]]),
        at_random=picks.at_random,
        fitted=fitted,
        warm=fitted.warm,
        seen=found.seen,
        works=_works(posterior, picks.index),
        phases=by_phase(posterior, picks.index),
    )


def _tops(
    found: Shortlist,
    index: Ints,
    taken: Bools,
    fitted: Fitted,
    spare: Ints,
    rngs: Sequence[np.random.Generator],
) -> _Picks:
    """The top of each drawn function, all different (b = 1); a spare candidate where the time was
    up before an open one was seen."""
    chosen: list[int] = []
    coins = np.array([bool(_coins(fitted, rngs)[0]) for _each in spare])
    for best, other, coin in zip(found.best, spare.tolist(), coins.tolist(), strict=True):
        top = np.searchsorted(index, best)
        order = [*([other] if coin else []), *top[~taken[top]].tolist(), *spare.tolist()]
        chosen.append(next(i for i in order if i not in chosen))
    return _Picks(np.array([chosen]), coins[None])


def start_of(
    problems: Problems, strategy: Strategy, n: int, rngs: Sequence[np.random.Generator]
) -> Proposal:
    """Samples chosen without a model."""
    start = first_picks(problems, strategy, n, rngs)
    unknown, no = np.full((problems.size, n), np.nan), np.zeros((problems.size, n), dtype=bool)
    return Proposal(start.picks, False, *(unknown,) * 5, no, works=start.works)


def _nothing(b: int, n: int) -> Proposal:
    """The answer where nothing is asked for."""
    none = np.empty((b, n))
    return Proposal(none.astype(np.int64), False, *(none,) * 5, at_random=none.astype(bool))


def fantasize(posterior: Posterior, index: Ints, draws: torch.Tensor) -> Posterior:
    """The belief after an imagined outcome at candidate ``index`` of each problem, in every
    component."""
    each = posterior.variance.shape[0] // len(index)
    return posterior.fantasize(
        posterior.places(to_device(index)).repeat_interleave(each), draws.repeat_interleave(each, 0)
    )


def _draws(rngs: Sequence[np.random.Generator], columns: int, fantasies: int) -> list[torch.Tensor]:
    """Antithetic standard normal draws, one (b, futures) per imagined sample; none where no
    sample will be imagined (a single pick without pending ones)."""
    if columns <= 1:
        return []
    half = np.stack(
        [rng.standard_normal((columns, max(1, fantasies // 2))) for rng in rngs], axis=1
    )
    return [to_device(np.concatenate([h, -h], axis=-1)) for h in half]


__all__ = ["FANTASIES", "Landscape", "Proposal", "propose", "survey"]

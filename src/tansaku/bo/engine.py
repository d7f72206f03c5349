"""The engine: the next samples of b searches over one pool, in lock-step, for one outcome or many.

Live work is a batch of one, a study of 1000 runs a batch of 1000: the same code chooses. Each
outcome is learned alone; what a candidate is worth is computed from all beliefs together. Every
problem draws from its own random generator, so its answer does not depend on its company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import torch

from tansaku.bo.acquisition import acquisition_of, score_of
from tansaku.bo.acquisition_input import AcquisitionInput
from tansaku.bo.deadline import passed
from tansaku.bo.device import to_device, to_host
from tansaku.bo.fantasy_posterior import FantasyPosterior, MultiOutputModel
from tansaku.bo.laws import Laws
from tansaku.bo.optimize import best_allowed, random_allowed, random_distinct
from tansaku.bo.posteriors import null_draws, of_measured, paths_of
from tansaku.bo.shortlist import BEST, WHOLE, Shortlist, scan
from tansaku.bo.start import first_picks
from tansaku.bo.surrogates import Fitted
from tansaku.bo.threads import threads_for
from tansaku.design import Bools, Design, Floats, Ints, Joint, Problems
from tansaku.strategy import Strategy, SurrogateSpec

Rngs = Sequence[np.random.Generator]


class Moments(NamedTuple):
    """Of candidates, shape (b, N) each, or with the outcomes last.

    Attributes:
        mean: Predicted mean.
        sd: Standard deviation of the function.
        measured_sd: Standard deviation of the next measurement.
    """

    mean: Floats
    sd: Floats
    measured_sd: Floats


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the engine answers for b problems, m outcomes and n picks each.

    Attributes:
        picks: Pool indices, shape (b, n), in the order of choosing.
        by_model: False where the picks are start samples, chosen without a model.
        mean: Predicted mean of each outcome, shape (b, n, m), model scale; NaN without a model.
        sd: Standard deviation of the function there, shape (b, n, m).
        measured_sd: Standard deviation of the next measurement there, shape (b, n, m).
        chance: Probability that all limits are kept and that no measured sample is at least as good
            in every objective, shape (b, n); NaN where nothing is measured.
        feasible: Probability that all limits are kept, shape (b, n).
        rank_of_sd: Share of the candidates not taken whose sd is smaller, shape (b, n), averaged
            over the outcomes that are measured.
        at_random: Picks drawn at random because the inputs seemed to tell nothing, shape (b, n).
        way: ``hypervolume``, ``chebyshev``, ``desirability`` or ``limits`` (nothing but limits);
            empty without a model.
        reference: What the objectives had to beat, as goodness, shape (b, objectives).
        fitted: The model of each outcome; ``None`` for a known one, empty without a model.
        warm: To be handed to the next call on the same problems; ``None`` without a model.
        seen: Share of the candidates that were looked at; below 1 where the time was up.
        works: Probability that each pick works, shape (b, n); ``None`` where nothing has failed.
        laws: What is believed of each outcome at the picks; empty without a model.
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
    laws: tuple[Laws, ...] = ()


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the model believes of the whole pool, b problems.

    Attributes:
        mean: Shape (b, N, m), model scale.
        sd: Of the function, shape (b, N, m).
        measured_sd: Of the next measurement, shape (b, N, m).
        chance: As of a proposal, shape (b, N).
        score: Acquisition, shape (b, N); on a log scale for ``pi`` and ``log_ei``.
        fitted: The model of each outcome.
        laws: What is believed of each outcome.
    """

    mean: Floats
    sd: Floats
    measured_sd: Floats
    chance: Floats
    score: Floats
    fitted: tuple[Fitted | None, ...]
    laws: tuple[Laws, ...]


def propose(joint: Joint, strategy: Strategy, n: int, rngs: Rngs, *, warm: Any = None) -> Proposal:
    """Choose the next ``n`` samples of every problem.

    Args:
        joint: b searches; each has at least ``n`` candidates that are not taken.
        strategy: How to choose.
        n: Picks per problem; each takes the earlier ones (and what is pending) into account.
        rngs: b generators.
        warm: ``Proposal.warm`` of the previous call on the same problems.
    """
    if n == 0 or joint.size == 0:
        return without_model(joint, np.empty((joint.size, n), dtype=np.int64))
    if not asks_model(joint, strategy):
        start = first_picks(joint.outcomes[0], strategy, n, rngs)
        return replace(without_model(joint, start.picks), works=start.works)
    with threads_for(joint.measured), torch.inference_mode():  # no gradients: a tenth less time
        model = MultiOutputModel.of(joint, strategy, rngs, warm)
        if joint.size > 1 or len(joint.outcomes[0].pool) <= WHOLE:
            now = model.over(to_device(joint.outcomes[0].pool.X), whole=True)
            return proposal_of(now, *_choose(now, n, rngs), rngs)
        return _from_blocks(model, n, rngs)


def survey(joint: Joint, strategy: Strategy, rngs: Rngs) -> Landscape:
    """What the strategy's model believes of every candidate; needs a surrogate, and something that
    teaches it."""
    with threads_for(joint.measured):
        model = MultiOutputModel.of(joint, strategy, rngs)
        now = model.over(to_device(joint.outcomes[0].pool.X), whole=True)
        given = now.acquisition_input(strategy.acquisition, rngs)
        return Landscape(
            *moments(now, given),
            chance=chance_of(now, given),
            score=to_host(score_of(acquisition_of(strategy.acquisition), given)),
            fitted=model.fitted,
            laws=laws_of(now, given),
        )


def asks_model(joint: Joint, strategy: Strategy) -> bool:
    """Whether the strategy has a model, and enough is measured of every outcome."""
    spec = strategy.surrogate
    each = zip(joint.outcomes, joint.wants, strict=True)
    return spec is not None and not any(
        want.measured and too_few(problems, spec, strategy.start_samples) for problems, want in each
    )


def too_few(problems: Problems, spec: SurrogateSpec, start: int) -> bool:
    """Whether samples are to be chosen without a model: a source that is used stands in for them,
    from nothing measured on."""
    with_sources = bool(problems.sources) and spec.sources != "ignored"
    return not with_sources and problems.measured < start


def _choose(
    now: FantasyPosterior,
    n: int,
    rngs: Rngs,
    *,
    later: FantasyPosterior | None = None,
    spare: Ints | None = None,
) -> tuple[Ints, Bools]:
    """(n samples one after the other, each with the earlier ones and the pending ones imagined, as
    ``later`` has it, which is ``now`` or a part of its components; which were drawn at random),
    shape (b, n) each.

    ``spare`` are candidates to take where one is to be drawn at random, shape (n,); without it,
    one is drawn from the pool.
    """
    model, first = now.model, now.model.joint.outcomes[0]
    pending, spec = first.pending, model.strategy.acquisition
    future = now if later is None else later
    draws = future.draws(pending.shape[1] + n, rngs)
    for column in range(pending.shape[1]):
        future = future.fantasize(pending[:, column], draws[column])
    taken, rows = first.taken.copy(), np.arange(first.size)
    steps: list[tuple[Ints, Bools]] = []
    for step in range(n):
        seen = future if step or pending.shape[1] else now
        if not step or not passed():  # out of time, the next best of the last look are the answer
            score = to_host(score_of(acquisition_of(spec), seen.acquisition_input(spec, rngs)))
        pick, null = best_allowed(score, taken, rngs), null_draws(model.fitted, rngs)
        if null.any():
            other = random_allowed(taken, rngs) if spare is None else open_one(spare, taken)
            pick = np.where(null, other, pick)
        taken[rows, pick] = True
        if step + 1 < n and not passed():
            future = future.fantasize(pick, draws[pending.shape[1] + step])
        steps.append((pick, null))
    picks, at_random = (np.stack(each, axis=1) for each in zip(*steps, strict=True))
    return picks, at_random


def open_one(spare: Ints, taken: Bools) -> Ints:
    """The first spare candidate that no earlier pick has taken (b = 1), shape (1,)."""
    return spare[~taken[0, spare]][:1]


def _from_blocks(model: MultiOutputModel, n: int, rngs: Rngs) -> Proposal:
    """Choose from a pool seen in blocks (b = 1): few settings pass over it, all look again."""
    joint, first = model.joint, model.joint.outcomes[0]
    asked, drawn = acquisition_of(model.strategy.acquisition), []
    if asked.draws:
        each = of_measured(lambda fitted: paths_of(fitted, n, rngs[0]), model.fitted)
        drawn = [of_measured(itemgetter(i), each) for i in range(n)]
    found = scan(model.in_brief(), asked, BEST, rngs, drawn)
    left = int((~first.taken).sum())
    others = random_distinct(first.taken[0], min(left, max(BEST, n)), rngs[0])
    index = np.unique(np.concatenate([found.index, others, first.pending[0]]))
    pool = Design(first.pool.X[index], ("",) * first.pool.d)
    few = tuple(
        replace(
            each,
            pool=pool,
            taken=each.taken[:, index],
            pending=np.searchsorted(index, each.pending),
            positions=None,
        )
        for each in joint.outcomes
    )
    now = replace(model, joint=replace(joint, outcomes=few)).over(to_device(pool.X), at=index)
    spare = np.searchsorted(index, others[:n])
    if drawn:
        picks, at_random = _tops(found, index, now, spare, rngs)
    else:
        picks, at_random = _choose(now, n, rngs, later=now.in_brief(), spare=spare)
    ranks = [
        [float((sd[~first.taken[0]] < s).mean()) for s in sd[index[picks[0]]]]
        for sd, want in zip(found.sd, joint.wants, strict=True)
        if want.measured
    ]
    return replace(
        proposal_of(now, picks, at_random, rngs),
        picks=index[picks],
        rank_of_sd=np.mean(ranks, axis=0)[None],
        seen=found.seen,
    )


def _tops(
    found: Shortlist, index: Ints, now: FantasyPosterior, spare: Ints, rngs: Rngs
) -> tuple[Ints, Bools]:
    """The top of each drawn function, all different (b = 1); a spare candidate where the time was
    up before an open one was seen."""
    taken = now.model.joint.outcomes[0].taken[0]
    chosen: list[int] = []
    null = np.array([bool(null_draws(now.model.fitted, rngs)[0]) for _each in spare])
    for best, other, at_random in zip(found.best, spare.tolist(), null.tolist(), strict=True):
        top = np.searchsorted(index, best)
        order = [*([other] if at_random else []), *top[~taken[top]].tolist(), *spare.tolist()]
        chosen.append(next(i for i in order if i not in chosen))
    return np.array([chosen]), null[None]


def proposal_of(now: FantasyPosterior, picks: Ints, at_random: Bools, rngs: Rngs) -> Proposal:
    """What the model says of samples, shape (b, n), nothing imagined."""
    model, row = now.model, np.arange(len(picks))[:, None]
    given = now.acquisition_input(model.strategy.acquisition, rngs)
    every, taken = moments(now, given), model.joint.outcomes[0].taken
    there, few = Moments(*(each[row, picks] for each in every)), given.at(picks)
    ranks = [
        rank(every.sd[..., j], there.sd[..., j], ~taken)
        for j, want in enumerate(model.joint.wants)
        if want.measured
    ]
    return Proposal(
        picks,
        True,
        *there,
        chance=chance_of(now, few),
        feasible=np.exp(to_host(few.log_feasible())),
        rank_of_sd=np.mean(ranks, axis=0),
        at_random=at_random,
        way=given.way,
        reference=to_host(model.reference),
        fitted=model.fitted,
        warm=of_measured(lambda fitted: fitted.warm, model.fitted),
        works=None if given.works is None else to_host(given.works)[row, picks],
        laws=laws_of(now, few),
    )


def without_model(joint: Joint, picks: Ints) -> Proposal:
    """What is told of samples, shape (b, n), that were chosen before a model is asked."""
    unknown, each = np.full((*picks.shape, len(joint.wants)), np.nan), np.full(picks.shape, np.nan)
    return Proposal(picks, False, *(unknown,) * 3, *(each,) * 3, np.zeros(picks.shape, dtype=bool))


def moments(now: FantasyPosterior, given: AcquisitionInput) -> Moments:
    """Of every candidate and outcome."""
    found = []
    for outcome, posterior in zip(given.outcomes, now.posteriors, strict=True):
        mean, variance = given.moments(outcome)
        measured = variance
        if posterior is not None:
            noise = posterior.noise.view(len(mean), -1).mean(1, keepdim=True)
            beyond = misfit_of(now) ** 2 - 1
            measured = variance + noise + beyond * (given.average(outcome.sd.square()) + noise)
        found.append((mean, variance.sqrt(), measured.sqrt()))
    return Moments(*(to_host(torch.stack(part, -1)) for part in zip(*found, strict=True)))


def chance_of(now: FantasyPosterior, given: AcquisitionInput) -> Floats:
    """P(better than what is measured, limits kept), shape (b, N); NaN where nothing is."""
    front, best = now.to_beat("observed")
    chance = np.exp(to_host(replace(given, front=front, best=best).log_chance()))
    return chance if now.model.joint.measured else np.full_like(chance, np.nan)


def laws_of(now: FantasyPosterior, given: AcquisitionInput) -> tuple[Laws, ...]:
    """The law of every outcome at all candidates, nothing imagined."""
    found, b = [], now.model.joint.size
    each_outcome = zip(given.outcomes, now.model.fitted, now.posteriors, strict=True)
    for outcome, fitted, posterior in each_outcome:
        mean, sd = (each.unflatten(0, (b, -1)) for each in (outcome.mean, outcome.sd))
        if fitted is None or posterior is None:  # known beforehand: the same in every phase
            found.append(Laws(mean[:, :1], sd[:, :1], mean.new_zeros(b, 1, 1, 1)))
        else:
            noise = posterior.noise.view(b, 1, -1, 1)
            which = fitted.which if b == 1 else None
            found.append(Laws(mean, sd, noise, given.share, which, misfit_of(now)))
    return tuple(found)


def misfit_of(now: FantasyPosterior) -> float:
    """What a new measurement lies from what is expected, over what the model says."""
    spec = now.model.strategy.surrogate
    return 1.0 if spec is None else spec.misfit


def rank(values: Floats, chosen: Floats, among: Bools) -> Floats:
    """Share of the values ``among`` that are smaller than each chosen one, shape (b, n)."""
    smaller = (values[:, None, :] < chosen[:, :, None]) & among[:, None, :]
    return smaller.sum(-1) / among.sum(-1, keepdims=True)

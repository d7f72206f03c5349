"""Outliers: how far each result lies from what the others say of it.

Candidates are found by leave-one-out predictions in closed form, the constant mean left out and
estimated again, too (Dubrule, Math. Geol. 15 (1983) 687; Rasmussen and Williams 2006, section
5.4.2). They are taken out one after the other, the most extreme first, and one far beyond all
others is judged by a model that was learned without it, hyperparameters and scale as well: a bad
result would speak for itself. As many are bad as the last that is too far off (the generalised
extreme studentised deviate test: Rosner, Technometrics 25 (1983) 165), so that two bad ones cannot
hide one another; several that are alike and neighbours, or lie beyond all others in one input, bear
one another out, however: a step of the function looks like that. The rest is judged without these.
Nothing is removed here: a result that stands out is shown to a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo import engine
from tansaku.bo.device import to_host
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.surrogates import Fitted
from tansaku.bo.surrogates.censored import CONTRADICTION
from tansaku.bo.surrogates.gp import GP
from tansaku.bo.surrogates.hyperparameter_samples import LARGEST, LAWFUL_FLOOR, SIGNAL_SHAPE
from tansaku.design import Design, Floats, Ints, Joint, Limited, Problems
from tansaku.strategy import Strategy

CHANCE: Final = 0.05
"""Probability that any result of a campaign without a single bad one is called doubtful."""
FEWEST: Final = 4
"""Values that are left when one is judged: from three a mean, a signal and a noise level cannot be
told apart well enough to accuse a fourth."""
HIDDEN: Final = 2
"""Results that may hide a bad one: so many are taken out beyond the last that is too far off."""
WEIGHED: Final = 256
"""Processes that stand for a model where each value is left out of it: leave-one-out predictions
are then those of true refits within 5 % of their sd, and within 10 % of it in width, but for a
value far off, which is asked of a true refit."""
FAR: Final = 1.0
"""Ranges of all other values by which a value lies beyond them that is judged by a model without
it: such a model is as sure as the values left are even, and would accuse the first sample beyond
the edge of a phase. A value among the others is judged by a model that knows it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the others say of each of k results; model scale.

    Attributes:
        expected: Shape (k,).
        sd: Of a result, its noise included, shape (k,).
        residual: (result - expected) / sd, shape (k,).
        surprise: ln of the probability of a result as far off on its side or further, shape (k,).

    Example:
        >>> found = LeftOut.of(np.array([0.3, 4.0]), np.zeros(2), np.ones(2), np.zeros(2), 40)
        >>> found.residual.tolist(), found.doubtful().tolist()
        ([0.3, 4.0], [False, True])
    """

    expected: Floats
    sd: Floats
    residual: Floats
    surprise: Floats

    @classmethod
    def of(cls, values: Floats, expected: Floats, sd: Floats, side: Floats, n: int) -> LeftOut:
        """Values against what ``n`` others say; of a limit (``side`` 1 or -1, for a value 0) the
        value is the limit, and on its own side it is not off at all. With the signal variance
        integrated out the law is Student's, with n + 1 degrees of freedom (``SIGNAL_SHAPE``)
        and this sd."""
        from scipy import stats

        residual = (values - expected) / sd
        off = np.where(side == 0, np.abs(residual), np.maximum(side * residual, 0))
        unit = np.sqrt((n + 1) / max(n - 1, 1))
        return cls(expected, sd, residual, stats.t.logsf(off * unit, n + 1))

    @classmethod
    def joined(cls, parts: Sequence[LeftOut]) -> LeftOut:
        """Of several groups of results."""
        names = ("expected", "sd", "residual", "surprise")
        return cls(*(np.concatenate([getattr(each, name) for each in parts]) for name in names))

    def take(self, index: Ints) -> LeftOut:
        """Of these results."""
        return LeftOut(
            self.expected[index], self.sd[index], self.residual[index], self.surprise[index]
        )

    def doubtful(self) -> np.ndarray:
        """Those that lie further off than chance explains where the model knows them all: by
        Bonferroni over all k and both sides, under a normal law."""
        from scipy.special import ndtri

        return np.abs(self.residual) > ndtri(1 - CHANCE / (2 * max(len(self.residual), 1)))


@dataclass(frozen=True, slots=True)
class Outliers:
    """Results that stand out from all others.

    Attributes:
        index: Which, the most surprising first: values, then limits, shape (k,).
        left_out: What the others, none of these among them, say of each.
        every: What the others say of each value, those that stand out not among them, in the order
            of the values; it is fitted without each.
        fitted: What was learned without those that a model which never saw them finds too far off.
    """

    index: Ints
    left_out: LeftOut
    every: LeftOut
    fitted: Fitted


def stand_out(
    problems: Problems, strategy: Strategy, rngs: Callable[[], Sequence[np.random.Generator]]
) -> Outliers:
    """The results of one search that the others do not bear out.

    Args:
        problems: The search (b = 1); of its candidates nothing is asked.
        strategy: Whose model is asked; it has one.
        rngs: A new generator at each call: every model is learned with the same chance.
    """
    if strategy.surrogate is not None and strategy.surrogate.fit == "bank":
        strategy = strategy.but(components=WEIGHED)
    rest = np.arange(problems.observations)
    fitted = _learn(problems, strategy, rngs())
    gone: list[int] = []
    bad: list[int] = []
    clean = fitted
    while problems.measured <= LARGEST and len(gone) <= len(bad) + HIDDEN:
        one = int(rest[_off(problems, rest, fitted).argmax()])
        if (np.delete(rest, rest == one) < problems.measured).sum() < FEWEST:
            break
        gone.append(one)
        rest = rest[rest != one]
        left_out, fitted = _unseen(problems, strategy, rngs, np.array(gone), np.array([one]))
        if _too_far(problems, gone, one, left_out):
            bad, clean = list(gone), fitted
    return _judged(problems, strategy, rngs, bad, clean)


def _off(problems: Problems, rest: Ints, fitted: Fitted) -> Floats:
    """How far off each of the results ``rest`` is, in sds, by a model that knows them all."""
    y = problems.y[0, rest[rest < problems.measured]]
    off = np.abs(leave_one_out(fitted, y, refitted=False).residual)
    return off if fitted.likely is None else np.concatenate([off, _limits_off(fitted.likely)])


def _too_far(problems: Problems, gone: Sequence[int], one: int, left_out: LeftOut) -> bool:
    """Whether a model without ``gone`` finds one of these impossible: a value ``FAR`` beyond those
    left, alone with that."""
    surprising = bool(left_out.surprise[0] < np.log(CONTRADICTION / 2))
    if one >= problems.measured or not surprising:
        return surprising
    out = np.isin(np.arange(problems.measured), gone)
    y, rest = problems.y[0], problems.y[0, ~out]
    if not _beyond(y[one], rest):
        return False
    alike = [i for i in np.flatnonzero(out) if i != one and not _beyond(y[one], [*rest, y[i]])]
    return not _borne_out(problems.X[0], np.flatnonzero(~out), np.array(alike, dtype=np.int64), one)


def _beyond(value: float, others: Floats | Sequence[float]) -> bool:
    """Whether a value lies ``FAR`` above or below all others."""
    low, high = np.min(others), np.max(others)
    return bool(max(low - value, value - high) > FAR * (high - low))


def _borne_out(X: Floats, rest: Ints, alike: Ints, one: int) -> bool:
    """Whether results beside which ``one`` is not far off support it: one of them is the nearest of
    all, or lies with it beyond the ``rest`` in one input."""
    if not len(alike):
        return False
    every = np.concatenate([rest, alike])
    nearest = every[np.square(X[every] - X[one]).sum(-1).argmin()]
    side = np.sign(X - X[rest].max(0)).clip(0) - np.sign(X[rest].min(0) - X).clip(0)
    together = ((side[alike] == side[one]) & (side[one] != 0)).any()
    return bool(together or nearest in alike)


def _judged(
    problems: Problems,
    strategy: Strategy,
    rngs: Callable[[], Sequence[np.random.Generator]],
    bad: Sequence[int],
    clean: Fitted,
) -> Outliers:
    """Of the results ``bad`` those that stand out from the rest without any of them, and of the
    rest those that a model which knows them finds doubtful."""
    rest = np.delete(np.arange(problems.observations), np.array(bad, dtype=np.int64))
    index = np.array(bad, dtype=np.int64)
    y = problems.y[0, rest[rest < problems.measured]]
    known = leave_one_out(clean, y, refitted=False)
    doubted = np.flatnonzero(known.doubtful())
    parts = [(rest[doubted], known.take(doubted))]
    others, every = rest[rest < problems.measured], leave_one_out(clean, y, refitted=True)
    if len(index):
        left_out, _fitted = _unseen(problems, strategy, rngs, index, index)
        others, every = np.concatenate([others, index]), LeftOut.joined([every, left_out])
        each = (_too_far(problems, bad, i, left_out.take(np.array([k]))) for k, i in enumerate(bad))
        keep = np.flatnonzero(list(each))
        parts.append((index[keep], left_out.take(keep)))
    if clean.likely is not None:
        aside = to_host(clean.likely[0]) < np.log(CONTRADICTION)
        limits = rest[rest >= problems.measured][aside]
        if len(limits):
            parts.append((limits, _unseen(problems, strategy, rngs, limits, limits)[0]))
    found = np.concatenate([each for each, _unseen in parts])
    residuals = LeftOut.joined([left_out for _index, left_out in parts])
    order = np.argsort(residuals.surprise, kind="stable")
    in_order = np.argsort(others)[: problems.measured]  # limits come after the values
    return Outliers(found[order], residuals.take(order), every.take(in_order), clean)


def _unseen(
    problems: Problems,
    strategy: Strategy,
    rngs: Callable[[], Sequence[np.random.Generator]],
    gone: Ints,
    asked: Ints,
) -> tuple[LeftOut, Fitted]:
    """What a model that never saw the results ``gone`` says of the results ``asked``."""
    points, values, side, counts, known, phase = (each[asked] for each in _every(problems))
    rest = replace(
        problems.without(gone),
        pool=Design(points, ("",) * points.shape[1]),
        taken=np.zeros((1, len(points)), dtype=np.bool_),
    )
    seen = engine.survey(Joint.of(rest), strategy, rngs())
    (fitted,), by_phase = seen.fitted, seen.laws[0].by_phase()
    if fitted is None:
        raise ValueError("results are of an outcome that is measured")
    mean, sd = seen.mean[0, :, 0], seen.sd[0, :, 0]
    if by_phase is not None:
        own = np.maximum(phase, 0), np.arange(len(asked))
        mean = np.where(phase < 0, mean, by_phase.mean[0][own])
        sd = np.where(phase < 0, sd, by_phase.sd[0][own])
    noise = float(fitted.gp.noise_variance.mean())
    left_out = LeftOut.of(
        values, mean, np.sqrt(sd**2 + noise / counts + known), side, rest.measured
    )
    return left_out, fitted


def _learn(problems: Problems, strategy: Strategy, rngs: Sequence[np.random.Generator]) -> Fitted:
    nobody = Design(problems.X[0, :0], ())
    taken = np.zeros((1, 0), dtype=np.bool_)
    joint = Joint.of(replace(problems, pool=nobody, taken=taken))
    (fitted,) = MultiOutputModel.of(joint, strategy, rngs).fitted
    if fitted is None:
        raise ValueError("results are of an outcome that is measured")
    return fitted


def _limits(problems: Problems) -> Limited:
    none = np.empty((1, 0))
    return problems.limits or Limited(problems.X[:, :0], none, none)


def _every(problems: Problems) -> tuple[np.ndarray, ...]:
    """(Point, value or limit, side, replicates, known variance, phase) of all values and limits."""
    limits, n = _limits(problems), problems.measured
    c, phases = limits.bound.shape[1], problems.phases
    return (
        np.concatenate([problems.X[0], limits.X[0]]),
        np.concatenate([problems.y[0], limits.bound[0]]),
        np.concatenate([np.zeros(n), limits.side[0]]),
        np.concatenate([problems.counts[0], np.ones(c)]),
        np.concatenate([np.zeros(n) if problems.noise is None else problems.noise[0], np.zeros(c)]),
        np.full(n + c, -1)
        if phases is None
        else np.concatenate([phases.values[0], phases.limits[0]]),
    )


def _limits_off(likely: Float[Tensor, "b c"] | None) -> Floats:
    """How far off each limit is, in sds of a normal law."""
    from scipy import stats

    return (
        np.empty(0) if likely is None else -stats.norm.ppf(np.exp(to_host(likely[0])).clip(1e-300))
    )


def leave_one_out(fitted: Fitted, y: Floats, *, refitted: bool) -> LeftOut:
    """What the other data say of each of the n values ``y`` of one problem, in closed form.

    ``refitted`` is what a model says that is fitted without the value: processes are weighed anew
    by their marginal likelihood without it, which its density by the others tells (Gelfand, Dey and
    Chang, Bayesian Statistics 4 (1992) 147), and where the signal variance was integrated out, it
    is so without the value. A fit of one sample keeps its hyperparameters, and limits stay as they
    were met (Vehtari and others, JMLR 17 (2016) 103).

    Args:
        fitted: A fit of one problem whose mean is constant. Of its data the last are the problem's
            own, values before limits.
        y: Values, model scale, shape (n,).
        refitted: Else hyperparameters are those that were found with the value.
    """
    n, gp, same = len(y), fitted.processes, fitted.which
    weight = torch.full_like(gp.mean, 1 / len(gp.mean))
    if same is not None:
        weight = same.bincount().to(weight) / len(same)
    variance, residual = gp.data.left_out(gp)
    weight, noise = weight.unsqueeze(-1), gp.data.noise
    if refitted:
        log_density = -0.5 * (variance.log() + residual.square() / variance)
        if fitted.fit == "bank" and not bool(noise.known.any()):
            variance, log_density = _signal_left_out(gp, variance, residual)
        weight = torch.softmax(weight.log() - log_density, 0)
    limits = int(torch.isinf(noise.counts[0]).sum())
    own = slice(variance.shape[-1] - limits - n, variance.shape[-1] - limits)
    scale = gp.data.scale.unsqueeze(-1)
    mean = torch.as_tensor(y, device=scale.device) - (residual * scale)[:, own]
    weight = weight.expand_as(variance)[:, own]
    expected = (weight * mean).sum(0)
    inner = (variance * scale.square())[:, own]
    total = (weight * (inner + (mean - expected).square())).sum(0)
    return LeftOut.of(y, to_host(expected), to_host(total.sqrt()), np.zeros(n), n - 1)


def _signal_left_out(
    gp: GP, variance: Float[Tensor, "b n"], residual: Float[Tensor, "b n"]
) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b n"]]:
    """(variance, ln density up to a constant) of each value by the others, where all variances
    share a factor that was integrated out: its posterior mean was put in, and is now that without
    the value, standardised without it."""
    z = gp.data.z
    n = z.shape[-1]
    shape = SIGNAL_SHAPE + 0.5 * (n - 1)
    squares = (gp.alpha * (z - gp.mean.unsqueeze(-1))).sum(-1, keepdim=True)
    others = z.sum(-1, keepdim=True) - z
    unit = (z.square().sum(-1, keepdim=True) - z.square() - others.square() / (n - 1)) / (n - 2)
    unit = torch.where(unit > LAWFUL_FLOOR, unit, 1.0)
    beforehand = shape - 1 - 0.5 * squares  # the rate before the data, over the factor put in
    rate = unit * beforehand + 0.5 * (squares - residual.square() / variance)
    log_density = -0.5 * variance.log() + (shape - 0.5) * rate.log()
    return variance * rate / (shape - 1.5), log_density

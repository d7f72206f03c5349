"""Multi-output model and fantasy posterior: what was learned of every outcome, and what is believed
of candidates, also after samples that are only imagined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, TypeVar, cast

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tansaku.bo import feasibility
from tansaku.bo.acquisition_input import AcquisitionInput
from tansaku.bo.deadline import passed
from tansaku.bo.device import to_device
from tansaku.bo.objectives.improvement import Outcome, objective_score
from tansaku.bo.objectives.outcome_constraints import kept
from tansaku.bo.objectives.reference import reference_of
from tansaku.bo.objectives.utility import Front, way_of
from tansaku.bo.phases import PhaseClassifier
from tansaku.bo.posteriors import (
    in_drawn_phases,
    of_measured,
    paths_of,
    posterior_in_blocks,
    posterior_of,
)
from tansaku.bo.surrogates import Fitted, Observations, fit
from tansaku.bo.surrogates.gp import GP, alike
from tansaku.bo.surrogates.paths import Path
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Ints, Joint, Problems, Want
from tansaku.language import _
from tansaku.stages import stage
from tansaku.strategy import AcquisitionSpec, Strategy, SurrogateSpec

FANTASIES, MOST_FUTURES = 64, 256
"""Imagined outcomes of earlier picks over which a later pick's gain is averaged: at the most under
one component, and under all. Sequential greedy maximisation of the joint gain (Wilson, Hutter,
Deisenroth, NeurIPS 2018), antithetic; a test holds a second pick to within 3 % of the best."""
DRAWN_MOST = 2
"""Goals up to which futures are drawn. With more, boxes are too many to be cut for each: one future
is imagined, in which every outcome is as expected (the "kriging believer" of Ginsbourger, Le
Riche, Carraro, 2010)."""
FACTORISED = 2048
"""Points up to which a joint draw factorises their covariance; for more, where one search is made
or the time is up, functions are drawn that can be asked anywhere (``surrogates.paths``)."""
_OF_SAMPLES = ("observed", "expected")
"""What a model says of the samples, whatever the pool."""
KNOWN_SD = 1e-9
"""sd of an outcome that is known beforehand, as a share of its range over the pool: rounding."""

T = TypeVar("T")
Rngs = Sequence[np.random.Generator]
Draws = Sequence[Float[Tensor, "b s"] | None]
"""Standard normal numbers of one imagined sample of each outcome; ``None`` for a known one."""


@dataclass(frozen=True, eq=False)
class MultiOutputModel:
    """What was learned of b problems.

    Attributes:
        joint: The problems.
        fitted: The model of each outcome; ``None`` for one that is known beforehand.
        strategy: How it was fitted, and what is asked of it.
    """

    joint: Joint
    fitted: tuple[Fitted | None, ...]
    strategy: Strategy

    @classmethod
    def of(
        cls, joint: Joint, strategy: Strategy, rngs: Rngs, warm: Sequence[Any] | None = None
    ) -> MultiOutputModel:
        """Fit each outcome that is measured; failures and phases are the same for all."""
        if strategy.surrogate is None:
            raise ValueError("this strategy has no surrogate")
        measured = [each for each, w in zip(joint.outcomes, joint.wants, strict=True) if w.measured]
        phases = next((each.phases for each in measured if each.phases is not None), None)
        gate = None if phases is None else PhaseClassifier.learn(phases)
        tried = next((each.tried for each in measured if each.tried is not None), None)
        works = None
        if tried is not None:
            works = feasibility.learn(to_device(tried.X), to_device(tried.worked))
        fitted = tuple(
            fit_outcome(problems, strategy.surrogate, rngs, before, gate, works)
            if want.measured
            else None
            for problems, want, before in zip(
                joint.outcomes, joint.wants, warm or (None,) * len(joint.wants), strict=True
            )
        )
        return cls(joint, fitted, strategy)

    def over(
        self,
        points: Float[Tensor, "N d"],
        *,
        whole: bool = False,
        at: Ints | None = None,
        cross: Callable[[GP, Tensor], Tensor] | None = None,
    ) -> FantasyPosterior:
        """The beliefs about some points, nothing imagined.

        Args:
            points: Encoded.
            whole: They are the pool.
            at: Where they stand in it, shape (N,).
            cross: As of :func:`~tansaku.bo.posteriors.posterior_of`.
        """
        ask = partial(posterior_of, points=points, strategy=self.strategy, whole=whole, cross=cross)
        return FantasyPosterior(self, of_measured(ask, self.fitted), at)

    def over_pool(self) -> FantasyPosterior:
        """The beliefs about the whole pool (b = 1), however large: it is asked in blocks."""
        ask = partial(posterior_in_blocks, pool=self.joint.outcomes[0].pool, strategy=self.strategy)
        return FantasyPosterior(self, of_measured(ask, self.fitted))

    def in_brief(self) -> MultiOutputModel:
        """The same with the first few components (b = 1)."""
        return replace(self, fitted=of_measured(Fitted.in_brief, self.fitted))

    def asked_in(self, joint: Joint) -> MultiOutputModel:
        """The same in a search with the same samples over another pool; what it says of the samples
        is not computed again."""
        other = replace(self, joint=joint)
        vars(other).update({name: vars(self)[name] for name in _OF_SAMPLES if name in vars(self)})
        return other

    @cached_property
    def reference(self) -> Float[Tensor, "b m"]:
        """What each objective has to beat, as goodness."""
        return to_device(reference_of(self.joint))

    @cached_property
    def observed(self) -> list[Float[Tensor, "b #k r"]]:
        """The outcomes of the samples to be beaten, as observed: a single outcome at all its
        results, several at the points where all objectives are measured; where a limit's outcome
        is not measured there, as the model has it."""
        if len(self.fitted) == 1 and self.joint.measured:
            return [to_device(self.joint.outcomes[0].reached()).unsqueeze(1)]
        if len(self.fitted) == 1:
            return self.expected
        known = to_device(self.joint.y).unbind(-1)
        return [
            torch.where(y.isnan(), self._at_points(each).mean(1), y).unsqueeze(1)
            if each is not None and bool(y.isnan().any())
            else y.unsqueeze(1)
            for y, each in zip(known, self.fitted, strict=True)
        ]

    @cached_property
    def expected(self) -> list[Float[Tensor, "b #k r"]]:
        """The same as each component of the model has it; without results, at the sources'."""
        return [
            to_device(self.joint.y[..., j]).unsqueeze(1) if each is None else self._at_points(each)
            for j, each in enumerate(self.fitted)
        ]

    def _at_points(self, fitted: Fitted) -> Float[Tensor, "b k r"]:
        """Posterior means at the points of the samples to be beaten. Where the belief came with the
        fit, all outcomes were measured at the very same points: those of a study."""
        b, own = self.joint.size, self.joint.outcomes[0]
        if fitted.posterior is not None and own.positions is not None:
            at = to_device(own.positions).repeat_interleave(fitted.components, 0)
            mean = fitted.posterior.mean[:, 0].gather(1, at)
        elif len(self.fitted) == 1:
            mean = fitted.of_each(fitted.processes.mean_at_data())
        else:
            X = self.joint.X
            if fitted.gate is not None and own.phases is not None:
                X = fitted.gate.with_columns(X, own.phases.at(X))
            mean = fitted.gp.predict(to_device(X).repeat_interleave(fitted.components, 0))[0]
        if len(self.fitted) == 1:  # sources come before the own values, and limits after them
            mean = mean[:, -own.observations :]
        return mean.unflatten(0, (b, -1))


def fit_outcome(
    problems: Problems,
    spec: SurrogateSpec,
    rngs: Rngs,
    warm: Any = None,
    gate: PhaseClassifier | None = None,
    works: feasibility.FeasibilityClassifier | None = None,
) -> Fitted:
    """Fit one outcome, with the phase among its inputs where a ``gate`` tells phases apart."""
    stage(_("learning the model"))
    seen, unit = problems if gate is None else gate.widen(problems), _unit(problems, spec)
    observed = Observations.of(seen, 0 if gate is None else gate.number)
    if unit != 1:
        observed = observed.in_unit(unit)
    fitted = replace(fit(observed, spec, rngs, seen.sources, warm), gate=gate, works=works)
    return fitted if unit == 1 else fitted.in_units_of(unit)


def _unit(problems: Problems, spec: SurrogateSpec) -> float:
    """The unit that values are learned in: their own, unless a single search shows no spread."""
    with_sources = problems.sources and spec.sources != "ignored"
    if problems.unit == 1 or with_sources or problems.size > 1 or not problems.measured:
        return 1.0
    return problems.unit if bool(alike(to_device(problems.y))[0]) else 1.0


def judged(
    wants: Sequence[Want], values: Sequence[Float[Tensor, "b r"]]
) -> tuple[Float[Tensor, "b r k"], Bool[Tensor, "b r"]]:
    """(goodness of the objectives, whether all limits are kept)."""
    each = list(zip(values, wants, strict=True))
    good = [objective_score(value, want) for value, want in each if want.is_objective]
    inside = [kept(value, want) for value, want in each if want.bound]
    return (
        torch.stack(good, -1) if good else values[0].new_empty(*values[0].shape, 0),
        torch.stack(inside).all(0) if inside else torch.ones_like(values[0], dtype=torch.bool),
    )


@dataclass(frozen=True, slots=True)
class FantasyPosterior:
    """What is believed of N candidates in b problems, after samples that are only imagined.

    Attributes:
        model: What was learned.
        posteriors: Of each outcome; ``None`` for a known one.
        at: Where the candidates stand in the pool of the known outcomes, shape (N,); ``None`` for
            the whole pool in its order.
        fantasized: Candidates imagined so far, shape (b,) each.
    """

    model: MultiOutputModel
    posteriors: tuple[Posterior | None, ...]
    at: Ints | None = None
    fantasized: tuple[Ints, ...] = ()
    _found: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def measured(self) -> Posterior:
        """That of the first outcome that is measured: failures, phases and fantasies are counted
        alike in all."""
        return next(each for each in self.posteriors if each is not None)

    @property
    def fantasies(self) -> int:
        """Futures of each problem; 1 while nothing is imagined."""
        return max(each.mean.shape[1] for each in self.posteriors if each is not None)

    @property
    def phases(self) -> int:
        """P; 1 where none are told apart."""
        shares = self.measured.shares
        return 1 if shares is None else shares.shape[1]

    def draws(self, samples: int, rngs: Rngs) -> list[Draws]:
        """Antithetic standard normal numbers for so many imagined samples, another one for each
        outcome; none where no sample will be imagined (a single pick, and nothing under way)."""
        if samples <= 1:
            return []
        most = max(len(each.mean) for each in self.posteriors if each is not None)
        fantasies = min(FANTASIES, MOST_FUTURES * len(rngs) // most)

        def drawn(_posterior: Posterior) -> list[Tensor]:
            if len(self.model.joint.objectives) > DRAWN_MOST:
                return [to_device(np.zeros((len(rngs), 1)))] * samples
            return antithetic(samples, fantasies, rngs)

        each = of_measured(drawn, self.posteriors)
        return [of_measured(itemgetter(step), each) for step in range(samples)]

    def fantasize(self, index: Ints, draws: Draws) -> FantasyPosterior:
        """After an imagined sample of candidate ``index`` of each problem, shape (b,)."""
        after = tuple(
            None if posterior is None or draw is None else fantasize(posterior, index, draw)
            for posterior, draw in zip(self.posteriors, draws, strict=True)
        )
        return replace(self, posteriors=after, fantasized=(*self.fantasized, index))

    def in_brief(self) -> FantasyPosterior:
        """Of the first few components of each problem."""
        size = self.model.joint.size
        brief = of_measured(lambda each: each.in_brief(size), self.posteriors)
        return replace(self, posteriors=brief)

    def acquisition_input(self, spec: AcquisitionSpec, rngs: Rngs) -> AcquisitionInput:
        """As an acquisition sees it: imagined outcomes and phases are futures."""
        joint, shares, works = self.model.joint, self.measured.shares, self.measured.works
        front, best = self.to_beat(spec.incumbent)
        if shares is not None:
            shares = shares.expand(joint.size, -1, -1).repeat(1, self.fantasies, 1) / self.fantasies
        cost = joint.cost
        if cost is not None and float(np.ptp(cost)) == 0:
            cost = None  # equal costs are none, also where a score is a value and no gain
        elif cost is not None and self.at is not None:
            cost = cost[self.at]
        return AcquisitionInput(
            outcomes=self._once("outcomes", self._outcomes),
            front=front,
            best=best,
            way=way_of(spec, joint.wants),
            rngs=rngs,
            sample=partial(self.sample, rngs),
            share=shares,
            works=works,
            poorest=self._poorest(),
            cost=cost,
        )

    def sample(self, rngs: Rngs) -> list[Float[Tensor, "b N"]]:
        """One joint draw of each objective, of a component drawn for it, in phases drawn for the
        candidates."""
        return self._in_drawn_phases([self._sampled(j, rngs) for j in self._objectives], rngs)

    def along(self, paths: Sequence[Path | None], rngs: Rngs) -> list[Float[Tensor, "b N"]]:
        """The objectives along functions that were drawn of each outcome (b = 1)."""
        drawn = []
        for j in self._objectives:
            path, posterior = paths[j], self.posteriors[j]
            if path is None or posterior is None:
                drawn.append(self._known_values(j).unsqueeze(0))
            else:
                drawn.append(path(posterior.pool))
        return self._in_drawn_phases(drawn, rngs)

    @property
    def _objectives(self) -> tuple[int, ...]:
        return self.model.joint.objectives

    def _sampled(self, j: int, rngs: Rngs) -> Float[Tensor, "b M"]:
        posterior, fitted = self.posteriors[j], self.model.fitted[j]
        if posterior is None or fitted is None:
            return self._known_values(j).expand(len(rngs), -1)
        if len(rngs) == 1 and (len(posterior.pool) > FACTORISED or passed()):
            (path,) = paths_of(fitted, 1, rngs[0])
            return path(posterior.pool)
        b, N = len(rngs), posterior.mean.shape[-1]
        each = len(posterior.mean) // b
        which = np.array([int(rng.integers(each)) for rng in rngs])
        normal = to_device(np.stack([rng.standard_normal(N) for rng in rngs]))
        chosen = posterior.take(to_device(np.arange(b) * each + which))
        return chosen.sample(normal.unsqueeze(1)).squeeze(1)

    def _in_drawn_phases(
        self, drawn: Sequence[Float[Tensor, "b M"]], rngs: Rngs
    ) -> list[Float[Tensor, "b N"]]:
        """The objectives in a phase drawn for each candidate, the same for all of them."""
        shares = self.measured.shares
        if shares is None:
            return list(drawn)
        M = shares.shape[1] * shares.shape[2]
        wide = [v if v.shape[-1] == M else v.repeat(1, self.phases) for v in drawn]
        return in_drawn_phases(wide, shares, rngs)

    def _outcomes(self) -> list[Outcome]:
        wants = self.model.joint.wants
        return [
            self._known(j) if posterior is None else self._outcome(posterior, wants[j])
            for j, posterior in enumerate(self.posteriors)
        ]

    def _outcome(self, posterior: Posterior, want: Want) -> Outcome:
        """Futures are fantasies x phases."""
        b, f, P = self.model.joint.size, self.fantasies, self.phases
        each = len(posterior.mean) // b
        mean = posterior.mean.view(b, each, -1, P, posterior.mean.shape[-1] // P)
        mean = mean.permute(0, 2, 3, 1, 4).expand(-1, f, -1, -1, -1)
        sd = posterior.variance.sqrt().view(b, each, 1, P, -1).permute(0, 2, 3, 1, 4)
        return Outcome(mean.flatten(0, 2), sd.expand_as(mean).flatten(0, 2), want)

    def _known_values(self, j: int) -> Float[Tensor, " N"]:
        known = self.model.joint.wants[j].known
        if known is None:
            raise ValueError("this outcome is not known beforehand")
        return to_device(np.ascontiguousarray(known if self.at is None else known[self.at]))

    def _known(self, j: int) -> Outcome:
        want = self.model.joint.wants[j]
        known = np.zeros(1) if want.known is None else want.known
        size = max(float(np.ptp(known)), float(np.abs(known).max()) * KNOWN_SD, KNOWN_SD)
        times = self.model.joint.size * self.fantasies * self.phases
        mean = self._known_values(j).expand(times, 1, -1)
        return Outcome(mean, torch.full_like(mean, KNOWN_SD * size), want)

    def to_beat(self, incumbent: str) -> tuple[Front, Float[Tensor, "g #k"]]:
        """(the samples so far and the imagined ones, in each future; of a single goal the best of
        them that keeps the limits, under each component, at least the reference): ``observed``, or
        as the ``posterior`` has them."""
        return self._once(incumbent, lambda: self._to_beat(incumbent))

    def _once(self, name: str, ask: Callable[[], T]) -> T:
        """What is asked more than once."""
        if name not in self._found:
            self._found[name] = ask()
        return cast("T", self._found[name])

    def _to_beat(self, incumbent: str) -> tuple[Front, Float[Tensor, "g #k"]]:
        joint = self.model.joint
        values = self.model.expected if incumbent == "posterior" else self.model.observed
        good, inside = judged(joint.wants, [each.mean(1) for each in values])
        front = Front(good, inside, self.model.reference)
        later = [self._fantasized(j) for j in range(len(values))] if self.fantasized else []
        if later:
            front = front.joined(*judged(joint.wants, [each.mean(1) for each in later]))
        if len(joint.objectives) != 1:
            front = front.repeat(self.phases)
            return front, front.reference
        (j,) = joint.objectives
        known = values[j]
        if later:
            k = later[j].shape[1]  # fewer than were learned where the belief is in brief
            known = known[:, :k].expand(-1, k, -1).repeat_interleave(self.fantasies, 0)
            known = torch.cat([known, later[j]], -1)
        known = objective_score(known, joint.wants[j])
        known = torch.where(front.inside.unsqueeze(1), known, -torch.inf)
        floor = front.reference.unsqueeze(-1).expand(-1, known.shape[1], -1)
        best = torch.cat([known, floor], -1).amax(-1)
        return front.repeat(self.phases), best.repeat_interleave(self.phases, 0)

    def _fantasized(self, j: int) -> Float[Tensor, "g #k q"]:
        """Outcome ``j`` of the imagined samples in each future."""
        joint, posterior = self.model.joint, self.posteriors[j]
        if posterior is not None and posterior.fantasized is not None:
            each = posterior.fantasized.unflatten(0, (joint.size, -1)).transpose(1, 2)
            return each.expand(-1, self.fantasies, -1, -1).flatten(0, 1)
        index = to_device(np.stack(self.fantasized, -1))
        values = self._known_values(j)[index]
        return values.repeat_interleave(self.fantasies, 0).unsqueeze(1)

    def _poorest(self) -> Float[Tensor, "b 1"] | None:
        """The poorest measured value of a single goal, as goodness; its reference without any.
        ``None`` with several goals, and where nothing has failed."""
        joint = self.model.joint
        if len(joint.objectives) != 1 or self.measured.works is None:
            return None
        (j,) = joint.objectives
        if not joint.outcomes[j].measured:
            return self.model.reference
        y = to_device(joint.outcomes[j].y)
        return objective_score(y, joint.wants[j]).amin(-1, keepdim=True)


def antithetic(samples: int, fantasies: int, rngs: Rngs) -> list[Float[Tensor, "b s"]]:
    """Standard normal numbers and their opposites, for each of so many samples."""
    shape = samples, max(1, fantasies // 2)
    half = np.stack([rng.standard_normal(shape) for rng in rngs], axis=1)
    return [to_device(np.concatenate([h, -h], axis=-1)) for h in half]


def fantasize(posterior: Posterior, index: Ints, draws: Float[Tensor, "b s"]) -> Posterior:
    """The belief after an imagined outcome at candidate ``index`` of each problem, in every
    component."""
    each = posterior.variance.shape[0] // len(index)
    return posterior.fantasize(
        posterior.places(to_device(index)).repeat_interleave(each), draws.repeat_interleave(each, 0)
    )

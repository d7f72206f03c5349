"""Fantasy posterior: several outcomes together, and after fantasized samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tansaku.bo.deadline import passed
from tansaku.bo.device import to_device, to_host
from tansaku.bo.engine import fantasize, learn
from tansaku.bo.objectives.improvement import Outcome, objective_score
from tansaku.bo.objectives.limits import kept
from tansaku.bo.objectives.reference import reference_of
from tansaku.bo.objectives.utility import Front, Utility
from tansaku.bo.shortlist import paths_of, posterior_of
from tansaku.bo.surrogates import Fitted
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Bools, Floats, Ints, Joint, Want
from tansaku.strategy import Strategy

FANTASIES = 16
"""Imagined outcomes of what is under way and of earlier picks, each with a front of its own: fewer
than for one outcome (64), as boxes are cut for each. Antithetic, so the mean stays the old one."""
DRAWN_MOST = 2
"""Goals up to which futures are drawn. With more, boxes are too many to be cut for each: one future
is imagined, in which every outcome is as expected (the "kriging believer" of Ginsbourger, Le
Riche, Carraro, 2010)."""
FACTORISED = 2048
"""Candidates up to which a joint draw factorises their covariance; for more, where one search is
made or the time is up, functions are drawn that can be asked anywhere, as with one goal
(``surrogates.paths``)."""
KNOWN_SD = 1e-9
"""sd of an outcome that is known beforehand, as a share of its range over the pool: rounding."""


@dataclass(frozen=True, slots=True)
class MultiOutputModel:
    """What was learned of b problems.

    Attributes:
        joint: The problems.
        fitted: The model of each outcome; ``None`` for one that is known beforehand.
        front: What the measured points are worth.
    """

    joint: Joint
    fitted: tuple[Fitted | None, ...]
    front: Front

    @classmethod
    def of(
        cls,
        joint: Joint,
        strategy: Strategy,
        rngs: Sequence[np.random.Generator],
        warm: Sequence[object] | None,
    ) -> MultiOutputModel:
        """Fit each outcome that is measured, and see what the measured points are worth."""
        before = warm or (None,) * len(joint.wants)
        fitted = tuple(
            None if want.known is not None else learn(problems, strategy, rngs, known).fitted
            for problems, want, known in zip(joint.outcomes, joint.wants, before, strict=True)
        )
        at = _at_points(joint, fitted, strategy.acquisition.incumbent)
        front = Front(*judged(joint.wants, at), to_device(reference_of(joint)))
        return cls(joint, fitted, front)

    def over(self, X: Floats, strategy: Strategy, *, look_up: bool = False) -> FantasyPosterior:
        """The beliefs about some points, nothing imagined; ``look_up`` where they are the pool."""
        posteriors = tuple(
            None if each is None else posterior_of(each, X, strategy, whole=look_up)
            for each in self.fitted
        )
        return FantasyPosterior(self, posteriors)


def judged(
    wants: Sequence[Want], values: Float[Tensor, "b r m"]
) -> tuple[Float[Tensor, "b r k"], Bool[Tensor, "b r"]]:
    """(goodness of the objectives, whether all limits are kept)."""
    inside = torch.ones_like(values[..., 0], dtype=torch.bool)
    good = []
    for value, want in zip(values.unbind(-1), wants, strict=True):
        inside = inside & kept(value, want)
        if want.is_objective:
            good.append(objective_score(value, want))
    return torch.stack(good, -1) if good else values[..., :0], inside


def _at_points(
    joint: Joint, fitted: Sequence[Fitted | None], incumbent: str
) -> Float[Tensor, "b r m"]:
    """The outcomes at the points where all objectives are measured: as observed, or what the model
    makes of them; where a limit's outcome is not measured there, always the model's."""
    y, X = to_device(joint.y), to_device(joint.X)
    columns = []
    for j, each in enumerate(fitted):
        known = y[..., j]
        if each is not None and (incumbent == "posterior" or bool(known.isnan().any())):
            mean = _at_measured(each, X).unflatten(0, (joint.size, -1)).mean(1)
            known = mean if incumbent == "posterior" else torch.where(known.isnan(), mean, known)
        columns.append(known)
    return torch.stack(columns, -1)


def _at_measured(fitted: Fitted, X: Float[Tensor, "b r d"]) -> Float[Tensor, "k r"]:
    """Posterior means at measured points. Where the belief came with the fit, all outcomes were
    measured at the very same points: those of a study."""
    if fitted.posterior is None:
        return fitted.gp.predict(X.repeat_interleave(fitted.components, 0))[0]
    return fitted.posterior.at_data


@dataclass(frozen=True, slots=True)
class FantasyPosterior:
    """What is believed of N candidates in b problems, after samples that are only imagined.

    Attributes:
        lesson: What was learned.
        posteriors: Of each outcome; ``None`` for a known one.
        at: Where the candidates stand in the pool of the known outcomes, shape (N,); ``None`` for
            the whole pool in its order.
        fantasized: Candidates imagined so far, shape (b,) each.
    """

    lesson: MultiOutputModel
    posteriors: tuple[Posterior | None, ...]
    at: Ints | None = None
    fantasized: tuple[Ints, ...] = ()

    @property
    def fantasies(self) -> int:
        """Of each problem; 1 while nothing is imagined."""
        return FANTASIES if self.fantasized and self._drawn else 1

    @property
    def _drawn(self) -> bool:
        return len(self.lesson.joint.objectives) <= DRAWN_MOST

    def fantasize(self, index: Ints, rngs: Sequence[np.random.Generator]) -> FantasyPosterior:
        """After an imagined sample of candidate ``index`` of each problem, shape (b,); its outcomes
        are drawn independently, or are as expected."""
        found: list[Posterior | None] = []
        for posterior in self.posteriors:
            draws = to_device(np.zeros((len(rngs), 1)))
            if self._drawn:
                half = np.stack([rng.standard_normal(FANTASIES // 2) for rng in rngs])
                draws = to_device(np.concatenate([half, -half], axis=-1))
            found.append(None if posterior is None else fantasize(posterior, index, draws))
        return replace(self, posteriors=tuple(found), fantasized=(*self.fantasized, index))

    def utility(self) -> Utility:
        """As scores see it: futures are further problems."""
        b, f = self.lesson.joint.size, self.fantasies
        outcomes = []
        for posterior, want in zip(self.posteriors, self.lesson.joint.wants, strict=True):
            if posterior is None:
                outcomes.append(self._known(want))
                continue
            mean = posterior.mean.unflatten(0, (b, -1)).expand(-1, -1, f, -1)
            sd = posterior.variance.sqrt().unflatten(0, (b, -1)).unsqueeze(2).expand_as(mean)
            each_mean, each_sd = (v.transpose(1, 2).flatten(0, 1) for v in (mean, sd))
            outcomes.append(Outcome(each_mean, each_sd, want))
        works = self.works()
        return Utility(
            outcomes,
            self._front(),
            self._cost(),
            works=None if works is None else works.repeat_interleave(f, 0),
        )

    def works(self) -> Float[Tensor, "b N"] | None:
        """Probability that a sample of each candidate works; ``None`` where nothing has failed. All
        outcomes have seen the same failures."""
        known = (each.works for each in self.posteriors if each is not None)
        return next((each for each in known if each is not None), None)

    def sample(self, rngs: Sequence[np.random.Generator]) -> list[Float[Tensor, "b N"] | None]:
        """One joint draw of each outcome, of a component drawn for it; ``None`` for a known one."""
        found: list[Float[Tensor, "b N"] | None] = []
        for posterior, fitted in zip(self.posteriors, self.lesson.fitted, strict=True):
            if posterior is None or fitted is None:
                found.append(None)
                continue
            if len(rngs) == 1 and (len(posterior.pool) > FACTORISED or passed()):
                (path,) = paths_of(fitted, 1, rngs[0])
                found.append(path(posterior.pool).unsqueeze(0))
                continue
            b, N = len(rngs), posterior.mean.shape[-1]
            each = len(posterior.mean) // b
            which = np.array([int(rng.integers(each)) for rng in rngs])
            normal = to_device(np.stack([rng.standard_normal(N) for rng in rngs]))
            found.append(posterior.take(to_device(np.arange(b) * each + which)).sample(normal))
        return found

    def _known(self, want: Want) -> Outcome:
        if want.known is None:
            raise ValueError("this outcome is not known beforehand")
        values = want.known if self.at is None else want.known[self.at]
        size = max(float(np.ptp(want.known)), float(np.abs(want.known).max()) * KNOWN_SD, KNOWN_SD)
        problems = self.lesson.joint.size * self.fantasies
        mean = to_device(np.ascontiguousarray(values)).expand(problems, 1, -1)
        return Outcome(mean, torch.full_like(mean, KNOWN_SD * size), want)

    def _cost(self) -> Floats | None:
        cost = self.lesson.joint.cost
        return cost if cost is None or self.at is None else cost[self.at]

    def _front(self) -> Front:
        """With the imagined samples of each future, averaged over the components."""
        joint, front = self.lesson.joint, self.lesson.front
        if not self.fantasized:
            return front
        columns = []
        for posterior, want in zip(self.posteriors, joint.wants, strict=True):
            if posterior is not None and posterior.fantasized is not None:
                mean = posterior.fantasized.unflatten(0, (joint.size, -1)).mean(1)
                columns.append(mean.flatten(0, 1))
                continue
            if want.known is None:
                raise ValueError("an outcome that is measured was not imagined")
            index = (
                np.stack(self.fantasized, -1)
                if self.at is None
                else self.at[np.stack(self.fantasized, -1)]
            )
            value = to_device(want.known[index])
            columns.append(value.repeat_interleave(self.fantasies, 0))
        return front.joined(*judged(joint.wants, torch.stack(columns, -1)))


def coins(lesson: MultiOutputModel, rngs: Sequence[np.random.Generator]) -> Bools:
    """For which problems this sample is drawn at random: where the inputs are likelier than not to
    tell nothing about any outcome, with the smallest of these probabilities."""
    shares = [each.scatter for each in lesson.fitted if each is not None]
    if not shares or any(share is None for share in shares):
        return np.zeros(len(rngs), dtype=np.bool_)
    likely = to_host(torch.stack([share for share in shares if share is not None]).amin(0))
    return (likely > 0.5) & (np.array([rng.random() for rng in rngs]) < likely)

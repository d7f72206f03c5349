"""Joint posterior: what the model of one search says of N points, of all outcomes together.

Arrays in, arrays out. Each outcome is a mixture of Gaussian processes, the same for all points; a
point's phase is drawn for it alone, and is the same for all outcomes. Means and covariances follow
by the law of total covariance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import NormalDist

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo import engine
from tansaku.bo.acquisition import acquisition_of, score_of
from tansaku.bo.acquisition_input import AcquisitionInput
from tansaku.bo.device import to_device, to_host
from tansaku.bo.fantasy_posterior import FACTORISED, FantasyPosterior, MultiOutputModel
from tansaku.bo.laws import Laws
from tansaku.bo.objectives.normal import ndtr
from tansaku.bo.posteriors import in_drawn_phases, of_measured
from tansaku.bo.surrogates import GP, Fitted
from tansaku.bo.surrogates.paths import Path
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.bo.threads import threads_for
from tansaku.design import Floats, Joint
from tansaku.strategy import AcquisitionSpec, Strategy

Bounds = tuple[Floats | float, Floats | float]
"""(above which, below which) a value has to lie, on the model scale; endless for no bound."""


@dataclass(frozen=True, eq=False)
class JointPosterior:
    """What is believed of the pool of one search (b = 1): N points, m outcomes.

    Attributes:
        now: The beliefs.
        seed: Of what is drawn for an acquisition.
    """

    now: FantasyPosterior
    seed: np.random.Generator

    @classmethod
    def of(
        cls, joint: Joint, strategy: Strategy, rngs: Sequence[np.random.Generator]
    ) -> JointPosterior:
        """Fit each outcome, all of them measured, with a generator of its own: none depends on its
        company."""
        with threads_for(joint.measured):
            fitted = [
                MultiOutputModel.of(Joint.of(problems), strategy, [rng]).fitted[0]
                for problems, rng in zip(joint.outcomes, rngs, strict=True)
            ]
            model = MultiOutputModel(joint, tuple(fitted), strategy)
            return cls(model.over_pool(), rngs[0])

    def over(self, joint: Joint) -> JointPosterior:
        """The same model asked about another pool."""
        with threads_for(joint.measured):
            return replace(self, now=self.model.asked_in(joint).over_pool())

    def beside(self, joint: Joint) -> JointPosterior:
        """The same beliefs in a search over the same pool that has costs, and outcomes that are
        known beforehand."""
        fits, found = iter(self.model.fitted), iter(self.now.posteriors)
        fitted = [next(fits) if want.measured else None for want in joint.wants]
        posteriors = [next(found) if want.measured else None for want in joint.wants]
        model = MultiOutputModel(joint, tuple(fitted), self.model.strategy)
        return replace(self, now=replace(self.now, model=model, posteriors=tuple(posteriors)))

    def after(self, i: int, p: float) -> JointPosterior:
        """The beliefs if every outcome of point ``i`` came out at this quantile of what is
        predicted, 0 < p < 1: under each component of its own."""
        z = to_device(np.full((1, 1), NormalDist().inv_cdf(p)))
        draws = of_measured(lambda _posterior: z, self.now.posteriors)
        return replace(self, now=self.now.fantasize(np.array([i]), draws))

    def of_outcome(self, j: int, joint: Joint) -> JointPosterior:
        """What is believed of one outcome, in a search for it alone over the same pool."""
        model = MultiOutputModel(joint, (self.model.fitted[j],), self.model.strategy)
        return replace(self, now=FantasyPosterior(model, (self.now.posteriors[j],)))

    @property
    def model(self) -> MultiOutputModel:
        """What was learned."""
        return self.now.model

    @cached_property
    def moments(self) -> engine.Moments:
        """Mean, sd of the function and of the next measurement, shape (N, m) each."""
        return engine.Moments(*(each[0] for each in engine.moments(self.now, self.given)))

    @cached_property
    def chance(self) -> Floats:
        """Probability that all limits are kept and that no measured sample is at least as good in
        every objective, shape (N,); NaN where nothing is measured."""
        return engine.chance_of(self.now, self.given)[0]

    @cached_property
    def works(self) -> Floats:
        """Probability that a sample works, shape (N,); 1 where nothing has failed."""
        works = self.given.works
        return np.ones(len(self.moments.mean)) if works is None else to_host(works)[0]

    @cached_property
    def laws(self) -> tuple[Laws, ...]:
        """What is believed of each outcome at the N points."""
        return engine.laws_of(self.now, self.given)

    def score(self, spec: AcquisitionSpec) -> Floats:
        """An acquisition, with limits, failures and costs, shape (N,); larger is better. Where it
        ranks by the logarithm of what its name says, that itself."""
        asked = acquisition_of(spec)
        with threads_for(self.model.joint.measured):
            score = score_of(asked, self.now.acquisition_input(spec, [deepcopy(self.seed)]))
        return to_host(score.exp() if asked.in_logarithms else score)[0]

    def quantile(self, j: int, p: float, *, measured: bool = False) -> Floats:
        """Below which outcome ``j`` lies with probability ``p``, 0 < p < 1, shape (N,): of the
        function, or of the next measurement."""
        return self.laws[j].quantiles([(p, measured)])[0, 0]

    def probability(self, bounds: Mapping[int, Bounds], *, measured: bool = False) -> Floats:
        """Probability that these outcomes, at least one, all lie in their bounds, shape (N,)."""
        share = inside = to_device(np.ones(()))
        for j, ends in bounds.items():
            share, mean, sd = self._law(j, measured=measured)
            above, below = (to_device(np.array(end, dtype=np.float64)) for end in ends)
            u, v = (above - mean) / sd, (below - mean) / sd
            turn = torch.where(u > 0, -1.0, 1.0)  # the upper tail has its digits on the other side
            part = turn * (ndtr(turn * v) - ndtr(turn * u))
            inside = inside * part.clamp_min(0).mean(1)
        return to_host((share * inside).sum(0))

    def covariance(self, j: int, *, measured: bool = False) -> Floats:
        """Of outcome ``j`` at all points, shape (N, N), model scale squared: the mean over the
        components of theirs, and the covariance of their means. The errors of next measurements are
        their own."""
        fitted, posterior = self.model.fitted[j], self.now.posteriors[j]
        sd = self.moments.measured_sd if measured else self.moments.sd
        if fitted is None or posterior is None:
            return np.diag(np.square(sd[:, j]))
        share, mean, _sd = self._law(j)
        means = (share.unsqueeze(1) * mean).sum(0)
        apart = means - means.mean(0)
        total = apart.mT @ apart / len(means)
        gp, which = _distinct(fitted)
        for i, times in enumerate(which.bincount().tolist()):
            one = gp.take(to_device(np.array([i])))
            inner = one.covariance(posterior.pool.unsqueeze(0))[0]
            total += times / len(means) * _over_phases(inner, share)
        found = to_host(total)
        np.fill_diagonal(found, np.square(sd[:, j]))
        return found

    def sample(self, n: int, rng: np.random.Generator, *, measured: bool = False) -> Floats:
        """n joint draws of all outcomes at all points, shape (n, N, m), model scale.

        For each a component is drawn, and under it the function at all points together: by the
        Cholesky factor of its covariance up to ``FACTORISED`` points (counted in every phase), for
        more along functions that can be asked anywhere, block by block (``surrogates.paths``).
        """
        measured = measured or self._of_measurement
        with threads_for(self.model.joint.measured):
            values = [
                self._drawn(j, n, rng, measured=measured) for j in range(len(self.model.fitted))
            ]
            shares = self.now.measured.shares
            if shares is not None:
                M = shares.shape[1] * shares.shape[2]
                wide = [v if v.shape[-1] == M else v.repeat(1, shares.shape[1]) for v in values]
                values = in_drawn_phases(wide, shares.expand(n, -1, -1), [rng] * n)
            return np.stack([to_host(each) for each in values], -1)

    def data_weights(self, j: int, i: int) -> Floats:
        """Weight of each measured value of outcome ``j`` in its mean at point ``i``, shape (n,):
        the mean over the components of K^-1 k, with the level where that is estimated from the
        values (then they sum to 1). What older data say is not among them.

        Where phases are told apart, averaged over those that may form there.
        """
        fitted, posterior = self.model.fitted[j], self.now.posteriors[j]
        if fitted is None or posterior is None:
            return np.empty(0)
        share = self._law(j)[0][:, i]
        gp, which = _distinct(fitted)
        points = posterior.pool.unflatten(0, (len(share), -1))[:, i]
        weights = gp.data.weights(gp, points.expand(len(gp.alpha), -1, -1))
        return to_host((weights @ share)[which].mean(0))

    def processes(self, j: int) -> list[tuple[float, GP]]:
        """(Weight, process) of each distinct hyperparameter sample of outcome ``j``, the largest
        weight first; none of one that is known beforehand."""
        fitted = self.model.fitted[j]
        if fitted is None:
            return []
        gp, which = _distinct(fitted)
        times = to_host(which.bincount())
        order = np.argsort(-times, kind="stable").tolist()
        return [(float(times[i] / len(which)), gp.take(to_device(np.array([i])))) for i in order]

    @cached_property
    def given(self) -> AcquisitionInput:
        """The beliefs as the strategy's acquisition sees them."""
        return self.now.acquisition_input(self.model.strategy.acquisition, [deepcopy(self.seed)])

    @property
    def _of_measurement(self) -> bool:
        """Whether the model's own law is that of a measurement."""
        surrogate = self.model.strategy.surrogate
        return surrogate is not None and surrogate.sd_of == "measurement"

    def _law(
        self, j: int, *, measured: bool = False
    ) -> tuple[Float[Tensor, "P N"], Float[Tensor, "P k N"], Float[Tensor, "P k N"]]:
        """(share of each phase, means, sds) of outcome ``j`` in each phase and component."""
        law = self.laws[j]
        return law.chances()[0], law.mean[0], law.sd(measured=measured)[0]

    def _drawn(
        self, j: int, n: int, rng: np.random.Generator, *, measured: bool
    ) -> Float[Tensor, "n M"]:
        """n functions of outcome ``j`` at all points in all phases, or measurements of them, whose
        errors are their own."""
        fitted, posterior = self.model.fitted[j], self.now.posteriors[j]
        if fitted is None or posterior is None:
            return self.given.outcomes[j].mean[0].expand(n, -1)
        gp, same = _distinct(fitted)
        which = to_host(same)[rng.integers(len(same), size=n)]
        points = posterior.pool
        values = points.new_empty(n, len(points))
        for i in np.unique(which).tolist():
            mine = np.flatnonzero(which == i)
            one = gp.take(to_device(np.array([i])))
            if len(points) <= FACTORISED:
                normal = to_device(rng.standard_normal((1, len(mine), len(points))))
                drawn = Posterior.over(one, points).sample(normal)[0]
            else:
                drawn = Path.draw(one, rng, len(mine))(points)
            values[to_device(mine)] = drawn
        if measured:
            law, first = self.laws[j], np.unique(to_host(same), return_index=True)[1]
            error = law.variance(measured=True) - law.variance(measured=False)
            error = error[0, :, to_device(first[which])].movedim(1, 0).flatten(1)
            if self._of_measurement:  # whose law has the error that a function has not
                error = error + gp.measurement_variance[to_device(which)].unsqueeze(-1)
            values += error.sqrt() * to_device(rng.standard_normal(values.shape))
        return values


def _distinct(fitted: Fitted) -> tuple[GP, Int[Tensor, " k"]]:
    """(processes that differ, which of them each component is)."""
    every = to_device(np.arange(fitted.components))
    return fitted.processes, every if fitted.which is None else fitted.which


def _over_phases(
    covariance: Float[Tensor, "M M"], share: Float[Tensor, "P N"]
) -> Float[Tensor, "N N"]:
    """Covariance of points whose phases are drawn, each for itself, from that in each phase; the
    diagonal is another."""
    if len(share) == 1:
        return covariance
    P, N = share.shape
    return torch.einsum("pi,piqj,qj->ij", share, covariance.view(P, N, P, N), share)

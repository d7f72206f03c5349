"""Batch objective: what the samples of a plan are expected to gain together, for m >= 1 goals.

It is how much the hypervolume of the best compromises grows by all of them (the joint "q-EHVI":
Daulton, Balandat, Bakshy, NeurIPS 2020); with one goal, how far they raise the best (the joint
"q-EI": Ginsbourger, Le Riche, Carraro, in Computational Intelligence in Expensive Optimization
Problems, Springer 2010). It is the sum, over the samples in any order, of what each adds to those
before it: the values of those before are fantasized, outcome by outcome, which gives every fantasy
a front of its own, and the next one's part is exact (``objectives.hypervolume_gain``), so that
gains far below one in a thousand are told apart, where counting successes would see none. A sample
that fails or that breaks a limit adds nothing. Where phases play a part every candidate is a point
in each of them, and its part is averaged over them.

Axes: e joint fantasies, G settings, w candidates at each, P phases (1 without), N candidates,
P N points (phase by phase), p points of a front, m outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.factorise import factorise
from tansaku.bo.fantasy_posterior import KNOWN_SD, FantasyPosterior, judged
from tansaku.bo.furnace.posterior_by_setting import PosteriorBySetting
from tansaku.bo.kernels import RBF
from tansaku.bo.objectives.hypervolume_gain import HypervolumeGain
from tansaku.bo.objectives.improvement import Outcome
from tansaku.bo.objectives.pareto import pareto
from tansaku.bo.objectives.utility import Front, way_of
from tansaku.bo.surrogates.gp import Hyperparameters
from tansaku.bo.surrogates.posterior import Posterior, Prior
from tansaku.design import Ints, Want

FANTASIES = {0: 32, 1: 256, 2: 32, 3: 16, 4: 8}
"""Joint fantasies in which a plan is searched, by the number of goals: the boxes of a front grow
with its points to the power of the goals less one, so more goals leave time for fewer fantasies. 0
where goals become one number of draws, which needs no boxes."""
JUDGES = {0: 128, 1: 2048, 2: 256, 3: 64, 4: 32}
"""Joint fantasies over which two plans are compared: with one goal eight times those of the search,
at a hundredth of its cost, so that what is kept is better by more than the noise of the search."""
SMALLEST_VARIANCE = 1e-12
"""Share of the set's largest variance below which a sample is known from the others."""


@dataclass(frozen=True, slots=True)
class Fantasies:
    """Joint fantasies of several outcomes: each takes a component and a draw of every outcome.

    Attributes:
        draws: Standard normal, (q, c, s) for each outcome.
        order: Which of an outcome's c x s fantasies each of the e joint ones takes, shape (e,).
    """

    draws: tuple[Float[Tensor, "q _ _"], ...]
    order: tuple[Int[Tensor, " e"], ...]

    @classmethod
    def drawn(
        cls, components: Sequence[int], number: int, slots: int, rng: np.random.Generator
    ) -> Fantasies:
        """``number`` joint fantasies of so many samples, antithetic. Of the first two outcomes each
        pair of components comes equally often; the others are shuffled. An outcome without any is
        known, and no draw changes it."""
        draws, order, e, before = [], [], np.arange(number), 0
        for c in components:
            if c == 0:
                draws.append(to_device(np.zeros((slots, 1, 1))))
                order.append(to_device(np.zeros_like(e)))
                continue
            s = -(-number // c)
            half = rng.standard_normal((slots, c, -(-s // 2)))
            draws.append(to_device(np.concatenate([half, -half], axis=-1)[:, :, :s].copy()))
            turn = [e, (e % c) * s + e // c][before] if before < 2 else rng.permutation(c * s)
            order.append(to_device(turn[:number]))
            before += 1
        return cls(tuple(draws), tuple(order))

    @property
    def number(self) -> int:
        """e."""
        return len(self.order[0])

    def flat(self, j: int, values: Float[Tensor, "c s *shape"]) -> Float[Tensor, "e *shape"]:
        """What outcome ``j`` is in each joint fantasy."""
        spread = values.expand(-1, self.draws[j].shape[-1], *values.shape[2:]).flatten(0, 1)
        return spread if j == 0 and len(spread) == self.number else spread[self.order[j]]

    def components(self, j: int) -> Int[Tensor, " e"]:
        """The component of outcome ``j`` in each joint fantasy."""
        return self.order[j] // self.draws[j].shape[-1]


@dataclass(frozen=True, slots=True)
class ExpectedGain:
    """What q samples gain together.

    Attributes:
        log_gain: ln of what each adds to the ones before it, shape (q,); their exponentials sum to
            the joint expected improvement.
        chance: Probability that one of the first 1, 2, .. q works, keeps all limits and is better
            than all that is measured in some goal, shape (q,).
    """

    log_gain: Float[Tensor, " q"]
    chance: Float[Tensor, " q"]


@dataclass(frozen=True, slots=True)
class BatchObjective:
    """What is believed of a search, after samples that are only fantasized. Each sample of a plan
    has a slot 0, 1, .. of its own, to which draws belong; pending ones have the first.

    Attributes:
        wants: What is wanted of each outcome.
        posteriors: Of each outcome, about the P N points.
        log_shares: ln P(phase) of each candidate, shape (P, N).
        log_works: ln P(a sample works) of each candidate, shape (N,).
        fantasies: In which a plan is searched.
        front: Of what is measured and fantasized, in each of them.
        gain: What is to grow there.
        judges: Fantasies in which plans are compared.
        base: The front of what is measured, there.
        judged_gain: What is to grow there.
        luck: Uniform numbers that say in which of the judges a sample fails, and which phase it
            has, shape (2, q, e).
    """

    wants: tuple[Want, ...]
    posteriors: tuple[Posterior, ...]
    log_shares: Float[Tensor, "P N"]
    log_works: Float[Tensor, " N"]
    fantasies: Fantasies
    front: Front
    gain: HypervolumeGain
    judges: Fantasies
    base: Front
    judged_gain: HypervolumeGain
    luck: Float[Tensor, "2 q e"]

    @classmethod
    def of(cls, now: FantasyPosterior, slots: int, rng: np.random.Generator) -> BatchObjective:
        """Before anything is fantasized (b = 1), with draws for so many samples."""
        joint, known = now.model.joint, now.measured
        wants, way = joint.wants, way_of(now.model.strategy.acquisition, joint.wants)
        sure = torch.ones_like(known.mean[0, :1, : known.mean.shape[-1] // now.phases])
        shares = sure if known.shares is None else known.shares[0]
        posteriors = tuple(
            known_outcome(want, known.pool) if each is None else each
            for each, want in zip(now.posteriors, wants, strict=True)
        )
        goals = min(max(len(joint.objectives), 1), 4) if way == "hypervolume" else 0
        components = [0 if each is None else len(each.variance) for each in now.posteriors]
        fantasies = Fantasies.drawn(components, FANTASIES[goals], slots, rng)
        judges = Fantasies.drawn(components, JUDGES[goals], slots * now.phases, rng)
        front, base = (_front(now, each) for each in (fantasies, judges))
        return cls(
            wants,
            posteriors,
            shares.log(),
            (sure if known.works is None else known.works).log()[0],
            fantasies,
            front,
            HypervolumeGain.of(way, wants, front, rng),
            judges,
            base,
            HypervolumeGain.of(way, wants, base, rng),
            to_device(rng.random((2, slots, JUDGES[goals]))),
        )

    def fantasize(self, index: int, slot: int) -> BatchObjective:
        """After a fantasized sample of candidate ``index``, in its likeliest phase."""
        point = int(self.log_shares[:, index].argmax()) * self.log_shares.shape[1] + index
        posteriors, values = [], []
        for j, posterior in enumerate(self.posteriors):
            draws = self.fantasies.draws[j][slot]
            at = torch.full((len(draws),), point, device=draws.device)
            posteriors.append(posterior.fantasize(at, draws))
            values.append(self.fantasies.flat(j, posteriors[j].mean[:, :, point]))
        front = _joined(self.front, *judged(self.wants, [each.unsqueeze(1) for each in values]))
        return replace(self, posteriors=tuple(posteriors), front=front)

    def part(self, index: Ints) -> BatchObjective:
        """The same about some of the candidates."""
        at, points = to_device(index), self._points(index).ravel()
        return replace(
            self,
            posteriors=tuple(part_of(each, points) for each in self.posteriors),
            log_shares=self.log_shares[:, at],
            log_works=self.log_works[at],
        )

    def candidates(self, members: Ints) -> RunCandidates:
        """The candidates at every setting, by their indices, shape (G, w)."""
        G = len(members)
        points = to_device(self._points(members).reshape(G, -1))
        return RunCandidates(
            self,
            to_device(members),
            tuple(PosteriorBySetting.of(each, points) for each in self.posteriors),
            self.front.repeat(G),
            self.gain.repeat(G),
        )

    def expected_gain(self, index: Ints) -> ExpectedGain:
        """What these samples gain together, in this order, nothing else fantasized."""
        q, P, at = len(index), len(self.log_shares), to_device(index)
        points = self._points(index).T.ravel()  # sample by sample, each in every phase
        parts = [self._values(j, points) for j in range(len(self.wants))]
        good, inside = judged(self.wants, [value for _m, _sd, value in parts])
        worked, found = self.luck[:, :q].mT
        phase = (found.unsqueeze(-1) > self.log_shares[:-1, at].exp().cumsum(0).T).sum(-1)
        row = torch.arange(q, device=at.device) * P + phase
        good = good.gather(1, row.unsqueeze(-1).expand(-1, -1, good.shape[-1]))
        inside = inside.gather(1, row) & (worked < self.log_works[at].exp())
        new = inside & _undominated_by(good, self.base)
        gains, front = [], self.base
        for i in range(q):
            own = slice(i * P, (i + 1) * P)
            outcomes = [
                Outcome(mean[:, None, own], sd[:, None, own], want)
                for (mean, sd, _value), want in zip(parts, self.wants, strict=True)
            ]
            gain = self.judged_gain.log_mean(outcomes, front, self.judges.number)[0]
            gains.append((gain + self.log_shares[:, at[i]]).logsumexp(0) + self.log_works[at[i]])
            front = _joined(front, good[:, i : i + 1], inside[:, i : i + 1])
        return ExpectedGain(torch.stack(gains), new.cummax(1).values.double().mean(0))

    def _points(self, index: Ints) -> Ints:
        """Candidates in every phase, shape (.., k) -> (.., P, k)."""
        phases, number = self.log_shares.shape
        return np.asarray(index[..., None, :] + number * np.arange(phases)[:, None])

    def _values(
        self, j: int, points: Ints
    ) -> tuple[Float[Tensor, "e k"], Float[Tensor, "e k"], Float[Tensor, "e k"]]:
        """(mean given the samples before, its sd, value) of an outcome at k points, each P of which
        are one sample, in each fantasy of the judges."""
        posterior, k, P = self.posteriors[j], len(points), len(self.log_shares)
        K = covariance_of(posterior, points)
        size = K.diagonal(dim1=-2, dim2=-1).amax(-1).view(-1, 1, 1)
        eye = torch.eye(k, dtype=K.dtype, device=K.device)
        L = factorise(K + SMALLEST_VARIANCE * size * eye).L
        own = L * torch.kron(eye[: k // P, : k // P], torch.ones_like(eye[:P, :P]))
        normal = self.judges.draws[j][:k].permute(1, 0, 2)
        value = posterior.mean[:, 0, to_device(points)].unsqueeze(-1) + L @ normal
        mean, sd = value - own @ normal, own.square().sum(-1).sqrt()
        mean, value = (self.judges.flat(j, each.mT) for each in (mean, value))
        return mean, sd[self.judges.components(j)], value


@dataclass(frozen=True, slots=True)
class RunCandidates:
    """The candidates at every setting; fronts come fantasy by fantasy, setting by setting.

    Attributes:
        objective: What is believed before the run.
        members: The candidates, shape (G, w).
        posteriors: Of each outcome, about their points.
        front: Of what is measured and fantasized.
        gain: What is to grow.
    """

    objective: BatchObjective
    members: Int[Tensor, "G w"]
    posteriors: tuple[PosteriorBySetting, ...]
    front: Front
    gain: HypervolumeGain

    def log_gain(self) -> Float[Tensor, "G w"]:
        """ln of what each candidate would add to what is fantasized so far at its setting."""
        fantasies, outcomes = self.objective.fantasies, []
        for j, (each, want) in enumerate(zip(self.posteriors, self.objective.wants, strict=True)):
            mean, sd = fantasies.flat(j, each.mean), each.variance.sqrt()[fantasies.components(j)]
            mean, sd = (v.flatten(0, 1).unsqueeze(1) for v in (mean, sd))
            outcomes.append(Outcome(mean, sd, want))
        gain = self.gain.log_mean(outcomes, self.front, fantasies.number)
        shares = self.objective.log_shares[:, self.members].transpose(0, 1)
        gain = (gain.unflatten(1, shares.shape[1:]) + shares).logsumexp(1)
        return gain + self.objective.log_works[self.members]

    def fantasize(self, place: Int[Tensor, " G"], slot: int) -> RunCandidates:
        """After a fantasized sample of candidate ``place`` of each setting, in its likeliest
        phase."""
        G, w = self.members.shape
        chosen = self.members[torch.arange(G, device=place.device), place]
        column = self.objective.log_shares[:, chosen].argmax(0) * w + place
        posteriors, values = [], []
        for j, each in enumerate(self.posteriors):
            after, value = each.fantasize(column, self.objective.fantasies.draws[j][slot])
            posteriors.append(after)
            values.append(self.objective.fantasies.flat(j, value))
        flat = [each.flatten().unsqueeze(1) for each in values]
        front = _joined(self.front, *judged(self.objective.wants, flat))
        return replace(self, posteriors=tuple(posteriors), front=front)


def known_outcome(want: Want, points: Float[Tensor, "M d"]) -> Posterior:
    """The posterior of an outcome that is known beforehand, at the points of every phase: a process
    that hardly varies about the known values."""
    if want.known is None:
        raise ValueError("neither learned nor known")
    known, one = want.known, torch.ones_like(points[:1, 0])
    size = max(float(np.ptp(known)), float(np.abs(known).max()) * KNOWN_SD, KNOWN_SD)
    variance = one * (KNOWN_SD * size) ** 2
    return Posterior(
        Prior(RBF, Hyperparameters(torch.ones_like(points[:1]), variance, 0 * one), one),
        points,
        lambda: points.new_empty(1, 0, len(points)),
        mean=to_device(np.tile(known, len(points) // len(known))).view(1, 1, -1),
        variance=variance.unsqueeze(-1).expand(1, len(points)),
        noise=0 * one,
    )


def covariance_of(posterior: Posterior, index: Ints) -> Float[Tensor, "c q q"]:
    """Covariance of the points ``index``, nothing fantasized counted twice, model units."""
    points, rows = posterior.pool[to_device(index)], posterior.solved[:, :, to_device(index)]
    covariance = posterior.law.covariance(points, points) - rows.mT @ rows
    return covariance * posterior.law.scale.square().view(-1, 1, 1)


def part_of(posterior: Posterior, index: Ints) -> Posterior:
    """The same posterior about some of the points, phases and failures left out."""
    at = to_device(index)
    rows = posterior.rows()[:, :, at]
    return replace(
        posterior,
        pool=posterior.pool[at],
        rows=lambda: rows,
        later=tuple(row[:, at] for row in posterior.later),
        mean=posterior.mean[:, :, at],
        variance=posterior.variance[:, at],
        works=None,
        shares=None,
    )


def _front(now: FantasyPosterior, fantasies: Fantasies) -> Front:
    """What is measured, in each fantasy: the points that keep the limits and that none dominates;
    of a single goal the best that its component has seen."""
    front, best = now.to_beat(now.model.strategy.acquisition.incumbent)
    goals, reference = now.model.joint.objectives, front.reference[:1].expand(fantasies.number, -1)
    if len(goals) == 1:
        component = fantasies.components(goals[0]).clamp_max(best.shape[1] - 1)
        good = best[0, component].view(-1, 1, 1)
        return Front(good, torch.ones_like(good[..., 0], dtype=torch.bool), reference)
    kept = np.flatnonzero(to_host(front.inside[0]))
    if len(kept) and goals:
        kept = kept[pareto(to_host(front.good[0, to_device(kept)]))]
    at = to_device(kept)
    return Front(front.good[:1, at], front.inside[:1, at], front.reference[:1]).take(
        fantasies.number
    )


def _joined(front: Front, good: Float[Tensor, "f q m"], inside: Bool[Tensor, "f q"]) -> Front:
    """With q more samples in each fantasy; of a single goal the best alone is kept."""
    found = front.joined(good, inside)
    if good.shape[-1] != 1:
        return found
    return Front(found.most().unsqueeze(1), torch.ones_like(inside[:, :1]), found.reference)


def _undominated_by(good: Float[Tensor, "e q m"], base: Front) -> Bool[Tensor, "e q"]:
    """Which values no point of the front is as good as in every goal, and that beat the reference
    in every one; all of them where there are no goals."""
    above = (good > base.reference.unsqueeze(1)).all(-1)
    if not good.shape[-1]:
        return above
    better = (good.unsqueeze(2) > base.good.unsqueeze(1)).any(-1)
    return above & (better | ~base.inside.unsqueeze(1)).all(-1)

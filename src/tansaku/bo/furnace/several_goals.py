"""Several goals: the gain of a plan is how much the hypervolume of the best compromises grows.

The expected growth by all samples of a plan together (the joint "q-EHVI": Daulton, Balandat,
Bakshy, NeurIPS 2020), as the sum of what each sample adds to those before it. The values of those
before are imagined, outcome by outcome, which gives every future a front of its own; the next
one's part is exact (``objectives.hypervolume_gain``). A sample that fails or that breaks a limit
adds nothing. Axes: e joint futures, G settings, w candidates at each, p points of a front, m goals.
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
from tansaku.bo.fantasy_posterior import FantasyPosterior, judged
from tansaku.bo.furnace.batch_objective import covariance_of, fantasized, part_of
from tansaku.bo.furnace.joint_gain import SMALLEST_VARIANCE, Together
from tansaku.bo.furnace.run_candidates import Layout
from tansaku.bo.furnace.seen import Seen
from tansaku.bo.objectives.hypervolume_gain import HypervolumeGain, log_mean_of_fantasies
from tansaku.bo.objectives.improvement import Outcome
from tansaku.bo.objectives.pareto import pareto
from tansaku.bo.objectives.utility import Front, way_of
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Ints, Want
from tansaku.strategy import Strategy

FANTASIES = {1: 64, 2: 32, 3: 16, 4: 8}
"""Joint futures in which a plan is searched, by the number of goals: the boxes of a front grow with
its points to the power of the goals less one, so more goals leave time for fewer futures."""
FUTURES_OF_NUMBERS = 32
"""The same where goals become one number, which needs no boxes."""
JUDGES = {1: 512, 2: 256, 3: 64, 4: 32}
"""Joint futures over which two plans are compared."""


@dataclass(frozen=True, slots=True)
class Fantasies:
    """Joint futures of several outcomes: each takes a component and a draw of every outcome.

    Attributes:
        draws: Standard normal, (q, c, s) for each outcome; ``None`` for a known one.
        order: Which of an outcome's c x s futures each of the e joint ones takes, shape (e,).
    """

    draws: tuple[Float[Tensor, "q c s"] | None, ...]
    order: tuple[Int[Tensor, " e"] | None, ...]

    @classmethod
    def drawn(
        cls, components: Sequence[int | None], number: int, slots: int, rng: np.random.Generator
    ) -> Fantasies:
        """``number`` joint futures for so many samples. Of the first two outcomes each pair of
        components comes equally often; the others are shuffled."""
        draws: list[Tensor | None] = []
        order: list[Tensor | None] = []
        for c in components:
            if c is None:
                draws.append(None)
                order.append(None)
                continue
            s = -(-number // c)
            half = rng.standard_normal((slots, c, -(-s // 2)))
            draws.append(to_device(np.concatenate([half, -half], axis=-1)[:, :, :s].copy()))
            e, before = np.arange(number), sum(each is not None for each in order)
            turn = [e, (e % c) * s + e // c][before] if before < 2 else rng.permutation(c * s)
            order.append(to_device(turn[:number]))
        return cls(tuple(draws), tuple(order))

    def flat(self, j: int, values: Float[Tensor, "c s *shape"]) -> Float[Tensor, "e *shape"]:
        """What outcome ``j`` is in each joint future."""
        draws, order = self.draws[j], self.order[j]
        if draws is None or order is None:
            raise ValueError("a known outcome has no futures")
        spread = values.expand(-1, draws.shape[-1], *values.shape[2:])
        return spread.flatten(0, 1)[order]

    def components(self, j: int) -> Int[Tensor, " e"]:
        """The component of outcome ``j`` in each joint future."""
        draws, order = self.draws[j], self.order[j]
        if draws is None or order is None:
            raise ValueError("a known outcome has no components")
        return order // draws.shape[-1]


@dataclass(frozen=True, slots=True)
class SeveralGoals:
    """What is believed of a search for several outcomes, after samples that are only imagined.

    Attributes:
        wants: What is wanted of each outcome.
        posteriors: About the pool; ``None`` for a known outcome.
        known: Values of the known outcomes, shape (N,), and how sure they are.
        works: Probability that a sample of each candidate works, shape (N,).
        fantasies: In which a plan is searched.
        judges: In which plans are compared.
        front: Of what is measured and imagined, in each of the e futures.
        hypervolume_gain: What is to grow.
        base: The front of what is measured, in the futures of the judges.
        judged_growth: What is to grow there.
        luck: Uniform numbers that say in which of those futures a sample fails, shape (q, j).
    """

    wants: tuple[Want, ...]
    posteriors: tuple[Posterior | None, ...]
    known: tuple[Outcome | None, ...]
    works: Float[Tensor, " N"] | None
    fantasies: Fantasies
    judges: Fantasies
    front: Front
    hypervolume_gain: HypervolumeGain
    base: Front
    judged_growth: HypervolumeGain
    luck: Float[Tensor, "q j"]

    @classmethod
    def of(
        cls, now: FantasyPosterior, strategy: Strategy, slots: int, rng: np.random.Generator
    ) -> SeveralGoals:
        """Before anything is imagined (b = 1), with futures for so many samples."""
        joint = now.model.joint
        wants, way = joint.wants, way_of(strategy.acquisition, joint.wants)
        goals = min(max(len(joint.objectives), 1), max(FANTASIES))
        number = FANTASIES[goals] if way == "hypervolume" else FUTURES_OF_NUMBERS
        judges = JUDGES[goals] if way == "hypervolume" else 4 * FUTURES_OF_NUMBERS
        each = [None if b is None else len(b.variance) for b in now.posteriors]
        small = _undominated(now.to_beat(strategy.acquisition.incumbent)[0])
        front, base = small.take(number), small.take(judges)
        works, given = now.measured.works, now.acquisition_input(strategy.acquisition, [rng])
        return cls(
            wants,
            now.posteriors,
            tuple(
                outcome if posterior is None else None
                for outcome, posterior in zip(given.outcomes, now.posteriors, strict=True)
            ),
            None if works is None else works[0],
            Fantasies.drawn(each, number, slots, rng),
            Fantasies.drawn(each, judges, slots, rng),
            front,
            HypervolumeGain.of(way, wants, front, rng),
            base,
            HypervolumeGain.of(way, wants, base, rng),
            to_device(rng.random((slots, judges))),
        )

    def fantasize(self, index: int, slot: int) -> SeveralGoals:
        """After an imagined sample of candidate ``index``, in crucible ``slot``."""
        posteriors: list[Posterior | None] = []
        values = []
        for j, (posterior, known) in enumerate(zip(self.posteriors, self.known, strict=True)):
            draws = self.fantasies.draws[j]
            if posterior is None or draws is None:
                posteriors.append(None)
                values.append(_of_known(known)[index].expand(len(self.front.reference)))
                continue
            after = fantasized(posterior, index, draws[slot])
            posteriors.append(after)
            values.append(self.fantasies.flat(j, after.mean[:, :, index]))
        good, inside = judged(self.wants, torch.stack(values, -1).unsqueeze(1))
        front = self.front.joined(good, inside)
        return replace(self, posteriors=tuple(posteriors), front=front)

    def part(self, index: Ints) -> SeveralGoals:
        """The same about some of the candidates."""
        at = to_device(index)
        return replace(
            self,
            posteriors=tuple(None if b is None else part_of(b, index) for b in self.posteriors),
            known=tuple(
                None if k is None else Outcome(k.mean[..., at], k.sd[..., at], k.want)
                for k in self.known
            ),
            works=None if self.works is None else self.works[at],
        )

    def crowd(self, layout: Layout) -> _Compromises:
        """The candidates at every setting."""
        members = to_device(layout.members)
        seen = tuple(None if b is None else Seen.of(b, members) for b in self.posteriors)
        G = len(members)
        front = Front(
            self.front.good.repeat_interleave(G, 0),
            self.front.inside.repeat_interleave(G, 0),
            self.front.reference.repeat_interleave(G, 0),
        )
        return _Compromises(self, members, seen, front, self.hypervolume_gain.repeat(G))

    def expected_gain(self, index: Ints) -> Together:
        """What these samples promise together, in this order; the chance is that one keeps all
        limits and that no measured sample is as good in every goal."""
        q, J = len(index), len(self.base.reference)
        parts = [self._joint(j, index) for j in range(len(self.wants))]
        values = torch.stack([seen for _mean, _sd, seen in parts], -1)
        good, inside = judged(self.wants, values)
        if self.works is not None:
            inside = inside & (self.luck[:q] < self.works[to_device(index), None]).T
        new = inside & _undominated_by(good, self.base)
        gains, front = [], self.base
        for i in range(q):
            outcomes = [
                Outcome(mean[:, i].view(-1, 1, 1), sd[:, i].view(-1, 1, 1), want)
                for (mean, sd, _seen), want in zip(parts, self.wants, strict=True)
            ]
            gain = log_mean_of_fantasies(self.judged_growth, outcomes, front, J)[0, 0]
            gains.append(gain if self.works is None else gain + self.works[int(index[i])].log())
            front = front.joined(good[:, i : i + 1], inside[:, i : i + 1])
        chance = new.cummax(1).values.double().mean(0)
        return Together(torch.stack(gains), chance)

    def _joint(
        self, j: int, index: Ints
    ) -> tuple[Float[Tensor, "e q"], Float[Tensor, "e q"], Float[Tensor, "e q"]]:
        """(mean given the samples before, its sd, value) of an outcome at some candidates, in each
        future of the judges."""
        posterior, known, draws = self.posteriors[j], self.known[j], self.judges.draws[j]
        if posterior is None or draws is None:
            value = _of_known(known)[to_device(index)].expand(len(self.base.reference), -1)
            return value, self._sure(known, index).expand_as(value), value
        K = covariance_of(posterior, index)
        size = K.diagonal(dim1=-2, dim2=-1).amax(-1).view(-1, 1, 1)
        eye = torch.eye(len(index), dtype=K.dtype, device=K.device)
        L = factorise(K + SMALLEST_VARIANCE * size * eye).L
        normal = draws[: len(index)].permute(1, 0, 2)
        sd = L.diagonal(dim1=-2, dim2=-1)
        seen = posterior.mean[:, 0, to_device(index)].unsqueeze(-1) + L @ normal
        mean = seen - sd.unsqueeze(-1) * normal
        flat = [self.judges.flat(j, each.mT) for each in (mean, seen)]
        return flat[0], sd[self.judges.components(j)], flat[1]

    @staticmethod
    def _sure(known: Outcome | None, index: Ints) -> Float[Tensor, " q"]:
        if known is None:
            raise ValueError("neither learned nor known")
        return known.sd[0, 0, to_device(index)]


@dataclass(frozen=True, slots=True)
class _Compromises:
    """The candidates at every setting; fronts come future by future, setting by setting."""

    goals: SeveralGoals
    members: Int[Tensor, "G w"]
    seen: tuple[Seen | None, ...]
    front: Front
    hypervolume_gain: HypervolumeGain

    @property
    def _futures(self) -> int:
        return len(self.goals.front.reference)

    def log_gain(self) -> Float[Tensor, "G w"]:
        """ln of what each candidate would add; a sample that fails adds nothing."""
        outcomes = [self._outcome(j) for j in range(len(self.seen))]
        gain = log_mean_of_fantasies(self.hypervolume_gain, outcomes, self.front, self._futures)
        return gain if self.goals.works is None else gain + self.goals.works[self.members].log()

    def fantasize(self, place: Int[Tensor, " G"], slot: int) -> _Compromises:
        """After an imagined sample at each setting."""
        settings = torch.arange(len(place), device=place.device)
        after: list[Seen | None] = []
        values = []
        for j, seen in enumerate(self.seen):
            draws = self.goals.fantasies.draws[j]
            if seen is None or draws is None:
                after.append(None)
                value = _of_known(self.goals.known[j])[self.members[settings, place]]
                values.append(value.expand(self._futures, -1))
                continue
            view, value = seen.fantasize(place, draws[slot])
            after.append(view)
            values.append(self.goals.fantasies.flat(j, value))
        stacked = torch.stack(values, -1).flatten(0, 1).unsqueeze(1)
        front = self.front.joined(*judged(self.goals.wants, stacked))
        return replace(self, seen=tuple(after), front=front)

    def _outcome(self, j: int) -> Outcome:
        """Of every candidate under each front, shape (e x G, 1, w)."""
        goals, seen = self.goals, self.seen[j]
        if seen is None:
            known = goals.known[j]
            if known is None:
                raise ValueError("neither learned nor known")
            both = [
                each[0, 0, self.members].repeat(self._futures, 1).unsqueeze(1)
                for each in (known.mean, known.sd)
            ]
            return Outcome(both[0], both[1], goals.wants[j])
        mean = goals.fantasies.flat(j, seen.mean)
        sd = seen.variance.sqrt()[goals.fantasies.components(j)]
        return Outcome(
            mean.flatten(0, 1).unsqueeze(1), sd.flatten(0, 1).unsqueeze(1), goals.wants[j]
        )


def _of_known(known: Outcome | None) -> Float[Tensor, " N"]:
    if known is None:
        raise ValueError("neither learned nor known")
    return known.mean[0, 0]


def _undominated(front: Front) -> Front:
    """Only the points that count (b = 1): those that keep the limits and that none dominates."""
    inside = to_host(front.inside[0])
    kept = np.flatnonzero(inside)
    if len(kept) and front.good.shape[-1]:
        kept = kept[pareto(to_host(front.good[0, to_device(kept)]))]
    at = to_device(kept)
    return Front(front.good[:, at], front.inside[:, at], front.reference)


def _undominated_by(good: Float[Tensor, "e q m"], base: Front) -> Bool[Tensor, "e q"]:
    """Which values no point of the front is as good as in every goal, and that beat the reference
    in every one; all of them where there are no goals."""
    above = (good > base.reference.unsqueeze(1)).all(-1)
    if not good.shape[-1]:
        return above
    better = (good.unsqueeze(2) > base.good.unsqueeze(1)).any(-1)
    return above & (better | ~base.inside.unsqueeze(1)).all(-1)


__all__ = ["FANTASIES", "Fantasies", "SeveralGoals"]

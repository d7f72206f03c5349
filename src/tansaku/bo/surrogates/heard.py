"""Voices heard together: their weights, and processes made of settings drawn from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.apart import Apart, refactored, weigh_apart
from tansaku.bo.surrogates.coregion import Coregionalised
from tansaku.bo.surrogates.fitting import Listed
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters
from tansaku.bo.surrogates.informed import Informed
from tansaku.bo.surrogates.learnt import Learnt, Unit, learn
from tansaku.bo.surrogates.own import Own
from tansaku.bo.surrogates.pooled import Pooled
from tansaku.bo.surrogates.prior_mean import PriorMean
from tansaku.bo.surrogates.together import Together
from tansaku.bo.surrogates.voice import Parts, Scene, Voice, mixture_leave_one_out
from tansaku.design import SourceData
from tansaku.strategy import SurrogateSpec

WAYS = ("pooled", "correlated", "prior_mean")
"""The ways in which a source can speak; beside them stands ``alone``."""


def spoken(way: str, ground: Ground, spec: SurrogateSpec) -> list[Voice]:
    """The sources in one of the ways: one by one, correlated all together."""
    scene, learnt = ground.scene, ground.warm.sources
    if way == "correlated":
        every = tuple(range(len(learnt)))
        return [Coregionalised.speak(every, ground.warm.together, scene, spec)]
    if way == "pooled":
        return [Pooled.speak(i, each, scene) for i, each in enumerate(learnt)]
    return [PriorMean.speak(i, each, scene, ground.own) for i, each in enumerate(learnt)]


@dataclass(frozen=True, slots=True)
class Warm:
    """What the next fit of the same problems starts from."""

    evidence: bank.Evidence
    sources: tuple[Learnt, ...]
    together: Together
    unit: Unit


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known before any voice is weighed.

    Attributes:
        scene: The target's data, in the unit of the first source, and the bank.
        own: The target alone.
        warm: For the next fit; holds what the sources taught.
    """

    scene: Scene
    own: Own
    warm: Warm

    @classmethod
    def of(
        cls,
        X: Float[Tensor, "b n d"],
        y: Float[Tensor, "b n"],
        counts: Float[Tensor, "b n"],
        spec: SurrogateSpec,
        sources: Sequence[SourceData],
        *,
        warm: Any = None,
        listed: Listed | None = None,
    ) -> Ground:
        """Hold the bank against the sources, where that is not known, and against the target."""
        settings = bank.settings_for(X.shape[-1])
        kernel = bank.kernel_of(spec, settings)
        known = warm if isinstance(warm, Warm) else None
        unit = known.unit if known else Unit.of(sources[0])
        told = known.sources if known else tuple(learn(s, kernel, settings, unit) for s in sources)
        together = known.together if known else Together.of(told, kernel, settings, spec)
        centre, scale = (y.new_full((len(y),), v) for v in (unit.centre, unit.scale))
        data = Data(X, (y - unit.centre) / unit.scale, counts, centre, scale)
        evidence = bank.gather(data, kernel, settings, known.evidence if known else None, listed)
        scene = Scene(data, kernel, settings)
        return cls(scene, Own.speak(scene, evidence), Warm(evidence, told, together, unit))

    def room(self, voices: Sequence[Voice]) -> int:
        """Source points that a process may hear: of all sources where some voice hears them all."""
        points = [len(each.X) for each in self.warm.sources]
        together = any(len(voice.sources) > 1 for voice in voices)
        return sum(points) if together else max(points)


@dataclass(frozen=True, slots=True)
class Heard:
    """Voices against the data of b problems.

    Attributes:
        ground: What all of them share.
        voices: In the order of ``log_weights``.
        log_weights: ln of unnormalised posterior weights of all settings, shape (b, S).
        plain: The same before any value may stand apart, shape (b, S).
        apart: Values that may stand apart; ``None`` where that is not asked.
    """

    ground: Ground
    voices: tuple[Voice, ...]
    log_weights: Float[Tensor, "b S"]
    plain: Float[Tensor, "b S"]
    apart: Apart | None = None

    @classmethod
    def weigh(cls, ground: Ground, spec: SurrogateSpec, shares: Mapping[str, float]) -> Heard:
        """Every way of ``shares`` with its prior probability; sources that speak one by one share
        theirs evenly."""
        voices: list[Voice] = []
        parts: list[Tensor] = []
        for way, share in shares.items():
            speakers = [ground.own] if way == "alone" else spoken(way, ground, spec)
            voices += speakers
            parts += [v.log_weight + math.log(share / len(speakers)) for v in speakers]
        if spec.criterion == "leave_one_out" and ground.scene.data.z.shape[-1] > 2:
            parts = [_by_prediction(v, p) for v, p in zip(voices, parts, strict=True)]
        plain = torch.cat(parts, -1)
        if spec.criterion == "evidence" and ground.scene.data.z.shape[-1] > 1:
            each = [weigh_apart(v, ground.own, p) for v, p in zip(voices, parts, strict=True)]
            apart = Apart(torch.cat([probability for _weights, probability in each], 1))
            return cls(ground, tuple(voices), torch.cat([w for w, _p in each], -1), plain, apart)
        return cls(ground, tuple(voices), plain, plain)

    def split(self, of_settings: Float[Tensor, "b S"]) -> tuple[Tensor, ...]:
        """What belongs to each voice, shapes (b, its settings)."""
        return of_settings.split([v.log_weight.shape[-1] for v in self.voices], -1)

    def condition(
        self,
        problem: Int[Tensor, " k"],
        chosen: Int[Tensor, " k"],
        draws: Float[Tensor, " k"] | None = None,
    ) -> GP:
        """The process of each (problem, setting); with uniform ``draws`` one value may stand
        apart."""
        data = self.ground.scene.data.take(problem)
        empty = _Processes.of(data, self.ground.room(self.voices))
        start = 0
        for voice in self.voices:
            size = voice.log_weight.shape[-1]
            rows = ((chosen >= start) & (chosen < start + size)).nonzero().squeeze(-1)
            if len(rows):
                empty.fill(rows, voice.parts(problem[rows], chosen[rows] - start))
            start += size
        if self.apart is None or draws is None:
            return empty.build(self.ground.scene, data)
        heard = self.apart.leave_out(data, (problem, chosen), draws)
        empty = replace(empty, parts=refactored(empty.parts, data, heard))
        return empty.build(self.ground.scene, heard)


def _by_prediction(voice: Voice, log_weights: Float[Tensor, "b S"]) -> Float[Tensor, "b S"]:
    """A voice weighed by how it predicts each value from the others, in place of its evidence
    (pseudo-Bayes factors: S. Geisser, W. F. Eddy, JASA 74 (1979) 153); within it the evidence
    stands."""
    score = mixture_leave_one_out(log_weights, voice.leave_one_out()).sum(-1, keepdim=True)
    prior = (log_weights - voice.log_weight)[..., :1]
    return torch.log_softmax(log_weights, -1) + prior + score


@dataclass(frozen=True, slots=True)
class _Processes:
    """Room for what k processes are made of; filled in place, voice by voice.

    Attributes:
        parts: Without what a source tells.
        told: Bank settings of the sources' kernels, shape (k,).
        X: Source points, shape (k, m, d).
        root: As in :class:`Told`, shape (k, m, m); likewise ``reach`` and ``white``, (k, m).
    """

    parts: Parts
    told: Int[Tensor, " k"]
    X: Float[Tensor, "k m d"]
    root: Float[Tensor, "k m m"]
    reach: Float[Tensor, "k m"]
    white: Float[Tensor, "k m"]

    @classmethod
    def of(cls, data: Data, m: int) -> _Processes:
        """For the data of k processes and sources of up to m points."""
        new, (k, n, d) = data.z.new_zeros, data.X.shape
        which = torch.zeros(k, dtype=torch.int64, device=data.z.device)
        parts = Parts(which, new(k), new(k), new(k, n, n), new(k), None)
        return cls(parts, which.clone(), new(k, m, d), new(k, m, m), new(k, m), new(k, m))

    def fill(self, rows: Int[Tensor, " j"], found: Parts) -> None:
        """The parts of these processes."""
        p, told = self.parts, found.told
        p.which[rows], p.signal[rows], p.noise[rows] = found.which, found.signal, found.noise
        p.root[rows], p.level[rows] = found.root, found.level
        if told is not None:
            m = told.X.shape[1]
            self.told[rows], self.reach[rows, :m] = told.which, told.reach
            self.X[rows, :m], self.white[rows, :m] = told.X, told.white
            self.root[rows, :m, :m] = told.root

    def build(self, scene: Scene, data: Data) -> GP:
        """The processes; a level that is to be estimated by generalised least squares."""
        p, scales = self.parts, scene.settings.length_scales
        source = Informed(
            scene.kernel.take(self.told),
            self.X,
            scales[self.told],
            self.root,
            self.reach,
            self.white,
        )
        root = p.root / p.signal.sqrt().view(-1, 1, 1)
        left = data.z - source.mean(source.rows(data.X))
        values, ones = (root @ torch.stack([left, torch.ones_like(left)], -1)).unbind(-1)
        own = (values * ones).sum(-1) / ones.square().sum(-1)
        level = torch.where(p.level.isnan(), own, p.level)
        gp = GP.from_root(
            scene.kernel.take(p.which),
            Hyperparameters(scales[p.which], p.signal, p.noise),
            replace(data, z=data.z - level.unsqueeze(-1)),
            root,
            constant_mean=False,
            source=source,
        )
        return replace(gp, data=data, mean=level)

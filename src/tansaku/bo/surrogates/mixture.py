"""Mixture: a posterior over hyperparameter samples, weighed by their marginal likelihood.

Whatever is learned, it ends in one of these: samples with a weight each, and a way to condition the
Gaussian process of a sample on the data. Predictions are averaged over processes drawn from it
(importance sampling from the prior; MacKay, Neural Comput. 11 (1999) 1035, on integrating over
hyperparameters rather than maximising). Beside the samples stands the null model: the inputs tell
nothing, values are scattered about one mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.feasibility import FeasibilityClassifier
from tansaku.bo.phases import PhaseClassifier
from tansaku.bo.surrogates.gp import GP
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.strategy import FEW


@dataclass(frozen=True, slots=True)
class Knowledge:
    """How much the sources help.

    Attributes:
        helps: Probability that each of t sources helps, shape (b, t); what is left to 1 is the
            target alone.
        correlations: Task correlations that were weighed, shape (r,).
        weights: Probability of each source and correlation, shape (b, t, r).
    """

    helps: Float[Tensor, "b t"]
    correlations: Float[Tensor, " r"]
    weights: Float[Tensor, "b t r"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learned of b problems.

    Attributes:
        processes: ``components`` per problem, problem by problem: a batch of b x components, over
            which predictions are averaged; of those that are alike one.
        which: Of ``processes``, each component; ``None`` where they are the components.
        guess: Gives :attr:`before`, which is seldom asked for.
        top: Gives :attr:`best`, likewise.
        fit: The way it was really fitted.
        posterior: What is believed of the listed candidates, where that came with the fit (in a
            study); the processes then are those of the first problem alone.
        components: Processes per problem.
        effective: How many samples share the evidence of the first problem.
        warm: What the next fit of the same problems can start from.
        scatter: Probability that the inputs tell nothing, shape (b,); ``None`` where not asked.
        knowledge: How much the sources help; ``None`` without any.
        cut: The time was up before the search for hyperparameters had ended.
        at_bound: Problems in which a hyperparameter met its bound.
        works: Where samples work; ``None`` where nothing has failed.
        gate: Which phase forms where; ``None`` where phases play no part.
        run_effect: Probability that furnace runs differ; ``None`` where that was not asked.
        likely: ln of the probability of each limit by all other results, shape (b, c); those below
            ``limits.CONTRADICTION`` were set aside. ``None`` without limits.
    """

    processes: GP
    guess: Callable[[], GP]
    top: Callable[[], GP]
    warm: Any
    fit: str
    which: Int[Tensor, " k"] | None = None
    posterior: Posterior | None = None
    components: int = 1
    effective: float = 1.0
    scatter: Float[Tensor, " b"] | None = None
    knowledge: Knowledge | None = None
    cut: bool = False
    at_bound: int = 0
    works: FeasibilityClassifier | None = None
    gate: PhaseClassifier | None = None
    run_effect: float | None = None
    likely: Float[Tensor, "b c"] | None = None

    @property
    def gp(self) -> GP:
        """Every component of every problem."""
        return self.processes if self.which is None else self.processes.take(self.which)

    def of_each(self, values: Tensor) -> Tensor:
        """What was asked of the processes, of every component."""
        return values if self.which is None else values[self.which]

    @property
    def before(self) -> GP:
        """At the first guess; the first of the batch is that of the first problem."""
        return self.guess()

    @property
    def best(self) -> GP:
        """What explains the data of the first problem best, first of its batch."""
        return self.top()

    def in_units_of(self, unit: float) -> Fitted:
        """The same where the values were given in this unit."""
        return replace(
            self,
            processes=self.processes.in_units_of(unit),
            guess=lambda: self.before.in_units_of(unit),
            top=lambda: self.best.in_units_of(unit),
        )

    def in_brief(self) -> Fitted:
        """The same with the first ``FEW`` components (b = 1): they were drawn in random order."""
        few = min(FEW, self.components)
        if self.which is not None:
            each, which = self.which[:few].unique(return_inverse=True)
            return replace(self, processes=self.processes.take(each), which=which, components=few)
        first = torch.arange(few, device=self.processes.alpha.device)
        return replace(self, processes=self.processes.take(first), components=few)


Condition = Callable[[Int[Tensor, " k"], Int[Tensor, " k"], Float[Tensor, " k"] | None], GP]
"""(Problem, sample, uniform draw of each of k processes) -> the processes."""


def nothing_more(weights: Float[Tensor, "b S"]) -> Mapping[str, Any]:
    """Nothing."""
    del weights
    return {}


@dataclass(frozen=True, slots=True)
class Mixture:
    """Of b problems, S samples each.

    Attributes:
        log_weights: ln of unnormalised posterior weights, shape (b, S).
        null: The same of the samples of the null model, which follow the others, shape (b, Z); Z is
            0 where it is not asked.
        doubt: Probability of the null model beforehand.
        condition: Makes the processes of samples.
        before: The process of the first problem at the first guess.
        fit: The way of fitting.
        components: Processes that are drawn of each problem.
        warm: What the next fit can start from.
        posterior: Gives the posterior over the listed candidates under drawn samples, (b, k), where
            that came with the fit.
        extras: What else there is to tell, from the weights: fields of :class:`Fitted`.
        chancy: A process depends on a draw besides its sample.
        origin: Where the samples were drawn from another mixture: which of its samples each is,
            shape (b, S), and how many it has; ``extras`` speaks of those.
    """

    log_weights: Float[Tensor, "b S"]
    null: Float[Tensor, "b Z"]
    doubt: float
    condition: Condition
    before: Callable[[], GP]
    fit: str
    components: int = 1
    warm: Any = None
    posterior: Callable[[Int[Tensor, "b k"]], Posterior] | None = None
    extras: Callable[[Float[Tensor, "b S"]], Mapping[str, Any]] = nothing_more
    chancy: bool = False
    origin: tuple[Int[Tensor, "b S"], int] | None = None

    @classmethod
    def of_one(
        cls, gp: GP, before: GP, fit: str, extras: Mapping[str, Any], warm: Any = None
    ) -> Mixture:
        """Of one sample in each problem, whose processes are known; without a null model."""
        weight = torch.zeros_like(gp.alpha[:, :1])
        return cls(
            weight,
            weight[:, :0],
            0.0,
            condition=lambda problem, _at, _draws: gp.take(problem),
            before=lambda: before,
            fit=fit,
            warm=warm,
            extras=lambda _weights: extras,
        )

    def draw(self, count: int, rngs: Sequence[np.random.Generator]) -> Int[Tensor, "b k"]:
        """``count`` samples of each problem, in proportion to their weights and in random order."""
        weights = torch.softmax(self.log_weights, -1)
        if weights.shape[-1] == 1:
            return torch.zeros(len(weights), count, dtype=torch.int64, device=weights.device)
        return systematic(weights, count, rngs)

    def uniforms(
        self, rngs: Sequence[np.random.Generator], count: int
    ) -> Float[Tensor, "b k"] | None:
        """Draws for as many processes; ``None`` where none are needed."""
        return uniforms(rngs, count) if self.chancy else None

    @property
    def log_odds(self) -> float:
        """Of the null model beforehand."""
        return math.log(self.doubt / (1 - self.doubt)) if self.doubt else -math.inf

    @property
    def scatter(self) -> Float[Tensor, " b"] | None:
        """Posterior probability of the null model; ``None`` where it is not asked."""
        if not self.null.shape[-1]:
            return None
        every = torch.cat([self.log_weights, self.null + self.log_odds], -1).softmax(-1)
        return every[:, self.log_weights.shape[-1] :].sum(-1)

    def fitted(self, rngs: Sequence[np.random.Generator]) -> Fitted:
        """Processes drawn for each problem (where their posterior came with the fit, for the first
        alone), and what there is to tell."""
        chosen = self.draw(self.components, rngs)
        draws, share = self.uniforms(rngs, self.components), torch.softmax(self.log_weights, -1)
        if self.origin is not None:
            of, size = self.origin
            share = share.new_zeros(len(share), size).scatter_add(1, of, share)

        def top() -> GP:
            best = share[:1].argmax(-1)
            if self.origin is not None:
                best = (self.origin[0][0] == best).nonzero()[0]
            return self.condition(torch.zeros_like(best), best, None)

        some = chosen if self.posterior is None else chosen[:1]
        if draws is None and self.posterior is None:
            some = fewest(some)
        components = some.shape[1]
        problem = torch.arange(len(some), device=some.device).repeat_interleave(components)
        which = some.reshape(-1)
        where = None
        if draws is None:  # processes of one sample are alike
            S = self.log_weights.shape[-1]
            every = problem * S + which
            each, where = every.unique(return_inverse=True)
            if len(each) == len(every):
                each, where = every, None
            processes = self.condition(each // S, each % S, None)
        else:
            processes = self.condition(problem, which, draws.reshape(-1))
        return Fitted(
            processes=processes,
            which=where,
            guess=self.before,
            top=top,
            fit=self.fit,
            components=components,
            effective=float(1 / share[0].square().sum()),
            warm=self.warm,
            posterior=None if self.posterior is None else self.posterior(chosen),
            scatter=self.scatter,
            **self.extras(share),
        )


def fewest(samples: Int[Tensor, "b k"]) -> Int[Tensor, "b c"]:
    """As few that stand for the same averages, in the same order: of samples that were drawn twice
    each, say, or of sixteen times the same, one.

    Example:
        >>> fewest(torch.tensor([[4, 1, 4, 4, 4, 1]])).tolist()
        [[4, 1, 4]]
    """
    alike = samples.unsqueeze(2) == samples.unsqueeze(1)
    common = int(np.gcd.reduce(to_host(alike.sum(2)), axis=None))
    before = alike.tril(-1).sum(2)
    return samples[before % common == 0].view(len(samples), -1)


def systematic(
    weights: Float[Tensor, "b h"], count: int, rngs: Sequence[np.random.Generator]
) -> Int[Tensor, "b k"]:
    """``count`` indices per problem by systematic resampling, in random order (Kitagawa, J.
    Comput. Graph. Stat. 5 (1996) 1)."""
    first = np.array([rng.random() for rng in rngs])
    order = np.stack([rng.permutation(count) for rng in rngs])
    at = to_device((first[:, None] + order) / count)
    return torch.searchsorted(weights.cumsum(-1), at).clamp_max(weights.shape[-1] - 1)


def uniforms(rngs: Sequence[np.random.Generator], *shape: int) -> Tensor:
    """Uniform draws of ``shape`` from each generator, stacked: (b, *shape)."""
    return to_device(np.stack([rng.random(shape) for rng in rngs]))

"""Model health: whether the model of a campaign can be believed, and what speaks against it."""

from __future__ import annotations

import shlex
from typing import Final, Literal

import numpy as np
from pydantic import computed_field
from scipy import stats

from tansaku.campaign.campaign_posterior import Posterior
from tansaku.campaign.history.model_inputs import uses_sources
from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.problem import check_has_model
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.state import State, history_of
from tansaku.campaign.importance import can_be_shared, importance_of, with_interval
from tansaku.campaign.results.result_outliers import Doubt, left_out_of, standing_out
from tansaku.campaign.sources.relevance import verdicts
from tansaku.design import Floats
from tansaku.insight.health_words import Facts, Finding, Verdict, gravest, worst
from tansaku.insight.reasons import percent
from tansaku.insight.verdict import AnsweredVerdict, SourceVerdict
from tansaku.language import joined
from tansaku.space import Target
from tansaku.space.predictions import INTERVAL_Z
from tansaku.spec import Answer, Spec
from tansaku.strategy import Strategy

NEEDED: Final = 6
"""Results from which there is a verdict: five left tell a mean, a signal and a noise."""
SETTLED: Final = 12
"""Results from which a model that is no better than the mean is red: with fewer a function of two
or three inputs may not have shown itself."""
ROUGH: Final = 0.5
"""Share of the variance below which a model is rough."""
CHANCE: Final = 0.05
"""Probability of errors so much smaller than those of the mean, were the model no better, above
which it may be chance: of results without a pattern so many pass for one that has."""
NARROW: Final = 0.01
"""Probability of so few results within their intervals, were these right, below which they are
too narrow."""
IDLE: Final = 0.05
"""Share of the function's variance below which an input hardly matters, by the upper end of its
interval."""
POINTS: Final = 1024
"""Points at most at which importance is asked: a joint draw there takes some tenths of a second."""
FEWEST_POINTS: Final = 32
"""Points at least of each of its two designs, of which there are as many more as inputs."""


class Uncertain(Spec):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


class InputImportance(Spec):
    """Which share of the function's variance an input makes.

    Attributes:
        input: Its name.
        alone: By itself (Sobol index of first order).
        in_all: With all that it does together with others (total).
    """

    input: str
    alone: Uncertain
    in_all: Uncertain


class TargetHealth(Spec):
    """What is to be said of the model of one target. Older data are left aside but for
    ``importance``.

    Attributes:
        target: Its name.
        verdict: The gravest of its findings.
        findings: What was found.
        n: Results, replicates averaged.
        needed: Results from which there is a verdict; what follows is ``None`` or empty below.
        q2: Share of the variance of results that is told where each is left out, 1 for all of it
            and 0 for no better than the mean of the others; of results that do not stand out.
        by_chance: Probability that a model no better than that mean would seem so much better, by
            Student's t of the paired squared errors.
        coverage: Share of the results that lie within their 95 % interval where each is left out.
        inside: So many.
        left_out: How: ``reweighted``: the hyperparameter samples are weighed anew without each
            result, which is what a refit finds; ``fixed``: hyperparameters stay as they were found
            with it. A result that stands out is always predicted by a refit.
        no_pattern: Probability that the inputs tell nothing; 0 where that is not asked.
        noise_sd: Of one measurement, as the model has it; in the target's unit, for log10 in
            decades.
        signal_sd: Of the function, likewise.
        importance: Of each input, where they can be set on their own.
        outliers: Results and limits that stand out from the others.
    """

    target: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    n: int
    needed: int = NEEDED
    q2: float | None = None
    by_chance: float | None = None
    coverage: float | None = None
    inside: int | None = None
    left_out: Literal["reweighted", "fixed"] | None = None
    no_pattern: float | None = None
    noise_sd: float | None = None
    signal_sd: float | None = None
    importance: tuple[InputImportance, ...] = ()
    outliers: tuple[Doubt, ...] = ()


class Health(Answer):
    """Whether the model of a campaign can be believed.

    Attributes:
        campaign: Its name.
        strategy: Whose model was asked.
        seed: The same seed gives the same answer.
        verdict: ``green`` (go on), ``amber`` (something is to be looked at) or ``red`` (no better
            than the mean): the gravest of all findings.
        q2: The least of the targets'; ``None`` with too few results.
        coverage: Of the results of all targets together; ``None`` with too few.
        targets: One for each target that is measured.
        sources: What each of the older data is worth.
        findings: Those on the older data.

    Example:
        >>> import tansaku as tk
        >>> table = {"x": [0.0, 0.3, 0.6, 1.0], "y": [1.0, 3.0, 2.0, None]}
        >>> health = tk.Campaign.from_table(table, inputs=["x"], target="y").health()
        >>> health.verdict, health.advice
        ('amber', 'Record 3 more.')
    """

    campaign: str
    strategy: str
    seed: int
    verdict: Verdict
    q2: float | None
    coverage: float | None
    targets: tuple[TargetHealth, ...]
    sources: tuple[AnsweredVerdict, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def gravest(self) -> tuple[Finding, ...]:
        """The findings that make the verdict."""
        return gravest(self.every)

    @property
    def every(self) -> tuple[Finding, ...]:
        """All findings: on each target, and on the older data."""
        return (*(one for each in self.targets for one in each.findings), *self.findings)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sentence(self) -> str:
        """What makes the verdict, in the language in use."""
        return joined(*(each.sentence for each in self.gravest))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def advice(self) -> str:
        """What to do."""
        return joined(*dict.fromkeys(each.advice for each in self.gravest))


def health_of(spec: CampaignSpec, state: State, strategy: Strategy, seed: int) -> Health:
    """Look at the model of every target that is measured, and at the older data.

    Raises:
        UsageError: the strategy has no model.
    """
    check_has_model(strategy)
    targets = tuple(
        _target_health(spec, state, target, strategy, seed)
        for target in measured_targets(spec.targets)
    )
    sources = verdicts(spec, state, strategy, seed)
    findings = tuple(_misleading(spec, sources)) if uses_sources(strategy) else ()
    known = [each for each in targets if each.inside is not None]
    graves = [each.verdict for each in targets] + [each.verdict for each in findings]
    return Health(
        campaign=spec.name,
        strategy=strategy.name,
        seed=seed,
        verdict=worst(graves),
        q2=min((each.q2 for each in known if each.q2 is not None), default=None),
        coverage=sum(each.inside or 0 for each in known) / sum(each.n for each in known)
        if known
        else None,
        targets=targets,
        sources=sources,
        findings=findings,
    )


def _misleading(spec: CampaignSpec, sources: tuple[SourceVerdict, ...]) -> list[Finding]:
    return [
        Finding(
            kind="hurts",
            facts={
                "source": f"{each.source} ({each.target})" if each.target else each.source,
                "named": shlex.quote(each.source),
                "campaign": shlex.quote(spec.name),
            },
        )
        for each in sources
        if each.verdict == "hurts"
    ]


def _target_health(
    spec: CampaignSpec, state: State, target: Target, strategy: Strategy, seed: int
) -> TargetHealth:
    history = history_of(spec, state, target)
    y, n = history.y, len(history.y)
    if n < NEEDED:
        facts: Facts = {"name": target.name, "n": n, "needed": NEEDED, "more": NEEDED - n}
        few = (Finding(kind="too_few", facts=facts),)
        return TargetHealth(target=target.name, verdict="amber", findings=few, n=n)
    found = left_out_of(spec, state, target, strategy, seed)
    regular = ~np.isin(np.arange(n), found.index)
    inside = np.abs(found.every.residual) <= INTERVAL_Z
    gp, only = found.fitted.gp, spec.model_copy(update={"targets": (target,)})
    measured = TargetHealth(
        target=target.name,
        verdict="green",
        findings=(),
        n=n,
        q2=predicted_share(y[regular], found.every.expected[regular]),
        by_chance=chance_of_no_better(y[regular], found.every.expected[regular]),
        coverage=float(inside.mean()),
        inside=int(inside.sum()),
        left_out="reweighted" if found.fitted.fit == "bank" else "fixed",
        no_pattern=0.0 if found.fitted.scatter is None else float(found.fitted.scatter[0]),
        noise_sd=float(gp.measurement_variance.mean().sqrt()),
        signal_sd=float((gp.hyperparameters.signal * gp.data.scale.square()).mean().sqrt()),
        importance=_importance(only, state, strategy, seed, history.matrix[:1]),
        outliers=standing_out(spec, state, target, found),
    )
    findings = _findings(spec, measured, inside[regular], float(y[regular].std(ddof=1)))
    return measured.model_copy(
        update={"findings": findings, "verdict": worst([each.verdict for each in findings])}
    )


def predicted_share(y: Floats, expected: Floats) -> float:
    """Q2: 1 for predictions of left-out values without an error, 0 for the mean of the others.

    Args:
        y: Values, shape (n,), n >= 2.
        expected: What is predicted of each without it, shape (n,).
    """
    n = len(y)
    by_mean = np.square((y - y.mean()) * n / (n - 1)).sum()
    return float(1 - np.square(y - expected).sum() / by_mean) if by_mean > 0 else 0.0


def chance_of_no_better(y: Floats, expected: Floats) -> float:
    """One-sided p value that squared errors are no smaller than those of the mean of the others;
    1 where there is nothing to tell.

    Args:
        y: Values, shape (n,), n >= 2.
        expected: What is predicted of each without it, shape (n,).
    """
    n = len(y)
    less = np.square((y - y.mean()) * n / (n - 1)) - np.square(y - expected)
    error = less.std(ddof=1) / np.sqrt(n)
    return float(stats.t.sf(less.mean() / error, n - 1)) if error > 0 else 1.0


def _findings(
    spec: CampaignSpec, found: TargetHealth, inside: np.ndarray, spread: float
) -> tuple[Finding, ...]:
    """What the numbers say, by the rule of docs/health.md.

    Args:
        spec: The campaign's.
        found: The numbers.
        inside: Which of the results that do not stand out lie in their interval.
        spread: The sd of these.
    """
    if found.q2 is None or found.noise_sd is None:
        raise ValueError("there are results enough")
    facts: Facts = {
        "name": found.target,
        "campaign": shlex.quote(spec.name),
        "n": len(inside),
        "inside": int(inside.sum()),
        "q2": percent(max(found.q2, 0.0)),
        "noise": f"{found.noise_sd:.2g}",
    }
    kinds = [_fit_kind(found, spread)]
    if stats.binom.cdf(inside.sum(), len(inside), 0.95) < NARROW:
        kinds.append("narrow")
    for kind, limits in (("stands_out", False), ("contradicts", True)):
        some = [each for each in found.outliers if (each.limit is not None) is limits]
        if some:
            facts[f"{kind} samples"] = ", ".join(", ".join(each.called) for each in some)
            kinds.append(kind)
    idle = [each.input for each in found.importance if each.in_all.high < IDLE]
    if idle:
        facts["inputs"] = ", ".join(idle)
        kinds.append("idle")
    return tuple(
        Finding(kind=kind, facts=facts | {"samples": facts.get(f"{kind} samples", "")})
        for kind in kinds
        if len(kinds) == 1 or kind != "good" or kinds[1:] == ["idle"]
    )


def _fit_kind(found: TargetHealth, spread: float) -> str:
    """How well the model predicts."""
    if found.q2 is None or found.noise_sd is None:
        raise ValueError("there are results enough")
    by_chance = found.by_chance is None or found.by_chance > CHANCE
    if found.q2 <= 0 or by_chance or (found.no_pattern or 0.0) > 0.5:
        return "no_better" if found.n >= SETTLED else "unsettled"
    if found.q2 >= ROUGH:
        return "good"
    return "noisy" if found.noise_sd**2 > ROUGH * spread**2 else "weak"


def _importance(
    spec: CampaignSpec, state: State, strategy: Strategy, seed: int, row: Floats
) -> tuple[InputImportance, ...]:
    """Of each input to the only target; empty where they cannot be set on their own. The model is
    first asked at ``row``, shape (1, inputs)."""
    space = spec.space
    if not can_be_shared(space):
        return ()
    model = Posterior.learn(spec, state, strategy, seed, row)
    base = 2 ** int(np.log2(max(POINTS // (2 + len(space.inputs)), FEWEST_POINTS)))
    parts = (with_interval(each).tolist() for each in importance_of(model, space, seed, base))
    return tuple(
        InputImportance(input=name, alone=_told(*alone), in_all=_told(*in_all))
        for name, alone, in_all in zip(space.names, *parts, strict=True)
    )


def _told(value: float, low: float, high: float) -> Uncertain:
    return Uncertain(value=value, low=low, high=high)

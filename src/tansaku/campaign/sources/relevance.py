"""Relevance: what older data are worth to a campaign, and which sample would tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tansaku.bo.source_relevance import assess as source_relevance
from tansaku.bo.source_relevance.probing import most_telling
from tansaku.bo.surrogates.source_posterior import SOURCE_POINTS
from tansaku.campaign.history.model_inputs import ModelInputs, model_inputs_of, uses_sources
from tansaku.campaign.history.objectives import about_of, measured_targets
from tansaku.campaign.history.problem import problem_of
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.source_table import SourceTable, standing_in
from tansaku.campaign.history.state import History, State, history_of
from tansaku.campaign.sources.checks import odd_sizes
from tansaku.design import Bools, Floats, Problems
from tansaku.errors import PoolExhaustedError, UsageError
from tansaku.insight.verdict import SourceVerdict
from tansaku.language import _
from tansaku.space import Space
from tansaku.stages import stage
from tansaku.strategy import STRATEGIES, Strategy

LOG_MOST = 700.0
"""Logarithm of the largest factor that is kept: more is no number any more."""
DRAWN = 2000
"""Points drawn to see how far a space is within reach of older data: a share of them is known to
some 2 %."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """What the sources of a campaign are worth.

    Attributes:
        verdicts: One for each source and target that it tells of, by targets.
        probe: Pool index of the candidate whose measurement would tell most about them; ``None``
            where that is not worth a sample.
    """

    verdicts: tuple[SourceVerdict, ...] = ()
    probe: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What older data are worth to one target.

    Attributes:
        problem: The search for it (b = 1), as the engine gets it.
        model_inputs: What the strategy sees of it; without sources there is nothing to judge.
        target: Its name, where there are other targets.
    """

    problem: Problems
    model_inputs: ModelInputs
    target: str = ""


def judged(questions: Sequence[Question], strategy: Strategy) -> Relevance:
    """Judge every source for every target that it tells of.

    Args:
        questions: One for each target, over the same candidates.
        strategy: Whose model is asked; one without a model asks that of ``standard``.
    """
    asked = strategy if strategy.surrogate is not None else STRATEGIES["standard"]
    verdicts: list[SourceVerdict] = []
    unclear: list[Question] = []
    for each in questions:
        if not each.model_inputs.sources:
            continue
        found = source_relevance.assess(each.problem, asked)
        verdicts += [
            _verdict(name, each.target, found.measured, statement)
            for name, statement in zip(each.model_inputs.names, found.statements, strict=True)
        ]
        if found.verdict is source_relevance.Verdict.OPEN:
            unclear.append(each)
    best = next(iter(_most_informative(unclear, asked, 1)), None)
    return Relevance(tuple(verdicts), best.candidate if best is not None and best.worth else None)


def verdicts(
    spec: CampaignSpec, state: State, strategy: Strategy, seed: int
) -> tuple[SourceVerdict, ...]:
    """What each source is worth to each target that it tells of, as far as the campaign's own
    results tell, in the order of the sources.

    Args:
        spec: The campaign's space and targets.
        state: As it stands.
        strategy: Whose model is asked.
        seed: Of the candidates that stand for a space without a list.
    """
    if not state.sources:
        return ()
    stage(_("comparing the older data"))
    matrix = spec.space.matrix if spec.space.listed else _drawn(spec.space, seed)
    taken = np.zeros((1, len(matrix)), dtype=np.bool_)
    questions = []
    for target in measured_targets(spec.targets):
        model_inputs = model_inputs_of(spec.space, target, state.sources, strategy)
        problem = problem_of(spec, history_of(spec, state, target), model_inputs, target)
        seen = replace(problem, pool=model_inputs.encoder.encode(matrix), taken=taken)
        questions.append(Question(seen, model_inputs, about_of(spec, target)))
    found = judged(questions, strategy).verdicts
    order = {(each.name, each.about): i for i, each in enumerate(state.sources)}
    return tuple(sorted(found, key=lambda each: order[each.source, each.target]))


def _drawn(space: Space, seed: int) -> Floats:
    """Candidates drawn all over a space that is not listed, shape (k, p); none where it is so thin
    that none is met."""
    grid, rng = space.grid, np.random.default_rng(seed)
    sizes = [p.count for p in grid.parameters]
    levels = rng.integers(0, sizes, size=(DRAWN, len(sizes)))
    return grid.matrix(levels[grid.holds(levels)])


@dataclass(frozen=True, slots=True)
class _Probe:
    """What a sample of one candidate tells, in bits over all targets, and whether that is worth a
    sample for one of them."""

    candidate: int
    bits: float
    worth: bool


def _most_informative(questions: Sequence[Question], strategy: Strategy, n: int) -> list[_Probe]:
    """The n candidates that tell most about the sources, best first: a sample is measured for all
    targets, so what it tells of each adds up."""
    found: dict[int, _Probe] = {}
    several = len(questions) > 1
    for each in questions:
        wanted = len(each.problem.pool) if several else n
        for probe in most_telling(each.problem, strategy, source_relevance.Verdict.OPEN, wanted):
            before = found.get(probe.candidate, _Probe(probe.candidate, 0.0, worth=False))
            found[probe.candidate] = _Probe(
                probe.candidate, before.bits + probe.information, before.worth or probe.worth
            )
    return sorted(found.values(), key=lambda probe: -probe.bits)[:n]


def only_probes(questions: Sequence[Question], strategy: Strategy, n: int) -> Bools:
    """Which candidates are out of the question (those taken, and all but the ``n`` that tell most
    about the sources), shape (1, N); before the first result only those taken.

    Raises:
        UsageError: there is nothing to probe, or the strategy looks at no source.
        PoolExhaustedError: fewer candidates lie at settings of the sources.
    """
    asked = [each for each in questions if each.model_inputs.sources]
    if not asked:
        raise UsageError(
            _(
                "There are no older data that a probe could tell about, or the strategy ignores"
                " them."
            ),
            _("Attach some with 'tansaku source NAME add', or leave out --probe."),
        )
    taken = asked[0].problem.taken
    measured = [each for each in asked if each.problem.measured]
    if not measured:  # the source's best is as good a test as any
        return taken
    found = [each.candidate for each in _most_informative(measured, strategy, n)]
    if len(found) < n:
        raise PoolExhaustedError(
            _(
                "{n} probes were asked for; {left} open candidates lie near settings of the older"
                " data."
            ).format(n=n, left=len(found)),
            _("Ask for fewer, or suggest without --probe."),
        )
    taken = np.ones_like(taken)
    taken[0, found] = False
    return taken


def _verdict(
    name: str, target: str, measured: int, found: source_relevance.SourceEvidence
) -> SourceVerdict:
    factor = math.exp(min(found.log_bayes, LOG_MOST))
    return SourceVerdict.model_validate(
        {
            "source": name,
            "target": target,
            "verdict": found.verdict.value,
            "measured": measured,
            "needed": source_relevance.FEWEST,
            "weight": found.weight,
            "chance": found.helps,
            "factor": factor if measured >= source_relevance.FEWEST else None,
            "gain": found.gain,
            "correlation": found.correlation,
            "rank": found.rank,
            "reach": found.reach,
            "co_located": found.co_located,
        },
        from_attributes=True,  # of the estimates
    )


def source_notices(
    sources: Sequence[SourceTable],
    histories: Mapping[str, History],
    strategy: Strategy,
    probe: str | None,
) -> tuple[str, ...]:
    """What there is to say of the older data beside the verdict.

    Args:
        sources: Those of the campaign.
        histories: {target: its own results}.
        strategy: How it chooses.
        probe: The sample that would tell most, in words; ``None`` where none is worth it.
    """
    if not sources:
        return ()
    if not uses_sources(strategy):
        text = _("The strategy {name} makes no use of the older data ({sources}).")
        names = dict.fromkeys(each.name for each in sources)
        return (text.format(name=strategy.name, sources=", ".join(names)),)
    found = [
        notice
        for target, history in histories.items()
        for notice in _size_notices([s for s in sources if s.is_about(target)], history)
    ]
    found += _large(sources, strategy)
    found += standing_in(sources, {name: len(h.candidates) for name, h in histories.items()})
    if probe is not None:
        found.append(
            _(
                "A sample at {inputs}, at or near a setting of the older data, would tell best"
                " whether they help: 'suggest --probe' suggests it."
            ).format(inputs=probe)
        )
    return tuple(found)


def _large(sources: Sequence[SourceTable], strategy: Strategy) -> list[str]:
    """That a source has more points than are held against the new results; pooled with these, all
    of them teach."""
    if strategy.surrogate is not None and strategy.surrogate.sources == "pooled":
        return []
    text = _(
        "Of the {n} older values in '{source}' {most} are held against the new results, drawn at"
        " random."
    )
    sizes = {each.name: len(each.values) for each in sources if len(each.values) > SOURCE_POINTS}
    return [text.format(n=n, source=name, most=SOURCE_POINTS) for name, n in sizes.items()]


def _size_notices(sources: Sequence[SourceTable], history: History) -> list[str]:
    """A word where the results so far are of another size than a source's values, and nobody has
    said that both are in one unit: the first results come after the source."""
    text = _(
        "The results so far are of another size (middle value {ours:.2g}) than those of the older"
        " data '{source}' ({theirs:.2g}): see that both are in one unit. If not, attach the older"
        " data again with --source-factor."
    )
    found = []
    for each in sources:
        sizes = None if each.unit_known else odd_sizes(history.values, np.array(each.values))
        if sizes is not None:
            found.append(text.format(ours=sizes[0], theirs=sizes[1], source=each.name))
    return found

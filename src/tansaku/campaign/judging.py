"""Judging: what older data are worth to a campaign, and which sample would tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tansaku.bo.gatekeeper import judge as gatekeeper
from tansaku.bo.gatekeeper.probing import most_telling
from tansaku.campaign.doubts import odd_sizes
from tansaku.campaign.sight import Sight, uses_sources
from tansaku.campaign.sources import Source
from tansaku.campaign.state import History
from tansaku.design import Problems
from tansaku.errors import PoolExhaustedError, UsageError
from tansaku.insight.verdict import Range, SourceVerdict
from tansaku.language import _
from tansaku.strategy import STRATEGIES, Strategy


@dataclass(frozen=True, slots=True)
class Judged:
    """What the sources of a campaign are worth.

    Attributes:
        verdicts: One for each source.
        probe: Pool index of the candidate whose measurement would tell most about them; ``None``
            where that is not worth a sample.
    """

    verdicts: tuple[SourceVerdict, ...] = ()
    probe: int | None = None


def judged(problem: Problems, sight: Sight, strategy: Strategy) -> Judged:
    """Judge every source of one search (b = 1).

    Args:
        problem: As the engine gets it.
        sight: What the strategy sees; without sources there is nothing to judge.
        strategy: Whose model is asked; one without a model asks that of ``standard``.
    """
    if not sight.sources:
        return Judged()
    asked = strategy if strategy.surrogate is not None else STRATEGIES["standard"]
    found = gatekeeper.appraise(problem, asked)
    verdicts = tuple(
        _verdict(name, found.measured, each)
        for name, each in zip(sight.names, found.statements, strict=True)
    )
    probe = None
    if found.verdict is gatekeeper.Verdict.OPEN:
        best = next(iter(most_telling(problem, asked, found.verdict)), None)
        probe = best.candidate if best is not None and best.worth else None
    return Judged(verdicts, probe)


def only_probes(problem: Problems, sight: Sight, strategy: Strategy, n: int) -> Problems:
    """The search among the ``n`` candidates alone that would tell most about the sources; before
    the first result the whole search.

    Raises:
        UsageError: there is nothing to probe, or the strategy looks at no source.
        PoolExhaustedError: fewer candidates lie at settings of the sources.
    """
    if not sight.sources:
        raise UsageError(
            _(
                "There are no older data that a probe could tell about, or the strategy ignores"
                " them."
            ),
            _("Attach some with 'tansaku source NAME add', or leave out --probe."),
        )
    if problem.measured == 0:  # the source's best is as good a test as any
        return problem
    found = [each.candidate for each in most_telling(problem, strategy, gatekeeper.Verdict.OPEN, n)]
    if len(found) < n:
        raise PoolExhaustedError(
            _(
                "{n} probes were asked for; {left} open candidates lie near settings of the older"
                " data."
            ).format(n=n, left=len(found)),
            _("Ask for fewer, or suggest without --probe."),
        )
    taken = np.ones_like(problem.taken)
    taken[0, found] = False
    return replace(problem, taken=taken)


def _verdict(name: str, measured: int, found: gatekeeper.Statement) -> SourceVerdict:
    return SourceVerdict(
        source=name,
        verdict=found.verdict.value,
        measured=measured,
        needed=gatekeeper.FEWEST,
        weight=found.helps,
        gain=_range(found.gain),
        correlation=Range(
            value=found.correlation.value, low=found.correlation.low, high=found.correlation.high
        ),
        rank=_range(found.rank),
        reach=found.reach,
        co_located=found.co_located,
    )


def _range(found: gatekeeper.Estimate | None) -> Range | None:
    return None if found is None else Range(value=found.value, low=found.low, high=found.high)


def source_notices(
    sources: tuple[Source, ...], history: History, strategy: Strategy, probe: str | None
) -> tuple[str, ...]:
    """What there is to say of the older data beside the verdict.

    Args:
        sources: Those of the campaign.
        history: Its own results.
        strategy: How it chooses.
        probe: The sample that would tell most, in words; ``None`` where none is worth it.
    """
    if not sources:
        return ()
    if not uses_sources(strategy):
        text = _("The strategy {name} makes no use of the older data ({sources}).")
        return (text.format(name=strategy.name, sources=", ".join(s.name for s in sources)),)
    found = _size_notices(sources, history)
    if probe is not None:
        found.append(
            _(
                "A sample at {inputs}, at or near a setting of the older data, would tell best"
                " whether they help: 'suggest --probe' suggests it."
            ).format(inputs=probe)
        )
    return tuple(found)


def _size_notices(sources: tuple[Source, ...], history: History) -> list[str]:
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

"""What is said of sources: numbers, and the rule that makes a verdict of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

FEWEST = 3
"""Measured target values from which a leave-one-out score is given: with two, one value alone
would have to predict the other."""
FEWEST_RANKED = 4
"""Values from which a rank correlation is given: the interval's law divides by n - 3."""
DECISIVE = 3.0
"""Bayes factor from which evidence counts: "positive" by Kass and Raftery, JASA 90 (1995) 773."""
WORTH_BITS = 0.1
"""Information from which a probe is worth a sample: a tenth of what settles the question."""


class Verdict(StrEnum):
    """What the measurements so far say of a source."""

    HELPS = "helps"
    OPEN = "open"
    HURTS = "hurts"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with a 90 % interval.

    Attributes:
        value: The best guess.
        low: 5 % lie below.
        high: 5 % lie above.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SourceEvidence:
    """What one source is worth to the target.

    Attributes:
        verdict: By the rule of :func:`verdict_of`.
        helps: Probability that the source helps, by itself: the odds beforehand times the Bayes
            factor.
        log_bayes: ln of the Bayes factor of "it helps", in any of the ways that the default weighs,
            against "the target alone"; 0 without any measurement of the target.
        weight: Weight of the source in the default's average; ``helps`` where it is the only one.
        gain: Mean gain of the leave-one-out log score per measured value, of "it helps" over the
            target alone, where each value has the small chance of ``outlier_mixture.APART`` to be
            explained by the target alone in both; ``None`` below :data:`FEWEST` values. It says
            what the source adds to the measurements that are there already, and plays no part in
            the verdict: late in a search that is little even of a source that told all.
        reach: Share of the target's candidates within the source's reach, 0 to 1.
        co_located: Measured target points that lie at a source point (interpolated ones are not
            counted).
        rank: Spearman's rank correlation of the target's values with the source's at the same
            points (interpolated by the source's model where it has none); ``None`` below
            :data:`FEWEST_RANKED` values or where all values of one side are equal.
        correlation: Task correlation, averaged over what was weighed.
    """

    verdict: Verdict
    helps: float
    log_bayes: float
    weight: float
    gain: Estimate | None
    reach: float
    co_located: int
    rank: Estimate | None
    correlation: Estimate


@dataclass(frozen=True, slots=True)
class Assessment:
    """What all sources are worth.

    Attributes:
        measured: Distinct measured points of the target that this rests on.
        statements: One for each source, in their order.
        verdict: ``helps`` where one source does, ``hurts`` where all do, else ``open``.
    """

    measured: int
    statements: tuple[SourceEvidence, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Probe:
    """A candidate at a source's setting whose measurement would tell whether the source helps.

    Attributes:
        candidate: Pool index.
        source: Which source.
        source_point: Its nearest point (row of ``SourceData.X``).
        distance: To that point, in encoded columns (0: the very same setting).
        information: Expected information about "this source helps", in bits (0 to 1).
        worth: Whether that is at least :data:`WORTH_BITS` while the verdict is open.
    """

    candidate: int
    source: int
    source_point: int
    distance: float
    information: float
    worth: bool


def verdict_of(log_bayes: float, measured: int) -> Verdict:
    """The rule: a source helps where the measured values together are at least 3 times as probable
    with it as without (Bayes factor), and hurts where they are at most 1/3 as probable; else it is
    open, and always so below :data:`FEWEST` measured values.

    Example:
        >>> verdict_of(2.0, 9).value, verdict_of(-2.0, 9).value, verdict_of(2.0, 2).value
        ('helps', 'hurts', 'open')
    """
    if measured < FEWEST or abs(log_bayes) < math.log(DECISIVE):
        return Verdict.OPEN
    return Verdict.HELPS if log_bayes > 0 else Verdict.HURTS

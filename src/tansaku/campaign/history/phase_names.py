"""Phase names: which labels mean the same phase, and which samples it is known of."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from tansaku.campaign.history.records import Candidacy, Measurement, Status

FEWEST, MOST = 2, 6
"""Phases between which results may jump; with more, each would be known from a sample or two."""
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "θ": "theta",
    "λ": "lambda", "σ": "sigma", "φ": "phi", "ω": "omega",
}  # fmt: skip
_MIXED = ("混合", "混相", "mix")
_ENDINGS = (" phase", "-phase", "相")


def phase_name(label: str) -> str:
    """A label as every way of writing it is compared.

    >>> phase_name("α相"), phase_name(" Alpha phase"), phase_name("混相"), phase_name("Ｒ３ｃ")
    ('alpha', 'alpha', 'mixed', 'r3c')
    """
    plain = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
    if plain in _MIXED:
        return "mixed"
    for ending in _ENDINGS:
        plain = plain.removesuffix(ending)
    if plain in _MIXED:
        return "mixed"
    for letter, name in _GREEK.items():
        plain = plain.replace(letter, name)
    return plain.strip()


def reported_phases(measurements: Sequence[Measurement]) -> dict[str, str]:
    """{phase: how it was written first} of the samples that are not excluded."""
    found: dict[str, str] = {}
    for m in measurements:
        if m.phase and m.status is not Status.EXCLUDED:
            found.setdefault(phase_name(m.phase), m.phase.strip())
    return found


def phases_of(measurements: Sequence[Measurement]) -> dict[str, str]:
    """{id: phase} of the samples whose phase is known, where there are phases to tell apart. A
    sample without a label has that of the other samples of its candidate, where these agree."""
    names = reported_phases(measurements)
    if not FEWEST <= len(names) <= MOST:
        return {}
    own = {
        m.id: phase_name(m.phase)
        for m in measurements
        if m.phase and m.status is not Status.EXCLUDED
    }
    beside = _agreed(measurements, own)
    return own | {
        m.id: beside[m.candidate]
        for m in measurements
        if m.id not in own and m.candidate in beside and m.status is not Status.EXCLUDED
    }


def _agreed(measurements: Sequence[Measurement], own: Mapping[str, str]) -> dict[Candidacy, str]:
    """{candidate: its phase} where all its samples with a label have the same."""
    seen: dict[Candidacy, set[str]] = {}
    for m in measurements:
        if m.id in own:
            seen.setdefault(m.candidate, set()).add(own[m.id])
    return {candidate: next(iter(found)) for candidate, found in seen.items() if len(found) == 1}

"""Samples: what the lab calls them, and the candidates that names and ids stand for."""

from __future__ import annotations

from collections.abc import Mapping

from tansaku.campaign.history.records import CampaignSpec, Candidacy, Measurement
from tansaku.campaign.history.state import State
from tansaku.errors import UnknownNameError, UsageError
from tansaku.language import _
from tansaku.space import Place, Value
from tansaku.typed import as_word

SHOWN = 12
"""Names that an error lists."""


def names_of(spec: CampaignSpec, state: State) -> dict[Candidacy, str]:
    """{candidate: what the lab calls it}; of one that was made several times the last name."""
    found: dict[Candidacy, str] = {label: name for label, name in spec.samples.items()}  # noqa: C416
    return found | {m.candidate: m.sample for m in state.measurements if m.sample}


def candidate_of(spec: CampaignSpec, place: Place) -> Candidacy:
    """What tells the candidate at a place from others."""
    return tuple(spec.space.named(place.row).values()) if place.label is None else place.label


def place_of(spec: CampaignSpec, state: State, name: str) -> Place:
    """The candidate that a name of the lab (LLZ-01), a suggestion (s3) or a measurement (m5) stands
    for. Capitals and blanks only count where they tell two names apart.

    Raises:
        UnknownNameError: nothing is called so; names what is.
        UsageError: it stands for two candidates.
    """
    named = known_names(spec, state)
    ids = {s.id: s.inputs for s in state.suggestions} | {m.id: m.inputs for m in state.measurements}
    for known in (named, ids, _alike(named | ids)):
        if name in known or as_word(name) in known:
            inputs = known[name] if name in known else known[as_word(name)]
            break
    else:
        shown = [*named, *(s.id for s in state.open_suggestions)]
        raise UnknownNameError(
            _("Campaign '{name}' knows no sample '{id}'.").format(name=spec.name, id=name),
            _("Known: {names}.").format(
                names=", ".join(shown[:SHOWN]) + (", .." if len(shown) > SHOWN else "")
            )
            if shown
            else _("Name its inputs with --at, for example --at x=0.1,T=950."),
        )
    if name in named and name in ids and named[name] != ids[name]:
        raise UsageError(
            _("'{id}' is a sample of the lab and an id of this campaign, and not the same.").format(
                id=name
            ),
            _("Name its inputs with --at, for example --at x=0.1,T=950."),
        )
    return spec.space.locate(inputs)


def measurement_of(spec: CampaignSpec, state: State, id: str) -> Measurement:
    """The measurement of this id, or the only one of a sample that the lab calls so.

    Raises:
        UnknownNameError: there is none.
        UsageError: the sample was measured several times; names their ids.
    """
    found = [m for m in state.measurements if m.id == id]
    found = found or [m for m in state.measurements if m.sample == id]
    if not found:
        raise UnknownNameError(
            _("Campaign '{name}' has no measurement '{id}'.").format(name=spec.name, id=id),
            _("Known: {names}.").format(
                names=", ".join(m.id for m in state.measurements[-SHOWN:]) or "-"
            ),
        )
    if len(found) > 1:
        raise UsageError(
            _("Sample '{id}' was measured {n} times.").format(id=id, n=len(found)),
            _("Name one of these: {names}.").format(names=", ".join(m.id for m in found)),
        )
    return found[0]


def known_names(spec: CampaignSpec, state: State) -> dict[str, Mapping[str, Value]]:
    """{name of the lab: inputs}."""
    found: dict[str, Mapping[str, Value]] = {}
    if spec.samples:
        labels = spec.space.labels.tolist()
        rows = dict(zip(labels, spec.space.matrix, strict=True))
        found = {name: spec.space.named(rows[label]) for label, name in spec.samples.items()}
    return found | {m.sample: m.inputs for m in state.measurements if m.sample}


def _alike(known: Mapping[str, Mapping[str, Value]]) -> dict[str, Mapping[str, Value]]:
    """The same by what is left of a name without regard to width, capitals and blanks, where only
    one name is like it."""
    words = [as_word(name) for name in known]
    return {
        word: inputs
        for word, inputs in zip(words, known.values(), strict=True)
        if words.count(word) == 1
    }

"""From samples: what is told of single samples, one by one or in a document -> reported results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tansaku.campaign.history.records import DETAILS, CampaignSpec, Limit, Suggestion
from tansaku.campaign.history.sample_names import place_of
from tansaku.campaign.history.state import State
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.results.measured import NewResult, ReportedResults, details_of, made_of
from tansaku.campaign.results.typed_values import read_inputs, read_results
from tansaku.errors import TableError
from tansaku.language import _
from tansaku.space import Place, Value, inputs_of_formula

Sample = Mapping[str, Value] | Suggestion | str
"""Inputs, a suggestion, its id, or what the lab calls the sample."""


@dataclass(frozen=True, slots=True)
class ReportedSample:
    """What a person tells of one sample; :meth:`tansaku.campaign.Campaign.record_at` says what each
    field is."""

    at: Sample
    values: Mapping[str, float | str] | None = None
    limits: Mapping[str, Limit] | None = None
    sd: Mapping[str, float] | None = None
    made: Mapping[str, Value] | None = None
    weighed: Mapping[str, float] | None = None
    weighing: WeighingPlan | None = None
    details: Mapping[str, object] = field(default_factory=dict)


def place_of_sample(spec: CampaignSpec, state: State, at: Sample) -> Place:
    """The candidate that a sample is of.

    Raises:
        NotInPoolError, UnknownNameError: there is none.
    """
    if isinstance(at, str):
        return place_of(spec, state, at)
    inputs = at.inputs if isinstance(at, Suggestion) else at
    return spec.space.locate(read_inputs(spec.space, inputs_of_formula(spec.space, inputs)))


def results_of_samples(
    spec: CampaignSpec, state: State, samples: Sequence[ReportedSample]
) -> ReportedResults:
    """The results of samples, read.

    Raises:
        WeighingError, FormulaError: weighed masses do not fit the precursors.
        UsageError: a text is no result; unknown details.
        NotInPoolError, UnknownNameError: there is no such candidate.
    """
    results, notices = [], list[str]()
    for each in samples:
        place = place_of_sample(spec, state, each.at)
        found, sides, spreads, said = read_results(spec.targets, each.values, each.limits, each.sd)
        results.append(
            NewResult(
                place,
                found,
                limits=sides,
                sd=spreads,
                made=made_of(spec, state, place, each.weighed, each.weighing),
                achieved=read_inputs(spec.space, each.made) if each.made else None,
                details=details_of(each.details),
            )
        )
        notices += said
    return ReportedResults(results, notices=tuple(notices))


def samples_of_document(document: object, name: str) -> list[ReportedSample]:
    """Samples with their results out of a document of ``suggest``, ``plan`` or ``pool``, or a plain
    list; those without ``results`` are not measured yet.

    Args:
        document: As JSON has it.
        name: Of its file.

    Raises:
        TableError: it holds no result.
    """
    samples = [
        ReportedSample(
            each.get("id") or each.get("sample") or each.get("inputs") or {},
            each["results"],
            details={key: each[key] for key in DETAILS if key in each},
        )
        for each in _samples_in(document)
        if isinstance(each.get("results"), dict) and each["results"]
    ]
    if not samples:
        raise TableError(
            _("'{file}' holds no results.").format(file=name),
            _('Add to a sample, for example, "results": {{"y": 3.2}}.').format(),
        )
    return samples


def _samples_in(document: Any) -> Iterator[dict[str, Any]]:
    """What may be samples, wherever such documents hold them."""
    if isinstance(document, list):
        yield from (each for each in document if isinstance(each, dict))
    elif isinstance(document, dict):
        for key in ("suggestions", "candidates", "measurements"):
            yield from _samples_in(document.get(key, []))
        for run in _samples_in(document.get("runs", [])):
            yield from _samples_in(run.get("suggestions", []))

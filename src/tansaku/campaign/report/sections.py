"""Sections: what a report says of a campaign, from its records."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Final

from tansaku.campaign.card_words import card_lines
from tansaku.campaign.event_words import changes, what_happened
from tansaku.campaign.explanation import explained
from tansaku.campaign.health_lines import health_lines, health_table
from tansaku.campaign.history.records import (
    CampaignDocument,
    CampaignSpec,
    Candidacy,
    Event,
    Measurement,
    Status,
    Suggested,
    Suggestion,
)
from tansaku.campaign.history.requester import versions
from tansaku.campaign.history.source_table import SourceTable
from tansaku.campaign.history.state import State
from tansaku.campaign.model_health import health_of
from tansaku.campaign.progress import CampaignStatus
from tansaku.campaign.report.content import Card, Column, Row, Section, Table, table_of
from tansaku.campaign.status_words import best_line, standing_lines
from tansaku.campaign.suggest.trade_offs import Compromise
from tansaku.campaign.views import HistoryLine, lines_of
from tansaku.campaign.when_to_stop import stop_of
from tansaku.errors import DataError, ModelError, UsageError
from tansaku.insight.figures import (
    cause,
    expected,
    interval,
    measured,
    minute,
    percent,
    prediction,
    setting,
    where,
    with_sd,
)
from tansaku.insight.reasons import sentence
from tansaku.insight.record_words import word
from tansaku.insight.verdict import SourceVerdict, words
from tansaku.language import _, joined
from tansaku.space import Goal, Target
from tansaku.strategy import Strategy

MOST_ROWS: Final = 1000
"""Rows of a table: more are read by programs, from an export, and not by people; so the page stays
below 6 MB, which mail takes."""
NOT_TOLD: Final = (UsageError, ModelError, DataError)
"""What a campaign has too few results for, or what does not fit it: the page says so."""


def of_campaign(spec: CampaignSpec, status: CampaignStatus) -> Section:
    """What is searched, what is wanted, and how far it is."""
    header, inputs = spec.space.inputs_in_words
    given: list[Column[tuple[str, str, str]]] = [
        Column(name, itemgetter(i)) for i, name in enumerate(header)
    ]
    goals: list[Column[Target]] = [
        Column(_("target"), lambda t: t.name),
        Column(_("unit"), lambda t: t.unit),
        Column(_("wanted"), _wanted),
        Column(_("scale"), lambda t: t.scale.value),
    ]
    tables = [table_of(given, inputs), table_of(goals, spec.targets)]
    lines = standing_lines(status)
    if status.best is not None or not status.compromises:
        lines.insert(0, best_line(status))
    else:
        lines.append(_("Best compromises so far (no other sample is as good in everything):"))
        best: list[Column[Compromise]] = [
            Column(_("sample"), lambda c: where(c.inputs)),
            Column(_("formula"), lambda c: c.formula or "", "formula"),
            *(
                Column(_named(t.name, t.unit), partial(_compromise, t.name), "number")
                for t in spec.targets
            ),
        ]
        tables.insert(0, table_of(best, status.compromises))
    return Section(_("The campaign"), lines, tables, notes=spec.space.rules_in_words)


def _wanted(target: Target) -> str:
    """What is wanted of a target."""
    said = {
        Goal.MAX: [_("as high as possible")],
        Goal.MIN: [_("as low as possible")],
        Goal.MATCH: [_("near {value:g}").format(value=target.value or 0)],
        Goal.KEEP: [],
    }[target.goal]
    for text, limit in (
        (_("at least {value:g}"), target.low),
        (_("at most {value:g}"), target.high),
    ):
        said += [] if limit is None else [text.format(value=limit)]
    return ", ".join(said)


def _compromise(target: str, one: Compromise) -> str:
    return measured(one.values[target])


def _named(name: str, unit: str) -> str:
    """A heading with its unit, where the name does not tell it already."""
    return name if not unit or unit in name else f"{name} [{unit}]"


def of_suggestions(document: CampaignDocument, state: State) -> Section:
    """What is under way, each with what is expected of it and what speaks for it."""
    if not state.open_suggestions:
        return Section(_("What to make next"), [_("Nothing is under way.")])
    cards = [_card(document, each, state.asked_by.get(each.id)) for each in state.open_suggestions]
    return Section(_("What to make next"), cards=cards)


def _card(document: CampaignDocument, each: Suggestion, by: str | None) -> Card:
    speaks = explained(document, each.id).card
    lines = [where(each.inputs)]
    lines += [prediction(target, found) for target, found in each.predicted.items()]
    for text, chance in (
        (_("Chance to beat the best: {chance}"), each.chance_to_beat_best),
        (_("Chance that the sample works: {chance}"), each.chance_to_work),
    ):
        lines += [] if chance is None else [text.format(chance=percent(chance))]
    lines.append(_("Why: {reason}").format(reason=sentence(each.reason)))
    lines += [] if speaks is None else card_lines(speaks)
    lines += [] if by is None else [_("Asked for by {name}.").format(name=by)]
    return Card(each.called, each.formula or "", lines)


def of_trust(spec: CampaignSpec, state: State, strategy: Strategy, seed: int) -> Section:
    """Whether the model can be believed, and the search can stop; else what is needed to tell."""
    lines: list[str] = []
    tables: list[Table] = []
    try:
        health = health_of(spec, state, strategy, seed)
        header, rows = health_table(health)
        lines += health_lines(health)
        kinds = ["word", "word", *["number"] * (len(header) - 2)]
        tables += [Table(header, kinds, [Row(row) for row in rows])] * bool(rows)
        lines += stop_of(spec, state, strategy, seed).lines
    except NOT_TOLD as error:
        lines.append(joined(error.message, error.hint))
    return Section(_("Can the model be believed, and when to stop?"), lines, tables)


def of_results(spec: CampaignSpec, state: State) -> Section:
    """Every result; failures, limits and what is not used are marked."""
    columns: list[Column[Measurement]] = [
        Column(_("result"), lambda m: m.id),
        Column(_("sample"), lambda m: m.sample or ""),
        *(
            Column(_named(p.name, getattr(p, "unit", "")), partial(_input, p.name), "number")
            for p in spec.space.inputs
        ),
        Column(_("formula"), lambda m: m.formula or "", "formula"),
        *(
            Column(_named(t.name, t.unit), partial(_result, t.name), "number")
            for t in spec.targets
            if not t.known
        ),
        Column(_("state"), _state),
        Column(_("phase"), lambda m: m.phase or ""),
        Column(_("furnace run"), lambda m: m.run or ""),
        Column(_("operator"), lambda m: m.operator or ""),
        Column(_("made on"), lambda m: m.made_on.isoformat() if m.made_on else ""),
        Column(_("note"), lambda m: m.note),
    ]
    shown = state.measurements[-MOST_ROWS:]
    if not shown:
        return Section(_("Results"), [_("Nothing is measured yet.")])
    notes = [*_left_out(len(state.measurements)), *_legend(shown)]
    return Section(_("Results"), tables=[table_of(columns, shown, _mark)], notes=notes)


def _input(name: str, one: Measurement) -> str:
    """As planned, and what it became where that is known."""
    planned, made = one.inputs[name], (one.achieved or {}).get(name)
    if made is None or made == planned:
        return setting(planned)
    return f"{setting(planned)} → {setting(made)}"


def _result(target: str, one: Measurement) -> str:
    value = one.values.get(target)
    if value is None:
        return ""
    if target in one.limits:
        return {"below": "< ", "above": "> "}[one.limits[target]] + measured(value)
    return with_sd(value, one.sd[target]) if target in one.sd else measured(value)


def _state(one: Measurement) -> str:
    """What became of it, where it is no plain result."""
    if one.status is Status.OK:
        return ""
    why = cause(one.why, one.amount)
    return f"{word(one.status.value)}: {why}" if why else word(one.status.value)


def _mark(one: Measurement) -> str:
    if one.status is Status.FAILED:
        return "failed"
    if one.status is Status.EXCLUDED:
        return "unused"
    return "limit" if one.limits else ""


def _legend(shown: Sequence[Measurement]) -> list[str]:
    """What the signs in the table mean, those that are there."""
    said = {
        _("Failed samples teach where samples fail."): any(
            m.status is Status.FAILED for m in shown
        ),
        _("< and > are limits: the value lies below or above."): any(m.limits for m in shown),
        _("± is the standard deviation of one measurement."): any(m.sd for m in shown),
        _("→ is what an input became in the sample."): any(m.achieved for m in shown),
        _("Struck out is what is kept and not used."): any(
            m.status is Status.EXCLUDED for m in shown
        ),
    }
    return [text for text, there in said.items() if there]


def _left_out(n: int) -> list[str]:
    if n <= MOST_ROWS:
        return []
    text = _("The last {shown} of {n}; 'tansaku export' writes all of them.")
    return [text.format(shown=MOST_ROWS, n=n)]


def of_earlier(state: State) -> list[Section]:
    """What was expected of earlier suggestions, why, and what came out; none where there are
    none."""
    open_ids = {each.id for each in state.open_suggestions}
    earlier = [each for each in state.suggestions if each.id not in open_ids]
    results: dict[Candidacy, list[Measurement]] = {}
    for one in state.measurements:
        results.setdefault(one.candidate, []).append(one)
    targets = list(dict.fromkeys(name for each in earlier for name in each.predicted))
    columns: list[Column[Suggestion]] = [
        Column(_("suggestion"), lambda s: s.called),
        Column(_("sample"), lambda s: where(s.inputs)),
        *(
            column
            for name in targets
            for column in (
                Column(
                    _("{target}, expected").format(target=name),
                    partial(_expected, name),
                    "number",
                ),
                Column(
                    _("{target}, measured").format(target=name),
                    partial(_came_out, name, results),
                    "number",
                ),
            )
        ),
        Column(_("why"), lambda s: sentence(s.reason)),
    ]
    table = table_of(columns, earlier[-MOST_ROWS:])
    return [
        Section(_("Earlier suggestions"), tables=[table], notes=_left_out(len(earlier)))
    ] * bool(earlier)


def _expected(target: str, suggestion: Suggestion) -> str:
    found = suggestion.predicted.get(target)
    if found is None:
        return ""
    return f"{expected(found, found.unit)} ({interval(found)})"


def _came_out(
    target: str, results: Mapping[Candidacy, Sequence[Measurement]], suggestion: Suggestion
) -> str:
    own = results.get(suggestion.candidate, ())
    told = [_result(target, m) or _state(m) for m in own if m.status is not Status.EXCLUDED]
    return ", ".join(filter(None, told))


def of_sources(sources: Sequence[SourceTable], verdicts: Sequence[SourceVerdict]) -> list[Section]:
    """Older data, and what they are worth; none where there are none."""
    columns: list[Column[SourceTable]] = [
        Column(_("older data"), lambda s: s.name),
        Column(_("target"), lambda s: s.target),
        Column(_("results"), lambda s: str(len(s.values)), "number"),
        Column(_("attached"), lambda s: minute(s.copied)),
    ]
    lines = [words(each) for each in verdicts]
    return [Section(_("Older data"), lines, [table_of(columns, sources)])] * bool(sources)


def of_history(events: Sequence[Event]) -> Section:
    """What happened, when, and who did it."""
    columns: list[Column[HistoryLine]] = [
        Column(_("event"), lambda line: str(line.number), "number"),
        Column(_("time ({zone})").format(zone=_zone()), lambda line: minute(line.event.at)),
        Column(_("who"), lambda line: line.event.by or ""),
        Column(
            _("what"),
            lambda line: "; ".join([what_happened(line.event, line.redone), *changes(line)]),
        ),
        Column(_("taken back"), lambda line: _("taken back") if line.undone else ""),
    ]
    lines = lines_of(events)
    table = table_of(columns, lines[-MOST_ROWS:], lambda line: "unused" if line.undone else "")
    return Section(_("History"), tables=[table], notes=_left_out(len(lines)))


def _zone() -> str:
    return datetime.now().astimezone().strftime("%Z")


def of_versions(events: Sequence[Event]) -> Section:
    """With what suggestions were chosen, and what this page was computed with."""
    now = dict(versions())
    chosen: dict[str, list[str]] = {}
    for event in events:
        if isinstance(event, Suggested) and event.asked is not None:
            for name, version in event.asked.versions.items():
                known = chosen.setdefault(name, [])
                known += [] if version in known else [version]
    columns: list[Column[str]] = [
        Column(_("program"), lambda name: name),
        Column(_("this page"), lambda name: now.get(name, "")),
        Column(_("suggestions"), lambda name: ", ".join(chosen.get(name, []))),
    ]
    now["Python"] = platform.python_version()
    names = list(dict.fromkeys([*now, *chosen]))
    return Section(_("Versions"), tables=[table_of(columns, names)])

"""Event words: what happened in a campaign, each event in a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from tansaku.campaign.history.records import Event, Measurement, Suggestion
from tansaku.campaign.views import HistoryLine
from tansaku.insight.figures import measured, where
from tansaku.insight.record_words import word
from tansaku.insight.verdict import brief
from tansaku.language import _

MANY: Final = 6
"""Ids that are written out one by one in a line of the history."""


def changes(line: HistoryLine) -> list[str]:
    """What corrected measurements said before, and say since."""
    if line.event.kind != "corrected":
        return []
    before = {m.id: m for m in line.before}
    return [
        _("{id}: {before} -> {after}").format(
            id=m.called, before=_results_of(before[m.id]), after=_results_of(m)
        )
        for m in line.event.measurements
        if m.id in before
    ]


def _results_of(one: Measurement) -> str:
    values = ", ".join(f"{name}={measured(value)}" for name, value in one.values.items())
    return f"{values or word(one.status.value)} ({where(one.inputs)})"


def what_happened(event: Event, redone: int | None = None) -> str:
    """An event of the log, in a line, with the reason that somebody gave for it; ``redone`` is the
    event that it brings back."""
    if redone is not None:
        return _("event {number} is back again").format(number=redone)
    words: dict[str, Callable[[Any], str]] = {
        "created": lambda e: _("made; results in its table: {n}").format(n=len(e.measurements)),
        "recorded": lambda e: _("results recorded: {ids}").format(ids=_ids(e.measurements)),
        "suggested": lambda e: "; ".join(
            [
                _("suggested: {ids} (strategy {strategy}, seed {seed})").format(
                    ids=_ids(e.suggestions), strategy=e.strategy, seed=e.seed
                ),
                *map(brief, e.sources),
            ]
        ),
        "corrected": lambda e: _("corrected: {ids}").format(ids=_ids(e.measurements)),
        "marked": lambda e: _("counted as {status} from now on: {ids}").format(
            status=word(e.status.value), ids=", ".join(e.measurements)
        ),
        "linked": lambda e: _("older data attached: {name}").format(name=e.source.name),
        "unlinked": lambda e: _("older data removed: {name}").format(name=e.name),
        "attached": lambda e: _("attached to {sample}: {files}").format(
            sample=e.sample, files=", ".join(f"{each.id} {each.name}" for each in e.files)
        ),
        "withdrawn": lambda e: _("withdrawn: {ids}").format(
            ids=", ".join([*e.suggestions, *e.files])
        ),
        "blocked": lambda e: _("blocked: {condition}").format(condition=e.condition),
        "unblocked": lambda e: _("unblocked: {condition}").format(condition=e.condition),
        "renamed": lambda e: _("renamed: {before} -> {name}").format(before=e.before, name=e.name),
        "removed": lambda _e: _("put into the trash"),
        "restored": lambda _e: _("taken out of the trash"),
        "undone": lambda e: _("took back event {number}").format(number=e.undone),
    }
    why = getattr(event, "why", "") or getattr(event, "remark", "")
    return words[event.kind](event) + (f" ({why})" if why else "")


def _ids(records: Sequence[Measurement] | Sequence[Suggestion]) -> str:
    """All ids, or the first and the last of many."""
    ids = [each.called for each in records]
    if len(ids) > MANY:
        return _("{first} to {last} ({n})").format(first=ids[0], last=ids[-1], n=len(ids))
    return ", ".join(ids)

"""Status words: how far a campaign is, in lines."""

from __future__ import annotations

from tansaku.campaign.progress import CampaignStatus
from tansaku.insight.figures import count, measured, where
from tansaku.insight.record_words import word
from tansaku.language import _


def status_lines(found: CampaignStatus) -> list[str]:
    """What is searched, and how far it is; all but the best."""
    lines = [_("Inputs: {names}.").format(names=", ".join(found.inputs))]
    if found.template is not None:
        lines.append(_("Template: {template}.").format(template=found.template))
    if found.encoding is not None:
        lines.append(_("The model sees: {encoding}.").format(encoding=word(found.encoding)))
    lines.append(_("Targets: {names}.").format(names=", ".join(found.targets)))
    counts, *rest = standing_lines(found)
    return [counts, *lines, *rest]


def standing_lines(found: CampaignStatus) -> list[str]:
    """How far it is, beginning with the numbers of candidates."""
    counts = _("Candidates: {n}; measured: {measured}, pending: {pending}, open: {open}.").format(
        n=count(found.n_candidates),
        measured=found.measured,
        pending=found.pending,
        open=count(found.open),
    )
    return [counts, *_beside(found), *_under_way(found), *_blocked(found)]


def _beside(found: CampaignStatus) -> list[str]:
    """What the results hold besides values, where they do."""
    said = (
        (found.failed, _("Samples that failed: {n}; they teach where samples fail.")),
        (found.limits, _("Results that are limits: {n}.")),
        (found.replicated, _("Samples measured more than once: {n}.")),
        (found.excluded, _("Results kept and not used: {n}.")),
        (found.attachments, _("Files attached to samples: {n}.")),
    )
    return [text.format(n=n) for n, text in said if n]


def _under_way(found: CampaignStatus) -> list[str]:
    """Who waits for which samples."""
    people: dict[str | None, list[str]] = {}
    for each, name in found.under_way.items():
        people.setdefault(name, []).append(each)
    return [
        _("Suggested, without a result yet: {ids}").format(ids=", ".join(ids))
        if name is None
        else _("Suggested for {name}, without a result yet: {ids}").format(
            name=name, ids=", ".join(ids)
        )
        for name, ids in people.items()
    ]


def _blocked(found: CampaignStatus) -> list[str]:
    """What cannot be made now, and why."""
    conditions = (f"{text} ({why})" if why else text for text, why in found.blocked.items())
    return [_("Blocked for now: {conditions}").format(conditions=each) for each in conditions]


def best_line(found: CampaignStatus) -> str:
    """The best so far, for one goal."""
    best = found.best
    if best is None:
        return _("Nothing is measured yet.")
    place = where(best.inputs, best.formula)
    return _("Best so far: {value} at {inputs} (pool_row {row}).").format(
        value=measured(best.value),
        inputs=f"{best.sample} ({place})" if best.sample else place,
        row=count(best.pool_row),
    )

"""The run sheet of a furnace plan: one HTML page to print, with a run on each sheet of paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tansaku.campaign.furnace.furnace_plan import FurnaceRun
from tansaku.campaign.history.records import Suggestion
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.language import _
from tansaku.markup import with_subscripts
from tansaku.space.values import shown
from tansaku.weighing.sheet import sheet_for
from tansaku.weighing.weigh_page import page, signed, table
from tansaku.weighing.weigh_texts import shown_grams


def as_html(campaign: str, runs: Sequence[FurnaceRun], weighing: WeighingPlan | None) -> bytes:
    """The page, in the language in use.

    Args:
        campaign: The campaign's name.
        runs: The runs.
        weighing: From what samples are made, where that is known: each then has its masses.

    Raises:
        WeighingError: a sample cannot be made from these precursors.
    """
    title = _("Run sheet of campaign {name}").format(name=campaign)
    return page(title, (_run(title, each, weighing) for each in runs))


def _run(title: str, run: FurnaceRun, weighing: WeighingPlan | None) -> str:
    settings = [
        f'<td>{escape(name)}</td><td class="number">{escape(shown(value))}</td>'
        '<td class="write"></td>'
        for name, value in run.setting.items()
    ]
    if run.hours is not None:
        settings.append(
            f'<td>{escape(_("hours"))}</td><td class="number">{run.hours:.4g}</td>'
            '<td class="write"></td>'
        )
    return "\n".join(
        [
            "<section>",
            f"<h1>{escape(_('Furnace run {run}').format(run=run.run))}</h1>",
            f"<p>{escape(title)}</p>",
            table([_("input"), _("planned"), _("as done")], settings),
            f"<h2>{escape(_('Samples'))}</h2>",
            _samples(run, weighing),
            signed(_("furnace"), _("date"), _("operator"), _("remarks")),
            "</section>",
        ]
    )


def _samples(run: FurnaceRun, weighing: WeighingPlan | None) -> str:
    own = [name for name in run.suggestions[0].inputs if name not in run.setting]
    known = any(each.formula is not None for each in run.suggestions)
    header = [_("crucible"), _("sample"), *own, *([_("formula")] if known else [])]
    header += [_("to weigh / g")] if weighing is not None and known else []
    rows = []
    for place, each in enumerate(run.suggestions, start=1):
        cells = [
            f'<td class="number">{place}</td><td>{escape(each.called)}</td>',
            *(f'<td class="number">{escape(shown(each.inputs[name]))}</td>' for name in own),
            *([f"<td>{with_subscripts(each.formula or '-')}</td>"] if known else []),
            *([f"<td>{_masses(each, weighing)}</td>"] if weighing is not None and known else []),
            '<td class="write"></td>',
        ]
        rows.append("".join(cells))
    return table([*header, _("remarks")], rows)


def _masses(each: Suggestion, weighing: WeighingPlan) -> str:
    """What to weigh for a sample, a line for each precursor."""
    if each.formula is None:
        return "-"
    sheet = sheet_for(each.formula, weighing).sheet
    return "<br>".join(
        f"{with_subscripts(p.name)} {shown_grams(grams, sheet.balance)}"
        for p, grams in zip(sheet.precursors, sheet.rounded, strict=True)
    )

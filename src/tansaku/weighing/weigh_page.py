"""The weighing sheet as one HTML page that needs no other file and leaves room to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from tansaku.campaign.history.records import Suggestion
from tansaku.chem.achieved import Achieved
from tansaku.chem.precursor_masses import WeighOut
from tansaku.chem.precursors import Precursor
from tansaku.language import _, current
from tansaku.markup import with_subscripts
from tansaku.space.values import shown
from tansaku.weighing.weigh_texts import assumptions, handling_lines, quality, shown_grams

STYLE: Final = """
@page { size: A4; margin: 15mm; }
body { font-family: "Noto Sans", "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", Meiryo,
  "IPAexGothic", sans-serif; font-size: 11pt; line-height: 1.4; max-width: 180mm;
  margin: 10mm auto; padding: 0 4mm; color: #111; background: #fff; }
h1 { font-size: 16pt; margin: 0 0 2mm; }
h2 { font-size: 12pt; margin: 5mm 0 1mm; }
sub { font-size: 75%; line-height: 0; }
p, ul { margin: 1mm 0; }
ul { padding-left: 6mm; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 0.3mm solid #777; padding: 0.8mm 2mm; text-align: left; }
th { background: #eee; font-weight: 600; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.mass { font-weight: 700; }
td.write { min-width: 24mm; height: 7mm; }
td.tick { width: 5mm; }
section { break-after: page; }
section:last-of-type { break-after: auto; }
tr, dl.signed div { break-inside: avoid; }
dl.signed { display: grid; grid-template-columns: 1fr 1fr; gap: 6mm 10mm; margin-top: 8mm; }
dl.signed div { display: flex; border-bottom: 0.3mm solid #777; }
dl.signed dd { margin: 0; flex: 1; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
"""


def as_html(
    formula: str,
    sheet: WeighOut,
    weighed: Mapping[str, float] | None,
    found: Achieved,
    made_for: Suggestion | None = None,
) -> bytes:
    """The page, in the language in use; with the settings of the suggestion that it is for."""
    title = " ".join([_("Weighing sheet"), made_for.called if made_for else ""]).strip()
    parts = [
        f"<h1>{escape(title)}: {with_subscripts(formula)}</h1>",
        "<p>"
        + escape(
            _("{mass} g of fired product; {molar} g/mol; balance {balance} g").format(
                mass=f"{sheet.mass:g}",
                molar=f"{sheet.target.molar_mass:.3f}",
                balance=f"{sheet.balance:g}",
            )
        )
        + "</p>",
        _masses(sheet, weighed),
        "" if made_for is None else _settings(made_for),
        f"<h2>{escape(_('Composition'))}</h2>",
        _composition(sheet, found, weighed is not None),
        f"<h2>{escape(_('Before you weigh'))}</h2>",
        _list([*assumptions(sheet), *handling_lines(sheet)]),
        signed(
            _("sample number"),
            _("date"),
            _("operator"),
            _("balance number"),
            _("checked by"),
            _("remarks"),
        ),
    ]
    return page(f"{title}: {formula}", parts)


def page(title: str, parts: Iterable[str]) -> bytes:
    """A page to print that needs no other file, in the language in use."""
    body = "\n".join(part for part in parts if part)
    return (
        f'<!DOCTYPE html>\n<html lang="{current()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _masses(sheet: WeighOut, weighed: Mapping[str, float] | None) -> str:
    header = ["✓", _("precursor"), _("to weigh / g"), _("weighed / g"), _("bottle, lot")]
    rows = []
    for each, grams in zip(sheet.precursors, sheet.rounded, strict=True):
        actual = "" if weighed is None else shown_grams(weighed[each.name], sheet.balance)
        rows.append(
            '<td class="tick"></td>'
            f"<td>{with_subscripts(each.name)}{_quality(each)}</td>"
            f'<td class="number mass">{shown_grams(grams, sheet.balance)}</td>'
            f'<td class="number write">{actual}</td><td class="write"></td>'
        )
    given = "" if weighed is None else shown_grams(sum(weighed.values()), sheet.balance)
    rows.append(
        f"<td></td><td>{escape(_('total'))}</td>"
        f'<td class="number">{shown_grams(sheet.total, sheet.balance)}</td>'
        f'<td class="number write">{given}</td><td></td>'
    )
    return table(header, rows)


def _quality(precursor: Precursor) -> str:
    remarks = quality(precursor)
    return f"<br><small>{escape(', '.join(remarks))}</small>" if remarks else ""


def _composition(sheet: WeighOut, found: Achieved, weighed: bool) -> str:
    header = [
        _("element"),
        _("target"),
        _("with excess"),
        _("as weighed") if weighed else _("after rounding"),
        _("off by"),
    ]
    rows = []
    for element, amount in sheet.target.amounts.items():
        wanted = amount * (1 + sheet.excess.get(element, 0.0))
        if element in sheet.leaving:
            reached, off = escape(_("set by the atmosphere")), ""
        else:
            reached = f"{found.amounts[element]:.5f}"
            off = f"{100 * (found.amounts[element] / wanted - 1):+.3f} %".replace(
                "-0.000", "+0.000"
            )
        rows.append(
            f"<td>{escape(element)}</td>"
            + "".join(
                f'<td class="number">{cell}</td>'
                for cell in (f"{amount:.6g}", f"{wanted:.6g}", reached, off)
            )
        )
    return table(header, rows)


def _settings(made_for: Suggestion) -> str:
    """How the sample is to be made, firing and all, with room for how it was."""
    planned = made_for.inputs | ({_("furnace run"): made_for.run} if made_for.run else {})
    rows = [
        f'<td>{escape(name)}</td><td class="number">{escape(shown(value))}</td>'
        '<td class="write"></td>'
        for name, value in planned.items()
    ]
    head = f"<h2>{escape(_('Settings of this sample'))}</h2>"
    return head + table([_("input"), _("planned"), _("as done")], rows)


def signed(*lines: str) -> str:
    """Lines to write on."""
    return (
        '<dl class="signed">'
        + "".join(f"<div><dt>{escape(each)}:</dt><dd></dd></div>" for each in lines)
        + "</dl>"
    )


def table(header: Sequence[str], rows: Iterable[str]) -> str:
    """A table of rows whose cells are HTML already."""
    head = "".join(f"<th>{escape(text)}</th>" for text in header)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _list(items: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{with_subscripts(item)}</li>" for item in items) + "</ul>"

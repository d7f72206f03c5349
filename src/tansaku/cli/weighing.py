"""The command that says how many grams of what: weigh."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tansaku.cli.app import command
from tansaku.cli.parsing import names, settings
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.errors import UsageError
from tansaku.insight.figures import number, with_sd
from tansaku.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from tansaku.weighing.sheet import Weighing

ANALYTICAL = 1e-4
"""Grams of the last digit of an analytical balance (``precursor_masses.BALANCE``)."""

TABLES = (".csv", ".xlsx")
"""What --weighed reads as a filled-in sheet, and not as a mass."""


_PRECURSORS = typer.Option(
    "--precursors",
    metavar="A,B",
    help=_("From what; Li2CO3:purity=99.5%:loi=0.3%:stock=20 says more of one."),
)
_EXCESS = typer.Option(
    "--excess", metavar="LI=10%", help=_("More of an element that will evaporate.")
)
_LEAVING = typer.Option(
    "--leaving",
    metavar="C,H,N,O",
    help=_("Elements that leave on firing or come from the atmosphere."),
)
_BALANCE = typer.Option("--balance", metavar="GRAMS", help=_("The last digit of the balance."))
PrecursorsOption = Annotated[list[str] | None, _PRECURSORS]
MassOption = Annotated[
    float | None, typer.Option("--mass", metavar="GRAMS", help=_("Grams of the fired product."))
]
ExcessOption = Annotated[list[str] | None, _EXCESS]
BalanceOption = Annotated[float | None, _BALANCE]
LeavingOption = Annotated[list[str] | None, _LEAVING]


def given_plan(
    precursors: Sequence[str] | None,
    mass: float | None,
    excess: Sequence[str] | None,
    balance: float | None,
    leaving: Sequence[str] | None,
) -> dict[str, Any]:
    """What was said of the weighing, as fields of a WeighingPlan; empty where nothing was."""
    found = {
        "precursors": tuple(names(precursors, "--precursors")) if precursors else None,
        "mass": mass,
        "excess": tuple(names(excess, "--excess")) if excess else None,
        "balance": balance,
        "leaving": tuple(names(leaving, "--leaving")) if leaving else None,
    }
    return {field: value for field, value in found.items() if value is not None}


@command("weigh", _("Weighing sheet: grams of each precursor for a batch of a formula."))
def weigh(
    shell: Shell,
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help=_("What is to be made."))],
    mass: Annotated[
        float, typer.Option("--mass", metavar="GRAMS", help=_("Grams of the fired product."))
    ],
    precursors: PrecursorsOption = None,
    excess: ExcessOption = None,
    balance: Annotated[float, _BALANCE] = ANALYTICAL,
    leaving: LeavingOption = None,
    shelf: Annotated[
        Path | None,
        typer.Option(
            "--shelf", metavar="FILE", help=_("A table of your bottles: precursor, purity, stock.")
        ),
    ] = None,
    weighed: Annotated[
        list[str] | None,
        typer.Option(
            "--weighed",
            metavar="A=1.23",
            help=_("What was really weighed: masses, or the filled-in .xlsx sheet."),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help=_("Write the sheet: .html to print, .xlsx to fill in.")
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over a file that is there."))
    ] = False,
) -> None:
    """tansaku weigh FORMULA --precursors Li2CO3,ZrO2 --mass 5."""
    from tansaku.services.weigh import weigh as work_out

    found = work_out(
        formula,
        precursors=names(precursors, "--precursors") if precursors else (),
        mass=mass,
        excess=names(excess, "--excess") if excess else (),
        balance=balance,
        leaving=names(leaving, "--leaving") if leaving else None,
        shelf=shelf,
        weighed=weighed_masses(weighed),
        out=out,
        force=force,
    )
    shell.note(found.notices)
    shell.show(found, lambda console: render_weighing(console, found))


def weighed_masses(texts: Sequence[str] | None) -> Mapping[str, float] | Path | None:
    """What stands behind --weighed: masses by precursor, or the filled-in sheet."""
    if not texts:
        return None
    files = [text for text in texts if text.lower().endswith(TABLES)]
    if not files:
        return settings(texts, "--weighed")
    if len(texts) > 1:
        raise UsageError(
            _("--weighed takes masses or one filled-in sheet, not both."),
            _("Give the file alone."),
        )
    return Path(files[0])


def render_weighing(console: Console, found: Weighing, *, brief: bool = False) -> None:
    """A weighing sheet; ``brief`` leaves out the composition, the assumptions and the handling."""
    from tansaku.weighing.weigh_texts import (
        assumptions,
        handling_lines,
        shown_grams,
        shown_share,
    )

    out = found.sheet
    console.print(
        _("{formula}, {mass} g").format(formula=found.formula, mass=number(out.mass)),
        soft_wrap=True,
    )
    header = [_("precursor"), _("purity"), _("loss on ignition"), _("to weigh / g")]
    rows = [
        [
            each.name,
            shown_share(each.purity),
            shown_share(each.loss_on_ignition),
            shown_grams(grams, out.balance),
        ]
        for each, grams in zip(out.precursors, out.rounded, strict=True)
    ]
    rows.append([_("total"), "", "", shown_grams(out.total, out.balance)])
    if found.weighed is not None:
        header.append(_("weighed / g"))
        actual = [found.weighed[each.name] for each in out.precursors]
        for row, grams in zip(rows, [*actual, sum(actual)], strict=True):
            row.append(shown_grams(grams, out.balance))
    sheet(console, header, rows, words=(header[0],))
    if brief:
        return
    _render_composition(console, found)
    for line in (*assumptions(out), *handling_lines(out)):
        console.print(line, soft_wrap=True)
    if found.file is not None:
        console.print(_("Written: {file}").format(file=found.file), soft_wrap=True)


def _render_composition(console: Console, found: Weighing) -> None:
    from tansaku.weighing.weigh_texts import shown_formula

    out = found.sheet
    header = [_("element"), _("target"), _("with excess"), _("achieved")]
    rows = [
        [
            element,
            number(amount),
            number(amount * (1 + out.excess.get(element, 0.0))),
            with_sd(found.achieved.amounts[element], found.achieved.sd[element]),
        ]
        for element, amount in out.target.amounts.items()
        if element not in out.leaving
    ]
    sheet(console, header, rows, words=(header[0],))
    console.print(
        _("Composition error {error:.2g} %; fired: {formula}").format(
            error=100 * found.achieved.error, formula=shown_formula(found.achieved.fired)
        ),
        soft_wrap=True,
    )

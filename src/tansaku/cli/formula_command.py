"""Commands about chemistry as such: formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.parsing import settings
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.insight.figures import measured, number
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.services.formula import ReadFormula

FormulaArgument = Annotated[
    str, typer.Argument(metavar="FORMULA", help=_("A formula, for example 'LiZr2(PO4)3'."))
]
StatesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--states", metavar="Fe=3,S=6", help=_("Oxidation states that differ from the defaults.")
    ),
]


@command("formula", _("What is read in a formula: elements, molar mass, net charge."))
def formula(shell: Shell, formula: FormulaArgument, states: StatesOption = None) -> None:
    """tansaku formula FORMULA."""
    from tansaku.services.formula import formula as read

    found = read(formula, states=settings(states, "--states") if states else None)
    shell.note(found.notices)
    shell.show(found, lambda console: _render(console, found))


def _render(console: Console, found: ReadFormula) -> None:
    rows = [
        [
            symbol,
            number(amount),
            f"{found.atomic_percent[symbol]:.3f}",
            f"{found.weight_percent[symbol]:.3f}",
            _signed(found.oxidation_states[symbol]),
        ]
        for symbol, amount in found.amounts.items()
    ]
    header = [_("element"), _("amount"), _("at.%"), _("wt.%"), _("oxidation state")]
    console.print(found.formula, soft_wrap=True)
    sheet(console, header, rows, words=header[:1])
    mass = measured(found.molar_mass)
    console.print(_("Molar mass: {mass} g/mol.").format(mass=mass))
    unknown = found.net_charge is None
    charge = _("unknown") if unknown else _signed(found.net_charge)
    console.print(_("Net charge: {charge}.").format(charge=charge))


def _signed(charge: float | None) -> str:
    """A charge with its sign, ``-`` where it is unknown."""
    if charge is None:
        return "-"
    return f"{charge:+g}" if charge else "0"

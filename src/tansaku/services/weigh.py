"""weigh: the weighing sheet of a batch, and what the weighed batch has become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tansaku.campaign.history.weighing_plan import excess_shares
from tansaku.chem.composition import Composition
from tansaku.chem.precursors import Precursor
from tansaku.chem.weighing_task import BALANCE, usable
from tansaku.errors import FormulaError, UsageError, WeighingError
from tansaku.files import write_whole
from tansaku.language import _
from tansaku.weighing.sheet import Weighing, batch, sheet_content


def weigh(
    formula: str,
    *,
    precursors: Sequence[str],
    mass: float,
    excess: Sequence[str] = (),
    balance: float = BALANCE,
    leaving: Sequence[str] | None = None,
    shelf: Path | None = None,
    weighed: Mapping[str, float] | Path | None = None,
    out: Path | None = None,
    force: bool = False,
) -> Weighing:
    """Masses of precursors for a batch; with ``weighed`` also what the batch has become.

    Args:
        formula: What is to be made.
        precursors: From what, each as ``Li2CO3`` or ``Li2CO3:purity=99.5%:loi=0.3%:stock=20``.
            Empty: what the shelf has.
        mass: Grams of the fired product, without the excess.
        excess: Each as ``Li=10%``.
        balance: Grams of the balance's last digit.
        leaving: Elements that leave on firing; None for the usual rule.
        shelf: A table of the laboratory's bottles: precursor, purity, loi, stock.
        weighed: Grams by precursor that were really weighed, or a filled-in sheet.
        out: Write the sheet there: .html to print, .xlsx to fill in.
        force: Write over a file that is there.

    Raises:
        FormulaError: a formula cannot be read.
        WeighingError: the batch cannot be made or weighed.
        TableError: the shelf or the filled-in sheet lacks a column.
        UsageError: another ending of ``out``, or neither precursors nor shelf.
        StoreError: a file cannot be read or written.
    """
    if isinstance(weighed, Path):
        from tansaku.weighing.weigh_table import filled_in

        weighed = filled_in(weighed)
    chosen, unknown = _chosen(Composition.parse(formula), precursors, shelf, leaving)
    made = batch(
        formula,
        chosen,
        mass=mass,
        excess=excess_shares(excess),
        balance=balance,
        leaving=leaving,
        weighed=weighed,
    )
    unneeded = [name for name, grams in made.sheet.grams.items() if grams == 0]
    if unneeded and precursors:
        unknown.append(
            _("Not needed: {names}; what is named first is used first.").format(
                names=", ".join(unneeded)
            )
        )
    made = replace(made, notices=(*made.notices, *unknown), file=out)
    if out is not None:
        write_whole(out, sheet_content(made, out), force=force)
    return made


def _chosen(
    target: Composition,
    precursors: Sequence[str],
    shelf: Path | None,
    leaving: Sequence[str] | None,
) -> tuple[tuple[Precursor, ...], list[str]]:
    """The precursors as named, with what the shelf says of them; and what it does not hold."""
    there = {each.composition: each for each in _shelf(shelf)} if shelf else {}
    if not precursors:
        if not there:
            raise UsageError(
                _("No precursors are given."),
                _("Name them with --precursors, for example Li2CO3,ZrO2,NH4H2PO4."),
            )
        # What the target does not need would otherwise stand on the sheet with 0 g.
        return usable(target, tuple(there.values()), leaving), []
    found: list[Precursor] = []
    unknown: list[str] = []
    for text in precursors:
        each = Precursor.parse(text)
        bottle = there.get(each.composition)
        if bottle and ":" not in text:
            each = Precursor(
                each.name,
                each.composition,
                bottle.purity,
                bottle.loss_on_ignition,
                bottle.stock,
            )
        elif shelf and not bottle:
            unknown.append(
                _("{name} is not in {file}; it is taken as given.").format(
                    name=each.name, file=shelf.name
                )
            )
        found.append(each)
    return tuple(found), unknown


def _shelf(path: Path) -> list[Precursor]:
    """The bottles of a table with the columns precursor, purity, loi, stock (the last three free).

    Raises:
        TableError: no column ``precursor``.
        FormulaError: no formula; names the line.
        WeighingError: a number that cannot be used, or a compound twice; names the line.
    """
    from tansaku.weighing.weigh_table import shelf_lines

    found: list[Precursor] = []
    for line, text in shelf_lines(path):
        try:
            each = Precursor.parse(text)
        except (FormulaError, WeighingError) as error:
            raise type(error)(
                _("{file}, line {line}: {message}").format(
                    file=path.name, line=line, message=error.message
                ),
                error.hint,
            ) from error
        if any(other.composition == each.composition for other in found):
            raise WeighingError(
                _("{file}, line {line}: {name} is there already.").format(
                    file=path.name, line=line, name=each.name
                ),
                _("Keep one line for each compound: the bottle that is in use."),
            )
        found.append(each)
    return found

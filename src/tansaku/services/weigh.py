"""weigh: the weighing sheet of a batch, and what the weighed batch has become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tansaku.campaign.history.weighing_plan import excess_shares
from tansaku.chem.composition import Composition
from tansaku.chem.weighing_task import BALANCE
from tansaku.files import write_whole
from tansaku.language import _
from tansaku.weighing.sheet import Weighing, batch, sheet_content
from tansaku.weighing.shelf import chosen_precursors
from tansaku.weighing.weighed_back import read_sheet


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
        weighed = read_sheet(weighed)
    chosen, unknown = chosen_precursors(Composition.parse(formula), precursors, shelf, leaving)
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
    made = made.model_copy(update={"notices": (*made.notices, *unknown), "file": out})
    if out is not None:
        write_whole(out, sheet_content(made, out), force=force)
    return made

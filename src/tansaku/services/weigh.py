"""weigh: the weighing sheet of a batch or a sample, and what the weighed batch has become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tansaku.campaign.history.weighing_plan import WeighingPlan, excess_shares
from tansaku.campaign.results.measured import plan_of
from tansaku.chem.composition import Composition
from tansaku.chem.weighing_task import BALANCE
from tansaku.errors import UsageError
from tansaku.files import write_whole
from tansaku.language import _
from tansaku.services.opened import load
from tansaku.space import composed_at
from tansaku.weighing.sheet import Weighing, batch, sheet_content, sheet_for
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


def weigh_sample(
    store: str,
    name: str,
    id: str,
    *,
    weighing: Mapping[str, Any] | None = None,
    weighed: Mapping[str, float] | None = None,
) -> Weighing:
    """Masses of precursors for a sample of the campaign ``name``; with ``weighed`` also what the
    batch has become.

    Args:
        store: URL of the store.
        name: The campaign.
        id: Of a suggestion, or what the lab calls a sample.
        weighing: Fields of :class:`~tansaku.campaign.WeighingPlan` that differ from those of the
            suggestion or the campaign.
        weighed: Grams by precursor that were really weighed.

    Raises:
        UnknownNameError: there is no such sample.
        UsageError: it is not known from what samples are made, or the campaign has no formulas.
        WeighingError: the sample cannot be made or weighed.
    """
    campaign = load(store, name)
    place = campaign.place(id)
    known = plan_of(campaign.document.campaign, campaign.state, place)
    plan = changed_plan(known, weighing or {})
    formula = composed_at(campaign.space, campaign.space.named(place.row))
    return planned_sheet(formula, plan, weighed)


def changed_plan(known: WeighingPlan | None, changes: Mapping[str, Any]) -> WeighingPlan:
    """From what samples are made: as is known, with what differs this time.

    Raises:
        UsageError: it is not known.
    """
    if known is None and "precursors" not in changes:
        raise UsageError(
            _("It is not known from what samples are made."),
            _("Name the precursors: --precursors Li2CO3,ZrO2,NH4H2PO4."),
        )
    before = {} if known is None else known.model_dump()
    return WeighingPlan.model_validate(before | dict(changes))


def planned_sheet(
    formula: str | None, plan: WeighingPlan, weighed: Mapping[str, float] | None = None
) -> Weighing:
    """The weighing sheet of a sample of a campaign.

    Raises:
        UsageError: the campaign has no formulas.
        WeighingError: the sample cannot be made from these precursors; names it.
    """
    if formula is None:
        raise UsageError(
            _("The campaign knows no formulas, so there is nothing to weigh."),
            _("Make it with a template, or from a table with a column of formulas."),
        )
    return sheet_for(formula, plan, weighed)

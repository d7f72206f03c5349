"""weigh: the weighing sheet of a batch, and what the weighed batch has become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tansaku.campaign.records import Suggestion
from tansaku.campaign.weighing import WeighingPlan, excess_shares
from tansaku.chem.achieved import Achieved, achieved
from tansaku.chem.composition import Composition
from tansaku.chem.formula import look_alikes
from tansaku.chem.precursors import Precursor
from tansaku.chem.weigh import WeighOut
from tansaku.chem.weigh import weigh as solve
from tansaku.chem.weighing_task import BALANCE, usable
from tansaku.errors import FormulaError, UsageError, WeighingError
from tansaku.language import _
from tansaku.services.files import write_whole

COARSE: Final = 1e-3
"""Composition error from which a note says so: what a precursor of 99.9 % leaves unsure anyway."""

SLIP: Final = 0.05
"""Share by which a weighed mass may miss the sheet before a note asks whether it was mistyped."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """A weighing sheet, and what was weighed where that is known.

    Attributes:
        formula: The target as it was given.
        sheet: The masses to weigh.
        weighed: The masses that were weighed; None where nobody has said.
        achieved: What the weighed masses amount to, or else the masses of the sheet.
        file: The page or workbook that was written.
        notices: What the reader should know beside it.
    """

    formula: str
    sheet: WeighOut
    weighed: Mapping[str, float] | None
    achieved: Achieved
    file: Path | None
    notices: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As the contract has it, with what it was computed from beside it."""
        sheet, found = self.sheet, self.achieved
        return {
            "formula": sheet.target.text(),
            "given": self.formula,
            "mass": sheet.mass,
            "precursors": sheet.grams,
            "total": sheet.total,
            "composition_error": found.error,
            "achieved": dict(found.amounts),
            "achieved_sd": dict(found.sd),
            "fired": dict(found.fired.amounts),
            "fired_formula": found.fired.text(),
            "molar_mass": sheet.target.molar_mass,
            "excess": dict(sheet.excess),
            "balance": sheet.balance,
            "leaving": list(sheet.leaving),
            "weighed": None if self.weighed is None else dict(self.weighed),
            "file": None if self.file is None else str(self.file),
            "notices": list(self.notices),
        }


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
    target = Composition.parse(formula)
    notices = list(look_alikes(formula))
    chosen = _chosen(target, precursors, shelf, leaving, notices)
    notices += [said for each in chosen for said in look_alikes(each.name)]
    sheet = solve(
        target, chosen, mass, excess=excess_shares(excess), balance=balance, leaving=leaving
    )
    actual = _weighed(sheet, weighed, notices)
    found = sheet.achieved
    if actual is not None:
        found = achieved(
            target,
            sheet.precursors,
            actual,
            excess=sheet.excess,
            balance=balance,
            leaving=sheet.leaving,
        )
    unneeded = [name for name, grams in sheet.grams.items() if grams == 0]
    if unneeded and precursors:
        notices.append(
            _("Not needed: {names}; what is named first is used first.").format(
                names=", ".join(unneeded)
            )
        )
    if found.error > COARSE:
        notices.append(_coarse(sheet, actual is not None, found.error))
    made = Weighing(formula.strip(), sheet, actual, found, out, tuple(notices))
    if out is not None:
        write_whole(out, sheet_content(made, out), force=force)
    return made


def _coarse(sheet: WeighOut, weighed: bool, error: float) -> str:
    if weighed:
        text = _(
            "The composition is off by {percent} % as it was weighed; go on from the achieved one."
        )
    else:
        text = _(
            "The composition is off by {percent} % after rounding to {balance} g: a finer balance"
            " or a larger batch helps."
        )
    return text.format(percent=f"{100 * error:.2g}", balance=f"{sheet.balance:g}")


def _chosen(
    target: Composition,
    precursors: Sequence[str],
    shelf: Path | None,
    leaving: Sequence[str] | None,
    notices: list[str],
) -> tuple[Precursor, ...]:
    """The precursors as named, with what the shelf says of them."""
    there = {each.composition: each for each in _shelf(shelf)} if shelf else {}
    if not precursors:
        if not there:
            raise UsageError(
                _("No precursors are given."),
                _("Name them with --precursors, for example Li2CO3,ZrO2,NH4H2PO4."),
            )
        # What the target does not need would otherwise stand on the sheet with 0 g.
        return usable(target, tuple(there.values()), leaving)
    found: list[Precursor] = []
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
            notices.append(
                _("{name} is not in {file}; it is taken as given.").format(
                    name=each.name, file=shelf.name
                )
            )
        found.append(each)
    return tuple(found)


def _shelf(path: Path) -> list[Precursor]:
    """The bottles of a table with the columns precursor, purity, loi, stock (the last three free).

    Raises:
        TableError: no column ``precursor``.
        FormulaError: no formula; names the line.
        WeighingError: a number that cannot be used, or a compound twice; names the line.
    """
    from tansaku.services.weigh_table import shelf_lines

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


def _weighed(
    sheet: WeighOut, given: Mapping[str, float] | Path | None, notices: list[str]
) -> dict[str, float] | None:
    """The masses typed back; 0 for what the sheet does not need. None where none are given."""
    if given is None:
        return None
    if isinstance(given, Path):
        from tansaku.services.weigh_table import filled_in

        given = filled_in(given)
    found = {name: 0.0 for name, grams in sheet.grams.items() if grams == 0} | dict(given)
    for name, grams in sheet.grams.items():
        if name in found and abs(found[name] - grams) > SLIP * max(grams, sheet.balance):
            notices.append(
                _("{name}: {weighed} g were weighed, the sheet has {grams} g. Mistyped?").format(
                    name=name, weighed=f"{found[name]:g}", grams=f"{grams:g}"
                )
            )
    return found


def sheet_content(made: Weighing, out: Path, made_for: Suggestion | None = None) -> bytes:
    """A sheet as the content of a page to print (.html) or of a workbook to fill in (.xlsx).

    Raises:
        UsageError: another ending.
    """
    from tansaku.services.weigh_page import as_html
    from tansaku.services.weigh_table import as_xlsx

    writers = {".html": as_html, ".htm": as_html, ".xlsx": as_xlsx}
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=out),
            _("Use .html for a page to print, .xlsx for a workbook to fill in."),
        )
    return writer(made.formula, made.sheet, made.weighed, made.achieved, made_for)


def sheet_for(
    formula: str, plan: WeighingPlan, weighed: Mapping[str, float] | None = None
) -> Weighing:
    """The weighing sheet of a formula by a campaign's plan; with ``weighed`` what became of it.

    Raises:
        WeighingError: the sample cannot be made from these precursors.
    """
    useful = {each.name for each in plan.shelf(Composition.parse(formula))}
    named = [text for text in plan.precursors if text.partition(":")[0].strip() in useful]
    return weigh(
        formula,
        precursors=named or plan.precursors,
        mass=plan.mass,
        excess=plan.excess,
        balance=plan.balance,
        leaving=plan.leaving,
        weighed=weighed,
    )

"""Sheet: the weighing sheet of a batch, and what the weighed batch has become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import InstanceOf, model_serializer

from tansaku.campaign.history.records import Suggestion
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.chem.achieved import Achieved, achieved
from tansaku.chem.composition import Composition
from tansaku.chem.doubtful_formulas import look_alikes
from tansaku.chem.precursor_masses import WeighOut, weigh
from tansaku.chem.precursors import Precursor
from tansaku.chem.weighing_task import BALANCE
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.spec import Answer

COARSE: Final = 1e-3
"""Composition error from which a note says so: what a precursor of 99.9 % leaves unsure anyway."""

SLIP: Final = 0.05
"""Share by which a weighed mass may miss the sheet before a note asks whether it was mistyped."""


class WeighingDocument(Answer):
    """A weighing sheet as the contract has it, with what it was computed from beside it.

    Attributes:
        formula: The target as it was read.
        given: The target as it was given.
        mass: Grams of the fired product, without the excess.
        precursors: Grams by precursor.
        total: Grams in all.
        composition_error: Largest relative error of an element that stays.
        achieved: Moles by element, as weighed in.
        achieved_sd: Their standard deviations from reading the balance.
        fired: Moles by element once the excess has evaporated.
        fired_formula: The same as a formula.
        molar_mass: Of the target, in g/mol.
        excess: What is added to evaporate, as shares.
        balance: Grams of the balance's last digit.
        leaving: Elements that leave on firing.
        weighed: Grams by precursor that were weighed.
        file: The page or workbook that was written.
        notices: What the reader should know beside it.
    """

    formula: str
    given: str
    mass: float
    precursors: dict[str, float]
    total: float
    composition_error: float
    achieved: dict[str, float]
    achieved_sd: dict[str, float]
    fired: dict[str, float]
    fired_formula: str
    molar_mass: float
    excess: dict[str, float]
    balance: float
    leaving: tuple[str, ...]
    weighed: dict[str, float] | None
    file: Path | None
    notices: tuple[str, ...]


class Weighing(Answer):
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
    sheet: InstanceOf[WeighOut]
    weighed: dict[str, float] | None
    achieved: InstanceOf[Achieved]
    file: Path | None = None
    notices: tuple[str, ...]

    @model_serializer
    def _as_answered(self) -> WeighingDocument:
        sheet, found = self.sheet, self.achieved
        return WeighingDocument(
            formula=sheet.target.text(),
            given=self.formula,
            mass=sheet.mass,
            precursors=sheet.grams,
            total=sheet.total,
            composition_error=found.error,
            achieved=dict(found.amounts),
            achieved_sd=dict(found.sd),
            fired=dict(found.fired.amounts),
            fired_formula=found.fired.text(),
            molar_mass=sheet.target.molar_mass,
            excess=dict(sheet.excess),
            balance=sheet.balance,
            leaving=sheet.leaving,
            weighed=self.weighed,
            file=self.file,
            notices=self.notices,
        )


def batch(
    formula: str,
    chosen: Sequence[Precursor],
    *,
    mass: float,
    excess: Mapping[str, float],
    balance: float = BALANCE,
    leaving: Sequence[str] | None = None,
    weighed: Mapping[str, float] | None = None,
) -> Weighing:
    """Masses of precursors for a batch; with ``weighed`` also what the batch has become.

    Args:
        formula: What is to be made.
        chosen: From what.
        mass: Grams of the fired product, without the excess.
        excess: As shares, {"Li": 0.1}.
        balance: Grams of the balance's last digit.
        leaving: Elements that leave on firing; ``None`` for the usual rule.
        weighed: Grams by precursor that were really weighed.

    Raises:
        FormulaError: the formula cannot be read.
        WeighingError: the batch cannot be made or weighed.
    """
    target = Composition.parse(formula)
    notices = [said for each in chosen for said in look_alikes(each.name)]
    sheet = weigh(target, chosen, mass, excess=excess, balance=balance, leaving=leaving)
    actual = None if weighed is None else _typed_back(sheet, weighed, notices)
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
    if found.error > COARSE:
        notices.append(_coarse(sheet, actual is not None, found.error))
    said = (*look_alikes(formula), *notices)
    return Weighing(
        formula=formula.strip(), sheet=sheet, weighed=actual, achieved=found, notices=said
    )


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


def _typed_back(
    sheet: WeighOut, given: Mapping[str, float], notices: list[str]
) -> dict[str, float]:
    """The masses typed back; 0 for what the sheet does not need."""
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
    from tansaku.weighing.weigh_page import as_html
    from tansaku.weighing.weigh_table import as_xlsx

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
    return batch(
        formula,
        [Precursor.parse(text) for text in named or plan.precursors],
        mass=plan.mass,
        excess=plan.shares(),
        balance=plan.balance,
        leaving=plan.leaving,
        weighed=weighed,
    )

"""Shelf: which precursors a laboratory has, and which of them a batch is weighed from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tansaku.chem.composition import Composition
from tansaku.chem.precursors import Precursor
from tansaku.chem.weighing_task import usable
from tansaku.errors import FormulaError, UsageError, WeighingError
from tansaku.language import _


def chosen_precursors(
    target: Composition,
    precursors: Sequence[str],
    shelf: Path | None,
    leaving: Sequence[str] | None,
) -> tuple[tuple[Precursor, ...], list[str]]:
    """The precursors as named, with what the shelf says of them; and what it does not hold.

    Args:
        target: What is to be made.
        precursors: As named; empty for all of the shelf that is of use.
        shelf: A table of the laboratory's bottles.
        leaving: Elements that leave on firing; ``None`` for the usual rule.

    Raises:
        UsageError: neither precursors nor a shelf.
        TableError, FormulaError, WeighingError: the shelf cannot be read.
    """
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
    from tansaku.weighing.weigh_table import shelf_lines  # on demand: tables bring pandas

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

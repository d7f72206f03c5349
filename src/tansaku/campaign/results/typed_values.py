"""Texts: what a person typed of one sample -> the numbers that a table would read in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tansaku.campaign.history.records import Limit
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Categorical, Space, Target, Value
from tansaku.space.arguments import as_number, numbers_from

if TYPE_CHECKING:
    from tansaku.tables.reading import CellReading

Outcomes = tuple[dict[str, float], dict[str, Limit], dict[str, float], tuple[str, ...]]
"""{target: value}, {target: side of a limit}, {target: sd}, and what was assumed."""


def read_inputs(space: Space, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Inputs, of which texts where numbers belong are read as cells of a table: ``8/3``,
    ``1150 ℃``.

    Raises:
        UsageError: a text is no number, or in a unit that cannot be converted.
    """
    found = dict(inputs)
    for p in space.inputs:
        text = found.get(p.name)
        if not isinstance(p, Categorical) and isinstance(text, str):
            cell, _assumed = _cell(text, p.name, p.unit)
            if cell.limit or cell.sd is not None:
                raise UsageError(
                    _("'{text}' for {name} is not a number.").format(text=text, name=p.name),
                    _("An input is a plain number, as it was planned."),
                )
            found[p.name] = as_number(cell.value)
    return found


def read_results(
    targets: Sequence[Target],
    values: object,
    limits: Mapping[str, Limit] | None,
    sd: object,
) -> Outcomes:
    """Results, of which texts are read as cells of a table, in the target's unit: ``5.5e-4 S/cm``,
    ``96.5%``, ``3.2 ± 5%``, ``<1e-8``.

    Args:
        targets: The campaign's.
        values: {target: number or text}; a lone one is that of the only target.
        limits: {target: ``below`` or ``above``}, of values that are limits.
        sd: {target: standard deviation}.

    Raises:
        UsageError: a text is no result, or in a unit that cannot be converted; a limit or a
            standard deviation is given twice.
    """
    names, units = [t.name for t in targets], {t.name: t.unit for t in targets}
    if isinstance(values, str) and len(names) == 1:
        values = {names[0]: values}
    given: dict[str, Any] = dict(values) if isinstance(values, Mapping) else {}
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    numbers = numbers_from({**given, **dict.fromkeys(texts, 0.0)} if texts else values, names)
    sides, spreads = dict(limits or {}), numbers_from(sd, names)
    assumed: list[str] = []
    for name, text in texts.items():
        cell, said = _cell(text, name, units.get(name, ""))
        if (cell.limit and name in sides) or (cell.sd is not None and name in spreads):
            raise UsageError(
                _("'{text}' for {name} says what is also given beside it.").format(
                    text=text, name=name
                ),
                _("Give the limit or the standard deviation once."),
            )
        numbers[name] = as_number(cell.value)
        sides |= {name: cell.limit} if cell.limit else {}
        spreads |= {} if cell.sd is None else {name: cell.sd}
        assumed += said
    return numbers, sides, spreads, tuple(assumed)


def _cell(text: str, name: str, unit: str) -> tuple[CellReading, list[str]]:
    """A number as a cell below this name, in its unit, and what was assumed of it."""
    import pandas as pd  # on demand: plain numbers do not need it

    from tansaku.tables.cells import no_unit_known, read_column
    from tansaku.tables.units import unit_in

    column = read_column(pd.Series([text], dtype=object, name=name), unit=unit)
    cell, (complaint, hint) = column.cells[0], column.complaints.get(0, ("", ""))
    if not complaint and cell.kind != "number":
        complaint = _("'{text}' is not a number").format(text=text)
        hint = _("Of what is not measured say nothing; of a failed sample --status failed.")
    if not complaint and cell.unit and not (unit or unit_in(name)):
        complaint, hint = no_unit_known(cell)
    elif complaint and "," in text:
        hint = _("Write decimals with a point, and no commas between thousands.")
    said = _("{name}: {what}.")
    if complaint:
        raise UsageError(said.format(name=name, what=complaint), hint)
    return cell, [said.format(name=name, what=each) for each in column.assumed.values()]

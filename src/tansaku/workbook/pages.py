"""Workbook pages: what the sheets of an exported workbook hold, before it becomes a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.own_tables import SPREAD
from tansaku.campaign.history.records import Measurement, Suggestion
from tansaku.campaign.results.measured import plan_of
from tansaku.errors import WeighingError
from tansaku.insight.figures import SIGNS
from tansaku.language import _
from tansaku.space import Place, Scale

Cell = str | float | int | None

BLANK_ROWS: Final = 50
"""Empty rows for new results below those that are known: a week of a busy lab."""

WRITTEN_DETAILS: Final = (
    "sample", "status", "why", "phase", "run", "batch", "operator", "note"
)  # fmt: skip
"""What may be told of a measurement beside its values; all of it can be edited."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a page.

    Attributes:
        key: What it holds, the same in every language: ``id``, ``input:x``, ``value:y``, ..
        header: Its name in the reader's language.
        entry: Whether its cells are for people to fill in.
    """

    key: str
    header: str
    entry: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet.

    Attributes:
        key: ``data``, ``suggestions``, ``candidates`` or ``weighing``.
        title: Its name in the reader's language.
        columns: In order.
        rows: {key: cell} of each row.
        blank: Empty rows for entries below them.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Cell], ...]
    blank: int = 0


def pages_of(campaign: Campaign, candidates: Sequence[Sequence[Cell]]) -> tuple[Page, ...]:
    """The sheets of a campaign: data, suggestions, candidates, and weighing where there is a plan.

    Args:
        campaign: The campaign.
        candidates: The table of its candidates, its header first.
    """
    pages = [_data(campaign), _suggestions(campaign), _candidates(campaign, candidates)]
    weighing = _weighing(campaign)
    return tuple([*pages, weighing] if weighing.rows else pages)


def written_value(value: float, limit: str | None) -> Cell:
    """A result as it stands in a cell: a number, or a limit such as ``<1e-08``.

    Example:
        >>> written_value(1e-8, "below"), written_value(2.5, None)
        ('<1e-08', 2.5)
    """
    return value if limit is None else f"{SIGNS[limit]}{value!r}"


def state_words() -> dict[str, str]:
    """{state of a candidate: the word for it} in the reader's language."""
    return {
        "open": _("open"),
        "blocked": _("blocked"),
        "pending": _("pending"),
        "measured": _("measured"),
        "failed": _("failed"),
    }


def status_words() -> dict[str, str]:
    """{status: the word for it} in the reader's language."""
    return {
        "ok": _("ok"),
        "doubtful": _("doubtful"),
        "failed": _("failed"),
        "excluded": _("excluded"),
    }


def _data(campaign: Campaign) -> Page:
    """Every measurement, one per row."""
    columns = [
        Column("id", _("id")),
        *_setting_columns(campaign, entry=True),
        *_entry_columns(campaign),
        Column("at", _("recorded (UTC)")),
    ]
    rows = tuple(measured_row(campaign, each) for each in campaign.state.measurements)
    return Page("data", _("data"), _unlike(columns), rows, BLANK_ROWS)


def measured_row(campaign: Campaign, each: Measurement) -> dict[str, Cell]:
    """A measurement as the sheet of results shows it."""
    row: dict[str, Cell] = {"id": each.id, "pool_row": each.pool_row, "formula": each.formula}
    row |= {f"input:{name}": value for name, value in each.inputs.items()}
    for target in campaign.targets:
        value = each.values.get(target.name)
        if value is not None:
            row[f"value:{target.name}"] = written_value(value, each.limits.get(target.name))
        row[f"sd:{target.name}"] = each.sd.get(target.name)
    row |= {name: getattr(each, name) or None for name in WRITTEN_DETAILS}
    row["status"] = status_words()[each.status.value]
    row["at"] = each.at.strftime("%Y-%m-%d %H:%M")
    return row


def _suggestions(campaign: Campaign) -> Page:
    """What is under way, with cells for its results."""
    columns = [Column("id", _("id")), *_setting_columns(campaign, entry=False)]
    for target in campaign.targets:
        name = target.name
        columns += [
            Column(f"mean:{name}", _("{target} expected").format(target=name)),
            Column(f"low:{name}", _("{target} low (95 %)").format(target=name)),
            Column(f"high:{name}", _("{target} high (95 %)").format(target=name)),
        ]
    columns += _entry_columns(campaign)
    rows = tuple(_suggested(each) for each in campaign.state.open_suggestions)
    return Page("suggestions", _("suggestions"), _unlike(columns), rows)


def _suggested(each: Suggestion) -> dict[str, Cell]:
    row: dict[str, Cell] = {"id": each.id, "pool_row": each.pool_row, "formula": each.formula}
    row |= {"sample": each.sample, "run": each.run}
    row |= {f"input:{name}": value for name, value in each.inputs.items()}
    for name, predicted in each.predicted.items():
        row |= {
            f"mean:{name}": float(f"{predicted.mean:.4g}"),
            f"low:{name}": float(f"{predicted.low:.4g}"),
            f"high:{name}": float(f"{predicted.high:.4g}"),
        }
    return row


def _candidates(campaign: Campaign, table: Sequence[Sequence[Cell]]) -> Page:
    header, *rows = table
    keys = [str(name) for name in header]
    names = {
        "pool_row": _("pool_row"),
        "sample": _("sample"),
        "formula": _("formula"),
        "molar_mass": _("molar_mass"),
        "net_charge": _("net_charge"),
        "state": _("state"),
        "replicates": _("replicates"),
    }
    spreads = {Scale.LINEAR: _("{target} sd"), Scale.LOG10: _("{target} sd (log10)")}
    for each in campaign.targets:
        names[each.name + SPREAD[each.scale]] = spreads[each.scale].format(target=each.name)
    columns = [Column(key, names.get(key, key)) for key in keys]
    states = state_words()
    cells = [dict(zip(keys, row, strict=True)) for row in rows]
    cells = [row | {"state": states.get(str(row.get("state")), row.get("state"))} for row in cells]
    return Page("candidates", _("candidates"), _unlike(columns), tuple(cells))


def _weighing(campaign: Campaign) -> Page:
    """From what the suggested samples are made, with cells for what was really weighed."""
    columns = (
        Column("id", _("id")),
        Column("formula", _("formula")),
        Column("precursor", _("precursor")),
        Column("grams", _("to weigh [g]")),
        Column("weighed", _("weighed [g]"), entry=True),
    )
    rows: list[Mapping[str, Cell]] = []
    for each in campaign.state.open_suggestions:
        rows += _masses(campaign, each)
    return Page("weighing", _("weighing"), columns, tuple(rows))


def _masses(campaign: Campaign, each: Suggestion) -> list[Mapping[str, Cell]]:
    from tansaku.weighing.sheet import sheet_for  # on demand: only campaigns with formulas do

    spec = campaign.document.campaign
    place = Place(each.pool_row, campaign.space.row(each.inputs))
    plan = plan_of(spec, campaign.state, place)
    if plan is None or each.formula is None:
        return []
    try:
        sheet = sheet_for(each.formula, plan).sheet
    except WeighingError:  # the stocks have changed since; the sheet of a plan that fails is none
        return []
    return [
        {"id": each.id, "formula": each.formula, "precursor": name, "grams": grams}
        for name, grams in sheet.grams.items()
        if grams
    ]


def _setting_columns(campaign: Campaign, *, entry: bool) -> list[Column]:
    columns = [Column("pool_row", _("candidate"))]
    columns += [Column(f"input:{name}", name, entry) for name in campaign.space.names]
    if campaign.space.chemistry is not None:
        columns.append(Column("formula", _("formula")))
    return columns


def _entry_columns(campaign: Campaign) -> list[Column]:
    columns: list[Column] = []
    for target in campaign.targets:
        columns.append(Column(f"value:{target.name}", target.name, entry=True))
        header = _("{target} sd").format(target=target.name)
        columns.append(Column(f"sd:{target.name}", header, entry=True))
    names = {
        "sample": _("sample"),
        "status": _("status"),
        "why": _("why failed"),
        "phase": _("phase"),
        "run": _("run"),
        "batch": _("batch"),
        "operator": _("operator"),
        "note": _("note"),
    }
    return [*columns, *(Column(key, names[key], entry=True) for key in WRITTEN_DETAILS)]


def _unlike(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns, in which no two have one name; those of inputs and targets stay as they are."""
    fixed = ("input:", "value:")
    taken = {c.header for c in columns if c.key.startswith(fixed)}
    found = []
    for column in columns:
        header = column.header
        if not column.key.startswith(fixed):
            while header in taken:
                header += "_"
            taken.add(header)
        found.append(Column(column.key, header, column.entry))
    return tuple(found)

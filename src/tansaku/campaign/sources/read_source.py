"""Reading: a table or a campaign -> its measured rows in its own words, for each target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.records import CampaignDocument, Measurement
from tansaku.campaign.history.source_table import SourceTable
from tansaku.campaign.history.state import fold
from tansaku.campaign.sources.checks import check_logarithms
from tansaku.campaign.sources.match import stated
from tansaku.campaign.sources.public_tables import recognised
from tansaku.campaign.sources.source_formulas import (
    formula_column,
    formula_inputs,
    formulas_of,
    sums_of,
    variables_in,
)
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.campaign.sources.target_columns import target_columns
from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.chem.elements import is_symbol
from tansaku.design import Bools, Floats, Ints
from tansaku.errors import TableError, UsageError
from tansaku.language import _
from tansaku.space import (
    ColumnRoles,
    CompositionTemplate,
    ListedFormulas,
    Space,
    Target,
    Value,
    composed_at,
)
from tansaku.space.values import settings
from tansaku.tables.cells import DECIMAL_ATTRIBUTE, read_column
from tansaku.tables.choices import Choices, choices_in, with_levels
from tansaku.tables.filled import cells_of
from tansaku.tables.frames import frame_from
from tansaku.tables.matching import first_rows, nearest
from tansaku.tables.places import FILE_ATTRIBUTE, NOTICES_ATTRIBUTE, Places

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Older:
    """Older measurements, and what is said of them.

    Attributes:
        data: A table, whose rows without a value take no part, or another campaign's document.
        spec: What is said of it.

    Example:
        >>> import pandas as pd
        >>> Older(pd.DataFrame({"x": [0, 1], "y": [2, 3]}), SourceSpec(source="older")).name
        'older'
    """

    data: pd.DataFrame | CampaignDocument
    spec: SourceSpec = field(default_factory=SourceSpec)

    @property
    def name(self) -> str:
        """What they are called."""
        if isinstance(self.data, CampaignDocument):
            return self.spec.source or self.data.campaign.name
        file = getattr(self.data, "attrs", {}).get(FILE_ATTRIBUTE, _("the source"))
        return self.spec.source or Path(str(file)).name


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured of one target, before it is matched.

    Attributes:
        table: The rows, in their own words; values in their own unit, replicates averaged on the
            target's scale.
        target: The target that they are about.
        units: {input: unit} where one is known.
        derived: Inputs that follow from the formulas.
        places: Words for each point, for messages.
        notices: What a person should know.
        factor: What turns the values into the target's unit, where a public table is known.
    """

    table: SourceTable
    target: Target
    units: Mapping[str, str]
    derived: tuple[str, ...]
    places: tuple[str, ...]
    notices: tuple[str, ...] = ()
    factor: float | None = None


def read(older: Older, space: Space, targets: Sequence[Target]) -> tuple[Reading, ...]:
    """What was measured of each target that older data are about.

    Args:
        older: The data.
        space: The target's.
        targets: What is wanted: their scales say which values there can be, and how they average.

    Raises:
        TableError, CellError: columns are missing, or cells cannot be used; names them.
        UsageError: it is not clear what columns mean, or there is no such target.
    """
    if isinstance(older.data, CampaignDocument):
        return _of_campaign(older, older.data, targets)
    return _of_table(older, frame_from(older.data), space, targets)


def _of_table(
    older: Older, frame: pd.DataFrame, space: Space, targets: Sequence[Target]
) -> tuple[Reading, ...]:
    there = [str(label).strip() for label in frame.columns]
    spec, known = recognised(older.spec, there, targets)
    older = replace(older, spec=spec)
    wanted = target_columns(older.spec.target, targets, there, older.name)
    taken = [column for _target, column in wanted]
    inputs = _input_columns(older.spec, space, there, taken)
    for target, column in wanted:
        check_logarithms(column, _numbers(frame, column), target)
    named = [target.model_copy(update={"name": column}) for target, column in wanted]
    choices, spellings = choices_in(frame, list(inputs.values()), ColumnRoles())
    cells = cells_of(
        _with_one(with_levels(frame, choices), inputs),
        list(inputs.values()) or [_ONE],
        named,
        only_measured=True,
        outcomes=True,
        partly=True,
    )
    plain = np.array(
        [[not (o.failed or column in o.limits) for column in taken] for o in cells.outcomes],
        dtype=np.bool_,
    ).reshape(len(cells.lines), len(wanted))
    usable = plain & ~np.isnan(cells.targets)
    kept: Bools = np.asarray(usable.any(axis=1))
    lines, matrix = cells.lines[kept], cells.inputs[kept] if inputs else np.zeros((kept.sum(), 0))
    formulas, refused = formulas_of(frame, lines, older.spec, inputs, matrix, taken)
    keys, derived = _keys(older.spec.template, formulas, inputs, matrix, choices)
    rows, places = _rows(matrix, list(inputs.values()), choices), Places(frame)
    units = {n: cells.units[c] for n, c in inputs.items()}
    notices = (*known, *frame.attrs.get(NOTICES_ATTRIBUTE, ()), *refused, *spellings)
    readings = []
    for j, (target, column) in enumerate(wanted):
        own, values = usable[:, j][kept], cells.targets[usable[:, j], j]
        first, where = _distinct(keys[own])
        counts = np.bincount(where, minlength=len(first))
        means = _means(target, values, named[j].to_model(values), where, counts)
        at = np.flatnonzero(own)[first].tolist()
        table = SourceTable(
            name=older.name,
            kind="table",
            copied=datetime.now(UTC),
            target=stated(column, cells.units[column.strip()]),
            inputs=tuple(inputs),
            rows=tuple(rows[i] for i in at),
            formulas=tuple(formulas[i] for i in at) if formulas else (),
            values=tuple(means.tolist()),
            counts=tuple(counts.tolist()),
            by="names",
            sites=older.spec.template.sites if older.spec.template else (),
            states=older.spec.template.states if older.spec.template else {},
        )
        said = (*(() if j else notices), *_left_out(plain[:, j]))
        where_found = tuple(places.row(int(lines[i])) for i in at)
        factor = older.spec.factor_of(target.name)
        readings.append(Reading(table, target, units, derived, where_found, said, factor))
    return tuple(readings)


def _input_columns(
    spec: SourceSpec, space: Space, there: Sequence[str], taken: Sequence[str]
) -> dict[str, str]:
    """{input: column} of a table. Where that is not said they are called as the target's, or as the
    pairs say; what follows from formulas is left to them.

    Raises:
        TableError: it lacks an input, and nobody has said what stands for it.
    """
    if spec.inputs:
        return spec.columns(there)
    named: dict[str, str] = {}
    for text in spec.pairs:
        ours, equals, theirs = (part.strip() for part in text.partition("="))
        if equals and not (is_symbol(ours) and is_symbol(theirs)):
            named[ours] = theirs
    variables: dict[str, str] = {}
    derived: tuple[str, ...] = ()
    if spec.template is not None:
        variables, derived = variables_in(spec.template, there), formula_inputs(space)
    elif not named and formula_column(spec, taken, there):
        derived = formula_inputs(space)
    wanted = [n for n in space.names if n not in derived and (n in there or n not in spec.fill)]
    lacking = [n for n in wanted if n not in named and n not in there]
    if lacking:
        raise TableError(
            _("The source has no column for the inputs {names} of the target.").format(
                names=", ".join(f"'{name}'" for name in lacking)
            ),
            _(
                "Say which column means the same: --match {name}=COLUMN; or what it was there:"
                " --fill {name}=VALUE. Columns found: {there}."
            ).format(name=lacking[0], there=", ".join(there)),
        )
    columns = [*(named.get(n, n) for n in wanted), *(c for n, c in named.items() if not n)]
    return variables | {column: column for column in columns if column}


def _rows(
    matrix: Floats, columns: Sequence[str], choices: Choices
) -> tuple[tuple[Value, ...], ...]:
    """The inputs of each point, a choice by its name."""
    return tuple(
        tuple(
            choices[column].values[int(value)] if column in choices else value
            for column, value in zip(columns, row, strict=True)
        )
        for row in matrix.tolist()
    )


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    """The numbers of a column, NaN where there is none; empty where it is not there just once."""
    places = [i for i, label in enumerate(frame.columns) if str(label).strip() == column.strip()]
    if len(places) != 1:
        return np.empty(0)
    return read_column(frame.iloc[:, places[0]], frame.attrs.get(DECIMAL_ATTRIBUTE)).values


def _keys(
    template: CompositionTemplate | None,
    formulas: Sequence[str],
    inputs: Mapping[str, str],
    matrix: Floats,
    choices: Choices,
) -> tuple[Floats, tuple[str, ...]]:
    """(what tells points apart, the inputs that follow from their formulas)."""
    keys, derived = matrix, tuple[str, ...]()
    if formulas:
        amounts = Amounts.of([Composition.parse(text) for text in formulas]).matrix
        keys = np.concatenate([matrix, amounts], axis=1)
        found = sums_of(amounts, tuple(inputs), matrix)
        derived = tuple(name for name in found if inputs[name] not in choices)
    if template is not None:
        derived = tuple(variables_in(template, tuple(inputs)).values())
    if not keys.shape[1]:
        raise TableError(
            _("No input columns of the source are named, and it has no formulas."),
            _("Name them with --source-inputs, or the column of formulas with --source-formula."),
        )
    return keys, derived


def _of_campaign(
    older: Older, source: CampaignDocument, targets: Sequence[Target]
) -> tuple[Reading, ...]:
    """What a campaign has measured, as it was made where that is known; limits and failed or
    excluded samples take no part."""
    theirs = {t.name: t for t in measured_targets(source.campaign.targets)}
    wanted = target_columns(older.spec.target, targets, list(theirs), older.name)
    for _target, name in wanted:
        if name not in theirs:
            raise UsageError(
                _("Campaign '{name}' has no target '{target}'.").format(
                    name=source.campaign.name, target=name
                ),
                _("Choose one with --source-target: {names}.").format(names=", ".join(theirs)),
            )
    space, measured = source.campaign.space, fold(source.events).measurements
    return tuple(
        _measured(older.name, space, measured, target, theirs[name]) for target, name in wanted
    )


def _measured(
    name: str, space: Space, measured: Sequence[Measurement], target: Target, theirs: Target
) -> Reading:
    """What a campaign has measured of one target."""
    chemistry = space.chemistry
    groups: dict[object, list[Measurement]] = {}
    for m in measured:
        if m.counts and theirs.name in m.values and theirs.name not in m.limits:
            made = (m.candidate, tuple((m.achieved or {}).items()), m.made and m.made.formula)
            groups.setdefault(made, []).append(m)
    each = list(groups.values())
    raw = [np.array([m.values[theirs.name] for m in group]) for group in each]
    inputs = [group[0].inputs | (group[0].achieved or {}) for group in each]
    table = SourceTable(
        name=name,
        kind="campaign",
        copied=datetime.now(UTC),
        target=stated(theirs.name, theirs.unit),
        inputs=space.names,
        rows=tuple(tuple(at[n] for n in space.names) for at in inputs),
        formulas=()
        if chemistry is None
        else tuple(_made(space, group[0], at) for group, at in zip(each, inputs, strict=True)),
        values=tuple(
            float(v[0] if len(v) == 1 else target.in_unit(target.to_model(v).mean())) for v in raw
        ),
        counts=tuple(len(v) for v in raw),
        by="names",
        sites=() if chemistry is None else chemistry.sites,
        states={} if chemistry is None else chemistry.states,
    )
    units = {p.name: getattr(p, "unit", "") for p in space.inputs}
    return Reading(table, target, units, formula_inputs(space), tuple(map(settings, inputs)))


def _left_out(plain: Bools) -> tuple[str, ...]:
    text = _("Limits and failed samples of the source take no part: {n}.")
    return () if plain.all() else (text.format(n=int((~plain).sum())),)


_ONE = "tansaku: nothing but formulas"
"""Stands for an input where there is none; no person calls a column so."""


def _with_one(frame: pd.DataFrame, inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table, with a column of ones where no inputs are named."""
    if inputs:
        return frame
    found = frame.assign(**{_ONE: 1.0})
    found.attrs = dict(frame.attrs)
    return found


def _distinct(keys: Floats) -> tuple[Ints, Ints]:
    """(rows that repeat no earlier one, which of them each row repeats)."""
    if not len(keys):
        none = np.zeros(0, dtype=np.int64)
        return none, none
    span = np.ptp(keys, axis=0)
    span = np.where(span > 0, span, 1.0)
    first = first_rows(keys, span)
    return first, nearest(keys, keys[first], span)


def _means(target: Target, values: Floats, model: Floats, where: Ints, counts: Ints) -> Floats:
    """The mean of replicates on the target's scale, in the unit; a single value as it came."""
    if not len(values):
        return values
    found = np.bincount(where, weights=values).astype(np.float64)
    mean = np.bincount(where, weights=model) / counts
    several = np.flatnonzero(counts > 1)
    found[several] = [target.in_unit(float(m)) for m in mean[several]]
    return found


def _made(space: Space, m: Measurement, at: Mapping[str, Value]) -> str:
    """What a measured sample is made of."""
    if m.made is not None:
        return m.made.formula
    if m.achieved and not isinstance(space.chemistry, ListedFormulas):
        return composed_at(space, at) or ""
    return m.formula or composed_at(space, m.inputs) or ""

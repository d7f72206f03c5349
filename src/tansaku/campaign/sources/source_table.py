"""Drafts: older measurements as they were found, in a table or a campaign, before any target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from tansaku.campaign.history.records import CampaignSpec, Measurement
from tansaku.campaign.history.state import State
from tansaku.campaign.sources.checks import check_logarithms
from tansaku.campaign.sources.match import stated
from tansaku.campaign.sources.source_formulas import (
    TableColumns,
    formulas_of,
    told_among,
    told_inputs,
    variables_in,
)
from tansaku.campaign.sources.target_columns import Telling
from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.design import Bools, Floats, Ints
from tansaku.errors import TableError, UsageError
from tansaku.language import _
from tansaku.space import ColumnRoles, ListedFormulas, Space, Target, Value, composed_at
from tansaku.space.values import settings
from tansaku.tables.cells import DECIMAL_ATTRIBUTE, read_column
from tansaku.tables.choices import Choices, choices_in, with_levels
from tansaku.tables.filled import Cells, cells_of
from tansaku.tables.matching import first_rows, nearest
from tansaku.tables.places import FILE_ATTRIBUTE, NOTICES_ATTRIBUTE, Places

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Draft:
    """Points that were measured elsewhere.

    Attributes:
        name: The campaign's or the file's.
        kind: Where it came from.
        target: Its measured property, with the unit where one is known.
        about: The target that it tells of.
        inputs: Names of its inputs.
        units: {input: unit} where one is known.
        rows: One value for each input at each point.
        values: In its own unit, shape (m,); replicates averaged on the target's scale.
        counts: Replicates, shape (m,).
        formulas: What each is made of; empty where that is not known.
        told: Inputs that the formulas tell.
        sites: Its declared sites.
        states: Its oxidation states that differ from the defaults.
        places: Words for each point, for messages.
        notices: What a person should know.
    """

    name: str
    kind: Literal["campaign", "table"]
    target: str
    about: str
    inputs: tuple[str, ...]
    units: Mapping[str, str]
    rows: tuple[tuple[Value, ...], ...]
    values: Floats
    counts: Ints
    formulas: tuple[str, ...]
    told: tuple[str, ...]
    sites: tuple[str, ...]
    states: Mapping[str, float]
    places: tuple[str, ...]
    notices: tuple[str, ...] = ()

    def at(self, index: Ints) -> Draft:
        """Some of its points, still without values."""
        formulas = tuple(self.formulas[i] for i in index) if self.formulas else ()
        return replace(
            self,
            rows=tuple(self.rows[i] for i in index),
            places=tuple(self.places[i] for i in index),
            formulas=formulas,
        )


def name_of(frame: pd.DataFrame) -> str:
    """What a table is called: its file's name where it came from one."""
    return Path(str(frame.attrs.get(FILE_ATTRIBUTE, _("the source")))).name


def from_table(
    frame: pd.DataFrame, columns: TableColumns, wanted: Telling, name: str = ""
) -> tuple[Draft, ...]:
    """The measured rows of a table, one draft for each target.

    Args:
        frame: The table; rows without a value take no part.
        columns: What its columns mean.
        wanted: Its columns of values, and the target that each tells of, whose scale says which
            values there can be, and how they average.
        name: What to call it; else its file's name.

    Raises:
        TableError, CellError: columns are missing, or cells cannot be used; names them.
        UsageError: a variable of the template is no input.
    """
    found = _inputs_found(frame, columns.names)
    named = [target.model_copy(update={"name": column}) for target, column in wanted]
    for target, column in wanted:
        check_logarithms(column, _numbers(frame, column), target)
    choices, spellings = choices_in(frame, list(found.values()), ColumnRoles())
    cells = cells_of(
        _with_one(with_levels(frame, choices), found),
        list(found.values()) or [_ONE],
        named,
        only_measured=True,
        outcomes=True,
        partly=True,
    )
    plain = np.array(
        [[not (o.failed or column in o.limits) for _t, column in wanted] for o in cells.outcomes],
        dtype=np.bool_,
    ).reshape(len(cells.lines), len(wanted))
    usable = plain & ~np.isnan(cells.targets)
    kept: Bools = np.asarray(usable.any(axis=1))
    whole, keys = _points(frame, columns, found, cells, kept, choices)
    whole = replace(whole, name=name or whole.name)
    drafts = []
    for j, (target, column) in enumerate(wanted):
        own = usable[:, j][kept]
        values = cells.targets[usable[:, j], j]
        first, where = _distinct(keys[own])
        counts = np.bincount(where, minlength=len(first)).astype(np.int64)
        drafts.append(
            replace(
                whole.at(np.flatnonzero(own)[first]),
                target=stated(column, cells.units[column.strip()]),
                about=target.name,
                values=_means(target, values, named[j].to_model(values), where, counts),
                counts=counts,
                notices=(
                    *(() if j else (*whole.notices, *spellings)),
                    *_left_out(int((~plain[:, j]).sum())),
                ),
            )
        )
    return tuple(drafts)


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


def _points(
    frame: pd.DataFrame,
    columns: TableColumns,
    inputs: Mapping[str, str],
    cells: Cells,
    kept: Bools,
    choices: Choices,
) -> tuple[Draft, Floats]:
    """(the points of a table in a draft without values, what tells them apart)."""
    lines = cells.lines[kept]
    matrix = cells.inputs[kept] if inputs else np.zeros((len(lines), 0))
    formulas, notices = formulas_of(frame, lines, columns, tuple(inputs), matrix)
    keys = matrix
    told: tuple[str, ...] = ()
    if formulas:
        amounts = Amounts.of([Composition.parse(text) for text in formulas]).matrix
        keys = np.concatenate([matrix, amounts], axis=1)
        told = told_among(tuple(inputs), amounts, matrix)
        told = tuple(name for name in told if inputs[name] not in choices)
        if columns.template is not None:
            told = tuple(variables_in(columns.template, tuple(inputs)).values())
    if not keys.shape[1]:
        raise TableError(
            _("No input columns of the source are named, and it has no formulas."),
            _("Name them with --source-inputs, or the column of formulas with --source-formula."),
        )
    places = Places(frame)
    draft = Draft(
        name=name_of(frame),
        kind="table",
        target="",
        about="",
        inputs=tuple(inputs),
        units={n: cells.units[c] for n, c in inputs.items()},
        rows=_rows(matrix, list(inputs.values()), choices),
        values=np.empty(0),
        counts=np.empty(0, dtype=np.int64),
        formulas=tuple(formulas),
        told=told,
        sites=columns.template.sites if columns.template else (),
        states=columns.template.states if columns.template else {},
        places=tuple(places.row(int(line)) for line in lines),
        notices=(*frame.attrs.get(NOTICES_ATTRIBUTE, ()), *notices),
    )
    return draft, keys


def from_campaign(spec: CampaignSpec, state: State, wanted: Telling) -> tuple[Draft, ...]:
    """What a campaign has measured, as it was made where that is known, one draft for each target;
    limits and failed or excluded samples take no part.

    Args:
        spec: The source's.
        state: As it stands.
        wanted: Its targets, and the target of the new campaign that each tells of: see
            :func:`from_table`.

    Raises:
        UsageError: it has no target of that name.
    """
    theirs = {t.name: t for t in spec.targets if not t.known}
    for _target, name in wanted:
        if name not in theirs:
            raise UsageError(
                _("Campaign '{name}' has no target '{target}'.").format(
                    name=spec.name, target=name
                ),
                _("Choose one with --source-target: {names}.").format(names=", ".join(theirs)),
            )
    return tuple(_of_campaign(spec, state, target, theirs[name]) for target, name in wanted)


def _of_campaign(spec: CampaignSpec, state: State, target: Target, theirs: Target) -> Draft:
    """What a campaign tells of one target."""
    space, chemistry = spec.space, spec.space.chemistry
    groups: dict[object, list[Measurement]] = {}
    for m in state.measurements:
        if m.counts and theirs.name in m.values and theirs.name not in m.limits:
            made = (m.candidate, tuple((m.achieved or {}).items()), m.made and m.made.formula)
            groups.setdefault(made, []).append(m)
    each = list(groups.values())
    raw = [np.array([m.values[theirs.name] for m in group]) for group in each]
    inputs = [group[0].inputs | (group[0].achieved or {}) for group in each]
    return Draft(
        name=spec.name,
        kind="campaign",
        target=stated(theirs.name, theirs.unit),
        about=target.name,
        inputs=space.names,
        units={p.name: getattr(p, "unit", "") for p in space.inputs},
        rows=tuple(tuple(at[n] for n in space.names) for at in inputs),
        values=np.array(
            [
                float(v[0]) if len(v) == 1 else target.in_unit(target.to_model(v).mean())
                for v in raw
            ],
            dtype=np.float64,
        ),
        counts=np.array([len(v) for v in raw], dtype=np.int64),
        formulas=()
        if chemistry is None
        else tuple(_made(space, group[0], at) for group, at in zip(each, inputs, strict=True)),
        told=() if chemistry is None else told_inputs(space),
        sites=() if chemistry is None else chemistry.sites,
        states={} if chemistry is None else chemistry.states,
        places=tuple(settings(at) for at in inputs),
    )


def _left_out(n: int) -> tuple[str, ...]:
    if not n:
        return ()
    text = _("Limits and failed samples of the source take no part: {n}.")
    return (text.format(n=n),)


_ONE = "tansaku: nothing but formulas"
"""Stands for an input where there is none; no person calls a column so."""


def _with_one(frame: pd.DataFrame, inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table, with a column of ones where no inputs are named."""
    if inputs:
        return frame
    found = frame.assign(**{_ONE: 1.0})
    found.attrs = dict(frame.attrs)
    return found


def _inputs_found(frame: pd.DataFrame, names: Mapping[str, str]) -> dict[str, str]:
    """{input: column}; a column whose own name holds an equals sign is meant as a whole."""
    there = [str(label).strip() for label in frame.columns]
    found: dict[str, str] = {}
    for name, column in names.items():
        whole = name if name == column else f"{name}={column}"
        found |= {whole: whole} if whole in there else {name: column}
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

"""Drafts: older measurements as they were found, in a table or a campaign, before any target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from tansaku.campaign.formulas import (
    TableColumns,
    formulas_of,
    told_among,
    told_inputs,
    variables_in,
)
from tansaku.campaign.pairing import stated
from tansaku.campaign.records import CampaignSpec, Measurement, Status
from tansaku.campaign.state import State
from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.design import Floats, Ints
from tansaku.errors import TableError, UsageError
from tansaku.language import _
from tansaku.space import ListedFormulas, Space, Target, Value, composed_at
from tansaku.space.values import settings
from tansaku.tables.filled import cells_of
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


def from_table(frame: pd.DataFrame, columns: TableColumns, target: Target, name: str = "") -> Draft:
    """The measured rows of a table.

    Args:
        frame: The table; rows without a value take no part.
        columns: What its columns mean.
        target: What is wanted: its scale says which values there can be, and how they average.
        name: What to call it; else its file's name.

    Raises:
        TableError, CellError: columns are missing, or cells cannot be used; names them.
        UsageError: a variable of the template is no input.
    """
    found = _inputs_found(frame, columns.names)
    named = target.model_copy(update={"name": columns.target})
    cells = cells_of(
        _with_one(frame, found),
        list(found.values()) or [_ONE],
        [named],
        only_measured=True,
        outcomes=True,
    )
    plain = np.array([not (each.limits or each.failed) for each in cells.outcomes], dtype=np.bool_)
    lines, values = cells.lines[plain], cells.targets[plain, 0]
    matrix = cells.inputs[plain] if found else np.zeros((len(lines), 0))
    formulas, column = formulas_of(frame, lines, columns, tuple(found), matrix)
    keys = matrix
    told: tuple[str, ...] = ()
    if formulas:
        amounts = Amounts.of([Composition.parse(text) for text in formulas]).matrix
        keys = np.concatenate([matrix, amounts], axis=1)
        told = told_among(tuple(found), amounts, matrix)
        if columns.template is not None:
            told = tuple(variables_in(columns.template, tuple(found)).values())
    if not keys.shape[1]:
        raise TableError(
            _("No input columns of the source are named, and it has no formulas."),
            _("Name them with --source-inputs, or the column of formulas with --source-formula."),
        )
    first, where = _distinct(keys)
    counts = np.bincount(where, minlength=len(first))
    places = Places(frame)
    return Draft(
        name=name or Path(str(frame.attrs.get(FILE_ATTRIBUTE, _("the source")))).name,
        kind="table",
        target=stated(columns.target, cells.units[columns.target.strip()]),
        inputs=tuple(found),
        units={n: cells.units[c] for n, c in found.items()},
        rows=tuple(tuple(row) for row in matrix[first].tolist()),
        values=_means(target, values, named.to_model(values), where, counts),
        counts=counts.astype(np.int64),
        formulas=tuple(formulas[i] for i in first) if formulas else (),
        told=told,
        sites=columns.template.sites if columns.template else (),
        states=columns.template.states if columns.template else {},
        places=tuple(places.row(int(line)) for line in lines[first]),
        notices=(*frame.attrs.get(NOTICES_ATTRIBUTE, ()), *column, *_left_out(int((~plain).sum()))),
    )


def from_campaign(spec: CampaignSpec, state: State, target: Target, wanted: str = "") -> Draft:
    """What a campaign has measured, as it was made where that is known; limits and failed or
    excluded samples take no part.

    Args:
        spec: The source's.
        state: As it stands.
        target: What is wanted of the target: see :func:`from_table`.
        wanted: Which of the source's targets; else the one of the same name, or its only one.

    Raises:
        UsageError: it is not clear which of its targets is meant.
    """
    theirs = _their_target(spec, target, wanted)
    space, chemistry = spec.space, spec.space.chemistry
    groups: dict[object, list[Measurement]] = {}
    for m in state.measurements:
        if m.status is Status.OK and theirs.name in m.values and theirs.name not in m.limits:
            made = (m.candidate, tuple((m.achieved or {}).items()), m.made and m.made.formula)
            groups.setdefault(made, []).append(m)
    each = list(groups.values())
    raw = [np.array([m.values[theirs.name] for m in group]) for group in each]
    told: tuple[str, ...] = ()
    if chemistry is not None:
        told = told_inputs(space)
    inputs = [group[0].inputs | (group[0].achieved or {}) for group in each]
    return Draft(
        name=spec.name,
        kind="campaign",
        target=stated(theirs.name, theirs.unit),
        inputs=space.names,
        units={p.name: getattr(p, "unit", "") for p in space.inputs},
        rows=tuple(tuple(at[n] for n in space.names) for at in inputs),
        values=np.array(
            [
                float(v[0]) if len(v) == 1 else target.to_unit(target.to_model(v).mean(), 0.0).mean
                for v in raw
            ],
            dtype=np.float64,
        ),
        counts=np.array([len(v) for v in raw], dtype=np.int64),
        formulas=()
        if chemistry is None
        else tuple(_made(space, group[0], at) for group, at in zip(each, inputs, strict=True)),
        told=told,
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
    found[several] = [target.to_unit(float(m), 0.0).mean for m in mean[several]]
    return found


def _their_target(spec: CampaignSpec, target: Target, wanted: str) -> Target:
    names = {t.name: t for t in spec.targets}
    name = wanted or (target.name if target.name in names else "")
    if not name and len(names) == 1:
        (name,) = names
    if name in names:
        return names[name]
    raise UsageError(
        _("Campaign '{name}' has no target '{target}'.").format(
            name=spec.name, target=wanted or target.name
        ),
        _("Choose one with --source-target: {names}.").format(names=", ".join(names)),
    )


def _made(space: Space, m: Measurement, at: Mapping[str, Value]) -> str:
    """What a measured sample is made of."""
    if m.made is not None:
        return m.made.formula
    if m.achieved and not isinstance(space.chemistry, ListedFormulas):
        return composed_at(space, at) or ""
    return m.formula or composed_at(space, m.inputs) or ""

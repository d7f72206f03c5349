"""Achieved inputs: what samples teach with, where it differs from the plan; amounts, too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.campaign.history.records import Measurement
from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.design import Floats
from tansaku.space import Space, amounts_at, projected
from tansaku.space.values import numbers_of


def inputs_of(space: Space, groups: Sequence[Sequence[Measurement]]) -> Floats:
    """The inputs of each group, shape (n, p); those nearest to what was made where it is known."""
    matrix = np.empty((len(groups), len(space.inputs)))
    # Most samples are single and as planned: those go in by columns, as thousands of rows one by
    # one would be felt whenever a result is stored.
    names = dict.fromkeys(space.names).keys()
    plain = [
        i
        for i, (m, *more) in enumerate(groups)
        if not (more or m.made or m.achieved) and m.inputs.keys() == names
    ]
    for j, parameter in enumerate(space.inputs):
        column = [groups[i][0].inputs[parameter.name] for i in plain]
        matrix[plain, j] = numbers_of(parameter, column)
    for i in set(range(len(groups))).difference(plain):
        matrix[i] = np.mean([_achieved(space, m) for m in groups[i]], axis=0)
    return matrix


def _achieved(space: Space, m: Measurement) -> Floats:
    """The inputs of one sample, shape (p,): planned, over it as weighed, over that as achieved."""
    row = space.row(m.inputs)
    if m.made is not None:
        row = projected(space, row, Composition.parse(m.made.formula), m.made.elements)
    if m.achieved:
        row = space.row(space.named(row) | m.achieved)
    return row


def amounts_of(space: Space, groups: Sequence[Sequence[Measurement]]) -> Amounts | None:
    """What each group was made of; None where all is as the inputs say."""
    if not any(m.made for group in groups for m in group):
        return None
    planned = amounts_at(space, np.stack([_planned(space, group[0]) for group in groups]))
    matrix = planned.matrix.copy()
    for i, group in enumerate(groups):
        rows = [
            planned.matrix[i]
            if m.made is None
            else _row(Composition.parse(m.made.formula), planned.elements)
            for m in group
        ]
        matrix[i] = np.mean(rows, axis=0)
    return Amounts(planned.elements, matrix)


def _planned(space: Space, m: Measurement) -> Floats:
    """The planned inputs, over them the achieved ones, shape (p,)."""
    return space.row(m.inputs | (m.achieved or {}))


def _row(composition: Composition, elements: Sequence[str]) -> Floats:
    return np.array([composition[symbol] for symbol in elements])

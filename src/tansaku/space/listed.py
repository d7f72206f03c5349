"""Listed: what the columns of a listed pool are, and how far its candidates are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tansaku.design import Floats
from tansaku.errors import TableError
from tansaku.language import _
from tansaku.space.parameters import Categorical, Numeric, Parameter
from tansaku.space.scale import Scale


def columns_of(
    names: Sequence[str],
    matrix: Floats,
    units: Mapping[str, str],
    choices: Mapping[str, Categorical],
    scales: Mapping[str, Scale],
) -> tuple[Parameter, ...]:
    """The inputs of a table of candidates, shape (N, d).

    Args:
        names: Their names.
        matrix: The candidates; of a choice, levels.
        units: {input: its unit}.
        choices: {input: the choices that its levels mean}; all others are numbers.
        scales: {input: the scale of its numbers}; all others are linear.

    Raises:
        TableError: fewer than two rows, or an input without variation.
    """
    if matrix.shape[0] < 2:
        raise TableError(
            _("The pool has {n} candidates; a search needs at least 2.").format(n=len(matrix)),
            _("Add rows: a row with empty target is an open candidate."),
        )
    low, high = matrix.min(axis=0), matrix.max(axis=0)
    found: list[Parameter] = []
    for name, smallest, largest in zip(names, low.tolist(), high.tolist(), strict=True):
        choice = choices.get(name)
        if not largest > smallest:
            value = f"{smallest:g}" if choice is None else choice.values[int(smallest)]
            raise TableError(
                _("Input column '{name}' has the same value {value} in every row.").format(
                    name=name, value=value
                ),
                _("Leave it out of the inputs, or add candidates where it differs."),
            )
        unit = units.get(name, "")
        scale = scales.get(name, Scale.LINEAR)
        number = Numeric(name=name, low=smallest, high=largest, unit=unit, scale=scale)
        found.append(choice or number)
    return tuple(found)


def check_columns(inputs: Sequence[Parameter], matrix: Floats) -> None:
    """See that a listed pool can have these inputs.

    Raises:
        ValueError: an input that only a grid has, or a level that no choice has.
    """
    for i, parameter in enumerate(inputs):
        if isinstance(parameter, Categorical):
            levels = matrix[:, i]
            if not np.isin(levels, np.arange(parameter.count)).all():
                raise ValueError(f"levels of {parameter.name} beyond its choices")
        elif not isinstance(parameter, Numeric):
            raise ValueError("the inputs of a listed pool are numbers or choices")


def on_scales(inputs: Sequence[Parameter], matrix: Floats) -> Floats:
    """Rows of a matrix with every number on the scale of the model, shape (n, p); a number without
    a logarithm is infinitely far from all others."""
    found = matrix.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        for i, parameter in enumerate(inputs):
            if not isinstance(parameter, Categorical):
                found[:, i] = np.nan_to_num(
                    parameter.to_model(matrix[:, i]), nan=-np.inf, posinf=np.inf, neginf=-np.inf
                )
    return found


def apart(inputs: Sequence[Parameter], matrix: Floats, row: Floats) -> Floats:
    """Distance of candidates, shape (N, p), from a point, shape (p,), in spans on the scales of the
    model; another choice without order is 1 away, shape (N, p)."""
    distance = np.abs(on_scales(inputs, matrix) - on_scales(inputs, row[None]))
    for i, parameter in enumerate(inputs):
        if isinstance(parameter, Numeric):
            low, high = parameter.ends
            distance[:, i] /= high - low
        elif isinstance(parameter, Categorical):
            ordered = parameter.encoding == "ordinal"
            steps = distance[:, i] / (parameter.count - 1)
            distance[:, i] = steps if ordered else (distance[:, i] > 0)
    return distance

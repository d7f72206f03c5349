"""Values: inputs as a person gives and reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from tansaku.design import Floats
from tansaku.errors import NotInPoolError, UsageError
from tansaku.language import _
from tansaku.space.arguments import as_number
from tansaku.space.parameters import LARGEST, Categorical, Parameter
from tansaku.space.scale import Scale

Value = float | str
"""An input as a person gives it: a number, or the name of a choice."""

ROUNDING_NOISE = 1e-12
"""An input that varies by less than this share of its size does not vary: spreadsheets carry 15
digits, so such a difference is the rounding of one and the same setting."""

FAR = 0.25
"""Share of an input's range beyond which a point lies far outside: nearer ones a person may well
ask for, to see whether the range should be wider."""


def given(names: Sequence[str], inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Inputs with an ``=`` put where it belongs, in the name or in the choice behind it:
    ``{"a": "b=1"}`` is ``{"a=b": "1"}`` where an input is called so."""
    found: dict[str, Value] = {}
    for name, value in inputs.items():
        text = f"{name}={value}"
        meant = max((n for n in names if text.startswith(f"{n}=")), key=len, default="")
        if name in names or not meant or not isinstance(value, str):
            found[name] = value
        else:
            found[meant] = text[len(meant) + 1 :]
    return found


def outside(parameters: Sequence[Parameter], row: Floats) -> list[str]:
    """Notices: which numbers of a row, shape (p,), lie far beyond all candidates."""
    found = []
    for parameter, value in zip(parameters, row.tolist(), strict=True):
        if isinstance(parameter, Categorical):
            continue
        low, high = parameter.ends
        there = float(parameter.to_model(np.array(value)))
        if max(low - there, there - high) > FAR * (high - low):
            found.append(
                _(
                    "{name}={value:g} lies far outside the candidates ({low:g} to {high:g}):"
                    " the model knows nothing there."
                ).format(name=parameter.name, value=value, low=parameter.low, high=parameter.high)
            )
    return found


def settings(inputs: Mapping[str, Value]) -> str:
    """Inputs as a person reads them: ``x=0.1, gas=Ar``."""
    return ", ".join(f"{name}={shown(value)}" for name, value in inputs.items())


def shown(value: Value) -> str:
    """An input as text: a name, or a number with six digits where they are it, else twelve."""
    if isinstance(value, str):
        return value
    text = f"{value:g}"
    return text if float(text) == value else f"{value:.12g}"


def number_of(parameter: Parameter, value: Value, where: str) -> float:
    """A value as it stands in a matrix; ``where`` names the place in an error.

    Raises:
        NotInPoolError: a choice that is not there.
        UsageError: no number where one is needed.
    """
    prefix = f"{where}: " if where else ""
    if isinstance(parameter, Categorical):
        given = as_number(value)
        level = parameter.level(
            str(value) if math.isnan(given) or isinstance(value, str) else f"{given:.12g}"
        )
        if level is None:
            raise NotInPoolError(
                _("{where}'{value}' is no choice of {name}.").format(
                    where=prefix, value=value, name=parameter.name
                ),
                _("Its choices are: {names}.").format(names=", ".join(parameter.values)),
            )
        return float(level)
    number = as_number(value)
    if not np.isfinite(number):
        raise UsageError(
            _("{where}'{value}' for {name} is not a number.").format(
                where=prefix, value=value, name=parameter.name
            ),
            _("Write digits with a decimal point, for example 0.05 or 2.56e-5."),
        )
    if abs(number) >= LARGEST:
        raise UsageError(
            _("{where}nothing can be computed with {value:g} for {name}.").format(
                where=prefix, value=number, name=parameter.name
            ),
            _("Correct the number, or give all values in a larger unit."),
        )
    if parameter.scale is Scale.LOG10 and number <= 0:
        raise UsageError(
            _("{where}{name} is on a log scale and cannot be {value:g}.").format(
                where=prefix, name=parameter.name, value=number
            ),
            _("Give a value above 0, or make a campaign in which it is linear."),
        )
    return number


def numbers_of(parameter: Parameter, values: Sequence[Value]) -> Floats:
    """Many values of one parameter as they stand in a matrix, shape (n,); errors as
    :func:`number_of`."""
    if not isinstance(parameter, Categorical) and all(type(each) is float for each in values):
        column = np.array(values, dtype=np.float64)
        good = np.isfinite(column) & (np.abs(column) < LARGEST)
        if (good & ((column > 0) | (parameter.scale is not Scale.LOG10))).all():
            return column
    return np.array([number_of(parameter, each, "") for each in values], dtype=np.float64)

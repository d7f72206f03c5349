"""Values: inputs as a person gives and reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tansaku.errors import NotInPoolError, UsageError
from tansaku.language import _
from tansaku.space.arguments import as_number
from tansaku.space.parameters import LARGEST, Categorical, Parameter

Value = float | str
"""An input as a person gives it: a number, or the name of a choice."""

ROUNDING_NOISE = 1e-12
"""An input that varies by less than this share of its size does not vary: spreadsheets carry 15
digits, so such a difference is the rounding of one and the same setting."""


def settings(inputs: Mapping[str, Value]) -> str:
    """Inputs as a person reads them: ``x=0.1, gas=Ar``."""
    return ", ".join(
        f"{name}={value if isinstance(value, str) else _short(value)}"
        for name, value in inputs.items()
    )


def _short(value: float) -> str:
    """Six digits where they are the value, else twelve."""
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
    return number

"""Arguments: what a Python program hands over, whatever holds it -> plain names and numbers."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space.parameters import LARGEST


def plain(value: Any) -> Any:
    """What an array of one element holds; all else as it is."""
    return value.item() if getattr(value, "size", 0) == 1 and hasattr(value, "item") else value


def as_number(value: Any) -> float:
    """A value as a float; NaN where it is no number: ``None``, a truth value, a list."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def names_from(given: object) -> tuple[str, ...]:
    """Names of columns; a lone one is not taken letter by letter, and 0, 1, 2 are names, too.

    Raises:
        UsageError: no name and no list of names.

    >>> names_from("xy"), names_from([0, 1])
    (('xy',), ('0', '1'))
    """
    if isinstance(given, str | int):
        return (str(given),)
    if not isinstance(given, Iterable):
        raise UsageError(
            _("{value!r} is given where names of columns are needed.").format(value=given),
            _("Write inputs=['a', 'b']."),
        )
    return tuple(str(plain(name)) for name in given)


def inputs_from(given: object) -> dict[str, Any]:
    """{input: value} out of a dict or of the row of a frame.

    Raises:
        UsageError: it is neither.
    """
    if hasattr(given, "to_dict"):  # a row of a frame
        given = given.to_dict()
    if not isinstance(given, Mapping):
        raise UsageError(
            _("{value!r} is given where inputs are needed.").format(value=given),
            _("Write them by their names: {'a': 1, 'b': 2}."),
        )
    return {str(name): plain(value) for name, value in given.items()}


def numbers_from(given: object, names: Sequence[str]) -> dict[str, float]:
    """{target: number}; a lone number is that of the only target.

    Raises:
        UsageError: something in it is no number.
    """
    if given is None:
        return {}
    if hasattr(given, "to_dict"):
        given = given.to_dict()
    if not isinstance(given, Mapping):
        if len(names) != 1:
            raise UsageError(
                _("{value!r} is given where results are needed.").format(value=given),
                _("Write them by their targets: {{'{name}': 3.2}}.").format(name=names[0]),
            )
        given = {names[0]: given}
    found = {str(name): as_number(value) for name, value in given.items()}
    for name, value in given.items():
        if not abs(found[str(name)]) < math.inf:
            raise UsageError(
                _("{name} = {value!r} is no number.").format(name=name, value=value),
                _("Give a number; of what is not measured say nothing, of a failed sample status."),
            )
    return found


def whole_number(given: Any, name: str, least: int) -> int:
    """A whole number from ``least``.

    Raises:
        UsageError: it is none.
    """
    try:
        found = operator.index(plain(given))
    except TypeError:
        found = int(given) if isinstance(given, float) and given.is_integer() else least - 1
    if isinstance(given, bool) or not least <= found < LARGEST:
        raise UsageError(
            _("{name} = {value!r} is no whole number from {least}.").format(
                name=name, value=given, least=least
            ),
            _("Write for example {name}={least}.").format(name=name, least=max(least, 1)),
        )
    return found

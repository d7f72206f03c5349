"""Column roles: which columns of a table say what, beside its inputs and targets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space.notation import parse_names
from tansaku.space.parameters import Categorical
from tansaku.space.scale import Scale
from tansaku.spec import Spec

Comma = Literal["decimal", "thousands"]
"""What commas in the numbers of a table mean."""


def _choices(value: object) -> object:
    """Choices as they are named in short, ``["gas", "grain=fine<coarse"]``, by their columns."""
    if not isinstance(value, list | tuple):
        return value
    return dict(map(parse_choice, map(str, value)))


class ColumnRoles(Spec):
    """What a person says of a table's columns.

    Attributes:
        sd: {target: column with the standard deviation of one measurement, in the target's unit}.
        sem: {target: column with the standard error of the value in the table}.
        repeats: Column with the number of measurements behind each value.
        choices: {input: its choices in the order that is meant}; ``None`` takes those that stand in
            the table, without order.

    Example:
        >>> roles = ColumnRoles(sd={"y": "y err"}, choices=["gas", "grain=fine<coarse"])
        >>> roles.choices["gas"], roles.choices["grain"].encoding
        (None, 'ordinal')
    """

    sd: dict[str, str] = {}
    sem: dict[str, str] = {}
    repeats: str = ""
    choices: Annotated[
        dict[str, Categorical | None],
        BeforeValidator(
            _choices, json_schema_input_type=tuple[str, ...] | dict[str, Categorical | None]
        ),
    ] = {}
    scales: dict[str, Scale] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are named, beside the inputs."""
        named = [*self.sd.values(), *self.sem.values(), self.repeats]
        return tuple(name for name in named if name)


def parse_choice(text: str) -> tuple[str, Categorical | None]:
    """The column and its choices: ``gas``, ``gas=air,Ar`` or, in order, ``grain=fine<coarse``.

    Raises:
        UsageError: the text is none of these.
    """
    name = text.strip()
    if "=" not in name:
        return name, None
    found = parse_names(text)
    if found is None:
        raise UsageError(
            _("'{text}' names no choices.").format(text=text),
            _("Write gas, gas=air,Ar, or grain=fine<coarse for choices in order."),
        )
    return found.name, found

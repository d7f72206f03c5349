"""SourceSpec: what a person says of older data, in the shell, in a file and in a program alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import BeforeValidator, model_validator

from tansaku.campaign.history.source_table import By
from tansaku.errors import UsageError
from tansaku.files import TABLE_ENDINGS
from tansaku.language import _
from tansaku.space import CompositionTemplate, Value
from tansaku.space.arguments import names_from
from tansaku.spec import Spec

WORDS: Final[dict[str, By]] = {
    "names": "names",
    "formulas": "elements",
    "elements": "elements",
    "sites": "sites",
    "descriptors": "descriptors",
}
"""Ways of comparing two systems that ``match`` understands beside pairs."""

OWN_NAMES: Final = ("source", "match", "fill")
"""Fields that are called the same where they stand beside others of a campaign or a study."""


def _texts(given: Any) -> Any:
    """Texts; of a mapping its pairs."""
    if isinstance(given, Mapping):
        return tuple(f"{name}={value}" for name, value in given.items())
    return tuple(text.strip() for text in names_from(given))


def _template(given: Any) -> Any:
    """A template, whole or as text."""
    return CompositionTemplate(text=given) if isinstance(given, str) and given else given or None


def _factors(given: Any) -> Any:
    """Factors that are above 0; what is no number is left to the field's type."""
    for factor in given.values() if isinstance(given, Mapping) else (given,):
        if isinstance(factor, int | float) and not (np.isfinite(factor) and factor > 0):
            raise UsageError(
                _("Values cannot be multiplied by {factor:g}.").format(factor=factor),
                _("Give a number above 0 with --source-factor, for example 0.001."),
            )
    return given


Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(_texts, json_schema_input_type=str | tuple[str, ...] | dict[str, str]),
]


class SourceSpec(Spec):
    """What a person says of older data.

    Attributes:
        source: A file, or the name of a campaign; of data at hand what to call them, else they are
            called as their file or campaign.
        inputs: Input columns of a table; ``x=x_Y`` calls the column x_Y x. Without any they are
            called as those of the target.
        target: Its target; empty for the name of the target's. Of several {target: its own}.
        formula: The table's column with formulas; empty for one with a usual name, if there is one.
        template: Instead: a formula whose variables are among the inputs.
        match: Pairs ``target=source`` of inputs or elements that mean the same, and a word of
            ``WORDS``.
        fill: {input: value} in the system that lacks it.
        factor: What the values are multiplied by, to be in the target's unit, of several
            {target: number}; ``None`` where nobody has said.

    Example:
        >>> SourceSpec(source="older.csv").is_table, SourceSpec(source="lyczp").is_table
        (True, False)
        >>> SourceSpec(inputs=["x=x_Y", "y"], match={"x": "x_Y"}).columns()
        {'x': 'x_Y', 'y': 'y'}
    """

    source: str = ""
    inputs: Texts = ()
    target: str | dict[str, str] = ""
    formula: str = ""
    template: Annotated[
        CompositionTemplate | None,
        BeforeValidator(_template, json_schema_input_type=str | CompositionTemplate | None),
    ] = None
    match: Texts = ()
    fill: dict[str, Value] = {}
    factor: Annotated[float | dict[str, float] | None, BeforeValidator(_factors)] = None

    @model_validator(mode="after")
    def _one_formula(self) -> SourceSpec:
        if self.formula and self.template:
            raise UsageError(
                _("--source-formula and --source-template exclude each other."),
                _("Name the column of formulas, or the template."),
            )
        return self

    @classmethod
    def arguments(cls) -> dict[str, str]:
        """{argument: field}, as a command or a function has them beside its own."""
        return {n if n in OWN_NAMES else f"source_{n}": n for n in cls.model_fields}

    @property
    def is_table(self) -> bool:
        """Whether it is a file."""
        return Path(self.source).suffix.lower() in TABLE_ENDINGS  # else a campaign's name

    def columns(self, there: Collection[str] = ()) -> dict[str, str]:
        """{input: column} of a table with the columns ``there``, one of which may itself hold an
        equals sign."""
        found = {}
        for text in self.inputs:
            name, equals, column = (part.strip() for part in text.partition("="))
            whole = text in there or not (equals and name and column)
            found[text if whole else name] = text if whole else column
        return found

    @property
    def words(self) -> tuple[str, ...]:
        """Ways of comparing that are named."""
        return tuple(text for text in self.match if text in WORDS)

    @property
    def pairs(self) -> tuple[str, ...]:
        """What is said to mean the same."""
        return tuple(text for text in self.match if text not in WORDS)

    def factor_of(self, target: str) -> float | None:
        """What the values of this target are multiplied by."""
        return self.factor.get(target) if isinstance(self.factor, Mapping) else self.factor

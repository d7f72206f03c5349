"""Source tables: finished measurements of other systems, kept with a campaign as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from tansaku.language import _
from tansaku.space import Value
from tansaku.spec import Answer, Spec

By = Literal["names", "elements", "sites", "descriptors"]
"""In which words two systems are compared."""


def _is_empty(value: object) -> bool:
    """What does not apply is not written: older documents stay as they are."""
    return not value


class SourceTable(Spec):
    """What was measured elsewhere of one property, and how it reads in the words of the target.

    It is a copy: what happens to the campaign or the table afterwards changes nothing here. Older
    data with values of several targets are several of these, with one name.

    Attributes:
        name: The campaign's, or the table's file name.
        kind: Where it came from.
        copied: When, UTC.
        target: Name of its measured property.
        about: Which of the campaign's targets it is about; empty where there is one only.
        factor: What its values were multiplied by, to be in the target's unit.
        unit_known: Both state one unit, or a person has said that the values fit.
        inputs: Names of its inputs.
        rows: Its measured points, one value for each input; a choice by its name.
        formulas: What each is made of; empty where that is not known.
        values: What was measured, in the target's unit; replicates averaged on its scale.
        counts: Replicates behind each value.
        by: How the systems are compared: by inputs of the same ``names``, by the amounts of the
            ``elements`` in both, by the elements on declared ``sites``, or by ``descriptors``.
        pairs: (input of the target, input of the source) that mean the same; one of them is empty
            where that system lacks it. Inputs that the formulas tell are left out.
        fill: {input: value} in the system that lacks it.
        elements: By sites: (element of the target, element of the source) in the same place.
        descriptors: By descriptors: their names.
        sites: Its declared sites, for descriptors of one site.
        states: Its oxidation states that differ from the defaults.

    Example:
        >>> old = SourceTable(
        ...     name="old.csv", kind="table", copied=datetime(2026, 1, 1), target="y",
        ...     inputs=("a",), rows=((0.0,), (1.0,), (2.0,)), values=(1.0, 2.0, 4.0),
        ...     counts=(1, 1, 2), by="names", pairs=(("a", "a"),),
        ... )
        >>> len(old.values), SourceTable.model_validate_json(old.model_dump_json()) == old
        (3, True)
    """

    name: str
    kind: Literal["campaign", "table"]
    copied: datetime
    target: str
    about: str = Field(default="", exclude_if=_is_empty)
    factor: float = 1.0
    unit_known: bool = False
    inputs: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    formulas: tuple[str, ...] = ()
    values: tuple[float, ...]
    counts: tuple[int, ...]
    by: By
    pairs: tuple[tuple[str, str], ...] = ()
    fill: dict[str, Value] = {}
    elements: tuple[tuple[str, str], ...] = ()
    descriptors: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    states: dict[str, float] = {}

    def is_about(self, target: str) -> bool:
        """Whether its values are of this target of the campaign."""
        return self.about in ("", target)

    @property
    def columns(self) -> dict[str, tuple[Value, ...]]:
        """{input: its values}."""
        return {name: tuple(row[i] for row in self.rows) for i, name in enumerate(self.inputs)}

    def document(self) -> dict[str, Any]:
        """As commands answer."""
        return SourceSummary(**self.summary()).document()

    def summary(self) -> dict[str, Any]:
        """The fields of a :class:`SourceSummary`."""
        pairs = (*self.elements, *self.pairs)
        return {
            "name": self.name,
            "n": len(self.values),
            "target": self.target,
            "about": self.about,
            "by": self.by,
            "columns": [SharedColumn(target=a or None, source=b or None) for a, b in pairs],
        }


class SharedColumn(Answer):
    """What means the same in two systems; ``None`` in the one that lacks it."""

    target: str | None
    source: str | None


class SourceSummary(Answer):
    """A source as commands answer: its name, size, and how it is compared."""

    name: str
    n: int
    target: str
    about: str = Field(default="", exclude_if=_is_empty)
    by: By
    columns: tuple[SharedColumn, ...]


def standing_in(sources: Sequence[SourceTable], measured: Mapping[str, int]) -> tuple[str, ...]:
    """That older data stand in for results that are not there yet.

    Args:
        sources: Those of the campaign.
        measured: {target: how many results teach}.
    """
    names = [
        name
        for name, n in measured.items()
        if not n and any(each.is_about(name) for each in sources)
    ]
    if not names:
        return ()
    text = _(
        "Nothing is measured of {names} yet: what is expected is what the older data say; how far"
        " the two systems lie apart is not in the intervals."
    )
    return (text.format(names=", ".join(names)),)

"""Description: all that is said of a campaign when it is made, in every door the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.space import (
    Categorical,
    ColumnRoles,
    Comma,
    CompositionTemplate,
    Continuous,
    Discrete,
    ListedFormulas,
    Stepped,
    Target,
)
from tansaku.space.chemistry import ENCODINGS
from tansaku.space.notation import parse_parameter
from tansaku.space.profile import ProfileField
from tansaku.space.values import Value
from tansaku.spec import Spec
from tansaku.strategy import Expect


def _long(value: object) -> object:
    """A parameter in short notation, read; all else as it is."""
    return parse_parameter(value) if isinstance(value, str) else value


_Long = Annotated[Stepped | Continuous | Discrete | Categorical, Field(discriminator="kind")]
_ShortOrLong = Annotated[_Long, BeforeValidator(_long, json_schema_input_type=str | _Long)]


Row = dict[str, Value | None]
"""A row of a table that stands in a description itself: {column: value}."""


class CampaignDescription(Spec):
    """What a campaign is made of: a table with its inputs, or parameters with their constraints.
    The options of ``new``, the file behind ``new --spec`` and Python say the same.

    Attributes:
        table: A .csv, .xlsx or .parquet file, beside the describing file where the path is
            relative; or the rows themselves.
        sheet: Which sheet of a workbook, where several hold tables.
        decimal: Which sign parts decimals, where the table leaves it open.
        inputs: The table's input columns.
        columns: Which of its columns hold choices, or say how sure results are.
        formula: The table's column with formulas.
        parameters: What can be set, in parts or in short, ``x=0:0.5:0.1``.
        constraints: In words.
        template: A formula with some of the parameters as its variables.
        neutral: Whether the template's charges have to add up to 0.
        sites: Declared sites, "M: Zr,Y,Ca = 2".
        states: Oxidation states that differ from the defaults.
        encoding: What the model sees of a composition.
        descriptors: Named descriptors for the encoding of that name.
        profile: A firing whose temperatures, rates and times are among the parameters.
        weighing: From what samples are made.
        sources: Older data: their file or campaign, and how it is read.
        targets: As behind ``--target``, or in parts.
        reference: Of several targets, {goal: value that has to be beaten to count}.
        cost: The table's column with what each candidate costs, or an expression of the inputs.
        expect: Where the best may lie, which decides on the first samples.
    """

    table: Path | tuple[Row, ...] | None = None
    sheet: str | None = None
    decimal: Literal["point", "comma"] | None = None
    inputs: tuple[str, ...] = ()
    columns: ColumnRoles = ColumnRoles()
    formula: str | None = None
    parameters: tuple[_ShortOrLong, ...] = ()
    constraints: tuple[str, ...] = ()
    template: str | None = None
    neutral: bool = True
    sites: tuple[str, ...] = ()
    states: dict[str, float] = {}
    encoding: str = Field(default="parameters", examples=list(ENCODINGS))
    descriptors: tuple[str, ...] = ()
    profile: ProfileField | None = None
    weighing: WeighingPlan | None = None
    sources: tuple[SourceSpec, ...] = ()
    targets: tuple[str | Target, ...] = Field(min_length=1)
    reference: dict[str, float] = {}
    cost: str | None = None
    expect: Expect = "unknown"

    @property
    def comma(self) -> Comma | None:
        """What commas in the table's numbers mean."""
        if self.decimal is None:
            return None
        return "decimal" if self.decimal == "comma" else "thousands"

    def chemistry(self) -> CompositionTemplate | None:
        """The template with all that is said of it."""
        if self.template is None:
            return None
        return CompositionTemplate(text=self.template, neutral=self.neutral, **self._seen())

    def column(self) -> ListedFormulas | None:
        """The formula column with all that is said of it."""
        if self.formula is None:
            return None
        return ListedFormulas(column=self.formula, **self._seen())

    def _seen(self) -> dict[str, Any]:
        return self.model_dump(include={"sites", "states", "encoding", "descriptors"})

    def check(self, where: str) -> None:
        """See that all of it belongs together.

        Args:
            where: What the description is called in an error.

        Raises:
            SpaceError: it names neither a table nor parameters, or both, or says something of what
                is not there.
        """
        if bool(self.parameters) == bool(self.table):
            raise SpaceError(
                _("{file} has to name a table or parameters, one of the two.").format(file=where),
                _("Write 'table:' with 'inputs:', or 'parameters:' with 'constraints:'."),
            )
        self._check_chemistry(where)
        if isinstance(self.table, tuple) and (self.sheet or self.decimal):
            raise SpaceError(
                _("{file} says how a file is read, and holds its table itself.").format(file=where),
                _("Leave out 'sheet:' and 'decimal:', or name the file under 'table:'."),
            )
        if self.profile is not None and self.table is not None:
            raise SpaceError(
                _("{file} has a firing profile beside a table.").format(file=where),
                _("A profile goes with 'parameters:'."),
            )

    def _check_chemistry(self, where: str) -> None:
        """See that what belongs to formulas stands beside a template or a formula column."""
        if self.template is not None and self.table is not None:
            raise SpaceError(
                _("{file} has a template beside a table.").format(file=where),
                _("A template goes with 'parameters:', a table with 'formula:'."),
            )
        if self.columns != ColumnRoles() and self.table is None:
            raise SpaceError(
                _("{file} says what columns are but names no table.").format(file=where),
                _("Write 'table:', or choices under 'parameters:'."),
            )
        if self.formula is not None and self.table is None:
            raise SpaceError(
                _("{file} names a formula column but no table.").format(file=where),
                _("A template goes with 'parameters:', a table with 'formula:'."),
            )
        said = self.model_fields_set & {"sites", "states", "encoding", "descriptors", "neutral"}
        if said and self.template is None and self.formula is None:
            raise SpaceError(
                _("{file} says {fields} but names no formulas.").format(
                    file=where, fields=", ".join(sorted(said))
                ),
                _("Write 'template:' or, with a table, 'formula:'."),
            )


def described(content: object, where: str) -> CampaignDescription:
    """The fields of a campaign, checked.

    Args:
        content: A mapping, as a file or a shell has it.
        where: What it is called in an error.

    Raises:
        SpaceError: a field is missing, unknown or of the wrong kind, or they do not belong
            together; names it.
    """
    try:
        found = CampaignDescription.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SpaceError(
            _("{file}, {field}: {why} (faults: {n}).").format(
                file=where,
                field=".".join(map(str, first["loc"])) or _("the whole"),
                why=first["msg"],
                n=error.error_count(),
            ),
            _("docs/spaces.md shows every field."),
        ) from error
    found.check(where)
    return found

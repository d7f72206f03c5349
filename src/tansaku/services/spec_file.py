"""spec_file: a campaign's table or space, and its targets, from a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import SpaceError, StoreError
from tansaku.language import _
from tansaku.space import (
    Categorical,
    ColumnRoles,
    CompositionTemplate,
    Continuous,
    Discrete,
    ListedFormulas,
    Stepped,
    Target,
)
from tansaku.space.chemistry import Encoding
from tansaku.space.notation import parse_parameter
from tansaku.space.profile import ProfileField
from tansaku.spec import Spec
from tansaku.strategy import Expect

LARGEST = 10**6
"""Characters of a file: a hundred parameters need a hundredth of it."""


def _long(value: object) -> object:
    """A parameter in short notation, read; all else as it is."""
    return parse_parameter(value) if isinstance(value, str) else value


_ShortOrLong = Annotated[
    Stepped | Continuous | Discrete | Categorical,
    Field(discriminator="kind"),
    BeforeValidator(_long),
]


class CampaignFile(Spec):
    """What ``new --spec`` reads: a table with its inputs, or parameters with their constraints.

    Attributes:
        table: A .csv or .xlsx file, beside this one where the path is relative.
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

    table: Path | None = None
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
    encoding: Encoding = "parameters"
    descriptors: tuple[str, ...] = ()
    profile: ProfileField | None = None
    weighing: WeighingPlan | None = None
    sources: tuple[SourceSpec, ...] = ()
    targets: tuple[str | Target, ...] = Field(min_length=1)
    reference: dict[str, float] = {}
    cost: str | None = None
    expect: Expect = "unknown"

    @property
    def comma(self) -> Literal["decimal", "thousands"] | None:
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


def read_campaign_file(path: Path) -> CampaignFile:
    """Read the file.

    Raises:
        StoreError: it cannot be read.
        SpaceError: it is no YAML, or a field is missing, unknown or of the wrong kind; names it.
    """
    from ruamel.yaml import YAML  # on demand: only this command needs it
    from ruamel.yaml.error import YAMLError

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            _("The file {file} cannot be read: {why}.").format(file=path, why=error),
            _("Give a YAML file in UTF-8."),
        ) from error
    try:
        if len(text) > LARGEST:
            raise YAMLError(_("it is too long"))
        content = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, TypeError, LookupError, RecursionError) as error:
        # Beside its own errors ruamel lets through those of a 31st of February, a key that is a
        # list, or brackets without end.
        raise SpaceError(
            _("{file} is no YAML: {why}.").format(file=path, why=" ".join(str(error).split())),
            _("Write 'name: value' lines, as docs/spaces.md shows."),
        ) from error
    found = described(content, str(path))
    if bool(found.parameters) == bool(found.table):
        raise SpaceError(
            _("{file} has to name a table or parameters, one of the two.").format(file=path),
            _("Write 'table:' with 'inputs:', or 'parameters:' with 'constraints:'."),
        )
    _check_chemistry(found, path)
    if found.profile is not None and found.table is not None:
        raise SpaceError(
            _("{file} has a firing profile beside a table.").format(file=path),
            _("A profile goes with 'parameters:'."),
        )
    return found


def described(content: object, where: str) -> CampaignFile:
    """The fields of a campaign, checked.

    Args:
        content: A mapping, as a file or a shell has it.
        where: What it is called in an error.

    Raises:
        SpaceError: a field is missing, unknown or of the wrong kind; names it.
    """
    try:
        return CampaignFile.model_validate(content)
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


def _check_chemistry(found: CampaignFile, path: Path) -> None:
    """See that what belongs to formulas stands beside a template or a formula column."""
    if found.template is not None and found.table is not None:
        raise SpaceError(
            _("{file} has a template beside a table.").format(file=path),
            _("A template goes with 'parameters:', a table with 'formula:'."),
        )
    if found.columns != ColumnRoles() and found.table is None:
        raise SpaceError(
            _("{file} says what columns are but names no table.").format(file=path),
            _("Write 'table:', or choices under 'parameters:'."),
        )
    if found.formula is not None and found.table is None:
        raise SpaceError(
            _("{file} names a formula column but no table.").format(file=path),
            _("A template goes with 'parameters:', a table with 'formula:'."),
        )
    said = found.model_fields_set & {"sites", "states", "encoding", "descriptors", "neutral"}
    if said and found.template is None and found.formula is None:
        raise SpaceError(
            _("{file} says {fields} but names no formulas.").format(
                file=path, fields=", ".join(sorted(said))
            ),
            _("Write 'template:' or, with a table, 'formula:'."),
        )

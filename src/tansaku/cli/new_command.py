"""The command that makes a campaign: new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument, render_status
from tansaku.cli.column_options import (
    ChoicesOption,
    RepeatsColumnOption,
    ScaleOption,
    SdColumnOption,
    SemColumnOption,
    given_columns,
)
from tansaku.cli.look_command import Decimal, DecimalOption, SheetOption, meaning
from tansaku.cli.parsing import names, settings
from tansaku.cli.shell import Shell
from tansaku.cli.source_command import SourceTexts, given_sources, source_options
from tansaku.cli.weighing import (
    BalanceOption,
    ExcessOption,
    LeavingOption,
    MassOption,
    PrecursorsOption,
    given_plan,
)
from tansaku.errors import UsageError
from tansaku.language import _

_TABLE = typer.Option("--table", metavar="FILE", help=_("A .csv, .xlsx or .parquet table."))
_INPUTS = typer.Option("--inputs", metavar="A,B", help=_("The input columns."))
_TARGET = typer.Option(
    "--target",
    metavar="Y[:max|min|=V][:log10]",
    help=_(
        "The target column, what is wanted of it, and its scale; several times for several."
        " Limits: Y:>=V, Y:<=V; tolerance: Y:=V+-T."
    ),
)
_REFERENCE = typer.Option(
    "--reference",
    metavar="A=1,B=2",
    help=_("Of several targets, what each goal has to beat to count."),
)
_COST = typer.Option(
    "--cost",
    metavar="COLUMN|'2*t + x'",
    help=_("What each candidate costs, a column or from the inputs: improvement per cost."),
)
ReferenceOption = Annotated[list[str] | None, _REFERENCE]
CostOption = Annotated[str | None, _COST]
TableOption = Annotated[Path | None, _TABLE]
InputsOption = Annotated[list[str] | None, _INPUTS]
TargetOption = Annotated[list[str] | None, _TARGET]
VaryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="X=0:0.5:0.1",
        help=_(
            "A parameter: X=LOW:HIGH:STEP, X=LOW~HIGH@RESOLUTION, X=1,2,5 or X=A,B,C or X=A<B<C;"
            " with :log10 behind numbers by decades."
        ),
    ),
]
ConstraintOption = Annotated[
    list[str] | None,
    typer.Option(
        "--constraint", metavar="'X + Y <= 0.5'", help=_("What the parameters have to keep.")
    ),
]
SpecOption = Annotated[
    Path | None,
    typer.Option("--spec", metavar="FILE", help=_("A YAML file with all of this.")),
]
TemplateOption = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="FORMULA",
        help=_("A formula whose variables are varied; ? is the amount that balances charges."),
    ),
]
SiteOption = Annotated[
    list[str] | None,
    typer.Option("--site", metavar="'M: ZR,Y = 2'", help=_("Elements that share a site.")),
]
StatesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--states", metavar="Fe=3,S=6", help=_("Oxidation states that differ from the defaults.")
    ),
]
FormulaOption = Annotated[
    str | None,
    typer.Option("--formula", metavar="COLUMN", help=_("The table's column with the formulas.")),
]
EncodingOption = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="parameters|elements|sites|descriptors",
        help=_("What the model sees of a composition."),
    ),
]
DescriptorsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--descriptors", metavar="A,B", help=_("Which descriptors, with --encoding descriptors.")
    ),
]
AsReadOption = Annotated[
    bool,
    typer.Option("--as-read", help=_("Take inputs and target as 'tansaku look' shows them.")),
]


class Expected(StrEnum):
    """What --expect takes."""

    MIDDLE = "middle"
    EDGE = "edge"
    UNKNOWN = "unknown"


ExpectOption = Annotated[
    Expected | None,
    typer.Option("--expect", help=_("Where the best may lie; the first samples are chosen there.")),
]


@command(
    "new",
    _("Make a campaign: from a table, a template, parameters with --vary, or a --spec file."),
)
@source_options
def new(
    shell: Shell,
    older: SourceTexts,
    name: NameArgument,
    table: Annotated[Path | None, _TABLE] = None,
    sheet: SheetOption = None,
    decimal: DecimalOption = None,
    as_read: AsReadOption = False,
    inputs: Annotated[list[str] | None, _INPUTS] = None,
    formula: FormulaOption = None,
    template: TemplateOption = None,
    vary: VaryOption = None,
    constraint: ConstraintOption = None,
    site: SiteOption = None,
    states: StatesOption = None,
    encoding: EncodingOption = None,
    descriptors: DescriptorsOption = None,
    precursors: PrecursorsOption = None,
    mass: MassOption = None,
    excess: ExcessOption = None,
    balance: BalanceOption = None,
    leaving: LeavingOption = None,
    spec: SpecOption = None,
    target: Annotated[list[str] | None, _TARGET] = None,
    reference: ReferenceOption = None,
    cost: CostOption = None,
    expect: ExpectOption = None,
    choices: ChoicesOption = None,
    scale: ScaleOption = None,
    sd: SdColumnOption = None,
    sem: SemColumnOption = None,
    repeats: RepeatsColumnOption = None,
) -> None:
    """tansaku new NAME --table T.csv --inputs a,b --target y:max:log10."""
    from tansaku.services import new as services

    plan = given_plan(precursors, mass, excess, balance, leaving)
    sources = given_sources(older)
    _check_one_way(
        ways={"--table": table is not None, "--vary": bool(vary), "--spec": spec is not None},
        parts={
            "--table": {
                "--inputs": inputs, "--formula": formula, "--sheet": sheet, "--decimal": decimal,
                "--as-read": as_read or None, "--choices": choices, "--sd": sd, "--sem": sem,
                "--repeats": repeats, "--scale": scale,
            },
            "--vary": {"--template": template, "--constraint": constraint},
        },
    )  # fmt: skip
    columns, wanted = names(inputs, "--inputs") if inputs else [], list[Any](target or [])
    if table is not None and not (target and (inputs or formula)):
        columns, formula, wanted = _as_read(
            shell, table, sheet, decimal, confirmed=as_read, given=(columns, formula, wanted)
        )
    _check_target(spec, wanted)
    _check_formulas(site, states, encoding, descriptors, known=(template or formula) is not None)
    if spec is not None:
        _check_nothing_beside_file(plan, sources, reference, cost, expect)
        made = services.new_from_file(shell.store, name, spec)
    else:
        fields = {
            "table": table, "sheet": sheet, "decimal": None if decimal is None else decimal.value,
            "inputs": columns, "formula": formula, "template": template, "cost": cost,
            "columns": given_columns(
                choices=choices, sd=sd, sem=sem, repeats=repeats, scale=scale
            ),
            "parameters": vary or [], "constraints": constraint or [], "sites": site or [],
            "states": settings(states, "--states") if states else {}, "weighing": plan or None,
            "encoding": _encoding(encoding, descriptors), "sources": sources, "targets": wanted,
            "descriptors": names(descriptors, "--descriptors") if descriptors else [],
            "reference": settings(reference, "--reference") if reference else {},
            "expect": (expect or Expected.UNKNOWN).value,
        }  # fmt: skip
        given = {field: value for field, value in fields.items() if value}
        made = services.new(shell.store, name, services.described(given, _("The campaign")))
    shell.note(made.notices)
    shell.show(made, lambda console: render_status(console, made))


def _check_one_way(ways: Mapping[str, bool], parts: Mapping[str, Mapping[str, object]]) -> None:
    """See that the options describe one campaign in one way, and that each part is given with the
    way that it belongs to; UsageError where they do not."""
    named = [option for option, given in ways.items() if given]
    if len(named) != 1:
        raise UsageError(
            _("A campaign comes from one of --table, --vary and --spec; given: {given}.").format(
                given=", ".join(named) or "-"
            ),
            _("Write 'new NAME --table T.csv --inputs a,b --target y', or --vary x=0:0.5:0.1."),
        )
    for way, options in parts.items():
        strange = [option for option, given in options.items() if given not in (None, [])]
        if strange and named != [way]:
            raise UsageError(
                _("{option} belongs to {way}.").format(option=strange[0], way=way),
                _("Leave it out."),
            )


def _as_read(
    shell: Shell,
    table: Path,
    sheet: str | None,
    decimal: Decimal | None,
    *,
    confirmed: bool,
    given: tuple[list[str], str | None, list[Any]],
) -> tuple[list[str], str | None, list[Any]]:
    """Inputs, formula column and targets: those given, the others as the table was read.

    Raises:
        UsageError: nobody has confirmed it; says what would be taken.
    """
    from tansaku.services.look import as_read, proposed, refuse_unconfirmed
    from tansaku.services.opened import given_targets

    inputs, formula, targets = given
    if not confirmed:
        if targets:
            raise UsageError(
                _("No --inputs are given."),
                _("Write for example --inputs a,b, or take them as read with --as-read."),
            )
        if inputs or formula:
            _check_target(None, targets)
        raise refuse_unconfirmed(table, sheet=sheet, comma=meaning(decimal))
    seen = proposed(table, sheet=sheet, comma=meaning(decimal))
    found, column, target = as_read(
        seen, inputs_known=bool(inputs or formula), target_known=bool(targets)
    )
    if not inputs and formula is None:
        inputs, formula = list(found), column
    wanted = targets or [target]
    shell.note(seen.other_results([each.name for each in given_targets(wanted)]))
    return inputs, formula, wanted


def _check_target(spec: Path | None, target: Sequence[object]) -> None:
    if (spec is not None) == bool(target):
        raise UsageError(
            _("The targets stand in the --spec file.") if target else _("No --target is given."),
            _("Leave out --target.") if target else _("Write for example --target y:max."),
        )


def _check_formulas(
    site: object, states: object, encoding: object, descriptors: object, *, known: bool
) -> None:
    """See that what is said of formulas is said of some."""
    seen = {
        "--site": site, "--states": states, "--encoding": encoding, "--descriptors": descriptors
    }  # fmt: skip
    said = [option for option, value in seen.items() if value]
    if said and not known:
        raise UsageError(
            _("{options} says something of formulas, and none are given.").format(
                options=", ".join(said)
            ),
            _("Give a --template with --vary, or the --formula column of a --table."),
        )


def _check_nothing_beside_file(
    plan: Mapping[str, Any],
    sources: Sequence[object],
    reference: Sequence[str] | None,
    cost: str | None,
    expect: Expected | None,
) -> None:
    """UsageError where an option says what stands in the --spec file."""
    _check_no_plan(plan)
    _check_no_sources(sources)
    _check_no_wishes(reference, cost)
    if expect is not None:
        raise UsageError(
            _("Where the best may lie stands in the --spec file."),
            _("Write it there under 'expect:'."),
        )


def _check_no_plan(plan: Mapping[str, Any]) -> None:
    if plan:
        raise UsageError(
            _("From what samples are made stands in the --spec file."),
            _("Write it there under 'weighing:'."),
        )


def _check_no_sources(sources: Sequence[object]) -> None:
    if sources:
        raise UsageError(
            _("Older data stand in the --spec file."),
            _("Write them there under 'sources:'."),
        )


def _check_no_wishes(reference: Sequence[str] | None, cost: str | None) -> None:
    if reference:
        raise UsageError(
            _("The reference point stands in the --spec file."),
            _("Write it there under 'reference:'."),
        )
    if cost is not None:
        raise UsageError(
            _("What a sample costs stands in the --spec file."), _("Write it there under 'cost:'.")
        )


def _encoding(name: str | None, descriptors: Sequence[str] | None) -> str | None:
    """The encoding; naming descriptors asks for them."""
    if name is None:
        return "descriptors" if descriptors else None
    if descriptors and name != "descriptors":
        raise UsageError(
            _("--descriptors go with the encoding 'descriptors', not with '{name}'.").format(
                name=name
            ),
            _("Leave one of them out."),
        )
    return name

"""Commands about results: record, mark."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.column_options import SemColumnOption, given_columns
from tansaku.cli.look_command import DecimalOption, SheetOption, meaning
from tansaku.cli.parsing import choices, is_number, names, reason, results, settings
from tansaku.cli.shell import Shell
from tansaku.cli.weighing import ExcessOption, weighed_masses
from tansaku.errors import UsageError
from tansaku.files import TABLE_ENDINGS
from tansaku.insight.figures import cause, count, measured, where
from tansaku.insight.record_words import word
from tansaku.language import _
from tansaku.typed import as_typed

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.campaign.history.records import Measurement
    from tansaku.services.availability import AvailabilityChange
    from tansaku.services.record import CorrectedResult, MarkedResults, Results


ENDINGS = (*TABLE_ENDINGS, ".json")
"""Endings of files that hold results; other arguments are samples."""


class Status(StrEnum):
    """What --status takes."""

    OK = "ok"
    DOUBTFUL = "doubtful"
    FAILED = "failed"
    EXCLUDED = "excluded"


def _text(flag: str, metavar: str, help: str) -> Any:
    """A text option."""
    return typer.Option(flag, metavar=metavar, help=help)


FileArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[FILE|ID]",
        help=_("A table, a workbook, or a sample: its name in the lab, or s3 of its suggestion."),
    ),
]
YesOption = Annotated[
    bool, typer.Option("--yes", help=_("What looks doubtful is right: store it without asking."))
]
OnlyNewOption = Annotated[
    bool, typer.Option("--only-new", help=_("Pass over rows whose result is stored already."))
]
AtOption = Annotated[
    list[str] | None, typer.Option("--at", metavar="A=1,B=2", help=_("The inputs."))
]
ResultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--result", metavar="Y=3.2", help=_("What came out; a limit as 'y=<1e-8' or 'y=>10'.")
    ),
]
StatusOption = Annotated[
    Status,
    typer.Option(
        "--status",
        help=_(
            "'failed' samples teach where samples fail; 'doubtful' results count and are listed"
            " by 'results'; 'excluded' ones are kept but teach nothing."
        ),
    ),
]
WhyOption = Annotated[
    str, _text("--why", "REASON", _("Why it failed: cracked, melted, 'secondary phase=12%'."))
]
SdOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sd",
        metavar="Y=0.1|COLUMN",
        help=_("Standard deviation of one measurement; of a table, its column."),
    ),
]
RepeatsOption = Annotated[
    str | None,
    typer.Option(
        "--repeats",
        metavar="N|COLUMN",
        help=_("The result is the mean of N measurements; of a table, the column of N."),
    ),
]
MadeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--made", metavar="A=1.1", help=_("Inputs as fired or analysed, where not as planned.")
    ),
]
WeighedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--weighed",
        metavar="A=1.23",
        help=_("What was really weighed: masses, or the filled-in .xlsx sheet."),
    ),
]


@command("record", _("Store results, all of them or none. From a table, or one with --at."))
def record(
    shell: Shell,
    name: NameArgument,
    what: FileArgument = None,
    sheet: SheetOption = None,
    decimal: DecimalOption = None,
    only_new: OnlyNewOption = False,
    at: AtOption = None,
    result: ResultOption = None,
    status: StatusOption = Status.OK,
    why: WhyOption = "",
    sd: SdOption = None,
    sem: SemColumnOption = None,
    repeats: RepeatsOption = None,
    made: MadeOption = None,
    weighed: WeighedOption = None,
    excess: ExcessOption = None,
    phase: Annotated[str, _text("--phase", "NAME", _("Phase that was found."))] = "",
    run: Annotated[str, _text("--run", "NAME", _("Furnace run."))] = "",
    batch: Annotated[str, _text("--batch", "NAME", _("Synthesis."))] = "",
    pellet: Annotated[str, _text("--pellet", "NAME", _("Piece that was measured."))] = "",
    operator: Annotated[str, _text("--operator", "NAME", _("Who made or measured it."))] = "",
    equipment: Annotated[str, _text("--equipment", "NAME", _("With what."))] = "",
    made_on: Annotated[str, _text("--made-on", "YYYY-MM-DD", _("Day of making."))] = "",
    note: Annotated[str, _text("--note", "TEXT", _("Kept with it."))] = "",
    sample: Annotated[str, _text("--sample", "NAME", _("What the lab calls the sample."))] = "",
    yes: YesOption = False,
) -> None:
    """tansaku record NAME FILE, NAME ID --result y=3.2, or NAME --at a=1,b=2 --result y=3.2."""
    from tansaku.services import record as services
    from tansaku.space import ColumnRoles

    file, id = _file_or_sample(what)
    inputs, values = choices(at or [], "--at"), results(result or [])
    of_one = bool(values or made or weighed or excess or sample)
    named = bool(inputs) + bool(id)
    _check_ways(file, named, bool(values), of_one, failed=status is Status.FAILED)
    times, column = _times(repeats, file)
    cause, amount = reason(why)
    details: dict[str, Any] = {
        "status": status.value, "why": cause, "amount": amount, "repeats": times,
        "phase": phase, "run": run, "batch": batch, "pellet": pellet, "operator": operator,
        "equipment": equipment, "made_on": made_on, "note": note, "sample": sample,
    }  # fmt: skip
    found: Results
    if file is not None:
        comma = meaning(decimal)
        given = given_columns(sd=sd, sem=sem, repeats=column)
        _check_columns(given)
        columns = ColumnRoles(**given) if given else None
        found = services.record_file(
            shell.store,
            name,
            file,
            sheet=sheet,
            comma=comma,
            only_new=only_new,
            columns=columns,
            confirm=yes,
            **details,
        )
    elif sem:
        raise UsageError(
            _("--sem names a column of a table, and none is given."),
            _("Say --sd Y=0.1, the standard deviation of one measurement."),
        )
    else:
        found = services.record_at(
            shell.store,
            name,
            id or inputs,
            values,
            sd=settings(sd or [], "--sd"),
            made=choices(made or [], "--made"),
            weighed=weighed_masses(weighed),
            excess=names(excess, "--excess") if excess else None,
            confirm=yes,
            **details,
        )
    shell.note(found.notices)
    shell.show(found, lambda console: _render_results(console, found))


def _file_or_sample(what: str | None) -> tuple[Path | None, str | None]:
    """The table, or the sample, that an argument names: a file by its ending or because it is
    there."""
    if what is None:
        return None, None
    path = Path(what)
    if path.suffix.lower() in ENDINGS or path.is_file():
        return path, None
    return None, what


def _check_ways(file: Path | None, named: int, values: bool, of_one: bool, *, failed: bool) -> None:
    """See that results come in one of the ways, whole."""
    if named + (file is not None) != 1 or (file is None and not values and not failed):
        raise UsageError(
            _("Results come from a table, or with --result of one sample: one of these ways."),
            _(
                "Write 'record NAME FILE', 'record NAME LLZ-01 --result y=3.2', or 'record NAME"
                " --at a=1,b=2 --result y=3.2'. A failed sample needs no result."
            ),
        )
    if file is not None and of_one:
        raise UsageError(
            _(
                "--result, --made, --weighed, --excess and --sample belong to one sample, not a"
                " table."
            ),
            _("In a table the masses stand in columns such as 'weighed Li2CO3'."),
        )


def _check_columns(given: Mapping[str, Any]) -> None:
    """UsageError where a number stands for a column."""
    for target, column in given.get("sd", {}).items():
        if is_number(column):
            raise UsageError(
                _("--sd {target}={text} belongs to one sample, not a table.").format(
                    target=target, text=column
                ),
                _("Of a table name the column, for example --sd {target}='{target} sd'.").format(
                    target=target
                ),
            )


def _times(repeats: str | None, file: Path | None) -> tuple[int | None, str | None]:
    """The number of measurements, or the column that has it."""
    plain = as_typed(repeats or "").strip()
    if plain.isascii() and plain.isdigit() and int(plain) >= 1:
        return int(plain), None
    if repeats is not None and file is None:
        raise UsageError(
            _("--repeats: '{text}' is no whole number from 1.").format(text=repeats),
            _("Write how many measurements the result is the mean of."),
        )
    return None, repeats


@command("mark", _("Judge stored results again: doubtful ones count, excluded ones teach nothing."))
def mark(
    shell: Shell,
    name: NameArgument,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help=_("Results, e.g. m3 m7."))],
    status: Annotated[Status, typer.Option("--status", help=_("What they count as from now on."))],
    why: Annotated[str, _text("--why", "REASON", _("Kept with them."))] = "",
    keep: Annotated[
        bool,
        typer.Option("--keep", help=_("Do not suggest the samples of excluded results again.")),
    ] = False,
) -> None:
    """tansaku mark NAME m3 --status excluded."""
    from tansaku.services.record import mark as judge

    found = judge(shell.store, name, ids, status=status.value, why=why, keep=keep)
    shell.show(found, lambda console: _render_mark(console, found))


@command("correct", _("Put right a result that was typed in wrongly; the history keeps both."))
def correct(
    shell: Shell,
    name: NameArgument,
    id: Annotated[
        str,
        typer.Argument(metavar="ID", help=_("The result, m3, or the lab's name of its sample.")),
    ],
    at: AtOption = None,
    result: ResultOption = None,
    sd: Annotated[
        list[str] | None, typer.Option("--sd", metavar="Y=0.1", help=_("Standard deviation."))
    ] = None,
    status: Annotated[Status | None, typer.Option("--status", help=_("What it is."))] = None,
    why: WhyOption = "",
    phase: Annotated[str, _text("--phase", "NAME", _("Phase that was found."))] = "",
    run: Annotated[str, _text("--run", "NAME", _("Furnace run."))] = "",
    note: Annotated[str, _text("--note", "TEXT", _("Kept with it."))] = "",
    sample: Annotated[str, _text("--sample", "NAME", _("What the lab calls the sample."))] = "",
    yes: YesOption = False,
) -> None:
    """tansaku correct NAME m3 --result y=3.2."""
    from tansaku.services.record import correct as put_right

    values = results(result or [])
    cause, amount = reason(why)
    found = put_right(
        shell.store,
        name,
        id,
        inputs=choices(at or [], "--at"),
        values=values,
        sd=settings(sd or [], "--sd"),
        status=None if status is None else status.value,
        why=cause,
        amount=amount,
        phase=phase,
        run=run,
        note=note,
        sample=sample,
        confirm=yes,
    )
    shell.show(found, lambda console: _render_correction(console, found))


def _render_correction(console: Console, found: CorrectedResult) -> None:
    for text, each in (
        (_("Before: {values} at {inputs} ({status})."), found.before),
        (_("Corrected {id}: {values} at {inputs} ({status})."), found.after),
    ):
        console.print(
            text.format(
                id=each.called,
                values=_values(each),
                inputs=where(each.inputs, each.formula),
                status=word(each.status.value),
            ),
            soft_wrap=True,
        )


@command("withdraw", _("Take suggestions back, which nobody will make for now, or attached files."))
def withdraw(
    shell: Shell,
    name: NameArgument,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help=_("Suggestions or files, e.g. s3 f2."))
    ],
    why: Annotated[str, _text("--why", "REASON", _("Kept with them."))] = "",
) -> None:
    """tansaku withdraw NAME s3."""
    from tansaku.services.availability import withdraw as take_back

    _show_change(shell, take_back(shell.store, name, ids, why=why))


@command("block", _("Suggest no candidates that keep a condition: they cannot be made now."))
def block(
    shell: Shell,
    name: NameArgument,
    condition: Annotated[
        str, typer.Argument(metavar="CONDITION", help=_("'x > 0.2', 'gas = Ar', joined by and."))
    ],
    why: Annotated[str, _text("--why", "REASON", _("Kept with it."))] = "",
) -> None:
    """tansaku block NAME 'x > 0.2' --why 'no CaCO3 this week'."""
    from tansaku.services.availability import block as close

    _show_change(shell, close(shell.store, name, condition, why=why))


@command("unblock", _("What was blocked can be made again."))
def unblock(
    shell: Shell,
    name: NameArgument,
    condition: Annotated[str, typer.Argument(metavar="CONDITION", help=_("As it was blocked."))],
    why: Annotated[str, _text("--why", "REASON", _("Kept with it."))] = "",
) -> None:
    """tansaku unblock NAME 'x > 0.2'."""
    from tansaku.services.availability import unblock as open_again

    _show_change(shell, open_again(shell.store, name, condition, why=why))


def _show_change(shell: Shell, found: AvailabilityChange) -> None:
    shell.note(found.notices)
    shell.show(found, lambda console: console.print(found.sentence, soft_wrap=True))


def _render_mark(console: Console, found: MarkedResults) -> None:
    console.print(
        _("From now on {ids} count as: {status}.").format(
            ids=", ".join(found.marked.measurements), status=word(found.marked.status.value)
        )
    )


def _render_results(console: Console, found: Results) -> None:
    for each in found.corrected:
        console.print(
            _("Corrected {id}: {values} at {inputs} ({status}).").format(
                id=each.called,
                values=_values(each),
                inputs=where(each.inputs, each.formula),
                status=word(each.status.value),
            ),
            soft_wrap=True,
        )
    if not found.measurements and not found.corrected:
        console.print(_("Nothing new in the file."))
    for each in found.measurements:
        console.print(
            _("Recorded {id}: {values} at {inputs} (pool_row {row}, {status}).").format(
                id=each.called,
                values=_values(each),
                inputs=where(each.inputs, each.formula),
                row=count(each.pool_row),
                status=word(each.status.value),
            ),
            soft_wrap=True,
        )
        if each.made is not None:
            console.print(
                _("Made of it: {formula}; the model learns from that.").format(
                    formula=each.made.formula
                ),
                soft_wrap=True,
            )
        if each.achieved is not None:
            console.print(
                _("Made at {inputs}; the model learns from that.").format(
                    inputs=where(each.achieved)
                ),
                soft_wrap=True,
            )
    status = found.status
    console.print(
        _("Measured: {measured} of {n} candidates; open: {open}.").format(
            measured=status.measured, n=count(status.n_candidates), open=count(status.open)
        )
    )


def _values(each: Measurement) -> str:
    """Results in one line, limits with their sign, or why there are none."""
    found = [
        f"{name}={measured(value, each.limits.get(name))}"
        + (f" ± {measured(each.sd[name])}" if name in each.sd else "")
        for name, value in each.values.items()
    ]
    return ", ".join(found) or cause(each.why, each.amount) or _("no result")

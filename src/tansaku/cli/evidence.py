"""Commands that show what it is worth: study, demo, doctor."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.cluster_option import ClusterOption
from tansaku.cli.loop import SeedOption, render_suggestions
from tansaku.cli.new_command import (
    CostOption,
    FormulaOption,
    InputsOption,
    ReferenceOption,
    TableOption,
    TargetOption,
    TemplateOption,
)
from tansaku.cli.parsing import names, settings
from tansaku.cli.shell import INTERRUPTED, Shell
from tansaku.cli.source_command import SourceTexts, given_sources, source_options
from tansaku.cli.terminal_tables import sheet
from tansaku.errors import UsageError
from tansaku.insight.figures import expected, measured, setting
from tansaku.insight.record_words import word
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.services.demo import Demonstration
    from tansaku.services.doctor import Diagnosis, Salvage, SalvagedCampaign
    from tansaku.services.study import StudyReport
    from tansaku.studies.result import Study

RUNS = 1000
"""Searches per strategy: a discovery probability is then known to 3 % (95 %, at worst)."""

START = 6
"""Random samples before the strategy is asked, as ``tansaku.study`` has it."""


StrategiesOption = Annotated[
    list[str] | None,
    typer.Option("--strategies", metavar="A,B", help=_("The strategies to compare.")),
]
RunsOption = Annotated[
    int, typer.Option("--runs", metavar="N", min=1, help=_("Searches per strategy."))
]
StartOption = Annotated[
    int | None,
    typer.Option(
        "--start",
        metavar="N",
        min=1,
        help=_("Random samples at the beginning; 6 if not given."),
    ),
]
EachStartOption = Annotated[
    bool,
    typer.Option("--each-start", help=_("One search from each candidate, alone, as the start.")),
]
StepsOption = Annotated[
    int | None,
    typer.Option("--steps", metavar="N", min=1, help=_("Samples per search; else all.")),
]
StopAtOption = Annotated[
    float | None,
    typer.Option(
        "--stop-at",
        metavar="P",
        help=_("Tell what stopping saves when the chance that the best is found is P."),
    ),
]
InOrderOption = Annotated[
    bool,
    typer.Option(
        "--in-order",
        help=_("Rows, or results, stand in the order of making: tell it beside the strategies."),
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help=_("Write the study, its pictures, methods and a notebook there."),
    ),
]


@command("study", _("Replay searches on a finished table or campaign, to compare strategies."))
@source_options
def study(
    shell: Shell,
    older: SourceTexts,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help=_("A campaign: what it measured, its older data.")),
    ] = None,
    table: TableOption = None,
    inputs: InputsOption = None,
    target: TargetOption = None,
    strategies: StrategiesOption = None,
    runs: RunsOption = RUNS,
    start: StartOption = None,
    each_start: EachStartOption = False,
    steps: StepsOption = None,
    stop_at: StopAtOption = None,
    in_order: InOrderOption = False,
    seed: SeedOption = 0,
    formula: FormulaOption = None,
    template: TemplateOption = None,
    reference: ReferenceOption = None,
    cost: CostOption = None,
    out: OutOption = None,
    cluster: ClusterOption = "",
) -> None:
    """tansaku study --table T.csv --inputs a,b --target y:max:log10, or study NAME."""
    from tansaku.services.study import Replay, StudyReport, StudyStopped, kept_before, study_of
    from tansaku.services.study import study as replay

    if each_start and start is not None:
        raise UsageError(
            _("--start and --each-start exclude each other."),
            _("With --each-start every search begins with one sample."),
        )
    sources = given_sources(older)
    of_table = {
        "--table": table, "--inputs": inputs, "--target": target, "--formula": formula,
        "--template": template, "--reference": reference, "--cost": cost,
    }  # fmt: skip
    _check_subject(name, of_table)
    replayed = Replay(
        strategies=names(strategies or ["random,standard"], "--strategies"),
        runs=runs,
        start=START if start is None else start,
        steps=steps,
        stop_at=stop_at,
        in_order=in_order,
        seed=seed,
        each_start=each_start,
        sources=sources,
        store=shell.store,
        out=out,
        cluster=cluster,
    )
    shell.note(kept_before(replayed))
    try:
        with shell.progress():
            if name is not None or table is None:
                found = study_of(shell.store, name or "", replayed)
            else:
                found = replay(
                    table,
                    inputs=names(inputs or [], "--inputs"),
                    targets=target or [],
                    replayed=replayed,
                    formula=formula or "",
                    template=template or "",
                    reference=settings(reference, "--reference") if reference else None,
                    cost=cost,
                )
    except StudyStopped as stopped:
        if stopped.study is None:
            shell.note([stopped.message])
        else:
            _show_study(shell, StudyReport.of(stopped.study))
        shell.note([stopped.hint])
        raise typer.Exit(INTERRUPTED) from None
    _show_study(shell, found)


def _show_study(shell: Shell, found: StudyReport) -> None:
    shell.note(found.study.notices)
    shell.show(found, lambda console: _render_report(console, found))


def _check_subject(name: str | None, of_table: Mapping[str, object]) -> None:
    """See that a table or a campaign is named, and that a table is described."""
    said = [option for option, value in of_table.items() if value]
    needed = ("--table", "--inputs", "--target")
    lacking = [option for option in needed if option not in said]
    if name is not None and said:
        raise UsageError(
            _("{options} says something of a table, and '{name}' is a campaign.").format(
                options=", ".join(said), name=name
            ),
            _("Leave it out: a campaign knows its samples, inputs and targets."),
        )
    if name is None and lacking:
        raise UsageError(
            _("A study needs {options}, or the name of a campaign.").format(
                options=", ".join(lacking)
            ),
            _("Write 'study --table T.csv --inputs a,b --target y:max', or 'study NAME'."),
        )


@command("demo", _("The bundled example end to end: suggestions, a study, three pictures."))
def demo(
    shell: Shell,
    folder: Annotated[
        Path,
        typer.Option("--folder", metavar="FOLDER", help=_("Where to make it; numbered if taken.")),
    ] = Path("tansaku-demo"),
    seed: SeedOption = 0,
) -> None:
    """tansaku demo."""
    from tansaku.services.demo import demo as play

    with shell.progress():
        found = play(folder, seed=seed)
    shell.show(found, lambda console: _render_demo(console, found))


@command("doctor", _("Whether this machine and this store are fit for work."))
def doctor(
    shell: Shell,
    out: Annotated[
        Path | None,
        typer.Option(
            "--salvage",
            metavar="OUT",
            help=_("Put what can be read of a damaged store file into a new one."),
        ),
    ] = None,
) -> None:
    """tansaku doctor."""
    from tansaku.errors import DataError
    from tansaku.services import doctor as services

    if out is None:
        diagnosis = services.doctor(shell.store)
        shell.show(diagnosis, lambda console: _render_diagnosis(console, diagnosis))
        healthy = diagnosis.healthy
    else:
        found = services.salvage(shell.store, out)
        shell.show(found, lambda console: _render_salvage(console, found))
        healthy = found.healthy
    if not healthy:
        raise typer.Exit(DataError.exit_code)


def _render_report(console: Console, found: StudyReport) -> None:
    render_study(console, found.study)
    for path in found.files:
        console.print(_("Written: {file}").format(file=path), soft_wrap=True)


def render_study(console: Console, found: Study) -> None:
    """A table of the strategies: samples needed for each level of certainty, or of several goals
    for each share of the hypervolume."""
    if found.best is None:
        _render_volumes(console, found)
        return
    console.print(
        _("{n} candidates; the best has {target} = {value}.").format(
            n=found.n_candidates, target=found.targets[0].name, value=measured(found.best)
        )
    )
    console.print(_("Samples needed to find it:"))
    header = [_("strategy"), _("searches"), "50 %", "80 %", "95 %", _("mean"), _("seconds")]
    rows = [
        [
            each.name,
            str(each.runs),
            _samples(levels["n50"]),
            _samples(levels["n80"]),
            _samples(levels["n95"]),
            "-" if each.mean is None else f"{each.mean:.1f}",
            f"{each.seconds:.1f}",
        ]
        for each, levels in ((each, each.levels) for each in found.strategies)
    ]
    sheet(console, header, rows, words=(header[0],))
    for each in found.strategies:
        if each.stop is not None:
            console.print(f"{each.name}: {each.stop.sentence}", soft_wrap=True)


def _render_volumes(console: Console, found: Study) -> None:
    reference, volume = found.table.reference_in_units, found.metrics["hypervolume"]
    beaten = ", ".join(f"{name}={measured(value)}" for name, value in reference.items())
    console.print(
        _("{n} candidates, {best} of them best compromises; to be beaten: {reference}.").format(
            n=found.n_candidates, best=int(found.table.front.sum()), reference=beaten
        ),
        soft_wrap=True,
    )
    console.print(_("Samples needed on the average for a share of the hypervolume:"))
    header = [_("strategy"), _("searches"), "0.90", "0.95", "0.99", _("seconds")]
    reached = map(_samples, volume.reached(volume.random).values())
    rows = [[_("random search"), "-", *reached, "-"]]
    for each in found.strategies:
        levels = map(_samples, each.curves["hypervolume"].levels.values())
        rows.append([each.name, str(each.runs), *levels, f"{each.seconds:.1f}"])
    sheet(console, header, rows, words=(header[0],))


def _samples(found: int | None) -> str:
    return "-" if found is None else str(found)


def _render_demo(console: Console, found: Demonstration) -> None:
    console.print(found.introduction, soft_wrap=True)
    console.print()
    render_suggestions(console, found.first)
    console.print()
    console.print(_("These samples are made and measured, and their results recorded:"))
    header = ["id", *found.first.suggestions[0].inputs, _("expected"), _("measured")]
    rows = []
    for suggestion, result in zip(found.first.suggestions, found.results.measurements, strict=True):
        inputs = [setting(value) for value in suggestion.inputs.values()]
        before = [expected(each, each.unit) for each in suggestion.predicted.values()]
        rows.append([suggestion.id, *inputs, *before, *map(measured, result.values.values())])
    sheet(console, header, rows)
    console.print(_("With these, the next suggestion is:"))
    render_suggestions(console, found.second)
    console.print()
    console.print(_("And with one search from each composition of a finished table:"))
    for name, report in found.studies.items():
        console.print()
        console.print(_("Table {name}").format(name=name))
        render_study(console, report.study)
    console.print()
    console.print(_("Pictures and the campaign are in {folder}:").format(folder=found.folder))
    for path in found.files:
        console.print(str(path), soft_wrap=True)
    console.print()
    store = f"sqlite:///{found.folder / 'tansaku.db'}"
    command = shlex.join(["tansaku", "serve", "--store", store])
    console.print(_("To go on in a browser: {command}").format(command=command), soft_wrap=True)


def _render_diagnosis(console: Console, found: Diagnosis) -> None:
    header = [_("state"), _("what"), _("found")]
    rows = [[word(each.state), each.name, each.detail] for each in found.checks]
    sheet(console, header, rows, words=header)


def _render_salvage(console: Console, found: Salvage) -> None:
    header = [_("name"), _("events saved"), _("events lost"), ""]
    rows = [
        [each.campaign or "?", str(each.saved), str(each.lost), _condition(each)]
        for each in found.campaigns
    ]
    sheet(console, header, rows, words=(header[0], ""))
    text = _("What could be read is in {file}; accounts and tokens are not.")
    console.print(text.format(file=found.file), soft_wrap=True)


def _condition(found: SalvagedCampaign) -> str:
    """In what state a campaign was saved, in words."""
    if found.whole:
        return _("whole")
    if not found.saved:
        return _("lost")
    if not found.checked:
        return _("what it searches cannot be checked; later events may be missing")
    return _("without its later events") if found.lost else _("later events may be missing")

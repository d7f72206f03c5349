"""The command that plans furnace runs: plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.loop import ByOption, MoreOption, SeedOption, StrategyOption
from tansaku.cli.parsing import names
from tansaku.cli.shell import Shell
from tansaku.cli.source_command import render_verdicts
from tansaku.cli.terminal_tables import sheet as print_sheet
from tansaku.insight.figures import count, expected, percent, setting, where
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.campaign.furnace.furnace_plan import FurnacePlan, FurnaceRun


@command("plan", _("Plan furnace runs: which settings, and which samples go into each run."))
def plan(
    shell: Shell,
    name: NameArgument,
    crucibles: Annotated[
        int, typer.Option("--crucibles", metavar="K", help=_("Samples that a run takes."))
    ],
    runs: Annotated[int, typer.Option("--runs", metavar="M", help=_("How many runs."))] = 1,
    shared: Annotated[
        list[str] | None,
        typer.Option(
            "--shared",
            metavar="T,t",
            help=_("Inputs that all samples of a run share; without it those of the process."),
        ),
    ] = None,
    hours: Annotated[
        str,
        typer.Option(
            "--hours", metavar="'t + 6'", help=_("Hours that a run takes, by its settings.")
        ),
    ] = "",
    available: Annotated[
        float | None,
        typer.Option("--available", metavar="HOURS", help=_("Hours for all runs together.")),
    ] = None,
    strategy: StrategyOption = "standard",
    seed: SeedOption = 0,
    by: ByOption = None,
    more: MoreOption = False,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", metavar="FILE", help=_("Write the run sheet: .html, to print.")),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over files that are there."))
    ] = False,
) -> None:
    """tansaku plan NAME --shared T,t --crucibles 8 --runs 3."""
    from tansaku.services.plan_furnace import plan_runs

    found = plan_runs(
        shell.store,
        name,
        runs=runs,
        crucibles=crucibles,
        shared=names(shared, "--shared") if shared else (),
        hours=hours,
        available=available,
        strategy=strategy,
        seed=seed,
        by=by,
        more=more,
        sheet=sheet,
        force=force,
    )
    shell.note(found.notices)
    shell.show(found, lambda console: _render(console, found, sheet))


def _render(console: Console, found: FurnacePlan, file: Path | None) -> None:
    """Each run with its settings and reason, and a table of its samples."""
    console.print(
        _(
            "Campaign {name}, strategy {strategy}, seed {seed}; runs: {n}, crucibles in each: {k}"
        ).format(
            name=found.campaign,
            strategy=found.strategy,
            seed=found.seed,
            n=len(found.runs),
            k=found.crucibles,
        )
    )
    console.print(
        _("A run shares {names}; settings tried for each run: {n}.").format(
            names=", ".join(found.shared), n=found.settings
        )
    )
    for run in found.runs:
        console.print()
        console.print(
            _("Run {run}: {setting}").format(run=run.run, setting=where(run.setting)),
            soft_wrap=True,
        )
        if run.hours is not None:
            console.print(_("Hours: {hours}").format(hours=f"{run.hours:.4g}"))
        _render_features(console, run)
        console.print(run.reason, soft_wrap=True)
        _render_samples(console, found, run)
    if found.gain_sentence:
        console.print()
        console.print(found.gain_sentence, soft_wrap=True)
    if found.cost is not None:
        console.print(_("Cost of all samples: {cost}").format(cost=f"{found.cost:.4g}"))
    if found.hours is not None:
        console.print(_("Hours of all runs: {hours}").format(hours=f"{found.hours:.4g}"))
    render_verdicts(console, found.sources, found.strategy)
    for name, each in found.between_runs_by_target.items():
        said = each.sentence()
        several = _("{name}: {sentence}").format(name=name, sentence=said)
        console.print(several if len(found.between_runs_by_target) > 1 else said, soft_wrap=True)
    if file is not None:
        console.print(_("Written: {file}").format(file=file), soft_wrap=True)


def _render_features(console: Console, run: FurnaceRun) -> None:
    words = {
        "peak_temperature": _("peak temperature {value} °C"),
        "total_time": _("total time {value} h"),
        "dose": _("thermal dose {value} (log10 of hours at the reference temperature)"),
    }
    if run.features:
        parts = [words[k].format(value=f"{v:.5g}") for k, v in run.features.items()]
        console.print(_("Firing: {parts}").format(parts=", ".join(parts)), soft_wrap=True)


def _render_samples(console: Console, found: FurnacePlan, run: FurnaceRun) -> None:
    inputs = [name for name in run.suggestions[0].inputs if name not in found.shared]
    targets = list(run.suggestions[0].predicted)
    known = any(each.formula is not None for each in run.suggestions)
    named = any(each.sample for each in run.suggestions)
    header = [
        "id",
        *([_("sample")] if named else []),
        "pool_row",
        *inputs,
        *([_("formula")] if known else []),
        *targets,
    ]
    rows = []
    for each in run.suggestions:
        row = [each.id, *([each.sample or "-"] if named else []), count(each.pool_row)]
        row += [*(setting(each.inputs[name]) for name in inputs)]
        row += [each.formula or "-"] if known else []
        for target in targets:
            predicted = each.predicted[target]
            row.append(expected(predicted, predicted.unit))
        rows.append([*row, percent(each.chance_to_beat_best)])
    better = _("beats the best") if len(targets) < 2 else _("new compromise")
    print_sheet(console, [*header, better], rows, words=(_("formula"),))

"""Commands of the loop: suggest, predict, explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.parsing import choices
from tansaku.cli.shell import Shell
from tansaku.cli.source_command import render_verdicts
from tansaku.cli.terminal_tables import sheet
from tansaku.cli.weighing import (
    BalanceOption,
    ExcessOption,
    LeavingOption,
    MassOption,
    PrecursorsOption,
    given_plan,
    render_weighing,
)
from tansaku.insight.figures import (
    cause,
    count,
    expected,
    interval,
    measured,
    percent,
    prediction,
    setting,
    size,
    where,
)
from tansaku.insight.record_words import word
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.campaign.explanation import Explanation
    from tansaku.campaign.recompute import Recomputed
    from tansaku.campaign.suggest.suggestion import Suggestions
    from tansaku.services.predict import Prediction
    from tansaku.services.suggest_samples import WeighedSuggestions
    from tansaku.space import Predicted


StrategyOption = Annotated[
    str, typer.Option("--strategy", metavar="NAME", help=_("How samples are chosen."))
]
SeedOption = Annotated[
    int,
    typer.Option("--seed", min=0, metavar="N", help=_("The same seed gives the same answer.")),
]

ByOption = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="NAME",
        help=_("Who asks (by default the account): others get other samples."),
    ),
]
MoreOption = Annotated[
    bool, typer.Option("--more", help=_("Your earlier suggestions without a result stay, too."))
]


@command("suggest", _("Suggest the next samples to make."))
def suggest(
    shell: Shell,
    name: NameArgument,
    n: Annotated[int, typer.Option("-n", "--number", metavar="N", help=_("How many."))] = 1,
    strategy: StrategyOption = "standard",
    seed: SeedOption = 0,
    by: ByOption = None,
    more: MoreOption = False,
    replicate: Annotated[
        bool, typer.Option("--replicate", help=_("Measured samples may be suggested again."))
    ] = False,
    fix: Annotated[
        list[str] | None,
        typer.Option("--fix", metavar="A=1", help=_("Inputs with these values, this time only.")),
    ] = None,
    among: Annotated[
        list[str] | None,
        typer.Option(
            "--among", metavar="CONDITION", help=_("Only such candidates, this time: 'x <= 0.2'.")
        ),
    ] = None,
    candidates: Annotated[
        Path | None,
        typer.Option(
            "--candidates",
            metavar="FILE",
            help=_("Only the rows of this table, this time: a Parquet file of any length."),
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help=_("Show what is under way, and suggest nothing new."))
    ] = False,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe", help=_("Settings of the older data, which tell whether those help.")
        ),
    ] = False,
    time_limit: Annotated[
        float | None,
        typer.Option(
            "--time-limit",
            metavar="SECONDS",
            help=_("End with the best found by then, and say so."),
        ),
    ] = None,
    precursors: PrecursorsOption = None,
    mass: MassOption = None,
    excess: ExcessOption = None,
    balance: BalanceOption = None,
    leaving: LeavingOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="FILE|FOLDER",
            help=_("Write the weighing sheets: .html, .xlsx, or a folder for both."),
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over files that are there."))
    ] = False,
) -> None:
    """tansaku suggest NAME [-n 3]."""
    from tansaku.services.suggest_samples import suggest as choose
    from tansaku.services.suggest_samples import under_way

    if show:
        known = under_way(shell.store, name)
        shell.show(known, lambda console: _render_weighed(console, known))
        return
    found = choose(
        shell.store,
        name,
        n,
        strategy=strategy,
        seed=seed,
        by=by,
        more=more,
        replicate=replicate,
        probe=probe,
        fixed=choices(fix or [], "--fix"),
        among=tuple(among or ()),
        candidates=candidates,
        time_limit=time_limit,
        weighing=given_plan(precursors, mass, excess, balance, leaving),
        sheet=sheet,
        force=force,
    )
    shell.note(found.said)
    shell.show(found, lambda console: _render_weighed(console, found))


@command("predict", _("What to expect at a point, whether it is a candidate or not."))
def predict(
    shell: Shell,
    name: NameArgument,
    at: Annotated[list[str], typer.Option("--at", metavar="A=1,B=2", help=_("The inputs."))],
    strategy: StrategyOption = "standard",
    seed: SeedOption = 0,
) -> None:
    """tansaku predict NAME --at a=1,b=2."""
    from tansaku.services.predict import predict as ask

    inputs = choices(at, "--at")
    found = ask(shell.store, name, inputs, strategy=strategy, seed=seed)
    shell.note(found.notices)
    shell.show(found, lambda console: _render_prediction(console, found))


@command("explain", _("Why a sample was suggested, what was expected, and what came out."))
def explain(
    shell: Shell,
    name: NameArgument,
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help=_("The suggestion, s1, or the lab's name of its sample.")
        ),
    ],
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute", help=_("Choose it once more from what was known then, and compare.")
        ),
    ] = False,
) -> None:
    """tansaku explain NAME ID."""
    from tansaku.services.explain import explain as look_up

    found = look_up(shell.store, name, id, recompute=recompute)
    shell.show(found, lambda console: _render_explanation(console, found))


def render_suggestions(console: Console, found: Suggestions) -> None:
    """A table of the suggestions, and a line of reason for each."""
    from tansaku.insight.reasons import sentence

    if found.strategy:
        console.print(
            _("Campaign {name}, strategy {strategy}, seed {seed}").format(
                name=found.campaign, strategy=found.strategy, seed=found.seed
            )
        )
    else:
        console.print(_("Campaign {name}").format(name=found.campaign))
    if not found.suggestions:
        console.print(_("Nothing is under way."))
        return
    inputs = list(found.suggestions[0].inputs)
    targets = list(found.suggestions[0].predicted)
    known = any(each.formula is not None for each in found.suggestions)
    named = any(each.sample for each in found.suggestions)
    header = ["id", *([_("sample")] if named else []), "pool_row", *inputs]
    header += [_("formula")] if known else []
    for target in targets:
        header += [target, _("next measurement (95 %)")]
    header.append(_("beats the best") if len(targets) < 2 else _("new compromise"))
    rows = []
    for each in found.suggestions:
        row = [each.id, *([each.sample or "-"] if named else []), count(each.pool_row)]
        row += [setting(each.inputs[name]) for name in inputs]
        row += [each.formula or "-"] if known else []
        for target in targets:
            predicted = each.predicted[target]
            row += [expected(predicted, predicted.unit), interval(predicted)]
        rows.append([*row, percent(each.chance_to_beat_best)])
    sheet(console, header, rows, words=(_("formula"),))
    for each in found.suggestions:
        console.print(f"{each.id}: {sentence(each.reason)}", soft_wrap=True)
    render_verdicts(console, found.sources, found.strategy)


def _render_weighed(console: Console, found: WeighedSuggestions) -> None:
    """The suggestions, and below them the weighing sheet of each."""
    render_suggestions(console, found)
    for each in found.suggestions:
        if each.weighing is None:
            continue
        console.print()
        console.print(_("Weighing sheet of {id}").format(id=each.id))
        render_weighing(console, each.weighing, brief=True)
    for file in found.files:
        console.print(_("Written: {file}").format(file=file), soft_wrap=True)


def _render_prediction(console: Console, found: Prediction) -> None:
    console.print(
        _("Campaign {name} at {inputs}").format(name=found.campaign, inputs=where(found.inputs)),
        soft_wrap=True,
    )
    for target, each in found.predicted.items():
        console.print(prediction(target, each), soft_wrap=True)
        _render_phases(console, each)


def _render_phases(console: Console, predicted: Predicted) -> None:
    """What is expected in each phase, where samples differ in theirs."""
    for phase, inside in predicted.phases.items():
        console.print(
            _(
                "  If it is {phase} ({chance}): {expected}; the next measurement {interval} (95 %)"
            ).format(
                phase=phase,
                chance=percent(inside.chance),
                expected=expected(inside, predicted.unit),
                interval=interval(inside),
            ),
            soft_wrap=True,
        )


def _render_explanation(console: Console, found: Explanation) -> None:
    from tansaku.campaign.card_words import card_lines

    for line in (
        _("Suggestion {id} of campaign {name}: {inputs} (pool_row {row})").format(
            id=found.called,
            name=found.campaign,
            inputs=where(found.inputs, found.formula),
            row=count(found.pool_row),
        ),
        _("Why: {reason}").format(reason=found.reason),
        _("Strategy {strategy}, seed {seed}; event {event} of {time}; now {state}.").format(
            strategy=found.strategy,
            seed=found.seed,
            event=found.event,
            time=found.at.astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            state=word(found.state),
        ),
    ):
        console.print(line, soft_wrap=True)
    render_verdicts(console, found.sources, found.strategy)
    for target, each in found.predicted.items():
        console.print(
            _("Expected of {prediction}").format(prediction=prediction(target, each)),
            soft_wrap=True,
        )
        _render_phases(console, each)
    if found.chance_to_beat_best is not None:
        console.print(
            _("Chance to beat the best: {chance}").format(chance=percent(found.chance_to_beat_best))
        )
    if found.card is not None:
        for said in card_lines(found.card):
            console.print(said, soft_wrap=True)
    for target, out in found.measured.items():
        text = _("Measured {target}: {values}").format(
            target=target, values=", ".join([*map(measured, out.values), *out.limits])
        )
        if out.off_by_sd is not None:
            text += " " + _("({n:+.1f} predicted sd from the expected value)").format(
                n=out.off_by_sd
            )
        console.print(text, soft_wrap=True)
    for file in found.attachments:
        text = _("Attached: {id} {name} ({size})").format(
            id=file.id, name=file.name, size=size(file.size)
        )
        console.print(text + (f": {file.remark}" if file.remark else ""), soft_wrap=True)
    for sample in found.failures:
        why = cause(sample.why, sample.amount)
        text = _("It failed: {why}.").format(why=why) if why else _("It failed.")
        console.print(text, soft_wrap=True)
    if found.recomputed is not None:
        _render_recomputed(console, found.recomputed)


def _render_recomputed(console: Console, found: Recomputed) -> None:
    if not found.differs:
        console.print(_("Chosen once more from what was known then: the same."))
    else:
        console.print(
            _("Chosen once more from what was known then, it differs in: {places}.").format(
                places=", ".join(found.differs)
            ),
            soft_wrap=True,
        )
    for name, (then, now) in found.versions.items():
        console.print(
            _("{name} was {then} then and is {now} now.").format(name=name, then=then, now=now)
        )
    if found.differs and found.time_limit:
        console.print(
            _("It was chosen under a time limit: another machine finds another answer."),
            soft_wrap=True,
        )

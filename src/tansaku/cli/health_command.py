"""The commands about believing a model and about stopping: health, stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.loop import SeedOption, StrategyOption
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.insight.figures import percent
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.campaign.model_health import Health, TargetHealth, Uncertain
    from tansaku.campaign.when_to_stop import Stop


@command("health", _("Whether the model can be believed: green, amber or red, and what to do."))
def health(
    shell: Shell,
    name: NameArgument,
    strategy: StrategyOption = "standard",
    seed: SeedOption = 0,
) -> None:
    """tansaku health NAME."""
    from tansaku.services.health import health as look

    found = look(shell.store, name, strategy=strategy, seed=seed)
    shell.show(found, lambda console: _render(console, found))


def _render(console: Console, found: Health) -> None:
    from tansaku.campaign.health_lines import health_lines, health_table
    from tansaku.insight.verdict import words

    for line in health_lines(found):
        console.print(line, soft_wrap=True)
    header, known = health_table(found)
    if known:
        sheet(console, header, known, words=header[:2])
    for target in found.targets:
        _render_importance(console, target)
    for source in found.sources:
        console.print(words(source), soft_wrap=True)


def _render_importance(console: Console, each: TargetHealth) -> None:
    """Share of the function's variance of each input."""
    if each.importance:
        console.print(
            _("What each input changes of {name}, of the variance (with 95 % interval):").format(
                name=each.target
            ),
            soft_wrap=True,
        )
        header = [_("input"), _("alone"), _("with others")]
        rows = [[one.input, *map(_share, (one.alone, one.in_all))] for one in each.importance]
        sheet(console, header, rows, words=header[:1])


def _share(share: Uncertain) -> str:
    return _("{value} ({low} to {high})").format(
        value=percent(share.value), low=percent(share.low), high=percent(share.high)
    )


@command("stop", _("Whether the best has been found, and what more samples would gain."))
def stop(
    shell: Shell,
    name: NameArgument,
    delta: Annotated[
        float | None,
        typer.Option(
            "--delta",
            metavar="X",
            help=_(
                "What matters, in the target's unit; of a log10 target a factor, with two goals a"
                " share of the hypervolume. Default: the sd of one measurement, or 1 %."
            ),
        ),
    ] = None,
    strategy: StrategyOption = "standard",
    seed: SeedOption = 0,
) -> None:
    """tansaku stop NAME."""
    from tansaku.services.stop import stop as look

    found = look(shell.store, name, delta=delta, strategy=strategy, seed=seed)
    shell.show(found, lambda console: _render_stop(console, found))


def _render_stop(console: Console, found: Stop) -> None:
    for line in found.lines:
        console.print(line, soft_wrap=True)

"""The commands about believing a model and about stopping: health, stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.loop import SeedOption, StrategyOption
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.insight.figures import measured, percent
from tansaku.language import _, joined

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
    from tansaku.insight.verdict import words

    names = {"green": _("green"), "amber": _("amber"), "red": _("red")}
    text = _("{verdict}: {sentence}").format(verdict=names[found.verdict], sentence=found.sentence)
    console.print(joined(text, found.advice), soft_wrap=True)
    for each in found.every:
        if each not in found.gravest:
            console.print(joined(each.sentence, each.advice), soft_wrap=True)
    known = [each for each in found.targets if each.inside is not None]
    if known:
        header = [
            _("target"), _("verdict"), _("results"), _("Q2"), _("within 95 %"), _("sd of noise"),
            _("sd of signal"),
        ]  # fmt: skip
        rows = [_row(each, names[each.verdict]) for each in known]
        sheet(console, header, rows, words=header[:2])
    for target in known:
        _render_target(console, target)
    for source in found.sources:
        console.print(words(source), soft_wrap=True)


def _row(each: TargetHealth, verdict: str) -> list[str]:
    q2 = "-" if each.q2 is None else f"{each.q2:.2f}"
    sds = ["-" if sd is None else f"{sd:.2g}" for sd in (each.noise_sd, each.signal_sd)]
    inside = _("{inside} of {n}").format(inside=each.inside, n=each.n)
    return [each.target, verdict, str(each.n), q2, inside, *sds]


def _render_target(console: Console, each: TargetHealth) -> None:
    """Share of the function's variance of each input, and what stands out."""
    for one in each.outliers:
        console.print(
            _("{samples}: {value} was measured, {low} to {high} is expected.").format(
                samples=", ".join(one.called),
                value=measured(one.value, one.limit),
                low=f"{one.low:.3g}",
                high=f"{one.high:.3g}",
            ),
            soft_wrap=True,
        )
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
    console.print(found.sentence, soft_wrap=True)
    if found.gain_per_cost is not None:
        gains = ", ".join(f"{k}: {gain:.2g}" for k, gain in found.gain_per_cost.items())
        console.print(_("Gain for one unit of cost: {gains}.").format(gains=gains), soft_wrap=True)
    if found.looked_at < found.candidates:
        console.print(
            _(
                "Drawn together were the {n} of {all} candidates that are likeliest to be better."
            ).format(n=found.looked_at, all=found.candidates),
            soft_wrap=True,
        )

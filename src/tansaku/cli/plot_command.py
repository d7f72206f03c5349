"""Commands that show a campaign: its pictures, and all of it on a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.loop import SeedOption, StrategyOption
from tansaku.cli.parsing import choices, names
from tansaku.cli.shell import Shell
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.services.plot import Plotted


@command("plot", _("Draw a campaign: the pictures that suit it, or those that are named."))
def plot(
    shell: Shell,
    name: NameArgument,
    kinds: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KIND ..]",
            help=_(
                "map, slice, ternary, profile, acquisition, parity, progress, pareto, importance,"
                " arrhenius, sources, runs; without any the four that suit."
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE|FOLDER",
            help=_("A .png, .svg or .pdf file, or a folder, which is made; else the current one."),
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="Y", help=_("The target that is drawn; else the first.")),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", metavar="A=1,B=2", help=_("Inputs held there; the others as at the best.")
        ),
    ] = None,
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="A,B", help=_("The axes: inputs, or goals of pareto.")),
    ] = None,
    strategy: StrategyOption = "standard",
    seed: SeedOption = 0,
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over a file that is there."))
    ] = False,
) -> None:
    """tansaku plot NAME [KIND ..]."""
    from tansaku.services.plot import plot as draw

    found = draw(
        shell.store,
        name,
        kinds or [],
        out=out,
        target=target,
        at=choices(at, "--at") if at else None,
        over=names(over, "--over") if over else (),
        strategy=strategy,
        seed=seed,
        force=force,
    )
    shell.show(found, lambda console: _render(console, found))


def _render(console: Console, found: Plotted) -> None:
    for each in found.pictures:
        console.print(_("Written: {file}").format(file=each.file), soft_wrap=True)


@command("report", _("A campaign as one page to read, to print and to send."))
def report(
    shell: Shell,
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=_("The page, an .html file."))],
    strategy: StrategyOption = "standard",
    seed: SeedOption = 0,
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over a file that is there."))
    ] = False,
) -> None:
    """tansaku report NAME --out FILE."""
    from tansaku.services.report import report as write

    found = write(shell.store, name, out, strategy=strategy, seed=seed, force=force)
    text = _("Written: {file}").format(file=found.file)
    shell.show(found, lambda console: console.print(text, soft_wrap=True))

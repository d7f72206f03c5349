"""Commands about files of samples: attach, attachments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.insight.figures import minute, size
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.services.sample_files import AttachedFiles, Attachments


@command("attach", _("Attach files to a sample: a photo, an impedance file, an XRD pattern."))
def attach(
    shell: Shell,
    name: NameArgument,
    sample: Annotated[
        str,
        typer.Argument(
            metavar="SAMPLE", help=_("A suggestion, s3, a result, m5, or the lab's name of it.")
        ),
    ],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=_("The files."))],
    remark: Annotated[
        str, typer.Option("--remark", metavar="TEXT", help=_("Kept with them."))
    ] = "",
) -> None:
    """tansaku attach NAME s3 photo.jpg xrd.xy."""
    from tansaku.services.sample_files import attach as call

    found = call(shell.store, name, sample, files, remark=remark)
    shell.show(found, lambda console: _render_attached(console, found))


@command("attachments", _("The files that are attached to samples, and their contents."))
def attachments(
    shell: Shell,
    name: NameArgument,
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="[SAMPLE|ID]", help=_("Those of a sample, or one, f2; all without it.")
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FOLDER", help=_("Write their contents there.")),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help=_("Write over a file that is there."))
    ] = False,
) -> None:
    """tansaku attachments NAME [SAMPLE] [--save FOLDER]."""
    from tansaku.services.sample_files import attachments as find

    found = find(shell.store, name, which, folder=save, force=force)
    shell.show(found, lambda console: _render_attachments(console, found))


def _render_attached(console: Console, found: AttachedFiles) -> None:
    for each in found.attachments:
        console.print(
            _("Attached to {sample}: {id} {name} ({size}).").format(
                sample=each.sample, id=each.id, name=each.name, size=size(each.size)
            ),
            soft_wrap=True,
        )


def _render_attachments(console: Console, found: Attachments) -> None:
    if not found.attachments:
        console.print(_("No file is attached."))
        return
    header = [_("id"), _("sample"), _("file"), _("size"), _("when"), _("who"), _("remark")]
    rows = [
        [
            each.id,
            each.sample,
            each.name,
            size(each.size),
            minute(each.at),
            each.by or "",
            each.remark,
        ]
        for each in found.attachments
    ]
    sheet(console, header, rows, words=[word for word in header if word != _("size")])
    for file in found.saved:
        console.print(_("Written: {file}").format(file=file), soft_wrap=True)

"""The option that names a cluster, of the commands that have studies made."""

from __future__ import annotations

from typing import Annotated

import typer

from tansaku.language import _

ClusterOption = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="local:N|tcp://HOST:PORT|slurm:N",
        help=_("Workers of this machine, of a Dask scheduler or of Slurm do the searches."),
    ),
]

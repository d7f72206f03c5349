"""Slurm jobs: submitted with ``sbatch``, looked for with ``squeue``, ended with ``scancel``.

They have one name, which nothing else has: by it Slurm knows them all, those too that Ctrl-C has
hit while they were submitted.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from tansaku.errors import ClusterError
from tansaku.language import _

IN_VAIN: Final = 4
"""Looks in a row that find jobs ended and no worker of any, after which no more are submitted: as
many as Dask gives workers that end at one task."""


class SlurmJobs:
    """So many jobs of one script.

    Args:
        name: Of all of them, and of nothing else.
        script: What each runs.
        n: How many there should be.
        settings: File that says how they are submitted, for who mends it.
    """

    def __init__(self, name: str, script: str, n: int, settings: str) -> None:
        self.name, self.script, self.n, self.settings = name, script, n, settings
        self.in_vain = 0  # looks in a row that have found some ended and no worker

    def submit(self, n: int) -> None:
        """Submit so many.

        Raises:
            ClusterError: Slurm takes none, or is not here.
        """
        for _each in range(n):
            try:
                _said("sbatch", f"--job-name={self.name}", script=self.script)
            except subprocess.CalledProcessError as error:
                why = error.stderr.replace("sbatch: ", "").replace("error: ", "").splitlines()
                raise ClusterError(
                    _("Slurm takes no job: {said}.").format(said="; ".join(why)),
                    _("See to what {file} says of queue, account and size.").format(
                        file=self.settings
                    ),
                ) from error

    def renew(self, working: bool) -> None:
        """Submit once more those that have ended.

        Args:
            working: Whether there is a worker of any.

        Raises:
            ClusterError: they end before they work, or Slurm takes no more.
        """
        try:
            there = _said("squeue", "--noheader", "--format=%i", f"--name={self.name}").split()
        except subprocess.CalledProcessError:  # Slurm is away; its jobs go on meanwhile
            return
        ended = self.n - len(there)
        if working:
            self.in_vain = 0
        elif ended:
            self.in_vain += 1
        if self.in_vain == IN_VAIN:
            raise ClusterError(
                _("Jobs of Slurm end before a worker comes from them."),
                _(
                    "See what they said: in slurm-NUMBER.out here, or in the log-directory of"
                    " {file}."
                ).format(file=self.settings),
            )
        self.submit(ended)

    def cancel(self) -> None:
        """End them all."""
        # where Slurm is away, a job ends by itself that finds no scheduler
        with suppress(subprocess.CalledProcessError, ClusterError):
            _said("scancel", f"--name={self.name}")


@contextmanager
def submitted(jobs: SlurmJobs) -> Iterator[SlurmJobs]:
    """The jobs, which end with the ``with`` block.

    Raises:
        ClusterError: Slurm takes none, or is not here.
    """
    try:
        jobs.submit(jobs.n)
        yield jobs
    finally:
        jobs.cancel()


def _said(program: str, *options: str, script: str = "") -> str:
    """What one of Slurm's programs says."""
    try:
        # in a session of its own: Ctrl-C is for this process
        return subprocess.run(
            [program, *options],
            input=script,
            capture_output=True,
            text=True,
            check=True,
            start_new_session=True,
        ).stdout
    except FileNotFoundError as error:
        raise ClusterError(
            _("There is no {program} here: this machine submits no jobs to Slurm.").format(
                program=program
            ),
            _("Call it on a machine that does, or take workers of this one: local:2."),
        ) from error

"""A Slurm of the tests' own: one node, this machine, on loopback ports, gone with the tests."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

PROGRAMS: Final = ("munged", "slurmctld", "slurmd")
"""Of Debian's slurm-wlm and munge; each as whoever runs the tests."""

SETTINGS: Final = """\
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MpiDefault=none
# nothing of the machine's is touched: no cgroups, no binding to cores, no accounts
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
# as many cores as the tests need, whatever there are
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1
KillWait=1
MinJobAge=2
NodeName={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cores} RealMemory=8000 State=UNKNOWN
PartitionName=short Nodes={host} Default=YES MaxTime=60 State=UP
PartitionName=closed Nodes={host} MaxTime=60 State=DOWN
"""

CORES: Final = 4
"""Of the node."""

PATIENCE: Final = 20.0
"""Seconds that a node may take to be there, and jobs to be gone; it takes one or two."""


@dataclass
class Slurm:
    """A running Slurm, in a folder of its own, with the queues ``short``, and ``closed``, which
    takes jobs and starts none."""

    folder: Path
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """By which Slurm's commands find it."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def ask(self, *command: str) -> str:
        """What one of Slurm's commands says."""
        surroundings = os.environ | self.environment
        return subprocess.run(
            command, check=True, env=surroundings, capture_output=True, text=True
        ).stdout.strip()

    def jobs(self) -> list[str]:
        """The numbers of those that wait or run."""
        return self.ask("squeue", "--noheader", "--format=%i").split()

    def start(self) -> None:
        """Start it and wait for its node."""
        host, ports = socket.gethostname().split(".")[0], _free_ports()
        user = pwd.getpwuid(os.geteuid()).pw_name
        values = {"host": host, "ports": ports, "user": user, "cores": CORES}
        text = SETTINGS.format(folder=self.folder, **values)
        (self.folder / "slurm.conf").write_text(text)
        key = self.folder / "munge.key"
        key.touch(0o600)
        key.write_bytes(secrets.token_bytes(128))
        files = {"key": key, "pid": "munged.pid", "seed": "munged.seed", "log": "munged.log"}
        self._daemon(
            "munged",
            # a folder in /tmp is less than it asks for
            *("--force", "--foreground", f"--socket={self.folder}/munge.socket"),
            *(f"--{name}-file={self.folder / file}" for name, file in files.items()),
        )
        self.wait((self.folder / "munge.socket").exists, "munged has no socket")
        self._daemon("slurmctld", "-D", "-c")
        self._daemon("slurmd", "-D")
        self.wait(self._idle, "the node does not come up")

    def wait(self, holds: Callable[[], object], otherwise: str) -> None:
        """Until something holds; what the daemons have said is shown where it does not."""
        last = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > last:
                said = "\n".join(each.read_text()[-2000:] for each in self.folder.glob("*.out"))
                raise TimeoutError(f"{otherwise}:\n{said}")
            time.sleep(0.05)

    def _idle(self) -> bool:
        try:
            return self.ask("sinfo", "--noheader", "--partition=short", "--format=%t") == "idle"
        except subprocess.CalledProcessError:  # nobody answers yet
            return False

    def _daemon(self, program: str, *options: str) -> None:
        with (self.folder / f"{program}.out").open("wb") as out:
            self.daemons.append(
                subprocess.Popen(
                    [_found(program), *options],
                    env=os.environ | self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def remove(self) -> None:
        """End all jobs, then it, the last one started first, and take its files away."""
        try:
            if jobs := self.jobs():
                self.ask("scancel", *jobs)
                self.wait(lambda: not self.jobs(), "jobs do not end")
        finally:
            self.stop()
        shutil.rmtree(self.folder)

    def stop(self) -> None:
        """End its daemons."""
        for each in reversed(self.daemons):
            each.terminate()
            each.wait(PATIENCE)


def _free_ports() -> list[int]:
    """Two, one for each daemon that listens."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in (one, other)]


def _found(program: str) -> str | None:
    """Where it is; Debian keeps daemons out of the path of who is not root."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")


def new_slurm() -> Slurm:
    """One that is started. Without the packages a test that needs it is skipped, and fails where
    the project's checks run, which install them."""
    if missing := [each for each in PROGRAMS if _found(each) is None]:
        names = ", ".join(missing)
        why = f"{names} not installed here (Debian: apt-get install slurm-wlm munge)"
        if "CI" in os.environ:
            pytest.fail(why)
        pytest.skip(why)
    slurm = Slurm(Path(tempfile.mkdtemp(prefix="tansaku-slurm-")))
    slurm.folder.chmod(0o755)  # munged wants its socket where everybody comes
    try:
        slurm.start()
    except BaseException:
        slurm.stop()
        raise
    return slurm

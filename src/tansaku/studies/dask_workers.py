"""Dask workers: the chunks of a replay as tasks of a cluster of dask.distributed.

A chunk is one task. What the runs share is one more, which each worker has from it or from another
worker once, and which is made again where all that had it are lost. The picks of a chunk come back
when it is done. Dask does the tasks of a lost worker again by another one; with the scheduler, all
is lost that has not come back.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple
from uuid import uuid4

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, Reschedule, get_worker
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError
from distributed.protocol.serialize import deserialize_bytes, serialize_bytes
from distributed.security import Security
from distributed.system import MEMORY_LIMIT
from distributed.utils import silence_logging_cmgr

from tansaku.bo.threads import threads_for
from tansaku.design import Ints
from tansaku.errors import ClusterError
from tansaku.language import _, current, use
from tansaku.language import joined as sentences
from tansaku.studies.checkpoint import computed_by
from tansaku.studies.replay import Meter, Search
from tansaku.studies.slurm_jobs import SlurmJobs, submitted
from tansaku.studies.stopped import to_be_named

BEAT: Final = 1.0
"""Seconds between two words of a worker about its chunk, as of a job's worker."""

PATIENCE: Final = 60.0
"""Seconds that a scheduler may be without a worker: a new one needs ten to load all libraries from
a slow disk."""

RENEWAL: Final = 10.0
"""Seconds between two looks for jobs that have ended: more would be a burden on Slurm, which
answers to everybody."""

CONNECT: Final = 10.0
"""Seconds that a scheduler may take to answer."""

MEMORY: Final = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "67108864"}
"""What glibc comes to by itself. Dask has workers give memory back at once, and the engine then
takes a third more time (measured: 310 searches of bench-scale, 33 s of a processor, else 24 s)."""

ENDING: Final = 3.0
"""Seconds that workers of this machine, and connections, have for ending by themselves; a worker
that fits for longer does not."""

DEATH: Final = "10s"
"""After which a worker of this machine ends that finds no scheduler: its study is gone."""

SLURM: Final = {"cores": 1, "memory": "2GB"}
"""Of a job, where Dask's own settings say nothing: one worker, which takes 1 GB at the most
(measured: make bench-scale)."""


class Stranger(NamedTuple):
    """A worker whose picks might be others: its address, and what it computes with."""

    worker: str
    versions: str


class DaskWorkers:
    """Workers of a cluster.

    Args:
        client: Connected to its scheduler.
        address: Of the scheduler.
        again: Asks for workers once more where some are lost, and is told whether any is there;
            workers that can be asked for are waited for without an end.
    """

    def __init__(
        self, client: Client, address: str, again: Callable[[bool], object] | None = None
    ) -> None:
        self.client, self.address, self.again = client, address, again

    def run(self, search: Search, chunks: Mapping[int, Ints], meter: Meter) -> None:
        """As :class:`tansaku.studies.replay.Workers` has it.

        Raises:
            ClusterError: there are no workers, they have other versions or too little memory, or
                the scheduler is lost.
        """
        versions, language, topic = computed_by(), current(), f"tansaku-{uuid4().hex}"

        def task(chunk: tuple[int, Ints], shared: bytes) -> Ints | Stranger:
            # A function of a function is sent as it is: a scheduler need not load tansaku for it.
            from tansaku.studies.dask_workers import replayed

            return replayed(chunk, shared, versions, language, topic)

        told: SimpleQueue[Any] = SimpleQueue()
        self.client.subscribe_topic(topic, lambda event: told.put(event[1]))
        # Without Dask's advice for large tables: ours are sent once.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
            # a task and no scattered data, which would be lost with the workers that have it
            shared = self.client.submit(bytes, serialize_bytes(search), pure=False)
            futures = self.client.map(task, [*chunks.items()], shared=shared, pure=False)
        waiting: dict[Any, tuple[Future[Any], int]] = {
            each.key: (each, first) for each, first in zip(futures, chunks, strict=True)
        }
        for future in futures:
            future.add_done_callback(told.put)
        del futures  # what is finished is let go, here and on the cluster
        try:
            self._collect(waiting, told, chunks, meter)
        except BaseException:  # Ctrl-C too: the tasks see that nobody waits for them
            if self.client.status == "running":
                self.client.cancel([each for each, _first in waiting.values()], force=True)
            raise

    def _collect(
        self,
        waiting: dict[Any, tuple[Future[Any], int]],
        told: SimpleQueue[Any],
        chunks: Mapping[int, Ints],
        meter: Meter,
    ) -> None:
        """Tell the meter what comes, until nothing is waited for."""
        done = dict.fromkeys(chunks, 0)  # picks of each chunk; one that is done again says it twice
        seen = renewed = time.monotonic()
        while waiting:
            if time.monotonic() - renewed > RENEWAL:
                self._renew(meter)
                renewed = time.monotonic()
            try:
                said = told.get(timeout=BEAT)
            except Empty:
                meter.add(0)  # who wants an end is heard
                seen = self._seen(seen, meter)
                continue
            seen = time.monotonic()
            if not isinstance(said, Future):
                first, n = said
                if n > done[first]:
                    meter.add(n - done[first])
                    done[first] = n
                continue
            _future, first = waiting[said.key]
            picks = self._picks(said, first, meter)
            if picks is None:
                told.put(said)
                continue
            del waiting[said.key]
            meter.finish(first, picks)
            meter.add(picks.size - chunks[first].size - done[first])
            done[first] = picks.size

    def _renew(self, meter: Meter) -> None:
        """Ask for workers once more where some are lost, and may be asked for."""
        if self.again is None:
            return
        try:
            self.again(bool(self.client.scheduler_info()["workers"]))
        except ClusterError as error:
            raise _failed(meter, error.message, error.hint) from error

    def _picks(self, future: Future[Any], first: int, meter: Meter) -> Ints | None:
        """What a chunk has found; ``None`` where it got lost on its way, and is made again."""
        try:
            found: Ints | Stranger = future.result(timeout=BEAT)
        except TimeoutError:
            if future.status == "error":  # it is the chunk's own
                raise
            return None
        except (FutureCancelledError, CommClosedError) as error:
            raise _failed(
                meter,
                _("The connection to the scheduler at {address} is lost.").format(
                    address=self.address
                ),
                _("Start it again, with its workers."),
            ) from error
        except KilledWorker as error:
            raise _failed(meter, *_ended(error, meter.name, first)) from error
        except ImportError as error:
            lacks = Stranger(self.address, _("no {name}").format(name=error.name))
            raise _failed(meter, *_strange(lacks)) from error
        if isinstance(found, Stranger):
            raise _failed(meter, *_strange(found))
        return found

    def _seen(self, last: float, meter: Meter) -> float:
        """When a worker was there last; nothing has been heard for some time.

        Raises:
            ClusterError: there is none for too long.
        """
        now = time.monotonic()
        try:
            if self.client.status != "running" or self.client.scheduler_info()["workers"]:
                return now
        except CommClosedError:  # a scheduler that is lost is told by what is waited for
            return now
        if self.again is not None or now - last < PATIENCE:
            return last
        raise _failed(
            meter,
            _("The scheduler at {address} has no worker.").format(address=self.address),
            _("Start one: dask worker {address} --nthreads 1.").format(address=self.address),
        )


def replayed(
    chunk: tuple[int, Ints], shared: bytes, versions: str, language: str, topic: str
) -> Ints | Stranger:
    """A task: replay a chunk, as long as somebody waits for it and if this worker may.

    Args:
        chunk: Number of the first run, and start samples, shape (k, s).
        shared: The search, read only where all versions are the same.
        versions: What the study is computed by.
        language: Of errors.
        topic: Where is said how far it is.
    """
    worker, (first, begin) = get_worker(), chunk
    task, told = worker.get_current_task(), time.monotonic()

    def progress(_name: str, done: int, _total: int) -> None:
        nonlocal told
        if worker.state.tasks[task].state == "cancelled":
            meter.stopped.set()
        if time.monotonic() - told >= BEAT:
            worker.log_event(topic, (first, done))
            told = time.monotonic()

    meter = Meter("", progress)
    # one thread of torch, however many measurements: the other processors have workers of their own
    with use(language), threads_for(0):
        if (here := computed_by()) != versions:
            return Stranger(worker.address, here)
        search: Search = deserialize_bytes(shared)
        picks = search.run(begin, first, meter)
    if picks.shape[1] < search.samples:  # nobody waited; should somebody do so again, it is redone
        raise Reschedule
    return picks


@contextmanager
def reached(address: str) -> Iterator[DaskWorkers]:
    """The workers of the scheduler at this address.

    Raises:
        ClusterError: none answers there.
    """
    security = Security()  # as Dask's settings have it
    certified = security.get_connection_args("client")["ssl_context"] is not None
    if address.startswith("tls:") and not certified:
        raise ClusterError(
            _("Dask's settings name no certificate for {address}.").format(address=address),
            _("Name one there (distributed.comm.tls), or give an address at tcp://."),
        )
    with silence_logging_cmgr(logging.CRITICAL), _client(address, security) as client:
        yield DaskWorkers(client, address)


@contextmanager
def local(n: int) -> Iterator[DaskWorkers]:
    """So many processes of this machine, which nobody else can reach and which end with the
    ``with`` block. They share its memory, a share for this process included: one that takes more
    than its own is ended.

    They are no children of ``multiprocessing``, which would run a script once more in each of them,
    and which a job's worker may not have.
    """
    security = Security.temporary()
    with (
        silence_logging_cmgr(logging.CRITICAL),
        LocalCluster(
            n_workers=0,
            dashboard_address="127.0.0.1:0",
            security=security,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        _client(cluster.scheduler_address, security) as client,
        _processes(cluster.scheduler_address, security, n),
    ):
        yield DaskWorkers(client, cluster.scheduler_address)


@contextmanager
def slurm(n: int) -> Iterator[DaskWorkers]:
    """So many workers in jobs of Slurm, which end with the ``with`` block; Dask's own settings
    (``jobqueue.slurm``) say of which queue and account, how large and how long.

    Raises:
        ClusterError: Slurm takes no jobs from here.
    """
    kind = _slurm_cluster()  # which loads its settings
    found: dict[str, Any] = {
        name: dask.config.get(f"jobqueue.slurm.{name}") or value for name, value in SLURM.items()
    }
    job = found | {
        "processes": found["cores"],
        "job_script_prologue": [
            *dask.config.get("jobqueue.slurm.job-script-prologue"),
            *(f"export {name}={value}" for name, value in MEMORY.items()),
        ],
    }
    settings = f"{dask.config.PATH}/jobqueue.yaml"
    with (
        silence_logging_cmgr(logging.CRITICAL),
        _scheduler(kind, job, settings) as cluster,
        _client(cluster.scheduler_address, cluster.security) as client,
    ):
        address = cluster.scheduler.contact_address or cluster.scheduler_address
        jobs = SlurmJobs(
            f"tansaku-{uuid4().hex[:8]}",
            kind.job_cls(address, name="$SLURM_JOB_ID", **job).job_script(),
            math.ceil(n / found["cores"]),
            settings,
        )
        with submitted(jobs):
            yield DaskWorkers(client, cluster.scheduler_address, again=jobs.renew)


def _scheduler(kind: Any, job: dict[str, Any], settings: str) -> Any:
    """A cluster without jobs, for its scheduler: it would lose jobs of several workers, and what
    Slurm says of jobs.

    Raises:
        ClusterError: the settings make none.
    """
    options = {"dashboard_address": ":0"} | dask.config.get("jobqueue.slurm.scheduler-options")
    try:
        kind.job_cls("", **job)  # of one that cannot be, a cluster would be half made
        return kind(**job, scheduler_options=options, silence_logs=logging.CRITICAL)
    except (RuntimeError, ValueError) as error:  # Dask's, of an interface or a size for example
        raise ClusterError(
            _("Dask takes no such settings: {said}.").format(said=f"{error}".rstrip(".")),
            _("See to what {file} says.").format(file=settings),
        ) from error


def _slurm_cluster() -> Any:
    """The class, which has no types; whoever imports its package loses Ctrl-C to it
    (dask_jobqueue/runner.py), so that it is given back."""
    ours = signal.getsignal(signal.SIGINT)
    from dask_jobqueue.slurm import SLURMCluster

    signal.signal(signal.SIGINT, ours)
    return SLURMCluster


@contextmanager
def _client(address: str, security: Security | None) -> Iterator[Client]:
    """Connected to a scheduler."""
    try:
        client = Client(address, timeout=CONNECT, security=security, set_as_default=False)
    except OSError as error:
        raise ClusterError(
            _("No scheduler answers at {address}.").format(address=address),
            _("Start it there (dask scheduler), or take workers of this machine: local:2."),
        ) from error
    try:
        yield client
    finally:
        with suppress(TimeoutError):  # of a scheduler that is lost, which Dask goes on to look for
            client.close(ENDING)


@contextmanager
def _processes(address: str, security: Security, n: int) -> Iterator[None]:
    """So many workers as processes of this machine."""
    tls, within = security.get_tls_config_for_role("worker"), "DASK_DISTRIBUTED__COMM__"
    environment = {
        f"{within}REQUIRE_ENCRYPTION": "True",
        f"{within}TLS__CA_FILE": tls["ca_file"],
        f"{within}TLS__WORKER__CERT": tls["cert"],
        f"{within}TLS__WORKER__KEY": tls["key"],
        "DASK_LOGGING__DISTRIBUTED": "critical",
        "OMP_NUM_THREADS": "1",
        **MEMORY,
        # what it cleans up behind one that had to be killed is nothing to be told
        "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
    }
    command = [
        *(sys.executable, "-P", "-m", "distributed.cli.dask_worker", address, "--no-dashboard"),
        *("--nworkers", str(n), "--nthreads", "1", "--death-timeout", DEATH),
        *("--memory-limit", str(MEMORY_LIMIT // (n + 1))),
    ]
    # in a session of their own: Ctrl-C is for this process, which then ends them
    process = subprocess.Popen(command, env=os.environ | environment, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDING)
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):  # its workers, where it ended before them
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


def _ended(error: KilledWorker, strategy: str, first: int) -> tuple[str, str]:
    """That workers have ended at a chunk, one after the other, and what to do."""
    said = _(
        "{n} workers, the last of them {address}, have ended at the searches of {strategy} from"
        " number {first} on: for want of memory, or from outside."
    ).format(
        n=error.allowed_failures + 1,
        address=error.last_worker.address,
        strategy=strategy,
        first=first + 1,
    )
    return said, _(
        "Give each worker more memory: with a smaller number in local:N, with --memory-limit of"
        " dask worker, or with memory in Dask's settings for Slurm."
    )


def _strange(found: Stranger) -> tuple[str, str]:
    """That a worker may not take part, and what to do."""
    said = _("A worker ({worker}) has {theirs}, this program {ours}.")
    return (
        said.format(worker=found.worker, theirs=found.versions, ours=computed_by()),
        _("Install the same versions in both places, and start the worker again."),
    )


def _failed(meter: Meter, said: str, hint: str) -> ClusterError:
    """An error that says what is kept."""
    if meter.checkpoint is None:
        return ClusterError(said, sentences(hint, to_be_named()))
    kept = _("Finished searches are kept in {file}: the same call then goes on from there.")
    return ClusterError(said, sentences(hint, kept.format(file=meter.checkpoint.path)))

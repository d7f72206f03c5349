"""study: what a strategy would have saved on a finished table, with its files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field, InstanceOf

from tansaku.campaign.description import Row
from tansaku.campaign.history.records import CampaignDocument
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.files import make_folder, write_whole
from tansaku.language import _
from tansaku.services.opened import given_targets, load
from tansaku.services.source import older
from tansaku.services.study_notebook import Call, notebook_of
from tansaku.studies import Study, study_campaign
from tansaku.studies import study as replay
from tansaku.studies.checkpoint import read
from tansaku.studies.stopped import StudyStopped
from tansaku.studies.study_document import StudyDocument
from tansaku.studies.study_methods import methods_of
from tansaku.tables.frames import frame_from
from tansaku.tables.read import read_table

CHECKPOINT: Final = "study.checkpoint"
"""File beside those of the study that keeps its finished searches until they are written."""


class StudyReport(StudyDocument):
    """A study as it is answered, and the files that were written of it, if any."""

    study: InstanceOf[Study] = Field(exclude=True)
    files: tuple[Path, ...] = ()

    @classmethod
    def of(cls, study: Study, files: Sequence[Path] = ()) -> StudyReport:
        """The report of a study, with its ``files`` where some were written."""
        return cls(**study.fields() | {"study": study} | ({"files": files} if files else {}))


@dataclass(frozen=True, slots=True)
class Replay:
    """How searches are replayed, whatever is searched.

    Attributes:
        strategies: Names of ``tansaku.strategy.STRATEGIES``.
        runs: Searches per strategy, each from its own random start.
        start: Random samples before the strategy is asked.
        steps: Samples per search in all; None goes on to the end of the pool.
        seed: Of the random starts, which all strategies share.
        each_start: One search from each candidate instead, beginning with that one sample.
        sources: Finished measurements of older systems, in tables or campaigns.
        store: URL of the store where those campaigns are.
        out: Folder for study.json, study.csv, the pictures, methods.txt and study.ipynb, which
            makes the study once more; made where it is missing. It keeps what is finished, too:
            the same study, stopped on its way, goes on from there.
        kept: File for that where nothing is written; whoever names it takes it away.
        stop_at: Chance that the best is found at which a lab would stop.
        in_order: The rows stand in the order in which the lab made them.
        cluster: Who replays them, as :class:`tansaku.studies.run.Replays` has it; threads of this
            process without a name.
    """

    strategies: Sequence[str]
    runs: int
    start: int
    steps: int | None = None
    seed: int = 0
    each_start: bool = False
    sources: Sequence[SourceSpec] = ()
    store: str = ""
    out: Path | None = None
    kept: Path | None = None
    stop_at: float | None = None
    in_order: bool = False
    cluster: str = ""

    def numbers(self) -> dict[str, Any]:
        """What is the same whatever is searched, as :func:`tansaku.study` has it."""
        names = (
            "strategies",
            "runs",
            "start",
            "steps",
            "seed",
            "each_start",
            "stop_at",
            "in_order",
        )
        return {name: getattr(self, name) for name in names}

    def options(self) -> dict[str, Any]:
        """All as :func:`tansaku.study` has it."""
        if self.out is not None:
            # Before the work: a long study is not lost for a wrong folder.
            make_folder(self.out, _("Name another folder with --out."))

        def campaign(name: str) -> CampaignDocument:
            return load(self.store, name).document

        return {
            **self.numbers(),
            "sources": [older(each, campaign) for each in self.sources],
            "checkpoint": self.checkpoint,
            "cluster": self.cluster,
        }

    @property
    def checkpoint(self) -> Path | None:
        """Where the finished searches are kept."""
        return self.out / CHECKPOINT if self.out else self.kept

    def report(self, found: Study, call: Call) -> StudyReport:
        """What was found by ``call``, written where that was asked for; only then is what was kept
        let go."""
        if self.out is None:
            return StudyReport.of(found)
        methods = methods_of(found)
        call = call._replace(how=self.numbers(), sources=self.sources, store=self.store)
        more = {
            "methods.txt": (methods + "\n").encode(),
            "study.ipynb": notebook_of(methods, call),
        }
        files = write_study(found, self.out, more)
        (self.out / CHECKPOINT).unlink(missing_ok=True)
        return StudyReport.of(found, files)


def study(
    table: Path | Sequence[Row],
    *,
    inputs: Sequence[str],
    targets: Sequence[str],
    replayed: Replay,
    formula: str = "",
    template: str = "",
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
) -> StudyReport:
    """Replay searches on the measured rows of ``table``.

    Args:
        table: A .csv, .xlsx or .parquet file, or its rows.
        inputs: The input columns.
        targets: One or several, as ``Target.parse`` reads them.
        replayed: How.
        formula: The table's column with formulas; one with a usual name is found without.
        template: Instead: a formula whose variables are among the inputs.
        reference: Of several targets, {goal: value that has to be beaten to count}.
        cost: Column with what each candidate costs.

    Raises:
        UsageError: a number that makes no study, or a source or reference that does not fit.
        TableError, CellError: a table cannot be used.
        UnknownNameError: no such strategy.
    """
    wanted = given_targets(targets)
    columns = [*inputs, *(target.name for target in wanted)]
    found = replay(
        read_table(table, wanted=columns) if isinstance(table, Path) else frame_from(table),
        inputs=inputs,
        target=wanted,
        reference=reference or None,
        cost=cost,
        formula=formula or None,
        template=template,
        **replayed.options(),
    )
    given = {
        "inputs": [*inputs], "targets": [*targets], "formula": formula, "template": template,
        "reference": dict(reference or {}), "cost": cost,
    }  # fmt: skip
    return replayed.report(found, Call("study", table, given))


def study_of(store: str, name: str, replayed: Replay) -> StudyReport:
    """Replay searches on what the campaign ``name`` has measured, with its older data.

    Raises:
        CampaignNotFoundError: the store has none of that name.
        UsageError: too few samples are measured; else as :func:`study`.
    """
    found = study_campaign(load(store, name), **replayed.options())
    return replayed.report(found, Call("study_of", name, {}))


def kept_before(replayed: Replay) -> list[str]:
    """What a stopped study has left where this one keeps its searches, as notices."""
    if replayed.checkpoint is None or not replayed.checkpoint.exists():
        return []
    held = read(replayed.checkpoint)
    said = _("{file} has {n} finished searches of a study that was stopped: going on from there.")
    torn = _("{file}: {n} lines are damaged; their searches are replayed.")
    counts = {said: held.runs, torn: held.damaged}
    return [t.format(file=replayed.checkpoint, n=n) for t, n in counts.items() if n]


def write_study(
    found: Study, folder: Path, more: Mapping[str, bytes] = MappingProxyType({})
) -> tuple[Path, ...]:
    """Write study.json, study.csv and discovery.png (of several targets hypervolume.png) into
    ``folder``, with older data of one target counts.png and steps.png, too, and ``more`` files;
    earlier ones are replaced."""
    single = found.table.single
    figures = {"discovery.png" if single else "hypervolume.png": found.plot}
    if single and found.sources:
        figures |= {"counts.png": found.plot_counts, "steps.png": found.plot_steps}
    contents = {
        "study.json": (json.dumps(found.document(), ensure_ascii=False, indent=2) + "\n").encode(),
        "study.csv": found.frame.to_csv(index=False).encode("utf-8-sig"),
        **{name: _drawn(figure) for name, figure in figures.items()},
        **more,
    }
    for name, content in contents.items():
        write_whole(folder / name, content, force=True)
    return tuple(folder / name for name in contents)


def _drawn(figure: Callable[[], Any]) -> bytes:
    """A figure as a picture."""
    picture = io.BytesIO()
    figure().savefig(picture, format="png")
    return picture.getvalue()


__all__ = [
    "Replay",
    "StudyReport",
    "StudyStopped",
    "kept_before",
    "study",
    "study_of",
    "write_study",
]

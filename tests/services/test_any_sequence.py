"""Whatever is done in whatever order, the store says what a log on paper says, its checksums hold
after each step, and what stands in a log is never changed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tansaku.campaign.attachments import GivenFile
from tansaku.campaign.description import CampaignDescription
from tansaku.campaign.history.records import Measurement
from tansaku.campaign.progress import CampaignStatus
from tansaku.errors import (
    CampaignExistsError,
    CampaignNotFoundError,
    NothingToUndoError,
    PoolExhaustedError,
    TansakuError,
    UnknownNameError,
    UsageError,
)
from tansaku.services import availability, exchange, history, record, trash
from tansaku.services.new import new
from tansaku.services.opened import load
from tansaku.services.sample_files import attach
from tansaku.services.status import list_
from tansaku.services.suggest_samples import suggest
from tansaku.store import open_store
from tests.databases import Cluster
from tests.services.paper_log import CONDITIONS, VALUES, File, PaperLog, Result, new_log

NAMES: Final = ("lab", "組成 1", "b/c")
STATUSES: Final = ("ok", "doubtful", "failed", "excluded")
PEOPLE: Final = (None, "Sato", "Suzuki")

TOLD: Final = CampaignDescription(
    table=tuple({"a": a, "y": y} for a, y in enumerate(VALUES)), inputs=("a",), targets=("y:max",)
)

names = st.sampled_from(NAMES)
places = st.integers(0, len(VALUES) - 1)
numbers = st.sampled_from([0.5, 1.0, 3.0, 8.0])
picks = st.integers(0, 3)
files = st.sampled_from("ab")
contents = st.sampled_from([b"1", b"2"])


def on_paper(found: Measurement) -> Result:
    """A measurement as the log on paper has it."""
    a, y = int(found.inputs["a"]), found.values.get("y")
    return Result(a, y, bool(found.limits), found.status, found.reopen, found.note)


class AnySequence(RuleBasedStateMachine):
    """A store of up to three campaigns, and the same on paper."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, PaperLog] = {}
        self.removed: list[tuple[str, PaperLog]] = []
        self.seen: dict[str, list[str]] = {}

    def log(self, pick: int) -> tuple[str, PaperLog]:
        """One of the campaigns."""
        return sorted(self.logs.items())[pick % len(self.logs)]

    def refused(self, kind: type[TansakuError], act: Any, *args: Any, **named: Any) -> None:
        with pytest.raises(kind):
            act(self.url, *args, **named)

    @initialize()
    def begin(self) -> None:
        self.make("lab")

    @rule(name=names)
    def make(self, name: str) -> None:
        if name in self.logs:
            self.refused(CampaignExistsError, new, name, TOLD)
            return
        new(self.url, name, TOLD)
        self.logs[name] = new_log()

    @rule(pick=picks, a=places, y=numbers, status=st.sampled_from(STATUSES), limit=st.booleans())
    def record(self, pick: int, a: int, y: float, status: str, limit: bool) -> None:
        name, log = self.log(pick)
        value = None if status == "failed" else y
        sides = {"y": "below"} if limit and value is not None else {}
        record.record_at(
            self.url,
            name,
            {"a": a},
            {} if value is None else {"y": value},
            limits=sides,
            status=status,
            confirm=True,
        )
        told = Result(a, value, limit=bool(sides), status=status)
        log.write("recorded", {f"m{log.measurements_ever + 1}": told})

    @rule(pick=picks, which=picks, y=numbers)
    def record_a_suggestion(self, pick: int, which: int, y: float) -> None:
        name, log = self.log(pick)
        under_way = log.now().under_way
        if not under_way:
            self.refused(UnknownNameError, record.record_at, name, "s99", {"y": y})
            return
        id = list(under_way)[which % len(under_way)]
        record.record_at(self.url, name, id, {"y": y}, confirm=True)
        log.write("recorded", {f"m{log.measurements_ever + 1}": Result(under_way[id][0], y)})

    @rule(pick=picks, which=picks, what=st.sampled_from(["value", "place", "note"]), to=places)
    def correct(self, pick: int, which: int, what: str, to: int) -> None:
        name, log = self.log(pick)
        results = log.now().results
        if not results:
            self.refused(UnknownNameError, record.correct, name, "m1", values={"y": 1.0})
            return
        id = list(results)[which % len(results)]
        before = results[id]
        told: dict[str, Any] = {"note": f"note {to}"}
        after = Result(**vars(before) | told)
        if what == "value":
            told = {"values": {"y": float(to)}}
            after = Result(**vars(before) | {"y": float(to), "limit": False})
        elif what == "place":
            told, after = {"inputs": {"a": to}}, Result(**vars(before) | {"a": to})
        if after == before:
            self.refused(UsageError, record.correct, name, id, **told)
            return
        record.correct(self.url, name, id, confirm=True, **told)
        log.write("corrected", {id: after})

    @rule(pick=picks, which=picks, status=st.sampled_from(STATUSES), keep=st.booleans())
    def mark(self, pick: int, which: int, status: str, keep: bool) -> None:
        name, log = self.log(pick)
        results = log.now().results
        if not results:
            self.refused(UnknownNameError, record.mark, name, ["m1"], status=status)
            return
        id = list(results)[which % len(results)]
        if results[id].y is None and status in ("ok", "doubtful"):
            self.refused(UsageError, record.mark, name, [id], status=status)
            return
        record.mark(self.url, name, [id], status=status, keep=keep)
        log.write("marked", ([id], status, status == "excluded" and not keep))

    @rule(pick=picks, n=st.integers(1, 2), by=st.sampled_from(PEOPLE), more=st.booleans())
    def suggest(self, pick: int, n: int, by: str | None, more: bool) -> None:
        name, log = self.log(pick)
        free = log.now().free(by, more=more)
        asked = {"strategy": "random", "by": by, "more": more, "seed": pick}
        if len(free) < n:
            self.refused(PoolExhaustedError, suggest, name, n, **asked)
            return
        found = suggest(self.url, name, n, **asked).suggestions  # type: ignore[arg-type]
        chosen = {each.id: int(each.inputs["a"]) for each in found}
        first = log.suggestions_ever + 1
        assert list(chosen) == [f"s{first + i}" for i in range(n)]
        assert len(set(chosen.values())) == n
        assert set(chosen.values()) <= free
        log.write("suggested", (chosen, by, more))

    @rule(pick=picks, which=picks)
    def withdraw(self, pick: int, which: int) -> None:
        name, log = self.log(pick)
        ids = [*log.now().files, *log.now().under_way]
        if not ids:
            self.refused(UnknownNameError, availability.withdraw, name, ["s1"])
            return
        chosen = ids[: 1 + which % len(ids)]
        availability.withdraw(self.url, name, chosen)
        log.write("withdrawn", chosen)

    @rule(
        pick=picks, which=picks, file=st.sampled_from("ab"), content=st.sampled_from([b"1", b"2"])
    )
    def attach(self, pick: int, which: int, file: str, content: bytes) -> None:
        """One that its sample has already, under the same name, stays as it is."""
        name, log = self.log(pick)
        now = log.now()
        if not now.results:
            self.refused(UnknownNameError, attach, name, "m1", [GivenFile(file, content)])
            return
        id = list(now.results)[which % len(now.results)]
        given = File(id, now.results[id].a, file, content)
        attach(self.url, name, id, [GivenFile(file, content)])
        there = [(each.name, each.content) for each in now.files_of(given.a).values()]
        if (file, content) not in there:
            log.write("attached", {f"f{log.files_ever + 1}": given})

    @rule(pick=picks, condition=st.sampled_from(sorted(CONDITIONS)))
    def block(self, pick: int, condition: str) -> None:
        name, log = self.log(pick)
        availability.block(self.url, name, condition)
        log.write("blocked", condition)

    @rule(pick=picks, condition=st.sampled_from(sorted(CONDITIONS)))
    def unblock(self, pick: int, condition: str) -> None:
        name, log = self.log(pick)
        if condition not in log.now().blocked:
            self.refused(UnknownNameError, availability.unblock, name, condition)
            return
        availability.unblock(self.url, name, condition)
        log.write("unblocked", condition)

    @rule(pick=picks)
    def undo(self, pick: int) -> None:
        name, log = self.log(pick)
        standing = log.standing()
        if not standing:
            self.refused(NothingToUndoError, history.undo, name)
            return
        assert history.undo(self.url, name).undone.number == standing[-1]
        log.undone(standing[-1])

    @rule(pick=picks, number=st.integers(0, 12))
    def undo_one(self, pick: int, number: int) -> None:
        name, log = self.log(pick)
        if number not in log.standing():
            self.refused(UsageError, history.undo, name, number)
            return
        history.undo(self.url, name, number)
        log.undone(number)

    @rule(pick=picks)
    def redo(self, pick: int) -> None:
        name, log = self.log(pick)
        last = log.last_undo()
        if last is None:
            self.refused(NothingToUndoError, history.redo, name)
            return
        taken = log.lines[last - 1].told
        assert history.history(self.url, name).redo == taken
        assert history.redo(self.url, name).redone.number == taken
        log.undone(last)

    @rule(pick=picks, to=names)
    def rename(self, pick: int, to: str) -> None:
        name, log = self.log(pick)
        if to in self.logs and to != name:
            self.refused(CampaignExistsError, trash.rename, name, to)
            return
        trash.rename(self.url, name, to)
        log.write("renamed")
        self.logs[to], self.seen[to] = self.logs.pop(name), self.seen.pop(name)

    @precondition(lambda self: len(self.logs) > 1)
    @rule(pick=picks)
    def remove(self, pick: int) -> None:
        name, log = self.log(pick)
        trash.remove(self.url, name)
        log.write("removed")
        self.removed.append((name, self.logs.pop(name)))
        self.seen.pop(name)

    @rule(name=names)
    def restore(self, name: str) -> None:
        found = [each for each in self.removed if each[0] == name]
        if not found:
            self.refused(CampaignNotFoundError, trash.restore, name)
            return
        if name in self.logs:
            self.refused(CampaignExistsError, trash.restore, name)
            return
        trash.restore(self.url, name)
        self.removed.remove(found[-1])
        self.logs[name] = found[-1][1]
        self.logs[name].write("restored")

    @rule(pick=picks, to=names)
    def copy(self, pick: int, to: str) -> None:
        """Out into a file, and in again under another name."""
        name, log = self.log(pick)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "c.json"
            exchange.export(self.url, name, file)
            if to in self.logs:
                self.refused(CampaignExistsError, exchange.import_, file, name=to)
                return
            exchange.import_(self.url, file, name=to)
        self.logs[to] = log.copied()

    @invariant()
    def says_what_the_paper_says(self) -> None:
        listed = list_(self.url)
        found = {each.campaign: each for each in listed.campaigns}
        assert (found.keys(), listed.sick) == (self.logs.keys(), ())
        gone = [each.campaign for each in trash.trash(self.url).removed]
        assert gone == [name for name, _log in reversed(self.removed)]
        for name, log in self.logs.items():
            self.compare(name, log, found[name])

    def compare(self, name: str, log: PaperLog, found: CampaignStatus) -> None:
        """Status, candidates, results and history of one campaign."""
        now = log.now()
        states = [now.state(a) for a in range(len(VALUES))]
        results = now.results.values()
        taught = [each.a for each in results if each.counts]
        assert (found.measured, found.failed) == (states.count("measured"), states.count("failed"))
        assert (found.pending, found.open) == (states.count("pending"), states.count("open"))
        assert found.measurements == len(results)
        assert found.limits == sum(each.counts and each.limit for each in results)
        assert found.excluded == sum(each.status == "excluded" for each in results)
        assert found.replicated == sum(taught.count(a) > 1 for a in set(taught))
        assert found.under_way == {id: by for id, (_a, by) in now.under_way.items()}
        assert list(found.blocked) == list(now.blocked)
        means = now.means()
        best = found.best and found.best.value
        assert best == (pytest.approx(max(means.values())) if means else None)
        campaign = load(self.url, name)  # as the verbs see it, which know what they have read
        candidates = campaign.candidates()
        assert [each.state for each in candidates] == states
        assert {int(e.inputs["a"]): e.values["y"] for e in candidates if e.values} == pytest.approx(
            means
        )
        told = campaign.state.measurements
        assert {m.id: on_paper(m) for m in told} == now.results
        assert found.attachments == len(now.files)
        for each in campaign.attachments():
            on = now.files.pop(each.id)
            assert (each.sample, each.name) == (on.sample, on.name)
            assert campaign.content(each.id) == on.content
        assert now.files == {}
        lines = campaign.history()
        assert [(e.number, e.event.kind, e.undone) for e in lines] == [
            (i, line.kind, line.undone) for i, line in enumerate(log.lines, start=1)
        ]
        for line in lines:
            said = {m.id: (m.values.get("y"), m.status) for m in line.before}
            before = log.before(line.number)
            assert said == {id: (each.y, each.status) for id, each in before.items()}

    @invariant()
    def nothing_written_is_changed(self) -> None:
        """And a process that reads for the first time reads the same; the checksums hold."""
        with open_store(self.url) as fresh:
            fresh.check()
            for name in self.logs:
                document = fresh.load(name)
                assert document.campaign.name == name
                events = [each.model_dump_json() for each in document.events]
                before = self.seen.get(name, [])
                assert events[: len(before)] == before
                self.seen[name] = events


STEPS: Final = {"sqlite": (10, 16), "postgresql": (3, 12)}
"""{database: how many sequences, and their length}: some seconds each."""


@pytest.mark.parametrize("kind", STEPS)
def test_any_sequence_equals_the_paper(kind: str, request: pytest.FixtureRequest) -> None:
    class Here(AnySequence):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tempfile.TemporaryDirectory()
            self.url = f"sqlite:///{self.folder.name}/lab.db"
            if kind == "postgresql":
                cluster: Cluster = request.getfixturevalue("cluster")
                self.url = cluster.new_schema()

        def teardown(self) -> None:
            self.folder.cleanup()

    sequences, steps = STEPS[kind]
    asked = settings(
        max_examples=sequences, stateful_step_count=steps, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Here, settings=asked)

"""A campaign kept on paper: what any sequence of changes has to come to, in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

VALUES: Final = (1.0, None, 4.0, 2.0, None, None)
"""What the table of a new campaign holds: y at a = 0, 1, .. 5."""

CONDITIONS: Final[Mapping[str, Callable[[int], bool]]] = {
    "a > 3": lambda a: a > 3,
    "a = 1": lambda a: a == 1,
    "a <= 2": lambda a: a <= 2,
}
"""{what may be blocked: whether it holds at a}."""

HOUSEKEEPING: Final = ("undone", "renamed", "removed", "restored")


@dataclass(frozen=True)
class Result:
    """One measurement; ``reopen`` says that its candidate may be suggested again."""

    a: int
    y: float | None
    limit: bool = False
    status: str = "ok"
    reopen: bool = False
    note: str = ""

    @property
    def counts(self) -> bool:
        return self.status in ("ok", "doubtful")

    @property
    def closes(self) -> bool:
        return not (self.status == "excluded" and self.reopen)


@dataclass(frozen=True)
class File:
    """An attached file: the measurement that it was attached to, and what that was of then."""

    sample: str
    a: int
    name: str
    content: bytes


@dataclass
class Line:
    """One event: its kind, and what is needed to know what it did."""

    kind: str
    told: Any = None
    undone: bool = False


@dataclass
class Now:
    """What the lines that are not taken back add up to, read from the first to the last."""

    results: dict[str, Result] = field(default_factory=dict)
    under_way: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    blocked: dict[str, None] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)

    def files_of(self, a: int) -> dict[str, File]:
        """The files of a candidate: they go with their measurement where that is corrected."""
        return {
            id: each
            for id, each in self.files.items()
            if (self.results[each.sample].a if each.sample in self.results else each.a) == a
        }

    @property
    def made(self) -> set[int]:
        return {each.a for each in self.results.values() if each.closes}

    @property
    def failed(self) -> set[int]:
        worked = {r.a for r in self.results.values() if r.closes and r.status != "failed"}
        return self.made - worked

    def may_be_made(self, a: int) -> bool:
        return not any(CONDITIONS[text](a) for text in self.blocked)

    def means(self) -> dict[int, float]:
        found: dict[int, list[float]] = {}
        for each in self.results.values():
            if each.counts and each.y is not None and not each.limit:
                found.setdefault(each.a, []).append(each.y)
        return {a: sum(ys) / len(ys) for a, ys in found.items()}

    def state(self, a: int) -> str:
        if a in self.failed:
            return "failed"
        if a in self.made:
            return "measured"
        if a in {candidate for candidate, _by in self.under_way.values()}:
            return "pending"
        return "open" if self.may_be_made(a) else "blocked"

    def free(self, by: str | None, *, more: bool) -> set[int]:
        """Candidates that may be suggested to ``by``."""
        staying = {a for a, who in self.under_way.values() if more or who not in (None, by)}
        return {a for a in range(len(VALUES)) if self.may_be_made(a)} - self.made - staying


@dataclass
class PaperLog:
    """A campaign as its lines."""

    lines: list[Line] = field(default_factory=list)

    def write(self, kind: str, told: Any = None) -> None:
        self.lines.append(Line(kind, told))

    def copied(self) -> PaperLog:
        return PaperLog([replace(line) for line in self.lines])

    @property
    def measurements_ever(self) -> int:
        return sum(len(each.told) for each in self.lines if each.kind in ("created", "recorded"))

    @property
    def suggestions_ever(self) -> int:
        return sum(len(each.told[0]) for each in self.lines if each.kind == "suggested")

    @property
    def files_ever(self) -> int:
        return sum(len(each.told) for each in self.lines if each.kind == "attached")

    def standing(self) -> list[int]:
        """Numbers of the lines that can be taken back."""
        return [
            number
            for number, each in enumerate(self.lines, start=1)
            if number > 1 and not each.undone and each.kind not in HOUSEKEEPING
        ]

    def undone(self, number: int) -> None:
        """Take a line back: what an undo took back is there again."""
        line = self.lines[number - 1]
        line.undone = True
        if line.kind == "undone":
            self.lines[line.told - 1].undone = False
        self.write("undone", number)

    def last_undo(self) -> int | None:
        """Number of the undo that can be taken back: of those behind the last change."""
        changes = [i for i, each in enumerate(self.lines, 1) if each.kind not in HOUSEKEEPING]
        undos = [
            number
            for number, each in enumerate(self.lines, start=1)
            if number > changes[-1] and each.kind == "undone" and not each.undone
            if self.lines[each.told - 1].kind != "undone"
        ]
        return undos[-1] if undos else None

    def before(self, number: int) -> dict[str, Result]:
        """{id: what the measurements that a line changed said before it}."""
        line, known = self.lines[number - 1], self.now(number - 1).results
        changed = {"marked": lambda told: told[0], "corrected": list}.get(line.kind)
        return {id: known[id] for id in changed(line.told) if id in known} if changed else {}

    def now(self, until: int | None = None) -> Now:
        """Read it, whole or the first lines ``until`` a number."""
        now = Now()
        for line in self.lines[:until]:
            if not line.undone and line.kind not in HOUSEKEEPING:
                _READERS[line.kind](now, line.told)
        return now


def _recorded(now: Now, told: dict[str, Result]) -> None:
    now.results |= told
    done = {each.a for each in told.values()}
    now.under_way = {id: each for id, each in now.under_way.items() if each[0] not in done}


def _corrected(now: Now, told: dict[str, Result]) -> None:
    now.results |= {id: each for id, each in told.items() if id in now.results}


def _marked(now: Now, told: tuple[list[str], str, bool]) -> None:
    ids, status, reopen = told
    for id in ids:
        if id in now.results:
            now.results[id] = replace(now.results[id], status=status, reopen=reopen)


def _suggested(now: Now, told: tuple[dict[str, int], str | None, bool]) -> None:
    chosen, by, more = told
    now.under_way = {
        id: each for id, each in now.under_way.items() if more or each[1] not in (None, by)
    } | {id: (a, by) for id, a in chosen.items()}


def _withdrawn(now: Now, told: list[str]) -> None:
    now.under_way = {id: each for id, each in now.under_way.items() if id not in told}
    now.files = {id: each for id, each in now.files.items() if id not in told}


def _attached(now: Now, told: dict[str, File]) -> None:
    now.files |= told


def _blocked(now: Now, told: str) -> None:
    now.blocked[told] = None


def _unblocked(now: Now, told: str) -> None:
    now.blocked.pop(told, None)


_READERS: Final[dict[str, Callable[[Now, Any], None]]] = {
    "created": _recorded,
    "recorded": _recorded,
    "corrected": _corrected,
    "marked": _marked,
    "suggested": _suggested,
    "withdrawn": _withdrawn,
    "attached": _attached,
    "blocked": _blocked,
    "unblocked": _unblocked,
}


def new_log() -> PaperLog:
    """A campaign that was just made."""
    found = PaperLog()
    known = [(a, y) for a, y in enumerate(VALUES) if y is not None]
    found.write("created", {f"m{i}": Result(a, y) for i, (a, y) in enumerate(known, start=1)})
    return found

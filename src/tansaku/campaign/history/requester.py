"""Requester: who asks for which samples, and what becomes of those that were suggested before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import Any, Final, Protocol

from tansaku.campaign.history.records import CandidateFile, Suggested, Suggestion
from tansaku.space import Allowed, Condition, Space, Value


class Answer(Protocol):
    """What is kept of suggestions, or of a plan."""

    @property
    def strategy(self) -> str:
        """Name of the strategy that chose."""

    @property
    def seed(self) -> int:
        """What it chose with."""

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """What it chose."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Two people who ask in turn get different samples; one who asks again gets a new answer.

    Attributes:
        by: Who asks; ``None`` is nobody in particular.
        more: All earlier suggestions without a result stay under way, one's own as well.
        fixed: {input: the value that it is to have this time}.
        among: Conditions that the candidates are to keep this time.
        candidates: A table whose rows alone are candidates this time.

    >>> sato = Requester("Sato")
    >>> sato.keeps("Suzuki"), sato.keeps("Sato"), sato.keeps(None)
    (True, False, False)
    """

    by: str | None = None
    more: bool = False
    fixed: Mapping[str, Value] = field(default_factory=dict)
    among: tuple[str, ...] = ()
    candidates: CandidateFile | None = None

    @classmethod
    def of(cls, event: Suggested) -> Requester:
        """Who asked for what was suggested."""
        return cls(event.by, event.more, event.fixed, event.among, event.candidates)

    def allowed(self, space: Space, blocked: Iterable[str]) -> Allowed:
        """Which candidates may be chosen: as is asked this time, and none that is blocked.

        Raises:
            SpaceError, FormulaError: a condition cannot be read; names what is wrong.
        """
        required = [Condition.fixed(self.fixed, space)] if self.fixed else []
        required += [Condition.parse(text, space) for text in self.among]
        return Allowed(tuple(required), tuple(Condition.parse(text, space) for text in blocked))

    def keeps(self, earlier: str | None) -> bool:
        """Whether what ``earlier`` asked for stays under way beside the new suggestions: that of
        other people does, that of nobody in particular is replaced."""
        return self.more or earlier not in (None, self.by)

    def event(self, found: Answer, **known: Any) -> Suggested:
        """What happened, with what else is known of it."""
        return Suggested(
            at=datetime.now(UTC),
            strategy=found.strategy,
            seed=found.seed,
            by=self.by,
            more=self.more,
            fixed=dict(self.fixed),
            among=self.among,
            candidates=self.candidates,
            suggestions=found.suggestions,
            **known,
        )


NOBODY: Final = Requester()
"""Nobody in particular asks, and replaces what nobody in particular asked for."""

DECIDING: Final = ("tansaku", "torch", "numpy", "scipy", "scikit-learn")
"""What a choice depends on: others read, draw or store."""


@cache
def versions() -> Mapping[str, str]:
    """{program or library that a choice depends on: its version}."""
    return {name: metadata.version(name) for name in DECIDING}

"""Roles: what each column of a table probably is, with the reason; a proposal, never a decision.

The name of a column says most; where it says nothing, its unit and its cells do. Inputs have a
number in every row, so a column with limits, failures or empty cells is rather a result.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tansaku.chem.composition import Composition
from tansaku.chem.elements import is_symbol
from tansaku.errors import FormulaError
from tansaku.language import _
from tansaku.tables.cells import MOSTLY, ColumnReading
from tansaku.tables.quantities import written
from tansaku.tables.role_words import MINIMISED, PROCESS_UNITS, RESULT_UNITS, ROLE_WORDS, Role
from tansaku.tables.spreads import is_bare, spread_kind
from tansaku.tables.units import name_without_unit, same_unit
from tansaku.typed import as_typed

HALF: Final = 0.5
"""The same share where the column's name says already that it holds numbers."""

COUNTED: Final = 5
"""Rows from which 1, 2, 3, .. is taken for a count of them and not for a setting."""

DECADES: Final = 2.0
"""Powers of ten over which a result spans before its log10 is proposed."""

BOOKKEEPING: Final = ("date", "operator", "status", "batch", "note", "id")
"""Roles of columns that tell of a sample and not of its making: one word of a longer name
("refractive index", "Batch yield", "Run time (h)") does not make a column of numbers one."""

_FILLERS: Final = frozenset({"number", "no", "no.", "nr", "nr.", "id", "#", "of", "of.", "order"})

_SETTING: Final = re.compile(
    r"[<>~≈約]?\s*[0-9][0-9.,]*\s*(?:℃|[°º]?\s?C|度|K|h|hr|時間|min|分|MPa|Pa|rpm|wt%|mol%|at%|%)(?![a-z]).*",
    re.DOTALL,
)
"""Texts that begin with a number and its unit: "1150℃ 12h"."""

_COLON: Final = re.compile(r"\s*[0-9.]+\s*(?::\s*[0-9.]+\s*)+")

NEVER_RESULTS: Final = ("id", "sd", "sem", "error", "repeats", "batch")
"""Roles of numbers that are no results, also where no column looks like one."""

_SHORT: Final = 3
"""Letters up to which a word must be the first or the last of a name: "x" of "x Si"."""

_LETTER: Final = re.compile(r"[xyzXYZ]")
"""Names of a result as of an amount."""

UNNAMED: Final = "Unnamed: "
"""How columns without a name are called here."""

_DATED: Final = re.compile(
    r"[0-9]{4}[-/年.][0-9]{1,2}[-/月.][0-9]{1,2}日?(?: .*)?|[0-9]{1,2}/[0-9]{1,2}(/[0-9]{2,4})?"
)


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """One column as it was read.

    Attributes:
        name: Its whole name.
        reading: Its cells.
    """

    name: str
    reading: ColumnReading

    @property
    def numbers(self) -> list[float]:
        """The numbers, limits included."""
        return [c.value for c in self.reading.cells if c.kind == "number" and c.value is not None]

    @property
    def texts(self) -> list[str]:
        """The texts that are neither numbers nor words for missing and failed results."""
        return [c.text for c in self.reading.cells if c.kind == "text"]

    @property
    def filled(self) -> int:
        """Cells in which something is written, words for nothing included."""
        return sum(bool(c.text) for c in self.reading.cells)

    @property
    def numeric(self) -> bool:
        """Whether most of what is written are numbers, those included whose commas or units
        contradict each other."""
        return self.share >= MOSTLY

    @property
    def share(self) -> float:
        """The share of numbers, such doubtful ones included, of what is written."""
        said = [c for c in self.reading.cells if c.kind in ("number", "text")]
        doubtful = sum(written(text) is not None for text in self.texts)
        return (len(self.numbers) + doubtful) / len(said) if said else 0.0

    @property
    def holes(self) -> bool:
        """Whether a cell is empty, failed or a limit, as in columns of results."""
        return any(c.kind in ("missing", "failed") or c.limit for c in self.reading.cells)

    @property
    def varies(self) -> bool:
        """Whether the numbers differ, those in doubt by how they are written."""
        doubtful = {text for text in self.texts if written(text) is not None}
        return len({*self.numbers, *doubtful}) > 1


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column probably is.

    Attributes:
        role: The proposal.
        reason: Why, for people.
    """

    role: Role
    reason: str


def roles_of(columns: Sequence[ReadColumn]) -> list[Proposal]:
    """A proposal for each column of one table.

    Example:
        >>> import pandas as pd
        >>> from tansaku.tables.cells import read_column
        >>> cells = {"No": [1, 2], "T (degC)": [900, 950], "sigma [S/cm]": [1e-5, None]}
        >>> seen = [ReadColumn(n, read_column(pd.Series(c, name=n))) for n, c in cells.items()]
        >>> [each.role for each in roles_of(seen)]
        ['id', 'process', 'result']
    """
    found = [_proposal(each) for each in columns]
    complete = [s for s in columns if s.numeric and not s.holes]
    if any(each.role == "result" for each in found):
        complete = []  # its name tells the result, so others are inputs with an empty cell
    for i, seen in enumerate(columns):
        heated = found[i].role == "process" and seen.reading.unit  # a setting with an empty cell
        if (
            found[i].role in ("composition", "process")
            and seen.numeric
            and seen.holes
            and complete
            and not heated
        ):
            reason = _("some of its cells hold no number, as only results do")
            found[i] = Proposal("result", reason)
    if not any(each.role in ("sd", "sem", "error") for each in found):
        for i, seen in enumerate(columns):
            if found[i].role == "repeats" and is_bare(seen.name):
                found[i] = _of_numbers(seen)
    if not any(each.role == "result" for each in found):
        found = _with_last_as_result(columns, found)
    results = [i for i, each in enumerate(found) if each.role == "result"]
    for i, seen in enumerate(columns):
        free = found[i].role == "other" and seen.numeric and not seen.holes
        if free and results and seen.varies:
            found[i] = Proposal("input", _("numbers in every row, and its name says no more"))
    return [
        replace(each, reason=_("{reason}; the same in every row").format(reason=each.reason))
        if seen.numeric and not seen.varies and len(seen.numbers) > 1
        else each
        for seen, each in zip(columns, found, strict=True)
    ]


def role_by_name(name: str) -> Role | None:
    """The role that a name alone tells; ``None`` where it tells none.

    Example:
        >>> role_by_name("焼成温度"), role_by_name("S1")
        ('process', None)
    """
    held = _held(name)
    return next((role for role, known in ROLE_WORDS.items() if not held.isdisjoint(known)), None)


def wanted_of(seen: ReadColumn) -> tuple[str, str]:
    """Goal and scale that are probably meant for a result: ``max`` or ``min``, ``linear`` or
    ``log10``."""
    goal = "max" if _held(seen.name).isdisjoint(MINIMISED) else "min"
    numbers = np.array(seen.numbers)
    wide = (
        numbers.size > 1
        and bool((numbers > 0).all())
        and float(np.log10(numbers.max() / numbers.min())) >= DECADES
    )
    return goal, "log10" if wide else "linear"


def _proposal(seen: ReadColumn) -> Proposal:
    """What the column's own name and cells say."""
    if dated := _by_dates(seen):
        return dated
    if are_formulas(seen.texts):
        return Proposal("formula", _("its cells are formulas"))
    if spread := _of_spread(seen):
        return spread
    if seen.name.startswith(UNNAMED) and _is_counter(seen):
        return Proposal("id", _("it has no name, and each row has a whole number of its own"))
    if said := _by_words(seen):
        return said
    if seen.numeric or not seen.filled:
        return _of_numbers(seen)
    return _of_texts(seen)


def _by_words(seen: ReadColumn) -> Proposal | None:
    """What the words of the name say, as far as the cells bear it out."""
    held = _held(seen.name)
    if not held:
        return None
    chosen = bool(seen.texts) and 1 < len(set(seen.texts)) < len(seen.texts)
    later = []
    for role, known in ROLE_WORDS.items():
        word = next((word for word in known if word in held), None)
        if word is None or not _fits(role, seen):
            continue
        said = Proposal(role, _("its name says '{word}'").format(word=word))
        if role not in BOOKKEEPING or _is_whole(seen.name, word):
            return said
        if seen.share < HALF:
            if role not in ("id", "batch") or not chosen:
                return said
            later.append(said)  # "run atmosphere" with Ar and N2: other words go first
    return later[0] if later else None


def _is_whole(name: str, word: str) -> bool:
    """Whether a name says nothing beside a word but "number" and the like."""
    plain = as_typed(name_without_unit(name)).casefold().replace(word, " ", 1)
    rest = re.findall(r"[^\s_/()\[\]（）,、・:.-]+", plain)
    others = {each for role in BOOKKEEPING for each in ROLE_WORDS[role]} | _FILLERS
    return all(each in others or each.isdigit() for each in rest)


def _is_counter(seen: ReadColumn) -> bool:
    """Whether each row has a whole number of its own, from 0 on."""
    numbers = seen.numbers
    return len(numbers) == seen.filled == len(set(numbers)) > 1 and all(
        value >= 0 and value.is_integer() for value in numbers
    )


def _of_spread(seen: ReadColumn) -> Proposal | None:
    """What a column is whose name says how sure results are."""
    said = spread_kind(seen.name)
    if said is None or (seen.texts and seen.share < HALF):
        return None
    kind, _others = said
    if kind == "sd" and _counts_up(seen.numbers):
        return Proposal("id", _("it counts the rows"))  # "Std" of a design: its standard order
    if kind == "repeats":
        whole = all(value >= 1 and value.is_integer() for value in seen.numbers)
        return Proposal(kind, _("its name says that it counts measurements")) if whole else None
    reason = {
        "sd": _("its name says that it is a standard deviation"),
        "sem": _("its name says that it is a standard error"),
        "error": _("its name leaves open whether it is a standard deviation or a standard error"),
    }[kind]
    return Proposal(kind, reason)


def _fits(role: Role, seen: ReadColumn) -> bool:
    """Whether the cells can be what the name says."""
    if role == "formula":
        return False  # its cells were no formulas
    if role in ("result", "composition"):
        unit, texts = seen.reading.unit, seen.texts
        if role == "result" and any(same_unit(unit, each) for each in PROCESS_UNITS):
            return False
        measured = role == "result" and any(same_unit(unit, each) for each in RESULT_UNITS)
        return seen.share >= HALF or not texts or measured
    if role in BOOKKEEPING and seen.share >= HALF:
        return role != "id" or all(value.is_integer() for value in seen.numbers)
    return True


def _of_numbers(seen: ReadColumn) -> Proposal:
    """A column of numbers with a name that says nothing."""
    unit = seen.reading.unit
    if is_symbol(name_without_unit(seen.name).strip()) and seen.filled:
        return Proposal("composition", _("it is named after an element"))
    if any(same_unit(unit, each) for each in RESULT_UNITS):
        return Proposal("result", _("its unit is {unit}").format(unit=unit))
    if any(same_unit(unit, each) for each in PROCESS_UNITS):
        return Proposal("process", _("its unit is {unit}").format(unit=unit))
    if not seen.filled:
        return Proposal("other", _("it is empty"))
    if _counts_up(seen.numbers):
        return Proposal("id", _("it counts the rows"))
    if seen.holes:
        return Proposal("result", _("some of its cells hold no number, as only results do"))
    return Proposal("other", _("nothing in its name or cells tells"))


def _of_texts(seen: ReadColumn) -> Proposal:
    """A column of text with a name that says nothing."""
    distinct = set(seen.texts)
    if distinct <= {"TRUE", "FALSE", "True", "False", "true", "false"} and distinct:
        return Proposal("other", _("its cells are true and false, set or found"))
    if any(map(is_setting, distinct)):
        return Proposal("other", _("its cells begin with numbers and are more than these"))
    if len(distinct) == len(seen.texts) > 1 and max(map(len, distinct)) <= 20:
        return Proposal("id", _("each row has a short text of its own"))
    if max(map(len, distinct), default=0) > 20:
        return Proposal("note", _("it holds sentences"))
    return Proposal("other", _("nothing in its name or cells tells"))


def _by_dates(seen: ReadColumn) -> Proposal | None:
    texts = seen.texts
    if (
        texts
        and sum(_DATED.fullmatch(as_typed(t)) is not None for t in texts) >= MOSTLY * len(texts)
        and not seen.numbers
    ):
        return Proposal("date", _("its cells are dates"))
    return None


def _with_last_as_result(columns: Sequence[ReadColumn], found: list[Proposal]) -> list[Proposal]:
    """The last column of numbers as the result, as labs order their tables; an empty one, too, but
    none that is set at a furnace, and none before a column that cannot be read."""
    for i in range(len(columns) - 1, 0, -1):
        seen, role = columns[i], found[i].role
        if role in BOOKKEEPING or role in NEVER_RESULTS:
            continue
        free = role == "other" or _LETTER.fullmatch(name_without_unit(seen.name))
        if not free or not (seen.numeric or not seen.filled):
            break
        if seen.filled and not seen.varies:
            continue
        reason = _("it is the last column of numbers, and no other looks like a result")
        if not seen.filled:
            reason = _("it is the last column and empty, and no other looks like a result")
        return [*found[:i], Proposal("result", reason), *found[i + 1 :]]
    return found


def is_setting(text: str) -> bool:
    """Whether a text begins with a number that has a unit, is a number in doubt, or two numbers
    with a colon: a duration, or a ratio."""
    plain = as_typed(text)
    return bool(_SETTING.fullmatch(plain) or _COLON.fullmatch(plain)) or written(text) is not None


def are_formulas(texts: Sequence[str]) -> bool:
    """Whether nearly all texts are formulas of two elements or more."""
    sample = texts[:50]
    return bool(sample) and sum(map(_is_formula, sample)) >= MOSTLY * len(sample)


def _is_formula(text: str) -> bool:
    try:
        return len(Composition.parse(text).amounts) > 1
    except FormulaError:
        return False


def _counts_up(numbers: Sequence[float]) -> bool:
    """Whether the numbers are 0, 1, 2, .. or 1, 2, 3, .. in any order."""
    ordered = sorted(numbers)  # a table that was sorted or shuffled later
    if len(ordered) < COUNTED or ordered[0] not in (0.0, 1.0):
        return False
    return all(b - a == 1 for a, b in itertools.pairwise(ordered))


def _words(name: str) -> tuple[str, ...]:
    """The words of a name without its unit, in plain small letters."""
    plain = as_typed(name_without_unit(name)).casefold()
    return tuple(re.findall(r"[^\s_/()\[\]（）,、・:]+", plain))


_KNOWN: Final = frozenset(itertools.chain(MINIMISED, *ROLE_WORDS.values()))
_PIECES: Final = frozenset(word for word in _KNOWN if not word.isascii() and len(word) > 1)
_ENDS: Final = frozenset(word for word in _KNOWN - _PIECES if len(word) <= _SHORT)
_WHOLE: Final = _KNOWN - _PIECES - _ENDS
_MOST_PARTS: Final = max(len(word.split()) for word in _WHOLE)


def _held(name: str) -> frozenset[str]:
    """The words of :data:`ROLE_WORDS` and :data:`MINIMISED` that a name holds."""
    words = _words(name)
    runs = (words[i : i + n] for n in range(1, _MOST_PARTS + 1) for i in range(len(words) - n + 1))
    said = _WHOLE.intersection(map(" ".join, runs)) | _ENDS.intersection((*words[:1], *words[-1:]))
    if name.isascii():
        return said
    return said | {word for word in _PIECES if any(word in each for each in words)}

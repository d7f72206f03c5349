"""Choices: columns of names as inputs, such as an atmosphere or a crucible -> levels 0, 1, ..

A column whose every cell is a name is one of choices. Where numbers and texts are mixed a text is a
cell that cannot be read, unless the person says that the column holds choices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from tansaku.chem.elements import is_symbol
from tansaku.errors import TableError
from tansaku.language import _
from tansaku.space import Categorical, ColumnRoles
from tansaku.tables.cells import is_empty
from tansaku.tables.columns import columns_named
from tansaku.tables.places import Places, Problems
from tansaku.tables.quantities import written
from tansaku.tables.words import is_nothing, plain_word
from tansaku.typed import as_typed, as_word

NONE: Final = frozenset({"none", "なし", "無し", "無", "ohne", "keine"})
"""Words for nothing that are a choice like others: no flux, no dopant."""

FEW: Final = 4
"""So many choices are never too many: a handful of atmospheres on a short list."""

_RATHER_A_NUMBER: Final = re.compile(
    r"(?:about|approx\.?|ca\.?|circa|約|およそ|~|≈|～)?\s*[+-]?[0-9.,]+.*",
    re.IGNORECASE | re.DOTALL,
)
"""Texts with a number in front: where all cells are so, the column is rather one of numbers."""

_DAY: Final = re.compile(r"[0-9]{4}[-/年.].*|[0-9]{1,2}/[0-9]{1,2}.*")

_MISSING: Final = ("?", "??")
"""In place of names that a column of choices lacks."""

Choices = Mapping[str, Categorical]


def choices_in(
    frame: pd.DataFrame, inputs: Sequence[str], roles: ColumnRoles
) -> tuple[dict[str, Categorical], list[str]]:
    """Which inputs of a table are choices, and what was concluded of their spellings.

    Args:
        frame: The table.
        inputs: Its input columns.
        roles: What the person says of its columns; choices named there are choices, whatever
            their cells look like.

    Raises:
        TableError: a column is missing, or choices are named that are no inputs.
        SpaceError: a column holds one name only.

    Example:
        >>> table = pd.DataFrame({"T": [900, 950, 950], "gas": ["Ar", "N2", " ar"]})
        >>> found, notices = choices_in(table, ["T", "gas"], ColumnRoles())
        >>> found["gas"].values, notices
        (('Ar', 'N2'), ["In column 'gas' 'ar' is read as 'Ar'."])
    """
    strange = [name for name in roles.choices if name not in {each.strip() for each in inputs}]
    if strange:
        raise TableError(
            _("'{name}' is no input, so that it cannot be a choice.").format(name=strange[0]),
            _("The inputs are: {names}.").format(names=", ".join(inputs)),
        )
    found: dict[str, Categorical] = {}
    notices: list[str] = []
    for name, column in columns_named(frame, inputs).items():
        said = roles.choices.get(name.strip())
        if said is not None:
            found[name] = said
        elif name.strip() in roles.choices or are_choices(column):
            spellings = spellings_in(column)
            _see_apart(name, [first for first, *_others in spellings.values()])
            names = [first for first, *_others in spellings.values()]
            # Of one name alone the space tells that the column does not vary.
            found[name] = Categorical(name=name, values=(*names, *_MISSING[len(names) :]))
            notices += [
                _("In column '{name}' {others} is read as '{first}'.").format(
                    name=name, others=", ".join(f"'{each}'" for each in others), first=first
                )
                for first, *others in spellings.values()
                if others
            ]
    return found, notices


def _see_apart(column: str, names: Sequence[str]) -> None:
    """TableError where two names differ by a blank, hyphen or underscore alone: one, or two?"""
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(re.sub(r"[\s_-]", "", as_word(name)), name)
        if other != name:
            raise TableError(
                _("Column '{column}' has '{one}' and '{other}': are these one choice?").format(
                    column=column, one=other, other=name
                ),
                _(
                    "If so, write them alike; if they are two, say so with --choices"
                    " '{column}={one}<{other}'."
                ).format(column=column, one=other, other=name),
            )


def are_choices(column: pd.Series) -> bool:
    """Whether every filled cell of a column is a name, and names come twice.

    Example:
        >>> are_choices(pd.Series(["Air", "N2"])), are_choices(pd.Series(["900 C", "950 C"]))
        (True, False)
        >>> are_choices(pd.Series([900, "RT"]))
        False
    """
    if column.dtype.kind in "iufb":
        return False
    cells = [cell for cell in column.tolist() if not is_empty(cell)]
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    names = [text for text in texts if not _says_nothing(text)]
    if not names or len(texts) < len(cells):
        return False
    if any(written(text) is not None for text in names):
        return False
    if len(names) > FEW and len(set(map(as_word, names))) == len(names):
        return False  # each row has a name of its own: these are samples
    plain = [as_typed(text) for text in names]
    return not all(_RATHER_A_NUMBER.fullmatch(text) or _DAY.fullmatch(text) for text in plain)


def with_levels(frame: pd.DataFrame, choices: Choices) -> pd.DataFrame:
    """The table with the level of each choice in place of its name; NaN where a cell is empty.

    Raises:
        CellError: a name that is no choice; says which cell it is and which choices there are.
    """
    if not choices:
        return frame
    found = columns_named(frame, list(choices))
    numbered, problems = frame.copy(), Problems(Places(frame))
    labels = [str(label).strip() for label in frame.columns]
    for order, (name, choice) in enumerate(choices.items()):
        levels = []
        for row, cell in enumerate(found[name].astype(object)):
            text = _text(cell)
            level = choice.level(text) if text else None
            if text and level is None:
                problems.add(row, order, name, *_unknown(text, choice))
            levels.append(np.nan if level is None else float(level))
        numbered.isetitem(labels.index(name.strip()), np.array(levels, dtype=np.float64))
    problems.raise_any()
    return numbered


def _unknown(text: str, choice: Categorical) -> tuple[str, str]:
    if _says_nothing(text):
        return (
            _("'{text}' names none of the choices").format(text=text),
            _("Write which it was: {names}; or none, as a choice like the others.").format(
                names=", ".join(choice.values)
            ),
        )
    return (
        _("'{text}' is no choice").format(text=text),
        _("The choices of {name} are: {names}.").format(
            name=choice.name, names=", ".join(choice.values)
        ),
    )


def is_a_name(cell: object) -> bool:
    """Whether a cell of a column of choices names one."""
    return not _says_nothing(_text(cell))


def _text(cell: object) -> str:
    """What stands in a cell; empty where nothing does."""
    if is_empty(cell):
        return ""
    return f"{cell:.12g}" if isinstance(cell, float) else str(cell).strip()


def _says_nothing(text: str) -> bool:
    """Whether a text stands for an empty cell; "none", Na and Nd are names here."""
    word = plain_word(text)
    return is_nothing(word) and word not in NONE and not is_symbol(text.strip())


def spellings_in(column: pd.Series) -> dict[str, list[str]]:
    """{name as it is compared: how it is written, the first one first}."""
    found: dict[str, list[str]] = {}
    for cell in column.astype(object):
        text = _text(cell)
        if _says_nothing(text):
            continue
        known = found.setdefault(as_word(text), [])
        if text not in known:
            known.append(text)
    return found

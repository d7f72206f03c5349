"""Columns: which column of a table each input and target means, checked once at the door."""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from tansaku.errors import TableError
from tansaku.language import _
from tansaku.tables.parts import parted
from tansaku.tables.units import name_without_unit

_SHOWN_NAMES = 30
"""Column names listed in a message; a wider table is cut there, with the number of the rest."""

_NEAR = 0.6
"""Similarity from which a name counts as near; the default of difflib.get_close_matches."""


def columns(
    frame: pd.DataFrame, inputs: Sequence[str], targets: Sequence[str]
) -> dict[str, pd.Series]:
    """The columns of these names, in the order inputs, then targets.

    Names are compared without blanks around them, and else exactly.

    Raises:
        TableError: no inputs or no targets; a name asked for twice; a column that is missing, or
            that stands twice in the table.
    """
    _check_request(inputs, targets)
    return columns_named(frame, [*inputs, *targets])


def columns_named(frame: pd.DataFrame, wanted: Sequence[str]) -> dict[str, pd.Series]:
    """The columns of these names, in their order; a name may mean a part of a column.

    Raises:
        TableError: a column that is missing, or that stands twice in the table.
    """
    names = [str(label).strip() for label in frame.columns]
    refuse_repeated(names)
    missing = [name.strip() for name in wanted if name.strip() not in names]
    parts = parted(frame, missing) if missing else {}
    if missing := [name for name in missing if name not in parts]:
        raise TableError(
            _("The table has no column {names}.").format(names=_quoted(missing)),
            " ".join([*_guesses(missing, names), _columns_found(names)]),
        )
    return {
        name: parts[name.strip()][1]
        if name.strip() in parts
        else frame.iloc[:, names.index(name.strip())]
        for name in wanted
    }


def refuse_repeated(names: Sequence[str], letters: Sequence[str] = ()) -> None:
    """Raise a TableError that names every column name that stands more than once, with the letters
    of these columns where they are known."""
    repeated = [name for name, n in Counter(names).items() if n > 1]
    if repeated:
        words = []
        for name in repeated:
            places = [place for place, each in zip(letters, names, strict=False) if each == name]
            words.append(f"'{name}'" + (f" ({', '.join(places)})" if places else ""))
        raise TableError(
            _("The table has more than one column {names}.").format(names=", ".join(words)),
            _("Rename or remove one of them, so that it is clear which one is meant."),
        )


def _check_request(inputs: Sequence[str], targets: Sequence[str]) -> None:
    if not inputs or not targets:
        what = _("input column") if not inputs else _("target column")
        raise TableError(
            _("No {what} is named.").format(what=what),
            _("Name at least one input column and one target column of the table."),
        )
    counts = Counter(name.strip() for name in (*inputs, *targets))
    twice = [name for name, n in counts.items() if n > 1]
    if not twice:
        return
    both = [n for n in twice if n in map(str.strip, inputs) and n in map(str.strip, targets)]
    if both:
        raise TableError(
            _("Column {names} is named as input and as target.").format(names=_quoted(both)),
            _("A column is either set by the lab (input) or measured (target)."),
        )
    raise TableError(
        _("Column {names} is named twice.").format(names=_quoted(twice)),
        _("Name every input and every target once."),
    )


def _guesses(missing: Sequence[str], names: Sequence[str]) -> list[str]:
    """One sentence for each missing name that a column resembles."""
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(_plain(name_without_unit(name)), name)
    by_plain |= {_plain(name): name for name in names}
    sentences = []
    for name in missing:
        near = difflib.get_close_matches(_plain(name), by_plain, n=1, cutoff=_NEAR)
        if near:
            sentences.append(
                _("Did you mean '{near}' instead of '{name}'?").format(
                    near=by_plain[near[0]], name=name
                )
            )
    return sentences


def _columns_found(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN_NAMES])
    if len(names) > _SHOWN_NAMES:
        shown += _(" and {n} more").format(n=len(names) - _SHOWN_NAMES)
    return _("Columns found: {names}.").format(names=shown or _("none"))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)

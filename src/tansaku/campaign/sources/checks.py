"""Checks: what speaks against a source, found before it is attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tansaku.campaign.history.model_inputs import shared_columns
from tansaku.campaign.history.source_table import SourceTable
from tansaku.chem.amounts import Amounts
from tansaku.design import Floats, Ints
from tansaku.errors import TableError, UsageError
from tansaku.language import _, percent
from tansaku.space import Categorical, Scale, Space, Target, Value
from tansaku.space.values import number_of

if TYPE_CHECKING:
    from tansaku.campaign.sources.match import Pair  # it brings pandas

FEWEST = 3
"""Source points from which a mean, a signal and a noise level can be told apart at all."""
MOST = 50_000
"""Source points: as many measurements as a model is tested with."""
SAME_VALUE = 1e-9
"""Share by which two values may differ and still be one and the same number, typed twice."""
SAME_POINT = 1e-6
"""Encoded distance below which two points are one setting, as in ``tansaku.space``."""
ODD_FACTOR = 100.0
"""Ratio of the median sizes from which a person is asked for the units."""
NEARLY = 0.01
"""Share by which two values may differ and still be one result, rounded: to two or three digits."""
SHOWN_ROWS = 10
"""Rows that are named in one message, as for bad cells."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is measured of the target: inputs (n, p), values (n,), what it was made of."""

    matrix: Floats
    values: Floats
    amounts: Amounts | None = None


def check_fill(fill: Mapping[str, Value], space: Space) -> None:
    """See that what is said of an input is a number, or one of its choices.

    Raises:
        UsageError, NotInPoolError: it is not.
    """
    for name, value in fill.items():
        if name in space.names:
            number_of(space.inputs[space.names.index(name)], value, "--fill")
        elif isinstance(value, str):
            raise UsageError(
                _("--fill: '{text}' for {name} is not a number.").format(text=value, name=name),
                _("Write digits with a decimal point, for example 0.05 or 2.56e-5."),
            )


def check_choices(
    pairs: Sequence[Pair], source: SourceTable, fill: Mapping[str, Value], space: Space
) -> None:
    """See that a choice between names that one system lacks is said, for no name is 0."""
    for pair in pairs:
        if not pair.target and any(isinstance(v, str) for v in source.columns[pair.source]):
            raise UsageError(
                _("The target lacks the choice '{name}' of the source.").format(name=pair.source),
                _("Attach a table with the rows of one choice only, without that column."),
            )
        if pair.source or pair.target in fill:
            continue
        parameter = space.inputs[space.names.index(pair.target)]
        if isinstance(parameter, Categorical):
            raise UsageError(
                _("The source lacks the choice '{name}', and no choice is 0.").format(
                    name=pair.target
                ),
                _("Say which it was: --fill {name}={value}.").format(
                    name=pair.target, value=parameter.values[0]
                ),
            )


def check_one_way(source: SourceTable, beside: Sequence[SourceTable]) -> None:
    """See that all sources of a target are compared in one way."""
    for other in beside:
        if other.name == source.name:
            continue
        same = (
            other.by == source.by
            and other.descriptors == source.descriptors
            and {a for a, _b in other.pairs if a} == {a for a, _b in source.pairs if a}
            and [a for a, _b in other.elements] == [a for a, _b in source.elements]
            and all(source.fill.get(b, 0.0) == other.fill.get(b, 0.0)
                    for a, b in source.pairs if not a and ("", b) in other.pairs)
        )  # fmt: skip
        if not same:
            raise UsageError(
                _(
                    "'{name}' would be compared in another way than '{other}', which is attached"
                    " already."
                ).format(name=source.name, other=other.name),
                _(
                    "All sources of a campaign are compared in one way: give the same --match and"
                    " --fill, or remove '{other}' first."
                ).format(other=other.name),
            )


def check_enough(name: str, values: Sequence[float]) -> None:
    """See that there is something to learn from."""
    n = len(values)
    if n < FEWEST:
        raise TableError(
            _("The source has {n} measured points of '{name}'; at least {few} are needed.").format(
                n=n, name=name, few=FEWEST
            ),
            _("Leave out the source, or add its other measurements."),
        )
    if n > MOST:
        raise TableError(
            _("The source has {n} measured points; up to {most} can be used.").format(
                n=n, most=MOST
            ),
            _("Keep the part of the source that is nearest to the target."),
        )
    if np.ptp(values) <= SAME_VALUE * np.abs(values).max():
        raise TableError(
            _("All {n} measured values of '{name}' are equal in the source.").format(
                n=n, name=name
            ),
            _("Nothing can be learned from equal values; check the column."),
        )


def odd_sizes(ours: Floats, theirs: Floats) -> tuple[float, float] | None:
    """The two medians, where they or their signs differ so much that units or scales may differ."""
    if not len(ours) or not len(theirs):
        return None
    a, b = float(np.median(ours)), float(np.median(theirs))
    if a == 0 or b == 0 or (a * b > 0 and 1 / ODD_FACTOR < b / a < ODD_FACTOR):
        return None
    if a * b < 0 and not (
        (np.sign(ours) == np.sign(a)).all() and (np.sign(theirs) == np.sign(b)).all()
    ):
        return None
    return a, b


def check_sizes(source: SourceTable, values: Floats) -> None:
    """Ask where the sizes differ so much that a unit or a scale may, and nobody has said."""
    found = None if source.unit_known else odd_sizes(values, np.array(source.values))
    if found is not None:
        raise UsageError(
            _(
                "The values of '{name}' in the source are of another size (middle value"
                " {theirs:.2g}) than those of the target ({ours:.2g}): is it another unit, or a"
                " logarithm?"
            ).format(name=source.target, theirs=found[1], ours=found[0]),
            _(
                "Say it: --source-factor {of}0.001 multiplies the source's values by that, and"
                " --source-factor {of}1 takes them as they are. Logarithms must be converted first."
            ).format(of=f"{source.about}=" if source.about else ""),
        )


def check_own_rows(
    source: SourceTable, space: Space, known: Known, places: Sequence[str]
) -> tuple[str, ...]:
    """See that no point of the source is one of the target's own, value and all.

    Returns:
        A word where all values at settings that are measured here are nearly the same as here: two
        laboratories seldom agree so well, and one result counts once.
    """
    shared = shared_columns(space, [source])  # what cannot be compared at all is refused here
    if not len(known.values):
        return ()
    i, j = _same_points(shared.encode(known.matrix, known.amounts).X, shared.others[0])
    values = np.array(source.values)
    difference = np.abs(known.values[i] - values[j])
    twice = difference <= SAME_VALUE * np.abs(values[j])
    own = [places[row] for row in np.unique(j[twice]).tolist()]
    if own:
        more = len(own) - SHOWN_ROWS
        rows = "; ".join(own[:SHOWN_ROWS]) + (_(" and {n} more").format(n=more) if more > 0 else "")
        raise TableError(
            _("The source holds rows of the target itself, inputs and value alike: {rows}.").format(
                rows=rows
            ),
            _("Take them out of the source: nothing can be learned from the same result twice."),
        )
    near, n = difference <= NEARLY * np.abs(values[j]), len(i)
    if n < FEWEST or not near.all():
        return ()
    text = _(
        "At all {n} settings of '{source}' that are measured here, too, the values agree to"
        " {share}: if they are the same results, rounded, take them out of the source."
    )
    return (text.format(n=n, source=source.name, share=percent(NEARLY)),)


def _same_points(ours: Floats, theirs: Floats) -> tuple[Ints, Ints]:
    """(i, j) of the pairs that are one point, of n and m others, shape (pairs,) each."""
    from scipy.spatial import KDTree  # on demand: it takes a while to import

    trees = [KDTree(np.pad(points, ((0, 0), (0, 1)))) for points in (ours, theirs)]
    found = trees[0].query_ball_tree(trees[1], SAME_POINT, p=np.inf)
    i = np.repeat(np.arange(len(ours)), [len(each) for each in found])
    return i, np.array([j for each in found for j in sorted(each)], dtype=np.int64)


def check_logarithms(name: str, values: Floats, target: Target) -> None:
    """See that values on a log10 scale are no logarithms already.

    Raises:
        UsageError: all of them are below 0.
    """
    there = values[~np.isnan(values)]
    if target.scale is not Scale.LOG10 or len(there) < FEWEST or (there >= 0).any():
        return
    raise UsageError(
        _(
            "All values of '{name}' in the source are below 0, and '{target}' is on a log10 scale,"
            " for values above 0: are they logarithms already?"
        ).format(name=name, target=target.name),
        _("Give the values themselves: a column of 10 to the power of them, in the target's unit."),
    )


def check_not_twice(source: SourceTable, space: Space, beside: Sequence[SourceTable]) -> None:
    """See that the same results are not attached twice under two names."""
    beside = [b for b in beside if b.name != source.name and b.about == source.about]
    if not beside:
        return
    *others, ours = shared_columns(space, [*beside, source]).others
    for other, points in zip(beside, others, strict=True):
        values, known = np.array(source.values), np.array(other.values)
        i, j = _same_points(ours, points)
        equal = np.abs(values[i] - known[j]) <= SAME_VALUE * np.abs(values[i])
        n = len(np.unique(i[equal]))
        if n:
            raise TableError(
                _(
                    "{n} points of '{name}' are in '{other}' already, inputs and value alike."
                ).format(n=n, name=source.name, other=other.name),
                _("Results that are attached twice would count twice: leave them out of one."),
            )

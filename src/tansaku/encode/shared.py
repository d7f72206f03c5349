"""One set of columns for two systems: a target, and older measurements of something like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tansaku.chem.amounts import Amounts
from tansaku.chem.descriptors import describe
from tansaku.chem.sites import Site
from tansaku.design import Bools, Design, Floats, Ints
from tansaku.encode.beside import columns_beside, nearest_candidates
from tansaku.encode.formula_columns import CONSTANT
from tansaku.encode.one_hot import OneHot
from tansaku.errors import SpaceError, UsageError
from tansaku.language import _
from tansaku.space import Space, amounts_at

TOLD: Final = 0.02
"""Share of a column's spread up to which other columns tell it: formulas in tables are written to
two digits, and such a column would hold their rounding and nothing else."""


SPARE: Final = 2
"""Points beyond those that any weighted sum would fit, before an input counts as told."""


@dataclass(frozen=True, slots=True)
class OtherSystem:
    """m measured points of another system, in the words of a target's space.

    Attributes:
        inputs: The target's inputs there, as they stand in a matrix, shape (m, p); NaN for those
            that formulas tell.
        extra: {column: its values, shape (m,)} that the target lacks.
        amounts: What they are made of; ``None`` where formulas play no part.
        sites: Its declared sites.
        states: Its oxidation states that differ from the defaults.
    """

    inputs: Floats
    extra: Mapping[str, Floats] = field(default_factory=dict)
    amounts: Amounts | None = None
    sites: tuple[Site, ...] = ()
    states: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """In which words a target and other systems are compared.

    Attributes:
        inputs: The target's inputs that count; formulas tell the others.
        held: {column that the target lacks: its value in the target}.
        by: ``names``, ``elements``, ``sites`` or ``descriptors``.
        elements: By sites: (element of the target, element of the other system) in one place; the
            same target elements, in the same order, for every system.
        descriptors: By descriptors: their names.
    """

    inputs: tuple[str, ...]
    held: Mapping[str, float] = field(default_factory=dict)
    by: str = "names"
    elements: tuple[tuple[tuple[str, str], ...], ...] = ()
    descriptors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedColumns:
    """Columns that a target shares with other systems, scaled so that all of them span 1.

    First what the formulas say, then the target's own inputs (see
    :class:`~tansaku.encode.one_hot.OneHot`), then what only another system varies. An element that
    a system lacks is 0 there. Of the elements' amounts as few are kept as tell all others, those
    of guests before those of the host. Law: ``encode(decode(X)).X`` is X for the X of every
    candidate.

    Attributes:
        space: The target's inputs and candidates.
        comparison: In which words.
        names: The encoded columns' names.
        low: What is 0 in each column, shape (d,): its smallest value; of an input the target's.
        spans: Range of each column over all systems, shape (d,).
        formula: Names of the columns that come from formulas, f of them.
        rest: The encoding of the target's inputs, of which ``beside`` are kept.
        beside: Columns of ``rest``.
        others: The other systems' encoded points, shape (m, d) each.

    Example:
        >>> space = Space.from_matrix(("x",), np.array([[0.0], [0.5]]))
        >>> older = OtherSystem(np.array([[0.0], [1.0]]), {"y": np.array([0.0, 2.0])})
        >>> shared = SharedColumns.of(space, Comparison(("x",), {"y": 1.0}), [older])
        >>> shared.names, shared.encode(space.matrix).X.tolist(), shared.others[0].tolist()
        (('x', 'y'), [[0.0, 0.5], [0.5, 0.5]], [[0.0, 0.0], [1.0, 1.0]])
    """

    space: Space
    comparison: Comparison
    names: tuple[str, ...]
    low: Floats
    spans: Floats
    formula: tuple[str, ...]
    rest: OneHot
    beside: Ints
    others: tuple[Floats, ...]

    @classmethod
    def of(
        cls, space: Space, comparison: Comparison, others: Sequence[OtherSystem]
    ) -> SharedColumns:
        """The columns of a target and other systems.

        Raises:
            SpaceError: formulas are compared, and the candidates cannot be listed.
            UsageError: the systems have no element in common.
            DataError: a descriptor cannot be computed; names what is missing.
        """
        rest = OneHot.of(space)
        kept_inputs = [i for i, name in enumerate(space.names) if name in comparison.inputs]
        beside = np.flatnonzero(np.isin(rest.source, kept_inputs))
        formula: tuple[str, ...] = ()
        said: list[Floats] = []
        if comparison.by != "names":
            systems = _systems(space, others)
            names = _names(comparison, [each.amounts for each in systems])
            said = [_say(comparison, names, each, i) for i, each in enumerate(systems)]
            kept = _telling(np.concatenate(said), comparison.by)
            formula = tuple(n for n, k in zip(names, kept, strict=True) if k)
            said = [each[:, kept] for each in said]
        raw = []
        for i, other in enumerate(others):
            own, more = _beside(rest, beside, other.inputs), _extra(other, comparison.held)
            raw.append(np.concatenate([*said[i + 1 : i + 2], own, more], axis=1))
        low, high = _ends(rest, beside, said, comparison.held)
        for each in raw:
            low, high = np.minimum(low, each.min(axis=0)), np.maximum(high, each.max(axis=0))
        spans = np.where(high - low > CONSTANT * np.maximum(1.0, np.abs(high)), high - low, 1.0)
        # The target's own inputs begin at 0: the levels of a search are counted from there.
        low[len(formula) : len(formula) + len(beside)] = rest.low[beside]
        return cls(
            space=space,
            comparison=comparison,
            names=(*formula, *(rest.names[i] for i in beside), *comparison.held),
            low=low,
            spans=spans,
            formula=formula,
            rest=rest,
            beside=beside,
            others=tuple(np.ascontiguousarray((each - low) / spans) for each in raw),
        )

    @property
    def columns(self) -> Ints:
        """Encoded column of each input, shape (p,); -1 where it has none of its own."""
        return columns_beside(self.space, self.rest, self.beside, len(self.formula))

    def encode(self, matrix: Floats, amounts: Amounts | None = None) -> Design:
        """Experimental values, shape (n, p) -> design, shape (n, d).

        Args:
            matrix: The inputs.
            amounts: What the points are made of, where that is not what their inputs say.
        """
        parts = [_beside(self.rest, self.beside, matrix)]
        if self.comparison.by != "names":
            made = amounts_at(self.space, matrix) if amounts is None else amounts
            parts.insert(0, self._said(made))
        parts.append(np.tile(list(self.comparison.held.values()), (len(matrix), 1)))
        X = (np.concatenate(parts, axis=1) - self.low) / self.spans
        return Design(X, self.names)

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> the inputs, shape (n, p); with formulas, those of the
        nearest candidates."""
        if self.comparison.by == "names":
            raw = X * self.spans + self.low
            inner = np.zeros((len(X), len(self.rest.names)))
            inner[:, self.beside] = raw[:, : len(self.beside)] - self.rest.low[self.beside]
            inner[:, self.beside] /= self.rest.spans[self.beside]
            return self.rest.decode(inner)
        return nearest_candidates(self.space, self.encode, X)

    def _said(self, amounts: Amounts) -> Floats:
        """What formulas of the target say, shape (n, f)."""
        compared = self.comparison
        if compared.by != "descriptors":
            return _columns_of(amounts, self.formula)
        chemistry = self.space.chemistry
        sites = chemistry.declared_sites() if chemistry is not None else ()
        states = dict(chemistry.states) if chemistry is not None else {}
        return describe(amounts, self.formula, sites=sites, oxidation=states).matrix


@dataclass(frozen=True, slots=True)
class _Formulas:
    """What the points of one system are made of, and how that is read."""

    amounts: Amounts
    sites: tuple[Site, ...]
    states: Mapping[str, float]


def _systems(space: Space, others: Sequence[OtherSystem]) -> list[_Formulas]:
    """The target's candidates and the other systems' points, with their formulas.

    Raises:
        SpaceError: the candidates cannot be listed.
    """
    chemistry = space.chemistry
    if chemistry is None:
        raise TypeError("this space knows no formulas")
    if not space.listed:
        raise SpaceError(
            _("To compare formulas the candidates must be few enough to be listed."),
            _("Compare the inputs instead, by pairs such as --match x=z, or take coarser steps."),
        )
    pool = amounts_at(space, space.matrix)
    found = [_Formulas(pool, chemistry.declared_sites(), chemistry.states)]
    for other in others:
        if other.amounts is None:
            raise TypeError("a system without formulas")
        found.append(_Formulas(other.amounts, other.sites, other.states))
    return found


def _names(comparison: Comparison, systems: Sequence[Amounts]) -> tuple[str, ...]:
    """What formulas can say, by name.

    Raises:
        UsageError: a system shares no element with the target.
    """
    if comparison.by == "descriptors":
        return comparison.descriptors
    if comparison.by == "sites":
        return tuple(ours for ours, _theirs in comparison.elements[0])
    pool, *others = systems
    for other in others:
        if not set(other.elements) & set(pool.elements):
            raise UsageError(
                _("The source has no element in common with the target ({ours}; {theirs}).").format(
                    ours=", ".join(pool.elements), theirs=", ".join(other.elements)
                ),
                _("Compare by descriptors (--match descriptors), or declare columns that match."),
            )
    return tuple(dict.fromkeys(symbol for each in systems for symbol in each.elements))


def _say(comparison: Comparison, names: Sequence[str], of: _Formulas, which: int) -> Floats:
    """What the formulas of one system say, shape (n, k); ``which`` is 0 for the target."""
    if comparison.by == "descriptors":
        return describe(of.amounts, names, sites=of.sites, oxidation=of.states).matrix
    if comparison.by == "sites" and which:
        names = [theirs for _ours, theirs in comparison.elements[which - 1]]
    return _columns_of(of.amounts, names)


def _columns_of(amounts: Amounts, elements: Sequence[str]) -> Floats:
    """Moles of these elements, 0 where a system lacks one, shape (n, e)."""
    columns = [amounts.column(symbol) for symbol in elements]
    return np.stack(columns, axis=1) if columns else np.empty((len(amounts), 0))


def _beside(rest: OneHot, beside: Ints, matrix: Floats) -> Floats:
    """The kept inputs before they are scaled, shape (n, k)."""
    inner = rest.encode(matrix).X[:, beside]
    return inner * rest.spans[beside] + rest.low[beside]


def _extra(other: OtherSystem, held: Mapping[str, float]) -> Floats:
    """Columns that the target lacks, shape (m, e): the system's own, else as in the target."""
    m = len(other.inputs)
    columns = [other.extra.get(name, np.full(m, value)) for name, value in held.items()]
    return np.stack(columns, axis=1) if columns else np.empty((m, 0))


def _ends(
    rest: OneHot,
    beside: Ints,
    said: Sequence[Floats],
    held: Mapping[str, float],
) -> tuple[Floats, Floats]:
    """(smallest, largest) of each column over the target's candidates, shape (d,) each."""
    low, high = rest.low[beside], rest.low[beside] + rest.spans[beside]
    fixed = np.array(list(held.values()), dtype=np.float64)
    first = [said[0].min(axis=0), said[0].max(axis=0)] if said else [np.empty(0)] * 2
    return np.concatenate([first[0], low, fixed]), np.concatenate([first[1], high, fixed])


def _telling(matrix: Floats, by: str) -> Bools:
    """Which columns to keep, shape (k,): those that vary, and of elements as few as tell all."""
    spread = np.ptp(matrix, axis=0)
    varies = spread > CONSTANT * np.maximum(1.0, np.abs(matrix).max(axis=0))
    if by != "elements":
        return np.asarray(varies)
    return fewest(matrix, varies)


def fewest(matrix: Floats, among: Bools) -> Bools:
    """Columns from which all others follow as weighted sums, shape (k,).

    Those that are 0 in most rows (guests) are taken first, those that are everywhere (the host)
    last. A column follows where what the taken ones leave of it is below ``TOLD`` of its spread.

    Args:
        matrix: Shape (n, k).
        among: Columns that may be taken, shape (k,).
    """
    kept = np.zeros(matrix.shape[1], dtype=np.bool_)
    basis = np.empty((len(matrix), 0))
    present = (matrix > 0).mean(axis=0)
    for column in np.lexsort((np.arange(len(present)), present)):
        if not among[column]:
            continue
        centred = matrix[:, column] - matrix[:, column].mean()
        left = centred - basis @ (basis.T @ centred)
        if np.linalg.norm(left) > TOLD * np.linalg.norm(centred):
            kept[column] = True
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
    return kept


def determined_by(amounts: Floats, matrix: Floats) -> Bools:
    """Which inputs follow from amounts of elements as weighted sums, shape (p,).

    With too few points to tell, none does.

    Args:
        amounts: Moles at n points, shape (n, e).
        matrix: Inputs there, shape (n, p).
    """
    n = len(amounts)
    A = np.column_stack([np.ones(n), amounts])
    if not matrix.shape[1] or n < np.linalg.matrix_rank(A) + SPARE:
        return np.zeros(matrix.shape[1], dtype=np.bool_)
    left = matrix - A @ np.linalg.lstsq(A, matrix, rcond=None)[0]
    spread = np.linalg.norm(matrix - matrix.mean(axis=0), axis=0)
    return np.asarray(np.linalg.norm(left, axis=0) <= TOLD * spread)

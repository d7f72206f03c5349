"""Constraints in words, such as ``x + y <= 0.5``, held exactly where they are linear."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tansaku.chem.expression import Comparison
from tansaku.chem.expression import LinearRule as RealRule
from tansaku.design import Bools, CountRule, Floats, Ints, LevelRule
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.space.parameters import (
    Categorical,
    Continuous,
    Parameter,
    Settable,
    Stepped,
    exact,
)
from tansaku.spec import Spec

_WORD = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[^\W\d]\w*")
"""A number, which is passed over, or a name."""
_AT_MOST = ("at most", "no more than", "up to", "最大", "高々", "多くとも")
_AT_LEAST = ("at least", "no fewer than", "最小", "少なくとも")
_EXACTLY = ("exactly", "ちょうど")
_WORDS = "|".join(_AT_MOST + _AT_LEAST + _EXACTLY)
_COUNT = re.compile(rf"(?P<words>{_WORDS})\s+(?P<n>[0-9]+)\s+of\s+(?P<names>.+)", re.IGNORECASE)
"""at most 2 of a, b, c"""
_COUNT_AFTER = re.compile(
    rf"(?P<names>.+?)\s*の(?:うち|中で|中の)?[、\s]*(?P<words>{_WORDS})\s*(?P<n>[0-9]+)\s*(?:つ|種|種類|個|成分)?"
)
"""a, b, c のうち最大2つ"""
_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
"""A name as expressions know it."""


class Constraint(Spec):
    """A rule that every candidate keeps, as it was written.

    Attributes:
        text: A comparison of expressions in the parameters' names, or a limit on their number,
            ``at most 2 of a, b, c``.

    Example:
        >>> from tansaku.space.parameters import Stepped
        >>> x = Stepped(name="x", low=0, high=1, step=0.1)
        >>> Constraint(text="2*x <= 0.6").bound_to([x]).holds(np.array([[3], [4]])).tolist()
        [True, False]
    """

    text: str

    def bound_to(self, parameters: Sequence[Settable]) -> BoundConstraint:
        """The rule as it applies to these parameters.

        Raises:
            FormulaError: the text is no comparison; points at the character.
            SpaceError: a name is no parameter, or a choice that has no number.
        """
        count = _count(self.text, parameters)
        if count is not None:
            return BoundConstraint(
                self.text, None, {}, tuple(parameters), (), linear=True, counts=(count,)
            )
        comparison, names = _parse(self.text, {p.name: p for p in parameters})
        count = _product(comparison, names, parameters)
        if count is not None:
            return BoundConstraint(
                self.text, comparison, names, tuple(parameters), (), linear=True, counts=(count,)
            )
        linear = comparison.linear() if even(names.values(), parameters) else None
        rules = () if linear is None else tuple(in_levels(r, names, parameters) for r in linear)
        return BoundConstraint(
            self.text, comparison, names, tuple(parameters), rules, linear is not None
        )


@dataclass(frozen=True, slots=True)
class BoundConstraint:
    """A constraint and the parameters it speaks of.

    Attributes:
        text: As it was written.
        comparison: As it was read; ``None`` for a limit on the number of parameters.
        names: {name in the comparison: name of the parameter}.
        parameters: All p parameters of the space.
        rules: The same in whole numbers; empty where it is not linear.
        linear: Whether rules and counts say it whole.
        counts: How many parameters may be above 0.
    """

    text: str
    comparison: Comparison | None
    names: Mapping[str, str]
    parameters: tuple[Settable, ...]
    rules: tuple[LevelRule, ...]
    linear: bool
    counts: tuple[CountRule, ...] = ()

    def holds(self, levels: Ints) -> Bools:
        """Which points keep it; levels of shape (k, p). Exact where it is linear, to the stated
        tolerance of :class:`~tansaku.chem.expression.Comparison` elsewhere."""
        if self.linear or self.comparison is None:
            kept = np.ones(len(levels), dtype=np.bool_)
            for rule in self.rules:
                kept &= rule.holds(levels)
            for count in self.counts:
                kept &= count.holds(levels)
            return kept
        matrix = np.stack([p.at(levels[:, i]) for i, p in enumerate(self.parameters)], axis=1)
        return self._compared(self.comparison, matrix)

    def holds_between(self, matrix: Floats) -> Bools:
        """Which rows of values keep it that may lie between the settings, shape (k, p)."""
        if self.comparison is not None:
            return self._compared(self.comparison, matrix)
        there = (matrix != 0).astype(np.int64)
        kept = np.ones(len(matrix), dtype=np.bool_)
        for count in self.counts:
            kept &= count.holds(there)
        return kept

    def _compared(self, comparison: Comparison, matrix: Floats) -> Bools:
        position = {p.name: i for i, p in enumerate(self.parameters)}
        return comparison.holds({own: matrix[:, position[n]] for own, n in self.names.items()})


def _parse(text: str, known: Mapping[str, Settable]) -> tuple[Comparison, dict[str, str]]:
    """The comparison, and {its name: the parameter's name}."""
    try:
        plain, spoken = plain_names(text, known)
    except SpaceError as error:
        raise SpaceError(
            _("Constraint '{text}': {why}").format(text=text, why=error.message), error.hint
        ) from None
    return Comparison.parse(plain), spoken


def _count(text: str, parameters: Sequence[Settable]) -> CountRule | None:
    """A limit on how many parameters are not 0; ``None`` for any other text.

    Raises:
        SpaceError: a name is no parameter, or one that is never 0.
    """
    found = _COUNT.fullmatch(text.strip()) or _COUNT_AFTER.fullmatch(text.strip())
    if found is None:
        return None
    places = {p.name: i for i, p in enumerate(parameters)}
    names = [name.strip() for name in re.split(r"[,、，]", found["names"]) if name.strip()]
    for name in names:
        if name not in places:
            raise SpaceError(
                _("Constraint '{text}': {why}").format(
                    text=text, why=_("there is no parameter '{name}'.").format(name=name)
                ),
                _("The parameters are: {names}.").format(names=", ".join(places)),
            )
        if not _starts_at_zero(parameters[places[name]]):
            raise SpaceError(
                _("Constraint '{text}': '{name}' does not start at 0.").format(
                    text=text, name=name
                ),
                _("Count only parameters that are numbers from 0 on: what is 0 is not there."),
            )
    columns, n = tuple(sorted({places[name] for name in names})), int(found["n"])
    words = found["words"].casefold()
    least = n if words in _AT_LEAST or words in _EXACTLY else 0
    return CountRule(columns, least, len(columns) if words in _AT_LEAST else n)


def _product(
    comparison: Comparison, names: Mapping[str, str], parameters: Sequence[Settable]
) -> CountRule | None:
    """That a product of parameters is 0, as a limit on how many are not; ``None`` for all else."""
    if comparison.senses != ("=",):
        return None
    for side, other in (comparison.sides, comparison.sides[::-1]):
        if side.polynomial is None or other.polynomial is None or other.polynomial.names:
            continue
        terms = side.polynomial.terms
        if other.polynomial.offset != 0 or len(terms) != 1 or len(side.polynomial.names) < 2:
            continue
        spoken = {names[own] for own in side.polynomial.names}
        columns = tuple(i for i, p in enumerate(parameters) if p.name in spoken)
        if all(_starts_at_zero(parameters[i]) for i in columns):
            return CountRule(columns, 0, len(columns) - 1)
    return None


def _starts_at_zero(parameter: Settable) -> bool:
    """Whether its level 0 means that nothing of it is there."""
    return not isinstance(parameter, Categorical) and parameter.low == 0


def plain_names(text: str, known: Mapping[str, Parameter]) -> tuple[str, dict[str, str]]:
    """(the text as expressions read it, {its name: the parameter's name}). Expressions know small
    letters only, so a parameter called T or 温度 gets another name while the text is read.

    Raises:
        SpaceError: a name is no parameter, or a choice that has no number.
    """
    own: dict[str, str] = {}
    for i, name in enumerate(known):
        own[name] = name if _PLAIN.fullmatch(name) else f"p{i}"
        while own[name] != name and own[name] in known:
            own[name] += "_"
    spoken: dict[str, str] = {}

    def read(match: re.Match[str]) -> str:
        word = match.group()
        if word[0].isdigit() or word[0] == ".":
            return word
        _check_name(word, known)
        spoken[own[word]] = word
        return own[word]

    return _WORD.sub(read, text), spoken


def _check_name(name: str, known: Mapping[str, Parameter]) -> None:
    if name not in known:
        raise SpaceError(
            _("there is no parameter '{name}'.").format(name=name),
            _("The parameters are: {names}.").format(names=", ".join(known)),
        )
    if isinstance(known[name], Categorical):
        raise SpaceError(
            _("'{name}' is a choice and has no number.").format(name=name),
            _("Write the names of parameters that are numbers."),
        )


def even(names: Iterable[str], parameters: Sequence[Settable]) -> bool:
    """Whether all parameters of these names are set in equal steps, so that what is linear in them
    is linear in their levels, too."""
    spoken = set(names)
    return all(
        isinstance(p, Stepped | Continuous) and p.even for p in parameters if p.name in spoken
    )


def in_levels(
    rule: RealRule, names: Mapping[str, str], parameters: Sequence[Settable]
) -> LevelRule:
    """sum c v <= b with v = low + step x level, times the common denominator: whole numbers."""
    position = {p.name: i for i, p in enumerate(parameters)}
    factors = [Fraction(0)] * len(parameters)
    bound = exact(rule.bound)
    for own, value in rule.coefficients.items():
        i = position[names[own]]
        parameter = parameters[i]
        if not isinstance(parameter, Stepped | Continuous):
            raise TypeError(f"{parameter.name} is not set in steps")  # see even
        factors[i] = exact(value) * exact(parameter.interval)
        bound -= exact(value) * exact(parameter.low)
    common = math.lcm(*(f.denominator for f in factors))
    turn = -1 if rule.sense in (">=", ">") else 1
    coefficients = tuple(turn * int(f * common) for f in factors)
    bound = turn * bound * common
    if rule.sense == "=":
        if bound.denominator != 1:  # never true: no whole numbers add up to it
            return LevelRule((0,) * len(parameters), -1)
        return LevelRule(coefficients, int(bound), equal=True)
    whole = math.ceil(bound) - 1 if rule.sense in ("<", ">") else math.floor(bound)
    return LevelRule(coefficients, whole)

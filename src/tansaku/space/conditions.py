"""Conditions in words, such as ``x > 0.2 and gas = Ar``: which candidates are meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tansaku.chem.expression import Comparison, Sense
from tansaku.design import Bools, Floats, Ints, LevelRule
from tansaku.errors import FormulaError, SpaceError
from tansaku.language import _
from tansaku.space.constraints import even, in_levels
from tansaku.space.grid import Grid
from tansaku.space.parameters import Categorical, Parameter
from tansaku.space.space import Space
from tansaku.space.values import Value, given, number_of, settings
from tansaku.typed import as_typed

_AND = re.compile(r"\s+(?:and|AND|かつ)\s+|\s*&&?\s*|\s*∧\s*|\s*かつ\s*")
_CHOSEN = re.compile(r"\s*(!=|<>|==|=|\bin\b)\s*")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_QUOTED_OR_AND: Final = re.compile(rf"(?P<quoted>{_QUOTED.pattern})|{_AND.pattern}")
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_OTHER = re.compile(rf"{_NUMBER}|[^\W\d]\w*")
_TURNED: Final[dict[Sense, Sense]] = {"<=": ">", "<": ">=", ">=": "<", ">": "<="}
ALIKE: Final = 1e-6
"""Two values are one setting when they differ by less than this share: spreadsheets round."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as it applies to a space: all of its clauses hold.

    Attributes:
        text: As it was written.
        numbers: Comparisons of numbers, each with {its name: place of the input}.
        choices: (place of the input, the choices that are meant).
        values: (place of the input, its value).

    Example:
        >>> from tansaku.space.parameters import Stepped
        >>> space = Space.from_parameters([Stepped(name="T (degC)", low=0, high=2, step=1)])
        >>> Condition.parse("T (degC) > 0.5", space).holds(space.matrix).tolist()
        [False, True, True]
    """

    text: str
    numbers: tuple[tuple[Comparison, Mapping[str, int]], ...] = ()
    choices: tuple[tuple[int, frozenset[int]], ...] = ()
    values: tuple[tuple[int, float], ...] = ()

    @classmethod
    def parse(cls, text: str, space: Space) -> Condition:
        """Read a condition: comparisons of numbers as in constraints, ``gas = Ar``, ``gas != Ar``
        or ``gas in Ar|O2``, joined by ``and``. A name may stand in quotation marks.

        Raises:
            SpaceError: a name is no input, a choice is none of its names, or nothing is said.
            FormulaError: a comparison cannot be read; points at the character.
        """
        numbers, choices = [], []
        for clause in _clauses(text):
            chosen = _choice(clause, space.inputs)
            if chosen is None:
                numbers.append(_comparison(clause, space.inputs))
            else:
                choices.append(chosen)
        if not numbers and not choices:
            raise SpaceError(
                _("The condition '{text}' says nothing.").format(text=text),
                _("Write for example 'x > 0.2' or 'gas = Ar'."),
            )
        return cls(text.strip(), tuple(numbers), tuple(choices))

    @classmethod
    def fixed(cls, inputs: Mapping[str, Value], space: Space) -> Condition:
        """That these inputs have these values.

        Raises:
            SpaceError: one of them is no input, or no number or choice of it.
        """
        values = []
        for name, value in given(space.names, inputs).items():
            if name not in space.names:
                raise _unknown(name, space.inputs)
            place = space.names.index(name)
            values.append((place, number_of(space.inputs[place], value, "")))
        return cls(settings(inputs), values=tuple(values))

    def holds(self, matrix: Floats) -> Bools:
        """Which of the candidates are meant; rows in experimental units, shape (k, p). Numbers that
        differ by the rounding of a spreadsheet are one."""
        kept = np.ones(len(matrix), dtype=np.bool_)
        for comparison, places in self.numbers:
            kept &= comparison.holds({name: matrix[:, i] for name, i in places.items()})
        for place, wanted in self.choices:
            kept &= np.isin(matrix[:, place], list(wanted))
        for place, value in self.values:
            kept &= np.isclose(matrix[:, place], value, rtol=ALIKE, atol=0.0)
        return kept

    def rules(self, grid: Grid, *, denied: bool = False) -> tuple[LevelRule, ...]:
        """What of it can be told in whole numbers of a grid, to draw fewer points in vain; of a
        condition that is ``denied`` its contrary."""
        if denied and (len(self.numbers) != 1 or self.choices or self.values):
            return ()
        found = []
        for place, value in self.values:
            parameter = grid.parameters[place]
            factors = tuple(int(i == place) for i in range(len(grid.parameters)))
            level = int(parameter.levels(np.array([value]))[0][0])
            if not isinstance(parameter, Categorical):
                found.append(LevelRule(factors, level, equal=True))
        for comparison, places in self.numbers:
            if not even((grid.parameters[i].name for i in places.values()), grid.parameters):
                continue
            linear = comparison.linear()
            if linear is None or (denied and (len(linear) > 1 or linear[0].sense == "=")):
                continue
            names = {own: grid.parameters[i].name for own, i in places.items()}
            for rule in linear:
                turned = rule._replace(sense=_TURNED[rule.sense]) if denied else rule
                found.append(in_levels(turned, names, grid.parameters))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which candidates may be chosen: those that keep every condition and none that is denied.

    Attributes:
        required: What all of them keep.
        denied: What none of them keeps.
    """

    required: tuple[Condition, ...] = ()
    denied: tuple[Condition, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.required or self.denied)

    def mask(self, matrix: Floats) -> Bools:
        """Which rows may be chosen, shape (k,)."""
        kept = np.ones(len(matrix), dtype=np.bool_)
        for condition in self.required:
            kept &= condition.holds(matrix)
        for condition in self.denied:
            kept &= ~condition.holds(matrix)
        return kept

    def within(self, grid: Grid) -> Grid:
        """The grid with these conditions among its constraints."""
        if self.everything:
            return grid
        rules = [rule for each in self.required for rule in each.rules(grid)]
        rules += [rule for each in self.denied for rule in each.rules(grid, denied=True)]
        text = " and ".join(
            [c.text for c in self.required] + [f"not ({c.text})" for c in self.denied]
        )
        return Grid(grid.parameters, (*grid.constraints, _Kept(text, self, grid, tuple(rules))))


EVERYTHING = Allowed()
"""Nothing is left out."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """The conditions as a grid knows its constraints."""

    text: str
    allowed: Allowed
    grid: Grid
    rules: tuple[LevelRule, ...]

    def holds(self, levels: Ints) -> Bools:
        """Which points keep them; levels of shape (k, p)."""
        return self.allowed.mask(self.grid.matrix(levels))


def _clauses(text: str) -> list[str]:
    """The parts that "and" joins; what stands in quotation marks is not looked into."""
    found, start, text = [], 0, text.strip()
    for each in _QUOTED_OR_AND.finditer(text):
        if each["quoted"] is None:
            found.append(text[start : each.start()])
            start = each.end()
    return [part for part in (*found, text[start:]) if part.strip()]


def _choice(clause: str, inputs: Sequence[Parameter]) -> tuple[int, frozenset[int]] | None:
    """(place of an input that holds choices, those that are meant); ``None`` for numbers."""
    for place, parameter in enumerate(inputs):
        if not isinstance(parameter, Categorical):
            continue
        for name in (parameter.name, f"'{parameter.name}'", f'"{parameter.name}"'):
            if not clause.strip().startswith(name):
                continue
            sign = _CHOSEN.match(clause.strip()[len(name) :])
            if sign is None:
                continue
            rest = clause.strip()[len(name) + sign.end() :]
            named = rest.split("|") if sign.group(1) == "in" else [rest]
            meant = {int(number_of(parameter, _unquoted(each), "")) for each in named}
            if sign.group(1) in ("!=", "<>"):
                meant = set(range(len(parameter.values))) - meant
            return place, frozenset(meant)
    return None


def _unquoted(text: str) -> str:
    plain = text.strip()
    quoted = len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "'\""
    return plain[1:-1] if quoted else plain


def _comparison(clause: str, inputs: Sequence[Parameter]) -> tuple[Comparison, dict[str, int]]:
    """A comparison of numbers, with small letters for the names that stand in it."""
    ordered = sorted(range(len(inputs)), key=lambda i: -len(inputs[i].name))
    each = "|".join(
        rf"'{n}'|\"{n}\"|(?<!\w){n}(?!\w)" for n in (re.escape(inputs[i].name) for i in ordered)
    )
    names = {parameter.name: place for place, parameter in enumerate(inputs)}
    spoken: dict[str, int] = {}

    def read(match: re.Match[str]) -> str:
        word = match.group()
        place = names.get(_unquoted(word) if word not in names else word)
        if place is None:
            if word[0].isdigit() or word[0] == ".":
                return word
            raise _unknown(word, inputs)
        parameter = inputs[place]
        if isinstance(parameter, Categorical):
            raise SpaceError(
                _("'{name}' is a choice and has no number.").format(name=parameter.name),
                _("Write it alone, for example '{name} = {value}'.").format(
                    name=parameter.name, value=parameter.values[0]
                ),
            )
        spoken[f"p{place}"] = place
        return f"p{place}"

    plain = re.sub(rf"{each}|{_OTHER.pattern}", read, as_typed(clause))
    try:
        return Comparison.parse(plain), spoken
    except FormulaError as error:
        raise FormulaError(
            _("The condition '{text}' cannot be read: {why}").format(
                text=clause.strip(), why=error.message
            ),
            error.hint,
        ) from error


def _unknown(name: str, inputs: Sequence[Parameter]) -> SpaceError:
    return SpaceError(
        _("there is no parameter '{name}'.").format(name=name),
        _("The parameters are: {names}.").format(names=", ".join(p.name for p in inputs)),
    )

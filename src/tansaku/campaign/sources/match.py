"""Match: which column of a source speaks of the same thing as which column of the target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from tansaku.conduction.headers import unit_of_header
from tansaku.conduction.measured_units import Kind, Unit
from tansaku.errors import DataError, UsageError
from tansaku.language import _
from tansaku.tables.units import unit_in


class Pair(NamedTuple):
    """One column of the model, by its names in the two tables.

    Attributes:
        target: Name among the target's inputs; empty where the target lacks it (0 there).
        source: Name among the source's inputs; empty where the source lacks it (0 there).

    Example:
        >>> str(Pair("x_Si", "x_Y"))
        'x_Si=x_Y'
    """

    target: str
    source: str

    def __str__(self) -> str:
        return f"{self.target}={self.source}"

    @property
    def shared(self) -> bool:
        """Both tables have it."""
        return bool(self.target and self.source)


def pairs_of(
    inputs: Sequence[str],
    source_inputs: Sequence[str],
    match: Sequence[str],
    *,
    filled: Collection[str] = (),
    compared: bool = False,
) -> tuple[Pair, ...]:
    """The columns of both tables, the target's first and in its order.

    Args:
        inputs: Input columns of the target.
        source_inputs: Input columns of the source.
        match: What was declared: ``x_Si=x_Y``; ``x_Si=`` where the source lacks a column, ``=x_Y``
            where the target does. Equal names need no declaration.
        filled: Columns that one table lacks, and whose value there is said elsewhere.
        compared: The systems are compared by their formulas: then no column has to be shared.

    Raises:
        UsageError: a declaration that is not understood, a column declared twice, one without a
            partner, no common column, or columns whose names carry different units.
    """
    declared = [_read(text, inputs, source_inputs) for text in match]
    _check_once([p.target for p in declared if p.target], _("the target"))
    _check_once([p.source for p in declared if p.source], _("the source"))
    ours, theirs = {p.target for p in declared}, {p.source for p in declared}
    equal = [Pair(n, n) for n in inputs if n in source_inputs and n not in ours and n not in theirs]
    pairs = [*declared, *equal]
    pairs += _filled(filled, inputs, source_inputs, pairs)
    ours, theirs = {p.target for p in pairs}, {p.source for p in pairs}
    _check_all_matched(
        [n for n in inputs if n not in ours], [n for n in source_inputs if n not in theirs]
    )
    if not compared and not any(p.shared for p in pairs):
        raise UsageError(
            _("The source has no column in common with the target ({pairs}).").format(
                pairs=", ".join(map(str, pairs))
            ),
            _(
                "Declare at least one pair of columns that mean the same, for example {pair}."
            ).format(pair=f"--match {inputs[0]}={source_inputs[0]}"),
        )
    for pair in pairs:
        if pair.shared:
            check_units(pair.target, pair.source)
    order = {name: i for i, name in enumerate(inputs)}
    return tuple(sorted(pairs, key=lambda p: order.get(p.target, len(order))))


def _filled(
    names: Collection[str], inputs: Sequence[str], source_inputs: Sequence[str], pairs: list[Pair]
) -> list[Pair]:
    """The columns whose value in the table that lacks them is said."""
    sides = {p.target: p.source for p in pairs} | {p.source: p.target for p in pairs}
    for name in names:
        if name not in inputs and name not in source_inputs:
            raise UsageError(
                _("--fill {name}: neither the target nor the source has this input.").format(
                    name=name
                ),
                _("Fill an input that one of them lacks: {names}.").format(
                    names=", ".join(dict.fromkeys([*inputs, *source_inputs]))
                ),
            )
        if sides.get(name):
            raise UsageError(
                _("--fill {name}: both have it ({name} = {other}).").format(
                    name=name, other=sides[name]
                ),
                _("Fill an input that one of them lacks."),
            )
    new = [name for name in names if name not in sides]
    return [Pair(n, "") if n in inputs else Pair("", n) for n in new]


def check_units(target: str, source: str) -> None:
    """See that two columns do not state different units.

    Raises:
        UsageError: they do; which of them holds is for a person to say.
    """
    ours, theirs = _unit(target), _unit(source)
    if ours and theirs and ours != theirs:
        raise UsageError(
            _("'{target}' is in {ours}, and '{source}' of the source in {theirs}.").format(
                target=target, ours=ours, source=source, theirs=theirs
            ),
            _(
                "Convert the source's column, and give both columns the same unit in their names;"
                " --source-factor converts the values of its target."
            ),
        )


def stated(name: str, unit: str) -> str:
    """A column's name with its unit, where that stands elsewhere.

    Example:
        >>> stated("sigma", "S/cm"), stated("T [K]", "K")
        ('sigma [S/cm]', 'T [K]')
    """
    return name if not unit or unit_in(name) else f"{name} [{unit}]"


def unit_unstated(target: str, source: str) -> str:
    """The unit that only one of two columns states; empty where both do, or none."""
    ours, theirs = _unit(target), _unit(source)
    return "" if ours and theirs else ours or theirs


def _unit(header: str) -> str:
    """The unit that a header states, in one spelling where it is a known one; empty for none."""
    stated = unit_in(header)
    try:
        conductivity = unit_of_header(header, Kind.CONDUCTIVITY)
    except DataError:  # sigma T, or a natural logarithm: no plain conductivity
        return header
    if conductivity is not None or not stated:
        return "" if conductivity is None else conductivity.name
    for kind in Kind:
        try:
            return Unit.parse(stated, kind).name
        except DataError:
            continue
    return stated


def _read(text: str, inputs: Sequence[str], source_inputs: Sequence[str]) -> Pair:
    """``x_Si=x_Y``; the names themselves may hold equals signs."""
    places = [i for i, sign in enumerate(text) if sign == "="]
    for i in places:
        target, source = text[:i].strip(), text[i + 1 :].strip()
        known = target in ("", *inputs) and source in ("", *source_inputs)
        if known and (target or source):
            return Pair(target, source)
    raise UsageError(
        _("The match '{text}' is not understood.").format(text=text),
        _(
            "Write TARGET=SOURCE with an input of the target ({inputs}) and one of the source"
            " ({source_inputs}); leave one side empty where that table lacks the column."
        ).format(inputs=", ".join(inputs), source_inputs=", ".join(source_inputs)),
    )


def _check_once(names: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UsageError(
                _("Column '{name}' of {where} is matched twice.").format(name=name, where=where),
                _("Match every column once."),
            )
        seen.add(name)


def _check_all_matched(ours: Sequence[str], theirs: Sequence[str]) -> None:
    if not ours and not theirs:
        return
    sides = [
        _("of the target {names}").format(names=", ".join(ours)) if ours else "",
        _("of the source {names}").format(names=", ".join(theirs)) if theirs else "",
    ]
    partners = [f"{a}={b}" for a, b in zip(ours, theirs, strict=False)]
    absent = [*(f"{name}=" for name in ours), *(f"={name}" for name in theirs)]
    same = _("Declare what means the same: --match {pairs}.").format(pairs=",".join(partners))
    lacking = _("Or, where a table lacks the column, so that it is 0 there: --match {pairs}.")
    other = _("Another value than 0: --fill {name}=VALUE.").format(name=(*ours, *theirs)[0])
    raise UsageError(
        _("Columns without a partner: {columns}.").format(
            columns="; ".join(side for side in sides if side)
        ),
        " ".join([*([same] if partners else []), lacking.format(pairs=",".join(absent)), other]),
    )

"""Linking: a draft of older measurements -> a source of one target, checked once at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tansaku.campaign.doubts import (
    Known,
    check_choices,
    check_enough,
    check_factor,
    check_fill,
    check_not_twice,
    check_one_way,
    check_own_rows,
    check_sizes,
)
from tansaku.campaign.drafts import Draft
from tansaku.campaign.formulas import TableColumns, formula_column, told_inputs, variables_in
from tansaku.campaign.pairing import Pair, check_units, pairs_of, stated, unit_unstated
from tansaku.campaign.sight import shared_columns
from tansaku.campaign.sources import By, Source
from tansaku.chem.elements import is_symbol
from tansaku.chem.sites import Site
from tansaku.encode.formula_columns import USUAL_DESCRIPTORS, usual_descriptors
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Space, Target, Value

WORDS: dict[str, By] = {
    "names": "names",
    "formulas": "elements",
    "elements": "elements",
    "sites": "sites",
    "descriptors": "descriptors",
}
"""What ``--match`` understands beside pairs."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants a source to be read.

    Attributes:
        match: Pairs ``target=source`` of inputs or of elements, and a word of ``WORDS``.
        fill: {input: its value} in the system that lacks it.
        factor: What the source's values are multiplied by, to be in the target's unit; ``None``
            where nobody has said.
    """

    match: tuple[str, ...] = ()
    fill: Mapping[str, Value] = field(default_factory=dict)
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A source as it will be kept, and what a person should know of it."""

    source: Source
    notices: tuple[str, ...]


def linked(
    draft: Draft,
    wish: Wish,
    *,
    space: Space,
    target: Target,
    known: Known,
    beside: Sequence[Source] = (),
) -> Link:
    """The source that a draft makes for a target.

    Args:
        draft: What was measured elsewhere.
        wish: How it is to be read.
        space: The target's.
        target: What is wanted.
        known: What is measured of it.
        beside: The other sources, which are compared in the same way.

    Raises:
        UsageError: columns without a partner, other units, sizes that suggest other units, or
            another way of comparing than that of the other sources.
        TableError: too few or too many points, equal values, or rows of the target itself.
    """
    ours = stated(target.name, target.unit)
    check_fill(wish.fill, space)
    if check_factor(wish.factor) is None:
        check_units(ours, draft.target)
    values = draft.values * (1.0 if wish.factor is None else wish.factor)
    target.to_model(values)
    check_enough(draft.target, values)
    by, given = _way(draft, wish, space)
    pairs = _paired(draft, wish, space, by, given)
    source = Source(
        name=draft.name,
        kind=draft.kind,
        copied=datetime.now(UTC),
        target=draft.target,
        factor=1.0 if wish.factor is None else wish.factor,
        unit_known=wish.factor is not None or _both(ours, draft.target),
        inputs=draft.inputs,
        rows=draft.rows,
        formulas=draft.formulas,
        values=tuple(values.tolist()),
        counts=tuple(int(k) for k in draft.counts),
        by=by,
        pairs=tuple((p.target, p.source) for p in pairs),
        fill=dict(wish.fill),
        elements=_elements(draft, wish, space) if by == "sites" else (),
        descriptors=_descriptors(draft, space) if by == "descriptors" else (),
        sites=draft.sites,
        states=dict(draft.states),
    )
    check_one_way(source, beside)
    check_sizes(source, known.values)
    check_own_rows(source, space, known, draft.places)
    check_not_twice(source, space, [each for each in beside if each.name != source.name])
    return Link(source, (*draft.notices, *told_of(source, space), *_unstated(pairs, ours, draft)))


def _paired(
    draft: Draft, wish: Wish, space: Space, by: By, given: Sequence[str]
) -> tuple[Pair, ...]:
    """The inputs that mean the same, of those that formulas do not tell.

    Raises:
        UsageError: one without a partner, or in another unit.
    """
    counted, theirs = space.names, draft.inputs
    if by != "names":
        told = told_inputs(space)
        counted = tuple(n for n in counted if n not in told)
        theirs = tuple(n for n in theirs if n not in draft.told)
    try:
        pairs = pairs_of(counted, theirs, given, filled=wish.fill, compared=by != "names")
    except UsageError as error:
        if given or by != "names" or space.chemistry is None or draft.formulas:
            raise
        more = _("Formulas can be compared where those of the source are said: {options}.")
        hint = more.format(options="--source-formula, --source-template")
        raise UsageError(error.message, f"{error.hint} {hint}") from error
    check_choices(pairs, draft.rows, draft.inputs, wish.fill, space)
    for pair in pairs:
        if pair.shared:
            unit = getattr(space.inputs[space.names.index(pair.target)], "unit", "")
            check_units(stated(pair.target, unit), stated(pair.source, draft.units[pair.source]))
    return pairs


def _both(ours: str, theirs: str) -> bool:
    """Whether both state a unit: equal ones, or there was an error before."""
    return not unit_unstated(ours, theirs) and bool(unit_unstated(ours, ""))


def _way(draft: Draft, wish: Wish, space: Space) -> tuple[By, list[str]]:
    """(how the systems are compared, the pairs of inputs that were declared).

    Without a word for it: by the pairs where there are any; else by the amounts of elements where
    both have formulas, and by equal names where they have not.
    """
    words = [text.strip() for text in wish.match if text.strip() in WORDS]
    pairs = [text for text in wish.match if text.strip() not in WORDS]
    if len(words) > 1:
        raise UsageError(
            _("--match {words}: one way of comparing at a time.").format(words=", ".join(words)),
            _("Choose one of {names}.").format(names=", ".join(WORDS)),
        )
    both = space.chemistry is not None and bool(draft.formulas)
    inputs = [text for text in pairs if not (both and _element_pair(text, space, draft))]
    if words:
        by = WORDS[words[0]]
    elif len(inputs) < len(pairs):
        by = "sites"
    else:
        by = "elements" if both and not pairs and space.listed else "names"
    if by != "names" and not both:
        who = _("the target") if space.chemistry is None else f"'{draft.name}'"
        raise UsageError(
            _("--match {word} compares formulas, and {who} has none.").format(
                word=words[0] if words else "", who=who
            ),
            _(
                "Name a column of formulas (--formula, --source-formula) or a template"
                " (--template, --source-template), or match inputs: --match x=z."
            ),
        )
    return by, inputs


def _element_pair(text: str, space: Space, draft: Draft) -> bool:
    """Whether ``Si=Y`` speaks of elements: both are, and neither is an input."""
    ours, equals, theirs = (part.strip() for part in text.partition("="))
    named = ours in space.names or theirs in draft.inputs
    return bool(equals) and not named and is_symbol(ours) and is_symbol(theirs)


def _elements(draft: Draft, wish: Wish, space: Space) -> tuple[tuple[str, str], ...]:
    """(element of the target, element of the source) that stand in the same place: as declared,
    else the elements of sites with the same name, in their order.

    Raises:
        UsageError: sites of one name are shared by different numbers of elements, or none is
            declared in both.
    """
    declared = [text for text in wish.match if _element_pair(text, space, draft)]
    if declared:
        found = [tuple(part.strip() for part in text.partition("=")[::2]) for text in declared]
        return tuple((a, b) for a, b in found)
    chemistry = space.chemistry
    ours = {s.name: s for s in (chemistry.declared_sites() if chemistry else ())}
    theirs = {s.name: s for s in (Site.parse(text) for text in draft.sites)}
    if not ours or set(ours) != set(theirs):
        raise UsageError(
            _("The declared sites are {ours} in the target and {theirs} in the source.").format(
                ours=", ".join(ours) or "-", theirs=", ".join(theirs) or "-"
            ),
            _(
                "Declare sites of the same names in both (--site 'A: Ca' --site 'D: Si'), or the"
                " elements themselves: --match Ca=Ca,Si=Y."
            ),
        )
    for name, site in ours.items():
        if len(site.elements) != len(theirs[name].elements):
            raise UsageError(
                _("Site {name} has {ours} in the target and {theirs} in the source.").format(
                    name=name,
                    ours=", ".join(site.elements),
                    theirs=", ".join(theirs[name].elements),
                ),
                _("Name as many elements in both, in the order in which they correspond."),
            )
    return tuple(
        pair
        for name, site in ours.items()
        for pair in zip(site.elements, theirs[name].elements, strict=True)
    )


def _descriptors(draft: Draft, space: Space) -> tuple[str, ...]:
    """Those that the target names; else the usual ones, by site where both declare the same."""
    chemistry = space.chemistry
    if chemistry is None:
        return ()
    if chemistry.descriptors:
        return chemistry.descriptors
    ours = {s.name for s in chemistry.declared_sites()}
    theirs = {Site.parse(text).name for text in draft.sites}
    return usual_descriptors(chemistry) if ours and ours == theirs else USUAL_DESCRIPTORS


def told_of(source: Source, space: Space) -> list[str]:
    """How the systems are compared, in words."""
    pairs = [Pair(a, b) for a, b in source.pairs]
    shared = ", ".join(f"{p.target} = {p.source}" for p in pairs if p.shared)
    told = [
        _("Source '{source}': {n} measured points of '{name}'; {how}").format(
            source=source.name,
            n=len(source.values),
            name=source.target,
            how=_how(source, space, shared),
        )
    ]
    if source.factor != 1:
        told.append(_("Its values are multiplied by {factor:g}.").format(factor=source.factor))
    for names, text, zero in (
        ([p.target for p in pairs if not p.source], _("Taken as {values} in the source."),
         _("Taken as 0 in the source: {names}.")),
        ([p.source for p in pairs if not p.target], _("Taken as {values} in the target."),
         _("Taken as 0 in the target: {names}.")),
    ):  # fmt: skip
        said = [f"{name} = {_short(source.fill[name])}" for name in names if name in source.fill]
        lacking = [name for name in names if name not in source.fill]
        told += [text.format(values=", ".join(said))] if said else []
        told += [zero.format(names=", ".join(lacking))] if lacking else []
    return told


def _how(source: Source, space: Space, shared: str) -> str:
    """In which words the systems are compared."""
    if source.by == "names":
        return _("columns matched: {pairs}.").format(pairs=shared)
    names = ", ".join(shared_columns(space, [source]).formula)
    if source.by == "elements":
        text = _(
            "compared by the amounts of {names} in the formulas; an element that one lacks is 0."
        )
    elif source.by == "sites":
        names = ", ".join(f"{ours} = {theirs}" for ours, theirs in source.elements)
        text = _("compared by elements in the same place: {names}.")
    else:
        text = _("compared by descriptors of the formulas: {names}.")
    text = text.format(names=names)
    return text if not shared else f"{text} " + _("Columns matched: {pairs}.").format(pairs=shared)


def _short(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _unstated(pairs: Sequence[Pair], ours: str, draft: Draft) -> list[str]:
    """A word where only one of two matched columns says its unit."""
    text = _("Only one of '{target}' and '{source}' says a unit; both are taken to be in {unit}.")
    columns = [*((p.target, p.source) for p in pairs if p.shared), (ours, draft.target)]
    found = [(a, b, unit_unstated(a, b)) for a, b in columns]
    return [text.format(target=a, source=b, unit=unit) for a, b, unit in found if unit]


def table_columns(
    given: TableColumns | None, wish: Wish, *, space: Space, target: Target, there: Sequence[str]
) -> TableColumns:
    """What the columns of a source's table mean, where that is not said: they are called as the
    target's, or as the pairs that match say; what formulas tell is left to them.

    Args:
        given: What was said.
        wish: How the source is to be read.
        space: The target's.
        target: What is wanted.
        there: The table's columns.
    """
    said = TableColumns((), "") if given is None else given
    said = replace(said, target=said.target or target.name)
    if said.inputs:
        return said
    named: dict[str, str] = {}
    for text in wish.match:
        ours, equals, theirs = (part.strip() for part in text.partition("="))
        if equals and not (is_symbol(ours) and is_symbol(theirs)):
            named[ours] = theirs
    if said.template is not None:
        variables = variables_in(said.template, there)
        inputs = [f"{v}={column}" for v, column in variables.items()]
        told: tuple[str, ...] = told_inputs(space)
    else:
        inputs = []
        told = told_inputs(space) if not named and formula_column(said, there) else ()
    inputs += [named.get(n, n) for n in space.names if n not in told]
    inputs += [column for name, column in named.items() if not name]
    return replace(said, inputs=tuple(name for name in dict.fromkeys(inputs) if name))

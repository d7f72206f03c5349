"""Link: older data -> a source of a campaign's targets, checked once at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.source_table import By, SourceTable
from tansaku.campaign.sources.checks import (
    FEWEST,
    Known,
    check_choices,
    check_enough,
    check_fill,
    check_not_twice,
    check_one_way,
    check_own_rows,
    check_sizes,
)
from tansaku.campaign.sources.describe import description
from tansaku.campaign.sources.match import Pair, check_units, pairs_of, stated, unit_unstated
from tansaku.campaign.sources.read_source import Older, Reading, read
from tansaku.campaign.sources.source_formulas import formula_inputs
from tansaku.campaign.sources.source_spec import WORDS, SourceSpec
from tansaku.chem.elements import is_symbol
from tansaku.chem.sites import Site
from tansaku.encode.formula_columns import USUAL_DESCRIPTORS, usual_descriptors
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Space, Target
from tansaku.space.values import settings


@dataclass(frozen=True, slots=True)
class LinkContext:
    """What older data are linked to.

    Attributes:
        space: The target's.
        targets: What is wanted.
        known: {target: what is measured of it}.
        sources: Those there are already, which are compared in the same way.
    """

    space: Space
    targets: Sequence[Target]
    known: Mapping[str, Known]
    sources: Sequence[SourceTable] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A source as it will be kept, one part for each target that it is about, and what a person
    should know of it."""

    parts: tuple[SourceTable, ...]
    notices: tuple[str, ...]


def link(older: Older, context: LinkContext) -> Link:
    """The source that older data make for the targets of a campaign.

    Where nobody has named what is about which target, one with too few values is left out, and that
    is said; else it is an error.

    Raises:
        UsageError: columns without a partner, other units, sizes that suggest other units, or
            another way of comparing than that of the other sources.
        TableError: too few or too many points, equal values, or rows of the target itself.
        CellError: cells that cannot be used.
    """
    spec, names = older.spec, [t.name for t in measured_targets(context.targets)]
    readings = read(older, context.space, context.targets)
    several = len(names) > 1
    _check_factors(spec, [each.target.name for each in readings], several)
    enough = [r for r in readings if spec.target or not several or len(r.table.values) >= FEWEST]
    found = [_linked(each, spec, context, several=several) for each in enough or readings[:1]]
    parts = tuple(table for table, _said in found)
    silent = [name for name in names if not any(each.is_about(name) for each in parts)]
    notices = [
        *(text for each in enough for text in each.notices),
        *description(parts, context.space),
        *_silent(parts[0].name, silent),
        *(text for _table, said in found for text in said),
    ]
    return Link(parts, tuple(notices))


def linked_again(parts: tuple[SourceTable, ...], context: LinkContext) -> Link:
    """A source that was linked before: what was measured since must still be none of its rows."""
    for each in parts:
        places = [settings(dict(zip(each.inputs, row, strict=True))) for row in each.rows]
        known = context.known[each.about or context.targets[0].name]
        check_own_rows(each, context.space, known, places)
        check_one_way(each, context.sources)
    return Link(parts, tuple(description(parts, context.space)))


def _silent(source: str, names: Sequence[str]) -> tuple[str, ...]:
    """Of which targets a source tells nothing."""
    if not names:
        return ()
    text = _(
        "'{source}' tells nothing of {names}: there the new results alone teach (a target needs at"
        " least {few} older values)."
    )
    return (text.format(source=source, names=", ".join(names), few=FEWEST),)


def _check_factors(spec: SourceSpec, about: Sequence[str], several: bool) -> None:
    """See that it is clear which values a factor multiplies.

    Raises:
        UsageError: it is not, or there are no values of a target that has one.
    """
    if isinstance(spec.factor, Mapping):
        for name in spec.factor:
            if name not in about:
                raise UsageError(
                    _(
                        "--source-factor {name}: the source tells nothing of a target '{name}'."
                    ).format(name=name),
                    _("It tells of: {names}.").format(names=", ".join(about)),
                )
    elif several and len(about) > 1 and spec.factor not in (None, 1.0):
        raise UsageError(
            _("--source-factor {factor:g}: which of {names} is to be multiplied?").format(
                factor=spec.factor, names=", ".join(about)
            ),
            _("Say it for each: --source-factor {name}={factor:g}.").format(
                name=about[0], factor=spec.factor
            ),
        )


def _linked(
    reading: Reading, spec: SourceSpec, context: LinkContext, *, several: bool
) -> tuple[SourceTable, list[str]]:
    """(the source of one target, what is not sure of it)."""
    table, target, space = reading.table, reading.target, context.space
    ours, known = stated(target.name, target.unit), context.known[target.name]
    check_fill(spec.fill, space)
    factor = reading.factor if spec.factor is None else spec.factor_of(target.name)
    if factor is None:
        check_units(ours, table.target)
    values = tuple(value * (factor or 1.0) for value in table.values)
    target.to_model(np.array(values))
    check_enough(table.target, values)
    by, given = _way(table, spec, space)
    pairs = _paired(reading, spec, space, by, given)
    both = bool(unit_unstated(ours, "")) and not unit_unstated(ours, table.target)
    source = table.model_copy(
        update={
            "about": target.name if several else "",
            "factor": factor or 1.0,
            "unit_known": factor is not None or both,  # equal ones, or there was an error before
            "values": values,
            "by": by,
            "pairs": tuple(map(tuple, pairs)),
            "fill": dict(spec.fill),
            "elements": _elements(table, spec, space) if by == "sites" else (),
            "descriptors": _descriptors(table, space) if by == "descriptors" else (),
        }
    )
    check_one_way(source, context.sources)
    check_sizes(source, known.values)
    nearly = check_own_rows(source, space, known, reading.places)
    check_not_twice(source, space, context.sources)
    return source, [*_unstated(pairs, ours, table.target), *nearly]


def _paired(
    reading: Reading, spec: SourceSpec, space: Space, by: By, given: Sequence[str]
) -> tuple[Pair, ...]:
    """The inputs that mean the same, of those that do not follow from formulas.

    Raises:
        UsageError: one without a partner, or in another unit.
    """
    table, counted, theirs = reading.table, space.names, reading.table.inputs
    if by != "names":
        derived = formula_inputs(space)
        counted = tuple(n for n in counted if n not in derived)
        theirs = tuple(n for n in theirs if n not in reading.derived)
    try:
        pairs = pairs_of(counted, theirs, given, filled=spec.fill, compared=by != "names")
    except UsageError as error:
        if given or by != "names" or space.chemistry is None or table.formulas:
            raise
        more = _("Formulas can be compared where those of the source are said: {options}.")
        hint = more.format(options="--source-formula, --source-template")
        raise UsageError(error.message, f"{error.hint} {hint}") from error
    check_choices(pairs, table, spec.fill, space)
    for pair in pairs:
        if pair.shared:
            unit = getattr(space.inputs[space.names.index(pair.target)], "unit", "")
            check_units(stated(pair.target, unit), stated(pair.source, reading.units[pair.source]))
    return pairs


def _way(source: SourceTable, spec: SourceSpec, space: Space) -> tuple[By, list[str]]:
    """(how the systems are compared, the pairs of inputs that were declared).

    Without a word for it: by the pairs where there are any; else by the amounts of elements where
    both have formulas, and by equal names where they have not.
    """
    words, pairs = spec.words, spec.pairs
    if len(words) > 1:
        raise UsageError(
            _("--match {words}: one way of comparing at a time.").format(words=", ".join(words)),
            _("Choose one of {names}.").format(names=", ".join(WORDS)),
        )
    both = space.chemistry is not None and bool(source.formulas)
    inputs = [text for text in pairs if not (both and _element_pair(text, space, source))]
    if words:
        by = WORDS[words[0]]
    elif len(inputs) < len(pairs):
        by = "sites"
    else:
        by = "elements" if both and not pairs and space.listed else "names"
    if by != "names" and not both:
        who = _("the target") if space.chemistry is None else f"'{source.name}'"
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


def _element_pair(text: str, space: Space, source: SourceTable) -> bool:
    """Whether ``Si=Y`` speaks of elements: both are, and neither is an input."""
    ours, equals, theirs = (part.strip() for part in text.partition("="))
    named = ours in space.names or theirs in source.inputs
    return bool(equals) and not named and is_symbol(ours) and is_symbol(theirs)


def _elements(source: SourceTable, spec: SourceSpec, space: Space) -> tuple[tuple[str, str], ...]:
    """(element of the target, element of the source) that stand in the same place: as declared,
    else the elements of sites with the same name, in their order.

    Raises:
        UsageError: sites of one name are shared by different numbers of elements, or none is
            declared in both.
    """
    declared = [text for text in spec.match if _element_pair(text, space, source)]
    if declared:
        found = [tuple(part.strip() for part in text.partition("=")[::2]) for text in declared]
        return tuple((a, b) for a, b in found)
    chemistry = space.chemistry
    ours = {s.name: s for s in (chemistry.declared_sites() if chemistry else ())}
    theirs = {s.name: s for s in (Site.parse(text) for text in source.sites)}
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


def _descriptors(source: SourceTable, space: Space) -> tuple[str, ...]:
    """Those that the target names; else the usual ones, by site where both declare the same."""
    chemistry = space.chemistry
    if chemistry is None:
        return ()
    if chemistry.descriptors:
        return chemistry.descriptors
    ours = {s.name for s in chemistry.declared_sites()}
    theirs = {Site.parse(text).name for text in source.sites}
    return usual_descriptors(chemistry) if ours and ours == theirs else USUAL_DESCRIPTORS


def _unstated(pairs: Sequence[Pair], ours: str, theirs: str) -> list[str]:
    """A word where only one of two matched columns says its unit."""
    text = _("Only one of '{target}' and '{source}' says a unit; both are taken to be in {unit}.")
    columns = [*(p for p in pairs if p.shared), (ours, theirs)]
    found = [(a, b, unit_unstated(a, b)) for a, b in columns]
    return [text.format(target=a, source=b, unit=unit) for a, b, unit in found if unit]

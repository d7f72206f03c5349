"""Linking: a draft of older measurements -> a source of one target, checked once at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.source_spec import By, Source
from tansaku.campaign.sources.checks import (
    FEWEST,
    Known,
    check_choices,
    check_enough,
    check_factor,
    check_fill,
    check_not_twice,
    check_one_way,
    check_own_rows,
    check_sizes,
    nearly_own,
)
from tansaku.campaign.sources.describe import told_of
from tansaku.campaign.sources.match import Pair, check_units, pairs_of, stated, unit_unstated
from tansaku.campaign.sources.source_formulas import told_inputs
from tansaku.campaign.sources.source_table import Draft
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


Factor = float | Mapping[str, float] | None
"""What values are multiplied by, in all or {target: number}."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants a source to be read.

    Attributes:
        match: Pairs ``target=source`` of inputs or of elements, and a word of ``WORDS``.
        fill: {input: its value} in the system that lacks it.
        factor: What the source's values are multiplied by, to be in the target's unit; for several
            targets {target: factor}; ``None`` where nobody has said.
    """

    match: tuple[str, ...] = ()
    fill: Mapping[str, Value] = field(default_factory=dict)
    factor: Factor = None

    def factor_of(self, target: str) -> float | None:
        """What values that tell of this target are multiplied by."""
        return self.factor.get(target) if isinstance(self.factor, Mapping) else self.factor


@dataclass(frozen=True, slots=True)
class Link:
    """A source as it will be kept, one part for each target that it tells of, and what a person
    should know of it."""

    parts: tuple[Source, ...]
    notices: tuple[str, ...]


def linked(
    drafts: Sequence[Draft],
    wish: Wish,
    *,
    space: Space,
    targets: Sequence[Target],
    known: Mapping[str, Known],
    beside: Sequence[Source] = (),
    named: bool = True,
) -> Link:
    """The source that drafts make for the targets of a campaign.

    Args:
        drafts: What was measured elsewhere, one for each target that it tells of.
        wish: How it is to be read.
        space: The target's.
        targets: What the campaign wants.
        known: {target: what is measured of it}.
        beside: The other sources, which are compared in the same way.
        named: A person has named what tells of which target: then too few values are an error. Else
            such a target is left out, and that is said.

    Raises:
        UsageError: columns without a partner, other units, sizes that suggest other units, or
            another way of comparing than that of the other sources.
        TableError: too few or too many points, equal values, or rows of the target itself.
    """
    wanted = {t.name: t for t in measured_targets(targets)}
    several = len(wanted) > 1
    _check_factors(wish, [draft.about for draft in drafts], several)
    enough = [d for d in drafts if named or not several or len(d.values) >= FEWEST]
    found = [
        _linked(
            draft,
            wish,
            space=space,
            target=wanted[draft.about],
            known=known[draft.about],
            about=draft.about if several else "",
            beside=beside,
        )
        for draft in enough or drafts[:1]
    ]
    parts = tuple(source for source, _said in found)
    said = [text for _source, texts in found for text in texts]
    silent = [name for name in wanted if several and not any(p.about == name for p in parts)]
    return Link(
        parts,
        (
            *(text for draft in enough for text in draft.notices),
            *told_of(parts, space),
            *_silent(parts[0].name, silent),
            *said,
        ),
    )


def _silent(source: str, names: Sequence[str]) -> tuple[str, ...]:
    """Of which targets a source tells nothing."""
    if not names:
        return ()
    text = _(
        "'{source}' tells nothing of {names}: there the new results alone teach (a target needs at"
        " least {few} older values)."
    )
    return (text.format(source=source, names=", ".join(names), few=FEWEST),)


def _check_factors(wish: Wish, told: Sequence[str], several: bool) -> None:
    """See that it is clear which values a factor multiplies.

    Raises:
        UsageError: it is not, or nothing is told of a target that has one.
    """
    if isinstance(wish.factor, Mapping):
        for name in wish.factor:
            if name not in told:
                raise UsageError(
                    _(
                        "--source-factor {name}: the source tells nothing of a target '{name}'."
                    ).format(name=name),
                    _("It tells of: {names}.").format(names=", ".join(told)),
                )
    elif several and len(told) > 1 and wish.factor not in (None, 1.0):
        raise UsageError(
            _("--source-factor {factor:g}: which of {names} is to be multiplied?").format(
                factor=wish.factor, names=", ".join(told)
            ),
            _("Say it for each: --source-factor {name}={factor:g}.").format(
                name=told[0], factor=wish.factor
            ),
        )


def _linked(
    draft: Draft,
    wish: Wish,
    *,
    space: Space,
    target: Target,
    known: Known,
    about: str,
    beside: Sequence[Source],
) -> tuple[Source, list[str]]:
    """(what a draft tells of one target, what is not sure of it)."""
    ours = stated(target.name, target.unit)
    check_fill(wish.fill, space)
    factor = check_factor(wish.factor_of(target.name))
    if factor is None:
        check_units(ours, draft.target)
    values = draft.values * (1.0 if factor is None else factor)
    target.to_model(values)
    check_enough(draft.target, values)
    by, given = _way(draft, wish, space)
    pairs = _paired(draft, wish, space, by, given)
    source = Source(
        name=draft.name,
        kind=draft.kind,
        copied=datetime.now(UTC),
        target=draft.target,
        about=about,
        factor=1.0 if factor is None else factor,
        unit_known=factor is not None or _both(ours, draft.target),
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
    check_not_twice(source, space, beside)
    return source, [*_unstated(pairs, ours, draft), *nearly_own(source, space, known)]


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


def _unstated(pairs: Sequence[Pair], ours: str, draft: Draft) -> list[str]:
    """A word where only one of two matched columns says its unit."""
    text = _("Only one of '{target}' and '{source}' says a unit; both are taken to be in {unit}.")
    columns = [*((p.target, p.source) for p in pairs if p.shared), (ours, draft.target)]
    found = [(a, b, unit_unstated(a, b)) for a, b in columns]
    return [text.format(target=a, source=b, unit=unit) for a, b, unit in found if unit]

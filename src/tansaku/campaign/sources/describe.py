"""Description: how older data are compared with a target, in words."""

from __future__ import annotations

from collections.abc import Sequence

from tansaku.campaign.history.model_inputs import shared_columns
from tansaku.campaign.history.source_table import SourceTable
from tansaku.campaign.sources.match import Pair
from tansaku.language import _
from tansaku.space import Space, Value


def description(parts: Sequence[SourceTable], space: Space) -> list[str]:
    """How the systems are compared, in words; ``parts`` are those of one source, one for each
    target that it is about."""
    source, *more = parts
    pairs = [Pair(*each) for each in source.pairs]
    shared = ", ".join(f"{p.target} = {p.source}" for p in pairs if p.shared)
    lines = [
        _("Source '{source}': {n} measured points of '{name}'; {how}").format(
            source=source.name,
            n=len(source.values),
            name=_name_of(source),
            how=_how(source, space, shared),
        )
    ]
    text = _("It tells of another target, too: {n} measured points of '{name}'.")
    lines += [text.format(n=len(each.values), name=_name_of(each)) for each in more]
    for each in parts:
        if each.factor == 1:
            continue
        text = _("Its values are multiplied by {factor:g}.")
        if each.about:
            text = _("Its values of '{name}' are multiplied by {factor:g}.")
        lines.append(text.format(name=each.about, factor=each.factor))
    alike = {p.target for p in pairs} & {p.source for p in pairs if not p.target}
    for names, text, zero, whose in (
        ([p.target for p in pairs if not p.source], _("Taken as {values} in the source."),
         _("Taken as 0 in the source: {names}."), _("{name} of the target")),
        ([p.source for p in pairs if not p.target], _("Taken as {values} in the target."),
         _("Taken as 0 in the target: {names}."), _("{name} of the source")),
    ):  # fmt: skip
        said = [f"{name} = {_short(source.fill[name])}" for name in names if name in source.fill]
        lacking = [
            whose.format(name=name) if name in alike else name
            for name in names
            if name not in source.fill
        ]
        lines += [text.format(values=", ".join(said))] if said else []
        lines += [zero.format(names=", ".join(lacking))] if lacking else []
    return lines


def _how(source: SourceTable, space: Space, shared: str) -> str:
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


def _name_of(source: SourceTable) -> str:
    """What was measured, and the target that it is about where that is called otherwise."""
    plain = source.target.partition(" [")[0]
    return source.target if source.about in ("", plain) else f"{source.target} = {source.about}"


def _short(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"

"""Target columns: which values of older data are of which target of a campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tansaku.campaign.history.objectives import measured_targets
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Target


def target_columns(
    asked: str | Mapping[str, str], targets: Sequence[Target], there: Sequence[str], source: str
) -> tuple[tuple[Target, str], ...]:
    """(target, column or target of the source with its values), in the order of the targets.

    Args:
        asked: What was said: a name; {target: name}; empty where names tell.
        targets: What the campaign wants; what is known beforehand needs no older data.
        there: The source's columns, or targets.
        source: What the source is called, for messages.

    Raises:
        UsageError: it is not clear, or names no target of the campaign.

    Example:
        >>> wanted = [Target(name="sigma"), Target(name="density")]
        >>> [column for _target, column in target_columns("", wanted, ["x", "density"], "old.csv")]
        ['density']
    """
    open_targets = measured_targets(targets)
    first, names = open_targets[0], ", ".join(t.name for t in open_targets)
    alone = len(open_targets) == 1
    if isinstance(asked, Mapping) and alone:  # of one target, a name may hold an equals sign itself
        whole = [f"{a}={b}" for a, b in asked.items()]
        asked = whole[0] if len(whole) == 1 and whole[0] in there else asked
    if isinstance(asked, Mapping):
        _check_names(asked, open_targets)
        return tuple((t, _named(asked[t.name], t, there)) for t in open_targets if t.name in asked)
    if alone:  # of a source with one measured property that one
        only = there[0] if len(there) == 1 else first.name
        return ((first, _named(asked, first, there) if asked else only),)
    found = tuple((t, t.name) for t in open_targets if t.name in ([asked] if asked else there))
    if found:
        return found
    if asked:
        raise UsageError(
            _("It is not said which target '{name}' of the source tells of.").format(name=asked),
            _("Write --source-target {target}={name}; targets are: {targets}.").format(
                target=first.name, name=asked, targets=names
            ),
        )
    raise UsageError(
        _("The source '{source}' has none of the targets {targets}.").format(
            source=source, targets=names
        ),
        _("Say what tells of them: --source-target {target}=COLUMN. Found: {there}.").format(
            target=first.name, there=", ".join(there)
        ),
    )


def _check_names(asked: Mapping[str, str], targets: Sequence[Target]) -> None:
    """See that only targets are spoken of, and each of them with a name."""
    known = [t.name for t in targets]
    for name, column in asked.items():
        if name not in known or not column:
            raise UsageError(
                _("--source-target {text}: the campaign has no target '{name}' to measure.").format(
                    text=f"{name}={column}", name=name
                )
                if name not in known
                else _("--source-target {name}=: nothing stands behind it.").format(name=name),
                _("Write TARGET=COLUMN; targets are: {targets}.").format(targets=", ".join(known)),
            )


def _named(text: str, target: Target, there: Sequence[str]) -> str:
    """The column that a text names; a scale or a goal in it must be the target's own."""
    if text in there or ":" not in text:
        return text
    declared, words = Target.parse(text), text.split(":")[1:]
    scale = declared.scale if {"log10", "linear"} & set(words) else target.scale
    goal = [w for w in words if w not in ("log10", "linear")]
    wanted = (declared.goal, declared.value) if goal else (target.goal, target.value)
    if (scale, *wanted) != (target.scale, target.goal, target.value):
        raise UsageError(
            _("The source's target is '{source}', the target is '{target}'.").format(
                source=text, target=target
            ),
            _("Scale and goal are those of the target: write --source-target {name}.").format(
                name=declared.name
            ),
        )
    return declared.name

"""Telling: which values of older data tell of which target of a campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tansaku.campaign.history.objectives import measured_targets
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Target

Asked = str | Mapping[str, str]
"""What a person says of it: a name; {target: name}; empty where names tell."""

Telling = tuple[tuple[Target, str], ...]
"""(target, the source's column or target that tells of it), in the order of the targets."""


def telling(asked: Asked, targets: Sequence[Target], there: Sequence[str], source: str) -> Telling:
    """Which values of a source tell of which target.

    Args:
        asked: What was said.
        targets: What the campaign wants; what is known beforehand needs no older data.
        there: The source's columns, or targets.
        source: What the source is called, for messages.

    Raises:
        UsageError: it is not clear, or names no target of the campaign.

    Example:
        >>> wanted = [Target(name="sigma"), Target(name="density")]
        >>> [column for _target, column in telling("", wanted, ["x", "density"], "old.csv")]
        ['density']
    """
    open_targets = measured_targets(targets)
    if isinstance(asked, Mapping):
        whole = _whole(asked, there)
        asked = asked if whole is None or len(open_targets) > 1 else whole
    if isinstance(asked, Mapping):
        _check_names(asked, open_targets)
        return tuple((t, asked[t.name]) for t in open_targets if t.name in asked)
    if len(open_targets) == 1:
        (only,) = open_targets
        return ((only, asked or _only(only, there)),)
    if asked:
        same = tuple((t, asked) for t in open_targets if t.name == asked)
        if same:
            return same
        raise UsageError(
            _("It is not said which target '{name}' of the source tells of.").format(name=asked),
            _("Write --source-target {target}={name}; targets are: {targets}.").format(
                target=open_targets[0].name, name=asked, targets=_names(open_targets)
            ),
        )
    found = tuple((t, t.name) for t in open_targets if t.name in there)
    if found:
        return found
    raise UsageError(
        _("The source '{source}' has none of the targets {targets}.").format(
            source=source, targets=_names(open_targets)
        ),
        _("Say what tells of them: --source-target {target}=COLUMN. Found: {there}.").format(
            target=open_targets[0].name, there=", ".join(there)
        ),
    )


def _whole(asked: Mapping[str, str], there: Sequence[str]) -> str | None:
    """The one name that was meant where it holds an equals sign itself."""
    texts = [f"{a}={b}" for a, b in asked.items()]
    return texts[0] if len(texts) == 1 and texts[0] in there else None


def _only(target: Target, there: Sequence[str]) -> str:
    """Of a source with one measured property that one, else the name of the target."""
    return there[0] if len(there) == 1 else target.name


def _check_names(asked: Mapping[str, str], targets: Sequence[Target]) -> None:
    """See that only targets are spoken of, and each of them with a name."""
    known = [t.name for t in targets]
    for name, told in asked.items():
        if name not in known or not told:
            raise UsageError(
                _("--source-target {text}: the campaign has no target '{name}' to measure.").format(
                    text=f"{name}={told}", name=name
                )
                if name not in known
                else _("--source-target {name}=: nothing stands behind it.").format(name=name),
                _("Write TARGET=COLUMN; targets are: {targets}.").format(targets=_names(targets)),
            )


def _names(targets: Sequence[Target]) -> str:
    return ", ".join(t.name for t in targets)

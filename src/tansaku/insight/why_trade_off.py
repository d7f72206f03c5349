"""Trade-offs: why a sample is suggested where several things are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tansaku.language import _, joined

OF_SEVERAL: dict[str, Callable[[], str]] = {
    "better_in": lambda: _(
        "Looks good: the model expects the best {names} of all samples so far; {chance} chance "
        "that no sample so far is as good in everything."
    ),
    "new_compromise": lambda: _(
        "Looks like a new compromise of {names}: no sample so far is expected to be as good in all "
        "of them; {chance} chance that none is."
    ),
    "unclear_compromise": lambda: _(
        "Unclear: little is known here, and it could still be a better compromise of {names}; "
        "{chance} chance."
    ),
    "compromise": lambda: _(
        "A fair balance of promise and uncertainty for {names}; {chance} chance that no sample so "
        "far is as good in all of them."
    ),
    "keep_limits": lambda: _(
        "No sample keeps all limits ({demands}) yet, and this one may well: {feasible} chance."
    ),
    "only_limits": lambda: _(
        "The model gives it a {feasible} chance to keep all limits ({demands})."
    ),
}
"""The sentence of each kind of reason, in the language in use."""


def more_of_several(facts: Mapping[str, float | int | str]) -> str:
    """What is added where there are limits or costs; nothing where there are none."""
    text = ""
    if facts.get("kept"):
        text = joined(
            text, _("It keeps the limits ({kept}) with a chance of {feasible}.").format(**facts)
        )
    if facts.get("cost"):
        text = joined(text, _("It costs {cost}; improvement is counted per cost.").format(**facts))
    return text

"""Why a sample is suggested: facts when it is chosen, a sentence when it is shown."""

from __future__ import annotations

from collections.abc import Callable

from tansaku.insight.why_trade_off import OF_SEVERAL, more_of_several
from tansaku.language import _, joined
from tansaku.spec import Spec

WIDE_SD = 0.75
"""An sd above this quantile of the open pool's counts as 'little is known here'."""


class Reason(Spec):
    """Why, as data: the sentence is made when it is shown, in any language.

    Attributes:
        kind: A key of ``SENTENCES``.
        facts: The numbers and names in the sentence.
    """

    kind: str
    facts: dict[str, float | int | str] = {}


def kind_of_pick(*, above: bool, wide: bool) -> str:
    """Which kind of reason fits a pick of the model.

    Args:
        above: The predicted mean is better than the best measured value.
        wide: Its sd is among the widest quarter of the open candidates.
    """
    if above:
        return "promising_and_unclear" if wide else "promising"
    return "unclear" if wide else "balance"


SENTENCES: dict[str, Callable[[], str]] = {
    "random": lambda: _("Chosen at random: the strategy is random search."),
    "start_random": lambda: _(
        "Chosen at random: {measured} of the {needed} first samples are measured; "
        "a model needs that many."
    ),
    "start_space_filling": lambda: _(
        "Chosen far from all other samples, to cover the space: {measured} of the {needed} first "
        "samples are measured; a model needs that many."
    ),
    "start_central": lambda: _(
        "Chosen where one sample tells most of all others, which is towards the middle: {measured} "
        "of the {needed} first samples are measured; a model needs that many."
    ),
    "promising": lambda: _(
        "Looks good: the model expects better than the best so far ({best}); {chance} chance to "
        "beat it."
    ),
    "promising_and_unclear": lambda: _(
        "Looks good and is unclear: the model expects better than the best so far ({best}) and "
        "knows little here; {chance} chance to beat it."
    ),
    "unclear": lambda: _(
        "Unclear: little is known here, and it could still beat the best so far ({best}); "
        "{chance} chance."
    ),
    "balance": lambda: _(
        "A fair balance of promise and uncertainty; {chance} chance to beat the best so far "
        "({best})."
    ),
    "no_pattern": lambda: _(
        "Chosen at random: so far the inputs seem to tell nothing about the results, so no model "
        "can point anywhere."
    ),
    "from_sources": lambda: _(
        "Nothing is measured yet: by the older data this is the best place to begin."
    ),
    "probe": lambda: _(
        "A probe: the older data have this setting or one near it, so that a result here tells"
        " whether they help."
    ),
    "explore": lambda: _("Unclear: the model knows least here (sd {sd}); chosen to learn."),
    **OF_SEVERAL,
}
"""The sentence of each kind of reason, in the language in use."""


def sentence(reason: Reason) -> str:
    """The reason as one line, in the language in use."""
    text = joined(SENTENCES[reason.kind]().format(**reason.facts), more_of_several(reason.facts))
    if reason.facts.get("pending"):
        text = joined(
            text, _("{pending} samples under way are taken into account.").format(**reason.facts)
        )
    if reason.facts.get("failed"):
        text = joined(
            text, _("Failed samples taken into account: {failed}.").format(**reason.facts)
        )
    if reason.facts.get("works"):
        text = joined(text, _("Chance that this one works: {works}.").format(**reason.facts))
    if "at_most" in reason.facts:
        text = joined(text, _of_all(str(reason.facts["at_most"])).format(**reason.facts))
    if reason.facts.get("phase"):
        text = joined(text, _("Phase expected: {phase} ({phase_chance}).").format(**reason.facts))
    if reason.facts.get("limits"):
        text = joined(
            text,
            _(
                "Results known only as a limit: {limits}; they count as limits, not as values."
            ).format(**reason.facts),
        )
    if reason.facts.get("left_out"):
        text = joined(
            text,
            _("Of these are left out, as they contradict the others: {left_out}.").format(
                **reason.facts
            ),
        )
    if reason.facts.get("repeated"):
        text = joined(
            text,
            _(
                "Measured more than once: {repeated} of the samples, {results} results in all; they"
                " are averaged, and their scatter tells how certain the average is."
            ).format(**reason.facts),
        )
    if reason.facts.get("replicates"):
        text = joined(
            text,
            _("It was measured before ({replicates} times): a replicate.").format(**reason.facts),
        )
    return text


def _of_all(at_most: str) -> str:
    """How the pick stands among candidates that were not all looked at."""
    if at_most == "1":
        return _("No other setting has a higher acquisition value: proved.")
    if at_most:
        return _("No other setting has more than {at_most} times its acquisition value: proved.")
    return _("That no other setting has a higher acquisition value is not proved.")


def percent(share: float) -> str:
    """A probability as it is kept with a reason, the same in every language.

    Example:
        >>> percent(0.237), percent(0.0004)
        ('24 %', '< 1 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %"


def as_factor(log10_sd: float) -> str:
    """A standard deviation in decades as the factor that it means, up or down.

    Example:
        >>> as_factor(0.15), as_factor(0.01), as_factor(2.34)
        ('×/÷ 1.4', '×/÷ 1.02', '×/÷ 10^2.3')
    """
    if log10_sd >= 2:
        return f"×/÷ 10^{log10_sd:.1f}"
    return f"×/÷ {10**log10_sd:.{3 if log10_sd < 0.04 else 2}g}"

"""Health in words: findings on a model are data, and a sentence and advice when they are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

from pydantic import computed_field

from tansaku.language import _
from tansaku.spec import Spec

Verdict = Literal["green", "amber", "red"]

ORDER: Final[tuple[Verdict, ...]] = ("green", "amber", "red")


Facts = dict[str, float | int | str]


class Finding(Spec):
    """What was found, as data: it becomes a sentence when it is shown, in any language.

    Attributes:
        kind: A key of ``FINDINGS``.
        facts: The numbers and names in its sentences.

    Example:
        >>> found = Finding(kind="too_few", facts={"name": "y", "n": 2, "needed": 6, "more": 4})
        >>> found.verdict, found.sentence
        ('amber', 'Results of y: 2; from 6 on it can be told whether its model is to be believed.')
        >>> found.advice
        'Record 4 more.'
    """

    kind: str
    facts: Facts = {}

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Verdict:
        """How grave it is."""
        return FINDINGS[self.kind][0]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sentence(self) -> str:
        """What was found, in the language in use."""
        return FINDINGS[self.kind][1]().format(**self.facts)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def advice(self) -> str:
        """What to do."""
        return FINDINGS[self.kind][2]().format(**self.facts)


FINDINGS: Final[dict[str, tuple[Verdict, Callable[[], str], Callable[[], str]]]] = {
    "good": (
        "green",
        lambda: _(
            "The model of {name} can be believed: it tells {q2} of the variance of results that are"
            " left out of it, and {inside} of {n} lie within their 95 % interval."
        ),
        lambda: _("Go on as suggested."),
    ),
    "idle": (
        "green",
        lambda: _("Inputs that hardly change {name}: {inputs}."),
        lambda: _("Hold them where they cost least."),
    ),
    "too_few": (
        "amber",
        lambda: _(
            "Results of {name}: {n}; from {needed} on it can be told whether its model is to be"
            " believed."
        ),
        lambda: _("Record {more} more."),
    ),
    "weak": (
        "amber",
        lambda: _(
            "The model of {name} is rough: it tells {q2} of the variance of results that are left"
            " out of it."
        ),
        lambda: _("Go on, and go by the intervals rather than by the means."),
    ),
    "noisy": (
        "amber",
        lambda: _(
            "The noise of {name} hides what the inputs do: of results that are left out its model"
            " tells {q2} of the variance, and one measurement has an sd of {noise}."
        ),
        lambda: _("Repeat samples, and look for what else differs between them."),
    ),
    "unsettled": (
        "amber",
        lambda: _(
            "With {n} results the model of {name} does not predict better than their mean yet."
        ),
        lambda: _("Record more results before its predictions are believed."),
    ),
    "no_better": (
        "red",
        lambda: _(
            "The model of {name} is not surely better than the mean: of the variance of {n} results"
            " that are left out it tells {q2}."
        ),
        lambda: _(
            "Do not go by its predictions: check inputs and units, repeat a sample to see the"
            " noise, and look for an input that is missing."
        ),
    ),
    "narrow": (
        "amber",
        lambda: _(
            "The intervals of {name} are too narrow: {inside} of {n} results lie within what should"
            " hold 95 %."
        ),
        lambda: _("Take its predictions for less certain than they say."),
    ),
    "stands_out": (
        "amber",
        lambda: _("Results of {name} far off what the others say: {samples}."),
        lambda: _("Check them; tansaku results {campaign} tells what would change without each."),
    ),
    "contradicts": (
        "amber",
        lambda: _("Limits of {name} that contradict the other results: {samples}."),
        lambda: _("Check them; the model leaves them out."),
    ),
    "hurts": (
        "amber",
        lambda: _("Older data that mislead: {source}."),
        lambda: _("Check their units, or take them away: tansaku source {campaign} remove {named}"),
    ),
}
"""{kind: (verdict, its sentence, what to do)}, the texts in the language in use."""


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The gravest of some verdicts; green of none."""
    return max(verdicts, key=ORDER.index, default="green")


def gravest(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that have the gravest verdict, in their order."""
    grave = worst([each.verdict for each in findings])
    return tuple(each for each in findings if each.verdict == grave)

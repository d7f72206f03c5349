"""Weighed back: masses that were typed back for one sample, and what is to be asked about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.results.measured import plan_of
from tansaku.chem.composition import Composition
from tansaku.errors import ConfirmationError, WeighingError
from tansaku.language import _
from tansaku.space import Place, Space, composed_at, projectable
from tansaku.weighing.sheet import sheet_for

SAME_SHARE: Final = 1e-4
"""Shares of atoms that differ by less are the same composition, written with four decimals."""


@dataclass(frozen=True, slots=True)
class WeighedBack:
    """The masses of one sample.

    Attributes:
        grams: By precursor.
        space: The campaign's.
        formula: What was to be made; ``None`` where the campaign knows no formulas.
        plan: From what it was made.
        planned: Whether that was known before; else these are pure precursors, or as was said now.
    """

    grams: Mapping[str, float]
    space: Space
    formula: str | None
    plan: WeighingPlan
    planned: bool

    def check_sheet(self, path: Path) -> None:
        """See that a filled-in sheet is that of the sample.

        Raises:
            ConfirmationError: it was written for another composition.
        """
        from tansaku.weighing.weigh_table import written_for  # on demand: it brings pandas

        written = written_for(path)
        if written is None or self.formula is None:
            return
        one, other = (Composition.parse(each).normalised() for each in (written, self.formula))
        if any(abs(one[el] - other[el]) > SAME_SHARE for el in {*one.elements, *other.elements}):
            raise ConfirmationError(
                [
                    _("'{file}' was written for {written}, and is recorded for {formula}.").format(
                        file=path.name, written=written, formula=self.formula
                    )
                ],
                _(
                    "Name the sample that was weighed. Nothing was stored; --yes stores it as it"
                    " is."
                ),
            )

    def notices(self) -> list[str]:
        """What a careful assistant would ask."""
        found = []
        chemistry = self.space.chemistry
        encoding = "parameters" if chemistry is None else chemistry.encoding
        if encoding == "parameters" and not projectable(self.space):
            found.append(
                _(
                    "The weighed masses are kept, but the model learns from the planned inputs:"
                    " what they are cannot be told from a composition. Another --encoding can."
                )
            )
        if not self.planned or self.formula is None:
            return found
        try:
            sheet = sheet_for(self.formula, self.plan, {k: v for k, v in self.grams.items() if v})
        except WeighingError:  # stocks have changed since: the masses stand, with none to compare
            return found
        return [*found, *sheet.notices]


def weighed_back(
    campaign: Campaign,
    place: Place,
    grams: Mapping[str, float],
    excess: Sequence[str] | None,
    precursors: Sequence[str] = (),
) -> WeighedBack:
    """The masses of one sample, by what is known of its making.

    Args:
        campaign: Whose sample it is.
        place: Its candidate.
        grams: By precursor.
        excess: What was added to evaporate, where that differs from what is known.
        precursors: What was weighed, each with its purity, where that is not known; by default
            pure.
    """
    known = plan_of(campaign.document.campaign, campaign.state, place)
    plan = known or WeighingPlan(precursors=tuple(precursors or grams))
    if excess is not None:
        plan = WeighingPlan.model_validate(plan.model_dump() | {"excess": tuple(excess)})
    space = campaign.space
    formula = composed_at(space, space.named(place.row))
    return WeighedBack(grams, space, formula, plan, planned=known is not None)


def read_sheet(path: Path) -> dict[str, float]:
    """The grams of a sheet that was filled in.

    Raises:
        TableError: it is no such sheet.
    """
    from tansaku.weighing.weigh_table import filled_in  # on demand: it brings pandas

    return filled_in(path)

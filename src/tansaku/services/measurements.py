"""measurements: all that was recorded of a campaign's samples, as it is now."""

from __future__ import annotations

from tansaku.campaign.history.records import Measurement
from tansaku.services.opened import load
from tansaku.spec import Answer


class Measurements(Answer):
    """The measurements of a campaign in the order of recording, failed and excluded ones too."""

    campaign: str
    measurements: tuple[Measurement, ...]


def measurements(store: str, name: str) -> Measurements:
    """What was recorded in the campaign ``name``.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    campaign = load(store, name)
    return Measurements(campaign=campaign.name, measurements=campaign.state.measurements)

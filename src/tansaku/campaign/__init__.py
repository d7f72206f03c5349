"""The campaign: records, state, and the straight path to the next sample."""

from tansaku.campaign.campaign import Campaign, HistoryLine, Landscape
from tansaku.campaign.records import CampaignDocument, CampaignSpec
from tansaku.campaign.status import CampaignStatus, Candidate

__all__ = [
    "Campaign",
    "CampaignDocument",
    "CampaignSpec",
    "CampaignStatus",
    "Candidate",
    "HistoryLine",
    "Landscape",
]

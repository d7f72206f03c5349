"""The campaign: records, state, and the straight path to the next sample."""

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.records import CampaignDocument, CampaignSpec
from tansaku.campaign.status import CampaignStatus, Candidate
from tansaku.campaign.views import HistoryLine, Landscape
from tansaku.campaign.weighing import Made, WeighingPlan

__all__ = [
    "Campaign",
    "CampaignDocument",
    "CampaignSpec",
    "CampaignStatus",
    "Candidate",
    "HistoryLine",
    "Landscape",
    "Made",
    "WeighingPlan",
]

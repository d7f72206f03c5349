"""The campaign: records, state, and the straight path to the next sample."""

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import CampaignDocument, CampaignSpec
from tansaku.campaign.history.weighing_plan import WeighedSample, WeighingPlan
from tansaku.campaign.progress import CampaignStatus, Candidate
from tansaku.campaign.views import HistoryLine, Landscape

__all__ = [
    "Campaign",
    "CampaignDocument",
    "CampaignSpec",
    "CampaignStatus",
    "Candidate",
    "HistoryLine",
    "Landscape",
    "WeighedSample",
    "WeighingPlan",
]

"""Studies: a search replayed on a finished table, and the proof of what it gains."""

from tansaku.studies.entry import study
from tansaku.studies.of_campaign import study_campaign
from tansaku.studies.result import StrategyResult, Study
from tansaku.studies.stopped import StudyStopped

__all__ = [
    "StrategyResult",
    "Study",
    "StudyStopped",
    "study",
    "study_campaign",
]

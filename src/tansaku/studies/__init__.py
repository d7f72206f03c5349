"""Studies: a search replayed on a finished table, and the proof of what it gains."""

from tansaku.studies.result import StrategyResult, Study
from tansaku.studies.run import study

__all__ = ["StrategyResult", "Study", "study"]

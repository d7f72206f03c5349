"""Studies: a search replayed on a finished table, and the proof of what it gains."""

from tansaku.studies.run import StrategyResult, Study, study

__all__ = ["StrategyResult", "Study", "study"]

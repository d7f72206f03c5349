"""Plain words about what the search does and why."""

from tansaku.insight.reasons import Reason, sentence

__all__ = ["Reason", "sentence"]

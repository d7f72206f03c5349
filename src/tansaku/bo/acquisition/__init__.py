"""Acquisitions: one number per candidate that ranks it, one file each."""

from tansaku.bo.acquisition.base import (
    ACQUISITIONS,
    Acquisition,
    AcquisitionInput,
    score_of,
    weighed,
)
from tansaku.bo.acquisition.expected_improvement import expected_improvement
from tansaku.bo.acquisition.log_expected_improvement import log_expected_improvement
from tansaku.bo.acquisition.probability_of_improvement import (
    log_probability_of_improvement,
    probability_of_improvement,
)
from tansaku.bo.acquisition.thompson import thompson_sample
from tansaku.bo.acquisition.upper_confidence_bound import upper_confidence_bound
from tansaku.bo.acquisition.variance import variance

__all__ = [
    "ACQUISITIONS",
    "Acquisition",
    "AcquisitionInput",
    "expected_improvement",
    "log_expected_improvement",
    "log_probability_of_improvement",
    "probability_of_improvement",
    "score_of",
    "thompson_sample",
    "upper_confidence_bound",
    "variance",
    "weighed",
]

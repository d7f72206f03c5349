"""Acquisitions: one number per candidate that ranks it, one file each."""

from tansaku.bo.acquisition.acquisition import (
    ACQUISITIONS,
    Acquisition,
    acquisition_of,
    score_of,
)
from tansaku.bo.acquisition.expected_improvement import ExpectedImprovement
from tansaku.bo.acquisition.log_expected_improvement import LogExpectedImprovement
from tansaku.bo.acquisition.probability_of_improvement import ProbabilityOfImprovement
from tansaku.bo.acquisition.thompson import Thompson
from tansaku.bo.acquisition.upper_confidence_bound import (
    UpperConfidenceBound,
    upper_confidence_bound,
)
from tansaku.bo.acquisition.variance import Variance
from tansaku.bo.acquisition_input import AcquisitionInput
from tansaku.bo.objectives.normal import (
    expected_improvement,
    log_expected_improvement,
    probability_of_improvement,
)

__all__ = [
    "ACQUISITIONS",
    "Acquisition",
    "AcquisitionInput",
    "ExpectedImprovement",
    "LogExpectedImprovement",
    "ProbabilityOfImprovement",
    "Thompson",
    "UpperConfidenceBound",
    "Variance",
    "acquisition_of",
    "expected_improvement",
    "log_expected_improvement",
    "probability_of_improvement",
    "score_of",
    "upper_confidence_bound",
]

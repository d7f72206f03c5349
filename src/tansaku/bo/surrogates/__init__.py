"""Surrogates: what is believed of the pool after the measurements."""

from tansaku.bo.surrogates.fitting import fit, fit_of
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, Noise, standardise
from tansaku.bo.surrogates.mixture import Fitted, Mixture
from tansaku.bo.surrogates.observations import Limits, Listed, Observations
from tansaku.bo.surrogates.surrogate import SURROGATES, Surrogate

__all__ = [
    "GP",
    "SURROGATES",
    "Data",
    "Fitted",
    "Hyperparameters",
    "Limits",
    "Listed",
    "Mixture",
    "Noise",
    "Observations",
    "Surrogate",
    "fit",
    "fit_of",
    "standardise",
]

"""Surrogates: what is believed of the pool after the measurements."""

from tansaku.bo.surrogates.fitting import fit, heeded
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, Noise, standardise
from tansaku.bo.surrogates.mixture import Fitted, Mixture
from tansaku.bo.surrogates.observations import Limits, Listed, Observations

__all__ = [
    "GP",
    "Data",
    "Fitted",
    "Hyperparameters",
    "Limits",
    "Listed",
    "Mixture",
    "Noise",
    "Observations",
    "fit",
    "heeded",
    "standardise",
]

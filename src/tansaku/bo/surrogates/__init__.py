"""Surrogates: what is believed of the pool after the measurements."""

from tansaku.bo.surrogates.fitting import FITS, Fitted, Listed, fit
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, standardise

__all__ = ["FITS", "GP", "Data", "Fitted", "Hyperparameters", "Listed", "fit", "standardise"]

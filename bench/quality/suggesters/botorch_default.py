"""BoTorch: SingleTaskGP and analytic LogEI, both with their defaults."""

from __future__ import annotations

import torch
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.mlls import ExactMarginalLogLikelihood

from bench.quality.suggesters.protocol import Suggest, unit_cube, unmeasured
from bench.quality.table import FloatArray, IntArray

RECIPE = "SingleTaskGP, fit_gpytorch_mll, LogExpectedImprovement; defaults, inputs in [0, 1]"


def open_run(X: FloatArray, seed: int) -> Suggest:
    """A run that refits from nothing at every pick; pool X of shape (N, d)."""
    torch.manual_seed(seed)
    pool = torch.from_numpy(unit_cube(X))

    def suggest(rows: IntArray, values: FloatArray) -> int:
        y = torch.tensor(values).unsqueeze(-1)
        model = SingleTaskGP(pool[rows], y)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        left = unmeasured(len(pool), rows)
        with torch.no_grad():
            log_ei = LogExpectedImprovement(model, best_f=y.max())(pool[left].unsqueeze(1))
        return int(left[int(log_ei.argmax())])

    return suggest

"""The model in the scientist's units: what was believed before and after the fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tansaku.bo.kernels import BatchedKernel
from tansaku.bo.surrogates import GP, Fitted
from tansaku.campaign.history.records import CampaignSpec
from tansaku.encode import Encoder
from tansaku.space import Target
from tansaku.strategy import Strategy


def describe_model(
    fitted: Fitted,
    spec: CampaignSpec,
    strategy: Strategy,
    encoder: Encoder,
    target: Target | None = None,
) -> dict[str, Any]:
    """A JSON-able account of the first problem's model of a target, by default the first.

    Length scales are in each input's own unit (of a choice, in columns of 0 and 1); sds and mean
    are on the model scale (decades for a log10 target). The log marginal likelihoods are those of
    the standardised values. ``no_pattern`` is the probability that the inputs tell nothing,
    ``run_effect`` that furnace runs differ, where enough of them are labelled.
    """
    if strategy.surrogate is None:
        raise ValueError("this strategy has no surrogate")
    return {
        "fit": fitted.fit,
        "kernel": strategy.surrogate.kernel,
        "prior": "bank" if fitted.fit == "bank" else strategy.surrogate.prior,
        "acquisition": strategy.acquisition.name,
        "scale": (target or spec.targets[0]).scale.value,
        "measured": int(fitted.gp.data.z.shape[1]),
        "hyperparameters": {
            "before": hyperparameters_of(fitted.before, encoder),
            "after": hyperparameters_of(fitted.best, encoder),
        },
        "log_marginal_likelihood": {
            "before": float(fitted.before.log_marginal_likelihood[0]),
            "after": float(fitted.best.log_marginal_likelihood[0]),
        },
        "noise_sd": float(fitted.best.noise_variance[0].sqrt()),
        "jitter_steps": int(fitted.gp.jittered.max()),
        "averaged_over": fitted.components,
        "effective_settings": fitted.effective,
        "no_pattern": 0.0 if fitted.scatter is None else float(fitted.scatter[0]),
        "at_bound": bool(fitted.at_bound),
        **({} if fitted.run_effect is None else {"run_effect": fitted.run_effect}),
    }


def components_of(
    processes: Sequence[tuple[float, GP]], strategy: Strategy, encoder: Encoder
) -> tuple[dict[str, Any], ...]:
    """The processes of a mixture, each with its weight, in the inputs' units."""
    if strategy.surrogate is None:
        raise ValueError("this strategy has no surrogate")
    kernels = strategy.surrogate.kernel.split("+")
    return tuple(
        {
            "weight": weight,
            "kernel": kernels[
                int(gp.kernel.which[0]) if isinstance(gp.kernel, BatchedKernel) else 0
            ],
            **hyperparameters_of(gp, encoder),
            **_of_source(gp),
        }
        for weight, gp in processes
    )


def _of_source(gp: GP) -> dict[str, Any]:
    """What the first process of a batch makes of older data, where they play a part in it."""
    if gp.source is None:
        return {}
    scale = float(gp.data.scale[0])
    correlation, values, errors = gp.source.as_seen(gp.hyperparameters.signal)
    if not len(values):
        return {}
    seen = {
        "correlation": correlation.tolist(),
        "values": (scale * values).tolist(),
        "noise_sd": (scale * errors.sqrt()).tolist(),
        "apart": (gp.data.noise.counts[0] < 1).nonzero().squeeze(-1).tolist(),
    }
    return {"source": seen}


def hyperparameters_of(gp: GP, encoder: Encoder) -> dict[str, Any]:
    """Those of the first process of a batch."""
    h, scale = gp.hyperparameters, float(gp.data.scale[0])
    return {
        "length_scales": {
            name: float(h.length_scales[0, j]) * float(encoder.spans[j])
            for j, name in enumerate(encoder.names)
        },
        "signal_sd": float(h.signal[0].sqrt()) * scale,
        "noise_sd": float(gp.noise_variance[0].sqrt()),
        "mean": float(gp.to_units(gp.mean.unsqueeze(-1))[0, 0]),
    }

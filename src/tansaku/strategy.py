"""Strategy: surrogate + acquisition + start, as plain data. It is resolved in ``bo`` only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tansaku.registry import Registry
from tansaku.spec import Spec

START_SAMPLES = 3
"""Measurements before a model is asked: with two points a mean, a signal and a noise level cannot
be told apart at all. Every-start studies go below this on purpose (``start=1``)."""


class SurrogateSpec(Spec):
    """Which Gaussian process is learned.

    Attributes:
        fit: ``bank`` averages over a bank of hyperparameters by their evidence; ``map`` maximises
            the posterior; ``lecture`` fits with scikit-learn, as the lecture.
        components: ``bank`` only: settings averaged over at a time.
        kernel: A name of ``bo.kernels.KERNELS``.
        length_scales: ``per_column`` (ARD) or ``shared`` (isotropic).
        prior: A name of ``bo.priors.PRIORS``.
        mean: ``constant`` estimates it with the kernel, ``zero`` keeps the mean of the data.
        restarts: Starting points of the hyperparameter search.
        nugget: Variance added to the diagonal of the standardised data (scikit-learn's alpha).
        sd_of: The reported sd is that of the ``function`` or of a new ``measurement`` (with noise).
    """

    fit: Literal["bank", "map", "lecture"] = "bank"
    components: int = Field(default=4, ge=1)
    kernel: str = "matern52"
    length_scales: Literal["per_column", "shared"] = "per_column"
    prior: str = "dimension_scaled"
    mean: Literal["constant", "zero"] = "constant"
    restarts: int = Field(default=4, ge=1)
    nugget: float = Field(default=0.0, ge=0)
    sd_of: Literal["function", "measurement"] = "function"


class AcquisitionSpec(Spec):
    """Which number ranks the candidates.

    Attributes:
        name: A name of ``bo.acquisition.ACQUISITIONS``.
        beta: UCB only: mean + beta * sd. 2 covers about 95 % of a normal belief (Srinivas et al.,
            ICML 2010, use a growing sequence of this order).
        incumbent: The value to beat: the best ``observed`` one, or the best ``posterior`` mean at
            a measured point (steadier when measurements are noisy).
    """

    name: str = "log_ei"
    beta: float = Field(default=2.0, ge=0)
    incumbent: Literal["observed", "posterior"] = "observed"


class Strategy(Spec):
    """How the next sample is chosen.

    Attributes:
        name: What people call it.
        surrogate: The model; ``None`` is pure random search.
        acquisition: How candidates are ranked.
        start: How samples are chosen before the model is asked.
        start_samples: How many measured candidates come first.

    Example:
        >>> STRATEGIES["standard"].acquisition.name
        'log_ei'
    """

    name: str
    surrogate: SurrogateSpec | None = SurrogateSpec()
    acquisition: AcquisitionSpec = AcquisitionSpec()
    start: Literal["random", "space_filling"] = "random"
    start_samples: int = Field(default=START_SAMPLES, ge=1)


STRATEGIES: Registry[Strategy] = Registry("strategy")
STRATEGIES.add("random", Strategy(name="random", surrogate=None))
STRATEGIES.add(
    "standard",
    Strategy(name="standard", acquisition=AcquisitionSpec(name="log_ei", incumbent="posterior")),
)
STRATEGIES.add(
    "space_filling",
    STRATEGIES["standard"].model_copy(update={"name": "space_filling", "start": "space_filling"}),
)
STRATEGIES.add(
    "lecture",
    Strategy(
        name="lecture",
        surrogate=SurrogateSpec(
            fit="lecture",
            kernel="rbf",
            length_scales="shared",
            prior="uniform_wide",
            mean="zero",
            restarts=31,  # the first start and 30 more, as n_restarts_optimizer=30
            nugget=0.1,
            sd_of="measurement",
        ),
        acquisition=AcquisitionSpec(name="ei"),
    ),
)
STRATEGIES.add(
    "isotropic",
    Strategy(
        name="isotropic",
        surrogate=SurrogateSpec(
            fit="map",
            kernel="rbf",
            length_scales="shared",
            prior="uniform",
            mean="zero",
            restarts=4,
        ),
        acquisition=AcquisitionSpec(name="ei"),
    ),
)
for _name in ("pi", "ei", "log_ei", "ucb", "thompson", "variance"):
    STRATEGIES.add(_name, Strategy(name=_name, acquisition=AcquisitionSpec(name=_name)))

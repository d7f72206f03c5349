"""Strategy: surrogate + acquisition + start, as plain data. It is resolved in ``bo`` only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from tansaku.errors import UnknownNameError, UsageError
from tansaku.language import _
from tansaku.registry import Registry, offered
from tansaku.spec import Spec

START_SAMPLES = 3
"""Measurements before a model is asked: with two points a mean, a signal and a noise level cannot
be told apart at all. Every-start studies go below this on purpose (``start=1``)."""

FEW = 4
"""Settings averaged over at a time where each costs much."""


NAMES: dict[str, set[str]] = {
    "acquisition": {"pi", "ei", "log_ei", "ucb", "thompson", "variance"},
    "kernel": {"matern12", "matern32", "matern52", "rbf"},
    "prior": {"dimension_scaled", "dimension_scaled_gamma", "uniform", "uniform_wide"},
    "surrogate": {"bank", "map", "lecture"},
}
"""What a strategy may name, known before ``bo`` is loaded, whose registries add their own: an
acquisition that somebody registers there may be named, too."""


GONE = {"tail": "plain", "criterion": "evidence"}
"""Fields of a surrogate that are no more, with the value that every model has now."""


class SurrogateSpec(Spec):
    """Which Gaussian process is learned.

    Attributes:
        fit: ``bank`` averages over a bank of hyperparameters by their evidence; ``map`` maximises
            the posterior; ``lecture`` fits with scikit-learn, as the lecture; or another name of
            ``bo.surrogates.SURROGATES``.
        components: ``bank`` only: settings averaged over at a time. The first pass over pools that
            are seen in blocks, and later picks there, ask the first four (``FEW``) of them.
        scatter: ``bank`` only: probability, before any data, that the inputs tell nothing about
            the values. Where the data make it likelier than not, samples are drawn at random.
        sources: ``bank`` only, what is done with older data where there is some: ``ignored``,
            ``pooled`` with the new, ``weighed`` by evidence against the new alone, ``trusted`` to
            be correlated, or ``ranked`` (rank-weighted ensemble).
        correlation: With sources only: law of the task correlation beforehand, a name of
            ``bo.surrogates.correlations.CORRELATION_PRIORS``.
        signs: With sources only: task correlations may be negative (``free``), or not.
        rank: With several sources only: of the loadings of their task covariance W W' + diag(v);
            ``None`` for as many as sources, which allows every correlation matrix.
        kernel: A name of ``bo.kernels.KERNELS``; several joined by ``+`` for ``bank``, which
            gives its settings one in turn.
        length_scales: ``per_column`` (ARD) or ``shared`` (isotropic).
        prior: A name of ``bo.priors.PRIORS``.
        mean: ``constant`` estimates it with the kernel, ``zero`` keeps the mean of the data.
        restarts: Starting points of the hyperparameter search.
        nugget: Variance added to the diagonal of the standardised data (scikit-learn's alpha).
        sd_of: The reported sd is that of the ``function`` or of a new ``measurement`` (with noise).
        misfit: What a new measurement lies from what each setting expects of it, over what that
            setting says: real functions are no draws of the model. Choices of samples do not know
            it.

    Example:
        >>> strategy_of(Strategy(name="mine", surrogate=SurrogateSpec(kernel="rbf"))).name
        'mine'
    """

    fit: str = "bank"
    components: int = Field(default=16, ge=1)
    scatter: float = Field(default=0.0, ge=0, lt=1)
    sources: Literal["ignored", "pooled", "weighed", "trusted", "ranked"] = "ignored"
    correlation: Literal["even", "beta", "lkj"] = "even"
    signs: Literal["free", "positive"] = "free"
    rank: int | None = Field(default=None, ge=1)
    kernel: str = "matern52"
    length_scales: Literal["per_column", "shared"] = "per_column"
    prior: str = "dimension_scaled"
    mean: Literal["constant", "zero"] = "constant"
    restarts: int = Field(default=4, ge=1)
    nugget: float = Field(default=0.0, ge=0)
    sd_of: Literal["function", "measurement"] = "function"
    misfit: float = Field(default=1.0, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _without_what_is_gone(cls, given: Any) -> Any:
        """Of the fields in ``GONE`` documents of 0.1.0 may have the one value that is left."""
        if not isinstance(given, dict):
            return given
        for kind, left in GONE.items():
            if given.get(kind, left) != left:
                raise UsageError(
                    _("The {kind} '{name}' is gone, because it gained nothing.").format(
                        kind=kind, name=given[kind]
                    ),
                    _("Use '{other}'.").format(other=left),
                )
        return {name: value for name, value in given.items() if name not in GONE}


Start = Literal["random", "space_filling", "central"]
"""How the first samples are chosen: at random; far from each other; where one sample tells most of
all others, which is towards the middle."""
Expect = Literal["middle", "edge", "unknown"]
"""Where a person thinks that the best lies."""
STARTS: dict[Expect, Start] = {"middle": "central", "edge": "space_filling", "unknown": "random"}
"""The start that bets on each: on 25 tables with the best in the inner half and 27 with the best in
the outer quarter these have 0.64 and 0.86 of the regret of random starts (docs/benchmarks.md)."""


class AcquisitionSpec(Spec):
    """Which number ranks the candidates.

    Attributes:
        name: A name of ``bo.acquisition.ACQUISITIONS``.
        beta: UCB only: mean + beta * sd. 2 covers about 95 % of a normal belief (Srinivas et al.,
            ICML 2010, use a growing sequence of this order).
        incumbent: The value to beat: the best ``observed`` one, or the best ``posterior`` mean at
            a measured point (steadier when measurements are noisy).
        several: How several objectives become one number: ``hypervolume`` (up to four; ParEGO
            with more, or where preferences differ), ``chebyshev`` (ParEGO) or ``desirability``.

    Example:
        >>> bold = AcquisitionSpec(name="ucb", beta=3.0)
        >>> STRATEGIES["standard"].but(acquisition=bold).acquisition.beta
        3.0
    """

    name: str = "log_ei"
    beta: float = Field(default=2.0, ge=0)
    incumbent: Literal["observed", "posterior"] = "observed"
    several: Literal["hypervolume", "chebyshev", "desirability"] = "hypervolume"


class Strategy(Spec):
    """How the next sample is chosen.

    Attributes:
        name: What people call it.
        surrogate: The model; ``None`` is pure random search.
        acquisition: How candidates are ranked.
        start: How samples are chosen before the model is asked.
        start_samples: How many measured candidates come first.

    Example:
        >>> STRATEGIES["standard"].but(acquisition="ucb", beta=1.0).acquisition.beta
        1.0
    """

    name: str
    surrogate: SurrogateSpec | None = SurrogateSpec()
    acquisition: AcquisitionSpec = AcquisitionSpec()
    start: Start = "random"
    start_samples: int = Field(default=START_SAMPLES, ge=1)

    def but(self, **changes: Any) -> Strategy:
        """The same with other fields: its own, those of its surrogate and of its acquisition;
        ``acquisition`` may be a name.

        Raises:
            UsageError: no such field, a value that it cannot have, or one that the fit ignores.
            UnknownNameError: no such acquisition, kernel or prior; names those there are.
        """
        given = self.model_dump()
        for name, value in changes.items():
            if name == "acquisition" and isinstance(value, str):
                given["acquisition"]["name"] = value
                continue
            parts = [given, given["surrogate"] or {}, given["acquisition"]]
            owner = next((part for part in parts if name in part), given)
            owner[name] = value.model_dump() if isinstance(value, Spec) else value
        try:
            return strategy_of(Strategy.model_validate(given))
        except ValidationError as error:
            first = error.errors()[0]
            raise UsageError(
                _("Strategy '{name}' cannot have {field} = {value}.").format(
                    name=self.name, field=".".join(map(str, first["loc"])), value=first["input"]
                ),
                _("The fields and what each may be: help(tansaku.Strategy)."),
            ) from error


SCATTER = 0.1
"""Prior probability that the inputs tell nothing: small, and enough to notice a table that
misleads. Chosen among 0.1 to 0.5 on the open tables of bench/quality."""
MISFIT = 1.1
"""Chosen on ten tables of automated laboratories, where 93 % of the measurements lay in the model's
own 95 % interval and 95 % lie in this one; 94 to 95 % on fifteen other tables (docs/benchmarks.md,
Trust)."""
ROBUST = SurrogateSpec(kernel="matern52+rbf", scatter=SCATTER, sources="weighed", misfit=MISFIT)
"""The model of ``standard``: averaged over hyperparameters and kernels, and on its guard."""

STRATEGIES: Registry[Strategy] = Registry("strategy")
STRATEGIES.add("random", Strategy(name="random", surrogate=None))
STRATEGIES.add(
    "standard",
    Strategy(
        name="standard",
        surrogate=ROBUST,
        acquisition=AcquisitionSpec(name="log_ei", incumbent="posterior"),
    ),
)
for _name in ("space_filling", "central"):
    STRATEGIES.add(_name, STRATEGIES["standard"].model_copy(update={"name": _name, "start": _name}))
for _name, _sources in (
    ("alone", "ignored"),
    ("mixed", "pooled"),
    ("transfer", "trusted"),
    ("ensemble", "ranked"),
):
    STRATEGIES.add(
        _name,
        STRATEGIES["standard"].model_copy(
            update={"name": _name, "surrogate": ROBUST.model_copy(update={"sources": _sources})}
        ),
    )
for _name, _several in (("parego", "chebyshev"), ("desirability", "desirability")):
    STRATEGIES.add(
        _name,
        STRATEGIES["standard"].model_copy(
            update={
                "name": _name,
                "acquisition": STRATEGIES["standard"].acquisition.model_copy(
                    update={"several": _several}
                ),
            }
        ),
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
    STRATEGIES.add(
        _name, Strategy(name=_name, surrogate=ROBUST, acquisition=AcquisitionSpec(name=_name))
    )


for _name in ("compressed", "portfolio"):
    STRATEGIES.replace(_name, "standard")

OF_SOURCES = ("sources", "correlation", "signs", "rank")
"""Fields of a surrogate on older data, which ``bank`` alone uses."""
UNUSED: dict[str, tuple[str, ...]] = {
    "bank": ("length_scales", "prior", "mean", "nugget"),
    "map": ("components", "scatter", *OF_SOURCES),
    "lecture": ("components", "scatter", *OF_SOURCES),
}
"""Fields of a surrogate that each fit leaves alone; they have to keep their defaults. Those of
another's fit are its own business, but for ``OF_SOURCES``."""
FIXED = {"kernel": "rbf", "mean": "zero"}
"""What the lecture's recipe has and cannot have otherwise."""


def strategy_of(strategy: str | Strategy) -> Strategy:
    """A strategy, or the one of this name.

    Raises:
        UnknownNameError: there is none, or no acquisition, kernel or prior that it names.
        UsageError: a field says what its fit does not heed.
    """
    if not isinstance(strategy, Strategy):
        return STRATEGIES[strategy]
    spec = strategy.surrogate
    _check_names("acquisition", [strategy.acquisition.name])
    if spec is None:
        return strategy
    _check_names("kernel", spec.kernel.split("+"))
    _check_names("prior", [spec.prior])
    _check_names("surrogate", [spec.fit])
    left = UNUSED.get(spec.fit, OF_SOURCES)
    free = {name: SurrogateSpec.model_fields[name].default for name in left}
    needed = free | (FIXED if spec.fit == "lecture" else {})
    for name, value in needed.items():
        if getattr(spec, name) != value:
            raise UsageError(
                _("Fit '{fit}' does not heed {field} = {value}.").format(
                    fit=spec.fit, field=name, value=getattr(spec, name)
                ),
                _("Leave it at {value}, or choose another fit: {fits}.").format(
                    value=value, fits=", ".join(each for each in UNUSED if each != spec.fit)
                ),
            )
    if spec.fit == "map" and "+" in spec.kernel:
        raise UsageError(
            _("Fit '{fit}' does not heed {field} = {value}.").format(
                fit=spec.fit, field="kernel", value=spec.kernel
            ),
            _("Name one kernel, or choose the fit bank."),
        )
    return strategy


def _check_names(kind: str, names: Sequence[str]) -> None:
    for name in names:
        if name not in NAMES[kind] and name not in offered(kind):
            raise UnknownNameError(
                _("Unknown {kind} '{name}'.").format(kind=_(kind), name=name),
                _("Known: {names}.").format(names=", ".join(sorted(NAMES[kind]))),
            )


def expecting(strategy: Strategy, expect: Expect) -> Strategy:
    """The same with the start that suits what is expected, in the place of a random one; random
    search stays what it is.

    Example:
        >>> expecting(STRATEGIES["standard"], "middle").start
        'central'
    """
    if strategy.surrogate is None or strategy.start != "random":
        return strategy
    return strategy.model_copy(update={"start": STARTS[expect]})

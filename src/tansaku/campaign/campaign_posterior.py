"""Posterior: what the model of a campaign says of any points, in the targets' units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku import markup
from tansaku.bo.joint_posterior import JointPosterior
from tansaku.campaign.asked_points import Points, points_in
from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.own_tables import PREDICTED, free, taken_names
from tansaku.campaign.history.phase_names import reported_phases
from tansaku.campaign.history.problem import check_has_model, check_taught
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.state import State
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Listing, Streams
from tansaku.campaign.suggest.model_description import components_of
from tansaku.campaign.suggest.predicted_values import predictions_of
from tansaku.design import Floats, Ints, Joint
from tansaku.errors import NotInPoolError, UsageError
from tansaku.language import _
from tansaku.space import Predicted, Scale, Target, composed
from tansaku.space.arguments import whole_number
from tansaku.space.targets import from_model
from tansaku.strategy import AcquisitionSpec, Strategy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Bound = float | Floats | Mapping[str, float | Floats]
"""A value in the target's unit, or one for each point; of several targets {target: either}."""
COVARIANCE_MOST = 8192
"""Points whose covariance is told: it then takes 0.5 GB."""


class Posterior:
    """What the model says of N points: of the noise-free function of each target, or by
    :attr:`measured` of its next measurement.

    It is the model that suggests: limits, sds, replicates, furnace runs, failures, phases and older
    data have taught it. Under each sample of the hyperparameters the function is a Gaussian
    process; the posterior is the mixture of these, and where phases are told apart of the phases
    that may form. Means, sds and covariances follow by the law of total covariance; quantiles and
    probabilities are those of the mixture itself.

    Arrays have the shape (N,) with one target and (N, m) with m, as scikit-learn has them. Values
    are in the target's unit. Of a log10 target quantiles and samples are exact in it, ``mean`` is
    10 to the mean of log10 and ``sd`` half the width of the one-sd interval, as in all predictions;
    :attr:`on_model_scale` tells log10 itself.

    Attributes:
        points: The points, shape (N, inputs), in experimental units; a choice is its level.
        targets: The targets, m.

    Example:
        >>> import tansaku as tk
        >>> table = {"x": [0.0, 0.3, 0.6, 1.0], "y": [1.0, 3.0, 2.0, None]}
        >>> campaign = tk.Campaign.from_table(table, inputs=["x"], target="y")
        >>> p = campaign.posterior({"x": [0.1, 0.2, 0.9]})
        >>> p.mean.shape, p.covariance().shape, p.sample(100, seed=0).shape
        ((3,), (3, 3), (100, 3))
        >>> bool((p.measured.sd > p.sd).all())
        True
    """

    def __init__(
        self,
        spec: CampaignSpec,
        search: CampaignSearch,
        strategy: Strategy,
        joint: JointPosterior,
        points: Floats,
    ) -> None:
        self._spec = spec  # with the targets that are asked about, known ones and costs included
        self._search = search  # with those that are measured
        self._strategy = strategy
        self._joint = joint
        self._measured = self._on_model_scale = False
        self.points = points
        self.targets: tuple[Target, ...] = search.spec.targets

    @classmethod
    def learn(
        cls, spec: CampaignSpec, state: State, strategy: Strategy, seed: int, points: Floats
    ) -> Posterior:
        """Of a campaign as it stands, at ``points``, shape (N, inputs), in experimental units.

        Raises:
            UsageError: the strategy has no model, or no target has to be measured.
            ModelError: nothing is measured of a target yet, and no older data tell of it.
        """
        check_has_model(strategy)
        search = CampaignSearch.of(_measured_only(spec), state, strategy)
        parts = (search.spec.targets, search.histories, search.model_inputs)
        for target, history, inputs in zip(*parts, strict=True):
            check_taught(spec, target, history, inputs)
        rngs = [Streams.of(seed, history, 0).model() for history in search.histories]
        joint = JointPosterior.of(_over(search, points), strategy, rngs)
        return cls(spec, search, strategy, joint, points)

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        names = ", ".join(target.name for target in self.targets)
        return f"<Posterior of {names} at {len(self)} points>"

    def __getitem__(self, target: str) -> Posterior:
        """That of one target alone.

        Raises:
            UsageError: it is none of these.
        """
        chosen = one_of(self.targets, target)
        j = self.targets.index(chosen)
        spec = self._spec.model_copy(update={"targets": (chosen,)})
        search = CampaignSearch.of(_measured_only(spec), self._search.state, self._strategy)
        joint = self._joint.of_outcome(j, _over(search, self.points))
        return self._like(Posterior(spec, search, self._strategy, joint, self.points))

    def at(self, points: Points) -> Posterior:
        """What the same model says of other points; nothing is fitted again.

        Raises:
            TableError, UsageError, NotInPoolError: these are no points of the space.
        """
        return self.over(points_in(self._spec.space, points))

    def over(self, rows: Floats) -> Posterior:
        """:meth:`at` rows of a matrix, shape (N, inputs), where a choice is its level."""
        joint = self._joint.over(_over(self._search, rows))
        return self._like(Posterior(self._spec, self._search, self._strategy, joint, rows))

    @property
    def measured(self) -> Posterior:
        """The law of the next measurement in place of the function's: with the noise of one, and
        the error of a furnace run of its own where runs differ."""
        found = self._like(self)
        found._measured = True
        return found

    @property
    def on_model_scale(self) -> Posterior:
        """The same on the scale on which the targets are modelled: log10 of a log10 target, and the
        unit of others. (The sign is not turned where a target is minimised.)"""
        found = self._like(self)
        found._on_model_scale = True
        return found

    @property
    def mean(self) -> Floats:
        """Posterior mean, shape (N,) or (N, m); of a log10 target 10 to the mean of log10."""
        return self._each(lambda j, target: self._told(target, self._joint.moments.mean[:, j]))

    @property
    def sd(self) -> Floats:
        """Standard deviation, shape (N,) or (N, m); of a log10 target half the width of the one-sd
        interval, (10**(m+s) - 10**(m-s)) / 2."""

        def one(j: int, target: Target) -> Floats:
            mean, sd = self._joint.moments.mean[:, j], self._sd[:, j]
            if self._on_model_scale or target.scale is Scale.LINEAR:
                return sd
            return np.abs(from_model(target, mean + sd) - from_model(target, mean - sd)) / 2

        return self._each(one)

    def quantiles(self, q: float | Sequence[float]) -> Floats:
        """Values below which each target lies with probability ``q``, exact for the mixture and in
        the target's unit: shape (N,) or (N, m), and with several ``q`` these in a first axis.

        Raises:
            UsageError: a ``q`` is not between 0 and 1.
        """
        levels = np.asarray(q, dtype=np.float64)
        if not ((levels > 0) & (levels < 1)).all():
            raise UsageError(
                _("Quantiles were asked for at {q}.").format(q=q),
                _("Give probabilities between 0 and 1, for example 0.05."),
            )

        def one(p: float) -> Floats:
            def of_target(j: int, target: Target) -> Floats:
                turned = p if target.sign > 0 else 1 - p
                return self._told(target, self._joint.quantile(j, turned, measured=self._measured))

            return self._each(of_target)

        found = np.array([one(p) for p in levels.ravel().tolist()])
        return found[0] if levels.ndim == 0 else found

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """(lower, upper) ends of the central interval that holds the value with this probability,
        shape (N,) or (N, m) each: quantiles of the mixture.

        Raises:
            UsageError: the level is not between 0 and 1.
        """
        low, high = self.quantiles([(1 - level) / 2, (1 + level) / 2])
        return low, high

    def probability(self, *, above: Bound | None = None, below: Bound | None = None) -> Floats:
        """Probability that a value lies above or below something, or between, shape (N,); of
        several targets that all of ``{target: value}`` hold.

        Raises:
            UsageError: nothing is given, or a single number for several targets.
        """
        limits = [self._by_target(given) for given in (above, below)]
        asked = {name: i for limit in limits for name, i in limit.items()}
        if not asked:
            raise UsageError(
                _("Neither above nor below is given."),
                _("Write for example probability(above=0.5)."),
            )
        bounds = {}
        for j, target in enumerate(self.targets):
            if target.name in asked:
                low = self._bound(target, limits[0].get(target.name, -np.inf))
                high = self._bound(target, limits[1].get(target.name, np.inf))
                bounds[j] = (low, high) if target.sign > 0 else (high, low)
        return self._joint.probability(bounds, measured=self._measured)

    def covariance(self) -> Floats:
        """Covariance of the values at all points, shape (N, N) or (N, N, m): of a linear target in
        its unit squared, of a log10 target that of log10, in decades squared. The phase of each
        point is its own, and so is the error of each next measurement.

        Raises:
            UsageError: more than ``COVARIANCE_MOST`` points; samples may be drawn of these.
        """
        if len(self) > COVARIANCE_MOST:
            raise UsageError(
                _("The covariance of {n} points has too many numbers.").format(n=len(self)),
                _("Ask for at most {most} points, or draw samples.").format(most=COVARIANCE_MOST),
            )
        return self._each(lambda j, _target: self._joint.covariance(j, measured=self._measured))

    def sample(self, n: int = 1, *, seed: int = 0) -> Floats:
        """n joint draws at all points together, in the target's unit, shape (n, N) or (n, N, m).

        Exact up to 2048 points (counted in each phase); for more, functions are drawn along 1024
        pairs of Fourier features with the exact correction by the data, block by block, whose
        covariance before the data errs by about 3 % (Wilson and others, ICML 2020).

        Args:
            n: How many.
            seed: The same seed gives the same draws.
        """
        rng = np.random.default_rng(whole_number(seed, "seed", 0))
        found = self._joint.sample(whole_number(n, "n", 1), rng, measured=self._measured)
        return self._each(lambda j, target: self._told(target, found[..., j]))

    def score(self, acquisition: str | AcquisitionSpec | None = None) -> Floats:
        """How an acquisition ranks the points, shape (N,), larger is better: ``pi``, ``ei``,
        ``log_ei``, ``ucb``, ``thompson``, ``variance``; the strategy's own without a name.

        As in a suggestion limits, failures and costs count. Gains are on the model scale, and
        ``ucb`` of a minimised target is that of its negative.

        Raises:
            UnknownNameError: there is no such acquisition.
            NotInPoolError: costs or targets stand in the campaign's table, and a point does not.
        """
        chosen = self._strategy
        if acquisition is not None:
            chosen = chosen.but(acquisition=acquisition)
        return self._in_search.score(chosen.acquisition)

    @property
    def chance_to_beat_best(self) -> Floats:
        """Probability that a point keeps all limits and is better than the best measured sample,
        shape (N,); with several goals, that no sample is at least as good in all of them. NaN
        where nothing is measured."""
        return self._in_search.chance

    @property
    def chance_to_work(self) -> Floats:
        """Probability that a sample does not fail, shape (N,); 1 where none has failed."""
        return self._joint.works

    @property
    def components(self) -> tuple[dict[str, Any], ...]:
        """The hyperparameter samples over which is averaged, the heaviest first: ``weight``,
        ``kernel``, ``length_scales`` in the inputs' units, and on the model scale ``signal_sd``,
        ``noise_sd`` and ``mean``.

        One that hears older data has a ``source``: of each of their points the ``correlation``
        with the target, its value about their level as the target would have it (``values``) and
        its ``noise_sd``; and the positions of those measured values that it takes for blunders
        (``apart``), whose noise variance it has a million times.

        Raises:
            UsageError: there are several targets; name one, as in ``p["y"].components``.
        """
        self._only()
        return components_of(self._joint.processes(0), self._strategy, self._search.encoder)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a careful assistant would mention of the model."""
        return self._search.notices(self._joint.model.fitted)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per point: formula where it is known, inputs, mean, sd, and low and high of the
        95 % interval (of several targets each with its name, ``y mean``), the chance to beat the
        best where it can be told, and to work where samples have failed."""
        import pandas as pd  # on demand: the shell never needs it

        space, names = self._spec.space, [target.name for target in self.targets]
        taken = taken_names(self._spec)
        rows = [space.named(row) for row in self.points]
        columns: dict[str, Any] = {name: [row[name] for row in rows] for name in space.names}
        low, high = self.interval()
        parts = [np.reshape(each, (len(self), -1)) for each in (self.mean, self.sd, low, high)]
        for j, name in enumerate(names):
            for key, values in zip(PREDICTED, parts, strict=True):
                columns[free(key if len(names) == 1 else f"{name} {key}", taken)] = values[:, j]
        with suppress(NotInPoolError):  # known targets are told of candidates alone
            columns[free("chance_to_beat_best", taken)] = self.chance_to_beat_best
        if self._search.histories[0].trials.failed:
            columns[free("chance_to_work", taken)] = self.chance_to_work
        found = pd.DataFrame(columns)
        with suppress(NotInPoolError):  # listed formulas are known of candidates alone
            made = composed(space, self.points)
            if space.chemistry is not None and "formula" not in taken:
                found.insert(0, "formula", made.formulas)
        return found

    def _repr_html_(self) -> str:
        frame, names = self.frame, ", ".join(target.name for target in self.targets)
        title = _("Posterior of {names} at {n} points").format(names=names, n=len(self))
        what = _("the next measurement") if self._measured else _("the value without noise")
        header = [str(name) for name in frame]
        table = markup.grid(header, frame.to_numpy(dtype=object).tolist(), _("{n} more rows."))
        return markup.block(title, markup.lines([what]), table, markup.lines(self.notices))

    def predicted(self, i: int) -> dict[str, Predicted]:
        """{target: prediction} of point ``i``, 0 .. N-1: its next measurement, and the function."""
        return self.predictions([i])[0]

    def predictions(self, points: Sequence[int] | None = None) -> list[dict[str, Predicted]]:
        """The same of several points, 0 .. N-1 each, by default of all, in one pass."""
        at = np.arange(len(self)) if points is None else np.array(points, dtype=np.int64)
        names = reported_phases(self._search.state.measurements).values()
        each = {}
        for j, target in enumerate(self.targets):
            moments = [part[at, j] for part in self._joint.moments]
            law = self._joint.laws[j].at(at[None])
            each[target.name] = predictions_of(target, moments, law, names)
        return [{name: told[k] for name, told in each.items()} for k in range(len(at))]

    def plot(self, title: str = "") -> Figure:
        """A picture of the mean with its sd, and of the measured samples among the points.

        Raises:
            UsageError: there are several targets; name one, as in ``p["y"].plot()``.
            TableError: no input varies over the points.
        """
        from tansaku.campaign.posterior_figure import posterior_figure  # on demand: matplotlib

        self._only()
        there = self.on_model_scale
        return posterior_figure(self._search, self.points, there.mean, there.sd, title)

    @property
    def joint(self) -> JointPosterior:
        """What the engine believes of the points, on the model scale, costs and targets that are
        known beforehand included: for what is built on posteriors."""
        return self._in_search

    @property
    def strategy(self) -> Strategy:
        """Whose model it is."""
        return self._strategy

    @property
    def places(self) -> Mapping[str, int]:
        """{target: where it stands among the outcomes of :attr:`joint`}."""
        asked = self._spec.targets if self.joint is not self._joint else self.targets
        return {target.name: j for j, target in enumerate(asked)}

    @property
    def search(self) -> CampaignSearch:
        """The campaign as the engine sees it, with the targets that are measured."""
        return self._search

    @property
    def _sd(self) -> Floats:
        moments = self._joint.moments
        return moments.measured_sd if self._measured else moments.sd

    @cached_property
    def _in_search(self) -> JointPosterior:
        """The beliefs beside what is known of the points beforehand, and what they cost."""
        spec = self._spec
        if spec.cost is None and spec.targets == self.targets:
            return self._joint
        search = CampaignSearch.of(spec, self._search.state, self._strategy)
        return self._joint.beside(_over(search, self.points))

    def _each(self, one: Callable[[int, Target], Floats]) -> Floats:
        """Of each target, as the last axis; without it where there is one."""
        found = [one(j, target) for j, target in enumerate(self.targets)]
        return found[0] if len(found) == 1 else np.stack(found, -1)

    def _told(self, target: Target, model: Floats) -> Floats:
        """Model values as they are told."""
        return target.sign * model if self._on_model_scale else from_model(target, model)

    def _bound(self, target: Target, value: float | Floats) -> Floats:
        """A limit on the model scale; of log10 nothing lies below 0."""
        values = np.asarray(value, dtype=np.float64)
        if np.isnan(values).any():
            raise UsageError(
                _("{name} = {value!r} is no number.").format(name=target.name, value=value),
                _("Write for example probability(above=0.5)."),
            )
        if target.scale is Scale.LOG10 and not self._on_model_scale:
            values = np.where(
                values > 0, np.log10(np.maximum(values, np.finfo(float).tiny)), -np.inf
            )
        return target.sign * values

    def _by_target(self, given: Bound | None) -> dict[str, float | Floats]:
        """{target: limit}."""
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            return {self._only().name: given}
        return {one_of(self.targets, name).name: value for name, value in given.items()}

    def _only(self) -> Target:
        """The only target."""
        if len(self.targets) > 1:
            names = ", ".join(target.name for target in self.targets)
            raise UsageError(
                _("This posterior is of several targets: {names}.").format(names=names),
                _("Name one, as in p['{name}'].").format(name=self.targets[0].name),
            )
        return self.targets[0]

    def _like(self, other: Posterior) -> Posterior:
        """A copy of another one that is told as this one is."""
        found = Posterior(other._spec, other._search, other._strategy, other._joint, other.points)
        found._measured, found._on_model_scale = self._measured, self._on_model_scale
        return found


def one_of(targets: Sequence[Target], name: str) -> Target:
    """The target of this name.

    Raises:
        UsageError: there is none; names those there are.
    """
    found = next((target for target in targets if target.name == name), None)
    if found is None:
        raise UsageError(
            _("'{name}' is no target that is measured.").format(name=name),
            _("The targets are: {names}.").format(names=", ".join(t.name for t in targets)),
        )
    return found


def _measured_only(spec: CampaignSpec) -> CampaignSpec:
    """The campaign without costs and without targets that are known beforehand."""
    targets = measured_targets(spec.targets)
    if not targets:
        raise UsageError(
            _("All of the targets {names} are known beforehand.").format(
                names=", ".join(target.name for target in spec.targets)
            ),
            _("A posterior tells of what has to be measured."),
        )
    return spec.model_copy(update={"targets": targets, "cost": None})


def _over(search: CampaignSearch, points: Floats) -> Joint:
    """The search with the points as its candidates, none of them taken."""
    listing = Listing(points, _labels(search.spec, points), {})
    taken, pending = np.zeros((1, len(points)), dtype=np.bool_), np.zeros((1, 0), dtype=np.int64)
    return search.joint(listing, taken, pending)


def _labels(spec: CampaignSpec, points: Floats) -> Ints | None:
    """``pool_row`` of each point, where something is looked up by it; else ``None``.

    Raises:
        NotInPoolError: a point is no candidate.
    """
    space, looked_up = spec.space, {spec.cost, *(t.name for t in spec.targets if t.known)}
    if not looked_up & {*(spec.known or {})}:
        return None
    if points is space.matrix:
        return space.labels
    return np.array([space.locate(space.named(row)).label for row in points], dtype=np.int64)

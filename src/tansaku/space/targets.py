"""Targets: what is wanted, and the way between the target's own unit and the model scale."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from pydantic import Field, model_validator

from tansaku.design import Bools, Direction, Floats, Want
from tansaku.errors import CellError, UsageError
from tansaku.language import _
from tansaku.space.parameters import LARGEST
from tansaku.space.predictions import INTERVAL_Z, Interval, Predicted
from tansaku.space.scale import Scale
from tansaku.space.target_words import read_word
from tansaku.spec import Spec

DECADES = (-300.0, 300.0)
"""What is told of a log10 target lies between: a number holds no more."""


class Goal(StrEnum):
    """What is wanted of a target."""

    MAX = "max"
    MIN = "min"
    MATCH = "match"
    KEEP = "keep"


def _is_none(value: object) -> bool:
    """What was not said is not written: older documents stay as they are."""
    return value is None


class Target(Spec):
    """A measured property and what is wanted of it.

    Attributes:
        name: The column's name.
        goal: max, min, match ``value``, or keep: nothing but the limits ``low`` and ``high``.
        value: The value to match, in ``unit``; only with goal match.
        tolerance: Distance from ``value``, in ``unit``, up to which a value is as good as it.
        low: It has to be at least this, in ``unit``.
        high: It has to be at most this, in ``unit``.
        useful: In ``unit``: worthless at the first, perfect at the second (desirability).
        weight: Preference among several goals; 1 where none is said.
        known: Its value is known of every candidate beforehand (a price, a footprint): a column
            that is filled in every row.
        scale: ``linear`` or ``log10``: the scale on which it is modelled.
        unit: Unit as text, empty where none is known.

    Example:
        >>> target = Target.parse("sigma:max:log10")
        >>> target.to_model(np.array([1e-5])).tolist()
        [-5.0]
        >>> Target.parse("density:>=0.85").low, Target.parse("gap:=25+-2").tolerance
        (0.85, 2.0)
    """

    name: str
    goal: Goal = Goal.MAX
    value: float | None = None
    tolerance: float | None = Field(default=None, gt=0, exclude_if=_is_none)
    low: float | None = Field(default=None, exclude_if=_is_none)
    high: float | None = Field(default=None, exclude_if=_is_none)
    useful: tuple[float, float] | None = Field(default=None, exclude_if=_is_none)
    weight: float | None = Field(default=None, gt=0, exclude_if=_is_none)
    known: bool | None = Field(default=None, exclude_if=_is_none)
    scale: Scale = Scale.LINEAR
    unit: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Target:
        if (self.goal is Goal.MATCH) != (self.value is not None):
            raise UsageError(
                _("Target '{name}': a value belongs to goal 'match', and only to it.").format(
                    name=self.name
                ),
                _("Write {name}:=25 to match 25.").format(name=self.name),
            )
        rules = (
            (
                self.tolerance is None or self.goal is Goal.MATCH,
                _("Target '{name}': a tolerance belongs to goal 'match', and only to it."),
                _("Write {name}:=25+-2 to match 25 within 2."),
            ),
            (
                self.goal is not Goal.KEEP or self.limited,
                _("Target '{name}' has to keep a limit, and none is given."),
                _("Write {name}:>=0.85, {name}:<=5 or both."),
            ),
            (
                self.low is None or self.high is None or self.low < self.high,
                _("Target '{name}': no value is at least {low:g} and at most {high:g}."),
                _("Give a lower limit that is below the upper one."),
            ),
            (
                self.useful is None or self._ordered(*self.useful),
                _("Target '{name}': the range from worthless to perfect does not fit its goal."),
                _("Write {name}:max:0.6..0.95, or {name}:min:200..100: first worthless."),
            ),
            (
                self.goal is not Goal.KEEP or self.weight is None,
                _("Target '{name}' has only limits to keep, so a weight says nothing."),
                _("Give weights to targets with max, min or a value."),
            ),
        )
        words = {"name": self.name, "low": self.low or 0.0, "high": self.high or 0.0}
        for holds, message, hint in rules:
            if not holds:
                raise UsageError(message.format(**words), hint.format(**words))
        self._check_logarithms()
        return self

    def _ordered(self, worthless: float, perfect: float) -> bool:
        if self.goal is Goal.MAX:
            return worthless < perfect
        return self.goal is Goal.MIN and worthless > perfect

    def _check_logarithms(self) -> None:
        """See that every stated value has its place on a log10 scale."""
        if self.scale is not Scale.LOG10:
            return
        if self.value is not None and self.value <= 0:
            raise UsageError(
                _("Target '{name}': log10 of the wanted value {value:g} does not exist.").format(
                    name=self.name, value=self.value
                ),
                _("Match a positive value, or use the linear scale."),
            )
        lowest = None if self.value is None else self.value - (self.tolerance or 0.0)
        for stated in (self.low, self.high, lowest, *(self.useful or ())):
            if stated is not None and stated <= 0:
                raise UsageError(
                    _("Target '{name}': {value:g} has no log10, as it is not above 0.").format(
                        name=self.name, value=stated
                    ),
                    _("Give a value above 0, or use the linear scale."),
                )

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read ``name[:max|min|keep|=value[+-tolerance]][:>=low][:<=high][:log10|linear]``, and for
        several targets ``:weight=2``, ``:worthless..perfect`` and ``:known``.

        With limits and no other goal the target only has to keep them.

        Raises:
            UsageError: an empty name or a word that is none of these.
        """
        name, *words = (part.strip() for part in text.split(":"))
        fields: dict[str, object] = {}
        for word in words:
            found = read_word(word)
            if not found or found.keys() & fields.keys():
                raise UsageError(
                    _("Target '{text}': the word '{word}' is not understood.").format(
                        text=text, word=word
                    )
                    if not found
                    else _("Target '{text}': '{word}' says a second time what was said.").format(
                        text=text, word=word
                    ),
                    _(
                        "Write name[:max|min|=value][:log10], for example sigma:max:log10;"
                        " a limit as density:>=0.85, a tolerance as gap:=25+-2."
                    ),
                )
            fields |= found
        if not name:
            raise UsageError(
                _("Target '{text}' has no name.").format(text=text),
                _("Write name[:max|min|=value][:log10], for example sigma:max:log10."),
            )
        if "goal" not in fields and fields.keys() & {"low", "high"}:
            fields["goal"] = Goal.KEEP
        return cls(name=name, **fields)  # type: ignore[arg-type]

    @classmethod
    def of(
        cls,
        target: str | Target,
        *,
        goal: str = "max",
        scale: str = "linear",
        value: float | None = None,
        unit: str = "",
    ) -> Target:
        """A target from its parts; a whole one stays as it is, also as text (``cost:min``).

        Raises:
            UsageError: an unknown goal or scale, or one beside a whole target.
        """
        if isinstance(target, Target):
            return target
        target = str(target)
        if ":" in target and (whole := cls._whole(target)):
            if (goal, scale, value, unit) != ("max", "linear", None, ""):
                raise UsageError(
                    _(
                        "Target '{text}' says what is wanted, and so do the arguments beside it."
                    ).format(text=target),
                    _(
                        "Say it once: target='{name}' with goal= and scale=, or the whole alone."
                    ).format(name=whole.name),
                )
            return whole
        for given, known, noun in (
            (goal, [g.value for g in Goal], _("goal")),
            (scale, [s.value for s in Scale], _("scale")),
        ):
            if given not in known:
                raise UsageError(
                    _("Unknown {kind} '{name}'.").format(kind=noun, name=given),
                    _("Known: {names}.").format(names=", ".join(known)),
                )
        return cls(name=target, goal=Goal(goal), scale=Scale(scale), value=value, unit=unit)

    @classmethod
    def _whole(cls, text: str) -> Target | None:
        """The target where every word behind the name is one; else the text is a name with a colon
        in it."""
        words = [part.strip() for part in text.split(":")[1:]]
        return cls.parse(text) if all(map(read_word, words)) else None

    def __str__(self) -> str:
        """As written in the shell; :meth:`parse` reads it back (the unit apart)."""
        words = [self.name]
        if self.goal is Goal.MATCH:
            within = "" if self.tolerance is None else f"+-{self.tolerance!r}"
            words.append(f"={self.value!r}{within}")
        elif self.goal is not Goal.KEEP:
            words.append(self.goal.value)
        words += [] if self.low is None else [f">={self.low!r}"]
        words += [] if self.high is None else [f"<={self.high!r}"]
        words += [] if self.useful is None else ["..".join(map(repr, self.useful))]
        words += [] if self.weight is None else [f"weight={self.weight!r}"]
        words += ["known"] if self.known else []
        return ":".join([*words, *(["log10"] if self.scale is Scale.LOG10 else [])])

    @property
    def limited(self) -> bool:
        """Whether it has to keep a limit."""
        return self.low is not None or self.high is not None

    @property
    def plain(self) -> bool:
        """Whether it is nothing but a value to maximise, minimise or match, to be measured."""
        return not (
            self.limited or self.tolerance or self.known or self.useful or self.goal is Goal.KEEP
        )

    @property
    def direction(self) -> Direction:
        """What the engine is to do with model-scale values."""
        return Direction.MATCH if self.goal is Goal.MATCH else Direction.MAXIMISE

    @property
    def sign(self) -> float:
        """-1 where the target is minimised, else 1."""
        return -1.0 if self.goal is Goal.MIN else 1.0

    def to_model(self, values: Floats) -> Floats:
        """Values in the target's unit -> model scale, any shape.

        Raises:
            CellError: log10 of a value <= 0 (positions in the message count from 0), or a value
                beyond ``LARGEST``.
        """
        if self.scale is Scale.LOG10:
            bad = np.flatnonzero(values <= 0)  # NaN is not measured
            if bad.size:
                raise CellError(
                    _(
                        "Target '{name}' is on a log10 scale but is not above 0 in rows {rows}."
                    ).format(name=self.name, rows=", ".join(str(i) for i in bad[:10])),
                    _("Correct or empty these cells, or use the linear scale."),
                )
            values = np.log10(values)
        if (np.abs(values) >= LARGEST).any():  # False for NaN, too
            raise CellError(
                _("{value:g} is given for '{name}': nothing can be computed with that.").format(
                    value=float(values[np.abs(values) >= LARGEST].flat[0]), name=self.name
                ),
                _("Correct the number, or give all values in a larger unit."),
            )
        return self.sign * values

    def sd_to_model(self, sd: float, value: float) -> float:
        """The sd that was stated with a value -> model scale; on log10 that of the log-normal law
        with this mean and sd.

        Raises:
            CellError: it is not above 0, or beyond ``LARGEST`` (on log10 times the value).
        """
        share = sd / value if self.scale is Scale.LOG10 and value > 0 else sd
        if not 0 < share < LARGEST:
            raise CellError(
                _("The sd of {name} is given as {sd:g}.").format(name=self.name, sd=sd),
                _("An sd is a number above 0, in the target's unit; a limit has none."),
            )
        if self.scale is Scale.LINEAR:
            return sd
        return math.sqrt(math.log1p(share**2)) / math.log(10)

    def match_on_model_scale(self) -> float:
        """The wanted value on the model scale, the middle of what is as good; 0 where nothing is to
        be matched."""
        return sum(self._window()) / 2

    def tolerance_on_model_scale(self) -> float:
        """Half the width of what is as good as the wanted value."""
        low, high = self._window()
        return abs(high - low) / 2

    def _window(self) -> tuple[float, float]:
        """The ends of what is as good as the wanted value, on the model scale."""
        if self.value is None:
            return 0.0, 0.0
        within = self.tolerance or 0.0
        ends = self.to_model(np.array([self.value - within, self.value + within]))
        return float(ends[0]), float(ends[1])

    def score(self, values: Floats) -> Floats:
        """How good values in the target's unit are, on the model scale; larger is better. Of a
        target with nothing but limits, minus the distance to them."""
        model = self.to_model(values)
        if self.goal is Goal.MATCH:
            off = np.abs(model - self.match_on_model_scale()) - self.tolerance_on_model_scale()
            return -np.maximum(off, 0.0)
        if self.goal is not Goal.KEEP:
            return model
        want = self.want()
        low = -np.inf if want.lower is None else want.lower
        high = np.inf if want.upper is None else want.upper
        return -np.maximum(np.maximum(low - model, model - high), 0.0)

    def keeps(self, values: Floats) -> Bools:
        """Which values in the target's unit keep its limits; any shape, False where NaN."""
        inside = ~np.isnan(values)
        if self.low is not None:
            inside = inside & (values >= self.low)
        if self.high is not None:
            inside = inside & (values <= self.high)
        return np.asarray(inside, dtype=np.bool_)

    def want(self, reference: float | None = None, known: Floats | None = None) -> Want:
        """What is wanted, as the engine for several outcomes sees it.

        Args:
            reference: What an objective has to beat to count, in the target's unit.
            known: Values of all candidates, in the target's unit, where they are known.
        """
        limits = [
            None if stated is None else float(self.to_model(np.array(stated)))
            for stated in (self.low, self.high)
        ]
        useful = None if self.useful is None else self.to_model(np.array(self.useful)).tolist()
        return Want(
            direction=None if self.goal is Goal.KEEP else self.direction,
            match=self.match_on_model_scale(),
            tolerance=self.tolerance_on_model_scale(),
            lower=limits[0] if self.sign > 0 else limits[1],
            upper=limits[1] if self.sign > 0 else limits[0],
            reference=None if reference is None else float(self.score(np.array(reference))),
            weight=self.weight or 1.0,
            useful=None if useful is None else (useful[0], useful[1]),
            known=None if known is None else self.to_model(known),
        )

    def in_unit(self, model: float) -> float:
        """A model-scale value in the target's unit."""
        return float(from_model(self, np.asarray(model)))

    def interval(self, mean: float, sd: float, ends: tuple[float, float] | None = None) -> Interval:
        """Model-scale mean, sd and ends of the 95 % interval, those of a normal law where they are
        not told -> how well that is known, in the target's unit."""
        m, half = self.sign * mean, INTERVAL_Z * sd
        low, high = sorted(map(self.in_unit, ends or (mean - half, mean + half)))
        if self.scale is Scale.LINEAR:
            return Interval(sd=sd, low=low, high=high)
        width = (_power(m + sd) - _power(m - sd)) / 2
        return Interval(sd=width, low=low, high=high, log10_sd=sd)

    def predicted(self, measured: Interval, mean: float, function: Interval) -> Predicted:
        """How well the next measurement is known, model-scale mean and how well the function is
        known -> a prediction in the target's unit."""
        return Predicted(
            **dict(measured),
            mean=self.in_unit(mean),
            unit=self.unit,
            log10_mean=None if self.scale is Scale.LINEAR else self.sign * mean,
            function=function,
        )


def from_model(target: Target, model: Floats) -> Floats:
    """Values on the model scale in the target's unit, any shape; undoes ``Target.to_model``."""
    turned = target.sign * model
    if target.scale is Scale.LINEAR:
        return turned
    return np.asarray(10.0 ** np.clip(turned, *DECADES))


def _power(decades: float) -> float:
    """10 to this, within ``DECADES``."""
    return float(10.0 ** np.clip(decades, *DECADES))

"""Figures: numbers as people read them, without losing what they mean."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from tansaku import language
from tansaku.language import _

if TYPE_CHECKING:
    from tansaku.space import InPhase, Interval, Predicted

SD_DIGITS: Final = 2
"""Significant digits of an uncertainty (JCGM 100:2008, 7.2.6)."""

FEWEST_DIGITS: Final = 3
MOST_DIGITS: Final = 8
"""Significant digits of a mean: enough to tell candidates apart where the sd is wide, and no more
than a measurement has where it is narrow."""

FIXED: Final = (1e-3, 1e6)
"""Numbers within are written without an exponent."""


SIGNS: Final[Mapping[str | None, str]] = {"below": "<", "above": ">"}
"""{side on which the truth lies: the sign of such a limit}."""


def number(value: float) -> str:
    """A value as it was given: up to 12 digits, so that 0.30000000000000004 reads 0.3.

    >>> number(2.56e-5), number(0.1 + 0.2), number(1300.0)
    ('2.56e-05', '0.3', '1300')
    """
    return f"{value:.12g}"


def setting(value: float | str) -> str:
    """An input as it was given: a number, or the name of a choice.

    >>> setting(0.1 + 0.2), setting("Ar")
    ('0.3', 'Ar')
    """
    return value if isinstance(value, str) else number(value)


def where(inputs: Mapping[str, float | str], formula: str | None = None) -> str:
    """Inputs in one line, the formula behind them where it is known.

    >>> where({"x": 0.25, "gas": "Ar"}), where({"x": 0.25}, "Li2O")
    ('x=0.25, gas=Ar', 'x=0.25: Li2O')
    """
    line = ", ".join(f"{name}={setting(value)}" for name, value in inputs.items())
    return line if formula is None else f"{line}: {formula}"


def cause(why: str | None, amount: float | None) -> str:
    """Why a sample failed, with how much of that there was.

    >>> cause("secondary phase", 0.12), cause("cracked", None), cause(None, None)
    ('secondary phase 12 %', 'cracked', '')
    """
    if why is None:
        return ""
    return why if amount is None else f"{why} {percent(amount)}"


def count(value: int | None) -> str:
    """A number of candidates, or a label; ``-`` where there is none.

    >>> count(12), count(None)
    ('12', '-')
    """
    return "-" if value is None else str(value)


def measured(value: float, limit: str | None = None) -> str:
    """A result, to 6 significant digits; one that is known as a limit with its sign.

    >>> measured(2.56e-5), measured(1e-8, "below")
    ('2.56e-05', '<1e-08')
    """
    return f"{SIGNS.get(limit, '')}{value:.6g}"


def size(n: int) -> str:
    """Bytes, as a folder shows them.

    >>> size(12), size(34_567), size(1_234_567)
    ('12 B', '35 kB', '1.2 MB')
    """
    if n < 1000:
        return f"{n} B"
    return f"{n / 1000:.0f} kB" if n < 10**6 else f"{n / 10**6:.1f} MB"


def minute(at: datetime) -> str:
    """A time as people of this place read it."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def with_sd(mean: float, sd: float, unit: str = "") -> str:
    """``mean ± sd unit``, the mean to the last place of the sd.

    >>> with_sd(2.561e-5, 3.14e-6, "S/cm")
    '2.56e-05 ± 3.1e-06 S/cm'
    >>> with_sd(12.3456, 0.234)
    '12.35 ± 0.23'
    """
    text = f"{rounded(mean, sd)} ± {_digits(sd, SD_DIGITS)}"
    return f"{text} {unit}".strip()


def expected(predicted: Predicted | InPhase, unit: str = "") -> str:
    """A prediction with its sd, on a log10 scale as a factor."""
    from tansaku.insight.reasons import as_factor

    if predicted.log10_sd is None:
        return with_sd(predicted.mean, predicted.sd, unit)
    return (
        f"{rounded(predicted.mean, predicted.sd)} {unit} {as_factor(predicted.log10_sd)}".replace(
            "  ", " "
        )
    )


def interval(predicted: Interval | Predicted | InPhase) -> str:
    """Between which bounds it lies."""
    return _("{low} to {high}").format(
        low=rounded(predicted.low, predicted.sd), high=rounded(predicted.high, predicted.sd)
    )


def prediction(target: str, predicted: Predicted) -> str:
    """What is expected of a target, and within which bounds; what 0.1.0 stored bounds the value
    alone."""
    text = (
        _("{target}: {expected}; the value without noise {interval} (95 %)")
        if predicted.function is None
        else _(
            "{target}: {expected}; the next measurement {interval}, the value without noise"
            " {function} (95 %)"
        )
    )
    return text.format(
        target=target,
        expected=expected(predicted, predicted.unit),
        interval=interval(predicted),
        function=interval(predicted.function or predicted),
    )


def rounded(value: float, sd: float) -> str:
    """A value to the last place that its sd leaves meaningful."""
    if not value or not sd:
        return measured(value)
    places = math.floor(math.log10(abs(value))) - math.floor(math.log10(sd)) + SD_DIGITS
    return _digits(value, min(max(places, FEWEST_DIGITS), MOST_DIGITS))


def percent(share: float | None) -> str:
    """A probability, or that it is not known.

    >>> percent(0.237), percent(0.0004), percent(None)
    ('24 %', '< 1 %', '-')
    """
    return "-" if share is None else language.percent(share)


def _digits(value: float, digits: int) -> str:
    """``value`` to so many significant digits, trailing zeros kept."""
    if value == 0:
        return "0"
    low, high = FIXED
    size = float(f"{abs(value):.{digits - 1}e}")  # rounding may carry into the next decade
    if not low <= size < high:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(digits - 1 - math.floor(math.log10(size)), 0)}f}"

"""Labels of axes and colour bars: quantity, unit and scale, with proper exponents.

A label with a formula is drawn in one font only, so formulas are used where the first font of the
list has all the other characters; else the label is plain text, in which fonts help each other out.
"""

from __future__ import annotations

import re

from tansaku.language import _
from tansaku.plots.fonts import families, has_all
from tansaku.space import Parameter, Scale, Target

_SUPERSCRIPT = dict(zip("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789", strict=True))
_SUBSCRIPT = dict(zip("₊₋₀₁₂₃₄₅₆₇₈₉", "+-0123456789", strict=True))
_RAISED = re.compile(f"[{''.join(_SUPERSCRIPT)}]+")
_LOWERED = re.compile(f"[{''.join(_SUBSCRIPT)}]+")
_EXPONENT = re.compile(r"(?<=[A-Za-zμΩ°])\^?([-−+]?[0-9]+)(?![0-9A-Za-z])")
_ACQUISITIONS = {
    "pi": "PI",
    "ei": "EI",
    "log_ei": "log EI",
    "ucb": "UCB",
}


def of_input(parameter: Parameter) -> str:
    """Label of an input's axis."""
    return _quantity(parameter.name, parameter.unit)


def of_target(target: Target) -> str:
    """Label of the target on its scale: ``log10(sigma / S cm-1)`` or ``sigma / S cm-1``."""
    return _quantity(target.name, target.unit, log10=target.scale is Scale.LOG10)


def of_sd(target: Target) -> str:
    """Label of a standard deviation on the target's scale."""
    if target.scale is Scale.LOG10:
        return _("sd (decades)")
    return _quantity(_("sd"), target.unit)


def of_acquisition(name: str) -> str:
    """Label of an acquisition's axis or colour bar."""
    words = {"thompson": _("Thompson sample"), "variance": _("predicted variance")} | _ACQUISITIONS
    return _("acquisition: {name}").format(name=words.get(name, escaped(name)))


def escaped(text: str) -> str:
    """Any text as it is, also where it holds a dollar sign, which would begin a formula."""
    return text.replace("$", r"\$")


def _quantity(name: str, unit: str, *, log10: bool = False) -> str:
    shown = _without_unit(name, unit)
    if has_all(families()[0], _plain_part(shown + unit)):
        label = f"{_formulas(shown)} / {_unit(unit)}" if unit else _formulas(shown)
        return rf"$\log_{{10}}$({label})" if log10 else label
    label = escaped(f"{shown} / {_enclosed(unit)}" if unit else shown)
    return f"log₁₀({label})" if log10 else label


def _without_unit(name: str, unit: str) -> str:
    """The name without the bracket that holds the unit, which stands behind the stroke instead."""
    closing = rf"\s*[\[(［（]\s*{re.escape(unit)}\s*[\])］）]\s*$"
    return (unit and re.sub(closing, "", name)) or name


def _unit(unit: str) -> str:
    """A unit whose exponents are raised: ``S cm-1``, ``S cm^-1`` and ``S cm⁻¹`` look the same."""
    raised = _EXPONENT.sub(lambda m: f"$^{{{m[1].replace('−', '-')}}}$", _formulas(unit))
    return _enclosed(raised)


def _enclosed(unit: str) -> str:
    """A unit behind a stroke; one that has a stroke itself goes into brackets."""
    return f"({unit})" if "/" in unit else unit


def _formulas(text: str) -> str:
    """Raised and lowered digits as formulas; IPAexGothic does not have them all."""
    text = _RAISED.sub(lambda m: f"$^{{{_read(m[0], _SUPERSCRIPT)}}}$", escaped(text))
    return _LOWERED.sub(lambda m: f"$_{{{_read(m[0], _SUBSCRIPT)}}}$", text)


def _plain_part(text: str) -> str:
    return _LOWERED.sub("", _RAISED.sub("", text))


def _read(text: str, digits: dict[str, str]) -> str:
    return "".join(digits[c] for c in text)

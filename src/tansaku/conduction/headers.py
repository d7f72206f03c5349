"""Headers: which unit, logarithm or temperature the name of a column states."""

from __future__ import annotations

import re
from typing import Final

from tansaku.conduction.measured_units import Kind, Quantity, Unit, as_log10
from tansaku.errors import DataError
from tansaku.language import _

_OPENING: Final = re.compile(r"[\[(［（/_,\s]")
_CLOSING: Final = " \u3000)]）］"
_LOGARITHM: Final = re.compile(r"\s*(log10|log_10|log₁₀|lg|log)(?![a-z])", re.IGNORECASE)
_NATURAL: Final = re.compile(r"\s*ln(?![a-z])", re.IGNORECASE)
_PRODUCT: Final = re.compile(r"(?:σ|[Ss]igma|κ|導電率)[\s_·⋅*×.]*T(?![A-Za-z0-9]|\s*[=0-9])")
_TEMPERATURE: Final = re.compile(
    r"(?<![0-9A-Za-z.])([+\-−－]?[0-9０-９]+(?:[.．][0-9０-９]+)?\s*(?:℃|[°º]\s?C|deg\s?C|C|Ｃ|K|Ｋ))"
    r"(?![A-Za-z0-9])"
)


def unit_of_header(header: str, kind: Kind) -> Unit | None:
    """The unit that ends a header, behind a bracket, a stroke or an underscore; None for none.

    Raises:
        DataError: a natural logarithm, or sigma times T, which would be read as sigma.

    Example:
        >>> [unit_of_header(h, Kind.CONDUCTIVITY).name
        ...     for h in ("sigma (S/cm)", "σ / mS cm⁻¹", "k_mS_cm", "log10 sigma [S/cm]")]
        ['S/cm', 'mS/cm', 'mS/cm', 'log10(S/cm)']
    """
    if _NATURAL.match(header):
        raise DataError(
            _("The column '{name}' holds natural logarithms.").format(name=header),
            _("Give the values themselves, or their log10."),
        )
    if kind is Kind.CONDUCTIVITY and _PRODUCT.search(header):
        raise DataError(
            _("The column '{name}' holds sigma times T.").format(name=header),
            _("Give sigma itself; with --convention sigma_T the product is made of it."),
        )
    logarithm = kind is Kind.CONDUCTIVITY and _LOGARITHM.match(header) is not None
    for opening in _OPENING.finditer(header):  # from the left: "S/cm" before "cm"
        unit = _unit(header[opening.end() :].strip(_CLOSING), kind)
        if unit is not None:
            return as_log10(unit) if logarithm and not unit.log10 else unit
    return None


def temperature_of_header(header: str) -> float | None:
    """The one temperature in K that a header names (``σ(25 ℃) / S cm-1``); None for none or two.

    Example:
        >>> temperature_of_header("25 degC"), temperature_of_header("sigma 300K [S/cm]")
        (298.15, 300.0)
        >>> temperature_of_header("x_Si") is None
        True
    """
    found = _TEMPERATURE.findall(header.replace("_", " "))
    if len(found) != 1:
        return None
    return Quantity.parse(found[0], Kind.TEMPERATURE).value


def _unit(text: str, kind: Kind) -> Unit | None:
    """The unit, also written with underscores for strokes, as in ``sigma_S_cm``."""
    for spelling in dict.fromkeys((text, text.replace("_", "/"))):
        try:
            return Unit.parse(spelling, kind)
        except DataError:
            continue
    return None

"""Between the scientist's units and the encoded columns that the mathematics sees, both ways."""

from tansaku.encode.encoder import Encoder, encoder_for
from tansaku.encode.formula_columns import ENCODINGS, Columns, FormulaColumns
from tansaku.encode.one_hot import OneHot
from tansaku.encode.profile_columns import ProfileColumns
from tansaku.encode.settable_region import region_of
from tansaku.encode.shared import Comparison, OtherSystem, SharedColumns

__all__ = [
    "ENCODINGS",
    "Columns",
    "Comparison",
    "Encoder",
    "FormulaColumns",
    "OneHot",
    "OtherSystem",
    "ProfileColumns",
    "SharedColumns",
    "encoder_for",
    "region_of",
]

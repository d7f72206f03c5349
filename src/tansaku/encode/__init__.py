"""Between the scientist's units and the encoded columns that the mathematics sees, both ways."""

from tansaku.encode.encoder import ENCODINGS, Encoder, encoder_for
from tansaku.encode.formula_columns import FORMULA_ENCODINGS, FormulaColumns
from tansaku.encode.grids import GridBlocks, region_of
from tansaku.encode.one_hot import OneHot

__all__ = [
    "ENCODINGS",
    "FORMULA_ENCODINGS",
    "Encoder",
    "FormulaColumns",
    "GridBlocks",
    "OneHot",
    "encoder_for",
    "region_of",
]

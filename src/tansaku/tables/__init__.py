"""Tables as labs keep them: read from CSV and Excel, understood with cell-level messages.

The only room below the campaign that imports pandas.
"""

from tansaku.tables.formulas import understand_formulas, weighed_masses, with_inputs
from tansaku.tables.read import Table, open_table, read_table
from tansaku.tables.reading import CellReading, Outcome
from tansaku.tables.settled import results_at
from tansaku.tables.understand import Reading, Result, Results, results, understand

__all__ = [
    "CellReading",
    "Outcome",
    "Reading",
    "Result",
    "Results",
    "Table",
    "open_table",
    "read_table",
    "results",
    "results_at",
    "understand",
    "understand_formulas",
    "weighed_masses",
    "with_inputs",
]

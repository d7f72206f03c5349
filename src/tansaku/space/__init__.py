"""What may be varied and wanted, in the scientist's units."""

from tansaku.space.chemistry import Chemistry, CompositionTemplate, ListedFormulas, chemistry_of
from tansaku.space.column_roles import ColumnRoles, Comma
from tansaku.space.composed import (
    Composed,
    amounts_at,
    composed,
    composed_at,
    inputs_of_formula,
    read_off_formula,
)
from tansaku.space.conditions import EVERYTHING, Allowed, Condition
from tansaku.space.constraints import Constraint
from tansaku.space.left_out import left_out
from tansaku.space.parameters import (
    Categorical,
    Continuous,
    Discrete,
    Numeric,
    Parameter,
    Settable,
    Stepped,
)
from tansaku.space.pools import FreePool, GridPool, ListedPool
from tansaku.space.predictions import BriefPrediction, InPhase, Interval, Predicted
from tansaku.space.profile import Profile
from tansaku.space.projected import projectable, projected
from tansaku.space.quantity import Quantity
from tansaku.space.scale import Scale
from tansaku.space.space import Place, Space
from tansaku.space.targets import Goal, Target
from tansaku.space.values import Value

__all__ = [
    "EVERYTHING",
    "Allowed",
    "BriefPrediction",
    "Categorical",
    "Chemistry",
    "ColumnRoles",
    "Comma",
    "Composed",
    "CompositionTemplate",
    "Condition",
    "Constraint",
    "Continuous",
    "Discrete",
    "FreePool",
    "Goal",
    "GridPool",
    "InPhase",
    "Interval",
    "ListedFormulas",
    "ListedPool",
    "Numeric",
    "Parameter",
    "Place",
    "Predicted",
    "Profile",
    "Quantity",
    "Scale",
    "Settable",
    "Space",
    "Stepped",
    "Target",
    "Value",
    "amounts_at",
    "chemistry_of",
    "composed",
    "composed_at",
    "inputs_of_formula",
    "left_out",
    "projectable",
    "projected",
    "read_off_formula",
]

"""What may be varied and wanted, in the scientist's units."""

from tansaku.space.parameters import Numeric
from tansaku.space.space import ListedPool, Space
from tansaku.space.targets import Goal, Predicted, Scale, Target

__all__ = ["Goal", "ListedPool", "Numeric", "Predicted", "Scale", "Space", "Target"]

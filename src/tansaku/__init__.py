"""tansaku (探索) tells a materials lab which sample to make next.

The names below load on first use, so that ``import tansaku`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tansaku import datasets
    from tansaku.campaign import Campaign, WeighingPlan
    from tansaku.campaign.sources.read_source import Older
    from tansaku.campaign.sources.source_spec import SourceSpec
    from tansaku.space import (
        Categorical,
        CompositionTemplate,
        Continuous,
        Discrete,
        ListedFormulas,
        Stepped,
        Target,
    )
    from tansaku.strategy import STRATEGIES, AcquisitionSpec, Strategy, SurrogateSpec
    from tansaku.studies import study, study_campaign

__version__ = "0.1.0"

_PUBLIC = {
    "STRATEGIES": "tansaku.strategy",
    "AcquisitionSpec": "tansaku.strategy",
    "Campaign": "tansaku.campaign",
    "Categorical": "tansaku.space",
    "CompositionTemplate": "tansaku.space",
    "Continuous": "tansaku.space",
    "Discrete": "tansaku.space",
    "ListedFormulas": "tansaku.space",
    "Older": "tansaku.campaign.sources.read_source",
    "SourceSpec": "tansaku.campaign.sources.source_spec",
    "Stepped": "tansaku.space",
    "Strategy": "tansaku.strategy",
    "SurrogateSpec": "tansaku.strategy",
    "Target": "tansaku.space",
    "WeighingPlan": "tansaku.campaign",
    "study": "tansaku.studies",
    "study_campaign": "tansaku.studies",
}

__all__ = [
    "STRATEGIES",
    "AcquisitionSpec",
    "Campaign",
    "Categorical",
    "CompositionTemplate",
    "Continuous",
    "Discrete",
    "ListedFormulas",
    "Older",
    "SourceSpec",
    "Stepped",
    "Strategy",
    "SurrogateSpec",
    "Target",
    "WeighingPlan",
    "__version__",
    "datasets",
    "study",
    "study_campaign",
]


def __getattr__(name: str) -> Any:
    if name == "datasets":
        return importlib.import_module("tansaku.datasets")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'tansaku' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})

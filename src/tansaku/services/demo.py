"""demo: the bundled example end to end, in a folder of its own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import Field

from tansaku import datasets
from tansaku.campaign.campaign import Campaign
from tansaku.campaign.description import CampaignDescription
from tansaku.campaign.suggest.suggestion import Suggestions
from tansaku.errors import StoreError
from tansaku.files import make_folder, write_whole
from tansaku.language import _
from tansaku.plots.maps import acquisition_map, prediction_map
from tansaku.services.example import (
    DATASET,
    INPUTS,
    KNOWN,
    TARGET,
    as_csv,
    finished_table,
    hidden,
    known_rows,
)
from tansaku.services.new import new
from tansaku.services.opened import load
from tansaku.services.record import Results, record_file
from tansaku.services.study import StudyReport, write_study
from tansaku.services.suggest_samples import WeighedSuggestions, suggest
from tansaku.space import Scale, Target
from tansaku.spec import Answer
from tansaku.stages import listener, listening
from tansaku.strategy import STRATEGIES
from tansaku.studies.entry import study as replay
from tansaku.studies.result import Study
from tansaku.tables.read import read_table

if TYPE_CHECKING:
    import pandas as pd

OTHER: Final = "lyczp_47"
OTHER_INPUTS: Final = ("x_Y", "y_Ca")
OTHER_TARGET: Final = Target(name="sigma_lowT_S_cm", scale=Scale.LOG10, unit="S/cm")
CAMPAIGN: Final = "lczsp"
STRATEGY: Final = "standard"

SUGGESTED: Final = 3
MOST_FOLDERS: Final = 1000


class Demonstration(Answer):
    """What the demo did.

    Attributes:
        introduction: What is shown, as text.
        folder: Where its files are.
        first: Three suggestions from the measurements at the beginning.
        results: The true values of these three, recorded.
        second: The suggestion after that.
        studies: Random search and the standard strategy on each of the two finished tables.
        files: The pictures, and then the other files.
    """

    introduction: str = Field(exclude=True)
    folder: Path
    first: WeighedSuggestions
    results: Results
    second: WeighedSuggestions
    studies: dict[str, StudyReport]
    files: tuple[Path, ...]


def demo(folder: Path, *, seed: int = 0) -> Demonstration:
    """Play a search on a finished table whose values are hidden, and studies on finished tables.

    Args:
        folder: Made; where it is there already, the first free of folder-2, folder-3, ...
        seed: Of the hidden rows and of everything after.

    Raises:
        StoreError: the folder cannot be made or written.
    """
    place = _fresh(folder)
    store = f"sqlite:///{place / 'tansaku.db'}"
    finished, tables = finished_table(), (place / "lczsp.csv", place / "results.csv")
    known = known_rows(finished, seed)
    _write(tables[0], hidden(finished, known))
    described = CampaignDescription(table=tables[0], inputs=INPUTS, targets=(TARGET,))
    new(store, CAMPAIGN, described)
    first = suggest(store, CAMPAIGN, SUGGESTED, strategy=STRATEGY, seed=seed)
    pictures = _maps(load(store, CAMPAIGN), first, seed, place)
    rows = [each.pool_row for each in first.suggestions if each.pool_row is not None]
    _write(tables[1], finished.iloc[rows])
    results = record_file(store, CAMPAIGN, tables[1])
    second = suggest(store, CAMPAIGN, 1, strategy=STRATEGY, seed=seed)
    other = read_table(datasets.path(OTHER))
    studies = {
        DATASET: _study(DATASET, finished, INPUTS, TARGET, seed=seed),
        OTHER: _study(OTHER, other, OTHER_INPUTS, OTHER_TARGET, seed=seed),
    }
    *numbers, discovery = write_study(studies[DATASET], place)
    return Demonstration(
        introduction=_introduction(len(finished)),
        folder=place,
        first=first,
        results=results,
        second=second,
        studies={name: StudyReport.of(found) for name, found in studies.items()},
        files=(*pictures, discovery, *tables, *numbers, place / "tansaku.db"),
    )


def _study(
    name: str,
    finished: pd.DataFrame,
    inputs: Sequence[str],
    target: Target,
    *,
    seed: int,
) -> Study:
    """One search from every composition of a finished table, for each of two strategies."""

    of_all = listener()
    with listening(lambda strategy, *counts: of_all(f"{name}, {strategy}", *counts)):
        return replay(
            finished,
            inputs=inputs,
            target=target,
            strategies=("random", STRATEGY),
            each_start=True,
            seed=seed,
        )


def _introduction(candidates: int) -> str:
    table = datasets.DATASETS[DATASET]
    cited = table.citation
    return _(
        "{formula}: {n} compositions, made and measured by one laboratory ({citation}). We hide"
        " all but {known} of the conductivities and ask which samples to make next."
    ).format(
        formula=table.formula,
        n=candidates,
        citation=f"{cited.authors[0]} et al., {cited.journal} {cited.year}, {cited.url}",
        known=KNOWN,
    )


def _fresh(folder: Path) -> Path:
    """A new folder: ``folder``, or the first of folder-2, folder-3, ... that is not there."""
    for i in range(1, MOST_FOLDERS):
        place = folder if i == 1 else folder.with_name(f"{folder.name}-{i}")
        try:
            make_folder(
                place,
                _("Go to a folder that may be written to, or name one with --folder."),
                new=True,
            )
        except FileExistsError:
            continue
        return place
    raise StoreError(
        _("There are {n} folders like {folder} already.").format(n=MOST_FOLDERS, folder=folder),
        _("Delete some of them."),
    )


def _write(path: Path, frame: pd.DataFrame) -> None:
    write_whole(path, as_csv(frame))


def _maps(campaign: Campaign, found: Suggestions, seed: int, place: Path) -> tuple[Path, Path]:
    """Pictures of what the model believed when it made its suggestions."""
    landscape = campaign.landscape(strategy=STRATEGY, seed=seed)
    position = {label: i for i, label in enumerate(campaign.space.labels.tolist())}
    suggested = [position[s.pool_row] for s in found.suggestions if s.pool_row is not None]
    measured = np.flatnonzero(landscape.measured)
    candidates = campaign.candidates()
    values = [candidates[i].values[TARGET.name] for i in measured]
    figures = {
        "predicted_map.png": prediction_map(
            campaign.space,
            campaign.targets[0],
            measured=measured,
            values=values,
            mean=landscape.mean,
            sd=landscape.sd,
            suggested=suggested,
        ),
        "acquisition.png": acquisition_map(
            campaign.space,
            campaign.targets[0],
            acquisition=np.where(landscape.measured, np.nan, landscape.acquisition),
            name=STRATEGIES[STRATEGY].acquisition.name,
            measured=measured,
            values=values,
            suggested=suggested,
        ),
    }
    for name, figure in figures.items():
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
        write_whole(place / name, picture.getvalue())
    first, second = (place / name for name in figures)
    return first, second

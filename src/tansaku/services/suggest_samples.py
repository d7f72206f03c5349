"""suggest: which samples to make next, and what to weigh for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import Event, Suggested, Suggestion, SuggestionInWords
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.suggest.conflicts import asked_together, rebased
from tansaku.campaign.suggest.suggestion import Suggestions
from tansaku.errors import UsageError
from tansaku.files import Staged, make_folder
from tansaku.language import _
from tansaku.services.opened import change, load
from tansaku.services.sample_weighing import changed_plan, planned_sheet
from tansaku.space import Value
from tansaku.weighing.sheet import Weighing, sheet_content

ENDINGS: Final = (".html", ".xlsx")
"""A folder gets both: one to print, one to fill in."""


class WeighedSuggestion(SuggestionInWords):
    """A suggestion with its weighing sheet, where it is known from what samples are made."""

    weighing: Weighing | None = Field(default=None, exclude_if=lambda found: found is None)


class WeighedSuggestions(Suggestions):
    """Suggestions, each with its weighing sheet where it is known from what samples are made.

    Attributes:
        files: The sheets that were written.
    """

    suggestions: tuple[WeighedSuggestion, ...]
    files: tuple[Path, ...] = Field(default=(), exclude=True)

    @property
    def said(self) -> tuple[str, ...]:
        """The notices of the suggestions, and those of each sheet under its sample."""
        sheets = ((s.id, s.weighing) for s in self.suggestions if s.weighing is not None)
        return (
            *self.notices,
            *(f"{id}: {notice}" for id, sheet in sheets for notice in sheet.notices),
        )


def _weighed(
    found: Suggestions,
    suggestions: Sequence[Suggestion],
    sheets: Sequence[Weighing] = (),
    files: Sequence[Path] = (),
) -> WeighedSuggestions:
    """The suggestions of an answer with their sheets: one for each, or none at all."""
    weighed = tuple(
        WeighedSuggestion(**dict(each) | {"weighing": sheet})
        for each, sheet in zip_longest(suggestions, sheets)
    )
    told = {name: getattr(found, name) for name in Suggestions.model_fields}
    return WeighedSuggestions(**told | {"suggestions": weighed, "files": tuple(files)})


def suggest(
    store: str,
    name: str,
    n: int = 1,
    *,
    strategy: str = "standard",
    seed: int = 0,
    by: str | None = None,
    more: bool = False,
    replicate: bool = False,
    probe: bool = False,
    fixed: Mapping[str, Value] | None = None,
    among: Sequence[str] = (),
    candidates: Path | None = None,
    time_limit: float | None = None,
    weighing: Mapping[str, Any] | None = None,
    sheet: Path | None = None,
    force: bool = False,
) -> WeighedSuggestions:
    """Suggest ``n`` samples, work out their weighing sheets, and keep all with the campaign.

    Args:
        store: URL of the store.
        name: The campaign.
        n: How many samples, made at once: each takes the earlier ones into account.
        strategy: A name of ``tansaku.strategy.STRATEGIES``.
        seed: The same seed on the same campaign gives the same answer.
        by: Who asks: what others asked for stays under way, taken into account and not suggested
            again; what the same person asked for is replaced.
        more: One's own earlier suggestions without a result stay under way, too.
        replicate: Measured candidates may be suggested again.
        probe: Only settings of the older data, which tell whether those help.
        fixed: {input: the value that it is to have this time}.
        among: Conditions that the candidates are to keep this time.
        candidates: A table whose rows alone can be chosen this time.
        time_limit: Seconds after which the best found so far is the answer, marked so.
        weighing: Fields of :class:`~tansaku.campaign.WeighingPlan` that differ from the campaign's.
        sheet: Write the sheets: a file .html or .xlsx (of several samples each gets its id behind
            the name), or a folder that gets both for each sample.
        force: Write over files that are there.

    Raises:
        UnknownNameError: no such strategy.
        PoolExhaustedError: fewer than ``n`` candidates are left.
        ModelError: no model can be computed from these data.
        UsageError: it is not known from what samples are made, or the campaign has no formulas.
        WeighingError: a sample cannot be made from these precursors; nothing is stored.
        StoreError: a file is there, or cannot be written.
    """

    staged, keeping = Staged(), more

    def act(campaign: Campaign) -> WeighedSuggestions:
        told = campaign.weighing or weighing or sheet is not None
        plan = changed_plan(campaign.weighing, weighing or {}) if told else None
        found = campaign.suggest(
            n,
            strategy=strategy,
            seed=seed,
            by=by,
            more=keeping,
            replicate=replicate,
            probe=probe,
            fixed=fixed,
            among=among,
            candidates=candidates,
            time_limit=time_limit,
            weighing=plan,
        )
        return _with_sheets(found, found.suggestions, plan, sheet, staged, force=force)

    def again(
        campaign: Campaign, events: Sequence[Event], before: WeighedSuggestions
    ) -> tuple[list[Event], WeighedSuggestions] | None:
        nonlocal keeping
        (chosen,) = events
        if not isinstance(chosen, Suggested):
            return None
        if asked_together(chosen, campaign.events):
            keeping, chosen = True, chosen.model_copy(update={"more": True})
        spec, state = campaign.document.campaign, campaign.state
        event = rebased(spec, state, chosen, replicate=replicate)
        if event is None:
            return None
        found = _with_sheets(before, event.suggestions, event.weighing, sheet, staged, force=force)
        return [event], found

    with staged:
        answer = change(store, name, act, again=again)
        staged.put()
    return answer


def _with_sheets(
    found: Suggestions,
    suggestions: Sequence[Suggestion],
    plan: WeighingPlan | None,
    sheet: Path | None,
    staged: Staged,
    *,
    force: bool,
) -> WeighedSuggestions:
    """The suggestions with their weighing sheets, the files written but not in their places."""
    staged.discard()
    if plan is None:
        return _weighed(found, suggestions)
    sheets = [planned_sheet(each.formula, plan) for each in suggestions]
    if sheet is None:
        return _weighed(found, suggestions, sheets)
    files = _files(sheet, [s.id for s in suggestions])
    each = len(files) // len(sheets)
    if each > 1:
        make_folder(sheet, _("Name another one."))
    for i, file in enumerate(files):
        content = sheet_content(sheets[i // each], file, suggestions[i // each])
        staged.add(file, content, force=force)
    firsts = files[::each]
    sheets = [s.model_copy(update={"file": f}) for s, f in zip(sheets, firsts, strict=True)]
    return _weighed(found, suggestions, sheets, files)


def under_way(store: str, name: str) -> WeighedSuggestions:
    """What was suggested and has no result yet, as it was suggested, with its weighing sheets."""
    campaign = load(store, name)
    state = campaign.state
    found = Suggestions(
        campaign=campaign.name,
        strategy="",
        seed=0,
        suggestions=state.open_suggestions,
        model={},
        targets=campaign.targets,
    )
    plans = [state.plans.get(s.candidate, campaign.weighing) for s in found.suggestions]
    known = zip(found.suggestions, plans, strict=True)
    sheets = [planned_sheet(s.formula, plan) for s, plan in known if plan] if all(plans) else []
    return _weighed(found, found.suggestions, sheets)


def _files(sheet: Path, ids: Sequence[str]) -> list[Path]:
    """The files to write, those of one sample together."""
    if sheet.suffix.lower() in (*ENDINGS, ".htm"):
        if len(ids) == 1:
            return [sheet]
        return [sheet.with_name(f"{sheet.stem}-{id}{sheet.suffix}") for id in ids]
    if sheet.suffix and not sheet.is_dir():
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=sheet),
            _("Use .html for a page to print, .xlsx for a workbook to fill in."),
        )
    return [sheet / f"{id}{ending}" for id in ids for ending in ENDINGS]

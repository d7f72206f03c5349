"""plan: the next runs of the furnace, and those that wait for their results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.furnace.furnace_plan import FurnacePlan
from tansaku.campaign.furnace.waiting_runs import WaitingRuns, waiting_runs
from tansaku.campaign.history.planned_runs import runs_planned
from tansaku.campaign.history.records import Event, Suggested
from tansaku.campaign.suggest.conflicts import asked_together, rebased
from tansaku.errors import UsageError
from tansaku.files import Staged, write_whole
from tansaku.language import _
from tansaku.services.opened import change, load
from tansaku.weighing.run_page import as_html


def plan_runs(
    store: str,
    name: str,
    *,
    runs: int = 1,
    crucibles: int,
    shared: Sequence[str] = (),
    hours: str = "",
    available: float | None = None,
    strategy: str = "standard",
    seed: int = 0,
    by: str | None = None,
    more: bool = False,
    sheet: Path | None = None,
    force: bool = False,
) -> FurnacePlan:
    """Plan the next furnace runs and keep their samples with the campaign, as suggestions.

    Args:
        store: URL of the store.
        name: The campaign.
        runs: How many.
        crucibles: Samples that a run takes.
        shared: Inputs that all samples of a run share; by default those of the process.
        hours: What a run takes: a number, or a sum or product of shared inputs.
        available: Hours for all runs together.
        strategy: A name of ``tansaku.strategy.STRATEGIES``.
        seed: The same seed on the same campaign gives the same answer.
        by: Who asks: what others asked for stays under way, taken into account and not suggested
            again; what the same person asked for is replaced.
        more: One's own earlier suggestions without a result stay under way, too.
        sheet: Write the run sheet there, a page to print.
        force: Write over a file that is there.

    Raises:
        UnknownNameError: no such strategy.
        UsageError: the numbers or the shared inputs make no plan, or the hours are too few.
        SpaceError, FormulaError: the hours cannot be read.
        PoolExhaustedError: more crucibles than open candidates.
        ModelError: no model can be computed from these data.
        WeighingError: a sample of the sheet cannot be made from the campaign's precursors.
        StoreError: the file is there, or cannot be written; nothing is stored.
    """
    if sheet is not None and sheet.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=sheet),
            _("A run sheet is a page to print: .html. Results go into the workbook of 'export'."),
        )
    staged, keeping = Staged(), more

    def written(campaign: Campaign, plan: FurnacePlan) -> FurnacePlan:
        staged.discard()
        if sheet is not None:
            staged.add(sheet, as_html(plan.campaign, plan.runs, campaign.weighing), force=force)
        return plan

    def act(campaign: Campaign) -> FurnacePlan:
        found = campaign.plan_runs(
            runs,
            crucibles=crucibles,
            shared=shared,
            hours=hours,
            available=available,
            strategy=strategy,
            seed=seed,
            by=by,
            more=keeping,
        )
        return written(campaign, found)

    def again(
        campaign: Campaign, events: Sequence[Event], plan: FurnacePlan
    ) -> tuple[list[Event], FurnacePlan] | None:
        nonlocal keeping
        (chosen,) = events
        if not isinstance(chosen, Suggested):
            return None
        if asked_together(chosen, campaign.events):
            keeping, chosen = True, chosen.model_copy(update={"more": True})
        found = _renamed(campaign, chosen, plan)
        return found and (found[0], written(campaign, found[1]))

    with staged:
        answer = change(store, name, act, again=again)
        staged.put()
    return answer


def waiting(store: str, name: str) -> WaitingRuns:
    """The planned runs of the campaign ``name`` whose samples have no result yet.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    found = load(store, name)
    return waiting_runs(found.name, found.space, found.state, found.events)


def write_run_sheet(store: str, name: str, out: Path) -> None:
    """Write the run sheet of these runs, a page to print.

    Raises:
        WeighingError: a sample cannot be made from the campaign's precursors.
    """
    found = waiting(store, name)
    weighing = load(store, name).weighing
    write_whole(out, as_html(found.campaign, found.runs, weighing), force=True)


def _renamed(
    campaign: Campaign, chosen: Suggested, plan: FurnacePlan
) -> tuple[list[Event], FurnacePlan] | None:
    """The same plan on what others have stored meanwhile, with names for its runs that are free."""
    first = runs_planned(campaign.document.events) + 1
    names = {run.run: f"r{first + i}" for i, run in enumerate(plan.runs)}
    event = rebased(campaign.document.campaign, campaign.state, chosen, runs=names)
    if event is None:
        return None
    renamed = tuple(
        run.model_copy(
            update={
                "run": names[run.run],
                "suggestions": tuple(s for s in event.suggestions if s.run == names[run.run]),
            }
        )
        for run in plan.runs
    )
    return [event], plan.model_copy(update={"runs": renamed})

"""Command about what the results hold besides values: results."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tansaku.cli.app import command
from tansaku.cli.campaigns import NameArgument
from tansaku.cli.loop import SeedOption, StrategyOption
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet
from tansaku.insight.figures import cause, measured, where
from tansaku.language import _, joined

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.campaign.results.result_outliers import Doubt, Spread
    from tansaku.services.results import ResultsReport


@command("results", _("What the results hold: failures, limits, scatter, and doubtful ones."))
def results(
    shell: Shell,
    name: NameArgument,
    strategy: StrategyOption = "standard",
    seed: SeedOption = 0,
) -> None:
    """tansaku results NAME."""
    from tansaku.services.results import results as look

    found = look(shell.store, name, strategy=strategy, seed=seed)
    shell.show(found, lambda console: _render(console, found))


def _render(console: Console, found: ResultsReport) -> None:
    lines = [_("Campaign {name}, target {target}").format(name=found.campaign, target=found.target)]
    for text, every in (
        (_("Failed: {ids}"), found.failed),
        (_("Known as limits only: {ids}"), found.limits),
        (_("Called doubtful, and used: {ids}"), found.marked),
        (_("Kept and not used: {ids}"), found.excluded),
    ):
        if every:
            ids = ", ".join(
                m.called + (f" ({cause(m.why, m.amount)})" if m.why else "") for m in every
            )
            lines.append(text.format(ids=ids))
    for line in lines:
        console.print(line, soft_wrap=True)
    if found.variation:
        console.print(
            _("How much results of one kind of sample differ (sd in decades, with 95 % interval):")
            if found.log10
            else _("How much results of one kind of sample differ (sd, with 95 % interval):"),
            soft_wrap=True,
        )
        header = [_("between"), _("sd"), _("95 % interval"), _("groups")]
        sheet(console, header, [_spread(each) for each in found.variation], words=header[:1])
    else:
        console.print(_("No sample was measured twice, so nothing is known of the scatter."))
    if not found.doubtful:
        console.print(_("No result stands out from what the others say."))
    for each in found.doubtful:
        for line in _doubt(found.campaign, each):
            console.print(line, soft_wrap=True)


def _spread(each: Spread) -> list[str]:
    names = {
        "run": _("furnace runs"),
        "batch": _("syntheses"),
        "pellet": _("pellets"),
        "repeat": _("repeats"),
    }
    high = _("not bounded") if each.high is None else f"{each.high:.2g}"
    interval = _("{low} to {high}").format(low=f"{each.low:.2g}", high=high)
    return [names[each.level], f"{each.sd:.2g}", interval, str(each.groups)]


def _doubt(campaign: str, each: Doubt) -> list[str]:
    lines = [
        _(
            "Doubtful: {ids} at {inputs}: {value}, where the other results say {expected} ({low} to"
            " {high}); it lies {n:.1f} sd off."
        ).format(
            ids=", ".join(each.called or each.measurements),
            inputs=where(each.inputs),
            value=measured(each.value, each.limit),
            expected=f"{each.expected:.3g}",
            low=f"{each.low:.3g}",
            high=f"{each.high:.3g}",
            n=abs(each.off_by_sd),
        )
    ]
    if each.limit is None:
        lines = [joined(*lines, _("It still counts."))]
    else:
        lines = [joined(*lines, _("The model leaves out limits that contradict the others."))]
    if each.best_now is None:
        pass  # of several goals there is no single best
    elif each.best_without is None:
        lines.append(_("Without it nothing would be measured."))
    elif each.best_without != each.best_now:
        lines.append(_("Without it the best is {inputs}.").format(inputs=where(each.best_without)))
    else:
        lines.append(_("Without it the best stays the same."))
    if each.next_now is not None and each.next_without is not None:
        lines.append(
            _("Without it the next suggestion stays the same.")
            if each.next_now == each.next_without
            else _("Without it the next suggestion is {other} instead of {now}.").format(
                other=where(each.next_without), now=where(each.next_now)
            )
        )
    lines.append(
        _("To leave it out: tansaku mark {name} {ids} --status excluded").format(
            name=shlex.quote(campaign), ids=" ".join(each.measurements)
        )
    )
    return lines

"""Study methods: how strategies were compared, as a paper says it."""

from __future__ import annotations

from typing import Final

from tansaku.campaign.history.requester import versions
from tansaku.campaign.report.methods import way
from tansaku.language import _, joined
from tansaku.strategy import STRATEGIES
from tansaku.studies.result import Study
from tansaku.studies.run import LAB

CITATION: Final = "The tansaku authors. tansaku: which sample to make next, version {version}."
"""As CITATION.cff has it."""


def methods_of(study: Study) -> str:
    """A paragraph, in the language in use."""
    known = dict(versions())
    others = ", ".join(f"{name} {number}" for name, number in known.items() if name != "tansaku")
    replayed = [each for each in study.strategies if each.name != LAB]
    said = [
        _(
            "Searches were replayed on a finished table of {n} candidates ({targets}) with tansaku"
            " {version} ({others}), seed {seed}."
        ).format(
            n=study.n_candidates,
            targets=", ".join(map(str, study.targets)),
            version=known["tansaku"],
            others=others,
            seed=study.seed,
        ),
        _(
            "Searches of each strategy: {runs}, of {samples} samples each; random samples at the"
            " beginning, the same for all strategies: {start}."
        ).format(runs=replayed[0].runs, samples=study.samples, start=study.start),
    ]
    said += [way(STRATEGIES[each.name]) for each in replayed if each.name in STRATEGIES]
    said.append(
        _(
            "The discovery probability is the share of the searches that have sampled the best"
            " candidate, with its 95 % interval (E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209);"
            " that of random search is exact."
        )
        if study.table.single
        else _(
            "The hypervolume is the share that the samples reach of that of all candidates, the"
            " mean over the searches with its 95 % interval."
        )
    )
    if len(replayed) < len(study.strategies):
        said.append(_("The order in which the laboratory made the samples is drawn beside them."))
    said += [f"{each.name}: {each.stop.sentence}" for each in replayed if each.stop is not None]
    cited = CITATION.format(version=known["tansaku"])
    return joined(*said, _("To be cited: {citation}").format(citation=cited))

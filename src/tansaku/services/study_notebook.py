"""Study notebook: the call that made a study, to be made once more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tansaku.campaign.description import Row
from tansaku.campaign.sources.source_spec import SourceSpec


class Call(NamedTuple):
    """Which study it was.

    Attributes:
        verb: ``study`` of a table, its file or rows, or ``study_of`` a campaign, its name.
        subject: Of what.
        given: What was said of it besides.
        how: How searches were replayed.
        sources: The older data.
        store: Where campaigns are.
    """

    verb: str
    subject: Path | str | Sequence[Row]
    given: Mapping[str, Any]
    how: Mapping[str, Any] = {}
    sources: Sequence[SourceSpec] = ()
    store: str = ""


def notebook_of(methods: str, call: Call) -> bytes:
    """A notebook that makes the study once more. The URL of a server may hold a password: it is
    left to the environment."""
    sources = [each.model_dump(mode="json", exclude_defaults=True) for each in call.sources]
    store = call.store if call.store.startswith("sqlite") else ""
    arguments = [
        f"store, {call.subject!r}"
        if isinstance(call.subject, str)
        else f"Path({str(call.subject.resolve())!r})"
        if isinstance(call.subject, Path)
        else repr([*call.subject]),
        *(f"{name}={value!r}" for name, value in call.given.items()),
        "replayed=how",
    ]
    code = [
        "import os\nfrom pathlib import Path\n\n"
        "from tansaku.campaign.sources.source_spec import SourceSpec\n"
        f"from tansaku.services.study import Replay, {call.verb}\n\n"
        f"store = os.environ.get('TANSAKU_STORE', {store!r})\n"
        f"sources = [SourceSpec.model_validate(each) for each in {sources!r}]\n"
        f"how = Replay(**{dict(call.how)!r}, sources=sources, store=store)\n"
        f"found = {call.verb}({', '.join(arguments)}).study\nfound",
        "found.plot()",
        "found.frame",
    ]
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "methods", "metadata": {}, "source": methods},
        *(
            {
                "cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": source,
                "execution_count": None, "outputs": [],
            }
            for i, source in enumerate(code)
        ),
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {
        "cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1).encode()

"""The verb health: its answer in the shell, as JSON and in Japanese."""

from __future__ import annotations

import json

import pytest

from tansaku.cli.main import main
from tansaku.services.health import health


def test_health_is_told_as_text_and_as_a_document(
    made: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same verdict in every shell, and the sentence in the language in use."""
    found = health(made, "lab")

    def said(*options: str) -> str:
        with pytest.raises(SystemExit) as exited:
            main(["health", "lab", "--store", made, *options])
        assert exited.value.code == 0
        return capsys.readouterr().out

    document = json.loads(said("--json"))
    assert document == found.document()
    assert {"campaign", "verdict", "sentence", "advice", "q2", "coverage"} <= document.keys()
    assert document["targets"][0]["n"] == 8
    text = said()
    assert text.startswith(f"{found.verdict}: {found.sentence}")
    assert all(name in text for name in ("Q2", "8", "alone"))
    assert "95 % 区間内" in said("--lang", "ja")

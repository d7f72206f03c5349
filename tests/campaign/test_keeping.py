"""Campaigns in files and stores, suggestions as a sequence, and what notebooks show of them."""

from __future__ import annotations

import copy
import pickle
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import tansaku as tk
from tansaku.errors import CampaignNotFoundError, ConflictError, StoreError
from tansaku.language import use
from tansaku.store import open_store

TABLE = {"x": [0.0, 0.3, 0.6, 1.0, 1.3], "y": [1.0, 3.0, 2.0, None, None]}


def campaign(**more: Any) -> tk.Campaign:
    return tk.Campaign.from_table(TABLE, inputs=["x"], target="y", **more)


def test_a_file_holds_the_whole_campaign(tmp_path: Path) -> None:
    """And is written over by what it has become, not by something else."""
    made, file = campaign(), tmp_path / "c.json"
    made.save(file)
    before = tk.Campaign.load(file)
    assert before.document == made.document
    made.record(made.suggest()[0], y=2.5)
    made.save(str(file))
    assert tk.Campaign.load(str(file)).document == made.document
    for other in (before, campaign(name="other")):
        with pytest.raises(StoreError, match="another campaign, or changes that this one lacks"):
            other.save(file)
    before.save(file, force=True)
    assert tk.Campaign.load(file).document == before.document
    assert [each.name for each in tmp_path.iterdir()] == ["c.json"]


def test_files_that_hold_no_campaign_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    with pytest.raises(StoreError, match="cannot be read"):
        tk.Campaign.load(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match="not UTF-8"):
        tk.Campaign.load(file)
    file.write_text("{}")
    for act in (tk.Campaign.load, campaign().save):
        with pytest.raises(StoreError):
            act(file)
    assert file.read_text() == "{}"
    with pytest.raises(StoreError):
        campaign().save(tmp_path / "no" / "folder.json")


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with one campaign."""
    url = f"sqlite:///{tmp_path}/lab.db"
    with open_store(url) as opened:
        opened.create(campaign(name="c").document)
    return url


def test_what_is_opened_is_stored_as_it_changes(store: str) -> None:
    opened = tk.Campaign.open(store, "c")
    found = opened.suggest(n=1, seed=2)
    opened.record(found[0], y=2.5)
    again = tk.Campaign.open(store, "c")
    assert again.document == opened.document
    assert again.status().measured == 4
    again.undo()
    assert tk.Campaign.open(store, "c").status().measured == 3
    with pytest.raises(CampaignNotFoundError, match="'d'"):
        tk.Campaign.open(store, "d")


def test_two_that_change_it_do_not_overwrite_each_other(store: str) -> None:
    """The later one is told, and has not changed."""
    first, second = (tk.Campaign.open(store, "c") for _each in range(2))
    first.block("x > 1.2")
    before = second.document
    with pytest.raises(ConflictError):
        second.block("x > 0.9")
    assert second.document == before
    assert list(tk.Campaign.open(store, "c").state.blocked) == ["x > 1.2"]


def test_a_copy_keeps_its_place(store: str) -> None:
    copy.deepcopy(tk.Campaign.open(store, "c")).block("x > 0.9")
    pickle.loads(pickle.dumps(tk.Campaign.open(store, "c"))).block("x > 1.2")  # noqa: S301
    assert list(tk.Campaign.open(store, "c").state.blocked) == ["x > 0.9", "x > 1.2"]


def test_suggestions_are_a_sequence() -> None:
    found = campaign().suggest(n=2)
    assert len(found) == 2
    assert list(found) == list(found.suggestions)
    assert found[-1] is found.suggestions[1]
    assert found[:1] == found.suggestions[:1]
    assert found[1] in found
    assert found.index(found[1]) == 1
    with pytest.raises(IndexError):
        found[2]


class Shown(HTMLParser):
    """The elements and the texts of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.outside: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.outside += [name for name, _value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def shown(language: str) -> dict[str, Shown]:
    """Everything that notebooks show, of a campaign whose names are no HTML."""
    table = {"<x>": TABLE["x"], "y&": TABLE["y"]}
    made = tk.Campaign.from_table(table, inputs=["<x>"], target="y&", name="<script>")
    with use(language):
        parts = {"campaign": made, "space": made.space, "suggestions": made.suggest(n=2)}
        parts["study"] = tk.study(
            table, inputs=["<x>"], target="y&", strategies=["random"], runs=2, start=1
        )
        parts["posterior"] = made.posterior({"<x>": [i / 10 for i in range(30)]}).measured
        return {name: Shown(part._repr_html_()) for name, part in parts.items()}  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_notebooks_show_what_is_there(language: str) -> None:
    """Whole, self-contained and escaped."""
    for name, found in shown(language).items():
        assert found.open == []
        assert found.outside == []
        assert found.tags <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
        assert name == "study" or "<x>" in found.texts, name


def test_notebooks_speak_the_language_and_count_what_they_leave_out() -> None:
    english, japanese = (
        {name: " ".join(each.texts) for name, each in shown(language).items()}
        for language in ("en", "ja")
    )
    assert "Campaign <script>" in english["campaign"]
    assert "measured: 3, pending: 2, open: 0" in english["campaign"]
    assert "the next measurement" in english["posterior"]
    assert "Study of y&:max: 3 candidates" in english["study"]
    assert "50 % 80 % 95 % random 2" in english["study"]
    assert "10 more rows" in english["posterior"]
    assert "y& y&" not in english["suggestions"]
    for name in english:
        assert any("぀" <= letter <= "鿿" for letter in japanese[name]), name
        assert not any("぀" <= letter <= "鿿" for letter in english[name]), name

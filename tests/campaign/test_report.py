"""The report: words and numbers as the records have them, escaped, and nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

import tansaku as tk
from tansaku.campaign.card_words import card_lines
from tansaku.campaign.health_lines import health_lines
from tansaku.campaign.history.records import CampaignSpec, Created, Measurement
from tansaku.campaign.history.state import fold
from tansaku.campaign.report import sections
from tansaku.campaign.report.content import Page
from tansaku.campaign.report.report_page import as_page
from tansaku.errors import StoreError, UsageError
from tansaku.insight.figures import percent
from tansaku.insight.reasons import sentence
from tansaku.language import use
from tansaku.space import Target

EVIL = '融けた <script>alert("1")</script> & {{ 1 }}'
VOID = {"meta", "img", "br"}


class Read(NamedTuple):
    """A page as a browser has it: {heading: its tables}, all text, and the attributes of its
    tags."""

    tables: dict[str, list[list[tuple[str, list[str]]]]]
    text: str
    tags: list[tuple[str, dict[str, str]]]


class Reader(HTMLParser):
    """Reads a page and sees that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.heading = ""
        self.found = Read({}, "", [])
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attributes}
        self.found.tags.append((tag, known))
        tables = self.found.tables.setdefault(self.heading, [])
        if tag == "h2":
            self.heading = ""
        elif tag == "table":
            tables.append([])
        elif tag == "tr":
            tables[-1].append((known.get("class", ""), []))
        elif tag in ("td", "th"):
            tables[-1][-1][1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.texts.append(data)
        if "h2" in self.open:
            self.heading += data
        elif "td" in self.open or "th" in self.open:
            self.found.tables[self.heading][-1][-1][1][-1] += data


def read(content: bytes) -> Read:
    """The page."""
    reader = Reader()
    reader.feed(content.decode())
    assert reader.open == []
    return reader.found._replace(text=" ".join("".join(reader.texts).split()))


@pytest.fixture(scope="module")
def campaign() -> tk.Campaign:
    """A template and a temperature, with every kind of result, suggestions and a change undone."""
    made = tk.Campaign.from_space(
        [
            tk.Stepped(name="x", low=0, high=0.5, step=0.05),
            tk.Stepped(name="T", low=1000, high=1300, step=50, unit="degC"),
        ],
        template="Li(?)Y(x)Zr(2-x)(PO4)3",
        target=Target(name="sigma", unit="S/cm", scale="log10"),
        name="LiZrP",
    )
    made.by = "佐藤"
    for x, T, value in (
        (0, 1100, 1e-7),
        (0.1, 1150, 2.2e-6),
        (0.2, 1200, 8.1e-6),
        (0.5, 1150, 5e-7),
    ):
        made.record_at({"x": x, "T": T}, {"sigma": value}, confirm=True)
    made.record_at({"x": 0.05, "T": 1000}, {"sigma": "<1e-8"}, confirm=True)
    made.record_at({"x": 0.5, "T": 1300}, status="failed", why="melted", note=EVIL, confirm=True)
    made.suggest(n=2, seed=3)
    made.record("s1", sigma="7.7e-6 ± 4e-7", confirm=True)
    made.entries.mark(["m4"], "excluded", why="wrong powder")
    made.block("x >= 0.45")
    made.undo()
    return made


@pytest.fixture(scope="module")
def content(campaign: tk.Campaign, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Its report in English."""
    file = tmp_path_factory.mktemp("report") / "r.html"
    campaign.report(file)
    return file.read_bytes()


@pytest.fixture(scope="module")
def page(content: bytes) -> Read:
    """The same, read."""
    return read(content)


def test_nothing_comes_from_elsewhere(content: bytes, page: Read) -> None:
    """Pictures are in the page, the style too; a browser is told to ask for nothing."""
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "form", "a"), tag
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("src", "data:").startswith("data:image/png;base64,iVBOR") or (
            "src" not in attributes
        )
    assert b"url(" not in content
    assert b"@import" not in content
    assert re.findall(rb"https?://", content) == []
    policies = [
        a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]
    assert len(content) < 6e6
    assert sum(tag == "img" for tag, _attributes in page.tags) == 4


def test_results_are_those_of_the_records(page: Read) -> None:
    """Every one, in its unit; failures, limits and what is not used stand out."""
    (table,) = page.tables["Results"]
    assert table[0][1] == ["result", "x", "T [degC]", "formula", "sigma [S/cm]", "state", "note"]
    formula = "Li1.2Y0.2Zr1.8P3O12"
    assert table[3] == ("", ["m3", "0.2", "1200", formula, "8.1e-06", "", ""])
    assert table[4][0] == "unused"
    assert table[4][1][4:6] == ["5e-07", "excluded: wrong powder"]
    assert (table[5][0], table[5][1][4]) == ("limit", "< 1e-08")
    assert table[6][0] == "failed"
    assert table[6][1][4:] == ["", "failed: melted", EVIL]
    assert table[7][1][4] == "7.70e-06 ± 4.0e-07"
    assert len(table) == 8
    for sign in ("<", "±", "Struck out", "Failed samples"):
        assert sign in page.text


def test_suggestions_are_those_under_way(campaign: tk.Campaign, page: Read) -> None:
    """With the reason, the chances and who asked; the one that was made has come out."""
    (open_one,) = campaign.state.open_suggestions
    first = campaign.state.suggestions[0]
    for text in (
        sentence(open_one.reason),
        f"Chance to beat the best: {percent(open_one.chance_to_beat_best)}",
        f"Chance that the sample works: {percent(open_one.chance_to_work)}",
        "Asked for by 佐藤.",
    ):
        assert text in page.text
    card = campaign.explain(open_one.id).card
    assert card is not None
    for text in card_lines(card):
        assert text in page.text
    (table,) = page.tables["Earlier suggestions"]
    assert table[0][1] == ["suggestion", "sample", "sigma, expected", "sigma, measured", "why"]
    assert table[1][1][0] == "s1"
    assert table[1][1][2].startswith(f"{first.predicted['sigma'].mean:.2e}"[:3])
    assert table[1][1][3:] == ["7.70e-06 ± 4.0e-07", sentence(first.reason)]
    assert len(table) == 2


def test_health_and_stopping_are_those_of_their_verbs(campaign: tk.Campaign, page: Read) -> None:
    """In the same words and numbers; what cannot be told says why."""
    health = campaign.health()
    for text in (*health_lines(health), *campaign.stop().lines):
        assert text in page.text
    table = {"x": [i / 9 for i in range(10)], "y": [*(i**2 for i in range(9)), None]}
    more = tk.Campaign.from_table(table, inputs=["x"], target="y")
    section = sections.of_trust(more.document.campaign, more.state, tk.STRATEGIES["standard"], 0)
    ((_header, row),) = read(as_page(Page("", "", [section]))).tables[section.title]
    assert row[1][:3] == ["y", more.health().verdict, "9"]


def test_history_methods_and_versions(campaign: tk.Campaign, page: Read) -> None:
    """Who did what; how samples were chosen; with which programs."""
    (table,) = page.tables["History"]
    assert [row[1][0] for row in table[1:]] == [str(n) for n in range(1, len(campaign.events) + 1)]
    assert {row[1][2] for row in table[2:]} == {"佐藤"}
    assert (table[-2][0], table[-2][1][3:]) == ("unused", ["blocked: x >= 0.45", "taken back"])
    assert "Matérn 5/2 + RBF" in page.text
    assert "Suggestions s1 … s2 (2) (seeds 3)" in page.text
    (versions,) = page.tables["Versions"]
    assert ["tansaku", tk.__version__, tk.__version__] in [row[1] for row in versions]


def test_in_japanese(campaign: tk.Campaign, tmp_path: Path) -> None:
    """Every heading and sentence; what a browser reads aloud is told the language."""
    with use("ja"):
        campaign.report(tmp_path / "r.html")
    found = read((tmp_path / "r.html").read_bytes())
    assert ("html", {"lang": "ja"}) in found.tags
    for word in ("次に作る試料", "結果", "履歴", "方法", "キャンペーン LiZrP", "理由", EVIL):
        assert word in found.text
    own = found.text.replace(EVIL, "")
    assert not re.findall(r"\b(?:the|Results|Campaign|suggested|best|of)\b", own)


def test_it_is_written_whole_or_not_at_all(
    campaign: tk.Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never over another file unasked, and before anything is computed."""
    file = tmp_path / "r.html"
    file.write_text("precious", encoding="utf-8")
    with monkeypatch.context() as computing:
        computing.setattr("tansaku.campaign.report.campaign_report.page_of", None)
        with pytest.raises(StoreError, match=r"exists already.*--force"):
            campaign.report(file)
        with pytest.raises(UsageError, match=r"r\.pdf is not understood.*\.html"):
            campaign.report(tmp_path / "r.pdf")
    assert file.read_text(encoding="utf-8") == "precious"
    with pytest.raises(StoreError, match="cannot be written"):
        campaign.report(tmp_path / "no" / "r.html")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_several_goals_older_data_and_no_result(tmp_path: Path) -> None:
    """What a campaign has is there, and what it lacks is said or left out."""
    table = {"a": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0, None], "z": [3.0, 4.0, 9.0, None]}
    two = tk.Campaign.from_table(table, inputs=["a"], target=["y:max", "z:min:<=8"], name="two")
    older = {"a": [0.0, 0.5, 1.5, 3.0], "y": [1.1, 1.4, 2.4, 3.9]}
    two.sources.add_table(older, tk.SourceSpec(source="old"))
    two.report(tmp_path / "two.html")
    found = read((tmp_path / "two.html").read_bytes())
    best, _inputs, goals = found.tables["The campaign"]
    assert [row[1] for row in best[1:]] == [["a=0", "1", "3"], ["a=1", "2", "4"]]
    assert [row[1][1] for row in goals[1:]] == [
        "as high as possible",
        "as low as possible, at most 8",
    ]
    assert found.tables["Older data"][0][1][1][:3] == ["old", "y", "4"]
    assert "Older data 'old'" in found.text
    bare = tk.Campaign.from_space([tk.Stepped(name="a", low=0, high=3, step=1)], target="y")
    bare.report(tmp_path / "bare.html")
    found = read((tmp_path / "bare.html").read_bytes())
    assert "needs at least 1 results of 'y'; 0 are there" in found.text
    assert "No sample of campaign 'campaign' has a result of every goal" in found.text
    for heading in ("Older data", "Earlier suggestions"):
        assert heading not in found.tables


def test_a_large_campaign_stays_below_six_megabytes(campaign: tk.Campaign) -> None:
    """Of ten thousand results the last thousand, and the page says so."""
    spec: CampaignSpec = campaign.document.campaign
    at = campaign.events[0].at
    inputs = {"x": 0.05, "T": 1000.0}
    many = tuple(
        Measurement(
            id=f"m{n}", pool_row=7, inputs=inputs, formula="Li1.05Y0.05Zr1.95P3O12",
            values={"sigma": 1e-6}, note="a note of some length " * 20, at=at,
        )
        for n in range(1, 10_001)
    )  # fmt: skip
    state = fold((Created(at=at, measurements=many),))
    content = as_page(Page("large", "", [sections.of_results(spec, state)]))
    assert len(content) < 2e6
    (table,) = read(content).tables["Results"]
    assert len(table) == 1 + sections.MOST_ROWS
    assert table[-1][1][0] == "m10000"
    assert "The last 1000 of 10000" in content.decode()

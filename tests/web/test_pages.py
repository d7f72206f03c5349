"""The pages: what a person sees is what the services say, in both languages, and nothing is run."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from tansaku import __version__
from tansaku.campaign.pictures.draw import PICTURES
from tansaku.services import plot as plot_service
from tansaku.services.explain import explain
from tansaku.services.plot import suiting_kinds
from tansaku.web.page_routes import captions
from tests.web.conftest import API, LAB

HTML = {"accept": "text/html"}
TABLE = "a,gas,y,remark\n0,Ar,1e-6,\n1,Ar,3e-6,\n2,O2,割れ,\n3,O2,<1e-8,\n4,Ar,,\n5,O2,,\n"


def seen(client: TestClient, path: str, status: int = 200, **asked: Any) -> str:
    """The text of a page, without its tags."""
    found = client.get(path, headers=HTML, **asked)
    assert found.status_code == status, found.text
    assert found.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in found.headers["content-security-policy"]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found.text)).split())


@pytest.mark.parametrize(
    ("language", "said", "measured"),
    [("en", "Which sample should be made next?", "measured"), ("ja", "次にどの試料", "測定済み")],
)
def test_home_lists_the_campaigns(lab: TestClient, language: str, said: str, measured: str) -> None:
    page = lab.get(f"/?lang={language}").text
    assert f'<html lang="{language}">' in page
    text = seen(lab, f"/?lang={language}")
    assert said in text
    assert measured in text
    assert "lab y:max:log10 8 12 0 9e-06 (a=2, b=1)" in text
    assert f'href="/campaigns/lab?lang={language}"' in page


def test_nothing_in_a_name_is_run(api: TestClient) -> None:
    """Tags, quotes, slashes and right-to-left text are shown as they are."""
    name = "<script>alert('1')</script>/\"עברית\" 🧪"
    rows = [{"a": i, "y": float(i)} for i in range(3)]
    body = {"name": name, "table": rows, "inputs": ["a"], "targets": ["y:max"]}
    assert api.post(f"{API}/campaigns", json=body).status_code == 201
    page = api.get("/").text
    assert "<script>alert" not in page
    link = re.search(r'href="(/campaigns/[^"]+)"', page)
    assert link is not None
    assert name in seen(api, unescape(link[1]))


def test_a_file_is_shown_before_anything_is_stored(api: TestClient) -> None:
    """Cell by cell; then it is made as the person says."""
    shown = api.post("/pages/look?filename=lab.csv", content=TABLE.encode())
    assert shown.status_code == 200
    text = unescape(shown.text)
    assert "failed: C4 割れ" in text
    assert "below or above a limit: C5 <1e-8" in text
    assert re.search(r'data-column="gas".*?value="choice" selected', text, re.S)
    assert re.search(r'data-column="y".*?value="target" selected', text, re.S)
    assert "There is none yet." in seen(api, "/")
    query = "filename=lab.csv&name=oxides&inputs=a&choices=gas&targets=y:max:log10"
    made = api.post(f"/pages/make?{query}", content=TABLE.encode())
    assert made.status_code == 201, made.text
    assert made.json()["campaign"] == "oxides"
    text = seen(api, "/campaigns/oxides")
    assert "3 measured, 1 failed, 0 under way, 2 open" in text
    assert "<1e-08" in text
    assert "failed" in text


def test_a_file_that_is_no_table_says_so(api: TestClient) -> None:
    """And so does a campaign without inputs; nothing is stored."""
    empty = api.post("/pages/look?filename=x.csv", content=b"")
    assert 400 <= empty.status_code < 500
    assert empty.json()["error"]["hint"]
    none = api.post("/pages/make?filename=x.csv&name=x&targets=y", content=TABLE.encode())
    assert 400 <= none.status_code < 500
    assert none.json()["error"]["message"]
    assert "There is none yet." in seen(api, "/")


def test_a_campaign_shows_what_is_next_and_what_came_out(lab: TestClient, store: str) -> None:
    assert "Nothing is under way." in seen(lab, "/campaigns/lab")
    assert lab.post(f"{LAB}/suggestions", json={"n": 2}).status_code == 200
    lab.post(f"{LAB}/measurements", json={"id": "s1", "results": {"y": "2e-6"}, "confirm": True})
    text, tag = seen(lab, "/campaigns/lab"), lab.get(LAB).headers["etag"]
    assert "Suggest anew" in text
    assert "s2 " in text
    assert "next measurement" in text
    assert "m9 " in text
    assert "results recorded: m9" in text
    assert f'data-tag="{escape(tag)}"' in lab.get("/campaigns/lab").text
    found = explain(store, "lab", "s2")
    card = seen(lab, "/campaigns/lab/suggestions/s2")
    assert found.reason.replace(" ", "") in card.replace(" ", "")  # its numbers stand in marks
    assert "rests most on" in card
    assert "exploring: it is unclear" in card
    assert "探索: まだ分からない" in seen(lab, "/campaigns/lab/suggestions/s2?lang=ja")


def test_what_was_taken_back_can_be_brought_back(api: TestClient) -> None:
    """By a button that is there as long as it can be, also where no result is left."""
    api.post(f"{API}/campaigns", json={"name": "lab", "parameters": ["a=0:4:1"], "targets": ["y"]})
    api.post(f"{LAB}/measurements", json={"at": {"a": 1}, "results": {"y": 2}})
    buttons = {"undo": "Take the last change back", "redo": "Bring it back"}
    for ask, shown in ((None, {"undo"}), ("undo", {"redo"}), ("redo", {"undo"})):
        assert ask is None or api.post(f"{LAB}/{ask}", json={}).status_code == 200
        text, page = seen(api, "/campaigns/lab"), api.get("/campaigns/lab").text
        assert {verb for verb, words in buttons.items() if words in text} == shown
        assert set(re.findall(f'data-undo="{LAB}/(undo|redo)"', page)) == shown
    assert "event 2 is back again" in text
    assert "取り消した変更を戻す" not in seen(api, "/campaigns/lab?lang=ja")
    api.post(f"{LAB}/undo", json={})
    assert "取り消した変更を戻す" in seen(api, "/campaigns/lab?lang=ja")


def test_a_campaign_goes_into_files(lab: TestClient, api: TestClient, store: str) -> None:
    """Each picture that suits it, in three kinds, and the report as soon as there is one."""
    page = unescape(lab.get("/campaigns/lab?lang=ja").text)
    links = dict(re.findall(r'<a href="([^"]+)" download="([^"]+)"', page))
    assert links[f"{LAB}/report?lang=ja"] == "lab.html"
    for ending in ("png", "svg", "pdf"):
        assert (
            links[f"{LAB}/plot?kind=progress&lang=ja&format={ending}"] == f"lab-progress.{ending}"
        )
    for kind in suiting_kinds(store, "lab").kinds:
        assert f"{LAB}/plot?kind={kind}&lang=ja&format=png" in links
    for path, name in links.items():
        if "progress" in path or "report" in path or "export" in path:
            found = lab.get(path)
            assert found.is_success, name
            assert "json" not in found.headers["content-type"] or name.endswith(".json")
    empty = {"name": "empty", "parameters": ["a=0:1:0.5"], "targets": ["y"]}
    assert api.post(f"{API}/campaigns", json=empty).status_code == 201
    page = api.get("/campaigns/empty").text
    assert "report?" not in page
    assert "plot?" not in page


def test_every_picture_has_its_caption() -> None:
    assert captions().keys() == PICTURES.keys()


def test_what_was_seen_is_not_worked_out_again(
    lab: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture is drawn once for each state of the campaign, each language and each kind."""
    drawn = []
    real = plot_service.plot
    monkeypatch.setattr(
        "tansaku.web.loop_routes.plot", lambda *a, **k: drawn.append(a) or real(*a, **k)
    )
    place = f"{LAB}/plot?kind=progress"
    first = lab.get(place)
    assert (first.status_code, len(drawn)) == (200, 1)
    assert first.headers["vary"] == "Accept-Language, Cookie"
    seen_before = {"if-none-match": first.headers["etag"]}
    again = lab.get(place, headers=seen_before)
    assert (again.status_code, again.content, len(drawn)) == (304, b"", 1)
    assert lab.get(f"{LAB}/health", headers=seen_before).status_code == 304
    lab.post(f"{LAB}/block", json={"condition": "a > 2"})
    changed = lab.get(place, headers=seen_before)
    assert (changed.status_code, len(drawn)) == (200, 2)
    assert changed.headers["etag"] != first.headers["etag"]
    assert lab.get(f"{API}/campaigns/none/plot", headers=seen_before).status_code == 404


def test_what_is_not_there_is_said_on_a_page_to_people(lab: TestClient) -> None:
    """And as a document to programs."""
    assert "has no campaign 'none'. It has: lab." in seen(lab, "/campaigns/none", 404)
    assert "All campaigns" in seen(lab, "/campaigns/none", 404)
    assert lab.get("/campaigns/none").json()["error"]["code"] == "campaign-not-found"
    assert "s9" in seen(lab, "/campaigns/lab/suggestions/s9", 404)
    assert lab.get("/static/none.js").status_code == 404


def test_nothing_comes_from_elsewhere(lab: TestClient) -> None:
    """No page, style or script names another machine."""
    for path in ("/", "/campaigns/lab", "/static/app.css", "/static/app.js"):
        assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", lab.get(path).text) == []


def test_the_example_can_be_opened(api: TestClient) -> None:
    table = api.get("/pages/example.csv")
    shown = api.post("/pages/look?filename=example.csv", content=table.content)
    assert "44 samples, 3 columns." in shown.text
    assert re.search(r'data-column="sigma_S_cm".*?value="log10" selected', shown.text, re.S)


def test_a_template_is_shown_as_it_is_typed(api: TestClient) -> None:
    """How many candidates, their formulas and charges; a fault is said, and nothing is stored."""
    body = {
        "name": "preview",
        "template": "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3",
        "parameters": ["x=0:0.5:0.25", "y=0:0.5:0.25"],
        "constraints": ["x + y <= 0.5"],
        "targets": ["sigma:max:log10"],
    }
    shown = api.post("/pages/preview", json=body)
    assert shown.status_code == 200, shown.text
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", shown.text)).split())
    assert "6 candidates." in text
    assert "Li1.25Y0.25Zr1.75P3O12 0" in text
    faulty = api.post("/pages/preview", json=body | {"constraints": ["x + z <= 1"]})
    assert faulty.json()["error"]["code"] == "space"
    elsewhere = api.post("/pages/preview", json=body | {"table": "/etc/passwd"})
    assert "reads no files of its own machine" in elsewhere.json()["error"]["message"]
    assert "There is none yet." in seen(api, "/")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Best compromises so far"), ("ja", "これまでのパレート解")]
)
def test_of_several_goals_the_best_compromises_are_shown(
    api: TestClient, language: str, said: str
) -> None:
    """Those that no other sample beats in everything, before all results."""
    values = [(1.0, 5.0), (2.0, 4.0), (1.5, 3.0), (3.0, 1.0), (None, None)]
    rows = [{"a": i, "y": y, "z": z} for i, (y, z) in enumerate(values)]
    body = {"name": "two", "table": rows, "inputs": ["a"], "targets": ["y:max", "z:max"]}
    assert api.post(f"{API}/campaigns", json=body).status_code == 201
    text = seen(api, f"/campaigns/two?lang={language}")
    first = text[text.index(said) :]
    assert re.search(r"a y z 0 1 5 1 2 4 3 3 1 (?!2 )", first)


def test_what_was_chosen_counts_for_every_page(lab: TestClient, store: str) -> None:
    """Behind the address and before the browser; what is not known counts as not chosen."""
    place = store.removeprefix("sqlite:///")
    told = seen(lab, "/settings")
    assert f"SQLite: {place}" in told
    assert f"tansaku {__version__}" in told
    assert "Campaigns that you see 1" in told
    chosen = lab.post("/settings", json={"lang": "ja", "appearance": "dark"})
    assert chosen.status_code == 204
    for cookie in chosen.headers.get_list("set-cookie"):
        assert {"Path=/", "SameSite=lax", "Max-Age=31536000"} <= set(cookie.split("; "))
    for path in ("/", "/settings", "/campaigns/lab"):
        assert '<html lang="ja" data-appearance="dark">' in lab.get(path).text
        english = lab.get(f"{path}?lang=en", headers={"Accept-Language": "en"}).text
        assert '<html lang="en" data-appearance="dark">' in english
    assert re.search(r'value="ja" selected.*value="dark" selected', lab.get("/settings").text, re.S)
    wrong = lab.post(f"{LAB}/suggestions", json={"n": 0}, headers={"Accept-Language": "en"})
    assert wrong.json()["error"]["hint"].endswith("。")
    assert lab.post("/settings", json={"lang": "de"}).status_code == 422
    assert lab.post("/settings", json={}).status_code == 204
    assert '<html lang="en">' in lab.get("/").text
    nonsense = {"Cookie": 'lang=de; appearance="><script>; =; \\'}
    assert '<html lang="en">' in lab.get("/", headers=nonsense).text

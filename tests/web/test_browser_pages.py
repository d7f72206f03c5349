"""The pages beside the loop in a browser, one story for each: at the balance, .."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.web.browsing import NO_BROWSER, PATIENCE, Server, Watched
from tests.web.conftest import API

pytestmark = NO_BROWSER

NASICON: Final[dict[str, Any]] = {
    "name": "NASICON 探索",
    "template": "Li(?)Y(x)Zr(2-x)(PO4)3",
    "parameters": ["x=0:0.5:0.1"],
    "targets": ["sigma:max:log10"],
    "weighing": {"precursors": ["Li2CO3:purity=99.5%", "Y2O3", "ZrO2", "NH4H2PO4"]},
}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that all stories share, each with a campaign of its own."""
    made = Server(tmp_path_factory.mktemp("standing"))
    made.start()
    yield made
    made.kill()


def asked(server: Server, path: str, body: Any) -> Any:
    """What the API answers."""
    found = httpx.post(f"{server.url}{API}{path}", json=body, timeout=PATIENCE / 1000)
    assert found.is_success, found.text
    return found.json()


def test_at_the_balance(browser: Browser, standing: Server) -> None:
    """On a phone, one precursor at a time; what was typed is still there the next day, and goes
    with the result: the model learns from the composition that was made."""
    asked(standing, "/campaigns", NASICON)
    place = f"/campaigns/{NASICON['name']}"
    asked(standing, f"{place}/suggestions", {"n": 1, "strategy": "random"})
    watched = Watched(browser, standing, "ja")
    page = watched.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{standing.url}{place}/suggestions/s1")
    page.get_by_role("link", name="秤量する").click()
    weighed: dict[str, float] = {}
    while page.locator("#made").is_hidden():
        step = page.locator(".step:not([hidden])")
        assert watched.obstacles() == []
        grams = float(step.get_attribute("data-grams") or "nan")
        name = (step.locator("input").get_attribute("name") or "").removeprefix("weighed.")
        weighed[name] = round(grams * (1.02 if name == "Y2O3" else 1), 4)
        step.get_by_role("button", name="次へ").click()  # nothing typed: it stays
        expect(step.locator("input")).to_be_focused()
        step.locator("input").fill(f"{weighed[name]:.4f}".replace(".", ","))
        expect(step.locator(".off")).to_contain_text("予定どおり" if name != "Y2O3" else "g 多すぎ")
        step.locator("input").press("Enter")
    off = page.locator("tr", has_text="Y").locator("td").last
    expect(off).to_have_text(re.compile(r"\+(1\.9[89]|2\.0[0-2]) %"))  # to 0.1 mg of 0.6 g
    page.goto(f"{standing.url}{place}")
    expect(page.locator("[data-masses]")).to_contain_text("Li2CO3")
    page.fill("#record-s1 [name='results.sigma']", "3e-5")
    page.click("#record-s1 button")
    expect(page.locator("tbody tr").first).to_contain_text("m1", timeout=PATIENCE)
    (stored,) = httpx.get(f"{standing.url}{API}{place}/measurements").json()["measurements"]
    assert stored["made"]["weighed"] == weighed
    assert watched.wrong == []


def test_what_a_strategy_would_have_saved(browser: Browser, standing: Server) -> None:
    """A study is asked for, watched, stopped; a short one shows its figure and its numbers."""
    rows = [{"x": i / 20, "y": -((i / 20 - 0.3) ** 2)} for i in range(21)]
    made = {"name": "line", "table": rows, "inputs": ["x"], "targets": ["y:max"]}
    asked(standing, "/campaigns", made)
    watched = Watched(browser, standing, "en")
    page = watched.page
    page.goto(f"{standing.url}/campaigns/line")
    page.get_by_role("link", name="What would it have saved?").click()
    assert watched.obstacles() == []
    page.fill("[name=runs]", "100000")
    page.get_by_role("button", name="Replay").click()
    page.wait_for_url("**/study/*")
    expect(page.locator("#stage")).to_contain_text(" / ", timeout=PATIENCE)
    assert watched.obstacles() == []
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("h1")).to_contain_text("cancelled", timeout=PATIENCE)
    page.get_by_role("link", name="What would it have saved?").click()
    page.fill("[name=runs]", "8")
    page.fill("[name=start]", "3")
    page.get_by_role("button", name="Replay").click()
    page.wait_for_url("**/study/*")
    expect(page.locator("figure img")).to_be_visible(timeout=PATIENCE)
    job = page.url.rpartition("/")[2]
    found = httpx.get(f"{standing.url}{API}/jobs/{job}").json()["result"]
    for each, row in zip(found["strategies"], page.locator("tbody tr").all(), strict=False):
        told = [each["name"], "8", *(each[level] or "-" for level in ("n50", "n80", "n95"))]
        assert row.locator("td").all_text_contents()[:5] == [str(cell) for cell in told]
    assert watched.obstacles() == []
    assert watched.wrong == []

"""Whole stories in a browser, as a chemist without code meets the server, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tansaku.services.trash import remove
from tests.web.browsing import IN_EACH_LANGUAGE, NO_BROWSER, Server, Watched, paste

pytestmark = NO_BROWSER

SAID = {
    "en": {
        "home": "Which sample should be made next?",
        "question": "is it right?",
        "anyway": "Store it as it is",
        "lost": "The server does not answer.",
        "changed": "This campaign has changed",
    },
    "ja": {
        "home": "次にどの試料を作ればいい?",
        "question": "正しいですか",
        "anyway": "このまま保存する",
        "lost": "サーバーが応答しません。",
        "changed": "キャンペーンが変更されました",
    },
}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_from_a_spreadsheet_to_the_next_sample(
    browser: Browser, server: Server, language: str
) -> None:
    """In five clicks; what is doubtful is asked, and nothing typed is lost with the server."""
    said, watched = SAID[language], Watched(browser, server, language)
    page = watched.page
    page.goto(server.url)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", level=1)).to_have_text(said["home"])
    assert watched.obstacles() == []
    page.click("#example")
    page.fill("#looked [name=name]", "LCZSP 探索")
    page.click("#looked button")
    page.wait_for_url("**/campaigns/**")
    page.click("#suggest button")
    result = page.locator("#record-s1 [name='results.sigma_S_cm']")
    result.fill("2e3")  # S/cm: no oxide reaches that
    page.click("#record-s1 button")
    message = page.locator("#record-s1 .message")
    expect(message).to_contain_text(said["question"])
    expect(message.get_by_role("button")).to_have_text(said["anyway"])
    result.fill("2e-5")
    server.kill()
    page.click("#record-s1 > button")
    expect(message).to_contain_text(said["lost"])
    server.start()
    page.reload()
    expect(result).to_have_value("2e-5")
    page.click("#record-s1 > button")
    expect(page.locator("#results ~ .wide tbody tr").first).to_contain_text("2e-05")
    expect(page.locator("#trust ~ p").first).to_contain_text("sigma_S_cm")
    expect(page.locator("#trust ~ p").last).to_contain_text("sigma_S_cm")
    page.click("#suggest button")
    expect(page.locator("#record-s2")).to_be_visible()
    assert watched.obstacles() == []
    page.click("article.card a")
    expect(page.locator("figure.split")).to_be_visible()
    assert watched.wrong == []


def test_two_windows_see_each_others_changes(browser: Browser, server: Server) -> None:
    """On every page of a campaign, and what is being typed stays; a result that is taken back is
    gone in both."""
    first, second = Watched(browser, server, "en"), Watched(browser, server, "ja")
    page, other = first.page, second.page
    page.goto(server.url)
    page.click("#example")
    page.fill("#looked [name=name]", "shared")
    page.click("#looked button")
    page.wait_for_url("**/campaigns/**")
    page.click("#suggest button")
    expect(page.locator("#record-s1")).to_be_visible()
    other.goto(f"{server.url}/campaigns/shared")
    typed = other.locator("#record-s1 [name='results.sigma_S_cm']")
    typed.fill("3.3e-5")
    paste(page, "x_Si\ty_Ca\tsigma_S_cm\n0.1\t0.05\t2.56e-5\n0.1\t0.1\t<1e-7\n")
    page.click("#grid button >> nth=0")
    page.get_by_role("button", name=SAID["en"]["anyway"]).click()  # so low a limit is doubtful
    expect(page.locator("tr.limit")).to_contain_text("<1e-07")
    expect(page.locator("#changed")).to_be_hidden()  # its own change is no news to a window
    expect(other.locator("#changed")).to_contain_text(SAID["ja"]["changed"])
    expect(typed).to_have_value("3.3e-5")
    other.click("#changed a")
    expect(other.locator("tr.limit")).to_contain_text("<1e-07")
    expect(typed).to_have_value("3.3e-5")
    other.goto(f"{server.url}/campaigns/shared/what-if")
    page.click("button[data-undo]")
    expect(page.locator("tr.limit")).to_have_count(0)
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("tr.limit")).to_have_count(1)
    expect(page.locator("#history ~ .wide")).to_contain_text("is back again")
    expect(other.locator("#changed")).to_contain_text(SAID["ja"]["changed"])
    assert first.wrong == second.wrong == []


def test_a_window_is_told_that_its_campaign_is_gone(browser: Browser, server: Server) -> None:
    """Also where the server was started again meanwhile, which ends what it listens to."""
    watched = Watched(browser, server, "en")
    page = watched.page
    page.goto(server.url)
    page.click("#example")
    page.fill("#looked [name=name]", "shared")
    page.click("#looked button")
    page.wait_for_url("**/campaigns/**")
    server.kill()
    server.start()
    remove(f"sqlite:///{server.folder / 'lab.db'}", "shared")
    expect(page.locator("#changed")).to_contain_text("no campaign 'shared'")
    assert watched.wrong == []


def made(page: Page, server: Server, name: str) -> list[str]:
    """Of the campaign whose page has come: what is wanted."""
    page.wait_for_url(f"**/campaigns/{name}*")
    targets: list[str] = page.request.get(f"{server.url}/api/v1/campaigns/{name}").json()["targets"]
    return targets


def suggests(watched: Watched, place: str) -> None:
    """A first suggestion is made, and its result can be entered at this place."""
    watched.page.click("#suggest button")
    expect(watched.page.locator(place)).to_be_visible()
    assert watched.wrong == []


@IN_EACH_LANGUAGE
def test_a_formula_shows_its_candidates_as_it_is_typed(
    browser: Browser, server: Server, language: str
) -> None:
    """And makes a campaign with a first suggestion."""
    watched = Watched(browser, server, language)
    page, many = watched.page, watched.said("{n} candidates.")
    page.goto(server.url)
    page.click("details.card summary")
    form = page.locator("#template")
    form.locator("[name=name]").fill("NASICON")
    form.locator("[name=template]").fill("Li(?)Y(x)Zr(2-x)(PO4)3")
    form.locator("[name=parameters]").fill("x=0:0.5:0.1")
    expect(form.locator(".preview")).to_contain_text(many.format(n=6))
    expect(form.locator(".preview")).to_contain_text("Li1.5Y0.5Zr1.5P3O12")
    form.locator("[name=constraints]").fill("z <= 0.3")
    expect(form.locator(".preview")).to_contain_text("z")
    form.locator("[name=constraints]").fill("x <= 0.3")
    expect(form.locator(".preview")).to_contain_text(many.format(n=4))
    form.locator("[name='targets.1.name']").fill("sigma")
    form.locator("[name='targets.1.scale']").select_option("log10")
    form.locator("#more-results > summary").click()
    form.locator("[name='targets.2.name']").fill("gap")
    form.locator("[name='targets.2.goal']").select_option("match")
    form.locator("[name='targets.2.match']").fill("1,5")
    page.reload()  # what was typed is still there, and so is the place for the value
    page.click("details.card > summary")
    form.locator("#more-results > summary").click()
    expect(form.locator("[name='targets.2.match']")).to_have_value("1,5")
    expect(form.locator("[name='targets.2.match']")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert watched.obstacles() == []
    form.locator("> button").click()
    assert made(page, server, "NASICON") == ["sigma:max:log10", "gap:=1.5"]
    suggests(watched, "#record-s1")


@IN_EACH_LANGUAGE
def test_several_results_of_a_table_may_be_wanted(
    browser: Browser, server: Server, tmp_path: Path, language: str
) -> None:
    """One as low as possible, one that only has to stay within a limit; a limit that is missing is
    asked for at the place, and what was chosen stays."""
    watched = Watched(browser, server, language)
    page, file = watched.page, tmp_path / "two.csv"
    rows = ["T,loss,density", *(f"{900 + 10 * i},{i % 4 + 1},{0.8 + i / 100}" for i in range(8))]
    file.write_text("\n".join([*rows, "1000,,", "1010,,"]), encoding="utf-8")
    page.goto(server.url)
    page.set_input_files("#file", file)
    density = page.locator("tr", has=page.locator("[data-column=density]"))
    expect(density.locator("[name=low]")).to_be_hidden()
    for column, goal in (("loss", "min"), ("density", "keep")):
        row = page.locator("tr", has=page.locator(f"[data-column={column}]"))
        row.locator("[name=role]").select_option("target")
        row.locator("[name=goal]").select_option(goal)
    page.click("#looked button")
    expect(page.locator("#looked .message")).to_contain_text(
        watched.said("Target '{name}' has to keep a limit, and none is given.").format(
            name="density"
        )
    )
    density.locator("[name=low]").fill("0.82")
    assert watched.obstacles() == []
    page.click("#looked button")
    assert made(page, server, "two") == ["loss:min", "density:>=0.82"]
    suggests(watched, "#record-s1 [name='results.density']")

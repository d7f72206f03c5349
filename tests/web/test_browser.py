"""Whole stories in a browser, as a chemist without code meets the server, in both languages."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tansaku.services.trash import remove
from tests.web.browsing import IN_EACH_LANGUAGE, NO_BROWSER, Server, Watched, paste

pytestmark = NO_BROWSER

LOST = "The server does not answer. What you have typed is kept on this page; try again."
CHANGED = "This campaign has changed since the page was opened."


@IN_EACH_LANGUAGE
def test_from_a_spreadsheet_to_the_next_sample(
    browser: Browser, server: Server, language: str
) -> None:
    """In five clicks; what is doubtful is asked, and nothing typed is lost with the server."""
    watched = Watched(browser, server.url, language)
    page, said = watched.page, watched.said
    page.goto(server.url)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        said("Which sample should be made next?")
    )
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
    expect(message).to_contain_text(re.compile(r"is it right\?|正しいですか"))
    expect(message.get_by_role("button")).to_have_text(said("Store it as it is"))
    result.fill("2e-5")
    server.kill()
    page.click("#record-s1 > button")
    expect(message).to_contain_text(said(LOST))
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
    page.click("details.pictures > summary")
    expect(page.locator("details.pictures img").first).to_be_visible()
    page.click("article.card a")
    expect(page.locator("figure.split")).to_be_visible()
    assert watched.wrong == []


def test_two_windows_see_each_others_changes(browser: Browser, server: Server) -> None:
    """On every page of a campaign, and what is being typed stays; a result that is taken back is
    gone in both."""
    first, second = Watched(browser, server.url, "en"), Watched(browser, server.url, "ja")
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
    page.get_by_role(
        "button", name=first.said("Store it as it is")
    ).click()  # so low a limit is doubtful
    expect(page.locator("tr.limit")).to_contain_text("<1e-07")
    expect(page.locator("#changed")).to_be_hidden()  # its own change is no news to a window
    expect(other.locator("#changed")).to_contain_text(second.said(CHANGED))
    expect(typed).to_have_value("3.3e-5")
    other.click("#changed a")
    expect(other.locator("tr.limit")).to_contain_text("<1e-07")
    expect(typed).to_have_value("3.3e-5")
    other.goto(f"{server.url}/campaigns/shared/what-if")
    page.click("button[data-undo]")
    expect(page.locator("tr.limit")).to_have_count(0)
    first.press("Bring it back")
    expect(page.locator("tr.limit")).to_have_count(1)
    expect(page.locator("#history ~ .wide")).to_contain_text("is back again")
    expect(other.locator("#changed")).to_contain_text(second.said(CHANGED))
    assert first.wrong == second.wrong == []


def test_a_window_is_told_that_its_campaign_is_gone(browser: Browser, server: Server) -> None:
    """Also where the server was started again meanwhile, which ends what it listens to."""
    watched = Watched(browser, server.url, "en")
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

"""Whole stories in a browser, as a chemist without code meets the server, in both languages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import tansaku

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    BROWSER is None and not os.environ.get("CI"), reason="there is no Chromium here"
)

PATIENCE = 120_000
"""Milliseconds that anything may take on a busy machine."""


class Server:
    """A server in a process of its own, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it answers."""
        command = [sys.executable, "-m", "tansaku", "serve", "--port", str(self.port)]
        store = f"sqlite:///{self.folder / 'lab.db'}"
        home = os.environ | {"PYTHONPATH": str(Path(tansaku.__file__).parents[1])}
        self.process = subprocess.Popen([*command, "--store", store], cwd=self.folder, env=home)
        for _try in range(600):
            try:
                urlopen(f"{self.url}/health").close()
                return
            except URLError:
                time.sleep(0.2)
        raise AssertionError("the server does not start")

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield found
        found.close()


class Watched:
    """A page, and what went wrong on it: errors of its scripts, and requests to other machines."""

    def __init__(self, browser: Browser, server: Server, language: str) -> None:
        context = browser.new_context(locale={"en": "en-US", "ja": "ja-JP"}[language])
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda asked: self._see(asked.url, server.url))
        self.page.on(
            "console",
            lambda said: (
                self.wrong.append(said.text)
                if said.type == "error" and "Failed to load resource" not in said.text
                else None
            ),
        )

    def _see(self, url: str, own: str) -> None:
        if not url.startswith((own, "data:", "blob:")):
            self.wrong.append(url)


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
    page.click("#example")
    page.fill("#looked [name=name]", "LCZSP 探索")
    page.click("#looked button")
    page.wait_for_url("**/campaigns/**")
    page.click("#suggest button")
    result = page.locator("#record-s1 [name='results.sigma_S_cm']")
    result.fill("2e3")  # S/cm: no oxide reaches that
    page.click("#record-s1 button")
    message = page.locator("#record-s1 .message")
    expect(message).to_contain_text(said["question"], timeout=PATIENCE)
    expect(message.get_by_role("button")).to_have_text(said["anyway"])
    result.fill("2e-5")
    server.kill()
    page.click("#record-s1 > button")
    expect(message).to_contain_text(said["lost"], timeout=PATIENCE)
    server.start()
    page.reload()
    expect(result).to_have_value("2e-5")
    page.click("#record-s1 > button")
    expect(page.locator("#results ~ .wide tbody tr").first).to_contain_text(
        "2e-05", timeout=PATIENCE
    )
    expect(page.locator("#trust ~ p").first).to_contain_text("sigma_S_cm", timeout=PATIENCE)
    expect(page.locator("#trust ~ p").last).to_contain_text("sigma_S_cm", timeout=PATIENCE)
    page.click("#suggest button")
    expect(page.locator("#record-s2")).to_be_visible(timeout=PATIENCE)
    page.click("article.card a")
    expect(page.locator("figure.split")).to_be_visible(timeout=PATIENCE)
    assert watched.wrong == []


def test_two_windows_see_each_others_changes(browser: Browser, server: Server) -> None:
    """And a result that is taken back is gone in both."""
    first, second = Watched(browser, server, "en"), Watched(browser, server, "ja")
    page = first.page
    page.goto(server.url)
    page.click("#example")
    page.fill("#looked [name=name]", "shared")
    page.click("#looked button")
    page.wait_for_url("**/campaigns/**")
    second.page.goto(f"{server.url}/campaigns/shared")
    page.locator("summary").nth(2).click()
    page.fill("#paste textarea", "x_Si\ty_Ca\tsigma_S_cm\n0.1\t0.05\t2.56e-5\n0.1\t0.1\t<1e-7\n")
    page.click("#paste > button")
    page.get_by_role("button", name=SAID["en"]["anyway"]).click()  # so low a limit is doubtful
    expect(page.locator("tr.limit")).to_contain_text("<1e-07", timeout=PATIENCE)
    expect(second.page.locator("#changed")).to_contain_text(SAID["ja"]["changed"], timeout=PATIENCE)
    page.click("button[data-undo]")
    expect(page.locator("tr.limit")).to_have_count(0, timeout=PATIENCE)
    assert first.wrong == second.wrong == []


def test_a_formula_shows_its_candidates_as_it_is_typed(browser: Browser, server: Server) -> None:
    """And makes a campaign with a first suggestion."""
    watched = Watched(browser, server, "ja")
    page = watched.page
    page.goto(server.url)
    page.click("details.card summary")
    form = page.locator("#template")
    form.locator("[name=name]").fill("NASICON")
    form.locator("[name=template]").fill("Li(?)Y(x)Zr(2-x)(PO4)3")
    form.locator("[name=parameters]").fill("x=0:0.5:0.1")
    expect(form.locator(".preview")).to_contain_text("候補は 6 個です。", timeout=PATIENCE)
    expect(form.locator(".preview")).to_contain_text("Li1.5Y0.5Zr1.5P3O12")
    form.locator("[name=constraints]").fill("z <= 0.3")
    expect(form.locator(".preview")).to_contain_text("z", timeout=PATIENCE)
    form.locator("[name=constraints]").fill("x <= 0.3")
    expect(form.locator(".preview")).to_contain_text("候補は 4 個です。", timeout=PATIENCE)
    form.locator("[name=target]").fill("sigma")
    form.locator("> button").click()
    page.wait_for_url("**/campaigns/NASICON*")
    page.click("#suggest button")
    expect(page.locator("#record-s1")).to_be_visible(timeout=PATIENCE)
    assert watched.wrong == []

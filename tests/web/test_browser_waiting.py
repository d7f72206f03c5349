"""Whoever waits longer than a second in a browser reads what the server is at."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, expect

from tansaku.bo import engine
from tansaku.services import explain, opened
from tansaku.services.job_worker import work_once
from tansaku.stages import stage
from tansaku.web.application import LOOPBACK, create_app
from tests.web.browsing import ELSEWHERE, NO_BROWSER, PATIENCE, Watched
from tests.web.conftest import API, CAMPAIGN, short

pytestmark = NO_BROWSER

LONG: Final = 2.5
"""Seconds: the page asks after one and after two."""


KEEP: Final = """() => { const banner = document.getElementById("told");
    new MutationObserver(() => { localStorage.seen += banner.textContent; })
        .observe(banner, { attributes: true, childList: true }); }"""
"""What the banner says, for the page that comes next to be asked."""


@contextmanager
def served(app: FastAPI) -> Iterator[int]:
    """The port of a server in a thread of this process."""
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = Thread(target=server.run, kwargs={"sockets": [port]})
        thread.start()
        try:
            yield port.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def slow(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, at half of it for a while."""

    def waiting(*given: Any, **options: Any) -> Any:
        stage("half of it", 5, 10)
        time.sleep(LONG)
        return function(*given, **options)

    return waiting


def works(store: str) -> None:
    """A worker that ends behind its first job."""
    while not work_once(store, "w"):
        time.sleep(0.1)


def test_what_takes_long_says_what_it_is_at(
    browser: Browser, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suggestion on the button that asked for it, also where the server makes a job of it; the
    page that comes on the one before it. Times have the form of the language. The server is asked
    at a name of its own over plain http, where browsers lack much."""
    monkeypatch.setattr(engine, "propose", slow(engine.propose))
    monkeypatch.setattr(explain, "explained", slow(explain.explained))
    app = short(create_app(store, hosts=(*LOOPBACK, ELSEWHERE)))
    with served(app) as port:
        url = f"http://{ELSEWHERE}:{port}"
        httpx.post(f"http://127.0.0.1:{port}{API}/campaigns", json=CAMPAIGN).raise_for_status()
        watched = Watched(browser, url, "ja")
        page = watched.page
        page.goto(f"{url}/campaigns/lab")
        assert not page.evaluate("isSecureContext")
        button = page.locator("#suggest button")
        button.click()
        says_half(button)
        expect(page.locator("article")).to_have_count(1)
        expect(page.locator("time").last).to_have_text(re.compile(r"^20\d\d/\d+/\d+ \d+:\d\d$"))
        monkeypatch.setattr(opened, "MANY_CANDIDATES", 1)
        worker = Thread(target=works, args=(store,))
        worker.start()
        button.click()
        says_half(button)
        worker.join()
        expect(page.locator("article h3")).to_contain_text("s2")
        page.evaluate(KEEP)
        page.click("article a")
        page.wait_for_url("**/suggestions/s2*", timeout=PATIENCE)
        assert "half of it 50 % ·" in page.evaluate("localStorage.seen")
        expect(page.locator("#told")).to_be_hidden()
        # What a browser does without where it cannot know who answers it.
        assert [each for each in watched.wrong if "Cross-Origin-Opener-Policy" not in each] == []


def says_half(place: Locator) -> None:
    """A share, and seconds."""
    expect(place).to_contain_text("half of it 50 % ·")
    expect(place).to_contain_text(" s")

"""A server in a process of its own, and a browser that watches what goes wrong on its pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import tansaku
from tansaku.language import LANGUAGES, _, use

BROWSER: Final = shutil.which("chromium") or shutil.which("chromium-browser")

NO_BROWSER: Final = pytest.mark.skipif(
    BROWSER is None and not os.environ.get("CI"), reason="there is no Chromium here"
)

ELSEWHERE: Final = "lab.example"
"""A name under which the browser finds this machine as if it were another one."""

PATIENCE: Final = 120_000
"""Milliseconds that anything may take on a busy machine."""
expect.set_options(timeout=PATIENCE)


class Server:
    """A server in a process of its own, which can be killed and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
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
        command += ["--store", store, *self.options]
        self.process = subprocess.Popen(command, cwd=self.folder, env=home)
        for _try in range(5 * 3 * PATIENCE // 1000):
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


class Watched:
    """A page, and what went wrong on it: errors of its scripts, and requests to other machines."""

    def __init__(self, browser: Browser, server: str, language: str) -> None:
        self.language = language
        context = browser.new_context(locale={"en": "en-US", "ja": "ja-JP"}[language])
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda asked: self._see(asked.url, server))
        self.page.on(
            "console",
            lambda said: (
                self.wrong.append(said.text)
                if said.type == "error" and "Failed to load resource" not in said.text
                else None
            ),
        )

    def said(self, text: str) -> str:
        """A text of the program in the language of the page."""
        with use(self.language):
            return _(text)

    def press(self, name: str) -> None:
        """Click a button of a page that may just be coming: one that is clicked before its script
        is there does nothing."""
        button = self.page.get_by_role("button", name=name)
        expect(button).to_be_visible()
        self.page.wait_for_load_state()
        button.click()

    def _see(self, url: str, own: str) -> None:
        if not url.startswith((own, "data:", "blob:")):
            self.wrong.append(url)

    def obstacles(self) -> list[str]:
        """What keeps people from using the page: by ear or with weak eyes, in the light and in the
        dark, as axe-core finds it (WCAG 2.2 AA and its best practices); by keyboard, or because it
        is wider than the screen."""
        found: list[str] = []
        self.page.wait_for_load_state()
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found += [
                f"{scheme}: {rule['id']}: {node['html'][:90]} {node['failureSummary'][-120:]}"
                for rule in Axe().run(self.page).response["violations"]
                for node in rule["nodes"]
            ]
        self.page.emulate_media(color_scheme="light")
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("wider than the screen")
        return sorted(set(found)) + self._out_of_reach()

    def _out_of_reach(self) -> list[str]:
        """What Tab does not reach, in the order of the page, with a ring around it."""
        page, found, last = self.page, [], -1
        page.evaluate("document.activeElement.blur()")
        for _step in range(page.evaluate(f"{FOCUSABLE}.length")):
            page.keyboard.press("Tab")
            at, ring, said = page.evaluate(
                f"""(() => {{ const one = document.activeElement, drawn = getComputedStyle(
                    one.closest(".button") || one);
                return [{FOCUSABLE}.indexOf(one), parseFloat(drawn.outlineWidth) > 0
                    && drawn.outlineStyle !== "none", one.outerHTML.slice(0, 80)]; }})()"""
            )
            if at < 0:
                break
            found += [f"out of order: {said}"] * (at < last) + [f"no ring: {said}"] * (not ring)
            last = at
        return found


def paste(page: Page, text: str) -> float:
    """Into the first cell of the rows for samples; milliseconds until they are laid out."""
    if not page.locator(".sheet").is_visible():
        page.click("details:has(#grid) > summary")
    page.locator(".sheet input").first.click()
    found: float = page.evaluate(PASTING, text)
    return found


PASTING: Final = """(text) => {
    const clipboardData = new DataTransfer(), begun = performance.now();
    clipboardData.setData("text/plain", text);
    document.activeElement.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    document.querySelector(".sheet").getBoundingClientRect();
    return performance.now() - begun;
}"""

IN_EACH_LANGUAGE: Final = pytest.mark.parametrize("language", LANGUAGES)

FOCUSABLE: Final = """[...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")].filter(
    (one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)"""
"""What a keyboard has to reach."""

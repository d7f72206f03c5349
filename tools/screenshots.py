"""The pictures of docs/web.md and of the README, as a browser shows them.

    python tools/screenshots.py

docs/images has them in English, docs/images/ja in Japanese. Each story begins with a server of its
own, so that they show the same; the conductivities of the second campaign are those of a formula.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

HOUSE = Path(__file__).parents[1]
sys.path.insert(0, str(HOUSE))
from tests.web.browsing import BROWSER, PATIENCE, Server  # noqa: E402

IMAGES = HOUSE / "docs" / "images"
LOCALES = {"en": ("en-US", IMAGES), "ja": ("ja-JP", IMAGES / "ja")}
WIDE, PHONE = (1000, 760), (390, 844)
COLOURS = 256
"""Of a picture: enough for its letters and a map, and a third of the bytes."""
MARGIN = 8
"""Pixels below what is shown last."""
NASICON = {
    "name": "NASICON",
    "template": "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3",
    "parameters": ["x=0:0.375:0.0625", "y=0:0.375:0.0625"],
    "constraints": ["x + y <= 0.5"],
    "targets": ["sigma:max:log10"],
    "weighing": {
        "precursors": ["Li2CO3:purity=99.5%", "CaCO3", "Y2O3", "ZrO2", "NH4H2PO4"],
        "excess": ["Li=10%"],
    },
}
MADE = ((1, 0), (6, 0), (1, 1), (4, 1), (2, 2), (4, 3), (0, 4), (4, 4), (2, 6))
"""Its samples, in sixteenths of x and y."""


@contextmanager
def opened(browser: Browser, locale: str, dark: bool = False) -> Iterator[tuple[Page, Server]]:
    """A page, and a server whose store is empty."""
    with TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        context = browser.new_context(locale=locale, color_scheme="dark" if dark else "light")
        context.set_default_timeout(PATIENCE)
        try:
            yield context.new_page(), server
        finally:
            context.close()
            assert server.process is not None
            server.process.terminate()
            server.process.wait()


def sized(page: Page, size: tuple[int, int]) -> None:
    """So wide, and so high."""
    page.set_viewport_size({"width": size[0], "height": size[1]})


def taken(page: Page, file: Path, last: Locator | None = None) -> None:
    """The page from its top to the end of what is shown ``last``, or to its own."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    found = (last or page.locator("main")).bounding_box()
    assert found is not None
    width = page.evaluate("document.documentElement.clientWidth")
    high = found["y"] + found["height"] + MARGIN
    whole = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": high})
    Image.open(BytesIO(whole)).convert("RGB").quantize(COLOURS).save(file, optimize=True)
    sys.stdout.write(f"{file.relative_to(HOUSE)}\n")


def from_a_spreadsheet(browser: Browser, locale: str, folder: Path) -> None:
    """A table as it was understood, the campaign, why a sample, and the campaign on a phone."""
    with opened(browser, locale) as (page, server):
        sized(page, (1110, 760))
        page.goto(server.url)
        page.click("#example")
        page.locator("#looked [name=name]").wait_for()
        taken(page, folder / "web-home.png", page.locator("details.card"))
        page.fill("#looked [name=name]", "LCZSP")
        page.click("#looked button")
        page.wait_for_url("**/campaigns/**")
        page.fill("#suggest [name=n]", "1")
        page.click("#suggest button")
        page.fill("#record-s1 [name='results.sigma_S_cm']", "2e-5")
        page.click("#record-s1 > button")
        page.locator("#record-s1").wait_for(state="detached")
        page.fill("#suggest [name=n]", "2")
        page.click("#suggest button")
        page.locator("#record-s3").wait_for()
        sized(page, WIDE)
        taken(page, folder / "web-campaign.png", page.locator(".cards"))
        page.locator("article.card a").last.click()
        page.locator("figure.split").wait_for()
        taken(page, folder / "web-card.png", page.locator("#withdraw + p"))
        page.emulate_media(color_scheme="dark")
        page.go_back()
        sized(page, PHONE)
        taken(page, folder / "web-phone.png", page.locator("article.card").first)


def from_a_formula(browser: Browser, locale: str, folder: Path) -> None:
    """A template as it is typed; at the balance, and the map of what is known of it."""
    with opened(browser, locale) as (page, server):
        sized(page, WIDE)
        page.goto(server.url)
        page.click("details.card summary")
        form = page.locator("#template")
        form.locator("[name=name]").fill("NASICON")
        form.locator("[name=template]").fill("Li(?)Y(x)Zr(2-x)(PO4)3")
        form.locator("[name=parameters]").fill("x=0:0.5:0.1")
        form.locator("[name=constraints]").fill("x <= 0.3")
        form.locator("[name='targets.1.name']").fill("sigma")
        form.locator(".preview tbody tr").nth(3).wait_for()
        form.locator(".preview tbody tr").nth(4).wait_for(state="detached")
        taken(page, folder / "web-template.png", page.locator("details.card"))
        api = f"{server.url}/api/v1/campaigns"
        asked(api, NASICON)
        for i, j in MADE:
            x, y = i / 16, j / 16
            sigma = 10 ** (-5 - 12 * (x - 0.17) ** 2 - 5 * (y - 0.08) ** 2)
            result = {"at": {"x": x, "y": y}, "results": {"sigma": float(f"{sigma:.3g}")}}
            asked(f"{api}/NASICON/measurements", result | {"confirm": True})
        asked(f"{api}/NASICON/suggestions", {"n": 2})
        page.goto(f"{server.url}/campaigns/NASICON/map")
        page.locator("canvas").first.wait_for()
        canvas = page.locator("canvas").first
        box = canvas.bounding_box()
        assert box is not None
        canvas.hover(position={"x": 0.42 * box["width"], "y": 0.77 * box["height"]})
        taken(page, folder / "web-map.png")
        sized(page, PHONE)
        page.goto(f"{server.url}/campaigns/NASICON/suggestions/s1/weigh")
        page.locator(".step:not([hidden]) input").fill("0.55")
        taken(page, folder / "web-weigh.png", page.locator(".step:not([hidden])"))


def asked(url: str, body: object) -> None:
    """What the API does."""
    httpx.post(url, json=body, timeout=PATIENCE / 1000).raise_for_status()


def main() -> None:
    """Both stories in both languages."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for locale, folder in LOCALES.values():
            from_a_spreadsheet(browser, locale, folder)
            from_a_formula(browser, locale, folder)


if __name__ == "__main__":
    main()

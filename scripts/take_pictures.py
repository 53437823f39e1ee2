"""Take the pictures of docs/gallery.md: the site's pages in Chromium, and one figure of each kind.

Run by ``make gallery`` on an up-to-date results/; needs Debian's chromium (or METAUDIT_CHROMIUM).
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from metaudit.figures.forest import draw_forest_layout
from metaudit.figures.inputs import read_inputs
from metaudit.figures.output import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SITE = Path("results/report")
OUT = Path("docs/gallery")
DESKTOP = (1280, 1600)
PHONE = (360, 1200)
WIDE = 1200
LAYOUTS = ("revman", "jama", "bmj")
COLOURS = 96


@dataclass(frozen=True)
class Picture:
    """One picture: a page, how wide the window is, and where it is looked at.

    Parameters
    ----------
    name : file name without suffix
    address : page of the site or a file below results/, with its fragment
    size : width and height of the window in CSS pixels
    dark : whether the reader prefers dark pages
    at : CSS selector that is scrolled to the top, or nothing
    """

    name: str
    address: str
    size: tuple[int, int] = DESKTOP
    dark: bool = False
    at: str = ""


PAGES = (
    Picture("overview", "index.html"),
    Picture("overview-french-dark", "index.html?lang=fr", dark=True),
    Picture("overview-phone", "index.html", PHONE),
    Picture("review", "colditz-1994.html"),
    Picture("review-dark", "colditz-1994.html", dark=True),
    Picture("review-phone", "colditz-1994.html", PHONE),
    Picture("claim", "michelet-2018.html#claim-w1-p", (1280, 900)),
    Picture("analysis", "colditz-1994.trials.html"),
    Picture("analysis-dark", "colditz-1994.trials.html", dark=True),
    Picture("analysis-phone", "colditz-1994.trials.html", PHONE),
)


def chromium() -> str:
    """Path of the browser.

    Raises
    ------
    SystemExit
        when there is none
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("METAUDIT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        sys.exit("no Chromium found; install it (apt-get install chromium) or name it in METAUDIT_CHROMIUM")
    return found


def take(browser: Browser, picture: Picture, address: str) -> bytes:
    """One window's worth of a page, as PNG."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if picture.dark else "light"
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("load")
    if picture.at:
        page.locator(picture.at).first.evaluate("element => element.scrollIntoView()")
    image = page.screenshot()
    context.close()
    return image


def keep(image: bytes, path: Path, *, width: int = 0) -> None:
    """Write a picture, not wider than ``width``, with few colours: screens of text need no more, and the repository stays small."""
    full = Image.open(io.BytesIO(image)).convert("RGB")
    if width:
        full.thumbnail((width, 10 * width))
    few = full.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main(root: Path) -> None:
    """Take every picture anew."""
    out, review = root / OUT, "colditz-1994"
    out.mkdir(parents=True, exist_ok=True)
    inputs = read_inputs(root / "results" / review, root / "data" / "reviews" / review)["trials"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for picture in PAGES:
            keep(take(browser, picture, f"file://{root / SITE}/{picture.address}"), out / f"{picture.name}.png")
        browser.close()
    for layout in LAYOUTS:
        drawn = draw_forest_layout(inputs, layout)
        keep(render(drawn.figure, "png", title=drawn.title, alt=drawn.alt), out / f"layout-{layout}.png", width=WIDE)


if __name__ == "__main__":
    main(Path.cwd())

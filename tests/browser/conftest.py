"""One browser for all tests of the site. What is tested is ``results/report`` as committed, or METAUDIT_SITE."""

import csv
import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("METAUDIT_SITE") or ROOT / "results" / "report")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: needs a browser and the site in results/report (or METAUDIT_SITE)")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def browser_path():
    """The browser to drive; without one the tests are skipped, but not where a build relies on them."""
    given = os.environ.get("METAUDIT_CHROMIUM")
    found = given or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found and Path(found).is_file():
        return found
    why = f"no browser: METAUDIT_CHROMIUM is {given!r}, and none of {', '.join(BROWSERS)} is on the path"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def browser():
    path = browser_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        running = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


class Opened:
    """A page with what it complained of."""

    def __init__(self, page):
        self.page, self.complaints = page, []
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("requestfailed", self._failed)
        page.on("request", lambda r: self.complaints.append(f"asks {r.url}") if not r.url.startswith(("file:", "data:", "blob:")) else None)  # fmt: skip

    def _failed(self, request):
        # Going on to the next page cancels pictures that load lazily; a file that is missing fails in another way.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def go(self, name, tail=""):
        self.page.goto(f"file://{SITE}/{name}{tail}")
        return self.page


@pytest.fixture(scope="session")
def contexts(browser):
    """Contexts by width, colour scheme and language; each is made once."""
    made = {}

    def get(*, width=1200, height=900, scheme="light", language="en"):
        key = width, height, scheme, language
        if key not in made:
            made[key] = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale=language
            )
        return made[key]

    yield get
    for context in made.values():
        context.close()


@pytest.fixture
def opened(contexts):
    """Open pages; what they complain of fails the test."""
    all_opened = []

    def new(**how):
        one = Opened(contexts(**how).new_page())
        all_opened.append(one)
        return one

    yield new
    complaints = [c for one in all_opened for c in one.complaints]
    for one in all_opened:
        one.page.close()
    assert not complaints


@pytest.fixture(scope="session")
def names():
    """Every page of the site."""
    found = sorted(path.name for path in SITE.glob("*.html"))
    assert "index.html" in found, f"no site in {SITE}: run the pipeline"
    return found


@pytest.fixture(scope="session")
def analysis_pages(names):
    """Pages of analyses that have an explorer."""
    found = [n for n in names if (SITE / "explorer" / n.replace(".html", ".js")).is_file()]
    assert found
    return found


@pytest.fixture(scope="session")
def review_pages(names):
    """Pages of reviews; those of analyses have the review's name before a dot."""
    whole = {p.name for p in SITE.parent.iterdir() if p.is_dir()}
    found = [n for n in names if n.removesuffix(".html") in whole]
    assert found
    return found


@pytest.fixture(scope="session")
def largest():
    return max(SITE.glob("*.html"), key=lambda p: p.stat().st_size).name

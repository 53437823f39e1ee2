"""Search in a real browser, from a server and from a folder, and that a page asks for nothing from elsewhere."""

import functools
import http.server
import os
import shutil
import threading

import pytest

pytestmark = pytest.mark.browser
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


@pytest.fixture(scope="module")
def browser():
    path = os.environ.get("METAUDIT_CHROMIUM") or next((p for n in BROWSERS if (p := shutil.which(n))), None)
    if not path:
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)("no browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        running = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def server(site):
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize("place", ["server", "folder"])
def test_search_finds_a_word_and_fetches_nothing_from_elsewhere(browser, site, server, place):
    start = server if place == "server" else site.as_uri()
    page = browser.new_page()
    asked, wrong = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("requestfailed", lambda r: wrong.append(r.url))
    page.goto(f"{start}/index.html")
    page.locator(".md-search__input").click()
    page.keyboard.type("Hartung")
    page.locator(".md-search-result__item").first.wait_for(timeout=20000)
    assert "Why does another program print something else?" in page.locator(".md-search-result__list").inner_text()
    assert not wrong
    assert not [url for url in asked if not url.startswith((start, "data:", "blob:"))]
    page.close()

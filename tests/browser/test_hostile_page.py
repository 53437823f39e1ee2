"""Pages, tables and pictures of a review whose every text is a trap, opened in a browser: nothing runs and nothing breaks."""

import re

import pytest
from hostile import TRAPS, hostile, trap

from metaudit.stages.whole import write_whole


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    write_whole(hostile(folder / "trap-2021"), folder / "out")
    return folder / "out"


HANDLERS = "document.querySelectorAll('[onerror], [onload], [onmouseover], iframe, object, embed').length"


def test_no_page_or_table_runs_anything(opened, out):
    files = sorted(out.rglob("*.html"))
    assert len(files) > 6
    one = opened()
    dialogs = []
    one.page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    for path in files:
        one.page.goto(f"file://{path}")
        assert one.page.evaluate("window.owned") is None, path
        assert one.page.evaluate(HANDLERS) == 0, path
    assert not dialogs


def test_no_picture_runs_anything_or_asks_for_anything(contexts, out):
    page = contexts().new_page()
    asked, errors = [], []
    page.on("request", lambda r: asked.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    files = sorted(out.rglob("*.svg"))
    assert len(files) > 5
    for path in files:
        page.goto(f"file://{path}")
        assert page.evaluate("document.documentElement.localName") == "svg", (
            path
        )  # a broken one is shown as an error page
        assert page.evaluate("window.owned") is None, path
        assert page.evaluate(HANDLERS) == 0, path
    page.close()
    assert not asked
    assert not errors


def test_moving_clicking_and_choosing_runs_nothing(opened, out):
    one = opened()
    for name in ("trap-2021.html", "trap-2021.main.html", "index.html"):
        one.page.goto(f"file://{out}/report/{name}")
        for button in one.page.locator("summary:visible, button:visible").all()[:40]:
            button.click(timeout=2000, force=True)
        for choice in one.page.locator("select:visible").all():
            values = choice.evaluate("(e) => [...e.options].map((o) => o.value)")
            for value in values[:6]:
                choice.select_option(value)
        one.page.mouse.move(300, 400)
        assert one.page.evaluate("window.owned") is None, name


def test_the_search_shows_what_is_typed_as_text(opened, out):
    one = opened()
    one.page.goto(f"file://{out}/report/index.html")
    boxes = one.page.locator("input[type=search]:visible, input[type=text]:visible")
    for box in boxes.all():
        for text in (TRAPS["script"].format("search"), TRAPS["image"].format("search"), "trap"):
            box.fill(text)
    assert one.page.evaluate("window.owned") is None


def test_the_forest_plot_shows_the_names(opened, out):
    one = opened()
    one.page.goto(f"file://{out}/report/trap-2021.main.html")
    shown = re.sub(r"\s+", " ", one.page.inner_text("body"))
    for kind in ("script", "image", "svg"):
        assert trap(kind, f"study{list(TRAPS).index(kind)}") in shown, kind

"""The page of a corpus in a real browser: narrow and wide, light and dark."""

import pytest

from making_summary import shards_of, write_shards
from metaudit.corpus.summary import FIGURES, write_summary


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    results = write_shards(tmp_path_factory.mktemp("corpus"))
    write_summary(results, results / "summary", shards=shards_of(results))
    return results / "summary" / "index.html"


def opened_page(opened, page_file, **how):
    page = opened(**how).page
    page.goto(page_file.as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    return page


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_is_never_wider_than_the_window(opened, page_file, width):
    page = opened_page(opened, page_file, width=width)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_every_figure_is_drawn(opened, page_file):
    page = opened_page(opened, page_file)
    drawn = page.evaluate(
        "() => [...document.images].map((i) => [i.getAttribute('src'), i.complete && i.naturalWidth])"
    )
    assert {name for name, width in drawn if width} == set(FIGURES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(opened, page_file, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = opened_page(opened, page_file, scheme=scheme)
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response
    assert found["testEngine"]["name"] == "axe-core"
    grave = {
        v["id"]: [n["target"] for n in v["nodes"][:3]]
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    }
    assert not grave

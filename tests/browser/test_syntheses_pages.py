"""Pages of a network and of a sequential analysis in a browser: they fit, read in French, and take names for what they are."""

import json

import pytest

from making_syntheses import network_review, sequential_review, vendored, write_review
from metaudit.formats.review import read_review
from metaudit.stages.whole import write_whole

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HANDLERS = "document.querySelectorAll('[onerror], [onload], [onmouseover], iframe, object, embed').length"
TRAP = '<img src=x onerror="window.owned=1">&amp; "quoted" \'name\''


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("out")
    hostile = [
        {**r, "treatment": TRAP if r["treatment"] == "self_help" else r["treatment"]}
        for r in vendored("hasselblad1998")
    ]
    net = f"  net:\n    title: {json.dumps(TRAP)}\n    select: {{}}\n    measure: OR\n    favours: high\n    network: {{}}\n"
    folders = [
        network_review(data / "net"), sequential_review(data / "seq"), write_review(data / "trap", hostile, net),
    ]  # fmt: skip
    for folder in folders:
        write_whole(read_review(folder), out / folder.name)
    return out


PAGES = [
    "net/report/net.html",
    "net/report/net.net.html",
    "seq/report/seq.html",
    "seq/report/seq.bcg.html",
    "trap/report/trap.net.html",
]


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_complains_of_nothing(opened, sites, name, width):
    one = opened(width=width, height=800)
    one.page.goto(f"file://{sites}/{name}")
    assert one.page.evaluate(WIDER) <= 0
    assert one.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_every_sentence_has_its_french(opened, sites, name):
    one = opened()
    one.page.goto(f"file://{sites}/{name}")
    keys = one.page.evaluate(
        "[...document.querySelectorAll('[data-i18n]')].map((e) => e.getAttribute('data-i18n') || e.textContent)"
    )
    known = one.page.evaluate("Object.keys(window.metauditFrench || {})")
    assert len(keys) > 20
    assert sorted({k.strip() for k in keys} - set(known) - {""}) == []


def test_the_figures_of_a_network_are_seen(opened, sites):
    one = opened()
    one.page.goto(f"file://{sites}/net/report/net.net.html")
    kinds = one.page.evaluate("[...document.querySelectorAll('figure')].map((f) => f.dataset.figure)")
    assert kinds[:5] == ["network-graph", "network-league", "network-forest", "network-ranks", "network-heat"]
    for figure in one.page.locator("figure").all():
        box = figure.bounding_box()
        assert box is not None
        assert box["height"] > 80


def test_names_of_treatments_run_nothing(opened, sites):
    one = opened()
    pages = [*sorted((sites / "trap").rglob("*.html")), *sorted((sites / "trap").rglob("*.svg"))]
    assert len(pages) > 8
    for path in pages:
        one.page.goto(f"file://{path}")
        assert one.page.evaluate("window.owned") is None, path
        assert one.page.evaluate(HANDLERS) == 0, path
    one.page.goto(f"file://{sites}/trap/report/trap.net.html")
    assert TRAP in one.page.evaluate("document.body.textContent")

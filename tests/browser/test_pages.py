"""Every page as a browser shows it: no complaint, nothing wider than the screen, nothing that shuts somebody out."""

import re
from collections import Counter

import pytest

from .conftest import SITE, Opened

WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What sticks out, for the message of a failing test.
STICKING_OUT = """() => [...document.querySelectorAll("body *")].filter((e) => {
  const box = e.getBoundingClientRect();
  return box.width && box.right > document.documentElement.clientWidth + 1 && !e.closest(".scroll, .sheet, svg");
}).slice(0, 4).map((e) => `${e.tagName.toLowerCase()}.${e.className}`)"""


def sample(names, count):
    """Some of many names, spread over the list, the first and the last among them."""
    if len(names) <= count:
        return list(names)
    return [names[round(i * (len(names) - 1) / (count - 1))] for i in range(count)]


def too_wide(page):
    by = page.evaluate(WIDER)
    return f"{by} px too wide: {page.evaluate(STICKING_OUT)}" if by > 0 else ""


def test_every_page_opens_without_complaint_and_fits_a_phone(opened, names):
    one, wrong = opened(width=360, height=740), []
    for name in names:
        page = one.go(name)
        said = too_wide(page)
        wrong += [f"{name}: {said}"] if said else []
        wrong += [f"{name}: {c}" for c in one.complaints]
        one.complaints.clear()
        if not page.title() or page.locator("main").count() != 1:
            wrong.append(f"{name}: no title or no main part")
    assert not wrong


def test_a_missing_file_and_an_error_of_a_script_are_complaints(contexts, tmp_path):
    (tmp_path / "x.html").write_text(
        "<!DOCTYPE html><title>x</title><img src=gone.png alt=gone><script>nothing.there()</script>", encoding="utf-8"
    )
    one = Opened(contexts().new_page())
    one.page.goto(f"file://{tmp_path}/x.html")
    said = " ".join(one.complaints)
    one.page.close()
    assert "gone.png: net::ERR_FILE_NOT_FOUND" in said
    assert "nothing is not defined" in said


@pytest.mark.parametrize("width", [768, 1440])
def test_nothing_is_wider_than_the_screen(opened, names, analysis_pages, review_pages, largest, width):
    chosen = dict.fromkeys(["index.html", largest, *sample(review_pages, 8), *sample(analysis_pages, 6)])
    one, wrong = opened(width=width), []
    for name in chosen:
        said = too_wide(one.go(name))
        wrong += [f"{name}: {said}"] if said else []
    assert not wrong


def test_french_fits_a_phone_too(opened, analysis_pages, review_pages, largest):
    one, wrong = opened(width=360, height=740, language="fr"), []
    for name in dict.fromkeys(["index.html", largest, *sample(review_pages, 6), *sample(analysis_pages, 4)]):
        page = one.go(name, "?lang=fr")
        assert page.locator("html").get_attribute("lang") == "fr"
        said = too_wide(page)
        wrong += [f"{name}: {said}"] if said else []
    assert not wrong


# Dark differs from light in colours only, French from English in everything but colours.
RULES = {
    ("light", "en"): {},
    ("dark", "en"): {"runOnly": ["color-contrast"]},
    ("light", "fr"): {"rules": {"color-contrast": {"enabled": False}}},
}


@pytest.mark.parametrize(("scheme", "language"), RULES)
@pytest.mark.parametrize("kind", ["overview", "review", "analysis"])
def test_axe_finds_nothing_grave(opened, analysis_pages, kind, scheme, language):
    from axe_playwright_python.sync_playwright import Axe

    analysis = next((n for n in analysis_pages if n.startswith("colditz-1994")), analysis_pages[0])
    name = {"overview": "index.html", "review": f"{analysis.split('.')[0]}.html", "analysis": analysis}[kind]
    page = opened(scheme=scheme, language=language).go(name, f"?lang={language}")
    page.evaluate("() => [...document.querySelectorAll('details')].slice(0, 12).forEach((d) => { d.open = true; })")
    # Without preload: axe would ask for the style sheet, which a page from the disk may not read.
    options = {"resultTypes": ["violations"], "preload": False} | RULES[scheme, language]
    found = Axe().run(page, options=options).response
    assert found["testEngine"]["name"] == "axe-core"
    grave = {
        v["id"]: [n["target"] for n in v["nodes"][:3]]
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    }
    assert not grave


def test_every_figure_is_there_when_a_page_is_printed(opened, analysis_pages):
    """Straight after loading, without a scroll: a picture that loads only when it is near would be an empty box."""
    with_images = [n for n in analysis_pages if "<img " in (SITE / n).read_text(encoding="utf-8")]
    assert with_images
    chosen = [n for n in with_images if n.startswith("colditz-1994")] or with_images[:1]
    page = opened(height=500).go(chosen[0])
    assert page.pdf(format="A4").startswith(b"%PDF")
    states = page.locator("figure img").evaluate_all("(all) => all.map((i) => i.complete && i.naturalWidth > 0)")
    assert states
    assert all(states)


def test_a_narrow_screen_shows_that_there_is_more_to_the_side(opened, analysis_pages):
    name = next((n for n in analysis_pages if n.startswith("colditz-1994")), analysis_pages[0])
    page = opened(width=360, height=740).go(name)
    sheet = page.locator("figure .sheet").first
    sheet.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('figure .sheet').dataset.more === 'right'")
    hint = "(s) => getComputedStyle(s.nextElementSibling, '::before').content"
    assert "scroll" in sheet.evaluate(hint)
    assert sheet.evaluate("(s) => getComputedStyle(s).maskImage").startswith("linear-gradient")
    sheet.evaluate("(s) => { s.scrollLeft = s.scrollWidth; }")
    page.wait_for_function("() => document.querySelector('figure .sheet').dataset.more === 'left'")
    page.set_viewport_size({"width": 1200, "height": 900})
    page.wait_for_function("() => document.querySelector('figure .sheet').dataset.more === undefined")
    assert sheet.evaluate(hint) == "none"


@pytest.mark.parametrize("kind", ["review", "analysis"])
def test_a_page_prints(opened, analysis_pages, kind):
    name = analysis_pages[0] if kind == "analysis" else f"{analysis_pages[0].split('.')[0]}.html"
    page = opened().go(name)
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 1


def test_the_largest_page_shows_itself_soon(opened, largest, record_property):
    page = opened().go(largest)
    timing = """() => {
      const paint = performance.getEntriesByName("first-contentful-paint")[0];
      const load = performance.getEntriesByType("navigation")[0];
      return { paint: paint ? paint.startTime : null, ready: load.domContentLoadedEventEnd, load: load.loadEventEnd };
    }"""
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
    found = page.evaluate(timing)
    record_property("largest page", f"{largest}, {(SITE / largest).stat().st_size} bytes")
    record_property("first view in ms", round(found["paint"]))
    assert found["paint"] < 3000, f"{largest}: {found}"


def test_the_site_is_light():
    sizes = {p: p.stat().st_size for p in SITE.rglob("*") if p.is_file()}
    by_kind = Counter()
    for path, size in sizes.items():
        by_kind[path.relative_to(SITE).parent.as_posix() + "/*" + path.suffix] += size
    pages = sum(p.suffix == ".html" for p in sizes)
    assert by_kind.total() < 100_000 * pages, dict(by_kind)  # a page with its data and its share of the assets
    heavy = [f"{p.name}: {n}" for p, n in sizes.items() if p.suffix == ".html" and n > 1.5e6]
    assert not heavy

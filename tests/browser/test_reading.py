"""What a reader does: filter, search, follow a link to a claim, by mouse or by keyboard."""

import json
from collections import Counter

import pytest

from .conftest import SITE

SHOWN = "(all) => all.filter((e) => e.offsetParent !== null)"


def findings():
    """Every claim of the site, from the files that the pages were written from."""
    for path in sorted(SITE.parent.glob("*/audit.json")):
        if (SITE / f"{path.parent.name}.html").is_file():
            for row in json.loads(path.read_text(encoding="utf-8")):
                yield path.parent.name, row


@pytest.fixture(scope="module")
def by_review():
    found = {}
    for review, row in findings():
        found.setdefault(review, []).append(row)
    return found


@pytest.fixture(scope="module")
def rich(by_review):
    """The review with most kinds of verdicts."""
    return max(by_review, key=lambda r: (len({row["verdict"] for row in by_review[r]}), len(by_review[r])))


def visible_claims(page):
    return page.locator("#claims [data-claim]").evaluate_all(f"(all) => ({SHOWN})(all).map((e) => e.dataset.claim)")


def test_each_filter_of_a_review_shows_the_claims_of_its_value(opened, by_review, rich):
    page = opened().go(f"{rich}.html")
    for selector, column in (("#f-verdict", "verdict"), ("#f-quantity", "quantity"), ("#f-certainty", "certainty")):
        values = sorted({row[column] for row in by_review[rich] if row[column]})[:3]
        for value in values:
            offered = page.locator(selector).evaluate("(s) => [...s.options].map((o) => o.value)")
            if value not in offered:
                assert column == "quantity", f"{selector} does not offer {value}"
                continue
            page.select_option(selector, value)
            expected = [row["claim"] for row in by_review[rich] if row[column] == value]
            assert sorted(visible_claims(page)) == sorted(expected), (selector, value)
        page.select_option(selector, "")
    assert len(visible_claims(page)) == len(by_review[rich])


def test_filters_of_a_review_work_together(opened, by_review, rich):
    page = opened().go(f"{rich}.html")
    row = by_review[rich][0]
    page.select_option("#f-verdict", row["verdict"])
    page.select_option("#f-certainty", row["certainty"])
    expected = [
        r["claim"] for r in by_review[rich] if (r["verdict"], r["certainty"]) == (row["verdict"], row["certainty"])
    ]
    assert sorted(visible_claims(page)) == sorted(expected)
    page.click("#filters [type=reset]")
    page.wait_for_function(
        f"() => [...document.querySelectorAll('#claims [data-claim]')].filter((e) => e.offsetParent !== null).length === {len(by_review[rich])}"
    )


def test_the_front_page_filters_claims_of_all_reviews(opened, by_review):
    page = opened().go("index.html")
    counts = Counter(row["verdict"] for rows in by_review.values() for row in rows)
    verdict = min(counts, key=lambda v: (counts[v], v))
    page.select_option("#f-verdict", verdict)
    for _ in range(100):
        if not page.locator("#more-hits").is_visible():
            break
        page.click("#more-hits")
    found = page.locator("#hits [data-claim]").evaluate_all("(all) => all.map((e) => e.dataset.verdict)")
    assert set(found) == {verdict}
    assert len(found) == counts[verdict]


def test_search_finds_a_claim_by_its_number_and_leads_to_it(opened, by_review, rich):
    row = max(by_review[rich], key=lambda r: len(r["printed"]))
    page = opened().go("index.html")
    page.fill("#search", f"{row['printed']} {row['claim']}")
    hit = page.locator(f'#hits [data-claim="{rich}/{row["claim"]}"]').first
    hit.wait_for()
    hit.locator("a").first.click()
    page.wait_for_url(f"**/{rich}.html#*")
    target = page.locator(f'#claims [data-claim="{row["claim"]}"]')
    target.locator("details").first.wait_for()
    assert target.locator("details").first.evaluate("(d) => d.open")
    assert target.evaluate("(e) => e.matches(':target')")


def test_a_search_for_nonsense_finds_nothing(opened):
    page = opened().go("index.html")
    page.fill("#search", "qqqzzzxxyy")
    assert page.locator("#hits [data-claim]").count() == 0
    assert page.locator("[data-review]").evaluate_all(f"(all) => ({SHOWN})(all).length") == 0


@pytest.mark.parametrize("width", [360, 1200])
def test_a_deep_link_lands_on_its_claim_unfolded(opened, by_review, rich, width):
    row = by_review[rich][-1]
    one = opened(width=width)
    page = one.go(f"{rich}.html")
    anchor = page.locator(f'#claims [data-claim="{row["claim"]}"]').get_attribute("id")
    page.goto("about:blank")
    page = one.go(f"{rich}.html", f"#{anchor}")
    target = page.locator(f"[id='{anchor}']")
    assert target.locator("details").first.evaluate("(d) => d.open")
    top = target.evaluate("(e) => e.getBoundingClientRect().top")
    assert -50 <= top < 900
    assert target.evaluate("(e) => getComputedStyle(e).backgroundColor") != page.locator(
        "#claims [data-claim]"
    ).first.evaluate("(e) => getComputedStyle(e).backgroundColor")


def test_the_keyboard_reaches_filters_and_details(opened, rich):
    page = opened().go(f"{rich}.html")
    reached = set()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.classList.contains('skip')")
    for _ in range(400):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.id || document.activeElement.tagName"))
        if "SUMMARY" in reached and {"search", "f-verdict", "f-quantity", "f-certainty"} <= reached:
            break
    assert {"search", "f-verdict", "f-quantity", "f-certainty", "SUMMARY"} <= reached
    page.locator("#claims details:not([open]) > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.parentElement.open")


def test_limits_are_french_in_french_tables(opened):
    name = next(p.name for p in sorted(SITE.glob("colditz-1994.*.html")))
    cells = "(all) => all.map((e) => e.firstChild?.data || '').filter((t) => /\\d (to|à) [−\\d]/.test(t))"
    # A browser of each language, since a page remembers what was chosen.
    english, french = (
        opened(language=lang).go(name, f"?lang={lang}").locator("td.num").evaluate_all(cells) for lang in ("en", "fr")
    )
    assert len(english) == len(french) > 20
    assert not any(" to " in text for text in french)
    assert [text.replace(" à ", " to ") for text in french] == english


def test_the_language_switch_turns_the_page_french_and_back(opened, rich):
    page = opened().go(f"{rich}.html")
    english = page.locator("h2").all_inner_texts()
    page.click("#language")
    page.wait_for_url("**lang=fr*")
    assert page.locator("html").get_attribute("lang") == "fr"
    french = page.locator("h2").all_inner_texts()
    assert len(french) == len(english)
    assert sum(a != b for a, b in zip(english, french, strict=True)) >= len(english) / 2
    page.click("#language")
    page.wait_for_url("**lang=en*")
    assert page.locator("h2").all_inner_texts() == english

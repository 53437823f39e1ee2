"""The site of all shipped reviews: it parses, its addresses hold, and it says what the files say."""

import csv
import json
import re
from collections import Counter
from urllib.parse import unquote

from metaudit.tables.verdicts import CODES, SEVERE_FIRST, severity


def findings(results):
    return [f for path in sorted(results.glob("*/audit.json")) for f in json.loads(path.read_text(encoding="utf-8"))]


def test_there_is_one_page_per_review_and_an_index(shipped, pages):
    names = {path.parent.name for path in shipped.glob("*/audit.json")}
    assert set(pages) == {"index.html"} | {f"{name}.html" for name in names}


def test_every_id_is_unique_within_its_page(pages):
    for name, page in pages.items():
        repeated = [i for i, n in Counter(page.ids).items() if n > 1]
        assert not repeated, f"{name}: {repeated}"


def test_every_internal_link_lands(pages):
    links = 0
    for name, page in pages.items():
        for href in page.hrefs:
            if href.startswith(("https://", "http://")):
                continue
            target, _, anchor = href.partition("#")
            assert (target or name) in pages, f"{name}: {href}"
            assert not anchor or unquote(anchor) in pages[target or name].ids, f"{name}: {href}"
            links += 1
    assert links > 3000


def test_nothing_is_fetched_from_elsewhere(pages):
    for name, page in pages.items():
        for tag, given in page.elements:
            assert "src" not in given, f"{name}: {tag}"
            assert tag not in ("link", "iframe", "object", "embed", "base"), name


def test_each_page_has_one_heading_of_the_first_order_and_a_language(pages):
    for name, page in pages.items():
        assert len(page.all("h1")) == 1, name
        assert page.all("html") == [{"lang": "en"}], name
        assert len(page.all("main")) == 1, name


def test_table_headings_have_a_scope_and_controls_a_label(pages):
    for name, page in pages.items():
        assert all(given.get("scope") in ("col", "row") for given in page.all("th")), name
        stack = []
        for tag, given in page.elements:
            stack.append(tag)
            if tag in ("input", "select"):
                assert "label" in stack[-2:], f"{name}: {given}"


def test_counts_on_the_index_equal_the_audits(shipped, pages):
    expected = Counter(f["verdict"] for f in findings(shipped))
    text = (shipped / "report" / "index.html").read_text(encoding="utf-8")
    shown = dict(re.findall(r'data-count="(\w+)">(\d+)<', text))
    assert {code: int(n) for code, n in shown.items()} == {code: expected[code] for code in CODES}
    assert f"{sum(expected.values())} printed numbers from" in pages["index.html"].text()


def test_the_board_equals_the_audits(shipped):
    with (shipped / "board.csv").open(encoding="utf-8", newline="") as handle:
        board = {row["review"]: row for row in csv.DictReader(handle)}
    assert list(next(iter(board.values()))) == ["review", "kind", "claims", *CODES, "worst"]
    for name, row in board.items():
        counts = Counter(f["verdict"] for f in json.loads((shipped / name / "audit.json").read_text(encoding="utf-8")))
        assert {code: int(row[code]) for code in CODES} == {code: counts[code] for code in CODES}
        assert int(row["claims"]) == sum(counts.values())
        assert row["worst"] == min(counts, key=severity, default="")


def test_the_first_claims_are_the_gravest_in_order(shipped, pages):
    text = (shipped / "report" / "index.html").read_text(encoding="utf-8")
    section = text[text.index('<section id="first"') : text.index('<section id="reviews"')]
    addresses = re.findall(r'<th scope="row"><a href="([\w-]+)\.html#claim-([^"]+)">', section)
    assert len(addresses) == 25
    by_claim = {(f["review"], f["claim"]): f for f in findings(shipped)}
    shown = [by_claim[(review, re.sub(r"_5f", "_", claim))] for review, claim in addresses]
    places = [SEVERE_FIRST.index(f["verdict"]) for f in shown]
    assert places == sorted(places)
    worst = sorted(SEVERE_FIRST.index(f["verdict"]) for f in findings(shipped))[:25]
    assert places == worst


def test_every_claim_shows_what_was_printed_and_its_certainty(shipped, pages):
    for finding in findings(shipped):
        if "_" in finding["claim"]:
            continue
        shown = pages[f"{finding['review']}.html"].text(f"claim-{finding['claim']}")
        assert " ".join(finding["printed"].replace("\u2212", "-").split()) in shown.replace("\u2212", "-"), finding
        if finding["certainty"] != "read":
            assert finding["certainty"] in shown


def test_numbers_of_the_studies_equal_the_table(shipped, pages):
    with (shipped / "colditz-1994" / "effects.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    shown = pages["colditz-1994.html"].text("analysis-trials").replace("\u2212", "-")
    assert len(rows) == 13
    for row in rows:
        low, high = (f"{float(row[name]):.2f}" for name in ("ci_low", "ci_high"))
        assert f"{float(row['estimate']):.2f} ({low} to {high})" in shown
        assert f"{row['events_t']}/{row['n_t']} v {row['events_c']}/{row['n_c']}" in shown


def test_figures_are_in_the_page_and_their_references_stay_apart(shipped, pages):
    page = pages["ketamine-responders.html"]
    assert len(page.all("svg")) > 10
    text = (shipped / "report" / "ketamine-responders.html").read_text(encoding="utf-8")
    clips = re.findall(r"url\(#([^)]+)\)", text)
    assert len(clips) == len(set(clips)) == len(page.all("svg"))
    assert set(clips) <= set(page.ids)
    assert "<?xml" not in text
    assert "<metadata" not in text


def test_the_title_in_french_says_so(pages):
    assert {"lang": "fr"} in pages["mion-2024.html"].all("h1")
    assert any(given.get("lang") == "fr" for given in pages["index.html"].all("span"))


def test_no_page_names_a_place_on_this_machine(shipped):
    for path in (shipped / "report").glob("*.html"):
        assert str(shipped) not in path.read_text(encoding="utf-8")

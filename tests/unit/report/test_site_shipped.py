"""The site of all shipped reviews: it parses, its addresses hold, and it says what the files say."""

import csv
import json
import re
from collections import Counter
from urllib.parse import unquote

from metaudit.audit_words.verdicts import CODES, severity


def findings(results):
    return [f for path in sorted(results.glob("*/audit.json")) for f in json.loads(path.read_text(encoding="utf-8"))]


def analyses(results):
    """Analyses with something to show, by review."""
    found = {}
    for path in sorted(results.glob("*/effects.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            found[path.parent.name] = sorted({row["analysis"] for row in csv.DictReader(handle)})
    return found


def test_there_is_an_index_one_page_per_review_and_one_per_analysis(shipped, pages):
    names = {path.parent.name for path in shipped.glob("*/audit.json")}
    own = {f"{review}.{analysis}.html" for review, found in analyses(shipped).items() for analysis in found}
    assert own
    assert set(pages) == {"index.html"} | {f"{name}.html" for name in names} | own


def test_every_id_is_unique_within_its_page(pages):
    for name, page in pages.items():
        repeated = [i for i, n in Counter(page.ids).items() if n > 1]
        assert not repeated, f"{name}: {repeated}"


def test_every_internal_link_lands(shipped, pages):
    links, files = 0, 0
    for name, page in pages.items():
        for href in page.hrefs:
            if href.startswith(("https://", "http://", "?lang=")):
                continue
            target, _, anchor = href.partition("#")
            if target.startswith(("../", "assets/")):
                assert (shipped / "report" / target).is_file(), f"{name}: {href}"
                files += 1
                continue
            assert (target or name) in pages, f"{name}: {href}"
            assert not anchor or unquote(anchor) in pages[target or name].ids, f"{name}: {href}"
            links += 1
    assert links > 3000
    assert files > 500


def test_nothing_is_fetched_from_elsewhere(shipped, pages):
    for name, page in pages.items():
        for tag, given in page.elements:
            if tag == "link":
                assert given["rel"] == "stylesheet"
                assert (shipped / "report" / given["href"]).is_file()
            if "src" in given:
                assert (shipped / "report" / given["src"]).is_file(), f"{name}: {given['src']}"
            assert tag not in ("iframe", "object", "embed", "base"), name
    style = (shipped / "report" / "assets" / "style.css").read_text(encoding="utf-8")
    assert set(re.findall(r'url\("?([^)"]+)', style)) == {"DejaVuSans.woff2", "DejaVuSans-Bold.woff2"}
    for path in (shipped / "report" / "assets").iterdir():
        if path.suffix in (".css", ".js") and path.name != "search.js":
            outside = re.findall(r"https?://[^\s\"']+", path.read_text(encoding="utf-8"))
            assert set(outside) <= {"http://www.w3.org/2000/svg"}, path.name


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
            if tag in ("input", "select") and "data-dimension" not in given:
                assert "label" in stack[-3:], f"{name}: {given}"


def test_counts_on_the_index_equal_the_audits(shipped, pages):
    expected = Counter(f["verdict"] for f in findings(shipped))
    text = (shipped / "report" / "index.html").read_text(encoding="utf-8")
    shown = dict(re.findall(r'data-count="(\w+)">(\d+)<', text))
    assert {code: int(n) for code, n in shown.items()} == {code: expected[code] for code in CODES}
    assert f"{sum(expected.values())} printed numbers and statements from" in pages["index.html"].text()


def test_the_board_equals_the_audits(shipped):
    with (shipped / "board.csv").open(encoding="utf-8", newline="") as handle:
        board = {row["review"]: row for row in csv.DictReader(handle)}
    assert list(next(iter(board.values()))) == ["review", "kind", "claims", *CODES, "worst"]
    for name, row in board.items():
        counts = Counter(f["verdict"] for f in json.loads((shipped / name / "audit.json").read_text(encoding="utf-8")))
        assert {code: int(row[code]) for code in CODES} == {code: counts[code] for code in CODES}
        assert int(row["claims"]) == sum(counts.values())
        assert row["worst"] == min(counts, key=severity, default="")


def test_the_first_claims_are_those_that_change_most(shipped, pages):
    text = (shipped / "report" / "index.html").read_text(encoding="utf-8")
    section = text[text.index('<section id="first"') : text.index('<section id="reviews"')]
    addresses = re.findall(r'<p class="of"><a href="([\w-]+)\.html#claim-([^"]+)">', section)
    by_claim = {(f["review"], f["claim"]): f for f in findings(shipped)}
    shown = [
        by_claim[(review, re.sub(r"_([0-9a-f]+)", lambda m: chr(int(m[1], 16)), claim))] for review, claim in addresses
    ]
    grave = [f for f in by_claim.values() if severity(f["verdict"]) <= severity("OTHER_SPEC")]
    assert len(shown) == min(len(grave), 60)
    assert f"{len(grave)} claims are worse than underspecified." in pages["index.html"].text("first")
    impacts = [f["impact"] for f in shown if f["impact"] and f["verdict"] not in ("IMPOSSIBLE", "INCONSISTENT")]
    order = ("direction", "significance", "large", "moderate", "minor")
    assert [order.index(i) for i in impacts] == sorted(order.index(i) for i in impacts)


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
    shown = pages["colditz-1994.trials.html"].text("tables").replace("\u2212", "-")
    assert len(rows) == 13
    for row in rows:
        low, high = (f"{float(row[name]):.2f}" for name in ("ci_low", "ci_high"))
        assert f"{float(row['estimate']):.2f} ({low} to {high})" in shown
        assert f"{row['events_t']}/{row['n_t']} v {row['events_c']}/{row['n_c']}" in shown


def test_figures_are_in_the_page_and_their_references_stay_apart(shipped, pages):
    page = pages["ketamine-responders.html"]
    figures = [given for given in page.all("svg") if given.get("role") == "img"]
    assert len(figures) > 10
    text = (shipped / "report" / "ketamine-responders.html").read_text(encoding="utf-8")
    clips = re.findall(r"url\(#([^)]+)\)", text)
    assert len(clips) == len(set(clips)) == len(figures)
    assert set(clips) <= set(page.ids)
    for unwanted in ("<?xml", "<metadata", "@font-face", "base64", "<desc", "<title id"):
        assert unwanted not in text
    labels = [given["aria-label"] for given in figures]
    assert all(re.fullmatch(r"forest of [\w-]+\. \d+ studies & more\.", label) for label in labels), labels


def test_an_analysis_has_all_its_figures_with_their_files(shipped, pages):
    page = pages["colditz-1994.trials.html"]
    assert [g["data-figure"] for g in page.all("figure")] == ["forest", "funnel"]
    for kind in ("forest", "funnel"):
        assert {f"../colditz-1994/figures/trials.{kind}.{e}" for e in ("svg", "csv")} <= set(page.hrefs)
    assert "colditz-1994.trials.html" in pages["colditz-1994.html"].hrefs
    assert "colditz-1994.html#analysis-trials" in page.hrefs


def test_downloads_are_the_files_that_exist(shipped, pages):
    for name in ("colditz-1994", "mion-2024"):
        offered = {
            href for href in pages[f"{name}.html"].hrefs if href.startswith(f"../{name}/") and "/figures/" not in href
        }
        assert offered == {f"../{name}/{p.name}" for p in (shipped / name).iterdir() if p.is_file()}


def test_the_title_in_french_says_so(pages):
    assert {"lang": "fr"} in pages["mion-2024.html"].all("h1")
    assert any(given.get("lang") == "fr" for given in pages["index.html"].all("span"))


def test_the_search_knows_every_claim(shipped, pages):
    text = (shipped / "report" / "assets" / "search.js").read_text(encoding="utf-8")
    found = json.loads(text.removeprefix("window.metauditClaims = ").rstrip().removesuffix(";"))
    assert [(c["id"], c["claim"]) for c in found] == [(f["review"], f["claim"]) for f in findings(shipped)]
    for claim in found:
        page, _, anchor = claim["href"].partition("#")
        assert anchor in pages[page].ids


def test_no_page_names_a_place_on_this_machine(shipped):
    for path in [*(shipped / "report").glob("*.html"), *(shipped / "report").glob("*/*.js")]:
        assert str(shipped) not in path.read_text(encoding="utf-8")

"""The explorer in a browser: what it shows is, digit for digit, what stands in the result files."""

import json
import random
import re
from decimal import ROUND_DOWN, Decimal
from urllib.parse import unquote, urlencode

import pytest

from metaudit.audit_words import numbers
from metaudit.report.explorer import choice

from .conftest import SITE, rows_of

DIMENSIONS = ("subgroup", "measure", "variance", "model", "tau2", "zero_cells", "ci", "pi", "i2", "left")
OF_FIT = ("subgroup", "measure", "variance", "model", "tau2", "zero_cells")
KNOWN = ("colditz-1994.trials", "li-2007.mortality-random", "dorn-2007.placebo", "stijnen-2010-rates.poisson", "curtis-1998.biomass")  # fmt: skip


class Tables:
    """The result files of one analysis."""

    def __init__(self, name):
        review, _, analysis = name.partition(".")
        files = ("universe_methods", "universe", "universe_intervals", "universe_studies", "universe_printed")
        read = {f: [r for r in rows_of(SITE.parent / review / f"{f}.csv") if r["analysis"] == analysis] for f in files}
        self.fit = {tuple(choice(m).get(d, "") for d in OF_FIT): m for m in read["universe_methods"]}
        self.numbers = {(r["fit"], r["left_out"]): r for r in read["universe"]}
        self.read = {
            (r["fit"], r["left_out"], f"{r['ci']}@{r['level']}", r["pi"]): r for r in read["universe_intervals"]
        }
        self.studies, self.printed = read["universe_studies"], read["universe_printed"]

    def expected(self, chosen):
        fit = self.fit[tuple(chosen[d] for d in OF_FIT)]["fit"]
        row = dict(self.numbers[fit, chosen["left"]])
        row |= self.read[fit, chosen["left"], chosen["ci"], chosen["pi"]]
        return row | {"i2": row["i2" if chosen["i2"] == "tau2" else "i2_q"]}


def chosen_of(page):
    """What the lists say, by choice; the list of printed results is none."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("#explorer [data-dimension]")]
          .filter((s) => s.dataset.dimension !== "group").map((s) => [s.dataset.dimension, s.value]))"""
    )


def shown_of(page):
    return dict(
        page.locator("[data-numbers] dd").evaluate_all("(all) => all.map((e) => [e.dataset.quantity, e.dataset.value])")
    )


def words_of(page):
    return dict(
        page.locator("[data-numbers] dd").evaluate_all("(all) => all.map((e) => [e.dataset.quantity, e.textContent])")
    )


def offered(page, dimension):
    return page.locator(f'[data-dimension="{dimension}"]').evaluate(
        "(s) => [...s.options].filter((o) => !o.disabled).map((o) => o.value)"
    )


def choose(page, dimension, value):
    page.locator(f'[data-dimension="{dimension}"]').evaluate(
        "(s, v) => { s.value = v; s.dispatchEvent(new Event('change', { bubbles: true })); }", value
    )


def known(analysis_pages):
    there = [f"{n}.html" for n in KNOWN if f"{n}.html" in analysis_pages]
    return there or analysis_pages[:3]


def agrees(page, tables):
    chosen = chosen_of(page)
    expected, shown = tables.expected(chosen), shown_of(page)
    assert shown, chosen
    assert shown == {q: expected[q] for q in shown}, chosen
    missing = {q for q in ("estimate", "ci_low", "ci_high", "q", "k") if expected[q]} - set(shown)
    assert not missing, chosen
    return expected


def test_every_explorer_opens_with_the_numbers_of_its_stated_method(opened, analysis_pages):
    one = opened()
    for name in analysis_pages:
        page = one.go(name)
        agrees(page, Tables(name.removesuffix(".html")))
        assert page.locator("#explorer [data-plot] svg").count() == 1


def test_random_points_of_the_result_files_are_shown_digit_for_digit(opened, analysis_pages):
    pick = random.Random(20261129)
    for name in known(analysis_pages):
        tables, page = Tables(name.removesuffix(".html")), opened().go(name)
        methods = {m["fit"]: choice(m) for m in tables.fit.values()}
        for fit, left, ci, pi in pick.sample(sorted(tables.read), 8):
            i2 = pick.choice(["tau2", "Q"]) if methods[fit]["tau2"] else ""
            wanted = {"subgroup": ""} | methods[fit] | {"ci": ci, "pi": pi, "i2": i2, "left": left}
            page.evaluate("(h) => { location.hash = h; }", f"explorer:{urlencode(wanted)}")
            page.wait_for_function("(left) => document.querySelector('[data-dimension=left]').value === left", arg=left)
            assert chosen_of(page) == wanted
            agrees(page, tables)


def test_random_choices_from_the_lists_show_the_digits_of_the_result_files(opened, analysis_pages):
    pick = random.Random(11)
    for name in known(analysis_pages)[:3]:
        tables, page = Tables(name.removesuffix(".html")), opened().go(name)
        for _ in range(2):
            for dimension in DIMENSIONS:
                values = offered(page, dimension)
                assert values, dimension
                choose(page, dimension, pick.choice(values))
            agrees(page, tables)


def test_numbers_are_rounded_as_everywhere_in_the_site(opened, analysis_pages):
    pick = random.Random(7)
    for name in known(analysis_pages):
        page = opened().go(name)
        for _ in range(2):
            choose(page, "left", pick.choice(offered(page, "left")))
            choose(page, "tau2", pick.choice(offered(page, "tau2")))
            value, words = shown_of(page), words_of(page)
            near = numbers.together(*(numbers.number(value.get(q)) for q in ("estimate", "ci_low", "ci_high")))
            expected = {q: numbers.fixed(float(value[q]), near) for q in ("estimate", "ci_low", "ci_high")}
            expected |= {"i2": numbers.percent(value["i2"]), "q": numbers.plain(value["q"]), "k": value["k"]}
            expected |= {q: numbers.p_value(value[q]).replace("<", "< ").replace(">", "> ") for q in ("p", "q_p") if q in value}  # fmt: skip
            expected |= {"tau2": numbers.variance(value["tau2"]).replace("<", "< ")} if "tau2" in value else {}
            assert {q: words[q] for q in expected} == {q: numbers.typographic(x) for q, x in expected.items()}


def test_what_cannot_be_chosen_says_why(opened, analysis_pages):
    page = opened().go(next(n for n in known(analysis_pages) if n.startswith("li-2007")))
    choose(page, "model", "mantel-haenszel")
    off = page.locator('[data-dimension="tau2"] option:disabled').all_inner_texts()
    assert off
    assert all("needs random effects" in text for text in off)
    off = page.locator('[data-dimension="zero_cells"] option:disabled').all_inner_texts()
    assert off
    assert all("counts are pooled as they are" in text for text in off)
    assert "prediction" not in page.inner_text("[data-numbers]").lower()


def test_a_study_is_left_out_by_its_row_by_its_button_and_by_the_list(opened, analysis_pages):
    name = known(analysis_pages)[0]
    tables, page = Tables(name.removesuffix(".html")), opened().go(name)
    line = tables.studies[0]["row"]
    page.locator(f'[data-plot] g[data-row="{line}"]').click()
    assert chosen_of(page)["left"] == line
    agrees(page, tables)
    assert page.locator(f'[data-plot] g.left-out[data-row="{line}"]').count() == 1
    page.locator(f'[data-plot] g[data-row="{line}"]').click()
    assert chosen_of(page)["left"] == ""
    page.locator(".x-table summary").click()
    button = page.locator(f'button[data-row="{line}"]')
    button.focus()
    page.keyboard.press("Enter")
    assert chosen_of(page)["left"] == line
    assert page.locator(f'button[data-row="{line}"]').get_attribute("aria-pressed") == "true"
    assert page.evaluate("() => document.activeElement.dataset.row") == line
    assert tables.studies[0]["study"] in page.inner_text("#explorer-summary")
    page.select_option('[data-dimension="left"]', "")
    agrees(page, tables)


def test_a_choice_has_an_address_that_leads_back_to_it(opened, analysis_pages):
    name = next(n for n in known(analysis_pages) if n.startswith("li-2007"))
    one = opened()
    page = one.go(name)
    choose(page, "measure", "RR")
    choose(page, "model", "random")
    choose(page, "tau2", "PM")
    choose(page, "ci", next(v for v in offered(page, "ci") if v.startswith("hksj")))
    choose(page, "left", offered(page, "left")[3])
    chosen, shown, address = chosen_of(page), shown_of(page), page.url
    assert "#explorer:" in address
    assert "PM" in unquote(address)
    page.goto("about:blank")
    page.goto(address)
    assert chosen_of(page) == chosen
    assert shown_of(page) == shown


@pytest.mark.parametrize("tail", ["#explorer:measure=NONSENSE&left=99999", "#explorer:", "#explorer:group=-3&ci=%%%", "#explorer"])  # fmt: skip
def test_an_address_that_says_nothing_known_opens_something_that_is_there(opened, analysis_pages, tail):
    name = known(analysis_pages)[0]
    agrees(opened().go(name, tail), Tables(name.removesuffix(".html")))


def test_whether_a_choice_gives_what_is_printed(opened, analysis_pages):
    for name in known(analysis_pages):
        tables, page = Tables(name.removesuffix(".html")), opened().go(name)
        cut = cut_claims(name)
        pick = random.Random(3)
        for _ in range(3):
            expected = agrees(page, tables)
            rows = page.locator("[data-claim-row]").evaluate_all(
                "(all) => all.map((e) => [e.dataset.claimRow, e.dataset.hit])"
            )
            for claim, hit in rows:
                printed = next(r for r in tables.printed if r["claim"] == claim)
                value = expected[printed["asked"]]
                gives = within(value, printed) or (claim in cut and within(value, cut_of(printed)))
                assert hit == ("yes" if gives else "no"), (name, claim)
            said = page.inner_text("#explorer-summary")
            hits = sum(hit == "yes" for _, hit in rows)
            if rows and 0 < hits < len(rows):
                assert f"{hits} of {len(rows)}" in said
            choose(page, "measure", pick.choice(offered(page, "measure")))
            choose(page, "model", pick.choice(offered(page, "model")))


def cut_claims(name):
    """Claims of a page's review whose digits the audit found to be cut."""
    rows = json.loads((SITE.parent / name.split(".")[0] / "audit.json").read_text(encoding="utf-8"))
    return {r["claim"] for r in rows if r["criterion"] == "cut instead of rounded"}


def is_cut_to(value, printed):
    """Whether a value without its further digits is the printed number."""
    shown = Decimal(printed)
    return bool(value) and Decimal(value).quantize(shown, rounding=ROUND_DOWN) == shown


def test_digits_that_were_cut_count_where_the_audit_says_so(opened, analysis_pages):
    seen = 0
    for name in analysis_pages:
        text = (SITE / "explorer" / name.replace(".html", ".js")).read_text(encoding="utf-8")
        if '"cut":' not in text:
            continue
        cut, page = cut_claims(name), opened().go(name)
        expected = agrees(page, tables := Tables(name.removesuffix(".html")))
        for row in page.locator('[data-claim-row][data-cut="yes"]').all():
            claim = row.get_attribute("data-claim-row")
            printed = next(r for r in tables.printed if r["claim"] == claim)
            assert claim in cut
            assert not within(expected[printed["asked"]], printed)
            assert within(expected[printed["asked"]], cut_of(printed))
            assert "digits are cut" in row.inner_text()
            shown = row.locator("[data-value]").inner_text().replace("\u2212", "-").removesuffix("\u00a0%")
            assert is_cut_to(shown, printed["printed"].removesuffix("%"))  # not rounded to another number
            seen += 1
    assert seen or not any('"cut":' in p.read_text(encoding="utf-8") for p in (SITE / "explorer").glob("*.js"))


def cut_of(printed):
    """The values that are cut to a printed number, in the columns of those that round to it."""
    return {name: printed[f"cut_{name}"] for name in ("low", "high", "low_open", "high_open")}


def within(text, printed):
    if not text:
        return False
    x, low, high = float(text), printed["low"], printed["high"]
    above = not low or (x > float(low) if printed["low_open"] == "yes" else x >= float(low))
    return above and (not high or (x < float(high) if printed["high_open"] == "yes" else x <= float(high)))


def test_back_to_the_stated_method_and_on_to_the_one_that_reproduces(opened, analysis_pages):
    for name in known(analysis_pages):
        page = opened().go(name)
        start = shown_of(page)
        choose(page, "model", offered(page, "model")[-1])
        choose(page, "left", offered(page, "left")[-1])
        page.click('[data-go="stated"]')
        assert shown_of(page) == start
        button = page.locator('[data-go="gives"]')
        if button.is_visible() and button.is_enabled():
            button.click()
            hits = page.locator('[data-claim-row][data-hit="yes"]').count()
            said = re.search(r"(\d+) of (\d+)", page.inner_text("[data-why]"))
            assert said
            assert (hits, page.locator("[data-claim-row]").count()) == (int(said[1]), int(said[2]))


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_plot_stays_inside_and_its_texts_apart(opened, analysis_pages, width):
    one = opened(width=width)
    for name in known(analysis_pages):
        page = one.go(name)
        found = page.locator("[data-plot] svg").evaluate(
            """(svg) => {
              const frame = svg.getBoundingClientRect();
              const boxes = [...svg.querySelectorAll("text")].filter((t) => t.textContent).map((t) => [t.textContent, t.getBoundingClientRect()]);
              const out = boxes.filter(([, b]) => b.left < frame.left - 1 || b.right > frame.right + 1 || b.bottom > frame.bottom + 1).map(([t]) => t);
              const over = [];
              boxes.forEach(([t, a], i) => boxes.slice(i + 1).forEach(([u, b]) => {
                const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                if (w > 1 && h > 3) over.push([t, u]);
              }));
              return { out, over };
            }"""
        )
        assert found == {"out": [], "over": []}, name


def test_french_speaks_french_in_the_explorer_too(opened, analysis_pages):
    name = known(analysis_pages)[0]
    page = opened(language="fr").go(name, "?lang=fr")
    said = page.inner_text("#explorer-summary")
    assert "études" in said
    labels = page.locator(".x-label").all_inner_texts()
    assert "Mesure" in labels
    assert "Measure" not in labels
    choose(page, "model", "common")
    assert "effet commun" in page.inner_text("#explorer-summary")


def test_without_scripts_the_page_says_so_and_shows_the_figures(browser, analysis_pages):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{SITE}/{known(analysis_pages)[0]}")
    assert "JavaScript" in page.inner_text("#explorer")
    assert page.locator(".x-body").is_hidden()
    assert page.locator("figure svg, figure img").count() >= 1
    context.close()

"""The explorer of a review made up for it: percent reductions, cut digits, and subgroups."""

import pytest

from making import claim, made
from metaudit.stages.whole import write_whole

# Every trial has 400 of 1000 events in the controls. Site a: RR 181 / 400, a reduction of 54.75 %; site b: RR 0.75.
ROWS = [
    {"study": f"{site}{i}", "x_site": site, "events_t": events, "n_t": 1000, "events_c": 400, "n_c": 1000}
    for site, events in (("a", 181), ("b", 300))
    for i in (1, 2)
]
REDUCED = {"scale": "percent-reduction"}
CLAIMS = [
    claim("e", "estimate", "40", **REDUCED), claim("lo", "ci_low", "35", **REDUCED), claim("hi", "ci_high", "45", **REDUCED),
    claim("a", "estimate", "54%", subject="site=a", **REDUCED), claim("a-k", "k", "2", subject="a"),
    claim("a-lo", "ci_low", "49.6%", subject="site=a", **REDUCED), claim("q", "i2", "0.93", scale="fraction"),
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    method = {"model": "common", "ci": "wald"}
    review = made(folder / "sites", claims=CLAIMS, rows=ROWS, measure="RR", method=method, subgroups="site")
    write_whole(review, folder / "out")
    return folder / "out" / "report"


@pytest.fixture
def page(opened, site):
    one = opened()
    one.page.goto(f"file://{site}/sites.main.html")
    return one.page


def rows(page):
    found = page.locator("[data-claim-row]").evaluate_all(
        "(all) => all.map((e) => [e.dataset.claimRow, [...e.children].map((c) => c.textContent)])"
    )
    return dict(found)


def choose(page, dimension, value):
    page.select_option(f'[data-dimension="{dimension}"]', value)


def test_a_reduction_stands_in_percent_under_its_own_name(page):
    shown = rows(page)
    assert shown["lo"][0] == "Lower confidence limit, as a percent reduction"
    assert [cells[1] for cells in shown.values()] == ["40", "35", "45", "0.93"]
    # By inverse variances, 1/181 + 1/400 - 2/1000 at site a and 1/300 + 1/400 - 2/1000 at site b: RR 0.6162.
    assert shown["e"][2] == "38.4"
    assert float(shown["lo"][2]) < float(shown["e"][2]) < float(shown["hi"][2])
    assert "40 (35 to 45)" in page.inner_text("[data-plot]")
    assert 0.9 < float(shown["q"][2]) < 1


def test_digits_of_a_reduction_that_were_cut_come_out(page):
    choose(page, "subgroup", "a")
    shown = rows(page)
    assert set(shown) == {"a", "a-k", "a-lo"}
    assert shown["a"][2:] == ["54.75\u00a0%", "✓ as printed when digits are cut"]
    # RR 0.4525 x exp(1.96 x sqrt(0.006025 / 2)) = 0.5039
    assert shown["a-lo"][2:] == ["49.6\u00a0%", "✓ as printed"]


def test_a_subgroup_shows_its_studies_and_what_is_printed_of_it(page):
    assert "4 studies" in page.inner_text("#explorer-summary")
    choose(page, "subgroup", "b")
    said = page.inner_text("#explorer-summary")
    assert said.lower().startswith("“site”: b, risk ratio")
    assert "2 studies" in said
    assert "0.75" in said
    assert "Nothing is printed" in said
    assert page.locator("[data-plot] g.study").count() == 2
    names = page.locator("[data-studies] th").all_text_contents()
    assert names == ["b1", "b2"]
    page.click('[data-go="stated"]')
    assert "“site”: b" in page.inner_text("#explorer-summary").lower()


def test_a_subgroup_and_its_printed_result_go_together(page):
    choose(page, "group", "1")
    assert page.input_value('[data-dimension="subgroup"]') == "a"
    address = page.url
    choose(page, "subgroup", "")
    assert page.input_value('[data-dimension="group"]') == "0"
    page.goto("about:blank")
    page.goto(address)
    assert page.input_value('[data-dimension="subgroup"]') == "a"
    assert page.input_value('[data-dimension="group"]') == "1"
    choose(page, "left", page.locator('[data-dimension="left"] option:not(:disabled)').nth(1).get_attribute("value"))
    assert ", 1 study." in page.inner_text("#explorer-summary")

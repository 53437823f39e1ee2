"""docs/agreement.md speaks of every quantity compared and words every explained difference as the code does."""

import re

import areas
import pytest
from agreement import TARGET, Source, named, page, stale
from floors import EVERYTHING, OTHERS
from harness import Explained
from tally import Quantity, Tally

TEXT = TARGET.read_text(encoding="utf-8")
AREAS = areas.everything()


def test_the_page_is_up_to_date():
    assert not stale(TEXT, AREAS, set(EVERYTHING)), "run: METAUDIT_REFERENCE=FOLDER make reference"


def test_the_page_has_no_rows_of_areas_that_are_gone():
    assert {area for area, _ in named(TEXT)} <= set(AREAS)


def test_the_page_counts_at_least_what_the_sample_compares():
    counts = named(TEXT)
    assert not {place for place, floor in EVERYTHING.items() if counts.get(place, 0) < floor}


def test_networks_and_sequential_analyses_are_on_the_page():
    assert {area for area, _ in named(TEXT)} >= set(OTHERS)
    for area in OTHERS:
        assert sum(area == a for a, _ in EVERYTHING) > 40
    words = " ".join(TEXT.split())
    assert "- networks: netmeta 3.3-1, " in words
    assert "- trial sequential analysis: RTSA 0.2.2, " in words


def test_the_sum_at_the_head_is_that_of_the_table_and_of_the_sources():
    whole = int(re.search(r"\*\*([\d,]+) numbers compared", TEXT)[1].replace(",", ""))
    parts = [int(n.replace(",", "")) for n in re.findall(r"^- .*: ([\d,]+) numbers$", TEXT, re.MULTILINE)]
    assert len(parts) == 1 + len(OTHERS)
    assert whole == sum(parts) == sum(named(TEXT).values())


def test_nothing_differs_without_an_explanation():
    assert ", 0 differ without one." in " ".join(TEXT.split())


@pytest.mark.parametrize("change", ["quantity", "wording", "key"])
def test_a_stale_page_is_noticed(change, monkeypatch):
    if change == "quantity":
        assert stale(TEXT, AREAS, {("fits", "a quantity nobody wrote down")})
        return
    told = Explained(who_is_right="ours", why="a reason nobody wrote down", size="1e-3")
    monkeypatch.setattr(AREAS["fits"], "EXPLAINED", {"new key": told}, raising=False)
    assert any("fits: new key" in problem for problem in stale(TEXT, AREAS))
    if change == "wording":
        monkeypatch.setattr(AREAS["fits"], "EXPLAINED", {}, raising=False)
        assert any("nothing any more" in p for p in stale(TEXT + "\n### fits: new key\n", AREAS))


def test_a_page_is_what_its_sources_hold():
    first = Tally({("fits", "estimate"): Quantity(3, 1e-12, 1e-9)}, cases=2, units=1)
    second = Tally({("network", "Q"): Quantity(1_200, 2e-12, 1e-9, {"generic-input": (2, 0.5)})}, cases=1, units=1)
    text = page([Source("A {units} {cases}", first), Source("B", second)], AREAS)
    assert "**1,203 numbers compared, 2 of them" in text
    assert "- A 1 2: 3 numbers\n- B: 1,200 numbers\n" in text
    assert named(text) == {("fits", "estimate"): 3, ("network", "Q"): 1200}
    assert "- in this corpus: 2 numbers (Q); largest error 0.5" in text
    assert not stale(text, AREAS, set(named(text)))

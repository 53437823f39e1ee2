"""docs/agreement.md speaks of every quantity compared and words every explained difference as the code does."""

import areas
import pytest
from agreement import TARGET, named, stale
from floors import FLOORS
from harness import Explained

TEXT = TARGET.read_text(encoding="utf-8")
AREAS = areas.load()


def test_the_page_is_up_to_date():
    assert not stale(TEXT, AREAS, set(FLOORS)), "run: METAUDIT_REFERENCE=FOLDER make reference"


def test_the_page_has_no_rows_of_areas_that_are_gone():
    assert {area for area, _ in named(TEXT)} <= set(AREAS)


def test_the_page_counts_at_least_what_the_sample_compares():
    counts = named(TEXT)
    assert not {place for place, floor in FLOORS.items() if counts.get(place, 0) < floor}


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

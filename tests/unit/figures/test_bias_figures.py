"""Figures of bias and influence as they are seen: nothing overlaps, nothing leaves the sheet, all of it is in the data."""

from __future__ import annotations

import pytest
from bcg import ABLAT, VI, YEAR, YI
from figure_inputs import LONG, UNICODE, counts, drawn_input, finite, labels_over_marks, many

from metaudit.figures import baujat, bubble, funnel, influence, labbe, radial
from metaudit.figures.svg import svg_text

DRAWS = {m.__name__.rsplit(".", 1)[1]: m.draw for m in (funnel, baujat, radial, labbe, influence, bubble)}
NEAR = [0.2 + 1e-9 * i for i in range(6)]
CASES = {
    "three": lambda: many(3),
    "seven": lambda: many(7, measure="SMD"),
    "sixty long names": lambda: many(60, label=f"{LONG} {{}}"),
    "one hundred and two": lambda: many(102, measure="ROM"),
    "letters of all kinds": lambda: many(12, label=f"{UNICODE} {{}}"),
    "proportions": lambda: many(9, measure="PLO"),
    "double arcsine": lambda: many(9, measure="PFT"),
    "correlations": lambda: many(9, measure="ZCOR"),
    "risk differences": lambda: counts(14, measure="RD"),
    "odds ratios": lambda: counts(40, measure="OR"),
    "rare events": lambda: counts(8, measure="RR", low=0.001, high=0.01),
    "frequent events": lambda: counts(8, measure="OR", low=0.8, high=0.99),
    "all the same": lambda: drawn_input([0.2] * 6, [0.04] * 6),
    "nearly the same": lambda: drawn_input(NEAR, [0.04 + 0.01 * i for i in range(6)]),
    "one far away": lambda: drawn_input([0.1, 0.2, 0.3, 50.0, 0.2], [0.01, 0.02, 0.03, 0.01, 0.02]),
    "very large": lambda: drawn_input([3e5, 4e5, 5e5, 2e5, 6e5], [1e9, 2e9, 3e9, 4e9, 5e9], measure="MD"),
    "very small": lambda: drawn_input([3e-5, 4e-5, 5e-5, 2e-5, 6e-5], [1e-9, 2e-9, 3e-9, 4e-9, 5e-9], measure="MD"),
    "one very precise": lambda: drawn_input([0.1, 0.2, 0.3, 0.2], [1e-8, 0.5, 0.4, 0.3]),
    "far from the null": lambda: drawn_input([9.0, 9.1, 9.3, 9.2, 9.4], [0.01, 0.02, 0.01, 0.03, 0.02], measure="MD"),
    "a regression": lambda: drawn_input(YI, VI, measure="RR", moderators={"ablat": ABLAT}),
    "three moderators": lambda: drawn_input(
        YI, VI, measure="RR", moderators={"ablat": ABLAT, "year": YEAR, "z": [float(i % 4) for i in range(13)]}
    ),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return CASES[request.param]()


@pytest.mark.parametrize("kind", DRAWS)
def test_nothing_overlaps_or_leaves_the_sheet(seen, case, kind):
    drawn = DRAWS[kind](case)
    if drawn is None:
        assert (
            (kind, len(case.effects)) in {("funnel", 3), ("funnel", 4)}
            or kind in ("labbe", "bubble")
            or case.regression
        )
        return
    view = seen(drawn.figure)
    assert view.collisions() == []
    assert view.outside() == []
    assert labels_over_marks(view) == []
    assert finite(drawn.rows)
    assert sum(r["mark"] == "study" for r in drawn.rows) % len(case.effects) == 0
    assert all(set(r) <= set(drawn.columns) for r in drawn.rows)
    assert drawn.kind == kind
    assert case.title in drawn.title
    assert drawn.alt.count(". ") >= 1
    assert drawn.alt.endswith(".")


@pytest.mark.parametrize("kind", DRAWS)
def test_a_long_title_is_broken_into_lines(seen, kind):
    moderators = {"ablat": ABLAT} if kind == "bubble" else None
    data = drawn_input(YI, VI, measure="RR", moderators=moderators, title="A title that goes on " * 8)
    if kind == "labbe":
        data = counts(5, measure="RR")
        object.__setattr__(data, "title", "A title that goes on " * 8)
    view = seen(DRAWS[kind](data).figure)
    assert len(view.names("title-")) > 1
    assert view.collisions() == view.outside() == []


@pytest.mark.parametrize("kind", DRAWS)
def test_the_same_data_give_the_same_bytes(kind):
    case = {"labbe": "odds ratios", "bubble": "a regression"}.get(kind, "seven")
    first, second = (
        svg_text(d.figure, title=d.title, alt=d.alt) for d in (DRAWS[kind](CASES[case]()) for _ in range(2))
    )
    assert first == second
    assert len(first) < 25_000

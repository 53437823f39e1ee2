"""Figures of methods as they are seen: nothing overlaps, nothing leaves the sheet, all of it is in the data."""

from __future__ import annotations

import pytest
from bcg import VI, YI
from figure_inputs import LONG, UNICODE, drawn_input, finite, labels_over_marks, many
from method_inputs import judged, method_input, with_claims, with_curve

from metaudit.figures import compatible, curve, gosh, numberline, pvalue
from metaudit.figures.inputs import AnalysisInput
from metaudit.figures.svg import svg_text
from metaudit.measures import MEASURES, measure_of

DRAWS = {m.__name__.rsplit(".", 1)[1]: m.draw for m in (gosh, pvalue, curve, numberline, compatible)}
HEAVIEST = 40_000
VERDICTS = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "OTHER_SPEC", "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE", "INCONSISTENT",
            "IMPOSSIBLE", "NOT_CHECKABLE")  # fmt: skip


def some(k, *, measure="RR", label="Study {}", sample=None, **how):
    data = many(k, measure=measure, label=label)
    yi, vi = ([float(r[n]) for r in data.effects] for n in ("yi", "vi"))
    return method_input(yi, vi, measure=measure, labels=[r["study"] for r in data.effects], sample=sample, **how)


def printed(data):
    """Numbers of every kind and verdict."""
    audit = [judged("estimate", f"{0.5 + i / 100:.2f}", 0.5 + i * 1.3**i / 100, v) for i, v in enumerate(VERDICTS)]
    audit += [
        judged("p", "<0.001", 0.0004),
        judged("p", "<0.001", 0.2, "DIFFERENT"),
        judged("p", ">.05", 0.3),
        judged("i2", "34%", 33.7),
    ]
    audit += [judged("q", "1234567.8", 1.0, "IMPOSSIBLE"), judged("tau2", "0", 0.00001), judged("k", "12", 12.0)]
    audit += [judged("study_estimate", "-1.83", -1.831, subject=f"{LONG} that goes on")]
    audit += [
        judged("ci_low", "0.10", None, "NOT_CHECKABLE"),
        judged("n", "140", 140.0, envelope_low=130.0, envelope_high=150.0),
    ]
    return with_claims(data, [a | {"claim": str(i)} for i, a in enumerate(audit)])


def tables(data, pairs, **more):
    """The same with compatible tables ``(events_t, events_c, count, n_t, n_c)``, the sizes perhaps pairs."""
    shared = {
        "subject": "",
        "method": "",
        "measure": "",
        "whose": "one trial",
        "used": "50% and 30%",
        "searched": "every table",
    }
    shared |= {"complete": "yes", "tables": str(sum(p[2] for p in pairs)), "pairs": str(len(pairs)), **more}
    rows = []
    for a, c, count, *sizes in pairs:
        (t0, t1), (c0, c1) = (s if isinstance(s, tuple) else (s, s) for s in sizes)
        row = {
            "events_t": a,
            "events_c": c,
            "count": count,
            "n_t_low": t0,
            "n_t_high": t1,
            "n_c_low": c0,
            "n_c_high": c1,
        }
        rows.append(shared | {k: str(v) for k, v in row.items()})
    object.__setattr__(data, "compatible", rows)
    return data


def full(data, specifications=71):
    """All five kinds of one analysis."""
    ends = {"printed": "0.7", "low": "0.5", "high": "0.9"} if data.measure.ratio else {}
    data = printed(with_curve(data, specifications, **ends))
    return tables(data, [(a, c, 1 + a * c % 9, (40 + a, 60 + a), (50, 70)) for a in range(3, 20) for c in range(5, 15)])


CASES = {
    "four": lambda: full(some(4), 2),
    "seven": lambda: full(some(7, measure="SMD", ci="hksj"), 60),
    "sixty long names": lambda: full(some(60, label=f"{LONG} {{}}", sample=3000), 492),
    "one hundred and two": lambda: full(some(102, measure="ROM", sample=3000, ci="hksj-adhoc-ci"), 1200),
    "letters of all kinds": lambda: full(some(12, label=f"{UNICODE} {{}}")),
    "proportions": lambda: full(some(9, measure="PLO")),
    "raw proportions": lambda: full(some(9, measure="PR")),
    "double arcsine": lambda: full(some(9, measure="PFT")),
    "correlations": lambda: full(some(9, measure="ZCOR", pi="normal")),
    "risk differences": lambda: full(some(9, measure="RD", tau2="FE")),
    "all the same": lambda: full(method_input([0.2] * 6, [0.04] * 6)),
    "nearly the same": lambda: full(method_input([0.2 + 1e-9 * i for i in range(6)], [0.04 + 0.01 * i for i in range(6)])),
    "one far away": lambda: full(method_input([0.1, 0.2, 0.3, 50.0, 0.2], [0.01, 0.02, 0.03, 0.01, 0.02])),
    "very large": lambda: full(method_input([3e5, 4e5, 5e5, 2e5, 6e5], [1e9, 2e9, 3e9, 4e9, 5e9], measure="MD")),
    "very small": lambda: full(method_input([3e-5, 4e-5, 5e-5, 2e-5, 6e-5], [1e-9, 2e-9, 3e-9, 4e-9, 5e-9], measure="MD")),
    "one very precise": lambda: full(method_input([0.1, 0.2, 0.3, 0.2], [1e-8, 0.5, 0.4, 0.3], measure="OR")),
    "far from the null": lambda: full(method_input([9.0, 9.1, 9.3, 9.2, 9.4], [0.01, 0.02, 0.01, 0.03, 0.02], measure="MD")),
    "a long title": lambda: full(method_input(YI, VI, measure="RR", title="A title that goes on " * 8)),
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return CASES[request.param]()


@pytest.mark.parametrize("kind", DRAWS)
def test_nothing_overlaps_or_leaves_the_sheet(seen, case, kind):
    drawn = DRAWS[kind](case)
    view = seen(drawn.figure)
    assert view.collisions() == []
    assert view.outside() == []
    assert labels_over_marks(view) == []
    assert all(set(r) <= set(drawn.columns) for r in drawn.rows)
    assert kind == "numberline" or finite(drawn.rows)
    assert drawn.kind == kind
    assert case.title.strip() in " ".join(drawn.title.split())
    assert drawn.alt.count(". ") >= 1
    assert drawn.alt.endswith(".")
    assert "nan" not in drawn.alt
    assert not any("nan" in word for word in view.words())


@pytest.mark.parametrize("kind", DRAWS)
def test_the_same_data_give_the_same_bytes_and_not_many(kind):
    first, second = (
        svg_text(d.figure, title=d.title, alt=d.alt)
        for d in (DRAWS[kind](CASES["one hundred and two"]()) for _ in range(2))
    )
    assert first == second
    assert len(first) < HEAVIEST
    assert "nan" not in first


@pytest.mark.parametrize("kind", DRAWS)
def test_nothing_to_say_is_not_drawn(kind):
    assert DRAWS[kind](AnalysisInput("made", "main", "One study", measure_of("RR"))) is None


@pytest.mark.parametrize("code", sorted(MEASURES))
def test_every_measure_has_a_curve_whose_scale_has_a_name_that_fits(seen, code):
    data = with_curve(drawn_input([0.3, 0.5, 0.4], [0.02, 0.03, 0.04], measure=code), 40)
    view = seen(curve.draw(data).figure)
    assert view.collisions() == view.outside() == []
    assert len(view.names("up-")) >= 2
    name, top, bottom = (view.box(view.named(n)) for n in ("up", "title-0", "lane-0"))
    assert top[3] <= name[1]
    assert name[3] <= bottom[1]


def test_a_regression_has_no_subsets_and_no_p_value_functions():
    data = drawn_input(YI, VI, measure="RR", moderators={"x": list(range(13))})
    assert gosh.draw(data) is None
    assert pvalue.draw(data) is None

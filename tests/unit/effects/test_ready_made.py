"""Ready-made effects without a stated measure: where each lies between its own limits says whether it is a ratio."""

import math

import numpy as np
import pytest

from making import audited, claim, made
from metaudit.analyses import analysis_rows, possible_measures
from metaudit.effects.convert import convert
from metaudit.effects.ready_made import ready_made_measures
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed
from metaudit.stages.effects import primary_spec

Z = 1.959963984540054
# Hazard ratios with their limits as a paper prints them, and mean differences.
RATIOS = [("0.76", "0.63", "0.90"), ("0.41", "0.22", "0.77"), ("1.26", "0.69", "2.31"), ("0.70", "0.44", "1.12")]
DIFFERENCES = [("2.4", "0.8", "4.0"), ("1.1", "0.2", "2.0"), ("3.0", "1.4", "4.6")]


def rows(triples):
    names = ("effect", "ci_low", "ci_high")
    cells = [{n: t for n, t in zip(names, triple, strict=True) if t} for triple in triples]
    return [
        convert(Row(i, {"study": "S", **c}, {n: parse_printed(t) for n, t in c.items()}))
        for i, c in enumerate(cells, 2)
    ]


@pytest.mark.parametrize(
    ("triples", "found"),
    [
        (RATIOS, ("GEN-LOG",)),
        (DIFFERENCES, ("GEN",)),
        ([("-0.27", "-0.46", "-0.11"), *RATIOS], ("GEN",)),  # a ratio is never below 0
        ([*RATIOS, ("0.90", "0", "1.80")], ("GEN",)),
        ([("1.02", "0.98", "1.06"), ("0.97", "0.93", "1.01")], ("GEN", "GEN-LOG")),  # so narrow that rounding hides it
        ([("1.5", "1.0", "2.2")], ("GEN", "GEN-LOG")),
        ([("1.50", "1.02", "2.20")], ("GEN-LOG",)),
        ([("0.5", "", ""), ("0.7", "", "")], ("GEN",)),  # nothing says that they are ratios
        ([*RATIOS, ("0.95", "0.09", "0.98")], ("GEN-LOG",)),  # one limit mistyped: it fits neither
        ([*DIFFERENCES, ("2.2", "1.1", "4.4")], ("GEN",)),  # one that could be a ratio among three that cannot
        ([("<1.0", "0.5", "2.0"), ("1.2", "0.9", "<5")], ("GEN",)),
        ([], ("GEN",)),
    ],
)
def test_the_scale_on_which_effects_lie_in_the_middle(triples, found):
    assert ready_made_measures(rows(triples)) == found


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_made_up_effects_are_never_put_on_the_wrong_scale_alone(log, decimals):
    rng = np.random.default_rng(11)
    for _ in range(200):
        k = int(rng.integers(1, 12))
        y, se = rng.normal(0.1 if log else 8.0, 0.5, k), rng.uniform(0.05, 0.6, k)
        ends = [y, y - Z * se, y + Z * se]
        shown = [np.exp(x) if log else x for x in ends]
        triples = list(zip(*[[f"{x:.{decimals}f}" for x in xs] for xs in shown], strict=True))
        found = ready_made_measures(rows(triples))
        if log and any(float(x) == 0 for t in triples for x in t):
            continue  # a limit that prints as 0.0 has no logarithm
        assert ("GEN-LOG" if log else "GEN") in found


def test_other_data_and_stated_measures_have_no_part_in_it(tmp_path):
    table = [
        dict(zip(("study", "effect", "ci_low", "ci_high"), (f"S{i}", *t), strict=True)) for i, t in enumerate(RATIOS)
    ]
    for measure, found in ((None, ("GEN-LOG",)), ("GEN", ("GEN",))):
        stated = {"measure": measure} if measure else {}
        review = made(tmp_path / str(measure), claims=[claim("k", "k", "4")], rows=table, **stated)
        analysis = review.analyses["main"]
        studies = analysis_rows(analysis, [convert(r) for r in review.rows])
        assert possible_measures(analysis, studies) == found
        assert primary_spec(analysis, studies, level=0.95).measure == found[0]


def pooled():
    """Common effect of the logarithms, by hand."""
    y, low, high = np.log(np.array(RATIOS, dtype=float)).T
    w = (2 * Z / (high - low)) ** 2
    mean, se = float((w * y).sum() / w.sum()), float(w.sum() ** -0.5)
    return {n: math.exp(x) for n, x in (("estimate", mean), ("ci_low", mean - Z * se), ("ci_high", mean + Z * se))}


def test_ratios_without_a_stated_measure_are_pooled_as_ratios(tmp_path):
    table = [
        dict(zip(("study", "effect", "ci_low", "ci_high"), (f"S{i}", *t), strict=True)) for i, t in enumerate(RATIOS)
    ]
    claims = [claim(n, n, f"{x:.4f}") for n, x in pooled().items()]
    found = audited(tmp_path / "r", claims=claims, rows=table, method={"model": "common", "ci": "wald"})
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert {r.spec for r in found.values()} == {"GEN-LOG | common | wald | 95%"}


def test_where_the_rows_leave_it_open_the_measure_is_named(tmp_path):
    table = [
        {"study": "A", "effect": "1.5", "ci_low": "1.0", "ci_high": "2.2"},
        {"study": "B", "effect": "1.0", "ci_low": "0.8", "ci_high": "1.2"},
    ]
    y, low, high = np.log([[1.5, 1.0], [1.0, 0.8], [2.2, 1.2]])
    w = (2 * Z / (high - low)) ** 2
    claims = [claim("e", "estimate", f"{math.exp(float((w * y).sum() / w.sum())):.4f}")]
    row = audited(tmp_path / "r", claims=claims, rows=table, method={"model": "common", "ci": "wald"})["e"]
    assert (row.verdict, row.causes) == ("UNDERSPECIFIED", ("measure GEN-LOG",))
    assert "ratios as given" in row.message

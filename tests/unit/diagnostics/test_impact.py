"""Which studies the conclusion hangs on, in words; where the heterogeneity comes from."""

import numpy as np
import pytest
from bcg_metafor import VI, YI

from metaudit import pool
from metaudit.diagnostics.impact import in_words, outliers_in_words, which_studies_matter
from metaudit.diagnostics.influence import influence
from metaudit.diagnostics.leave_one_out import leave_one_out_fits
from metaudit.diagnostics.sources import heterogeneity_sources
from metaudit.diagnostics.subsets import subset_fits
from metaudit.errors import DataError

LABELS = ["Alpha", "Beta", "Gamma", "Delta"]


def matters(yi, vi, *, tau2="FE", **choices):
    whole = subset_fits(yi, vi, np.ones((1, len(yi)), dtype=bool), tau2=tau2)
    rest = leave_one_out_fits(yi, vi, tau2=tau2, labels=LABELS[: len(yi)])
    return which_studies_matter(whole, rest, **choices)


def test_significance_lost_and_gained() -> None:
    found = matters([0.5, 0.1, 0.1, 0.1], [0.02] * 4)
    assert [(m.study, m.changes) for m in found] == [("Alpha", ("significance", "heterogeneity"))]
    assert found[0].index == 0
    assert found[0].words.startswith(
        "Without Alpha, the pooled effect is no longer statistically significant (P = 0.00"
    )
    gained = matters([-0.4, 0.3, 0.3, 0.3], [0.02] * 4, i2_points=101)
    assert [(m.study, m.changes) for m in gained] == [("Alpha", ("significance", "estimate"))]
    assert "becomes statistically significant" in gained[0].words


def test_direction_and_the_interval_of_all() -> None:
    found = matters([1.0, -0.2, -0.2, -0.2], [0.005, 0.02, 0.02, 0.02], i2_points=101)
    first = found[0]
    assert first.study == "Alpha"
    assert first.changes == ("significance", "direction", "estimate") or first.changes == ("direction", "estimate")
    assert "changes direction" in first.words
    assert "lies outside the interval of all" in first.words
    assert first.words.endswith(".")


def test_heterogeneity_falls() -> None:
    found = matters([1.0, 0.2, 0.2, 0.2], [0.01] * 4)
    fallen = {m.study: m for m in found}["Alpha"]
    assert "heterogeneity" in fallen.changes
    assert "I² falls from" in fallen.words
    assert "to 0 %" in fallen.words


def test_nothing_matters() -> None:
    found = matters([0.3, 0.31, 0.29, 0.3], [0.001] * 4)
    assert found == ()
    assert in_words(found, k=4).startswith("Leaving out any one of the 4 studies changes neither")
    assert "none can be left out" in in_words((), k=1)


def test_without_a_null_value_there_is_no_significance() -> None:
    found = matters([0.5, 0.1, 0.1, 0.1], [0.02] * 4, null=None, i2_points=101)
    assert all(set(m.changes) <= {"estimate"} for m in found)


def test_estimates_are_shown_as_asked() -> None:
    found = matters([1.0, -0.2, -0.2, -0.2], [0.005, 0.02, 0.02, 0.02], show=lambda x: f"RR {np.exp(x):.2f}")
    assert "(RR 1.63 → RR 0.82)" in found[0].words


def test_the_paragraph_counts() -> None:
    one = in_words(matters([0.5, 0.1, 0.1, 0.1], [0.02] * 4), k=4)
    assert one.startswith("One of the 4 studies matters to the result. Without Alpha, ")
    two = in_words(matters([0.5, 0.1, 0.1, 0.1], [0.02] * 4) * 2, k=4)
    assert two.startswith("2 of the 4 studies matter to the result. ")


def test_one_fit_of_all_is_needed() -> None:
    rest = leave_one_out_fits(YI, VI)
    with pytest.raises(DataError, match="13 fits"):
        which_studies_matter(rest, rest)


def test_outliers_in_words() -> None:
    calm = outliers_in_words(influence(YI, VI))
    assert calm == (
        "No study is further than 1.96 standard errors from what the other studies predict. "
        "No study is influential by the usual cut-offs."
    )
    y = [0.1, 0.12, 0.09, 0.11, 0.1, 0.13, 1.5]
    loud = outliers_in_words(influence(y, [0.02] * 7, tau2="FE", labels=list("ABCDEFG")))
    assert "1 of 7 studies is further out than 1.96 standard errors: G (+" in loud
    assert loud.endswith("G (DFFITS, Cook's distance, DFBETAS).")
    assert "No study" in outliers_in_words(influence([0.1], [0.2]))  # NaN is no outlier


# where the heterogeneity comes from


def search(y, v, below):
    """The sequential search by single fits."""
    rows, gone = list(range(y.size)), []
    while pool(y[rows], v[rows], tau2="DL").i2_q >= below and len(rows) > 2:
        i2 = [pool(y[rest], v[rest], tau2="DL").i2_q for rest in ([r for r in rows if r != j] for j in rows)]
        gone.append(rows.pop(int(np.argmin(i2))))
    return gone


@pytest.mark.parametrize("below", [25, 50, 75, 95])
def test_sequential_search_equals_single_fits(below) -> None:
    ours = heterogeneity_sources(YI, VI, below=below)
    assert [int(name.split()[1]) - 1 for name in ours.dropped] == search(YI, VI, below)
    assert ours.reached
    assert ours.fits.i2[-1] < below
    assert (ours.fits.i2[:-1] >= below).all()
    assert ours.fits.k.tolist() == list(range(13, 13 - len(ours.fits.k), -1))


def test_sources_in_words() -> None:
    y, v = [1.0, 0.2, 0.2, 0.2], [0.01] * 4
    assert heterogeneity_sources(y, v, labels=LABELS).in_words() == (
        "I² falls from 94 % to 0 %, below 50 %, without 1 of the 4 studies (Alpha)."
    )
    assert "already below 50 %" in heterogeneity_sources([0.2] * 3, [0.1] * 3).in_words()
    stubborn = heterogeneity_sources([0.0, 1.0, 2.0], [0.01] * 3, labels=LABELS[:3])
    assert not stubborn.reached
    assert "stays at 98 %" in stubborn.in_words()
    assert heterogeneity_sources([0.0, 1.0], [0.01] * 2).in_words() == "I² is 98 %."
    assert heterogeneity_sources([0.0], [0.01]).reached
    with pytest.raises(DataError, match="threshold above 0"):
        heterogeneity_sources(y, v, below=0)

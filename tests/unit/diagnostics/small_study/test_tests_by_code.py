"""Every code runs on effects that have what it needs, and says in words what others lack."""

import math

import pandas as pd
import pytest

from metaudit.catalogue import entries
from metaudit.diagnostics.small_study.by_code import CODES, small_study
from metaudit.diagnostics.small_study.counts_tests import peters
from metaudit.diagnostics.small_study.trimfill import trim_fill
from metaudit.effects.compute import compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError


@pytest.fixture(scope="module")
def odds_ratios(bcg):
    table = pd.DataFrame(
        {"study": [f"trial {i}" for i in range(13)]} | {k: v.astype(int) for k, v in bcg.counts.items()}
    )
    return compute_effects([convert(r) for r in rows_of_frame(table)], "OR")


def test_every_code_is_described_and_every_description_is_a_code():
    assert {e.code for e in entries("small_study")} == set(CODES)


@pytest.mark.parametrize("code", [c for c in CODES if not c.startswith(("trim-fill-Q0", "selection", "pustejovsky"))])
def test_every_code_gives_a_row_of_scalars(odds_ratios, code):
    row = small_study(odds_ratios, code).to_row()
    assert row
    assert all(v is None or isinstance(v, (str, bool, int, float)) for v in row.values())
    numbers = [v for v in row.values() if isinstance(v, float)]
    assert any(math.isfinite(v) for v in numbers)


def test_a_test_of_standardised_differences_is_refused_for_odds_ratios(odds_ratios):
    with pytest.raises(DataError, match="standardised mean differences, not of OR"):
        small_study(odds_ratios, "pustejovsky-rodgers")


@pytest.mark.parametrize("code", ["selection-3psm-less", "selection-two-sided"])
def test_selection_models_that_the_data_allow(odds_ratios, code):
    assert small_study(odds_ratios, code).to_row()["delta_1"] == 1.0


def test_codes_lead_to_the_functions_they_name(odds_ratios, bcg):
    assert small_study(odds_ratios, "peters").to_row() == peters(odds_ratios.yi, **bcg.counts).to_row()
    ours = small_study(odds_ratios, "trim-fill-R0", method="DL").to_row()
    assert ours == pytest.approx(
        trim_fill(odds_ratios.yi, odds_ratios.vi, estimator="R0", method="DL").to_row(), nan_ok=True
    )
    assert small_study(odds_ratios, "egger-n").to_row()["p"] == pytest.approx(0.0006381701870867622)


def test_effects_without_counts_are_refused_in_words():
    table = pd.DataFrame({"study": list("abcd"), "effect": [0.1, 0.2, 0.5, 0.3], "variance": [0.1, 0.2, 0.3, 0.25]})
    effects = compute_effects([convert(r) for r in rows_of_frame(table)], "GEN")
    with pytest.raises(DataError, match="events_t, n_t"):
        small_study(effects, "peters")
    with pytest.raises(DataError, match="sample size"):
        small_study(effects, "egger-n")
    with pytest.raises(DataError, match="is not known"):
        small_study(effects, "eggers")
    assert small_study(effects, "egger").to_row()["k"] == 4

"""Published meta-analyses with printed results: what the data reproduce reproduces, what they do not is flagged.

The key (tests/data/expected/classics.csv) holds metafor's value of every claim and whether it rounds to the printed
number.
"""

import csv
from pathlib import Path

import pytest

KEY = Path(__file__).parents[1] / "data" / "expected" / "classics.csv"
REPRODUCED = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")


def key():
    with KEY.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_key_is_complete():
    assert len(key()) == 167


@pytest.mark.parametrize("expected", key(), ids=lambda r: f"{r['review']}/{r['claim']}")
def test_claim_of_a_classic(expected, verdicts):
    row = verdicts(expected["review"])[expected["claim"]]
    if expected["verdict_expected"] == "reproduces":
        assert row.verdict in REPRODUCED, row.message
    elif expected["truncation_gives_it"] == "yes":
        assert row.verdict == "WITHIN_ROUNDING"
        assert row.criterion == "cut instead of rounded"
    else:
        assert row.verdict not in REPRODUCED, row.message


def test_values_are_those_of_metafor(verdicts):
    """Where the key's value is on the printed scale, ours agrees with it (REML and ML to metafor's stopping rule)."""
    compared = 0
    for expected in key():
        row = verdicts(expected["review"])[expected["claim"]]
        if expected["verdict_expected"] != "reproduces" or row.value != row.value or not expected["value"]:
            continue
        try:
            theirs = float(expected["value"])
        except ValueError:
            continue
        if theirs == 0 or abs(theirs) < 1e-6:
            continue
        compared += 1
        assert row.value == pytest.approx(theirs, rel=2e-3), (row.review, row.claim)
    assert compared > 120


def test_normand_needs_the_pooled_sd(verdicts):
    row = verdicts("normand-1999-stroke")["fe"]
    assert row.causes == ("sampling variance pooled-sd",)
    assert "variance with one SD for both groups" in row.message


def test_li_needs_mantel_haenszel_for_its_fixed_effect(verdicts):
    assert verdicts("li-2007")["fe-hi"].spec.split(" | ")[2] == "mantel-haenszel"


def test_raudenbush_prediction_interval_leaves_out_the_mean(verdicts):
    assert "prediction interval tau-only" in verdicts("raudenbush-2009")["re-pi-lo"].causes

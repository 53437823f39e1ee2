"""RevMan's own numbers, to every digit it gives, in four of its formats (tests/data/revman, with where they were read)."""

import json
import math
from functools import cache
from pathlib import Path

import pytest

from metaudit.effects.convert import convert
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.presets import load_presets, preset_results
from metaudit.printed import parse_printed

FLEISS = json.loads((Path(__file__).parents[1] / "data" / "revman" / "fleiss1993.json").read_text(encoding="utf-8"))
# RevMan saves 16 digits; the last of them depend on the order in which sums are taken.
SAVED = 1e-12
# Its P value of z is that of an approximation with coefficients of 12 digits; its limits have the exact quantile.
NORMAL = 1e-10
OF_NORMAL = ("p",)
# Its P of chi-squared is 6e-8 and 7e-8 too large, because its series ends early (see chi_squared_p).
EARLY_END = 1e-7
ANALYSES = {a["id"]: a for a in FLEISS["analyses"]}
NUMBERS = [(a["id"], *n) for a in FLEISS["analyses"] for n in a["numbers"]]


@cache
def result(analysis):
    data = ANALYSES[analysis]["data"]
    rows = [
        convert(Row(i, r, {k: parse_printed(v) for k, v in r.items() if k != "study"})) for i, r in enumerate(data, 2)
    ]
    return preset_results(load_presets()["revman5"], rows, measure=ANALYSES[analysis]["measure"])


def ours(analysis, study, quantity):
    """The number of preset revman5 under the name of RevMan's."""
    found, measure = result(analysis), measure_of(ANALYSES[analysis]["measure"])
    if study:
        own = found.studies[study]
        half = 1.9599639845400542 * own["sei"]
        pooled = {"estimate": own["yi"], "ci_low": own["yi"] - half, "ci_high": own["yi"] + half}
        numbers = {"se": own["sei"], "variance": own["sei"] ** 2, "weight": own["weight_common"]}
    else:
        pooled = {k: found.common[k] for k in ("estimate", "ci_low", "ci_high")}
        numbers = {"z": abs(found.common["z"]), "p": found.common["p"], **found.heterogeneity}
    if quantity.startswith("log10_"):
        return pooled[quantity.removeprefix("log10_")] / math.log(10)
    return measure.to_natural(pooled[quantity]) if quantity in pooled else numbers[quantity]


def chi_squared_p(q, df):
    """P of chi-squared by the series of the incomplete gamma function (Abramowitz and Stegun 6.5.29), which ends with the
    first term below 1e-6 of the sum: the rule that gives both of RevMan's P values digit by digit.
    """
    a, x = df / 2, q / 2
    term = total = 1 / a
    while term >= 1e-6 * total:
        a += 1
        term *= x / a
        total += term
    return 1 - total * math.exp(-x + df / 2 * math.log(x) - math.lgamma(df / 2))


def test_the_p_of_chi_squared_is_exact_and_revmans_ends_early():
    for analysis in ANALYSES:
        q, df, exact = (result(analysis).heterogeneity[k] for k in ("q", "q_df", "q_p"))
        assert 0 < chi_squared_p(q, df) - exact < EARLY_END


def test_the_p_of_z_is_that_of_algorithm_as_66():
    """Hill (1973), Appl Stat 22:424, upper branch: all 17 digits of RevMan's number, where the exact P is 3e-14 below it."""
    printed = next(p for a, source, study, q, p in NUMBERS if (source, study, q) == ("rm5", "", "p"))
    z = next(float(p) for a, source, study, q, p in NUMBERS if (source, study, q) == ("rm5", "", "z"))
    deep = z + 4.8385912808 - 15.1508972451 / (z + 0.742380924027 + 30.789933034 / (z + 3.99019417011))
    tail = (
        z
        - 3.8052e-8
        + 1.00000615302 / (z + 3.98064794e-4 + 1.98615381364 / (z - 0.151679116635 + 5.29330324926 / deep))
    )
    assert 2 * 0.398942280385 * math.exp(-z * z / 2) / tail == pytest.approx(float(printed), rel=4e-16)
    assert 2e-14 < float(printed) - math.erfc(z / math.sqrt(2)) < 4e-14


@pytest.mark.parametrize(("analysis", "source", "study", "quantity", "printed"), NUMBERS)
def test_number(analysis, source, study, quantity, printed):
    value = ours(analysis, study, quantity)
    if quantity == "q_p":
        value = chi_squared_p(result(analysis).heterogeneity["q"], result(analysis).heterogeneity["q_df"])
    if source == "rm5":
        assert value == pytest.approx(float(printed), rel=NORMAL if quantity in OF_NORMAL else SAVED)
    else:
        assert value in parse_printed(printed).interval("nearest")


def test_nothing_of_a_format_is_missing():
    """Every study and the pooled result of both analyses are covered, in every format that holds them."""
    sources = {a: {n[1] for n in NUMBERS if n[0] == a} for a in ANALYSES}
    assert sources == {"aspirin": {"rm5", "export", "web", "plot"}, "mental-health": {"export", "plot"}}
    for analysis, content in ANALYSES.items():
        studies = {r["study"] for r in content["data"]}
        for source in sources[analysis]:
            assert {n[2] for n in NUMBERS if n[:2] == (analysis, source)} == {"", *studies}
            of_total = {n[3] for n in NUMBERS if n[:3] == (analysis, source, "")}
            assert {"estimate", "ci_low", "ci_high", "q", "q_df", "q_p", "i2", "z", "p"} <= of_total


def test_a_number_of_another_method_is_not_revmans():
    """The inverse-variance mean and its Q print otherwise: the test above could fail."""
    data = ANALYSES["aspirin"]["data"]
    rows = [
        convert(Row(i, r, {k: parse_printed(v) for k, v in r.items() if k != "study"})) for i, r in enumerate(data, 2)
    ]
    other = preset_results(load_presets()["metafor"], rows, measure="OR")
    assert math.exp(other.common["estimate"]) not in parse_printed("0.89686556").interval("nearest")
    assert other.heterogeneity["q"] not in parse_printed("9.94605598").interval("nearest")

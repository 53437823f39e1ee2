"""The scale a number is printed on, there and back."""

import math

import pytest

from making import audited, claim
from metaudit.audit.groups import groups_of, triples
from metaudit.audit.scale import (
    EFFECT_QUANTITIES,
    analysis_window,
    natural_window,
    on_printed_scale,
    outside_range,
    quantity_asked,
)
from metaudit.formats.review import Claim
from metaudit.measures import measure_of
from metaudit.printed import parse_printed


def a_claim(quantity, printed, **cells):
    names = ("analysis", "subject", "unit", "rounding", "method", "refers_to", "source", "where", "certainty", "note")
    return Claim(
        id="c",
        line=2,
        quantity=quantity,
        printed=printed,
        scale=cells.pop("scale", "natural"),
        **{n: cells.get(n, "") for n in names},
    )


@pytest.mark.parametrize(
    ("quantity", "printed", "scale", "low", "high"),
    [
        ("proportion", "51.3%", "natural", 0.5125, 0.5135),
        ("proportion", "51.3", "percent", 0.5125, 0.5135),
        ("proportion", "0.51", "natural", 0.505, 0.515),
        ("proportion", "0%", "natural", 0.0, 0.005),
        ("i2", "41%", "natural", 40.5, 41.5),
        ("i2", "41", "percent", 40.5, 41.5),
        ("i2", "0.41", "fraction", 40.5, 41.5),
        ("weight", "12.5%", "natural", 12.45, 12.55),
        ("estimate", "24", "percent-reduction", 0.755, 0.765),
        ("estimate", "24%", "percent-increase", 1.235, 1.245),
        ("estimate", "-0.71", "log", -0.715, -0.705),
        ("estimate", "0.301", "log10", 0.3005 * math.log(10), 0.3015 * math.log(10)),
        ("p", "<.001", "natural", 0.0, 0.001),
        ("p", ".00", "natural", 0.0, 0.005),
    ],
)
def test_a_printed_number_stands_for_an_interval_on_the_natural_scale(quantity, printed, scale, low, high):
    window = natural_window(a_claim(quantity, printed, scale=scale), parse_printed(printed))
    assert (window.low, window.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(
    ("quantity", "printed", "scale", "value", "expected"),
    [
        ("proportion", "51.3%", "natural", 20 / 39, 51.282051282),
        ("proportion", "0.51", "natural", 20 / 39, 0.51282051282),
        ("i2", "0.41", "fraction", 41.3, 0.413),
        ("i2", "41%", "natural", 41.3, 41.3),
        ("estimate", "24", "percent-reduction", 0.76, 24.0),
        ("estimate", "24", "percent-increase", 1.24, 24.0),
        ("estimate", "-0.71", "log", -0.7141, -0.7141),
        ("estimate", "0.301", "log10", math.log(2), 0.30102999566),
    ],
)
def test_our_value_is_put_on_the_printed_scale(quantity, printed, scale, value, expected):
    found = on_printed_scale(a_claim(quantity, printed, scale=scale), parse_printed(printed), value)
    assert found == pytest.approx(expected, rel=1e-10)


def test_the_limits_of_a_reduction_swap():
    assert quantity_asked(a_claim("ci_low", "10", scale="percent-reduction")) == "ci_high"
    assert quantity_asked(a_claim("pi_high", "10", scale="percent-reduction")) == "pi_low"
    for name in sorted(q for q in EFFECT_QUANTITIES if q.endswith("_low")):
        assert quantity_asked(a_claim(name, "10", scale="percent-reduction")) == name.replace("_low", "_high")
    assert quantity_asked(a_claim("ci_low", "10")) == "ci_low"


def test_a_ratio_is_read_on_the_log_scale():
    window = analysis_window(a_claim("ci_low", "0.34"), parse_printed("0.34"), measure_of("RR"))
    assert (window.low, window.high) == pytest.approx((math.log(0.335), math.log(0.345)))
    assert analysis_window(a_claim("ci_low", "-0.1"), parse_printed("-0.1"), measure_of("RR")) is None
    assert analysis_window(a_claim("ci_low", "0.0"), parse_printed("0.0"), measure_of("RR")).low == -math.inf


@pytest.mark.parametrize(
    ("quantity", "printed", "impossible"),
    [("p", "1.2", True), ("p", ".05", False), ("i2", "104%", True), ("i2", "100%", False), ("proportion", "120%", True), ("se", "-0.2", True),
     ("estimate", "-5", False), ("tau2", "-0.01", True), ("tau2", "-0.00", False)],
)  # fmt: skip
def test_a_number_outside_its_range_is_impossible(quantity, printed, impossible):
    assert bool(outside_range(a_claim(quantity, printed), parse_printed(printed))) is impossible


def test_a_reduction_and_its_limits_come_out(tmp_path):
    # RR 0.76 (0.61 to 0.95) printed as a reduction of 24 % (5 to 39)
    claims = [claim("est", "estimate", "24", scale="percent-reduction"), claim("lo", "ci_low", "5", scale="percent-reduction"),
              claim("hi", "ci_high", "39", scale="percent-reduction")]  # fmt: skip
    rows = [{"study": "A", "effect": "0.76", "ci_low": "0.61", "ci_high": "0.95"}]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="GEN-LOG")
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert found["lo"].value == pytest.approx(100 * (1 - 0.76 * math.sqrt(0.95 / 0.61)))


def test_triples_of_a_reduction_are_in_order(tmp_path):
    from making import made

    claims = [claim("est", "estimate", "24", scale="percent-reduction"), claim("lo", "ci_low", "5", scale="percent-reduction"),
              claim("hi", "ci_high", "39", scale="percent-reduction")]  # fmt: skip
    (group,) = groups_of(made(tmp_path / "r", claims=claims, measure="RR"), level=0.95)
    found = triples(group)[0]
    assert found.low.id == "hi"
    assert found.low_window.low == pytest.approx(math.log(0.605))

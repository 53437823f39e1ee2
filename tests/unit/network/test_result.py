"""The network of an analysis of a review: what is stated, and the usual value of the rest."""

import pytest

from making_syntheses import network_review, vendored, write_review
from metaudit.errors import DataError
from metaudit.formats.review import Analysis, read_review
from metaudit.formats.tables import Row
from metaudit.network.result import conventional_choices, network_result, usual_measures


def analysis(**given):
    given.setdefault("syntheses", {"network": {}})
    return Analysis("net", "A network", {}, **given)


def rows(*cells):
    return [Row(i, dict(c)) for i, c in enumerate(cells, start=2)]


COUNTS = rows(
    {"study": "A", "treatment": "x", "events": "1", "n": "9"}, {"study": "A", "treatment": "y", "events": "2", "n": "9"}
)


def test_what_is_not_stated_is_as_usual():
    found = conventional_choices(analysis(measures=("RR",)), COUNTS, level=0.9)
    assert (found.measure, found.tau2, found.ci, found.level, found.multiarm) == ("RR", "REML", "wald", 0.9, "full")
    assert (found.convention, found.reference, found.small_is_good, found.pi) == ("escalc", "", None, "t-df")


def test_what_is_stated_is_taken():
    method = {
        "model": "random", "tau2": "DL", "ci": "t", "level": 0.99, "variance": "meta", "pi": "normal", "multiarm": "split",
        "zero_cells": {"add": 0.5, "to": "all"}, "splitting": "without-designs",
    }  # fmt: skip
    stated = analysis(measures=("RR", "OR"), favours="low", method=method, syntheses={"network": {"reference": "x"}})
    found = conventional_choices(stated, COUNTS, level=0.95)
    assert (found.measure, found.tau2, found.ci, found.level, found.multiarm) == ("RR", "DL", "t", 0.99, "split")
    assert (found.convention, found.reference, found.small_is_good, found.pi) == ("meta", "x", True, "normal")
    assert (found.zero_cells, found.splitting) == ("0.5@all", "without-designs")


def test_a_common_effect_has_no_estimator():
    stated = analysis(measures=("OR",), method={"model": "common", "tau2": "DL"})
    assert conventional_choices(stated, COUNTS, level=0.95).tau2 is None


@pytest.mark.parametrize("method", [{"model": "peto"}, {"pi": "t-k-2"}])
def test_what_networks_do_not_have_is_refused_by_name(method):
    with pytest.raises(DataError, match=next(iter(method.values()))):
        conventional_choices(analysis(measures=("OR",), method=method), COUNTS, level=0.95)


@pytest.mark.parametrize(
    ("cells", "measures"),
    [
        ({"events": "1", "n": "9"}, ("OR", "RR", "RD")), ({"events": "1", "time": "90"}, ("IRR", "IRD")),
        ({"mean": "1", "sd": "2", "n": "9"}, ("MD", "SMD", "ROM")), ({"treatment_c": "y", "effect": "-0.5", "se": "0.2"}, ()),
        ({"effect": "-0.5", "se": "0.2"}, ()),
    ],
)  # fmt: skip
def test_an_unstated_measure_is_what_the_rows_allow(cells, measures):
    found = rows({"study": "A", "treatment": "x", **cells})
    assert usual_measures(found) == measures
    assert conventional_choices(analysis(), found, level=0.95).measure == (measures or ("GEN",))[0]


def test_a_number_that_one_arm_lacks_does_not_change_the_measure():
    arms = [{"study": s, "treatment": t, "mean": "1", "sd": "2", "n": "9"} for s in "AB" for t in "xy"]
    assert usual_measures(rows(*arms, {"study": "C", "treatment": "x", "mean": "1", "n": "9"}))[0] == "MD"
    # A mixture of means and ready-made effects: what most arms report.
    effects = [{"study": s, "treatment": t, "effect": "1", "se": "2"} for s in "DEF" for t in "xy"]
    assert usual_measures(rows(*arms, *effects)) == ()
    assert usual_measures(rows(*arms, *effects[:2]))[0] == "MD"


def test_a_reference_that_is_no_treatment_is_named(tmp_path):
    review = read_review(network_review(tmp_path / "net"))
    stated = analysis(measures=("OR",), syntheses={"network": {"reference": "placebo"}})
    with pytest.raises(DataError, match="placebo"):
        network_result(stated, review.rows, level=0.95)


def test_ranks_do_not_depend_on_the_signs_of_the_root(tmp_path):
    from metaudit.network.ranking import _with_signs

    folder = write_review(
        tmp_path / "stowe", vendored("stowe2010"),
        "  net:\n    title: Off\n    select: {}\n    measure: MD\n    favours: low\n    network: {}\n",
    )  # fmt: skip
    review = read_review(folder)
    root = network_result(review.analyses["net"], review.rows, level=0.95).network.root
    turned = _with_signs(root * [-1, 1, -1])
    assert turned == pytest.approx(_with_signs(root))
    assert turned @ turned.T == pytest.approx(root @ root.T)

"""Sequential analyses whose z is by Hartung and Knapp, as the R package RTSA has it, against metafor and against what RTSA stopped at."""

import math

import numpy as np
import pytest

from metaudit.audit.syntheses.sequential_choices import OF_Z, axes_of_test, with_z_departing
from metaudit.audit.syntheses.sequential_settings import Choice, Setting
from metaudit.audit.syntheses.sequential_values import Trials
from metaudit.effects.convert import convert
from metaudit.specs import Spec
from unit.audit.syntheses.made_up_sequential import BCG, RANDOM, claim, entry, judged, reference, rows

# metafor 3.8-1 in R 4.2.2, November 2026: e <- escalc("RR", ai, n1i, ci, n2i) of the trials of tests/data/sequential/bcg.RR.json in their
# order; for each k: rma(yi, vi, data = e[1:k, ], method = "DL", test = "knha"): standard error, t. tau² of the first two trials is 0.
METAFOR = {
    3: (0.2232375283, -4.3072297448), 4: (0.1719256397, -5.5395736460), 5: (0.1608674376, -6.8337154110),
    6: (0.1709767085, -5.5796736828), 7: (0.1998068746, -4.4930053974), 8: (0.1986960890, -3.9353389052),
    9: (0.1972796808, -4.3244870075), 10: (0.1804907187, -4.2354602301), 11: (0.1786830181, -3.8510826220),
    12: (0.1800664899, -4.3877492157), 13: (0.1806966283, -3.9520229495),
}  # fmt: skip
ESTIMATE = -0.7141172221  # of all trials, from the same call
TABLE = rows("bcg.RR")
OWN = entry("bcg.RR", beta=0.1, fixed=False)["own"]
STATED = {**BCG, "control_risk": OWN["pC"]}
WORDS = "z by the Hartung-Knapp standard error, as RTSA"


def cumulative(name, measure, **choices):
    trials = Trials([convert(r) for r in rows(name)], file="extraction.csv")
    spec = Spec(measure, "0.5@only-zero", "LS", "random", "DL", level=0.95)
    return trials.cumulative(spec, **choices)


def test_standard_errors_and_z_are_those_of_metafor():
    found, usual = cumulative("bcg.RR", "RR", adjusted=True), cumulative("bcg.RR", "RR")
    for k, (se, t) in METAFOR.items():
        assert found.se[k - 1] == pytest.approx(se, rel=1e-8)
        assert found.z[k - 1] == pytest.approx(t, rel=1e-8)
    assert list(found.z[:2]) == list(usual.z[:2]), "of one trial, and of two that agree, the common effect"
    assert np.array_equal(found.estimate, usual.estimate)
    assert np.all(np.abs(found.z[2:] - usual.z[2:]) > 1e-3)


@pytest.mark.parametrize("name", ["bcg.RR", "bcg.OR", "coronary.RR", "coronary.OR"])
def test_z_at_the_look_where_rtsa_stopped(name):
    (found,) = (a for a in reference(name)["analyses"] if a["config"]["re_method"] == "DL_HKSJ")
    stop = found["own"]["stagewise_at_rtsa_stop"]
    ours = cumulative(name, name.rpartition(".")[2], adjusted=True)
    (at,) = np.flatnonzero(np.isclose(ours.z, stop["z"], rtol=1e-9, atol=0))
    assert ours.se[at] == pytest.approx(stop["se"], rel=1e-9)


def printed(se):
    """The adjusted interval with one standard error or the other; the boundary is that of a recursion written apart."""
    boundary = OWN["convention_ctu"]["adjusted_ci_last"]["boundary"]
    low, high = (math.exp(ESTIMATE + side * boundary * se) for side in (-1, 1))
    return [claim("ris", "ris", "268,638"), claim("bound", "tsa_boundary", f"{boundary:.3f}"), claim("low", "tsa_ci_low", f"{low:.4f}"),
            claim("high", "tsa_ci_high", f"{high:.4f}"), claim("words", "text", "boundary crossed")]  # fmt: skip


HARTUNG_KNAPP = printed(METAFOR[13][0])
# The last of RTSA's looks of all trials, its boundary by a recursion written apart; the size is inflated, so that another look is the last.
AT_RTSA_LOOK = OWN["boundaries_at_rtsa_looks"][-1]
OF_RTSA = [
    claim("bound", "tsa_boundary", f"{AT_RTSA_LOOK:.3f}"),
    *(claim(name, f"tsa_ci_{name}", f"{math.exp(ESTIMATE + side * AT_RTSA_LOOK * METAFOR[13][0]):.4f}") for name, side in (("low", -1), ("high", 1))),
]  # fmt: skip
USUAL = printed(cumulative("bcg.RR", "RR").se[-1])


@pytest.mark.parametrize("ci", ["wald", "hksj"])
def test_an_adjusted_interval_by_hartung_and_knapp_is_a_departure_from_the_program(ci):
    found = judged(TABLE, HARTUNG_KNAPP, STATED, method={**RANDOM, "ci": ci})
    assert {c: (found[c].verdict, found[c].causes) for c in ("low", "high")} == dict.fromkeys(
        ("low", "high"), ("OTHER_SPEC", (WORDS,))
    )
    assert {found[c].verdict for c in ("ris", "bound", "words")} == {"EXACT"}
    assert f"| {WORDS}" in found["low"].spec
    assert WORDS not in found["low"].stated_spec
    assert {r.verdict for r in judged(TABLE, USUAL, STATED, method={**RANDOM, "ci": ci}).values()} == {"EXACT"}


def test_without_a_program_a_stated_hartung_knapp_interval_leaves_z_open():
    said = {k: v for k, v in STATED.items() if k != "convention"}
    found = judged(TABLE, OF_RTSA, said, method={**RANDOM, "ci": "hksj"})
    assert {r.verdict for r in found.values()} == {"UNDERSPECIFIED"}
    assert {found[c].causes for c in ("low", "high")} == {("convention of RTSA", WORDS)}
    usual = judged(TABLE, USUAL, said, method={**RANDOM, "ci": "hksj"})
    assert all("z by the usual standard error" in usual[c].causes for c in ("low", "high"))
    unsaid = judged(TABLE, USUAL, said, method=RANDOM)
    assert not any("standard error" in cause for r in unsaid.values() for cause in r.causes)


def test_the_looks_of_the_program_with_that_z_are_not_what_is_left_open():
    """By the TSA program z is by the usual standard error however else is pooled: both together depart, also where neither is said."""
    said = {k: v for k, v in STATED.items() if k != "convention"}
    found = judged(TABLE, HARTUNG_KNAPP, said, method={**RANDOM, "ci": "hksj"})
    assert {(found[c].verdict, found[c].causes) for c in ("low", "high")} == {("OTHER_SPEC", (WORDS,))}
    assert found["bound"].verdict == "UNDERSPECIFIED"
    assert "convention of TSA" in found["bound"].causes


def test_only_that_pair_departs():
    z, conventions = Choice(WORDS.removeprefix("z "), True), {c: Choice(f"of {c.upper()}", c) for c in ("tsa", "rtsa")}
    for name, words in (("tsa", (WORDS,)), ("rtsa", ())):
        setting = Setting({OF_Z: z, "convention": conventions[name]}, 1)
        assert with_z_departing(setting).departures == words
        assert with_z_departing(with_z_departing(setting)).departures == words
    usual = Setting({OF_Z: Choice("by the usual standard error", False), "convention": conventions["tsa"]}, 0)
    assert with_z_departing(usual) is usual
    without = Setting({"convention": conventions["tsa"]}, 0)
    assert with_z_departing(without) is without


def test_a_wrong_interval_is_not_explained_by_it():
    wrong = [c if c.id != "high" else claim("high", "tsa_ci_high", "0.7771") for c in HARTUNG_KNAPP if c.id != "low"]
    found = judged(TABLE, wrong, STATED)
    assert found["high"].verdict not in ("EXACT", "UNDERSPECIFIED", "OTHER_SPEC", "WITHIN_ROUNDING")


@pytest.mark.parametrize(("adjusted", "stated", "others"), [(None, 0, 0), (False, 1, 1), (True, 2, 0)])
def test_when_the_choice_is_open(adjusted, stated, others):
    axes = [
        a for a in axes_of_test({}, dated=False, futility=False, ordered=False, adjusted=adjusted) if a.name == OF_Z
    ]
    assert (sum(len(a.stated) for a in axes), sum(len(a.others) for a in axes)) == (stated, others)


def test_a_common_effect_has_no_such_z():
    found = judged(TABLE, HARTUNG_KNAPP, STATED, method={"model": "common"})
    assert not any(cause == WORDS for r in found.values() for cause in r.causes)

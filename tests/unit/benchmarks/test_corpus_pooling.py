"""The arithmetic behind the made-up corpus agrees with the library, which shares no code with it."""

import math
from dataclasses import replace

import pytest
from corpus_drawing import analyses
from corpus_pooling import Method, pool

from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.inject.rows import made_row
from metaudit.presets.load import load_presets
from metaudit.specs import Spec

PRESETS = {"revman5": "revman5", "stata": "stata-metan9", "metafor": "metafor", "cma": "cma"}
# Colditz et al. 1994, the first three trials of BCG vaccine, as in data/reviews/colditz-1994.
BCG = [
    {"events_t": "4", "n_t": "123", "events_c": "11", "n_c": "139"},
    {"events_t": "6", "n_t": "306", "events_c": "29", "n_c": "303"},
    {"events_t": "3", "n_t": "231", "events_c": "11", "n_c": "220"},
]


def spec_of(method):
    """The specification that is the program's default for the measure."""
    if method.program in PRESETS and method.measure != "GEN-LOG":
        preset = load_presets()[PRESETS[method.program]]
        spec = preset.spec(method.measure, model="random" if method.model == "random" else "common")
        if method.model == "peto":
            spec = replace(spec, model="peto", counts="", zero_cells="none", variance="LS", q="inverse-variance")
    else:
        spec = Spec(method.measure, model=method.model, tau2=method.tau2 or "DL", i2="Q")
    if method.tau2 == "REML":
        spec = replace(spec, stopping="metafor")
    return replace(spec, ci=method.ci) if method.model == "random" else spec


def ours(method, rows):
    return evaluate(
        spec_of(method), [convert(made_row(i + 2, r)) for i, r in enumerate(rows)], Analysis("made", "Made", {})
    ).fit


def test_every_formula_agrees_with_the_library():
    seen = set()
    for drawn in analyses(400, 5):
        fit, result = ours(drawn.method, drawn.rows), drawn.result
        seen.add((drawn.method.program, drawn.method.measure, drawn.method.model))
        for name in ("estimate", "ci_low", "ci_high", "p", "q", "q_p", "i2", "tau2"):
            theirs = getattr(result, name)
            if not math.isnan(theirs):
                assert getattr(fit, name) == pytest.approx(theirs, rel=1e-7, abs=1e-9), (drawn.method, name)
    assert len(seen) >= 25, "the draw is to hold most combinations of program, measure and model"


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
@pytest.mark.parametrize("model", ["mantel-haenszel", "random"])
@pytest.mark.parametrize("program", ["revman5", "stata", "plain"])
def test_zero_cells_are_treated_as_the_program_does(program, model, measure):
    rows = [
        *BCG,
        {"events_t": "0", "n_t": "40", "events_c": "5", "n_c": "38"},
        {"events_t": "7", "n_t": "9", "events_c": "8", "n_c": "8"},
    ]
    method = Method(program, measure, model, "DL" if model == "random" else "")
    fit, result = ours(method, rows), pool(method, rows)
    assert (fit.estimate, fit.ci_low, fit.q) == pytest.approx((result.estimate, result.ci_low, result.q), rel=1e-9)


def test_studies_without_any_event_are_left_out_of_ratios():
    empty = {"events_t": "0", "n_t": "40", "events_c": "0", "n_c": "38"}
    result = pool(Method("revman5", "RR", "random", "DL"), [empty, *BCG])
    assert result.k == 3
    assert result.used.tolist() == [False, True, True, True]
    assert pool(Method("revman5", "RD", "random", "DL"), [empty, *BCG]).k == 4
    assert pool(Method("metafor", "RR", "random", "REML"), [empty, *BCG]).k == 4


def test_the_log_risk_ratio_of_three_trials_by_hand():
    # Mantel-Haenszel, by hand: R = sum a n2 / N, S = sum c n1 / N.
    r = 4 * 139 / 262 + 6 * 303 / 609 + 3 * 220 / 451
    s = 11 * 123 / 262 + 29 * 306 / 609 + 11 * 231 / 451
    result = pool(Method("plain", "RR", "mantel-haenszel"), BCG)
    assert math.exp(result.estimate) == pytest.approx(r / s, rel=1e-12)
    assert result.weights.sum() == pytest.approx(100)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"events_t": "9", "n_t": "8", "events_c": "1", "n_c": "9"}, "a count is missing or impossible"),
        ({"events_t": "4", "n_t": "8", "n_c": "9"}, "a count is missing or impossible"),
        ({"events_t": "0", "n_t": "8", "events_c": "0", "n_c": "9"}, "no study has an event"),
    ],
)
def test_what_cannot_be_pooled_is_refused(row, words):
    with pytest.raises(ValueError, match=words):
        pool(Method("revman5", "OR", "mantel-haenszel"), [row])

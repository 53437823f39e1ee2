"""Networks whose printed numbers come from leaving a treatment, a study or an arm out; the numbers are this file's own least squares."""

import math

import numpy as np
import pytest

from making import audited, claim
from metaudit.audit.syntheses.network_choices import Choice
from metaudit.audit.syntheses.network_left_out import left_out, without_treatment
from metaudit.network.choices import Fits, NetworkSpec
from metaudit.network.from_arms import Arm

# study -> treatment -> (events, people); without D every study has two arms
TRIALS = {
    "1": {"A": (12, 100), "B": (20, 104)},
    "2": {"A": (30, 210), "B": (41, 205)},
    "3": {"B": (18, 90), "C": (9, 88)},
    "4": {"B": (25, 150), "C": (14, 149)},
    "5": {"A": (22, 160), "C": (15, 158)},
    "6": {"A": (9, 60), "B": (17, 62), "D": (2, 61)},
    "7": {"A": (14, 120), "D": (33, 118)},
    "8": {"C": (11, 99), "D": (29, 101)},
}
COMMON = {"model": "common", "ci": "wald"}
WORDS = "treatment D left out with all its arms"


def table(trials):
    return [
        {"study": f"Trial {s}", "treatment": t, "events": e, "n": n}
        for s, arms in trials.items()
        for t, (e, n) in arms.items()
    ]


def least_squares(trials, treatments):
    """Weighted least squares of log odds ratios of trials with two arms: log odds of each treatment against the first, covariance, Q."""
    design, y, v = [], [], []
    for arms in trials.values():
        (first, (a, m)), (second, (c, n)) = arms.items()
        row = np.zeros(len(treatments))
        row[treatments.index(first)], row[treatments.index(second)] = 1, -1
        design.append(row[1:])
        y.append(math.log(a / (m - a)) - math.log(c / (n - c)))
        v.append(1 / a + 1 / (m - a) + 1 / c + 1 / (n - c))
    x, y, w = np.array(design), np.array(y), 1 / np.array(v)
    cov = np.linalg.inv(x.T * w @ x)
    b = cov @ (x.T @ (w * y))
    return np.array([0, *b]), np.pad(cov, ((1, 0), (1, 0))), float(w @ (y - x @ b) ** 2)


def printed(trials, names, digits=3, **more):
    """Claims of the league table of trials with two arms, and of Q."""
    b, cov, q = least_squares(trials, names)
    claims = [claim("q", "q", f"{q:.{digits}f}")]
    for i, one in enumerate(names):
        for j, other in enumerate(names[:i]):
            d, se = b[i] - b[j], math.sqrt(cov[i, i] + cov[j, j] - 2 * cov[i, j])
            for name, x in (("estimate", d), ("ci_low", d - 1.959964 * se), ("ci_high", d + 1.959964 * se)):
                claims.append(
                    claim(f"{one}{other}-{name}", name, f"{math.exp(x):.{digits}f}", subject=f"{one} : {other}")
                )
    return [*claims, *(claim(q, q, x) for q, x in more.items())]


def dropped(trials, treatment):
    left = {s: {t: x for t, x in arms.items() if t != treatment} for s, arms in trials.items()}
    return {s: arms for s, arms in left.items() if len(arms) > 1}


def of(folder, claims, trials, **more):
    return audited(
        folder,
        claims=claims,
        rows=table(trials),
        measure="OR",
        network={},
        kind="network meta-analysis",
        **{"method": COMMON, **more},
    )


def test_a_treatment_left_out_with_all_its_arms(tmp_path):
    two = dropped(TRIALS, "D")
    people = sum(n for arms in two.values() for _, n in arms.values())
    claims = printed(two, ["A", "B", "C"], k="6", treatments="3", n=f"{people:,}")
    found = of(tmp_path / "r", claims, TRIALS)
    assert {c: r.verdict for c, r in found.items()} == {c["claim"]: "OTHER_SPEC" for c in claims}
    assert {r.causes for r in found.values()} == {(WORDS,)}
    assert {r.spec for r in found.values()} == {
        "network | OR | 0.5@only-zero+drop | common | wald | without treatment D | 95%"
    }
    assert WORDS in found["q"].message


def test_the_same_table_as_stated_is_not_told_otherwise(tmp_path):
    """Where the stated method gives the numbers, nothing is left out; and a lone wrong number is not explained by it."""
    two = dropped(TRIALS, "D")
    right = printed(two, ["A", "B", "C"])
    assert {r.verdict for r in of(tmp_path / "right", right, two).values()} == {"EXACT"}
    claims = [c | ({"printed": "9.999"} if c["claim"] == "BA-estimate" else {}) for c in right]
    found = of(tmp_path / "wrong", claims, two)
    assert found["BA-estimate"].verdict not in ("EXACT", "UNDERSPECIFIED", "OTHER_SPEC")
    assert {r.verdict for c, r in found.items() if not c.startswith("BA")} == {"EXACT"}


def test_what_is_compared_with_it_alone_goes_with_it(tmp_path):
    trials = {**TRIALS, "9": {"D": (20, 100), "E": (31, 100)}}
    found = of(tmp_path / "r", printed(dropped(TRIALS, "D"), ["A", "B", "C"]), trials)
    assert {r.causes for r in found.values()} == {(f"{WORDS}, and with it E",)}


def test_a_treatment_left_out_under_a_choice_that_is_left_open(tmp_path):
    """Without D the studies agree (Q is less than its degrees of freedom), so that both models are one."""
    claims = printed(dropped(TRIALS, "D"), ["A", "B", "C"], digits=4)
    found = of(tmp_path / "r", claims, TRIALS, method={"ci": "wald"})
    assert {r.verdict for r in found.values()} == {"OTHER_SPEC"}
    assert {r.causes for r in found.values()} == {(WORDS,)}


def test_a_study_left_out_is_not_counted(tmp_path):
    trials = dropped(TRIALS, "D")
    claims = printed({s: arms for s, arms in trials.items() if s != "2"}, ["A", "B", "C"], k="5")
    found = of(tmp_path / "r", claims, trials)
    assert {r.causes for r in found.values()} == {("study Trial 2 left out",)}
    assert {r.verdict for r in found.values()} == {"OTHER_SPEC"}


@pytest.mark.parametrize("wrong", [{"k": "7"}, {"treatments": "3"}, {"designs": "5", "k": "7"}, {"q_df": "5"}])
def test_counts_that_are_off_are_not_explained_by_whichever_study_changes_them(tmp_path, wrong):
    claims = [claim(q, q, x) for q, x in wrong.items()]
    found = of(tmp_path / "alone", claims, TRIALS)
    assert {(r.verdict, r.causes) for r in found.values()} == {("OUT_OF_ENVELOPE", ())}
    assert all("left out" not in r.message for r in found.values())


def test_a_wrong_count_beside_a_right_result_is_a_wrong_count(tmp_path):
    two = dropped(TRIALS, "D")
    coarse = [c for c in printed(two, ["A", "B", "C"], digits=1) if c["claim"] == "BA-estimate"]
    found = of(tmp_path / "r", [*coarse, claim("k", "k", "5")], two)
    assert {c: r.verdict for c, r in found.items()} == {"BA-estimate": "EXACT", "k": "OUT_OF_ENVELOPE"}


def test_a_count_of_which_results_tell_is_explained_with_them(tmp_path):
    """Only where a departure gives more of the results than what is stated; the k alone of another study changes nothing."""
    two = dropped(TRIALS, "D")
    claims = printed({s: a for s, a in two.items() if s != "3"}, ["A", "B", "C"], k="5", designs="3")
    found = of(tmp_path / "r", claims, two)
    assert {r.causes for r in found.values() if r.verdict == "OTHER_SPEC"} == {("study Trial 3 left out",)}
    assert (found["k"].verdict, found["designs"].verdict) == ("OTHER_SPEC", "EXACT")


def arms(trials):
    return [Arm(s, t, {"events": e, "n": n}) for s, own in trials.items() for t, (e, n) in own.items()]


CHAIN = {"1": {"A": (1, 9), "B": (2, 9)}, "2": {"B": (3, 9), "C": (2, 9)}, "3": {"C": (3, 9), "D": (4, 9)}}


@pytest.mark.parametrize(
    ("trials", "words"),
    [
        ({k: CHAIN[k] for k in "1"}, []),
        # Without B, A has nobody left to be compared with, and C and D are one network.
        (CHAIN, [("A", ""), ("B", "A"), ("C", "D"), ("D", "")]),
        # Without C there would be two networks.
        ({**CHAIN, "4": {"D": (3, 9), "E": (4, 9)}}, [("A", ""), ("B", "A"), ("D", "E"), ("E", "")]),
    ],
)
def test_which_treatments_can_be_left_out(trials, words):
    spec = NetworkSpec("OR", tau2="")
    fits = Fits(arms(trials))
    found = list(without_treatment(Choice(spec, {}), fits.whole(spec)))
    told = [f"treatment {t} left out with all its arms" + (f", and with it {o}" if o else "") for t, o in words]
    assert [c.departures for c in found] == [(t,) for t in told]
    for c, (treatment, others) in zip(found, words, strict=True):
        assert set(fits.fit(c.spec).treatments) == set("ABCDE") & {t for a in trials.values() for t in a} - {
            treatment,
            *others,
        }


def test_no_more_than_asked_of_either_kind():
    spec = NetworkSpec("OR", tau2="")
    fits = Fits(arms(TRIALS))
    found = [c.departures[-1] for c in left_out([Choice(spec, {})], fits, most=2)]
    assert found == [
        "study 1 left out", "study 2 left out", "treatment A left out with all its arms", "treatment B left out with all its arms",
    ]  # fmt: skip

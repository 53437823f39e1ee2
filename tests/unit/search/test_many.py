"""Many analyses at once give what each gives alone, and are searched like each alone."""

import numpy as np
import pytest

from metaudit.formats.review import Analysis
from metaudit.printed import parse_printed
from metaudit.search.batch import evaluate_specs
from metaudit.search.corpus import Question, search_many
from metaudit.search.many import Problem, evaluate_many
from metaudit.search.match import match, to_natural
from metaudit.search.rank import rank
from metaudit.search.results import QUANTITIES
from metaudit.search.targets import Target
from metaudit.specs import Spec

SPECS = (
    *(Spec("RR", tau2=t) for t in ("DL", "REML", "PM", "SJ")), Spec("RR", q="mantel-haenszel-corrected"),
    Spec("OR", zero_cells="none", model="mantel-haenszel"), Spec("OR", model="mantel-haenszel", counts="corrected"),
    Spec("OR", model="peto"), Spec("RD", model="mantel-haenszel", rd_variance="greenland-robins"),
    Spec("RD", tau2="ML", ci="hksj", level=0.99), Spec("RR", ci="t", pi="normal", i2="Q"),
)  # fmt: skip
MEANS = (Spec("MD"), Spec("SMD", tau2="EB"), Spec("SMD", variance="revman", ci="hksj-adhoc-ci"))


@pytest.fixture(scope="module")
def problems(make_rows, random_counts, plain):
    rng = np.random.default_rng(6)
    found = []
    for k in (1, 2, 2, 3, 5, 8, 13, 14, 30, 60):
        found.append(Problem(make_rows(random_counts(rng, k=k, rate=0.05)), plain, SPECS))
        n, m = rng.integers(8, 60, (2, k))
        means = [
            {"mean_t": round(a, 1), "sd_t": 2.1, "n_t": x, "mean_c": 5, "sd_c": 1.9, "n_c": y}
            for a, x, y in zip(rng.normal(5.5, 1, k), n, m, strict=True)
        ]
        found.append(Problem(make_rows(means), plain, MEANS))
    rows = random_counts(rng, k=6)
    grouped = make_rows([{**r, "group": "ab"[i % 2]} for i, r in enumerate(rows)])
    found.append(Problem(grouped, Analysis("g", "Grouped", {}, subgroups="group"), SPECS[:3]))
    lacking = [*random_counts(rng, k=4), {"events_t": 3, "n_t": 20}]
    found.append(Problem(make_rows(lacking), plain, SPECS))
    found.append(Problem(make_rows([{"events_t": 3, "n_t": 20}]), plain, SPECS[:2]))
    found.append(Problem(make_rows([{"events": e, "n": 30} for e in (0, 5, 9)]), plain, (Spec("PFT"), Spec("PLO"))))
    found.append(
        Problem(make_rows(random_counts(rng, k=4)), plain, (Spec("OR", model="glmm", glmm="unconditional-fixed"),))
    )
    return found


def test_each_gives_what_it_gives_alone(problems):
    for p, together in zip(problems, evaluate_many(problems), strict=True):
        alone = evaluate_specs(p.specs, p.rows, p.analysis)
        assert together.specs == alone.specs
        assert together.lines == alone.lines
        assert together.failed == alone.failed
        for name in QUANTITIES:
            assert together.values[name] == pytest.approx(alone.values[name], rel=1e-9, abs=1e-11, nan_ok=True), name
        for name in ("yi", "vi", "weights", "typical_n", "subgroup_q", "subgroup_p"):
            assert getattr(together, name) == pytest.approx(getattr(alone, name), rel=1e-9, abs=1e-11, nan_ok=True), (
                name
            )
        assert set(together.groups) == set(alone.groups)


def test_an_order_is_kept_and_nothing_is_nothing(problems):
    there, back = evaluate_many(problems[:6]), evaluate_many(problems[5::-1])
    for a, b in zip(there, reversed(back), strict=True):
        assert a.values["estimate"] == pytest.approx(b.values["estimate"], rel=1e-12, nan_ok=True)
    assert evaluate_many([]) == []
    assert search_many([]) == []


def asked(problem, i, *, decimals=2):
    results = evaluate_specs(problem.specs, problem.rows, problem.analysis)
    out = []
    for name in ("estimate", "ci_low", "ci_high", "tau2"):
        value = results.values[name]
        value = value if name == "tau2" else to_natural(value, results)
        if np.isfinite(value[i]):
            out.append(Target(name, name, "", parse_printed(f"{value[i]:.{decimals}f}").interval()))
    return [*out, Target("egger", "egger_p", "", parse_printed("0.04").interval())]


def test_a_corpus_is_searched_like_each_analysis(problems):
    some = [p for p in problems if len(p.rows) > 4 and len(p.specs) > 1]
    questions = [Question(p, asked(p, i % len(p.specs), decimals=4)) for i, p in enumerate(some)]
    for i, (q, a) in enumerate(zip(questions, search_many(questions), strict=True)):
        results = evaluate_specs(q.problem.specs, q.problem.rows, q.problem.analysis)
        prior = np.full(len(results.specs), 1 / len(results.specs))
        alone = rank(match(q.targets, results), stated={}, prior=prior)[0]
        assert a.best.spec == alone.spec
        assert a.best.missed == frozenset()
        assert a.unknown == ("egger",)
        assert 1 <= a.specificity.matching <= a.specificity.results
        true = q.problem.specs[i % len(q.problem.specs)]
        assert true in (a.best.spec, *a.best.twins) or a.specificity.matching > 1


def test_the_stated_method_comes_first_among_equals(make_rows, plain):
    rows = make_rows([{"events_t": e, "n_t": 50, "events_c": e, "n_c": 50} for e in (5, 9, 12)])
    problem = Problem(rows, plain, (Spec("RR"), Spec("RR", tau2="REML"), Spec("OR", tau2="REML")))
    target = [Target("e", "estimate", "", parse_printed("1.00").interval())]
    (a,) = search_many([Question(problem, target, stated={"tau2": "REML", "measure": "RR"})])
    assert a.best.spec == Spec("RR", tau2="REML")
    assert (a.best.departures, a.specificity.results, a.specificity.matching) == ((), 1, 1)
    (nothing,) = search_many([Question(problem, [])])
    assert nothing.best is None
    assert nothing.specificity.results == 0

"""What the audit says in sentences is words, not the codes of a specification."""

import re
from dataclasses import replace

import pytest

from making import claim, made
from metaudit.analyses import analysis_rows
from metaudit.audit.bundles import answer
from metaudit.audit.own_value import Unanswerable
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.specs import Spec

ROWS = [
    {"study": f"T{i}", "events_t": a, "n_t": 120, "events_c": c, "n_c": 115, "x_group": "ab"[i % 2]}
    for i, (a, c) in enumerate([(4, 11), (6, 29), (3, 11), (22, 18), (0, 5), (9, 20)])
]
QUANTITIES = (
    "estimate", "ci_low", "ci_high", "se", "p", "z", "q", "q_p", "i2", "i2_low", "h2", "tau2", "tau", "tau2_low", "pi_low", "pi_high",
    "weight", "subgroup_p", "subgroup_q",
)  # fmt: skip
CODES = re.compile(r"hksj|adhoc|t-k-\d|tau-only|I2:|PI:|\||\bnan\b|@|kenward|mantel-haenszel|user-weights|[a-z]_[a-z]")


@pytest.mark.parametrize(
    "spec",
    [
        *(
            Spec("RR", tau2="REML" if ci == "kenward-roger" else "ML" if ci == "profile" else "DL", ci=ci)
            for ci in ("wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci", "kenward-roger", "profile")
        ),
        *(Spec("RR", pi=pi) for pi in ("t-k-1", "normal", "tau-only")),
        Spec("RR", ci="hksj", pi="hksj"),
        Spec("OR", model="peto", ci="wald"),
        Spec("OR", model="mantel-haenszel", ci="wald", counts="corrected"),
        Spec("OR", model="glmm", glmm="unconditional-fixed", ci="wald"),
        Spec("RR", model="common", ci="wald"),
    ],
    ids=str,
)
@pytest.mark.parametrize("k", [1, 2, 6])
def test_formulas_and_reasons_hold_no_codes(tmp_path, spec, k):
    claims = [claim(q, q, "1", subject="T0" if q == "weight" else "") for q in QUANTITIES]
    review = made(tmp_path / "r", claims=claims, rows=ROWS[:k], measure=spec.measure, subgroups="group")
    analysis = review.analyses["main"]
    rows = analysis_rows(analysis, [convert(r) for r in review.rows])
    if k == 1 and spec.ci in ("kenward-roger", "profile"):
        spec = replace(spec, ci="hksj", tau2="DL")
    e = evaluate(spec, rows, analysis)
    for c in review.claims:
        try:
            found = answer(c, e, analysis, rows)
            said = f"{found.ours.how} {found.choice}"
        except Unanswerable as reason:
            said = str(reason)
        assert not CODES.search(said), (c.quantity, said)

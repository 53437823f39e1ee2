"""Many specifications at once give what each gives alone."""

from pathlib import Path

import numpy as np
import pytest

from metaudit.analyses import analysis_rows, any_zero_cell, possible_measures
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import read_review
from metaudit.search.batch import evaluate_specs, numbers_of
from metaudit.specs import completions
from tolerances import SAME_AGAIN

REVIEWS = Path(__file__).parents[3] / "data" / "reviews"
SHIPPED = ["colditz-1994", "normand-1999-stroke", "li-2007", "lipsey-2001", "molloy-2014", "rothman-2008-tolbutamide"]
SHIPPED += ["ketamine-responders", "stijnen-2010-rates", "hackshaw-1997", "berkey-1995"]


def thinned(specs, *, most=60, seed=3):
    rng = np.random.default_rng(seed)
    index = rng.choice(len(specs), size=min(most, len(specs)), replace=False)
    return [specs[i] for i in sorted(index)]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_reviews(name):
    review = read_review(REVIEWS / name)
    converted = [convert(r) for r in review.rows]
    compared = 0
    for analysis in review.analyses.values():
        rows = analysis_rows(analysis, converted)
        if analysis.data == "none" or not rows:
            continue
        measures = possible_measures(analysis, rows)
        specs = thinned(completions(measures, {}, any_zero=any_zero_cell(rows)))
        results = evaluate_specs(specs, rows, analysis)
        for i, spec in enumerate(specs):
            compared += compare(spec, i, results, rows=rows, analysis=analysis)
    assert compared > 50


def compare(spec, i, results, *, rows, analysis):
    try:
        e = evaluate(spec, rows, analysis)
    except DataError:
        assert i in results.failed or np.isnan(results.values["estimate"][i]), spec
        return 0
    for name, value in numbers_of(e):
        ours = results.values[name][i]
        assert ours == pytest.approx(value, rel=SAME_AGAIN, abs=1e-10, nan_ok=True), (str(spec), name)
    at = [results.lines.index(s.row.line) for s in e.effects.studies]
    if spec.model != "glmm":
        assert results.weights[i, at] == pytest.approx(e.fit.weights, rel=SAME_AGAIN), spec
    assert results.yi[i, at] == pytest.approx(e.effects.yi, rel=1e-12), spec
    for level, (_, fit) in e.subgroups.items():
        assert results.groups[level].values["estimate"][i] == pytest.approx(fit.estimate, rel=SAME_AGAIN), (spec, level)
    if e.between and len(e.subgroups) > 1:
        assert results.subgroup_q[i] == pytest.approx(e.between.q, rel=SAME_AGAIN, abs=1e-10), spec
        assert results.subgroup_p[i] == pytest.approx(e.between.p, rel=SAME_AGAIN, abs=1e-12), spec
    return 1

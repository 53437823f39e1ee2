"""The shipped sequential analyses: what RTSA gives right is given, what it gives wrong is said; references are of recursions written apart."""

import pytest

from metaudit.audit.engine import audit
from metaudit.effects.convert import convert
from metaudit.formats.review import load_review
from metaudit.sequential_columns import LOOKS, SIZES, look_rows, size_row
from metaudit.sequential_result import sequential_result
from unit.audit.syntheses.made_up_sequential import entry

BCG, NORMAND = "bcg.RR", "normand1999.MD"
SETTINGS = {
    ("tsa-bcg", "random"): (BCG, {"beta": 0.1, "fixed": False}),
    ("tsa-bcg", "pocock"): (BCG, {"es_alpha": "esPoc"}),
    ("tsa-bcg", "common"): (BCG, {"beta": 0.1, "fixed": True}),
    ("tsa-normand-1999", "common"): (NORMAND, {"fixed": True, "es_alpha": "esOF", "cont_vartype": None}),
    ("tsa-normand-1999", "pocock"): (NORMAND, {"fixed": True, "es_alpha": "esPoc"}),
    ("tsa-normand-1999", "unequal"): (NORMAND, {"cont_vartype": "non-equal"}),
    ("tsa-normand-1999", "random"): (NORMAND, {"beta": 0.2}),
}
# After a crossing of the lower boundary RTSA 0.2.2 takes the boundary instead of z; and it writes 20 where a look spends next to nothing.
WRONG = ("tsa-p", "tsa-estimate")
DUMMY = ("random-tsa-boundary", "random-tsa-ci-low", "random-tsa-ci-high")
FROM_BOUNDARY = "stage-wise inference from the boundary instead of z, as RTSA 0.2.2 where the lower one is crossed"


@pytest.fixture(scope="module")
def audited(reviews):
    loaded = {name: load_review(reviews / name)[0] for name in ("tsa-bcg", "tsa-normand-1999")}
    return {name: {r.claim: r for r in audit(review)} for name, review in loaded.items()}


def test_everything_else_is_exact(audited):
    judged = {(name, c): r.verdict for name, rows in audited.items() for c, r in rows.items()}
    assert len(judged) == 112
    left = {k for k, v in judged.items() if v != "EXACT"}
    known = {(n, c) for n, c in judged if c.endswith(WRONG)} | {("tsa-normand-1999", c) for c in DUMMY}
    assert left == known


@pytest.mark.parametrize(("review", "analysis"), [k for k in SETTINGS if k[1] != "random" or k[0] == "tsa-bcg"])
def test_inference_after_a_crossing_is_ours_not_that_of_the_package(audited, review, analysis):
    own = entry(SETTINGS[review, analysis][0], **SETTINGS[review, analysis][1])["own"]["stagewise_at_rtsa_stop"]
    p, estimate = (audited[review][f"{analysis}-{name}"] for name in WRONG)
    for row in (p, estimate):
        assert row.verdict in ("OTHER_SPEC", "DIFFERENT", "OUT_OF_ENVELOPE")
        if row.verdict == "OTHER_SPEC":
            assert row.causes == (FROM_BOUNDARY,)
    if p.verdict != "OTHER_SPEC":
        assert p.value == pytest.approx(own["p"], rel=1e-6)
    if estimate.verdict != "OTHER_SPEC":
        assert estimate.value == pytest.approx(own["median_unbiased"], rel=1e-6)


def test_the_fault_of_the_package_is_recognised(audited):
    found = {c for c, r in audited["tsa-bcg"].items() if r.causes == (FROM_BOUNDARY,)}
    assert found == {"random-tsa-p", "pocock-tsa-p", "common-tsa-p", "common-tsa-estimate"}
    assert "from the boundary instead of z" in audited["tsa-bcg"]["random-tsa-p"].message


def test_the_dummy_boundary_is_not_ours(audited):
    row = audited["tsa-normand-1999"]["random-tsa-boundary"]
    assert row.verdict in ("NEAR", "DIFFERENT")
    assert row.value > 20


@pytest.mark.parametrize(("review", "analysis"), SETTINGS)
def test_result_rows(reviews, review, analysis):
    loaded = load_review(reviews / review)[0]
    found = sequential_result(loaded.analyses[analysis], [convert(r) for r in loaded.rows])
    reference, settings = SETTINGS[review, analysis]
    own = entry(reference, **settings)["own"]
    size, looks = size_row(found), look_rows(found)
    assert size["required"] == own["RIS_used"]
    assert size["required_fixed"] == own["RIS_fixed"]
    assert size["participants"] == own["AIS"]
    assert list(size) == [c.name for c in SIZES]
    assert all(list(row) == [c.name for c in LOOKS] for row in looks)
    at_stop = own.get("stagewise_at_rtsa_stop")
    assert size["crossed_at"] == (at_stop["look"] if at_stop else "")
    if at_stop:
        crossing = looks[at_stop["look"] - 1]
        assert crossing["crossed"] == "lower"
        assert crossing["z"] == pytest.approx(at_stop["z"], abs=1e-9)
    assert size["left_open"] == ""
    assert (looks[-1]["study"] == "") == (looks[-1]["share"] == 1 and size["participants"] < looks[-1]["participants"])


def test_michelet_names_what_is_missing(reviews):
    row = audit(load_review(reviews / "michelet-2018")[0]).claim("tsa")
    assert row.verdict == "NOT_CHECKABLE"
    assert row.causes[:2] == ("the smallest relevant effect", "the standard deviation behind the required size")
    assert "per study: SD, control" in row.causes
    assert "mean, SD and n of both arms of each study, and its year (4 trials)" in row.message

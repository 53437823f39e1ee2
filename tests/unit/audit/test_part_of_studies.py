"""A number that comes out from a part of the studies says from how many, and what the others lack."""

import pytest

from making import audited, claim

ROWS = [
    {"study": f"S{i}", "mean_t": t, "sd_t": 1.2, "n_t": 20, "mean_c": 5, "sd_c": 1.3, "n_c": 22, "x_dose": d}
    for i, (t, d) in enumerate([(4.004, "low"), (3.5, "low"), (4.4, "high"), (4.1, "high"), (3.9, "low")])
]
LACKING = {"study": "Short 1999", "mean_t": 4, "n_t": 20, "mean_c": 5, "sd_c": 1.3, "n_c": 22, "x_dose": "high"}
METHOD = {"model": "common", "ci": "wald"}


def run(folder, rows, *, claims, **more):
    return audited(folder, claims=claims, rows=rows, measure="MD", method=METHOD, **more)


@pytest.fixture
def printed(tmp_path):
    found = run(tmp_path / "p", ROWS, claims=[claim("est", "estimate", "9"), claim("hi", "ci_high", "9")])
    return {name: row.value for name, row in found.items()}


def test_an_exact_number_says_from_how_many_studies(tmp_path, printed):
    est = run(tmp_path / "r", [*ROWS, LACKING], claims=[claim("est", "estimate", f"{printed['est']:.2f}")])["est"]
    assert est.verdict == "EXACT"
    assert est.message.endswith(". That is from 5 of 6 studies; missing: Short 1999 (SD, treatment).")


def test_a_complete_table_says_nothing_of_it(tmp_path, printed):
    est = run(tmp_path / "r", ROWS, claims=[claim("est", "estimate", f"{printed['est']:.2f}")])["est"]
    assert est.verdict == "EXACT"
    assert "studies; missing" not in est.message


def test_cut_digits_and_open_choices_say_it_too(tmp_path, printed):
    assert f"{printed['est']:.4f}" == "-1.0192"
    cut = run(tmp_path / "r", [*ROWS, LACKING], claims=[claim("est", "estimate", "-1.01")])["est"]
    assert (cut.verdict, cut.criterion) == ("WITHIN_ROUNDING", "cut instead of rounded")
    assert "That is from 5 of 6 studies" in cut.message
    est = audited(
        tmp_path / "o", claims=[claim("hi", "ci_high", f"{printed['hi']:.3f}")], rows=[*ROWS, LACKING], measure="MD",
        method={"model": "common"},
    )["hi"]  # fmt: skip
    assert est.verdict == "UNDERSPECIFIED"
    assert est.message.endswith("That is from 5 of 6 studies; missing: Short 1999 (SD, treatment).")


def test_many_are_counted(tmp_path, printed):
    lacking = [{**LACKING, "study": f"Short {i}"} for i in range(8)]
    est = run(tmp_path / "r", [*ROWS, *lacking], claims=[claim("est", "estimate", f"{printed['est']:.2f}")])["est"]
    assert "from 5 of 13 studies; missing: Short 0 (SD, treatment); Short 1" in est.message
    assert est.message.endswith("; and 3 more.")


def test_a_claim_of_one_study_or_of_a_complete_subgroup_says_nothing(tmp_path):
    ours = run(
        tmp_path / "p", [*ROWS, LACKING], subgroups="dose",
        claims=[claim("one", "study_estimate", "9", subject="S0"), claim("low", "estimate", "9", subject="dose=low"),
                claim("high", "estimate", "9", subject="dose=high")],
    )  # fmt: skip
    claims = [
        claim("one", "study_estimate", f"{ours['one'].value:.2f}", subject="S0"),
        claim("low", "estimate", f"{ours['low'].value:.2f}", subject="dose=low"),
        claim("high", "estimate", f"{ours['high'].value:.2f}", subject="dose=high"),
    ]
    found = run(tmp_path / "r", [*ROWS, LACKING], claims=claims, subgroups="dose")
    assert {row.verdict for row in found.values()} == {"EXACT"}
    assert "studies; missing" not in found["one"].message + found["low"].message
    assert found["high"].message.endswith("That is from 2 of 3 studies; missing: Short 1999 (SD, treatment).")


def test_a_study_without_a_subgroup_counts_for_the_whole_only(tmp_path):
    nowhere = {k: v for k, v in LACKING.items() if k != "x_dose"}
    ours = run(tmp_path / "p", [*ROWS, nowhere], subgroups="dose", claims=[claim("all", "estimate", "9"), claim("low", "estimate", "9", subject="dose=low")])  # fmt: skip
    claims = [
        claim("all", "estimate", f"{ours['all'].value:.2f}"),
        claim("low", "estimate", f"{ours['low'].value:.2f}", subject="dose=low"),
    ]
    found = run(tmp_path / "r", [*ROWS, nowhere], claims=claims, subgroups="dose")
    assert "That is from 5 of 6 studies" in found["all"].message
    assert "studies; missing" not in found["low"].message

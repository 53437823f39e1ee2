"""Contrast-level input: what it implies, and what it must not."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from metaudit.errors import InputError
from metaudit.network.agree import disagreements
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import fit_network
from metaudit.network.from_contrasts import Contrast, evidence_from_contrasts

Network_of = Callable[..., Evidence]


def contrasts(evidence: Evidence) -> list[Contrast]:
    found = []
    for s in evidence.studies:
        for a, b in combinations(s.treatments, 2):
            found.append(Contrast(s.name, a, b, *s.contrast(a, b), len(found) + 2))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_all_pairs_give_the_network_of_the_arms(network_of: Network_of, seed: int) -> None:
    evidence = network_of(seed)
    again = evidence_from_contrasts(contrasts(evidence), "OR")
    one, other = (fit_network(e, tau2="REML") for e in (evidence, again))
    assert other.tau2 == pytest.approx(one.tau2, rel=1e-8)
    np.testing.assert_allclose(other.effects, one.effects, atol=1e-10)
    np.testing.assert_allclose(other.covariance, one.covariance, atol=1e-11)


def test_covariances_that_no_independent_arms_have_are_kept() -> None:
    """Standardised means of four arms share an SD: the variances of all pairs give the covariance back."""
    from metaudit.network.arm_effects import standardised

    values, covariance = standardised(np.array([1.0, 2.0, 4.0, 9.0]), np.full(4, 2.0), np.full(4, 15.0))
    study = Study("1", ("A", "B", "C", "D"), values, covariance)
    (found,) = evidence_from_contrasts(contrasts(Evidence("SMD", (study,))), "SMD").studies
    d = np.array([[-1.0, 1, 0, 0], [-1, 0, 1, 0], [-1, 0, 0, 1]])
    np.testing.assert_allclose(d @ found.covariance @ d.T, d @ covariance @ d.T, atol=1e-13)


def test_the_direction_of_a_row_does_not_matter() -> None:
    rows = [Contrast("1", "A", "B", 0.5, 0.2), Contrast("2", "B", "A", -0.5, 0.2)]
    one, two = evidence_from_contrasts(rows, "MD").studies
    assert one.contrast("A", "B") == two.contrast("A", "B") == (0.5, 0.2)


def test_comparisons_with_one_arm_need_its_variance() -> None:
    rows = [Contrast("1", "B", "A", 0.5, 0.3, 2), Contrast("1", "A", "C", -0.7, 0.4, 3)]
    with pytest.raises(InputError, match="row 2, column treatment: Study 1 has 3 arms and no comparison of B with C"):
        evidence_from_contrasts(rows, "MD")
    (found,) = evidence_from_contrasts(rows, "MD", shared_variance={"1": 0.1}).studies
    assert found.contrast("B", "A") == pytest.approx((0.5, 0.3))
    assert found.contrast("C", "B") == pytest.approx((0.2, 0.2 + 0.3))
    with pytest.raises(InputError, match=r"variance of an arm that is not positive: B \(-0.05\)"):
        evidence_from_contrasts(rows, "MD", shared_variance={"1": 0.35})


def triangle(
    ab: float = 0.5, ac: float = 0.9, bc: float = 0.4, v: tuple[float, float, float] = (0.3, 0.4, 0.5)
) -> list[Contrast]:
    return [
        Contrast("1", "A", "B", ab, v[0], 2),
        Contrast("1", "A", "C", ac, v[1], 3),
        Contrast("1", "B", "C", bc, v[2], 4),
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (triangle(bc=0.6), "row 2, column effect: The effects of study 1 contradict each other: A against B is off by 0.0667"),
        (triangle(v=(0.1, 0.2, 0.9)), r"column se: The variances of the comparisons of study 1 imply a variance of an arm that is not positive: A \(-0.3\)"),
        ([*triangle(), Contrast("1", "B", "A", -0.5, 0.3, 5)], "row 5, column treatment: Study 1 compares B with A in row 2"),
        ([Contrast("1", "A", "A", 0.1, 0.2, 2)], "Study 1 compares A with itself"),
        ([Contrast("1", "A", "B", 0.1, 0.0, 2)], "The variance of A against B in study 1 is 0"),
        ([Contrast("1", "aspirin", "Asprin", 0.1, 0.2, 2)], "'Asprin' .row 2. are two treatments"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(rows: list[Contrast], said: str) -> None:
    with pytest.raises(InputError, match=said):
        evidence_from_contrasts(rows, "MD")


def test_rounding_is_no_contradiction() -> None:
    (found,) = evidence_from_contrasts(triangle(bc=0.401), "MD").studies
    assert found.contrast("A", "C")[0] == pytest.approx(0.9, abs=1e-3)
    assert len(evidence_from_contrasts(triangle(bc=0.6), "MD", tolerance=0.1).studies) == 1


def test_rows_without_a_number_are_left_out() -> None:
    found = evidence_from_contrasts([Contrast("1", "A", "B", math.nan, 0.2), Contrast("2", "A", "B", 0.1, 0.2)], "MD")
    assert [s.name for s in found.studies] == ["2"]
    assert found.left_out == (("1", "A against B has no effect or no variance"),)


def test_printed_comparisons_are_those_of_the_arms(network_of: Network_of) -> None:
    evidence = network_of(1)
    rows = contrasts(evidence)
    assert disagreements(evidence, rows) == ()
    rounded = [
        Contrast(c.study, c.first, c.second, round(c.yi, 2), round(math.sqrt(c.vi), 2) ** 2, c.row, half, half)
        for c in rows
        for half in (0.005, 0.0)
    ]
    assert disagreements(evidence, rounded[::2]) == ()
    assert disagreements(evidence, rounded[1::2])


def test_a_comparison_that_the_arms_do_not_give_is_named(network_of: Network_of) -> None:
    evidence = network_of(1)
    c = contrasts(evidence)[0]
    wrong = [
        Contrast(c.study, c.first, c.second, c.yi + 0.1, c.vi, 2), Contrast(c.study, c.first, c.second, -c.yi, c.vi, 3),
        Contrast(c.study, c.first, c.second, c.yi, 4 * c.vi, 4), Contrast(c.study, c.first, "sugar", c.yi, c.vi, 5),
        Contrast("study 99", c.first, c.second, c.yi, c.vi, 6),
    ]  # fmt: skip
    found = disagreements(evidence, wrong)
    assert [(d.quantity, d.row) for d in found] == [
        ("effect", 2),
        ("sign", 3),
        ("standard error", 4),
        ("arms", 5),
        ("arms", 6),
    ]
    assert "the direction is turned" in str(found[1])
    assert f"standard error {2 * math.sqrt(c.vi):.6g} given, {math.sqrt(c.vi):.6g} from the arms" in str(found[2])
    assert "there are no arms" in str(found[3])

"""Contrasts from arms: the usual effects, covariances of multi-arm studies, zero cells, and what is refused."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from metaudit.effects.compute import effect_sizes
from metaudit.effects.means import hedges_j
from metaudit.effects.zero_cells import ZeroCells
from metaudit.errors import InputError
from metaudit.network.arm_effects import NEEDS, standardised
from metaudit.network.from_arms import Arm, evidence_from_arms

CELLS = {
    "counts": ({"events": 12.0, "n": 60.0}, {"events": 30.0, "n": 90.0}, {"events": 7.0, "n": 44.0}),
    "rates": ({"events": 12.0, "time": 60.5}, {"events": 30.0, "time": 90.0}, {"events": 7.0, "time": 44.0}),
    "means": ({"mean": 3.1, "sd": 1.2, "n": 20.0}, {"mean": 2.4, "sd": 1.5, "n": 31.0}, {"mean": 4.0, "sd": 0.9, "n": 12.0}),
}  # fmt: skip
KINDS = {
    "OR": "counts",
    "RR": "counts",
    "RD": "counts",
    "AS": "counts",
    "IRR": "rates",
    "IRD": "rates",
    "MD": "means",
    "ROM": "means",
}


def arms(cells: tuple[dict[str, float], ...], study: str = "1") -> list[Arm]:
    return [Arm(study, t, c, i) for i, (t, c) in enumerate(zip("ABCDEF", cells, strict=False), start=2)]


@pytest.mark.parametrize(("measure", "kind"), KINDS.items())
def test_contrasts_of_two_arms_are_the_usual_effects(measure: str, kind: str) -> None:
    first, second, _ = CELLS[kind]
    columns = {f"{n}_{side}": [v] for side, cells in (("t", first), ("c", second)) for n, v in cells.items()}
    import pandas as pd

    usual = effect_sizes(pd.DataFrame({"study": ["1"], **columns}), measure=measure)
    y, v = evidence_from_arms(arms(CELLS[kind]), measure).studies[0].contrast("A", "B")
    assert y == pytest.approx(float(usual["yi"].iloc[0]), rel=1e-13)
    if measure != "ROM" or not math.isnan(v):
        assert v == pytest.approx(float(usual["vi"].iloc[0]), rel=1e-13)


def test_ready_made_arms_are_taken_as_they_are() -> None:
    rows = [Arm("1", "A", {"effect": 2.0, "se": 0.3}), Arm("1", "B", {"effect": 0.5, "se": 0.4})]
    assert evidence_from_arms(rows, "GEN").studies[0].contrast("A", "B") == pytest.approx((1.5, 0.25))


def test_standardised_means_of_two_arms_are_hedges_g() -> None:
    first, second = CELLS["means"][:2]
    m, s, n = (np.array([c[k] for c in (first, second)]) for k in ("mean", "sd", "n"))
    sd = math.sqrt(float(((n - 1) * s**2).sum() / (n.sum() - 2)))
    g = float(hedges_j(np.array([n.sum() - 2]))[0]) * (m[0] - m[1]) / sd
    y, v = evidence_from_arms(arms(CELLS["means"][:2]), "SMD").studies[0].contrast("A", "B")
    assert y == pytest.approx(g, rel=1e-13)
    assert v == pytest.approx(1 / n[0] + 1 / n[1] + g**2 / (2 * n.sum()), rel=1e-13)


def test_standardised_means_of_several_arms_share_one_sd() -> None:
    m, s, n = (np.array([c[k] for c in CELLS["means"]]) for k in ("mean", "sd", "n"))
    values, v = standardised(m, s, n)
    d1, d2 = values[1] - values[0], values[2] - values[0]
    covariance = v[1, 2] - v[1, 0] - v[0, 2] + v[0, 0]
    assert covariance == pytest.approx(1 / n[0] + d1 * d2 / (2 * n.sum()), rel=1e-12)
    assert v[1, 1] + v[0, 0] - 2 * v[0, 1] == pytest.approx(1 / n[0] + 1 / n[1] + d1**2 / (2 * n.sum()), rel=1e-12)


def test_the_correction_is_added_to_every_arm_of_a_study_with_a_zero() -> None:
    rows = arms(({"events": 0.0, "n": 20.0}, {"events": 3.0, "n": 21.0}, {"events": 5.0, "n": 22.0}))
    found = evidence_from_arms([*rows, *arms(CELLS["counts"], "2")], "OR")
    assert found.corrected == ("1",)
    y, v = found.studies[0].contrast("B", "C")
    assert y == pytest.approx(math.log(3.5 * 17.5 / (18.5 * 5.5)))
    assert v == pytest.approx(1 / 3.5 + 1 / 18.5 + 1 / 5.5 + 1 / 17.5)
    assert found.studies[1].contrast("A", "B")[0] == pytest.approx(math.log(12 * 60 / (48 * 30)))


@pytest.mark.parametrize(
    ("convention", "y", "v"),
    [
        ("escalc", math.log(0.5 / 21) - math.log(3.5 / 22), 1 / 0.5 - 1 / 21 + 1 / 3.5 - 1 / 22),
        ("meta", math.log(0.5 / 20.5) - math.log(3.5 / 21.5), 1 / 0.5 - 1 / 20.5 + 1 / 3.5 - 1 / 21.5),
    ],
)
def test_what_is_added_to_n_of_the_risk_ratio_depends_on_the_convention(convention: str, y: float, v: float) -> None:
    rows = arms(({"events": 0.0, "n": 20.0}, {"events": 3.0, "n": 21.0}))
    assert evidence_from_arms(rows, "RR", convention=convention).studies[0].contrast("A", "B") == pytest.approx((y, v))


def test_a_study_in_which_everybody_had_the_event() -> None:
    rows = arms(({"events": 20.0, "n": 20.0}, {"events": 30.0, "n": 30.0}))
    assert evidence_from_arms(rows, "OR").left_out == (("1", "only events in every arm"),)
    y, v = (
        evidence_from_arms(rows, "RR", convention="meta", zero_cells=ZeroCells(0.5, "all"))
        .studies[0]
        .contrast("A", "B")
    )
    assert (y, v) == pytest.approx((0.0, 1 / 20 - 1 / 20.5 + 1 / 30 - 1 / 30.5))
    (kept,) = evidence_from_arms(rows, "RR").studies
    assert kept.contrast("A", "B")[0] == pytest.approx(math.log(20.5 / 21) - math.log(30.5 / 31))


def test_the_risk_difference_of_meta_corrects_the_variance_only() -> None:
    rows = arms(({"events": 0.0, "n": 20.0}, {"events": 3.0, "n": 21.0}))
    y, v = evidence_from_arms(rows, "RD", convention="meta").studies[0].contrast("A", "B")
    p, q = 0.5 / 21, 3.5 / 22
    assert y == pytest.approx(-3 / 21)
    assert v == pytest.approx(p * (1 - p) / 21 + q * (1 - q) / 22)


@pytest.mark.parametrize(
    ("rule", "corrected"),
    [("0.5@only-zero", ("1",)), ("0.5@if-any-zero", ("1", "2")), ("0.5@all", ("1", "2")), ("none", ())],
)
def test_zero_cell_rules(rule: str, corrected: tuple[str, ...]) -> None:
    from metaudit.effects.zero_cells import zero_cells_from

    rows = [*arms(({"events": 0.0, "n": 20.0}, {"events": 3.0, "n": 21.0})), *arms(CELLS["counts"], "2")]
    found = evidence_from_arms(rows, "OR", zero_cells=zero_cells_from(rule))
    assert found.corrected == corrected
    if rule == "none":
        assert found.left_out == (("1", "a zero cell without a correction leaves no effect or no variance"),)


def test_studies_without_events_say_nothing_about_a_ratio() -> None:
    rows = [*arms(({"events": 0.0, "n": 20.0}, {"events": 0.0, "n": 21.0})), *arms(CELLS["counts"], "2")]
    for measure in ("OR", "RR"):
        assert evidence_from_arms(rows, measure).left_out == (("1", "no event in any arm"),)
    assert len(evidence_from_arms(rows, "RD").studies) == 2
    kept = evidence_from_arms(rows, "OR", zero_cells=ZeroCells())
    assert [s.name for s in kept.studies] == ["1", "2"]


def test_arms_and_studies_that_lack_a_number_are_left_out_with_the_reason() -> None:
    rows = [
        *arms(({"events": 3.0}, {"events": 4.0, "n": 20.0}, {"events": 5.0, "n": 22.0})),
        Arm("2", "A", {"events": 3.0, "n": 9.0}),
    ]
    found = evidence_from_arms(rows, "OR")
    assert found.studies[0].treatments == ("B", "C")
    assert found.left_out == (("1", "arm A has no n"), ("2", "one arm with every number; a comparison needs two"))


GOOD = {"events": 3.0, "n": 9.0}


@pytest.mark.parametrize(
    ("rows", "measure", "said"),
    [
        ([Arm("1", "A", GOOD, 2), Arm("1", "A", GOOD, 3)], "OR", "file.csv, row 3, column treatment: Study 1 has an arm A in row 2"),
        ([Arm("1", "A", {"events": 10.0, "n": 9.0}, 2)], "OR", "row 2, column events: 10 events among 9 people"),
        ([Arm("1", "A", {"events": -1.0, "n": 9.0}, 2)], "OR", "row 2, column events: events is -1"),
        ([Arm("1", "A", {"events": 0.0, "n": 0.0}, 2)], "OR", "row 2, column n: n is 0"),
        ([Arm("1", "A", {"mean": 1.0, "sd": 0.0, "n": 9.0}, 2)], "MD", "row 2, column sd: sd is 0"),
        ([Arm("1", "A", {"mean": -1.0, "sd": 1.0, "n": 9.0}, 2)], "ROM", "row 2, column mean: The mean is -1"),
        ([Arm("1", "A", {"events": 1.0, "time": 0.0}, 2)], "IRR", "row 2, column time: time is 0"),
        ([Arm("1", " ", GOOD, 2)], "OR", "row 2, column treatment: The row has no treatment"),
        ([Arm("", "A", GOOD, 2)], "OR", "row 2, column study: The row has no study"),
        ([Arm("1", "Placebo", GOOD, 2), Arm("2", "placebo", GOOD, 3)], "OR", "row 3, column treatment: 'placebo' (row 3) and 'Placebo' (row 2)"),
        ([], "HR", "The measure 'HR' is none that networks of arms have"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(rows: list[Arm], measure: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said) if "placebo" not in said else "two treatments of the network"):
        evidence_from_arms(rows, measure, file="file.csv")


def test_similar_names_may_be_said_to_be_two_treatments() -> None:
    rows = [Arm("1", "Placebo", GOOD, 2), Arm("1", "placebo", GOOD, 3)]
    assert evidence_from_arms(rows, "OR", distinct=[("placebo", "Placebo")]).treatments == ("Placebo", "placebo")


def test_choices_that_are_not_known_are_refused() -> None:
    with pytest.raises(InputError, match="convention 'stata' is none"):
        evidence_from_arms([], "OR", convention="stata")
    with pytest.raises(InputError, match="made for two arms"):
        evidence_from_arms([], "OR", zero_cells=ZeroCells(treatment_arm=True))


def test_every_measure_says_what_it_needs() -> None:
    for measure, names in NEEDS.items():
        (left,) = evidence_from_arms([Arm("1", "A", {}, 2)], measure).left_out[:1]
        assert left == ("1", f"arm A has no {', '.join(names)}")

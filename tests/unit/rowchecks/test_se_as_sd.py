"""The likelihood ratio of the other reading: by hand, on made studies, and how often it is wrong."""

import math

import numpy as np
import pytest

from metaudit.effects.convert import convert
from metaudit.formats.review import read_review
from metaudit.inject.clean import DESIGNS, clean_review
from metaudit.inject.rows import made_row
from metaudit.rowchecks.restored import restored_by_other_reading
from metaudit.rowchecks.se_as_sd import PRINTED, SD_AS_SE, SE_AS_SD, THRESHOLD, examine
from metaudit.rowchecks.spreads import log_density_of_arms, log_density_of_effect, predictive, spread_of

STUDIES = (
    (2.0, 2.2, 30, 32),
    (2.4, 2.1, 25, 25),
    (1.8, 2.0, 50, 48),
    (2.1, 2.3, 20, 22),
    (2.6, 2.2, 36, 36),
    (1.9, 1.8, 64, 60),
)


def table(broken=None, *, scale=1.0, column="sd", **more):
    rows = []
    for i, (a, b, n, m) in enumerate(STUDIES):
        f, g, name = 1.0, 1.0, "sd"
        if i == broken:
            name = column
            f, g = (n**-0.5, m**-0.5) if column == "sd" else (1.0, 1.0)
        cells = {
            "study": f"Study {i}",
            "outcome": "pain",
            "mean_t": str(4.0 * scale),
            "mean_c": str(5.0 * scale),
            "n_t": str(n),
            "n_c": str(m),
            f"{name}_t": f"{a * f * scale:.4g}",
            f"{name}_c": f"{b * g * scale:.4g}",
            **(more if i == broken else {}),
        }
        rows.append(convert(made_row(i + 2, cells)))
    return rows


def test_clean_studies_raise_nothing():
    found = examine(table())
    assert len(found) == len(STUDIES)
    assert all(r.ratio < 1 for r in found)
    assert not any(r.flagged() for r in found)


@pytest.mark.parametrize("broken", range(len(STUDIES)))
def test_a_standard_error_given_as_sd_is_found(broken):
    best = examine(table(broken))[0]
    assert (best.line, best.kind, best.arms) == (broken + 2, SE_AS_SD, "tc")
    assert best.flagged()
    assert best.reread == pytest.approx(STUDIES[broken][:2], rel=1e-3)


@pytest.mark.parametrize("broken", range(len(STUDIES)))
def test_an_sd_given_as_standard_error_is_found(broken):
    best = examine(table(broken, column="se"))[0]
    assert (best.line, best.kind, best.arms) == (broken + 2, SD_AS_SE, "tc")
    assert best.flagged()


@pytest.mark.parametrize(("arm", "size"), [("t", 50), ("c", 48)])
def test_one_arm_alone(arm, size):
    rows = table()
    cells = dict(rows[2].row.cells)
    cells[f"sd_{arm}"] = f"{float(cells[f'sd_{arm}']) / math.sqrt(size):.3g}"
    rows[2] = convert(made_row(4, cells))
    best = examine(rows)[0]
    assert (best.line, best.kind, best.arms) == (4, SE_AS_SD, arm)
    assert best.flagged()


def test_the_ratio_is_the_product_of_its_parts():
    rows = table(2)
    found = examine(rows)[0]
    spreads = [spread_of(r) for r in rows]
    s, others = spreads[2], [x for i, x in enumerate(spreads) if i != 2]
    other = s.reread((math.sqrt(50), math.sqrt(48)))
    p = predictive([x.level for x in others], [x.sampling for x in others], s.sampling)
    expected = {
        "arms": log_density_of_arms(other) - log_density_of_arms(s),
        "spread": p.log_density(other.level) - p.log_density(s.level),
        "effect": log_density_of_effect(other) - log_density_of_effect(s) + math.log(other.smd / s.smd),
    }
    assert found.parts == pytest.approx(expected)
    assert found.ratio == pytest.approx(math.exp(sum(expected.values())))


def test_an_implausible_difference_alone_speaks_but_does_not_convict():
    alone = examine([table(2)[2]])[0]
    assert alone.others == 0
    assert alone.implausible == 3.0
    assert 10 < alone.ratio < THRESHOLD
    assert "beyond 3" in alone.words()


def test_another_scale_is_not_taken_for_a_standard_error():
    rows = table()
    for line, factor in ((4, 0.1), (5, 10.0)):
        again = table(scale=factor)
        scaled = [*rows[: line - 2], again[line - 2], *rows[line - 1 :]]
        of_line = next(r for r in examine(scaled) if r.line == line)
        assert not of_line.flagged()


def test_other_outcomes_are_no_comparison():
    rows = table(2)
    alone = convert(made_row(4, {**rows[2].row.cells, "outcome": "morphine, mg"}))
    found = next(r for r in examine([*rows[:2], alone, *rows[3:]]) if r.line == 4)
    assert found.others == 0


def test_rows_of_the_same_study_are_no_comparison():
    rows = [convert(made_row(r.row.line, {**r.row.cells, "study": "One"})) for r in table(2)]
    assert {r.others for r in examine(rows)} == {0}


def test_what_is_printed_for_the_study_counts():
    printed = {"printed_effect": "-1.00", "printed_ci_low": "-1.83", "printed_ci_high": "-0.17"}
    rows = table(2, **printed)
    half = 1.959964 * math.sqrt(1.8**2 / 50 + 2.0**2 / 48)
    cells = {**rows[2].row.cells, "printed_ci_low": f"{-1 - half:.2f}", "printed_ci_high": f"{-1 + half:.2f}"}
    rows[2] = convert(made_row(4, cells))
    assert restored_by_other_reading(rows, "MD") == {4: 2}
    without, with_it = examine(rows)[0], examine(rows, restored={4: 2})[0]
    assert with_it.ratio == pytest.approx(without.ratio * PRINTED**2)
    assert "prints" in with_it.words()


def test_a_result_printed_as_a_logarithm_counts_on_that_scale():
    log = math.log(4.0 / 5.0)
    half = 1.959964 * math.sqrt(1.8**2 / 50 / 4.0**2 + 2.0**2 / 48 / 5.0**2)
    printed = {"printed_effect": log, "printed_ci_low": log - half, "printed_ci_high": log + half}
    rows = table(2)
    cells = {**rows[2].row.cells, **{name: f"{x:.2f}" for name, x in printed.items()}}
    said = [*rows[:2], convert(made_row(4, {**cells, "printed_scale": "log"})), *rows[3:]]
    assert restored_by_other_reading(said, "ROM") == {4: 2}
    assert restored_by_other_reading([*rows[:2], convert(made_row(4, cells)), *rows[3:]], "ROM") == {}


def test_a_printed_result_that_fits_the_label_is_no_evidence():
    rows = table(2)
    half = 1.959964 * math.sqrt(1.8**2 / 50**2 + 2.0**2 / 48**2)
    cells = {
        **rows[2].row.cells,
        "printed_effect": "-1.00",
        "printed_ci_low": f"{-1 - half:.2f}",
        "printed_ci_high": f"{-1 + half:.2f}",
    }
    rows[2] = convert(made_row(4, cells))
    assert restored_by_other_reading(rows, "MD") == {}


def test_equal_means_have_a_finite_ratio():
    rows = [convert(made_row(r.row.line, {**r.row.cells, "mean_t": "5.0"})) for r in table()]
    assert all(math.isfinite(r.ratio) and r.ratio < 1 for r in examine(rows))


def test_words_say_what_where_and_what_it_is_not():
    words = examine(table(2))[0].words()
    for part in (
        "extraction.csv row 4 (Study 2)",
        "standard error",
        "both arms",
        "middle of the 5 other studies of pain",
        "not a proof",
    ):
        assert part in words
    assert not {"fraud", "manipulat", "guilt"} & set(words.lower().split())


def test_unlabelled_spreads_are_read_either_way():
    rows = table()
    cells = {k: v for k, v in rows[2].row.cells.items() if not k.startswith("sd")}
    for reading, kind in (("sd", SE_AS_SD), ("se", SD_AS_SE)):
        wrong = {"sd": 1 / math.sqrt(50), "se": 1.0}[reading]
        rows[2] = convert(
            made_row(4, {**cells, "pm_t": f"{1.8 * wrong:.4g}", "pm_c": f"{2.0 * wrong:.4g}", "pm_is": reading})
        )
        best = examine(rows)[0]
        assert (best.line, best.kind) == (4, kind)
        assert best.flagged()


def test_false_alarms_are_below_one_in_a_hundred_and_most_errors_are_found():
    rng = np.random.default_rng(20)
    alarms = clean = found = broken = 0
    for design in (d for d in DESIGNS if d.data == "means"):
        for seed in range(15):
            rows = [convert(r) for r in clean_review(design, seed=seed).review.rows]
            readings = examine(rows)
            clean += len(readings)
            alarms += sum(r.flagged() for r in readings)
            i = int(rng.integers(len(rows)))
            cells = dict(rows[i].row.cells)
            for arm in "tc":
                cells[f"sd_{arm}"] = f"{float(cells[f'sd_{arm}']) / math.sqrt(int(cells[f'n_{arm}'])):.3g}"
            rows[i] = convert(made_row(rows[i].row.line, cells))
            broken += 1
            found += any(r.flagged() and r.line == rows[i].row.line for r in examine(rows))
    assert clean > 600
    assert alarms / clean <= 0.01
    assert found / broken >= 0.7


@pytest.mark.parametrize("name", ["curtis-1998", "normand-1999-stroke", "pickering-2020"])
def test_shipped_reviews_raise_nothing(name):
    from pathlib import Path

    review = read_review(Path(__file__).parents[3] / "data" / "reviews" / name)
    assert not [r.words() for r in examine([convert(r) for r in review.rows]) if r.flagged()]

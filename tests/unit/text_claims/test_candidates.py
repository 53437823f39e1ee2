"""What a number is taken for: patterns one by one, and hostile texts that must end."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaudit.text_claims import candidates_of, lines_of


def found(text):
    return [f"{c.quantity} {c.printed}" for c in candidates_of(lines_of(text)).candidates]


def reasons(text):
    return {x.shown: x.reason for x in candidates_of(lines_of(text)).left_out}


INTERVALS = [
    "OR 0.66 (95% CI 0.53 to 0.82)",
    "OR 0.66 (95% CI 0.53-0.82)",
    "OR 0.66 (95% CI, 0.53, 0.82)",
    "OR = 0.66, 95% CI: [0.53; 0.82]",
    "OR 0.66 [95% confidence interval 0.53 and 0.82]",
    "OR of 0.66 (95 % CrI 0.53 to 0.82)",
    "odds ratio (OR) 0.66; 95%CI=0.53~0.82",
    "OR: 0·66 (95% CI 0·53–0·82)",
    "OR 0,66 (IC à 95 % : 0,53 à 0,82)",
    "OR 0,66 [0,53 à 0,82]",
    "OR 0,66 (IC95% 0,53-0,82)",
    "le rapport de cotes était de 0,66 (intervalle de confiance à 95 % de 0,53 à 0,82)",
    "OR (95% CI): 0.66 (0.53, 0.82)",
    "OR 0.66 (0.53-0.82)",
    "OR 0.66 (0.53 to 0.82, 95% CI)",
    "The pooled odds ratio for early death was 0.66 (95% CI from 0.53 to 0.82)",
    "OR 0.66 (CI95 0.53/0.82)",
    "OR 0.66 (95% uncertainty interval [UI] 0.53 to 0.82)",
]


@pytest.mark.parametrize("text", INTERVALS)
def test_an_interval_is_read_as_it_is_written(text):
    assert found(text + ".") == ["estimate 0.66", "ci_low 0.53", "ci_high 0.82"]
    assert candidates_of(lines_of(text)).bundles[0].measure == "OR"


@pytest.mark.parametrize("minus", ["-", "\u2212", "\u2013"])
def test_signs_survive(minus):
    text = f"MD {minus}1.83 points (95% CI, {minus}2.35 to {minus}0.31)."
    assert found(text) == ["estimate -1.83", "ci_low -2.35", "ci_high -0.31"]


STATISTICS = [
    ("I2 = 51%", ["i2 51%"]),
    ("I² = 0 %", ["i2 0%"]),
    ("I^2: 51.5%", ["i2 51.5%"]),
    ("I-squared was 51%", ["i2 51%"]),
    ("I 2 = 51%", ["i2 51%"]),
    ("τ2=0.04", ["tau2 0.04"]),
    ("Tau-squared = 0.04", ["tau2 0.04"]),
    ("Tau² = 0.04", ["tau2 0.04"]),
    ("Chi2 = 12.3, df = 4 (P = 0.02)", ["q 12.3", "q_df 4", "q_p 0.02"]),
    ("χ²(4) = 12.3, p = .02", ["q_df 4", "q 12.3", "q_p .02"]),
    ("Q(12)=152.23, p<.001", ["q_df 12", "q 152.23", "q_p <.001"]),
    ("Q = 24.1 (df = 10, P = .007)", ["q 24.1", "q_df 10", "q_p .007"]),
    ("Test for overall effect: z = 2.1 (P = .04)", ["z 2.1", "p .04"]),
    ("NNT 5", ["nnt 5"]),
    ("number needed to treat was 5", ["nnt 5"]),
    ("The number needed to treat for one cure was 5", ["nnt 5"]),
    ("P for interaction = .02", ["subgroup_p .02"]),
    ("P-heterogeneity = 0.36", ["q_p 0.36"]),
    ("P = .36 for heterogeneity", ["q_p .36"]),
    ("Egger's test (P = .12)", ["egger_p .12"]),
    ("Begg test: P = .12", ["begg_p .12"]),
    ("95% prediction interval 0.31 to 1.24", ["pi_low 0.31", "pi_high 1.24"]),
    ("the difference was significant (p < 10⁻³)", ["p <1e-3"]),
    ("the difference was significant (p < 10-3)", ["p <1e-3"]),
]


@pytest.mark.parametrize(("text", "expected"), STATISTICS, ids=[t for t, _ in STATISTICS])
def test_a_statistic_is_read_by_its_name(text, expected):
    assert found(text + ".") == expected


PEOPLE = [
    ("12 RCTs (n=1,234) were included", ["k 12", "n 1,234"]),
    ("Twenty-three trials were pooled", ["k 23"]),
    ("vingt-deux essais ont été inclus", ["k 22"]),
    ("n = 234 patients", ["n 234"]),
    ("Recurrence: 51 % vs 19 %", ["proportion_t 51%", "proportion_c 19%"]),
    ("20/39 with ketamine and 7/36 with placebo", ["events_t 20", "n_t 39", "events_c 7", "n_c 36"]),
    ("7/36 with placebo and 20/39 with ketamine", ["events_c 7", "n_c 36", "events_t 20", "n_t 39"]),
    ("scores were 3.2 ± 1.1 versus 4.5 ± 1.3", ["mean_t 3.2", "sd_t 1.1", "mean_c 4.5", "sd_c 1.3"]),
    ("Total events: 61 (Experimental), 84 (Control)", ["events_t 61", "events_c 84"]),
    ("99 patients received ketamine and 96 placebo", ["n_t 99", "n_c 96"]),
]


@pytest.mark.parametrize(("text", "expected"), PEOPLE, ids=[t for t, _ in PEOPLE])
def test_people_and_studies_are_counted(text, expected):
    assert found(text + ".") == expected


LEFT_OUT = [
    ("Ketamine 0.5 mg/kg was given", "0.5", "a dose or a unit"),
    ("It lasted 12 weeks", "12", "a time"),
    ("Adults aged 18 years", "18", "an age"),
    ("A 10-point scale was used", "10", "a scale"),
    ("in 2014 it was", "2014", "a year"),
    ("as known [12]", "12", "a citation"),
    ("see Table 2", "2", "a place in the document"),
    ("doi:10.1002/ejp.1153", "10.1002", "a link"),
    ("P < .05 was considered significant", "< .05", "a threshold"),
    ("I² > 50% was regarded as high", "> 50%", "a threshold"),
    ("with a power of 80%", "80%", "a design quantity"),
    ("call 01 42 34 56 78", "42", "no word beside it says what it is"),
    ("stage 3 disease", "3", "a stage, type or grade"),
]


@pytest.mark.parametrize(("text", "shown", "reason"), LEFT_OUT, ids=[t for t, *_ in LEFT_OUT])
def test_what_is_no_claim_is_left_out_with_a_reason(text, shown, reason):
    assert found(text + ".") == []
    assert reasons(text + ".")[shown] == reason


def test_a_p_beside_i2_is_the_effects_only_where_the_interval_gives_it():
    # OR 0.66 (0.53 to 0.82): z = ln(0.66) / (ln(0.82 / 0.53) / 3.92) = -3.73, P = .0002
    assert found("OR 0.66 (95% CI 0.53 to 0.82; I2 = 51%; P = .0002).")[-1] == "p .0002"
    assert found("OR 0.66 (95% CI 0.53 to 0.82; I2 = 51%; P = .08).")[-1] == "q_p .08"
    assert found("OR 0.66 (95% CI 0.53 to 0.82; P = .0002; I2 = 51%, P = .0003).")[-1] == "q_p .0003"


def test_an_estimate_outside_its_interval_is_proposed_and_said():
    result = candidates_of(lines_of("OR 0.96 (95% CI 0.53 to 0.82)."))
    assert [c.printed for c in result.candidates] == ["0.96", "0.53", "0.82"]
    assert "outside" in result.candidates[0].note


def test_a_level_other_than_95_is_kept():
    result = candidates_of(lines_of("OR 0.74 (99% CI 0.60 to 0.91)."))
    assert result.bundles[0].level == "99"


def test_a_reduction_in_percent_is_on_its_own_scale():
    result = candidates_of(
        lines_of("Deaths fell by 22% (95% CI 18 to 26). Bleeding increased by 12% (95% CI 3 to 22).")
    )
    assert {c.scale for c in result.candidates[:3]} == {"percent-reduction"}
    assert {c.scale for c in result.candidates[3:]} == {"percent-increase"}


def test_numbers_of_a_following_sentence_join_the_result_before_it():
    result = candidates_of(lines_of("OR 0.66 (95% CI 0.53 to 0.82). Heterogeneity was low (I2 = 12%; P = .34)."))
    assert {c.bundle for c in result.candidates} == {1}


def test_a_prediction_interval_goes_to_the_result_it_contains():
    result = candidates_of(
        lines_of(
            "MD -1.83 (95% CI -2.35 to -1.31). RR 5.35 (95% CI 2.64 to 10.81). The 95% prediction interval was -3.10 to -0.56."
        )
    )
    assert {c.quantity: c.bundle for c in result.candidates if c.quantity.startswith("pi_")} == {
        "pi_low": 1,
        "pi_high": 1,
    }


def test_rules_of_thumb_are_no_results():
    assert found("An SMD of 0.2 is small, 0.5 moderate and 0.8 large.") == []


def test_the_rows_of_a_forest_plot_of_revman_are_read_together():
    text = (
        "Total (95% CI) 412 405 100.0% 0.71 [0.55, 0.92]\nTotal events: 61 (Experimental), 84 (Control)\n"
        "Heterogeneity: Tau² = 0.02; Chi² = 7.85, df = 6 (P = 0.25); I² = 24%\nTest for overall effect: Z = 2.59 (P = 0.010)"
    )
    result = candidates_of(lines_of(text))
    one = [f"{c.quantity} {c.printed}" for c in result.candidates if c.bundle == 1]
    assert one[:5] == ["n_t 412", "n_c 405", "estimate 0.71", "ci_low 0.55", "ci_high 0.92"]
    assert one[-7:] == ["tau2 0.02", "q 7.85", "q_df 6", "q_p 0.25", "i2 24%", "z 2.59", "p 0.010"]


def test_references_are_not_read():
    text = "OR 0.66 (95% CI 0.53 to 0.82).\n\n## References\n\n1. Foo A. OR 0.77 (95% CI 0.70 to 0.80). J 2010;1:2-3."
    assert found(text) == ["estimate 0.66", "ci_low 0.53", "ci_high 0.82"]


@given(
    low=st.integers(-900, 900), width=st.integers(2, 400), share=st.floats(0.05, 0.95), decimals=st.sampled_from([1, 2, 3]),
    comma=st.booleans(), separator=st.sampled_from([" to ", "; ", " à "]), label=st.sampled_from(["95% CI ", "IC à 95 % : "]),
)  # fmt: skip
def test_any_mean_difference_with_its_interval_is_read_back(low, width, share, decimals, comma, separator, label):
    middle = low + max(1, min(width - 1, round(share * width)))
    numbers = [f"{n / 10**decimals:.{decimals}f}" for n in (middle, low, low + width)]
    numbers = ["0" + n[2:] if float(n) == 0 and n.startswith("-") else n for n in numbers]
    shown = [n.replace(".", ",") if comma else n for n in numbers]
    text = f"Pain differed (mean difference {shown[0]}; {label}{shown[1]}{separator}{shown[2]})."
    assert found(text) == [f"estimate {numbers[0]}", f"ci_low {numbers[1]}", f"ci_high {numbers[2]}"]


HOSTILE = {
    "digits": "1" * 20_000,
    "commas": "1," * 10_000,
    "percents": "5% " * 10_000,
    "brackets": "(" * 10_000 + "1",
    "labels": "OR CI P I2 " * 5_000,
    "numbers beside labels": "95% CI 1 to 2; " * 3_000,
    "p": "p=" * 10_000,
    "words": "trials " * 10_000 + "1",
    "hyphens": "a-" * 10_000 + "1",
    "lines": "1\n" * 10_000,
    "one word": "x" * 200_000,
    "fractions": "1/2 vs " * 3_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_end(text):
    start = time.process_time()
    candidates_of(lines_of(text))
    assert time.process_time() - start < 5


@given(st.text(alphabet="ab1.*_$<>/&;#sup tauI2\\\\%nlt10", max_size=120))
def test_marks_are_taken_out_without_moving_anything(text):
    for line in lines_of(text):
        assert len(line.text) == len(text.splitlines()[line.number - 1])
        assert len(line.text.splitlines()) <= 1


@given(st.text(alphabet="0123456789.,;:()[]%<>=-+–±/ \nORCIPI2pnkà·'\u2009²τχ", max_size=200))
def test_any_text_is_read_without_a_fault(text):
    result = candidates_of(lines_of(text))
    assert all(0 <= c.bundle <= len(result.bundles) for c in result.candidates)

"""What the page says of one claim, and its number line."""

import re

import pytest

from metaudit.report.fact_words import envelope_words, plain_words, printed_words, value_words
from metaudit.report.facts import facts_of
from metaudit.report.number_line import number_line, svg, text_lines
from metaudit.report.spec_items import spec_item
from metaudit.tables.reading import finding_of

SPEC = "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%"
OTHER = "RR | 0.5@only-zero | random REML | wald | I2:Q | PI:t-k-2 | 95%"
BASE = {
    "review": "r", "claim": "a", "analysis": "x", "quantity": "estimate", "subject": "", "printed": "0.50", "printed_low": 0.495,
    "printed_high": 0.505, "value": 0.431, "verdict": "DIFFERENT", "criterion": "outside rounding", "margin": -6.4, "spec": SPEC,
    "stated_spec": SPEC, "alternatives": [], "specificity": 0.02, "formula": "1 - 2 - (3)", "inputs": ["extraction.csv row 2 (A): n 3; Table 1, read"],
    "value_low": 0.42, "value_high": 0.44, "envelope_low": 0.31, "envelope_high": 0.62, "searched": 200,
    "nearest": [f"{OTHER}: 0.4811", "0.48 under a method in words"], "edits": ["the arms of A swapped", "A left out"], "edits_alike": 3,
    "ask": "Could you check?", "causes": ["a slip"], "impact": "large", "certainty": "read", "message": "Not the same.",
}  # fmt: skip


def finding(**given):
    return finding_of({**BASE, **given}, {})


def terms(found):
    return {f.term: [i.text for i in f.items] for f in facts_of(found)}


def test_a_number_that_differs_is_followed_from_its_inputs_to_the_question():
    told = terms(finding())
    assert list(told)[:6] == ["Our value", "Formula", "Inputs", "Printed, as an interval", "Distance", "Criterion"]
    assert told["Our value"] == ["0.431 (0.42 to 0.44 once the rounding of the inputs is allowed for)"]
    assert told["Formula"] == [
        "mean = Σ w·y / Σ w, with w = 1 / (v + τ²); y is a study's effect and v its variance", "here: 1 − 2 − (3)"
    ]  # fmt: skip
    assert told["Inputs"] == ["extraction.csv row 2 (A): n 3. Table 1, read"]
    assert told["Printed, as an interval"] == ["0.495 to 0.505"]
    assert told["Distance"] == ["6.40 units of the last printed digit outside the printed interval"]
    assert told["Specificity"] == [
        "4 of the 200 distinct results of the searched space print as this number: a fair fingerprint"
    ]
    assert told["Methods of this measure give"] == ["0.31 to 0.62"]
    assert told["Smallest edit"] == ["the arms of A swapped"]
    assert told["Other edits"] == ["3 other edits would do as well; A left out"]
    assert told["To ask the authors"] == ["Could you check?"]


@pytest.mark.parametrize(
    "verdict", ["WITHIN_ROUNDING", "UNDERSPECIFIED", "OTHER_SPEC", "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE"]
)
def test_every_re_derived_number_that_is_not_exact_has_all_that_is_needed_to_follow_it(verdict):
    told = terms(finding(verdict=verdict))
    assert {"Our value", "Formula", "Inputs", "Printed, as an interval", "Criterion", "Specificity"} <= set(told)


@pytest.mark.parametrize("verdict", ["INCONSISTENT", "IMPOSSIBLE", "WITHIN_ROUNDING"])
def test_a_check_between_printed_numbers_is_its_own_formula(verdict):
    told = terms(
        finding(
            verdict=verdict,
            criterion="P against interval",
            spec="",
            formula="",
            inputs=[],
            specificity=None,
            searched=None,
        )
    )
    assert told["Formula"][0].endswith("P = 2 (1 − Φ(|z|))")
    assert told["Inputs"] == ["the numbers printed beside it"]
    assert told["Specificity"] == ["nothing was searched: this check needs no choice of method"]


def test_an_exact_number_is_short():
    told = terms(finding(verdict="EXACT", value=0.5, value_low=0.5, value_high=0.5))
    assert not {"Inputs", "Nearest methods", "Methods of this measure give"} & set(told)
    assert told["Our value"] == ["0.5"]


def test_results_of_older_versions_still_have_a_page():
    old = {
        k: v
        for k, v in BASE.items()
        if k not in ("formula", "inputs", "value_low", "value_high", "envelope_low", "envelope_high")
    }
    old = {k: v for k, v in old.items() if k not in ("searched", "nearest", "edits", "edits_alike", "ask")}
    told = terms(finding_of(old, {}))
    assert told["Our value"] == ["0.431"]
    assert told["Specificity"] == ["2 % of the choices left open print as this number"]
    assert "Formula" not in told
    assert told["To ask the authors"][0].startswith("We get 0.431 for the pooled estimate, where 0.50 is printed.")


def test_methods_are_in_words_with_the_canonical_string_beside_them():
    item = spec_item(SPEC)
    assert item.text.startswith("risk ratio, 0.5 added to studies with a zero cell, random effects (DerSimonian-Laird)")
    assert item.code == SPEC
    valued = spec_item(f"{OTHER}: 0.4811")
    assert valued.text.endswith("I² from Q: 0.4811")
    assert valued.code == OTHER
    assert spec_item("chi-square without correction").code == ""
    alike = next(f for f in facts_of(finding(alternatives=[OTHER])) if f.term == "Also matching")
    assert alike.items[0].text == "the same with τ² by restricted maximum likelihood"


def test_only_choices_that_can_matter_are_named():
    like = [SPEC.replace("I2:tau2", "I2:Q"), SPEC.replace("t-k-2", "normal"), SPEC.replace("wald", "hksj"), OTHER]
    told = terms(finding(alternatives=like))
    assert told["Reproduced by" if "Reproduced by" in told else "Our value is by"] == [
        "risk ratio, 0.5 added to studies with a zero cell, random effects (DerSimonian-Laird)"
    ]
    assert told["Also matching"] == ["the same with τ² by restricted maximum likelihood"]
    assert "Also matching" not in terms(finding(alternatives=like[:3]))
    assert terms(finding(quantity="se", alternatives=like))["Also matching"] == [
        "the same with Hartung-Knapp standard error", "the same with τ² by restricted maximum likelihood"
    ]  # fmt: skip
    assert terms(finding(quantity="p", alternatives=like[:3]))["Also matching"] == ["the same with Hartung-Knapp test"]
    without = {f.term: f.items[0].text for f in facts_of(finding(), zero_cells=False)}
    assert without["Our value is by"] == "risk ratio, random effects (DerSimonian-Laird)"


def test_a_check_names_the_printed_numbers_it_looked_at():
    p = finding(
        claim="p", quantity="p", verdict="INCONSISTENT", criterion="P against interval", spec="", inputs=[], formula=""
    )
    others = [
        finding(claim=q, quantity=q, printed=v, subject=s)
        for q, v, s in (("ci_high", "-0.1", ""), ("ci_low", "-0.9", ""), ("estimate", "-0.5", ""), ("ci_low", "7", "women"))
    ]  # fmt: skip
    told = {f.term: f.items[0].text for f in facts_of(p, beside=[p, *others])}
    assert told["Inputs"] == (
        "the numbers printed beside it: pooled estimate −0.5, lower confidence limit −0.9, upper confidence limit −0.1"
    )
    assert "May come from" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("random-effects mean (tau² DL = 0.3) of 13 ROM: -0.7 - 1.96 × 0.2", "random-effects mean (τ² by DerSimonian-Laird = 0.3) of 13 values of the ratio of means: −0.7 − 1.96 × 0.2"),
        ("ours is 3.22e-05, not 1e+06 or ce-05", "ours is 3.22 × 10⁻⁵, not 1 × 10⁶ or ce-05"),
        ("meta-regression of 3 studies, tau² = 0: 1", "meta-regression of 3 studies, τ² = 0: 1"),
        ("sum of x_cases over 3 studies", "sum of “cases” over 3 studies"),
        ("one digit changed (events_t 3 instead of 5)", "one digit changed (events (treatment) 3 instead of 5)"),
        ("see lumanauw-2019/events_t and 3 OR-values", "see lumanauw-2019/events_t and 3 OR-values"),
    ],
)  # fmt: skip
def test_sentences_of_the_audit_without_codes(text, words):
    assert plain_words(text) == words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "0.431 (0.42 to 0.44 once the rounding of the inputs is allowed for)"),
        ({"value_low": 0.431, "value_high": 0.431}, "0.431 (no rounded input could move it)"),
        (
            {"verdict": "UNDERSPECIFIED", "value_low": 0.431, "value_high": 0.431},
            "0.431 (the rounding of the inputs is not needed)",
        ),
        ({"verdict": "OTHER_SPEC", "value": 0.5}, "0.5"),
        ({"value": 12.0, "value_low": None, "value_high": None}, "12"),
        ({"value": None}, ""),
    ],
)
def test_our_value_with_its_interval(given, words):
    assert value_words(finding(**given)) == words


@pytest.mark.parametrize(
    ("low", "high", "printed", "words"),
    [
        (0.495, 0.505, "0.50", "0.495 to 0.505"), ("-Inf", 0.001, "<.001", "below 0.001"), (10, "Inf", ">10", "above 10"),
        (-1.425, -1.415, "-1.42", "−1.425 to −1.415"), (None, None, "x", ""), (2.5, 3.5, "3", "2.50 to 3.50"),
    ],
)  # fmt: skip
def test_the_printed_interval_in_words(low, high, printed, words):
    assert printed_words(finding(printed_low=low, printed_high=high, printed=printed)) == words


def test_the_picture_has_its_numbers_in_words_and_in_order():
    drawn = number_line(finding())
    picture = svg(drawn, 'printed <"0.5">')
    assert 'aria-label="printed &lt;&#34;0.5&#34;&gt;"' in picture
    assert 'role="img"' in picture
    at = {
        kind: [float(x) for x in re.findall(r"[MH]([\d.]+)", d)]
        for kind, d in re.findall(r'class="nl-(\w+)" d="([^"]+)"', picture)
    }
    assert (
        at["env"][0]
        < at["reach"][0]
        < at["ours"][0]
        < at["reach"][1]
        < at["printed"][0]
        < at["printed"][1]
        < at["env"][1]
    )
    assert len(picture) < 700


def test_a_wide_envelope_is_cut_and_has_arrows():
    wide = number_line(finding(envelope_low=-100, envelope_high=100))
    assert svg(wide, "x").count("nl-arrow") == 2
    assert wide.at(0.505) - wide.at(0.431) > 0.03
    drawn = dict(text_lines(wide))
    assert drawn["envelope"].startswith("|<")
    assert drawn["envelope"].endswith(">|")


def test_a_line_for_a_terminal():
    drawn = dict(text_lines(number_line(finding()), width=40))
    assert {len(d) for d in drawn.values()} == {42}
    assert drawn["ours"].index("*") < drawn["printed"].index("[")
    assert "(" in drawn["ours"]


@pytest.mark.parametrize(
    "given", [{"value": None}, {"printed_low": None}, {"value": "Inf"}, {"printed_low": "-Inf", "printed_high": "Inf"}]
)
def test_there_is_no_line_without_two_numbers(given):
    assert number_line(finding(**given)) is None


@pytest.mark.parametrize("value", [0.0, 0.5, -3.0])
def test_a_line_of_one_point_has_a_width(value):
    line = number_line(
        finding(
            value=value, printed_low=value, printed_high=value, value_low=value, value_high=value, envelope_low=None
        )
    )
    assert line.low < value < line.high


def test_a_half_line_ends_at_the_edge():
    line = number_line(finding(printed_low="-Inf", printed_high=0.001, value=0.0045, value_low=None, envelope_low=None))
    assert dict(text_lines(line))["printed"].startswith("|<")
    assert "nl-printed" in svg(line, "x")


def test_envelope_words():
    assert envelope_words(finding(searched=None)) == "0.31 to 0.62"
    assert envelope_words(finding(envelope_low=None)) == ""


def test_what_is_missing_is_named_by_its_columns():
    causes = [f"per study: {c}, {arm}" for arm in ("treatment", "control") for c in ("events", "n")]
    told = terms(
        finding(verdict="NOT_CHECKABLE", criterion="missing data", spec="", formula="", value=None, causes=causes)
    )
    assert told["What is missing"] == ["events and n of both arms of each study"]
    assert "Would explain it" not in told

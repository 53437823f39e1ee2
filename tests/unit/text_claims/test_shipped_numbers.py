"""The numbers of every shipped review, put into sentences of several journals' manner, are all found again."""

import shutil
from collections import defaultdict

import pytest

from metaudit.formats.review import read_review
from metaudit.printed import parse_printed
from metaudit.text_claims import candidates_of, lines_of
from metaudit.text_claims.propose import propose

NAMES = {"RR": "RR", "OR": "OR", "PETO": "Peto odds ratio", "MD": "mean difference", "SMD": "SMD", "RD": "risk difference", "COR": "correlation",
         "ZCOR": "correlation", "GEN-LOG": "hazard ratio", "IRR": "rate ratio", "PR": "prevalence", "SMDH": "SMD", "GEN": "mean difference"}  # fmt: skip
WANTED = ("estimate", "ci_low", "ci_high", "p", "i2", "q", "q_df", "q_p", "tau2", "z", "pi_low", "pi_high")
STYLES = {
    "plain": ("{measure} {estimate} (95% CI {ci_low} to {ci_high}", "; P {p}", "; I2 = {i2}", "; tau2 = {tau2}", "; Q = {q}", ", df = {q_df}", ", P {q_p}"),
    "JAMA": ("{measure}, {estimate} [95% CI, {ci_low} to {ci_high}", "; P {p}", "; I² = {i2}", "; τ² = {tau2}", "; Cochran Q = {q}", ", df = {q_df}", ", P {q_p}"),
    "French": ("{measure} = {estimate} (IC à 95 % : {ci_low} à {ci_high}", " ; p {p}", " ; I² = {i2}", " ; τ² = {tau2}", " ; Q = {q}", " ; ddl = {q_df}", " ; p {q_p}"),
    "Lancet": ("{measure} {estimate}, 95% CI {ci_low} to {ci_high}", ", p{p}", ", I²={i2}", ", τ²={tau2}", ", χ²={q}", ", df={q_df}", ", p{q_p}"),
}  # fmt: skip


def results(reviews):
    """Every analysis of a shipped review that prints an estimate with an interval: its measure and its numbers."""
    for folder in sorted(p for p in reviews.iterdir() if (p / "claims.csv").is_file()):
        review = read_review(folder)
        groups = defaultdict(dict)
        for c in review.claims:
            if c.analysis and not c.subject and c.quantity in WANTED and c.scale in ("", "natural", "percent"):
                groups[c.analysis, c.method].setdefault(c.quantity, c.printed)
        for (analysis, _), numbers in groups.items():
            measures = review.analyses[analysis].measures
            if {"estimate", "ci_low", "ci_high"} <= set(numbers) and len(measures) == 1 and measures[0] in NAMES:
                yield review.id, analysis, measures[0], numbers


def sentence(style, measure, numbers):
    """The numbers in a sentence; what is not printed is left out with the words around it."""
    shown = {}
    for quantity, text in numbers.items():
        p = parse_printed(text)
        word = text.replace(" ", "")
        if quantity in ("p", "q_p"):
            word = word if p.relation != "=" else f"= {word}"
        if style in ("French", "Lancet") and "," not in word:
            word = word.replace(".", "," if style == "French" else "·")
        shown[quantity] = word.replace("-", "\u2212") if "e" not in word else word
    parts = STYLES[style]
    text = parts[0].format(measure=NAMES[measure], **shown)
    used = ["estimate", "ci_low", "ci_high"]
    for part in parts[1:]:
        quantity = part[part.index("{") + 1 : part.index("}")]
        if quantity in shown and (quantity not in ("q_df", "q_p") or "q" in shown):
            text += part.format(**shown)
            used.append(quantity)
    return f"Results: the pooled result was {text}{')' if '(' in parts[0] else ']' if '[' in parts[0] else ''}.", used


@pytest.mark.parametrize("style", STYLES)
def test_the_numbers_of_every_shipped_review_are_found_in_sentences(reviews, style):
    wanted = missed = extra = 0
    said = []
    for review, analysis, measure, numbers in results(reviews):
        text, used = sentence(style, measure, numbers)
        found = [
            (c.quantity, parse_printed(c.printed).value, parse_printed(c.printed).decimals)
            for c in candidates_of(lines_of(text)).candidates
        ]
        for quantity in used:
            p = parse_printed(numbers[quantity])
            wanted += 1
            if (quantity, p.value, p.decimals) in found:
                found.remove((quantity, p.value, p.decimals))
            else:
                missed += 1
                said.append(f"{review}/{analysis} {quantity} {numbers[quantity]}: {text}")
        extra += len(found)
    assert wanted > 100
    assert missed <= 0.02 * wanted, said
    assert extra <= 0.02 * wanted, said


def test_what_a_shipped_review_claims_is_not_proposed_again(reviews, tmp_path):
    for name in ("orhurhu-2019", "michelet-2018"):
        shutil.copytree(reviews / name, tmp_path / name)
    text = tmp_path / "abstract.md"
    text.write_text(
        "Of 696 studies, 7 trials with 211 patients were included. Pain was lower (mean difference -1.83; 95% CI, -2.35 to -1.31; P < .0001) "
        "and responders were more frequent (51.3% vs 19.4%; relative risk 2.43; 95% CI, 1.10 to 5.40; P = .029).",
        encoding="utf-8",
    )
    found = propose(text, tmp_path / "orhurhu-2019", source="abstract")
    assert found.drafted.rows == ()
    assert {name for _, name in found.drafted.claimed} >= {
        "md-est",
        "md-lo",
        "md-hi",
        "md-p",
        "resp-est",
        "resp-lo",
        "resp-hi",
        "resp-p",
        "resp-pt",
        "resp-pc",
    }


def test_results_find_the_time_points_of_a_shipped_review(reviews, tmp_path):
    shutil.copytree(reviews / "michelet-2018", tmp_path / "michelet-2018")
    text = tmp_path / "abstract.md"
    text.write_text(
        "Pain intensity was lower after 1 week (mean difference -1.40, 95% CI -2.30 to -0.50) and at 8 weeks (mean difference -1.10, 95% CI "
        "-1.70 to -0.50). Psychedelic manifestations were more frequent (RR 5.4, 95% CI 2.6 to 10.8).",
        encoding="utf-8",
    )
    found = propose(text, tmp_path / "michelet-2018", source="abstract")
    homes = {r["printed"]: r["analysis"] for r in found.drafted.rows if r["quantity"] == "estimate"}
    assert homes == {"-1.40": "week1", "-1.10": "week8", "5.4": "psychedelic"}

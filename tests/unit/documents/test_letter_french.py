"""No English word of a method is left in a French letter, whatever the synthesis."""

from __future__ import annotations

import json
import re
from itertools import product

import pytest

from making import claim, made
from metaudit.audit import audit
from metaudit.audit.syntheses.sequential_choices import axes_of_size, axes_of_test
from metaudit.audit.two_by_two import Table, p_values, risk_difference_intervals
from metaudit.audit_words import synthesis_words as others
from metaudit.audit_words import vocabulary as words
from metaudit.audit_words.french import french
from metaudit.audit_words.spec_words import measure_words
from metaudit.audit_words.synthesis_words import any_words
from metaudit.audit_words.texts import HERE, catalogue
from metaudit.audit_words.what_to_ask import ask
from metaudit.documents.letter import letter_of
from metaudit.documents.render import letter_markdown
from metaudit.files import json_ready
from metaudit.formats.columns import QUANTITIES
from metaudit.measures import MEASURES
from metaudit.network.choices import specifications
from metaudit.specs import completions
from metaudit.stages.audit import as_json
from metaudit.tables.reading import read_review

# Words of English methods that no French sentence has; texts of the letter and names of programs have none of them.
ENGLISH = re.compile(
    r"\b(the|of|with|and|by|is|are|was|from|to|for|as|at|its|one|two|three|than|less|every|each|instead|interval|random|common|study|studies"
    r"|effects?|levels?|without|network|prior|posterior|mean|median|spending|heterogeneity|order|stages?|added|zero|cells?|rho|mu|none|trials?"
    r"|power|risk|ratio|odds|variance of|treatments?|designs?|arms?|split|evidence|clusters?|sampling|errors?|robust|shrunken|shortest|knots"
    r"|curve|line|digits?|mistyped|swapped|printed|numbers?|rows)\b",
    re.IGNORECASE,
)
SPECS = {
    "network": ("network | RR | 0.5@only-zero+drop (meta) | random DL | hksj | PI:t-k-n | multi-arm studies split | indirect evidence without "
                "designs | without A | without B: C | 99%",
                "network | OR | 0.5@only-zero+drop | common | wald | without treatment D | 95%", "network | OR | none+drop | common | wald | 95%"),
    "multilevel": ("RR [revman] | 0.5@only-zero | 3 levels by district REML, rho 0.6 | CR2, satterthwaite | without A | k: studies | 95%",
                   "GEN | 2 levels by district ML, rho 0 | normal | 90%", "SMD [UB] | 1 level by district REML, rho 0 | CR0, clusters | 95%",
                   "GEN-LOG | 3 levels by district REML, rho 0 | residual | 95%"),
    "bayes": ("OR | 0.5@all | Bayes tau half-normal(0.5), mu flat | median, central | 95%",
              "GEN | Bayes tau half-Cauchy(1), mu normal(0, 4) | mode, tau mean, shortest, shrunken | without A | 95%"),
    "dose-response": ("dose-response linear | 2 stages | REML | greenland-longnecker | cc | 95%", "dose-response quadratic | 1 stage | fixed | independent | 95%",
                      "dose-response spline with knots 0, 10, 40 | 1 stage | ML | risk-ratio | without A | ir | 95%",
                      "dose-response linear | 2 stages | DL | risk-ratio | ci | 95%"),
    "sequential": ("TSA RR | random DL | alpha 5 % | power 80 % | smallest effect RR 0.8 | control risk 9.1 % (mean of the trials) | variance of the "
                   "outcome pooled | heterogeneity none | spending obrien-fleming | futility none | convention of TSA | order by year | stage-wise "
                   "inference from z",
                   "TSA MD | common, variance pooled-sd, zero cells 0.5@all | required size 4,000 | size of a mean difference twice the formula, as early "
                   "versions of the TSA program | alpha 5 % | power 90 % | smallest effect that of the trials | SD 2.5 (all trials together) | "
                   "heterogeneity D² of the trials | spending rho(3) | futility non-binding, beta by pocock | convention of RTSA | order of the table | "
                   "stage-wise inference from the boundary instead of z, as RTSA 0.2.2 where the lower one is crossed",
                   "TSA RR | mantel-haenszel, zero cells none+drop | alpha 2.5 % | required size 12,345,678 | order of the table",
                   "TSA OR | peto | alpha 5 % | z by the usual standard error",
                   "TSA RR | random DL | z by the Hartung-Knapp standard error, as RTSA", "TSA OR | random REML | control risk 9.1 % (median of the trials) | heterogeneity D² 25 % | variance of the outcome unpooled"),
    "": ("MC | random DL | hksj | I2:tau2 | PI:t-k-2 | 95% | r 0.42", "SMD [UB] | random PM | wald | I2:Q | PI:normal | 90% | as two groups",
         "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%", "OR | none | mantel-haenszel (corrected) | wald | 90%"),
}  # fmt: skip
ALL = [(kind, spec) for kind, specs in SPECS.items() for spec in specs]


def left_in(text):
    """English words of a text; French ones that look like them are taken out first."""
    plain = text.replace("’", "'")
    for allowed in ("RTSA", "TSA", "rho(3)"):
        plain = plain.replace(allowed, "")
    return sorted({m[0] for m in ENGLISH.finditer(plain)})


def test_english_is_seen():
    """The net has no hole of the size of a method: every specification in English is caught."""
    for _, spec in ALL:
        assert left_in(any_words(spec)), spec


@pytest.mark.parametrize(("kind", "spec"), ALL)
def test_every_part_of_a_specification_has_its_french(kind, spec):
    told = any_words(spec, language="fr")
    assert left_in(told) == [], told
    assert " | " not in told
    assert others.synthesis_named(spec) == kind


@pytest.mark.parametrize(("kind", "spec"), ALL)
def test_a_specification_is_said_by_what_matters_and_never_not_at_all(kind, spec):
    whole = any_words(spec)
    for quantity in QUANTITIES:
        told = any_words(spec, quantity, language="fr")
        assert left_in(told) == [], (quantity, told)
        assert len(any_words(spec, quantity)) <= len(whole) or not kind
        assert told or not kind


def test_the_words_of_all_choices_have_french():
    names = [measure_words(m) for m in MEASURES]
    for table in (words.TAU2, words.MODEL, words.CI, words.STANDARD_ERROR, words.TEST, words.PI, words.Q_CENTRE, words.GLMM, words.VARIANCE, words.TAU2_CI,
                  words.STOPPING, words.COVARIANCES, words.SPENDING, words.I2_CI, words.SUBGROUP_TAU2, others.PI):  # fmt: skip
        names += table.values()
    untold = {n for n in names if french(n) == n} - {
        "Hedges",
        "Mantel-Haenszel",
        "Peto",
        "Pocock",
        "proportion",
        "proportion (logit)",
    }
    assert untold == set()
    assert {french(n) for n in names if left_in(french(n))} == set()


def test_every_network_of_the_searched_space_reads_otherwise_in_french_too():
    specs = [str(s) for s in specifications(("OR", "RR", "MD"))]
    told = [any_words(s, language="fr") for s in specs]
    assert len(set(told)) == len(specs)
    assert {w for t in told for w in left_in(t)} == set()


def test_decimals_are_written_one_way():
    """With a point, as in the printed numbers that stand in the same sentence; thousands apart by a blank."""
    for _, spec in ALL:
        told = any_words(spec, language="fr")
        assert not re.search(r"\d,\d", told), told
        assert re.findall(r"\d+\.\d+", told) == re.findall(r"\d+\.\d+", any_words(spec)), told
    assert "taille requise de 12\u202f345\u202f678" in any_words(
        "TSA RR | common | required size 12,345,678", language="fr"
    )
    texts = [*catalogue(HERE / "specs_fr.yaml")["words"].values(), *catalogue(HERE / "specs_fr.yaml")["parts"].values()]
    assert [t for t in texts if re.search(r"\d,\d", t)] == []


@pytest.mark.parametrize(("spec", "part"), [
    ("network | OR | none | common | wald | without treatment D | 95%", "sans le traitement D"),
    ("network | OR | none | common | wald | without Trial 1: D | 95%", "sans Trial 1: D"),
    ("TSA RR | mantel-haenszel | alpha 5 %", "Mantel-Haenszel"),
    ("TSA RR | random DL | z by the Hartung-Knapp standard error, as RTSA", "z par l'erreur standard de Hartung et Knapp, comme RTSA"),
    ("MC | random DL | wald | I2:tau2 | PI:t-k-2 | 95% | r 0.5", "corrélation de 0.5 entre avant et après"),
])  # fmt: skip
def test_parts_that_read_as_they_should(spec, part):
    for quantities in ((), ("estimate",), ("estimate", "k")):
        assert part in any_words(spec, *quantities, language="fr").split(", ") or ", " in part
        assert part in any_words(spec, *quantities, language="fr")


def test_the_tests_of_a_table_have_their_french():
    table = Table(3, 40, 9, 41)
    names = [*p_values(table), *risk_difference_intervals(table, level=0.95)]
    assert len(names) == 8
    for name in names:
        asked = ask(
            Row(verdict="UNDERSPECIFIED", criterion="test left open", causes=(name,), spec=name, subject=""),
            language="fr",
        )
        assert left_in(asked) == [], asked
        assert not re.search(r"\bcorrection,|chi-square|Fisher's|test of\b", asked)
        assert french(name) != name


def test_every_choice_of_a_sequential_analysis_has_its_french():
    """Whatever is searched behind a size or a boundary may stand in the specification that a letter names."""
    axes = axes_of_test({}, dated=True, futility=True, ordered=True, adjusted=True)
    for measure, stated in (
        ("RR", {"control_risk": 0.1}),
        ("MD", {"sd": 2.5, "effect": 1}),
        ("OR", {"control_risk": 0.1, "required": 4000}),
    ):
        ways = completions((measure,), {}, any_zero=True, level=0.95)
        others = completions((measure,), {"model": "common"}, any_zero=True, level=0.95)
        axes += axes_of_size(stated, measure, ways=ways, others=others)
    said = [f"{'' if a.name == 'pooling' else a.name + ' '}{c.words}" for a in axes for c in (*a.stated, *a.others)]
    assert len(said) > 60
    for choice in said:
        told = any_words(f"TSA RR | {choice}", language="fr")
        assert left_in(told) == [], (choice, told)
        assert not re.search(r"mantel-haenszel|obrien|@|\+drop|pooled-sd|\bpeto\b", told), told


class Row:
    """A verdict as a question needs it."""

    criterion, causes, edits, value, stated_spec = "rounded as printed", (), (), 0.6, ""

    def __init__(self, **given):
        self.__dict__ |= {"quantity": "estimate", "subject": "A : B", "printed": "0.49", "spec": ""} | given


@pytest.mark.parametrize(("verdict", "entry"), list(product(("UNDERSPECIFIED", "OTHER_SPEC"), ALL)))
def test_questions_about_a_method_are_french(verdict, entry):
    for quantity in ("estimate", "ci_low", "tau2", "p"):
        asked = ask(Row(verdict=verdict, spec=entry[1], quantity=quantity), language="fr")
        assert left_in(asked) == [], asked


ARMS = [
    {"study": s, "treatment": t, "events": e, "n": 60}
    for s, own in {"1": "9A 14B", "2": "6B 18C", "3": "17A 15C", "4": "4A 21B 11C", "5": "19A 8B"}.items()
    for e, t in ((int(x[:-1]), x[-1]) for x in own.split())
]  # fmt: skip
TRIALS = [
    {"study": s, "year": y, "events_t": a, "n_t": n, "events_c": c, "n_c": n}
    for s, y, a, c, n in (("T1", 1990, 12, 25, 100), ("T2", 1991, 8, 20, 150), ("T3", 1994, 30, 50, 400), ("T4", 1999, 60, 85, 700))
]  # fmt: skip
EFFECTS = [
    {"study": s, "timepoint": str(i), "effect": e, "se": x}
    for i, (s, e, x) in enumerate((("A", 0.1, 0.2), ("A", 0.3, 0.15), ("B", 0.2, 0.3), ("B", 0.6, 0.2), ("C", -0.1, 0.25), ("D", 0.9, 0.2)))
]  # fmt: skip
DOSES = [
    {"study": s, "dose": d, "effect": rr, "se": x, "events": e, "n": 900}
    for s, own in {"a": ((0, 1, "", 50), (5, 1.2, 0.2, 60), (10, 1.5, 0.2, 70)), "b": ((0, 1, "", 30), (4, 1.3, 0.25, 41), (12, 1.4, 0.24, 45))}.items()
    for d, rr, x, e in own
]  # fmt: skip
MADE = {
    "reseau": {"rows": ARMS, "measure": "OR", "network": {}, "method": {"model": "random", "tau2": "PM"},
               "claims": (("tau2", "tau2", "0.3"), ("est", "estimate", "0.7", "A : B"), ("k", "k", "5"), ("q", "q", "90"), ("rank", "p_score", "0.9", "A"))},
    "sequentielle": {"rows": TRIALS, "measure": "RR", "sequential": {"alpha": 0.05, "power": 0.8, "relative_reduction": 0.2},
                     "claims": (("ris", "ris", "20,000"), ("fixed", "ris_fixed", "1,450"), ("low", "tsa_ci_low", "0.4"), ("est", "estimate", "0.61"))},
    "bayes": {"rows": EFFECTS[1:], "measure": "GEN", "bayes": {"tau": "half-normal(0.5)", "centre": "mean"},
              "claims": (("est", "estimate", "0.3"), ("low", "ci_low", "0.9"), ("tau", "tau", "0.3"))},
    "niveaux": {"rows": EFFECTS, "measure": "GEN", "multilevel": {"cluster": "study", "levels": 2},
                "claims": (("est", "estimate", "0.4"), ("low", "ci_low", "0.1"), ("k", "k", "4"), ("high", "ci_high", "9"))},
    "dose": {"rows": DOSES, "measure": "RR", "dose_response": {"curve": "linear"},
             "claims": (("slope", "coef", "0.04"), ("rr", "predicted", "1.4", "dose=10"), ("q", "q", "80"), ("p", "p", "0.2"))},
    "sans": {"measure": "MD", "sequential": {"alpha": 0.05}, "claims": (("ris", "ris", "900"), ("low", "tsa_ci_low", "-2"))},
    "sans-reseau": {"measure": "OR", "network": {}, "claims": (("est", "estimate", "0.7", "A : B"), ("k", "k", "5"))},
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_no_english_is_left_in_a_letter_about_a_made_up_review(tmp_path, name):
    content = dict(MADE[name])
    claims = [
        claim(c, q, printed, **({"subject": rest[0]} if rest else {})) for c, q, printed, *rest in content.pop("claims")
    ]
    review = made(tmp_path / name, claims=claims, title="Une analyse", **content)
    rows = audit(review, search="missed")
    results = tmp_path / "results" / name
    results.mkdir(parents=True)
    (results / "audit.json").write_text(json.dumps(json_ready(as_json(rows))), encoding="utf-8")
    text = letter_markdown(letter_of(read_review(tmp_path, tmp_path / "results", name), language="fr"))
    own = text.replace("A made-up review", "").replace(f"Author of {name}", "")  # of the made-up review itself
    assert left_in(own) == [], own

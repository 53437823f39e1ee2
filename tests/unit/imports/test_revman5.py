"""RevMan 5 files: what goes in comes out as a review in which every number is reproduced."""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from metaudit.audit.engine import audit
from metaudit.drafts import write_draft
from metaudit.errors import InputError
from metaudit.formats.review import read_review
from metaudit.imports import revman5
from metaudit.imports.options import Options

from . import revman_files as rm

METAFOR = json.loads(
    (Path(__file__).parents[2] / "data" / "imports" / "revman" / "metafor.json").read_text(encoding="utf-8")
)
BCG = [{k: str(v) for k, v in r.items()} for r in METAFOR["data"]]
BCG_STUDIES = [(r["study"], r["year"]) for r in BCG]
REFERENCE = os.environ.get("METAUDIT_REFERENCE", "")


@pytest.fixture
def draft(tmp_path):
    """Content of a file -> the draft that is made of it."""

    def make(content, **options):
        path = tmp_path / "review.rm5"
        path.write_bytes(content)
        return revman5.read(path, Options(**options))

    return make


@pytest.fixture
def audited(draft, tmp_path):
    """Content of a file -> the draft, and the verdicts of the review that it becomes."""

    def make(content, **options):
        made = draft(content, **options)
        write_draft(made, tmp_path / "imported")
        return made, audit(read_review(tmp_path / "imported"))

    return make


def only(rows):
    return Counter(r.verdict for r in rows)


def of(rows, quantity, subject=""):
    return next(r for r in rows if r.quantity == quantity and r.subject == subject)


CASES = [
    ("bin_bcg", "OR", False, "MH"), ("bin_bcg", "OR", True, "MH"), ("bin_bcg", "RR", False, "MH"), ("bin_bcg", "RD", True, "MH"),
    ("bin_onezero", "RD", False, "MH"),
    ("bin_onezero", "RR", True, "MH"), ("bin_doublezero", "OR", False, "MH"), ("bin_doublezero", "RR", True, "MH"),
    ("bin_fullarm", "RR", False, "MH"), ("bin_rare", "OR", True, "MH"), ("bin_k2", "OR", True, "MH"), ("md_moderate", "MD", False, "IV"),
    ("md_moderate", "MD", True, "IV"), ("md_k2", "MD", True, "IV"), ("smd_small", "SMD", False, "IV"), ("smd_small", "SMD", True, "IV"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "measure", "random", "method"), CASES)
def test_every_number_of_a_file_is_a_claim_that_the_audit_reproduces(audited, name, measure, random, method):
    made, rows = audited(rm.of_case(name, measure, random=random, method=method))
    assert only(rows) == {"EXACT": len(rows)}
    data = rm.case(name)["data"]
    estimable = [s for s in rm.results(name, measure)["studies"] if s["yi"] is not None]
    found = Counter(r.quantity for r in rows)
    assert (
        found["estimate"]
        == found["ci_low"]
        == found["z"]
        == found["p"]
        == found["q"]
        == found["q_p"]
        == found["i2"]
        == 1
    )
    assert found["tau2"] == int(random)
    assert found["study_estimate"] == found["study_ci_low"] == found["weight"] == len(estimable)
    assert len(made.rows) == len(data)


def test_a_wrong_number_is_found(audited):
    """The tests above could fail."""
    content = rm.of_case("bin_k2", "OR").replace(b' Z="', b' Z="9')
    assert of(audited(content)[1], "z").verdict != "EXACT"


def test_the_method_is_what_the_file_says(draft):
    random = next(iter(draft(rm.of_case("bin_bcg", "OR", random=True)).analyses.values()))
    assert random["method"] == {
        "model": "random", "tau2": "DL", "ci": "wald", "q": "mantel-haenszel-corrected", "level": 0.95, "software": "RevMan 5.4.1",
    }  # fmt: skip
    fixed = next(iter(draft(rm.of_case("md_moderate", "MD", method="IV")).analyses.values()))
    assert fixed["method"]["model"] == "common"
    assert fixed["measure"] == "MD"


def test_rows_have_their_numbers_as_they_stand_and_their_place(draft):
    made = draft(rm.of_case("bin_bcg", "OR"))
    row, given = made.rows[0], rm.case("bin_bcg")["data"][0]
    assert {k: row[k] for k in ("events_t", "n_t", "events_c", "n_c", "study")} == {
        k: given[k] for k in ("events_t", "n_t", "events_c", "n_c", "study")
    }
    assert row["certainty"] == "read"
    assert row["source"] == made.sources[0]["source"]
    assert row["where"].startswith("CMP-001.01, STD-")
    assert row["year"] == "2001"


def of_metafor(key, kind, attributes, measure, *, rows=BCG, level="95", **kwargs):
    """A file around metafor's numbers of ``metafor.json``."""
    numbers = METAFOR[key]
    z = METAFOR["quantiles"].get(level, rm.Z95)
    lines = [
        rm.data_line(kind, r, s, measure, weight=s["weight"], z=z)
        for r, s in zip(rows, numbers["studies"], strict=True)
    ]
    q, df = numbers["q"], numbers["q_df"]
    whole = {
        **attributes, **rm.effect(numbers, measure, z), "CHI2": q, "DF": df, "P_CHI2": numbers["q_p"], "I2": max(0.0, 100 * (q - df) / q),
        "CI_TOTAL": level, "CI_STUDY": level,
    }  # fmt: skip
    return rm.review(rm.outcome(kind, whole, "".join(lines), **kwargs), studies=BCG_STUDIES)


def test_peto(audited):
    made, rows = audited(
        of_metafor("peto", "DICH", {"METHOD": "PETO", "EFFECT_MEASURE": "PETO_OR", "RANDOM": "NO"}, "PETO")
    )
    entry = next(iter(made.analyses.values()))
    assert (entry["measure"], entry["method"]["model"]) == ("PETO", "peto")
    assert only(rows) == {"EXACT": len(rows)}


@pytest.mark.parametrize("level", ["90", "99"])
def test_limits_of_another_level(audited, level):
    made, rows = audited(
        of_metafor("peto", "DICH", {"METHOD": "PETO", "EFFECT_MEASURE": "PETO_OR", "RANDOM": "NO"}, "PETO", level=level)
    )
    assert next(iter(made.analyses.values()))["method"]["level"] == float(level) / 100
    assert only(rows) == {"EXACT": len(rows)}


def test_studies_and_totals_may_have_limits_of_different_levels(audited):
    content = of_metafor(
        "peto", "DICH", {"METHOD": "PETO", "EFFECT_MEASURE": "PETO_OR", "RANDOM": "NO"}, "PETO", level="99"
    )
    head, studies = content.split(b"<DICH_DATA", 1)
    other = of_metafor("peto", "DICH", {"METHOD": "PETO", "EFFECT_MEASURE": "PETO_OR", "RANDOM": "NO"}, "PETO").split(
        b"<DICH_DATA", 1
    )[1]
    made, rows = audited(head.replace(b'CI_STUDY="99"', b'CI_STUDY="95"') + b"<DICH_DATA" + other)
    assert studies != other
    assert {r["ci_level"] for r in made.rows} == {"0.95"}
    assert only(rows) == {"EXACT": len(rows)}


def test_inverse_variance_of_counts(audited):
    """The mean that Q is centred on says that the counts are not pooled by Mantel-Haenszel."""
    made, rows = audited(of_metafor("iv_or", "DICH", {"METHOD": "IV", "EFFECT_MEASURE": "OR", "RANDOM": "NO"}, "OR"))
    assert next(iter(made.analyses.values()))["method"] | {"software": ""} == {
        "model": "common", "ci": "wald", "q": "inverse-variance", "level": 0.95, "software": "",
    }  # fmt: skip
    assert only(rows) == {"EXACT": len(rows)}


def test_swapped_events_are_the_people_without_the_event(audited):
    """RevMan saves what was entered, and the effects of the others."""
    content = of_metafor(
        "swap_rr", "DICH", {"METHOD": "MH", "EFFECT_MEASURE": "RR", "RANDOM": "NO", "SWAP_EVENTS": "YES"}, "RR"
    )
    total = sum(int(r["events_t"]) for r in BCG)
    content = content.replace(b'SWAP_EVENTS="YES"', f'SWAP_EVENTS="YES" EVENTS_1="{total}"'.encode())
    made, rows = audited(content)
    assert only(rows) == {"EXACT": len(rows)}
    assert made.rows[0]["events_t"] == str(int(BCG[0]["n_t"]) - int(BCG[0]["events_t"]))
    assert "4 of 123" in made.rows[0]["note"]
    assert of(rows, "events_t").printed == str(sum(int(r["n_t"]) for r in BCG) - total)
    assert any(n.kind == "converted" and "without the event" in n.message for n in made.notices)


def test_swapped_events_that_are_saved_swapped_are_left_as_they_are(audited):
    swapped = [
        r | {"events_t": str(int(r["n_t"]) - int(r["events_t"])), "events_c": str(int(r["n_c"]) - int(r["events_c"]))}
        for r in BCG
    ]
    content = of_metafor(
        "swap_rr",
        "DICH",
        {"METHOD": "MH", "EFFECT_MEASURE": "RR", "RANDOM": "NO", "SWAP_EVENTS": "YES"},
        "RR",
        rows=swapped,
    )
    made, rows = audited(content)
    assert made.rows[0]["events_t"] == swapped[0]["events_t"]
    assert only(rows) == {"EXACT": len(rows)}


def of_o_e():
    numbers = METAFOR["oe"]
    lines = "".join(
        rm.tag("IPD_DATA", {
            "STUDY_ID": f"STD-{s['study']}", "O_E": o, "VAR": v, "EFFECT_SIZE": math.exp(s["yi"]), "CI_START": math.exp(s["yi"] - rm.Z95 * s["sei"]),
            "CI_END": math.exp(s["yi"] + rm.Z95 * s["sei"]), "WEIGHT": s["weight"], "ESTIMABLE": "YES", "EVENTS_1": 0, "TOTAL_1": 0, "EVENTS_2": 0, "TOTAL_2": 0,
        })
        for s, o, v in zip(numbers["studies"], numbers["o_e"], numbers["v"], strict=True)
    )  # fmt: skip
    whole = {
        **rm.effect(numbers, "OR"),
        "CHI2": numbers["q"],
        "DF": numbers["q_df"],
        "P_CHI2": numbers["q_p"],
        "I2": max(0.0, 100 * (numbers["q"] - 4) / numbers["q"]),
    }
    return rm.review(
        rm.outcome("IPD", whole, "<EFFECT_MEASURE>Hazard Ratio</EFFECT_MEASURE>" + lines, name="Death"),
        studies=[(x, "2010") for x in "ABCDE"],
    )


def test_observed_less_expected(audited):
    made, rows = audited(of_o_e())
    entry = next(iter(made.analyses.values()))
    assert (entry["measure"], entry["method"]["model"]) == ("GEN-LOG", "common")
    assert "Hazard Ratio" in entry["note"]
    assert float(made.rows[0]["effect"]) == pytest.approx(math.exp(-6.5 / 12.5), rel=1e-15)
    assert float(made.rows[0]["se"]) == pytest.approx(12.5**-0.5, rel=1e-15)
    assert only(rows) == {"EXACT": len(rows)}
    assert any("exp((O - E)/V)" in n.message for n in made.notices if n.kind == "converted")


def test_people_beside_o_e(audited):
    content = of_o_e().replace(
        b'EVENTS_1="0" TOTAL_1="0" EVENTS_2="0" TOTAL_2="0"', b'EVENTS_1="4" TOTAL_1="20" EVENTS_2="5" TOTAL_2="21"'
    )
    content = content.replace(
        b"<IPD_OUTCOME ", b'<IPD_OUTCOME EVENTS_1="20" TOTAL_1="100" EVENTS_2="25" TOTAL_2="105" '
    )
    _, rows = audited(content)
    assert {(r.quantity, r.verdict) for r in rows if r.printed in ("20", "100", "25", "105")} == {
        (q, "EXACT") for q in ("events_t", "n_t", "events_c", "n_c")
    }


def of_generic(*, log, random=False, entered=True, said=True):
    """BCG's log odds ratios (or the same numbers as differences) as generic effects, with metafor's pooled result."""
    numbers, measure = METAFOR["iv_or"], "OR" if log else "MD"

    def line(s):
        data = {
            "SE": s["sei"],
            "STUDY_ID": rm.study_id(s["study"]),
            "TOTAL_1": 0,
            "TOTAL_2": 0,
            "WEIGHT": s["weight"],
            "ESTIMABLE": "YES",
        }
        data |= {
            "EFFECT_SIZE": rm.natural(s["yi"], measure),
            "CI_START": rm.natural(s["yi"] - rm.Z95 * s["sei"], measure),
        }
        data |= {"CI_END": rm.natural(s["yi"] + rm.Z95 * s["sei"], measure)}
        data |= {"LOG_EFFECT_SIZE": s["yi"] / math.log(10)} if log else {}
        data |= {"ESTIMATE": s["yi"]} if entered else {}
        return rm.tag("IV_DATA", {k: repr(v) if isinstance(v, float) else v for k, v in data.items()})

    q, df = numbers["q"], numbers["q_df"]
    whole = {
        "METHOD": "IV",
        "RANDOM": "YES" if random else "NO",
        **({"LOG_DATA": "YES" if log else "NO"} if said else {}),
        **rm.effect(numbers, measure),
    }
    whole |= {"CHI2": q, "DF": df, "P_CHI2": numbers["q_p"], "I2": 100 * (q - df) / q}
    label = f"<EFFECT_MEASURE>{'Odds Ratio' if log else 'Slope'}</EFFECT_MEASURE>"
    return rm.review(rm.outcome("IV", whole, label + "".join(map(line, numbers["studies"]))), studies=BCG_STUDIES)


@pytest.mark.parametrize("log", [True, False])
def test_generic_effects(audited, log):
    made, rows = audited(of_generic(log=log))
    assert next(iter(made.analyses.values()))["measure"] == ("GEN-LOG" if log else "GEN")
    assert only(rows) == {"EXACT": len(rows)}
    assert len(rows) == 9 + (5 if log else 4) * 13
    assert "n_t" not in made.rows[0]


@pytest.mark.parametrize("entered", [True, False])
@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize("log", [True, False])
def test_generic_effects_of_files_that_say_less(draft, log, said, entered):
    """Without the effects as entered, or a word on logarithms, the numbers that stand beside them tell."""
    made, whole = draft(of_generic(log=log, entered=entered, said=said)), draft(of_generic(log=log))
    assert made.analyses == whole.analyses
    assert [float(r["effect"]) for r in made.rows] == pytest.approx([float(r["effect"]) for r in whole.rows], rel=1e-14)


def of_subgroups(totals="YES", *, random=False, measure="OR", test=False):
    """The case with two subgroups; every subgroup's numbers are those of R's meta on its own studies."""
    data, numbers = rm.case("bin_subgroups")["data"], rm.results("bin_subgroups", measure)
    by_name = {s["study"]: s for s in numbers["studies"]}
    model = "random" if random else "common"
    inside = ""
    for i, part in enumerate(numbers["subgroups"], 1):
        rows = [r for r in data if r["x_dose"] == part["level"]]
        q, df, fit = part["q"], len(rows) - 1, part[model]
        fit = {**fit, "z": fit["estimate"] / fit["se"], "p": math.erfc(abs(fit["estimate"] / fit["se"]) / math.sqrt(2))}
        whole = {
            **rm.effect(fit, measure),
            "CHI2": q,
            "DF": df,
            "I2": part["i2"],
            "TAU2": part["tau2"],
            "STUDIES": len(rows),
        }
        whole |= {k: sum(int(r[v]) for r in rows) for k, v in rm.COUNTS.items()}
        sums = sum(by_name[r["study"]][f"weight_{model}"] for r in rows)
        whole |= {"WEIGHT": "100.0" if totals == "SUB" else sums}
        share = 100 / sums if totals == "SUB" else 1
        lines = [
            rm.data_line("DICH", r, by_name[r["study"]], measure, weight=share * by_name[r["study"]][f"weight_{model}"])
            for r in rows
        ]
        inside += rm.subgroup("DICH", whole, "".join(lines), name=f"{part['level'].title()} dose", no=i)
    whole = {
        "METHOD": "MH",
        "EFFECT_MEASURE": measure,
        "RANDOM": "YES" if random else "NO",
        "SUBGROUPS": "YES",
        "SUBGROUP_TEST": "YES",
        "TOTALS": totals,
    }
    if totals == "YES":
        whole |= rm.pooled(numbers, measure, random=random, rows=data)
    if totals == "YES" or test:
        q = numbers[f"subgroup_q_{model}"]
        whole |= {"Q": q, "P_Q": numbers[f"subgroup_p_{model}"], "I2_Q": max(0.0, 100 * (q - 1) / q)}
    return rm.review(rm.outcome("DICH", whole, inside), studies=[(r["study"], "2001") for r in data])


@pytest.mark.parametrize("random", [False, True])
def test_subgroups_and_the_test_between_them(audited, random):
    made, rows = audited(of_subgroups(random=random))
    assert list(made.analyses) == ["1-1-mortality"]
    assert {r["x_subgroup"] for r in made.rows} == {"High dose", "Low dose"}
    sums = ("n_t", "n_c", "events_t", "events_c")
    assert sum(r.subject.startswith("subgroup=") and r.quantity in sums for r in rows) == 8
    assert only(rows) == {"EXACT": len(rows)}
    assert of(rows, "subgroup_q").printed
    assert of(rows, "subgroup_i2").printed
    assert {r.subject for r in rows if r.quantity == "weight" and "=" in r.subject} == {
        "subgroup=High dose",
        "subgroup=Low dose",
    }
    assert of(rows, "estimate", "subgroup=High dose").value == pytest.approx(
        float(of(rows, "estimate", "subgroup=High dose").printed)
    )


def test_subtotals_alone_are_analyses_of_their_own(audited):
    made, rows = audited(of_subgroups("SUB"))
    assert list(made.analyses) == ["1-1-mortality-high-dose", "1-1-mortality-low-dose"]
    assert made.analyses["1-1-mortality-high-dose"]["select"] == {"outcome": "1.1 Mortality", "subgroup": "High dose"}
    assert only(rows) == {"EXACT": len(rows)}
    assert Counter(r.quantity for r in rows)["n_t"] == 2


def test_subtotals_with_a_test_between_them(audited):
    """The test needs an analysis of all subgroups; weights are then claims, since their rows belong to two analyses."""
    made, rows = audited(of_subgroups("SUB", test=True))
    assert list(made.analyses) == ["1-1-mortality", "1-1-mortality-high-dose", "1-1-mortality-low-dose"]
    assert only(rows) == {"EXACT": len(rows)}
    found = Counter((r.analysis, r.quantity) for r in rows)
    assert all(found["1-1-mortality", f"subgroup_{q}"] == 1 for q in ("q", "p", "i2"))
    assert ("1-1-mortality", "estimate") not in found
    assert (found["1-1-mortality-high-dose", "weight"], found["1-1-mortality-low-dose", "weight"]) == (5, 4)


def test_without_totals_the_studies_are_audited_and_nothing_is_pooled(audited):
    made, rows = audited(of_subgroups("NO"))
    assert {c["quantity"] for c in made.claims} == {"study_se"}
    assert {r.quantity for r in rows} == {"study_estimate", "study_ci_low", "study_ci_high", "study_se"}
    assert sum("RevMan shows no such result" in n.message for n in made.notices) == 2
    assert only(rows) == {"EXACT": len(rows)}


def test_totals_that_count_studies_without_an_estimate_are_remarked(draft):
    made = draft(rm.of_case("bin_doublezero", "OR"))
    assert not [c for c in made.claims if c["quantity"] in ("n_t", "n_c", "k")]
    remark = next(n for n in made.notices if "without an estimate" in n.message)
    assert "n_t 318, n_c 315" in remark.message


def test_a_result_that_was_never_calculated_is_no_claim(draft):
    content = rm.of_case("md_moderate", "MD", method="IV")
    for name in (b"EFFECT_SIZE", b"CI_START", b"CI_END", b"CHI2", b"Z", b"P_Z", b"P_CHI2", b"I2"):
        content = re.sub(rb" " + name + rb'="[^"]*"', b" " + name + b'=""', content)
    made = draft(content)
    assert {c["quantity"] for c in made.claims} == {"n_t", "n_c"}
    assert any("never calculated" in n.message for n in made.notices)


def test_a_study_without_data_keeps_its_row(draft):
    line = rm.tag(
        "DICH_DATA",
        {"STUDY_ID": "STD-Empty", "EVENTS_1": 0, "TOTAL_1": 0, "EVENTS_2": 0, "TOTAL_2": 0, "ESTIMABLE": "NO"},
    )
    content = rm.of_case("bin_bcg", "OR").replace(b"<DICH_DATA", line.encode() + b"<DICH_DATA", 1)
    made = draft(content)
    assert "n_t" not in made.rows[0]
    assert "events_t" not in made.rows[0]
    assert "not estimable" in made.rows[0]["note"]


def test_impossible_counts_are_refused(draft):
    content = rm.of_case("bin_bcg", "OR").replace(b'TOTAL_1="123"', b'TOTAL_1="3"')
    with pytest.raises(InputError, match=r"CMP-001.01, STD-Aronson: 4 events among 3 people"):
        draft(content)


@pytest.mark.parametrize(
    ("graph", "side"),
    [
        (("Favours treatment", "Favours control"), "low"), (("Favours control", "Favours treatment"), "high"), (("Favors [Drug A]", "Favors Placebo"), "low"),
        (("Favours placebo", "Favours Drug A"), "high"), (("Less", "More"), ""), (("Favours A", "Favours B"), ""), (("Favours experimental", ""), ""),
    ],
)  # fmt: skip
def test_the_good_side_is_said_where_both_labels_say_it(draft, graph, side):
    made = draft(
        of_metafor(
            "iv_or",
            "DICH",
            {"METHOD": "IV", "EFFECT_MEASURE": "OR", "RANDOM": "NO"},
            "OR",
            labels=("Drug A", "Placebo"),
            graph=graph,
        )
    )
    assert next(iter(made.analyses.values())).get("favours", "") == side


def test_the_citation_is_that_of_the_cover_sheet(draft):
    cover = (
        '<CREATORS><PERSON ROLE="AUTHOR"><LAST_NAME>M\u00fcller</LAST_NAME></PERSON><PERSON ROLE="AUTHOR"><LAST_NAME>Roe</LAST_NAME></PERSON></CREATORS>'
        '<DATES><REVIEW_PUBLISHED YEAR="2012" ISSUE="3"/></DATES>'
    )
    content = rm.review(
        rm.outcome("DICH", {"METHOD": "MH", "EFFECT_MEASURE": "OR", "RANDOM": "NO"}, rm.data_line("DICH", BCG[0], METAFOR["iv_or"]["studies"][0], "OR", weight=100)),
        studies=BCG_STUDIES, cover=cover, doi="10.1002/14651858.CD001234.pub2",
    )  # fmt: skip
    made = draft(content)
    assert made.title == "Drugs for all"
    assert made.citation == {
        "authors": "M\u00fcller et al.", "year": 2012, "journal": "Cochrane Database of Systematic Reviews", "doi": "10.1002/14651858.CD001234.pub2",
    }  # fmt: skip
    assert made.sources[0]["doi"] == "10.1002/14651858.CD001234.pub2"


def simple(name="Mortality", study="Smith 1999", **kwargs):
    row = {"study": study, "events_t": "3", "n_t": "10", "events_c": "5", "n_c": "11"}
    numbers = {"yi": -0.66, "sei": 0.9}
    return rm.review(
        rm.outcome(
            "DICH",
            {"METHOD": "MH", "EFFECT_MEASURE": "OR"},
            rm.data_line("DICH", row, numbers, "OR", weight=100),
            name=name,
        ),
        studies=[(study, "1999")],
        **kwargs,
    )


def test_names_in_every_encoding(draft):
    for encoding in ("UTF-8", "ISO-8859-1", "UTF-16", "windows-1252"):
        made = draft(simple(study="Müller 1999", encoding=encoding))
        assert made.rows[0]["study"] == "Müller 1999"


def test_windows_signs_in_a_file_that_says_iso_8859_1(draft):
    content = (
        simple(study="Smith 1999")
        .replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"')
        .replace(b'NAME="Smith 1999"', b'NAME="O\x92Neil 1999 \x96 A"')
    )
    assert draft(content).rows[0]["study"] == "O\u2019Neil 1999 \u2013 A"


@pytest.mark.parametrize(
    ("old", "new", "study", "words"),
    [
        (b'NAME="Smith 1999"', b'NAME="Smith & Jones 1999"', "Smith & Jones 1999", "an &"),
        (b'NAME="Smith 1999"', b'NAME="Sm&iuml;th&nbsp;1999"', "Smïth 1999", "names of HTML"),
        (b'NAME="Smith 1999"', b'NAME="Smith\x0b 1999"', "Smith 1999", "control signs"),
        (b'NAME="Smith 1999"', b'NAME="Sm\xeeth 1999"', "Smîth 1999", "says it is UTF-8"),
    ],
)
def test_what_no_parser_accepts_is_mended_and_said(draft, old, new, study, words):
    made = draft(simple().replace(old, new))
    assert made.rows[0]["study"] == study
    assert any(words in n.message for n in made.notices)


def test_markup_in_names_is_text(draft):
    made = draft(simple(name="Pain < 4 weeks & \u201cfunction\u201d", study="A & B 2001"))
    assert made.rows[0]["outcome"] == "1.1 Pain < 4 weeks & \u201cfunction\u201d"
    assert made.rows[0]["study"] == "A & B 2001"


def test_the_same_study_in_two_subgroups_has_two_rows(audited):
    part = rm.data_line(
        "DICH",
        {"study": "Smith 1999", "events_t": "3", "n_t": "10", "events_c": "5", "n_c": "11"},
        {"yi": -0.66, "sei": 0.9},
        "OR",
        weight=50,
    )
    inside = rm.subgroup("DICH", {"ESTIMABLE": "NO"}, part, name="Men", no=1) + rm.subgroup(
        "DICH", {"ESTIMABLE": "NO"}, part, name="Men", no=2
    )
    made, _ = audited(
        rm.review(
            rm.outcome("DICH", {"METHOD": "MH", "EFFECT_MEASURE": "OR", "TOTALS": "NO"}, inside),
            studies=[("Smith 1999", "1999")],
        )
    )
    assert [r["x_subgroup"] for r in made.rows] == ["Men", "Men (2)"]
    assert len({(r["study"], r["comparison"]) for r in made.rows}) == 2


def test_subgroups_without_a_study_are_named(audited):
    content = of_subgroups("NO").replace(
        b"</DICH_OUTCOME>",
        rm.subgroup("DICH", {"ESTIMABLE": "NO"}, "", name="Children", no=3).encode() + b"</DICH_OUTCOME>",
    )
    made, rows = audited(content)
    assert only(rows) == {"EXACT": len(rows)}
    assert any("without a study: Children" in n.message for n in made.notices)


def test_effects_outside_their_limits_and_totals_that_are_none(draft):
    """What only a damaged file says is left out, and said."""
    content = rm.of_case("bin_bcg", "OR")
    effect = re.search(rb'<DICH_DATA EFFECT_SIZE="([^"]*)"', content)[1]
    made = draft(
        content.replace(b'EFFECT_SIZE="' + effect, b'EFFECT_SIZE="9' + effect).replace(b'TOTAL_1="', b'TOTAL_1="0.5', 1)
    )
    assert "printed_effect" not in made.rows[0]
    assert any("cannot be one interval" in n.message for n in made.notices)
    assert "n_t" not in {c["quantity"] for c in made.claims}


def test_studies_without_a_name_or_named_like_a_total(audited):
    content = (
        of_o_e()
        .replace(b'NAME="A"', b'NAME="Total"')
        .replace(b'NAME="B"', b'NAME=""')
        .replace(b'STUDY_ID="STD-B"', b'STUDY_ID=""')
    )
    made, rows = audited(content)
    assert [r["study"] for r in made.rows][:2] == ["Study Total", "Study without a name (CMP-001.01, study)"]
    assert only(rows) == {"EXACT": len(rows)}
    assert sum("reads as a total" in n.message or "has no name" in n.message for n in made.notices) == 2


def test_letters_garbled_by_a_wrong_encoding_are_mended(draft):
    made = draft(simple(study="Müller 1999".encode().decode("cp1252")))
    assert made.rows[0]["study"] == "Müller 1999"
    assert any("MÃ¼ller-1999' was read as 'STD-Müller-1999'" in n.message for n in made.notices)


def test_letters_garbled_twice(draft):
    twice = "Müller 1999".encode().decode("cp1252").encode().decode("cp1252")
    assert draft(simple(study=twice)).rows[0]["study"] == "Müller 1999"


def test_outcomes_of_one_name_are_two_analyses(draft):
    one = rm.outcome(
        "DICH",
        {"METHOD": "MH", "EFFECT_MEASURE": "OR"},
        rm.data_line("DICH", BCG[0], METAFOR["iv_or"]["studies"][0], "OR", weight=100),
    )
    two = one.replace('NO="1"', 'NO="2"').replace("CMP-001.01", "CMP-001.02")
    assert list(draft(rm.review(one, two, studies=BCG_STUDIES)).analyses) == ["1-1-mortality", "1-2-mortality"]


def test_tables_of_text_are_named_as_left_out(draft):
    other = rm.outcome("OTHER", {}, rm.tag("OTHER_DATA", {"STUDY_ID": "STD-Smith-1999"}), name="Notes", no="2")
    content = simple().replace(b"</COMPARISON>", other.encode() + b"</COMPARISON>")
    dropped = [n for n in draft(content).notices if n.kind == "dropped"]
    assert any("1.2 Notes: a table of text (1 studies)" in n.message for n in dropped)


def test_an_unknown_element_is_named(draft):
    content = simple().replace(b"</COMPARISON>", b"<GOSH_OUTCOME/></COMPARISON>")
    assert any("GOSH_OUTCOME (1)" in n.message for n in draft(content).notices)


def test_judgements_of_bias_stand_in_the_rows(audited):
    entries = "".join(
        rm.tag("QUALITY_ITEM_DATA_ENTRY", {"RESULT": r, "STUDY_ID": rm.study_id(s)})
        for s, r in (("A", "YES"), ("B", "UNKNOWN"))
    )
    items = f"<QUALITY_ITEMS><QUALITY_ITEM><NAME>Blinding (performance bias)</NAME><QUALITY_ITEM_DATA>{entries}</QUALITY_ITEM_DATA></QUALITY_ITEM></QUALITY_ITEMS>"
    content = of_o_e().replace(b"<ANALYSES_AND_DATA", items.encode() + b"<ANALYSES_AND_DATA")
    made, rows = audited(content)
    assert [r.get("rob_blinding", "") for r in made.rows] == ["low", "unclear", "", "", ""]
    assert only(rows) == {"EXACT": len(rows)}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty-file"), (b"<COCHRANE_REVIEW>", "xml"), (b"not xml at all", "xml"), (b"<html><body/></html>", "not-revman"), (b"<COCHRANE_REVIEW/>", "no-data"),
        (b"<COCHRANE_REVIEW><ANALYSES_AND_DATA/></COCHRANE_REVIEW>", "no-data"), (simple()[:-200], "xml"), (b"<a>" * 100_000 + b"</a>" * 100_000, "xml"),
    ],
)  # fmt: skip
def test_other_files_are_refused_with_a_reason(draft, content, rule):
    with pytest.raises(InputError) as refused:
        draft(content)
    assert [p.rule for p in refused.value.problems] == [rule]
    assert "review.rm5" in str(refused.value)


def test_a_measure_that_does_not_exist_is_refused(draft):
    with pytest.raises(InputError, match="there is no measure 'ODDS'"):
        draft(simple(), measure="ODDS")


@pytest.mark.skipif(
    not (Path(REFERENCE) / "revman").is_dir() or not REFERENCE,
    reason="METAUDIT_REFERENCE names no folder with RevMan's files",
)
def test_revmans_own_file(audited):
    made, rows = audited((Path(REFERENCE) / "revman" / "Fleiss1993.rm5").read_bytes())
    assert only(rows) == {"EXACT": 83}
    assert len(made.rows) == 12

"""RevMan Web's data package, RevMan 5's CSV export and MetaView's file: what goes in comes out and is reproduced."""

from __future__ import annotations

import csv
import io
import math
import os
from collections import Counter
from pathlib import Path

import pytest

from metaudit.audit.engine import audit
from metaudit.drafts import write_draft
from metaudit.errors import InputError
from metaudit.formats.review import read_review
from metaudit.imports import mtv, revman_csv, revman_web
from metaudit.imports.options import Options

from . import revman_files as rm

REFERENCE = os.environ.get("METAUDIT_REFERENCE", "")
FORMATS = {"zip": revman_web, "csv": revman_csv, "mtv": mtv}


@pytest.fixture
def draft(tmp_path):
    """Format and content of a file -> the draft that is made of it."""

    def make(suffix, content, name="file", **options):
        path = tmp_path / f"{name}.{suffix}"
        path.write_bytes(content)
        return FORMATS[suffix].read(path, Options(**options))

    return make


@pytest.fixture
def audited(draft, tmp_path):
    """The same -> the draft, and the verdicts of the review that it becomes."""

    def make(suffix, content, **options):
        made = draft(suffix, content, **options)
        write_draft(made, tmp_path / "imported")
        return made, audit(read_review(tmp_path / "imported"))

    return make


def verdicts(rows):
    return Counter(r.verdict for r in rows)


def settings(name, measure, *, random, program="revman5", **more):
    """The line of settings and results of a case."""
    numbers, data = rm.results(name, measure, program), rm.case(name)["data"]
    fit = numbers["random" if random else "common"]
    counts = "events_t" in data[0]
    sums = {
        k: sum(int(r[v]) for r in data)
        for k, v in (
            ("Experimental N", "n_t"),
            ("Control N", "n_c"),
            ("Experimental cases", "events_t"),
            ("Control cases", "events_c"),
        )
        if v in data[0]
    }
    p = lambda x: rm.printed(x, 6)  # noqa: E731
    return {
        "Analysis group": 1, "Analysis number": 1, "Analysis name": "Mortality", "Analysis group name": "Drug, or placebo", "Data type": "Dichotomous" if counts else "Continuous",
        "Log-scale data": "true" if measure in rm.RATIOS else "false", "Experimental group label": "Drug", "Control group label": "Placebo", "Statistical method": "MH" if counts else "IV",
        "Effect measure": {"OR": "Odds Ratio", "RR": "Risk Ratio", "RD": "Risk Difference", "MD": "Mean Difference", "SMD": "Std. Mean Difference"}[measure],
        "Analysis model": "Random effects" if random else "Fixed effect", "Overall estimates": "true", "Subgroup estimates": "true", "Test for subgroup differences": "true",
        "Swap event and non-event": "false", "Study CI": "95%", "Estimate CI": "95%", **sums, **rm.web_numbers(fit, measure), "Effect Z": p(abs(fit["z"])),
        "Heterogeneity Tau²": p(numbers["tau2"]) if random else "", "Heterogeneity Chi²": p(numbers["q"]), "Heterogeneity df": numbers["q_df"],
        "Heterogeneity P": p(numbers["q_p"]), "Heterogeneity I²": p(numbers["i2"]), **more,
    }  # fmt: skip


def web_lines(name, measure, *, random, **more):
    data = rm.case(name)["data"]
    by_name = {s["study"]: s for s in rm.results(name, measure)["studies"]}
    weight = f"weight_{'random' if random else 'common'}"
    return [
        rm.web_row(
            r["study"], r, by_name[r["study"]], measure, Weight=rm.printed(by_name[r["study"]][weight], 6), **more
        )
        for r in data
    ]


@pytest.mark.parametrize(
    ("name", "measure", "random", "nested"),
    [
        ("bin_bcg", "OR", False, True),
        ("bin_bcg", "RR", True, False),
        ("md_moderate", "MD", True, True),
        ("smd_small", "SMD", False, True),
    ],
)
def test_a_data_package(audited, name, measure, random, nested):
    content = rm.web_package(
        [settings(name, measure, random=random)], web_lines(name, measure, random=random), nested=nested
    )
    made, rows = audited("zip", content)
    assert verdicts(rows) == {"EXACT": len(rows)}
    entry = made.analyses["1-1-mortality"]
    assert entry["measure"] == measure
    assert entry["title"] == "1.1 Mortality (Drug, or placebo)"
    assert made.rows[0]["where"] == "data-rows, row 2"
    assert {"estimate", "ci_low", "ci_high", "z", "p", "q", "q_df", "q_p", "i2", "n_t"} <= {r.quantity for r in rows}


@pytest.mark.parametrize(
    ("program", "word", "interval"), [("revman2025", "HKSJ", "hksj"), ("revman2025-wald", "Wald-type", "wald")]
)
def test_a_package_of_version_2_says_its_method(audited, program, word, interval):
    """REML, with limits by Hartung and Knapp or by Wald, the Q-profile limits of tau2, and I2 from tau2."""
    name, measure = "md_moderate", "MD"
    numbers = rm.results(name, measure, program)
    line = settings(name, measure, random=True, program=program) | {
        "Heterogeneity estimator": "REML", "CI method": word, "CI/PI level": "95%", "Prediction interval": "false",
        "Tau² CI start": rm.printed(numbers["tau2_low"], 6), "Tau² CI end": rm.printed(numbers["tau2_high"], 6),
    }  # fmt: skip
    del line["Study CI"], line["Estimate CI"]
    if interval == "hksj":
        line["Effect T"] = line.pop("Effect Z")
    by_name = {s["study"]: s for s in numbers["studies"]}
    lines = [rm.web_row(r["study"], r, by_name[r["study"]], measure) for r in rm.case(name)["data"]]
    made, rows = audited("zip", rm.web_package([line], lines, version=2))
    method = made.analyses["1-1-mortality"]["method"]
    assert (method["tau2"], method["ci"], method["software"]) == ("REML", interval, "RevMan 2025")
    assert verdicts(rows) == {"EXACT": len(rows)}
    assert {"tau2", "tau2_low", "tau2_high", "z", "i2"} <= {r.quantity for r in rows}


def test_choices_of_revman_2025_that_are_not_known_are_said(draft):
    line = settings("md_moderate", "MD", random=True) | {
        "Heterogeneity estimator": "Bayes",
        "CI method": "HKSJ",
        "CI/PI level": "90%",
    }
    del line["Study CI"], line["Estimate CI"]
    made = draft("zip", rm.web_package([line], web_lines("md_moderate", "MD", random=True), version=2))
    method = made.analyses["1-1-mortality"]["method"]
    assert (method["ci"], method["level"]) == ("hksj", 0.9)
    assert any(n.kind == "guessed" and "'Bayes'" in n.message for n in made.notices)


def test_what_is_not_in_a_result_is_excluded_from_it(draft):
    lines = web_lines("bin_bcg", "OR", random=False)
    for line, applies in zip(lines, ("SUBGROUP_ONLY", "NOT_APPLICABLE", *["SUBGROUP_AND_OVERALL"] * 11), strict=True):
        line |= {"Subgroup": "Men", "Applicability": applies}
    group = {
        "Analysis group": 1,
        "Analysis number": 1,
        "Subgroup": "Men",
        "Subgroup number": 1,
        "Mean": "0.5",
        "CI start": "0.4",
        "CI end": "0.6",
        "Heterogeneity df": 11,
    }
    made = draft("zip", rm.web_package([settings("bin_bcg", "OR", random=False)], lines, subgroups=[group]))
    assert made.analyses["1-1-mortality"]["exclude"] == {"applies": "subgroup"}
    assert made.analyses["1-1-mortality-men"]["select"]["subgroup"] == "Men"
    assert len(made.rows) == 12
    assert not any("printed_weight" in r for r in made.rows)
    assert any("in no result" in n.message for n in made.notices)


def test_contrasts_and_o_e(draft):
    base = {
        "Analysis group": 1,
        "Analysis name": "Death",
        "Statistical method": "IV",
        "Analysis model": "Fixed effect",
        "Effect measure": "Hazard Ratio",
        "Overall estimates": "true",
    }
    said = [
        base | {"Analysis number": 1, "Data type": "Contrast level", "Log-scale data": "true"},
        base | {"Analysis number": 2, "Data type": "O-E and variance", "Statistical method": "EXP_O_E_VAR"},
    ]
    rows = [
        {"Analysis group": 1, "Analysis number": 1, "Study": "A", "GIV Mean": "-0.5", "GIV SE": "0.2"},
        {"Analysis group": 1, "Analysis number": 2, "Study": "A", "O-E": "-3", "Variance": "6"},
    ]
    made = draft("zip", rm.web_package(said, rows))
    assert [a["measure"] for a in made.analyses.values()] == ["GEN-LOG", "GEN-LOG"]
    assert [float(r["effect"]) for r in made.rows] == pytest.approx([math.exp(-0.5)] * 2)
    assert [r["se"] for r in made.rows] == ["0.2", repr(1 / math.sqrt(6))]


def test_what_a_package_holds_beside_its_tables_is_named(draft):
    more = [("9-study-data/9-included.ris", "TY"), ("__MACOSX/x", "1")]
    made = draft(
        "zip",
        rm.web_package([settings("bin_bcg", "OR", random=False)], web_lines("bin_bcg", "OR", random=False), more=more),
    )
    assert any(
        "9-article.pdf, 9-included.ris" in n.message or "9-included.ris" in n.message
        for n in made.notices
        if n.kind == "dropped"
    )
    assert not any("MACOSX" in n.message for n in made.notices)


def test_judgements_of_bias_and_what_else_is_known_of_studies(draft):
    study = rm.case("bin_bcg")["data"][0]["study"]
    bias = (
        "Study,Domain (judgement): Allocation concealment?,Domain (support): Allocation concealment?,Domain (judgement): Odd\n"
        + f'"{study}",High risk,By coin,Dunno\n'
    )
    known = "Study,Year,Data source,Char: Methods\n" + f'"{study}",1948,PUB,RCT\n'
    more = [("9-study-data/9-risk-of-bias.csv", bias), ("9-study-data/9-study-information.csv", known)]
    made = draft(
        "zip",
        rm.web_package([settings("bin_bcg", "OR", random=False)], web_lines("bin_bcg", "OR", random=False), more=more),
    )
    assert [r.get("rob_allocation_concealment", "") for r in made.rows] == ["high", *[""] * 12]
    messages = " ".join(n.message for n in made.notices if n.kind == "dropped")
    assert "'Dunno' (1)" in messages
    assert "char: methods" in messages


def test_archives_that_are_no_package(draft, tmp_path):
    good = rm.web_package(
        [settings("bin_bcg", "OR", random=False)], web_lines("bin_bcg", "OR", random=False), nested=False
    )
    deep = good
    for _ in range(4):
        deep = rm.packed({"x.zip": deep})
    contents = {
        "not-revman": rm.packed({"a.csv": "1"}), "several-packages": rm.packed({"a.zip": good, "b.zip": good}), "archive-limits": deep,
        "not-supported": rm.packed({"9-parameters.csv": "a"}), "archive": good[:100], "archive-path": rm.packed({"../9-data-rows.csv": "a"}),
        "csv": rm.packed({"9-data-rows.csv": 'a,"b', "9-overall-estimates-and-settings.csv": "a"}),
        "duplicate-column": rm.packed({"9-data-rows.csv": "a,a", "9-overall-estimates-and-settings.csv": "a"}),
        "no-data": rm.packed({"9-data-rows.csv": "Study", "9-overall-estimates-and-settings.csv": "Analysis group"}),
    }  # fmt: skip
    for rule, content in contents.items():
        with pytest.raises(InputError) as error:
            draft("zip", content)
        assert [p.rule for p in error.value.problems] == [rule]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file.zip"]


def test_the_table_of_studies_alone(draft):
    made = draft("csv", rm.table(rm.DATA_ROWS, *web_lines("bin_bcg", "OR", random=False)), name="9-data-rows")
    assert made.analyses["1-1-mortality"]["measure"] == ["OR", "RR", "RD"]
    assert made.analyses["1-1-mortality"]["method"] == {}
    assert len(made.rows) == 13
    assert not made.claims
    assert any("no settings" in n.message for n in made.notices)


def export(name, measure, *, random, header=rm.EXPORT, method="MH", encoding="utf-8-sig", delimiter=","):
    """RevMan 5's export of one case."""
    data, numbers = rm.case(name)["data"], rm.results(name, measure)
    fit, by_name = numbers["random" if random else "common"], {s["study"]: s for s in numbers["studies"]}
    counts, p = "events_t" in data[0], lambda x: rm.printed(x, 8)
    columns = {
        "Events 1": "events_t",
        "Mean 1": "mean_t",
        "SD 1": "sd_t",
        "Total 1": "n_t",
        "Events 2": "events_c",
        "Mean 2": "mean_c",
        "SD 2": "sd_c",
        "Total 2": "n_c",
    }
    total = {
        "Name": "Mortality", "Data Type": "DIC" if counts else "CON", "Statistical Method": method, "Effect Measure": measure, "Analysis Model": "Random" if random else "Fixed",
        "Effect Estimate": p(rm.natural(fit["estimate"], measure)), "CI Start": p(rm.natural(fit["ci_low"], measure)), "CI End": p(rm.natural(fit["ci_high"], measure)),
        "Weight": "100", "Q": p(numbers["q"]), "P(Q)": p(numbers["q_p"]), "I²(Q)": p(numbers["i2"]), "Tau²": p(numbers["tau2"]) if random else "0", "Z": p(abs(fit["z"])),
        "P(Z)": p(fit["p"]), "Qint": "0", "P(Qint)": "0", "I²(Qint)": "0", "df": numbers["q_df"], "Group Label 1": "Drug", "Group Label 2": "Placebo",
        "Left Graph Label": "Favours Drug", "Right Graph Label": "Favours Placebo",
        **{k: sum(int(r[v]) for r in data) for k, v in columns.items() if v in data[0] and v[0] in "en"},
    }  # fmt: skip
    lines = [{"Outcome Number": 0, "Name": "Drug, or placebo"}, {"Outcome Number": 1, **total}]
    for i, r in enumerate(data, 1):
        s = by_name[r["study"]]
        y, se, weight = s["yi"], s["sei"], s[f"weight_{'random' if random else 'common'}"]
        effects = {
            k: p(rm.natural(y + d * rm.Z95 * se, measure))
            for k, d in (("Effect Estimate", 0), ("CI Start", -1), ("CI End", 1))
        }
        own = {k: r.get(v, 0) for k, v in columns.items()}
        lines.append(
            {
                "Outcome Number": 1,
                "Name": r["study"],
                **own,
                **effects,
                "SE": p(se),
                "Weight": p(weight),
                "Year of study": 2001,
                "User defined order": i,
            }
        )
    out = io.StringIO()
    writer = csv.DictWriter(out, header.split(","), lineterminator="\r\n", delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({"Comparison Number": 1, "Subgroup Number": 0, **line} for line in lines)
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize(
    ("name", "measure", "random"),
    [("bin_bcg", "OR", False), ("bin_bcg", "RR", True), ("md_moderate", "MD", False), ("smd_small", "SMD", True)],
)
def test_the_export(audited, name, measure, random):
    made, rows = audited("csv", export(name, measure, random=random, method="MH" if name == "bin_bcg" else "IV"))
    assert verdicts(rows) == {"EXACT": len(rows)}
    entry = made.analyses["1-1-mortality"]
    assert (entry["measure"], entry["favours"]) == (measure, "low")
    assert made.rows[0]["where"] == "row 4"
    assert made.rows[0]["year"] == "2001"


@pytest.mark.parametrize(("encoding", "delimiter"), [("cp1252", ","), ("utf-16", "\t"), ("utf-8", ";")])
def test_the_export_saved_again_by_a_spreadsheet(draft, encoding, delimiter):
    made = draft("csv", export("bin_bcg", "OR", random=True, encoding=encoding, delimiter=delimiter))
    assert {"q", "i2", "tau2"} <= {c["quantity"] for c in made.claims}
    assert len(made.rows) == 13


def test_the_export_without_its_squares(draft):
    """I² and Tau² come through as I?(Q) or I2(Q) in files that were saved in another encoding."""
    content = (
        export("bin_bcg", "OR", random=True, encoding="utf-8")
        .replace("I²".encode(), b"I?")
        .replace("Tau²".encode(), b"Tau2")
    )
    assert {"i2", "tau2"} <= {c["quantity"] for c in draft("csv", content).claims}


def test_subgroups_of_the_export(draft):
    text = export("bin_bcg", "OR", random=False, encoding="utf-8").decode()
    head, comparison, total, *rows = text.splitlines()
    group = total.replace("1,1,0,Mortality", "1,1,{0},{1}")
    lines = [
        head,
        comparison,
        total,
        group.format(1, "Men"),
        *(r.replace("1,1,0,", "1,1,1,", 1) for r in rows[:6]),
        group.format(2, "Women"),
        *(r.replace("1,1,0,", "1,1,2,", 1) for r in rows[6:]),
    ]
    made = draft("csv", "\n".join(lines).encode())
    assert Counter(r["x_subgroup"] for r in made.rows) == {"Men": 6, "Women": 7}
    assert {c["subject"] for c in made.claims if c["quantity"] != "study_se"} == {"", "subgroup=Men", "subgroup=Women"}


def test_generic_effects_of_the_export_are_logarithms_where_their_intervals_show_it(draft):
    header = rm.EXPORT + ",Entered data are on log scale (Generic Inverse Variance only)"
    low, high = math.exp(-0.5 - 1.96 * 0.2), math.exp(-0.5 + 1.96 * 0.2)
    rows = f"1,0,0,Drug\n1,1,0,Death,INV,IV,Hazard Ratio,Fixed\n1,1,0,A,,,,,0,0,0,0,0,0,0,0,{math.exp(-0.5)},0.2,{low},{high},100\n"
    assert draft("csv", f"{rm.EXPORT}\n{rows}".encode()).analyses["1-1-death"]["measure"] == "GEN-LOG"
    said = rows.replace("Fixed\n", "Fixed" + "," * 30 + "NO\n")
    assert draft("csv", f"{header}\n{said}".encode()).analyses["1-1-death"]["measure"] == "GEN"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"Comparison Number,Outcome Number\n1,1\n", "missing-column"), (rm.EXPORT.encode(), "no-data"), (rm.EXPORT.encode() + b'\n1,0,0,"Drug\n', "csv"),
        (rm.EXPORT.encode() + b"\n1,1,0," + b"x" * 5_000_000, "csv"), (b"\x00" * 100, "encoding"),
    ],
)  # fmt: skip
def test_exports_that_are_broken(draft, content, rule):
    with pytest.raises(InputError) as error:
        draft("csv", content)
    assert [p.rule for p in error.value.problems] == [rule]


def metaview(*lines, title="Trials"):
    return (
        "\r\n".join([f"METAVIEW:{title}   ", "START DATA", *lines, "STUDIES: 1", "END DATA", "\x1a"]) + "\r\n"
    ).encode("cp1252")


def mtv_study(
    name,
    *,
    group="00",
    outcome="01",
    events=("0", "0"),
    n=("0", "0"),
    means=("0.00", "0.00"),
    sds=("0.00", "0.00"),
    o_e="0.00",
    v="0.00",
):
    arms = "".join(f"{e:>6} {x:>6} {m:>9} {s:>9} " for e, x, m, s in zip(events, n, means, sds, strict=True))
    return f"0 01 {outcome} {group} {name:<20} 1999  {arms}{o_e:>9} {v:>9}    0 D"


def mtv_outcome(kind, name, *, no="01"):
    return f"2 {kind} 01 {no} Y 4 2 2 3 Y 01 {name:<107} {'Favours Drug':<20} {'Favours Placebo':<20} {'Drug':<20} {'Placebo':<20}"


def test_metaview(draft):
    lines = [
        "3 01 01 Drug or placebo     ", mtv_outcome("D", "Death"), "1 01 01 01 01 Men", "1 01 01 02 02 Women", mtv_study("Müller", group="01", events=("3", "5"), n=("10", "11")),
        mtv_study("Smith", group="02", events=("1", "0"), n=("1234", "999")), mtv_outcome("C", "Pain", no="02"),
        mtv_study("Jones", outcome="02", n=("20", "21"), means=("-5.10", "1234.50"), sds=("1.00", "2.00")), mtv_outcome("P", "Survival", no="03"),
        mtv_study("Roe", outcome="03", events=("3", "4"), n=("9", "9"), o_e="-3.00", v="6.00"), mtv_outcome("I", "Slope", no="04"), mtv_study("Doe", outcome="04", means=("-0.51", "0.00"), sds=("0.20", "0.00")),
    ]  # fmt: skip
    made = draft("mtv", metaview(*lines))
    assert made.title == "Trials"
    assert list(made.analyses) == ["1-1-death", "1-2-pain", "1-3-survival", "1-4-slope"]
    assert made.analyses["1-1-death"]["subgroups"] == "subgroup"
    assert made.analyses["1-1-death"]["favours"] == "low"
    rows = {r["study"]: r for r in made.rows}
    assert rows["Müller"] | {"where": ""} == {
        "study": "Müller", "outcome": "1.1 Death", "events_t": "3", "n_t": "10", "events_c": "5", "n_c": "11", "year": "1999", "where": "", "certainty": "read", "note": "",
        "comparison": "Drug or placebo", "source": "revman", "x_subgroup": "Men",
    }  # fmt: skip
    assert (rows["Smith"]["n_t"], rows["Smith"]["events_c"]) == ("1234", "0")
    assert (rows["Jones"]["mean_t"], rows["Jones"]["mean_c"], rows["Jones"]["sd_c"]) == ("-5.10", "1234.50", "2.00")
    assert float(rows["Roe"]["effect"]) == pytest.approx(math.exp(-0.5))
    assert (rows["Doe"]["effect"], rows["Doe"]["se"]) == ("-0.51", "0.20")
    assert not made.claims
    assert any("no results" in n.message for n in made.notices)


def test_metaview_without_studies_or_without_its_head(draft):
    for content, rule in ((metaview(), "no-data"), (b"START DATA\n", "not-revman"), (b"\n", "not-revman")):
        with pytest.raises(InputError) as error:
            draft("mtv", content)
        assert [p.rule for p in error.value.problems] == [rule]


def test_a_line_that_is_not_known_is_named(draft):
    made = draft(
        "mtv",
        metaview(
            "3 01 01 Drug",
            mtv_outcome("D", "Death"),
            mtv_study("Smith", events=("3", "5"), n=("10", "11")),
            "7 what is this",
        ),
    )
    assert any("7 what is this" in n.message for n in made.notices)


@pytest.mark.skipif(
    not REFERENCE or not (Path(REFERENCE) / "revman").is_dir(),
    reason="METAUDIT_REFERENCE names no folder with RevMan's files",
)
@pytest.mark.parametrize(("name", "count"), [("Fleiss1993.zip", 43), ("Fleiss1993_CR.csv", 86), ("FLEISS1993.MTV", 0)])
def test_revmans_own_files(audited, name, count):
    made, rows = audited(name.lower().rpartition(".")[2], (Path(REFERENCE) / "revman" / name).read_bytes())
    assert verdicts(rows) == ({"EXACT": count} if count else {})
    assert len(made.rows) == 12

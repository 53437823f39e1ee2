"""The totals in RevMan's files are RevMan's: those that RevMan itself wrote for the two examples of Fleiss (1993)."""

import csv
import io
import json
import math
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest

from making import made
from metaudit.errors import InputError
from metaudit.exports import export
from metaudit.imports import read_file

FLEISS = json.loads((Path(__file__).parents[2] / "data" / "revman" / "fleiss1993.json").read_text(encoding="utf-8"))
ANALYSES = {a["id"]: a for a in FLEISS["analyses"]}
# RevMan saves 16 digits; the last of them depend on the order in which sums are taken.
SAVED = 1e-12
# Its limits and P values of z carry the normal distribution of its own library.
NORMAL = 1e-9
# Its P of chi-squared is 6e-8 too large, because its series ends early; ours is exact (tests/reference/test_revman.py).
EARLY_END = 1e-7
IN_RM5 = {
    "estimate": "EFFECT_SIZE", "ci_low": "CI_START", "ci_high": "CI_END", "log10_estimate": "LOG_EFFECT_SIZE",
    "log10_ci_low": "LOG_CI_START", "log10_ci_high": "LOG_CI_END", "q": "CHI2", "q_df": "DF", "q_p": "P_CHI2", "i2": "I2", "z": "Z",
    "p": "P_Z", "se": "SE", "variance": "VAR", "weight": "WEIGHT",
}  # fmt: skip
IN_EXPORT = {
    "estimate": "Effect Estimate", "ci_low": "CI Start", "ci_high": "CI End", "q": "Q", "q_df": "df", "q_p": "P(Q)", "i2": "I²(Q)",
    "z": "Z", "p": "P(Z)", "se": "SE", "weight": "Weight",
}  # fmt: skip
IN_WEB = {
    "estimate": "Mean", "ci_low": "CI start", "ci_high": "CI end", "q": "Heterogeneity Chi²", "q_df": "Heterogeneity df",
    "q_p": "Heterogeneity P", "i2": "Heterogeneity I²", "z": "Effect Z", "p": "Effect P", "weight": "Weight",
}  # fmt: skip
# What an element of RevMan 5.0.23's own file of these examples has beside the date of its last change.
ATTRIBUTES = {
    "DICH_OUTCOME": """CHI2 CI_END CI_START CI_STUDY CI_TOTAL DF EFFECT_MEASURE EFFECT_SIZE ESTIMABLE EVENTS_1 EVENTS_2 I2 I2_Q ID
        LOG_CI_END LOG_CI_START LOG_EFFECT_SIZE METHOD NO P_CHI2 P_Q P_Z Q RANDOM SCALE SORT_BY STUDIES SUBGROUPS SUBGROUP_TEST
        SWAP_EVENTS TAU2 TOTALS TOTAL_1 TOTAL_2 WEIGHT Z""",
    "CONT_OUTCOME": """CHI2 CI_END CI_START CI_STUDY CI_TOTAL DF EFFECT_MEASURE EFFECT_SIZE ESTIMABLE I2 I2_Q ID NO P_CHI2 P_Q P_Z Q
        RANDOM SCALE SORT_BY STUDIES SUBGROUPS SUBGROUP_TEST TAU2 TOTALS TOTAL_1 TOTAL_2 UNITS WEIGHT Z""",
    "DICH_DATA": """CI_END CI_START EFFECT_SIZE ESTIMABLE EVENTS_1 EVENTS_2 LOG_CI_END LOG_CI_START LOG_EFFECT_SIZE ORDER O_E SE
        STUDY_ID TOTAL_1 TOTAL_2 VAR WEIGHT""",
    "CONT_DATA": "CI_END CI_START EFFECT_SIZE ESTIMABLE MEAN_1 MEAN_2 ORDER SD_1 SD_2 SE STUDY_ID TOTAL_1 TOTAL_2 WEIGHT",
}  # fmt: skip
SUBGROUPS = [
    {"study": s, "events_t": a, "n_t": 100, "events_c": c, "n_c": 100, "x_dose": d}
    for s, a, c, d in (
        ("A", 10, 20, "low"),
        ("B", 8, 9, "low"),
        ("C", 5, 25, "high"),
        ("D", 0, 6, "high"),
        ("E", 0, 0, "high"),
    )
]


@pytest.fixture(scope="module")
def fleiss(tmp_path_factory):
    """Both examples as one review, with RevMan's settings: Mantel-Haenszel and inverse variances, common effect."""
    rows = [{**r, "outcome": name} for name, a in ANALYSES.items() for r in a["data"]]
    models = {"aspirin": "mantel-haenszel", "mental-health": "common"}
    analyses = {
        name: {"title": name, "select": {"outcome": name}, "measure": a["measure"], "method": {"model": models[name]}}
        for name, a in ANALYSES.items()
    }
    return made(tmp_path_factory.mktemp("exports") / "fleiss", claims=[], rows=rows, analyses=analyses)


def numbers(source):
    return [(a, n[1], n[2], n[3]) for a in ANALYSES for n in ANALYSES[a]["numbers"] if n[0] == source]


def test_rm5_holds_the_numbers_that_revman_wrote(fleiss):
    root = ET.fromstring(export(fleiss, "rm5").content)
    outcomes = {o.findtext("NAME"): o for o in root.iter() if o.tag.endswith("_OUTCOME")}
    names = {s.get("ID"): s.get("NAME") for s in root.iter("STUDY")}
    compared = 0
    for analysis, study, quantity, printed in numbers("rm5"):
        lines = {names[d.get("STUDY_ID")]: d for d in outcomes[analysis] if d.tag.endswith("_DATA")}
        ours = float((lines[study] if study else outcomes[analysis]).get(IN_RM5[quantity]))
        if quantity == "q_p":
            assert ours == pytest.approx(float(printed), abs=EARLY_END)
        else:
            near = NORMAL if "ci" in quantity or quantity == "p" else SAVED
            assert ours == pytest.approx(float(printed), rel=near), (analysis, study, quantity)
        compared += 1
    assert compared == 75


@pytest.mark.parametrize(
    ("source", "fmt", "where", "count"),
    [("export", "revman-csv", IN_EXPORT, 78), ("web", "revman-web", IN_WEB, 37)],
)
def test_tables_hold_the_digits_that_revman_printed(fleiss, source, fmt, where, count):
    found = {}
    if fmt == "revman-csv":
        current = ""
        for row in csv.DictReader(io.StringIO(export(fleiss, fmt).content.decode())):
            current = row["Name"] if row["Data Type"] else current
            found[current, "" if row["Data Type"] else row["Name"]] = row
    else:
        outer = zipfile.ZipFile(io.BytesIO(export(fleiss, fmt).content))
        inner = zipfile.ZipFile(io.BytesIO(outer.read(outer.namelist()[0])))
        for name in inner.namelist():
            for row in csv.DictReader(io.StringIO(inner.read(name).decode("utf-8-sig"))):
                if "Analysis name" in row:
                    found[row["Analysis name"], row.get("Study", "")] = row
    compared = 0
    for analysis, study, quantity, printed in numbers(source):
        ours = found[analysis, study][where[quantity]]
        if quantity == "q_p" and source == "export":  # eight decimals show where RevMan's series ends early
            assert float(ours) == pytest.approx(float(printed), abs=EARLY_END)
        else:
            assert float(ours) == float(printed), (analysis, study, quantity)
        compared += 1
    assert compared == count


def test_rm5_has_the_attributes_that_revman_writes(fleiss):
    root = ET.fromstring(export(fleiss, "rm5").content)
    for tag, attributes in ATTRIBUTES.items():
        elements = list(root.iter(tag))
        assert elements
        for element in elements:
            assert list(element.attrib) == sorted(attributes.split()), tag


def test_studies_are_declared_once_and_every_reference_holds(fleiss):
    root = ET.fromstring(export(fleiss, "rm5").content)
    declared = [s.get("ID") for s in root.iter("STUDY")]
    assert len(declared) == len(set(declared)) == 12
    assert {e.get("STUDY_ID") for e in root.iter() if e.get("STUDY_ID")} == set(declared)
    assert "STD-ISIS_x002d_2" in declared


def subgroup_review(folder, **method):
    return made(folder, claims=[], rows=SUBGROUPS, measure="RR", subgroups="dose", method=method, favours="low")


def test_subgroups_have_their_totals_and_the_test_between_them(tmp_path):
    """The test is that of Borenstein et al. (2009, ch. 19) on the two totals in the file."""
    root = ET.fromstring(export(subgroup_review(tmp_path / "r", model="random", tau2="DL"), "rm5").content)
    (outcome,) = root.iter("DICH_OUTCOME")
    groups = list(outcome.iter("DICH_SUBGROUP"))
    assert [g.findtext("NAME") for g in groups] == ["low", "high"]
    assert [g.get("STUDIES") for g in groups] == ["2", "3"]
    logs = [float(g.get("LOG_EFFECT_SIZE")) * math.log(10) for g in groups]
    ses = [math.log(float(g.get("CI_END")) / float(g.get("CI_START"))) / (2 * 1.959963984540054) for g in groups]
    q = (logs[0] - logs[1]) ** 2 / (ses[0] ** 2 + ses[1] ** 2)
    assert float(outcome.get("Q")) == pytest.approx(q, rel=1e-9)
    assert float(outcome.get("P_Q")) == pytest.approx(math.erfc(math.sqrt(q / 2)), rel=1e-9)
    assert sum(float(g.get("WEIGHT")) for g in groups) == pytest.approx(100)
    assert (outcome.get("EVENTS_1"), outcome.get("TOTAL_1"), outcome.get("DF")) == ("23", "500", "3")


def test_a_study_without_events_is_not_estimable(tmp_path):
    root = ET.fromstring(export(subgroup_review(tmp_path / "r", model="common"), "rm5").content)
    lines = {d.get("STUDY_ID"): d for d in root.iter("DICH_DATA")}
    assert (lines["STD-E"].get("ESTIMABLE"), lines["STD-E"].get("WEIGHT"), lines["STD-E"].get("EFFECT_SIZE")) == (
        "NO",
        "0.0",
        "",
    )
    assert lines["STD-D"].get("ESTIMABLE") == "YES"


def test_peto_saves_observed_minus_expected(tmp_path):
    """O - E and V of the hypergeometric distribution (Yusuf et al. 1985): 10 of 100 against 20 of 100."""
    row = {"study": "A", "events_t": 10, "n_t": 100, "events_c": 20, "n_c": 100}
    review = made(tmp_path / "r", claims=[], rows=[row], measure="OR", method={"model": "peto"})
    root = ET.fromstring(export(review, "rm5").content)
    (outcome,), (line,) = root.iter("DICH_OUTCOME"), root.iter("DICH_DATA")
    assert (outcome.get("METHOD"), outcome.get("EFFECT_MEASURE")) == ("PETO", "PETO_OR")
    assert float(line.get("O_E")) == pytest.approx(10 - 100 * 30 / 200)
    assert float(line.get("VAR")) == pytest.approx(100 * 100 * 30 * 170 / (200**2 * 199))


def test_a_ready_made_ratio_is_log_data(tmp_path):
    rows = [{"study": "A", "effect": "1.50", "se": "0.20"}, {"study": "B", "effect": "2.0", "se": "0.25"}]
    review = made(tmp_path / "r", claims=[], rows=rows, measure="GEN-LOG", method={"model": "common"})
    root = ET.fromstring(export(review, "rm5").content)
    (outcome,), (line, _) = root.iter("IV_OUTCOME"), root.iter("IV_DATA")
    assert (outcome.get("LOG_DATA"), outcome.findtext("EFFECT_MEASURE")) == ("YES", "Ratio")
    assert float(line.get("ESTIMATE")) == pytest.approx(math.log(1.5), rel=1e-15)
    assert (line.get("SE"), float(line.get("EFFECT_SIZE"))) == ("0.20", pytest.approx(1.5, rel=1e-14))


@pytest.mark.parametrize(
    ("method", "attributes", "said"),
    [
        ({"model": "random", "tau2": "DL"}, ("IV", "YES"), ""),
        ({"model": "random", "tau2": "REML"}, ("IV", "YES"), "tau2: REML"),
        ({"model": "random", "software": "RevMan 5.3"}, ("MH", "YES"), ""),
        ({"model": "random", "q": "mantel-haenszel"}, ("MH", "YES"), ""),
        ({"model": "mantel-haenszel"}, ("MH", "NO"), ""),
        ({"model": "common"}, ("IV", "NO"), ""),
        ({"model": "common", "ci": "t"}, ("IV", "NO"), "ci: t"),
        ({}, ("MH", "NO"), "states no model"),
    ],
)
def test_settings_follow_what_is_stated_and_say_what_they_cannot(tmp_path, method, attributes, said):
    done = export(made(tmp_path / "r", claims=[], rows=SUBGROUPS, measure="RR", method=method), "rm5")
    (outcome,) = ET.fromstring(done.content).iter("DICH_OUTCOME")
    assert (outcome.get("METHOD"), outcome.get("RANDOM")) == attributes
    about = [n.message for n in done.notices if n.kind in ("converted", "guessed")]
    assert any(said in m for m in about) if said else not about


def test_a_study_twice_is_told_apart(tmp_path):
    rows = [{**SUBGROUPS[0], "comparison": "low dose"}, {**SUBGROUPS[1], "study": "A", "comparison": "high dose"}]
    done = export(made(tmp_path / "r", claims=[], rows=rows, measure="RR", method={"model": "common"}), "rm5")
    assert [s.get("NAME") for s in ET.fromstring(done.content).iter("STUDY")] == ["A", "A (high dose)"]
    assert any("takes a study once" in n.message for n in done.notices)


def test_an_incomplete_study_is_left_out_with_a_notice(tmp_path):
    rows = [*SUBGROUPS, {"study": "F", "events_t": 4, "n_t": 50}]
    done = export(made(tmp_path / "r", claims=[], rows=rows, measure="RR", method={"model": "common"}), "rm5")
    assert any("F lacks events_c, n_c" in n.message for n in done.notices)
    assert "STD-F" not in done.content.decode()


def test_mtv_stands_in_its_columns(fleiss):
    """The columns that R's meta reads (read.mtv), counted from 1."""
    lines = export(fleiss, "mtv").content.decode("cp1252").split("\r\n")
    outcomes = [x for x in lines if x.startswith("2 ")]
    assert [(x[2], x[4:6], x[7:9], x[25:132].rstrip()) for x in outcomes] == [
        ("D", "01", "01", "aspirin"),
        ("C", "01", "02", "mental-health"),
    ]
    studies = [x for x in lines if x.startswith("0 ")]
    first, last = studies[0], studies[-1]
    assert (first[11:31].rstrip(), first[38:44], first[45:51], first[72:78], first[79:85]) == (
        "MRC-1",
        "    49",
        "   615",
        "    67",
        "   624",
    )
    assert [last[i:j].strip() for i, j in ((11, 31), (45, 51), (52, 61), (62, 71), (79, 85), (86, 95), (96, 105))] == [
        "Wilson", "8", "6.5", "0.76", "8", "7.38", "1.41",
    ]  # fmt: skip
    assert "STUDIES:  12" in lines


def test_mtv_rounds_nothing(tmp_path):
    rows = [{"study": "A", "mean_t": "5.123456789", "sd_t": "2", "n_t": 20, "mean_c": "4", "sd_c": "1", "n_c": 22}]
    with pytest.raises(InputError, match=r"row 2: A: 5.123456789 has more than the 9 characters"):
        export(made(tmp_path / "r", claims=[], rows=rows, measure="MD"), "mtv")


def test_mtv_keeps_long_labels_apart(tmp_path):
    rows = [{**r, "study": f"A very long name of a study {i}"} for i, r in enumerate(SUBGROUPS[:2])]
    done = export(made(tmp_path / "r", claims=[], rows=rows, measure="RR"), "mtv")
    labels = [x[11:31].rstrip() for x in done.content.decode("cp1252").split("\r\n") if x.startswith("0 ")]
    assert labels == ["A very long name of", "A very long name o~2"]
    assert sum("a label has 20 characters" in n.message for n in done.notices) == 2


@pytest.mark.parametrize(
    ("fmt", "sign", "said"), [("mtv", "日", "not in Windows-1252"), ("rm5", "\x07", "control (character|sign)")]
)
def test_a_sign_that_the_format_cannot_write_is_named(tmp_path, fmt, sign, said):
    rows = [{**SUBGROUPS[0], "study": f"A{sign}B"}]
    with pytest.raises(InputError, match=said):
        export(made(tmp_path / "r", claims=[], rows=rows, measure="RR"), fmt)


def test_judgements_of_bias_come_back(tmp_path):
    words = [("low", "high"), ("unclear", "low"), ("some concerns", "low"), ("high", "unclear"), ("low", "low")]
    rows = [{**r, "rob_allocation": a, "rob_blinding": b} for r, (a, b) in zip(SUBGROUPS, words, strict=True)]
    review = made(tmp_path / "r", claims=[], rows=rows, measure="RR", method={"model": "common"})
    for fmt, known in (
        ("rm5", ("low", "high", "unclear")),
        ("revman-web", ("low", "high", "unclear", "some concerns")),
    ):
        path = tmp_path / f"r.{fmt}"
        done = export(review, fmt)
        path.write_bytes(done.content)
        back = {r["study"]: (r.get("rob_allocation", ""), r.get("rob_blinding", "")) for r in read_file(path).rows}
        assert back == {r["study"]: (a if a in known else "", b) for r, (a, b) in zip(SUBGROUPS, words, strict=True)}
        said = any(
            "Allocation: RevMan 5 knows low, high and unclear; left out: some concerns" in n.message
            for n in done.notices
        )
        assert said == (fmt == "rm5")

"""Exports hold the numbers as typed, say what they leave out, and refuse what they cannot hold."""

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from making import made
from metaudit.errors import InputError
from metaudit.exports import CANNOT, FORMATS, export
from metaudit.formats.review import read_review

REVIEWS = Path(__file__).resolve().parents[3] / "data" / "reviews"
CLASSICS = """berkey-1995 colditz-1994 curtis-1998 dorn-2007 hackshaw-1997 li-2007 lipsey-2001 molloy-2014 normand-1999-stroke
    raudenbush-2009 rothman-2008-tolbutamide stijnen-2010-rates""".split()
COUNTS = [
    {"study": "A", "events_t": "3", "n_t": "1,050", "events_c": "7", "n_c": "0990"},
    {"study": "B", "events_t": "10%", "n_t": "50", "events_c": "6", "n_c": "49"},
]
MEANS = [
    {"study": s, "mean_t": "5.10", "sd_t": "2.0", "n_t": "20", "mean_c": "4", "sd_c": "1.50", "n_c": "22"} for s in "AB"
]
DATA = {
    "counts": ("RR", COUNTS),
    "means": ("MD", MEANS),
    "rates": ("IRR", [{"study": s, "events_t": 3, "time_t": "10.5", "events_c": 4, "time_c": "9"} for s in "AB"]),
    "proportion": ("PLO", [{"study": s, "events": 3, "n": 10} for s in "AB"]),
    "mean": ("MN", [{"study": s, "mean": "3.0", "sd": "1.0", "n": 10} for s in "AB"]),
    "correlation": ("ZCOR", [{"study": s, "r": "0.30", "n": 50} for s in "AB"]),
    "generic": ("GEN", [{"study": s, "effect": "0.30", "se": "0.10"} for s in "AB"]),
    "change": ("MC", [{"study": s, "mean_t": "3", "mean_c": "2", "sd_change": "1.0", "n_pairs": 12} for s in "AB"]),
    "AS": ("AS", COUNTS),
    "SMDH": ("SMDH", MEANS),
    "SMD1": ("SMD1", MEANS),
    "ROM": ("ROM", MEANS),
}
METHODS = {"glmm": {"model": "glmm"}, "user-weights": {"model": "user-weights"}, "level": {"level": 0.8}}


def review_with(folder, feature):
    """A review whose one analysis has a feature of the table CANNOT."""
    if feature in DATA:
        measure, rows = DATA[feature]
        return made(folder, claims=[], rows=rows, measure=measure)
    if feature == "moderators":
        rows = [{**r, "x_dose": i} for i, r in enumerate(COUNTS)]
        return made(folder, claims=[], rows=rows, measure="RR", moderators=["dose"])
    return made(folder, claims=[], rows=COUNTS, measure="RR", method=METHODS[feature])


def table(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


@pytest.mark.parametrize(("fmt", "feature"), [(f, k) for f, reasons in CANNOT.items() for k in reasons])
def test_what_a_format_cannot_hold_is_refused_with_the_reason(tmp_path, fmt, feature):
    with pytest.raises(InputError) as caught:
        export(review_with(tmp_path / "r", feature), fmt)
    assert CANNOT[fmt][feature] in str(caught.value)
    assert "Formats that can: csv, xlsx" in str(caught.value)


@pytest.mark.parametrize("feature", [*DATA, "moderators", *METHODS])
def test_every_other_format_holds_it(tmp_path, feature):
    review = review_with(tmp_path / "r", feature)
    kind = {"AS": "counts", "SMDH": "means", "SMD1": "means", "ROM": "means"}.get(feature, feature)
    kind = kind if kind in DATA else "counts"
    for fmt in FORMATS:
        if not {feature, kind} & set(CANNOT[fmt]):
            content = export(review, fmt).content
            assert content.startswith(b"PK") or b"A" in content.replace(b"AR", b"")


def test_the_table_has_every_format():
    assert set(CANNOT) == set(FORMATS)


@pytest.mark.parametrize("name", CLASSICS)
def test_a_classic_is_held_or_refused_and_always_the_same(name):
    review, refused = read_review(REVIEWS / name), {}
    for fmt in FORMATS:
        try:
            first = export(review, fmt)
        except InputError as error:
            refused[fmt] = str(error)
            continue
        assert first == export(review, fmt)
        assert any(n.kind == "dropped" and "claims stay" in n.message for n in first.notices)
    assert all("cannot hold this" in said for said in refused.values())
    assert not {"csv", "xlsx", "escalc", "jasp"} & set(refused)


def test_numbers_stand_as_typed_in_csv(tmp_path):
    rows = table(export(review_with(tmp_path / "r", "counts"), "csv").content)
    assert [(r["n_t"], r["n_c"], r["events_t"]) for r in rows] == [("1,050", "0990", "3"), ("50", "49", "10%")]


def test_numbers_that_no_program_reads_are_written_plainly_with_a_notice(tmp_path):
    done = export(review_with(tmp_path / "r", "counts"), "escalc")
    assert [(r["n1i"], r["n2i"], r["ai"]) for r in table(done.content)] == [("1050", "0990", "3"), ("50", "49", "5")]
    said = [n.message for n in done.notices if n.kind == "converted"]
    assert any("'1,050' is written as 1050" in m for m in said)
    assert any("'10%' is written as 5" in m for m in said)


def test_stata_takes_people_without_an_event(tmp_path):
    rows = table(export(review_with(tmp_path / "r", "counts"), "stata").content)
    assert [(r["n11"], r["n12"], r["n21"], r["n22"]) for r in rows] == [
        ("3", "1047", "7", "983"),
        ("5", "45", "6", "43"),
    ]


@pytest.mark.parametrize(
    ("fmt", "feature", "header"),
    [
        ("escalc", "counts", "study,outcome,ai,n1i,ci,n2i"),
        ("escalc", "means", "study,outcome,m1i,sd1i,n1i,m2i,sd2i,n2i"),
        ("escalc", "rates", "study,outcome,x1i,t1i,x2i,t2i"),
        ("escalc", "proportion", "study,outcome,xi,ni"),
        ("escalc", "mean", "study,outcome,mi,sdi,ni"),
        ("escalc", "correlation", "study,outcome,ri,ni"),
        ("escalc", "generic", "study,outcome,yi,sei"),
        ("meta", "counts", "studlab,outcome,event.e,n.e,event.c,n.c"),
        ("meta", "means", "studlab,outcome,mean.e,sd.e,n.e,mean.c,sd.c,n.c"),
        ("meta", "rates", "studlab,outcome,event.e,time.e,event.c,time.c"),
        ("meta", "correlation", "studlab,outcome,cor,n"),
        ("meta", "generic", "studlab,outcome,TE,seTE"),
        ("stata", "means", "study,outcome,m1,sd1,n1,m2,sd2,n2"),
        ("stata", "generic", "study,outcome,es,se"),
        ("jasp", "generic", "Study,outcome,Effect size,Standard error"),
        ("long", "means", "study,outcome,arm,n,mean,sd"),
    ],
)
def test_headings_are_those_of_the_program(tmp_path, fmt, feature, header):
    assert export(review_with(tmp_path / "r", feature), fmt).content.decode().splitlines()[0] == header


def test_a_ready_made_ratio_goes_out_on_the_log_scale(tmp_path):
    """exp(0.5) with limits exp(0.5 +- 1.96 * 0.25), all typed to six digits."""
    rows = [{"study": "A", "effect": "1.648721", "ci_low": "1.010050", "ci_high": "2.691234"}]
    done = export(made(tmp_path / "r", claims=[], rows=rows, measure="GEN-LOG"), "meta")
    (row,) = table(done.content)
    assert float(row["TE"]) == pytest.approx(0.5, abs=1e-6)
    assert float(row["seTE"]) == pytest.approx(0.25, abs=1e-5)
    assert any(n.kind == "converted" and "log effect" in n.message for n in done.notices)


def test_arms_stand_below_each_other(tmp_path):
    rows = table(export(review_with(tmp_path / "r", "means"), "long").content)
    assert [(r["study"], r["arm"], r["mean"], r["sd"], r["n"]) for r in rows[:2]] == [
        ("A", "treatment", "5.10", "2.0", "20"),
        ("A", "control", "4", "1.50", "22"),
    ]


def test_a_workbook_shows_the_digits_typed_and_computes_nothing(tmp_path):
    rows = [{**MEANS[0], "study": "=1+1", "note": "1/2"}, {**MEANS[1], "sd_c": "0.12345678901234567"}]
    sheet = openpyxl.load_workbook(
        io.BytesIO(export(made(tmp_path / "r", claims=[], rows=rows, measure="MD"), "xlsx").content)
    ).active
    header = [c.value for c in sheet[1]]
    cells = {name: sheet.cell(2, i) for i, name in enumerate(header, start=1)}
    assert (cells["mean_t"].value, cells["mean_t"].number_format) == (5.1, "0.00")
    assert (cells["n_t"].value, cells["n_t"].number_format) == (20, "0")
    assert (cells["study"].value, cells["study"].data_type) == ("=1+1", "s")
    assert cells["note"].value == "1/2"
    assert sheet.cell(3, header.index("sd_c") + 1).value == "0.12345678901234567"


def test_rows_of_no_analysis_go_out_with_the_whole_review_only(tmp_path):
    rows = [*COUNTS, {**COUNTS[0], "outcome": "other"}]
    review = made(tmp_path / "r", claims=[], rows=rows, measure="RR")
    assert len(table(export(review, "csv").content)) == 3
    named = export(review, "csv", analyses=["main"])
    assert len(table(named.content)) == 2
    assert any("1 of 3 rows" in n.message for n in named.notices)


def test_an_unknown_format_or_analysis_is_named(tmp_path):
    review = review_with(tmp_path / "r", "counts")
    with pytest.raises(InputError, match=r"'rm4' is no format\. Did you mean 'rm5'"):
        export(review, "rm4")
    with pytest.raises(InputError, match=r"no analysis 'mian'\. Did you mean 'main'"):
        export(review, "csv", analyses=["mian"])


def test_an_analysis_that_was_named_must_be_held(tmp_path):
    analyses = {
        "plain": {"title": "P", "select": {"outcome": "pain"}, "measure": "RR"},
        "slope": {"title": "S", "select": {"outcome": "pain"}, "measure": "RR", "moderators": ["dose"]},
    }
    rows = [{**r, "x_dose": i} for i, r in enumerate(COUNTS)]
    review = made(tmp_path / "r", claims=[], rows=rows, analyses=analyses)
    assert any("slope is not in the file" in n.message for n in export(review, "rm5").notices)
    with pytest.raises(InputError, match="slope: RevMan has no meta-regression"):
        export(review, "rm5", analyses=["slope"])


def test_a_review_without_rows_has_nothing_to_export(tmp_path):
    with pytest.raises(InputError, match="nothing to export"):
        export(made(tmp_path / "r", claims=[], measure="RR"), "csv")


def test_tools_of_extraction(tmp_path):
    review = review_with(tmp_path / "r", "means")
    (first, _) = table(export(review, "covidence").content)
    assert (first["Study ID"], first["Reviewer Name"], first["Intervention mean"], first["Control SD"]) == (
        "A",
        "Consensus",
        "5.10",
        "1.50",
    )
    header, row, _ = csv.reader(io.StringIO(export(review, "srdr").content.decode()))
    assert header.count("Total (N analyzed)") == 2
    at = header.index("Arm Name 2")
    assert row[at : at + 5] == ["Control", "", "22", "4", "1.50"]


def test_a_package_is_a_zip_in_a_zip_with_marks_of_utf8(tmp_path):
    outer = zipfile.ZipFile(io.BytesIO(export(review_with(tmp_path / "r", "means"), "revman-web").content))
    (name,) = outer.namelist()
    inner = zipfile.ZipFile(io.BytesIO(outer.read(name)))
    assert [n.rsplit("/")[-1] for n in inner.namelist()] == [
        "r-data-rows.csv",
        "r-overall-estimates-and-settings.csv",
        "r-subgroup-estimates.csv",
        "r-study-information.csv",
    ]
    assert all(inner.read(n).startswith(b"\xef\xbb\xbf") for n in inner.namelist())

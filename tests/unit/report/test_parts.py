"""Parts of the pages: figures, downloads, the method that reproduces, the methods paragraph, the diagnostics."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from markupsafe import Markup

from metaudit.report.board import headline
from metaudit.report.diagnostics import influence_grid, medians_grid, multiverse_grid, routes_grid, small_study_grid
from metaudit.report.figures import Room, figures, inline
from metaudit.report.fonts import FILES, full_fonts, subset_fonts
from metaudit.report.methods import choice_words, zero_cells
from metaudit.report.paragraph import paragraph
from metaudit.report.reproduces import reproduced
from metaudit.report.results import DOCUMENTS, WRITTEN, Files, downloads, shown
from metaudit.report.site import TEMPLATES
from metaudit.report.studies import fits_grid
from metaudit.tables.reading import Analysis, finding_of

from .conftest import SVG, write_csv

ROOT = Path(__file__).resolve().parents[3]
SPEC = "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%"
OTHER = "RR | 0.5@only-zero | random REML | wald | I2:tau2 | PI:t-k-2 | 95%"
THIRD = "RR | 0.5@only-zero | random REML | hksj | I2:tau2 | PI:t-k-2 | 95%"


def analysis(findings=(), **tables):
    names = (
        "effects",
        "pooled",
        "weights",
        "exclusions",
        "readings",
        "network_summary",
        "sequential_summary",
        "sequential",
    )
    rows = {name: tuple(tables.get(name, ())) for name in names}
    about = {"id": "x", "title": "X", "measure": "RR", "favours": "", "data": "complete", "note": "", "method": {}}
    return Analysis(**about, tables=rows, findings=tuple(findings))


BASE = {"review": "r", "claim": "a", "analysis": "x", "quantity": "estimate", "printed": "0.50", "verdict": "EXACT"}


def finding(**given):
    base = {
        "review": "r",
        "claim": "a",
        "analysis": "x",
        "quantity": "estimate",
        "printed": "0.50",
        "verdict": "UNDERSPECIFIED",
    }
    return finding_of(base | given, {})


def test_an_inlined_figure_brings_no_font_and_no_foreign_names():
    svg = inline(SVG, prefix="p-", label='a "b"')
    assert isinstance(svg, Markup)
    assert svg.startswith("<svg ")
    assert 'aria-label="a &#34;b&#34;"' in svg
    assert "width:576px" in svg
    for gone in ("@font-face", "base64", "<title", "<desc", "<metadata", "aria-labelledby", "<?xml"):
        assert gone not in svg
    assert set(re.findall(r'\sid="([^"]+)"', svg)) == {"p-mark", "p-clip", "p-figure_1"}
    assert "url(#p-clip)" in svg
    assert 'href="#p-mark"' in svg
    assert ".p-svg *" in svg


def test_what_has_no_room_is_loaded_as_an_image(tmp_path):
    folder = tmp_path / "one" / "figures"
    folder.mkdir(parents=True)
    kinds = ("odd-kind", "funnel", "forest", "bubble-2")
    for kind in kinds:
        (folder / f"x.{kind}.svg").write_text(SVG, encoding="utf-8")
    (folder / "x.forest.pdf").write_bytes(b"%PDF")
    rows = [
        {"analysis": "x", "figure": kind, "file": f"x.{kind}.svg", "title": f"T {kind}", "alt": "A."} for kind in kinds
    ]
    write_csv(folder / "index.csv", [*rows, {"analysis": "y", "figure": "forest", "file": "y.forest.svg"}])
    found = figures(Files(folder.parent, "../one"), "x", number=1, title="X", room=Room(1500))
    assert [f.kind for f in found] == ["forest", "funnel", "bubble-2", "odd-kind"]
    assert [bool(f.svg) for f in found] == [True, True, False, False]
    assert [link.text for link in found[0].links] == ["SVG", "PDF"]
    assert found[2].src == "../one/figures/x.bubble-2.svg"
    assert (found[2].width, found[2].height) == (576, 288)
    assert [f.caption for f in found[2:]] == ["Meta-regression", "Odd kind"]
    ids = re.findall(r'\sid="([^"]+)"', "".join(f.svg for f in found))
    assert len(ids) == len(set(ids))
    assert figures(Files(folder.parent, "../one"), "y", number=1, title="Y") == ()


def test_downloads_name_every_format_once_and_leave_out_what_is_empty(tmp_path):
    folder = tmp_path / "one"
    (folder / "tables").mkdir(parents=True)
    for name in (
        "pooled.csv",
        "audit.json",
        "audit.csv",
        "universe.csv",
        "tables/claims.tex",
        "tables/claims.csv",
        "inputs.json",
        # What no stage writes is nobody's result.
        "notes.txt",
        "page.html",
        "pooled.html",
        "badge.png",
        "audit-letter.html",
        "tables/page.html",
    ):
        (folder / name).write_text("x\n1\n", encoding="utf-8")
    for name in ("audit-letter.md", "badge.svg"):
        (folder / name).write_text("x", encoding="utf-8")
    (folder / "weights.csv").write_text("", encoding="utf-8")
    (folder / "curve.csv").write_text("a,b\n", encoding="utf-8")
    kinds = downloads(Files(folder, "../one"))
    found = {kind.title: [(n, [(f.text, f.href) for f in files]) for n, files in kind.files] for kind in kinds}
    assert found["Tables"] == [("claims", [("CSV", "../one/tables/claims.csv"), ("LaTeX", "../one/tables/claims.tex")])]
    assert [name for name, _ in found["Data and results"]] == ["pooled", "audit", "universe"]
    assert [text for text, _ in found["Data and results"][1][1]] == ["CSV", "JSON"]
    assert found["Letter to the authors, and badge"] == [
        ("audit-letter", [("Markdown", "../one/audit-letter.md")]),
        ("badge", [("SVG", "../one/badge.svg")]),
    ]


def test_what_can_be_taken_away_is_what_the_rules_say_they_write():
    text = (ROOT / "Snakefile").read_text(encoding="utf-8")
    lists = {}
    exec(text[text.index("EXTRACTED = ") : text.index("\nSITE = ")], lists)
    tables = [*lists["EXTRACTED"], "effects", *lists["POOLED"], *lists["SEARCHED"]]
    assert sorted(WRITTEN) == sorted([*(f"{table}.csv" for table in tables), *lists["AUDITED"]])
    assert set(DOCUMENTS) == {*lists["DOCUMENTS"], "audit-letter.docx"}


def test_the_method_that_gives_most_numbers_is_set_against_the_stated_one():
    claims = [
        finding(claim="a", spec=OTHER, stated_spec=SPEC, alternatives=[THIRD]),
        finding(claim="b", spec=OTHER, stated_spec=SPEC),
        finding(claim="c", spec=SPEC, stated_spec=SPEC, verdict="EXACT"),
        finding(claim="d", spec=SPEC, stated_spec=SPEC, verdict="DIFFERENT"),
        finding(claim="e", spec="chi-square without correction", verdict="EXACT"),
        finding(claim="f", spec="", verdict="NOT_CHECKABLE"),
    ]
    line = reproduced(analysis(claims), "analysis-x")
    assert (line.code, line.given, line.checkable) == (OTHER, 2, 4)
    assert line.apart == "τ² by restricted maximum likelihood"
    assert line.stated == "risk ratio"
    assert line.taken == (
        "0.5 added to studies with a zero cell, random effects, τ² by DerSimonian-Laird, Wald interval, 95 %"
    )
    assert not line.differs
    assert reproduced(analysis(claims[4:]), "analysis-x") is None
    none = reproduced(analysis([claims[3]]), "analysis-x")
    assert (none.by, none.code, none.given, none.checkable) == ("", "", 0, 1)


def test_only_what_is_stated_is_called_stated():
    claims = [finding(claim="a", spec=OTHER, stated_spec=SPEC), finding(claim="b", spec=OTHER, stated_spec=SPEC)]
    told = reproduced(replace(analysis(claims), method={"model": "random", "tau2": "DL", "level": 0.95}), "x")
    assert told.stated == "risk ratio, random effects, τ² by DerSimonian-Laird, 95 %"
    assert told.taken == "0.5 added to studies with a zero cell, Wald interval"
    assert told.differs
    open_ = reproduced(replace(analysis(claims), method={"model": "random"}), "x")
    assert open_.stated == "risk ratio, random effects"
    assert "τ² by DerSimonian-Laird" in open_.taken
    assert not open_.differs
    claims = [finding_of({**BASE, "spec": SPEC, "stated_spec": SPEC}, {"a": {"method": "model=random; ci=wald"}})]
    assert reproduced(analysis(claims), "x").stated == "risk ratio, random effects, Wald interval"
    mh = "RR | 0.5@only-zero | mantel-haenszel | wald | 95%"
    told = reproduced(analysis([finding(spec=mh, stated_spec=mh)]), "x")
    assert told.taken == "Mantel-Haenszel, Wald interval, 95 %"
    everything = {"model": "random", "tau2": "DL", "ci": "wald", "level": 0.95, "zero_cells": {"add": 0.5, "to": "all"}}
    told = reproduced(replace(analysis(claims[:1]), method=everything), "x")
    assert told.taken == ""
    assert "0.5 added to every study" in told.stated


def test_choices_have_words_and_unknown_ones_stay():
    said = [("model", "random"), ("tau2", "PM"), ("level", "0.9"), ("zero_cells", "0.5@all; double_zero = drop"),
            ("pi", "t-k-2"), ("variance", "LS"), ("model", "odd"), ("level", "most"), ("zero_cells", "odd"), ("other", "x")]  # fmt: skip
    assert [choice_words(*pair) for pair in said] == [
        "random effects", "Paule-Mandel", "90 %", "0.5 added to every study; double_zero = drop", "t with k − 2 df",
        "large-sample variance", "odd", "most", "odd", "x",
    ]  # fmt: skip


def test_other_models_have_the_decimals_of_the_first():
    fits = [
        {"role": "primary", "model": "random", "tau2_method": "DL", "estimate": "0.4896", "ci_low": "0.3449", "ci_high": "0.695"},
        {"role": "alternative", "model": "common", "estimate": "0.65032", "ci_low": "0.60070", "ci_high": "0.69999"},
        {"role": "alternative", "model": "common", "estimate": "0.65032", "ci_low": "", "ci_high": ""},
    ]  # fmt: skip
    table = fits_grid(analysis(pooled=fits))
    assert [row[1].text for row in table.rows] == ["0.49 (0.34 to 0.70)", "0.65 (0.60 to 0.70)", "0.65"]
    assert "DerSimonian-Laird" in table.rows[0][0].text


def test_the_headline_counts_what_open_choices_decide():
    claims = [
        finding(claim=c, verdict=v) for c, v in zip("abc", ("EXACT", "UNDERSPECIFIED", "UNDERSPECIFIED"), strict=True)
    ]
    (*_, good, last) = headline([SimpleNamespace(findings=claims)])
    assert (good[0], str(good[1])) == ("3", "reproduced (2 of them by a choice that the paper leaves open)")
    assert str(last[1]) == "cannot be checked yet: data or a second source missing, or words only"
    assert str(headline([SimpleNamespace(findings=claims[:1])])[2][1]) == "reproduced"


def test_the_methods_paragraph_follows_the_specification():
    fit = {
        "role": "primary",
        "spec": SPEC,
        "k": "13",
        "q": "152.2",
        "tau2_low": "0.1",
        "pi_low": "0.1",
        "pi_high": "1.8",
    }
    effects = [
        {"study": s, "route": r} for s, r in (("A", "0.5 added to cells"), ("B", ""), ("C", "0.5 added to cells"))
    ]
    told = paragraph(analysis(pooled=[fit], effects=effects))
    assert told.text.startswith(
        "The effects of 13 studies (risk ratio) were pooled on the log scale by the random-effects"
    )
    assert "the between-study variance is the DerSimonian-Laird estimator (DerSimonian and Laird 1986)" in told.text
    assert "Zero cells of A and C: 0.5 added to studies with a zero cell." in told.text
    assert any("Control Clin Trials 1986;7:177-188" in work for work in told.references)
    assert list(told.references) == sorted(told.references, key=str.casefold)
    single = paragraph(analysis(pooled=[fit | {"k": "1"}]))
    assert "There is one study" in single.text
    assert "Heterogeneity" not in single.text
    assert paragraph(analysis()) is None


@pytest.mark.parametrize("spec", [
    "OR | mantel-haenszel | wald | 95%", "OR | peto | wald | 95%", "SMD [UB] | common | wald | 95%",
    "PLO | 0.5@only-zero | glmm | wald | 95%", "MD | random PMM | hksj | I2:tau2 | PI:normal | 95%",
])  # fmt: skip
def test_any_specification_has_its_paragraph(spec):
    told = paragraph(analysis(pooled=[{"role": "primary", "spec": spec, "k": "4", "q": "3"}]))
    assert "None" not in told.text
    assert told.text.endswith(".")


def test_the_diagnostics_say_what_the_files_say():
    influence = [
        {"study": s, "rstudent": "2.51", "cook_d": "0.4", "influential": i, "reasons": "cook_d"}
        for s, i in (("A", "yes"), ("B", "no"))
    ]
    table = influence_grid(tuple(influence))
    assert str(table.note).startswith("1 of 2 studies stands out")
    assert [row[0].strong for row in table.rows] == [True, False]
    assert str(influence_grid((influence[1],)).note) == "None of 1 studies stands out (Viechtbauer and Cheung 2010)."
    tests = small_study_grid(
        (
            {
                "test": "egger",
                "stat": "-1.401282002",
                "df": "11",
                "p": "0.1887",
                "estimate": "0.826",
                "ci_low": "0.509",
                "ci_high": "1.341",
            },
        )
    )
    assert tests.rows[0][0].text.startswith("Egger's regression test")
    assert [c.text for c in tests.rows[0][1:]] == ["\u22121.40", "11", "0.189", "0.83 (0.51 to 1.34)"]
    assert tests.note is None
    told = [{"test": "peters", "estimate": "0.7", "ci_low": "0.5", "ci_high": "0.9"}]
    assert str(small_study_grid(tuple(told), "RR").note) == "Adjusted estimates: RR, as pooled."
    assert small_study_grid(tuple(told), "GEN").note is None
    space = multiverse_grid(
        ({"measure": "RR", "results": "71", "lowest": "0.488", "highest": "0.650", "significant": "1", "janus": "no"},)
    )
    assert [c.text for c in space.rows[0]] == ["risk ratio", "71", "0.49 to 0.65", "no", "100 %"]
    medians = medians_grid(({"measure": "RR", "choice": "tau2", "value": "REML", "number": "5", "median": "0.489"},))
    assert [c.text for c in medians.rows[0]] == [
        "risk ratio",
        "Estimator of τ²",
        "restricted maximum likelihood",
        "5",
        "0.49",
    ]
    routes = routes_grid(
        ({"study": "A", "number": "sd_t", "route": "CI (t)", "value": "2", "chosen": "yes", "words": "SD from CI"},)
    )
    assert routes.rows[0][1].strong
    assert influence_grid(()) is None


def test_rows_of_a_file_are_found_by_analysis_and_by_row(tmp_path):
    write_csv(tmp_path / "influence.csv", [{"analysis": "x", "study": "A"}, {"analysis": "y", "study": "B"}])
    write_csv(tmp_path / "conversions.csv", [{"row": 2, "study": "A"}, {"row": 3, "study": "B"}])
    read = shown(tmp_path)
    assert [r["study"] for r in read.rows("influence", "x")] == ["A"]
    assert read.rows("medians", "x") == ()
    assert [r["study"] for r in read.about("conversions", frozenset({"3"}))] == ["B"]


def test_the_fonts_are_what_the_module_makes(tmp_path):
    subset_fonts(tmp_path)
    for name in FILES:
        assert (tmp_path / f"{name}.woff2").read_bytes() == (TEMPLATES / f"{name}.woff2").read_bytes(), name
        assert (TEMPLATES / f"{name}.woff2").stat().st_size < 80_000


@pytest.mark.parametrize("name", FILES)
def test_the_fonts_hold_the_letters_of_the_site(name):
    from fontTools.ttLib import TTFont

    with TTFont(TEMPLATES / f"{name}.woff2") as cut, TTFont(full_fonts() / f"{name}.ttf") as font:
        has, whole = set(cut.getBestCmap()), set(font.getBestCmap())
    wanted = {ord(c) for c in "αβτ²χ²Σ−–—“”’…≤≥≠≈∉⇄✓✕→←±×½ŁłŠšÅåÖöĞğŽžΩ€†‡◊◆■●Жд"}
    assert not [chr(c) for c in (wanted & whole) - has]


def test_a_folder_with_old_assets_is_cleaned(made):
    made.add("one", {"title": "T"})
    made.write("one")
    assets = made.results / "report" / "assets"
    kept = sorted(p.name for p in assets.iterdir())
    (assets / "old.js").write_text("x", encoding="utf-8")
    (made.results / "report" / "explorer").mkdir(exist_ok=True)
    (made.results / "report" / "explorer" / "gone.x.js").write_text("x", encoding="utf-8")
    made.write("one")
    assert sorted(p.name for p in assets.iterdir()) == kept
    assert not (made.results / "report" / "explorer" / "gone.x.js").exists()
    shutil.rmtree(assets)
    made.write("one")
    assert sorted(p.name for p in assets.iterdir()) == kept


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"add": 0.5, "to": "only-zero"}, "0.5 added to studies with a zero cell"),
        ({"to": "none"}, "nothing added to zero cells"),
        ({"add": 0, "to": "none"}, "nothing added to zero cells"),
        ({"add": 0.5}, "add = 0.5"),
        ({"double_zero": "drop"}, "double_zero = drop"),
        ({"to": "none", "double_zero": "drop"}, "nothing added to zero cells; double_zero = drop"),
    ],
)
def test_a_rule_for_zero_cells_that_is_stated_in_part_is_listed(stated, said):
    assert choice_words("zero_cells", zero_cells(stated)) == said

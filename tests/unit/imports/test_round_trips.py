"""Every classic, exported to every format that can hold it and imported again, gives the same effects, results and verdicts."""

import csv
import shutil
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from making import write_table
from metaudit.analyses import any_zero_cell, effects_of, possible_measures
from metaudit.audit import audit
from metaudit.drafts import write_draft
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate_effects
from metaudit.exports import ENDINGS, FORMATS, export
from metaudit.exports.content import content_of
from metaudit.exports.holds import REVMAN, cannot
from metaudit.formats.review import read_review
from metaudit.formats.select import select_rows
from metaudit.imports import read_file
from metaudit.imports.options import Options
from metaudit.specs import completions

REVIEWS = Path(__file__).resolve().parents[3] / "data" / "reviews"
CLASSICS = """berkey-1995 colditz-1994 curtis-1998 dorn-2007 hackshaw-1997 li-2007 lipsey-2001 molloy-2014 normand-1999-stroke
    raudenbush-2009 rothman-2008-tolbutamide stijnen-2010-rates""".split()
SAME = 1e-12
PROVENANCE = ("source", "where", "certainty", "note")
PAIRS = [(name, fmt) for name in CLASSICS for fmt in FORMATS]


@cache
def original(name):
    return read_review(REVIEWS / name)


def held(name, fmt):
    """Ids of the analyses that a format can hold."""
    return [p.analysis.id for p in content_of(original(name)).parts if not cannot(fmt, p)]


def said(name, fmt):
    """The measure as a person says it: a table does not tell what is to be computed from it, RevMan's files do.

    Programs hold ratios as logarithms, so that there the ratio is named; where they stand as ratios, they are ready-made.
    """
    measures = {m for a in original(name).analyses.values() for m in a.measures}
    if len(measures) != 1 or fmt in ("rm5", "revman-web", "revman-csv"):
        return None
    (measure,) = measures
    return "RR" if measure == "GEN-LOG" and fmt in ("escalc", "meta", "stata", "jasp") else measure


def imported(name, fmt, tmp_path):
    """What comes back: the folder that the import writes, read as a review."""
    path = tmp_path / f"{name}{ENDINGS.get(fmt, '.csv')}"
    path.write_bytes(export(original(name), fmt).content)
    draft = read_file(path, Options(measure=said(name, fmt)))
    write_draft(draft, tmp_path / "back")
    return read_review(tmp_path / "back")


def rows_of(review, analysis_id):
    kept, _ = select_rows(review.analyses[analysis_id], review.rows)
    return kept


def counterpart(name, fmt, back, analysis_id):
    """The rows that came back for an analysis: RevMan has one outcome for each, a table holds each row once."""
    if fmt in REVMAN:
        ours = held(name, fmt)
        theirs = list(back.analyses)
        assert len(theirs) == len(ours), f"{ours} went out, {theirs} came back"
        return rows_of(back, theirs[ours.index(analysis_id)])
    if all("outcome" in r.cells for r in back.rows):
        kept, _ = select_rows(original(name).analyses[analysis_id], back.rows)
        return kept
    return list(back.rows)


def numbers(review, rows, analysis):
    """Effects and pooled results of some rows under the conventional specification of an analysis."""
    converted = [convert(r) for r in rows]
    measures = possible_measures(analysis, converted)
    level = float(analysis.method.get("level", 0.95))
    spec = completions(measures[:1], analysis.method, any_zero=any_zero_cell(converted), level=level)[0]
    effects = effects_of(spec, converted)
    return effects, evaluate_effects(spec, effects, analysis)


@pytest.mark.parametrize(("name", "fmt"), [(n, f) for n, f in PAIRS if held(n, f)])
def test_the_same_effects_and_results(name, fmt, tmp_path):
    back = imported(name, fmt, tmp_path)
    for analysis_id in held(name, fmt):
        analysis = original(name).analyses[analysis_id]
        ours, ours_fit = numbers(original(name), rows_of(original(name), analysis_id), analysis)
        rows = counterpart(name, fmt, back, analysis_id)
        plain = analysis if fmt not in REVMAN else _without_covariates(analysis, back, fmt, name)
        theirs, theirs_fit = numbers(back, rows, plain)
        order = _order(ours, theirs, fmt)
        np.testing.assert_allclose(theirs.yi[order], ours.yi, rtol=SAME, atol=1e-15)
        np.testing.assert_allclose(theirs.vi[order], ours.vi, rtol=SAME)
        same_fit(theirs_fit.fit, ours_fit.fit, order)
        assert {k: v[1].k for k, v in theirs_fit.subgroups.items()} == {
            k: v[1].k for k, v in ours_fit.subgroups.items()
        }
        for level, (_, fit) in ours_fit.subgroups.items():
            same_fit(theirs_fit.subgroups[level][1], fit, None)


def _without_covariates(analysis, back, fmt, name):
    """RevMan names its subgroups itself."""
    theirs = list(back.analyses.values())[held(name, fmt).index(analysis.id)]
    assert bool(theirs.subgroups) == bool(analysis.subgroups)
    return replace(analysis, subgroups=theirs.subgroups)


def _order(ours, theirs, fmt):
    """Where each of our studies stands among those that came back; a RevMan 4 label has 20 characters."""
    if fmt == "mtv":
        assert len(theirs.studies) == len(ours.studies)
        return np.arange(len(ours.studies))
    labels = [s.label for s in theirs.studies]
    assert sorted(labels) == sorted(s.label for s in ours.studies)
    assert len(set(labels)) == len(labels)
    return np.array([labels.index(s.label) for s in ours.studies])


def same_fit(theirs, ours, order):
    for f in fields(ours):
        a, b = getattr(theirs, f.name), getattr(ours, f.name)
        if isinstance(b, np.ndarray):
            a = a if order is None else a[order]
            np.testing.assert_allclose(
                np.sort(a) if order is None else a, np.sort(b) if order is None else b, rtol=1e-9
            )
        elif isinstance(b, float):
            # sums over studies are taken in another order, and what is found by iteration ends within its tolerance
            assert a == pytest.approx(b, rel=1e-9, abs=1e-12, nan_ok=True), f.name
        elif f.name != "coefficients":
            assert a == b, f.name


@pytest.mark.parametrize(("name", "fmt"), [(n, f) for n, f in PAIRS if held(n, f)])
def test_the_same_verdicts(name, fmt, tmp_path, audits):
    """The claims and the stated methods are put on the extraction that came back."""
    ids = tuple(held(name, fmt))
    back = imported(name, fmt, tmp_path)
    theirs = write_folder(tmp_path / "theirs" / name, ids, carried(name, fmt, back))
    covariates = {c for r in theirs.rows for c in r.cells if c.startswith("x_")}
    rows = [{c: t for c, t in r.items() if not c.startswith("x_") or c in covariates} for r in used_rows(name, ids)]
    ours = write_folder(tmp_path / "ours" / name, ids, rows)
    assert len(theirs.claims) == len(ours.claims) > 0
    if [r.cells for r in theirs.rows] != [
        r.cells for r in ours.rows
    ]:  # else they are one review, and so are its verdicts
        assert verdicts(theirs, audits) == verdicts(ours, audits)


@pytest.fixture(scope="module")
def audits():
    """Verdicts by what a review holds: many formats give one and the same folder."""
    return {}


def verdicts(review, audits):
    key = repr(([r.cells for r in review.rows], review.analyses, review.claims))
    if key not in audits:
        audits[key] = {r.claim: r.verdict for r in audit(review)}
    return audits[key]


def used_rows(name, ids):
    """The rows of some analyses as they are typed, each once."""
    lines = {r.line for i in ids for r in rows_of(original(name), i)}
    return [dict(r.cells) for r in original(name).rows if r.line in lines]


def carried(name, fmt, back):
    """The numbers that came back, with the names, places and sources of the rows that went out."""
    found = {}
    for analysis_id in held(name, fmt):
        ours = rows_of(original(name), analysis_id)
        theirs = counterpart(name, fmt, back, analysis_id)
        by_label = {r.text("study"): r for r in theirs}
        for i, row in enumerate(ours):
            came = theirs[i] if fmt == "mtv" else by_label[row.text("study")]
            named = {c: row.cells[c] for c in ("study", "outcome", *PROVENANCE) if c in row.cells}
            cells = named | numbers_of(came, back, original(name).analyses[analysis_id], fmt)
            before = found.setdefault(row.line, cells)
            assert all(before.get(c, t) == t for c, t in cells.items())  # each analysis brought the same numbers
            before |= cells
    return [found[line] for line in sorted(found)]


def numbers_of(row, back, analysis, fmt):
    """Everything but names and places; RevMan's column of subgroups under our name, its printed results left out."""
    out = {
        c: t
        for c, t in row.cells.items()
        if c not in ("study", "outcome", "comparison", *PROVENANCE) and not c.startswith("printed_")
    }
    if fmt in REVMAN and analysis.subgroups:
        theirs = next(a.subgroups for a in back.analyses.values() if a.subgroups)
        out[f"x_{analysis.subgroups}"] = out.pop(f"x_{theirs}")
    elif fmt in REVMAN:
        out = {c: t for c, t in out.items() if not c.startswith("x_")}
    return out


def write_folder(folder, ids, rows):
    """The original review with some of its analyses, their claims, and these rows."""
    source = REVIEWS / folder.name
    folder.mkdir(parents=True)
    shutil.copy(source / "sources.csv", folder)
    document = YAML().load(source / "review.yaml")
    document["analyses"] = {i: document["analyses"][i] for i in ids}
    with (folder / "review.yaml").open("w", encoding="utf-8") as handle:
        YAML().dump(document, handle)
    text = (source / "claims.csv").read_text(encoding="utf-8")
    claims = [c for c in csv.DictReader(text.splitlines()) if c["analysis"] in ids]
    write_table(folder / "claims.csv", claims[0], claims)
    first = [c for c in ("study", "year", "outcome") if any(c in r for r in rows)]
    columns = sorted({c for r in rows for c in r} - {*first, *PROVENANCE})
    write_table(
        folder / "extraction.csv", [*first, *columns, *(c for c in PROVENANCE if any(c in r for r in rows))], rows
    )
    return read_review(folder)


@pytest.mark.parametrize(
    ("name", "fmt"), [(n, f) for n, f in PAIRS if f in ("rm5", "revman-web", "revman-csv") and held(n, f)]
)
def test_the_totals_in_revmans_files_come_back_as_claims_that_hold(name, fmt, tmp_path):
    back = imported(name, fmt, tmp_path)
    of_totals = {(c.analysis, c.quantity) for c in back.claims if not c.subject}
    for analysis in back.analyses:
        assert {(analysis, q) for q in ("estimate", "ci_low", "ci_high", "z", "p", "q", "i2")} <= of_totals
    for row in audit(back):
        assert row.verdict == "EXACT", (row.claim, row.printed, row.message)

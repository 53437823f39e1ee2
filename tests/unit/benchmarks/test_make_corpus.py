"""The made-up corpus: the same bytes for one seed, the marginals it claims, and a key that is true."""

import csv
import re
import statistics
from collections import Counter
from pathlib import Path

import corpus_marginals as marginals
import make_corpus
import pyarrow.parquet as pq
import pytest
from corpus_drawing import again, analyses
from corpus_errors import KINDS, METHOD, PRINT, TABLE
from corpus_printing import Style, p_text

from metaudit.corpus.read import open_corpus
from metaudit.corpus.shard import read_shard
from metaudit.corpus.split import split
from metaudit.formats.review import read_review

NUMBER = 1500


@pytest.fixture(scope="module")
def made():
    return list(make_corpus.corpus(NUMBER, 7))


def write(form: str, out: Path, number: int = 60, seed: int = 3) -> Path:
    out.mkdir()
    make_corpus.WRITERS[form](make_corpus.corpus(number, seed), out)
    return out


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("form", make_corpus.WRITERS)
def test_one_seed_gives_one_corpus(tmp_path, form):
    first, second = (content(write(form, tmp_path / name)) for name in ("a", "b"))
    assert first == second
    assert first != content(write(form, tmp_path / "c", seed=4))


def test_a_larger_corpus_begins_with_the_smaller_one(made):
    few = list(make_corpus.corpus(40, 7))
    assert [make_corpus.tables(m) for m in few] == [make_corpus.tables(m) for m in made[:40]]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_corpus_reads_its_tables_without_a_problem(tmp_path, form):
    out = write(form, tmp_path / "made")
    (shard,) = split(open_corpus(out), 1, tmp_path / "shards")
    reviews, problems = read_shard(shard)
    assert problems == []
    assert sum(len(r.analyses) for r in reviews) == 60


def test_folders_hold_what_the_tables_hold(tmp_path):
    folders, tables = write("folders", tmp_path / "folders"), write("csv", tmp_path / "tables")
    reviews = {p.parent.name: read_review(p.parent) for p in sorted(folders.glob("*/review.yaml"))}
    with (tables / "extraction.csv").open(encoding="utf-8") as handle:
        rows = Counter(r["review"] for r in csv.DictReader(handle))
    assert {name: len(r.rows) for name, r in reviews.items()} == rows
    assert (folders / "key.csv").read_bytes() == (tables / "key.csv").read_bytes()


def test_the_marginals_are_those_of_the_sources(made):
    sizes = [m.drawn.result.used.size for m in made]
    low, middle, high = statistics.quantiles(sizes, n=4)
    assert (low, middle) == (2, 3)  # Davey et al. 2011
    assert 5 <= high <= 7
    people = [int(r["n_t"]) + int(r["n_c"]) for m in made for r in m.drawn.rows if "n_t" in r and "n_c" in r]
    assert 85 <= statistics.median(people) <= 97
    counts = sum("events_t" in m.drawn.rows[0] for m in made)
    assert 0.57 <= counts / NUMBER <= 0.65
    assert 0.035 <= sum(bool(m.answer.kind) for m in made) / NUMBER <= 0.065
    zero = [
        min(int(r["events_t"]), int(r["events_c"]), int(r["n_t"]) - int(r["events_t"]), int(r["n_c"]) - int(r["events_c"])) == 0
        for m in made if "events_t" in m.drawn.rows[0] and not m.answer.kind for r in m.drawn.rows
    ]  # fmt: skip
    assert 0.05 <= sum(zero) / len(zero) <= 0.2


def test_every_share_says_where_it_is_from():
    named = [
        v for n, v in vars(marginals).items() if n.isupper() and isinstance(v, marginals.Shares | marginals.Numbers)
    ]
    assert len(named) >= 20
    for shares in named:
        assert re.match(r"(read|read elsewhere|computed|assumed|the share)\b", shares.source), shares


def test_an_analysis_without_an_error_prints_what_its_method_gives():
    for drawn in analyses(200, 11):
        assert again(drawn, drawn.rows) == drawn.printed


def test_every_kind_of_error_is_made_and_told(made):
    answers = {kind: [m for m in made if m.answer.kind == kind] for kind in KINDS}
    found = {kind for kind, those in answers.items() if those}
    assert len(found) >= len(KINDS) - 4, set(KINDS) - found
    for kind in found & {*PRINT}:
        for m in answers[kind]:
            for quantity, written in zip(m.answer.claim.split("; "), m.answer.written.split("; "), strict=True):
                assert m.drawn.printed[quantity] == written
            assert m.answer.true != m.answer.written
    for kind in found & {*TABLE}:
        for m in answers[kind]:
            moved = tuple(q for q, t in m.drawn.printed.items() if recomputed(m).get(q) != t)
            assert moved == m.answer.moved
    for kind in found & {*METHOD}:
        for m in answers[kind]:
            assert m.answer.moved, "an error of method that nobody could see is none"
            assert set(m.answer.moved) == {q for q, t in m.drawn.printed.items() if recomputed(m).get(q) != t}


def recomputed(m):
    try:
        return again(m.drawn, m.drawn.rows)
    except ValueError:
        return {}


def test_the_key_has_a_row_for_every_analysis(tmp_path):
    out = write("parquet", tmp_path / "made")
    key, about = (pq.read_table(out / f"{n}.parquet").to_pylist() for n in ("key", "analyses"))
    assert [(r["review"], r["analysis"]) for r in key] == [(r["review"], r["analysis"]) for r in about]
    claims = {(r["review"], r["claim"]) for r in pq.read_table(out / "claims.parquet").to_pylist()}
    for row in key:
        for claim in filter(None, [*row["claim"].split("; "), *row["moved"].split("; ")]):
            assert (row["review"], claim) in claims


@pytest.mark.parametrize(
    ("p", "plain", "revman", "jama"),
    [
        (0.0312, "0.031", "0.03", ".03"),
        (0.0464, "0.046", "0.05", ".046"),
        (0.00312, "0.003", "0.003", ".003"),
        (0.000312, "<0.001", "0.0003", "<.001"),
        (0.0000312, "<0.001", "<0.0001", "<.001"),
        (0.00000312, "<0.001", "<0.00001", "<.001"),
        (0.9987, "0.999", "1.00", ">.99"),
    ],
)
def test_p_values_are_printed_in_the_three_styles(p, plain, revman, jama):
    assert [p_text(p, style) for style in ("plain", "revman", "jama")] == [plain, revman, jama]


def test_a_style_prints_its_amount():
    assert Style("abstract", 2, "plain").quantities == ("estimate", "ci_low", "ci_high")
    assert Style("rows", 2, "plain").rows
    assert Style("rows", 2, "plain").quantities == Style("forest", 2, "plain").quantities

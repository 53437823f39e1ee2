"""The summary of a corpus: counted by hand, whole whatever the corpus holds, the same bytes, and safe to open."""

import csv
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from making_corpus import audited, tables
from making_summary import COMMON, SPEC, analysis, row, shards_of, write_shard, write_shards
from metaudit.corpus import summary_counts
from metaudit.corpus.counts import left_over
from metaudit.corpus.summary import FIGURES, FILES, write_summary
from metaudit.corpus.summary_counts import Group, Identified, how_stated, program_of, short_method
from metaudit.corpus.summary_figures import percent
from metaudit.errors import DataError


@pytest.fixture
def corpus(tmp_path):
    return write_shards(tmp_path)


def summed(results: Path, out: str = "summary") -> Path:
    write_summary(results, results / out, shards=shards_of(results))
    return results / out


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_verdicts_are_counted_over_the_shards(corpus):
    found = {r["verdict"]: r for r in table(summed(corpus), "verdicts.csv")}
    assert {v: int(r["claims"]) for v, r in found.items() if r["claims"] != "0"} == {
        "EXACT": 4, "UNDERSPECIFIED": 1, "DIFFERENT": 2, "NOT_CHECKABLE": 4,
    }  # fmt: skip
    assert float(found["EXACT"]["share"]) == pytest.approx(4 / 11)
    assert [found[v]["analyses"] for v in ("EXACT", "UNDERSPECIFIED", "DIFFERENT", "NOT_CHECKABLE")] == ["1"] * 4


def test_groups_are_counted_by_year_measure_and_program(corpus):
    out = summed(corpus)
    years = table(out, "years.csv")
    assert [(r["year"], r["analyses"], r["judged"], r["rederived"]) for r in years] == [
        ("2001", "2", "2", "1"), ("2002", "1", "0", "0"), ("", "1", "1", "1"),
    ]  # fmt: skip
    assert [r["share"] for r in years] == ["0.5", "", "1"]
    measures = {r["measure"]: r for r in table(out, "measures.csv")}
    assert {m: r["analyses"] for m, r in measures.items()} == {"MD": "2", "RR": "1", "not stated": "1"}
    programs = {r["program"]: r for r in table(out, "programs.csv")}
    assert {p: (r["analyses"], r["wordings"]) for p, r in programs.items()} == {
        "RevMan": ("2", "2"), "another program": ("1", "1"), "not stated": ("1", "0"),
    }  # fmt: skip
    assert (programs["RevMan"]["exact"], programs["RevMan"]["different"]) == ("3", "2")


def test_methods_are_counted_by_how_much_is_stated(corpus):
    out = summed(corpus)
    found = {r.pop("stated"): r for r in table(out, "methods.csv")}
    assert found == {
        "model and estimator": {
            "analyses": "1",
            "whole": "1",
            "several": "0",
            "unique": "0",
            "searched": "0",
            "unique_of_all": "0",
            "departing": "0",
        },
        "model": {
            "analyses": "1",
            "whole": "0",
            "several": "0",
            "unique": "0",
            "searched": "1",
            "unique_of_all": "0",
            "departing": "1",
        },
        "software only": {
            "analyses": "1",
            "whole": "1",
            "several": "1",
            "unique": "0",
            "searched": "1",
            "unique_of_all": "1",
            "departing": "0",
        },
    }
    assert [(r["stated"], r["method"], r["analyses"], r["unique"]) for r in table(out, "identified.csv")] == [
        ("model and estimator", "random DL, wald", "1", "0"), ("software only", "random DL, wald", "1", "0"),
    ]  # fmt: skip
    assert table(out, "departures.csv") == [
        {"choice": "level 0.9", "analyses": "1"},
        {"choice": "model common", "analyses": "1"},
    ]


IDENTIFIED = {
    "method": "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%", "departures": "", "explained": 2, "explainable": 2,
    "searched": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("open_results", "open_matching", "results", "matching", "told"),
    [
        (1, 1, 1, 1, (0, 0, 0)),  # one study: every method gives the same, and none is told by it
        (1, 1, 40, 1, (0, 0, 1)),  # nothing is left open, but other methods would have given something else
        (6, 1, 40, 1, (1, 1, 1)),
        (6, 2, 40, 3, (1, 0, 0)),
    ],
)
def test_numbers_tell_a_method_where_there_was_something_to_tell_apart(
    open_results, open_matching, results, matching, told
):
    found = Identified()
    found.add(
        IDENTIFIED
        | {"open_results": open_results, "open_matching": open_matching, "results": results, "matching": matching}
    )
    assert (found.whole, found.searched) == (1, 1)
    assert (found.several, found.unique, found.unique_of_all) == told
    assert found.unique_methods["random DL, wald"] == found.unique


def test_one_study_tells_no_method(tmp_path):
    rows = [{"review": "r", "analysis": "a", "study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}]
    claims = [{"review": "r", "claim": "rr", "analysis": "a", "quantity": "estimate", "printed": "0.50"}]
    analyses = [{"review": "r", "analysis": "a", "measure": "RR"}]
    out = tmp_path / "out"
    (row,) = audited(tables(tmp_path / "x", rows, claims=claims, analyses=analyses), out)["analyses"]
    assert (row["explained"], row["explainable"], row["open_results"], row["open_matching"]) == (1, 1, 1, 1)
    (told,) = table(summed(out), "methods.csv")
    assert (told["whole"], told["several"], told["unique"]) == ("1", "0", "0")
    (method,) = table(out / "summary", "identified.csv")
    assert method["unique"] == "0"
    page = (out / "summary" / "index.html").read_text(encoding="utf-8")
    assert "of these the only possible result gives every number 100.0 %" in page


def test_a_damaged_shard_is_named(tmp_path):
    write_shards(tmp_path)
    shard = sorted((tmp_path / "audit").glob("*.parquet"))[0]
    shard.write_bytes(shard.read_bytes() + b"\0")
    with pytest.raises(
        DataError, match=rf"audit/{shard.name} is not what the audit of {shard.stem} wrote .*Delete it, and run again"
    ):
        summed(tmp_path)


def test_screens_and_the_clearest_spreads(corpus):
    out = summed(corpus)
    found = {r["measure"]: r for r in table(out, "screens.csv")}
    assert [found["MD"][c] for c in ("analyses", "spreads", "se_as_sd", "se_as_sd_analyses", "sd_as_se")] == [
        "2",
        "14",
        "2",
        "1",
        "1",
    ]
    assert [r["review"] for r in table(out, "spreads.csv")] == ["smith-2001", "wu"]


def test_problems_are_counted_by_rule_with_the_first_place(corpus):
    found = table(summed(corpus), "problems.csv")
    assert [(r["rule"], r["reviews"], r["problems"], r["row"]) for r in found] == [
        ("id", "1", "1", "9"), ("not-a-number", "1", "2", "7"),
    ]  # fmt: skip
    counted = summary_counts.count_shards(corpus, shards_of(corpus))
    assert (counted.reviews, counted.broken_reviews) == (3, 2)


def test_the_problem_that_stands_for_others_has_a_row_where_one_of_them_has(tmp_path):
    first, *wrong = [
        row("problems", review=f"r-{i}", file="x.csv", rule="number", row=n) for i, n in enumerate((0, 0, 7, 3))
    ]
    write_shard(tmp_path, 0, problems=[first])
    assert table(summed(tmp_path), "problems.csv")[0]["row"] == "0"
    write_shard(tmp_path, 1, problems=wrong)
    (found,) = table(summed(tmp_path), "problems.csv")
    assert (found["reviews"], found["row"]) == ("4", "7")


def test_claims_about_no_analysis_are_printed_numbers_too(tmp_path):
    claims = [row("audit", review="only-words", claim="c1", verdict="IMPOSSIBLE", printed="5", certainty="read")]
    write_shard(tmp_path, 0, audit=claims)
    out = summed(tmp_path)
    assert table(out, "first.csv")[0]["claim"] == "c1"
    assert "<h1>1 printed number of 0 analyses in 1 review:" in (out / "index.html").read_text(encoding="utf-8")


def test_what_to_look_at_first_is_the_gravest_and_no_more_than_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(summary_counts, "MOST_FIRST", 3)
    order = ["NEAR", "IMPOSSIBLE", "DIFFERENT", "INCONSISTENT", "OTHER_SPEC", "EXACT", "NOT_CHECKABLE"]
    for shard in range(4):
        claims = [row("audit", review=f"r{shard}", claim=v, verdict=v, impact="", certainty="read") for v in order]
        write_shard(tmp_path, shard, audit=claims)
    counted = summary_counts.count_shards(tmp_path, shards_of(tmp_path))
    assert [(r["review"], r["verdict"]) for r in counted.first] == [(f"r{i}", "IMPOSSIBLE") for i in range(3)]


@pytest.mark.parametrize("shards", [0, 2])
def test_a_corpus_without_anything_has_every_file(tmp_path, shards):
    for shard in range(shards):
        write_shard(tmp_path, shard)
    out = summed(tmp_path)
    assert {p.name for p in out.iterdir()} == set(FILES)
    assert "There is nothing to draw." in (out / "verdicts.svg").read_text(encoding="utf-8")


def test_the_same_shards_give_the_same_bytes(corpus):
    first, second = summed(corpus, "one"), summed(corpus, "two")
    assert {p.name for p in first.iterdir()} == set(FILES)
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_the_shares_of_analyses_among_shards_do_not_matter(corpus, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    analyses = [r for s in (0, 1) for r in pq.read_table(corpus / "analyses" / f"shard-{s:03d}.parquet").to_pylist()]
    audit = [r for s in (0, 1) for r in pq.read_table(corpus / "audit" / f"shard-{s:03d}.parquet").to_pylist()]
    problems = pq.read_table(corpus / "problems" / "shard-001.parquet").to_pylist()
    write_shard(other, 0, analyses=analyses, audit=audit, problems=problems)
    one, two = summed(corpus), summed(other)
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the ids it has."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_names_are_escaped_and_the_page_loads_nothing(tmp_path):
    bad = '<script>alert("x")</script>'
    one = analysis(bad, bad, {"DIFFERENT": 1}, year=2001, measure=bad, software=bad, worst="DIFFERENT", k=3, spreads=3,
                   se_as_sd=1, spread_ratio=9.0, method=SPEC, explained=1, explainable=1, departures=bad)  # fmt: skip
    audit = [
        row(
            "audit",
            review=bad,
            claim=bad,
            analysis=bad,
            verdict="DIFFERENT",
            printed=bad,
            message=bad,
            impact=bad,
            certainty=bad,
        )
    ]
    wrong = [row("problems", review=bad, file=bad, rule=bad, message=bad, fix=bad, column=bad, row=3)]
    write_shard(tmp_path, 0, analyses=[one], audit=audit, problems=wrong)
    out = summed(tmp_path)
    page = Tags((out / "index.html").read_text(encoding="utf-8"))
    assert not [t for t, _ in page.tags if t in ("script", "iframe", "link", "object")]
    assert not page.open
    targets = [a.get(k, "") for _, a in page.tags for k in ("href", "src") if a.get(k)]
    assert all(t.startswith("#") or t in FILES for t in targets), targets
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {t[1:] for t in targets if t.startswith("#")} <= set(ids)
    for figure in FIGURES:
        assert "<script" not in (out / figure).read_text(encoding="utf-8")


def test_every_figure_says_in_words_what_it_draws(corpus):
    out = summed(corpus)
    page = Tags((out / "index.html").read_text(encoding="utf-8"))
    alts = {a["src"]: a["alt"] for t, a in page.tags if t == "img"}
    assert set(alts) == set(FIGURES)
    assert "Exact: 4 (36.4 %)." in alts["verdicts.svg"]
    assert "2001: 6, of these exact 50.0 %" in alts["years.svg"]
    for figure in FIGURES:
        drawing = (out / figure).read_text(encoding="utf-8")
        assert "<title" in drawing
        assert "<desc" in drawing


def test_many_groups_are_drawn_as_some_and_the_rest(tmp_path):
    many = [
        analysis(f"r{i:03d}", "a", {"EXACT": 1}, year=1900 + i, measure=f"M{i:02d}", worst="EXACT", k=3)
        for i in range(60)
    ]
    write_shard(tmp_path, 0, analyses=many)
    out = summed(tmp_path)
    assert len(table(out, "measures.csv")) == 60
    assert ">37 others<" in (out / "measures.svg").read_text(encoding="utf-8")
    years = (out / "years.svg").read_text(encoding="utf-8")
    assert ">1900 to 1904<" in years
    assert ">1955 to 1959<" in years


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "–"),
        (0, 9, "0.0 %"),
        (9, 9, "100.0 %"),
        (1, 100_000, "<0.1 %"),
        (99_999, 100_000, ">99.9 %"),
        (1, 3, "33.3 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_all(part, whole, said):
    assert percent(part, whole) == said


@pytest.mark.parametrize(
    ("stated", "software", "said"),
    [
        ("model=random; tau2=DL; ci=wald", "", "model and estimator"),
        ("model=mantel-haenszel", "", "model and estimator"),
        ("model=random", "RevMan 5", "model"),
        ("ci=hksj", "", "model"),
        ("", "RevMan 5", "software only"),
        ("", "", "nothing"),
    ],
)
def test_how_much_of_a_method_is_stated(stated, software, said):
    assert how_stated({"stated_method": stated, "software": software}) == said


def test_programs_and_methods_have_short_names():
    assert program_of("") == "not stated"
    assert program_of("Stata 14.2 and RevMan 5.3") == "RevMan and Stata"
    assert program_of("nothing that is known") == "another program"
    assert short_method(SPEC) == "random DL, wald"
    assert short_method(COMMON) == "common, wald"


def test_an_analysis_is_rederived_when_nothing_is_worse_than_underspecified():
    group = Group()
    for counts in (
        {"EXACT": 1},
        {"EXACT": 1, "NOT_CHECKABLE": 1},
        {"NOT_CHECKABLE": 1},
        {},
        {"EXACT": 9, "OTHER_SPEC": 1},
    ):
        group.add(analysis("r", "a", counts))
    assert (group.analyses, group.judged, group.rederived, group.claims.total()) == (5, 3, 2, 14)


def test_naming_the_files_loads_nothing_heavy():
    ask = "import sys, metaudit.corpus.summary; print(*sys.modules)"
    scripts = Path(__file__).resolve().parents[3] / "scripts"
    done = subprocess.run([sys.executable, "-c", ask], cwd=scripts, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"numpy", "matplotlib", "jinja2", "pyarrow", "scipy"}


def test_only_the_shards_of_the_run_are_summed_up_and_only_such_are_taken_away(corpus):
    """A copy that somebody kept beside them is no part of the corpus."""
    names = shards_of(corpus)
    before = {name: (summed(corpus) / name).read_bytes() for name in FILES}
    for kind in ("audit", "analyses", "problems"):
        first = corpus / kind / f"{names[0]}.parquet"
        for copy in ("backup-1", f"{names[0]}-mine", "shard-907"):
            shutil.copy(first, corpus / kind / f"{copy}.parquet")
    write_summary(corpus, corpus / "again", shards=names)
    assert {name: (corpus / "again" / name).read_bytes() for name in FILES} == before
    assert {path.stem for path in left_over(corpus, names)} == {"shard-907"}

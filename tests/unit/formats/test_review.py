"""A review in memory: every shipped one is good, selection, exclusion, overrides, and lines of review.yaml."""

from dataclasses import replace
from pathlib import Path

import pytest

from metaudit.errors import InputError
from metaudit.formats.indexed import Rows, column_name, known_columns
from metaudit.formats.review import Analysis, read_review
from metaudit.formats.select import select_rows
from metaudit.formats.stated import method_schema, parse_override, with_override
from metaudit.formats.tables import Row
from metaudit.formats.yaml_file import line_of, plain, read_yaml

REVIEWS = Path(__file__).resolve().parents[3] / "data" / "reviews"
NAMES = sorted(p.name for p in REVIEWS.iterdir() if (p / "review.yaml").is_file())
ROWS = [
    Row(2, {"study": "A", "year": "1990", "x_dose": "low"}),
    Row(3, {"study": "B", "year": "1991", "x_dose": "high"}),
    Row(4, {"study": "C", "year": "1990"}),
]


@pytest.mark.parametrize("name", NAMES)
def test_shipped_review_is_good(name: str) -> None:
    review = read_review(REVIEWS / name)
    assert review.id == name
    for analysis in review.analyses.values():
        kept, left_out = select_rows(analysis, review.rows)
        assert kept or analysis.data == "none"
        assert not {r.line for r in kept} & {r.line for r in left_out}


def test_claims_sources_and_extraction_are_at_hand() -> None:
    review = read_review(REVIEWS / "sigtermans-2009")
    claim = review.claim("pm-t")
    assert claim is not None
    assert (claim.quantity, claim.printed, claim.scale, claim.line) == ("se", "0.51", "natural", 4)
    assert review.claim("none") is None
    assert review.sources["abstract"]["read"] == "abstract"
    assert review.extraction.loc[2, "pm_t"] == "0.51"
    assert review.extraction.shape[0] == len(review.rows)


def test_lines_of_review_yaml_are_known() -> None:
    analysis = read_review(REVIEWS / "colditz-1994").analyses["trials"]
    assert (analysis.line(), analysis.line("select"), analysis.line("select", "outcome"), analysis.line("favours")) == (
        6,
        8,
        8,
        10,
    )
    assert analysis.line("nothing") == 6


def test_selection_and_exclusion() -> None:
    pick = Analysis("a", "", {"year": 1990})
    assert [r.line for r in select_rows(pick, ROWS)[0]] == [2, 4]
    kept, left_out = select_rows(replace(pick, exclude={"study": ["C", "B"]}), ROWS)
    assert ([r.line for r in kept], [r.line for r in left_out]) == ([2], [4])
    assert [r.line for r in select_rows(Analysis("a", "", {"dose": ["low", "high"]}), ROWS)[0]] == [2, 3]
    assert [r.line for r in select_rows(Analysis("a", "", {}), ROWS)[0]] == [2, 3, 4]


def test_values_are_compared_as_numbers_when_yaml_has_numbers() -> None:
    rows = Rows([Row(2, {"dose": "0.50"}), Row(3, {"dose": "1990"}), Row(4, {"dose": "low"})])
    assert rows.cells_with("dose", 0.5) == {"0.50"}
    assert rows.cells_with("dose", [1990, 1]) == {"1990"}
    assert rows.cells_with("dose", "0.5") == set()
    assert column_name("dose", known_columns(ROWS)) == "x_dose"
    assert column_name("year", known_columns(ROWS)) == "year"


def test_override_is_read_and_laid_over_the_stated_method() -> None:
    assert parse_override("model=random; tau2 = DL;") == ({"model": "random", "tau2": "DL"}, [])
    assert parse_override("level=0.9")[0] == {"level": 0.9}
    assert parse_override("kind=rosenthal")[1] == []
    assert with_override({"model": "common", "ci": "wald"}, "model=random") == {"model": "random", "ci": "wald"}
    assert "tau2" in method_schema()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("random", "'random' is not key=value"),
        ("model=", "'model=' is not key=value"),
        ("modle=random", "method key 'modle' is not known"),
        ("tau2=DSL", "'DSL' is not a value of tau2"),
        ("level=ninety", "level 'ninety' is not a number from 0.01 to 0.9999"),
        ("level=95", "level '95' is not a number from 0.01 to 0.9999"),
        ("level=nan", "level 'nan' is not a number from 0.01 to 0.9999"),
        ("level=0.99999", "level '0.99999' is not a number from 0.01 to 0.9999"),
        ("level=\u0966.\u096f", "level '\u0966.\u096f' is not a number from 0.01 to 0.9999"),
        ("zero_cells=0_5@all", "zero cells '0_5@all' are not understood"),
        ("zero_cells=half", "zero cells 'half' are not understood"),
        ("zero_cells=0.5@some", "zero cells '0.5@some' are not understood"),
        ("tau2=DL; model=random; tau2=REML", "tau2 is named twice, as 'DL' and as 'REML'"),
        ("tau2=DL; tau2 = DL", "tau2 is named twice, both times as 'DL'"),
        ("level=0.9; level=ninety", "level is named twice, as '0.9' and as 'ninety'"),
        ("power=0.9; power=0.8", "power is named twice, as '0.9' and as '0.8'"),
    ],
)
def test_override_that_is_not_understood(text: str, words: str) -> None:
    ((message, fix),) = parse_override(text)[1]
    assert words in message
    assert fix


def test_yaml_keeps_lines_and_plain_values(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a:\n  b: [1, 2.5, yes, null, true]\n  c: {d: 2020-01-02}\n", encoding="utf-8")
    document, problems = read_yaml(tmp_path / "a.yaml", "a.yaml")
    assert problems == []
    assert [line_of(document, p) for p in ([], ["a"], ["a", "b"], ["a", "c", "d"], ["a", "x"])] == [1, 1, 2, 3, 1]
    assert plain(document) == {"a": {"b": [1, 2.5, "yes", None, True], "c": {"d": "2020-01-02"}}}


def test_all_problems_of_all_files_come_together(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    (folder / "review.yaml").write_text(
        "id: r\ntitle: T\nkind: trial\ncitation: {authors: A}\nanalyses: {}\ncolour: red\n", encoding="utf-8"
    )
    (folder / "sources.csv").write_text("source,citation,read\na,A,no\n", encoding="utf-8")
    (folder / "claims.csv").write_text("claim,quantity,printed\nc,nothing,1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_review(folder)
    assert [(Path(p.file).name, p.rule) for p in caught.value.problems] == [
        ("claims.csv", "choice"), ("review.yaml", "unknown-key"), ("sources.csv", "choice"),
    ]  # fmt: skip
    assert len(str(caught.value).splitlines()) == 3

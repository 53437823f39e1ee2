"""A draft becomes a folder that reads as a review, or nothing at all; what it says comes back as it was said."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from metaudit.drafts import Draft, Notice, write_draft
from metaudit.drafts.write import EMBEDDED, notices_text, table_text
from metaudit.errors import InputError
from metaudit.formats.places import SCHEMAS
from metaudit.formats.review import read_review

ROWS = [
    {"study": "A", "outcome": "pain, at rest", "events_t": "4", "n_t": "50", "events_c": "11", "n_c": "49", "x_dose": "0.50", "source": "file"},
    {"study": "B", "outcome": "death", "events_t": "1", "n_t": "50", "events_c": "0", "n_c": "49", "rob_overall": "low", "source": "file"},
]  # fmt: skip
ANALYSES = {
    "pain": {
        "title": "Pain: any",
        "select": {"outcome": "pain, at rest"},
        "measure": "RR",
        "favours": "low",
        "method": {"model": "mantel-haenszel", "zero_cells": {"add": 0.5, "to": "only-zero"}, "software": "RevMan 5.3"},
    },
    "both": {"title": "Both", "select": {"outcome": ["pain, at rest", "death"]}, "measure": ["RR", "OR"]},
    "elsewhere": {"title": "#1", "select": {}, "data": "none", "moderators": ["dose", {"column": "n", "centre": 2.5}]},
}


def draft(**content):
    given = {
        "title": "Ketamine: what 'works'?",
        "citation": {"authors": "Müller et al.", "year": 2007, "doi": "10.1000/abc"},
        "analyses": ANALYSES,
        "rows": ROWS,
        "claims": [{"claim": "e", "analysis": "pain", "quantity": "estimate", "printed": "0.50", "source": "file"}],
        "sources": [{"source": "file", "citation": "trial.rm5", "read": "table"}],
    }
    return Draft(**{**given, **content})


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_is_written_is_what_was_said(tmp_path):
    write_draft(draft(), tmp_path / "new-one")
    review = read_review(tmp_path / "new-one")
    assert (review.id, review.title) == ("new-one", "Ketamine: what 'works'?")
    assert dict(review.citation) == {"authors": "Müller et al.", "year": 2007, "doi": "10.1000/abc"}
    assert {name: dict(a.select) for name, a in review.analyses.items()} == {
        n: a["select"] for n, a in ANALYSES.items()
    }
    assert dict(review.analyses["pain"].method) == ANALYSES["pain"]["method"]
    assert review.analyses["both"].measures == ("RR", "OR")
    assert review.analyses["elsewhere"].moderators == ("dose", {"column": "n", "centre": 2.5})
    assert [r.cells for r in review.rows] == ROWS
    assert review.rows[0].cells["x_dose"] == "0.50", "zeros at the end are kept"
    assert [p.name for p in tmp_path.iterdir()] == ["new-one"], "nothing is left beside it"


def test_columns_come_as_declared_and_a_rows_source_last(tmp_path):
    write_draft(draft(), tmp_path / "r")
    header = (tmp_path / "r" / "extraction.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == "study,outcome,events_t,events_c,n_t,n_c,x_dose,rob_overall,source"
    headed = table_text("extraction.csv", ROWS[:1], ("study", "events_t", "n_t", "events_c", "n_c", "q1_t"))
    assert headed.splitlines()[0] == "study,events_t,n_t,events_c,n_c,q1_t,outcome,x_dose,source"


def test_cells_with_commas_breaks_and_quotation_marks_come_back(tmp_path):
    cells = {"study": 'a "b", c', "outcome": "two\nlines", "events_t": " 4 ", "n_t": "", "note": None}
    rows = list(csv.DictReader(table_text("extraction.csv", [cells]).splitlines()))
    assert rows == [{"study": 'a "b", c', "outcome": "two lines", "events_t": "4"}]


def test_the_same_draft_is_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_draft(draft(notices=[Notice("guessed", "f, row 2", "x")]), tmp_path / name / "r")
    assert tree(tmp_path / "a" / "r") == tree(tmp_path / "b" / "r")


def test_yaml_says_what_each_key_holds_and_what_may_be_added(tmp_path):
    write_draft(draft(), tmp_path / "r")
    text = (tmp_path / "r" / "review.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0] == f"# yaml-language-server: $schema={EMBEDDED}"
    above = {line.strip().split(":")[0]: lines[i - 1].strip() for i, line in enumerate(lines) if i}
    assert above["favours"] == "# which side of the null is good for the treatment: low | high"
    assert above["model"].startswith("# how studies are pooled: common | random")
    rule = json.loads((SCHEMAS / "review.schema.json").read_text(encoding="utf-8"))["$defs"]
    used = {"model", "zero_cells", "software"}
    for key in [*rule["analysis"]["properties"], *rule["method"]["properties"]]:
        assert f"{key}:" in text, key
    unused = text[text.index("# Keys that an analysis may have besides") :]
    assert not [k for k in used if f"#       {k}:" in unused]
    assert max(map(len, lines)) <= 125


@pytest.mark.parametrize(
    "title",
    [
        "a: b",
        "# no comment",
        "- item",
        "2007",
        "null",
        "x\ty\nz",
        "“quoted” «single»",
        "{a",
        "é\u00a0ü",
        "'",
        "*ref",
        "%",
    ],
)
def test_any_title_comes_back(tmp_path, title):
    write_draft(draft(title=title), tmp_path / "r")
    assert read_review(tmp_path / "r").title == " ".join(title.split())


def test_notices_are_written_by_kind_once_and_only_when_there_are_any(tmp_path):
    notices = [
        Notice("remark", "f", "a remark."),
        Notice("dropped", "f, column Z", "left\nout.", "Name it x_z."),
        Notice("remark", "f", "a remark."),
    ]
    write_draft(draft(notices=notices), tmp_path / "r")
    text = (tmp_path / "r" / "notices.md").read_text(encoding="utf-8")
    assert text.index("## Left out") < text.index("## Remarks")
    assert "- f, column Z: left out. Name it x_z.\n" in text
    assert text.count("a remark.") == 1
    write_draft(draft(), tmp_path / "s")
    assert not (tmp_path / "s" / "notices.md").exists()
    assert "## odd" in notices_text([Notice("odd", "f", "m")])


def test_further_files(tmp_path):
    write_draft(draft(files={"mapping.yaml": "a: 1\n", "sub/text.md": "é\r\nb"}), tmp_path / "r")
    assert (tmp_path / "r" / "sub" / "text.md").read_bytes() == "é\r\nb".encode()


@pytest.mark.parametrize(
    "name", ["../out.txt", "/elsewhere/out.txt", "a/../../b", "", "C:\\x", "..\\x", "review.yaml", "C:x"]
)
def test_no_file_leaves_the_folder_or_takes_the_place_of_another(tmp_path, name):
    with pytest.raises(InputError, match="cannot add a file"):
        write_draft(draft(files={name: "x"}), tmp_path / "r")
    assert not list(tmp_path.iterdir())


def test_no_rows_no_table_but_a_header_when_asked(tmp_path):
    nothing = draft(rows=[], claims=[], analyses={})
    write_draft(nothing, tmp_path / "a")
    assert not (tmp_path / "a" / "extraction.csv").exists()
    write_draft(draft(rows=[], headers={"extraction.csv": ("study", "events_t")}), tmp_path / "b")
    assert (tmp_path / "b" / "extraction.csv").read_text(encoding="utf-8") == "study,events_t\n"
    assert read_review(tmp_path / "b").rows == ()


@pytest.mark.parametrize("name", ["two words", "ümlaut", "a.b", ".hidden", "-a"])
def test_a_folder_whose_name_is_no_id(tmp_path, name):
    with pytest.raises(InputError) as caught:
        write_draft(draft(), tmp_path / name)
    assert [p.rule for p in caught.value.problems] == ["id"]
    assert not list(tmp_path.iterdir())


def test_the_id_that_is_proposed_is_one(tmp_path):
    with pytest.raises(InputError, match="such as muller-2007-v2"):
        write_draft(draft(), tmp_path / "Müller 2007 (v2)")


def test_a_folder_that_holds_something_is_refused(tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    write_draft(draft(), folder)  # an empty one is as good as none
    before = tree(folder)
    with pytest.raises(InputError) as caught:
        write_draft(draft(title="Other"), folder)
    assert [p.rule for p in caught.value.problems] == ["folder-not-empty"]
    assert tree(folder) == before
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="a file of this name"):
        write_draft(draft(), tmp_path / "file", overwrite=True)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_overwriting_takes_the_old_draft_away_and_leaves_the_rest(tmp_path):
    folder = tmp_path / "r"
    write_draft(draft(notices=[Notice("remark", "f", "old")]), folder)
    (folder / "paper.pdf").write_bytes(b"%PDF")
    (folder / "results").mkdir()
    (folder / "results" / "x").write_text("1", encoding="utf-8")
    write_draft(draft(title="New", rows=[], claims=[], analyses={}), folder, overwrite=True)
    assert read_review(folder).title == "New"
    left = set(tree(folder))
    assert {"paper.pdf", "results/x"} <= left
    assert not left & {"notices.md", "extraction.csv"}
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_only_a_review_is_overwritten(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        write_draft(draft(), tmp_path / "home", overwrite=True)
    assert [p.rule for p in caught.value.problems] == ["folder-not-a-review"]
    assert tree(tmp_path / "home") == {"letter.txt": b"dear"}


def test_a_file_that_is_a_link_is_replaced_and_not_written_through(tmp_path):
    folder = tmp_path / "r"
    write_draft(draft(), folder)
    (tmp_path / "mine.csv").write_text("mine", encoding="utf-8")
    (folder / "claims.csv").unlink()
    (folder / "claims.csv").symlink_to(tmp_path / "mine.csv")
    write_draft(draft(), folder, overwrite=True)
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == "mine"
    assert not (folder / "claims.csv").is_symlink()


BAD = {
    "more events than people": (
        {"rows": [{**ROWS[0], "events_t": "51"}, ROWS[1]]}, "extraction.csv", 2, "events_t", "events-above-n"
    ),
    "no number": ({"rows": [ROWS[0], {**ROWS[1], "n_c": "many"}]}, "extraction.csv", 3, "n_c", "number"),
    "unknown column": ({"rows": [{**ROWS[0], "eventst": "1"}, ROWS[1]]}, "extraction.csv", 1, "eventst", "unknown-column"),
    "unknown source": ({"claims": [{"claim": "a", "quantity": "k", "printed": "2", "source": "other"}]}, "claims.csv", 2, "source", "unknown-source"),
    "unknown measure": ({"analyses": {"a": {"title": "a", "select": {}, "measure": "HR"}}}, "review.yaml", None, "analyses.a.measure", "enum"),
    "no title": ({"title": ""}, "review.yaml", None, "title", "minLength"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("before", [False, True])
def test_what_is_no_review_is_not_written(tmp_path, what, before):
    content, file, row, column, rule = BAD[what]
    folder = tmp_path / "r"
    if before:
        write_draft(draft(), folder)
        (folder / "paper.pdf").write_bytes(b"%PDF")
    was = tree(tmp_path)
    with pytest.raises(InputError) as caught:
        write_draft(draft(**content), folder, overwrite=True)
    problem = caught.value.problems[0]
    assert (problem.file, problem.column, problem.rule) == (f"{folder}/{file}", column, rule)
    assert row is None or problem.row == row
    assert tree(tmp_path) == was


def test_a_stop_on_the_way_leaves_what_was_there(tmp_path, monkeypatch):
    folder = tmp_path / "r"
    write_draft(draft(), folder)
    was = tree(tmp_path)

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("metaudit.drafts.write.read_review", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_draft(draft(title="Other"), folder, overwrite=True)
    assert tree(tmp_path) == was


def test_a_folder_that_is_there_stays_itself(tmp_path, monkeypatch):
    """It may be the working directory of the shell that calls, or a volume mounted into a container."""
    folder = tmp_path / "r"
    folder.mkdir()
    monkeypatch.chdir(folder)
    node = folder.stat().st_ino
    write_draft(draft(), Path())
    assert folder.stat().st_ino == node
    assert sorted(p.name for p in Path().iterdir()) == [
        ".schema",
        "claims.csv",
        "extraction.csv",
        "review.yaml",
        "sources.csv",
    ]
    write_draft(draft(title="Other"), Path(), overwrite=True)
    assert (folder.stat().st_ino, read_review(Path()).title) == (node, "Other")


def test_a_folder_in_the_way_of_a_file_stays(tmp_path):
    folder = tmp_path / "r"
    write_draft(draft(), folder)
    (folder / "text.md").mkdir()
    (folder / "text.md" / "mine").write_text("mine", encoding="utf-8")
    was = tree(tmp_path)
    with pytest.raises(InputError, match="a folder of this name stands in"):
        write_draft(draft(files={"text.md": "x"}), folder, overwrite=True)
    assert tree(tmp_path) == was


def test_claims_may_refer_to_reviews_beside_it(tmp_path):
    write_draft(draft(), tmp_path / "a")
    told = [{"claim": "x", "quantity": "estimate", "printed": "0.50", "refers_to": "a/e", "source": "file"}]
    write_draft(draft(claims=told, analyses={}), tmp_path / "b")
    assert read_review(tmp_path / "b").claims[0].refers_to == "a/e"


@pytest.mark.parametrize("inside", [False, True])
def test_an_editor_finds_the_schema_wherever_the_folder_lies(tmp_path, monkeypatch, inside):
    """Outside the project by a copy, inside by a relative path: either is there, and is a schema that accepts the file."""
    project = tmp_path / "project" / "data"
    shutil.copytree(SCHEMAS, project / "schemas")
    monkeypatch.setattr("metaudit.drafts.write.DATA", project)
    monkeypatch.setattr("metaudit.drafts.write.SCHEMAS", project / "schemas")
    folder = (project / "reviews" if inside else tmp_path / "far" / "away") / "r"
    write_draft(draft(), folder)
    text = (folder / "review.yaml").read_text(encoding="utf-8")
    path = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert path == ("../../schemas/review.schema.json" if inside else ".schema/review.schema.json")
    schema = json.loads((folder / path).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(YAML(typ="safe").load(text))
    assert schema == json.loads((SCHEMAS / "review.schema.json").read_text(encoding="utf-8"))
    assert (folder / ".schema").exists() is not inside

"""mapping.yaml: what is written can be edited and is obeyed; what does not go together is named by line and key."""

import pytest
from ruamel.yaml import YAML

from metaudit.drafts import write_draft
from metaudit.errors import InputError
from metaudit.formats.review import read_review
from metaudit.imports.detect import read_file
from metaudit.imports.options import Options

TABLE = "who,drug,dead,alive,dose,remark\nA,ket,4,36,-99,x\nA,pla,9,31,-99,y\nB,ket,3,27,5,z\nB,pla,8,23,5,w\n"
MAPPING = """file: t.csv
header: 1
decimal: "."
missing: ["-99"]
layout: arms
treatment: []
control: [pla]
measure: OR
outcome: mortality
columns:
  who: study
  drug: arm_name
  dead: events
  alive: nonevents
  dose: x_dose
  remark: {drop: nobody needs it}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    return tmp_path


def with_mapping(folder, text=MAPPING):
    (folder / "m.yaml").write_text(text)
    return read_file(folder / "t.csv", Options(mapping=folder / "m.yaml"))


def test_a_mapping_is_obeyed(folder):
    draft = with_mapping(folder)
    assert [(r["study"], r["events_t"], r["n_t"], r["events_c"], r["n_c"]) for r in draft.rows] == [
        ("A", "4", "40", "9", "40"),
        ("B", "3", "30", "8", "31"),
    ]
    assert [r.get("x_dose") for r in draft.rows] == [None, "5"]
    assert draft.analyses == {"mortality": {"title": "mortality", "select": {"outcome": "mortality"}, "measure": "OR"}}
    assert any(n.kind == "dropped" and "nobody needs it" in n.message for n in draft.notices)
    assert draft.files["mapping.yaml"] == MAPPING


def test_what_is_guessed_reads_back_as_the_same_review(folder):
    text = "Study,Treatment,,Control,\n,n,N,n,N\nA,1,40,2,36\nB,4,56,14,74\n"
    (folder / "t.csv").write_text(text)
    first = read_file(folder / "t.csv", Options(measure="RR"))
    again = with_mapping(folder, first.files["mapping.yaml"])
    assert again.rows == first.rows
    assert again.analyses == first.analyses


def test_names_with_signs_of_yaml_survive(folder):
    (folder / "t.csv").write_text('study,"n: T ""x""",yi,vi,"w # a",\'q\',[b]\nA,1,.1,.2,3,4,x\nB,2,.2,.3,4,5,y\n')
    first = read_file(folder / "t.csv")
    again = with_mapping(folder, first.files["mapping.yaml"])
    assert again.rows == first.rows
    assert YAML(typ="safe").load(first.files["mapping.yaml"])["columns"]["w # a"]


def test_the_written_folder_can_be_imported_again_over_itself(folder):
    write_draft(with_mapping(folder), folder / "smith-2021")
    edited = (folder / "smith-2021" / "mapping.yaml").read_text().replace("measure: OR", "measure: RR")
    (folder / "smith-2021" / "mapping.yaml").write_text(edited)
    draft = read_file(folder / "t.csv", Options(mapping=folder / "smith-2021" / "mapping.yaml"))
    write_draft(draft, folder / "smith-2021", overwrite=True)
    assert read_review(folder / "smith-2021").analyses["mortality"].measures == ("RR",)
    assert (folder / "smith-2021" / "mapping.yaml").read_text() == edited


def test_treatments_and_controls_may_be_several(folder):
    (folder / "t.csv").write_text(TABLE + "C,other,3,30,1,x\nC,saline,5,31,1,y\nC,third,1,30,1,z\n")
    text = MAPPING.replace("control: [pla]", "control: [pla, saline]").replace(
        "treatment: []", "treatment: [ket, other]"
    )
    draft = with_mapping(folder, text)
    assert [r["comparison"] for r in draft.rows] == ["ket vs pla", "ket vs pla", "other vs saline"]
    assert any("'third' is no treatment" in n.message for n in draft.notices)


def test_rows_can_be_skipped_and_columns_split_and_given_to_outcomes(folder):
    (folder / "t.csv").write_text(
        "study,a,b,c,d,n1,n2\nA,1 (.1),2 (.2),5 (1),6 (1),20,20\nB,1 (.1),2 (.3),5 (2),6 (1),21,20\nC,9 (9),9 (9),9 (9),9 (9),9,9\n"
    )
    text = """skip: {4: not randomised}
columns:
  study: study
  a: {as: [mean_t, sd_t], outcome: pain}
  b: {as: [mean_c, sd_c], outcome: pain}
  c: {as: [mean_t, sd_t], outcome: sleep}
  d: {as: [mean_c, sd_c], outcome: sleep}
  n1: n_t
  n2: n_c
"""
    draft = with_mapping(folder, text)
    assert [(r["study"], r["outcome"], r["mean_t"], r["sd_c"], r["n_t"]) for r in draft.rows] == [
        ("A", "pain", "1", ".2", "20"), ("A", "sleep", "5", "1", "20"), ("B", "pain", "1", ".3", "21"), ("B", "sleep", "5", "1", "21"),
    ]  # fmt: skip
    assert any("row 4" in n.place and "not randomised" in n.message for n in draft.notices)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("  dead: events", "  deed: events", r"m.yaml, line 13, key columns.deed: the table has no column 'deed'. Did you mean 'dead'"),
        ("  dead: events", "  dead: event_t", r"line 13, key columns.dead: 'event_t' is not a name that a column can have. Did you mean 'events_t'"),
        ("  alive: nonevents\n", "", r"key columns.alive: the table has a column 'alive' that the mapping does not name"),
        ("  alive: nonevents", "  alive: events", r"line 14, key columns.alive: 'events' is already column 'dead'"),
        ("layout: arms", "layout: arm", r"line 5, key layout: 'arm' is not allowed. Did you mean 'arms'"),
        ("measure: OR", "measure: ORR", r"line 8, key measure: 'ORR' is not allowed. Did you mean"),
        ("outcome: mortality", "outcomes: mortality", r"line 9, key outcomes: key 'outcomes' is not known. Did you mean 'outcome'"),
        ("header: 1", "header: 0", r"key header: 0 is not allowed"),
        ("header: 1", "header: 99", "the sheet has 5 rows"),
        ("  who: study", "  who: [study", "not valid YAML"),
        ("  who: study", "  who: {as: study, drop: x}", "both read and dropped"),
        ("  who: study", "  who: {}", "nothing is said of column 'who'"),
        ("  who: study", "  who: {ass: study}", "Did you mean 'as'"),
        (MAPPING, "", "the file is empty"),
        (MAPPING, "- a\n- b\n", "no mapping of columns"),
        (MAPPING, "columns: [a]\n", "must be a mapping"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_named_by_line_and_key(folder, old, new, what):
    with pytest.raises(InputError, match=what):
        with_mapping(folder, MAPPING.replace(old, new))


def test_a_mapping_that_is_not_there(folder):
    with pytest.raises(InputError, match=r"nowhere.yaml: there is no such file"):
        read_file(folder / "t.csv", Options(mapping=folder / "nowhere.yaml"))


def test_the_schema_and_the_names_known_for_columns_are_sound():
    from jsonschema import Draft202012Validator

    from metaudit.formats.places import DATA, SCHEMAS
    from metaudit.formats.yaml_file import load_schema
    from metaudit.imports.mapping import is_role
    from metaudit.measures import MEASURES

    for name in ("mapping", "import-columns"):
        Draft202012Validator.check_schema(load_schema(SCHEMAS / f"{name}.schema.json"))
    known = load_schema(DATA / "import-columns.yaml")
    Draft202012Validator(load_schema(SCHEMAS / "import-columns.schema.json")).validate(known)
    assert {r for f in known["families"] for r in f["columns"].values()} - {"drop"} == {
        r for f in known["families"] for r in f["columns"].values() if is_role(r)
    }
    assert all(is_role(r) for r in known["plain"])
    assert load_schema(SCHEMAS / "mapping.schema.json")["properties"]["measure"]["enum"] == list(MEASURES)

"""What the letter to the authors says, in both languages."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from ruamel.yaml import YAML

from metaudit.audit_words.texts import missing_words
from metaudit.audit_words.verdicts import CERTAINTIES, CODES
from metaudit.documents.letter import STATEMENT, letter_of
from metaudit.documents.render import letter_document, letter_markdown
from metaudit.documents.words import LANGUAGES, Words
from metaudit.tables.reading import finding_of, read_review
from metaudit.tables.word import save

ROOT = Path(__file__).resolve().parents[3]
TEXTS = YAML(typ="safe").load((ROOT / "scripts/metaudit/documents/letter.yaml").read_text(encoding="utf-8"))
SPEC = "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%"
# Words that would accuse somebody.
BLAME = re.compile(r"\b(wrongly|fraud|fabricat|manipulat|sloppy|careless|mislead|fautif|fraude)", re.IGNORECASE)


def finding(claim="c", **more):
    given = {
        "review": "one",
        "claim": claim,
        "analysis": "x",
        "quantity": "estimate",
        "subject": "",
        "printed": "0.49",
        "value": 0.6,
        "verdict": "EXACT",
        "criterion": "rounded as printed",
        "spec": SPEC,
        "causes": [],
        "edits": [],
        "certainty": "read",
    }
    return given | more


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "data" / "one").mkdir(parents=True)
    (tmp_path / "results" / "one").mkdir(parents=True)
    return tmp_path / "data", tmp_path / "results"


def review(folders, *records, claims="claim,where\n", extraction="", **meta):
    data, results = folders
    given = {
        "id": "one",
        "title": "A_title & more",
        "kind": "meta-analysis",
        "citation": {"authors": "Ober et al.", "year": 2001},
    }
    given |= {"analyses": {"x": {"title": "Pain"}, "y": {"title": "Sleep"}}} | meta
    (data / "one" / "review.yaml").write_text(json.dumps(given), encoding="utf-8")
    (data / "one" / "claims.csv").write_text(claims, encoding="utf-8")
    (results / "one" / "audit.json").write_text(json.dumps(records), encoding="utf-8")
    if extraction:
        (results / "one" / "extraction.csv").write_text(extraction, encoding="utf-8")
    return read_review(data, results, "one")


def headings(letter):
    return [section.heading for section in letter.sections]


def test_nothing_to_ask_is_said_shortly(folders):
    letter = letter_of(review(folders, finding("a"), finding("b", verdict="WITHIN_ROUNDING")))
    assert headings(letter) == ["What comes out as printed"]
    assert "There is nothing to ask" in letter.paragraphs[-1]
    assert letter.sections[0].lead.startswith("Numbers and statements that we took up: 2. Of these, 2 can be checked")


def test_a_review_without_claims_has_a_letter(folders):
    assert "nothing to ask" in letter_markdown(letter_of(review(folders)))


def test_what_differs_comes_the_gravest_first_with_place_and_cause(folders):
    records = [
        finding("n", verdict="NEAR", criterion="near", printed="0.60", value=0.62),
        finding("i", verdict="INCONSISTENT", criterion="P against interval", quantity="p", printed=".75", value=0.0069,
                causes=["a digit mistyped", "another test than the interval's"]),
        finding("g", verdict="IMPOSSIBLE", criterion="estimate inside its interval", printed="12"),
    ]  # fmt: skip
    letter = letter_of(review(folders, *records, claims="claim,where\ni,Table 2\n"))
    section = letter.sections[1]
    assert section.heading == "What we could not reproduce"
    assert [re.search(r"\.?\d+", p.text)[0] for p in section.points] == ["12", ".75", "0"]
    assert section.points[1].place == "Pain; Table 2"
    assert section.points[1].text.endswith("What may explain it: a digit mistyped; another test than the interval's.")
    assert "0.60" in section.points[2].text
    assert "0.620" in section.points[2].text


def test_an_edit_already_asked_about_is_not_named_twice(folders):
    edit = "row 3 (A): one digit changed (n_t 14 instead of 41)"
    letter = letter_of(
        review(folders, finding(verdict="DIFFERENT", criterion="outside rounding", causes=[edit], edits=[edit]))
    )
    text = letter.sections[1].points[0].text
    assert text.count(edit) == 1
    assert "What may explain it" not in text


def test_numbers_of_one_method_are_asked_about_together(folders):
    records = [
        finding("a", verdict="UNDERSPECIFIED", criterion="choices left open", quantity="ci_low", printed="0.34"),
        finding("b", verdict="UNDERSPECIFIED", criterion="choices left open", quantity="ci_high", printed="0.70"),
        finding("c", verdict="UNDERSPECIFIED", criterion="choices left open", analysis="y", printed="1.5"),
        finding("d", verdict="OTHER_SPEC", criterion="another method gives it", analysis="y", printed="2.5"),
    ]
    letter = letter_of(review(folders, *records))
    other, left_open = letter.sections[1:]
    assert (other.heading, len(other.points)) == ("What we could not reproduce", 1)
    assert left_open.heading == "What the text leaves open"
    assert [p.place for p in left_open.points] == ["Pain", "Sleep"]
    assert "printed as 0.34 and 0.70" in left_open.points[0].text
    assert "DerSimonian-Laird" in left_open.points[0].text


def test_what_is_missing_is_asked_for_once_for_all_it_serves(folders):
    per_study = ["per study: events, treatment", "per study: events, control"]
    records = [
        finding(str(i), verdict="NOT_CHECKABLE", criterion="missing data", value=None, causes=per_study)
        for i in range(15)
    ]
    records += [
        finding("o", verdict="NOT_CHECKABLE", value=None, analysis="y", causes=["the list of what was counted"]),
        finding("u", verdict="NOT_CHECKABLE", value=None, causes=["a label that tells them apart"]),
    ]
    section = letter_of(review(folders, *records)).sections[-1]
    assert section.heading == "What we could not check for want of data"
    assert [row[:2] for row in section.rows] == [
        ("events of both arms of each study", "Pain"),
        ("the list of what was counted", "Sleep"),
    ]
    assert section.rows[0][2].count(": 0.49") == 3
    assert section.rows[0][2].endswith("; 12 more; the list is in tables/claims.csv")
    assert section.lead.startswith("Numbers and statements for which we found nothing public to check them with: 16.")


def test_a_statement_that_no_number_decides_is_left_alone(folders):
    words = {"verdict": "NOT_CHECKABLE", "quantity": "text", "value": None}
    letter = letter_of(review(
        folders,
        finding("a", **words, causes=["the numbers behind the statement"]),
        finding("b", **words, causes=["per study: n"], printed="favours treatment"),
    ))  # fmt: skip
    assert letter.sections[0].lead.endswith("which we therefore leave alone: 1.")
    assert len(letter.sections[1].rows) == 1
    assert "favours treatment" in letter.sections[1].rows[0][2]


def test_the_audit_still_names_statements_as_the_letter_knows_them():
    assert STATEMENT in (ROOT / "scripts/metaudit/audit/missing.py").read_text(encoding="utf-8")


def causes_in(code: str) -> Iterator[str]:
    """Every string that code gives as a cause: after ``causes=``, in a variable of this name, or added to one."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.keyword) and node.arg == "causes":
            yield from strings_of(node.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id.strip("_").lower().endswith("causes") for t in targets):
                yield from strings_of(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if isinstance(of, ast.Name) and of.id == "causes":
                yield from (text for a in node.args for text in strings_of(a))


def strings_of(node: ast.AST) -> Iterator[str]:
    """Strings of an expression, without the pieces of those that are put together and without tests and calls."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*strings_of(node.body), *strings_of(node.orelse))
    elif isinstance(node, ast.Tuple | ast.List | ast.Starred | ast.BinOp):
        for child in ast.iter_child_nodes(node):
            yield from strings_of(child)


def test_causes_are_found_however_the_code_gives_them():
    code = """
causes = ["a", "b" if x == "no" else "c"]
causes.insert(0, "d")
causes += ("e",)
_CAUSES: tuple[str, ...] = ("f",) + ("g",)
Finding("no", m, causes=(*causes, "h", f"no {x}", name("no")))
"""
    assert sorted(causes_in(code)) == list("abcdefgh")


def test_every_cause_of_the_audit_has_its_french_and_no_other():
    found = {c for room in ("audit", "edits") for p in (ROOT / "scripts/metaudit" / room).rglob("*.py")
             for c in causes_in(p.read_text(encoding="utf-8"))}  # fmt: skip
    assert len(found) > 20
    # What is missing is asked for by the words of audit_words/texts.yaml, which have French of their own.
    missing = {c for c in found if missing_words(c, "fr") != c}
    assert found - missing == set(TEXTS["causes_fr"])


def test_several_causes_stand_apart_as_french_sets_them(folders):
    causes = ["a slip in transcription", "another version of the source"]
    records = [finding(verdict="INCONSISTENT", criterion="transcription", causes=causes)]
    letter = letter_of(review(folders, *records), language="fr")
    text = letter.sections[1].points[0].text
    assert "transcription\u00a0; une autre version de la source." in text
    assert not re.search(r" [:;?!»]|« ", letter_markdown(letter))


@pytest.mark.parametrize(
    ("journal", "shown"),
    [
        ("narrative review in French", False),
        ("re-analysis", False),
        ("web note, undated", False),
        ("agency notice", False),
        ("not read", False),
        ("Pain", True),
        ("pain", True),
        ("the lancet", True),
        ("cochrane database of systematic reviews", True),
        ("journal of clinical epidemiology", True),
        ("web ecology", True),
        ("eLife", True),
        ("npj Digital Medicine", True),
        ("Le Praticien en anesthésie", True),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_only_describes_a_publication_is_no_journal(folders, journal, shown, language):
    citation = {"authors": "Ober", "year": 2001, "journal": journal}
    opening = letter_of(review(folders, citation=citation), language=language).paragraphs[0]
    assert f"(Ober, 2001{f', {journal}' if shown else ''})" in opening


def test_many_numbers_are_counted_in_french_and_the_first_named_in_english(folders):
    records = [
        finding(str(i), verdict="NOT_CHECKABLE", criterion="missing data", value=None, quantity="count",
                subject=f"English subject {i}", causes=["the list of what was counted"])
        for i in range(7)
    ]  # fmt: skip
    (english,), (french,) = (letter_of(review(folders, *records), language=x).sections[-1].rows for x in LANGUAGES)
    assert [f"English subject {i}" in english[2] for i in range(4)] == [True, True, True, False]
    assert english[2].endswith("; 4 more; the list is in tables/claims.csv")
    assert french[2] == "nombres et énoncés\u00a0: 7\u00a0; la liste est dans tables/claims.csv"
    (few,) = letter_of(review(folders, *records[:6]), language="fr").sections[-1].rows
    assert few[2].count("English subject") == 6


def test_what_was_not_read_in_the_publication_is_confessed(folders):
    records = [
        finding("a", certainty="secondary"),
        finding("b", certainty="secondary"),
        finding("c", certainty="unverified"),
    ]
    extraction = "row,study,certainty\n2,A,read\n3,B,reconstructed\n"
    section = letter_of(review(folders, *records, extraction=extraction)).sections[-1]
    assert [point.text for point in section.points] == [
        "Printed numbers and statements read in somebody else's summary: 2",
        "Printed numbers and statements carried along from elsewhere, never read: 1",
        "Rows of our table of studies taken from one of several sets of data that would give what is printed: 1 of 2",
    ]


@pytest.mark.parametrize(("meta", "language"), [({}, "en"), ({"language": "fr"}, "fr")])
def test_the_letter_speaks_the_language_of_the_review(folders, meta, language):
    letter = letter_of(review(folders, finding(verdict="NEAR", criterion="near"), **meta))
    assert letter.language == language
    assert (letter.dear.startswith("Madame")) == (language == "fr")


def test_a_french_letter_is_french_throughout(folders):
    records = [
        finding(str(i), verdict=code, criterion="near", causes=["a digit mistyped"] if code != "NOT_CHECKABLE" else ["the document itself"])
        for i, code in enumerate(CODES)
    ]  # fmt: skip
    records += [finding(f"c{i}", certainty=level) for i, level in enumerate(CERTAINTIES)]
    text = letter_markdown(letter_of(review(folders, *records, extraction="row,certainty\n2,derived\n"), language="fr"))
    # Specifications and titles stay in English, so these words must stand nowhere else.
    without = re.sub(r"avec ceci : .*?\.", "", text)
    assert not re.search(r"\b(the|which|printed|could|read|of|you)\b", without), without
    assert "\u00a0:" in text
    assert not re.search(r" [;?!»]", text)
    assert not re.search(r"[^\s\u00a0\d][;?!]", text.replace("**", "").replace("&amp;", "and"))


def test_the_two_languages_have_the_same_words_to_fill_in():
    entries = {k: v for k, v in TEXTS.items() if set(v) == set(LANGUAGES) and k != "many"}
    entries |= {f"{group} {k}": v for group in ("certainty", "plural") for k, v in TEXTS[group].items()}
    assert len(entries) > 20
    for key, texts in entries.items():
        english, french = (set(re.findall(r"\{(\w+)\}", texts[language])) for language in LANGUAGES)
        assert english == french, key
        assert texts["en"] != texts["fr"], key
    assert set(TEXTS["certainty"]) == set(CERTAINTIES) - {"read"}


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="en and fr"):
        Words("de")


SHIPPED = sorted(path.parent.name for path in (ROOT / "results").glob("*/audit.json"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_letter_names_every_number_it_should_and_blames_nobody(name):
    read = read_review(ROOT / "data" / "reviews", ROOT / "results", name)
    letter = letter_of(read)
    text = letter_markdown(letter)
    own_words = " ".join(
        [letter.dear, *letter.paragraphs, *(s.lead + s.heading for s in letter.sections), *letter.closing]
    )
    assert not BLAME.search(own_words)
    assert not re.search(r"\{\w+\}|None|\bnan\b|I2:|per study:", text), name
    differing = [
        f for f in read.findings if f.verdict in ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE", "INCONSISTENT", "IMPOSSIBLE")
    ]
    points = [p.text for s in letter.sections for p in s.points]
    for found in differing:
        assert any(found.printed.replace("-", "") in p.replace("-", "") for p in points), found.claim
    if read.language == "fr":
        used = {c for f in differing for c in f.causes if c not in f.edits}
        assert used <= set(TEXTS["causes_fr"])


def test_the_word_document_says_what_the_markdown_says(folders, tmp_path):
    records = [
        finding("a", verdict="NEAR", criterion="near", subject="a_b [7]"),
        finding("b", verdict="NOT_CHECKABLE", value=None, causes=["the document itself"], printed="-1.5"),
    ]
    letter = letter_of(review(folders, *records))
    save(letter_document(letter), tmp_path / "l.docx")
    opened = docx.Document(str(tmp_path / "l.docx"))
    words = [p.text for p in opened.paragraphs] + [c.text for t in opened.tables for r in t.rows for c in r.cells]
    plain = re.sub(r"\\(.)", r"\1", letter_markdown(letter)).replace("&amp;", "&").replace("**", "")
    for text in (word for word in words if word):
        assert re.sub(r"^\d+\.\t", "", text) in plain, text
    assert any("a_b [7]" in text for text in words)
    assert any("\u22121.5" in text for text in words)
    assert opened.core_properties.language == "en"


def test_markdown_shows_names_as_they_are(folders):
    text = letter_markdown(letter_of(review(folders, finding(verdict="NEAR", criterion="near", subject="x|y <b>"))))
    assert "x\\|y \\<b\\>" in text
    assert text.startswith("# About “A\\_title &amp; more”\n\nDear Ober et al.,\n\n")
    assert "\n\n\n" not in text
    assert finding_of(finding(), {}).claim == "c"

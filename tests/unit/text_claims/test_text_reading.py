"""Files to lines: text in any encoding, PDFs with and without a text layer, and files that are refused by name."""

import time

import pytest
from text_pdfs import column, locked, pdf_bytes

from metaudit.errors import InputError
from metaudit.text_claims import candidates_of, lines_of
from metaudit.text_claims.flow import paragraphs
from metaudit.text_claims.reading import read_source

PAGE = column(50, ["Mortality was lower with treat-", "ment (odds ratio 0.66, 95% CI 0.53 to", "0.82; P = .001)."])


def read(tmp_path, content, name="text.md", pages=()):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_source(path, pages)


def refused(tmp_path, content, rule, name="text.md", pages=()):
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, name, pages)
    (problem,) = caught.value.problems
    assert problem.rule == rule, problem
    assert name in problem.file or name == ""
    assert problem.message.endswith(".")
    assert problem.fix
    return problem


def printed(source):
    return [(c.quantity, c.printed) for c in candidates_of(source.lines).candidates]


EXPECTED = [("estimate", "0.66"), ("ci_low", "0.53"), ("ci_high", "0.82"), ("p", ".001")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_usual_encodings(tmp_path, encoding):
    text = "Mortalité : OR 0,66 (IC à 95 % : 0,53–0,82 ; p = 0,001)."
    assert printed(read(tmp_path, text.encode(encoding))) == [
        ("estimate", "0.66"),
        ("ci_low", "0.53"),
        ("ci_high", "0.82"),
        ("p", "0.001"),
    ]


def test_a_pdf_is_known_by_its_content_and_its_places_have_pages(tmp_path):
    source = read(tmp_path, pdf_bytes([column(50, ["Title page"]), PAGE]), "paper.txt")
    assert source.is_pdf
    assert printed(source) == EXPECTED
    first = candidates_of(source.lines).candidates[0]
    assert (first.place.page, first.place.line, str(first.place)) == (2, 2, "page 2, line 2")
    assert "treatment (odds ratio" in first.text


def test_two_columns_are_read_one_after_the_other(tmp_path):
    left = column(50, ["Results. Pain was lower with", "ketamine (MD -1.83, 95% CI", "-2.35 to -1.31)."])
    right = column(320, ["Nausea was commoner (RR 1.46,", "95% CI 1.10 to 1.94). Others", "did not differ."])
    assert printed(read(tmp_path, pdf_bytes([left + right]), "p.pdf")) == [
        ("estimate", "-1.83"), ("ci_low", "-2.35"), ("ci_high", "-1.31"), ("estimate", "1.46"), ("ci_low", "1.10"), ("ci_high", "1.94")
    ]  # fmt: skip


def test_only_the_pages_asked_for_are_read(tmp_path):
    content = pdf_bytes([column(50, ["OR 0.50 (95% CI 0.40 to 0.60)."]), PAGE])
    assert printed(read(tmp_path, content, "p.pdf", [2])) == EXPECTED
    assert "3" in refused(tmp_path, content, "pages", "p.pdf", [3]).message
    refused(tmp_path, "text", "pages", pages=[1])


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_locked_against_printing_only_is_read_and_one_with_a_password_named(tmp_path, algorithm):
    assert printed(read(tmp_path, locked(pdf_bytes([PAGE]), "", algorithm), "p.pdf")) == EXPECTED
    assert "password" in refused(tmp_path, locked(pdf_bytes([PAGE]), "secret", algorithm), "encrypted", "p.pdf").message


def test_pages_that_are_pictures_are_named(tmp_path):
    assert "text layer" in refused(tmp_path, pdf_bytes([[], []]), "no-text", "scan.pdf").message
    source = read(tmp_path, pdf_bytes([PAGE, []]), "p.pdf")
    assert [n.kind for n in source.notices] == ["unread"]
    assert "page 2" in source.notices[0].place


GOOD = pdf_bytes([PAGE])
BROKEN = {
    "cut in the middle": GOOD[: len(GOOD) // 2],
    "head only": b"%PDF-1.7\n",
    "noise": b"%PDF-1.4\n" + bytes(range(256)) * 40,
    "no pages": GOOD.replace(b"/Kids [5 0 R] /Count 1", b"/Kids [] /Count 0     "),
    "pages that point at themselves": GOOD.replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]"),
    "no table of objects": GOOD[: GOOD.index(b"xref")] + b"trailer\n<< /Root 1 0 R >>\n%%EOF",
    "a stream that is no stream": GOOD.replace(b"/Length ", b"/Filter /FlateDecode /Length "),
    "objects swapped for numbers": GOOD.replace(b"<< /Type /Pages", b"42 /Type /Pages"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_pdf_is_refused_by_name_and_soon(tmp_path, content):
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, "broken.pdf")
    assert {p.rule for p in caught.value.problems} <= {"pdf", "no-text"}
    assert time.process_time() - start < 5


def test_a_pdf_that_does_not_name_its_root_is_still_read(tmp_path):
    assert printed(read(tmp_path, GOOD.replace(b"/Root 1 0 R", b"/Toor 1 0 R"), "p.pdf")) == EXPECTED


def test_a_pdf_that_says_aes_and_is_none_is_named(tmp_path):
    content = (
        locked(GOOD, "")
        .replace(b"/R 3", b"/R 4")
        .replace(b"/V 2", b"/V 4 /CF << /StdCF << /CFM /AESV2 /Length 16 >> >> /StmF /StdCF /StrF /StdCF")
    )
    # This content is none that AES has made.
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, "p.pdf")
    assert caught.value.problems[0].rule in ("encrypted", "pdf", "no-text")


def test_characters_without_meaning_are_pointed_out(tmp_path):
    source = read(tmp_path, pdf_bytes([column(50, ["MD \x021.83 (95% CI \x022.35 to \x021.31)"])]), "p.pdf")
    assert any("minus" in n.message for n in source.notices)


REFUSED = {
    "empty": (b"", "no-text"),
    "blanks": (b" \n\t\n", "no-text"),
    "a Word document": (b"PK\x03\x04rest", "format"),
    "RTF": (b"{\\rtf1 hello}", "format"),
    "a picture": (b"\x89PNG\r\n", "format"),
    "a web page": (b"<!DOCTYPE html><html></html>", "format"),
}


@pytest.mark.parametrize(("content", "rule"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_text_is_refused_by_name(tmp_path, content, rule):
    refused(tmp_path, content, rule)


def test_nul_bytes_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(InputError):
        read(tmp_path, b"ab\x00cd ef")
    for path in (tmp_path, tmp_path / "none.md"):
        with pytest.raises(InputError) as caught:
            read_source(path)
        assert caught.value.problems[0].rule == "missing-file"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.pdf"
    with path.open("wb") as handle:
        handle.truncate(200_000_000)  # a hole: takes no room on the disk
    with pytest.raises(InputError, match="200 MB"):
        read_source(path)


def test_a_page_number_that_many_pages_have_is_no_line_of_text_kept_beside_the_claims(tmp_path):
    assert (
        read(tmp_path, pdf_bytes([column(50, ["one"]), column(50, ["two"])]), "p.pdf").text
        == "[[page 1]]\n\none\n\n[[page 2]]\n\ntwo\n"
    )
    assert read(tmp_path, "one\ntwo").text == "one\ntwo\n"


JOINED = [
    ("a ran-\ndom effect", "a random effect"),
    ("a meta-\nanalysis", "a meta-analysis"),
    ("0.53-\n0.82", "0.53-0.82"),
    ("0.53 to\n0.82", "0.53 to 0.82"),
    ("(P <\n0.001)", "(P < 0.001)"),
    ("bene\ufb01t", "benefit"),
]


@pytest.mark.parametrize(("text", "joined"), JOINED, ids=[j for _, j in JOINED])
def test_lines_are_joined_as_they_were_before_they_were_broken(text, joined):
    (paragraph,) = paragraphs(lines_of(text))
    assert paragraph.text == joined


MARKED = [
    ("**RR 0.66** (*p* < .001)", "RR 0.66 ( p < .001)"),
    ("*I*<sup>2</sup> = 51%", "I2 = 51%"),
    ("*I*² = 51%", "I² = 51%"),
    ("I<sub>2</sub>&nbsp;=&nbsp;5\\%", "I2 = 5%"),
    ("P &lt; .001", "P < .001"),
    ("$\\tau^2 = 0.05$", "τ^2 = 0.05"),
    ("- an item *in* a list", "- an item in a list"),
    ("a < b > c & d_e_f costs 5 $", "a < b > c & d_e_f costs 5 $"),
]


@pytest.mark.parametrize(("text", "printed_as"), MARKED, ids=[t for t, _ in MARKED])
def test_marks_are_blanked_and_nothing_moves(text, printed_as):
    (line,) = lines_of(text)
    assert len(line.text) == len(text)
    squeezed = " ".join(line.text.split())
    assert squeezed.replace("( p", "(p") == printed_as.replace("( p", "(p")


def test_the_text_is_kept_with_its_marks(tmp_path):
    assert read(tmp_path, "**OR 0.66**").text == "**OR 0.66**\n"


def test_a_place_leads_back_to_the_line_and_column():
    text = "Title\n\n  Pain fell by then (MD\n  -1.83 points, 95% CI -2.35 to -1.31)."
    estimate = candidates_of(lines_of(text)).candidates[0]
    assert (estimate.place.line, estimate.place.column) == (4, 3)


def test_headings_lists_and_table_rows_stay_apart():
    text = "# Results\nOne line\n- an item 0.5\n| a | 1 |\nTotal (95% CI) 10 12 100.0% 0.71 [0.55, 0.92]\nafter"
    assert len(paragraphs(lines_of(text))) == 6

"""A file that is broken, or was made to do harm, gives one clear message and nothing else: no folder, no traceback, no wait.

The files are in malformed/, made from exports of the shipped classics; index.csv says what is wrong with each and which
words its message must hold. What is too large to keep, or would be unpacked by other programs, is built here from a recipe.
"""

import csv
import io
import json
import os
import random
import re
import stat
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metaudit.cli import app
from metaudit.drafts import Draft, write_draft
from metaudit.errors import InputError
from metaudit.exports import ENDINGS, FORMATS, export
from metaudit.formats.review import read_review
from metaudit.imports import read_file
from metaudit.imports.options import Options

ROOT = Path(__file__).resolve().parents[2]
MALFORMED = Path(__file__).parent / "malformed"
INDEX = list(csv.DictReader((MALFORMED / "index.csv").read_text(encoding="utf-8").splitlines()))
REFUSED = [r for r in INDEX if r["result"] == "refused"]
READ = [r for r in INDEX if r["result"] == "read"]
# Far more than any of them takes; a file that is refused must not be waited for.
SECONDS = 5.0


def snapshot(folder):
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def arguments(row):
    """The command's options, with a mapping beside the file."""
    words = row["arguments"].split()
    return [str(MALFORMED / w) if w.endswith(".yaml") else w for w in words]


def refused(file, tmp_path, words=(), options=()):
    """Import a file; it must be refused within the time, with the words, and leave nothing behind."""
    work = tmp_path / "work"
    work.mkdir()
    before, around = snapshot(tmp_path), snapshot(MALFORMED)
    began = time.monotonic()
    done = CliRunner().invoke(app, ["import", str(file), str(work / "out"), *options])
    took = time.monotonic() - began
    assert done.exit_code == 2, done.output
    assert took < SECONDS
    assert snapshot(tmp_path) == before
    assert snapshot(MALFORMED) == around
    assert "Traceback" not in done.output
    said = done.stderr
    for word in words:
        assert word in said, said
    places = said.strip().splitlines()
    assert places
    for place in places:  # where: what is wrong. What would be right. [rule]
        assert re.search(r": .+[.?!\]]? \[[a-z0-9-]+\]$", place), place
    return said


def test_there_are_sixty_of_them_and_all_are_listed():
    assert len(REFUSED) >= 60
    named = {r["file"] for r in INDEX} | {w for r in INDEX for w in r["arguments"].split() if w.endswith(".yaml")}
    assert {p.name for p in MALFORMED.iterdir()} == named | {"index.csv"}
    assert all(p.stat().st_size < 20_000 for p in MALFORMED.iterdir())
    assert all(r["wrong"] for r in INDEX)


@pytest.mark.parametrize("row", REFUSED, ids=lambda r: " ".join((r["file"], *r["arguments"].split())))
def test_a_malformed_file_is_refused_with_a_clear_message(row, tmp_path):
    words = [w for w in row["words"].split("|") if w]
    said = refused(MALFORMED / row["file"], tmp_path, words, arguments(row))
    # The message is about the file that the user named, not about what would have been written.
    culprit = next((w for w in row["arguments"].split() if w.endswith(".yaml")), row["file"])
    assert culprit in said
    assert str(tmp_path) not in said


@pytest.mark.parametrize("row", READ, ids=lambda r: r["file"])
def test_what_can_be_read_all_the_same_is_read_with_a_notice(row, tmp_path):
    done = CliRunner().invoke(app, ["import", str(MALFORMED / row["file"]), str(tmp_path / "out"), "--json"])
    assert done.exit_code in (0, 1), done.output
    notices = json.dumps(json.loads(done.stdout), ensure_ascii=False)
    for word in filter(None, row["words"].split("|")):
        assert word in notices
    assert read_review(tmp_path / "out").rows


@pytest.mark.parametrize("name", ["entities.rm5", "cut-package.zip", "excel-date.csv", "page.xls", "broken-sheet.xlsx"])
def test_the_command_itself_ends_with_2_and_prints_no_traceback(name, tmp_path):
    before = snapshot(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "metaudit", "import", str(MALFORMED / name), "out"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert name in done.stderr
    assert snapshot(tmp_path) == before


def test_problems_as_json(tmp_path):
    done = CliRunner().invoke(app, ["import", str(MALFORMED / "excel-date.csv"), str(tmp_path / "out"), "--json"])
    assert done.exit_code == 2
    found = json.loads(done.stdout)
    problems = found["problems"] if isinstance(found, dict) else found
    assert {"file", "row", "column", "rule", "message", "fix"} <= set(problems[0])


def archive(files, **changes):
    """A zip file of names and contents; ``changes`` alter the members' headers."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in changes.items():
                setattr(info, key, value)
            package.writestr(info, data)
    return out.getvalue()


def package():
    """A good data package and the name of the archive in it."""
    outer = zipfile.ZipFile(
        io.BytesIO(export(read_review(ROOT / "data" / "reviews" / "normand-1999-stroke"), "revman-web").content)
    )
    (name,) = outer.namelist()
    return name, outer.read(name)


def encrypted(data):
    """The same archive with every member marked as encrypted."""
    data = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            flags = struct.unpack_from("<H", data, at + offset)[0]
            struct.pack_into("<H", data, at + offset, flags | 1)
            at = data.find(signature, at + 4)
    return bytes(data)


def bomb(levels):
    """Zeros packed again and again: at every level ten copies of the one below."""
    data = archive([("zeros.csv", b"\0" * 20_000_000)])
    for level in range(levels):
        data = archive([(f"{level}-{i}-data.zip", data) for i in range(10)])
    return data


def lying():
    """An archive whose header says that a member of 60 MB has ten bytes."""
    data = bytearray(archive([("x-data.zip", b"0," * 30_000_000)]))
    struct.pack_into("<I", data, data.find(b"PK\x03\x04") + 22, 10)
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 10)
    return bytes(data)


def damaged():
    """A good package of which one byte of the packed data is another."""
    name, inner = package()
    data = bytearray(archive([(name, inner)]))
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


def duplicated():
    name, inner = package()
    with pytest.warns(UserWarning, match="Duplicate name"):
        return archive([(name, inner), (name, inner)])


def workbook_bomb():
    """A workbook whose one sheet would be 300 MB."""
    rows = b"<row><c t='inlineStr'><is><t>0</t></is></c></row>" * 6_000_000
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + rows
        + b"</sheetData></worksheet>"
    )
    return archive([("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", sheet)])


RECIPES = {
    "a name that climbs out": ("x.zip", lambda: archive([("../../outside-data.zip", b"x")]), "outside"),
    "a name that climbs out on Windows": ("x.zip", lambda: archive([("..\\outside-data.zip", b"x")]), "outside"),
    "an absolute name": ("x.zip", lambda: archive([("/etc/outside-data.zip", b"x")]), "outside"),
    "a drive": ("x.zip", lambda: archive([("C:/outside-data.zip", b"x")]), "outside"),
    "a link": ("x.zip", lambda: archive([("l-data.zip", b"/etc/passwd")], create_system=3, external_attr=(stat.S_IFLNK | 0o777) << 16), "link"),
    "a password": ("x.zip", lambda: encrypted(archive([package()])), "encrypted"),
    "two files of one name": ("x.zip", duplicated, "two files"),
    "zeros packed five times": ("x.zip", lambda: bomb(4), ""),
    "a header that lies about the size": ("x.zip", lying, ""),
    "a damaged member": ("x.zip", damaged, ""),
    "six thousand files": ("x.zip", lambda: archive([(f"{i}.csv", b"") for i in range(6000)]), "files"),
    "a workbook of 300 MB": ("x.xlsx", workbook_bomb, ""),
    "a line of 30 MB": ("x.csv", lambda: b"study,events_t\n" + b"9" * 30_000_000 + b"\n", ""),
    "a million quotation marks": ("x.csv", lambda: b'study,events_t\n"' + b'""' * 1_000_000 + b"\n", ""),
    "a hundred thousand columns": ("x.csv", lambda: b"study" + b",x" * 100_000 + b"\nA" + b",1" * 100_000 + b"\n", ""),
    "a file of 70 MB": ("x.rm5", lambda: b"<COCHRANE_REVIEW>" + b" " * 70_000_000 + b"</COCHRANE_REVIEW>", "larger"),
    "an attribute of 20 MB": ("x.rm5", lambda: b'<COCHRANE_REVIEW A="' + b"x" * 20_000_000 + b'"/>', ""),
    "elements a hundred thousand deep": ("x.rm5", lambda: b"<COCHRANE_REVIEW>" + b"<A>" * 100_000, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
def test_a_file_that_was_made_to_do_harm_is_refused(name, tmp_path):
    file, content, word = RECIPES[name]
    (tmp_path / file).write_bytes(content())
    refused(tmp_path / file, tmp_path, [file, word])


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "folder.rm5").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, word in (("folder.rm5", "folder"), ("pipe.csv", "file"), ("nothing.csv", "no such file")):
        done = CliRunner().invoke(app, ["import", str(tmp_path / name), str(tmp_path / "out")])
        assert (done.exit_code, "Traceback" in done.output) == (2, False)
        assert name in done.stderr
        assert word in done.stderr
    assert not (tmp_path / "out").exists()


# Fuzz: whatever happens to a file, the answer is a draft or a refusal.

MUTANTS = 16


def mutants(content, rng):
    """Copies of a file with bytes changed, lines lost or doubled, cut, or with a piece from elsewhere put in."""
    for _ in range(MUTANTS):
        kind, data = rng.randrange(6), bytearray(content)
        lines = content.split(b"\n")
        at = rng.randrange(len(data))
        if kind == 0:
            for _ in range(rng.randrange(1, 8)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        elif kind == 1:
            del lines[rng.randrange(len(lines))]
            data = bytearray(b"\n".join(lines))
        elif kind == 2:
            line = rng.randrange(len(lines))
            lines.insert(line, lines[line])
            data = bytearray(b"\n".join(lines))
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            end = rng.randrange(at, min(len(data), at + 200) + 1)
            data[rng.randrange(len(data)) : 0] = data[at:end]
        else:
            data[at:at] = rng.choice(
                [
                    b"\x00",
                    b"\xff\xfe",
                    b"<!--",
                    b'"',
                    b"NaN",
                    b"-1e999",
                    b",,,,",
                    b"&x;",
                    b"\xe2\x80\x93",
                    b"=1+1",
                    b"1-May",
                ]
            )
        yield bytes(data)


def answer(path, out):
    """``draft`` or ``refused``; anything else is an error of the program."""
    began = time.monotonic()
    try:
        draft = read_file(path, Options())
        assert isinstance(draft, Draft)
        write_draft(draft, out)
        found = "draft"
    except InputError as error:
        found = "refused" if error.problems and all(p.message and p.fix for p in error.problems) else "in silence"
    assert time.monotonic() - began < SECONDS
    return found


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_mutant_is_a_draft_or_a_refusal(fmt, tmp_path):
    rng = random.Random(f"metaudit {fmt}")
    name = "colditz-1994" if fmt != "escalc" else "lipsey-2001"
    content = export(read_review(ROOT / "data" / "reviews" / name), fmt).content
    path = tmp_path / f"mutant{ENDINGS.get(fmt, '.csv')}"
    answers = []
    for i, mutant in enumerate(mutants(content, rng)):
        path.write_bytes(mutant)
        answers.append(answer(path, tmp_path / f"out-{i}"))
    assert set(answers) <= {"draft", "refused"}
    assert len(answers) == MUTANTS
    assert "refused" in answers


def test_an_inner_archive_is_fuzzed_too(tmp_path):
    """A byte changed in a zip file mostly breaks its checksum; here the tables in it are changed before they are packed."""
    rng = random.Random("metaudit tables")
    name, inner = package()
    tables = {n: zipfile.ZipFile(io.BytesIO(inner)).read(n) for n in zipfile.ZipFile(io.BytesIO(inner)).namelist()}
    answers = set()
    for n, (victim, content) in enumerate(tables.items()):
        for i, mutant in enumerate(mutants(content, rng)):
            (tmp_path / "x.zip").write_bytes(archive([(name, archive({**tables, victim: mutant}.items()))]))
            answers.add(answer(tmp_path / "x.zip", tmp_path / f"out-{n}-{i}"))
    assert answers == {"draft", "refused"}


# What people and programs write where a number is wanted, and what they never should.
NASTY = [
    "", "NaN", "-1", "1e400", "x", "0", "Infinity", "-0", "9" * 21, "1,5", "1.5", "12 (34%)", "<0.001", "NR", "–", "#N/A", "1/0", "½", "=1",
    "YES", "NO", "7" * 300, "0x1F", "1e-400", "-inf", "1 234", "1.234,5", "5±1", "(3)", "a;b", "'", "5.2 (1.3)", " 7 ", "٣", "\uff11\uff12", "None",
    "1-May", "2026-05-04 00:00:00", "true", "\u202e7", "12*", "..", "../x", "C:",
]  # fmt: skip


def changed_cells(content, rng):
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    for _ in range(rng.randrange(1, 5)):
        row, kind = rng.choice(rows), rng.randrange(8)
        if kind <= 4 and row:
            row[rng.randrange(len(row))] = rng.choice(NASTY)
        elif kind == 5 and row:
            del row[rng.randrange(len(row))]
        elif kind == 6:
            row.insert(rng.randrange(len(row) + 1), rng.choice(NASTY))
        else:
            rows.insert(rng.randrange(len(rows) + 1), list(row))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def changed_elements(content, rng):
    root = ET.fromstring(content)
    for _ in range(rng.randrange(1, 4)):
        parents = {child: parent for parent in root.iter() for child in parent}
        ends = ("_DATA", "_OUTCOME", "_SUBGROUP", "STUDY", "COMPARISON", "NAME", "TITLE")
        element = rng.choice([e for e in parents if e.tag.endswith(ends)])
        kind = rng.randrange(5)
        if kind <= 1 and element.attrib:
            element.set(rng.choice(sorted(element.attrib)), rng.choice(NASTY))
        elif kind == 2 and element.attrib:
            del element.attrib[rng.choice(sorted(element.attrib))]
        elif kind == 3:
            parents[element].remove(element)
        else:
            parents[element].insert(0, element)
    return ET.tostring(root, encoding="utf-8")


@pytest.mark.parametrize("fmt", ["rm5", "revman-csv", "csv", "escalc", "meta", "long", "covidence", "srdr"])
def test_a_table_with_strange_cells_is_a_draft_or_a_refusal(fmt, tmp_path):
    rng = random.Random(f"metaudit cells {fmt}")
    content = export(read_review(ROOT / "data" / "reviews" / "colditz-1994"), fmt).content
    path = tmp_path / f"mutant{ENDINGS.get(fmt, '.csv')}"
    answers = []
    for i in range(MUTANTS):
        path.write_bytes((changed_elements if fmt == "rm5" else changed_cells)(content, rng))
        answers.append(answer(path, tmp_path / f"out-{i}"))
    assert set(answers) == {"draft", "refused"}

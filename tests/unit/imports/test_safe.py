"""Files from elsewhere: what could harm is refused with a reason, quickly, and nothing is written."""

from __future__ import annotations

import io
import os
import stat
import time
import zipfile

import pytest

from metaudit.errors import InputError
from metaudit.imports.archive import COUNT_LIMIT, Budget, unzip
from metaudit.imports.safe import MEGABYTE, read_bytes
from metaudit.imports.safe_xml import parse_xml

from .revman_files import packed

QUICK = 5.0


def refused(call, *args, **kwargs):
    """The rule that a call is refused by; it takes less than five seconds."""
    start = time.monotonic()
    with pytest.raises(InputError) as error:
        call(*args, **kwargs)
    assert time.monotonic() - start < QUICK
    assert len(error.value.problems) == 1
    problem = error.value.problems[0]
    assert problem.message
    assert problem.fix
    return problem.rule


def archive(*members, **attributes):
    """An archive of (name, content) pairs whose entries have further attributes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in attributes.items():
                setattr(info, key, value)
            out.writestr(info, content)
    return buffer.getvalue()


def test_an_archive_is_unpacked_in_its_order():
    found = unzip(packed({"b/x.csv": "1", "a.csv": "2", "c.svg": "3"}), "x.zip", wanted=lambda n: n.endswith(".csv"))
    assert found.members == {"b/x.csv": b"1", "a.csv": b"2"}
    assert found.others == ["c.svg"]


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "a/../../evil.csv", "/etc/passwd", "C:/evil.csv", "c:evil.csv", "\\evil.csv", "a\\..\\..\\b.csv"],
)
def test_a_path_outside_the_archive(name):
    assert refused(unzip, archive((name, "x")), "x.zip") == "archive-path"


def test_a_name_that_ends_earlier_than_it_seems():
    content = archive(("good.csvXevil", "x")).replace(b"good.csvXevil", b"good.csv\x00evil")
    assert refused(unzip, content, "x.zip") == "archive-path"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(kind):
    assert (
        refused(unzip, archive(("a.csv", "/etc/passwd"), external_attr=(kind | 0o777) << 16, create_system=3), "x.zip")
        == "archive-link"
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["a.csv", "A.CSV"])
def test_two_files_of_one_name(second):
    assert refused(unzip, archive(("a.csv", "1"), (second, "2")), "x.zip") == "archive-duplicate"


def test_an_encrypted_member():
    content = bytearray(archive(("a.csv", "1")))
    content[6] |= 1
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refused(unzip, bytes(content), "x.zip") == "archive-password"


def test_a_member_that_is_too_large_or_packed_too_well():
    assert refused(unzip, archive(("a.csv", b"0" * (40 * MEGABYTE))), "x.zip") == "archive-limits"
    assert refused(unzip, archive(("a.csv", b"0" * (20 * MEGABYTE))), "x.zip") == "archive-limits"


def test_a_size_that_is_a_lie():
    content = archive(("a.csv", b"0" * (40 * MEGABYTE)))
    lie = content.replace((40 * MEGABYTE).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lie != content
    assert refused(unzip, lie, "x.zip") in ("archive", "archive-limits")


def test_the_sum_of_many_members_and_of_nested_archives():
    text = os.urandom(MEGABYTE)
    content = archive(*((f"{i}.csv", text) for i in range(5)))
    assert refused(unzip, content, "x.zip", budget=Budget(total=4 * MEGABYTE)) == "archive-limits"
    budget = Budget(total=8 * MEGABYTE)
    unzip(content, "x.zip", budget=budget)
    assert budget.total == 3 * MEGABYTE
    assert refused(unzip, content, "x.zip", budget=budget) == "archive-limits"


def test_too_many_members():
    assert refused(unzip, archive(*((f"{i}.csv", "") for i in range(COUNT_LIMIT + 1))), "x.zip") == "archive-limits"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06", b"text", archive(("a.csv", "1" * 500))[:-30]])
def test_what_is_no_archive(content):
    assert refused(unzip, content, "x.zip") == "archive"


def test_a_damaged_member():
    content = bytearray(archive(("a.csv", os.urandom(500))))
    content[60:90] = b"\x00" * 30
    assert refused(unzip, bytes(content), "x.zip") == "archive"


def test_an_unknown_compression():
    content = archive(("a.csv", "1")).replace(b"\x08\x00\x00\x00\x21\x00", b"\x63\x00\x00\x00\x21\x00")
    assert refused(unzip, content, "x.zip") == "archive"


LAUGHS = (
    '<!DOCTYPE r [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    + "]><r>&a11;</r>"
)
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'
PARAMETER = '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><r/>'
QUADRATIC = f'<!DOCTYPE r [<!ENTITY a "{"x" * 50000}">]><r>{"&a;" * 50000}</r>'


@pytest.mark.parametrize(
    "text", [LAUGHS, OUTSIDE, PARAMETER, QUADRATIC], ids=["laughs", "outside", "parameter", "quadratic"]
)
def test_entities_are_neither_fetched_nor_expanded(text):
    assert refused(parse_xml, text.encode(), "x.rm5") == "xml-entities"
    assert refused(parse_xml, text.replace("<r>", "<r>& ").encode(), "x.rm5") == "xml-entities"


def test_a_document_type_elsewhere_is_not_fetched():
    root, notices = parse_xml(b'<!DOCTYPE r SYSTEM "file:///nonexistent/x.dtd"><r a="1"/>', "x.rm5")
    assert (root.get("a"), notices) == ("1", [])


def test_an_encoding_that_does_not_exist():
    assert refused(parse_xml, b'<?xml version="1.0" encoding="klingon"?><r/>', "x.rm5").startswith("xml")


def test_a_problem_names_the_line():
    with pytest.raises(InputError) as error:
        parse_xml(b"<r>\n<a>\n</b>\n</r>", "x.rm5")
    assert error.value.problems[0].row == 3


def test_reading_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bytes(tmp_path / "a") == b"12345"
    assert refused(read_bytes, tmp_path / "a", 4) == "too-large"
    assert refused(read_bytes, tmp_path) == "not-a-file"
    assert refused(read_bytes, tmp_path / "b") == "missing-file"
    (tmp_path / "c").touch()
    assert refused(read_bytes, tmp_path / "c") == "empty-file"
    os.mkfifo(tmp_path / "d")
    assert refused(read_bytes, tmp_path / "d") == "not-a-file"

"""Where a text stops being UTF-8 is named by its row, whatever stands before the first one."""

import pytest

from metaudit.formats.text_file import decoded

MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize("mark", [b"", MARK])
@pytest.mark.parametrize(
    ("content", "row", "says"),
    [
        (b"\xe9\n", 1, "the first character of the line"),
        (b"a,b\nc,d\n\xe9,f\n", 3, "the first character of the line"),
        (b"a,b\nc,d\ne,f\xe9\n", 3, "the character after 'e,f'"),
        (b"a,b\nc\xe9\n", 2, "the character after 'c'"),
        (b"a,b\n\xc3\xa9\xe9\n", 2, "the character after '\xe9'"),
    ],
)
def test_the_row_that_is_not_utf_8_is_named_with_and_without_a_mark_at_the_beginning(
    tmp_path, mark, content, row, says
):
    path = tmp_path / "claims.csv"
    path.write_bytes(mark + content)
    text, problem = decoded(path, "claims.csv", "CSV UTF-8")
    assert not text
    assert problem is not None
    assert (problem.row, problem.message) == (row, f"{says} is not UTF-8.")


def test_a_mark_at_the_beginning_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_bytes(MARK + b"a,b\n")
    assert decoded(path, "claims.csv", "CSV UTF-8") == ("a,b\n", None)

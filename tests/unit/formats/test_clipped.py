"""What a message shows of a long text."""

import pytest

from metaudit.formats.signs import clipped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Smith 2001", "Smith 2001"),
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 17 + "..."),
        ("", ""),
        ("\x00" * 5, "\x00" * 5),
        ("\x00" * 6, "\x00" * 4 + "..."),
        ("abc\u202e" * 4, "abc\u202eabc..."),
        ("caf\xe9 " * 4, "caf\xe9 " * 4),
        ("\x00" * 4 + "z" * 100, "\x00" * 4 + "z..."),
        ("z" * 100 + "\x00", "z" * 17 + "..."),
    ],
)
def test_a_text_is_as_long_as_it_is_printed(text, shown):
    assert clipped(text, 20) == shown
    assert len(repr(clipped(text, 20))) <= 22

"""data/README.md is written from the declaration of the columns."""

from metaudit.formats.document import TARGET, page


def test_the_page_is_up_to_date():
    assert TARGET.read_text(encoding="utf-8") == page(), "run: python -m metaudit.formats.document"

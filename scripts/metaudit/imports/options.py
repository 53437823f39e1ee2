"""What a person may say about a file that is to be imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What is known about a file beside its content; everything that is left out is found in the file, with a notice.

    Parameters
    ----------
    mapping : a ``mapping.yaml`` that says what each column is; obeyed exactly
    sheet : the sheet of a workbook
    measure : effect measure of the analyses (``RR``, ``SMD``, ``GEN-LOG`` ...)
    title : title of the review
    source : citation of the document the file holds the numbers of
    delimiter : what separates the columns of a text table
    decimal : the decimal sign, ``.`` or ``,``
    encoding : the encoding of a text file
    """

    mapping: Path | None = None
    sheet: str | None = None
    measure: str | None = None
    title: str | None = None
    source: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None

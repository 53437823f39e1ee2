"""What a review in the making consists of, before it is a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOTICE_KINDS = ("dropped", "guessed", "converted", "unread", "remark")


@dataclass(frozen=True, order=True)
class Notice:
    """One thing a person must know about a draft: nothing is left out or decided in silence.

    Parameters
    ----------
    kind : ``dropped`` (stood in the file, is not in the review), ``guessed`` (decided without being told),
        ``converted`` (typed otherwise than it stood there), ``unread`` (could not be understood) or ``remark``
    place : file and place as the person would look it up: ``trial.rm5, CMP-001.02`` or ``data.xlsx, sheet 1, row 7, column SD``
    message : what it is, with the value found
    fix : what the person can do about it; empty when nothing need be done
    """

    kind: str
    place: str
    message: str
    fix: str = ""


@dataclass
class Draft:
    """A review in the making; ``metaudit.drafts.write_draft`` turns it into a folder that ``metaudit check`` accepts.

    Parameters
    ----------
    title, kind, citation, language : as in review.yaml
    analyses : analysis id -> its entry of review.yaml, in the order they are to be written
    rows : rows of extraction.csv, column -> text as it stood in the source
    claims : rows of claims.csv
    sources : rows of sources.csv
    notices : what was left out, guessed, converted or not understood
    files : further text files of the folder, name -> content (``mapping.yaml``, ``text.md``)
    headers : table -> columns to write even where no row fills them; a table without rows is then written all the same
    comments : lines that stand as comments at the head of review.yaml
    """

    title: str
    kind: str = "meta-analysis"
    citation: dict[str, Any] = field(default_factory=dict)
    analyses: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, str]] = field(default_factory=list)
    sources: list[dict[str, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    files: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
    language: str = ""

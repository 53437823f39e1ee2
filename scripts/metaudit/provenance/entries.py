"""How a file, or a corpus, is recorded: by its size and its SHA-256."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metaudit.files import digest
from metaudit.formats.places import read_of_review


def about(file: Path, **more: Any) -> dict[str, Any]:
    """Size in bytes and SHA-256 of a file, and what else is said of it."""
    return {"sha256": digest(file), "bytes": file.stat().st_size, **more}


def about_corpus(path: Path) -> dict[str, Any]:
    """A corpus as one entry: of a folder the SHA-256 of the list of the files read, each with its own (as ``sha256sum`` prints it)."""
    if path.is_file():
        return about(path, kind="corpus")
    import hashlib

    files, total = corpus_files(path)
    lines = "".join(f"{digest(p)}  {p.relative_to(path).as_posix()}\n" for p in files)
    return {"sha256": hashlib.sha256(lines.encode()).hexdigest(), "bytes": total, "kind": "corpus", "files": len(files)}


def corpus_files(path: Path) -> tuple[list[Path], int]:
    """The files that are read of a corpus that is a folder, and how many bytes they have; none is opened.

    They are the tables and YAML files of every folder in it with a ``review.yaml``, as :func:`metaudit.formats.places.read_of_review` has them:
    what else lies there (notes, PDFs of publishers) went into no result, and is not packed either. The list is in
    alphabetical order.
    """
    folders = {found.parent for found in path.glob("*/review.yaml")}
    files = [file for folder in folders for file in read_of_review(folder)]
    return sorted(files, key=lambda p: p.relative_to(path).as_posix()), sum(p.stat().st_size for p in files)

"""Pack a run into one file that holds all it names: results, inputs, code and workflow, as an RO-Crate for an archive."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.files import json_ready, replacing
from metaudit.provenance.crate import crate
from metaudit.provenance.crate_files import PACKED, inside
from metaudit.provenance.entries import corpus_files
from metaudit.provenance.places import CRATE, PROVENANCE, SIGNATURE, Places, absolute
from metaudit.provenance.reading import places_of, read_provenance
from metaudit.provenance.verify import Verified, verify
from metaudit.provenance.write import published, titles

EPOCH = "SOURCE_DATE_EPOCH"
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the oldest time a zip file can say
_README = """# {name}

Published meta-analyses, re-run by metaudit {version}: `results/{first}` is the first page.

`ro-crate-metadata.json` describes the folder (RO-Crate 1.1, Workflow Run Crate 0.5); `results/provenance.json` has the
SHA-256 of every input and every result. `metaudit verify results` compares the folder with it; `snakemake --cores all`
computes everything again, with the `--config` that the run had, if any.
"""
_FIRST_PAGES = ("report/index.html", "corpus/summary/index.html")


class TouchedError(InputError):
    """Results are not what the record says; carries what was found."""

    def __init__(self, results: str, found: Verified) -> None:
        self.found = found
        first = found.findings[0]
        more = f", and {len(found.findings) - 1} more" if len(found.findings) > 1 else ""
        message = f"{first.file}: {first.what}{more}."
        super().__init__([Problem(results, 0, "", "provenance", message, f"metaudit verify {results} names them all.")])


def pack(results: str | Path, target: str | Path) -> int:
    """Write the crate as a zip file; the same bytes every time. Returns how many files it holds.

    The environment variable SOURCE_DATE_EPOCH (seconds since 1970, as reproducible-builds.org has it) sets the date of publication
    and the end of the run; without it the date is that of the release, and the end is left out.

    Raises
    ------
    TouchedError
        when the results or inputs are not what the record says
    InputError
        when there is no record, or an input is not where it was
    """
    folder = Path(results)
    provenance = read_provenance(folder)
    found = verify(folder)
    if not found.well:
        raise TouchedError(str(folder), found)
    places = places_of(folder, provenance)
    if found.inputs_elsewhere:
        message = "the inputs are not beside this folder, and a crate holds them."
        raise InputError([Problem(str(folder), 0, "", "provenance", message, "Pack it where the workflow ran.")])
    members = _members(folder, provenance, places)
    ended = _ended()
    content = crate(
        provenance,
        PACKED,
        published=ended[:10] or published(places.workflow),
        titles=titles(_reviews(provenance, places)),
        ended=ended,
    )
    members[CRATE] = (json.dumps(json_ready(content), indent=1, ensure_ascii=False) + "\n").encode()
    name, first = content["@graph"][1]["name"], next((p for p in _FIRST_PAGES if p in provenance["outputs"]), "")
    members[PACKED.readme] = _README.format(name=name, version=provenance["metaudit"], first=first).encode()
    with replacing(target) as scratch, zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            member = members[name]
            archive.writestr(entry, member if isinstance(member, bytes) else member.read_bytes())
    return len(members)


def _members(folder: Path, provenance: Mapping[str, Any], places: Places) -> dict[str, Path | bytes]:
    """Files of the crate by their paths in it; the metadata of the results folder itself is left out, its root being another."""
    members: dict[str, Path | bytes] = {}
    for name, file in _sources(folder, provenance, places):
        # A review of the run may lie in the corpus as well: the same file, and no other one is lost.
        if name in (CRATE, PACKED.readme) or members.get(name, file) != file:
            message = f"the crate would have two files {name!r}, one from the workflow and one from beside the results."
            fix = "Give the one beside the results another name, and run again."
            raise InputError([Problem(str(folder), 0, "", "provenance", message, fix)])
        members[name] = file
    return members


def _sources(folder: Path, provenance: Mapping[str, Any], places: Places) -> Iterator[tuple[str, Path]]:
    for name, entry in provenance["inputs"].items():
        source = places.file(name)
        if "files" in entry:
            for file in corpus_files(source)[0]:
                yield f"{inside(name)}/{file.relative_to(source).as_posix()}", file
        else:
            yield inside(name), source
    for name in (*provenance["outputs"], PROVENANCE, SIGNATURE):
        if (folder / name).is_file():
            yield PACKED.result(name), folder / name


def _reviews(provenance: Mapping[str, Any], places: Places) -> dict[str, Path]:
    found = {}
    for review, about in provenance["reviews"].items():
        named = [places.file(name).parent for name in about["inputs"] if name.endswith("/review.yaml")]
        if not named:
            message = "no review.yaml is among its inputs."
            raise InputError([Problem(PROVENANCE, 0, f"reviews.{review}", "provenance", message, "Run again.")])
        found[review] = named[0]
    return found


def _ended() -> str:
    """What SOURCE_DATE_EPOCH says, as ISO 8601; nothing without it.

    Raises
    ------
    InputError
        when it is no number of seconds
    """
    told = os.environ.get(EPOCH, "")
    if not told:
        return ""
    try:
        return datetime.fromtimestamp(int(told), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        fix = "It is a number of seconds since 1970-01-01, or not set."
        raise InputError([Problem(EPOCH, 0, "", "date", f"the environment variable is {told!r}.", fix)]) from None


def default_target(results: Path) -> Path:
    """Where a crate goes when nobody says: beside the results folder."""
    whole = absolute(results)
    return whole.parent / f"{whole.name}.crate.zip"  # with_suffix() would take the end of results-0.1 away

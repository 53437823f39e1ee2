"""A data package of RevMan Web: the archive itself, or its members."""

from __future__ import annotations

import io
import zipfile

from fuzz.harness import Target, parts_of
from fuzz.importing import imported
from fuzz.seeds import exported, malformed, packed, unpacked

WORDS = tuple(
    w.encode()
    for w in '''Analysis group,Analysis number,Study,Experimental cases,Experimental N,Control cases,Subgroup,Applicability,Data type Dichotomous Continuous
    Mantel-Haenszel Inverse_variance Peto Random Fixed "Risk Ratio" REML "Hartung-Knapp" ../ C:\\ \r\n , " ""'''.split()
)


INSIDE = "trial-files/trial-data.zip"


def one_input(data: bytes) -> None:
    """Bytes that begin as an archive does are one; others are the members of the archive of data within one."""
    parts = {} if data.startswith(b"PK") else parts_of(data)
    imported("package.zip", packed({INSIDE: packed(parts)}) if parts else data)


def seeds() -> list[bytes]:
    inside = []
    for package in exported("revman-web"):
        with zipfile.ZipFile(io.BytesIO(package)) as outer:
            inside += [unpacked(outer.read(n)) for n in outer.namelist() if n.endswith("-data.zip")]
    assert inside
    return [*exported("revman-web"), *inside, *malformed(".zip")]


TARGET = Target("revman_web", one_input, seeds, WORDS, examples=150)

"""Runs that differ in everything that must not matter: cores, paths, locales, time zones, hash seeds, umask."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from robust.copies import copy_project, differences, environment, made, run

CHARMAPS = {"de_DE": "ISO-8859-1", "tr_TR": "UTF-8"}
"""Locales that are made where Debian's sources of them are there: a decimal comma and another encoding; a dotless i."""


@dataclass(frozen=True)
class Variant:
    """One way to run the workflow.

    Parameters
    ----------
    folder : name of the folder it is run in
    cores : how many cores it may use
    umask : of the files it makes
    variables : of its environment
    """

    folder: str = "a"
    cores: int = 1
    umask: int = 0o022
    variables: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        said = [f"{name}={value}" for name, value in sorted(self.variables.items()) if name != "LOCPATH"]
        return f"{self.folder!r}, {self.cores} cores, umask {self.umask:03o}, {' '.join(said)}"


PLAIN = Variant(variables={"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "0"})


def variants(locales: dict[str, str]) -> list[Variant]:
    """Runs to be compared with ``PLAIN``; each of them differs from it in everything, and from the others."""
    german = {"LC_ALL": locales.get("de_DE", "C.UTF-8"), "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "1"}
    turkish = {"LC_ALL": locales.get("tr_TR", "POSIX"), "TZ": "America/New_York", "PYTHONHASHSEED": "random"}
    long = "a folder with blanks, an ümlaut, a Turkish İ, and a much longer name than the other one has"
    return [
        Variant(long, 2, 0o077, german | {"LOCPATH": locales.get("LOCPATH", "")}),
        Variant("ß (2)/b", 2, 0o002, turkish | {"LOCPATH": locales.get("LOCPATH", ""), "SOURCE_DATE_EPOCH": "86400"}),
    ]


def make_locales(folder: Path) -> dict[str, str]:
    """Make locales that the system lacks into a folder of ours; returns their names, and LOCPATH with the folder.

    Without Debian's sources of locales nothing is made, and the locales of every system take their place.
    """
    made_here: dict[str, str] = {}
    for language, charmap in CHARMAPS.items():
        name = f"{language}.{charmap}"
        command = ["localedef", "--no-archive", "-i", language, "-f", charmap, str(folder / name)]
        if shutil.which("localedef") and subprocess.run(command, capture_output=True, check=False).returncode == 0:
            made_here |= {language: name, "LOCPATH": str(folder)}
    return made_here


def results_of(variant: Variant, project: Path, scratch: Path) -> dict[str, str]:
    """SHA-256 of every file that a run makes.

    Parameters
    ----------
    variant : how it is run
    project : what is run; it stays as it is
    scratch : where a folder is made for the run
    """
    folder = shutil.copytree(project, scratch / variant.folder, symlinks=True)
    variables = environment(folder, **{k: v for k, v in variant.variables.items() if v})
    variables.pop("LANG", None)
    old = os.umask(variant.umask)
    try:
        code, said = run(folder, "snakemake", "--cores", str(variant.cores), "--quiet", "rules", env=variables)
    finally:
        os.umask(old)
    assert code == 0, said
    return made(folder)


def compared(reviews: Sequence[str], scratch: Path) -> dict[str, list[str]]:
    """What differs from the plain run, by variant; a second plain run is among them."""
    project = copy_project(scratch / "project", reviews)
    right = results_of(PLAIN, project, scratch / "first")
    found = {}
    for i, variant in enumerate([PLAIN, *variants(make_locales(scratch))]):
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            found[f"{i}: {variant}"] = differences(right, results_of(variant, project, Path(place)))
    return found

"""A small run, made up: two reviews, three stages, their seals, results and workflow."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from metaudit.provenance.entries import corpus_files
from metaudit.provenance.places import Places
from metaudit.provenance.record import Run
from metaudit.provenance.stages import Stage
from metaudit.provenance.write import beside, write_provenance
from metaudit.seal import READ

REVIEW = """id: {id}
title: What was found in {id}
"""
CLAIMS = "claim,analysis,quantity,subject,printed,unit,scale,rounding,method,refers_to,source,where,certainty,note\n"
WRITTEN = {
    "extract": ["one-2001/inputs.json", "two-2002/inputs.json"],
    "audit": ["one-2001/audit.csv", "two-2002/audit.csv", "two-2002/letter.docx"],
    "report": ["report/index.html", "board.csv", "badge.svg"],
}


def lines_of(paths: Iterable[Path]) -> str:
    """The lines of a seal."""
    return "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p}\n" for p in paths)


class Made:
    """The run, and how to write its record."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = folder / "results"
        self.reviews = folder / "data/reviews"
        self.put("Snakefile", "rule all:\n")
        self.put("CITATION.cff", 'title: metaudit\ndate-released: "2026-11-29"\n')
        self.put("scripts/audit_claims.py", "audit\n")
        self.put("scripts/metaudit/audit.py", "judge\n")
        self.put("data/specs.yaml", "specs: []\n")
        for review, other in (("one-2001", ""), ("two-2002", "one-2001/n")):
            self.put(f"data/reviews/{review}/review.yaml", REVIEW.format(id=review))
            self.put(f"data/reviews/{review}/claims.csv", f"{CLAIMS}a,main,k,,2,,,,,{other},paper,,read,\n")
        for stage, names in WRITTEN.items():
            for name in names:
                self.put(f"results/{name}", f"{stage} wrote {name}\n")
            self.seal(stage)

    @staticmethod
    def lines(paths: Iterable[Path]) -> str:
        return lines_of(paths)

    def put(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def seal(self, stage: str) -> None:
        read = sorted(self.reviews.glob("*/*")) if stage == "extract" else []
        written = [self.results / name for name in WRITTEN[stage]]
        self.put(f"logs/seals/{stage}.txt", f"{lines_of(written)}{READ}\n{lines_of(read)}")

    def moved_out(self, mine: Path) -> None:
        """Have results and reviews below another folder, as a run outside of the clone does, its results in a folder of their own."""
        shutil.copytree(self.results, mine / "audit/results")
        shutil.copytree(self.reviews, mine / "reviews")
        self.results, self.reviews = mine / "audit/results", mine / "reviews"
        for stage in WRITTEN:
            self.seal(stage)

    def with_corpus(self, *names: str) -> Run:
        """The run with a corpus, whose one stage read every file of it that counts."""
        paths = [self.folder / name for name in names]
        read = [file for path in paths for file in ([path] if path.is_file() else corpus_files(path)[0])]
        seal = self.put("logs/seals/corpus_audit.txt", f"{READ}\n{lines_of(read)}")
        stage = Stage("corpus_audit", "Judge.", str(self.folder / "scripts/audit_claims.py"), seals=(str(seal),))
        return replace(self.run, corpus=paths, stages=[*self.run.stages, stage])

    @property
    def run(self) -> Run:
        script, code = str(self.folder / "scripts/audit_claims.py"), str(self.folder / "scripts/metaudit/audit.py")
        reviews = {r: self.reviews / r for r in ("one-2001", "two-2002")}
        before: tuple[str, ...] = ()
        stages = []
        for name in WRITTEN:
            data = (str(self.folder / "data/specs.yaml"),) if name == "audit" else ()
            seal = str(self.folder / f"logs/seals/{name}.txt")
            stages.append(Stage(name, f"Do {name}.", script, (code,), data, before, (seal,)))
            before = (*before, name)
        return Run(
            places=Places(self.results, self.folder),
            parameters={"reviews": "all", "level": 0.95, "figure_formats": ["svg"], "corpus": None},
            reviews=reviews,
            stages=stages,
            workflow=[str(self.folder / "Snakefile"), str(self.folder / "CITATION.cff")],
            beside=beside(reviews),
        )

    def write(self) -> Path:
        write_provenance(self.run)
        return self.results


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "here")


@pytest.fixture
def made_elsewhere(tmp_path):
    return Made(tmp_path / "quite" / "elsewhere")

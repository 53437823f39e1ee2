"""Rule provenance: say what came from what, for archives and for whoever checks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from metaudit.formats.places import review_folders
from metaudit.formats.references import outside
from metaudit.provenance.places import Places
from metaudit.provenance.record import Run
from metaudit.provenance.stages import Stage
from metaudit.provenance.write import beside, write_provenance


def main(
    data_dir: str, results_dir: str, *, workflow_dir: str, reviews: list[str], parameters: Mapping[str, Any],
    stages: list[dict[str, Any]], workflow: list[str], modules: Sequence[str] = (), corpus: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write ``provenance.json`` and ``ro-crate-metadata.json`` into the results folder."""
    folders = review_folders(data_dir, reviews)
    library = [found.parent for path in corpus for found in Path(path).glob("*/review.yaml")]  # none below a table
    run = Run(
        places=Places(Path(results_dir), Path(workflow_dir)),
        parameters=parameters,
        reviews=folders,
        stages=[Stage.of(stage) for stage in stages],
        workflow=workflow,
        modules=modules,
        beside=beside(folders),
        outside=sorted({*outside(folders.values()), *outside(library)}),
        corpus=[Path(file) for file in corpus],
    )
    write_provenance(run)


if __name__ == "__main__":
    from metaudit.rule import choices, logged

    with logged(snakemake.log[0]):
        read = snakemake.input
        main(**choices(snakemake.params), workflow=list(read.workflow), modules=list(read.modules))

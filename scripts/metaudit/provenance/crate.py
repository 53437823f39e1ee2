"""The RO-Crate of a run: its record for archives, in the vocabulary they read.

Sources: RO-Crate 1.1 (w3id.org/ro/crate/1.1), Workflow RO-Crate 1.0 (w3id.org/workflowhub/workflow-ro-crate/1.0), and Process and
Workflow Run Crate 0.5 (w3id.org/ro/wfrun); ``make provenance-check`` holds a crate to them with roc-validator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.provenance.crate_files import (
    DESCRIBED,
    SNAKEFILE,
    Entity,
    Layout,
    file_of,
    folder_of,
    inside,
    library_of,
    links,
    review_of,
)
from metaudit.provenance.places import CRATE, PROVENANCE

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
RUN_TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}  # the one term that RO-Crate 1.1 lacks
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
BIOSCHEMAS_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
BIOSCHEMAS_PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
LICENCE = "https://spdx.org/licenses/MIT"
AUTHORS = "#authors"


def crate(
    provenance: Mapping[str, Any], layout: Layout, *, published: str, titles: Mapping[str, str], ended: str = ""
) -> dict[str, Any]:
    """The content of ``ro-crate-metadata.json``.

    Parameters
    ----------
    provenance : the record of the run
    layout : :data:`~metaudit.provenance.crate_files.IN_PLACE` or :data:`~metaudit.provenance.crate_files.PACKED`
    published : ISO 8601 date of publication, which RO-Crate wants of every crate
    titles : title of every review, by its id
    ended : ISO 8601 time when the run ended; left out when empty, because a result that names its time is never the same twice

    Raises
    ------
    InputError
        when the record names no workflow
    """
    inputs = {name: entry for name, entry in provenance["inputs"].items() if entry["kind"] != "code"}
    snakefile = _snakefile(inputs)
    files = [file_of(layout.input(name), entry) for name, entry in inputs.items() if name != snakefile]
    reviews = [review_of(review, provenance, layout, titles) for review in _with_results(provenance)]
    outputs = [
        file_of(layout.result(name), entry)
        for name, entry in provenance["outputs"].items()
        if "/" not in name or (Path(name).name in DESCRIBED and name.count("/") == 1)
    ]
    outputs = [entity for entity in outputs if entity["@id"] != layout.result(CRATE)]
    folders = [folder_of(name, layout, about) for name, about in _FOLDERS.items() if _has(provenance, name)]
    code = library_of(layout.input("scripts/metaudit/"), provenance)
    record = {
        "@id": layout.result(PROVENANCE),
        "@type": "File",
        "name": PROVENANCE,
        "encodingFormat": "application/json",
    }
    record["description"] = "SHA-256 of every input and every result, versions, parameters, and which came from which."
    parameters = _parameters(provenance["parameters"])
    workflow = _workflow(layout.input(snakefile), inputs[snakefile], provenance, [p["@id"] for p, _ in parameters])
    parts = [workflow, *files, code, *reviews, *folders, *outputs, record]
    made = [*reviews, *folders, *[o for o in outputs if "/" not in o["@id"].removeprefix(layout.results)], record]
    run = _run(workflow["@id"], inputs=[*_ids(files), *(v["@id"] for _, v in parameters)], made=_ids(made), ended=ended)
    if layout.readme:
        parts.append(_readme(layout.readme))
    graph = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": [
                {"@id": "https://w3id.org/ro/crate/1.1"},
                {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
            ],
        },
        _root(provenance, published=published, parts=_ids(parts), workflow=workflow["@id"], run=run["@id"]),
        *parts,
        run,
        *(entity for pair in parameters for entity in pair),
        *_context_entities(provenance),
    ]
    return {"@context": [CONTEXT, RUN_TERMS], "@graph": graph}


def _snakefile(inputs: Iterable[str]) -> str:
    for name in inputs:
        if Path(inside(name)).name == SNAKEFILE:
            return name
    message, fix = "no Snakefile is among the inputs, and a crate is of a workflow.", "Run the workflow again."
    raise InputError([Problem(PROVENANCE, 0, "inputs", "provenance", message, fix)])


_FOLDERS = {
    "report/": ("The site", "A page for every review and every analysis; report/index.html is the first."),
    "corpus/": ("The corpus", "Verdicts of every number of the corpus as Parquet, and their summary."),
}


def _has(provenance: Mapping[str, Any], folder: str) -> bool:
    return any(name.startswith(folder) for name in provenance["outputs"])


def _ids(entities: Iterable[Entity]) -> list[str]:
    return [entity["@id"] for entity in entities]


def _readme(path: str) -> Entity:
    return {"@id": path, "@type": "File", "name": path, "about": {"@id": "./"}, "encodingFormat": "text/markdown"}


def _with_results(provenance: Mapping[str, Any]) -> list[str]:
    """Reviews of the run; those that they refer to, outside of it, have no results."""
    return [review for review, about in provenance["reviews"].items() if about["results"]]


def _workflow(path: str, entry: Mapping[str, Any], provenance: Mapping[str, Any], parameters: list[str]) -> Entity:
    return {
        **file_of(path, entry),
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "encodingFormat": "text/x-python",
        "description": "From what reviews reported to what can be re-derived.",
        "version": provenance["metaudit"],
        "programmingLanguage": {"@id": SNAKEMAKE},
        "license": {"@id": LICENCE},
        "creator": {"@id": AUTHORS},
        "conformsTo": {"@id": BIOSCHEMAS_WORKFLOW},
        "input": links(parameters),
    }


def _root(provenance: Mapping[str, Any], *, published: str, parts: list[str], workflow: str, run: str) -> Entity:
    count = len(_with_results(provenance))
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": "Published meta-analyses, re-run and judged",
        "description": f"What can be re-derived of every printed number of {count} published review{'s' * (count != 1)}. "
        f"{PROVENANCE} has the SHA-256 of every file; this description names the main ones.",
        "datePublished": published,
        "license": {"@id": LICENCE},
        "author": {"@id": AUTHORS},
        "publisher": {"@id": AUTHORS},
        "conformsTo": links(list(PROFILES)),
        "mainEntity": {"@id": workflow},
        "mentions": {"@id": run},
        "hasPart": links(parts),
    }


def _run(workflow: str, *, inputs: list[str], made: list[str], ended: str) -> Entity:
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "One run of the workflow",
        "description": "Every stage, from the files of the reviews to the site.",
        "instrument": {"@id": workflow},
        "agent": {"@id": AUTHORS},
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "object": links(inputs),
        "result": links(made),
        **({"endTime": ended} if ended else {}),
    }


def _parameters(config: Mapping[str, Any]) -> list[tuple[Entity, Entity]]:
    """What the workflow can be told, and what it was told."""
    return [_parameter(key, value) for key, value in config.items() if value is not None]


def _parameter(key: str, value: Any) -> tuple[Entity, Entity]:
    told = [str(v) for v in value] if isinstance(value, list) else str(value)
    parameter = {
        "@id": f"#parameter-{key}",
        "@type": "FormalParameter",
        "name": key,
        "description": f"Key {key} of the configuration.",
        "additionalType": "Number" if isinstance(value, int | float) else "Text",
        "conformsTo": {"@id": BIOSCHEMAS_PARAMETER},
        "workExample": {"@id": f"#value-{key}"},
    }
    given = {
        "@id": f"#value-{key}",
        "@type": "PropertyValue",
        "name": key,
        "value": told[0] if isinstance(told, list) and len(told) == 1 else told,
        "exampleOfWork": {"@id": f"#parameter-{key}"},
    }
    return parameter, given


def _context_entities(provenance: Mapping[str, Any]) -> list[Entity]:
    profiles = [
        {"@id": i, "@type": "CreativeWork", "name": name, "version": version} for i, (name, version) in PROFILES.items()
    ]
    return [
        *profiles,
        {
            "@id": LICENCE,
            "@type": "CreativeWork",
            "name": "MIT License",
            "description": "Use, change and share freely.",
        },
        {"@id": AUTHORS, "@type": "Organization", "name": "the metaudit authors"},
        {
            "@id": SNAKEMAKE,
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
            "url": {"@id": "https://snakemake.readthedocs.io"},
        },
    ]

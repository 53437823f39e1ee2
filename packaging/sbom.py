"""The bill of materials: every package of requirements.lock, in the vocabulary of CycloneDX 1.6 (ECMA-424).

``python packaging/sbom.py`` writes packaging/sbom.json; ``--check`` only says whether it is current; ``--validate`` holds it to the schema
of CycloneDX, which the environment of packaging/checks.lock brings. The same lock file gives the same bytes: no date, no address. What a
package is needed by stands in the lock file beside it, hashes of its files too.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from typing import Any

import locked

LOCK = locked.ROOT / "requirements.lock"
SBOM = locked.ROOT / "packaging" / "sbom.json"


def components(lock: str, needed: set[str]) -> list[dict[str, Any]]:
    """One entry a package and version; ``needed`` are those that metaudit itself runs with, others are of tests and documentation."""
    found = []
    for name, entries in locked.entries(lock).items():
        for entry in entries:
            pinned = re.match(r"[^=]+==(\S+?)(?:\s*;\s*(.*?))?\s*(?:\\|$)", entry, flags=re.MULTILINE)
            if not pinned:
                message = f"requirements.lock: {entry.splitlines()[0]!r} pins no version"
                raise ValueError(message)
            version, marker = pinned[1], pinned[2]
            purl = f"pkg:pypi/{name}@{version}"
            where = {"properties": [{"name": "metaudit:marker", "value": marker}]} if marker else {}
            scope = "required" if name in needed else "excluded"
            about = {"type": "library", "bom-ref": purl, "name": name, "version": version, "scope": scope, "purl": purl}
            found.append({**about, **where})
    return found


def dependencies(lock: str, parts: list[dict[str, Any]], root: str) -> list[dict[str, Any]]:
    """What needs what, as the lock file says; what stands in requirements.in is needed by metaudit."""
    refs: dict[str, list[str]] = {}
    for part in parts:
        refs.setdefault(part["name"], []).append(part["bom-ref"])
    needs: dict[str, set[str]] = {part["bom-ref"]: set() for part in parts} | {root: set()}
    for name, entries in locked.entries(lock).items():
        for parent in set().union(*map(locked.needed_by, entries)):
            for ref in [root] if parent.startswith("-r ") else refs.get(parent, []):
                needs[ref] |= set(refs[name])
    return [{"ref": ref, "dependsOn": sorted(needs[ref])} for ref in sorted(needs)]


def sbom(lock: str, project: str) -> dict[str, Any]:
    """The whole document."""
    version = re.search(r'^version = "([^"]+)"', project, flags=re.MULTILINE)
    if not version:
        message = "pyproject.toml names no version"
        raise ValueError(message)
    root = f"pkg:generic/metaudit@{version[1]}"
    needed = {entry.partition("==")[0] for entry in locked.closure(lock, locked.roots(project))}
    parts = components(lock, needed)
    digest = hashlib.sha256(lock.encode()).hexdigest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "metaudit",
                "version": version[1],
                "licenses": [{"license": {"id": "MIT"}}],
                "purl": root,
            },
            "properties": [{"name": "metaudit:requirements.lock:sha256", "value": digest}],
        },
        "components": parts,
        "dependencies": dependencies(lock, parts, root),
    }


def text() -> str:
    """The file as it should be."""
    project = (locked.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return json.dumps(sbom(LOCK.read_text(encoding="utf-8"), project), indent=1) + "\n"


def validate(content: str) -> str:
    """What the schema of CycloneDX has against a document; nothing when it is valid."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(content)
    return str(error) if error else ""


def main(arguments: list[str]) -> int:
    """Write, check or validate; returns the exit code."""
    if "--validate" in arguments:
        wrong = validate(SBOM.read_text(encoding="utf-8"))
        print(wrong or "packaging/sbom.json is valid CycloneDX 1.6.")
        return 1 if wrong else 0
    if "--check" in arguments:
        if SBOM.is_file() and SBOM.read_text(encoding="utf-8") == text():
            return 0
        print("packaging/sbom.json is not that of requirements.lock: run python packaging/sbom.py")
        return 1
    SBOM.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Hold RO-Crates to their profiles: ``.checks/bin/python packaging/crate_check.py results run.zip`` (``make provenance-check``).

Runs in the environment of packaging/checks.lock. Nothing is fetched: the one thing that roc-validator wants from the network, the
JSON-LD context of RO-Crate 1.1, is given to it from the file that rocrate brings. Exit code 1 when a crate misses a requirement;
recommendations that are not met are printed, and docs/provenance.md answers them.
"""

from __future__ import annotations

import importlib.resources
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

PROFILES = ("ro-crate-1.1", "workflow-ro-crate-1.0", "process-run-crate-0.5", "workflow-run-crate-0.5")
CONTEXT = "https://w3id.org/ro/crate/1.1/context"


def answer_without_network() -> None:
    """Give the validator the context it asks for; every other address is refused."""
    from requests import Response
    from rocrate_validator.utils.http import HttpRequester

    content = (importlib.resources.files("rocrate") / "data" / "ro-crate.jsonld").read_bytes()

    def get(self: Any, url: str, *args: Any, **kwargs: Any) -> Response:
        response = Response()
        known = url == CONTEXT
        response.status_code, response.url = (200 if known else 404), url
        response._content = content if known else b""
        response.headers["Content-Type"] = "application/ld+json"
        return response

    HttpRequester.get = get


def issues(crate: Path, profile: str) -> list[tuple[str, str, str]]:
    """Severity, check and message of everything a profile asks for and a crate has not."""
    from rocrate_validator import models, services

    settings = services.ValidationSettings(
        rocrate_uri=str(crate),
        offline=True,
        profile_identifier=profile,
        requirement_severity=models.Severity.RECOMMENDED,
    )
    found = services.validate(settings).get_issues()
    return sorted({(issue.severity.name, issue.check.identifier, str(issue.message)) for issue in found})


def check(crate: Path) -> int:
    """Print what is missing; returns how many requirements are."""
    required = 0
    for profile in PROFILES:
        found = issues(crate, profile)
        missed = [issue for issue in found if issue[0] == "REQUIRED"]
        print(f"{crate}: {profile}: {len(missed)} requirements and {len(found) - len(missed)} recommendations not met")
        for severity, name, message in found:
            print(f"  {severity} {name}: {message}")
        required += len(missed)
    return required


def main(crates: list[str]) -> int:
    """Check folders and zip files; returns the exit code."""
    if not crates:
        print(__doc__, file=sys.stderr)
        return 2
    answer_without_network()
    missed = 0
    for name in crates:
        if Path(name).is_dir():
            missed += check(Path(name))
            continue
        with tempfile.TemporaryDirectory(prefix="metaudit-crate-") as folder:
            zipfile.ZipFile(name).extractall(folder)
            missed += check(Path(folder))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The bill of materials and the audit of dependencies: current, closed, and never silently green."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGING = ROOT / "packaging"


def module(name, monkeypatch):
    monkeypatch.syspath_prepend(str(PACKAGING))
    sys.modules.pop(name, None)
    return __import__(name)


@pytest.fixture
def sbom(monkeypatch):
    return module("sbom", monkeypatch)


@pytest.fixture
def audit(monkeypatch):
    return module("audit_dependencies", monkeypatch)


def test_the_bill_is_that_of_the_lock_file(sbom):
    assert (PACKAGING / "sbom.json").read_text(encoding="utf-8") == sbom.text()


def test_the_bill_names_every_package_once_and_no_host(sbom):
    bill = json.loads(sbom.text())
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([a-z0-9][\w.-]*)==(\S+)", lock, flags=re.MULTILINE)
    assert sorted((c["name"], c["version"]) for c in bill["components"]) == sorted(pinned)
    assert set(re.findall(r"\w+://[^\"/]+", sbom.text())) == {"http://cyclonedx.org"}  # the schema's name


def test_what_depends_on_what_is_closed_and_reaches_everything(sbom):
    bill = json.loads(sbom.text())
    needs = {d["ref"]: d["dependsOn"] for d in bill["dependencies"]}
    assert {ref for refs in needs.values() for ref in refs} <= set(needs)
    root = bill["metadata"]["component"]["bom-ref"]
    reached, queue = set(), [root]
    while queue:
        new = set(needs[queue.pop()]) - reached
        reached |= new
        queue += new
    assert reached | {root} == set(needs)


def test_scopes_tell_what_metaudit_runs_with(sbom):
    scope = {c["name"]: c["scope"] for c in json.loads(sbom.text())["components"]}
    assert {scope[name] for name in ("numpy", "scipy", "snakemake", "pymare")} == {"required"}
    assert {scope[name] for name in ("pytest", "mypy", "mkdocs")} == {"excluded"}


@pytest.mark.parametrize("name", ["checks.in", "checks.lock"])
def test_lock_files_name_no_address(name):
    text = (PACKAGING / name).read_text(encoding="utf-8")
    assert not re.findall(r"\S*://\S*|^-\S.*|\S+\.(?:org|com|io|net|local)\b", text, flags=re.MULTILINE)


WELL = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "not found"}
KNOWN = {"name": "c", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ([WELL], 0, "any of 1 packages"),
        ([WELL, SKIPPED], 3, "b: NOT AUDITED"),
        ([SKIPPED, KNOWN], 1, "CVE-1; mended in 3"),
        ([], 3, "NOT AUDITED. The advisory service gave no answer: no route"),
    ],
)
def test_an_audit_is_green_only_when_every_package_was_asked_about(audit, capsys, answers, code, said):
    assert audit.judge("x.lock", answers, "no route") == code
    assert said in capsys.readouterr().out


def test_an_audit_that_cannot_even_start_is_told(audit, monkeypatch, capsys):
    monkeypatch.setattr(
        audit.subprocess, "run", lambda *a, **k: type("Done", (), {"stdout": "", "stderr": "boom", "returncode": 1})()
    )
    assert audit.main() == 3
    assert capsys.readouterr().out.count("NOT AUDITED") == 2


def test_what_is_known_comes_before_what_was_not_asked(audit, monkeypatch):
    answers = {"requirements.lock": ([], "no route"), "packaging/checks.lock": ([KNOWN], "")}
    monkeypatch.setattr(audit, "ask", answers.__getitem__)
    assert audit.main() == 1

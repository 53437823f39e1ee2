"""Ask an advisory service about every package of the lock files: ``.checks/bin/python packaging/audit_dependencies.py``.

Exit codes: 0 every package was asked about and nothing is known; 1 something is known; 3 NOT AUDITED, because the service could not be
reached or did not know a package. pip-audit by itself ends with 0 when its usual service, asked through a mirror, knows no package at
all; therefore the answers are counted here, and the service asked is OSV.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "packaging/checks.lock")
COMMAND = (
    "--disable-pip",
    "--require-hashes",
    "--vulnerability-service",
    "osv",
    "--format",
    "json",
    "--progress-spinner",
    "off",
)
WELL, KNOWN, NOT_AUDITED = 0, 1, 3


def ask(lock: str) -> tuple[list[dict[str, Any]], str]:
    """What the service says of every package of a lock file; and why nothing, when nothing."""
    command = [sys.executable, "-m", "pip_audit", *COMMAND, "--timeout", "20", "--requirement", lock]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return list(json.loads(done.stdout)["dependencies"]), ""
    except (json.JSONDecodeError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or [f"pip-audit ended with {done.returncode} and said nothing"])[-1]
        return [], last


def judge(lock: str, answers: list[dict[str, Any]], why: str) -> int:
    """Print what was learned of a lock file; returns the exit code."""
    if not answers:
        print(f"{lock}: NOT AUDITED. The advisory service gave no answer: {why or 'no package was asked about'}")
        return NOT_AUDITED
    skipped = [answer for answer in answers if "skip_reason" in answer]
    known = [answer for answer in answers if answer.get("vulns")]
    for answer in known:
        for vulnerability in answer["vulns"]:
            fixed = ", ".join(vulnerability.get("fix_versions", [])) or "no version yet"
            print(f"{lock}: {answer['name']} {answer['version']}: {vulnerability['id']}; mended in {fixed}")
    for answer in skipped:
        print(f"{lock}: {answer['name']}: NOT AUDITED: {answer['skip_reason']}")
    if known:
        return KNOWN
    if skipped:
        return NOT_AUDITED
    print(f"{lock}: nothing is known against any of {len(answers)} packages.")
    return WELL


def main() -> int:
    """Ask about every lock file; returns the gravest exit code: what is known comes before what was not asked."""
    codes = [judge(lock, *ask(lock)) for lock in LOCKS]
    return KNOWN if KNOWN in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())

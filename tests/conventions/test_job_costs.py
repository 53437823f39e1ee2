"""A job pays for every package it imports: which script may load which (docs/development.md)."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
PACKAGES = {"numpy", "scipy", "pandas", "matplotlib", "statsmodels", "pymare", "pyarrow", "snakemake"}
ALLOWED = {
    "metaudit.config": set(),
    "metaudit.source": set(),
    "extract_reviews": {"numpy", "scipy"},
    "draw_figures": {"numpy", "matplotlib", "scipy"},
    "write_tables": set(),
    "write_documents": set(),
    "write_report": set(),
    "write_provenance": set(),
    "metaudit.corpus.plan": set(),
    "split_corpus": set(),
    "audit_shard": {"numpy", "scipy"},
    "summarise_corpus": set(),
}


@pytest.mark.parametrize("module", ALLOWED)
def test_a_job_loads_only_the_packages_it_needs(module):
    ask = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], cwd=SCRIPTS, capture_output=True, text=True, check=True)
    extra = set(done.stdout.split()) & PACKAGES - ALLOWED[module]
    assert not extra, f"{module} loads {', '.join(sorted(extra))}: import inside the function that needs it"

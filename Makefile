# make            set up .venv once, then bring results/ up to date
# make test       the same .venv, then the tests
# make browser    the site in a real browser (needs Debian's chromium, or METAUDIT_CHROMIUM)
# make check      compute everything again in a scratch folder and compare it with results/
# make reference  compare with metafor's results: the vendored sample, or the folder METAUDIT_REFERENCE names
# make lint       style, types, spelling, workflow
# make readme     write the generated parts of README.md again
# make lock       pin the newest versions requirements.in allows (needs uv)
# make gallery    take the pictures of docs/gallery.md again (needs chromium)
# make docs       build the documentation into site/
# make docs-pages write the pages of docs/ again that are made from results and code: dossier, reference, notebook
# make docs-check those pages are current, the site builds without a warning, every link leads somewhere, every code block runs
# make audit-the-auditor   put errors into clean reviews and count what the audit finds; writes docs/audit-of-the-audit.md
# make kill-runs  kill a run at fifty seeded moments, run it again, compare every byte (an hour on two cores)
# make same-bytes run under other cores, folders, locales, time zones and hash seeds, compare every byte
# make provenance-check    the RO-Crate of results/ against its profiles, the SBOM against its schema
# make audit-dependencies  the locked packages against the known vulnerabilities (needs the network, says loudly when there is none)
# make benchmark  time a clean run and a run with nothing to do
# make clean      remove .venv, run records and logs; results/ stays

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := results
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# results/ is committed, so a fresh clone has outputs but no run records, and Snakemake would trust them unseen.
# This stamp says that one whole run went through here; until then every rule is forced.
COMPLETE := .snakemake/complete
FORCE = $(if $(wildcard $(COMPLETE)),,--forceall)

.PHONY: results test browser gallery check reference lint readme lock docs docs-pages docs-check audit-the-auditor kill-runs same-bytes provenance-check audit-dependencies benchmark clean

# --nolock: Snakemake's own lock outlives a killed run; the kernel drops this one, once the last process of that run is gone.
results: .venv/ready
	@{ mkdir -p .snakemake && touch .snakemake/running; } 2> /dev/null || \
		{ echo "$(CURDIR)/.snakemake: it could not be written. Free some space, or take the protection away, and run again." >&2; exit 2; }
	@exec 9>.snakemake/running; \
	if command -v flock > /dev/null && ! flock --wait 10 9; then \
		echo "another make is at work in this folder; wait for it to end" >&2; exit 1; \
	fi; \
	snakemake --cores all --nolock --quiet rules $(FORCE) || \
		{ said=$$(find logs -name '*.log' -size +0 -exec cat {} + 2> /dev/null); \
		[ -z "$$said" ] || printf 'what the jobs said:\n%s\n' "$$said" >&2; exit 1; }
	@touch $(COMPLETE)

test: .venv/ready
	python -m pytest -m "not browser"

browser: .venv/ready
	python -m pytest -m browser tests/browser
	python -m pytest -m browser tests/docs

gallery: .venv/ready
	python scripts/take_pictures.py

check: .venv/ready
	python scripts/check_results.py

reference: .venv/ready
	PYTHONPATH=tests python tests/reference/report.py

lint: .venv/ready
	ruff check
	ruff format --check
	mypy
	snakefmt --check Snakefile rules/*.smk examples/*/Snakefile
	codespell
	python -m pytest -q tests/workflow/test_lint.py

readme: .venv/ready
	python scripts/write_readme.py

lock:
	uv pip compile requirements.in --upgrade --generate-hashes --universal --python-version 3.11 \
		--no-header --quiet --output-file requirements.lock
	uv pip compile packaging/checks.in --upgrade --generate-hashes --universal --python-version 3.11 \
		--no-header --quiet --output-file packaging/checks.lock
	python packaging/sbom.py

docs: .venv/ready
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet

docs-pages: .venv/ready
	PYTHONPATH=scripts python scripts/write_dossier.py
	PYTHONPATH=scripts python scripts/write_reference.py
	PYTHONPATH=scripts python scripts/write_notebook.py

docs-check: .venv/ready
	python -m pytest -q tests/docs

audit-the-auditor: .venv/ready
	PYTHONPATH=scripts python scripts/audit_the_auditor.py

kill-runs: .venv/ready
	PYTHONPATH=scripts nice -n 15 python tests/robust/kill_runs.py

same-bytes: .venv/ready
	PYTHONPATH=scripts nice -n 15 python tests/robust/same_bytes.py

provenance-check: .checks/ready .venv/ready
	metaudit crate results .checks/run.crate.zip
	.checks/bin/python packaging/crate_check.py results .checks/run.crate.zip
	.checks/bin/python packaging/sbom.py --validate

audit-dependencies: .checks/ready
	.checks/bin/python packaging/audit_dependencies.py

benchmark: .venv/ready
	python benchmarks/measure_runs.py

clean:
	rm -rf .venv .checks .snakemake logs site .pytest_cache .ruff_cache .mypy_cache .hypothesis build scripts/metaudit.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Without ensurepip (Debian packs it apart) and without touching the system's own packages. BASE is the interpreter
# behind PYTHON: when .venv is already first on PATH, it must not rebuild itself.
BASE = $(shell $(PYTHON) -c 'import sys; print(sys._base_executable)')

.venv/ready: .venv/packages pyproject.toml setup.py
	$(BASE) -m pip --python $(BIN)/python install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/packages: requirements.lock
	@$(BASE) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "metaudit needs Python 3.11 or newer; name one, for instance: make PYTHON=python3.13" >&2; exit 1; }
	@$(BASE) -m pip --version > /dev/null 2>&1 || \
		{ echo "pip is missing; install it, for instance: apt-get install python3-pip" >&2; exit 1; }
	$(BASE) -m venv --clear --without-pip .venv
	$(BASE) -m pip --python $(BIN)/python install --quiet --require-hashes -r requirements.lock
	@touch $@

# What checks the crate needs an older rich than the command line: an environment of its own.
.checks/ready: packaging/checks.lock
	$(BASE) -m venv --clear --without-pip .checks
	$(BASE) -m pip --python .checks/bin/python install --quiet --require-hashes -r packaging/checks.lock
	@touch $@

"""What must be said somewhere is said, and what must be said nowhere is not."""

import ast
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from metaudit.audit_words.verdicts import CODES

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = 400


def public(tree: ast.Module):
    """Public functions, classes and methods of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_"))


def test_every_module_function_and_class_says_what_it_is_for():
    silent = []
    for path in sorted(SCRIPTS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(SCRIPTS)
        silent += [] if ast.get_docstring(tree) else [str(name)]
        silent += [f"{name}: {node.name}" for node in public(tree) if not ast.get_docstring(node)]
    assert not silent


def test_no_file_is_too_long_to_read():
    lengths = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in SCRIPTS.rglob("*.py")}
    assert not {str(p.relative_to(ROOT)): n for p, n in lengths.items() if n > LINES}


def snakefiles() -> str:
    """The Snakefile and what it includes."""
    files = (ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk")))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_rule_says_what_it_does_in_one_line():
    text = snakefiles()
    for block in re.split(r"^rule ", text, flags=re.MULTILINE)[1:]:
        assert re.match(r'\w+:\n    """[^"\n]+\."""\n', block), block.split(":")[0]


@pytest.mark.parametrize(
    "key", YAML(typ="safe").load((ROOT / "data/schemas/config.schema.yaml").read_text())["properties"]
)
def test_every_config_key_is_in_the_readme(key):
    assert f"| `{key}` |" in README


@pytest.mark.parametrize("verdict", CODES)
def test_every_verdict_is_in_the_readme(verdict):
    assert f"| `{verdict}` |" in README


def test_every_rule_is_in_the_development_notes():
    notes = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    rules = re.findall(r"^rule (\w+):", snakefiles(), flags=re.MULTILINE)
    assert not [rule for rule in rules if f"`{rule}`" not in notes]


def test_the_commands_of_the_readme_are_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    said = set(re.findall(r"^ *make ([a-z]+)", README, flags=re.MULTILINE)) | set(
        re.findall(r"`make ([a-z]+)`", README)
    )
    assert said
    assert said <= targets
    assert re.search(r"^make\b *(#|$)", README, flags=re.MULTILINE)


def test_links_of_the_documents_lead_somewhere():
    dead = []
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
                dead.append(f"{document.name}: {target}")
    assert not dead


@pytest.mark.parametrize("name", ["requirements.in", "requirements.lock"])
def test_lock_files_name_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.findall(r"\S*://\S*|^-\S.*|\S+\.(?:org|com|io|net|local)\b", text, flags=re.MULTILINE)


def test_everything_in_the_lock_has_a_hash():
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip())
    entries = [e for e in entries if not e.startswith("#")]
    assert len(entries) > 50
    assert all(re.match(r"[a-z0-9._-]+==\S+ ", e) and "--hash=sha256:" in e for e in entries)


def test_the_lock_holds_what_the_package_needs():
    locked = set(
        re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    asked = re.findall(r"^([a-zA-Z0-9._-]+)", (ROOT / "requirements.in").read_text(encoding="utf-8"), re.MULTILINE)
    needed = re.search(r"^dependencies = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M | re.S)
    assert needed
    package = re.findall(r'"([a-zA-Z0-9._-]+)', needed[1])
    assert {n.lower().replace(".", "-") for n in asked} <= locked
    assert set(package) <= set(asked)


def test_no_file_names_the_machine_it_was_written_on():
    places = re.compile(r"(?<![\w.])/(?:work|tmp|root|opt|home)/")
    kinds = {".py", ".md", ".yaml", ".yml", ".toml", ".cff", ".in", ".lock", ".j2", ""}
    named = []
    for folder in ("", "scripts", "docs", "profiles", "benchmarks", ".ci", ".github", "tests"):
        found = (ROOT / folder).rglob("*") if folder else ROOT.glob("*")
        for path in found:
            if path.is_file() and path.suffix in kinds and path != Path(__file__):
                named += [
                    f"{path.relative_to(ROOT)}: {m}"
                    for m in places.findall(path.read_text(encoding="utf-8", errors="replace"))
                ]
    assert not named

"""The library's rooms import one way, and every rule declares the modules its script loads."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from metaudit.source import FOUNDATION, library

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
LIBRARY = SCRIPTS / "metaudit"
ORDER = """errors collector records listing versions display printed measures files rule seal formats catalogue config source compare provenance space effects pooling network sequential diagnostics specs analyses subgroup_fits evaluate sequential_result sequential_columns
    bayes multilevel doseresponse paired
    presets audit_words search edits enumeration consensus rowchecks appraise audit figures tables documents report stages inject explain corpus
    drafts imports exports text_claims extractors notebook pool_options methods_text result_text one_table network_table network_text sequential_table sequential_text cli __main__""".split()
HEAVY = {"pymare", "statsmodels", "matplotlib", "pandas", "sympy"}


def modules() -> dict[str, Path]:
    """Every module of the library by its dotted name; the package itself is its public face and may import anything."""
    found = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        parts = path.relative_to(SCRIPTS).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def nodes(tree: ast.AST, *, for_types: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not for_types:
            continue
        yield node
        yield from nodes(node, for_types=for_types)


@cache
def imported(path: Path, *, for_types: bool = True) -> frozenset[str]:
    """Modules of the library that a file imports anywhere, inside functions too."""
    known, found = modules(), set()
    for node in nodes(ast.parse(path.read_text(encoding="utf-8")), for_types=for_types):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import hides where it comes from"
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {name for name in names if name in known}
    return frozenset(found)


def loaded_by(path: Path) -> set[Path]:
    """Every file of the library that running a script may load."""
    known, found, queue = modules(), set(), [path]
    while queue:
        for name in imported(queue.pop(), for_types=False):
            parts = name.split(".")
            for parent in (".".join(parts[:i]) for i in range(2, len(parts) + 1)):
                if parent in known and known[parent] not in found:
                    found.add(known[parent])
                    queue.append(known[parent])
    return found


def room_of(name: str) -> str:
    return name.split(".")[1]


def rules() -> dict[str, tuple[str, list[str]]]:
    """Script and rooms of every rule of the Snakefile and of what it includes."""
    found = {}
    files = (ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk")))
    for block in (b for f in files for b in re.split(r"^rule ", f.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]):
        script = re.search(r'script:\s+"(?:\.\./)?([^"]+)"', block)
        if script:
            name = block.split(":")[0]
            rooms = re.search(r"code=library\((.*?)\)", block, flags=re.DOTALL)
            assert rooms, f"rule {block.split(':')[0]} does not declare its modules"
            found[name] = (script[1], re.findall(r'"([^"]+)"', rooms[1]))
    return found


def test_every_room_has_its_place_in_the_order():
    assert {room_of(name) for name in modules() if "." in name} <= set(ORDER)


@pytest.mark.parametrize("name", [n for n in modules() if "." in n])
def test_imports_run_one_way(name):
    place = ORDER.index(room_of(name))
    upward = [n for n in imported(modules()[name]) if "." in n and ORDER.index(room_of(n)) > place]
    assert not upward, f"{name} imports {', '.join(sorted(upward))}, which come after it: {' -> '.join(ORDER)}"


@pytest.mark.parametrize("rule", rules())
def test_a_rule_declares_every_module_its_script_loads(rule):
    script, rooms = rules()[rule]
    declared = {LIBRARY / path for path in library(*rooms, library_dir=LIBRARY)}
    forgotten = {p for p in loaded_by(ROOT / script) - declared if p.name != "__init__.py"}
    names = sorted(str(p.relative_to(LIBRARY)) for p in forgotten)
    assert not names, f"an edit of {names} would not rerun rule {rule}: name their rooms in library(...)"


@pytest.mark.parametrize("rule", rules())
def test_a_rule_declares_no_module_in_vain(rule):
    script, rooms = rules()[rule]
    loaded, foundation = loaded_by(ROOT / script), set(library(library_dir=LIBRARY))
    own = {room: {LIBRARY / path for path in set(library(room, library_dir=LIBRARY)) - foundation} for room in rooms}
    modules_of = {
        room: {p for p in files if p.suffix == ".py" and p.name != "__init__.py"} for room, files in own.items()
    }
    idle = sorted(room for room, files in modules_of.items() if files and not files & loaded)
    assert not idle, f"an edit of {idle} would run rule {rule} again for nothing"


def test_the_foundation_is_light():
    for name, path in modules().items():
        if "." in name and room_of(name) in {*FOUNDATION, "formats", "config", "source", "compare"}:
            top = {
                n
                for n in ast.parse(path.read_text(encoding="utf-8")).body
                if isinstance(n, ast.Import | ast.ImportFrom)
            }
            packages = {(n.names[0].name if isinstance(n, ast.Import) else n.module or "").split(".")[0] for n in top}
            assert not packages & HEAVY, f"{name} imports {packages & HEAVY} for every job"


@pytest.mark.parametrize("script", sorted(p for p in SCRIPTS.glob("*.py")), ids=lambda p: p.stem)
def test_rule_scripts_know_snakemake_only_in_a_thin_main_block(script):
    tree = ast.parse(script.read_text(encoding="utf-8"))
    blocks = [n for n in tree.body if isinstance(n, ast.If) and "__name__" in ast.unparse(n.test)]
    assert len(blocks) == 1, "one main block, the last thing in the file"
    statements = [n for n in ast.walk(blocks[0]) if isinstance(n, ast.stmt)]
    assert len(statements) <= 7, "the main block only unpacks and calls main"
    outside = [n for part in tree.body if part not in blocks for n in ast.walk(part) if isinstance(n, ast.Name)]
    assert "snakemake" not in {n.id for n in outside}
    functions = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert "main" in functions

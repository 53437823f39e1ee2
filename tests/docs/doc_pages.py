"""The code blocks of the documentation: found, run in the order of their page, and their output compared with what the page shows.

``sh``       a script for bash; it must end well
``console``  commands behind ``$ `` and what they print; a command that ends with another exit code than 0 is followed by ``$ echo $?``
``python``   run in one namespace per page; it must not raise
``pycon``    a session with ``>>> ``; what it prints is compared, ``...`` stands for anything
``py``       a cell of a notebook, which test_generated_pages.py runs
``yaml``     has a title that says which file it is, or ``part of`` which; held to the rules of that file
others       shown only

A line ``...`` in the output of a ``console`` block stands for any lines, and inside a line for anything. A block with
``<!-- not run: reason -->`` on the line before it is left out. A page starts in an empty folder; ``needs: [data]`` in its head puts
the repository's folder of that name there.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
RUN = ("sh", "console", "python", "pycon")
SHOWN = ("text", "py", "csv", "r", "stata", "html", "json", "bibtex", "yaml", "toml", "dockerfile", "mermaid", "tex")
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+|~~~+) *(?P<info>[^\n`]*)$")
_NOT_RUN = re.compile(r"<!-- not run: (.*?) -->")
_HEAD = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_END = "\x1e"


@dataclass(frozen=True)
class Block:
    """One code block of a page."""

    page: str
    line: int
    language: str
    title: str
    code: str
    not_run: str

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page, by its place in docs/."""
    return sorted(p for p in DOCS.rglob("*.md") if "_site" not in p.parts)


def blocks_of(path: Path) -> list[Block]:
    """The code blocks of a page, in their order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    name = path.relative_to(DOCS).as_posix()
    found, i = [], 0
    while i < len(lines):
        opening = _FENCE.match(lines[i])
        if not opening:
            i += 1
            continue
        end = next(j for j in range(i + 1, len(lines)) if re.fullmatch(rf" *{re.escape(opening['fence'])} *", lines[j]))
        info = opening["info"].strip()
        indent = len(opening["indent"])
        before = next((x for x in reversed(lines[:i]) if x.strip()), "")
        skip = _NOT_RUN.search(before)
        title = re.search(r'title="([^"]*)"', info)
        code = "".join(x[indent:] + "\n" for x in lines[i + 1 : end])
        found.append(
            Block(
                name, i + 1, info.split()[0] if info else "", title[1] if title else "", code, skip[1] if skip else ""
            )
        )
        i = end + 1
    return found


def needs(path: Path) -> list[str]:
    """Folders of the repository that a page starts with."""
    head = _HEAD.match(path.read_text(encoding="utf-8"))
    listed = re.search(r"^needs: \[(.*)\]$", head[1], re.MULTILINE) if head else None
    return [name.strip() for name in listed[1].split(",")] if listed else []


def run_page(path: Path, folder: Path) -> list[str]:
    """Run the blocks of a page in a folder; what went wrong, one text a block."""
    for name in needs(path):
        (folder / name).symlink_to(ROOT / name, target_is_directory=True)
    os.chdir(folder)
    names: dict[str, Any] = {"__name__": "__main__"}
    wrong = []
    for block in blocks_of(path):
        if block.not_run or block.language not in RUN:
            continue
        work = {"sh": _sh, "console": _console, "python": _python, "pycon": _pycon}[block.language]
        fault = work(block, names)
        if fault:
            wrong.append(f"{block.place} ({block.language})\n{fault}")
            break  # what follows builds on it
    return wrong


def environment() -> dict[str, str]:
    """What every command of every page sees."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if k in ("LD_LIBRARY_PATH", "TMPDIR", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return kept | {
        "PATH": path, "HOME": str(Path.cwd()), "LC_ALL": "C.UTF-8", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb",
        "PYTHONPATH": str(ROOT / "scripts"), "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip


def _bash(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script], env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, timeout=180, check=False,
    )  # fmt: skip


def _sh(block: Block, names: dict[str, Any]) -> str:
    done = _bash(f"set -euo pipefail\n{block.code}")
    return "" if done.returncode == 0 else f"exit {done.returncode}:\n{done.stdout}"


def commands_of(code: str) -> list[tuple[str, str]]:
    """The commands of a session, each with the output that is shown below it."""
    found: list[tuple[list[str], list[str]]] = []
    for line in code.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif line.startswith("> ") and not found[-1][1]:
            found[-1][0].append(line[2:])
        else:
            found[-1][1].append(line)
    return [("\n".join(command), "\n".join(output)) for command, output in found]


def _console(block: Block, names: dict[str, Any]) -> str:
    asked = commands_of(block.code)
    script = "".join(f"{command}\n_rc=$?; printf '{_END}%s{_END}' $_rc; (exit $_rc)\n" for command, _ in asked)
    told = _bash(script).stdout.split(_END)
    for i, (command, expected) in enumerate(asked):
        if 2 * i + 1 >= len(told):
            return f"$ {command}\nended the session: {told[-1]}"
        printed, code = told[2 * i], told[2 * i + 1]
        said = i + 1 < len(asked) and asked[i + 1][0] == "echo $?"
        if code != "0" and not said:
            return f"$ {command}\nends with exit code {code}:\n{printed}"
        if not matches(expected, printed):
            return f"$ {command}\nshown:\n{expected}\nprinted:\n{printed}"
    return ""


def matches(expected: str, printed: str) -> bool:
    """Whether an output is what is shown, ``...`` standing for anything; blanks at the ends of lines do not count."""
    shown = [line.rstrip() for line in expected.strip("\n").splitlines()]
    got = "".join(line.rstrip() + "\n" for line in printed.strip("\n").splitlines())
    parts = []
    for line in shown:
        if line == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(x) for x in line.split("...")) + r"\n")
    return re.fullmatch("".join(parts), got) is not None


def _python(block: Block, names: dict[str, Any]) -> str:
    out = io.StringIO()
    try:
        with redirect_stdout(out):
            exec(compile(block.code, block.place, "exec"), names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _pycon(block: Block, names: dict[str, Any]) -> str:
    test = doctest.DocTestParser().get_doctest(block.code, names, block.place, block.page, block.line)
    if not test.examples:
        return "no line starts with >>>"
    out = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False)
    runner.run(test, out=out.write, clear_globs=False)
    names.update(test.globs)
    return out.getvalue()


if __name__ == "__main__":
    faults = run_page(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
    print("\n\n".join(faults))
    sys.exit(bool(faults))

"""Run docs/notebooks/first_audit.py as a notebook and write it with its outputs as a page: first_audit.md and its figures."""

import re
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from metaudit.files import write_text

SOURCE = Path("docs/notebooks/first_audit.py")
PAGE = SOURCE.with_suffix(".md")
FIGURES = SOURCE.with_suffix("")
NOTE = "<!-- Written by scripts/write_notebook.py (make docs-pages) from first_audit.py; do not edit. -->"
SECONDS = 120
_IMAGE = re.compile(r'src="data:image/svg\+xml;base64,([^"]+)"')


def executed(source: Path = SOURCE) -> Any:
    """The notebook, run from the folder it lies in.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        when a cell fails.
    """
    import jupytext  # type: ignore[import-untyped]
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from traitlets import default

    notebook = jupytext.read(source, fmt="py:percent")
    resources = {"metadata": {"path": str(source.parent)}}

    with tempfile.TemporaryDirectory(prefix="metaudit-notebook-") as scratch:

        class OverFiles(AsyncKernelManager):
            """Talks to its kernel over files, not over the network of the machine, where others may listen."""

            @default("transport")
            def _default_transport(self) -> str:
                return "ipc"

            @default("ip")
            def _default_ip(self) -> str:
                return str(Path(scratch) / "kernel")

        NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3", resources=resources, kernel_manager_class=OverFiles
        ).execute()
    return notebook


def rendered(notebook: Any) -> tuple[str, dict[str, str]]:
    """The page, and the figures it shows by their file names."""
    figures: dict[str, str] = {}
    parts = [part for cell in notebook.cells for part in _cell(cell, figures)]
    parts.insert(1, NOTE)
    return "\n\n".join(parts) + "\n", figures


def _cell(cell: Any, figures: dict[str, str]) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield cell.source
        return
    yield f"```py\n{cell.source}\n```"
    for output in cell.outputs:
        if output.output_type == "stream":
            yield f"```text\n{output.text.rstrip()}\n```"
        elif "text/html" in output.data:
            yield _html(output.data["text/html"], figures)
        else:
            yield f"```text\n{output.data['text/plain']}\n```"


def _html(markup: str, figures: dict[str, str]) -> str:
    """An output in HTML, its images as files of their own; no empty line, which would end it for Markdown."""

    def named(found: re.Match[str]) -> str:
        name = f"figure-{len(figures) + 1}.svg"
        figures[name] = b64decode(found[1]).decode("utf-8")
        return f'src="{FIGURES.name}/{name}"'

    without_style = re.sub(r"<style scoped>.*?</style>", "", markup, flags=re.DOTALL)
    lines = [line.strip() for line in _IMAGE.sub(named, without_style).splitlines()]
    return '<div class="notebook-output">\n' + "\n".join(line for line in lines if line) + "\n</div>"


def main(*, check: bool) -> int:
    """Write the page and its figures, or with ``check`` only say whether they are current; returns the exit code."""
    page, figures = rendered(executed())
    files = {PAGE: page, **{FIGURES / name: svg for name, svg in figures.items()}}
    if not check:
        for old in set(FIGURES.glob("figure-*.svg")) - set(files):
            old.unlink()
        for path, content in files.items():
            write_text(path, content)
        return 0
    stale = [str(p) for p, text in files.items() if not p.is_file() or p.read_text(encoding="utf-8") != text]
    if stale:
        print(f"not current: {', '.join(stale)}; run make docs-pages")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))

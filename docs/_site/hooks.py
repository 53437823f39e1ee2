"""What the documentation site needs beyond the pages of docs/: documents that stand elsewhere in the repository, and links to files.

The documents are written for the repository, where a link like ``../data/specs.yaml`` works. In the site such a file is copied
beside the pages, and the link is turned to the copy, so that the site is whole on its own, without a network.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "data/README.md": "reference/formats.md",
    "CHANGELOG.md": "changes.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
    "profiles/README.md": "profiles.md",
}
"""Documents of the repository that are pages of the site: place in the repository -> place in the site."""
ELSEWHERE = {"README.md": "index.md"}
"""Documents whose place a page of the site takes."""
COPIES = "files"
"""Folder of the site for copies of the repository's files."""
_FOLDER_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s#]+/?)\)")
_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?(?:\s+\"[^\"]*\")?\))|(<img [^>]*src=\")([^\"]+)(\")")
_FENCE = re.compile(r"^(?: *)(```+|~~~+).*?^(?: *)\1 *$", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents from elsewhere, and every file that a page links to."""
    for place, page in PAGES.items():
        if (ROOT / place).is_file():
            files.append(File.generated(config, page, content=(ROOT / place).read_text(encoding="utf-8")))
    wanted: set[str] = set()
    for file in files.documentation_pages():
        wanted |= {place for place in _places(file.content_string, _origin(file.src_uri)) if _is_copied(place)}
    for place in sorted(wanted):
        files.append(File.generated(config, f"{COPIES}/{place}", abs_src_path=str(ROOT / place)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files of the repository to their place in the site."""
    here = page.file.src_uri
    origin = _origin(here)

    def turned(found: re.Match[str]) -> str:
        head, target, tail = found[1] or found[4], found[2] or found[5], found[3] or found[6]
        return f"{head}{_in_site(target, origin, here)}{tail}"

    def named(found: re.Match[str]) -> str:
        """A folder has no page in the site: its link becomes its name."""
        place = posixpath.normpath(posixpath.join(posixpath.dirname(origin), found[2]))
        return found[1] if not _is_address(found[2]) and (ROOT / place).is_dir() else found[0]

    return _outside_fences(markdown, lambda text: _LINK.sub(turned, _FOLDER_LINK.sub(named, text)))


def on_post_build(config: MkDocsConfig) -> None:
    """The search index as a script as well: a page opened from a folder may not read a file."""
    folder = Path(config.site_dir) / "search"
    index = folder / "search_index.json"
    if index.is_file():
        (folder / "search_index.js").write_text(f"var __index = {index.read_text(encoding='utf-8')}", encoding="utf-8")


def _outside_fences(markdown: str, change: Any) -> str:
    parts, last = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [change(markdown[last : fence.start()]), fence[0]]
        last = fence.end()
    return "".join([*parts, change(markdown[last:])])


def _origin(page: str) -> str:
    """Where a page of the site stands in the repository."""
    return next((place for place, site in PAGES.items() if site == page), f"docs/{page}")


def _is_address(target: str) -> bool:
    return bool(re.match(r"[a-z][a-z+.-]*:|/|#", target))


def _places(markdown: str, origin: str) -> set[str]:
    """Files of the repository that a document links to."""
    targets = [found[2] or found[5] for found in _LINK.finditer(markdown)]
    return {
        posixpath.normpath(posixpath.join(posixpath.dirname(origin), t)) for t in targets if t and not _is_address(t)
    }


def _is_copied(place: str) -> bool:
    """Whether a link leads to a file that is no page and does not lie in docs/."""
    outside = not place.startswith("docs/") and place not in PAGES and place not in ELSEWHERE
    return outside and (ROOT / place).is_file()


def _in_site(target: str, origin: str, here: str) -> str:
    """A link of the repository as a link of the site."""
    if _is_address(target):
        return target
    place = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
    site = PAGES.get(place) or ELSEWHERE.get(place) or place.removeprefix("docs/")
    if _is_copied(place):
        site = f"{COPIES}/{place}"
    return posixpath.relpath(site, posixpath.dirname(here) or ".")

"""Files that all pages share: the style sheet, the scripts, the French, the fonts of the figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.files import write_bytes, write_text
from metaudit.report.fonts import FILES
from metaudit.report.language import french_script

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
# Parts of the site that have a style sheet and a script of their own, when they are there.
PARTS = ("explorer",)


def write_assets(folder: Path, templates: Environment, *, search: str) -> list[Path]:
    """Write ``assets/`` anew; files of earlier versions that no page names any more are deleted.

    Parameters
    ----------
    folder : ``results/report/assets``
    templates : environment with the verdicts among its globals
    search : text of ``search.js``

    Returns
    -------
    The files written.
    """
    texts = {
        "style.css": templates.get_template("style.css.j2").render(),
        "page.js": (TEMPLATES / "page.js").read_text(encoding="utf-8"),
        "fr.js": french_script(),
        "search.js": search,
    }
    for part in PARTS:
        for ending in ("css", "js"):
            path = TEMPLATES / f"{part}.{ending}"
            if path.is_file():
                texts[path.name] = path.read_text(encoding="utf-8")
    for name, text in texts.items():
        write_text(folder / name, text)
    fonts = [f"{name}.woff2" for name in FILES]
    for name in fonts:
        write_bytes(folder / name, (TEMPLATES / name).read_bytes())
    for path in folder.iterdir():
        if path.name not in {*texts, *fonts} and path.is_file():
            path.unlink()
    return [folder / name for name in (*texts, *fonts)]

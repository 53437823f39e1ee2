"""The font of the figures as web fonts: the letters that European texts and statistics need, out of DejaVu Sans.

The two files beside the templates were made by :func:`subset_fonts`; a test makes them again and compares.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

FILES = ("DejaVuSans", "DejaVuSans-Bold")
# Latin with its accents, Greek, Cyrillic, punctuation, sub- and superscripts, currency, letters, arrows, operators, shapes.
LETTERS = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x45F), (0x1E00, 0x1EFF),
    (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x218F), (0x2190, 0x21FF), (0x2200, 0x22FF),
    (0x25A0, 0x25FF), (0x2713, 0x2717),
)  # fmt: skip


def full_fonts() -> Path:
    """Folder of the whole fonts, which matplotlib brings along; matplotlib itself is not imported.

    Raises
    ------
    FileNotFoundError
        when matplotlib is not installed.
    """
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("DejaVu Sans is taken from matplotlib, which is not installed.")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def subset_fonts(folder: Path) -> None:
    """Write ``DejaVuSans.woff2`` and ``DejaVuSans-Bold.woff2``: the same bytes every time."""
    from fontTools import subset

    options = subset.Options(
        flavor="woff2",
        layout_features=["kern", "mark", "mkmk", "ccmp"],
        hinting=False,
        recalc_timestamp=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        drop_tables=[*subset.Options().drop_tables, "FFTM"],
    )
    for name in FILES:
        font = subset.load_font(str(full_fonts() / f"{name}.ttf"), options)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[code for low, high in LETTERS for code in range(low, high + 1)])
        cut.subset(font)
        subset.save_font(font, str(folder / f"{name}.woff2"), options)
        font.close()

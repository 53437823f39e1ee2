"""What a notebook shows of results, and where results find it.

Results are made early in the order of the rooms, and what draws and words them comes late: it is named here and imported when
something is shown, so that computing never pays for drawing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd


class Picture(Protocol):
    """A figure as a value: a notebook shows it, and it can be saved."""

    @property
    def title(self) -> str:
        """One line."""

    @property
    def alt(self) -> str:
        """What the figure shows, in two to five sentences with their numbers."""

    @property
    def svg(self) -> str:
        """The figure as SVG, with the letters of its font inside."""

    def to_frame(self) -> pd.DataFrame:
        """The numbers drawn, one row a mark."""

    def save(self, path: str | Path) -> Path:
        """Write the figure in the format its suffix names: .svg, .pdf or .png.

        Raises
        ------
        ValueError
            for any other suffix.
        """

    def _repr_svg_(self) -> str: ...

    def _repr_html_(self) -> str: ...


def notebook() -> Any:
    """The room that shows results in notebooks: HTML, data frames and forest plots."""
    return import_module("metaudit.notebook")

"""A figure as a value: a notebook shows it, and it can be saved."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from metaudit.figures.drawn import Drawn


@dataclass(frozen=True)
class DrawnPicture:
    """One figure, drawn.

    Parameters
    ----------
    drawn : the drawing with its title, the words for those who do not see it, and the numbers drawn
    """

    drawn: Drawn = field(repr=False)

    @property
    def title(self) -> str:
        """One line."""
        return self.drawn.title

    @property
    def alt(self) -> str:
        """What the figure shows, in two to five sentences with their numbers."""
        return self.drawn.alt

    @cached_property
    def svg(self) -> str:
        """The figure as SVG, with the letters of its font inside."""
        from metaudit.figures.output import render

        return render(self.drawn.figure, "svg", title=self.title, alt=self.alt).decode("utf-8")

    def to_frame(self) -> pd.DataFrame:
        """The numbers drawn, one row a mark."""
        import pandas as pd

        return pd.DataFrame([dict(row) for row in self.drawn.rows], columns=list(self.drawn.columns))

    def save(self, path: str | Path) -> Path:
        """Write the figure in the format its suffix names: .svg, .pdf or .png.

        Raises
        ------
        ValueError
            for any other suffix.
        """
        from metaudit.figures.output import save

        target = Path(path)
        save(self.drawn.figure, target, title=self.title, alt=self.alt)
        return target

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        """An image, not inline SVG: two figures of one notebook would share the ids of their titles and their fonts."""
        data = b64encode(self.svg.encode("utf-8")).decode("ascii")
        style = "max-width:100%;height:auto;background:#fff"
        return (
            f'<img style="{style}" alt="{escape(f"{self.title}. {self.alt}")}" src="data:image/svg+xml;base64,{data}">'
        )

"""The layouts of a forest plot: which columns stand where, what is shown, in which colours and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from metaudit.figures.journals import BmjWords, JamaWords, RevManWords
from metaudit.figures.style import BODY, INK, SMALL, Look
from metaudit.figures.words import Words

_GREY = "#a7a9ac"
_PURPLE = "#6b58a6"


@dataclass(frozen=True)
class Layout:
    """One layout.

    Attributes
    ----------
    blocks : from left to right: ``study``, ``data``, ``plot``, ``effect``, ``weight``, ``bias``
    joined : whether the numbers of an arm stand in one column, ``4/123``, ``55.2 (7.5)``
    looks : colours by kind of data, where they differ from ``look``
    titled : whether the title stands above the figure
    printed, prediction : whether these rows are shown where there is such a result
    events_row : label of a row of its own for the sum of the events; empty puts it into the row of the pooled result
    single_subtotals : whether a subgroup of one study has a subtotal
    sides : where the good side is named, ``below`` the axis or ``above`` the plot
    beside : whether the tests stand at the left of the axis and not below it
    centred : whether columns of data are centred
    raw_effects : whether effects given as such show estimate and standard error on the scale of analysis
    """

    name: str
    words: Words
    blocks: tuple[str, ...]
    look: Look = field(default_factory=Look)
    looks: Mapping[str, Look] = field(default_factory=lambda: MappingProxyType({}))
    size: float = BODY
    small: float = SMALL
    joined: bool = False
    titled: bool = True
    printed: bool = False
    prediction: bool = True
    events_row: str = ""
    single_subtotals: bool = False
    sides: str = "below"
    beside: bool = False
    centred: bool = False
    raw_effects: bool = False
    headings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def look_of(self, kind: str) -> Look:
        """Colours for a kind of data."""
        return self.looks.get(kind, self.look)


def _revman(square: str) -> Look:
    return Look(study=square, line=INK, diamond=INK, null=INK, pooled_line=None)


DEFAULT = Layout("default", Words(), ("study", "data", "plot", "effect", "weight", "bias"), printed=True)
REVMAN = Layout(
    "revman",
    RevManWords(),
    ("study", "data", "weight", "effect", "plot", "bias"),
    look=_revman("#0000ff"),
    looks=MappingProxyType({"means": _revman("#008000"), "generic": _revman("#ff0000")}),
    titled=False,
    prediction=False,
    events_row="Total events",
    single_subtotals=True,
    beside=True,
    raw_effects=True,
    headings=MappingProxyType({"n": "Total"}),
)
JAMA = Layout(
    "jama",
    JamaWords(),
    ("study", "data", "effect", "plot", "weight", "bias"),
    look=Look(study="#00008b", line=INK, diamond="#add8e6", diamond_edge=INK, null=INK, pooled_line=INK),
    size=7.0,
    small=6.2,
    joined=True,
    sides="above",
    headings=MappingProxyType(
        {
            "events/n": "No. of events/total No.",
            "n": "No.",
            "mean (sd)": "Mean (SD)",
            "events/time": "No. of events/time",
        }
    ),
)
BMJ = Layout(
    "bmj",
    BmjWords(),
    ("study", "data", "plot", "weight", "effect", "bias"),
    look=Look(
        study=_PURPLE, study_edge="white", line=_PURPLE, diamond=_PURPLE, diamond_edge="white", null=_GREY, axis=_GREY,
        pooled_line=_PURPLE, band="#e6e2f0",
    ),
    size=7.0,
    small=6.5,
    joined=True,
    titled=False,
    centred=True,
    headings=MappingProxyType(
        {"events/n": "No of events/total", "n": "No", "mean (sd)": "Mean (SD)", "events/time": "No of events/time"}
    ),
)  # fmt: skip

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (DEFAULT, REVMAN, JAMA, BMJ)}


def layout_of(name: str) -> Layout:
    """Return the layout of this name.

    Raises
    ------
    ValueError
        naming the known ones
    """
    if name not in LAYOUTS:
        message = f"layout {name!r} is not known; known: {', '.join(LAYOUTS)}"
        raise ValueError(message)
    return LAYOUTS[name]

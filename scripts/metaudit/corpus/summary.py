"""Sum the shards of a corpus up: tables, figures and one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

TABLES = (
    "verdicts.csv", "years.csv", "measures.csv", "programs.csv", "methods.csv", "identified.csv", "departures.csv",
    "screens.csv", "spreads.csv", "first.csv", "problems.csv",
)  # fmt: skip
FIGURES = ("verdicts.svg", "years.svg", "measures.svg", "programs.svg", "methods.svg")
PAGE = "index.html"
FILES = (PAGE, *TABLES, *FIGURES)
"""Every file that :func:`write_summary` writes, whatever the corpus holds."""


def write_summary(results_dir: Path, out: Path, *, shards: Iterable[str], notes: Sequence[str] = ()) -> None:
    """Write what a whole corpus came to; the same shards give the same bytes.

    The shards are read one after another, so that memory does not grow with the corpus.

    Parameters
    ----------
    results_dir : folder with ``audit``, ``analyses`` and ``problems``, each with one Parquet file a shard (``schema.py``)
    out : folder for ``FILES``; made when it is not there
    shards : their names; what else lies in those folders is none of this run
    notes : what has to be known to read the verdicts; see :func:`metaudit.corpus.counts.notes_of`

    Raises
    ------
    OutputError
        when a file cannot be written.
    """
    # The rules name FILES; only the job that sums up pays for what draws and sets.
    from metaudit.corpus.summary_counts import count_shards
    from metaudit.corpus.summary_figures import write_figures
    from metaudit.corpus.summary_page import write_page
    from metaudit.corpus.summary_tables import write_tables

    counted = count_shards(Path(results_dir), shards)
    write_tables(counted, Path(out))
    drawn = write_figures(counted, Path(out))
    write_page(counted, drawn, Path(out) / PAGE, notes=notes)

"""Empirical priors of tau: how heterogeneous Cochrane reviews of the same kind have been."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from metaudit.bayes.priors import TauPrior
from metaudit.errors import DataError, InputError
from metaudit.formats.yaml_file import read_yaml

_FILE = Path(__file__).parent / "empirical.yaml"


@dataclass(frozen=True)
class Empirical:
    """One predictive distribution of tau² as a prior.

    Attributes
    ----------
    table : ``turner-2012``, ``turner-2015`` or ``rhodes-2015``
    outcome, comparison, area : the kind of analysis; all empty for the distribution over all reviews
    prior : of tau
    scale : the effect measure that it holds for
    citation, certainty : the paper, and how surely its numbers were read
    doubt : why this cell may be wrong; empty for most
    """

    table: str
    outcome: str
    comparison: str
    area: str
    prior: TauPrior
    scale: str
    citation: str
    certainty: str
    doubt: str = ""


@cache
def empirical_priors() -> tuple[Empirical, ...]:
    """All distributions, in the order of the papers' tables."""
    document, problems = read_yaml(_FILE, _FILE.name)
    if problems:
        raise InputError(problems)
    out = []
    for table, content in document.items():
        said = (str(content["scale"]), str(content["citation"]), str(content["certainty"]))
        for cell in ({"values": content["general"]}, *content["cells"]):
            prior = TauPrior(str(content["family"]), tuple(float(v) for v in cell["values"]))
            outcome, comparison, area, doubt = (
                str(cell.get(key, "")) for key in ("outcome", "comparison", "area", "doubt")
            )
            out.append(Empirical(str(table), outcome, comparison, area, prior, *said, doubt))
    return tuple(out)


def empirical_prior(table: str, *, outcome: str = "", comparison: str = "", area: str = "") -> Empirical:
    """The predictive distribution for a kind of analysis; without an outcome the one over all reviews.

    Parameters
    ----------
    table : ``turner-2012`` or ``turner-2015`` (log odds ratios), ``rhodes-2015`` (standardised mean differences)
    outcome, comparison : as the table names them
    area : for ``rhodes-2015`` ``other``, ``respiratory`` or ``cancer``

    Raises
    ------
    DataError
        when there is no such table or cell; the nearest names are given.
    """
    known = [e for e in empirical_priors() if e.table == table]
    if not known:
        tables = dict.fromkeys(e.table for e in empirical_priors())
        raise DataError(f"there is no table {table!r} of priors; choose one of {', '.join(tables)}")
    if outcome and not area and any(e.area for e in known):
        area = "other"
    for part, wanted in (("outcome", outcome), ("comparison", comparison), ("area", area)):
        names = list(dict.fromkeys(getattr(e, part) for e in known))
        if wanted not in names:
            near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.3) or names
            raise DataError(f"{table} has no {part} {wanted!r}; it has {'; '.join(n for n in near if n)}")
        known = [e for e in known if getattr(e, part) == wanted]
    return known[0]

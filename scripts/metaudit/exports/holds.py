"""Which kinds of data a format cannot hold, and why: one table, used to refuse, to tell and to document."""

from __future__ import annotations

from collections.abc import Mapping

from metaudit.exports.content import Content, Part

FORMATS: Mapping[str, str] = {
    "csv": "one row a study, metaudit's own columns (CSV)",
    "xlsx": "the same as an Excel workbook",
    "escalc": "one row a study, column names of metafor's escalc (CSV)",
    "meta": "one row a study, column names of R's meta (CSV)",
    "stata": "one row a study, variable names for Stata's meta (CSV)",
    "jasp": "one row a study, headings for JASP (CSV)",
    "long": "one row an arm (CSV)",
    "covidence": "one row a study as Covidence exports extracted data (CSV)",
    "srdr": "one row a study, the arms beside each other, as SRDR+ exports results (CSV)",
    "rm5": "RevMan 5 review file (XML), with RevMan's totals as metaudit computes them",
    "revman-web": "RevMan Web data package (zip)",
    "revman-csv": "RevMan 5 export of data and analyses (CSV)",
    "mtv": "RevMan 3 and 4 analysis data file (fixed columns)",
}
ENDINGS: Mapping[str, str] = {"xlsx": ".xlsx", "rm5": ".rm5", "revman-web": ".zip", "mtv": ".mtv"}
REVMAN = ("rm5", "revman-web", "revman-csv", "mtv")
# Levels that RevMan offers for its intervals, and those that a format can say.
_LEVELS = {"rm5": (0.90, 0.95, 0.99), "revman-web": (0.90, 0.95, 0.99), "revman-csv": (0.95,)}

AS_TYPED = ("csv", "xlsx")
"""Formats that carry the rows of extraction.csv as they are."""
_NOT_PAIRWISE = {
    "network": "its rows are arms of a network, and the format holds studies with both of their groups",
    "dose_response": "its rows are doses, and the format holds studies with both of their groups",
}
_ONE_GROUP = "RevMan compares two groups; it has no place for the data of a single one"
_NO_ARMS = "one row an arm needs data of arms, and {what} belong to a study as a whole"
_REVMAN: dict[str, str] = {
    "rates": "RevMan has no events with person-time",
    "proportion": _ONE_GROUP,
    "mean": _ONE_GROUP,
    "correlation": "RevMan has no correlations",
    "change": "RevMan has no paired data with the standard deviation of the change",
    "AS": "RevMan has no arcsine difference",
    "SMDH": "RevMan has no standardised mean difference with unequal variances",
    "SMD1": "RevMan has no Glass's delta",
    "ROM": "RevMan 5 has no ratio of means",
    "moderators": "RevMan has no meta-regression",
    "glmm": "RevMan has no mixed models of counts",
    "user-weights": "RevMan takes no weights from outside",
    "level": "RevMan's intervals have 90, 95 or 99 %",
}
_ARMS: dict[str, str] = {
    "proportion": _NO_ARMS.format(what="the data of a single group"),
    "mean": _NO_ARMS.format(what="the data of a single group"),
    "correlation": _NO_ARMS.format(what="correlations"),
    "generic": _NO_ARMS.format(what="ready-made effects"),
    "change": _NO_ARMS.format(what="changes within people"),
}
_EIGHT = "RevMan's export rounds ready-made effects to eight decimals, so that they would not come back as they are"
_NINE = "its nine characters for an effect and its standard error would round them"
# Format -> kind of data, measure, model or feature -> why the format cannot hold it.
CANNOT: Mapping[str, Mapping[str, str]] = {
    "csv": {},
    "xlsx": {},
    "escalc": {},
    "meta": {"change": "meta has no changes within people from raw data; metacont takes two groups"},
    "stata": {
        "rates": "Stata's meta esize has no incidence rates",
        "mean": "Stata's meta esize has no means of one group",
        "change": "Stata's meta esize has no changes within people",
    },
    "jasp": {},
    "long": _ARMS,
    "covidence": {**_ARMS, "rates": "Covidence extracts events and means, not person-time"},
    "srdr": {**_ARMS, "rates": "SRDR+ has no person-time among its measures"},
    "rm5": _REVMAN,
    "revman-web": _REVMAN,
    "revman-csv": {
        **_REVMAN,
        "generic": _EIGHT,
        "level": "RevMan's export does not say the level, and is read as 95 %",
    },
    # The file does not say what is computed from its numbers, so no measure or model is out of its reach.
    "mtv": {k: _REVMAN[k] for k in ("rates", "proportion", "mean", "correlation", "change", "moderators")}
    | {"generic": _NINE},
}


def cannot(fmt: str, part: Part) -> str:
    """Why a format cannot hold an analysis; empty when it can."""
    reasons = CANNOT[fmt]
    if not part.analysis.pairwise and fmt not in AS_TYPED:
        return _NOT_PAIRWISE["network" if "network" in part.analysis.syntheses else "dose_response"]
    method = part.analysis.method
    features = [part.kind, part.measure.code, str(method.get("model", ""))]
    features += ["moderators"] if part.analysis.moderators else []
    level = float(method.get("level", 0.95))
    features += ["level"] if level not in _LEVELS.get(fmt, (level,)) else []
    return next((reasons[f] for f in features if f in reasons), "")


def keep_what_it_holds(content: Content, fmt: str, *, named: bool) -> None:
    """Leave out, with a notice, what a format cannot hold.

    Parameters
    ----------
    content : the analyses; those that cannot be held are taken away
    fmt : the format
    named : whether the user named the analyses: then each of them must be held

    Raises
    ------
    InputError
        when nothing is left, or an analysis that was named cannot be held.
    """
    reasons = {p.analysis.id: cannot(fmt, p) for p in content.parts}
    held = [p for p in content.parts if not reasons[p.analysis.id]]
    if not held or (named and len(held) < len(content.parts)):
        said = "; ".join(f"{name}: {why}" for name, why in reasons.items() if why)
        others = [f for f in FORMATS if all(not cannot(f, p) for p in content.parts)]
        fix = f"Formats that can: {', '.join(others)}."
        raise content.refuse("format", f"--as {fmt} cannot hold this ({said}).", fix, place="review.yaml")
    for name, why in reasons.items():
        if why:
            content.tell("dropped", "review.yaml", f"analysis {name} is not in the file: {why}.")
    content.parts[:] = held

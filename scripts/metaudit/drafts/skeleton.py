"""A review to be filled in by hand: the columns and keys that one kind of data needs, and no number in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metaudit.drafts.draft import Draft
from metaudit.drafts.write import PROVENANCE, id_of
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.places import LONGEST_ID
from metaudit.formats.review import Review
from metaudit.measures import MEASURES

# Stands where a text is still to be typed; ``still_open`` looks for it.
TO_FILL_IN = "TO FILL IN"
_ROWS = ("study", "year", "outcome")


@dataclass(frozen=True)
class DataKind:
    """What one study of a review reports.

    Parameters
    ----------
    name : the word of ``--kind-of-data``
    words : what it is, for a list to choose from
    kind : the kind of its measures in ``metaudit.measures``; empty when there is no table
    columns : columns of extraction.csv that hold it
    besides : columns that may stand instead of, or beside, those, in words
    """

    name: str
    words: str
    kind: str
    columns: tuple[str, ...]
    besides: str = ""

    @property
    def measures(self) -> tuple[str, ...]:
        """Codes of the effect measures that can be computed from it."""
        return tuple(code for code, m in MEASURES.items() if m.kind == self.kind)


_OTHER_SPREADS = (
    "Where a study has no SD: se_t se_c, var_t var_c, ci_low_t ci_high_t ci_low_c ci_high_c, or median_t q1_t q3_t min_t max_t "
    "and the same with _c; they are converted, and the audit says how. A number after an unlabelled ± goes into pm_t pm_c, "
    "with pm_is: sd or se."
)
DATA_KINDS = (
    DataKind(
        "counts", "events among people in two groups (RR, OR, RD)", "counts", ("events_t", "n_t", "events_c", "n_c"),
        "A count that is printed as a percentage only is typed with its sign: 12%.",
    ),
    DataKind(
        "means", "means and SDs in two groups (MD, SMD)", "means", ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
        _OTHER_SPREADS,
    ),
    DataKind(
        "change", "means of the same people at two times, or in a crossover", "change",
        ("mean_t", "mean_c", "sd_change", "n_pairs", "sd_c", "r_pre_post"),
        "mean_t is the later mean or the one under treatment. MC and SMCC need sd_change; SMCR needs sd_c and r_pre_post.",
    ),
    DataKind(
        "rates", "events in person-time in two groups (IRR, IRD)", "rates", ("events_t", "time_t", "events_c", "time_c")
    ),
    DataKind("proportions", "events among people in one group", "proportion", ("events", "n")),
    DataKind("one-group-means", "mean and SD in one group", "mean", ("mean", "sd", "n")),
    DataKind("correlations", "correlation coefficients", "correlation", ("r", "n")),
    DataKind(
        "generic", "effects as reported, with an SE or a confidence interval", "generic",
        ("effect", "se", "ci_low", "ci_high"),
        "One of se, variance, ci_low with ci_high, p, t or f goes with an effect. GEN takes the effect as it stands; GEN-LOG "
        "takes a ratio as printed (hazard ratio 0.80) and pools its logarithm.",
    ),
    DataKind("none", "no table of studies: printed numbers only", "", ()),
)  # fmt: skip


def data_kind(name: str) -> DataKind:
    """The kind of data of this name.

    Raises
    ------
    DataError
        when there is none, naming the nearest one.
    """
    from metaudit.errors import DataError
    from metaudit.formats.tables import nearest

    found = next((k for k in DATA_KINDS if k.name == name), None)
    if found is None:
        names = [k.name for k in DATA_KINDS]
        hint = nearest(name, names)
        known = "" if hint.startswith("Known") else f" Known: {', '.join(names)}."
        raise DataError(f"{name!r} is no kind of data. {hint}{known}")
    return found


@dataclass(frozen=True)
class Answers:
    """What is known of a review before its numbers are typed; what the authors do not say is empty.

    Parameters
    ----------
    kind_of_data : a name of ``DATA_KINDS``
    title, authors, year, journal, doi : of the publication
    kind, language : as in review.yaml
    outcome : what is pooled, as the column ``outcome`` will name it
    measure, favours, moderators, subgroups : of the analysis
    method : keys of the analysis's stated method
    read : how much of the publication was read, as in sources.csv
    """

    kind_of_data: str
    title: str = ""
    authors: str = ""
    year: int | None = None
    journal: str = ""
    doi: str = ""
    kind: str = "meta-analysis"
    language: str = ""
    outcome: str = ""
    measure: str = ""
    favours: str = ""
    moderators: tuple[str, ...] = ()
    subgroups: str = ""
    method: Mapping[str, Any] = field(default_factory=dict)
    read: str = "not read"


def skeleton(answers: Answers) -> Draft:
    """A draft without a number in it: the tables have their header only, so that no example is taken for data.

    Raises
    ------
    DataError
        when the kind of data is not known, or its measures do not include the one named.
    """
    kind = data_kind(answers.kind_of_data)
    _check_measure(answers, kind)
    title = answers.title or f"{TO_FILL_IN}: title of the publication"
    authors = answers.authors or f"{TO_FILL_IN}: first author et al."
    named = {"authors": authors, "year": answers.year, "journal": answers.journal, "doi": answers.doi}
    citation = {key: value for key, value in named.items() if value}
    about = (authors.rstrip("."), title.rstrip("."), f"{answers.journal} {answers.year or ''}".strip())
    covariates = [f"{COVARIATE_PREFIX}{name}" for name in _covariates(answers)]
    headers: dict[str, tuple[str, ...]] = {
        "claims.csv": ("claim", "analysis", "quantity", "subject", "printed", "unit", "scale", *PROVENANCE)
    }
    if kind.columns:
        headers["extraction.csv"] = (*_ROWS, *kind.columns, *covariates, *PROVENANCE)
    return Draft(
        title=title,
        kind=answers.kind,
        language=answers.language,
        citation=citation,
        analyses={id_of(answers.outcome)[:LONGEST_ID].strip("-") or "main": _analysis(answers, kind)},
        sources=[
            {"source": "paper", "citation": ". ".join(t for t in about if t), "doi": answers.doi, "read": answers.read}
        ],
        headers=headers,
        comments=_comments(kind),
    )


def still_open(review: Review) -> list[str]:
    """What is to be filled in before a review can be audited, one sentence each."""
    said = [f"review.yaml: {key} is to be filled in." for key in ("title",) if TO_FILL_IN in review.title]
    said += [
        f"review.yaml: citation.{k} is to be filled in." for k, v in review.citation.items() if TO_FILL_IN in str(v)
    ]
    said += [
        f"sources.csv: the citation of {key!r} is to be filled in."
        for key, cells in review.sources.items()
        if TO_FILL_IN in cells.get("citation", "")
    ]
    notices = review.folder / "notices.md"
    if notices.is_file():
        said.append(
            "notices.md: what was guessed, left out or not understood is to be looked at; delete the file when it is done."
        )
    if not review.rows and any(a.data != "none" for a in review.analyses.values()):
        said.append("extraction.csv: no row yet; one row is one study's data for one outcome.")
    if not review.claims and not review.rows:
        said.append("claims.csv: no row yet; one row is one printed number.")
    return said


def _check_measure(answers: Answers, kind: DataKind) -> None:
    from metaudit.errors import DataError
    from metaudit.formats.tables import nearest

    if answers.measure and kind.kind and answers.measure not in kind.measures:
        of = next((k.name for k in DATA_KINDS if answers.measure in k.measures), "")
        hint = f"It belongs to --kind-of-data {of}." if of else nearest(answers.measure, kind.measures)
        raise DataError(f"{answers.measure!r} is no measure of {kind.name} ({', '.join(kind.measures)}). {hint}")


def _covariates(answers: Answers) -> list[str]:
    named = [*answers.moderators, *([answers.subgroups] if answers.subgroups else [])]
    return list(dict.fromkeys(name.removeprefix(COVARIATE_PREFIX) for name in named if name != "year"))


def _analysis(answers: Answers, kind: DataKind) -> dict[str, Any]:
    outcome = answers.outcome or "main outcome"
    entry: dict[str, Any] = {"title": outcome[:1].upper() + outcome[1:], "select": {"outcome": outcome}}
    if not kind.columns:
        entry["select"] = {}
        entry["data"] = "none"
    if answers.measure:
        entry["measure"] = answers.measure
    if answers.favours:
        entry["favours"] = answers.favours
    if answers.method:
        entry["method"] = dict(answers.method)
    if answers.subgroups:
        entry["subgroups"] = answers.subgroups.removeprefix(COVARIATE_PREFIX)
    if answers.moderators:
        entry["moderators"] = [m.removeprefix(COVARIATE_PREFIX) for m in answers.moderators]
    return entry


def _comments(kind: DataKind) -> tuple[str, ...]:
    claims = "claims.csv has one row for each printed number, typed exactly as printed (0.50, <.0001, 51.3%); sources.csv one for each document read."
    if not kind.columns:
        return (f"There is no table of studies here: every analysis says data: none. {claims}",)
    rows = (
        f"extraction.csv has one row for each study and outcome, numbers exactly as reported, cells that are not reported empty. "
        f"Its columns here: {' '.join(kind.columns)}. {kind.besides}"
    )
    measure = f"Effect measures of such data: {', '.join(f'{c} ({MEASURES[c].name})' for c in kind.measures)}."
    return (rows.rstrip(), "", claims, "", measure)

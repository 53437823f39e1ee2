"""The table of mistakes: each takes a shipped review, breaks one thing in a copy, and says what must be told about it."""
# ruff: noqa: RUF001 - a table is read along its lines; garbled letters are the point

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Break = Callable[[Path], object]


@dataclass(frozen=True)
class Broken:
    """One mistake, and what must be said about it.

    ``row`` is the line in the file (0: the whole file); it is a text when that line is to be looked up in the broken
    file: the first line that holds it.
    """

    name: str
    review: str
    how: Break
    file: str
    row: int | str
    column: str
    rule: str
    words: tuple[str, ...]


def swap(file: str, old: str, new: str) -> Break:
    """Replace the first occurrence of a text."""

    def how(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return how


def add(file: str, text: str) -> Break:
    """Add a line at the end."""
    return lambda folder: (folder / file).write_text(
        (folder / file).read_text(encoding="utf-8").rstrip("\n") + f"\n{text}\n", encoding="utf-8"
    )


def column(file: str, name: str, first: str, rest: str) -> Break:
    """Put a column before all others, with one value in its first row and another in the rest."""

    def how(folder: Path) -> None:
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
        cells = [name, first, *[rest] * (len(lines) - 2)]
        (folder / file).write_text(
            "".join(f"{c},{line}\n" for c, line in zip(cells, lines, strict=True)), encoding="utf-8"
        )

    return how


def recode(file: str, encoding: str, old: str = "", new: str = "") -> Break:
    """Save a file in another encoding."""

    def how(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_bytes(text.replace(old, new, 1).encode(encoding))

    return how


def put(file: str, content: str) -> Break:
    """Write a file from scratch."""
    return lambda folder: (folder / file).write_text(content, encoding="utf-8")


def drop(file: str) -> Break:
    """Delete a file."""
    return lambda folder: (folder / file).unlink()


def every(file: str, old: str, new: str) -> Break:
    """Replace a text wherever it occurs."""
    return lambda folder: (folder / file).write_text(
        (folder / file).read_text(encoding="utf-8").replace(old, new), encoding="utf-8"
    )


def cut_column(file: str, name: str) -> Break:
    """Delete a column from a table without quotation marks."""

    def how(folder: Path) -> None:
        lines = [line.split(",") for line in (folder / file).read_text(encoding="utf-8").splitlines()]
        at = lines[0].index(name)
        (folder / file).write_text("\n".join(",".join(c[:at] + c[at + 1 :]) for c in lines) + "\n", encoding="utf-8")

    return how


BCG, KETAMINE, CRPS, PAIN = "colditz-1994", "ketamine-responders", "sigtermans-2009", "orhurhu-2019"
EXTRACTION, CLAIMS, SOURCES, YAML = "extraction.csv", "claims.csv", "sources.csv", "review.yaml"
ARONSON = "Aronson 1948,1948,tuberculosis,4,123,11,139,44,random,metadat,secondary"

BROKEN = (
    # the header of a table
    Broken("unknown column", BCG, swap(EXTRACTION, "events_t", "event_t"), EXTRACTION, 1, "event_t", "unknown-column",
           ("'event_t' is not known", "Did you mean 'events_t'?")),
    Broken("capital letter in a required column", BCG, swap(EXTRACTION, "study", "Study"), EXTRACTION, 1, "Study", "unknown-column",
           ("Did you mean 'study'?",)),
    Broken("missing required column", BCG, cut_column(CLAIMS, "printed"), CLAIMS, 1, "printed", "missing-column",
           ("'printed' is missing", "the number as printed")),
    Broken("column twice", BCG, swap(EXTRACTION, "x_alloc", "x_ablat"), EXTRACTION, 1, "x_ablat", "duplicate-column", ("stands twice",)),
    Broken("empty columns at the right", BCG, lambda f: every(EXTRACTION, "\n", ",,\n")(f), EXTRACTION, 1, "(empty)", "unknown-column",
           ("column 12 has no name", "delete empty columns")),
    Broken("semicolons", BCG, every(EXTRACTION, ",", ";"), EXTRACTION, 1, "", "header", ("separated by semicolons", "commas")),
    Broken("tabs", BCG, every(EXTRACTION, ",", "\t"), EXTRACTION, 1, "", "header", ("separated by tabs", "commas")),
    Broken("empty file", BCG, put(CLAIMS, ""), CLAIMS, 1, "", "header", ("the file is empty", "names the columns")),
    # rows and cells
    Broken("duplicate key", BCG, add(EXTRACTION, ARONSON), EXTRACTION, 15, "study", "duplicate-key", ("Aronson 1948", "already in row 2")),
    Broken("claim id twice", BCG, swap(CLAIMS, "rr-lo", "rr"), CLAIMS, 3, "claim", "duplicate-key", ("(rr)", "already in row 2")),
    Broken("ragged row", BCG, swap(EXTRACTION, "4,123,11,139", "4,123,11"), EXTRACTION, 2, "", "ragged-row", ("10 cells", "header 11", "empty where nothing is reported")),
    Broken("comma in a cell", BCG, swap(EXTRACTION, "Ferguson & Simes", "Ferguson, Simes"), EXTRACTION, 3, "", "ragged-row",
           ("12 cells", "between quotation marks")),
    Broken("unclosed quotation mark", BCG, swap(EXTRACTION, "Hart &", '"Hart &'), EXTRACTION, 5, "", "csv", ("quotation mark", "Close")),
    Broken("not a number", BCG, swap(EXTRACTION, "4,123,11", "four,123,11"), EXTRACTION, 2, "events_t", "number",
           ("'four'", "Aronson 1948", "empty cell means: not reported")),
    Broken("decimal comma", CRPS, swap(EXTRACTION, "5.45,0.48", '"5,45",0.48'), EXTRACTION, 2, "mean_c", "number",
           ("'5,45' has a decimal comma", "'5.45'", "Sigtermans 2009")),
    Broken("decimal comma with three decimals", CRPS, swap(EXTRACTION, "0.51", '"0,512"'), EXTRACTION, 2, "pm_t", "number",
           ("has a decimal comma", "'0.512'", "a point")),
    Broken("number too large to be one", CRPS, swap(EXTRACTION, "5.45", "1e999"), EXTRACTION, 2, "mean_c", "number", ("'1e999'",)),
    Broken("half a person", BCG, swap(EXTRACTION, "4,123,11", "4.5,123,11"), EXTRACTION, 2, "events_t", "count",
           ("not a whole number of people",)),
    Broken("more events than people", BCG, swap(EXTRACTION, "4,123,11", "124,123,11"), EXTRACTION, 2, "events_t", "events-above-n",
           ("124 events among 123 people", "Aronson 1948", "swapped")),
    Broken("negative count", BCG, swap(EXTRACTION, "4,123,11", "-4,123,11"), EXTRACTION, 2, "events_t", "negative", ("-4 is negative",)),
    Broken("negative SD", CRPS, lambda f: (swap(EXTRACTION, "pm_t", "sd_t")(f), swap(EXTRACTION, "0.51", "-0.51")(f)), EXTRACTION, 2, "sd_t",
           "negative", ("-0.51 is below 0", "Standard deviation")),
    Broken("nobody analysed", BCG, swap(EXTRACTION, "4,123,11", "0,0,11"), EXTRACTION, 2, "n_t", "range", ("0 is below 1",)),
    Broken("interval not around its estimate", PAIN, put(EXTRACTION, "study,outcome,effect,ci_low,ci_high\nA,pain,-1.8,-1.3,-1.1\n"), EXTRACTION, 2,
           "ci_low", "ci-not-around-estimate", ("ci_low = -1.3 is above effect = -1.8", "study 'A'")),
    Broken("limits swapped", PAIN, put(EXTRACTION, "study,outcome,effect,ci_low,ci_high\nA,pain,-1.8,-1.3,-2.3\n"), EXTRACTION, 2,
           "ci_low", "ci-not-around-estimate", ("ci_low = -1.3 is above ci_high = -2.3", "swapped")),
    Broken("plus-minus without a reading", CRPS, swap(EXTRACTION, ",se,abstract", ",,abstract"), EXTRACTION, 2, "pm_is", "unlabelled-spread",
           ("after ± has no reading", "sd or se")),
    Broken("bad certainty", BCG, swap(EXTRACTION, "metadat,secondary", "metadat,second hand"), EXTRACTION, 2, "certainty", "choice",
           ("'second hand' is not allowed", "Did you mean 'secondary'?")),
    Broken("year with two digits", BCG, swap(EXTRACTION, "1948,1948", "1948,48"), EXTRACTION, 2, "year", "year", ("'48' is not a year",)),
    Broken("DOI with its resolver", BCG, swap(SOURCES, ",10.1001", ",https://doi.org/10.1001"), SOURCES, 2, "doi", "doi", ("without a resolver",)),
    Broken("study without a name", BCG, swap(EXTRACTION, "Aronson 1948,1948", ",1948"), EXTRACTION, 2, "study", "empty-cell", ("label of the study",)),
    # claims
    Broken("bad quantity", BCG, swap(CLAIMS, "ci_low", "ci_lower"), CLAIMS, 3, "quantity", "choice", ("'ci_lower'", "Did you mean 'ci_low'?")),
    Broken("claim that is no number", BCG, swap(CLAIMS, "0.34", "n.s."), CLAIMS, 3, "printed", "number", ("'n.s.'", "rr-lo", "quantity text")),
    Broken("unknown analysis in claims", BCG, swap(CLAIMS, "rr-lo,trials", "rr-lo,trial"), CLAIMS, 3, "analysis", "unknown-analysis",
           ("'trial' is not an analysis", "Did you mean 'trials'?")),
    Broken("analysis renamed in review.yaml", BCG, swap(YAML, "  trials:", "  cohorts:"), CLAIMS, 2, "analysis", "unknown-analysis",
           ("'trials' is not an analysis", "in 3 more rows", "cohorts")),
    Broken("value without a unit", CRPS, add(CLAIMS, "rate,,value,infusion rate,22.2,,,,,sigtermans-2009/mt,abstract,abstract,read,"), CLAIMS, "rate,,value", "unit",
           "missing-unit", ("without a unit", "mg/kg")),
    Broken("override with an unknown key", BCG, swap(CLAIMS, "model=random", "models=random"), CLAIMS, 2, "method", "method",
           ("'models' is not known", "Did you mean 'model'?")),
    Broken("override with an unknown value", BCG, swap(CLAIMS, "model=random", "tau2=DSL"), CLAIMS, 2, "method", "method",
           ("'DSL' is not a value of tau2", "DL")),
    Broken("override of the level in words", BCG, swap(CLAIMS, "model=random", "level=high"), CLAIMS, 2, "method", "method",
           ("'high' is not a number", "level=0.95")),
    Broken("unresolvable review in refers_to", BCG, swap(CLAIMS, "model=random,,paper", "model=random,zhao-2028/n,paper"), CLAIMS, 2, "refers_to",
           "unresolvable-reference", ("no review 'zhao-2028'", "Did you mean 'zhao-2018'?")),
    Broken("unresolvable claim in refers_to", BCG, swap(CLAIMS, "model=random,,paper", "model=random,sigtermans-2009/nnn,paper"), CLAIMS, 2,
           "refers_to", "unresolvable-reference", ("sigtermans-2009 has no claim 'nnn'",)),
    Broken("refers_to without a claim", BCG, swap(CLAIMS, "model=random,,paper", "model=random,zhao-2018,paper"), CLAIMS, 2, "refers_to",
           "unresolvable-reference", ("form review/claim",)),
    # sources
    Broken("unresolvable source in the table", BCG, swap(EXTRACTION, "random,metadat", "random,metdat"), EXTRACTION, 2, "source", "unknown-source",
           ("'metdat' is not a key of sources.csv", "Did you mean 'metadat'?")),
    Broken("source renamed in sources.csv", BCG, swap(SOURCES, "metadat,R", "package,R"), EXTRACTION, 2, "source", "unknown-source",
           ("'metadat'", "in 12 more rows")),
    Broken("missing sources.csv", BCG, drop(SOURCES), SOURCES, 0, "", "missing-file", ("the file is missing", "Every review has")),
    Broken("missing table", BCG, drop(EXTRACTION), EXTRACTION, 0, "", "missing-file", ("'trials' is to be computed", "data: none")),
    Broken("table under a wrong name", PAIN, lambda f: (f / CLAIMS).rename(f / "claim.csv"), "claim.csv", 0, "", "unknown-file",
           ("Did you mean 'claims.csv'?",)),
    # encodings
    Broken("UTF-16", BCG, recode(EXTRACTION, "utf-16"), EXTRACTION, 1, "", "encoding", ("UTF-16", "CSV UTF-8")),
    Broken("Latin-1", BCG, recode(EXTRACTION, "latin-1", "Frimodt-Moller", "Frimodt-Møller"), EXTRACTION, 6, "", "encoding",
           ("after 'Frimodt-M' is not UTF-8", "CSV UTF-8")),
    Broken("garbled letters", BCG, swap(EXTRACTION, "Frimodt-Moller", "Frimodt-MÃ¸ller"), EXTRACTION, 6, "study", "encoding", ("garbled",)),
    Broken("review.yaml in Latin-1", BCG, recode(YAML, "latin-1", "tuberculosis\n", "tuberculosis – é\n".replace("–", "-")), YAML, 2, "", "encoding",
           ("is not UTF-8",)),
    # review.yaml
    Broken("YAML syntax", BCG, swap(YAML, "    measure: RR", "   measure: RR"), YAML, "   measure: RR", "", "yaml", ("not indented like", "Check indentation")),
    Broken("colon in a YAML text", BCG, swap(YAML, "title: Efficacy of", "title: BCG: efficacy of"), YAML, 2, "", "yaml", ("a colon and a space", "quotation marks")),
    Broken("tab in YAML", BCG, swap(YAML, "    measure: RR", "\tmeasure: RR"), YAML, 9, "", "yaml", ("a tab",)),
    Broken("bracket left open in YAML", BCG, swap(YAML, "{model: random}", "{model: random"), YAML, 12, "", "yaml", ("bracket is not closed",)),
    Broken("duplicate YAML key", BCG, swap(YAML, "    favours: low", "    favours: low\n    favours: high"), YAML, 11, "", "duplicate-key",
           ("favours", "Keep one")),
    Broken("unknown YAML key", BCG, swap(YAML, "    measure: RR", "    mesure: RR"), YAML, "mesure", "analyses.trials.mesure", "unknown-key",
           ("'mesure' is not known", "Did you mean 'measure'?")),
    Broken("required YAML key mistyped", BCG, swap(YAML, "title: Efficacy", "titel: Efficacy"), YAML, 2, "titel", "unknown-key",
           ("Did you mean 'title'?",)),
    Broken("required YAML key left out", BCG, swap(YAML, "kind: meta-analysis\n", ""), YAML, 1, "kind", "missing-key", ("'kind' is missing",)),
    Broken("empty review.yaml", BCG, put(YAML, "# nothing yet\n"), YAML, 1, "", "yaml", ("the file is empty", "analyses")),
    Broken("control character in review.yaml", BCG, swap(YAML, "title: Eff", "title: \x07Eff"), YAML, 2, "", "yaml", ("not valid YAML",)),
    Broken("unknown measure", BCG, swap(YAML, "measure: RR", "measure: HR"), YAML, "measure: HR", "analyses.trials.measure", "enum",
           ("'HR' is not allowed",)),
    Broken("measure in small letters", BCG, swap(YAML, "measure: RR", "measure: rr"), YAML, "measure: rr", "analyses.trials.measure", "enum",
           ("Did you mean 'RR'?",)),
    Broken("unknown estimator", BCG, swap(YAML, "{model: random}", "{model: random, tau2: REM}"), YAML, "tau2: REM", "analyses.trials.method.tau2",
           "enum", ("'REM' is not allowed", "REML")),
    Broken("analysis id with a space", BCG, swap(YAML, "  trials:", "  all trials:"), YAML, "all trials", "analyses", "id",
           ("'all trials' is not an id", "letters, digits and hyphens")),
    Broken("id unlike the folder", KETAMINE, swap(YAML, "id: ketamine-responders", "id: ketamine-responder"), YAML, 2, "id", "id",
           ("'ketamine-responder'", "'ketamine-responders'", "the same")),
    Broken("exclusion without a reason", BCG, swap(YAML, "    measure: RR", "    exclude: {study: [Aronson 1948]}\n    measure: RR"), YAML, "exclude",
           "analyses.trials.reason", "missing-reason", ("without a reason",)),
    Broken("unresolvable value in select", BCG, swap(YAML, "select: {outcome: tuberculosis}", "select: {outcome: tubercolosis}"), YAML, "tubercolosis",
           "analyses.trials.select.outcome", "unresolvable-select", ("no row has outcome = 'tubercolosis'", "Did you mean 'tuberculosis'?")),
    Broken("unresolvable column in select", BCG, swap(YAML, "select: {outcome: tuberculosis}", "select: {outcom: tuberculosis}"), YAML, "outcom:",
           "analyses.trials.select.outcom", "unresolvable-select", ("'outcom' is not a column", "Did you mean 'outcome'?")),
    Broken("select that no row meets at once", KETAMINE, swap(YAML, "timepoint: [60 min, 15 min]", "timepoint: [day 5]"), YAML, "[day 5]",
           "analyses.early-high-15-rr.select", "unresolvable-select", ("no row of extraction.csv has all of these values",)),
    Broken("value of an exclusion that no row has", BCG,
           swap(YAML, "    measure: RR", "    exclude: {study: [Madrass]}\n    reason: a copy\n    measure: RR"), YAML, "Madrass",
           "analyses.trials.exclude.study", "unresolvable-select", ("no row has study = 'Madrass'",)),
    Broken("moderator that is no column", BCG, swap(YAML, "    measure: RR", "    moderators: [latitude]\n    measure: RR"), YAML, "moderators",
           "analyses.trials.moderators", "unknown-covariate", ("'latitude' is not a filled column",)),
    Broken("subgroup that is no column", BCG, swap(YAML, "    measure: RR", "    subgroups: allocc\n    measure: RR"), YAML, "subgroups",
           "analyses.trials.subgroups", "unknown-covariate", ("Did you mean 'alloc'?",)),
    Broken("clusters that are no column", BCG, swap(YAML, "    measure: RR", "    multilevel: {cluster: allocc}\n    measure: RR"), YAML, "multilevel",
           "analyses.trials.multilevel.cluster", "unknown-covariate", ("Did you mean 'alloc'?",)),
    Broken("judgement of bias in no tool's words", BCG, column("extraction.csv", "rob_blinding", "lwo", "low"), "extraction.csv", 2,
           "rob_blinding", "choice", ("'lwo' is not allowed", "Did you mean 'low'?")),
    Broken("missing folder", BCG, lambda f: shutil.rmtree(f), "", 0, "", "missing-folder", ("no such folder",)),
)  # fmt: skip

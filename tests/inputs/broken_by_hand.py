"""Further mistakes, as people make them who type reviews in spreadsheets: the same kind of table as in broken.py."""

from __future__ import annotations

from pathlib import Path

from broken import (
    BCG,
    CLAIMS,
    CRPS,
    EXTRACTION,
    SOURCES,
    YAML,
    Break,
    Broken,
    add,
    put,
    swap,
)

METHOD, MEASURE, TRIALS = "{model: random}", "    measure: RR", "analyses.trials"


def above(file: str, text: str) -> Break:
    """Put rows above the header."""
    return lambda folder: (folder / file).write_text(
        text + (folder / file).read_text(encoding="utf-8"), encoding="utf-8"
    )


def cell(text: str) -> Break:
    """Another text in the first count of Aronson's trial."""
    return swap(EXTRACTION, "4,123,11", f"{text},123,11")


def mean(text: str) -> Break:
    """Another text in the only mean of a small table, and no number after ± beside it."""
    return swap(EXTRACTION, "5.45,0.48", f'"{text}",')


def name(old: str, new: str) -> Break:
    """Give a file another name."""
    return lambda folder: (folder / old).rename(folder / new)


def content(file: str, raw: bytes) -> Break:
    """Another content, byte by byte."""
    return lambda folder: (folder / file).write_bytes(raw)


def quoted_rows(folder: Path) -> None:
    text = (folder / EXTRACTION).read_text(encoding="utf-8")
    (folder / EXTRACTION).write_text("".join(f'"{line}"\n' for line in text.splitlines()), encoding="utf-8")


def european(folder: Path) -> None:
    text = (folder / EXTRACTION).read_text(encoding="utf-8")
    (folder / EXTRACTION).write_text(text.replace(",", ";").replace(".", ","), encoding="utf-8")


DATE = ("A spreadsheet made a date of it", "type again what is printed")
GROUPED = "study,year,vaccinated,,control,,,,,,\n,,events,n,events,n,latitude,allocation,,source,certainty\n"

BY_HAND = (
    # what a spreadsheet does to a table
    Broken("count turned into a date", BCG, cell("04-May"), EXTRACTION, 2, "events_t", "number", ("'04-May'", "Aronson 1948", *DATE)),
    Broken("count turned into a French date", BCG, cell("4-févr."), EXTRACTION, 2, "events_t", "number", DATE),
    Broken("count turned into a date in figures", BCG, cell("05/04/2021"), EXTRACTION, 2, "events_t", "number", DATE),
    Broken("count turned into a date with a time", BCG, cell("2021-05-04 00:00:00"), EXTRACTION, 2, "events_t", "number", DATE),
    Broken("error of a spreadsheet", BCG, cell("#REF!"), EXTRACTION, 2, "events_t", "number", ("error of a spreadsheet",)),
    Broken("formula", BCG, cell("=B2*2"), EXTRACTION, 2, "events_t", "number", ("It is a formula", "with its values")),
    Broken("semicolons and decimal commas", CRPS, european, EXTRACTION, 1, "", "header", ("separated by semicolons", "with decimal points")),
    Broken("quotation marks around whole rows", BCG, quoted_rows, EXTRACTION, 1, "", "header", ("stands in one cell", "without quotation marks")),
    Broken("Excel workbook named csv", BCG, content(EXTRACTION, b"PK\x03\x04\x14\x00\x06\x00\xff"), EXTRACTION, 1, "", "encoding",
           ("an Excel workbook", "CSV UTF-8")),
    Broken("old Excel workbook named csv", BCG, content(CLAIMS, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), CLAIMS, 1, "", "encoding", ("old Excel workbook",)),
    Broken("web page named csv", BCG, content(SOURCES, b"\xef\xbb\xbf<HTML><table>"), SOURCES, 1, "", "encoding", ("a web page",)),
    Broken("PDF named csv", BCG, content(CLAIMS, b"%PDF-1.7\n"), CLAIMS, 1, "", "encoding", ("a PDF",)),
    # rows that are no header, no study
    Broken("title above the header", BCG, above(EXTRACTION, "Table 1. Trials of BCG vaccine,,,,,,,,,,\n,,,,,,,,,,\n"), EXTRACTION, 1, "", "header",
           ("row 3 does", "Delete the 2 rows above it")),
    Broken("one cell above the header", BCG, above(EXTRACTION, "sep=,\n"), EXTRACTION, 1, "", "header", ("row 2 does", "Delete the row above it")),
    Broken("groups above the header", BCG, above(EXTRACTION, "study,year,,BCG,,Control,,,,,\n"), EXTRACTION, 1, "", "header", ("row 2 does",)),
    Broken("merged headings", BCG, put(EXTRACTION, f"{GROUPED}A,1990,1,10,2,10,,,,metadat,read\n"), EXTRACTION, 1, "(empty)", "unknown-column",
           ("column 4 has no name", "merged over several columns", "events_t and n_t")),
    Broken("note below the table", BCG, add(EXTRACTION, "* systematic allocation,,,,,,,,,,"), EXTRACTION, 15, "study", "no-study",
           ("'* systematic allocation' and nothing else", "column note")),
    Broken("note below the table in one cell", BCG, add(EXTRACTION, "* systematic allocation"), EXTRACTION, 15, "", "ragged-row",
           ("'* systematic allocation' and nothing else", "delete the row")),
    Broken("total row", BCG, add(EXTRACTION, "Total (95% CI),,tuberculosis,264,19106,1207,17000,,,metadat,secondary"), EXTRACTION, 15, "study",
           "no-study", ("'Total (95% CI)' is no study", "claims.csv")),
    Broken("row of the random-effects model", BCG, add(EXTRACTION, "Random effects model,,tuberculosis,264,19106,1207,17000,,,metadat,secondary"),
           EXTRACTION, 15, "study", "no-study", ("is no study",)),
    Broken("blank cells only", BCG, put(CLAIMS, " ,\n,\n"), CLAIMS, 1, "", "header", ("the file is empty",)),
    Broken("outcome in capitals in one row", BCG, swap(EXTRACTION, "1948,tuberculosis", "1948,Tuberculosis"), EXTRACTION, 2, "outcome", "spelling",
           ("'Tuberculosis' is not 'tuberculosis'", "'trials' selects", "would be left out", "Aronson 1948")),
    Broken("study twice in other capitals", BCG, add(EXTRACTION, "ARONSON  1948,1948,tuberculosis,4,123,11,139,44,random,metadat,secondary"), EXTRACTION, 15,
           "study", "duplicate-key", ("ARONSON  1948", "already in row 2")),
    # more or less than one number in a cell
    Broken("count with its percentage", BCG, cell("4 (3.3%)"), EXTRACTION, 2, "events_t", "number", ("One number in a cell: 4",)),
    Broken("events of people", BCG, cell("4/123"), EXTRACTION, 2, "events_t", "count", ("4 in events_t, 123 in n_t",)),
    Broken("mean and spread in one cell", CRPS, mean("5.45 ± 0.48"), EXTRACTION, 2, "mean_c", "number", ("5.45 in mean_c", "0.48 in pm_c with pm_is")),
    Broken("mean and bracket in one cell", CRPS, mean("5.45 (0.48)"), EXTRACTION, 2, "mean_c", "number", ("5.45 in mean_c", "sd_c or se_c")),
    Broken("mean with its interval", CRPS, mean("5.45 [4.9; 6.0]"), EXTRACTION, 2, "mean_c", "number", ("4.9 and 6.0 in ci_low_c and ci_high_c",)),
    Broken("range in one cell", CRPS, mean("4.9 to 6.0"), EXTRACTION, 2, "mean_c", "number", ("4.9 and 6.0 in two columns", "ci_low_c ci_high_c")),
    Broken("footnote mark", BCG, cell("4*"), EXTRACTION, 2, "events_t", "number", ("Write 4; what the footnote says goes into note",)),
    Broken("footnote letter", BCG, cell("4ᵃ"), EXTRACTION, 2, "events_t", "number", ("Write 4;",)),
    Broken("unit in a cell", CRPS, mean("5.45 mg"), EXTRACTION, 2, "mean_c", "number", ("Write 5.45 without its unit mg",)),
    Broken("about", CRPS, mean("~5.45"), EXTRACTION, 2, "mean_c", "number", ("Write 5.45; say in note",)),
    Broken("NR", BCG, cell("NR"), EXTRACTION, 2, "events_t", "number", ("'NR'", "An empty cell means: not reported")),
    Broken("n/a", BCG, cell("n/a"), EXTRACTION, 2, "events_t", "number", ("An empty cell means: not reported",)),
    Broken("dash for nothing", BCG, cell("–"), EXTRACTION, 2, "events_t", "number", ("An empty cell means: not reported",)),
    Broken("claim with its interval", BCG, swap(CLAIMS, "0.49", "0.49 (0.34 to 0.70)"), CLAIMS, 2, "printed", "number",
           ("estimate 0.49, ci_low 0.34, ci_high 0.70",)),
    Broken("claim of an interval", BCG, swap(CLAIMS, "0.49", "0.34–0.70"), CLAIMS, 2, "printed", "number", ("ci_low 0.34, ci_high 0.70",)),
    Broken("claim with its sign", BCG, add(CLAIMS, "pp,trials,p,,P < .001,,,,,paper,abstract,read,"), CLAIMS, 6, "printed", "number", ("Write <.001.",)),
    Broken("claim with its name", BCG, swap(CLAIMS, "0.49", "RR = 0.49"), CLAIMS, 2, "printed", "number", ("Write 0.49.",)),
    # words of papers instead of ours
    Broken("quantity I²", BCG, swap(CLAIMS, "ci_low", "I²"), CLAIMS, 3, "quantity", "choice", ("Did you mean 'i2'?",)),
    Broken("quantity RR", BCG, swap(CLAIMS, "estimate", "RR"), CLAIMS, 2, "quantity", "choice", ("Did you mean 'estimate'?",)),
    Broken("quantity 95% CI", BCG, swap(CLAIMS, "ci_low", "95% CI"), CLAIMS, 3, "quantity", "choice", ("Write ci_low and ci_high, one row for each.",)),
    Broken("quantity p-value", BCG, swap(CLAIMS, "ci_low", "p-value"), CLAIMS, 3, "quantity", "choice", ("Did you mean 'p'?",)),
    Broken("fixed effect", BCG, swap(YAML, METHOD, "{model: fixed effect}"), YAML, 11, f"{TRIALS}.method.model", "enum", ("Did you mean 'common'?",)),
    Broken("M-H", BCG, swap(YAML, METHOD, "{model: M-H}"), YAML, 11, f"{TRIALS}.method.model", "enum", ("Did you mean 'mantel-haenszel'?",)),
    Broken("estimator in words", BCG, swap(YAML, METHOD, "{model: random, tau2: DerSimonian and Laird method}"), YAML, 11, f"{TRIALS}.method.tau2",
           "enum", ("Did you mean 'DL'?",)),
    Broken("interval in words", BCG, swap(YAML, METHOD, "{model: random, ci: Hartung-Knapp}"), YAML, 11, f"{TRIALS}.method.ci", "enum",
           ("Did you mean 'hksj'?",)),
    Broken("override in words", BCG, swap(CLAIMS, "model=random", "model=fixed"), CLAIMS, 2, "method", "method", ("Did you mean 'common'?",)),
    Broken("measure in words", BCG, swap(YAML, "measure: RR", "measure: relative risk"), YAML, 9, f"{TRIALS}.measure", "enum", ("Did you mean 'RR'?",)),
    Broken("measure with a slip", BCG, swap(YAML, "measure: RR", "measure: SMDD"), YAML, 9, f"{TRIALS}.measure", "enum", ("Did you mean 'SMD'?",)),
    Broken("hazard ratio", BCG, swap(YAML, "measure: RR", "measure: hazard ratio"), YAML, 9, f"{TRIALS}.measure", "enum", ("Did you mean 'GEN-LOG'?",)),
    Broken("two measures in a text", BCG, swap(YAML, "measure: RR", "measure: RR, OR"), YAML, 9, f"{TRIALS}.measure", "enum", ("Write a list: [RR, OR].",)),
    Broken("a word of a list in words", BCG, swap(YAML, "measure: RR", "measure: [RR, odds ratio]"), YAML, 9, f"{TRIALS}.measure.1", "enum",
           ("Did you mean 'OR'?",)),
    Broken("favours in words", BCG, swap(YAML, "favours: low", "favours: treatment"), YAML, 10, f"{TRIALS}.favours", "enum",
           ("Known: low, high", "good for the treatment")),
    Broken("systematic review", BCG, swap(YAML, "kind: meta-analysis", "kind: systematic review"), YAML, 3, "kind", "enum", ("Did you mean 'meta-analysis'?",)),
    Broken("headings of metafor", BCG, swap(EXTRACTION, "x_ablat", "ablat"), EXTRACTION, 1, "ablat", "unknown-column", ("x_ablat", "metaudit import")),
    # the form of review.yaml
    Broken("typographic quotation marks", BCG, swap(YAML, "title: Efficacy of", "title: “BCG: efficacy of"), YAML, 2, "", "yaml",
           ("Typographic quotation marks",)),
    Broken("mapping on the line of its key", BCG, swap(YAML, "select: {outcome: tuberculosis}", "select: outcome: tuberculosis"), YAML, 8, "", "yaml",
           ("Write select: {outcome: tuberculosis}.",)),
    Broken("no blank after the colon", BCG, swap(YAML, "title: Efficacy", "title:Efficacy"), YAML, 2, "", "yaml", ("Write title: Efficacy",)),
    Broken("tab after the colon", BCG, swap(YAML, "kind: meta", "kind:\tmeta"), YAML, 3, "", "yaml", ("blanks instead of the tab",)),
    Broken("empty key", BCG, swap(YAML, "    method: {model: random}", "    method:"), YAML, 11, f"{TRIALS}.method", "type",
           ("the key is empty", "such as {model: random")),
    Broken("empty title", BCG, swap(YAML, "title: Efficacy", "title: # Efficacy"), YAML, 2, "title", "type", ("the key is empty", "title of the publication")),
    Broken("method as a word", BCG, swap(YAML, "method: {model: random}", "method: random"), YAML, 11, f"{TRIALS}.method", "type",
           ("'random' is not allowed", "such as {model: random")),
    Broken("model outside the method", BCG, swap(YAML, "method: {model: random}", "model: random"), YAML, 11, f"{TRIALS}.model", "unknown-key",
           ("write method: {model: random}",)),
    Broken("measure inside the method", BCG, swap(YAML, METHOD, "{model: random, measure: RR}"), YAML, 11, f"{TRIALS}.method.measure", "unknown-key",
           ("belongs to the analysis",)),
    Broken("year outside the citation", BCG, swap(YAML, "kind: meta-analysis", "kind: meta-analysis\nyear: 1994"), YAML, 4, "year", "unknown-key",
           ("citation: {year: 1994}",)),
    Broken("measure outside the analyses", BCG, swap(YAML, "kind: meta-analysis", "kind: meta-analysis\nmeasure: RR"), YAML, 4, "measure", "unknown-key",
           ("belongs to an analysis",)),
    Broken("title of the review's kind in an analysis", BCG, swap(YAML, MEASURE, f"    kind: trial\n{MEASURE}"), YAML, 9, f"{TRIALS}.kind", "unknown-key",
           ("begin its line at the margin",)),
    Broken("year in quotation marks", BCG, swap(YAML, "year: 1994", "year: '1994'"), YAML, 4, "citation.year", "type", ("write 1994 without quotation marks",)),
    Broken("level of 95", BCG, swap(YAML, METHOD, "{model: random, level: 95}"), YAML, 11, f"{TRIALS}.method.level", "maximum", ("Write 0.95 for 95 %.",)),
    Broken("level of 95 per cent", BCG, swap(YAML, METHOD, "{model: random, level: 95%}"), YAML, 11, f"{TRIALS}.method.level", "type", ("write 0.95 for 95 %",)),
    Broken("zero cells as a number", BCG, swap(YAML, METHOD, "{model: random, zero_cells: 0.5}"), YAML, 11, f"{TRIALS}.method.zero_cells", "type",
           ("such as {add: 0.5, to: only-zero}",)),
    Broken("moderators as a word", BCG, swap(YAML, MEASURE, f"    moderators: ablat\n{MEASURE}"), YAML, 9, f"{TRIALS}.moderators", "type", ("write [ablat]",)),
    Broken("select as a word", BCG, swap(YAML, "{outcome: tuberculosis}", "tuberculosis"), YAML, 8, f"{TRIALS}.select", "type",
           ("such as {outcome: early mortality}",)),
    Broken("authors as a list", BCG, swap(YAML, "Colditz et al.", "[Colditz, Brewer]"), YAML, 4, "citation.authors", "type", ("[Colditz, Brewer]", "It must be text")),
    Broken("analyses as a list", BCG, put(YAML, "id: colditz-1994\ntitle: x\nkind: trial\ncitation: {authors: A}\nanalyses:\n  - title: x\n    select: {}\n"),
           YAML, 5, "analyses", "type", ("It must be a mapping",)),
    Broken("DOI with its resolver in the citation", BCG, swap(YAML, "doi: 10", "doi: https://doi.org/10"), YAML, 4, "citation.doi", "pattern",
           ("without a resolver", "such as 10.1001/")),
    Broken("id with an underscore", BCG, swap(YAML, "id: colditz-1994", "id: colditz_1994"), YAML, 1, "id", "pattern", ("letters, digits, hyphens",)),
    Broken("two documents", BCG, swap(YAML, "analyses:", "---\nanalyses:"), YAML, 5, "", "yaml", ("two documents in one file",)),
    Broken("aliases of aliases", BCG, put(YAML, "".join(f"k{i}: &k{i} [{', '.join([f'*k{i - 1}' if i else 'x'] * 9)}]\n" for i in range(12))), YAML, 1, "",
           "yaml", ("aliases",)),
    Broken("brackets without end", BCG, put(YAML, f"analyses: {'[' * 5000}"), YAML, 1, "", "yaml", ("levels deep",)),
    Broken("events and people exchanged", BCG, swap(EXTRACTION, "events_t,n_t,events_c,n_c", "n_t,events_t,events_c,n_c"), EXTRACTION, 2, "events_t",
           "events-above-n", ("123 events among 4 people", "in 12 more rows", "exchange their headings")),
    # names of files
    Broken("review.yml", BCG, name(YAML, "review.yml"), YAML, 0, "", "missing-file", ("Rename review.yml to review.yaml.",)),
    Broken("ending twice", BCG, name(SOURCES, "sources.csv.txt"), SOURCES, 0, "", "missing-file", ("Rename sources.csv.txt to sources.csv.",)),
    Broken("table as a workbook", BCG, name(EXTRACTION, "extraction.xlsx"), "extraction.xlsx", 0, "", "unknown-file",
           ("Save extraction.xlsx as CSV UTF-8", "metaudit import")),
    Broken("table in capitals", BCG, name(CLAIMS, "Claims.CSV"), "Claims.CSV", 0, "", "unknown-file", ("Rename Claims.CSV to claims.csv.",)),
    Broken("claims as a workbook", BCG, name(CLAIMS, "claims.xlsx"), "claims.xlsx", 0, "", "unknown-file", ("under the name claims.csv",)),
)  # fmt: skip

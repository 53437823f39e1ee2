"""Write docs/dossier.md: what the audit found in the shipped material on ketamine, number by number, from results/."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from metaudit.audit_words.verdicts import VERDICTS
from metaudit.files import write_text
from metaudit.report.plain import rank, sentence
from metaudit.tables.quantities import about
from metaudit.tables.reading import Finding, Review, read_review
from metaudit.tables.render import markdown_text
from metaudit.tables.summary import ours

PAGE = Path("docs/dossier.md")
REVIEWS, RESULTS = Path("data/reviews"), Path("results")
CLASSICS = (
    "berkey-1995", "colditz-1994", "curtis-1998", "dorn-2007", "hackshaw-1997", "li-2007", "lipsey-2001", "molloy-2014",
    "normand-1999-stroke", "raudenbush-2009", "rothman-2008-tolbutamide", "stijnen-2010-rates",
)  # fmt: skip
"""Examples of textbooks and of R packages; every other shipped review is part of the dossier."""
AGREE = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")
IMPACTS = {
    "direction": "the direction of the result",
    "significance": "whether the result is significant",
    "large": "the number by much",
    "moderate": "the number moderately",
    "minor": "the number a little",
}
CERTAINTIES = {
    "read": "read in the document itself",
    "secondary": "read in somebody else's summary",
    "derived": "worked out from numbers that were read",
    "reconstructed": "one of several data sets that give the printed numbers",
    "unverified": "carried along, never read in the document",
}
INTRODUCTION = """\
What the audit says about the material on intravenous ketamine for chronic pain that is shipped with metaudit: two review texts, the
meta-analyses they rest on, and the trials behind those. This page is written from `results/` (`make docs-pages`); a test fails when it is
out of date.

It describes numbers. A number that does not agree with another may be a slip of an author, a typesetter, the summary it was read in, or of whoever
typed it in here; nothing on this page says which, or that anybody meant it. What each verdict means is on [one page](reference/verdicts.md)."""


def reviews() -> list[Review]:
    """Every review of the dossier, in alphabetical order."""
    names = sorted(p.parent.name for p in REVIEWS.glob("*/review.yaml"))
    return [read_review(REVIEWS, RESULTS, name) for name in names if name not in CLASSICS]


def page() -> str:
    """The whole page."""
    found = reviews()
    parts = [
        "# The ketamine dossier", INTRODUCTION,
        "## In one table", *_totals(found),
        "## What does not agree", *_disagreements(found),
        "## What agrees", *_agreements(found),
        "## What cannot be checked", *_uncheckable(found),
        "## Document by document", *(block for review in found for block in _document(review)),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _totals(found: Sequence[Review]) -> Iterator[str]:
    counts = Counter(f.verdict for r in found for f in r.findings)
    total = counts.total()
    yield f"{len(found)} documents, {total} printed numbers and statements."
    rows = [
        (f"{v.sign} {v.label}", str(counts[v.code]), _md(_share(counts[v.code], total)), v.meaning)
        for v in VERDICTS
        if counts[v.code]
    ]
    yield _table(("verdict", "numbers", "share", "meaning"), rows)


def _disagreements(found: Sequence[Review]) -> Iterator[str]:
    grave = [(r, f) for r in found for f in r.findings if f.verdict not in (*AGREE, "NOT_CHECKABLE")]
    yield (
        f"{len(grave)} numbers and statements, ordered by what they change. Each has the question that could be put to whoever printed it."
    )
    for number, (review, f) in enumerate(sorted(grave, key=lambda p: (rank(p[1]), p[0].id)), 1):
        yield f"### {number}. {_md(review.label)}: {_number(review, f)}"
        said = sentence(f)
        lines = [str(said) if said else "", f.message if f.message else ""]
        yield "\n\n".join(_md(line) for line in lines if line)
        facts = [
            ("printed", f.printed), ("ours", ours(f)), ("verdict", _verdict(f)),
            ("it changes", IMPACTS.get(f.impact, "")), ("read at", _place(f)),
            ("how sure the reading is", CERTAINTIES.get(f.certainty, f.certainty)), ("to ask", f.ask),
        ]  # fmt: skip
        yield "\n".join(f"- {name}: {_md(value)}" for name, value in facts if value)


def _agreements(found: Sequence[Review]) -> Iterator[str]:
    yield (
        "Numbers that follow from data, from the other numbers printed beside them, or from the document they are taken from. "
        "The full list is below, document by document."
    )
    rows = []
    for review in found:
        good = [f for f in review.findings if f.verdict in AGREE]
        if good:
            kinds = Counter(f.criterion for f in good)
            by = ", ".join(f"{kind} ({n})" for kind, n in sorted(kinds.items(), key=lambda p: (-p[1], p[0])))
            rows.append((f"[{_md(review.label)}](#{review.id})", str(len(good)), str(len(review.findings)), _md(by)))
    yield _table(("document", "agree", "of", "by which check"), rows)


def _uncheckable(found: Sequence[Review]) -> Iterator[str]:
    open_ones = [(r, f) for r in found for f in r.findings if f.verdict == "NOT_CHECKABLE"]
    causes = Counter(cause for _, f in open_ones for cause in dict.fromkeys(f.causes))
    yield (
        f"For {len(open_ones)} numbers something is missing that is not public, or not at hand. That is no finding about them. What is missing, "
        "and for how many numbers (a number may lack several things):"
    )
    rows = [(_md(cause), str(n)) for cause, n in sorted(causes.items(), key=lambda p: (-p[1], p[0]))]
    yield _table(("missing", "numbers"), rows)
    yield "`metaudit query FOLDER` writes the shortest letter that asks for what one document lacks."


def _document(review: Review) -> Iterator[str]:
    citation = " ".join(str(review.citation[k]) for k in ("authors", "year", "journal") if review.citation.get(k))
    yield f"### {_md(review.label)} {{ #{review.id} }}"
    yield f"{_md(review.title)}. {_md(citation)}."
    judged = [f for f in review.findings if f.verdict != "NOT_CHECKABLE"]
    rest = [f for f in review.findings if f.verdict == "NOT_CHECKABLE"]
    if not review.findings:
        yield "No printed number of this document is in claims.csv."
    if judged:
        rows = [(_number(review, f), _md(f.printed), _verdict(f), _md(f.message)) for f in judged]
        yield _table(("number", "printed", "verdict", "found"), rows)
    if rest:
        yield f"Not checkable: {len(rest)}."
        open_rows = [(_number(review, f), _md(f.printed), _md("; ".join(f.causes))) for f in rest]
        body = "\n".join("    " + line for line in _table(("number", "printed", "missing"), open_rows).splitlines())
        yield f'??? note "The {len(rest)} numbers, and what each lacks"\n\n{body}'


def _number(review: Review, finding: Finding) -> str:
    """What a number is about, and of which analysis."""
    title = next((a.title for a in review.analyses if a.id == finding.analysis), "")
    return _md(f"{about(finding)} ({title})" if title else about(finding))


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole
    return f"{percent:.0f} %" if percent >= 1 else "<1 %"


def _verdict(finding: Finding) -> str:
    return next((f"{v.sign} {v.label}" for v in VERDICTS if v.code == finding.verdict), finding.verdict)


def _place(finding: Finding) -> str:
    where, source = finding.typed("where"), finding.typed("source")
    return f"{where} (source: {source})" if where and source else where or source


def _md(text: str) -> str:
    """Text that the site's Markdown shows as it is; it knows no backslash before these signs."""
    shown = markdown_text(text)
    for sign, entity in (("<", "&lt;"), ("~", "~"), ("$", "$")):
        shown = shown.replace(f"\\{sign}", entity)
    return shown


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(*, check: bool) -> int:
    """Write the page, or with ``check`` only say whether it is current; returns the exit code."""
    current = page()
    if not check:
        write_text(PAGE, current)
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != current:
        print(f"{PAGE} is not current: run make docs-pages")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))

"""``metaudit query``: the letter that asks for what is missing."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from metaudit.cli import complete
from metaudit.cli.explain import Fresh, Results
from metaudit.cli.output import AsJson, app, guarded, print_json, progress, refuse, say
from metaudit.cli.review import Folder


@app.command()
def query(
    folder: Folder,
    language: Annotated[
        str, typer.Option(help="of the letter: en or fr", autocompletion=complete.of("en", "fr"))
    ] = "en",
    results: Results = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
) -> None:
    """Write a letter asking for the fewest numbers that make every claim checkable, and about what does not reproduce.

    Exit codes: 0 written, 2 bad input.

    Example: metaudit query data/reviews/orhurhu-2019 > letter.md
    """
    from metaudit.audit_words.texts import LANGUAGES
    from metaudit.explain.letter import letter
    from metaudit.explain.questions import questions_about
    from metaudit.explain.verdicts_of import verdicts_of
    from metaudit.formats.review import read_review

    if language not in LANGUAGES:
        refuse(
            ValueError(f"--language {language}: there is no letter in this language. Known: {', '.join(LANGUAGES)}.")
        )
    review = guarded(lambda: read_review(folder))
    with progress(f"Auditing {review.id}", quiet=as_json):
        rows = guarded(lambda: verdicts_of(review, results, fresh=fresh, tell=say))
    questions = guarded(lambda: questions_about(review, rows))
    if as_json:
        print_json(_as_json(questions, language))
        return
    print(letter(review, rows, questions, language=language), end="")
    if questions.beyond:
        n = len(questions.beyond)
        print(
            f"{n} claim{' is' if n == 1 else 's are'} not in the letter: statements in words, or missing from the review's own files.",
            file=sys.stderr,
        )


def _as_json(questions: Any, language: str) -> dict[str, Any]:
    from metaudit.audit_words.what_to_ask import ask

    return {
        "requests": [
            {
                "kind": line.request.kind, "analysis": line.request.analysis, "about": line.request.whom,
                "what": line.request.what, "numbers": line.request.size, "more": line.request.open_ended,
                "claims": [c.claim for c in line.claims],
            }
            for line in questions.lines
        ],
        "numbers": questions.numbers,
        "at_least": questions.at_least,
        "proven": questions.proven,
        "served": questions.served,
        "beyond": [r.claim for r in questions.beyond],
        "not_reproduced": [
            {"claim": r.claim, "verdict": r.verdict, "ask": ask(r, language=language)} for r in questions.not_reproduced
        ],
    }  # fmt: skip

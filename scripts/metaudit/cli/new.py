"""``metaudit new``: the folder of a review, to be filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, print_json, refuse

ABOUT, ANALYSIS = "The publication", "Its first analysis; further ones are added in review.yaml"


_NOTHING_TOLD = "--kind-of-data is missing, and there is nobody to ask: say what one study reports."
_EXAMPLE = 'For example: metaudit new smith-2021 --kind-of-data counts --title "Aspirin for headache"'


@app.command()
def new(
    folder: Annotated[
        Path, typer.Argument(help="folder to write; its name becomes the review's id", show_default=False)
    ],
    kind_of_data: Annotated[
        str,
        typer.Option(
            help="what one study reports: counts, means, change, rates, proportions, one-group-means, correlations, generic, "
            "none (printed numbers only)",
            show_default=False,
            autocompletion=complete.kinds_of_data,
        ),
    ] = "",
    title: Annotated[str, typer.Option(rich_help_panel=ABOUT, help="title", show_default=False)] = "",
    authors: Annotated[
        str, typer.Option(rich_help_panel=ABOUT, help='first author et al., as in "Colditz et al."', show_default=False)
    ] = "",
    year: Annotated[str, typer.Option(rich_help_panel=ABOUT, help="year, four digits", show_default=False)] = "",
    journal: Annotated[str, typer.Option(rich_help_panel=ABOUT, help="journal or publisher", show_default=False)] = "",
    doi: Annotated[
        str, typer.Option(rich_help_panel=ABOUT, help="DOI, with or without https://doi.org/", show_default=False)
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            rich_help_panel=ABOUT,
            help="meta-analysis, network meta-analysis, narrative review, trial or re-analysis",
            autocompletion=complete.of_schema("kind"),
        ),
    ] = "meta-analysis",
    read: Annotated[
        str,
        typer.Option(
            rich_help_panel=ABOUT,
            help="how much of it you have read: full text, abstract, table, summary, not read",
            show_default=False,
            autocompletion=complete.read_states,
        ),
    ] = "",
    outcome: Annotated[
        str,
        typer.Option(rich_help_panel=ANALYSIS, help="what is pooled, in words: early mortality", show_default=False),
    ] = "",
    measure: Annotated[
        str,
        typer.Option(
            rich_help_panel=ANALYSIS,
            help="effect measure, such as RR or SMD; leave it out when the paper does not say",
            show_default=False,
            autocompletion=complete.measures,
        ),
    ] = "",
    model: Annotated[
        str,
        typer.Option(
            rich_help_panel=ANALYSIS,
            help="how studies are pooled, as stated: common, random, mantel-haenszel, peto, glmm, user-weights",
            show_default=False,
            autocompletion=complete.of_schema("model"),
        ),
    ] = "",
    tau2: Annotated[
        str,
        typer.Option(
            rich_help_panel=ANALYSIS,
            help="estimator of the between-study variance, as stated: DL, REML ...",
            show_default=False,
            autocompletion=complete.of_schema("tau2"),
        ),
    ] = "",
    software: Annotated[
        str,
        typer.Option(
            rich_help_panel=ANALYSIS,
            help='as stated: "RevMan 5.3"',
            show_default=False,
            autocompletion=complete.programs,
        ),
    ] = "",
    favours: Annotated[
        str,
        typer.Option(
            rich_help_panel=ANALYSIS,
            help="which side of the null is good for the treatment: low or high",
            show_default=False,
            autocompletion=complete.of_schema("favours"),
        ),
    ] = "",
    moderators: Annotated[
        str,
        typer.Option(rich_help_panel=ANALYSIS, help="of a meta-regression, separated by commas", show_default=False),
    ] = "",
    subgroups: Annotated[
        str, typer.Option(rich_help_panel=ANALYSIS, help="covariate that tells the subgroups apart", show_default=False)
    ] = "",
    no_input: Annotated[
        bool, typer.Option("--no-input", help="ask nothing; what is not given is left out, or marked TO FILL IN")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the folder of a review to be filled in: review.yaml with comments, and tables that have their header only.

    On a terminal it asks for what is not given. What it writes is accepted by [bold]metaudit check[/bold] at once.
    Exit codes: 0 written, 2 refused (the folder holds something, an answer is not understood).

    Example: metaudit new smith-2021 --kind-of-data counts --title "Aspirin for headache" --measure RR --model random
    """
    from metaudit.cli.questions import answers_of, ask, can_ask, check
    from metaudit.drafts import write_draft
    from metaudit.drafts.skeleton import skeleton
    from metaudit.drafts.write import check_place

    given = {
        "kind_of_data": kind_of_data, "title": title, "authors": authors, "year": year, "journal": journal, "doi": doi,
        "kind": kind, "read": read, "outcome": outcome, "measure": measure, "model": model, "tau2": tau2,
        "software": software, "favours": favours, "moderators": moderators, "subgroups": subgroups,
    }  # fmt: skip
    guarded(lambda: check_place(folder))
    known = guarded(lambda: check(given))
    if not no_input and can_ask():
        known = ask(known)
    elif not kind_of_data:
        refuse(ValueError(f"{_NOTHING_TOLD} Known: {', '.join(complete.kinds_of_data(''))}. {_EXAMPLE}"))
    draft = guarded(lambda: skeleton(answers_of(known)))
    guarded(lambda: write_draft(draft, folder))
    _say(folder, as_json=as_json)


def _say(folder: Path, *, as_json: bool) -> None:
    """What was written, and what comes next."""
    from metaudit.drafts.skeleton import still_open
    from metaudit.formats.review import read_review

    review = read_review(folder)
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "id": review.id,
                "files": files,
                "analyses": list(review.analyses),
                "still_open": still_open(review),
            }
        )
        return
    print(f"{folder}: {', '.join(f for f in files if not f.startswith('.'))}")
    print("Still to be filled in:")
    for sentence in still_open(review):
        print(f"  {sentence}")
    print(f"Then: metaudit check {folder}, and metaudit audit {folder} --out {review.id}-audit")

"""What to do about what a comparison found: one sentence for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TOUCHED, MISSING, ADDED = "touched", "missing", "added"
INPUT_CHANGED, INPUT_MISSING = "input-changed", "input-missing"
NOT_BUILT = "not-built"  # nothing is wrong then; whoever wants the files may have them
_REST = ", the rest of the command as it was, without the name of a target."


def remedies(kinds: Iterable[str], again: dict[str, Sequence[str]]) -> dict[str, str]:
    """The sentences, by kind.

    Parameters
    ----------
    kinds : kinds of what was found
    again : for every kind the stages that wrote the results, or that read the inputs, in order
    """
    said = {
        kind: _said(kind, f"snakemake --forcerun {' '.join(again.get(kind, ()))}{_REST}", bool(again.get(kind)))
        for kind in kinds
    }
    return {kind: sentence for kind, sentence in said.items() if sentence}


def _said(kind: str, command: str, any_stage: bool) -> str:
    if kind in (TOUCHED, MISSING):
        return f"To have them written again: {command}" if any_stage else ""
    if kind == NOT_BUILT:
        return f"To have them: {command}"
    if kind == ADDED:
        return (
            "Delete what an earlier run left there, as of a review that was renamed or left out: no run takes it away."
        )
    if kind == INPUT_CHANGED:
        older = "; one with an older time (cp -p, rsync -t) only with "
        return f"The next run takes them in{older}{command}" if any_stage else "The next run takes them in."
    if kind == INPUT_MISSING:
        return "Put them back, or run again without them: what the workflow cannot do without is named then."
    return ""

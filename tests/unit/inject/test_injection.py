"""Errors of every kind: one thing changes, the claims stay, and the edit that undoes it gives the clean table back."""

import pytest

from metaudit.edits import KINDS
from metaudit.formats.select import select_rows
from metaudit.inject.clean import DESIGNS, clean_review
from metaudit.inject.injection import INJECTED_KINDS, OF_CELLS, OF_ROWS, inject
from metaudit.inject.rows import problems_of
from metaudit.inject.subjects import coming_out, made_up

SUBJECTS = [made_up(clean_review(d, seed=2)) for d in DESIGNS]


def pooled(subject, review):
    return [r.cells for r in select_rows(review.analyses[subject.analysis], review.rows)[0]]


def numbers(rows):
    """The cells that matter, as numbers, in whatever order the rows stand."""
    own = [
        tuple(
            sorted(
                (c, float(t))
                for c, t in r.items()
                if c.split("_")[0] in {"mean", "sd", "n", "events", "effect", "ci", "r", "se"}
            )
        )
        for r in rows
    ]
    return sorted(own)


def test_kinds_are_those_of_the_edits():
    assert set(INJECTED_KINDS) == set(OF_CELLS) | set(OF_ROWS)
    assert set(INJECTED_KINDS) <= set(KINDS)


@pytest.mark.parametrize("kind", [k for k in INJECTED_KINDS if k != "se-is-variance"])
def test_a_kind(kind):
    done = 0
    for subject in SUBJECTS:
        injected = inject(subject, kind=kind, seed=5)
        if injected is None:
            continue
        done += 1
        again = inject(subject, kind=kind, seed=5)
        assert (again.review.rows, again.words) == (injected.review.rows, injected.words)
        assert injected.review.claims == subject.review.claims
        assert (injected.review.rows, injected.review.analyses) != (subject.review.rows, subject.review.analyses)
        assert not [p for r in injected.review.rows for p in problems_of(r)]
        assert injected.words
    assert done


@pytest.mark.parametrize("kind", [k for k in INJECTED_KINDS if k != "se-is-variance"])
def test_the_truth_gives_the_clean_table_back(kind):
    for subject in SUBJECTS:
        injected = inject(subject, kind=kind, seed=1)
        if injected is None:
            continue
        rows = select_rows(injected.review.analyses[subject.analysis], injected.review.rows)[0]
        clean = numbers(pooled(subject, subject.review))
        for truth in injected.truth:
            restored = numbers([r.cells for r in truth.apply(rows)])
            assert restored == clean, (kind, injected.words)


def test_ready_made_standard_errors_can_be_variances(tmp_path):
    from making import claim, made
    from metaudit.inject.subjects import subject_of

    rows = [{"study": f"S{i}", "effect": f"{0.1 * i:.2f}", "se": f"0.{i + 2}"} for i in range(5)]
    review = made(
        tmp_path / "made", claims=[claim("e", "estimate", "0.14")], rows=rows, measure="GEN", method={"model": "common"}
    )
    injected = inject(subject_of(review), kind="se-is-variance", seed=0)
    (change,) = injected.truth[0].changes
    assert change.column == "se"
    old, new = float(change.old), float(change.new)
    assert old == pytest.approx(new**2) or old == pytest.approx(new**0.5)


def test_seeds_differ():
    words = {inject(SUBJECTS[0], kind="digit", seed=s).words for s in range(20)}
    assert len(words) > 12


def test_unknown_kind():
    with pytest.raises(ValueError, match="Known: row-dropped"):
        inject(SUBJECTS[0], kind="typo", seed=0)


def test_a_table_without_sds_has_none_to_mistake():
    counts = next(s for s in SUBJECTS if s.specs[""].measure == "RR")
    assert inject(counts, kind="se-is-sd", seed=0) is None


def test_most_errors_move_a_printed_number():
    moved = total = 0
    for subject in SUBJECTS:
        before = coming_out(subject, subject.review)
        for kind in ("row-dropped", "arms-swapped", "digit"):
            injected = inject(subject, kind=kind, seed=0)
            if injected is not None:
                total += 1
                moved += not before <= coming_out(subject, injected.review)
    assert moved / total > 0.8

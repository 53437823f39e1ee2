"""Our value of a claim about a network, read off one fit, and in words how it came by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import EFFECT_QUANTITIES, on_analysis_scale, quantity_asked
from metaudit.audit.syntheses.network_table import NetworkTable, Reading, treatments_of_row
from metaudit.audit.syntheses.subjects import Subject
from metaudit.formats.review import Claim
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.network.evidence import Study
from metaudit.network.values import OF_DESIGN, OF_PAIR, OF_TREATMENT, WHOLE, Values
from metaudit.pooling.intervals import quantile, two_sided_p

OF_STUDY = ("study_estimate", "study_se", "study_variance", "study_ci_low", "study_ci_high")
COUNTED = ("k", "n", "proportion")
_LIMITS = {
    "ci_low": "ci_high", "pi_low": "pi_high", "direct_ci_low": "direct_ci_high", "indirect_ci_low": "indirect_ci_high",
    "difference_ci_low": "difference_ci_high", "study_ci_low": "study_ci_high",
}  # fmt: skip
_TURNED_LIMITS = {**_LIMITS, **{high: low for low, high in _LIMITS.items()}}
_SIGNED = frozenset({*EFFECT_QUANTITIES, "z", "difference_z"})
_SPLIT_WORDS = ("direct", "indirect", "difference")


def value_of(claim: Claim, values: Values, table: NetworkTable, *, reading: Reading) -> Ours:
    """Our value of a claim's quantity on its natural scale (a ratio for a ratio measure, fractions for P-scores).

    Parameters
    ----------
    claim : about a network
    values : of one fitted network
    table : its rows
    reading : how the claim's words are taken

    Raises
    ------
    Unanswerable
        when the network has no such number, with what is missing.
    """
    asked = quantity_asked(claim)
    subject = table.subject(claim.subject)
    if asked in OF_STUDY or (subject.study and asked == "estimate"):
        return _of_study(claim, asked, subject, values, reading=reading)
    if subject.study:
        raise Unanswerable(f"{asked} is no number of one study of a network; study_estimate is its own comparison")
    if asked in OF_DESIGN and subject.treatments:
        return Ours(values.of_design(asked, *subject.treatments), f"design {' : '.join(subject.treatments)}")
    if asked in COUNTED:
        return _counted(asked, subject, values, table, pooled_only=reading.pooled_only)
    if asked in WHOLE and not subject.treatments:
        return Ours(values.value(asked), _whole_words(asked, values))
    if asked in OF_TREATMENT:
        return _of_treatment(asked, subject, values)
    if asked in OF_PAIR:
        return _of_pair(claim, asked, pair_of(claim, subject, values, reading=reading), values, reading=reading)
    if asked in WHOLE:
        raise Unanswerable(f"{asked} is a number of the whole network; its subject is empty")
    raise Unanswerable(f"there is no rule for {asked} of a network")


def pair_of(claim: Claim, subject: Subject, values: Values, *, reading: Reading) -> tuple[str, str]:
    """The two treatments that a claim compares; one alone is compared with the reference.

    Raises
    ------
    Unanswerable
        where it names no two treatments, or one that no pooled study has.
    """
    named = subject.treatments
    if len(named) == 1:
        if not reading.reference:
            raise Unanswerable(
                f"{claim.subject!r} is one treatment, and review.yaml does not say what the others are compared with",
                "network: reference in review.yaml",
            )
        named = (named[0], reading.reference)
    if len(named) != 2:
        what = "the subject is empty" if not named else f"{claim.subject!r} names {len(named)} treatments"
        raise Unanswerable(
            f"{_asked_words(claim)} of a network is about two treatments; {what}",
            "the two treatments as subject: A : B",
        )
    if named[0] == named[1]:
        raise Unanswerable(f"{named[0]} is compared with itself", "the other treatment")
    absent = [t for t in named if t not in values.network.treatments]
    if absent:
        raise Unanswerable(f"no study with {absent[0]} can be pooled", f"the numbers of the arms with {absent[0]}")
    return named[0], named[1]


def _asked_words(claim: Claim) -> str:
    return f"'{claim.printed}'" if claim.quantity == "text" else claim.quantity


def _of_pair(claim: Claim, asked: str, pair: tuple[str, str], values: Values, *, reading: Reading) -> Ours:
    if asked.startswith("pi_") and values.network.common:
        raise Unanswerable("a common-effect network has no prediction interval")
    turned = claim.subject in reading.turned
    x = values.value(_TURNED_LIMITS.get(asked, asked) if turned else asked, *pair)
    if turned and asked in _SIGNED:
        x = -x
    if math.isnan(x):
        kind = "indirect" if asked.startswith("indirect") else "direct"
        why = f"there is no {kind} evidence on {' : '.join(pair)}"
        if asked.startswith("difference"):
            why = f"{' : '.join(pair)} has not both direct and indirect evidence"
        raise Unanswerable(why, f"studies with {kind} evidence on {' : '.join(pair)}")
    return Ours(_natural(claim, asked, values)(x), _pair_words(asked, pair[::-1] if turned else pair, values))


def _natural(claim: Claim, asked: str, values: Values) -> Callable[[float], float]:
    """From the analysis scale to that of the claim; standard errors, z and P have one scale only."""
    if asked not in EFFECT_QUANTITIES or on_analysis_scale(claim):
        return lambda x: x
    return measure_of(values.network.evidence.measure).to_natural


def _of_treatment(asked: str, subject: Subject, values: Values) -> Ours:
    if len(subject.treatments) != 1:
        raise Unanswerable(f"{asked} is a number of one treatment", "the treatment as subject")
    if values.small_is_good is None:
        raise Unanswerable(
            "review.yaml does not say whether small or large effects are good, without which nothing is ranked",
            "favours: low or high in review.yaml",
        )
    name = subject.treatments[0]
    small = "small" if values.small_is_good else "large"
    how = f"{asked.replace('_', '-')} of {name} among {len(values.network.treatments)} treatments, {small} effects being good"
    if asked == "best" and len(values.network.treatments) > 3:
        how += ", from a million draws"
    return Ours(values.value(asked, name), how)


def _counted(asked: str, subject: Subject, values: Values, table: NetworkTable, *, pooled_only: bool) -> Ours:
    """Studies or people, of the network, of a treatment, or of the studies that compare a pair; events over people."""
    arms = {name: {t for r in rows for t in treatments_of_row(r)} for name, rows in table.studies.items()}
    if pooled_only:
        arms = {s.name: set(s.treatments) for s in values.network.evidence.studies}
    named = set(subject.treatments)
    having = [name for name, own in arms.items() if named <= own]
    which = "are pooled" if pooled_only else "are in the table"
    of = f" with {' and '.join(subject.treatments)}" if named else ""
    if asked == "k":
        return Ours(float(len(having)), f"{len(having)} studies{of} {which}")
    found = {
        name: [
            r for r in table.studies[name] if not r.text("treatment_c") and r.text("treatment") in (named or arms[name])
        ]
        for name in having
    }
    rows = [r for own in found.values() for r in own]
    whole = all(found.values())
    people = _sum(rows, "n", table, whole=whole)
    over = f"over {len(rows)} arms of {len(having)} studies{of}"
    if asked == "n":
        return Ours(people, f"sum of n {over}")
    events = _sum(rows, "events", table, whole=whole)
    return Ours(events / people, f"{events:g}/{people:g}: events over people {over}")


def _sum(rows: Sequence[Row], column: str, table: NetworkTable, *, whole: bool) -> float:
    """A column summed over arms, each of which has to have it."""
    found = [table.converted[r.line].get(column) for r in rows]
    if not rows or not whole or any(math.isnan(x) for x in found):
        what = "number of people" if column == "n" else "number of events"
        raise Unanswerable(f"the {what} is not given for every arm", f"{column} of every arm")
    return math.fsum(found)


def _of_study(claim: Claim, asked: str, subject: Subject, values: Values, *, reading: Reading) -> Ours:
    """A comparison of one study, as it enters the network."""
    if not subject.study:
        raise Unanswerable(f"{asked} is about one study", "the subject STUDY : A : B")
    study = next((s for s in values.network.evidence.studies if s.name == subject.study), None)
    if study is None:
        reason = next((why for name, why in values.network.evidence.left_out if name == subject.study), "")
        raise Unanswerable(f"study {subject.study} is not pooled{': ' if reason else ''}{reason}")
    first, second = _arms(study, subject.treatments, reading.reference)
    y, v = study.contrast(first, second)
    se = math.sqrt(v)
    half = quantile(values.network.level, None) * se
    turned = claim.subject in reading.turned
    y = -y if turned else y
    x = {
        "study_estimate": y, "estimate": y, "study_se": se, "study_variance": v, "study_ci_low": y - half, "study_ci_high": y + half,
    }[asked]  # fmt: skip
    corrected = ", after the correction for zero cells" if study.name in values.network.evidence.corrected else ""
    pair = f"{second} : {first}" if turned else f"{first} : {second}"
    how = f"{pair} in {study.name}: {y:.4g} (SE {se:.4g}) on the analysis scale{corrected}"
    return Ours(_natural(claim, asked, values)(x), how)


def _arms(study: Study, named: Sequence[str], reference: str) -> tuple[str, str]:
    """Which two arms of a study are compared: those named, or the other one of two with the reference."""
    names = list(named)
    if len(names) < 2 and len(study.treatments) == 2:
        rest = [t for t in study.treatments if t not in names]
        if names:
            names += rest
        elif reference in study.treatments:
            names = [next(t for t in study.treatments if t != reference), reference]
    if len(names) != 2 or names[0] == names[1]:
        raise Unanswerable(
            f"study {study.name} compares {', '.join(study.treatments)}; the claim does not say which two",
            "the subject STUDY : A : B",
        )
    absent = [t for t in names if t not in study.treatments]
    if absent:
        raise Unanswerable(f"study {study.name} has no arm {absent[0]}; it compares {', '.join(study.treatments)}")
    return names[0], names[1]


def _whole_words(asked: str, values: Values) -> str:
    n = values.network
    if asked in ("q", "q_df", "q_p", "i2", "i2_low", "i2_high"):
        return f"Q = {n.q:.4g} with {n.df} df, I² = 100 (Q - df)/Q = {n.i2:.3g} %"
    if asked in ("tau2", "tau"):
        return f"tau² = {n.tau2:.4g} ({n.tau2_method or 'common effect'}) over {n.k} studies"
    if asked in OF_DESIGN:
        parts = values.decomposition
        within, between = parts.within, parts.between
        return f"Q = {within.q:.4g} ({within.df} df) within designs and {between.q:.4g} ({between.df} df) between them"
    if asked.startswith("interaction"):
        x = {q: values.value(q) for q in ("interaction", "interaction_df", "interaction_tau2")}
        return (
            f"design-by-treatment interaction: chi² = {x['interaction']:.4g} with {x['interaction_df']:g} df at "
            f"tau² = {x['interaction_tau2']:.4g} within designs"
        )
    return f"{n.k} studies of {len(n.treatments)} treatments are pooled"


def _evidence(kind: str, pair: tuple[str, str], values: Values) -> str:
    """Direct or indirect evidence in words."""
    x, se = values.value(kind, *pair), values.value(f"{kind}_se", *pair)
    return f"no {kind} evidence" if math.isnan(x) else f"{kind} {x:.4g} (SE {se:.4g})"


def _pair_words(asked: str, pair: tuple[str, str], values: Values) -> str:
    n = values.network
    model = f"random effects, {n.tau2_method}, tau² = {n.tau2:.4g}" if not n.common else "common effect"
    name = " : ".join(pair)
    kind = next((w for w in _SPLIT_WORDS if asked.startswith(w)), "")
    if kind or asked in ("k_direct", "proportion_direct"):
        parts = [_evidence(w, pair, values) for w in ("direct", "indirect")]
        k = int(values.value("k_direct", *pair))
        share = f"{k} {'study compares' if k == 1 else 'studies compare'} them, share {values.value('proportion_direct', *pair):.3g}"
        return f"{name}: {' and '.join(parts)} on the analysis scale; {share}; {model}"
    c = n.compare(*pair, pi=values.pi)
    test = f", P = {two_sided_p(c.stat, None if n.ci == 'wald' else float(n.df)):.3g}" if asked in ("z", "p") else ""
    return f"{name}: {c.estimate:.4g} (SE {c.se:.4g}) on the analysis scale{test}; {model}"

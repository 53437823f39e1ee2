"""The networks of a review: what was pooled, every comparison, and every treatment."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from metaudit.effects.convert import convert
from metaudit.errors import DataError, InputError, one_line
from metaudit.files import cell
from metaudit.formats.review import Analysis, Review
from metaudit.formats.select import select_rows
from metaudit.formats.tables import Row
from metaudit.network.choices import NetworkSpec
from metaudit.network.fit import TAU2
from metaudit.network.from_rows import COMPARATOR, TREATMENT
from metaudit.network.result import Choices, NetworkResult, network_of_rows, network_result
from metaudit.network.splitting import Split
from metaudit.pooling.intervals import quantile

SUMMARY = (
    "analysis", "role", "spec", "measure", "model", "tau2_method", "ci_method", "level", "k", "n", "treatments", "designs", "pairs",
    "multiarm_studies", "multiarm", "tau2", "i2", "i2_low", "i2_high", "q", "q_df", "q_p", "q_within", "q_within_df", "q_within_p",
    "q_between", "q_between_df", "q_between_p", "interaction", "interaction_df", "interaction_p", "interaction_tau2", "reference",
    "small_values", "corrected", "left_out", "disagreements", "reason",
)  # fmt: skip
LEAGUE = (
    "analysis", "role", "model", "treatment", "treatment_c", "studies", "estimate_yi", "se", "estimate", "ci_low", "ci_high", "p",
    "pi_low", "pi_high", "proportion_direct", "direct", "direct_low", "direct_high", "indirect", "indirect_low", "indirect_high",
    "difference_yi", "difference_se", "difference_p",
)  # fmt: skip
TREATMENTS = (
    "analysis", "treatment", "studies", "n", "reference", "p_score", "mean_rank", "ranks", "exact",
)  # fmt: skip
STUDIES = ("analysis", "row", "study", "treatment", "treatment_c", "arms", "left_out")
TABLES = {"network_summary": SUMMARY, "network": LEAGUE, "network_treatments": TREATMENTS, "network_studies": STUDIES}
"""The tables of networks and their columns."""

_USUAL = "REML"


def network_tables(review: Review, *, level: float) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table in ``TABLES``, for every analysis with public rows and the key ``network``.

    A network that cannot be pooled has one row in the summary, with the reason.

    Parameters
    ----------
    review : the review
    level : confidence level of intervals where an analysis states none
    """
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for analysis in review.analyses.values():
        if "network" not in analysis.syntheses or analysis.data == "none":
            continue
        rows = select_rows(analysis, review.rows)[0]
        try:
            primary = network_result(analysis, rows, level=level)
        except (DataError, InputError) as error:
            tables["network_summary"].append({"analysis": analysis.id, "role": "primary", "reason": one_line(error)})
            continue
        people = people_of(primary, rows)
        for role, found in (("primary", primary), ("alternative", _other_model(analysis, primary, rows))):
            tables["network_summary"].append(summary_row(found, role, people) | {"analysis": analysis.id})
            tables["network"] += [{"analysis": analysis.id, "role": role, **r} for r in league_rows(found)]
        tables["network_studies"] += [{"analysis": analysis.id, **r} for r in study_rows(primary, rows)]
        tables["network_treatments"] += [{"analysis": analysis.id, **r} for r in treatment_rows(primary, people)]
    return tables


def _other_model(analysis: Analysis, primary: NetworkResult, rows: Sequence[Row]) -> NetworkResult:
    """The same network with one effect a comparison, or with random effects where that is what its authors state."""
    stated = analysis.method.get("tau2")
    # Beside a common effect any estimator may stand in the method; one that networks do not have is no reason to fail.
    tau2 = (stated if stated in TAU2 else _USUAL) if primary.network.common else None
    ci = primary.choices.ci if tau2 or primary.choices.ci != "hksj" else "wald"
    return network_of_rows(rows, replace(primary.choices, tau2=tau2, ci=ci))


def spec_of(choices: Choices) -> NetworkSpec:
    """The choices as a specification, whose string a verdict shows."""
    tau2 = "" if choices.tau2 is None else str(choices.tau2)
    return NetworkSpec(
        choices.measure, choices.zero_cells, choices.convention, tau2, choices.ci, choices.pi, choices.level, choices.multiarm,
        choices.splitting,
    )  # fmt: skip


def people_of(found: NetworkResult, rows: Sequence[Row]) -> dict[str, float]:
    """Number of people with each treatment, for those all of whose arms in the network say it."""
    used = {(s.name, t) for s in found.network.evidence.studies for t in s.treatments}
    sizes: dict[str, list[float]] = defaultdict(list)
    for row in map(convert, rows):
        arm = (row.label, row.row.text(TREATMENT))
        if arm in used and not row.row.text(COMPARATOR):
            sizes[arm[1]].append(row.get("n"))
            used.remove(arm)
    unknown = {t for _, t in used}
    return {t: sum(n) for t, n in sizes.items() if t not in unknown and sum(n) == sum(n)}


def summary_row(found: NetworkResult, role: str, people: dict[str, float]) -> dict[str, Any]:
    """One fit of one network."""
    net, e = found.network, found.network.evidence
    d, i = found.decomposition, found.interaction
    row: dict[str, Any] = {
        "role": role, "spec": str(spec_of(found.choices)), "measure": e.measure, "model": "common" if net.common else "random",
        "tau2_method": net.tau2_method, "ci_method": net.ci, "level": net.level, "k": net.k, "treatments": len(net.treatments),
        "n": int(sum(people.values())) if len(people) == len(net.treatments) else "", "designs": len(e.designs),
        "pairs": len(e.direct_pairs), "multiarm_studies": sum(len(s.treatments) > 2 for s in e.studies), "multiarm": net.multiarm,
        "tau2": "" if net.common else net.tau2, "i2": net.i2, "i2_low": net.i2_limits[0], "i2_high": net.i2_limits[1],
        "q": net.q, "q_df": net.df, "q_p": net.q_p, "interaction": i.q, "interaction_df": i.df, "interaction_p": i.p,
        "interaction_tau2": i.tau2 if i.tau2_method else "", "reference": found.reference,
        "small_values": {None: "", True: "good", False: "bad"}[found.choices.small_is_good],
        "corrected": "; ".join(e.corrected), "left_out": "; ".join(f"{study}: {why}" for study, why in e.left_out),
        "disagreements": "; ".join(map(str, found.disagreements)),
    }  # fmt: skip
    for name, part in (("within", d.within), ("between", d.between)):
        row |= {f"q_{name}": part.q, f"q_{name}_df": part.df, f"q_{name}_p": part.p}
    return row


def league_rows(found: NetworkResult) -> Iterator[dict[str, Any]]:
    """Every pair of treatments once, in alphabetic order: the network, and direct and indirect evidence."""
    net = found.network

    def natural(x: float) -> float:
        return found.measure.to_natural(x) if math.isfinite(x) else x

    splits: dict[frozenset[str], Split] = {frozenset((s.first, s.second)): s for s in found.splits}
    half = quantile(net.level, None if net.ci == "wald" else float(net.df))
    for a, b in combinations(net.treatments, 2):
        c, s = net.compare(a, b, pi=found.choices.pi), splits[frozenset((a, b))]
        way = 1 if s.first == a else -1
        row: dict[str, Any] = {
            "model": "common" if net.common else "random", "treatment": a, "treatment_c": b, "studies": s.k,
            "estimate_yi": c.estimate, "se": c.se, "p": c.p, "proportion_direct": s.proportion,
            "difference_yi": way * s.difference, "difference_se": s.se_difference, "difference_p": s.p,
        }  # fmt: skip
        row |= {n: natural(getattr(c, n)) for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")}
        for name, value, se in (("direct", s.direct, s.se_direct), ("indirect", s.indirect, s.se_indirect)):
            ends = (way * value, way * value - half * se, way * value + half * se)
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), map(natural, ends), strict=True))
        yield row


def treatment_rows(found: NetworkResult, people: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Every treatment, the best first; in alphabetic order where nobody said which effects are good."""
    studies = {t: sum(t in s.treatments for s in found.network.evidence.studies) for t in found.network.treatments}
    for t in found.order:
        row: dict[str, Any] = {
            "treatment": t, "studies": studies[t], "n": int(people[t]) if t in people else "", "reference": t == found.reference,
        }  # fmt: skip
        if found.ranks is not None:
            n, score = len(found.network.treatments), found.scores[t]
            shares = found.ranks.probability[found.ranks.treatments.index(t)]
            row |= {"p_score": score, "mean_rank": 1 + (1 - score) * (n - 1), "exact": found.ranks.exact}
            row["ranks"] = "; ".join(cell(float(p)) for p in shares)
        yield row


def study_rows(found: NetworkResult, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Every row of the extraction table that is an arm or a comparison of the network, in its order; why it is not used."""
    e = found.network.evidence
    arms, left_out = {s.name: s.treatments for s in e.studies}, dict(e.left_out)
    for row in rows:
        name = convert(row).label
        used = row.text(TREATMENT) in arms.get(name, ())
        yield {
            "row": row.line, "study": name, "treatment": row.text(TREATMENT), "treatment_c": row.text(COMPARATOR),
            "arms": len(arms[name]) if used else "", "left_out": "" if used else left_out.get(name, "not in the network"),
        }  # fmt: skip

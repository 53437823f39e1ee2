"""Networks: everything that netmeta, metafor and a matrix program gave for them, beside ours.

Tolerances are those of the same arithmetic elsewhere; estimates and limits are compared on the scale of the standard error. A
matrix program that finds the root of the score (``gls``) is what REML and ML are compared with; netmeta's and metafor's
optimisers stop at about 1e-8 of the likelihood.

    PYTHONPATH=scripts:tests:tests/reference python tests/reference/network_agreement.py

prints how well they agree on what is vendored in tests/data/network, or on the folder that METAUDIT_NETWORK_REFERENCE names.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from harness import Compared, Explained, number, of, p_of_q, p_of_stat
from network_cases import NetworkCase, cases_of_folder, vendored
from tally import Tally

from metaudit.network.contribution import contributions
from metaudit.network.designs import ChiSquared, decompose, interaction
from metaudit.network.fit import Comparison, Network, fit_network
from metaudit.network.flow import measures
from metaudit.network.hypergeometric import hypergeometric_network
from metaudit.network.likelihood import log_likelihood
from metaudit.network.mantel_haenszel import mantel_haenszel_network
from metaudit.network.ranking import p_scores, ranks
from metaudit.network.rows import rows_of
from metaudit.network.splitting import Split, node_split
from tolerances import CLOSED_FORM, EFFECT_SIZE, ITERATIVE

AREA = "network"
# Optimisers of netmeta and metafor end where the likelihood changes by less than about 1e-8 of itself.
OPTIMISER = 1e-5
# 200,000 draws: a standard error of at most 0.0011, and hundreds of probabilities.
MONTE_CARLO = 0.005
# optim with finite differences (netmetabin's conditional likelihood).
FINITE_DIFFERENCES = 1e-4
TAU2_IS_ZERO = 1e-9  # netmeta's and metafor's optimisers end there instead of at 0

EXPLAINED = {
    "generic-input": Explained(
        "ours",
        "Given effects without counts, means or SDs, netmeta 3.3-1 estimates tau2 by REML and ML from the variances alone, without the "
        "covariances inside multi-arm studies; metafor and the matrix program have them and agree with us.",
        "tau2 by 0.03 %",
    ),
}

MODELS = (("common", None), ("DL", "DL"), ("REML", "REML"), ("ML", "ML"))


def compare(case: NetworkCase) -> Iterator[Compared]:
    """Everything about one network."""
    fits = {name: fit_network(case.evidence, tau2=tau2) for name, tau2 in MODELS}
    yield from _inputs(case)
    yield from _heterogeneity(case, fits["common"])
    for name, fitted in fits.items():
        yield from _netmeta(case, name, fitted)
    for name in ("DL", "REML", "ML"):
        yield from _gls(case, name, fits[name])
    yield from _metafor(case, fits)
    yield from _decomposition(case)
    for theirs, name in (("common", "common"), ("random_DL", "DL"), ("random_REML", "REML")):
        yield from _splits(case, theirs, name, fits[name])
        if name != "REML":
            yield from _flows(case, theirs, fits[name])
    yield from _counts(case)


def tally(cases: Iterable[NetworkCase]) -> Tally:
    """The comparisons counted, as those of the areas are."""
    out, units = Tally(), set()
    for case in cases:
        start = time.perf_counter()
        try:
            out.add(AREA, case, compare(case), known=EXPLAINED)  # type: ignore[arg-type] - it only names the case
        except (ArithmeticError, ValueError, KeyError, StopIteration) as error:
            out.wrong.append(f"{AREA}, {case.unit} {case.name}: {type(error).__name__}: {error}")
            out.seconds[AREA] += time.perf_counter() - start
        units.add(case.unit)
        out.cases += 1
    out.units = len(units)
    return out


def whole_tally(folder: str = "") -> Tally:
    """Every comparison of the vendored networks, or of those of a folder."""
    return tally(cases_of_folder(Path(folder)) if folder else vendored())


def main() -> int:
    """Print how well they agree; 1 when something differs."""
    found = whole_tally(os.environ.get("METAUDIT_NETWORK_REFERENCE", ""))
    width = max(len(name) for _, name in found.quantities)
    for (_, name), q in found.quantities.items():
        explained = ", ".join(f"{count} {key}" for key, (count, _) in sorted(q.explained.items()))
        print(f"{name:{width}}  {q.count:6d}  {q.error:8.1e}  {q.tolerance:8.1e}  {explained}".rstrip())
    print(*found.wrong, sep="\n")
    print(
        f"{found.units} networks, {found.cases} measures of them, {found.compared} numbers compared, {len(found.wrong)} wrong"
    )
    return bool(found.wrong)


def _inputs(case: NetworkCase) -> Iterator[Compared]:
    meta, evidence = case.reference["meta"], case.evidence
    same = partial(of, tolerance=0.0)
    known = (
        ("treatments", set(evidence.treatments), meta["treatments"]),
        ("studies corrected", set(evidence.corrected), meta["studies_corrected"]),
        ("studies left out", {s for s, _ in evidence.left_out}, meta["studies_dropped"]),
        ("multi-arm studies", {s.name for s in evidence.studies if len(s.treatments) > 2}, meta["multiarm_studies"]),
    )
    for what, ours, theirs in known if case.arms else ():
        yield same(what, what, len(ours & set(theirs)), theirs=len(theirs), scale=1.0)
        yield same(what, f"{what}, number", len(ours), theirs=len(theirs), scale=1.0)
    tau2 = fit_network(evidence, tau2="DL").tau2
    for r in case.contrasts:
        study = next(s for s in evidence.studies if s.name == r["study"])
        y, v = study.contrast(r["treat1"], r["treat2"])
        what, pair = f"{r['study']}, {r['treat1']} - {r['treat2']}", (r["treat1"], r["treat2"])
        yield of("contrast effect", what, y, theirs=r["yi"], tolerance=EFFECT_SIZE, scale=math.sqrt(v))
        yield of("contrast se", what, math.sqrt(v), theirs=r["sei"], tolerance=EFFECT_SIZE)
        rows = rows_of([study], study.treatments)
        i, j = (study.treatments.index(t) for t in pair)
        for column, added in (("sei_adj_common", 0.0), ("sei_adj_random_DL", tau2)):
            weight = -float(rows.x[:, i] / (rows.vi + added / 2) @ rows.x[:, j])
            yield of("contrast reduced se", what, weight**-0.5, theirs=r[column], tolerance=CLOSED_FORM)


def _heterogeneity(case: NetworkCase, common: Network) -> Iterator[Compared]:
    theirs = case.reference["heterogeneity"]
    yield of("Q", "Q", common.q, theirs=theirs["Q"], tolerance=CLOSED_FORM)
    yield of("df", "df", common.df, theirs=theirs["df"], tolerance=0.0, scale=1.0)
    yield p_of_q("Q p", "Q p", common.q_p, theirs=theirs["p"], q=common.q, tolerance=CLOSED_FORM)
    for name, ours in zip(("I2", "I2_lb", "I2_ub"), (common.i2, *common.i2_limits), strict=True):
        yield of(name, name, ours / 100, theirs=theirs[name], tolerance=CLOSED_FORM, scale=1.0)


def _league(
    group: str, ours: Comparison, theirs: dict[str, Any], *, tolerance: float, explained: str = ""
) -> Iterator[Compared]:
    what = f"{ours.first} - {ours.second}"
    values = {
        "est": ours.estimate, "se": ours.se, "lb": ours.ci_low, "ub": ours.ci_high, "z": ours.stat, "pi_lb": ours.pi_low,
        "pi_ub": ours.pi_high,
    }  # fmt: skip
    for name, value in values.items():
        if name in theirs:
            scale = max(1.0, abs(ours.stat)) if name == "z" else ours.se
            if name.startswith("pi"):
                scale = max(ours.pi_high - ours.pi_low, ours.se)
            yield of(
                f"{group} {name}",
                what,
                value,
                theirs=theirs[name],
                tolerance=tolerance,
                scale=scale,
                explained=explained,
            )
    if "p" in theirs:
        stat = number(theirs["z"])
        yield p_of_stat(
            f"{group} p",
            what,
            ours.p,
            theirs=theirs["p"],
            stat=stat,
            tolerance=tolerance * max(1.0, abs(stat)),
            explained=explained,
        )


def _tau2(group: str, ours: float, theirs: Any, tolerance: float, *, explained: str = "") -> Compared:
    if max(ours, number(theirs)) < TAU2_IS_ZERO:
        return Compared(f"{group} tau2", "tau2", 0.0, 0.0, 1.0, tolerance, explained)
    return of(f"{group} tau2", "tau2", ours, theirs=theirs, tolerance=tolerance, explained=explained)


def _netmeta(case: NetworkCase, name: str, fitted: Network) -> Iterator[Compared]:
    theirs = case.reference["common"] if name == "common" else case.reference["random"][name]
    iterative = name in ("REML", "ML")
    tolerance = OPTIMISER if iterative else CLOSED_FORM
    why = "generic-input" if iterative and case.measure == "GEN" else ""
    if name != "common":
        yield _tau2(name, fitted.tau2, theirs["tau2"], tolerance, explained=why)
    small = case.reference["meta"]["small_values"] == "desirable"
    for row in theirs["league"]:
        yield from _league(name, fitted.compare(row["treat1"], row["treat2"]), row, tolerance=tolerance, explained=why)
    for treatment, score in p_scores(fitted, small_is_good=small).items():
        their_score = theirs["pscore"][treatment]
        yield of(f"{name} P-score", treatment, score, theirs=their_score, tolerance=tolerance, scale=1.0, explained=why)
    drawn = theirs.get("ranks_mc")
    if drawn:
        ours, names = ranks(fitted, small_is_good=small), drawn["rank_prob"]["treatments"]
        for treatment, row in zip(names, drawn["rank_prob"]["p"], strict=True):
            at = ours.treatments.index(treatment)
            for r, p in enumerate(row):
                what = f"{treatment}, rank {r + 1}"
                yield of("rank probability", what, ours.probability[at, r], theirs=p, tolerance=MONTE_CARLO, scale=1.0)
            sucra = drawn["sucra"][treatment]
            yield of("SUCRA", treatment, ours.sucra[treatment], theirs=sucra, tolerance=MONTE_CARLO, scale=1.0)


def _gls(case: NetworkCase, name: str, fitted: Network) -> Iterator[Compared]:
    theirs, group = case.reference["gls"][f"random_{name}"], f"gls {name}"
    tolerance = CLOSED_FORM if name == "DL" else ITERATIVE
    yield _tau2(group, fitted.tau2, theirs["tau2"], tolerance)
    for row in theirs["league"]:
        yield from _league(group, fitted.compare(row["treat1"], row["treat2"]), row, tolerance=tolerance)
    if theirs["loglik"] is not None:
        base = case.reference["meta"]["reference"]
        height = log_likelihood(fitted, restricted=name == "REML", baseline=base)
        yield of(f"{group} log-likelihood", "log-likelihood", height, theirs=theirs["loglik"], tolerance=ITERATIVE)


def _metafor(case: NetworkCase, fits: dict[str, Network]) -> Iterator[Compared]:
    base = case.reference["meta"]["reference"]
    for theirs_name, name in (("FE", "common"), ("REML", "REML"), ("ML", "ML")):
        theirs, fitted, group = case.reference["rma_mv"].get(theirs_name), fits[name], f"rma.mv {theirs_name}"
        if not theirs:
            continue
        tolerance = CLOSED_FORM if name == "common" else OPTIMISER
        yield of(f"{group} QE", "QE", fitted.q, theirs=theirs["QE"], tolerance=CLOSED_FORM)
        if name != "common":
            yield _tau2(group, fitted.tau2, theirs["tau2"], tolerance)
            height = log_likelihood(fitted, restricted=name == "REML", baseline=base)
            yield of(f"{group} log-likelihood", "log-likelihood", height, theirs=theirs["loglik"], tolerance=OPTIMISER)
        for row in theirs["basic"]:
            yield from _league(group, fitted.compare(row["treat"], base), row, tolerance=tolerance)


def _test(group: str, ours: ChiSquared, theirs: dict[str, Any], *, what: str) -> Iterator[Compared]:
    scale = max(number(theirs["Q"]), 1.0)
    yield of(f"{group} Q", what, ours.q, theirs=theirs["Q"], tolerance=CLOSED_FORM, scale=scale)
    yield of(f"{group} df", what, ours.df, theirs=theirs["df"], tolerance=0.0, scale=1.0)
    yield p_of_q(f"{group} p", what, ours.p, theirs=theirs["p"], q=ours.q, tolerance=CLOSED_FORM)


def _decomposition(case: NetworkCase) -> Iterator[Compared]:
    theirs, ours = case.reference["decomposition"], decompose(case.evidence)
    yield from _test("decomposition total", ours.total, theirs["Q_total"], what="total")
    yield from _test("decomposition within", ours.within, theirs["Q_within"], what="within")
    yield from _test("decomposition between", ours.between, theirs["Q_between"], what="between")
    for group, key, tests in (
        ("within one design", "within_by_design", ours.by_design),
        ("between, one design detached", "between_after_detaching", ours.detached),
    ):
        known = {frozenset(d): t for d, t in tests.items()}
        for row in theirs[key]:
            yield from _test(group, known[frozenset(row["design"].split(":"))], row, what=row["design"])
    for name in ("DL", "REML", "ML"):
        found, row = interaction(case.evidence, tau2=name), case.reference["design_by_treatment"][f"random_{name}"]
        tolerance = CLOSED_FORM if name == "DL" else ITERATIVE
        yield _tau2(f"interaction {name}", found.tau2, row["tau2_within"], tolerance)
        q, p = row["chi2"], row["p"]
        yield of(f"interaction {name} chi2", name, found.q, theirs=q, tolerance=tolerance, scale=max(1.0, number(q)))
        yield of(f"interaction {name} df", name, found.df, theirs=row["df"], tolerance=0.0, scale=1.0)
        yield p_of_q(f"interaction {name} p", name, found.p, theirs=p, q=number(q), tolerance=tolerance)


def _splits(case: NetworkCase, theirs_name: str, name: str, fitted: Network) -> Iterator[Compared]:
    for key, way in (("back_calculation", "back-calculation"), ("sidde", "without-designs")):
        theirs = case.reference.get("netsplit", {}).get(key, {}).get(theirs_name, [])
        if not theirs:
            continue
        known = {frozenset((s.first, s.second)): s for s in node_split(fitted, way=way)}
        tolerance = OPTIMISER if name == "REML" else CLOSED_FORM
        why = "generic-input" if name == "REML" and case.measure == "GEN" else ""
        for row in theirs:
            first, second = row["comparison"].split(":")
            split = known[frozenset((first, second))]
            yield from _split(
                f"node splitting, {way}", split, row, turned=split.first != first, tolerance=tolerance, why=why
            )


def _split(
    group: str, s: Split, theirs: dict[str, Any], *, turned: bool, tolerance: float, why: str
) -> Iterator[Compared]:
    what, sign = theirs["comparison"], -1.0 if turned else 1.0
    values = {
        "k": s.k, "prop_direct": s.proportion, "nma": sign * s.network, "nma_se": s.se_network, "direct": sign * s.direct,
        "direct_se": s.se_direct, "indirect": sign * s.indirect, "indirect_se": s.se_indirect, "diff": sign * s.difference,
        "diff_se": s.se_difference, "z": sign * s.z,
    }  # fmt: skip
    scales = {
        "nma": s.se_network, "direct": s.se_direct, "indirect": s.se_indirect, "diff": s.se_difference,
        "z": max(1.0, abs(s.z)), "k": 1.0, "prop_direct": 1.0,
    }  # fmt: skip
    for name, value in values.items():
        allowed = 0.0 if name == "k" else tolerance
        yield of(
            f"{group}, {name}",
            what,
            value,
            theirs=theirs[name],
            tolerance=allowed,
            scale=scales.get(name),
            explained=why,
        )
    stat = number(theirs["z"])
    yield p_of_stat(
        f"{group}, p",
        what,
        s.p,
        theirs=theirs["p"],
        stat=stat,
        tolerance=tolerance * max(1.0, abs(stat)),
        explained=why,
    )


def _flows(case: NetworkCase, theirs_name: str, fitted: Network) -> Iterator[Compared]:
    for key, way in (("shortestpath", "shortest-path"), ("randomwalk", "random-walk")):
        theirs = case.reference["contribution"].get(key, {}).get(theirs_name)
        if not theirs:
            continue
        ours = contributions(fitted, way=way)
        share = {
            (frozenset(r), frozenset(c)): float(ours.share[i, j])
            for i, r in enumerate(ours.estimates)
            for j, c in enumerate(ours.direct)
        }
        for row, values in zip(theirs["rows"], theirs["values"], strict=True):
            for column, value in zip(theirs["cols"], values, strict=True):
                at = frozenset(row.split(":")), frozenset(column.split(":"))
                yield of(
                    f"contribution, {way}",
                    f"{row} | {column}",
                    share.get(at, 0.0),
                    theirs=value,
                    tolerance=CLOSED_FORM,
                    scale=1.0,
                )
    theirs = case.reference.get("measures", {}).get(theirs_name)
    if theirs:
        known = {frozenset(p): m for p, m in measures(fitted).items()}
        names = (
            ("proportion_direct", "proportion"),
            ("mean_path_length", "mean_path"),
            ("min_parallelism", "parallelism"),
        )
        for i, pair in enumerate(theirs["comparison"]):
            for key, attribute in names:
                value = getattr(known[frozenset(pair.split(":"))], attribute)
                yield of(f"flow {attribute}", pair, value, theirs=theirs[key][i], tolerance=CLOSED_FORM, scale=1.0)


def _counts(case: NetworkCase) -> Iterator[Compared]:
    for key, tolerance in (("mantel_haenszel", CLOSED_FORM), ("noncentral_hypergeometric", FINITE_DIFFERENCES)):
        theirs = case.reference.get(key)
        if not theirs or not case.arms:
            continue
        mh = key == "mantel_haenszel"
        ours = mantel_haenszel_network(case.rows) if mh else hypergeometric_network(case.rows, likelihood="approximate")
        group = "Mantel-Haenszel" if mh else "conditional likelihood, approximate"
        yield of(f"{group} studies", "studies", ours.k, theirs=theirs["n_studies"], tolerance=0.0, scale=1.0)
        for row in theirs["league"]:
            yield from _league(group, ours.compare(row["treat1"], row["treat2"]), row, tolerance=tolerance)


if __name__ == "__main__":
    sys.exit(main())

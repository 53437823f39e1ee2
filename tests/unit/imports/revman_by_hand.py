"""RevMan 5's results in fifty digits, by the formulas of its documentation and by nothing of metaudit's.

Deeks and Higgins (2010), Statistical algorithms in Review Manager 5; P values by the approximations that RevMan's saved ones show
(tests/reference/test_revman.py): algorithm AS 66 for the normal distribution, a series that ends early for chi-squared.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from mpmath import mp, mpf

from . import revman_files as rm

mp.dps = 50
RATIOS = ("OR", "RR", "PETO_OR", "HR")
ZERO = mpf(0)


@dataclass
class Study:
    """One study: its data as RevMan's attributes, effect and standard error on the scale of the analysis, weight of its method."""

    name: str
    data: dict[str, str]
    y: mpf = ZERO
    se: mpf = ZERO
    share: mpf = ZERO
    weight: mpf = ZERO
    extra: dict[str, str] = field(default_factory=dict)


def counts(rng, k):
    """Random two-by-two tables without a zero."""
    out = []
    for i in range(k):
        n1, n2 = rng.randint(20, 400), rng.randint(20, 400)
        a, c = rng.randint(2, n1 // 2), rng.randint(2, n2 // 2)
        out.append(Study(f"S{i}", {"EVENTS_1": str(a), "TOTAL_1": str(n1), "EVENTS_2": str(c), "TOTAL_2": str(n2)}))
    return out


def means(rng, k):
    """Random means and standard deviations, some a thousand times as large as they differ."""
    base = rng.choice([0, 5, 1000])
    return [
        Study(f"S{i}", {
            "MEAN_1": f"{base + rng.gauss(1, 1):.2f}", "SD_1": f"{rng.uniform(1, 3):.2f}", "TOTAL_1": str(rng.randint(8, 90)),
            "MEAN_2": f"{base + rng.gauss(0, 1):.2f}", "SD_2": f"{rng.uniform(1, 3):.2f}", "TOTAL_2": str(rng.randint(8, 90)),
        })
        for i in range(k)
    ]  # fmt: skip


def contrasts(rng, k):
    """Random effects with standard errors, as they are entered."""
    return [
        Study(f"S{i}", {"ESTIMATE": f"{rng.gauss(-0.3, 0.4):.3f}", "SE": f"{rng.uniform(0.1, 0.6):.3f}", "TOTAL_1": "0", "TOTAL_2": "0"})
        for i in range(k)
    ]  # fmt: skip


def o_e(rng, k):
    """Random observed less expected events with their variances."""
    zero = {"EVENTS_1": "0", "TOTAL_1": "0", "EVENTS_2": "0", "TOTAL_2": "0"}
    return [
        Study(f"S{i}", {"O_E": f"{rng.gauss(-3, 3):.2f}", "VAR": f"{rng.uniform(3, 30):.2f}", **zero}) for i in range(k)
    ]


def effects(studies, measure):
    """Effects, standard errors and weights of the fixed effect of every study, of the data as doubles hold them."""
    for s in studies:
        d = {k: mpf(float(v)) for k, v in s.data.items()}
        if measure in ("OR", "RR", "RD", "PETO_OR"):
            _of_counts(s, measure, d["EVENTS_1"], d["TOTAL_1"], d["EVENTS_2"], d["TOTAL_2"])
        elif measure in ("MD", "SMD"):
            _of_means(s, measure, d)
        elif "O_E" in d:
            s.y, s.se, s.share = d["O_E"] / d["VAR"], 1 / mp.sqrt(d["VAR"]), d["VAR"]
        else:
            s.y, s.se, s.share = d["ESTIMATE"], d["SE"], 1 / d["SE"] ** 2


def _of_counts(s, measure, a, n1, c, n2):
    b, d, n = n1 - a, n2 - c, n1 + n2
    if measure == "OR":
        s.y, s.se, s.share = mp.log(a * d / (b * c)), mp.sqrt(1 / a + 1 / b + 1 / c + 1 / d), b * c / n
    elif measure == "RR":
        s.y, s.se, s.share = mp.log(a / n1 / (c / n2)), mp.sqrt(1 / a + 1 / c - 1 / n1 - 1 / n2), c * n1 / n
    elif measure == "RD":
        s.y, s.se, s.share = a / n1 - c / n2, mp.sqrt(a * b / n1**3 + c * d / n2**3), n1 * n2 / n
    else:
        v = n1 * n2 * (a + c) * (b + d) / (n**2 * (n - 1))
        o = a - n1 * (a + c) / n
        s.y, s.se, s.share = o / v, 1 / mp.sqrt(v), v
        s.extra = {"O_E": text(o), "VAR": text(v)}


def _of_means(s, measure, d):
    n1, n2 = d["TOTAL_1"], d["TOTAL_2"]
    n = n1 + n2
    if measure == "MD":
        s.y, s.se = d["MEAN_1"] - d["MEAN_2"], mp.sqrt(d["SD_1"] ** 2 / n1 + d["SD_2"] ** 2 / n2)
    else:
        pooled = mp.sqrt(((n1 - 1) * d["SD_1"] ** 2 + (n2 - 1) * d["SD_2"] ** 2) / (n - 2))
        s.y = (d["MEAN_1"] - d["MEAN_2"]) / pooled * (1 - 3 / (4 * n - 9))
        s.se = mp.sqrt(n / (n1 * n2) + s.y**2 / (2 * (n - mpf("3.94"))))
    s.share = 1 / s.se**2


def pooled(studies, measure, *, method, model):
    """RevMan's result: estimate, SE, Q with its degrees of freedom, tau²; sets no weights."""
    inverse = [1 / s.se**2 for s in studies]
    if method == "MH":
        fixed, se = _mantel_haenszel(studies, measure)
    else:
        fixed = mp.fsum(w * s.y for w, s in zip(inverse, studies, strict=True)) / mp.fsum(inverse)
        se = 1 / mp.sqrt(mp.fsum(inverse))
    q = mp.fsum(w * (s.y - fixed) ** 2 for w, s in zip(inverse, studies, strict=True))
    df, tau2 = len(studies) - 1, mpf(0)
    weights = [s.share for s in studies] if method == "MH" else inverse
    if model == "random":
        c = mp.fsum(inverse) - mp.fsum(w * w for w in inverse) / mp.fsum(inverse)
        tau2 = max(mpf(0), (q - df) / c) if df else mpf(0)
        weights = [1 / (s.se**2 + tau2) for s in studies]
        fixed = mp.fsum(w * s.y for w, s in zip(weights, studies, strict=True)) / mp.fsum(weights)
        se = 1 / mp.sqrt(mp.fsum(weights))
    share = [100 * w / mp.fsum(weights) for w in weights]
    return {"y": fixed, "se": se, "q": q, "df": df, "tau2": tau2, "weights": share}


def _mantel_haenszel(studies, measure):
    cells = [[mpf(s.data[k]) for k in ("EVENTS_1", "TOTAL_1", "EVENTS_2", "TOTAL_2")] for s in studies]
    tables = [(a, n1 - a, c, n2 - c, n1, n2, n1 + n2) for a, n1, c, n2 in cells]
    total = lambda term: mp.fsum(term(*t) for t in tables)  # noqa: E731
    if measure == "OR":
        r, s = total(lambda a, b, c, d, n1, n2, n: a * d / n), total(lambda a, b, c, d, n1, n2, n: b * c / n)
        e, h = (
            total(lambda a, b, c, d, n1, n2, n: (a + d) * a * d / n**2),
            total(lambda a, b, c, d, n1, n2, n: (b + c) * b * c / n**2),
        )
        f = total(lambda a, b, c, d, n1, n2, n: ((a + d) * b * c + (b + c) * a * d) / n**2)
        return mp.log(r / s), mp.sqrt((e / r**2 + f / (r * s) + h / s**2) / 2)
    if measure == "RR":
        r, s = total(lambda a, b, c, d, n1, n2, n: a * n2 / n), total(lambda a, b, c, d, n1, n2, n: c * n1 / n)
        p = total(lambda a, b, c, d, n1, n2, n: (n1 * n2 * (a + c) - a * c * n) / n**2)
        return mp.log(r / s), mp.sqrt(p / (r * s))
    k = total(lambda a, b, c, d, n1, n2, n: n1 * n2 / n)
    j = total(lambda a, b, c, d, n1, n2, n: (a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2))
    return total(lambda a, b, c, d, n1, n2, n: (a * n2 - c * n1) / n) / k, mp.sqrt(j) / k


def text(x):
    """A number as Java prints a double."""
    return repr(float(x))


def quantile(level):
    """Of the normal distribution, for limits of a level in percent."""
    return mp.sqrt(2) * mp.erfinv(mpf(level) / 100)


def normal_p(z):
    """Algorithm AS 66, in double precision as RevMan has it; both sides."""
    y = z * z / 2
    if z <= 1.28:
        return 1 - 2 * z * (
            0.398942280444 - 0.399903438504 * y / (y + 5.75885480458 - 29.8213557808 / (y + 2.62433121679 + 48.6959930692 / (y + 5.92885724438)))
        )  # fmt: skip
    deep = (
        z
        - 0.151679116635
        + 5.29330324926 / (z + 4.8385912808 - 15.1508972451 / (z + 0.742380924027 + 30.789933034 / (z + 3.99019417011)))
    )
    return (
        2 * 0.398942280385 * math.exp(-y) / (z - 3.8052e-8 + 1.00000615302 / (z + 3.98064794e-4 + 1.98615381364 / deep))
    )


def chi_squared_p(q, df):
    """The series that ends with its first term below 1e-6 of the sum."""
    if q <= 0:
        return 1.0
    a, x = df / 2, q / 2
    term = total = 1 / a
    while term >= 1e-6 * total:
        a += 1
        term *= x / a
        total += term
    return 1 - total * math.exp(-x + df / 2 * math.log(x) - math.lgamma(df / 2))


def attributes(y, se, measure, level, *, logs):
    """Effect and limits as RevMan writes them, with decimal logarithms."""
    half = quantile(level) * se
    out = {}
    for name, x in (("EFFECT_SIZE", y), ("CI_START", y - half), ("CI_END", y + half)):
        out[name] = text(mp.exp(x) if measure in RATIOS else x)
        if logs and measure in RATIOS:
            out[f"LOG_{name}"] = text(x / mp.log(10))
    return out


def share(q, df):
    """I² of a Q, percent."""
    return max(mpf(0), 100 * (q - df) / q) if q > 0 else mpf(0)


def result(studies, measure, fit, level, *, weight, tau2):
    """Attributes of an outcome or subgroup."""
    z = float(abs(fit["y"] / fit["se"]))
    out = attributes(fit["y"], fit["se"], measure, level, logs=True)
    out |= {
        "CHI2": text(fit["q"]), "DF": str(fit["df"]), "P_CHI2": text(chi_squared_p(float(fit["q"]), fit["df"]) if fit["df"] else 0),
        "I2": text(share(fit["q"], fit["df"])), "TAU2": text(fit["tau2"] if tau2 else 0), "Z": repr(z), "P_Z": repr(normal_p(z)),
        "STUDIES": str(len(studies)), "ESTIMABLE": "YES", "WEIGHT": text(weight),
    }  # fmt: skip
    for name in ("EVENTS_1", "TOTAL_1", "EVENTS_2", "TOTAL_2"):
        if name in studies[0].data:
            out[name] = str(sum(int(s.data[name]) for s in studies))
    return out


MAKERS = {"DICH": counts, "CONT": means, "IV": contrasts, "IPD": o_e}


def outcome(kind, measure, *, seed, method="IV", model="fixed", level=95, k=6, groups=(), totals="YES", no=1):
    """One outcome's element with everything that RevMan writes into it.

    ``groups`` are sizes of subgroups; without them there are ``k`` studies. ``measure`` HR stands for a ratio without a name of its own.
    """
    rng = random.Random(seed)
    studies = MAKERS[kind](rng, sum(groups) or k)
    effects(studies, measure)
    fit = pooled(studies, measure, method=method, model=model)
    for s, w in zip(studies, fit["weights"], strict=True):
        s.weight = w
    settings = {"CI_STUDY": str(level), "CI_TOTAL": str(level), "RANDOM": "YES" if model == "random" else "NO", "TOTALS": totals, "SCALE": "100.0", "NO": str(no), "ID": f"CMP-001.{no:02d}"}  # fmt: skip
    settings |= {"METHOD": method} if kind == "DICH" else {}
    settings |= {"EFFECT_MEASURE": measure} if kind in ("DICH", "CONT") else {}
    settings |= {"LOG_DATA": "YES" if measure in RATIOS else "NO"} if kind == "IV" else {}
    inside, start, found = "", 0, []
    for i, size in enumerate(groups, 1):
        own = studies[start : start + size]
        start += size
        part = pooled(own, measure, method=method, model=model)
        found.append(part)
        if totals == "SUB":
            for s, w in zip(own, part["weights"], strict=True):
                s.weight = w
        weight = mpf(100) if totals == "SUB" else mp.fsum(s.weight for s in own)
        head = result(own, measure, part, level, weight=weight, tau2=model == "random")
        lines = "".join(line(kind, s, measure, level) for s in own)
        inside += rm.tag(
            f"{kind}_SUBGROUP",
            {"ID": f"CMP-001.{no:02d}.{i:02d}", "NO": str(i), **head},
            f"<NAME>Group {i}</NAME>{lines}",
        )
    if not groups:
        inside = "".join(line(kind, s, measure, level) for s in studies)
    whole = result(studies, measure, fit, level, weight=mpf(100), tau2=model == "random")
    whole |= between(found) if groups else {"Q": "0.0", "P_Q": "0.0", "I2_Q": "0.0"}
    label = (
        f"<EFFECT_MEASURE>{'Hazard Ratio' if measure == 'HR' else 'Slope'}</EFFECT_MEASURE>"
        if kind in ("IV", "IPD")
        else ""
    )
    return rm.tag(
        f"{kind}_OUTCOME",
        {**settings, "SUBGROUPS": "YES" if groups else "NO", **whole},
        f"<NAME>Outcome {no}</NAME>{label}{inside}",
    )


def between(parts):
    """The test between subgroups: chi-squared of their estimates with inverse variances."""
    weights = [1 / p["se"] ** 2 for p in parts]
    mean = mp.fsum(w * p["y"] for w, p in zip(weights, parts, strict=True)) / mp.fsum(weights)
    q, df = mp.fsum(w * (p["y"] - mean) ** 2 for w, p in zip(weights, parts, strict=True)), len(parts) - 1
    return {"Q": text(q), "P_Q": text(chi_squared_p(float(q), df)), "I2_Q": text(share(q, df))}


def line(kind, s, measure, level):
    """One study's element."""
    logs = kind in ("DICH", "IPD", "IV")
    out = {
        **s.data,
        **attributes(s.y, s.se, measure, level, logs=logs),
        "SE": text(s.se),
        "WEIGHT": text(s.weight),
        "ESTIMABLE": "YES",
        "ORDER": "1",
    }
    if kind == "DICH":
        out |= {"O_E": "0.0", "VAR": text(s.se**2), **s.extra}
    return rm.tag(
        f"{kind}_DATA", {**out, **({"SE": s.data["SE"]} if kind == "IV" else {}), "STUDY_ID": f"STD-{s.name}"}
    )

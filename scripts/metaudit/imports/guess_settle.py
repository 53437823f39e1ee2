"""Guesses brought into agreement with each other: one role each, data before effects, and no statistic without its like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from metaudit.imports.grid_table import Table
from metaudit.imports.guess_cells import ARM_STATISTICS, MAIN
from metaudit.imports.guess_effects import effect_candidate
from metaudit.imports.guess_names import heading, plain
from metaudit.imports.mapping import ColumnMapping

_RAW = (
    {"events_t", "events_c"},
    {"mean_t", "mean_c"},
    {"median_t", "median_c"},
    {"r", "n"},
    {"events", "n"},
    {"mean", "sd", "n"},
    {"events", "time"},
)


def drop_follow_up_times(found: dict[str, ColumnMapping]) -> None:
    """A time is person-time only beside events whose number of people is not given; else it is a follow-up."""
    roles = {r for c in found.values() for r in c.roles}
    for name, column in list(found.items()):
        suffix = column.roles[0][4:] if column.roles and column.roles[0].startswith("time") else "none"
        told = set(heading(name).key.split()) & {"person", "patient", "exposure", "catheter"} or column.score == 1.0
        if suffix in ("", "_t", "_c") and not (f"events{suffix}" in roles and (told or f"n{suffix}" not in roles)):
            del found[name]


def drop_what_is_no_data(found: dict[str, ColumnMapping], layout: str) -> None:
    """A spread without a mean is no data; the name of an arm says nothing where every row has both."""
    stems = {r[:-2] for c in found.values() for r in c.roles if r.endswith(("_t", "_c"))}
    effect = any({"effect", "log_effect", "oe"} & set(c.roles) for c in found.values())
    roles = {r for c in found.values() for r in c.roles}
    contrast = any(c.roles == ("control_name",) for c in found.values())
    for name, column in list(found.items()):
        armed = all(r.endswith(("_t", "_c")) and r[:-2] in ARM_STATISTICS for r in column.roles) and bool(column.roles)
        sizes = effect and {r[:-2] for r in column.roles} == {"n"}
        unused = column.roles == ("arm_name",) and not contrast
        if (armed and not stems & MAIN and not sizes) or (layout == "wide" and (unused or _lonely(column, roles))):
            del found[name]


def one_role_each(found: dict[str, ColumnMapping]) -> None:
    """No two columns hold the same thing: the surer one keeps it."""
    taken: dict[tuple[str, str], str] = {}
    for name, column in sorted(found.items(), key=lambda item: -item[1].score):
        clash = [r for r in column.roles if (column.outcome, r) in taken and not r.startswith(("x_", "rob_"))]
        if clash:
            del found[name]
            continue
        taken |= {(column.outcome, r): name for r in column.roles}


def data_before_effects(found: dict[str, ColumnMapping], layout: str) -> None:
    """Beside the numbers an effect is computed from, the effect is one that the table prints of itself."""
    roles = {r for c in found.values() for r in c.roles}
    if not any(need <= roles for need in _RAW) or layout == "statistics":
        if (
            {"mean"} <= roles
            and not {"effect", "log_effect"} & roles
            and "sd" not in roles
            and roles & {"se", "ci_low", "variance"}
        ):
            for name, c in found.items():
                found[name] = replace(
                    c,
                    roles=tuple("effect" if r == "mean" else r for r in c.roles),
                    reason="a mean with its standard error or interval",
                )
        return
    natural = {"effect": "printed_effect", "ci_low": "printed_ci_low", "ci_high": "printed_ci_high"}
    armed = any(need <= roles for need in _RAW[:3]) or layout == "arms"
    for name, column in list(found.items()):
        if layout == "arms" and set(column.roles) <= ARM_STATISTICS | {"se", "ci_low", "ci_high", "p"}:
            continue
        bad = set(column.roles) & {
            "log_effect",
            "log_ci_low",
            "log_ci_high",
            "variance",
            "se",
            "p",
            "t",
            "f",
            "oe",
            "oe_variance",
        }
        plain_effect = plain(name) in ("yi", "te", "effect size", "es", "effect") and column.reason.startswith(
            "a name of"
        )
        if bad or (plain_effect and "effect" in column.roles):
            del found[name]
        elif (set(column.roles) & natural.keys() and armed) or set(column.roles) & {"effect", "ci_low", "ci_high"}:
            found[name] = replace(
                column,
                roles=tuple(natural.get(r, r) for r in column.roles),
                reason=column.reason + ", printed beside the data",
            )


def ratios_before_logarithms(found: dict[str, ColumnMapping]) -> None:
    """Beside a ratio with its limits, ``yi`` and ``vi`` are its logarithm, which adds nothing."""
    limits = {r for c in found.values() for r in c.roles} >= {"ci_low", "ci_high"}
    told = [
        c
        for c in found.values()
        if (e := effect_candidate(c.name)) and e.effect and e.effect.measure == "GEN-LOG" and c.roles == ("effect",)
    ]
    if limits and told:
        for name, column in list(found.items()):
            if column.reason.startswith("a name of metafor, effect"):
                del found[name]


def limits_of_logarithms(found: dict[str, ColumnMapping], table: Table) -> None:
    """Beside a logarithm, limits that surround it are logarithms too, whatever they are called."""
    by_role = {c.roles[0]: name for name, c in found.items() if len(c.roles) == 1}
    if not {"log_effect", "ci_low", "ci_high"} <= by_role.keys() or "effect" in by_role:
        return
    names = [by_role[role] for role in ("ci_low", "log_effect", "ci_high")]
    rows = [_numbers(cells) for cells in zip(*(table.cells(name) for name in names), strict=True)]
    told = [row for row in rows if row]
    if told and all(low <= middle <= high for low, middle, high in told):
        for role in ("ci_low", "ci_high"):
            column = found[by_role[role]]
            reason = f"{column.reason}, of the logarithm: it surrounds {names[1]}"
            found[column.name] = replace(column, roles=(f"log_{role}",), reason=reason)


def _numbers(cells: Sequence[str]) -> tuple[float, ...]:
    """The numbers of some cells; nothing where one of them is none."""
    try:
        return tuple(float(c.replace(",", ".").replace("\u2212", "-")) for c in cells)
    except ValueError:
        return ()


def _lonely(column: ColumnMapping, roles: set[str]) -> bool:
    """Whether a statistic of one group lacks what it is to be read with: people to events, a spread to a mean."""
    if set(column.roles) <= {"events", "percent", "proportion", "nonevents"}:
        return not roles & {"n", "time"} and not {"events", "nonevents"} <= roles
    if column.roles == ("mean",):
        return not roles & {"sd", "se", "ci_low", "variance"}
    return column.roles == ("sd",) and "mean" not in roles

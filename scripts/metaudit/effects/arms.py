"""Comparisons that share one control group: kept as they are, the control split, or the treatments put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.effects.convert import Converted
from metaudit.effects.design import combine_means
from metaudit.errors import DataError

POLICIES = ("keep", "split", "combine")
_CONTROL = ("n_c", "events_c", "time_c", "mean_c", "sd_c")
_SPLIT = ("n_c", "events_c", "time_c")


@dataclass(frozen=True)
class Shared:
    """Rows after a policy for shared controls.

    Attributes
    ----------
    rows : what is analysed, in the order of the rows given
    set_aside : rows that went into another one, with the reason
    """

    rows: tuple[Converted, ...]
    set_aside: tuple[tuple[Converted, str], ...] = ()


def share_controls(rows: Sequence[Converted], policy: str) -> Shared:
    """Apply a policy to rows whose ``arm`` is equal and not empty, within one outcome and time point.

    Parameters
    ----------
    rows : converted rows
    policy : ``keep`` (the control counts in every comparison), ``split`` (its people and events are divided evenly
        among them; Cochrane Handbook 23.3.4), ``combine`` (the treatment arms become one; Handbook 6.5.2.10)

    Raises
    ------
    DataError
        when the policy is not known, or rows that declare one control report different ones.
    """
    if policy not in POLICIES:
        raise DataError(f"shared control {policy!r} is not known; choose {', '.join(POLICIES)}")
    groups: dict[tuple[str, str, str], list[Converted]] = {}
    for study in rows:
        if study.row.text("arm"):
            key = (study.row.text("arm"), study.row.text("outcome"), study.row.text("timepoint"))
            groups.setdefault(key, []).append(study)
    shared = [g for g in groups.values() if len(g) > 1]
    if policy == "keep" or not shared:
        return Shared(tuple(rows))
    changed: dict[int, Converted] = {}
    set_aside: list[tuple[Converted, str]] = []
    for group in shared:
        _check_same_control(group)
        if policy == "split":
            changed |= {id(s): _with_part_of_control(s, len(group)) for s in group}
        else:
            changed[id(group[0])] = _treatments_together(group)
            set_aside += [
                (s, f"put together with row {group[0].row.line}, which has the same control") for s in group[1:]
            ]
    gone = {id(s) for s, _ in set_aside}
    return Shared(tuple(changed.get(id(s), s) for s in rows if id(s) not in gone), tuple(set_aside))


def _check_same_control(group: Sequence[Converted]) -> None:
    first = group[0]
    for other in group[1:]:
        for name in _CONTROL:
            a, b = first.get(name), other.get(name)
            if a != b and not (math.isnan(a) and math.isnan(b)):
                raise DataError(
                    f"rows {first.row.line} and {other.row.line} declare one control (arm {first.row.text('arm')!r}) "
                    f"but {name} is {a:g} and {b:g}; rows that share no control need different names in arm"
                )


def _with_part_of_control(study: Converted, parts: int) -> Converted:
    out = _copy(study)
    told = []
    for name in _SPLIT:
        if name in out.values:
            told.append(f"{name} {out.values[name]:g} -> {out.values[name] / parts:.6g}")
            out.values[name] /= parts
    out.routes["~shared control"] = f"control shared by {parts} comparisons, split: {', '.join(told)}"
    return out


def _treatments_together(group: Sequence[Converted]) -> Converted:
    first = group[0]
    out = _copy(first)
    for name in ("n_t", "events_t", "time_t", "mean_t", "sd_t"):
        out.values.pop(name, None)
    for name in ("n_t", "events_t", "time_t"):
        if all(name in s.values for s in group):
            out.values[name] = math.fsum(s.values[name] for s in group)
    told = [f"{name} {out.values[name]:g}" for name in ("events_t", "n_t", "time_t") if name in out.values]
    if all(not math.isnan(s.get("n_t") + s.get("mean_t") + s.get("sd_t")) for s in group):
        parts = [(s.get("n_t"), s.get("mean_t"), s.get("sd_t")) for s in group]
        _, out.values["mean_t"], out.values["sd_t"] = combine_means(parts)
        told += [f"{name} {out.values[name]:.6g}" for name in ("mean_t", "sd_t")]
    lines = ", ".join(s.row.text("comparison") or f"row {s.row.line}" for s in group)
    out.routes["~shared control"] = f"treatment arms put together ({lines}): {', '.join(told)}"
    return out


def _copy(study: Converted) -> Converted:
    return Converted(study.row, dict(study.values), dict(study.slack), dict(study.routes), dict(study.given))

"""Labels of studies, no two alike within a figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def distinct_labels(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Label the studies; one that occurs twice is told apart by time point, comparison, at last by its row."""
    labels = [r.get("study") or "" for r in rows]
    for column in ("timepoint", "comparison", "row"):
        counts = Counter(labels)
        twice = {label for label, count in counts.items() if count > 1}
        for label in twice:
            members = [i for i, other in enumerate(labels) if other == label]
            values = {rows[i].get(column) or "" for i in members}
            if len(values) < 2:
                continue
            for i in members:
                value = rows[i].get(column) or ""
                word = f"row {value}" if column == "row" else value
                labels[i] = f"{label}, {word}" if value else label
    return labels

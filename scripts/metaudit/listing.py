"""Names in a row, as a sentence has them."""

from __future__ import annotations

from collections.abc import Sequence


def listed(names: Sequence[object], word: str = "and") -> str:
    """``A``, ``A and B``, ``A, B and C``, or with another word before the last; empty where there are none."""
    shown = [str(n) for n in names]
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}" if len(shown) > 1 else "".join(shown)

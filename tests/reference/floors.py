"""How many numbers of each quantity the vendored sample compares at least: an area cannot lose comparisons unnoticed.

    PYTHONPATH=tests python tests/reference/floors.py

writes the table afresh after an area has gained comparisons. Networks and sequential analyses have tables of their own.
"""

from __future__ import annotations

import json
from pathlib import Path

TABLE = Path(__file__).resolve().with_suffix(".json")
OTHERS = {area: TABLE.with_name(f"{area}_floors.json") for area in ("network", "sequential")}
FLOORS: dict[tuple[str, str], int] = {
    (area, quantity): floor
    for area, quantities in json.loads(TABLE.read_text(encoding="utf-8")).items()
    for quantity, floor in quantities.items()
}
EVERYTHING = FLOORS | {
    (area, quantity): floor
    for area, table in OTHERS.items()
    for quantity, floor in json.loads(table.read_text(encoding="utf-8")).items()
}


def main() -> None:
    """Count the sample's comparisons."""
    import areas
    import vendor
    from harness import vendored
    from tally import tally

    found: dict[str, dict[str, int]] = {}
    for (area, name), quantity in tally(vendored(vendor.HERE), areas.load()).quantities.items():
        found.setdefault(area, {})[name] = quantity.count
    text = json.dumps({a: found[a] for a in sorted(found)}, indent=1, ensure_ascii=False)
    TABLE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Write the generated parts of README.md again: verdicts, configuration, rule graph."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML

from metaudit.audit_words.verdicts import VERDICTS
from metaudit.files import write_text

README = Path("README.md")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def verdicts() -> str:
    """Verdicts in their order, each with its sign and meaning."""
    rows = [(f"`{v.code}`", v.sign.replace("|", "\\|"), v.meaning) for v in VERDICTS]
    return table(("verdict", "sign", "meaning"), rows)


def config_keys() -> str:
    """Keys of config.yaml: their meaning from the schema, their value from the file."""
    read = YAML(typ="safe")
    schema = read.load(Path("data/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    values = read.load(Path("config.yaml").read_text(encoding="utf-8"))
    rows = [
        (f"`{key}`", f"`{_shown(values[key])}`", about["description"]) for key, about in schema["properties"].items()
    ]
    return table(("key", "as shipped", "meaning"), rows)


def rule_graph() -> str:
    """Rules and what they hand on, as Snakemake itself sees them."""
    command = [sys.executable, "-m", "snakemake", "--forceall", "--rulegraph", "mermaid-js"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names = dict(re.findall(r"^\s*(id\d+)\[(\w+)\]", done.stdout, flags=re.MULTILINE))
    arrows = set(re.findall(r"^\s*(id\d+) --> (id\d+)", done.stdout, flags=re.MULTILINE))
    lines = sorted(f"    {names[a]} --> {names[b]}" for a, b in arrows if not _reached(a, b, arrows - {(a, b)}))
    return "\n".join(["```mermaid", "flowchart TB", *lines, "```"])


def filled(text: str, parts: dict[str, str]) -> str:
    """Document with every ``<!-- begin NAME -->`` ... ``<!-- end NAME -->`` filled with its part."""
    for name, part in parts.items():
        parted = re.split(rf"(<!-- begin {name} -->\n|<!-- end {name} -->)", text)
        if len(parted) == 5:
            text = "".join([*parted[:2], f"\n{part}\n\n", *parted[3:]])
        else:
            message = f"README.md needs one pair of markers 'begin {name}' and 'end {name}'"
            raise ValueError(message)
    return text


def main(*, check: bool) -> int:
    """Write README.md, or with ``check`` only say whether it is current; returns the exit code."""
    text = README.read_text(encoding="utf-8")
    current = filled(text, {"verdicts": verdicts(), "config": config_keys(), "rules": rule_graph()})
    if not check:
        write_text(README, current)
    elif current != text:
        print("README.md is not current: run make readme")
        return 1
    return 0


def _reached(start: str, end: str, arrows: set[tuple[str, str]]) -> bool:
    """Whether a longer way leads from one rule to another, so that the direct arrow says nothing new."""
    return any(b == end or _reached(b, end, arrows) for a, b in arrows if a == start)


def _shown(value: object) -> str:
    if value is None:
        return "null"
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))

"""Write docs/reference/: the commands, the Python interface, the verdicts and the checks, from the code itself."""

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import typer.main

from metaudit.audit_words.criteria import criterion_formula, criterion_words, implied_by
from metaudit.audit_words.texts import HERE, catalogue
from metaudit.audit_words.verdicts import CERTAINTY_MEANING, VERDICTS
from metaudit.cli import app
from metaudit.files import write_text

FOLDER = Path("docs/reference")
NOTE = "<!-- Written by scripts/write_reference.py (make docs-pages); do not edit. -->"
PUBLIC: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Reviews and audits", "metaudit", ("read_review", "audit")),
    ("Effect sizes and pooling", "metaudit", ("effect_sizes", "pool")),
    ("What comes back", "metaudit.formats.review", ("Review", "Analysis", "Claim")),
    ("", "metaudit.audit", ("Verdicts", "AuditRow")),
    ("", "metaudit.pooling", ("Pooled", "Coefficient")),
    ("", "metaudit.display", ("Picture",)),
    ("Files of other programs", "metaudit.imports", ("read_file",)),
    ("", "metaudit.imports.options", ("Options",)),
    ("", "metaudit.drafts", ("Draft", "Notice", "write_draft")),
    ("Errors", "metaudit.errors", ("MetauditError", "InputError", "DataError", "Problem")),
)
"""What the page on the Python interface describes: heading, module, names."""
_SECTION = re.compile(r"^(Parameters|Attributes|Returns|Raises|Yields)\n-+\n", re.MULTILINE)
_MARKUP = re.compile(r"\[/?[a-z]+\]")


def commands_page() -> str:
    """Every command with its arguments and options."""
    root = typer.main.get_command(app)
    commands: dict[str, Any] = getattr(root, "commands")  # noqa: B009 - typer has a copy of click, without stubs
    parts = [
        "# Commands", NOTE, _plain(root.help or ""),
        "Every command has `--help`. With `--json` it prints what a program can read; progress and remarks go to the error stream.",
        "| exit code | meaning |\n| --- | --- |\n| 0 | well |\n| 1 | something worth acting on: a verdict worse than `UNDERSPECIFIED`, a number "
        "that no claim covers, a difference |\n| 2 | the input was refused; every line says file, row, column, rule and fix |",
        *(block for name in sorted(commands) for block in _command(name, commands[name])),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"## metaudit {name}"
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    shown = " ".join(f"{_argument(p)}" for p in arguments)
    yield f"```text\nmetaudit {name} {'[OPTIONS] ' if options else ''}{shown}\n```".replace(" \n", "\n")
    yield _plain(command.help or "")
    if arguments:
        yield _table(("argument", "meaning"), [(f"`{_argument(p)}`", _cell(p.help or "")) for p in arguments])
    if options:
        rows = [(_names(p), _cell(p.help or ""), _default(p)) for p in options]
        yield _table(("option", "meaning", "otherwise"), rows)


def _argument(param: Any) -> str:
    name = str(param.metavar or param.name).upper().strip("{}[]<>")
    return name if param.required else f"[{name}]"


def _names(param: Any) -> str:
    kinds = {Path: "PATH", int: "NUMBER", float: "NUMBER"}
    value = "" if param.is_flag else f" {kinds.get(param.type_descriptor.annotation, 'TEXT')}"
    short, long = sorted(param.opts, key=len)[:-1], max(param.opts, key=len)
    return ", ".join(f"`{name}`" for name in (*short, f"{long}{value}"))


def _default(param: Any) -> str:
    if isinstance(param.show_default, str):
        return _cell(param.show_default)
    value = param.default
    if param.is_flag or value is None or value == "" or callable(value):
        return ""
    return f"`{value}`"


def python_page() -> str:
    """Signature and docstring of everything public."""
    parts = [
        "# Python interface", NOTE,
        "`from metaudit import audit, effect_sizes, pool, read_review` is all that most scripts need; [a notebook](../notebooks/first_audit.md) "
        "shows them at work. What comes back shows itself in a notebook (`_repr_html_`), turns into a data frame (`to_frame()`) and draws its "
        "forest plot (`forest()`).",
    ]  # fmt: skip
    for heading, module, names in PUBLIC:
        parts += [f"## {heading}"] if heading else []
        for name in names:
            parts += _entry(module, name)
    return "\n\n".join(parts) + "\n"


def _entry(module: str, name: str) -> Iterator[str]:
    thing = getattr(import_module(module), name)
    yield f"### {name}"
    yield f"```text\nfrom {module} import {name}\n```"
    if inspect.isclass(thing):
        yield from _docstring(inspect.getdoc(thing) or "")
        for method, function in vars(thing).items():
            if not method.startswith("_") and (inspect.isfunction(function) or isinstance(function, property)):
                called: Any = function.fget if isinstance(function, property) else function
                signature = "" if isinstance(function, property) else _signature(called)
                yield f"#### {name}.{method} {{ #{name.lower()}-{method.replace('_', '-')} }}"
                yield f"```text\n{method}{signature}\n```"
                yield from _docstring(inspect.getdoc(called) or "")
    else:
        yield f"```text\n{name}{_signature(thing)}\n```"
        yield from _docstring(inspect.getdoc(thing) or "")


def _signature(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parts = list(_listed(p for n, p in signature.parameters.items() if n != "self"))
    returned = signature.return_annotation
    arrow = "" if returned is inspect.Signature.empty else f" -> {_annotation(returned)}"
    line = f"({', '.join(parts)}){arrow}"
    return line if len(line) <= 90 else "(\n" + "".join(f"    {part},\n" for part in parts) + f"){arrow}"


def _listed(parameters: Iterable[inspect.Parameter]) -> Iterator[str]:
    """Parameters as they are written, with the star that makes the rest keywords."""
    starred = False
    for p in parameters:
        if p.kind is inspect.Parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        kind = "" if p.annotation is inspect.Parameter.empty else f": {_annotation(p.annotation)}"
        default = "" if p.default is inspect.Parameter.empty else f" = {p.default!r}" if kind else f"={p.default!r}"
        yield f"{p.name}{kind}{default}"


def _annotation(given: Any) -> str:
    return given if isinstance(given, str) else getattr(given, "__name__", str(given))


def _docstring(text: str) -> Iterator[str]:
    """A numpydoc docstring as Markdown: sections as lists of what they define."""
    head, *sections = _SECTION.split(text)
    if head.strip():
        yield _roles(head.strip())
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        yield f"**{title}**"
        yield "\n".join(_definitions(body)) if title != "Returns" else _roles(" ".join(body.split()))


def _definitions(body: str) -> Iterator[str]:
    """``name : meaning`` or, of errors, the name alone on its line; what is indented below goes on."""
    items: list[tuple[str, list[str]]] = []
    for line in textwrap.dedent(body).splitlines():
        if line.startswith(" ") and items:
            items[-1][1].append(line.strip())
        elif line.strip():
            name, _, first = line.strip().partition(" : ")
            items.append((name, [first]))
    for names, lines in items:
        meaning = " ".join(lines).strip()
        shown = ", ".join(f"`{n}`" for n in names.split(", ")) if " " not in names.replace(", ", "") else names
        yield f"- {shown}{': ' + _roles(meaning) if meaning else ''}"


def _roles(text: str) -> str:
    """Sphinx's roles and double backticks as Markdown code."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def verdicts_page() -> str:
    """The verdicts, what else stands beside one, and how sure a number is."""
    rows = [(f"`{v.code}`", _cell(v.sign), v.label, v.meaning) for v in VERDICTS]
    certain = [(f"`{code}`", meaning) for code, meaning in CERTAINTY_MEANING.items()]
    beside = [
        ("`criterion`", "the check that decided; each is described under [checks](checks.md)"),
        ("`value`", "our value; `value_low` and `value_high` say how far the rounding of the inputs could take it"),
        (
            "`margin`",
            "how far our value is from the printed number's rounding interval, in units of its last digit; negative is outside",
        ),
        ("`spec`, `stated_spec`", "the method that gives our value, and the one the paper states"),
        ("`alternatives`", "other methods that print the same digits"),
        (
            "`specificity`",
            "which share of the distinct results of the searched space print as this number: small is strong evidence",
        ),
        ("`envelope_low`, `envelope_high`", "the lowest and highest result of any searched method"),
        ("`edits`", "the smallest changes of the table after which everything printed together comes out"),
        ("`impact`", "what a difference changes: `direction`, `significance`, `large`, `moderate`, `minor`"),
        ("`certainty`", "how surely the number and its inputs were read"),
        ("`ask`", "a question that could be put to the authors"),
        ("`message`", "all that in a sentence"),
    ]
    return "\n\n".join(
        [
            "# Verdicts", NOTE,
            "Every printed number gets one verdict; here from the best to the gravest, and last those that nobody can check. "
            "How a number comes to its verdict: [how the audit judges](../audit.md).",
            _table(("verdict", "sign", "in words", "meaning"), rows),
            "A verdict describes numbers; it says nothing about how they came about.",
            "## What stands beside a verdict", _table(("field of audit.csv", "meaning"), beside),
            "## Certainty", "A number is as certain as the worst thing it rests on ([more](../explanation/certainty.md)).",
            _table(("certainty", "meaning"), certain),
        ]
    ) + "\n"  # fmt: skip


def checks_page() -> str:
    """Every criterion a verdict can name: what it compares, and what ties printed numbers together."""
    rows = []
    for name in sorted(catalogue(HERE / "criteria.yaml")):
        follows = f" The value follows from {implied_by(name)}." if implied_by(name) else ""
        rows.append((f"`{name}`", _cell(criterion_words(name) + follows), _cell(criterion_formula(name))))
    return "\n\n".join(
        [
            "# Checks", NOTE,
            "Each verdict names the criterion it was judged by. A check with a formula ties numbers that are printed together, and needs no data.",
            _table(("criterion", "what is compared", "formula"), rows),
        ]
    ) + "\n"  # fmt: skip


def _plain(text: str) -> str:
    """A help text as Markdown: the markup of terminals goes, an example becomes code."""
    text = _MARKUP.sub("", inspect.cleandoc(text)).replace("\b", "")
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text)]
    return "\n\n".join(re.sub(r"^(Examples?): (metaudit .*)$", r"\1: `\2`", p).replace("<", "&lt;") for p in paragraphs)


def _cell(text: str) -> str:
    return " ".join(_MARKUP.sub("", text).split()).replace("|", "\\|").replace("<", "&lt;")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": commands_page,
    "python.md": python_page,
    "verdicts.md": verdicts_page,
    "checks.md": checks_page,
}


def main(*, check: bool) -> int:
    """Write the pages, or with ``check`` only say which are not current; returns the exit code."""
    stale = []
    for name, page in PAGES.items():
        path, current = FOLDER / name, page()
        if not check:
            write_text(path, current)
        elif not path.is_file() or path.read_text(encoding="utf-8") != current:
            stale.append(str(path))
    if stale:
        print(f"not current: {', '.join(stale)}; run make docs-pages")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))

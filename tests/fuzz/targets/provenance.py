"""A run that somebody hands on: its record, signature and keys, verified, signed and packed as the commands do it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import unicodedata
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer.main import get_command

from fuzz.harness import LONGEST, Target, as_parts, parts_of, watched
from metaudit.cli import app
from metaudit.provenance import pack as _loaded  # noqa: F401  (before the watch: the standard library reads /etc/mime.types)
from metaudit.provenance.minisign import MOST_OPERATIONS, SecretKey, sign

# Deep enough that a name with some "../" in it still ends in the input's own folder.
DEEP = "a/b/c/d/e/f/g/h/here"
RECORD, SIGNATURE = "results/provenance.json", "results/provenance.json.minisig"
BASE = {
    "Snakefile": b"rule all:\n",
    "CITATION.cff": b'date-released: "2026-11-29"\n',
    "scripts/audit.py": b"judge\n",
    "data/reviews/one-2001/review.yaml": b"id: one-2001\ntitle: One\n",
    "data/reviews/one-2001/claims.csv": b"claim\na\n",
    "corpus/two-2002/claims.csv": b"claim\nb\n",
    "results/one-2001/audit.csv": b"verdict\nEXACT\n",
    "results/board.csv": b"review\none-2001\n",
}
KEYS = ("mine.pub", "mine.key")
NAMES = (*BASE, *KEYS, RECORD, SIGNATURE)
# Beside the record: hashes and sizes are set to those of the files, as whoever forges a record would do it.
FORGED = "forged"
SECRET = SecretKey(b"numbered", bytes(range(32)))
_SIGNS = tuple(
    w.encode()
    for w in r"""{ } [ ] : , " null true -1 1e3 1e999 NaN 123456789012345678901234567890 \u0000 \u001b[31m \ud800 \u202e \n \\ ../ ../../../../ /etc/hostname /dev/zero
    /proc/self/environ .. . // workflow: workflow:../ a/\n/../../ corpus data/reviews/one-2001/claims.csv Snakefile scripts/audit.py results results/ board.csv one-2001 two-2002
    "format" "metaudit" "parameters" "environment" "inputs" "stages" "reviews" "outputs" "workflow" "packages" "sha256" "bytes" "kind" "review" "files" "corpus" "code" "data"
    "does" "script" "after" "refers_to" "results" "stage" "built_beside" provenance Ed ED RW RU Sc B2 AAAAAAAA ////////""".split()
)  # fmt: skip
WORDS = (
    *_SIGNS,
    b"untrusted comment: ",
    b"trusted comment: ",
    *(b"\n=== " + n.encode() + b"\n" for n in (*NAMES, FORGED)),
)


def one_input(data: bytes) -> None:
    """Verify, with and without a key, sign and pack; what is no set of files is a record."""
    content = parts_of(data) or {RECORD: data}
    with watched(seconds=20) as room:
        here = room / DEEP
        _laid_out(here, content)
        results = str(here / "results")
        _run("verify", results)
        _run("verify", results, "--json", *(("--key", str(here / "mine.pub")) if "mine.pub" in content else ()))
        code = _run("crate", results, str(room / "run.zip"))
        assert (code == 0) == (room / "run.zip").is_file()
        if code == 0:
            _check_archive(room / "run.zip")
        if _quick(content.get("mine.key", b"")):
            _run("sign", results, "--key", str(here / "mine.key"))


def _laid_out(here: Path, content: dict[str, bytes]) -> None:
    for name, data in {**BASE, **{n: c for n, c in content.items() if n in NAMES}}.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(data)
    for above in here.parents[:3]:  # what a name that climbs out would find
        (above / "outside.txt").write_bytes(BASE["Snakefile"])
    if FORGED in content:
        _forge(here)


def _forge(here: Path) -> None:
    """Let the record say of every file what the file is; a record that is none stays as it is."""
    try:
        record = json.loads((here / RECORD).read_bytes())
        for kind, place in (("inputs", here), ("outputs", here / "results")):
            for name, entry in record[kind].items():
                path = Path(os.path.normpath(place / name.removeprefix("workflow:")))
                if here.parents[2] in path.parents and path.is_file():
                    entry |= {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
        (here / RECORD).write_text(json.dumps(record), encoding="utf-8")
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError):
        return


def _run(*arguments: str) -> int:
    """One command; what it says, a terminal shows as it is."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    password = patch.dict(os.environ, {"METAUDIT_KEY_PASSWORD": "x"})
    with password, redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        _command()(list(arguments), prog_name="metaudit")
    said, refused = (stream.seek(0) or stream.read() for stream in (out, err))
    code = ended.value.code or 0
    assert code in (0, 1, 2), (arguments, code)
    assert code != 2 or refused.strip(), arguments
    for line in (said + refused).split("\n"):
        bad = [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") and c != "\t"]
        assert not bad, f"{bad!r} in {line!r}"
    assert "Traceback" not in refused, refused
    assert all(len(line) <= LONGEST for line in refused.split("\n")), refused[:300]
    return int(code)


@cache
def _command() -> Any:
    """The application; typer builds it anew for every call of its own runner."""
    return get_command(app)


def _quick(key: bytes) -> bool:
    """Whether a key asks for little work. What minisign's own keys ask for takes seconds, and is not to be refused."""
    try:
        raw = base64.b64decode(key.split(b"\n")[-2 if key.endswith(b"\n") else -1])
    except (ValueError, IndexError):
        return True
    return raw[2:4] != b"Sc" or not 1_000_000 < int.from_bytes(raw[38:46], "little") <= MOST_OPERATIONS


def _check_archive(path: Path) -> None:
    """Everything stays inside where it is unpacked, nothing is there twice, and it grows to no more than what was packed."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert len(set(names)) == len(names)
        for name in names:
            assert not name.startswith("/"), name
            assert not {"..", ".", ""} & set(name.split("/")), name
            assert "\\" not in name, name
        assert sum(e.file_size for e in archive.infolist()) < 2_000_000


def _entry(name: str, **more: Any) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(BASE[name]).hexdigest(), "bytes": len(BASE[name]), **more}


@cache
def record() -> dict[str, Any]:
    """The record of BASE, with everything that a record can have."""
    corpus = f"{hashlib.sha256(BASE['corpus/two-2002/claims.csv']).hexdigest()}  two-2002/claims.csv\n".encode()
    typed = [f"data/reviews/one-2001/{n}" for n in ("claims.csv", "review.yaml")]
    results = {n.removeprefix("results/"): n for n in BASE if n.startswith("results/")}
    return {
        "format": "metaudit provenance 1",
        "metaudit": "0.1.0",
        "parameters": {"reviews": ["one-2001"], "level": 0.95, "corpus": {"path": "corpus", "shards": 2}},
        "environment": {
            "python": "3.11.2", "implementation": "CPython", "system": "Linux", "machine": "x86_64", "byte_order": "little",
            "packages": {"numpy": "1.26.4", "brotli": None}, "workflow": ".",
        },
        "inputs": {
            **{n: _entry(n, kind="workflow") for n in ("CITATION.cff", "Snakefile", "scripts/audit.py")},
            **{n: _entry(n, kind="review", review="one-2001") for n in typed},
            "corpus": {"sha256": hashlib.sha256(corpus).hexdigest(), "bytes": len(BASE["corpus/two-2002/claims.csv"]), "kind": "corpus", "files": 1},
        },
        "stages": {"audit": {"does": "Judge.", "script": "scripts/audit.py", "after": [], "data": [], "code": ["scripts/audit.py"]}},
        "reviews": {"one-2001": {"inputs": typed, "refers_to": [], "results": ["one-2001/"]}},
        "outputs": {
            **{short: {"stage": "audit", **_entry(n)} for short, n in results.items()},
            "two.docx": {"stage": "audit", "sha256": "0" * 64, "bytes": 3, "built_beside": True},
        },
    }  # fmt: skip


def _with(path: str, value: Any, *, at: str = "") -> bytes:
    """The record with one value that is otherwise, forged to fit: a key path, or a key beside those of a path."""
    changed = json.loads(json.dumps(record()))
    place = changed
    keys = path.split("|")
    for key in keys[: -1 if not at else None]:
        place = place[key]
    place[at or keys[-1]] = value
    return forged(changed)


def forged(changed: dict[str, Any]) -> bytes:
    """A record as an input, with the keys of whoever forged it to fit its files."""
    keys = {"mine.pub": SECRET.public.text().encode(), "mine.key": SECRET.text().encode()}
    return as_parts({RECORD: json.dumps(changed).encode(), FORGED: b"", **keys})


def seeds() -> list[bytes]:
    """The record as it is and signed, and one for each way in which a record has lied."""
    whole = json.dumps(record(), indent=1).encode()
    signed = sign(whole, SECRET, trusted="file:provenance.json\tmetaudit:0.1.0")
    keys = {"mine.pub": SECRET.public.text().encode(), "mine.key": SECRET.text().encode()}
    hidden = SECRET.text("x", operations=32_768, memory=1 << 20).encode()
    code = {**_entry("Snakefile"), "kind": "data"}
    typed = record()["inputs"]["data/reviews/one-2001/claims.csv"]
    return [
        whole,
        as_parts({RECORD: whole, SIGNATURE: signed.encode(), **keys}),
        as_parts({RECORD: whole, **keys, "mine.key": hidden}),
        as_parts({RECORD: whole, SIGNATURE: signed.replace("file:", "\x1b[31mfile:").encode(), **keys}),
        as_parts({RECORD: whole, FORGED: b"", "data/reviews/one-2001/review.yaml": b"- a list\n"}),
        as_parts({RECORD: whole, FORGED: b"", "CITATION.cff": b"- a list\n"}),
        _with("inputs", code, at="workflow:../../outside.txt"),
        _with("inputs", code, at="x/../../outside.txt"),
        _with("inputs", code, at="workflow:Snakefile"),
        _with("inputs", code, at="/etc/hostname"),
        _with("inputs", code, at="\x00"),
        _with("inputs", code, at="\x1b[31m\u202e\ud800"),
        _with("inputs", code, at="n" * 300),
        _with("inputs", code, at="n" * 5000),
        _with("inputs", {**record()["inputs"]["corpus"], "files": 10**9}, at=".."),
        _with("inputs", {**typed, "review": "nobody"}, at="data/reviews/one-2001/claims.csv"),
        _with("outputs", {**record()["outputs"]["two.docx"]}, at="a\n/../../../outside.txt"),
        _with("outputs", {**record()["outputs"]["two.docx"]}, at="n" * 300),
        _with("outputs|board.csv|stage", "\x1b[2J"),
        _with("reviews|one-2001|refers_to", ["nobody"]),
        _with("reviews|one-2001|inputs", ["/etc/nothing.yaml"]),
        _with("reviews|one-2001|inputs", []),
        _with("stages|audit|code", ["nowhere.py"]),
        _with("parameters|level", json.loads("[" * 300 + "]" * 300)),
        _with("parameters|reviews", "\ud800"),
        _with("environment|workflow", "/"),
        _with("metaudit", "0.1\n\x1b[31m"),
        _with("metaudit", json.loads("[" * 900 + "]" * 900)),
        whole.replace(b'"bytes": 14', b'"bytes": ' + b"9" * 5000, 1),
        whole.replace(b'"bytes": 14', b'"bytes": 1e300', 1),
        whole.replace(b'"level": 0.95', b'"level": NaN'),
        whole.replace(b'"level": 0.95', b'"level": 0.95, "level": 0.9'),
        as_parts({RECORD: b"[" * 50_000}),
    ]  # fmt: skip


TARGET = Target("provenance", one_input, seeds, WORDS, examples=250)

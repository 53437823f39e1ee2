"""Fuzz one target, guided by coverage: ``python tests/fuzz/run_atheris.py rm5 --minutes 10``.

Atheris is no dependency of the project. It is installed apart, its version and hashes in requirements.lock beside this file::

    pip install --require-hashes --target .atheris -r tests/fuzz/requirements.lock
    PYTHONPATH=.atheris .venv/bin/python tests/fuzz/run_atheris.py rm5 --minutes 10

An input that breaks a target is kept in crashes/TARGET/, the first of each kind; the run goes on. At the end what reached new
code is cut down to few small inputs and kept in corpus/TARGET/.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
for folder in (ROOT / "scripts", ROOT / "tests"):
    sys.path.insert(0, str(folder))

KEPT_BYTES, KEPT_FILES, LARGEST_KEPT = 80_000, 120, 20_000
MEMORY, SLOWEST = 3000, 60  # MB, and seconds of one input after which libFuzzer gives up
LARGEST = 24_000
# Packages whose code guides the run beside our own.
ALSO = {"pdf": ["pypdf"], "xlsx": ["openpyxl"], "yaml_files": ["ruamel.yaml"], "review": ["ruamel.yaml"]}


def inner(name: str, crashes: Path, arguments: list[str]) -> None:
    """Hand the target to libFuzzer, in this process; never returns."""
    import atheris

    with atheris.instrument_imports(include=["metaudit", *ALSO.get(name, [])]):
        from fuzz.targets import target

        one = target(name)
    for seed in one.seeds()[:3]:  # what is imported lazily is imported, and instrumented, now
        # Importing takes longer than an input may; libFuzzer begins with the same inputs, and judges them then.
        with suppress(AssertionError), atheris.instrument_imports(include=["metaudit", *ALSO.get(name, [])]):
            one.one_input(seed)
    seen: set[str] = set()

    def run(data: bytes) -> None:
        try:
            one.one_input(data)
        except Exception as error:  # the run goes on after the first of each kind
            kind = signature(error)
            if kind not in seen:
                seen.add(kind)
                crashes.mkdir(parents=True, exist_ok=True)
                file = crashes / hashlib.sha256(kind.encode()).hexdigest()[:12]
                if not file.is_file() or file.stat().st_size > len(data):
                    file.write_bytes(data)
                print(
                    f"BROKE {name} {file.name} ({len(data)} bytes): {kind}\n{traceback.format_exc(limit=-6)}",
                    flush=True,
                )

    with tempfile.TemporaryDirectory(prefix="fuzz-again-") as place:
        again = Path(place) / "again"  # libFuzzer calls itself by its name when it cuts a corpus down
        words = (sys.executable, str(Path(__file__).resolve()), name, "--inner", str(crashes))
        again.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        again.chmod(0o755)
        atheris.Setup([str(again), *arguments], run)
        atheris.Fuzz()


def signature(error: BaseException) -> str:
    """What went wrong and where: the type, and the last two places of ours in the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        f"{Path(f.filename).name}:{f.name}:{f.lineno}"
        for f in frames
        if "metaudit" in f.filename or "harness" in f.filename
    ]
    words = (
        str(error).partition(":")[0][:40] if isinstance(error, AssertionError) else ""
    )  # the input itself comes behind
    said = "".join(c for c in words if c.isalpha())
    return f"{type(error).__name__} {said} {' '.join(ours[-2:])}"


def run(name: str, minutes: float, crashes: Path) -> None:
    """Fuzz, then cut the corpus down."""
    from fuzz.targets import target

    one = target(name)
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as place:
        work = Path(place)
        start, grown, small = (work / n for n in ("start", "grown", "small"))
        for made in (start, grown, small):
            made.mkdir()
        for number, data in enumerate([*one.seeds(), *(p.read_bytes() for p in (*one.corpus, *one.crashes))]):
            (start / f"{number:04d}").write_bytes(data)
        (work / "words").write_text(
            "".join(f'"{_escaped(w)}"\n' for w in dict.fromkeys(one.words) if w), encoding="ascii"
        )
        until = time.monotonic() + 60 * minutes
        while (left := int(until - time.monotonic())) > 2:
            options = [
                f"-max_total_time={left}",
                f"-dict={work / 'words'}",
                f"-artifact_prefix={work}/found-",
                f"-max_len={LARGEST}",
            ]
            code = _call(name, crashes, work, [*options, *_limits(), str(grown), str(start)])
            print(f"{name}: libFuzzer ended with {code}", flush=True)
            for stopped in work.glob("found-*"):  # too slow, too large: it ends the process
                crashes.mkdir(parents=True, exist_ok=True)
                print(f"BROKE {name} {stopped.name}", flush=True)
                shutil.move(stopped, crashes / stopped.name.removeprefix("found-"))
        _call(
            name,
            work / "none",
            work,
            ["-merge=1", f"-max_len={LARGEST}", *_limits(), str(small), str(grown), str(start)],
        )
        keep(sorted(small.iterdir(), key=lambda p: (p.stat().st_size, p.name)), HERE / "corpus" / name)


def keep(found: list[Path], folder: Path) -> None:
    """The smallest of some inputs, by the hash of their content."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    total = 0
    for path in found[:KEPT_FILES]:
        data = path.read_bytes()
        total += len(data)
        if total > KEPT_BYTES or len(data) > LARGEST_KEPT:
            break
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def _limits() -> list[str]:
    return [f"-timeout={SLOWEST}", f"-rss_limit_mb={MEMORY}", "-print_final_stats=1", "-verbosity=1"]


def _call(name: str, crashes: Path, scratch: Path, arguments: list[str]) -> int:
    command = [sys.executable, str(Path(__file__).resolve()), name, "--inner", str(crashes), *arguments]
    return subprocess.run(
        command, check=False, env={**os.environ, "PYTHONHASHSEED": "0", "TMPDIR": str(scratch)}
    ).returncode


def _escaped(word: bytes) -> str:
    return "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word)


def main() -> None:
    """The command line."""
    if "--inner" in sys.argv:
        place = sys.argv.index("--inner")
        inner(sys.argv[1], Path(sys.argv[place + 1]), sys.argv[place + 2 :])
        return
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("target", help="a module of tests/fuzz/targets")
    reader.add_argument("--minutes", type=float, default=10.0)
    reader.add_argument("--crashes", type=Path, help="where breaking inputs are kept", default=None)
    asked = reader.parse_args()
    run(asked.target, asked.minutes, asked.crashes or HERE / "crashes" / asked.target)


if __name__ == "__main__":
    main()

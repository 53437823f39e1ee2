"""What every fuzz target promises: a reader takes any bytes and either reads them or refuses them in documented words.

A target runs inside :func:`watched`. It fails when anything else than a documented refusal comes out, when a file is written
or read outside, a program or the network is asked, too much processor time goes by, or a message is not one clear line.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from metaudit.drafts import Notice
from metaudit.errors import DataError, InputError, PrintedError, Problem

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = (InputError, DataError, PrintedError)
# Processor seconds for one input. The largest that the drivers make takes less than a second.
SECONDS = 10.0
# Characters of one message: a place, a sentence and a remedy, not a whole cell.
LONGEST = 2500
# Bytes of one input that the drivers make.
LARGEST = 60_000
_PART = re.compile(rb"^=== ([ -~]{1,120})\r?\n", re.MULTILINE)
_CHANGES = frozenset(
    "os.mkdir os.rename os.remove os.rmdir os.symlink os.link os.truncate os.chmod os.chown shutil.rmtree shutil.move "
    "shutil.copyfile shutil.copytree".split()
)
# Their last argument is the open folder that a path is relative to, -1 for none.
_RELATIVE = frozenset("os.mkdir os.rename os.remove os.rmdir os.symlink os.link".split())
_NEVER = frozenset(
    "socket.connect socket.getaddrinfo socket.bind subprocess.Popen os.system os.exec os.posix_spawn os.fork pickle.find_class "
    "urllib.Request webbrowser.open ftplib.connect".split()
)
_READABLE = tuple(
    str(Path(p).resolve())
    for p in (ROOT, sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), "/usr/lib", "/usr/share", "/proc/self", "/sys/devices", *sys.path)
    if p
)  # fmt: skip


@dataclass
class _Watch:
    """What the interpreter did while an input was read."""

    folder: str = ""
    seen: list[str] = field(default_factory=list)

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NEVER:
            self.seen.append(f"{event} {arguments[:2]!r}")
        elif event in _CHANGES:
            fds = [a for a in arguments[1:] if isinstance(a, int)]
            within = f"/proc/self/fd/{fds[-1]}" if fds and fds[-1] >= 0 and event in _RELATIVE else "."
            for path in arguments[:2]:
                if isinstance(path, (str, bytes, os.PathLike)):
                    self._outside(event, os.path.join(within, os.fsdecode(path)))  # noqa: PTH118
        elif event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
            mode, flags = arguments[1], arguments[2]
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND))
            writes |= isinstance(mode, str) and bool(set(mode) & set("wax+"))
            self._outside("writing" if writes else "reading", arguments[0])

    def _outside(self, what: str, path: str | bytes | os.PathLike[Any]) -> None:
        whole = os.path.realpath(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100
        if whole.startswith(self.folder) or whole == os.devnull or "__pycache__" in whole:
            return
        if what == "reading" and whole.startswith(_READABLE):
            return
        self.seen.append(f"{what} {whole}")


_WATCH = _Watch()


@cache
def _hooked() -> None:
    """Ask the interpreter, once, to tell what it does; a hook cannot be taken away again."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if _WATCH.folder:
            _WATCH.note(event, arguments)

    sys.addaudithook(hook)


@contextmanager
def watched(*, seconds: float = SECONDS) -> Iterator[Path]:
    """A fresh folder for one input, and everything that a reader must not do as an ``AssertionError``.

    Parameters
    ----------
    seconds : processor time that one input may take
    """
    _hooked()
    folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)).resolve()
    scratch, tempfile.tempdir = tempfile.tempdir, str(folder)  # scratch copies belong to the reader
    _WATCH.folder, _WATCH.seen = str(folder), []
    began = time.process_time()
    try:
        yield folder
    except REFUSALS as error:
        _check_words(error)
    finally:
        took = time.process_time() - began
        _WATCH.folder, tempfile.tempdir = "", scratch
        shutil.rmtree(folder, ignore_errors=True)
    assert not _WATCH.seen, f"outside its folder: {'; '.join(_WATCH.seen[:5])}"
    assert took <= seconds, f"one input took {took:.1f} s of processor time"


def check_problems(problems: Iterable[Problem]) -> None:
    """Every problem is one line that a terminal shows as it is, names a rule, and is not longer than it need be."""
    for problem in problems:
        line = str(problem)
        assert len(line) <= LONGEST, f"{len(line)} characters: {line[:300]}"
        bad = [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _TURNING]
        assert not bad, f"signs that a terminal obeys {bad!r} in {line!r}"
        assert problem.message, line
        assert re.fullmatch(r"[A-Za-z0-9-]+", problem.rule), problem.rule
        assert not re.search(r"Traceback|<class|object at 0x", line), line


def check_text(message: str) -> None:
    """A message of an error without a place is short and not empty."""
    assert message.strip()
    assert len(message) <= 500, f"{len(message)} characters: {message[:300]}"


def check_notice(notice: Notice) -> None:
    """A notice says what and where, in signs that a terminal shows."""
    assert notice.message, notice
    assert notice.place, notice
    bad = [
        c
        for c in f"{notice.place}{notice.message}{notice.fix}"
        if (unicodedata.category(c) == "Cc" and c != "\n") or c in _TURNING
    ]
    assert not bad, f"signs that a terminal obeys {bad!r} in {notice!r}"


# Signs that turn the direction of the text around them.
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _check_words(error: Exception) -> None:
    if isinstance(error, InputError):
        assert error.problems, "an error without a problem"
        check_problems(error.problems)
    else:
        check_text(str(error))


def parts_of(data: bytes) -> dict[str, bytes]:
    """The files that one input stands for: what follows a line ``=== NAME`` is the file of this name.

    So an archive or a folder is fuzzed in its content; its packing is fuzzed by the inputs that begin as the format does.
    """
    found = list(_PART.finditer(data))
    ends = [*(m.start() for m in found[1:]), len(data)][: len(found)]
    return {m[1].decode(): data[m.end() : end].removesuffix(b"\n") for m, end in zip(found, ends, strict=True)}


def as_parts(files: Mapping[str, bytes]) -> bytes:
    """Files as one input; :func:`parts_of` gives them back."""
    return b"".join(b"=== " + name.encode() + b"\n" + content + b"\n" for name, content in files.items())


@dataclass(frozen=True)
class Target:
    """One reader under test.

    Parameters
    ----------
    name : how the drivers, the corpus and the crashes call it
    one_input : reads one input; fails by any exception
    seeds : good and bad files to begin from
    words : what the format is made of, for the mutations
    examples : how many mutated inputs `make test` reads
    """

    name: str
    one_input: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    words: tuple[bytes, ...] = ()
    examples: int = 200

    @property
    def corpus(self) -> list[Path]:
        """Inputs that a run with coverage found worth keeping."""
        return sorted((ROOT / "tests/fuzz/corpus" / self.name).glob("*"))

    @property
    def crashes(self) -> list[Path]:
        """Inputs that once broke the reader."""
        return sorted((ROOT / "tests/fuzz/crashes" / self.name).glob("*"))

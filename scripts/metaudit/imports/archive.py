"""Archives from elsewhere, unpacked in memory without trusting them."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath

from metaudit.errors import InputError
from metaudit.imports.safe import MEGABYTE, refusal

MEMBER_LIMIT, TOTAL_LIMIT, COUNT_LIMIT = 32 * MEGABYTE, 96 * MEGABYTE, 5000
# Deflate packs text by 3 to 30 and cannot pack anything by more than 1032.
RATIO_LIMIT, RATIO_FROM = 250, MEGABYTE
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass
class Budget:
    """What may still be unpacked, over all archives within one file."""

    total: int = TOTAL_LIMIT
    count: int = COUNT_LIMIT


@dataclass
class Unpacked:
    """The members of an archive that were wanted, and the names of the others.

    Attributes
    ----------
    members : path within the archive -> content, in the archive's order
    others : paths that were not unpacked
    """

    members: dict[str, bytes] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def unzip(
    content: bytes, shown: str, *, wanted: Callable[[str], bool] = lambda _: True, budget: Budget | None = None
) -> Unpacked:
    """Unpack an archive in memory.

    Parameters
    ----------
    content : the archive
    shown : how messages name it
    wanted : which members are unpacked, by their path; all are checked
    budget : how much may be unpacked in all; lessened

    Raises
    ------
    InputError
        when it is damaged or encrypted, names a path outside itself, holds a link or two members of one name, or would
        unpack to more than the limits allow.
    """
    budget = budget or Budget()
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError, OSError):
        message = "the file is no ZIP archive, or is damaged or cut off."
        raise refusal(shown, "archive", message, "Download or export it again.") from None
    with archive:
        infos = [i for i in archive.infolist() if not i.filename or not i.is_dir() or i.file_size]
        budget.count -= len(infos)
        if budget.count < 0:
            raise _bomb(shown, f"it holds more than {COUNT_LIMIT} files")
        _check_names(infos, shown)
        out = Unpacked()
        for info in infos:
            _check_member(info, shown)
            if wanted(info.filename):
                out.members[info.filename] = _unpacked(archive, info, shown, budget)
            else:
                out.others.append(info.filename)
    return out


def _bomb(shown: str, why: str) -> InputError:
    message = f"the archive is not unpacked: {why}."
    return refusal(
        shown,
        "archive-limits",
        message,
        "A review's data package is a few megabytes; check whether it is the right file.",
    )


def _check_names(infos: list[zipfile.ZipInfo], shown: str) -> None:
    seen: dict[str, str] = {}
    for info in infos:
        # What another program reads: zipfile ends a name at the first NUL and turns the separators of its own platform.
        name = info.orig_filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not name or "\x00" in name or ".." in parts or name.startswith(("/", "\\")) or _DRIVE.match(name):
            message = f"the archive names a file outside itself, {name!r}."
            raise refusal(
                shown, "archive-path", message, "Such an archive can overwrite other files; ask where it comes from."
            )
        key = unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()
        if key in seen:
            message = f"the archive holds two files named {name!r}."
            raise refusal(shown, "archive-duplicate", message, "It is not clear which of them counts; export it again.")
        seen[key] = name


def _check_member(info: zipfile.ZipInfo, shown: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refusal(
            shown,
            "archive-link",
            f"{info.filename!r} in the archive is a link or device, no file.",
            "Pack the files themselves.",
        )
    if info.flag_bits & 0x1:
        raise refusal(
            shown,
            "archive-password",
            f"{info.filename!r} in the archive is encrypted.",
            "Unpack it with its password, and pack it without one.",
        )
    if info.file_size > MEMBER_LIMIT:
        raise _bomb(shown, f"{info.filename!r} would be {info.file_size // MEGABYTE} MB")
    if info.file_size > RATIO_FROM and info.file_size > RATIO_LIMIT * max(info.compress_size, 1):
        raise _bomb(
            shown,
            f"{info.filename!r} would be {info.file_size // max(info.compress_size, 1)} times as large as it is packed",
        )


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str, budget: Budget) -> bytes:
    """One member; what its header says of its size is not believed."""
    most = min(MEMBER_LIMIT, budget.total)
    try:
        with archive.open(info) as member:
            content = member.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        message = f"{info.filename!r} in the archive cannot be unpacked ({error})."
        raise refusal(shown, "archive", message, "Download or export it again.") from None
    if len(content) > most:
        raise _bomb(shown, f"it would be more than {TOTAL_LIMIT // MEGABYTE} MB")
    budget.total -= len(content)
    return content

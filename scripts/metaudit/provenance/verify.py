"""Compare a results folder with its record: which files were touched, are missing or came in, which inputs changed."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.files import digest
from metaudit.provenance.arrivals import arrivals
from metaudit.provenance.concerns import Concerns, in_order
from metaudit.provenance.entries import about_corpus, corpus_files
from metaudit.provenance.minisign import KeyFormatError, PublicKey, Signature, SignatureError
from metaudit.provenance.minisign import verify as verify_signature
from metaudit.provenance.places import PROVENANCE, SIGNATURE, Places, shown, there, walked
from metaudit.provenance.reading import places_of, read_record, record_bytes
from metaudit.provenance.remedies import ADDED, MISSING, NOT_BUILT, TOUCHED, remedies
from metaudit.provenance.remedies import INPUT_CHANGED as INPUT_CHANGED  # named so, others may take it from here
from metaudit.provenance.remedies import INPUT_MISSING as INPUT_MISSING

SIGNATURE_MISSING, SIGNATURE_WRONG = "signature-missing", "signature-wrong"
_MOST_OF_A_KEY = 100_000  # bytes of a key or a signature; minisign's have less than a thousand
_LONGEST = 1000  # characters of a name
KINDS = (SIGNATURE_MISSING, SIGNATURE_WRONG, TOUCHED, MISSING, ADDED, INPUT_CHANGED, INPUT_MISSING)


@dataclass(frozen=True)
class Finding:
    """One file that is not as the record says; signs in names that a terminal would obey stand as escapes.

    Parameters
    ----------
    what : one of :data:`KINDS`
    file : its path: of a result in the results folder, of an input from the folder around it
    message : what is found, in a sentence
    stage : stage that wrote the result; empty for an input
    concerns : what was made of it: reviews for an input of a review, stages for other inputs
    again : stages that are to be run again: the one that wrote the result, those that read the input
    """

    what: str
    file: str
    message: str
    stage: str = ""
    concerns: tuple[str, ...] = ()
    again: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verified:
    """What a comparison found.

    Parameters
    ----------
    findings : everything that is not as recorded, in the order of :data:`KINDS`
    outputs, inputs : how many files were compared
    not_built : files built beside the others (PDF, PNG, Word) that are not there; a clone does not have them
    inputs_elsewhere : whether no input of any kind lies where it lay, as when the results folder alone was handed on
    signed_by : number of the key of the signature beside the record; empty without one
    trusted : what the signature says, when it was checked with a key and is right
    remedies : what to do, a sentence for each kind of finding that has one, and for ``not-built``
    """

    findings: tuple[Finding, ...]
    outputs: int
    inputs: int
    not_built: int = 0
    inputs_elsewhere: bool = False
    signed_by: str = ""
    trusted: str | None = None
    remedies: Mapping[str, str] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        """Whether everything is as recorded."""
        return not self.findings


@dataclass
class _Signed:
    by: str = ""
    trusted: str | None = None
    findings: list[Finding] = field(default_factory=list)


def verify(results: str | Path, *, key: PublicKey | None = None, content: bytes | None = None) -> Verified:
    """Compare a results folder with its ``provenance.json``, and that with its signature.

    Parameters
    ----------
    results : the folder
    key : the public key that the record should be signed with; without one a signature is not checked
    content : the bytes of the record, where they were read before

    Raises
    ------
    InputError
        when there is no record, or it is not one
    """
    folder = Path(results)
    content = record_bytes(folder) if content is None else content
    provenance = read_record(content, str(folder / PROVENANCE))
    places = places_of(folder, provenance)
    signed = _signature(folder, key, content)
    outputs = provenance["outputs"]
    files, shut = walked(folder)
    written = set(files)
    missing = {name for name in set(outputs) - written if not any(_below(name, place) for place in shut)}
    not_built = {name for name in missing if outputs[name].get("built_beside")}
    findings = [*signed.findings, *_shut(outputs, shut), *_results(folder, outputs, written - set(outputs), missing)]
    # A workflow without its reviews or its corpus is no folder of results that was handed on: they were moved or deleted.
    elsewhere = bool(provenance["inputs"]) and not any(there(places.file(name)) for name in provenance["inputs"])
    if not elsewhere:
        findings += _inputs(provenance, places)
    return Verified(
        findings=tuple(_plain(f) for f in sorted(findings, key=lambda f: (KINDS.index(f.what), f.file))),
        outputs=len(outputs) - len(missing),
        inputs=0 if elsewhere else len(provenance["inputs"]),
        not_built=len(not_built),
        inputs_elsewhere=elsewhere,
        signed_by=signed.by,
        trusted=signed.trusted,
        remedies=_remedies(findings, provenance, not_built=[outputs[name]["stage"] for name in not_built]),
    )


def _remedies(findings: Iterable[Finding], provenance: Mapping[str, Any], *, not_built: list[str]) -> dict[str, str]:
    again: dict[str, list[str]] = {}
    for finding in findings:
        again.setdefault(finding.what, []).extend(_name(stage) for stage in finding.again)
    again |= {NOT_BUILT: [_name(stage) for stage in not_built]} if not_built else {}
    return remedies(
        [k for k in (*KINDS, NOT_BUILT) if k in again], {k: in_order(s, provenance) for k, s in again.items()}
    )


def _below(name: str, folder: str) -> bool:
    return folder == "." or name.startswith(f"{folder}/")


def _shut(outputs: Iterable[str], shut: Mapping[str, str]) -> Iterator[Finding]:
    for place, why in shut.items():
        what = TOUCHED if any(_below(name, place) for name in outputs) else ADDED
        yield Finding(what, place, f"the folder cannot be opened ({why}), so that it is not known what lies in it.")


def _results(folder: Path, outputs: Mapping[str, Any], added: set[str], missing: set[str]) -> Iterator[Finding]:
    for name in sorted(added):
        yield Finding(ADDED, name, "no stage of the run wrote it.")
    for name in sorted(name for name in missing if not outputs[name].get("built_beside")):
        yield Finding(MISSING, name, "it was written and is no longer there.", **_by(outputs[name]))
    for name in sorted(set(outputs) - missing):
        if told := _difference(folder / name, outputs[name]):
            yield Finding(TOUCHED, name, told, **_by(outputs[name]))


def _by(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"stage": entry["stage"], "again": (entry["stage"],)}


def _inputs(provenance: Mapping[str, Any], places: Places) -> Iterator[Finding]:
    concerns = Concerns(provenance, places)

    def found(what: str, name: str, told: str, *, like: str, altered: bool = True) -> Finding:
        of = concerns.of(like)
        return Finding(what, places.told(name), told, concerns=of.made if altered else (), again=of.again)

    for name, entry in provenance["inputs"].items():
        file = places.file(name)
        if not there(file):
            yield found(INPUT_MISSING, name, "it was read and is no longer there.", like=name)
        elif told := _difference(file, entry, results=places.results):
            yield found(INPUT_CHANGED, name, told, like=name)
    for came in arrivals(provenance, places):
        yield found(INPUT_CHANGED, came.name, came.said, like=came.beside, altered=came.alters)


def _difference(file: Path, entry: Mapping[str, Any], *, results: Path | None = None) -> str:
    """How a file differs from its entry in the record; nothing when it does not.

    Nothing is read whose size is not the recorded one: a record may come from anybody, and name anything.
    """
    try:
        if file.is_dir() and "files" in entry:  # also by a link, as it was read
            return _corpus_difference(file, entry, results)
        if not stat.S_ISREG(file.stat().st_mode if file.exists() else file.lstat().st_mode):
            return "it is no longer a file."
        size = file.stat().st_size
        if size != entry["bytes"]:
            return f"it had {entry['bytes']} bytes and has {size}."
        return "" if digest(file) == entry["sha256"] else _other_content(entry)
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}."


def _corpus_difference(folder: Path, entry: Mapping[str, Any], results: Path | None) -> str:
    if results is not None and results.resolve().is_relative_to(folder.resolve()):
        return "this folder holds the results themselves, and is no corpus."
    files, size = corpus_files(folder)
    if (len(files), size) != (entry["files"], entry["bytes"]):
        return f"{entry['files']} files of {entry['bytes']} bytes were read, {len(files)} of {size} are there."
    return "" if about_corpus(folder)["sha256"] == entry["sha256"] else _other_content(entry)


def _other_content(entry: Mapping[str, Any]) -> str:
    return f"it has other content (SHA-256 was {entry['sha256'][:12]}...)."


def _plain(finding: Finding) -> Finding:
    concerns = tuple(_name(one) for one in finding.concerns)
    again = tuple(_name(one) for one in finding.again)
    return replace(finding, file=_name(finding.file), stage=_name(finding.stage), concerns=concerns, again=again)


def _name(text: str) -> str:
    return shown(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ...")


def _signature(folder: Path, key: PublicKey | None, content: bytes) -> _Signed:
    path = folder / SIGNATURE
    if not path.is_file():
        said = "a key was named, and there is no signature."
        return _Signed(findings=[Finding(SIGNATURE_MISSING, SIGNATURE, said)] if key else [])
    try:
        signature = Signature.read(text_of_key(path))
    except (KeyFormatError, UnicodeDecodeError) as error:
        said = str(error) if isinstance(error, KeyFormatError) else "it is not text."
        return _Signed(findings=[Finding(SIGNATURE_WRONG, SIGNATURE, said)])
    if key is None:
        return _Signed(by=signature.id)
    try:
        return _Signed(signature.id, shown(verify_signature(content, signature, key)))
    except SignatureError as error:
        return _Signed(signature.id, findings=[Finding(SIGNATURE_WRONG, SIGNATURE, str(error))])


def read_public_key(given: str) -> PublicKey:
    """A public key: the path of its file, or the key itself in base64 (as after minisign's ``-P``).

    Raises
    ------
    InputError
        when it is neither
    """
    path = Path(given)
    is_file = there(path) and path.is_file()
    try:
        return PublicKey.read(text_of_key(path) if is_file else given)
    except (KeyFormatError, UnicodeDecodeError) as error:
        message = "there is no such file, and it is no public key in base64."
        if is_file:
            message = str(error) if isinstance(error, KeyFormatError) else "it is not text."
        fix = "metaudit keys and minisign -G make one; it is the file that ends with .pub."
        raise InputError([Problem(_name(given), 0, "", "key", message, fix)]) from None


def text_of_key(path: Path) -> str:
    """The text of the file of a key or a signature, which cannot be long.

    Raises
    ------
    KeyFormatError
        when it is
    UnicodeDecodeError
        when it is no text
    """
    with path.open("rb") as file:
        content = file.read(_MOST_OF_A_KEY + 1)
    if len(content) > _MOST_OF_A_KEY:
        raise KeyFormatError(f"it is larger than {_MOST_OF_A_KEY:,} bytes, and one has less than a thousand.")
    return content.decode("utf-8")

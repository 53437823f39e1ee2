"""``metaudit verify``, ``sign``, ``keys`` and ``crate``: where results come from, and whether they are still the same."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli.output import AsJson, app, guarded, many, print_json, refuse

if TYPE_CHECKING:
    from metaudit.provenance.verify import Verified

PASSWORD = "METAUDIT_KEY_PASSWORD"
_MOST = 20
_TITLES = {
    "signature-missing": "The signature",
    "signature-wrong": "The signature",
    "touched": "Changed since the run wrote them",
    "missing": "No longer there",
    "added": "Not written by the run",
    "input-changed": "Inputs that changed since the run read them",
    "input-missing": "Inputs that are no longer there",
}

Results = Annotated[Path, typer.Argument(help="the results folder of a run", show_default=False)]


@app.command()
def verify(
    results: Results,
    key: Annotated[
        str,
        typer.Option(help="public key that should have signed: a .pub file, or the key in base64", show_default=False),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Compare a results folder with its provenance.json: name files that were touched, are missing or came in.

    Inputs that changed since the run are named too, with what was made of them. With --key the signature is checked.

    Exit codes: 0 everything is as recorded, 1 something is not, 2 there is no record to compare with.

    Example: metaudit verify results
    """
    from metaudit.provenance.verify import read_public_key
    from metaudit.provenance.verify import verify as compare

    public = guarded(lambda: read_public_key(key)) if key else None
    found: Verified = guarded(lambda: compare(results, key=public))
    if as_json:
        print_json({"well": found.well, **asdict(found)})
    else:
        _print(results, found)
    raise typer.Exit(0 if found.well else 1)


def _print(results: Path, found: Verified) -> None:
    groups: dict[str, list[str]] = {}
    for finding in found.findings:
        made = f" Made of it: {_some(finding.concerns)}." if finding.concerns else ""
        by = f" ({finding.stage})" if finding.stage else ""
        groups.setdefault(_TITLES[finding.what], []).append(f"  {finding.file}{by}: {finding.message}{made}")
    what_to_do = {_TITLES[what]: said for what, said in found.remedies.items() if what in _TITLES}
    for title, lines in groups.items():
        print(f"{title} ({len(lines)}):")
        print(*lines[:_MOST], sep="\n")
        if len(lines) > _MOST:
            print(f"  ... and {len(lines) - _MOST} more; --json lists them all")
        if title in what_to_do:
            print(what_to_do[title])
        print()
    print(
        f"{many(found.outputs, 'result')} and {many(found.inputs, 'input')} compared with {results / 'provenance.json'}."
    )
    if found.inputs_elsewhere:
        print("The inputs are not beside this folder: whether they are still the same was not looked at.")
    if found.not_built:
        said = found.remedies.get("not-built", "")
        print(
            f"{many(found.not_built, 'file')} built beside the others (PDF, PNG, Word) not there, as in a clone. {said}"
        )
    if found.trusted is not None:
        print(f"Signed with key {found.signed_by}: {found.trusted}")
    elif found.signed_by and not any(f.what.startswith("signature") for f in found.findings):
        print(f"There is a signature of key {found.signed_by}; --key checks it.")
    if found.well:
        print("Everything is as the run left it.")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


@app.command()
def sign(
    results: Results,
    key: Annotated[
        Path, typer.Option(help="the secret key: metaudit keys or minisign -G make one", show_default=False)
    ],
    comment: Annotated[str, typer.Option(help="a line that is signed as well", show_default="file and version")] = "",
    as_json: AsJson = False,
) -> None:
    """Sign provenance.json, and with it every result: writes provenance.json.minisig, which minisign -V verifies too.

    Nothing is signed that is not as recorded. The password of the key is asked for; the variable METAUDIT_KEY_PASSWORD may hold it.

    Exit codes: 0 signed, 1 a file is not as recorded, 2 bad input.

    Example: metaudit sign results --key mine.key
    """
    from metaudit.files import write_text
    from metaudit.provenance import minisign
    from metaudit.provenance.places import PROVENANCE, SIGNATURE
    from metaudit.provenance.reading import read_record, record_bytes
    from metaudit.provenance.verify import verify as compare

    def refused(why: str) -> None:
        said = f"Nothing was signed: {why}"
        if as_json:
            print_json({"signature": None, "message": said})
        else:
            print(said)
        raise typer.Exit(1)

    content: bytes = guarded(lambda: record_bytes(results))
    provenance = guarded(lambda: read_record(content, str(results / PROVENANCE)))
    found: Verified = guarded(lambda: compare(results, content=content))
    findings = [f for f in found.findings if not f.what.startswith("signature")]
    if findings:
        refused(f"{many(len(findings), 'file')} not as recorded; metaudit verify names them.")
    secret = guarded(lambda: _secret_key(key))
    # The password may have been waited for: what is signed are the bytes that were compared.
    if guarded(lambda: record_bytes(results)) != content:
        refused(f"{results / PROVENANCE} was changed meanwhile. Sign again.")
    trusted = comment or f"file:{PROVENANCE}\tmetaudit:{provenance['metaudit']}\tresults:{len(provenance['outputs'])}"
    text = guarded(lambda: minisign.sign(content, secret, trusted=trusted))
    guarded(lambda: write_text(results / SIGNATURE, text))
    if as_json:
        print_json({"signature": str(results / SIGNATURE), "key": secret.public.id})
        return
    print(f"{results / SIGNATURE}: signed with key {secret.public.id}.")


def _secret_key(path: Path) -> Any:
    """A key from its file; problems are said of the file."""
    from metaudit.errors import InputError, Problem
    from metaudit.provenance.minisign import KeyFormatError, SecretKey
    from metaudit.provenance.places import shown, there
    from metaudit.provenance.verify import text_of_key

    fix = "metaudit keys and minisign -G make a pair; the secret one ends with .key."
    if not (there(path) and path.is_file()):
        raise InputError([Problem(shown(str(path)[:200]), 0, "", "key", "there is no such file.", fix)])
    try:
        return SecretKey.read(text_of_key(path), _password)
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), 0, "", "key", "it is not text.", fix)]) from None
    except KeyFormatError as error:
        raise InputError([Problem(str(path), 0, "", "key", str(error), fix)]) from None


def _password() -> str:
    """The password, from the environment, from whoever sits there, or from what is piped in."""
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if sys.stdin.isatty():
        return str(typer.prompt("Password of the key", hide_input=True, default="", show_default=False, err=True))
    return sys.stdin.readline().rstrip("\n")


@app.command()
def keys(
    name: Annotated[Path, typer.Argument(help="where the pair goes: NAME.key and NAME.pub", show_default=False)],
    no_password: Annotated[
        bool, typer.Option("--no-password", help="leave the secret key unencrypted: whoever has the file can sign")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a pair of keys: NAME.key signs and stays secret, NAME.pub verifies and is for everybody.

    Both are files of minisign. The password is asked for; the variable METAUDIT_KEY_PASSWORD may hold it.

    Exit codes: 0 made, 2 bad input.

    Example: metaudit keys mine
    """
    from metaudit.files import refusing, write_text
    from metaudit.provenance.minisign import SecretKey

    secret, public = Path(f"{name}.key"), Path(f"{name}.pub")
    for path in (secret, public):
        if guarded(path.exists):
            refuse(
                ValueError(
                    f"{path} is there already, and a key that is lost cannot be made again. Choose another name."
                )
            )
    password = "" if no_password else _new_password()
    made = SecretKey.new()

    def write() -> None:
        text = made.text(password)
        with refusing(secret):
            secret.parent.mkdir(parents=True, exist_ok=True)
            opened = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with refusing(secret), os.fdopen(opened, "w", encoding="utf-8") as file:
                file.write(text)
            write_text(public, made.public.text())
        except BaseException:  # half a pair is none, and would keep the next one from being made
            secret.unlink(missing_ok=True)
            raise

    guarded(write)
    if as_json:
        print_json({"secret": str(secret), "public": str(public), "key": made.public.id, "password": bool(password)})
        return
    print(f"{secret}: the secret key{'' if password else ', without a password'}. Keep it to yourself.")
    print(f"{public}: the public key, {made.public.id}. Hand it to whoever verifies.")


def _new_password() -> str:
    if PASSWORD in os.environ or not sys.stdin.isatty():
        password = _password()
    else:
        password = str(typer.prompt("Password for the secret key", hide_input=True, confirmation_prompt=True, err=True))
    if not password:
        refuse(ValueError("The password is empty. Choose one, or say --no-password."))
    return password


@app.command()
def crate(
    results: Results,
    target: Annotated[
        Path | None, typer.Argument(help="the zip file; without it, RESULTS.crate.zip", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pack results, inputs, code and workflow into one RO-Crate (Workflow Run Crate) for an archive.

    Nothing is packed that is not as recorded. The same files give the same bytes; SOURCE_DATE_EPOCH sets the date.

    Exit codes: 0 packed, 1 a file is not as recorded, 2 bad input.

    Example: metaudit crate results run.zip
    """
    from metaudit.provenance.pack import TouchedError, default_target, pack

    path = target or default_target(results)

    def packed() -> int:
        try:
            return pack(results, path)
        except TouchedError as error:
            print(error, file=sys.stderr)
            raise typer.Exit(1) from None

    count = guarded(packed)
    if as_json:
        print_json({"file": str(path), "files": count})
        return
    print(f"{path}: {many(count, 'file')}.")

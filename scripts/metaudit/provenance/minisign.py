"""Ed25519 signatures in minisign's format: its keys sign here, and it verifies what is signed here.

Source of the format: the sections "Signature format", "Public key format" and "Secret key format" of minisign's documentation
(jedisct1.github.io/minisign, read 2026-11-29); where they are silent (the checksum and the salt of a key without password are zeros,
which blocks scrypt takes) minisign 0.11 of Debian was asked, and tests/unit/provenance/test_minisign.py compares with it where it is
installed. Ed25519: RFC 8032; scrypt: RFC 7914.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.errors import MetauditError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM, HASHED = b"Ed", b"ED"
SCRYPT, NO_PASSWORD, CHECKSUM = b"Sc", b"\0\0", b"B2"
OPERATIONS, MEMORY = (
    33_554_432,
    1_073_741_824,
)  # what minisign writes (libsodium's "sensitive"): one gigabyte, some seconds
MOST_MEMORY, MOST_OPERATIONS = 2**31 - 1, 4 * OPERATIONS  # a key file that asks for more is not obeyed
COMMENT, TRUSTED = "untrusted comment: ", "trusted comment: "
_SECRET = 158  # bytes: 2+2+2 algorithms, 32 salt, 8+8 limits, 8+64+32 key number, key, checksum
_HIDDEN = 54


class KeyFormatError(MetauditError, ValueError):
    """A text is no key or no signature, or the password does not open it."""


class SignatureError(MetauditError, ValueError):
    """A signature does not belong to the content, or to another key."""


@dataclass(frozen=True)
class PublicKey:
    """What verifies.

    Parameters
    ----------
    number : eight bytes by which a signature names its key
    key : 32 bytes
    """

    number: bytes
    key: bytes

    @property
    def id(self) -> str:
        """The number as minisign prints it: hexadecimal, lowest byte last."""
        return key_id(self.number)

    def text(self) -> str:
        """The file: a comment and the key in base64."""
        return f"{COMMENT}minisign public key {self.id}\n{_base64(ALGORITHM + self.number + self.key)}\n"

    @classmethod
    def read(cls, text: str) -> PublicKey:
        """From the content of a ``.pub`` file, or from its second line alone.

        Raises
        ------
        KeyFormatError
            when it is no public key
        """
        raw = _decoded(text.strip().splitlines()[-1] if text.strip() else "", "a public key")
        if len(raw) != 42 or raw[:2] != ALGORITHM:
            raise KeyFormatError(f"this is no public key of minisign: {_seen(raw)}.")
        return cls(raw[2:10], raw[10:])


@dataclass(frozen=True)
class SecretKey:
    """What signs.

    Parameters
    ----------
    number : eight bytes by which a signature names its key
    seed : the 32 secret bytes of RFC 8032
    """

    number: bytes
    seed: bytes

    @classmethod
    def new(cls) -> SecretKey:
        """A key that nobody has yet."""
        return cls(secrets.token_bytes(8), secrets.token_bytes(32))

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(self.number, self._private().public_key().public_bytes_raw())

    def sign(self, content: bytes) -> bytes:
        """64 bytes (RFC 8032, section 5.1.6)."""
        return self._private().sign(content)

    def text(self, password: str = "", *, operations: int = OPERATIONS, memory: int = MEMORY) -> str:
        """The file: a comment and the key in base64, encrypted when there is a password.

        Parameters
        ----------
        password : empty: none, and whoever has the file can sign
        operations, memory : how much work guessing the password takes, as libsodium counts
        """
        hidden = self.number + self.seed + self.public.key
        if not password:
            salted = bytes(48)
            content = ALGORITHM + NO_PASSWORD + CHECKSUM + salted + hidden + bytes(32)
        else:
            salt = secrets.token_bytes(32)
            hidden += _checksum(hidden)
            stream = _stream(password, salt, operations=operations, memory=memory)
            limits = operations.to_bytes(8, "little") + memory.to_bytes(8, "little")
            content = ALGORITHM + SCRYPT + CHECKSUM + salt + limits + _xor(hidden, stream)
        return f"{COMMENT}minisign {'encrypted ' if password else ''}secret key {self.public.id}\n{_base64(content)}\n"

    @classmethod
    def read(cls, text: str, password: Callable[[], str] = str) -> SecretKey:
        """From the content of a key file.

        Parameters
        ----------
        text : the content
        password : called when the key is encrypted, and only then

        Raises
        ------
        KeyFormatError
            when it is no secret key, or the password is another
        """
        raw = _decoded(text.strip().splitlines()[-1] if text.strip() else "", "a secret key")
        if len(raw) != _SECRET or raw[:2] != ALGORITHM or raw[4:6] != CHECKSUM:
            raise KeyFormatError(f"this is no secret key of minisign: {_seen(raw)}.")
        hidden = raw[_HIDDEN:]
        if raw[2:4] == SCRYPT:
            limits = (int.from_bytes(raw[38:46], "little"), int.from_bytes(raw[46:54], "little"))
            hidden = _xor(hidden, _stream(password(), raw[6:38], operations=limits[0], memory=limits[1]))
            if _checksum(hidden[:72]) != hidden[72:]:
                raise KeyFormatError("this is not the password of the key.")
        elif raw[2:4] != NO_PASSWORD:
            raise KeyFormatError(f"the key is encrypted in a way that is not known here: {raw[2:4]!r}.")
        key = cls(hidden[:8], hidden[8:40])
        if key.public.key != hidden[40:72]:
            raise KeyFormatError("the two halves of the secret key do not belong to each other.")
        return key

    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)


def sign(content: bytes, key: SecretKey, *, trusted: str, comment: str = "signature from metaudit") -> str:
    """The signature file of some content: what minisign calls prehashed, the format it writes since version 0.10.

    Parameters
    ----------
    content : what is signed
    trusted : one line that is signed as well
    comment : one line that is not
    """
    if any(sign in trusted + comment for sign in "\n\r\0"):
        raise KeyFormatError("a comment of a signature is one line of text.")
    signature = key.sign(_prehash(content))
    both = key.sign(signature + trusted.encode())
    first = _base64(HASHED + key.number + signature)
    return f"{COMMENT}{comment}\n{first}\n{TRUSTED}{trusted}\n{_base64(both)}\n"


@dataclass(frozen=True)
class Signature:
    """A signature file, read.

    Parameters
    ----------
    hashed : whether the content's BLAKE2b-512 is signed, or the content itself (files of before 2022)
    number : number of the key
    signature : of the content
    trusted : the signed comment
    both : signature of the first one and the comment
    """

    hashed: bool
    number: bytes
    signature: bytes
    trusted: str
    both: bytes

    @classmethod
    def read(cls, text: str) -> Signature:
        """From the four lines of a ``.minisig`` file.

        Raises
        ------
        KeyFormatError
            when it is none
        """
        lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
        if len(lines) != 4 or not lines[0].startswith(COMMENT) or not lines[2].startswith(TRUSTED):
            raise KeyFormatError("this is no signature of minisign: it has four lines, two of them comments.")
        raw, both = _decoded(lines[1], "a signature"), _decoded(lines[3], "a signature")
        if len(raw) != 74 or raw[:2] not in {ALGORITHM, HASHED} or len(both) != 64:
            raise KeyFormatError(f"this is no signature of minisign: {_seen(raw)}.")
        return cls(raw[:2] == HASHED, raw[2:10], raw[10:], lines[2].removeprefix(TRUSTED), both)

    @property
    def id(self) -> str:
        """Number of the key, as minisign prints it."""
        return key_id(self.number)


def verify(content: bytes, signature: Signature, key: PublicKey) -> str:
    """The signed comment, when both signatures are the key's.

    Raises
    ------
    SignatureError
        when the content, the comment or the key is another
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if signature.number != key.number:
        raise SignatureError(f"it was signed with key {signature.id}, not with {key.id}.")
    public = Ed25519PublicKey.from_public_bytes(key.key)
    try:
        public.verify(signature.signature, _prehash(content) if signature.hashed else content)
    except InvalidSignature:
        raise SignatureError("the content is not the one that was signed.") from None
    try:
        public.verify(signature.both, signature.signature + signature.trusted.encode())
    except InvalidSignature:
        raise SignatureError("the comment of the signature is not the one that was signed.") from None
    return signature.trusted


def key_id(number: bytes) -> str:
    """Eight bytes as minisign prints them."""
    return f"{int.from_bytes(number, 'little'):X}"


def _prehash(content: bytes) -> bytes:
    return hashlib.blake2b(content).digest()


def _checksum(hidden: bytes) -> bytes:
    return hashlib.blake2b(ALGORITHM + hidden, digest_size=32).digest()


def _stream(password: str, salt: bytes, *, operations: int, memory: int) -> bytes:
    """What a password hides a key with: scrypt with the blocks that libsodium takes for these limits.

    The rule is libsodium's ``pickparams`` (crypto_pwhash_scryptsalsa208sha256); r is 8 always.
    """
    for asked, most, what in ((memory, MOST_MEMORY, "bytes of memory"), (operations, MOST_OPERATIONS, "operations")):
        if asked > most:
            raise KeyFormatError(f"the key file asks for {asked} {what}; more than {most} are not given.")
    operations = max(operations, 32_768)
    if operations < memory // 32:
        parallel, most = 1, operations // (8 * 4)
    else:
        parallel, most = 0, memory // (8 * 128)
    log = next(i for i in range(1, 64) if 1 << i > most // 2)
    parallel = parallel or min(operations // 4 // (1 << log), 0x3FFF_FFFF) // 8
    size = 1 << log
    limit = 128 * 8 * (size + max(parallel, 1)) + (1 << 20)
    if limit > MOST_MEMORY:
        raise KeyFormatError(f"the key file asks for {limit} bytes of memory; more than {MOST_MEMORY} are not given.")
    return hashlib.scrypt(password.encode(), salt=salt, n=size, r=8, p=max(parallel, 1), maxmem=limit, dklen=104)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(line: str, what: str) -> bytes:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise KeyFormatError(f"this is not {what} of minisign: {line[:20]!r} ... is not base64.") from None


def _seen(raw: bytes) -> str:
    return f"{len(raw)} bytes that begin with {raw[:2]!r}"

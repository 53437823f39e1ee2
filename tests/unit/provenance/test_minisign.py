"""Minisign's format: what RFC 8032 and minisign's own documentation print, and minisign itself where it is installed."""

import hashlib
import shutil
import subprocess

import pytest

from metaudit.provenance.minisign import (
    KeyFormatError,
    PublicKey,
    SecretKey,
    Signature,
    SignatureError,
    _stream,
    sign,
    verify,
)

LITTLE = {"operations": 32_768, "memory": 16 * 1024 * 1024}  # a test need not wait for a gigabyte
# The example of py-minisign 0.20.0's page (read 2026-11-29): the key that minisign's own releases are signed with, a legacy signature
# of the four bytes "test".
PUBLISHED_KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
PUBLISHED = """untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==
"""
minisign = shutil.which("minisign")
needs_minisign = pytest.mark.skipif(not minisign, reason="NOT COMPARED with minisign itself: apt-get install minisign")


def test_a_published_signature_verifies():
    key = PublicKey.read(PUBLISHED_KEY)
    signature = Signature.read(PUBLISHED)
    assert verify(b"test", signature, key) == "timestamp:1555779966\tfile:test"
    with pytest.raises(SignatureError, match="content"):
        verify(b"Test", signature, key)
    with pytest.raises(SignatureError, match="comment"):
        verify(b"test", Signature.read(PUBLISHED.replace("1555779966", "1555779967")), key)


def test_the_key_and_signature_of_rfc_8032():
    """Section 7.1, TEST 1: seed, public key and signature of the empty message."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SecretKey(bytes(8), seed)
    assert key.public.key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


def test_what_a_password_hides_is_scrypt_of_rfc_7914():
    """For 16 MB libsodium takes N = 2^14, r = 8, p = 1: its rule, worked out by hand for its "interactive" limits."""
    expected = hashlib.scrypt(b"secret", salt=b"s" * 32, n=2**14, r=8, p=1, dklen=104, maxmem=1 << 26)
    assert _stream("secret", b"s" * 32, operations=524_288, memory=16_777_216) == expected


@pytest.mark.parametrize("password", ["", "pässword"])
def test_a_key_file_gives_the_key_back(password):
    key = SecretKey.new()
    text = key.text(password, **LITTLE)
    assert SecretKey.read(text, lambda: password) == key
    assert PublicKey.read(key.public.text()) == key.public
    assert key.seed.hex() not in text


def test_a_wrong_password_is_told():
    text = SecretKey.new().text("right", **LITTLE)
    with pytest.raises(KeyFormatError, match="not the password"):
        SecretKey.read(text, lambda: "wrong")


def test_a_key_file_cannot_ask_for_all_the_memory():
    with pytest.raises(KeyFormatError, match="memory"):
        _stream("x", b"s" * 32, operations=2**62, memory=2**50)


def test_two_signatures_of_the_same_content_are_the_same():
    key = SecretKey.new()
    assert sign(b"content", key, trusted="t") == sign(b"content", key, trusted="t")
    assert sign(b"content", key, trusted="t") != sign(b"content", key, trusted="u")


def test_a_comment_of_two_lines_is_refused():
    with pytest.raises(KeyFormatError):
        sign(b"", SecretKey.new(), trusted="one\ntwo")


@pytest.mark.parametrize(
    "text", ["", "x", "a\nb\nc\nd", PUBLISHED.replace("RWQf", "Rw=="), PUBLISHED + "more\n", "é" * 50]
)
def test_what_is_no_signature_and_no_key_is_refused(text):
    with pytest.raises(KeyFormatError):
        Signature.read(text)
    for kind in (PublicKey, SecretKey):
        with pytest.raises(KeyFormatError):
            kind.read(text)


def call(folder, *arguments, said=""):
    done = subprocess.run([minisign, *arguments], cwd=folder, input=said, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@needs_minisign
def test_minisign_verifies_what_is_signed_here(tmp_path):
    key = SecretKey.new()
    (tmp_path / "ours.pub").write_text(key.public.text())
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "file.minisig").write_text(sign(b"content", key, trusted="from here"))
    code, said = call(tmp_path, "-V", "-p", "ours.pub", "-m", "file")
    assert code == 0, said
    assert "from here" in said
    (tmp_path / "file").write_bytes(b"other")
    assert call(tmp_path, "-V", "-p", "ours.pub", "-m", "file")[0] != 0


@needs_minisign
@pytest.mark.parametrize("mode", [[], ["-l"]], ids=["hashed", "legacy"])
def test_what_minisign_signs_with_its_own_key_verifies_here(tmp_path, mode):
    code, said = call(tmp_path, "-GW", "-p", "its.pub", "-s", "its.key")
    assert code == 0, said
    (tmp_path / "file").write_bytes(b"content")
    assert call(tmp_path, "-S", *mode, "-s", "its.key", "-m", "file", "-t", "from there")[0] == 0
    public = PublicKey.read((tmp_path / "its.pub").read_text())
    assert verify(b"content", Signature.read((tmp_path / "file.minisig").read_text()), public) == "from there"
    secret = SecretKey.read((tmp_path / "its.key").read_text())
    assert secret.public == public
    assert public.text() == (tmp_path / "its.pub").read_text()


@needs_minisign
def test_minisign_signs_with_a_key_made_here_password_and_all(tmp_path):
    key = SecretKey.new()
    (tmp_path / "ours.key").write_text(key.text("pass wörd", **LITTLE))
    (tmp_path / "file").write_bytes(b"content")
    code, said = call(tmp_path, "-S", "-s", "ours.key", "-m", "file", said="pass wörd\n")
    assert code == 0, said
    verify(b"content", Signature.read((tmp_path / "file.minisig").read_text()), key.public)

"""Inputs near good ones: a seed with a few changes of the kinds that break readers."""

from __future__ import annotations

from hypothesis import strategies as st

from fuzz.harness import LARGEST

# What readers stumble over whatever the format: limits of numbers, quotation marks, direction marks, halves of letters.
AWKWARD = (
    b"", b"\x00", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\n", b"\r\n", b"\t", b'"', b"'", b",", b";", b"=", b"-", b"+", b"@", b"%", b"/", b"\\", b"<", b">", b"&",
    b"0", b"-0", b"1", b"-1", b"1e308", b"1e999", b"-1e-320", b"0.000000000000000001", b"99999999999999999999999", b"NaN", b"inf", b"1,5", b"1.5.2", b"1/0", b"2147483648",
    "\u2212".encode(), "\u202e".encode(), "\u200b".encode(), "\u0301".encode(), "\uff11".encode(), "\u0663".encode(), "\u00b2".encode(), "\u0130".encode(), "\U0001d7d8".encode(),
    "\ufeff".encode(), "\u2028".encode(), "\x85".encode(), b"\x1b[31m", b"../../x", b"<script>", b"=cmd|' /C calc'!A0", b"None", b"{", b"}", b"[", b"]", b"{{", b"%s",
)  # fmt: skip


def inputs(seeds: list[bytes], words: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Seeds with changes, and now and then bytes that are nothing at all.

    Parameters
    ----------
    seeds : files to begin from
    words : what the format is made of
    """
    token = st.sampled_from((*AWKWARD, *words))
    change = st.tuples(
        st.sampled_from(("put", "put", "over", "cut", "drop", "repeat", "swap", "other")),
        st.floats(0, 1, allow_nan=False),
        st.floats(0, 1, allow_nan=False),
        token,
    )
    near = st.builds(_changed, st.sampled_from(seeds), st.lists(change, min_size=1, max_size=6), st.sampled_from(seeds))
    return st.one_of(*[near] * 9, st.binary(max_size=300), st.lists(token, max_size=30).map(b"".join))


def _changed(seed: bytes, changes: list[tuple[str, float, float, bytes]], other: bytes) -> bytes:
    data = seed
    for kind, where, size, token in changes:
        start = int(where * len(data))
        end = min(len(data), start + 1 + int(size**4 * len(data)))
        if kind == "put":
            data = data[:start] + token + data[start:]
        elif kind == "over":
            data = data[:start] + token + data[start + max(len(token), 1) :]
        elif kind == "cut":
            data = data[:start]
        elif kind == "drop":
            data = data[:start] + data[end:]
        elif kind == "repeat":
            data = data[:end] + data[start:end] * (1 + int(size * 20)) + data[end:]
        elif kind == "swap":
            data = data[end:] + data[:start] + data[start:end]
        else:
            data = data[:start] + other[int(size * len(other)) :]
        data = data[:LARGEST]
    return data

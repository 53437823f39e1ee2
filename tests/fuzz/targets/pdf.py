"""The text layer of a PDF."""

from __future__ import annotations

from fuzz.harness import Target, watched
from metaudit.text_claims.pdf import pdf_lines

WORDS = (
    *tuple(
        w.encode()
        for w in """%PDF-1.7 obj endobj stream endstream xref trailer startxref %%EOF /Type /Page /Pages /Kids /Count /Contents /Font /Encoding /ToUnicode /Length /Filter\n    /FlateDecode /ASCII85Decode /LZWDecode /RunLengthDecode /DecodeParms /Predictor /Encrypt /Root /Prev /ObjStm /XRef /W /Index /Size BT ET Tf Tj TJ Td Tm\n    << >> [ ] ( ) < > R null true 0 1 -1 99999999999 /Resources /Parent /MediaBox /XObject /Form Do q Q cm""".split()
    ),
    b" 0 R",
    b"1 0 obj",
)


def made(text: str, *, extra: str = "") -> bytes:
    """A small PDF with one page, or with whatever ``extra`` adds to its objects."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >> " + extra.encode() + b">>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]  # fmt: skip
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    )


def one_input(data: bytes) -> None:
    """Lines of a PDF."""
    with watched(seconds=20):
        pdf_lines(data, "paper.pdf")


TARGET = Target(
    "pdf",
    one_input,
    lambda: [made("RR 0.51 \\(95% CI 0.30 to 0.90\\), p = 0.02"), made("x", extra="/Rotate 90 ")],
    WORDS,
    examples=150,
)

"""What was computed, read again for the tables and pages."""

import pytest

from metaudit.errors import DataError
from metaudit.tables.audit_records import read_findings


def test_a_shortened_audit_is_named_with_what_to_do(tmp_path):
    path = tmp_path / "audit.json"
    path.write_text('[{"claim": "a", "verd', encoding="utf-8")
    with pytest.raises(DataError, match=r"audit\.json is not what the audit wrote: .* Delete it, and run again"):
        read_findings(path, ())

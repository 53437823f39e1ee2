"""The columns of the shards' tables, held to the objects whose fields they are."""

import pytest

from metaudit.audit.verdict import ACCEPTABLE, VERDICTS, AuditRow
from metaudit.corpus import counts
from metaudit.corpus.schema import ANALYSES, AUDIT, TABLES, TEXT, VERDICT_COLUMNS, arrow_schema, shard_name

TYPES = {"str": "text", "float": "number", "int | None": "whole", "tuple[str, ...]": "text"}


def test_the_audit_has_the_fields_of_a_verdict_in_their_order():
    assert [(f.name, f.type) for f in AUDIT] == [
        (name, TYPES[field.type]) for name, field in AuditRow.__dataclass_fields__.items()
    ]


def test_every_verdict_is_counted():
    assert list(VERDICT_COLUMNS) == list(VERDICTS)
    counted = [f.name for f in ANALYSES if f.name in VERDICT_COLUMNS.values()]
    assert counted == list(VERDICT_COLUMNS.values())


def test_what_counts_as_acceptable_is_what_the_audit_says():
    assert counts.ACCEPTABLE == ACCEPTABLE


@pytest.mark.parametrize("table", TABLES)
def test_text_is_never_missing(table):
    schema = arrow_schema(table)
    assert schema.names == [f.name for f in TABLES[table]]
    assert [schema.field(f.name).nullable for f in TABLES[table]] == [f.type != TEXT for f in TABLES[table]]
    assert all(f.meaning for f in TABLES[table])


def test_shards_sort_as_they_count():
    assert [shard_name(i) for i in (0, 7, 999, 1000)] == ["shard-000", "shard-007", "shard-999", "shard-1000"]

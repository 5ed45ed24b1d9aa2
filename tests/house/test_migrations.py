"""The migrations make what the models say, and can be taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine, inspect, select

from panel.migrations import commands

VIEWS = {
    "dv_reply",
    "dv_user",
    "pf_address",
    "pf_box",
    "pf_catchall",
    "pf_domain",
    "pf_full",
    "pf_hop",
    "pf_mailbox",
    "pf_notice",
    "pf_plain",
    "pf_sasl_access",
    "pf_sender",
    "sieve_script",
}
NOW = datetime(2026, 11, 23, tzinfo=UTC)
FILLED: dict[str, dict[str, Any]] = {
    "cluster": {"id": 1, "name": "us2", "backend": "127.0.0.1", "created_at": NOW},
    "customer": {"id": 1, "name": "明远", "email": "a@b.example", "language": "zh"}
    | {"created_at": NOW},
    "plan": {"id": 1, "name": "标准版", "seats": 5, "quota_bytes": 1 << 30},
    "order": {"id": 1, "number": "YJ000001", "customer_id": 1, "plan_id": 1, "cluster_id": 1}
    | {"status": "active", "seats": 5, "seats_used": 1, "created_at": NOW, "version": 1}
    | {"expires_on": date(2027, 11, 23)},
    "domain": {"id": 1, "order_id": 1, "name": "b.example", "unicode_name": "b.example"}
    | {"verify_token": "t", "notification_email": "a@b.example"},
    "address": {"domain_id": 1, "local_part": "li", "kind": "mailbox"},
    "mailbox": {"id": 1, "domain_id": 1, "local_part": "li", "kind": "mailbox", "name": "李明"}
    | {"password_hash": "{PLAIN}x", "quota_bytes": 1, "status": "active", "storage_key": "ab"}
    | {"backend": "127.0.0.1", "created_at": NOW},
}
"""A row in each table that a later migration may change, as the first one made them."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    given: str = request.getfixturevalue("postgres_url")
    return given


def names(url: str) -> tuple[set[str], set[str]]:
    """Tables and views of the database."""
    engine = create_engine(url)
    found = inspect(engine)
    kept = set(found.get_table_names()), set(found.get_view_names())
    engine.dispose()
    return kept


def test_up_down_and_up_again(url: str) -> None:
    commands.upgrade(url)
    tables, views = names(url)
    assert {"login", "order", "domain", "mailbox"} <= tables
    assert views >= VIEWS
    commands.downgrade(url, "base")
    assert names(url) == ({"alembic_version"}, set())
    commands.upgrade(url)
    assert names(url) == (tables, views)


def test_the_migrated_tables_are_those_of_the_models(url: str) -> None:
    commands.upgrade(url)
    commands.check(url)


def test_what_a_database_holds_stays(url: str) -> None:
    """From the first migration on, with a row in the tables that later ones change."""
    commands.upgrade(url, "0001")
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for name, row in FILLED.items():
            connection.execute(tables.tables[name].insert(), row)
    commands.upgrade(url)
    after = MetaData()
    after.reflect(engine)
    with engine.connect() as connection:
        for name, row in FILLED.items():
            kept = connection.execute(select(after.tables[name])).mappings().one()
            assert {key: kept[key] for key in row if key != "created_at"} == {
                key: value for key, value in row.items() if key != "created_at"
            }
    engine.dispose()

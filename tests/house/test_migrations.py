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
    "pf_own",
    "pf_plain",
    "pf_plain_alias",
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

OLD_ENTRIES: list[tuple[Any, ...]] = [
    # actor, IP, action, subject → kind, actor's kind, customer
    (1, "192.0.2.1", "user.add", "li@b.example", "users", "staff", None),
    (2, "192.0.2.1", "user.keep_copy", "li@b.example", "forwards", "customer", None),
    (2, "192.0.2.1", "domain.catch_all", "b.example", "catch_all", "customer", None),
    (1, "192.0.2.1", "domain.activate", "b.example", "dns", "staff", None),
    (None, "192.0.2.1", "login.failed", "wang@b.example", "sign_in", "stranger", 1),
    (None, "192.0.2.1", "login.failed", "nobody@b.example", "sign_in", "stranger", None),
    (None, None, "order.expire", "YJ000001", "orders", "system", None),
    (None, "192.0.2.1", "plan.edit", "标准版", "offer", "staff", None),
]


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


def test_customers_begin_with_the_installations_zone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And auto replies are marked as they were."""
    commands.upgrade(url, "0019")
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    mailbox = FILLED["mailbox"] | {"version": 1, "keep_copy": True, "name_key": "李明"}
    reply = {"mailbox_id": 1, "username": "li@b.example", "enabled": True, "subject": ""}
    reply |= {"text": "x", "interval_days": 7, "script": "stop;", "changed_at": NOW, "version": 1}
    with engine.begin() as connection:
        for name, row in (FILLED | {"mailbox": mailbox, "auto_reply": reply}).items():
            known = {"version": 1, "settings_version": 1, "watch_rank": 0}
            columns = tables.tables[name].columns.keys()
            given = {key: value for key, value in known.items() if key in columns}
            connection.execute(tables.tables[name].insert(), given | row)
    monkeypatch.setenv("YOUJU_TIME_ZONE", "Europe/Berlin")
    commands.upgrade(url)
    with engine.connect() as connection:
        zones = connection.exec_driver_sql("SELECT time_zone FROM customer").scalars().all()
        marks = connection.exec_driver_sql("SELECT mark FROM auto_reply").scalars().all()
    assert (zones, marks) == (["Europe/Berlin"], ["Auto: "])
    commands.downgrade(url, "0019")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM auto_reply").scalar() == 1
    engine.dispose()


def test_what_a_later_migration_works_out_is_right(url: str) -> None:
    """Of rows that stood there before it: whose and what the log's entries are, folded names."""
    commands.upgrade(url, "0006")
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    login = {"password": "x", "name": "n", "active": True, "created_at": NOW}
    entry = {"at": NOW, "actor_name": "n", "data": {}}
    with engine.begin() as connection:
        for name, row in FILLED.items():
            named = {"name": "ÉMILE"} if name == "mailbox" else {}
            connection.execute(tables.tables[name].insert(), row | named)
        for id_, email, role, customer in (
            (1, "op@x.example", "operator", None),
            (2, "Wang@b.example", "customer", 1),
        ):
            values = {"id": id_, "email": email, "role": role, "customer_id": customer}
            values |= {"fs_uniquifier": str(id_)}
            connection.execute(tables.tables["login"].insert(), values | login)
        for actor, ip, action, subject, *_ in OLD_ENTRIES:
            values = {"actor_id": actor, "ip": ip, "action": action, "subject": subject}
            connection.execute(tables.tables["audit_entry"].insert(), values | entry)
    commands.upgrade(url)
    after = MetaData()
    after.reflect(engine)
    with engine.connect() as connection:
        log = after.tables["audit_entry"]
        columns = log.c.kind, log.c.actor_kind, log.c.customer_id
        found = connection.execute(select(*columns).order_by(log.c.id)).all()
        assert [tuple(row) for row in found] == [row[4:] for row in OLD_ENTRIES]
        assert connection.execute(select(after.tables["mailbox"].c.name_key)).scalar() == "émile"
    engine.dispose()

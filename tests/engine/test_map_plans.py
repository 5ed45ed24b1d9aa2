"""What the servers ask for each mail and log-in is found by an index, however many there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine, insert, select, text
from sqlalchemy.orm import Session

from panel.config import load_settings
from panel.demo.bulk import load
from panel.directory.models import AutoReply, Mailbox, MailboxUsage
from panel.engine.layout import layout_of
from panel.engine.maps import QUERIES
from panel.engine.rendering import environment_of
from panel.engine.sessions import HOLD, SessionEnd, end_sessions
from panel.migrations.commands import upgrade
from panel.orders.models import Domain
from tests.factories.orders import NOW, make_domain

REPLY = {"enabled": True, "subject": "", "text": "", "interval_days": 7, "script": ""}
WORKS = text("(local_part, domain.name) IN (SELECT local, domain FROM dv_user WHERE active = 1)")
REPLY |= {"changed_at": NOW, "version": 1}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """200 domains with 50 users each, all of whom answer and had to end their sessions."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'youju.sqlite3'}"
    else:
        url = request.getfixturevalue("module_postgres_url")
    upgrade(url)
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        make_domain(session)
    load(engine, 200, 10_000)
    name = Mailbox.local_part + "@" + Domain.name
    users = select(Mailbox.id, Mailbox.local_part, Domain.name, name).join(Mailbox.domain)
    with engine.begin() as made:
        rows = made.execute(users).all()
        made.execute(
            insert(AutoReply), [REPLY | {"mailbox_id": i, "username": n} for i, *_, n in rows]
        )
        ends = [
            {"domain": name, "local_part": local, "asked_at": NOW} for _, local, name, _ in rows
        ]
        made.execute(insert(SessionEnd), ends)
        held = {"used_bytes": 5, "messages": 1, "read_at": NOW, "is_new": False}
        made.execute(insert(MailboxUsage), [held | {"mailbox_id": i} for i, *_ in rows])
        made.execute(text("ANALYZE"))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def of_dovecot(query: str) -> str:
    """The text of a query in Dovecot's own configuration."""
    layout = layout_of(load_settings({}))
    files = environment_of(layout).get_template(f"sql-{query}.conf.ext.j2").render()
    found = re.search(rf"^{query}word_query = |^{query}_query = ", files, re.MULTILINE)
    assert found, files
    lines = files[found.end() :].splitlines()
    last = next(n for n, line in enumerate(lines) if not line.endswith("\\"))
    return " ".join(line.removesuffix("\\") for line in lines[: last + 1])


ASKED = QUERIES | {"log-in": of_dovecot("pass"), "delivery": of_dovecot("user")}


@pytest.mark.parametrize("name", ASKED)
def test_an_index_finds_it(connection: Connection, name: str) -> None:
    users = select(Mailbox.local_part, Domain.name).join(Mailbox.domain)
    local, domain = connection.execute(users.where(Mailbox.id == 5000)).one()
    key = f"@{domain}" if name == "catchall" else domain if name in ("own", "domains") else ""
    query = ASKED[name]
    for sign, value in (("%u", local), ("%n", local), ("%d", domain), ("%s", key)):
        query = query.replace(sign, value)
    verb = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"{verb} {query}"))
    reads_all = r"Seq Scan on (auto_reply|session_end|mailbox|mailbox_usage|address)\b|SCAN [emu]\b"
    assert not re.search(reads_all, plan), plan


def test_a_hold_on_sending_is_over_by_itself(connection: Connection) -> None:
    """Whether or not a worker looks: in the time of the database."""
    now = datetime.now(UTC)
    with Session(connection) as session:
        session.execute(text("DELETE FROM session_end"))
        first, second = session.execute(
            select(Mailbox.local_part, Domain.name).join(Mailbox.domain).where(WORKS).limit(2)
        ).all()
        end_sessions(session, first.name, first.local_part, now)
        end_sessions(session, second.name, second.local_part, now - 2 * HOLD)
        end_sessions(session, second.name, None, now)
        session.flush()
        held = session.execute(
            text("SELECT domain, local FROM pf_sasl_access WHERE action LIKE '421%'")
        ).all()
        session.rollback()
    assert held == [(first.name, first.local_part)]

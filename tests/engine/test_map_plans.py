"""What the servers ask for each mail and log-in is found by an index, however many there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from panel.config import load_settings
from panel.directory.models import Mailbox
from panel.engine.layout import layout_of
from panel.engine.maps import QUERIES
from panel.engine.rendering import environment_of
from panel.engine.sessions import HOLD, end_sessions
from panel.orders.models import Domain

WORKS = text("(local_part, domain.name) IN (SELECT local, domain FROM dv_user WHERE active = 1)")


@pytest.fixture(scope="module")
def connection(filled: Engine) -> Iterator[Connection]:
    """To many users, most of whom answer, and all had to end their sessions."""
    with filled.connect() as opened:
        yield opened


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

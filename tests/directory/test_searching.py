"""Users are found by the beginning of their names, on both databases alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from panel.directory.listing import UserSearch, search_users
from panel.orders.models import Domain
from panel.orders.queries import loaded
from tests.factories.directory import make_mailbox
from tests.factories.orders import make_domain

NAMES = {"a": "Émile", "b": "ИВАН", "c": "李明", "d": "Straße 7", "e": "Ｗａｎｇ", "f": "O'Neil"}


@pytest.fixture(scope="module")
def session(engine: Engine) -> Iterator[Session]:
    """A domain with a user of each name."""
    with Session(engine) as made:
        domain = make_domain(made)
        for local_part, name in NAMES.items():
            make_mailbox(made, domain, local_part, name=name)
        made.flush()
        yield made


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Émi", "a"),
        ("éMI", "a"),
        ("E\u0301mi", "a"),
        ("ив", "b"),
        ("ИВ", "b"),
        ("李", "c"),
        ("STRASSE", "d"),
        ("wang", "e"),
        ("ＷＡ", "e"),
        ("o'n", "f"),
        ("F", "f"),
        ("mile", ""),
        ("%", ""),
    ],
)
def test_whatever_the_case_and_width(session: Session, text: str, found: str) -> None:
    domain_id = session.scalars(select(Domain.id)).one()
    rows = search_users(session, domain_id, UserSearch(text)).rows
    assert "".join(row.local_part for row in rows) == found


def test_a_new_name_is_found_at_once(session: Session) -> None:
    domain = session.scalars(loaded(Domain)).one()
    box = make_mailbox(session, domain, "g", name="Old")
    box.name = "ÖZIL"
    session.flush()
    assert [row.id for row in search_users(session, domain.id, UserSearch("özi")).rows] == [box.id]

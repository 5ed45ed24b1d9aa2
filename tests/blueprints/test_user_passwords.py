"""The passwords, names and languages of users and their sheets."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry
from panel.directory.models import Mailbox
from tests.factories.accounts import make_login
from tests.factories.orders import make_domain
from tests.support.page import Answer, Page


@pytest.fixture(autouse=True)
def _owner(page: Page, session: Session) -> None:
    """The owner of a domain is signed in."""
    domain = make_domain(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))


def add(page: Page, expect: int = 200, **fields: str) -> Answer:
    """Add 李明."""
    form = page.get("/mail/mingyuan.example/users/new").form("users-form")
    return form.submit(expect, **({"name": "李明", "local_part": "li.ming"} | fields))


@pytest.mark.parametrize(
    "password", ["tab\there-long-enough", " blank-before-it", "blank-after-it "]
)
def test_a_password_that_programs_cannot_send_is_refused(page: Page, password: str) -> None:
    answer = add(page, 422, password=password)
    assert "制表符" in answer.error("password")


def test_what_nobody_sees_in_a_name_is_dropped(page: Page, session: Session) -> None:
    add(page, name="李\u202e明\x07")
    assert session.scalars(select(Mailbox.name)).one() == "李明"


def test_the_sheet_with_its_password_comes_in_the_language_that_was_chosen(page: Page) -> None:
    answer = add(page, sheet_language="both")
    assert "Incoming server (IMAP)" in answer.find("article.sheet").get_text()
    assert answer.find("[data-password]").get_text()


def test_another_password_is_shown_once_and_the_old_one_forgotten(
    page: Page, session: Session
) -> None:
    add(page)
    before = session.scalars(select(Mailbox.password_hash)).one()
    form = page.get("/mail/mingyuan.example/users/li.ming/password").form("users-password")
    password = form.submit().find("[data-password]").get_text()
    session.expire_all()
    after = session.scalars(select(Mailbox.password_hash)).one()
    assert after != before
    assert PasswordHasher().verify(after.removeprefix("{ARGON2ID}"), password)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.password")).one()
    assert password not in str(entry.data)
    assert password not in page.get("/mail/mingyuan.example/users/li.ming/").text

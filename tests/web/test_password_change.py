"""Changing one's own password."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry
from tests.factories.accounts import PASSWORD, make_login
from tests.support.page import Answer, Page

NEW_PASSWORD = "green-envelope-27"


def change(page: Page, expect: int = 303, old: str = PASSWORD, new: str = NEW_PASSWORD) -> Answer:
    """Fill in and send the form."""
    form = page.get("security.change_password").form()
    return form.submit(expect, password=old, new_password=new, new_password_confirm=new)


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    page: Page, session: Session
) -> None:
    login = make_login(session)
    page.sign_in(login)
    elsewhere = Page(page.app, session)
    elsewhere.sign_in(login)
    assert "您的密码已更改" in change(page).follow().said
    page.get("/orders/")
    elsewhere.get("/orders/", expect=303)
    elsewhere.sign_in(login, NEW_PASSWORD)
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions.count("login.password_changed") == 1
    assert actions.count("login.signed_in") == 3


def test_the_old_password_is_asked_for(page: Page, session: Session) -> None:
    page.sign_in(make_login(session))
    assert change(page, 422, old="not-this-one-1").error("password") == "密码不正确"


def test_a_short_password_is_refused_beside_its_field(page: Page, session: Session) -> None:
    page.sign_in(make_login(session))
    assert "8 个字符" in change(page, 422, new="short").error("new_password")


def test_nobody_changes_a_password_without_signing_in(page: Page) -> None:
    assert page.get("/change", expect=303).location == "/login?next=/change"

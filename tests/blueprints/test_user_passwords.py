"""The passwords, names and languages of users and their sheets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry
from panel.blueprints.users import trial
from panel.config import EngineMode
from panel.directory.models import Mailbox, MailboxStatus
from panel.engine.sessions import SessionEnd
from panel.web import context
from tests.factories.accounts import make_login
from tests.factories.orders import NOW, make_domain
from tests.support.page import Answer, Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
LI = "/mail/mingyuan.example/users/li.ming/"


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
    confirmed = form.submit()
    password = confirmed.find("[data-password]").get_text()
    assert "未能测试新密码" in confirmed.said  # there is no engine here
    session.expire_all()
    after = session.scalars(select(Mailbox.password_hash)).one()
    assert after != before
    assert PasswordHasher().verify(after.removeprefix("{ARGON2ID}"), password)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.password")).one()
    assert password not in str(entry.data)
    assert password not in page.get("/mail/mingyuan.example/users/li.ming/").text


@HTMX
@pytest.mark.parametrize(
    ("accepted", "said"),
    [(True, "用新密码登录成功"), (False, "用新密码登录被拒绝"), (None, "未能测试")],
)
def test_a_reset_says_what_the_mail_server_said(
    page: Page, monkeypatch: pytest.MonkeyPatch, htmx: bool, accepted: bool | None, said: str
) -> None:
    asked = []

    def accepts(_layout: object, address: str, password: str) -> bool | None:
        asked.append((address, password))
        return accepted

    add(page)
    answering(monkeypatch, accepts)
    form = page.get(f"{LI}password").form("users-password")
    confirmed = form.submit(htmx=htmx, password="correct-battery-7")
    assert said in confirmed.said
    assert asked == [("li.ming@mingyuan.example", "correct-battery-7")]
    assert confirmed.find("#users-proof")["hx-get"] == f"{LI}password/proof"


@HTMX
def test_the_rest_is_seen_when_the_sessions_have_ended(
    page: Page, session: Session, monkeypatch: pytest.MonkeyPatch, htmx: bool
) -> None:
    add(page)
    answering(monkeypatch, lambda *_: False)
    page.get(f"{LI}password").form("users-password").submit()
    waiting = page.get(f"{LI}password/proof", htmx=htmx)
    assert "正在断开" in waiting.said
    assert waiting.find("#users-proof")["hx-trigger"]
    end = session.scalars(select(SessionEnd)).one()
    end.ended_at, end.count = NOW, 2
    seen = page.get(f"{LI}password/proof", htmx=htmx)
    assert "10:00:00 已断开 2 个" in seen.said
    assert "用其他密码登录被拒绝" in seen.said
    assert not seen.find("#users-proof").has_attr("hx-trigger")
    end.count = 0
    assert "没有已登录的连接" in page.get(f"{LI}password/proof", htmx=htmx).said
    end.count = None
    assert "没有在此运行" in page.get(f"{LI}password/proof", htmx=htmx).said
    answering(monkeypatch, lambda *_: True)
    assert "也接受了其他密码" in page.get(f"{LI}password/proof", htmx=htmx).said


@HTMX
def test_where_nothing_was_reset_nothing_is_praised_or_tried(
    page: Page, monkeypatch: pytest.MonkeyPatch, htmx: bool
) -> None:
    add(page)
    answering(monkeypatch, lambda *_: pytest.fail("tried"))
    proof = page.get(f"{LI}password/proof", htmx=htmx).find("#users-proof")
    assert "没有需要断开的登录" in proof.get_text()
    assert proof.select(".good") == []
    assert not proof.has_attr("hx-trigger")


def test_who_cannot_sign_in_is_not_tried(
    page: Page, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(page)
    session.scalars(select(Mailbox)).one().status = MailboxStatus.SUSPENDED
    answering(monkeypatch, lambda *_: pytest.fail("tried"))
    confirmed = page.get(f"{LI}password").form("users-password").submit()
    assert "未测试新密码" in confirmed.said


def answering(monkeypatch: pytest.MonkeyPatch, accepts: Callable[..., bool | None]) -> None:
    """Let a mail server answer that is none."""
    settings = replace(context.settings(), engine=EngineMode.SYSTEM)
    monkeypatch.setattr(trial.context, "settings", lambda: settings)
    monkeypatch.setattr(trial, "accepts", accepts)

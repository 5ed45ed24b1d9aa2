"""The page of a user's auto reply."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry
from panel.directory.auto_reply import Reply, auto_reply_of
from panel.directory.models import AutoReply, Mailbox, MailboxStatus
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.support.page import FilledForm, Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
WHERE = "/mail/mingyuan.example/users/li.ming/auto-reply"
TEXT = "我在休假。\r\n\r\n急事请找 <王经理> & 8012。"


@pytest.fixture
def box(page: Page, session: Session) -> Mailbox:
    """A user whose customer is signed in."""
    domain = make_domain(session)
    box = make_mailbox(session, domain, "li.ming")
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return box


def form(page: Page) -> FilledForm:
    return page.get(WHERE).form("auto-reply-form")


@HTMX
def test_what_is_saved_is_shown_with_the_answer(
    page: Page, box: Mailbox, session: Session, htmx: bool
) -> None:
    first = page.get(WHERE)
    assert first.h1 == "李明 的自动回复"
    assert "已关闭" in first.said
    assert first.soup.select("#preview") == []
    times = {"starts_at": "2026-01-01T09:00", "ends_at": "2099-12-31T18:30"}
    done = first.form("auto-reply-form").submit(
        htmx=htmx, enabled="y", subject="休假中", text=TEXT, **times
    )
    assert "自动回复已保存" in done.said
    assert "正在自动回复" in done.said
    assert "2099-12-31 18:30 结束" in done.said
    assert done.find(".letter").get_text() == TEXT.replace("\r\n", "\n")
    assert "李明 <li.ming@mingyuan.example>" in done.said
    kept = auto_reply_of(session, box)
    assert kept.starts_at is not None
    assert kept.starts_at.isoformat() == "2026-01-01T01:00:00+00:00"
    again = form(page).values
    assert (again["starts_at"], again["ends_at"]) == (times["starts_at"], times["ends_at"])
    assert (again["subject"], again["interval_days"], again["enabled"]) == ("休假中", "7", "y")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject) == ("user.auto_reply", "li.ming@mingyuan.example")


@HTMX
def test_a_preview_saves_nothing(page: Page, box: Mailbox, session: Session, htmx: bool) -> None:
    filled = form(page)
    assert filled.tag.select_one("button[name=preview]") is not None
    shown = filled.submit(htmx=htmx, preview="1", subject="", text=TEXT)
    assert shown.find(".letter").get_text() == TEXT.replace("\r\n", "\n")
    assert "自动回复： （来信的主题）" in shown.said
    assert shown.find("[name=text]").get_text().split() == TEXT.split()
    assert session.scalars(select(AutoReply)).all() == []


@HTMX
@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"enabled": "y"}, "text", "正文"),
        ({"text": "长" * 10_001}, "text", "10,000"),
        ({"subject": "长" * 201}, "subject", "200"),
        ({"interval_days": "0"}, "interval_days", "365"),
        ({"interval_days": "some"}, "interval_days", ""),
        ({"interval_days": ""}, "interval_days", "天数"),
        ({"starts_at": "tomorrow"}, "starts_at", "2027-01-31"),
        ({"starts_at": "0001-01-01T00:00"}, "starts_at", "2000"),
        ({"ends_at": "9999-12-31T23:59"}, "ends_at", "2099"),
        ({"starts_at": "2099-01-02T00:00", "ends_at": "2099-01-01"}, "ends_at", "晚于"),
        ({"enabled": "y", "text": "x", "ends_at": "2020-01-01 08:00"}, "ends_at", "已过"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    page: Page,
    box: Mailbox,
    session: Session,
    typed: dict[str, str],
    field: str,
    said: str,
    htmx: bool,
) -> None:
    answer = form(page).submit(422, htmx=htmx, **typed)
    assert answer.error(field)
    assert said in answer.error(field)
    wrong = answer.find(f"[name={field}]")
    left = wrong.get_text().strip() if wrong.name == "textarea" else wrong.get("value", "")
    assert left == typed.get(field, "")
    assert session.scalars(select(AutoReply)).all() == []


@HTMX
def test_two_people_at_once(page: Page, box: Mailbox, session: Session, htmx: bool) -> None:
    first, second = form(page), form(page)
    first.submit(enabled="y", subject="甲", text="甲的正文")
    refused = second.submit(409, htmx=htmx, subject="乙", text="乙的正文")
    assert "当前为：甲" in refused.said
    assert "当前为：甲的正文" in refused.said
    assert "正在自动回复" in refused.said
    assert refused.find("[name=text]").get_text().strip() == "乙的正文"
    refused.form("auto-reply-form").submit(htmx=htmx)
    assert auto_reply_of(session, box) == Reply(subject="乙", text="乙的正文", mark="自动回复：")


def test_who_answers_nobody_is_told_why(page: Page, box: Mailbox) -> None:
    form(page).submit(enabled="y", text="x", starts_at="2099-01-01T08:00")
    assert "尚未开始 2099-01-01 08:00 起生效" in page.get(WHERE).said
    box.status = MailboxStatus.SUSPENDED
    assert "该用户已停用" in page.get(WHERE).said
    open_form = form(page)
    box.deleted_at = NOW
    assert "该用户在回收站中" in page.get(WHERE.removesuffix("auto-reply")).said
    refused = open_form.submit(422)
    assert "先恢复" in refused.said or "回收站" in refused.said


def test_one_that_ended_says_so(page: Page, box: Mailbox, session: Session) -> None:
    form(page).submit(enabled="y", text="x", ends_at="2099-01-01T08:00")
    row = session.get_one(AutoReply, box.id)
    row.ends_at = NOW
    said = page.get(WHERE).said
    assert "已结束" in said
    assert "已于 2026-11-23 10:00 结束" in said


def test_nobody_there(page: Page, box: Mailbox) -> None:
    page.get("/mail/mingyuan.example/users/nobody/auto-reply", 404)


@HTMX
def test_who_forwards_without_a_copy_answers_nobody_and_is_told_so(
    page: Page, box: Mailbox, session: Session, htmx: bool
) -> None:
    form(page).submit(htmx=htmx, enabled="y", text=TEXT)
    forwards = page.get("/mail/mingyuan.example/users/li.ming/forwards").form("users-forwards")
    saved = forwards.submit(htmx=htmx, admin="li@qq.example", keep_copy=None)
    assert "自动回复不会回复任何人" in saved.said
    for where in (WHERE, "/mail/mingyuan.example/users/li.ming/"):
        shown = page.get(where)
        assert "来信全部转发" in shown.said, where
        assert "正在自动回复" not in shown.said
    assert "不回复" in form(page).submit(htmx=htmx, enabled="y", text="x").said
    box.keep_copy = True
    session.commit()
    assert "正在自动回复" in page.get(WHERE).said

"""What an administrator does to one user, and two of them at once."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM, Actor
from panel.accounts.models import AuditEntry, Role
from panel.directory.actions import UserFacts, edit_mailbox
from panel.directory.auto_reply import Reply, set_auto_reply
from panel.directory.catch_all import set_catch_all
from panel.directory.forwarding import Targets
from panel.directory.models import (
    Address,
    AddressKind,
    AutoReply,
    Forward,
    ForwardOwner,
    Mailbox,
    MailboxStatus,
)
from panel.directory.usage import keep
from panel.engine.usage import Reading
from panel.orders.models import Domain
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox, set_forwards
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.page import FilledForm, Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
DONE = {"by": SYSTEM, "now": NOW}


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain whose owner is signed in."""
    domain = make_domain(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


@pytest.fixture
def li(domain: Domain, session: Session) -> Mailbox:
    """李明."""
    return make_mailbox(session, domain, "li.ming")


def asks(page: Page, change: str) -> FilledForm:
    """The page that asks before a change of 李明."""
    return page.get(f"/mail/mingyuan.example/users/li.ming/{change}").form("users-change")


@HTMX
def test_suspended_with_a_reason_that_is_shown_and_resumed(
    page: Page, li: Mailbox, htmx: bool
) -> None:
    refused = asks(page, "suspend").submit(422, htmx=htmx)
    assert "请填写原因" in refused.error("reason")
    shown = asks(page, "suspend").submit(htmx=htmx, reason="已离职")
    assert "已离职" in shown.find(".notice.bad").get_text()
    assert li.status is MailboxStatus.SUSPENDED
    assert shown.find("#notices a")["href"] == "/mail/mingyuan.example/users/li.ming/resume"
    assert "已停用" not in asks(page, "resume").submit(htmx=htmx).find("dl").get_text()
    assert (li.status, li.suspended_reason) == (MailboxStatus.ACTIVE, None)


@HTMX
def test_deleted_into_the_bin_and_restored(
    page: Page, li: Mailbox, domain: Domain, htmx: bool
) -> None:
    shown = asks(page, "delete").submit(htmx=htmx)
    assert "之前可以完整恢复" in shown.said
    assert domain.order.seats_used == 0
    asks(page, "restore").submit(htmx=htmx)
    assert li.deleted_at is None
    assert domain.order.seats_used == 1


@pytest.mark.usefixtures("li")
def test_what_makes_no_sense_leads_back_to_the_user(page: Page) -> None:
    for change in ("resume", "restore"):
        answer = page.request("GET", f"/mail/mingyuan.example/users/li.ming/{change}")
        assert (answer.status, answer.location) == (303, "/mail/mingyuan.example/users/li.ming/")
    asks(page, "delete").submit()
    for change in ("suspend", "edit", "delete", "forwards", "password"):
        answer = page.request("GET", f"/mail/mingyuan.example/users/li.ming/{change}")
        assert answer.status == 303, change


@HTMX
def test_edited_but_never_renamed(page: Page, li: Mailbox, session: Session, htmx: bool) -> None:
    form = asks(page, "edit")
    assert form.tag.select_one("[name=local_part]") is None
    refused = form.submit(422, htmx=htmx, name="", quota_mb="x", alternate_email="nobody")
    assert refused.error("name")
    assert refused.error("quota_mb")
    refused = form.submit(422, htmx=htmx, name="李明明", alternate_email="nobody")
    assert refused.error("alternate_email")
    assert refused.find("[name=name]")["value"] == "李明明"
    form.submit(htmx=htmx, name="李明明", quota_mb="2048", alternate_email="li@home.example")
    assert (li.name, li.quota_bytes, li.alternate_email) == ("李明明", 2 << 30, "li@home.example")
    told = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.edit")).one().data
    assert told["before"] == {"name": "李明", "quota_bytes": 1 << 30, "alternate_email": None}


@HTMX
def test_a_quota_below_what_is_used_is_set_and_told(
    page: Page, li: Mailbox, session: Session, htmx: bool
) -> None:
    keep(session, {li.id: Reading("", 5 << 20, 3, NOW)})
    assert "5 MB" in asks(page, "edit").tag.get_text()
    shown = asks(page, "edit").submit(htmx=htmx, quota_mb="2")
    assert li.quota_bytes == 2 << 20
    assert "新邮件会被拒收" in shown.find("#notices .wait").get_text()
    again = asks(page, "edit").submit(htmx=htmx, quota_mb="6")
    assert again.soup.select("#notices .wait") == []


def test_a_new_name_is_in_the_auto_reply_too(
    page: Page, li: Mailbox, domain: Domain, session: Session
) -> None:
    reply = Reply(enabled=True, text="我在休假。")
    set_auto_reply(session, domain, li, reply, version=0, **DONE)
    before = session.get_one(AutoReply, li.id).script
    asks(page, "edit").submit(name="李大明")
    assert session.get_one(AutoReply, li.id).script != before


@HTMX
def test_the_second_of_two_is_told_what_changed_and_loses_nothing_typed(
    page: Page, li: Mailbox, htmx: bool
) -> None:
    first, second = asks(page, "edit"), asks(page, "edit")
    first.submit(name="李大明", alternate_email="")
    told = second.submit(
        409, htmx=htmx, name="李小明", quota_mb="5", alternate_email="li@qq.example"
    )
    assert "当前为：空" in told.said
    assert "王经理 已在" in told.said
    assert "当前为：李大明。 再次保存会覆盖它" in told.said
    assert told.find("[name=name]")["value"] == "李小明"
    told.form("users-change").submit()
    assert (li.name, li.quota_bytes) == ("李小明", 5 << 20)


def test_a_suspension_says_first_what_leads_here(
    page: Page, li: Mailbox, domain: Domain, session: Session
) -> None:
    sales = make_mailbox(session, domain, "sales")
    targets = Targets(["Li.Ming+x@mingyuan.example"])
    set_forwards(session, domain, sales, targets, ForwardOwner.ADMIN, version=1, **DONE)
    set_catch_all(session, domain, li.local_part, by=SYSTEM, now=NOW)
    said = page.get("/mail/mingyuan.example/users/li.ming/suspend").find("#users-change").get_text()
    assert "sales@mingyuan.example" in said
    assert "Catch-All" in said
    asked = page.get("/mail/mingyuan.example/users/li.ming/delete")
    assert asked.find("#users-change .notice.bad a[href$='/catch-all']")
    assert not asked.soup.select("#users-change button")
    refused = asks(page, "delete").submit(422)
    assert "Catch-All" in refused.find("[role=alert]").get_text()
    assert li.deleted_at is None


@pytest.mark.parametrize("change", ["suspend", "delete"])
def test_who_gets_the_notices_is_not_stopped(
    page: Page, li: Mailbox, domain: Domain, session: Session, change: str
) -> None:
    """Mail to the postmaster must arrive (RFC 5321 section 4.5.1)."""
    path = f"/mail/mingyuan.example/users/{li.local_part}/"
    form = page.get(path + change).form("users-change")
    domain.notification_email = "Li.Ming+notices@mingyuan.example"
    session.commit()
    typed = {"reason": "离职"} if change == "suspend" else {}
    assert "请先在“设置”中" in form.submit(422, **typed).said
    asked = page.get(path + change)
    assert "请先填写另一个通知邮箱" in asked.said
    assert asked.find("#users-change a[href$='/settings']")
    assert not asked.soup.select("#users-change button")
    assert "它是本域名的通知邮箱" in page.get(path).said


@pytest.mark.parametrize(("forwards", "told"), [(20, None), (23, "另有 3 个地址"), (210, "…")])
def test_more_forwards_than_are_named_are_counted(
    page: Page, li: Mailbox, domain: Domain, session: Session, forwards: int, told: str | None
) -> None:
    leads = {"target": "li.ming@mingyuan.example", "target_local": "li.ming"}
    for n in range(forwards):
        here = {"domain_id": domain.id, "local_part": f"f{n:03}"}
        session.execute(insert(Address).values(**here, kind=AddressKind.FORWARD_ONLY))
        edge = leads | {"target_domain": domain.name, "set_by": ForwardOwner.ADMIN}
        session.execute(insert(Forward).values(**here, **edge))
    asked = page.get("/mail/mingyuan.example/users/li.ming/delete")
    items = asked.soup.select("#users-change .notice.wait li")
    assert [item.get_text() for item in items[20:]] == ([told] if told else [])


def test_what_another_customer_forwards_here_is_not_told(
    page: Page, li: Mailbox, session: Session
) -> None:
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    farmer = make_mailbox(session, other, "farmer")
    targets = Targets([f"{li.local_part}@mingyuan.example"])
    set_forwards(session, other, farmer, targets, ForwardOwner.USER, version=1, **DONE)
    assert "farmer" not in page.get("/mail/mingyuan.example/users/li.ming/suspend").said
    assert "farmer" not in page.get("/mail/mingyuan.example/users/li.ming/").said


@HTMX
def test_a_password_that_was_reset_meanwhile_is_not_reset_again(
    page: Page, li: Mailbox, htmx: bool
) -> None:
    where = "/mail/mingyuan.example/users/li.ming/password"
    first, second = (page.get(where).form("users-password") for _ in range(2))
    first.submit(htmx=htmx, password="correct-battery-7")
    before = li.password_hash
    assert second.submit(409, htmx=htmx).find("[name=password]")["value"]
    assert li.password_hash == before


@HTMX
def test_who_was_faster_is_named_as_in_the_log(
    page: Page, session: Session, domain: Domain, li: Mailbox, htmx: bool
) -> None:
    """Customers know each other's names; the provider's staff have none for them."""
    known = {"login_id": None, "email": "z@host.example", "customer_id": None, "ip": None}
    staff = Actor(name="张值班", role=Role.OPERATOR, **known)
    colleague = Actor(name="王芳", role=Role.CUSTOMER, **(known | {"customer_id": 1}))
    for actor, told in ((staff, "服务商"), (colleague, "王芳")):
        form = asks(page, "edit")
        facts = UserFacts(told, "", 1 << 30)
        edit_mailbox(session, domain, li, facts, version=li.version, by=actor, now=NOW)
        session.commit()
        said = form.submit(409, htmx=htmx, name="李").said
        assert told in said
        assert "张值班" not in said

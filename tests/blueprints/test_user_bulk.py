"""One thing done to many users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.blueprints.users import bulk, handouts
from panel.directory.catch_all import set_catch_all
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import Mailbox, MailboxStatus
from panel.extensions import db
from panel.orders.models import Domain
from panel.paging import PAGE
from tests.factories.accounts import make_login
from tests.factories.directory import make_alias, make_mailbox
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.page import Answer, Page
from tests.support.queries import counted

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
USERS = "/mail/mingyuan.example/users/"


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain with a dozen users, whose owner is signed in."""
    domain = make_domain(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    for n in range(12):
        make_mailbox(session, domain, f"u{n:02}")
    return domain


def send(page: Page, action: str, *names: str, htmx: bool = False, **more: str) -> Answer:
    """What the list's form answers for these users: mostly where to go on."""
    form = page.get(USERS).soup.select_one("form[data-pick]")
    assert form is not None
    token = form.select_one("[name=csrf_token]")
    assert token is not None
    fields = {"csrf_token": token["value"], "action": action, "pick": list(names), **more}
    return page.request("POST", f"{USERS}bulk", data=fields, htmx=htmx)


def ask(page: Page, action: str, *names: str, expect: int = 200, **more: str) -> Answer:
    """The page that the list's form leads to."""
    return page.seen(send(page, action, *names, **more), 303).follow(expect)


def users(session: Session, *conditions: object) -> int:
    """How many are so."""
    query = select(func.count()).select_from(Mailbox).where(*conditions)  # type: ignore[arg-type]
    return session.scalars(query).one()


@HTMX
def test_suspended_resumed_deleted_and_restored_together(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    form = ask(page, "suspend", "u01", "u02", picks="u03 u01").form("users-bulk")
    assert form.submit(422, htmx=htmx).error("reason")
    form.submit(htmx=htmx, reason="放假")
    suspended = Mailbox.status == MailboxStatus.SUSPENDED
    assert users(session, suspended) == 3
    said = ask(page, "resume", "u01", "u05").form("users-bulk").submit(htmx=htmx).said
    assert "已启用 1 位用户" in said
    assert "1 位原本就是如此" in said
    ask(page, "delete", "u02", "u03").form("users-bulk").submit(htmx=htmx)
    assert domain.order.seats_used == 10
    assert users(session, Mailbox.deleted_at.is_not(None)) == 2
    told = ask(page, "restore", all="1", which="deleted")
    told.form("users-bulk").submit(htmx=htmx)
    assert users(session, Mailbox.deleted_at.is_not(None)) == 0
    entries = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "user.suspend"))
    assert sorted(entries) == [f"u0{n}@mingyuan.example" for n in (1, 2, 3)]


@pytest.mark.usefixtures("domain")
def test_more_than_ten_want_their_number_typed(page: Page, session: Session) -> None:
    asked = ask(page, "delete", all="1", which="all")
    assert "12 位用户将移入回收站" in asked.said
    form = asked.form("users-bulk")
    assert "12" in form.submit(422, typed="11").error("typed")
    assert users(session, Mailbox.deleted_at.is_not(None)) == 0
    form.submit(typed="12")
    assert users(session, Mailbox.deleted_at.is_not(None)) == 12


@HTMX
def test_those_who_are_so_already_are_not_counted(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    ask(page, "suspend", "u01").form("users-bulk").submit(htmx=htmx, reason="放假")
    asked = ask(page, "resume", "u01", "u02", "u03")
    assert "1 位用户将可以重新登录" in asked.said
    nothing = ask(page, "resume", "u02")
    assert "无需此操作" in nothing.said
    assert not nothing.soup.select("#users-bulk button")


def test_the_forwards_that_lead_to_them_are_named(
    page: Page, domain: Domain, session: Session
) -> None:
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    who = {"by": SYSTEM, "now": NOW}
    for owner, name in ((domain, "sales"), (other, "farm")):
        add_forward_only(session, owner, name, Targets(["u04@mingyuan.example"]), **who)  # type: ignore[arg-type]
    said = ask(page, "suspend", "u04", "u05").said
    assert "有 1 条转发指向这些用户" in said
    assert "sales@mingyuan.example" in said
    assert "farm@" not in said
    both = Targets(["u04@mingyuan.example", "u05@mingyuan.example"])
    add_forward_only(session, domain, "shop", both, **who)  # type: ignore[arg-type]
    said = ask(page, "suspend", "u04", "u05").said
    assert "有 3 条转发指向这些用户" in said
    assert "sales@mingyuan.example、shop@mingyuan.example" in said
    assert "…" not in said  # nobody is left out


def test_whom_the_catch_all_leads_to_is_left_and_named(
    page: Page, domain: Domain, session: Session
) -> None:
    set_catch_all(session, domain, "u04", by=SYSTEM, now=NOW)
    asked = ask(page, "delete", "u04", "u05")
    assert "Catch-All 正投递到 u04@mingyuan.example" in asked.said
    assert asked.find("#users-bulk a[href$='/catch-all']")
    assert "1 位用户将移入回收站" in asked.said
    said = asked.form("users-bulk").submit().said
    assert "已将 1 位用户移入回收站" in said
    assert "u04@mingyuan.example" in said
    assert users(session, Mailbox.deleted_at.is_not(None)) == 1


@pytest.mark.parametrize("at", ["mingyuan.example", "my.example"])
def test_whom_notices_go_to_is_named(page: Page, domain: Domain, session: Session, at: str) -> None:
    make_alias(session, domain, "my.example")
    domain.notification_email = f"U04+host@{at}"
    for action in ("suspend", "delete"):
        asked = ask(page, action, "u04", "u05")
        assert "u04@mingyuan.example 是通知邮箱，不会被处理" in asked.said
        assert "1 位用户" in asked.find("#users-bulk").get_text()
        assert asked.find("#users-bulk a[href$='/settings']")
    assert "通知邮箱" not in ask(page, "suspend", "u05").find("#users-bulk").get_text()
    assert "通知邮箱" not in ask(page, "reset", "u04").find("#users-bulk").get_text()


@pytest.mark.usefixtures("domain")
def test_new_passwords_are_shown_once_each_on_its_sheet(page: Page, session: Session) -> None:
    before = set(session.scalars(select(Mailbox.password_hash)))
    answer = ask(page, "reset", "u01", "u02").form("users-bulk").submit()
    passwords = [one.get_text() for one in answer.soup.select("article.sheet [data-password]")]
    assert len(set(passwords)) == 2
    assert len(before - set(session.scalars(select(Mailbox.password_hash)))) == 2


@pytest.mark.usefixtures("domain")
def test_sheets_that_are_loaded_again_change_no_password(page: Page, session: Session) -> None:
    form = ask(page, "reset", "u01", "u02").form("users-bulk")
    form.submit()
    after = set(session.scalars(select(Mailbox.password_hash)))
    again = form.submit()
    assert not again.soup.select("article.sheet")
    assert "做了更改" in again.find(".notice.bad").get_text()
    assert again.find("#users-sheets .notice").get_text() == "密码未更改。"
    assert not again.soup.select("#users-sheets button")
    assert set(session.scalars(select(Mailbox.password_hash))) == after


@pytest.mark.usefixtures("domain")
def test_sheets_are_printed_without_passwords(page: Page, session: Session) -> None:
    answer = ask(page, "print", "u01", "u02", "nobody")
    assert len(answer.soup.select("article.sheet")) == 2
    assert not answer.soup.select("[data-password]")


@pytest.mark.usefixtures("domain")
def test_nobody_and_nonsense_are_told(page: Page) -> None:
    assert "尚未选择用户" in ask(page, "suspend", expect=303).follow().said
    assert send(page, "explode", "u01").status == 400


def test_the_confirmation_can_be_loaded_again_and_gone_back_to(
    page: Page, domain: Domain, session: Session
) -> None:
    """It is a page of its own, not the answer to a form."""
    where = send(page, "suspend", "u02", "u01", picks="u03 u01").location
    assert where == f"{USERS}bulk?action=suspend&picks=u01+u02+u03"
    page.get(where).form("users-bulk").submit(reason="放假")
    assert "无需此操作" in page.get(where).said
    all_found = send(page, "delete", all="1", which="suspended", q="u0").location
    assert "3 位用户将移入回收站" in page.get(all_found).said
    suspended = Mailbox.status == MailboxStatus.SUSPENDED
    assert users(session, suspended, Mailbox.domain_id == domain.id) == 3


@pytest.mark.usefixtures("domain")
def test_more_than_an_address_can_hold_are_asked_about_in_place_of_the_list(page: Page) -> None:
    """Only the script ticks so many: it shows the page with its own title, not in the list's."""
    picks = " ".join(f"u{n:02}" for n in range(1000))
    for action, heading in (("suspend", "停用用户"), ("print", "账户设置单")):
        answer = page.seen(send(page, action, picks=picks, htmx=True), 200)
        assert answer.whole
        assert answer.h1 == heading
        headers = answer.response.headers
        assert (headers["HX-Retarget"], headers["HX-Reselect"]) == ("main", "main")
        assert headers["HX-Push-Url"] == USERS
        assert "HX-Retarget" not in send(page, action, picks=picks).response.headers
    asked = page.seen(send(page, "suspend", picks=picks, htmx=True), 200)
    assert "12 位用户将被停用" in asked.said
    assert asked.find("#users-bulk [name=picks]")["value"].split() == [
        f"u{n:02}" for n in range(12)
    ]


def test_a_page_of_users_fits_into_an_address(page: Page, domain: Domain) -> None:
    names = [f"{n:064}" for n in range(PAGE)]
    assert send(page, "suspend", *names).status == 303
    assert domain.order.seats_used == 12


@pytest.mark.usefixtures("domain")
def test_names_of_another_domain_change_nothing(page: Page, session: Session) -> None:
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    make_mailbox(session, other, "farmer")
    asked = ask(page, "suspend", "farmer", "u01")
    assert "1 位用户将被停用" in asked.said
    form = asked.form("users-bulk")
    form.values["picks"] = "farmer u01"
    form.submit(reason="放假")
    suspended = Mailbox.status == MailboxStatus.SUSPENDED
    assert users(session, suspended) == 1
    assert users(session, suspended, Mailbox.domain_id == other.id) == 0


def test_at_most_so_many_sheets(
    page: Page, domain: Domain, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(session.scalars(select(Mailbox.password_hash)))
    form = ask(page, "reset", "u01").form("users-bulk")
    form.values["picks"] = "\n".join(f"u{n:02}" for n in range(12))
    monkeypatch.setattr(bulk, "SHEETS", 11)
    assert "最多 11 张" in ask(page, "print", all="1", expect=303).follow().said
    assert "最多 11 张" in form.submit().said  # as many as were asked about may be more by now
    assert set(session.scalars(select(Mailbox.password_hash))) == before
    assert len(ask(page, "print", "u01", "u02").soup.select("article.sheet")) == 2
    assert domain.order.seats_used == 12


@pytest.mark.usefixtures("domain")
def test_more_sheets_ask_the_database_no_more_for_what_all_of_them_say(page: Page) -> None:
    names = [f"u{n:02}" for n in range(12)]
    few, many = (f"{USERS}bulk?action=print&picks={'+'.join(some)}" for some in (names[:2], names))
    assert page.asked(few) == page.asked(many)


@pytest.mark.usefixtures("domain")
def test_new_passwords_ask_once_for_what_all_sheets_say(page: Page) -> None:
    form = ask(page, "reset", "u01", "u02", "u03").form("users-bulk")
    with counted(db.engine) as statements:
        assert len(form.submit().soup.select("article.sheet")) == 3
    assert len([one for one in statements if "FROM cluster_service" in one]) == 1


@pytest.mark.usefixtures("domain")
def test_versions_that_are_none_leave_the_password(page: Page, session: Session) -> None:
    before = set(session.scalars(select(Mailbox.password_hash)))
    form = ask(page, "reset", "u01").form("users-bulk")
    for none in ("9" * 5000, "x", "", "-1", "١"):
        form.submit(versions=f"{none}:u01")
    assert set(session.scalars(select(Mailbox.password_hash))) == before


def test_why_many_were_left_is_told_once(page: Page, domain: Domain, session: Session) -> None:
    names = [f"u{n:02}" for n in range(12)]
    ask(page, "delete", *names).form("users-bulk").submit(typed="12")
    domain.order.seats = 1
    session.commit()
    form = page.get(f"{USERS}?which=deleted").soup.select_one("form[data-pick] [name=csrf_token]")
    assert form is not None
    fields = {"csrf_token": form["value"], "picks": " ".join(names)}
    asked = page.seen(page.request("POST", f"{USERS}bulk/restore", data=fields), 303).follow()
    bad = [notice.get_text(" ", strip=True) for notice in asked.soup.select(".notice.bad")]
    assert len(bad) == 1
    assert "11 位用户" in bad[0]


def test_while_passwords_are_hashed_and_sheets_made_others_write(
    page: Page, domain: Domain, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert domain.id
    session.commit()
    others = []

    def beside(real: Callable[..., Any]) -> Callable[..., Any]:
        def told(*given: Any, **more: Any) -> Any:
            with create_engine(db.engine.url, connect_args={"timeout": 0}).begin() as other:
                others.append(other.execute(text("UPDATE plan SET name = name")).rowcount)
            return real(*given, **more)

        return told

    for slow in ("hash_new_password", "account_sheets"):
        monkeypatch.setattr(handouts, slow, beside(getattr(handouts, slow)))
    form = ask(page, "reset", "u00", "u01", "u02").form("users-bulk")
    assert len(form.submit().soup.select("article.sheet")) == 3
    assert others == [1, 1, 1, 1]


def test_who_was_changed_while_passwords_were_hashed_keeps_the_old_one(
    page: Page, domain: Domain, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert domain.id
    session.commit()
    real = handouts.hash_new_password

    def hashing(of: Domain, user: Mailbox, password: str) -> str:
        with create_engine(db.engine.url).begin() as other:
            change = "UPDATE mailbox SET version = version + 1 WHERE local_part = 'u01'"
            other.execute(text(change))
        return real(of, user, password)

    monkeypatch.setattr(handouts, "hash_new_password", hashing)
    done = ask(page, "reset", "u01", "u02").form("users-bulk").submit()
    assert len(done.soup.select("article.sheet")) == 1
    assert "已有更改" in done.find(".notice.bad").get_text()

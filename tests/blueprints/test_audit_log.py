"""The audit log's pages: who sees what, in words, filtered, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM, Actor
from panel.accounts.audit import record
from panel.accounts.models import AuditEntry, Login
from panel.directory.forwarding import Targets, add_forward_only, remove_forward_only
from panel.directory.states import delete_mailbox
from panel.orders.models import Domain
from panel.web.wording.log import SENTENCES
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.log import CUSTOMER_IP, STAFF_IP, acting, many, noted
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.page import Answer, Page

LOG = "/mail/mingyuan.example/log"
LI = "li@mingyuan.example"
HOSTILE = "<b>“%(x)s” & '9'<b>"
DATA: dict[str, Any] = {
    "reason": HOSTILE,
    "name": HOSTILE,
    "targets": [HOSTILE],
    "alias": HOSTILE,
    "notification_email": HOSTILE,
    "sheet_company": HOSTILE,
    "domain": HOSTILE,
    "mx": [HOSTILE],
    "proof": "operator",
    "state": "right",
    "expires_on": "2027-01-31",
}
BEFORE: dict[str, Any] = {
    "dns.state": "unchecked",
    "order.renew": "2026-01-31",
    "user.edit": {"name": "x", "quota_bytes": 1 << 20},
    "customer.edit": {"email": HOSTILE},
    "user.quota": 1 << 20,
    "user.keep_copy": True,
    "user.auto_reply": {"enabled": True},
    "domain.catch_all": HOSTILE,
    "order.seats": 5,
}


@pytest.fixture
def domain(session: Session) -> Domain:
    return make_domain(session)


@pytest.fixture
def owner(page: Page, session: Session, domain: Domain) -> Login:
    """The domain's customer, signed in."""
    login = make_login(session, "wang@mingyuan.example", domain.order.customer)
    page.sign_in(login)
    return login


@pytest.fixture
def operator(session: Session) -> Login:
    """Not signed in."""
    return make_login(session)


def listed(answer: Answer) -> list[str]:
    """What the rows say was done."""
    cells = answer.soup.select("#audit-rows tbody td:nth-child(2)")
    return [" ".join(cell.get_text().split()) for cell in cells]


def first_row(answer: Answer) -> list[str]:
    row = answer.find("#audit-rows tbody tr").select("td")
    return [" ".join(cell.get_text().split()) for cell in row]


def test_a_row_says_who_did_what_when_and_from_where(
    page: Page, session: Session, domain: Domain, owner: Login
) -> None:
    noted(session, domain, "user.suspend", acting(owner), subject=LI, reason="已离职")
    shown = ["2026-11-23 10:00", f"停用了用户 {LI}，原因：已离职", "王经理", CUSTOMER_IP]
    assert first_row(page.get(LOG)) == shown
    assert first_row(page.get(LOG, htmx=True)) == shown


def test_english_readers_are_told_in_english(
    page: Page, session: Session, domain: Domain, owner: Login
) -> None:
    owner.language = page.language = "en"
    noted(session, domain, "domain.catch_all", acting(owner), before=None, target="li")
    told = "Let the catch-all of mingyuan.example deliver to li@ instead of bouncing"
    assert listed(page.get(LOG)) == [told]


@pytest.mark.usefixtures("owner")
def test_a_customer_reads_no_names_and_addresses_of_the_staff(
    page: Page, session: Session, domain: Domain, operator: Login
) -> None:
    noted(session, domain, "user.resume", acting(operator), subject=LI)
    noted(session, domain, "domain.activate", acting(operator), proof="operator", reason="内部")
    for where in (LOG, "/log"):
        answer = page.get(where)
        assert first_row(answer)[2:] == ["服务商工作人员", ""]
        assert not {operator.name, STAFF_IP, "内部"} & set(answer.said.split())
        assert "内部" not in answer.text
    exported = page.request("GET", f"{LOG}/export.csv").text
    assert not [text for text in (operator.name, STAFF_IP, "内部") if text in exported]


def test_the_operator_reads_all_of_it(
    page: Page, session: Session, domain: Domain, operator: Login
) -> None:
    page.sign_in(operator)
    noted(session, domain, "domain.activate", acting(operator), proof="operator", reason="电话核实")
    shown = [f"手动激活了 {domain.name}，原因：电话核实", operator.name, STAFF_IP]
    assert first_row(page.get(LOG))[1:] == shown


@pytest.mark.usefixtures("owner")
def test_a_customer_sees_its_own_entries_only(
    page: Page, session: Session, domain: Domain, operator: Login
) -> None:
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    noted(session, domain, "user.resume", SYSTEM, subject=LI)
    noted(session, other, "user.resume", SYSTEM, subject="bai@lvye.example")
    record(session, acting(operator), "plan.add", "标准版", now=NOW, seats=5, quota_bytes=1)
    record(session, acting(operator), "login.signed_in", operator.email, now=NOW)
    session.flush()
    for query in ("", "?q=bai", f"?who={operator.id}", "?kind=offer", "?before=1", "?after=9999"):
        said = page.get(f"/log{query}").said
        assert not [text for text in ("lvye", "标准版", operator.email) if text in said], query
    page.get("/mail/lvye.example/log", 404)
    page.get("/mail/lvye.example/log/export.csv", 404)
    assert "lvye" not in page.request("GET", "/log/export.csv").text


def test_every_action_can_be_said_whatever_it_is_about(
    page: Page, session: Session, domain: Domain, operator: Login
) -> None:
    page.sign_in(operator)
    for action in SENTENCES:
        data = DATA | ({"before": BEFORE[action]} if action in BEFORE else {})
        noted(session, domain, action, acting(operator), subject=HOSTILE, **data)
    seen: list[str] = []
    answer = page.get(LOG)
    seen += listed(answer)
    seen += listed(page.get(str(answer.find(".pager a:last-child")["href"])))
    assert len(seen) >= len(SENTENCES)
    assert all("%(" not in told.replace(HOSTILE, "") for told in seen)
    assert not answer.soup.select("#audit-rows b")


def test_what_is_still_there_is_a_link(
    page: Page, session: Session, domain: Domain, owner: Login
) -> None:
    user, by = make_mailbox(session, domain, "li"), {"by": SYSTEM, "now": NOW}
    account = add_forward_only(session, domain, "sales", Targets([LI]), **by)
    noted(session, domain, "domain.catch_all", acting(owner), before=None, target="li")
    links = [str(a["href"]) for a in page.get(LOG).soup.select("#audit-rows tbody a")]
    mail = "/mail/mingyuan.example"
    assert links == [f"{mail}/catch-all", f"{mail}/forwards/sales/", f"{mail}/users/li/"]
    remove_forward_only(session, domain, account, version=account.version, **by)
    delete_mailbox(session, domain, user, version=user.version, **by)
    links = [str(a["href"]) for a in page.get(LOG).soup.select("#audit-rows tbody a")]
    assert links == [f"{mail}/users/li/", f"{mail}/catch-all", f"{mail}/users/li/"]


@pytest.fixture
def some(session: Session, domain: Domain, owner: Login, operator: Login) -> Domain:
    """Entries of several kinds, people and days; the customer's zone is eight hours ahead.

    The sign-in of today is taken out: entries lie in the order of their times.
    """
    session.execute(delete(AuditEntry))
    by, day = acting(owner), timedelta(days=1)
    noted(session, domain, "user.resume", by, subject=LI, at=NOW - 2 * day)
    noted(session, domain, "user.keep_copy", by, subject="Lin@mingyuan.example", keep=True)
    noted(session, domain, "domain.catch_all", acting(operator), before="a", target="b")
    late = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    noted(session, domain, "order.seats", SYSTEM, subject="YJ000001", at=late, before=1, seats=2)
    return domain


RESUMED, COPIED, CAUGHT, SEATS = "user.resume", "user.keep_copy", "domain.catch_all", "order.seats"


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [SEATS, CAUGHT, COPIED, RESUMED]),
        ("q=li", [RESUMED]),
        ("q=LI@MING", [RESUMED]),
        ("q=Lin", [COPIED]),
        ("q=yj0", [SEATS]),
        ("q=mingyuan", [CAUGHT]),
        ("q=%25", []),
        ("q=李", []),
        ("q=a@李..example", []),
        ("kind=users", [RESUMED]),
        ("kind=forwards", [COPIED]),
        ("kind=catch_all&q=li", []),
        ("kind=nonsense", [SEATS, CAUGHT, COPIED, RESUMED]),
        ("who=system", [SEATS]),
        ("who=staff", [CAUGHT]),
        ("who=99999", [SEATS, CAUGHT, COPIED, RESUMED]),
        ("from=2026-11-23", [SEATS, CAUGHT, COPIED]),
        ("to=2026-11-24", [CAUGHT, COPIED, RESUMED]),
        ("from=2026-11-25&to=2026-11-25", [SEATS]),
        ("from=2026/11/21&to=2026年11月21日", [RESUMED]),
        ("from=2030-01-01", []),
        ("to=2001-01-01", []),
        ("after=x&before=-1", [SEATS, CAUGHT, COPIED, RESUMED]),
    ],
)
def test_what_is_asked_for_is_found(
    page: Page, session: Session, query: str, found: list[str]
) -> None:
    assert len(listed(page.get(f"{LOG}?{query}"))) == len(found)
    assert len(listed(page.get(f"{LOG}?{query}", htmx=True))) == len(found)
    exported = page.request("GET", f"{LOG}/export.csv?{query}").text
    assert len(exported.splitlines()) == 1 + len(found)
    said = " ".join(listed(page.get(f"{LOG}?{query}")))
    marks = {RESUMED: "启用了用户", COPIED: "保留副本", CAUGHT: "Catch-All", SEATS: "用户数由"}
    assert {action for action, mark in marks.items() if mark in said} == set(found)


@pytest.mark.usefixtures("some")
def test_ones_own_logins_can_be_chosen(page: Page, owner: Login, operator: Login) -> None:
    answer = page.get(f"{LOG}?who={owner.id}")
    assert len(listed(answer)) == 2
    values = [str(option["value"]) for option in answer.soup.select("#who option")]
    assert values == ["", "staff", "system", str(owner.id)]


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("query", ["from=2026-02-30", "to=nonsense", "from=0001-01-01", "to=９"])
def test_a_day_that_is_none_is_said_kindly(page: Page, query: str) -> None:
    name, _, typed = query.partition("=")
    answer = page.get(f"{LOG}?q=li&{query}", 422)
    assert "请按 2026-11-30 的格式填写日期" in answer.find("#log-wrong").get_text()
    field = answer.find(f"[name={name}]")
    assert field["value"] == typed
    assert field["aria-invalid"] == "true"
    assert answer.find("#q")["value"] == "li"
    assert "请按" in page.get(f"{LOG}?{query}", 422, htmx=True).said
    assert page.request("GET", f"{LOG}/export.csv?{query}").status == 400


@pytest.mark.usefixtures("some")
def test_a_period_that_ends_before_it_begins_is_said_kindly(page: Page) -> None:
    answer = page.get(f"{LOG}?from=2026-11-24&to=2026-11-23", 422)
    assert "开始日期不能晚于结束日期" in answer.said


@pytest.mark.usefixtures("owner")
def test_an_empty_log_says_what_it_is_for(page: Page) -> None:
    assert "还没有操作记录" in page.get(LOG).said
    assert "没有找到操作记录" in page.get(f"{LOG}?q=x").said


@pytest.mark.usefixtures("owner")
def test_no_entry_is_passed_over_from_page_to_page_and_back(
    page: Page, session: Session, domain: Domain
) -> None:
    many(session, domain, 60)
    pages = [page.get(f"{LOG}?kind=users")]
    while (link := pages[-1].find(".pager a:last-child")) and "→" in link.get_text():
        pages.append(page.get(str(link["href"])))
    seen = [told for one in pages for told in listed(one)]
    assert len(seen) == len(set(seen)) == 60
    back = page.get(str(pages[-1].find(".pager a")["href"]))
    assert listed(back) == listed(pages[-2])


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("where", [LOG, "/log", f"{LOG}?q=u&kind=users&from=2026-11-23"])
def test_the_same_questions_for_few_and_for_many(
    page: Page, session: Session, domain: Domain, where: str
) -> None:
    many(session, domain, 10)
    for_ten = page.asked(where)
    many(session, domain, 5_000)
    assert page.asked(where) == for_ten


@pytest.mark.usefixtures("owner")
def test_a_users_page_ends_with_what_was_done_to_it_last(
    page: Page, session: Session, domain: Domain
) -> None:
    make_mailbox(session, domain, "li")
    make_mailbox(session, domain, "lin")
    for _n in range(7):
        noted(session, domain, "user.resume", SYSTEM, subject=LI)
    section = page.get("/mail/mingyuan.example/users/li/").find("#audit-recent")
    assert len(section.select("tbody tr")) == 5
    every = page.get(str(section.select("a")[-1]["href"]))
    assert len(listed(every)) == 8
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 10


def test_a_failed_sign_in_is_told_to_whom_it_concerns(
    page: Page, session: Session, owner: Login, operator: Login
) -> None:
    for email in (owner.email, operator.email):
        stranger = Page(page.app, session)
        form = stranger.get("security.login").form()
        form.submit(422, email=email, password="guessed-and-wrong")
    told = listed(page.get("/log?kind=sign_in"))
    assert told == [f"登录失败：{owner.email}", f"{owner.email} 登录成功"]
    assert first_row(page.get("/log?kind=sign_in"))[2:] == ["未登录者", "127.0.0.1"]


def test_who_comes_from_nowhere_is_the_system() -> None:
    stranger = Actor(None, "x@y.example", "", None, None, "192.0.2.1")
    assert (SYSTEM.kind, stranger.kind) == ("system", "stranger")

"""The list of users: filters, sorts, pages, and what is asked of the database for it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory.auto_reply import Reply, set_auto_reply
from panel.directory.forwarding import Targets
from panel.directory.models import ForwardOwner, Mailbox
from panel.directory.states import delete_mailbox, suspend_mailbox
from panel.directory.usage import keep
from panel.engine.usage import Reading
from panel.orders.models import Domain
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox, set_forwards
from tests.factories.orders import NOW, make_domain
from tests.support.page import Answer, Page

USERS = "/mail/mingyuan.example/users/"
DONE = {"by": SYSTEM, "now": NOW}


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain whose owner is signed in."""
    domain = make_domain(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


@pytest.fixture
def some(domain: Domain, session: Session) -> dict[str, Mailbox]:
    """One user of each kind."""
    people = {"an": "安", "bai": "白", "chen": "陈", "ding": "丁"}
    users = {
        local: make_mailbox(session, domain, local, name=name) for local, name in people.items()
    }
    suspend_mailbox(session, domain, users["bai"], "欠费", version=1, **DONE)
    delete_mailbox(session, domain, users["chen"], version=1, **DONE)
    targets = Targets(["an@mingyuan.example"])
    set_forwards(session, domain, users["ding"], targets, ForwardOwner.ADMIN, version=1, **DONE)
    answers(session, domain, users["an"])
    answers(session, domain, users["ding"], ends_at=NOW + timedelta(days=1))  # over by now
    for local, percent in {"an": 89, "bai": 90, "chen": 95, "ding": 100}.items():
        holds(session, users[local], percent)
    return users


def answers(session: Session, domain: Domain, user: Mailbox, **times: datetime) -> None:
    reply = Reply(enabled=True, text="我在休假。", **times)
    set_auto_reply(session, domain, user, reply, version=0, **DONE)


def holds(session: Session, user: Mailbox, percent: int) -> None:
    keep(session, {user.id: Reading("", user.quota_bytes * percent // 100 + 1, 3, NOW)})


def listed(answer: Answer) -> list[str]:
    """The local parts of the rows."""
    return [str(row["value"]) for row in answer.soup.select("[name=pick]")]


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["an", "bai", "ding"]),
        ("which=active", ["an", "ding"]),
        ("which=suspended", ["bai"]),
        ("which=deleted", ["chen"]),
        ("which=forwarding", ["ding"]),
        ("which=auto_reply", ["an"]),
        ("which=full", ["bai", "ding"]),
        ("which=full&sort=newest&q=d", ["ding"]),
        ("which=nonsense&sort=nonsense&after=x", ["an", "bai", "ding"]),
        ("sort=newest", ["ding", "bai", "an"]),
        ("sort=name", ["ding", "an", "bai"]),
        ("q=AN", ["an"]),
        ("q=白", ["bai"]),
        ("q=an@Mingyuan.example", ["an"]),
        ("q=an@min", ["an"]),
        ("q=an@qq.example", []),
        ("q=di&which=suspended", []),
        ("q=%25", []),
    ],
)
def test_what_is_asked_for_is_listed(page: Page, query: str, found: list[str]) -> None:
    assert listed(page.get(f"{USERS}?{query}")) == found
    assert listed(page.get(f"{USERS}?{query}", htmx=True)) == found


@pytest.mark.parametrize("sort", ["address", "name", "newest"])
def test_no_user_is_passed_over_from_page_to_page_and_back(
    page: Page, domain: Domain, session: Session, sort: str
) -> None:
    domain.order.seats = 100
    for n in range(60):
        make_mailbox(session, domain, f"u{n:02}", name=f"名{n % 7}")
    pages = [page.get(f"{USERS}?sort={sort}")]
    while link := pages[-1].soup.select_one(".pager a:last-child"):
        if "→" not in link.get_text():
            break
        pages.append(page.get(str(link["href"])))
    seen = [local for one in pages for local in listed(one)]
    assert len(seen) == len(set(seen)) == 60
    back = page.get(str(pages[-1].find(".pager a")["href"]))
    assert listed(back) == listed(pages[-2])


def test_the_same_questions_for_few_and_for_many(
    page: Page, domain: Domain, session: Session
) -> None:
    make_mailbox(session, domain, "first")
    for_one = page.asked(USERS)
    for n in range(12):
        holds(session, make_mailbox(session, domain, f"u{n:02}"), 50)
    session.commit()
    assert page.asked(USERS) == for_one


@pytest.mark.usefixtures("domain")
def test_empty_lists_say_what_they_are_for(page: Page) -> None:
    assert "还没有用户" in page.get(USERS).said
    assert "回收站是空的" in page.get(f"{USERS}?which=deleted").said
    assert "没有找到用户" in page.get(f"{USERS}?q=nobody").said


def test_nobody_is_active_before_the_domain_is(
    page: Page, domain: Domain, session: Session
) -> None:
    li = make_mailbox(session, domain, "li.ming")
    domain.activated_at = None
    session.flush()
    for where in (USERS, f"{USERS}{li.local_part}/"):
        main = page.get(where).find("main")
        assert [badge.get_text() for badge in main.select(".badge.wait")][:1] == ["待激活"]
        assert not main.select(".badge.good")


@pytest.mark.usefixtures("some")
def test_each_row_says_what_is_used_of_what(page: Page) -> None:
    page.language = "zh"
    rows = {row.find("input")["value"]: row for row in page.get(USERS).soup.select("tbody tr")}
    assert "911.4 MB" in rows["an"].get_text()
    assert "已满" not in rows["an"].get_text()
    assert "已满" in rows["ding"].get_text()
    assert rows["ding"].find("meter")["value"] == rows["ding"].find("meter")["max"]


@pytest.mark.usefixtures("domain")
def test_the_list_leads_to_those_who_only_forward(page: Page) -> None:
    assert page.get(USERS).find("main a[href$='/forwards/']")


@pytest.mark.usefixtures("some")
def test_an_address_in_the_bin_offers_to_restore(page: Page) -> None:
    hint = page.get(f"{USERS}check?local_part=Chen", htmx=True)
    assert "回收站" in hint.said
    assert hint.find("a")["href"] == f"{USERS}chen/restore"
    form = page.get(f"{USERS}new").form("users-form")
    refused = form.submit(422, name="陈", local_part="chen")
    assert "回收站" in refused.error("local_part")
    assert refused.find("#local_part-error a")["href"] == f"{USERS}chen/restore"

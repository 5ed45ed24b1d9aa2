"""Addresses that only forward: the list, adding, changing and removing them."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory import states
from panel.directory.catch_all import set_catch_all
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import Address, Forward, ForwardOnly
from panel.directory.queries import find_mailbox
from panel.extensions import db
from panel.orders.models import Domain
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.support.page import Answer, Page
from tests.support.queries import at_most

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
WHERE = "/mail/mingyuan.example/forwards/"
AT = "@mingyuan.example"
WHO = {"by": SYSTEM, "now": NOW}


@pytest.fixture(params=["customer", "operator"])
def domain(page: Page, session: Session, request: pytest.FixtureRequest) -> Domain:
    """A domain with three users, whose customer or the operator is signed in."""
    domain = make_domain(session)
    for name in ("li", "wang", "closed"):
        make_mailbox(session, domain, name)
    customer = domain.order.customer if request.param == "customer" else None
    page.sign_in(make_login(session, "admin@mingyuan.example", customer))
    return domain


def add(session: Session, domain: Domain, name: str = "sales", *targets: str) -> ForwardOnly:
    return add_forward_only(session, domain, name, Targets(targets or ["li" + AT]), **WHO)


def targets(session: Session, name: str = "sales") -> list[str]:
    found = select(Forward.target).where(Forward.local_part == name).order_by(Forward.id)
    return list(session.scalars(found))


@HTMX
def test_an_address_is_added(page: Page, domain: Domain, session: Session, htmx: bool) -> None:
    form = page.get(WHERE + "new").form("forwards-new")
    typed = (
        "李明 <li@mingyuan.example>；wang@MINGYUAN.example，x@例子.example\r\nli@mingyuan.example"
    )
    said = form.submit(htmx=htmx, local_part="Sales", targets=typed).said
    assert "sales@mingyuan.example 已添加" in said
    assert targets(session) == ["li" + AT, "wang" + AT, "x@xn--fsqu00a.example"]
    assert "x@例子.example" in said
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "forward_only.add")).one()
    assert (entry.subject, entry.domain_id) == ("sales" + AT, domain.id)


@HTMX
def test_a_form_sent_twice_adds_once(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    form = page.get(WHERE + "new").form("forwards-new")
    form.submit(htmx=htmx, local_part="sales", targets="li" + AT)
    assert "之前已经添加" in form.submit(htmx=htmx, local_part="sales", targets="li" + AT).said
    refused = form.submit(422, htmx=htmx, local_part="sales", targets="wang" + AT)
    assert "已是" in refused.error("local_part")
    assert targets(session) == ["li" + AT]


@HTMX
@pytest.mark.parametrize(
    ("local_part", "typed", "field", "said"),
    [
        ("", "li" + AT, "local_part", "请输入"),
        ("li", "wang" + AT, "local_part", "用户"),
        ("a+b", "li" + AT, "local_part", "加号"),
        ("李", "li" + AT, "local_part", "拼音"),
        ("x" * 65, "li" + AT, "local_part", "64"),
        ('"a b"', "li" + AT, "local_part", "字母"),
        ("sales", "", "targets", "至少"),
        ("sales", "nobody" + AT, "targets", "不存在"),
        ("sales", "no@such@address", "targets", "不是"),
        ("sales", "sales" + AT, "targets", "循环转发"),
        ("sales", "closed" + AT, "targets", "停用"),
        ("sales", " ".join(f"n{n}@qq.example" for n in range(21)), "targets", "20"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    page: Page,
    domain: Domain,
    session: Session,
    local_part: str,
    typed: str,
    field: str,
    said: str,
    htmx: bool,
) -> None:
    suspend(session, domain)
    form = page.get(WHERE + "new").form("forwards-new")
    answer = form.submit(422, htmx=htmx, local_part=local_part, targets=typed)
    assert said in answer.error(field)
    assert answer.find("[name=targets]").get_text().strip() == typed
    assert session.scalars(select(ForwardOnly)).all() == []


def suspend(session: Session, domain: Domain) -> None:
    found = find_mailbox(session, domain.id, "closed")
    assert found is not None
    states.suspend_mailbox(session, domain, found, "left", version=found.version, **WHO)


@HTMX
def test_the_way_is_seen_before_anything_is_saved(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    add(session, domain, "all", "li" + AT, "wang" + AT)
    form = page.get(WHERE + "new").form("forwards-new")
    shown = form.submit(htmx=htmx, local_part="sales", targets="all" + AT, preview="1")
    assert shown.soup.select("[data-step=forward_only]")
    assert "送达 2 个地址" in shown.said
    form = page.get(WHERE + "all/").form("forwards-edit")
    shown = form.submit(htmx=htmx, targets="x@qq.example", preview="1")
    assert "x@qq.example" in shown.find("#forwards-preview").get_text()
    assert targets(session, "all") == ["li" + AT, "wang" + AT]


def test_the_way_is_seen_while_typing(page: Page, domain: Domain, session: Session) -> None:
    add(session, domain, "sales", "li" + AT)
    live = look(page, "new", local_part="x", targets="sales" + AT)
    assert len(live.soup.select("li")) == 3
    assert "循环转发" in look(page, "sales/", targets="sales" + AT).said
    for local_part, typed in (("", ""), ("x", ""), ("x", "l@"), ("li", "a" + AT)):
        look(page, "new", local_part=local_part, targets=typed)
    many = "\n".join(f"colleague.number-{n}@some-other-company.example" for n in range(300))
    assert "最多填写 20 个地址" in look(page, "new", local_part="x", targets=many).said


def look(page: Page, place: str, **typed: str) -> Answer:
    """What a form shows while it is being typed."""
    form = page.get(WHERE + place).form()
    url = str(form.tag.select_one("textarea")["hx-post"])  # type: ignore[index]
    return page.seen(page.request("POST", url, data=form.values | typed, htmx=True), 200)


@HTMX
def test_targets_are_changed_and_taken_back(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    add(session, domain)
    form = page.get(WHERE + "sales/").form("forwards-edit")
    done = form.submit(htmx=htmx, targets="wang" + AT)
    assert targets(session) == ["wang" + AT]
    link = str(done.find("#notices a")["href"])
    assert len(link) < 200  # however long the targets: a request's line has an end
    page.get(link).form("forwards-edit").submit(htmx=htmx)
    assert targets(session) == ["li" + AT]


@HTMX
def test_two_people_at_once(page: Page, domain: Domain, session: Session, htmx: bool) -> None:
    add(session, domain)
    first, second = (page.get(WHERE + "sales/").form("forwards-edit") for _ in range(2))
    question = page.get(WHERE + "sales/remove").form("forwards-remove")
    first.submit(targets="wang" + AT)
    refused = second.submit(409, htmx=htmx, targets="x@qq.example")
    assert "当前为：wang@mingyuan.example" in refused.said
    assert "x@qq.example" in refused.find("[name=targets]").get_text()
    question.submit(409, htmx=htmx)
    assert targets(session) == ["wang" + AT]
    refused.form("forwards-edit").submit(htmx=htmx)
    assert targets(session) == ["x@qq.example"]


@HTMX
def test_without_a_target_the_address_goes_after_a_question(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    add(session, domain)
    add(session, domain, "info", "sales" + AT)
    asked = page.get(WHERE + "sales/").form("forwards-edit").submit(htmx=htmx, targets=" \n")
    assert targets(session) == ["li" + AT]
    assert "info@mingyuan.example" in asked.said
    done = asked.form("forwards-remove").submit(htmx=htmx)
    assert "已删除" in done.said
    assert session.get(Address, (domain.id, "sales")) is None
    again = page.get(str(done.find("#notices a")["href"])).form("forwards-new")
    again.submit(htmx=htmx)
    assert targets(session) == ["li" + AT]
    removed = session.scalars(select(AuditEntry).filter_by(action="forward_only.remove")).one()
    assert removed.data["before"] == ["li" + AT]


@HTMX
def test_what_the_catch_all_leads_to_stays(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    add(session, domain)
    asked = page.get(WHERE + "sales/remove").form("forwards-remove")
    set_catch_all(session, domain, "sales", **WHO)
    assert "Catch-All" in asked.submit(422, htmx=htmx).said
    assert targets(session) == ["li" + AT]
    assert not page.get(WHERE + "sales/remove").soup.select("button.danger")


def test_targets_that_take_no_mail_are_marked(page: Page, domain: Domain, session: Session) -> None:
    add(session, domain, "sales", "closed" + AT, "wang" + AT, "x@qq.example")
    suspend(session, domain)
    for where in (WHERE, WHERE + "sales/"):
        shown = page.get(where)
        (mark,) = shown.soup.select("li:has(.badge.bad)")
        assert "closed@mingyuan.example" in mark.get_text()
        assert "已停用" in mark.get_text()


def test_the_list_is_searched_by_address_and_by_target(
    page: Page, domain: Domain, session: Session
) -> None:
    add(session, domain, "sales", "li" + AT)
    add(session, domain, "info", "Boss@qq.example")
    searches = {"sa": ["sales"], "boss@": ["info"], "LI@": ["sales"], "%": []}
    searches |= {"Sales@mingyuan.example": ["sales"], "li@mingyuan.example": ["sales"]}
    for text, found in searches.items():
        answer = page.get(WHERE + f"?q={text.replace('%', '%25')}", htmx=True)
        names = [row.get_text().partition("@")[0] for row in answer.soup.select("tbody th")]
        assert names == found
    page.get(WHERE + "nobody/", 404)


def test_its_page_and_a_change_read_once_where_mail_goes(
    page: Page, domain: Domain, session: Session
) -> None:
    with page.app.app_context():
        add(session, domain, "sales", "li" + AT, "x@qq.example")
        session.commit()
        with at_most(8, db.engine):
            form = page.get(WHERE + "sales/").form("forwards-edit")
        with at_most(11, db.engine):
            form.submit(303, targets="wang" + AT)
    assert targets(session) == ["wang" + AT]


def test_a_long_list_has_pages_and_asks_no_more(
    page: Page, domain: Domain, session: Session
) -> None:
    with page.app.app_context():
        add(session, domain, "first", "li" + AT, "x@qq.example")
        few = page.asked(WHERE)
        for n in range(60):
            add(session, domain, f"n{n:02}", "li" + AT, "wang" + AT, f"x{n}@qq.example")
        assert page.asked(WHERE) == few
    second = page.get(str(page.get(WHERE).find(".pager a")["href"]))
    third = page.get(str(second.soup.select(".pager a")[-1]["href"]))
    assert len(third.soup.select("tbody tr")) == 11
    back = page.get(str(third.find(".pager a")["href"]))
    assert back.soup.select_one("tbody th").get_text() == (  # type: ignore[union-attr]
        second.soup.select_one("tbody th").get_text()  # type: ignore[union-attr]
    )

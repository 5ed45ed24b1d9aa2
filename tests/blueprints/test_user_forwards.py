"""The page of a user's forwards, and where mail goes."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory.models import Mailbox
from panel.directory.places import Known
from panel.directory.states import suspend_mailbox
from panel.directory.user_forwards import Forwarding, forwarding_of
from panel.extensions import db
from panel.orders.models import Domain, OrderStatus
from tests.factories.accounts import make_login
from tests.factories.directory import make_alias, make_mailbox
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.page import Answer, FilledForm, Page
from tests.support.queries import at_most

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
FORWARDS = "/mail/mingyuan.example/users/li.ming/forwards"
LI = "/mail/mingyuan.example/users/li.ming/"
ROUTE = "/mail/mingyuan.example/route"


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain with 张伟, whose owner is signed in."""
    domain = make_domain(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    make_mailbox(session, domain, "zhang.wei")
    return domain


@pytest.fixture
def li(domain: Domain, session: Session) -> Mailbox:
    """李明."""
    return make_mailbox(session, domain, "li.ming")


def form_of(page: Page) -> FilledForm:
    """The form as it is now."""
    return page.get(FORWARDS).form("users-forwards")


def test_the_pages_and_a_change_read_once_where_mail_goes(
    page: Page, li: Mailbox, session: Session
) -> None:
    with page.app.app_context():
        form_of(page).submit(user="zhang.wei@mingyuan.example\nli@home.example")
        with at_most(12, db.engine):
            page.get(LI)
        with at_most(7, db.engine):
            form = form_of(page)
        with at_most(12, db.engine):
            form.submit(303, user="li@home.example")
    assert forwarding_of(session, li, Known()).user == ("li@home.example",)


@HTMX
def test_both_owners_forwards_and_the_copy(
    page: Page, li: Mailbox, session: Session, htmx: bool
) -> None:
    typed = "Zhang.Wei@mingyuan.example，李明 <li@home.example>"
    form_of(page).submit(htmx=htmx, user=typed, admin="boss@例子.中国", keep_copy=None)
    found = forwarding_of(session, li, Known())
    assert found.user == ("Zhang.Wei@mingyuan.example", "li@home.example")
    assert found.admin == ("boss@xn--fsqu00a.xn--fiqs8s",)
    assert found.keep_copy is False
    said = page.get("/mail/mingyuan.example/users/li.ming/").said
    assert "boss@例子.中国" in said
    assert "邮箱中不保留副本" in said


@HTMX
@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("user", "@@", "@@"),
        ("user", "李明@home.example", "李明@home.example 不能使用"),
        ("admin", "nobody@mingyuan.example", "nobody@mingyuan.example 不存在"),
        ("user", "li.ming@mingyuan.example", "li.ming@mingyuan.example → li.ming@mingyuan.example"),
        ("admin", "\n".join(f"u{n}@home.example" for n in range(21)), "20"),
    ],
    ids=["no address", "no ASCII", "unknown", "itself", "too many"],
)
def test_what_cannot_be_is_said_beside_its_field(
    page: Page, li: Mailbox, session: Session, htmx: bool, field: str, typed: str, told: str
) -> None:
    refused = form_of(page).submit(422, htmx=htmx, **{field: typed})
    assert told in refused.error(field)
    assert refused.find(f"[name={field}]").get_text().strip() == typed
    assert forwarding_of(session, li, Known()) == Forwarding()


def look(page: Page, **typed: str) -> Answer:
    """What the form shows while it is being typed, without a copy."""
    form = form_of(page)
    del form.values["keep_copy"]
    url = str(form.tag.select_one("textarea")["hx-post"])  # type: ignore[index]
    return page.seen(page.request("POST", url, data=form.values | typed, htmx=True), 200)


@pytest.mark.usefixtures("li")
def test_the_way_is_shown_before_it_is_saved(page: Page) -> None:
    looked = look(page, user="zhang.wei@mingyuan.example")
    steps = [str(step["data-step"]) for step in looked.soup.select("[data-step]")]
    assert steps == ["forward", "mailbox"]
    form = form_of(page)
    form.values["preview"] = "1"
    answer = form.submit(user="zhang.wei@mingyuan.example", keep_copy=None)
    assert [str(step["data-step"]) for step in answer.soup.select("[data-step]")] == steps
    assert "没有转发" in page.get("/mail/mingyuan.example/users/li.ming/").said


def test_the_last_change_is_undone_and_done_again(
    page: Page, li: Mailbox, session: Session
) -> None:
    form_of(page).submit(user="a@home.example", admin="b@home.example", keep_copy=None)
    undo = page.get(FORWARDS).form(action=f"{FORWARDS}/undo")
    assert "已撤销" in undo.submit().said
    assert forwarding_of(session, li, Known()) == Forwarding()
    told = undo.submit().said
    assert "王经理 已在 2026-11-2" in told
    assert "没有撤销任何修改" in told
    page.get(FORWARDS).form(action=f"{FORWARDS}/undo").submit()
    assert forwarding_of(session, li, Known()) == Forwarding(
        ("a@home.example",), ("b@home.example",), False
    )


def test_what_is_not_the_last_change_is_not_undone(
    page: Page, li: Mailbox, domain: Domain, session: Session
) -> None:
    form_of(page).submit(user="a@home.example")
    suspend_mailbox(session, domain, li, "放假", version=li.version, by=SYSTEM, now=NOW)
    assert page.get(FORWARDS).soup.select_one(f'form[action="{FORWARDS}/undo"]') is None


def test_a_target_that_was_suspended_later_is_marked(
    page: Page, li: Mailbox, domain: Domain, session: Session
) -> None:
    form_of(page).submit(user="zhang.wei@mingyuan.example")
    zhang = session.query(Mailbox).filter_by(local_part="zhang.wei").one()
    suspend_mailbox(session, domain, zhang, "放假", version=zhang.version, by=SYSTEM, now=NOW)
    marked = page.get(FORWARDS).find(".notice.bad").get_text(" ")
    assert "zhang.wei@mingyuan.example" in marked
    assert "已停用" in marked


@HTMX
def test_a_copy_is_not_given_up_for_nothing(
    page: Page, li: Mailbox, domain: Domain, session: Session, htmx: bool
) -> None:
    form_of(page).submit(user="zhang.wei@mingyuan.example")
    zhang = session.query(Mailbox).filter_by(local_part="zhang.wei").one()
    suspend_mailbox(session, domain, zhang, "放假", version=zhang.version, by=SYSTEM, now=NOW)
    looked = look(page, user="zhang.wei@mingyuan.example")
    assert "无处可达" in looked.said
    refused = form_of(page).submit(422, htmx=htmx, keep_copy=None)
    assert "无处可达" in refused.error("keep_copy")
    session.refresh(li)
    assert li.keep_copy


@HTMX
def test_without_a_forward_mail_stays(
    page: Page, li: Mailbox, session: Session, htmx: bool
) -> None:
    said = form_of(page).submit(htmx=htmx, keep_copy=None).said
    assert "邮件不转发，保留在邮箱中" in said
    assert forwarding_of(session, li, Known()).keep_copy
    form_of(page).submit(htmx=htmx, user="a@home.example", keep_copy=None)
    assert not forwarding_of(session, li, Known()).keep_copy


@HTMX
def test_two_at_once(page: Page, li: Mailbox, session: Session, htmx: bool) -> None:
    first, second = form_of(page), form_of(page)
    first.submit(user="a@home.example")
    told = second.submit(409, htmx=htmx, user="c@home.example", admin="")
    assert len(told.soup.select(".field .hint strong")) == 1
    assert "a@home.example" in told.said
    assert told.find("[name=user]").get_text().strip() == "c@home.example"
    told.form("users-forwards").submit()
    assert forwarding_of(session, li, Known()).user == ("c@home.example",)


@HTMX
@pytest.mark.parametrize(
    ("typed", "steps"),
    [
        ("li.ming", ["mailbox"]),
        ("LI.Ming+tag@Mingyuan.example", ["mailbox"]),
        ("nobody", ["unknown"]),
        ("postmaster", ["unknown", "notification", "unknown"]),
    ],
)
@pytest.mark.usefixtures("li")
def test_where_mail_goes(page: Page, typed: str, steps: list[str], htmx: bool) -> None:
    answer = page.get(f"{ROUTE}?to={quote(typed)}", htmx=htmx)
    assert [str(step["data-step"]) for step in answer.soup.select("[data-step]")] == steps


@pytest.mark.usefixtures("li")
def test_only_addresses_of_ones_own_are_looked_up(page: Page, session: Session) -> None:
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    make_mailbox(session, other, "farmer")
    assert "不属于您的任何域名" in page.get(f"{ROUTE}?to=farmer@lvye.example").said
    assert "不是" in page.get(f"{ROUTE}?to=@@").said


@pytest.mark.usefixtures("li")
def test_the_way_begins_with_how_the_name_stands(
    page: Page, domain: Domain, session: Session
) -> None:
    make_alias(session, domain, "my.example", active=False)
    make_domain(session, "late.example", active=False, customer=domain.order.customer)
    assert "554" not in page.get(f"{ROUTE}?to=li.ming").said
    for typed in ("li.ming@my.example", "x@late.example"):
        said = page.get(f"{ROUTE}?to={typed}").said
        assert "尚未激活" in said
        assert "554 5.7.1" in said
    domain.order.status = OrderStatus.SUSPENDED
    session.flush()
    for where in (f"{ROUTE}?to=li.ming", f"{ROUTE}?to=li.ming@my.example", LI):
        assert "554 5.7.1" in page.get(where).said


def test_what_another_customer_does_with_a_mail_is_not_told(
    page: Page, li: Mailbox, session: Session
) -> None:
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    farmer = make_mailbox(session, other, "farmer")
    form_of(page).submit(user="farmer@lvye.example")
    suspend_mailbox(session, other, farmer, "欠费", version=1, by=SYSTEM, now=NOW)
    for where in (f"{ROUTE}?to=li.ming", FORWARDS, "/mail/mingyuan.example/users/li.ming/"):
        answer = page.get(where)
        assert "已停用" not in answer.find("main").get_text()
        assert "属于其他客户" in answer.said

"""The operator's pages that change orders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.orders.models import Domain, Order, OrderStatus
from tests.factories.accounts import make_login
from tests.factories.orders import make_cluster, make_customer, make_domain, make_plan
from tests.support.page import Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])


@pytest.fixture
def operator(page: Page, session: Session) -> Page:
    """The operator, reading English."""
    login = make_login(session)
    form = page.get("/login").form(action="language.choose")
    page.language = "en"
    form.submit(language="en")
    page.sign_in(login)
    return page


def test_a_customer_finds_none_of_these_pages(page: Page, session: Session) -> None:
    number = make_domain(session).order.number
    page.sign_in(make_login(session, "wang@mingyuan.example", make_customer(session)))
    for url in ("/orders/new", f"/orders/{number}/suspend", f"/orders/{number}/seats"):
        assert page.request("GET", url).status == 404
    for url in ("/orders/new", f"/orders/{number}/suspend"):
        assert page.request("POST", url).status in (400, 404)


@HTMX
def test_a_new_order_is_taken(operator: Page, session: Session, htmx: bool) -> None:
    make_customer(session)
    make_plan(session)
    make_cluster(session)
    form = operator.get("orders.new").form("orders-new")
    answer = form.submit(htmx=htmx, domain="例子。中国", customer="明远贸易", seats="20")
    assert answer.h1 == "例子.中国"
    assert session.scalars(select(Domain.name)).one() == "xn--fsqu00a.xn--fiqs8s"


@HTMX
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("domain", ""),
        ("domain", "www.example.com"),
        ("domain", "mingyuan.example"),
        ("customer", ""),
        ("customer", "没有这个客户"),
        ("seats", "0"),
        ("seats", "many"),
        ("expires_on", "2020-01-01"),
        ("expires_on", "tomorrow"),
        ("email", "nobody"),
    ],
)
def test_a_wrong_order_is_told_beside_its_field(
    operator: Page, session: Session, field: str, typed: str, htmx: bool
) -> None:
    make_domain(session)
    form = operator.get("orders.new").form("orders-new")
    values = {"domain": "new.example", "customer": "明远贸易"} | {field: typed}
    answer = form.submit(422, htmx=htmx, **values)
    assert answer.error(field)
    assert answer.find(f"[name={field}]").get("value", "") == typed
    assert session.scalars(select(Domain.name)).all() == ["mingyuan.example"]


@HTMX
def test_suspend_with_a_reason_and_resume(operator: Page, session: Session, htmx: bool) -> None:
    number = make_domain(session).order.number
    form = operator.get("orders.change", number=number, change="suspend").form("orders-change")
    assert form.submit(422, htmx=htmx, reason=" ").error("reason")
    assert "欠费" in form.submit(htmx=htmx, reason="欠费").said
    form = operator.get("orders.change", number=number, change="resume").form("orders-change")
    assert "欠费" not in form.submit(htmx=htmx).said
    assert session.scalars(select(Order.status)).one() is OrderStatus.ACTIVE


@HTMX
def test_renew_proposes_a_year_more(operator: Page, session: Session, htmx: bool) -> None:
    number = make_domain(session, expires_on=date(2028, 2, 29)).order.number
    form = operator.get("orders.change", number=number, change="renew").form("orders-change")
    assert form.values["expires_on"] == "2029-02-28"
    assert form.submit(422, htmx=htmx, expires_on="2020-01-01").error("expires_on")
    form.submit(htmx=htmx)
    assert session.scalars(select(Order.expires_on)).one() == date(2029, 2, 28)


@HTMX
def test_seats_not_below_the_users(operator: Page, session: Session, htmx: bool) -> None:
    number = make_domain(session, seats_used=7).order.number
    form = operator.get("orders.change", number=number, change="seats").form("orders-change")
    assert "7" in form.submit(422, htmx=htmx, seats="6").error("seats")
    assert "7 / 8" in form.submit(htmx=htmx, seats="8").said


@HTMX
def test_two_admins_at_once(operator: Page, session: Session, htmx: bool) -> None:
    number = make_domain(session).order.number
    first = operator.get("orders.change", number=number, change="seats").form("orders-change")
    second = operator.get("orders.change", number=number, change="renew").form("orders-change")
    first.submit(seats="60")
    refused = second.submit(409, htmx=htmx, expires_on="2030-01-01")
    assert "changed this at" in refused.said
    assert "0 / 60" in refused.said
    refused.form("orders-change").submit(htmx=htmx)
    assert session.scalars(select(Order.expires_on)).one() == date(2030, 1, 1)


def test_a_double_click_changes_once(operator: Page, session: Session) -> None:
    number = make_domain(session).order.number
    form = operator.get("orders.change", number=number, change="seats").form("orders-change")
    form.submit(seats="60")
    form.submit(seats="60")
    assert session.scalars(select(Order.version)).one() == 2


def test_an_unknown_order_or_change_is_not_there(operator: Page, session: Session) -> None:
    number = make_domain(session).order.number
    assert operator.request("GET", "/orders/YJ999999/suspend").status == 404
    assert operator.request("GET", f"/orders/{number}/delete").status == 404


def test_a_soon_expired_order_is_found(operator: Page, session: Session) -> None:
    make_domain(session, "soon.example", expires_on=datetime.now(UTC).date() + timedelta(days=3))
    make_domain(session, "late.example", expires_on=datetime.now(UTC).date() + timedelta(days=300))
    said = operator.get("/orders/?expiring=1").said
    assert "soon.example" in said
    assert "late.example" not in said

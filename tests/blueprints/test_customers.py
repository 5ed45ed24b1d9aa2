"""The operator's customers."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry, Login, Role
from panel.orders.models import Customer
from tests.factories.accounts import make_login
from tests.factories.orders import make_customer
from tests.support.page import Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
NEW = {"name": "春风设计", "contact": "李婉", "email": "li@chunfeng.example"}


@pytest.fixture
def operator(page: Page, session: Session) -> Page:
    """The operator, reading English."""
    login = make_login(session)
    form = page.get("/login").form(action="language.choose")
    page.language = "en"
    form.submit(language="en")
    page.sign_in(login)
    return page


@HTMX
def test_a_customer_comes_with_a_login_that_works(
    operator: Page, session: Session, htmx: bool
) -> None:
    answer = operator.get("customers.new").form("customers-new").submit(htmx=htmx, **NEW)
    password = answer.find("[data-password]").get_text()
    login = session.scalars(select(Login).where(Login.role == Role.CUSTOMER)).one()
    assert (login.email, login.name) == (NEW["email"], NEW["contact"])
    assert password not in str([entry.data for entry in session.scalars(select(AuditEntry))])
    customer = Page(operator.app, session)
    customer.language = "zh"
    customer.sign_in(login, password)


@HTMX
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "明远贸易"),
        ("contact", ""),
        ("email", "nobody"),
        ("email", "ops@mailhost.example"),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../etc/localtime"),
        ("time_zone", ""),
    ],
)
def test_a_wrong_customer_is_told_beside_the_field(
    operator: Page, session: Session, field: str, typed: str, htmx: bool
) -> None:
    make_customer(session)
    form = operator.get("customers.new").form("customers-new")
    answer = form.submit(422, htmx=htmx, **(NEW | {field: typed}))
    assert answer.error(field)
    if field != "time_zone":
        assert answer.find(f"[name={field}]").get("value", "") == typed
    elif typed:
        assert answer.find("[name=time_zone] [selected]")["value"] == typed
    assert session.scalars(select(Customer.name)).all() == ["明远贸易"]


@HTMX
def test_a_customer_is_edited(operator: Page, session: Session, htmx: bool) -> None:
    customer = make_customer(session)
    make_customer(session, "绿野农业")
    form = operator.get("customers.show", customer_id=customer.id).form("customers-edit")
    assert form.submit(422, htmx=htmx, name="绿野农业").error("name")
    answer = form.submit(htmx=htmx, name="明远国际", language="en")
    assert answer.h1 == "明远国际"
    assert "customer.edit" in session.scalars(select(AuditEntry.action)).all()


@HTMX
def test_a_new_customer_has_the_installations_zone_and_may_have_another(
    operator: Page, session: Session, htmx: bool
) -> None:
    shown = operator.get("customers.new").find("[name=time_zone] [selected]")
    assert shown.get_text() == "UTC+08:00 China (Shanghai) Time"
    operator.form("customers-new").submit(htmx=htmx, **NEW)
    customer = session.scalars(select(Customer)).one()
    assert customer.time_zone == "Asia/Shanghai"
    edit = operator.get("customers.show", customer_id=customer.id).form("customers-edit")
    edit.submit(htmx=htmx, time_zone="Europe/Berlin")
    assert customer.time_zone == "Europe/Berlin"
    assert "Time zone UTC+08:00 China (Shanghai) Time → UTC+0" in operator.get("/log").said
    other = edit.answer.page.get("customers.show", customer_id=customer.id)
    assert "Germany (Berlin) Time" in other.find("[name=time_zone] [selected]").get_text()


def test_a_zone_that_is_not_in_the_list_stays(operator: Page, session: Session) -> None:
    customer = make_customer(session, time_zone="US/Pacific")
    form = operator.get("customers.show", customer_id=customer.id).form("customers-edit")
    form.submit(name="明远国际")
    assert customer.time_zone == "US/Pacific"


def test_the_list_pages_and_searches(operator: Page, session: Session) -> None:
    for n in range(30):
        make_customer(session, f"客户{n:02}")
    first = operator.get("/customers/")
    assert "客户24" in first.said
    assert "客户25" not in first.said
    assert "客户29" in operator.get(str(first.find(".pager a")["href"])).said
    assert "客户29" in operator.get("/customers/?q=客户29", htmx=True).said
    assert "begins like that" in operator.get("/customers/?q=没有", htmx=True).said


def test_a_customer_does_not_see_customers(page: Page, session: Session) -> None:
    customer = make_customer(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", customer))
    for url in ("/customers/", "/customers/new", f"/customers/{customer.id}"):
        assert page.request("GET", url).status == 404


@HTMX
def test_two_operators_at_once(operator: Page, session: Session, htmx: bool) -> None:
    customer = make_customer(session)
    where = operator.url("customers.show", customer_id=customer.id)
    first, second = (operator.get(where).form("customers-edit") for _ in range(2))
    first.submit(email="new@mingyuan.example", language="en", time_zone="Africa/Cairo")
    refused = second.submit(409, htmx=htmx, name="明远国际")
    assert "Now it is: new@mingyuan.example" in refused.said
    assert "Now it is: English" in refused.said
    assert re.search(r"Now it is: UTC\+0[23]:00 Egypt Time", refused.said)
    refused.form("customers-edit").submit(htmx=htmx)
    assert session.scalars(select(Customer.name)).one() == "明远国际"


def test_names_are_offered_while_typing(operator: Page, session: Session) -> None:
    make_customer(session)
    make_customer(session, "绿野农业")
    found = operator.get("/customers/names?customer=明", htmx=True)
    assert [str(option["value"]) for option in found.soup.select("option")] == ["明远贸易"]

"""Searching orders and taking them along as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM, Actor
from panel.accounts.models import Role
from panel.orders.csv_export import BOM, CsvWords, harmless, orders_csv
from panel.orders.models import Customer, DnsState, Domain, Order, OrderStatus, ServiceStatus
from panel.orders.search import OrderSearch, search_orders
from panel.paging import PAGE
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.queries import at_most

OPERATOR = replace(SYSTEM, role=Role.OPERATOR)
TODAY = NOW.date()
WORDS = CsvWords(["No.", "Domain"], {state: state.value for state in ServiceStatus}, UTC)
QUERIES = 2


def customer_of(customer: Customer) -> Actor:
    return replace(SYSTEM, role=Role.CUSTOMER, customer_id=customer.id)


def found(session: Session, actor: Actor = OPERATOR, **search: object) -> list[str]:
    page = search_orders(session, actor, OrderSearch(**search), TODAY)  # type: ignore[arg-type]
    return [domain.unicode_name for domain in page.rows]


def make_many(session: Session, count: int) -> None:
    """As many orders beside a first one."""
    first = make_domain(session, "first.example").order
    same = ("customer_id", "plan_id", "cluster_id", "status", "seats", "created_at", "expires_on")
    values = {name: getattr(first, name) for name in same}
    ids = range(first.id + 1, first.id + 1 + count)
    session.execute(insert(Order), [{"id": n, "number": f"YJ{n:06}", **values} for n in ids])
    domains = [
        {
            "order_id": n,
            "name": f"d{n:06}.example",
            "unicode_name": f"d{n:06}.example",
            "verify_token": "t",
            "notification_email": "wang@mingyuan.example",
        }
        for n in ids
    ]
    session.execute(insert(Domain), domains)
    session.commit()


@pytest.mark.parametrize(
    "text", ["lv", "LVYE.example", "绿野", "xn--", "YJ000002", "yj000002", "春风"]
)
def test_the_text_begins_a_domain_a_number_or_a_customer(session: Session, text: str) -> None:
    make_domain(session, "mingyuan.example")
    name = "lvye.example" if text.lower().startswith(("lv", "yj", "春")) else "绿野.example"
    make_domain(session, name, customer=make_customer(session, "春风设计"))
    assert found(session, text=text) == [name]


@pytest.mark.parametrize("text", ["%", "_", "'", "\\", "没有"])
def test_signs_of_sql_are_only_text(session: Session, text: str) -> None:
    make_domain(session)
    assert found(session, text=text) == []


def test_filters_by_what_people_are_told(session: Session) -> None:
    make_domain(session, "active.example", expires_on=TODAY + timedelta(days=31))
    make_domain(session, "pending.example", active=False, expires_on=TODAY + timedelta(days=30))
    make_domain(session, "stopped.example", status=OrderStatus.SUSPENDED)
    make_domain(session, "over.example", active=False, status=OrderStatus.EXPIRED)
    assert found(session, status=ServiceStatus.ACTIVE) == ["active.example"]
    assert found(session, status=ServiceStatus.PENDING) == ["pending.example"]
    assert found(session, status=ServiceStatus.SUSPENDED) == ["stopped.example"]
    assert found(session, status=ServiceStatus.EXPIRED) == ["over.example"]
    assert found(session, expiring=True) == ["pending.example"]


def test_a_customer_finds_only_their_own(session: Session) -> None:
    make_domain(session, "mingyuan.example")
    other = make_customer(session, "绿野农业")
    make_domain(session, "lvye.example", customer=other)
    assert found(session, customer_of(other)) == ["lvye.example"]
    assert found(session, customer_of(other), text="mingyuan") == []
    assert found(session, SYSTEM) == []


def test_pages_lead_forward_and_back_over_every_order_once(session: Session) -> None:
    make_many(session, 2 * PAGE + 9)
    pages = [search_orders(session, OPERATOR, OrderSearch(), TODAY)]
    while (after := pages[-1].after) is not None:
        pages.append(search_orders(session, OPERATOR, OrderSearch(after=after), TODAY))
    ids = [row.order_id for page in pages for row in page.rows]
    assert len(ids) == 2 * PAGE + 10
    assert ids == sorted(ids, reverse=True)
    assert pages[0].before is None
    for here, there in zip(pages[:0:-1], pages[-2::-1], strict=True):
        back = search_orders(session, OPERATOR, OrderSearch(before=here.before), TODAY)
        assert [row.order_id for row in back.rows] == [row.order_id for row in there.rows]
        assert (back.before is None) == (there.before is None)


@pytest.mark.parametrize("count", [10, 1000])
def test_a_page_takes_the_same_queries_however_many_there_are(session: Session, count: int) -> None:
    make_many(session, count)
    with at_most(QUERIES, session.get_bind()):  # type: ignore[arg-type]
        page = search_orders(session, OPERATOR, OrderSearch(text="d"), TODAY)
        assert {row.order.customer.name for row in page.rows} == {"明远贸易"}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_the_csv_holds_what_the_search_finds(session: Session) -> None:
    make_many(session, 600)
    evil = make_customer(session, '=HYPERLINK("http://a.example")')
    make_domain(session, "例子.example", customer=evil)
    text = "".join(orders_csv(session, OPERATOR, OrderSearch(), TODAY, WORDS))
    assert text.startswith(BOM)
    rows = list(csv.reader(io.StringIO(text.removeprefix(BOM))))
    assert len(rows) == 1 + 602
    assert rows[1][1:4] == ["例子.example", "xn--fsqu00a.example", f"'{evil.name}"]
    only = "".join(orders_csv(session, customer_of(evil), OrderSearch(), TODAY, WORDS))
    assert len(only.splitlines()) == 2


def test_filters_by_how_the_dns_stands(session: Session) -> None:
    wrong = make_domain(session, "wrong.example")
    make_domain(session, "right.example").dns_state = DnsState.RIGHT
    wrong.dns_state = DnsState.WRONG
    session.flush()
    page = search_orders(session, OPERATOR, OrderSearch(dns=DnsState.WRONG), TODAY)
    assert [row.name for row in page.rows] == ["wrong.example"]

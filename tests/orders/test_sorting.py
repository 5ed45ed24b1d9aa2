"""Each sort of the list, paged forwards and back; the cluster's filter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM, Actor
from panel.accounts.models import Role
from panel.orders.search import OrderSearch, OrderSort, search_orders
from panel.paging import PAGE
from tests.factories.orders import NOW, make_cluster, make_domain

OPERATOR: Actor = replace(SYSTEM, role=Role.OPERATOR)
FIRST_DAY = date(2027, 1, 1)


@pytest.fixture
def names(session: Session) -> dict[OrderSort, list[str]]:
    """Thirty orders, two of which always end on the same day; what each sort should give."""
    made = []
    for n in range(30):
        day = FIRST_DAY + timedelta(days=(n * 7 % 30) // 2)
        name = f"d{n * 11 % 30:02}.example"
        made.append((n, name, day))
        make_domain(session, name, expires_on=day)
    return {
        OrderSort.NEWEST: [name for _, name, _ in reversed(made)],
        OrderSort.DOMAIN: sorted(name for _, name, _ in made),
        OrderSort.EXPIRES: [name for _, name, _ in sorted(made, key=lambda m: (m[2], m[0]))],
    }


def page(session: Session, search: OrderSearch) -> tuple[list[str], int | None, int | None]:
    found = search_orders(session, OPERATOR, search, NOW.date())
    return [row.name for row in found.rows], found.before, found.after


@pytest.mark.parametrize("sort", OrderSort)
def test_a_sort_is_paged_forwards_and_back(
    session: Session, names: dict[OrderSort, list[str]], sort: OrderSort
) -> None:
    first, before, after = page(session, OrderSearch(sort=sort))
    assert (first, before) == (names[sort][:PAGE], None)
    second, before, end = page(session, OrderSearch(sort=sort, after=after))
    assert (second, end) == (names[sort][PAGE:], None)
    back, before, _ = page(session, OrderSearch(sort=sort, before=before))
    assert (back, before) == (first, None)


def test_a_cursor_whose_order_is_gone_begins_anew(
    session: Session, names: dict[OrderSort, list[str]]
) -> None:
    search = OrderSearch(sort=OrderSort.DOMAIN, after=10_000)
    assert page(session, search)[0] == names[OrderSort.DOMAIN][:PAGE]


def test_only_the_orders_of_a_cluster(session: Session, names: dict[OrderSort, list[str]]) -> None:
    make_domain(session, "other.example", cluster=make_cluster(session, "cn1"))
    assert page(session, OrderSearch(cluster="cn1"))[0] == ["other.example"]
    assert "other.example" not in page(session, OrderSearch(cluster="us2"))[0]

"""Searching on PostgreSQL, whose collation must not change what begins with a text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import Role
from panel.migrations.commands import upgrade
from panel.orders.search import OrderSearch, search_orders
from tests.factories.orders import NOW, make_customer, make_domain


@pytest.mark.parametrize("text", ["ming", "xn--fsqu00a", "例", "明远", "YJ000001", "yj000001"])
def test_what_begins_with_the_text_is_found(postgres_url: str, text: str) -> None:
    upgrade(postgres_url)
    engine = create_engine(postgres_url)
    with Session(engine) as session:
        make_domain(session, "mingyuan.example")
        make_domain(session, "例子.example")
        make_domain(session, "lvye.example", customer=make_customer(session, "绿野设计"))
        operator = replace(SYSTEM, role=Role.OPERATOR)
        page = search_orders(session, operator, OrderSearch(text=text), NOW.date())
        names = {row.unicode_name for row in page.rows}
    engine.dispose()
    assert names
    assert "lvye.example" not in names

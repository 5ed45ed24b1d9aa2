"""The operator's plans."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.orders.models import Plan
from tests.factories.accounts import make_login
from tests.factories.orders import make_plan
from tests.support.page import Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])


@pytest.fixture
def operator(page: Page, session: Session) -> Page:
    """The operator."""
    page.sign_in(make_login(session))
    return page


@HTMX
def test_a_plan_is_added_and_edited(operator: Page, session: Session, htmx: bool) -> None:
    assert "还没有套餐" in operator.get("plans.index").said
    form = operator.get("plans.new").form("plans-edit")
    form.submit(htmx=htmx, name="入门版", seats="5", quota_mb="512")
    plan = session.scalars(select(Plan)).one()
    assert (plan.name, plan.seats, plan.quota_bytes) == ("入门版", 5, 512 << 20)
    form = operator.get("plans.show", plan_id=plan.id).form("plans-edit")
    assert "8" in form.submit(htmx=htmx, seats="8").said


@HTMX
@pytest.mark.parametrize(
    ("field", "typed"),
    [("name", ""), ("name", "标准版"), ("name", "x" * 101), ("seats", "0"), ("quota_mb", "much")],
)
def test_a_wrong_plan_is_told_beside_the_field(
    operator: Page, session: Session, field: str, typed: str, htmx: bool
) -> None:
    make_plan(session)
    good = {"name": "入门版", "seats": "5", "quota_mb": "512"}
    form = operator.get("plans.new").form("plans-edit")
    assert form.submit(422, htmx=htmx, **(good | {field: typed})).error(field)
    assert session.scalars(select(Plan.name)).all() == ["标准版"]


@HTMX
def test_two_operators_at_once(operator: Page, session: Session, htmx: bool) -> None:
    plan = make_plan(session)
    first, second = (operator.get("plans.show", plan_id=plan.id).form() for _ in range(2))
    first.submit(seats="60")
    refused = second.submit(409, htmx=htmx, seats="70")
    assert "值班员" in refused.said
    assert "当前为：60" in refused.said
    assert refused.find("[name=seats]")["value"] == "70"
    refused.form("plans-edit").submit(htmx=htmx)
    assert session.scalars(select(Plan.seats)).one() == 70

"""What nobody types, but somebody sends."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from panel.dns.verdicts import Reason, Verdict, VerdictKind
from panel.orders.models import ClusterService, Protocol, RecordCheck
from tests.factories.accounts import make_login
from tests.factories.orders import NOW, make_domain
from tests.support.page import Page

HUGE = "9" * 30


@pytest.fixture
def operator(page: Page, session: Session) -> Page:
    """The operator, with a domain there."""
    make_domain(session)
    page.sign_in(make_login(session))
    return page


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (f"/orders/?after={HUGE}", 200),
        (f"/orders/?before=-{HUGE}", 200),
        (f"/customers/{HUGE}", 404),
        (f"/plans/{HUGE}", 404),
        (f"/clusters/{HUGE}", 404),
        (f"/mail/mingyuan.example/users/mail/{HUGE}", 404),
    ],
)
def test_numbers_beyond_any_row(operator: Page, url: str, status: int) -> None:
    assert operator.request("GET", url).status == status


def test_a_version_beyond_any(operator: Page) -> None:
    form = operator.get("/mail/mingyuan.example/settings").form("settings-edit")
    form.submit(409, version=HUGE)


def test_a_day_for_ever_is_refused_and_the_last_one_can_be_renewed(operator: Page) -> None:
    form = operator.get("/orders/YJ000001/renew").form("orders-change")
    assert "2100" in form.submit(422, expires_on="9999-12-31").error("expires_on")
    form.submit(expires_on="2099-12-31")
    operator.get("/orders/YJ000001/renew")


def test_nothing_is_left_to_do_for_a_service_that_is_gone(page: Page, session: Session) -> None:
    domain = make_domain(session)
    page.sign_in(make_login(session))
    missing = Verdict("pop", VerdictKind.MISSING, Reason.NO_RECORD)
    check = RecordCheck(watched_id=domain.id, key="pop", kind="missing", checked_at=NOW)
    check.verdict = missing.to_json()
    session.add(check)
    assert "1 项待处理" in page.get("/mail/mingyuan.example/").said
    session.query(ClusterService).filter_by(protocol=Protocol.POP).delete()
    assert "待处理" not in page.get("/mail/mingyuan.example/").said

"""Re-checks wait for nobody: who comes too many is told at once."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from panel.blueprints.dns import views
from panel.blueprints.dns.turns import Turns
from panel.orders.models import Domain
from tests.blueprints.test_aliases import HTMX
from tests.factories.accounts import make_login
from tests.factories.orders import make_domain
from tests.support.page import Answer, Page


def test_one_at_a_time_for_each_key() -> None:
    turns = Turns(most=9)
    with turns.take("login 1", "domain 1") as first, turns.take("login 2", "domain 1") as same:
        assert (first, same) == (True, False)
        with turns.take("login 1", "domain 2") as mine, turns.take("login 2", "domain 2") as free:
            assert (mine, free) == (False, True)
    with turns.take("login 1", "domain 1") as again:
        assert again


def test_no_more_than_the_process_bears() -> None:
    turns = Turns(most=1)
    with turns.take("a"), turns.take("b") as late:
        assert not late


def test_a_turn_that_fails_is_given_back() -> None:
    turns = Turns(most=1)
    with pytest.raises(ValueError, match="x"), turns.take("a"):
        raise ValueError("x")
    with turns.take("a") as again:
        assert again


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    domain = make_domain(session, "mingyuan.example", active=False)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


def check(page: Page, htmx: bool) -> Answer:
    """Press the button that checks all."""
    shown = page.get("/mail/mingyuan.example/dns")
    form = shown.find("form[action$='/dns/check']")
    data = {field["name"]: field["value"] for field in form.select("input")}
    answer = page.request("POST", str(form["action"]), htmx=htmx, data=data)
    return page.seen(answer, 429) if htmx else answer.follow()


@HTMX
def test_a_second_check_meanwhile_gets_the_page_with_a_word(
    page: Page, domain: Domain, htmx: bool
) -> None:
    with views.TURNS.take(f"domain {domain.id}"):
        answer = check(page, htmx)
    assert "正在检测" in answer.find("#notices").get_text()
    assert answer.find("#dns-first")


@HTMX
def test_too_many_a_minute_get_the_page_with_a_word(
    page: Page, domain: Domain, monkeypatch: pytest.MonkeyPatch, htmx: bool
) -> None:
    monkeypatch.setattr(views.limiter.limiter, "hit", lambda *_: False)
    answer = check(page, htmx)
    assert "请等一分钟" in answer.find("#notices").get_text()
    assert "尚未检测" in answer.find("#dns-records").get_text()
    assert domain.checked_at is None

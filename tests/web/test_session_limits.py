"""How long a session lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from sqlalchemy.orm import Session

from panel import config
from tests.factories.accounts import make_login
from tests.support.page import Page


class _Clock(datetime):
    """A clock that is set by hand."""

    ahead = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """The time, as much later as the clock is ahead."""
        return datetime.now(tz) + cls.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[_Clock]:
    monkeypatch.setattr(config, "datetime", _Clock)
    monkeypatch.setattr(_Clock, "ahead", timedelta(0))
    return _Clock


def test_a_session_ends_after_its_hours_however_busy(
    page: Page, session: Session, clock: type[_Clock]
) -> None:
    page.sign_in(make_login(session))
    clock.ahead = timedelta(hours=11, minutes=59)
    page.get("/orders/")
    clock.ahead = timedelta(hours=12, minutes=1)
    assert page.get("/orders/", expect=303).location == "/login?next=/orders/"
    assert page.get("/login").status == 200


def test_htmx_is_told_that_the_session_has_ended(
    page: Page, session: Session, clock: type[_Clock]
) -> None:
    page.sign_in(make_login(session))
    clock.ahead = timedelta(hours=13)
    assert page.get("/orders/", 401, htmx=True).location == "/login?next=/orders/"


def test_an_idle_session_ends_with_its_cookie(page: Page, session: Session) -> None:
    page.sign_in(make_login(session))
    cookie = page.client.get_cookie(f"youju-{page.app.config['YOUJU'].port}")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.expires is not None
    left = cookie.expires - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(minutes=60)


def test_what_caches_may_keep_for_everybody_carries_no_cookie(page: Page, session: Session) -> None:
    page.sign_in(make_login(session))
    link = page.get("/orders/").find("link[rel=stylesheet]")
    answer = page.request("GET", str(link["href"])).response
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")

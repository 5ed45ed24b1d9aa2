"""The watch over alias domains: by the same rules as over domains, each name for itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import panel.watching
from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.dns.examination import Wanted
from panel.dns.sweep import Swept
from panel.extensions import db
from panel.orders.actions import resume, suspend
from panel.orders.models import DnsState, Domain, DomainAlias
from panel.orders.watch import claim_due
from tests.factories.directory import make_alias
from tests.factories.orders import NOW, make_domain
from tests.orders.test_watch import HOUR, MINUTE, RIGHT, WRONG, check_now, mails, seen

WHO = {"by": SYSTEM, "now": NOW}


def test_a_fault_of_an_alias_is_none_of_its_domain(session: Session) -> None:
    domain = make_domain(session)
    alias = make_alias(session, domain, "my.example")
    for verdict, minutes in ((RIGHT, 0), (WRONG, 1), (WRONG, 62)):
        seen(session, alias, verdict, NOW + minutes * MINUTE)
    assert (alias.dns_state, domain.dns_state) == (DnsState.WRONG, DnsState.UNCHECKED)
    assert domain.fault_since is None
    session.flush()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "dns.state")).all()
    assert {entry.subject for entry in entries} == {"my.example"}


def test_aliases_are_watched_while_their_order_is_active_and_again_when_it_runs(
    session: Session,
) -> None:
    domain = make_domain(session)
    alias = make_alias(session, domain, "my.example")
    suspend(session, domain, "unpaid", version=1, **WHO)
    assert claim_due(session, DomainAlias, NOW + HOUR, 10) == []
    session.refresh(alias, ["next_check_at"])
    assert alias.next_check_at is None
    resume(session, domain, version=2, **WHO)
    session.flush()
    assert claim_due(session, DomainAlias, NOW + HOUR, 10) == [alias.id]
    assert claim_due(session, Domain, NOW + HOUR, 10) == [domain.id]


def test_the_notice_of_an_alias_says_what_it_is(watching: Flask, session: Session) -> None:
    domain = make_domain(session, "lvye.example")
    domain.order.customer.language = "en"
    make_alias(session, domain, "mingyuan.example", active=False)
    session.commit()
    check_now(watching, DomainAlias)
    (text,) = mails(watching, session)
    assert "mingyuan.example: mail is active" in text
    assert "same addresses of lvye.example" in text
    assert "/mail/lvye.example/aliases/mingyuan.example/dns" in text
    assert "To: wang@mingyuan.example" in text


@pytest.mark.parametrize("active", [True, False])
def test_an_alias_that_goes_while_it_is_checked_stops_nothing(
    watching: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, active: bool
) -> None:
    domain = make_domain(session)
    for name in ("lvye.example", "xinghai.example"):
        alias = make_alias(session, domain, name)
        if active:  # all was well: it is only glanced at
            alias.dns_state, alias.checked_at = DnsState.RIGHT, watching.config["YOUJU"].now()
    session.commit()
    glance = panel.watching._swept

    async def swept(watched: list[Wanted], asking: object) -> dict[str, Swept]:
        found = await glance(watched, asking)  # type: ignore[arg-type]
        with Session(db.engine) as other:
            other.execute(delete(DomainAlias).where(DomainAlias.name == "lvye.example"))
            other.commit()
        return found

    monkeypatch.setattr(panel.watching, "_swept", swept)
    assert check_now(watching, DomainAlias) == 2
    left = session.scalars(select(DomainAlias)).all()
    assert [alias.name for alias in left] == ["xinghai.example"]
    assert left[0].next_check_at is not None
    assert left[0].next_check_at - NOW > timedelta(minutes=1)

"""Rounds of the watch against a name server: what is asked, kept and told, name by name."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import panel.watching
from panel.orders.models import DnsState, Domain
from tests.factories.orders import make_domain
from tests.orders.test_watch import check_now


def test_what_breaks_over_one_domain_is_logged_and_stops_none_of_the_others(
    watching: Flask,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    names = ("lvye.example", "mingyuan.example", "xinghai.example")
    for name in names:
        make_domain(session, name, active=False)
    session.commit()
    queue = panel.watching.queue_notice

    def broken(session: Session, watched: Domain, *rest: Any) -> object:
        if watched.name == "mingyuan.example":
            raise LookupError("no such word")
        return queue(session, watched, *rest)

    monkeypatch.setattr(panel.watching, "queue_notice", broken)
    assert check_now(watching) == 3
    right = session.scalars(select(Domain.name).where(Domain.dns_state == DnsState.RIGHT)).all()
    assert set(right) == {names[0], names[2]}
    assert "not kept: mingyuan.example" in caplog.text

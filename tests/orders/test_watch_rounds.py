"""Rounds of the watch against a name server: what is asked, kept and told, name by name."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dns.message
import dns.rcode
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import panel.watching
from panel.orders.models import DnsState, Domain
from tests.factories.orders import make_domain
from tests.fixtures.nameserver import Nameserver
from tests.orders.test_watch import HOUR, check_now
from tests.support.nanoserver import NanoServer


class Halting(NanoServer):
    """A resolver that asks the tests' name server, and fails for one domain."""

    def __init__(self, nameserver: Nameserver, name: str) -> None:
        self.port, self.name = nameserver.port, name

    def answer(self, question: dns.message.Message) -> bytes | None:
        if question.question[0].name.to_text().endswith(f"{self.name}."):
            response = dns.message.make_response(question)
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        with socket.socket(type=socket.SOCK_DGRAM) as line:
            line.settimeout(1)
            line.connect(("127.0.0.1", self.port))
            line.send(question.to_wire())
            return line.recv(4096)


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that are examined, one after the other."""
    names: list[str] = []
    examine = panel.watching.examine_all

    def noted(some: Iterator[str], *rest: Any) -> object:
        asked = list(some)
        names.extend(asked)
        return examine(iter(asked), *rest)

    monkeypatch.setattr(panel.watching, "examine_all", noted)
    return names


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


def test_a_quiet_domain_that_cannot_be_asked_is_examined(
    watching: Flask, nameserver: Nameserver, session: Session, examined: list[str]
) -> None:
    for name in ("lvye.example", "mingyuan.example"):
        make_domain(session, name)
    session.commit()
    check_now(watching)
    check_now(watching)
    examined.clear()
    with Halting(nameserver, "mingyuan.example") as resolver:
        asked = replace(watching.config["YOUJU"], dns_servers=(resolver.address,))
        watching.config["YOUJU"] = asked
        check_now(watching)
        check_now(watching)
    assert examined == ["mingyuan.example"] * 2


def test_where_nobody_answers_no_quiet_domain_is_examined_and_all_are_soon_asked_again(
    watching: Flask, session: Session, examined: list[str]
) -> None:
    for name in ("lvye.example", "mingyuan.example"):
        make_domain(session, name)
    session.commit()
    check_now(watching)
    examined.clear()
    away = replace(watching.config["YOUJU"], dns_servers=("127.0.0.1:1",))
    watching.config["YOUJU"] = away
    check_now(watching)
    assert examined == []
    for next_check_at in session.scalars(select(Domain.next_check_at)):
        assert next_check_at is not None
        assert next_check_at - away.now() <= 2 * HOUR

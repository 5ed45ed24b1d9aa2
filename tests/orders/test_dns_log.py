"""Keeping who was asked what: whole checks, checks of one row, those that ended out of turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from panel.dns.answers import Asked, Outcome, Question, Server
from panel.dns.examination import Examination
from panel.dns.verdicts import Reason, Verdict, VerdictKind
from panel.orders.dns_log import MOST_LINES, keep_log, kept_log
from panel.orders.models import Domain
from tests.factories.orders import NOW, make_domain

NAME = "mingyuan.example"
LATER = NOW + timedelta(minutes=1)


ONE = Verdict("pop", VerdictKind.VALID, Reason.NONE)
ALL = (ONE, replace(ONE, key="imap"))


def examined(
    *said: str, verdicts: tuple[Verdict, ...] = ALL, is_partial: bool = False
) -> Examination:
    """One that asked a server for a CNAME each: "pop old" for the one at pop, "old" came back."""
    lines = []
    for text in said:
        host, _, value = text.partition(" ")
        question = Question(f"{host}.{NAME}", "CNAME")
        found = Outcome.FOUND
        lines.append(Asked(Server("192.0.2.1"), question, "udp", found, (value,), 1))
    return Examination(NAME, verdicts, tuple(lines), is_partial)


def said(session: Session, domain: Domain) -> set[str]:
    log = kept_log(session, domain)
    assert log is not None
    return {f"{line['question']['name'].split('.')[0]} {line['said']}" for line in log.lines}


def test_a_whole_check_takes_the_place_of_the_last_one(session: Session) -> None:
    domain = make_domain(session, NAME)
    keep_log(session, domain, examined("pop old", "imap old"), NOW)
    keep_log(session, domain, examined("pop new"), LATER)
    assert said(session, domain) == {"pop new"}


def test_a_check_of_one_row_leaves_what_it_did_not_ask(session: Session) -> None:
    domain = make_domain(session, NAME)
    keep_log(session, domain, examined("pop old", "imap old", is_partial=True), NOW)
    keep_log(session, domain, examined("pop new", verdicts=(ONE,)), LATER)
    assert said(session, domain) == {"pop new", "imap old"}
    log = kept_log(session, domain)
    assert log is not None
    assert (log.is_partial, log.checked_at) == (True, LATER)
    many = [f"h{n} x" for n in range(500)]
    keep_log(session, domain, examined(*many, verdicts=(ONE,)), LATER)
    assert len(log.lines) == MOST_LINES


def test_one_that_began_earlier_is_not_kept(session: Session) -> None:
    domain = make_domain(session, NAME)
    keep_log(session, domain, examined("pop new"), LATER)
    keep_log(session, domain, examined("pop old"), NOW)
    assert said(session, domain) == {"pop new"}

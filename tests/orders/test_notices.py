"""What the notification address reads: how a name was proven, what is wrong with its DNS."""

from __future__ import annotations

import email
from collections.abc import Callable
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.dns.records import MX_KEY, VERIFY_KEY
from panel.dns.verdicts import Reason, Row, Verdict, VerdictKind
from panel.orders.models import Domain
from panel.orders.standing import Event
from panel.orders.verification import activate_by_hand, expected_of, keep_verdicts
from panel.web.notices import queue_notice
from tests.factories.orders import NOW, make_domain
from tests.orders.test_watch import LATER, RIGHT, WRONG, mails

TOKEN = Verdict(VERIFY_KEY, VerdictKind.VALID, Reason.NONE)
FOREIGN = Row("5 mx.old-host.example", VerdictKind.DANGEROUS, Reason.FOREIGN_OUTRANKS)


@pytest.fixture
def read(app: Flask, session: Session) -> Callable[[Domain, Event | None], str]:
    """The text of the notice of an event."""

    def text(domain: Domain, event: Event | None) -> str:
        assert event is not None
        domain.order.customer.language = "en"
        queue_notice(session, domain, event, app.config["YOUJU"], NOW)
        session.flush()
        message = email.message_from_string(mails(app, session)[-1], policy=default)
        return " ".join(message.get_content().split())

    return text


Read = Callable[[Domain, Event | None], str]


def test_whose_mx_records_prove_it_gets_mail_from_now_on(session: Session, read: Read) -> None:
    domain = make_domain(session, active=False)
    said = read(domain, keep_verdicts(session, domain, [RIGHT], by=SYSTEM, now=NOW))
    assert "is active: its MX records show that the domain is yours" in said
    assert "arrives from now on" in said


def test_while_others_remember_the_old_ones_it_does_not_say_now(
    session: Session, read: Read
) -> None:
    domain = make_domain(session, active=False)
    said = read(domain, keep_verdicts(session, domain, [LATER], by=SYSTEM, now=NOW))
    assert "from now on" not in said
    assert "once the new MX records are in effect everywhere" in said


def test_who_proves_by_txt_is_told_that_the_mx_records_have_to_be_changed(
    session: Session, read: Read
) -> None:
    domain = make_domain(session, active=False)
    said = read(domain, keep_verdicts(session, domain, [WRONG, TOKEN], by=SYSTEM, now=NOW))
    assert "the TXT record shows that the domain is yours" in said
    assert "from now on" not in said
    assert "goes where it went before" in said


def test_so_is_one_that_was_activated_by_hand(session: Session, read: Read) -> None:
    domain = make_domain(session, active=False)
    said = read(domain, activate_by_hand(session, domain, "known", by=SYSTEM, now=NOW))
    assert "we have activated it by hand" in said
    assert "goes where it went before" in said


def test_the_alarm_says_what_stands_there_and_what_to_enter(session: Session, read: Read) -> None:
    domain = make_domain(session)
    hosts = [record.value for record in expected_of(session, domain) if record.key == MX_KEY]
    rows = tuple(Row(host, VerdictKind.MISSING, Reason.NO_RECORD) for host in hosts)
    wrong = Verdict(MX_KEY, VerdictKind.WRONG, Reason.DIFFERS, rows, (), (FOREIGN,))
    keep_verdicts(session, domain, [wrong], by=SYSTEM, now=NOW)
    said = read(domain, Event.MX_WRONG)
    for host in hosts:
        assert f"host @, value {host}., priority 100" in said
        wanted = f"Host @ Record type MX Value {host}. Priority 100"
        assert f"It is not there. Please add: {wanted}" in said
    assert "5 mx.old-host.example: This record of another mail host comes first" in said
    assert "<code>" not in said


def test_what_is_the_same_for_all_is_said_once_and_hostile_names_stay_text(
    session: Session, read: Read
) -> None:
    domain = make_domain(session)
    rows = tuple(
        Row(f"us2.mx{n}.mailhost.example", VerdictKind.DANGEROUS, Reason.CNAME_AT_APEX, ("<b>&",))
        for n in (1, 2, 3)
    )
    wrong = Verdict(MX_KEY, VerdictKind.DANGEROUS, Reason.CNAME_AT_APEX, rows)
    keep_verdicts(session, domain, [wrong], by=SYSTEM, now=NOW)
    said = read(domain, Event.MX_WRONG)
    assert said.count("At the host @ stands a CNAME record (to <b>&)") == 1

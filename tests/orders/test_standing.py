"""When a name's people are told that mail is lost, and when they are not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.dns.records import MX_KEY, VERIFY_KEY
from panel.dns.verdicts import Reason, Row, Verdict, VerdictKind
from panel.orders.models import Domain, Proof
from panel.orders.standing import Event
from panel.orders.verification import activate_by_hand, keep_verdicts
from tests.factories.orders import NOW, make_domain
from tests.orders.test_watch import HOUR, LATER, MINUTE, RIGHT, UNKNOWN, WRONG, seen

DAY = timedelta(days=1)
TOKEN = Verdict(VERIFY_KEY, VerdictKind.VALID, Reason.NONE)
POP = Verdict("pop", VerdictKind.VALID, Reason.NONE)


def verdict(kind: VerdictKind, reason: Reason, *rows: VerdictKind) -> Verdict:
    """A verdict on three MX records, of which the rows tell."""
    shown = tuple(Row(f"mx{n}.example", row, reason) for n, row in enumerate(rows))
    return Verdict(MX_KEY, kind, reason, shown)


THERE, GONE, LATE = VerdictKind.VALID, VerdictKind.MISSING, VerdictKind.NOT_IN_EFFECT
INCOMPLETE = verdict(VerdictKind.WRONG, Reason.NO_RECORD, THERE, THERE, GONE)
OUTRANKED = verdict(VerdictKind.DANGEROUS, Reason.FOREIGN_OUTRANKS, THERE, THERE, THERE)
DIFFER = verdict(VerdictKind.NOT_IN_EFFECT, Reason.SERVERS_DIFFER, LATE, LATE, LATE)


def told(
    session: Session,
    domain: Domain,
    found: Iterable[Verdict],
    pause: timedelta = 15 * MINUTE,
    start: datetime = NOW,
) -> list[Event]:
    """What checks with these outcomes, a pause apart, make the panel tell."""
    events = [seen(session, domain, one, start + n * pause) for n, one in enumerate(found)]
    return [event for event in events if event is not None]


def test_who_proves_by_txt_before_the_move_is_not_told_that_mail_is_lost(session: Session) -> None:
    domain = make_domain(session, active=False)
    first = keep_verdicts(session, domain, [WRONG, TOKEN], by=SYSTEM, now=NOW)
    assert (first, domain.activated_by) == (Event.ACTIVATED, Proof.TXT)
    assert told(session, domain, [WRONG] * 12) == []
    assert domain.fault_since is None
    moved = [RIGHT, *[WRONG] * 6]
    assert told(session, domain, moved, start=NOW + DAY) == [Event.MX_WRONG]


def test_nor_is_one_that_was_activated_by_hand(session: Session) -> None:
    domain = make_domain(session, active=False)
    activate_by_hand(session, domain, "known to us", by=SYSTEM, now=NOW)
    assert told(session, domain, [WRONG] * 12) == []


def test_one_of_three_that_is_missing_alarms_nobody_as_all_mail_arrives(session: Session) -> None:
    domain = make_domain(session)
    assert told(session, domain, [RIGHT, *[INCOMPLETE] * 200]) == []
    assert domain.fault_since is not None
    assert domain.next_check_at is not None
    assert domain.next_check_at - (NOW + 200 * 15 * MINUTE) > HOUR


def test_one_that_takes_the_mail_away_does_though_all_of_ours_are_there(session: Session) -> None:
    assert told(session, make_domain(session), [RIGHT, *[OUTRANKED] * 6]) == [Event.MX_WRONG]


def test_only_checks_that_found_the_fault_confirm_it(session: Session) -> None:
    domain = make_domain(session)
    told(session, domain, [RIGHT, WRONG])
    for minutes in (16, 17, 30, 45):
        keep_verdicts(session, domain, [POP], by=SYSTEM, now=NOW + minutes * MINUTE)
        assert seen(session, domain, UNKNOWN, NOW + minutes * MINUTE) is None
    assert seen(session, domain, WRONG, NOW + 5 * HOUR) is None
    assert seen(session, domain, WRONG, NOW + 5 * HOUR + MINUTE) is Event.MX_WRONG


def test_name_servers_that_differ_for_over_a_day_are_a_fault(session: Session) -> None:
    domain = make_domain(session)
    assert told(session, domain, [RIGHT, *[DIFFER] * 24], HOUR) == []
    assert domain.fault_since is None
    for hour in (25, 26, 27):
        event = seen(session, domain, DIFFER, NOW + hour * HOUR)
    assert event is Event.MX_WRONG
    assert seen(session, domain, RIGHT, NOW + 30 * HOUR) is Event.MX_RIGHT


def test_what_others_only_remember_is_none_however_long(session: Session) -> None:
    domain = make_domain(session)
    assert told(session, domain, [RIGHT, *[LATER] * 72], HOUR) == []
    assert domain.fault_since is None

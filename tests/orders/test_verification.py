"""Keeping verdicts: what activates a domain, what is a fault of an active one, what is neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.dns.records import VERIFY_KEY
from panel.dns.verdicts import Reason, Row, Verdict, VerdictKind
from panel.orders.models import Domain, Proof
from panel.orders.standing import Event
from panel.orders.verification import keep_verdicts, kept_verdicts
from tests.factories.accounts import make_login
from tests.factories.directory import make_alias
from tests.factories.orders import NOW, make_customer, make_domain


def mx(kind: VerdictKind, reason: Reason = Reason.NONE) -> Verdict:
    row = Row("mx1.host.example", kind, reason, ("5 old.example",), "", ("ns2.example",), 300)
    return Verdict("mx", kind, reason, (row,), (), (row,))


def keep(session: Session, domain: Domain, verdict: Verdict, minutes: int = 0) -> None:
    keep_verdicts(session, domain, [verdict], by=SYSTEM, now=NOW + timedelta(minutes=minutes))


def test_everything_of_a_verdict_is_kept(session: Session) -> None:
    domain, verdict = make_domain(session), mx(VerdictKind.WRONG, Reason.DIFFERS)
    keep(session, domain, verdict)
    session.flush()
    session.expire_all()
    assert kept_verdicts(session, domain)["mx"].verdict == verdict


@pytest.mark.parametrize("kind", [VerdictKind.WRONG, VerdictKind.MISSING, VerdictKind.DANGEROUS])
def test_a_fault_of_an_active_domain_is_noted_once_and_ends(
    session: Session, kind: VerdictKind
) -> None:
    domain = make_domain(session)
    keep(session, domain, mx(kind))
    keep(session, domain, mx(kind), 5)
    assert domain.fault_since == NOW
    keep(session, domain, mx(VerdictKind.VALID_WITH_EXTRAS), 6)
    assert domain.fault_since is None


@pytest.mark.parametrize("kind", [VerdictKind.NOT_IN_EFFECT, VerdictKind.UNKNOWN])
def test_what_is_open_neither_starts_nor_ends_a_fault(session: Session, kind: VerdictKind) -> None:
    domain = make_domain(session)
    keep(session, domain, mx(kind))
    assert domain.fault_since is None
    keep(session, domain, mx(VerdictKind.MISSING), 1)
    keep(session, domain, mx(kind), 2)
    assert domain.fault_since == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("reason", [Reason.STILL_CACHED, Reason.ABSENCE_CACHED])
def test_right_records_that_others_do_not_see_yet_activate(
    session: Session, reason: Reason
) -> None:
    domain = make_domain(session, active=False)
    keep(session, domain, mx(VerdictKind.NOT_IN_EFFECT, reason))
    assert domain.activated_by is Proof.MX


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (VerdictKind.NOT_IN_EFFECT, Reason.SERVERS_DIFFER),
        (VerdictKind.UNKNOWN, Reason.RESOLVER_FAILED),
        (VerdictKind.WRONG, Reason.DNSSEC_BOGUS),
        (VerdictKind.DANGEROUS, Reason.FOREIGN_OUTRANKS),
    ],
)
def test_nothing_less_does(session: Session, kind: VerdictKind, reason: Reason) -> None:
    domain = make_domain(session, active=False)
    keep(session, domain, mx(kind, reason))
    assert domain.activated_at is None


def seconds_of(domain: Domain, minutes: int = 0) -> float:
    """Until the next check."""
    assert domain.next_check_at is not None
    return (domain.next_check_at - NOW).total_seconds() - 60 * minutes


POP = Verdict("pop", VerdictKind.VALID, Reason.NONE)
LATE_POP = replace(mx(VerdictKind.NOT_IN_EFFECT, Reason.STILL_CACHED), key="pop")
RIGHT = mx(VerdictKind.VALID)


def test_a_check_of_one_row_is_no_whole_check(session: Session) -> None:
    domain = make_domain(session)
    keep(session, domain, RIGHT)
    before = (domain.checked_at, domain.next_check_at, domain.check_tries)
    keep_verdicts(session, domain, [POP], by=SYSTEM, now=NOW + timedelta(hours=23))
    assert (domain.checked_at, domain.next_check_at, domain.check_tries) == before


def test_nor_is_one_that_could_not_ask_for_the_mx_records(session: Session) -> None:
    domain = make_domain(session)
    keep(session, domain, RIGHT)
    found = [mx(VerdictKind.UNKNOWN), POP]
    keep_verdicts(session, domain, found, by=SYSTEM, now=NOW + timedelta(minutes=5))
    assert domain.checked_at == NOW
    assert seconds_of(domain, 5) < 2 * 3600  # and it is tried again soon


@pytest.mark.parametrize("open_", [mx(VerdictKind.UNKNOWN), LATE_POP])
def test_what_was_answered_is_known_only_once_all_is_settled(
    session: Session, open_: Verdict
) -> None:
    domain = make_domain(session)
    keep_verdicts(session, domain, [RIGHT], by=SYSTEM, now=NOW, digest="a" * 32)
    assert domain.dns_digest == "a" * 32
    keep_verdicts(session, domain, [open_, POP], by=SYSTEM, now=NOW, digest="b" * 32)
    assert domain.dns_digest is None


def test_one_that_waits_is_checked_when_the_time_is_over(session: Session) -> None:
    domain = make_domain(session)
    keep(session, domain, mx(VerdictKind.NOT_IN_EFFECT, Reason.STILL_CACHED))
    assert 300 <= seconds_of(domain) < 400
    keep(session, domain, RIGHT, 10)
    assert seconds_of(domain, 10) > 20 * 3600
    keep_verdicts(session, domain, [LATE_POP], by=SYSTEM, now=NOW + timedelta(minutes=20))
    assert 300 <= seconds_of(domain, 20) < 400


def test_one_that_waits_for_ever_is_checked_hourly(session: Session) -> None:
    domain = make_domain(session)
    for minutes in range(20):
        keep(session, domain, mx(VerdictKind.NOT_IN_EFFECT, Reason.STILL_CACHED), minutes)
    assert 50 * 60 < seconds_of(domain, 19) < 70 * 60


def test_a_check_that_began_before_another_one_does_not_overwrite_it(session: Session) -> None:
    domain = make_domain(session)
    keep(session, domain, RIGHT, 2)
    scheduled = domain.next_check_at
    older = [mx(VerdictKind.MISSING), POP]
    keep_verdicts(session, domain, older, by=SYSTEM, now=NOW + timedelta(minutes=1))
    kept = kept_verdicts(session, domain)
    assert (kept["mx"].verdict, kept["pop"].verdict) == (RIGHT, POP)
    assert (domain.fault_since, domain.next_check_at) == (None, scheduled)


def test_who_proves_by_one_row_is_watched_however_long_ago_it_was_given_up(
    session: Session,
) -> None:
    domain = make_domain(session, active=False)
    person = replace(SYSTEM, login_id=make_login(session).id)
    token = replace(POP, key=VERIFY_KEY)
    assert keep_verdicts(session, domain, [token], by=person, now=NOW) is Event.ACTIVATED
    assert seconds_of(domain) < 120


@pytest.mark.parametrize("found", [RIGHT, mx(VerdictKind.NOT_IN_EFFECT, Reason.ABSENCE_CACHED)])
def test_below_a_domain_of_another_customer_the_mx_records_prove_nothing(
    session: Session, found: Verdict
) -> None:
    """A wildcard of the other one answers for names of which nobody has published anything."""
    make_domain(session, "bulk.example", customer=make_customer(session, "绿野物流"))
    domain = make_domain(session, "a.mail.bulk.example", active=False)
    keep(session, domain, found)
    assert domain.activated_at is None
    token = replace(POP, key=VERIFY_KEY)
    keep_verdicts(session, domain, [found, token], by=SYSTEM, now=NOW)
    assert domain.activated_by is Proof.TXT


def test_nor_do_they_below_its_alias(session: Session) -> None:
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野物流"))
    make_alias(session, other, "bulk.example")
    own = make_domain(session, "mingyuan.example")
    alias = make_alias(session, own, "mail.bulk.example", active=False)
    keep_verdicts(session, alias, [RIGHT], by=SYSTEM, now=NOW)
    assert alias.activated_at is None


def test_below_ones_own_domain_they_do(session: Session) -> None:
    make_domain(session, "bulk.example")
    domain = make_domain(session, "mail.bulk.example", active=False)
    keep(session, domain, RIGHT)
    assert domain.activated_by is Proof.MX

"""Keeping verdicts: what activates a domain, what is a fault of an active one, what is neither."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.dns.verdicts import Reason, Row, Verdict, VerdictKind
from panel.orders.models import Domain, Proof
from panel.orders.verification import keep_verdicts, kept_verdicts
from tests.factories.orders import NOW, make_domain


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

"""Plans: listing, adding, editing. Only the operator reaches them; there are a handful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.accounts.models import AuditEntry
from panel.orders.conflicts import as_shown
from panel.orders.errors import PlanNameTaken
from panel.orders.models import Plan


@dataclass(frozen=True)
class PlanFacts:
    """What can be bought: `quota_bytes` is that of a new mailbox."""

    name: str
    seats: int
    quota_bytes: int


def list_plans(session: Session) -> Sequence[Plan]:
    """All plans by name."""
    return session.scalars(select(Plan).order_by(Plan.name)).all()


def add_plan(session: Session, facts: PlanFacts, *, by: Actor, now: datetime) -> Plan:
    """Add a plan. Raises PlanNameTaken."""
    plan = Plan()
    _write(session, plan, facts)
    record(session, by, "plan.add", plan.name, now=now, **asdict(facts))
    return plan


def edit_plan(
    session: Session, plan: Plan, facts: PlanFacts, *, version: int, by: Actor, now: datetime
) -> None:
    """Change a plan as the page showed it at `version`; orders and mailboxes keep what they have.

    Raises ChangedMeanwhile, PlanNameTaken.
    """
    mine = AuditEntry.subject == plan.name, AuditEntry.action == "plan.edit"
    with as_shown(session, plan, version, *mine):
        _write(session, plan, facts)
    record(session, by, "plan.edit", plan.name, now=now, **asdict(facts))


def _write(session: Session, plan: Plan, facts: PlanFacts) -> None:
    """Set the facts; the database has the last word on who has the name."""
    with session.no_autoflush:
        taken = session.scalar(select(Plan.id).where(Plan.name == facts.name))
    if taken not in (None, plan.id):
        raise PlanNameTaken(facts.name)
    plan.name, plan.seats, plan.quota_bytes = facts.name, facts.seats, facts.quota_bytes
    session.add(plan)
    try:
        session.flush()
    except IntegrityError as error:
        raise PlanNameTaken(facts.name) from error

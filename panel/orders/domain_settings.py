"""What a customer sets for a domain: where notices go, what stands on the account sheets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.accounts.models import AuditEntry
from panel.orders.addresses import notice_address
from panel.orders.conflicts import changed_by
from panel.orders.models import Domain


@dataclass(frozen=True)
class DomainSettings:
    """The company and the help line are empty where the provider's own should stand."""

    notification_email: str
    sheet_company: str
    sheet_help: str


def change_settings(
    session: Session,
    domain: Domain,
    new: DomainSettings,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Save the settings of a domain as the page showed them at `version`.

    Raises NotAnAddress, ChangedMeanwhile.
    """
    values = {
        "notification_email": notice_address(new.notification_email, "notification_email"),
        "sheet_company": new.sheet_company or None,
        "sheet_help": new.sheet_help or None,
    }
    done = session.execute(
        update(Domain)
        .where(Domain.id == domain.id, Domain.settings_version == version)
        .values(**values, settings_version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        mine = AuditEntry.domain_id == domain.id, AuditEntry.action == "domain.settings"
        raise changed_by(session, *mine)
    record(
        session,
        by,
        "domain.settings",
        domain.name,
        now=now,
        customer_id=domain.order.customer_id,
        domain_id=domain.id,
        **asdict(new),
    )
    session.expire(domain)

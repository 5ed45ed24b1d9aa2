"""Two admins at one thing: the second is told who was faster, and nothing is written over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from panel.accounts.models import ActorKind, AuditEntry
from panel.orders.errors import ChangedMeanwhile
from panel.orders.models import Cluster, Customer, Plan


def changed_by(session: Session, *where: ColumnElement[bool]) -> ChangedMeanwhile:
    """The refusal that names the last change among the audit entries, if anybody made one."""
    last = session.scalar(select(AuditEntry).where(*where).order_by(AuditEntry.id.desc()).limit(1))
    if last is None:
        return ChangedMeanwhile("", None)
    return ChangedMeanwhile(last.actor_name, last.at, ActorKind(last.actor_kind))


@contextmanager
def as_shown(
    session: Session,
    row: Customer | Plan | Cluster,
    version: int,
    *where: ColumnElement[bool],
) -> Iterator[None]:
    """Change a row that the page showed at `version`; the block must flush.

    Raises ChangedMeanwhile with what `where` finds in the audit log, also when the other change
    comes between reading and writing.
    """
    if row.version != version:
        raise changed_by(session, *where)
    flag_modified(row, "name")  # also when only what hangs on it changes
    try:
        yield
    except StaleDataError as error:
        raise ChangedMeanwhile("", None) from error

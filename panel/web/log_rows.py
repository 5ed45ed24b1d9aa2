"""The audit log as its reader may see it: who, from where, what, with links to what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.log import last_entries
from panel.accounts.models import ActorKind, AuditEntry
from panel.directory.models import AddressKind
from panel.directory.queries import holders_of
from panel.orders.models import Domain
from panel.orders.queries import names_of
from panel.web.formats import readable
from panel.web.wording.log import say_actor, say_entry

ADDRESSES = ("user", "forward_only")
"""The nouns of actions whose subject is an address."""
RECENT = 5
"""As many entries as a user's page shows."""


@dataclass(frozen=True)
class LogRow:
    """One entry: all text but `what`, which is HTML."""

    at: datetime
    who: str
    ip: str
    what: Markup


def log_rows(session: Session, reader: Actor, entries: Sequence[AuditEntry]) -> list[LogRow]:
    """The entries of a page; two questions, however many they are."""
    names = names_of(session, {entry.domain_id for entry in entries if entry.domain_id})
    places = {place for entry in entries if (place := _place(entry))}
    return _rows(reader, entries, names, holders_of(session, places))


def recent_rows(session: Session, reader: Actor, domain: Domain, local_part: str) -> list[LogRow]:
    """The last things that were done to a user's address."""
    entries = last_entries(session, domain.id, f"{local_part}@{domain.name}", RECENT)
    held = {(domain.id, local_part): AddressKind.MAILBOX}
    return _rows(reader, entries, {domain.id: domain.name}, held)


def _rows(
    reader: Actor,
    entries: Sequence[AuditEntry],
    names: Mapping[int, str],
    held: Mapping[tuple[int, str], AddressKind],
) -> list[LogRow]:
    rows = []
    for entry in entries:
        place = _place(entry)
        url = _url(entry, reader, names, held.get(place) if place else None)
        rows.append(
            LogRow(entry.at, who(entry, reader), ip(entry, reader), _what(entry, reader, url))
        )
    return rows


def who(entry: AuditEntry, reader: Actor) -> str:
    """Who did it; the operator's staff have no names for customers."""
    return say_actor(ActorKind(entry.actor_kind), entry.actor_name, inside=reader.is_operator)


def ip(entry: AuditEntry, reader: Actor) -> str:
    """From where; customers are not told where the operator's staff sit."""
    hidden = entry.actor_kind == ActorKind.STAFF and not reader.is_operator
    return "" if hidden else entry.ip or ""


def plain(entry: AuditEntry, reader: Actor) -> str:
    """What was done, as text."""
    sentence, values = say_entry(entry.action, entry.data, inside=reader.is_operator)
    return str(sentence) % {**values, "subject": readable(entry.subject)}


def _what(entry: AuditEntry, reader: Actor, url: str | None) -> Markup:
    """What was done, with the subject as a link."""
    sentence, values = say_entry(entry.action, entry.data, inside=reader.is_operator)
    subject = readable(entry.subject)
    link = Markup('<a href="{}">{}</a>').format(url, subject) if url else subject
    return escape(str(sentence)) % {**values, "subject": link}


def _place(entry: AuditEntry) -> tuple[int, str] | None:
    """The domain's id and the local part of an entry about an address."""
    if entry.domain_id is None or entry.action.partition(".")[0] not in ADDRESSES:
        return None
    return entry.domain_id, entry.subject.rpartition("@")[0]


def _url(
    entry: AuditEntry, reader: Actor, names: Mapping[int, str], holder: AddressKind | None
) -> str | None:
    """Where what was acted on can be looked at, if it is still there."""
    noun = entry.action.partition(".")[0]
    domain = names.get(entry.domain_id or 0)
    local_part = entry.subject.rpartition("@")[0]
    if noun == "order":
        return url_for("orders.show", number=entry.subject)
    if noun == "customer" and reader.is_operator:
        return url_for("customers.show", customer_id=entry.customer_id)
    if holder is AddressKind.MAILBOX:
        return url_for("users.show", domain=domain, local_part=local_part)
    if holder is AddressKind.FORWARD_ONLY:
        return url_for("forwards.show", domain=domain, forward_only=local_part)
    page = PAGES.get(entry.action) if domain else None
    return url_for(page, domain=domain) if page else None


PAGES = {
    "domain.catch_all": "catch_all.show",
    "domain.settings": "settings.show",
    "domain.activate": "dns.show",
    "dns.state": "dns.show",
}
"""The page of what was done to a domain."""

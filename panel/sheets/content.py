"""What stands on an account sheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.directory.models import Mailbox
from panel.dns.diagnosis import GOOD
from panel.orders.models import ClusterService, Domain, Encryption, Protocol, RecordCheck


@dataclass(frozen=True)
class Server:
    """A server that a mail program connects to."""

    protocol: Protocol
    host: str
    port: int
    encryption: Encryption


@dataclass(frozen=True)
class AccountSheet:
    """Everything on one sheet. `password` is there only in the answer that made it.

    `company` and `help_line` are the customer's own, empty where the provider's should stand.
    """

    address: str
    name: str
    password: str | None
    servers: tuple[Server, ...]
    webmail: tuple[str, ...]
    day: date
    company: str = ""
    help_line: str = ""


def account_sheet(
    session: Session, domain: Domain, mailbox: Mailbox, *, password: str | None, day: date
) -> AccountSheet:
    """The sheet of a mailbox user; `domain.order` must be loaded."""
    return account_sheets(session, domain, [(mailbox, password)], day=day)[0]


def account_sheets(
    session: Session, domain: Domain, users: Iterable[tuple[Mailbox, str | None]], *, day: date
) -> list[AccountSheet]:
    """The sheets of users of a domain, each with its password if there is a new one.

    Servers are the provider's own hosts, whose certificates fit. Webmail is the branded host where
    its CNAME was valid at the last check, and always the provider's own as well.
    """
    services = {
        service.protocol: service
        for service in session.scalars(
            select(ClusterService).where(ClusterService.cluster_id == domain.order.cluster_id)
        )
    }
    servers = tuple(
        Server(protocol, found.host, found.port, found.encryption)
        for protocol in (Protocol.IMAP, Protocol.POP, Protocol.SMTP)
        if (found := services.get(protocol))
    )
    own = services.get(Protocol.WEBMAIL)
    webmail = (*_branded(session, domain), *([f"https://{own.host}/"] if own else []))
    return [
        AccountSheet(
            address=f"{mailbox.local_part}@{domain.unicode_name}",
            name=mailbox.name,
            password=password,
            servers=servers,
            webmail=webmail,
            day=day,
            company=domain.sheet_company or "",
            help_line=domain.sheet_help or "",
        )
        for mailbox, password in users
    ]


def _branded(session: Session, domain: Domain) -> list[str]:
    """The customer's own webmail host, when its CNAME points here."""
    key = Protocol.WEBMAIL.value
    check = session.get(RecordCheck, (domain.id, key))
    good = check is not None and check.kind in {kind.value for kind in GOOD}
    return [f"https://{key}.{domain.unicode_name}/"] if good else []


def settings_text(sheet: AccountSheet) -> str:
    """The settings as lines that any phone's camera shows; never the password."""
    lines = [sheet.address]
    for server in sheet.servers:
        secured = "SSL/TLS" if server.encryption is Encryption.TLS else "STARTTLS"
        lines.append(f"{server.protocol.upper()} {server.host}:{server.port} {secured}")
    return "\n".join(lines)

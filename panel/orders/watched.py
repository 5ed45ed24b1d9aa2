"""What every name has that mail is taken for: the proof that it is the customer's, the watch."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from panel.database import Base, PrimaryKey, ordered_text


class Proof(StrEnum):
    """How ownership of a name was proven."""

    MX = "mx"
    TXT = "txt"
    OPERATOR = "operator"


class DnsState(StrEnum):
    """How the MX records of a name stood when they were last seen."""

    UNCHECKED = "unchecked"
    RIGHT = "right"
    WAITING = "waiting"
    WRONG = "wrong"


class WatchedName:
    """The columns of a domain and of an alias domain. `name` is the A-label, lower case (RFC 5891).

    Proven ownership is `activated_at`; a DNS failure later never takes it back, it only sets
    `fault_since`. The worker checks the DNS at `next_check_at` (None: not watched), as
    `panel.orders.schedule` says; `check_tries` counts the checks since `dns_state` last changed.
    `noun` begins the actions of its audit entries.
    """

    noun: ClassVar[str]

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(ordered_text(253), unique=True)
    verify_token: Mapped[str] = mapped_column(String(40))
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[Proof | None]
    activation_reason: Mapped[str | None] = mapped_column(String(500))
    checked_at: Mapped[datetime | None]
    fault_since: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None]
    dns_state: Mapped[DnsState] = mapped_column(default=DnsState.UNCHECKED)
    dns_state_since: Mapped[datetime | None]
    watched_from: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None] = mapped_column(index=True)
    check_tries: Mapped[int] = mapped_column(default=0)
    dns_digest: Mapped[str | None] = mapped_column(String(32))


class NameCheck(Base):
    """The last verdict on one expected DNS record of a name (`key`: mx, webmail … verify).

    `verdict` is what `panel.dns.diagnosis.Verdict.to_json` gives. When the last check could not
    ask, `failure` is its verdict and `failed_at` its time; what was found before stays.
    """

    __abstract__ = True

    watched_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON)
    checked_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class NameLog(Base):
    """Who was asked what at the last check that somebody watched, for who wants to see it.

    `lines` are `panel.dns.answers.Asked` as plain data, at most MOST_LINES of them.
    """

    __abstract__ = True

    watched_id: Mapped[int]
    checked_at: Mapped[datetime]
    is_partial: Mapped[bool]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

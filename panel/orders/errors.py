"""What the orders refuse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from panel.accounts.models import ActorKind
from panel.refusals import Refusal


class NameFault(StrEnum):
    """Why what was typed is not a domain that mail can be sold for."""

    EMPTY = "empty"
    LONG = "long"
    ADDRESS = "address"
    IP = "ip"
    SINGLE = "single"
    WWW = "www"
    CHARACTERS = "characters"


@dataclass(eq=False)
class NotADomain(Refusal):
    """The name breaks a rule; `typed` is what was entered, cut to 253 characters."""

    field = "domain"

    typed: str
    fault: NameFault


@dataclass(eq=False)
class DomainTaken(Refusal):
    """An order has the domain already; `number` is None when it came in the same moment."""

    field = "domain"

    domain: str
    number: str | None


@dataclass(eq=False)
class CustomerUnknown(Refusal):
    """No customer has that name."""

    field = "customer"

    name: str


@dataclass(eq=False)
class CustomerNameTaken(Refusal):
    """Another customer has that name."""

    field = "name"

    name: str


class NoSuchTimeZone(Refusal):
    """The system has no time zone of that name."""

    field = "time_zone"


@dataclass(eq=False)
class PlanNameTaken(Refusal):
    """Another plan has that name."""

    field = "name"

    name: str


@dataclass(eq=False)
class NotAnAddress(Refusal):
    """What was typed in `field` is no e-mail address."""

    typed: str
    field: str | None = "email"


@dataclass(eq=False)
class ReasonNeeded(Refusal):
    """Nobody is suspended without a reason that can be told."""

    field = "reason"


@dataclass(eq=False)
class SeatsBelowUsed(Refusal):
    """Fewer seats than users: `used` of them exist."""

    field = "seats"

    used: int


@dataclass(eq=False)
class ExpiryInThePast(Refusal):
    """An order must last at least until `earliest`."""

    field = "expires_on"

    earliest: date


@dataclass(eq=False)
class ChangedMeanwhile(Refusal):
    """Somebody changed it since the page was opened: who and when, where it is known.

    Not everybody may be told the `name`: `by` says whose it is.
    """

    conflict = True

    name: str
    at: datetime | None
    by: ActorKind | None = None


@dataclass(eq=False)
class ClusterNameTaken(Refusal):
    """Another cluster has that name."""

    field = "name"

    name: str


@dataclass(eq=False)
class NotAHost(Refusal):
    """What was typed in `field` is no host name."""

    typed: str
    field: str | None = None


@dataclass(eq=False)
class NotMxHosts(Refusal):
    """A line is not a priority (0 to 65535) and a host, or there is none, or a host twice."""

    field = "mx"

    line: str

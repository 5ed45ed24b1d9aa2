"""What the directory refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel.directory.models import AddressKind
from panel.directory.passwords import Weakness
from panel.orders.models import ServiceStatus
from panel.refusals import Refusal


class LocalPartFault(StrEnum):
    """Why a local part is not taken."""

    EMPTY = "empty"
    LONG = "long"
    NOT_ASCII = "not_ascii"
    CHARACTERS = "characters"
    DOTS = "dots"
    HYPHEN = "hyphen"
    PLUS = "plus"
    RESERVED = "reserved"


@dataclass
class BadLocalPart(Refusal):
    """The part before the @ breaks a rule."""

    local_part: str
    fault: LocalPartFault
    field = "local_part"


@dataclass
class AddressTaken(Refusal):
    """Something holds the address already; `in_bin`: a deleted user, who can be restored."""

    address: str
    kind: AddressKind
    in_bin: bool = False
    field = "local_part"


@dataclass
class NoSeatLeft(Refusal):
    """The order's seats are used up."""

    seats: int


@dataclass
class DomainNotServed(Refusal):
    """The domain is suspended or expired: nobody can be added."""

    status: ServiceStatus


@dataclass
class WeakPassword(Refusal):
    """A typed password is too easy to guess, or too long."""

    weakness: Weakness
    field = "password"


@dataclass
class BadAlternate(Refusal):
    """The alternate address is none, or the mailbox itself."""

    address: str
    field = "alternate_email"


@dataclass(eq=False)
class AutoReplyEmpty(Refusal):
    """An auto reply that is on needs a text."""

    field = "text"


@dataclass(eq=False)
class SubjectTooLong(Refusal):
    """The subject of an auto reply has more characters than it may have."""

    most: int
    field = "subject"


@dataclass(eq=False)
class TextTooLong(Refusal):
    """The text of an auto reply has more characters than it may have."""

    most: int
    field = "text"


@dataclass(eq=False)
class BadInterval(Refusal):
    """The days between two answers to one sender are not from 1 to `most`."""

    most: int
    field = "interval_days"


@dataclass(eq=False)
class EndsBeforeStart(Refusal):
    """The auto reply would end before it starts, or at that moment."""

    field = "ends_at"


@dataclass(eq=False)
class EndedAlready(Refusal):
    """An auto reply that is on would end in the past; `now` is the time at which it was saved."""

    now: datetime
    field = "ends_at"


@dataclass(eq=False)
class BadTarget(Refusal):
    """A forward's target is no e-mail address."""

    typed: str
    field = "targets"


@dataclass(eq=False)
class NotYours(Refusal):
    """The address lies in no domain of the customer's."""

    address: str


@dataclass(eq=False)
class TargetUnknown(Refusal):
    """The target lies in a domain of ours, and nothing holds it."""

    address: str
    field = "targets"


@dataclass(eq=False)
class ForwardsInCircle(Refusal):
    """The forward comes back to where it began; `chain` begins and ends with that address."""

    chain: tuple[str, ...]
    field = "targets"


@dataclass(eq=False)
class LeadsNowhere(Refusal):
    """No mail would arrive by this target: what it leads to is suspended or deleted."""

    address: str
    field = "targets"


@dataclass(eq=False)
class TakesNoMail(Refusal):
    """The target is another customer's and mail to it would arrive nowhere: why is not told."""

    address: str
    field = "targets"


@dataclass(eq=False)
class PassesTooMany(Refusal):
    """Mail to an address, the changed one or one that leads to it, would pass more than `most`."""

    address: str
    most: int
    field = "targets"


@dataclass(eq=False)
class TooManyTargets(Refusal):
    """More targets than the settings allow."""

    most: int
    field = "targets"


@dataclass(eq=False)
class NoTarget(Refusal):
    """A forwarding address without a target is nothing: remove it."""

    field = "targets"


@dataclass(eq=False)
class InRecycleBin(Refusal):
    """What should be done to a user cannot be done to a deleted one."""

    address: str


@dataclass(eq=False)
class TakesCatchAll(Refusal):
    """The catch-all points here: it must lead elsewhere first."""

    address: str


@dataclass(eq=False)
class TakesNotices(Refusal):
    """Notices and the postmaster's mail go here and must arrive: they must go elsewhere first."""

    address: str


@dataclass(eq=False)
class CatchAllUnknown(Refusal):
    """No user, forwarding address or list of the domain has this address, or it is deleted."""

    local_part: str
    field = "local_part"


@dataclass(eq=False)
class AliasTaken(Refusal):
    """The name is a domain or an alias domain already."""

    name: str
    field = "domain"


@dataclass(eq=False)
class AliasOfItself(Refusal):
    """A domain is no alias of itself."""

    name: str
    field = "domain"


@dataclass(eq=False)
class TooManyAliases(Refusal):
    """A domain has `most` aliases already."""

    most: int
    field = "domain"

"""What the directory refuses."""

from __future__ import annotations

from dataclasses import dataclass
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
    """Something holds the address already."""

    address: str
    kind: AddressKind
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

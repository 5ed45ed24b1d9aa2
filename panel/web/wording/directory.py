"""Sentences for what the directory refuses."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from panel.directory.errors import (
    AddressTaken,
    AliasOfItself,
    AliasTaken,
    BadAlternate,
    BadLocalPart,
    BadTarget,
    CatchAllUnknown,
    DomainNotServed,
    ForwardsInCircle,
    InRecycleBin,
    LeadsNowhere,
    LocalPartFault,
    NoSeatLeft,
    NoTarget,
    NotYours,
    PassesTooMany,
    TakesCatchAll,
    TakesNoMail,
    TakesNotices,
    TargetUnknown,
    TooManyAliases,
    TooManyTargets,
    WeakPassword,
)
from panel.directory.models import AddressKind
from panel.directory.passwords import Weakness
from panel.orders.models import ServiceStatus
from panel.web.words import worded

LOCAL_PARTS = {
    LocalPartFault.EMPTY: _l("Please enter the part before the @."),
    LocalPartFault.LONG: _l("At most 64 characters before the @, please."),
    LocalPartFault.NOT_ASCII: _l("Chinese characters cannot stand before the @; use pinyin."),
    LocalPartFault.CHARACTERS: _l("Use letters, digits, dots, hyphens and underscores only."),
    LocalPartFault.DOTS: _l("A dot cannot stand first, last or twice in a row."),
    LocalPartFault.HYPHEN: _l("A hyphen cannot stand first."),
    LocalPartFault.PLUS: _l("A plus sign is not possible: what follows it only sorts mail."),
    LocalPartFault.RESERVED: _l("The mail system uses this name itself; please choose another."),
}
WEAK = {
    Weakness.SHORT: _l("Please use at least 10 characters."),
    Weakness.LONG: _l("At most 128 characters, please."),
    Weakness.COMMON: _l("This password is among the first that are guessed."),
    Weakness.BLANKS: _l("No tabs or line breaks, and no blank first or last: mail programs fail."),
    Weakness.NAMED: _l("The password must not contain the name or the address."),
    Weakness.UNIFORM: _l("Please use more different characters."),
}
NOT_SERVED = {
    ServiceStatus.SUSPENDED: _l("The service of this domain is suspended: nobody can be added."),
    ServiceStatus.EXPIRED: _l("The order of this domain has expired: nobody can be added."),
}


def _say_taken(refusal: AddressTaken) -> str:
    address = refusal.address
    if refusal.in_bin:
        return str(_("%(address)s is in the recycle bin and can be restored.", address=address))
    sentences = {
        AddressKind.MAILBOX: _("%(address)s is already the address of a user.", address=address),
        AddressKind.FORWARD_ONLY: _(
            "%(address)s is already a forwarding address.", address=address
        ),
        AddressKind.LIST: _("%(address)s is already a mailing list.", address=address),
    }
    return str(sentences[refusal.kind])


def _not_ascii(typed: str) -> str:
    """What keeps an internationalised address (RFC 6531) from being used, if it is one."""
    local_part, at, _domain = typed.rpartition("@")
    if not at or local_part.isascii():
        return ""
    told: str = _(
        "%(typed)s cannot be used: before the @ only letters without accents, digits and signs"
        " are possible.",
        typed=typed,
    )
    return told


worded(BadLocalPart, lambda refusal: LOCAL_PARTS[refusal.fault])
worded(AddressTaken, _say_taken)
worded(WeakPassword, lambda refusal: WEAK[refusal.weakness])
worded(
    BadAlternate,
    lambda refusal: (
        _not_ascii(refusal.address) or _("This is not an e-mail address that can be used.")
    ),
)
worded(DomainNotServed, lambda refusal: NOT_SERVED[refusal.status])
worded(
    NoSeatLeft,
    lambda refusal: _(
        "All %(seats)s seats are used. Order more seats, or delete users that nobody needs.",
        seats=refusal.seats,
    ),
)
worded(
    BadTarget,
    lambda refusal: (
        _not_ascii(refusal.typed) or _("%(typed)s is not an e-mail address.", typed=refusal.typed)
    ),
)
worded(
    NotYours,
    lambda refusal: _("%(address)s is not in a domain of yours.", address=refusal.address),
)
worded(
    TargetUnknown,
    lambda refusal: _("%(address)s does not exist.", address=refusal.address),
)
worded(
    ForwardsInCircle,
    lambda refusal: _("The mail would go in a circle: %(chain)s", chain=" → ".join(refusal.chain)),
)
worded(
    LeadsNowhere,
    lambda refusal: _(
        "Mail to %(address)s would arrive nowhere: it, or all that it leads to, is suspended or"
        " deleted.",
        address=refusal.address,
    ),
)
worded(
    TakesNoMail,
    lambda refusal: _(
        "Mail to %(address)s would not arrive. Please check the address.", address=refusal.address
    ),
)
worded(
    PassesTooMany,
    lambda refusal: _(
        "A mail to %(address)s would pass more than %(most)s addresses, too many to be delivered.",
        address=refusal.address,
        most=refusal.most,
    ),
)
worded(
    TooManyTargets,
    lambda refusal: _("At most %(most)s addresses, please.", most=refusal.most),
)
worded(NoTarget, lambda _refusal: _("Please enter at least one address to forward to."))
worded(
    InRecycleBin,
    lambda refusal: _(
        "%(address)s is in the recycle bin. Restore it first.", address=refusal.address
    ),
)
worded(
    TakesCatchAll,
    lambda refusal: _(
        "The catch-all delivers to %(address)s. Let it lead elsewhere first.",
        address=refusal.address,
    ),
)
worded(
    TakesNotices,
    lambda refusal: _(
        "%(address)s is the notification address. Enter another one in the settings first.",
        address=refusal.address,
    ),
)
worded(
    CatchAllUnknown,
    lambda refusal: _(
        "No address of this domain begins with %(local_part)s@.", local_part=refusal.local_part
    ),
)
worded(
    AliasTaken,
    lambda refusal: _(
        "%(name)s is in use here already. If it is yours, please ask us.", name=refusal.name
    ),
)
worded(
    AliasOfItself,
    lambda refusal: _(
        "%(name)s is the domain itself. Please enter another domain.", name=refusal.name
    ),
)
worded(
    TooManyAliases,
    lambda refusal: _("A domain has at most %(most)s domain aliases.", most=refusal.most),
)

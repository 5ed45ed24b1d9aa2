"""Sentences for what the orders refuse."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from panel.orders.errors import (
    ChangedMeanwhile,
    ClusterNameTaken,
    CustomerNameTaken,
    CustomerUnknown,
    DomainTaken,
    ExpiryInThePast,
    NameFault,
    NoSuchTimeZone,
    NotADomain,
    NotAHost,
    NotAnAddress,
    NotMxHosts,
    PlanNameTaken,
    ReasonNeeded,
    SeatsBelowUsed,
)
from panel.web import context
from panel.web.formats import day, when
from panel.web.wording.log import say_actor
from panel.web.words import worded

NAMES = {
    NameFault.EMPTY: _l("Please enter the domain."),
    NameFault.LONG: _l("The domain is too long: at most 253 characters, 63 between two dots."),
    NameFault.ADDRESS: _l("Please enter the domain only, what follows the @."),
    NameFault.IP: _l("This is an IP address. Please enter a domain."),
    NameFault.SINGLE: _l("A domain has a dot in it, as in example.com."),
    NameFault.WWW: _l("Please enter the domain without www."),
    NameFault.CHARACTERS: _l("This is not a domain. Letters, digits, hyphens and dots only."),
}


def _taken(refusal: DomainTaken) -> str:
    if refusal.number is None:
        return str(_("%(domain)s has just been ordered by somebody else.", domain=refusal.domain))
    return str(
        _("%(domain)s has the order %(number)s.", domain=refusal.domain, number=refusal.number)
    )


def _changed(refusal: ChangedMeanwhile) -> str:
    if refusal.at is None or refusal.by is None:
        return str(_("It has changed since. Below is how it is now; please check."))
    reader = context.actor_or_none()
    return str(
        _(
            "%(name)s changed this at %(time)s. Below is how it is now; please check.",
            name=say_actor(refusal.by, refusal.name, inside=reader is None or reader.is_operator),
            time=when(refusal.at),
        )
    )


worded(NotADomain, lambda refusal: NAMES[refusal.fault])
worded(DomainTaken, _taken)
worded(
    CustomerUnknown,
    lambda refusal: _("There is no customer of the name “%(name)s”.", name=refusal.name),
)
worded(
    CustomerNameTaken,
    lambda refusal: _("Another customer has the name “%(name)s”.", name=refusal.name),
)
worded(
    NoSuchTimeZone,
    lambda _refusal: _("There is no such time zone. Please choose one of the list."),
)
worded(NotAnAddress, lambda _refusal: _("This is not an e-mail address that can be used."))
worded(ReasonNeeded, lambda _refusal: _("Please give the reason: the customer reads it."))
worded(
    SeatsBelowUsed,
    lambda refusal: _("%(used)s users exist; it cannot be fewer seats.", used=refusal.used),
)
worded(
    ExpiryInThePast,
    lambda refusal: _("The last day must be %(day)s or later.", day=day(refusal.earliest)),
)
worded(ChangedMeanwhile, _changed)
worded(
    ClusterNameTaken,
    lambda refusal: _("Another cluster has the name “%(name)s”.", name=refusal.name),
)
worded(
    PlanNameTaken,
    lambda refusal: _("Another plan has the name “%(name)s”.", name=refusal.name),
)
worded(NotAHost, lambda refusal: _("“%(typed)s” is not a host name.", typed=refusal.typed))
worded(
    NotMxHosts,
    lambda refusal: (
        _(
            "This line is not a priority and a host, or names a host again: %(line)s",
            line=refusal.line,
        )
        if refusal.line
        else _("Please enter at least one MX host.")
    ),
)
